"""Functional models: several inputs and outputs, shared layers, ops on tensors, structures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import Input, Model, Sequential, layers, ops, optimizers
from glassworks.models import Functional, clone_model

X = np.arange(12, dtype="float32").reshape(4, 3)


def test_model_of_inputs_and_outputs_is_functional() -> None:
    inputs = Input((3,))
    assert isinstance(Model(inputs, layers.Dense(2)(inputs)), Functional)
    assert isinstance(Model(inputs=inputs, outputs=layers.Dense(2)(inputs)), Functional)


def test_a_shared_layer_runs_twice_with_the_same_weights() -> None:
    a, b = Input((3,)), Input((3,))
    shared = layers.Dense(2, use_bias=False, kernel_initializer="ones")
    model = Model([a, b], [shared(a), shared(b)])
    assert len(model.weights) == 1
    first, second = model.predict([X, 2 * X], verbose=0)
    np.testing.assert_array_equal(2 * first, second)


def test_dicts_go_in_and_come_out() -> None:
    inputs = {"left": Input((3,), name="left"), "right": Input((3,), name="right")}
    model = Model(inputs, {"difference": layers.subtract([inputs["left"], inputs["right"]])})
    out = model.predict({"right": X, "left": 3 * X}, verbose=0)
    np.testing.assert_array_equal(out["difference"], 2 * X)


def test_inputs_given_as_a_dict_are_found_by_name() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    model = Model([a, b], layers.subtract([a, b]))
    np.testing.assert_array_equal(model.predict({"b": X, "a": 3 * X}, verbose=0), 2 * X)


def test_operators_and_ops_work_on_symbolic_tensors() -> None:
    inputs = Input((3,))
    batch = ops.shape(inputs)[0]
    assert batch is None
    outputs = ops.mean(inputs * 2 + 1, axis=-1, keepdims=True) - ops.zeros_like(inputs)
    model = Model(inputs, outputs)
    assert model.output_shape == (None, 3)
    np.testing.assert_allclose(model.predict(X, verbose=0), np.repeat((X * 2 + 1).mean(1, keepdims=True), 3, axis=1))


def test_a_residual_connection() -> None:
    inputs = Input((3,))
    x = layers.Dense(3, kernel_initializer="zeros")(inputs)
    model = Model(inputs, layers.Add()([x, inputs]))
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)


def test_a_layer_that_asks_for_the_batch_size_can_be_used_symbolically() -> None:
    class Centre(layers.Layer):
        def call(self, x):
            count = ops.shape(x)[0]
            return x - ops.sum(x, axis=0) / count * ops.ones((count, 1))

    inputs = Input((3,))
    model = Model(inputs, Centre()(inputs))
    assert model.output_shape == (None, 3)
    np.testing.assert_allclose(model(X).numpy(), X - X.mean(axis=0))


def test_part_of_a_model_is_a_model() -> None:
    inputs = Input((3,))
    hidden = layers.Dense(4, activation="relu", name="hidden")(inputs)
    model = Model(inputs, layers.Dense(1)(hidden))
    part = Model(model.inputs, model.get_layer("hidden").output)
    assert part.predict(X, verbose=0).shape == (4, 4)
    assert part.weights[0] is model.weights[0]


def test_a_training_argument_given_at_build_time_stays() -> None:
    inputs = Input((3,))
    always = Model(inputs, layers.Dropout(0.5, seed=1)(inputs, training=True))
    assert (always.predict(np.ones((50, 3)), verbose=0) == 0).any()


def test_a_config_makes_an_equal_model() -> None:
    inputs = Input((3,), name="x")
    x = layers.Dense(4, activation="relu")(inputs)
    y = ops.multiply(x, 2.0)
    model = Model(inputs, [layers.Dense(1)(y), layers.Concatenate()([x, y])], name="branchy")
    copy = Functional.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    for a, b in zip(copy.predict(X, verbose=0), model.predict(X, verbose=0), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_clone_has_its_own_weights() -> None:
    inputs = Input((3,))
    shared = layers.Dense(3)
    model = Model(inputs, shared(shared(inputs)))
    copy = clone_model(model)
    assert len(copy.weights) == 2 and copy.weights[0] is not model.weights[0]
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.predict(X, verbose=0), model.predict(X, verbose=0))


def test_clone_with_a_function_exchanges_layers() -> None:
    inputs = Input((3,))
    model = Model(inputs, layers.Dense(4, activation="relu")(inputs))

    def widen(layer):
        return layers.Dense(8) if isinstance(layer, layers.Dense) else type(layer).from_config(layer.get_config())

    assert clone_model(model, clone_function=widen).output_shape == (None, 8)


def own_loss(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def test_clone_model_compiles_the_clone_as_the_model_is() -> None:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    assert not clone_model(model).compiled
    model.compile(optimizers.SGD(0.25), own_loss, metrics=["mae"])
    clone = clone_model(model)
    assert clone.compiled and clone.loss is own_loss
    assert clone.optimizer is not model.optimizer and float(clone.optimizer.learning_rate) == 0.25
    loss, mae = clone.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
    assert loss == pytest.approx(mae)


def test_a_missing_last_axis_of_size_one_is_added() -> None:
    inputs = Input((1,))
    model = Model(inputs, inputs * 2.0)
    assert model.predict(np.array([1.0, 2.0]), verbose=0).shape == (2, 1)


def test_integer_inputs_become_what_the_input_says() -> None:
    inputs = Input((3,))
    assert Model(inputs, inputs / 2).predict(np.ones((1, 3), "int64"), verbose=0).dtype == np.float32


def test_a_layer_that_is_called_twice_gives_its_first_input_and_output() -> None:
    layer = layers.Dense(2)
    first, second = keras.Input(shape=(3,)), keras.Input(shape=(3,))
    outputs = layer(first), layer(second)
    assert layer.input is first
    assert layer.output is outputs[0]


@pytest.mark.parametrize("what", ["input", "output"])
def test_a_layer_that_nothing_has_called_has_no_input_and_output(what: str) -> None:
    assert not hasattr(layers.Dense(2), what)
    assert not hasattr(keras.Sequential([layers.Dense(2)]), what)
