"""Sequential models."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, layers, ops
from glassworks.errors import ArgumentError, ShapeError, StateError


def test_layers_are_applied_in_a_row() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, kernel_initializer="ones"), layers.Dense(2, kernel_initializer="ones")])
    assert model.predict(np.ones((1, 3)), verbose=0).tolist() == [[12.0, 12.0]]


def test_without_an_input_the_first_data_builds_the_model() -> None:
    model = Sequential([layers.Dense(4), layers.Dense(2)])
    assert not model.built and model.weights == []
    assert model(np.ones((5, 3))).shape == (5, 2)
    assert [w.shape for w in model.weights] == [(3, 4), (4,), (4, 2), (2,)]
    assert model.output_shape == (None, 2)


def test_build_fixes_no_batch_size() -> None:
    model = Sequential([layers.Dense(2)])
    model.build((16, 3))
    assert model.input_shape == (None, 3)


def test_add_and_pop_change_the_model() -> None:
    model = Sequential([Input((3,)), layers.Dense(4)])
    model.add(layers.Dense(7))
    assert model.output_shape == (None, 7)
    assert model.pop().units == 7
    assert model.output_shape == (None, 4)


def test_popping_an_empty_model_is_an_error() -> None:
    with pytest.raises(StateError, match="without layers"):
        Sequential().pop()


def test_the_input_layer_is_not_listed() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, name="only")])
    assert [layer.name for layer in model.layers] == ["only"]


def test_a_model_is_a_layer_of_another() -> None:
    inner = Sequential([Input((3,)), layers.Dense(4)])
    outer = Sequential([inner, layers.Dense(2)])
    assert outer.input_shape == (None, 3)
    assert len(outer.weights) == 4
    assert outer.weights[0] is inner.weights[0]


def test_a_config_makes_an_equal_model() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, activation="relu", name="a"), layers.Dropout(0.5)], name="original")
    copy = Sequential.from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    copy.set_weights(model.get_weights())
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))


def test_freezing_a_layer_keeps_its_weights() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, name="frozen"), layers.Dense(1)])
    model.get_layer("frozen").trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
    after = model.get_weights()
    assert all((a == b).all() for a, b in zip(before[:2], after[:2], strict=True))
    assert (before[2] != after[2]).any()


def test_unfreezing_after_a_fit_asks_for_compile_which_then_trains_the_layer() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, name="frozen"), layers.Dense(1)])
    model.get_layer("frozen").trainable = False
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
    before = model.get_weights()[0]
    model.get_layer("frozen").trainable = True
    with pytest.raises(ArgumentError, match="compile again after a layer was unfrozen"):
        model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
    assert (before != model.get_weights()[0]).any()


class _Neighbours(layers.Layer):
    """The sum over the neighbours of each node of a graph with four nodes, for all of them at once."""

    def call(self, inputs):
        return ops.matmul(np.eye(4, k=1, dtype="float32"), inputs)


def test_layers_for_one_size_of_batch_need_no_input_shape() -> None:
    class Network(Model):
        def __init__(self) -> None:
            super().__init__()
            self.neighbours, self.dense = _Neighbours(), layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs):
            return self.dense(self.neighbours(inputs))

    x = np.arange(8, dtype="float32").reshape(4, 2)
    expected = np.append(x[1:].sum(axis=1), 0)[:, None]
    for model in (Sequential([_Neighbours(), layers.Dense(1, kernel_initializer="ones")]), Network()):
        model.compile("sgd", "mse")
        model.fit(x, expected, batch_size=4, shuffle=False, verbose=0)
        np.testing.assert_allclose(model.predict(x, batch_size=4, verbose=0), expected, atol=1e-5)


def test_layers_that_fit_no_batch_say_why() -> None:
    model = Sequential([_Neighbours(), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeError, match="inner sizes 4"):
        model.fit(np.ones((6, 2)), np.ones((6, 1)), batch_size=6, verbose=0)
