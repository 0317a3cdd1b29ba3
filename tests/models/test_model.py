"""Subclassed models, and what every model has."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as keras
from glassworks import Input, Model, Sequential, layers, ops
from glassworks.graph import check

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


class TwoLayers(Model):
    """A subclassed model with an argument."""

    def __init__(self, units: int = 5) -> None:
        super().__init__()
        self.blocks = [layers.Dense(units, activation="relu")]
        self.blocks.append(layers.Dropout(0.5))
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(x, training=training) if isinstance(block, layers.Dropout) else block(x)
        return self.out(x)


def test_a_subclassed_model_trains() -> None:
    model = TwoLayers(16)
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, epochs=30, verbose=0)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    assert len(model.layers) == 3


def test_a_subclassed_model_has_a_config_of_its_arguments() -> None:
    copy = TwoLayers.from_config(TwoLayers(7).get_config())
    copy.build((None, 4))
    assert copy.blocks[0].units == 7


def test_build_makes_the_weights_of_a_subclassed_model() -> None:
    model = TwoLayers(3)
    model.build((None, 4))
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 1), (1,)]


def test_a_subclass_may_pass_inputs_and_outputs_on() -> None:
    class Line(Model):
        def __init__(self) -> None:
            inputs = Input((4,))
            super().__init__(inputs=inputs, outputs=layers.Dense(2)(inputs), name="line")

    model = Line()
    assert isinstance(model, Line) and model.predict(X, verbose=0).shape == (32, 2)


def test_losses_added_in_call_are_minimised() -> None:
    class Shrinking(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            y = self.dense(x)
            self.add_loss(ops.mean(ops.square(y)))
            return y

    model = Shrinking()
    model.compile(keras.optimizers.SGD(0.1))
    history = model.fit(X, epochs=20, verbose=0)
    assert history.history["loss"][-1] < 0.1 * history.history["loss"][0]


def test_eager_and_traced_training_agree() -> None:
    results = []
    for eager in (False, True):
        keras.utils.set_random_seed(4)
        model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=eager)
        model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_training_step_is_one_legal_graph_that_names_its_layers() -> None:
    model = Sequential([Input((4,)), layers.Dense(8, activation="relu", name="hidden"), layers.Dense(1, activation="sigmoid", name="out")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    graph = model.training_graph(X, Y)
    check(graph, "engine")
    text = str(graph)
    assert "layer 'hidden'.call" in text and "gradient of" in text and "hidden/kernel <-" in text
    assert "log_sigmoid" in text or "softplus" in text, "the cross-entropy uses the logits"


def test_the_summary_explains_parameters_and_counts_operations() -> None:
    model = Sequential([Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10)])
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "100,480 = 784 × 128 + 128" in text
    assert "Parameters: 101,770 (397.5 KB), 101,770 of them trained" in text
    # Two operations per weight of a matmul, one per bias, one per ReLU.
    assert f"{2 * 784 * 128 + 128 + 128:,}" in text


def test_the_summary_of_an_unbuilt_model_says_how_to_build_it() -> None:
    lines: list[str] = []
    Sequential([layers.Dense(3)]).summary(print_fn=lines.append)
    assert "Not built yet" in lines[0]


def test_weights_travel_between_equal_models() -> None:
    a, b = TwoLayers(), TwoLayers()
    a.build((None, 4)), b.build((None, 4))
    b.set_weights(a.get_weights())
    np.testing.assert_array_equal(a.predict(X, verbose=0), b.predict(X, verbose=0))


def test_the_same_seed_gives_the_same_weights_bit_for_bit() -> None:
    def run(seed: int) -> list[np.ndarray]:
        keras.utils.set_random_seed(seed)
        model = Sequential(
            [Input((4,)), layers.Dense(16, activation="relu"), layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.Dense(1)]
        )
        model.compile("adam", "mse")
        model.fit(X, Y, epochs=3, batch_size=8, verbose=0)
        return model.get_weights()

    first, again, other = run(1), run(1), run(2)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_train_test_and_predict_on_batch() -> None:
    model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.train_on_batch(X, Y)
    assert 0 < loss < 3 and 0 <= accuracy <= 1
    model.reset_metrics()
    assert set(model.test_on_batch(X, Y, return_dict=True)) == {"loss", "accuracy"}
    assert model.predict_on_batch(X).shape == (32, 1)


def test_metrics_inside_layers_are_reported() -> None:
    class Watching(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.level = keras.metrics.Mean(name="level")

        def call(self, x):
            self.level.update_state(ops.mean(x))
            return x

    model = Sequential([Input((4,)), Watching(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert "level" in model.fit(X, Y, verbose=0).history


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_a_dtype_policy_holds_for_the_whole_layer(dtype: str) -> None:
    layer = layers.Dense(2, dtype=dtype)
    out = layer(X)
    assert layer.kernel.dtype == {"float64": "float64", "mixed_bfloat16": "float32"}[dtype]
    assert out.dtype.name == {"float64": "float64", "mixed_bfloat16": "bfloat16"}[dtype]
