"""Examinations: their numbers recomputed with NumPy, their samples, and that they change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from glassworks.training.data import make_source
from glassworks.training.diagnosis.answers import compare
from glassworks.training.diagnosis.examination import Examiner
from glassworks.training.diagnosis.samples import FEWEST, Samples

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 5)).astype("float32")
Y = RNG.integers(0, 3, 32).astype("int32")


def net(optimizer: Any = None, bias: float = 0.0) -> Any:
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(6, activation="relu", name="first", bias_initializer=keras.initializers.Constant(bias)),
            layers.Dense(4, activation="tanh", name="second", kernel_regularizer=keras.regularizers.L2(0.01)),
            layers.Dense(3, activation="softmax", name="last"),
        ]
    )
    model.compile(optimizer or keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model._trainer.prepare("train", (X, Y, None))
    return model


def test_numbers_are_those_of_a_step_by_hand() -> None:
    model = net(bias=-0.5)
    look = Examiner(model._trainer).examine([(X, Y, None)])
    (w1, b1, w2, b2, w3, b3) = (w.astype(np.float64) for w in model.get_weights())
    h1 = np.maximum(X @ w1 + b1, 0)
    h2 = np.tanh(h1 @ w2 + b2)
    z = h2 @ w3 + b3
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(32), Y]).mean()
    penalty = 0.01 * np.square(w2).sum()
    assert look.penalty == pytest.approx(penalty, rel=1e-5) and look.loss_train == pytest.approx(loss + penalty, rel=1e-5)
    assert look.loss_test == pytest.approx(look.loss_train, rel=1e-6)
    d3 = (p - np.eye(3)[Y]) / 32
    d2 = (d3 @ w3.T) * (1 - h2**2)
    d1 = (d2 @ w2.T) * (h1 > 0)
    gradients = [X.T @ d1, h1.T @ d2 + 0.02 * w2, h2.T @ d3]
    for kernel, gradient, weight in zip(look.kernels, gradients, (w1, w2, w3), strict=True):
        assert kernel.gradient == pytest.approx(np.sqrt(np.mean(gradient**2)), rel=1e-4)
        assert kernel.update == pytest.approx(0.1 * np.linalg.norm(gradient) / np.linalg.norm(weight), rel=1e-3)
    assert [units[:2] for units in look.units] == [("first", "relu"), ("second", "tanh")]
    np.testing.assert_array_equal(look.units[0].stuck, (h1 == 0).all(axis=0))
    np.testing.assert_allclose(look.units[1].stuck, (np.abs(h2) > 0.9).mean(axis=0))
    (answers,) = look.answers
    assert answers.accuracy == (p.argmax(axis=1) == Y).mean() and answers.cross_entropy == pytest.approx(loss, rel=1e-4)


def test_dead_units_are_counted_over_all_batches() -> None:
    model = net()
    first = model.get_layer("first")
    first.kernel.assign(np.concatenate([np.eye(5), np.zeros((5, 1))], axis=1))
    look = Examiner(model._trainer).examine([(-np.abs(X), Y, None), (np.abs(X) * [1, 1, 0, 0, 1], Y, None)])
    np.testing.assert_array_equal(look.units[0].stuck, [0, 0, 1, 1, 0, 1])


@pytest.mark.parametrize(
    "optimizer", [keras.optimizers.Adam, lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))], ids=["adam", "scaled"]
)
def test_nothing_changes(optimizer: Any) -> None:
    model = net(optimizer())
    model.fit(X, Y, verbose=0)
    held = [
        np.array(variable) for variable in (*model.variables, *model.optimizer.variables, *(v for m in model.metrics for v in m.variables))
    ]
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    look = Examiner(model._trainer).examine([(X, Y, None)])
    assert look.kernels[-1].gradient == pytest.approx(
        Examiner(net_like(model)._trainer).examine([(X, Y, None)]).kernels[-1].gradient, rel=1e-3
    )
    for before, variable in zip(
        held, (*model.variables, *model.optimizer.variables, *(v for m in model.metrics for v in m.variables)), strict=True
    ):
        np.testing.assert_array_equal(before, np.array(variable))
    np.testing.assert_array_equal(state, np.random.get_state()[1])


def net_like(model: Any) -> Any:
    """A model with the same weights, trained by plain SGD."""
    other = net()
    other.set_weights(model.get_weights())
    return other


class Branches(keras.Model):
    """A model with two inputs, two outputs, a shared layer, dropout and batch normalization."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = layers.Dense(8, activation="sigmoid")
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.5)
        self.heads = [layers.Dense(3, activation="softmax"), layers.Dense(1)]

    def call(self, inputs: Any, training: bool = False) -> Any:
        left, right = (self.shared(part) for part in inputs)
        joined = self.norm(self.drop(ops.concatenate([left, right], axis=-1), training=training), training=training)
        return [head(joined) for head in self.heads]


def test_several_inputs_and_outputs_and_modes() -> None:
    model = Branches()
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5])
    model.fit([X, X], [Y, X[:, :1]], verbose=0)
    data = ([X, X], [Y, X[:, :1]], None)
    look = Examiner(model._trainer).examine([data])  # type: ignore[list-item]
    assert [answers.kind for answers in look.answers] == ["classes", "quantities"]
    assert look.loss_train != look.loss_test == pytest.approx(model.evaluate([X, X], [Y, X[:, :1]], verbose=0)[0], rel=1e-4)
    assert [units.op for units in look.units] == ["sigmoid"] and look.units[0].stuck.shape == (8,)


def test_a_step_of_ones_own_shows_its_units_and_updates() -> None:
    class Own(keras.Sequential):
        def train_step(self, data: Any) -> Any:
            x, y = data
            with keras.GradientTape() as tape:
                loss = ops.mean(ops.square(self(x, training=True) - ops.one_hot(y, 3)))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": loss}

    model = Own([keras.Input((5,)), layers.Dense(6, activation="relu"), layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(X, Y, verbose=0)
    look = Examiner(model._trainer).examine([(X, Y, None)])
    assert look.loss_train is None and np.isnan(look.kernels[0].gradient) and look.kernels[0].update > 0 and look.units[0].op == "relu"


@pytest.mark.parametrize("batch_size", [1, 32, 1000])
def test_samples_of_arrays_have_the_shape_of_batches_and_differ_between_draws(batch_size: int) -> None:
    x = np.arange(5000, dtype="float32")[:, None]
    samples = Samples(make_source(x, x, batch_size=batch_size, shuffle=True))
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    first, second = samples.draw(), samples.draw()
    assert {batch[0].shape for batch in first} == {(min(batch_size, 256), 1)}
    assert sum(len(batch[0]) for batch in first) >= min(FEWEST, 16 * batch_size)
    assert all((batch[0] == batch[1]).all() for batch in first) and first[0][0].tolist() != second[0][0].tolist()
    np.testing.assert_array_equal(state, np.random.get_state()[1])


def test_samples_of_other_sources_are_the_batches_that_were_kept() -> None:
    source = make_source(iter([(X, Y)] * 3), None, steps=3)
    samples = Samples(source)
    assert samples.draw() == []
    for number in range(8):
        samples.keep((X + number, Y, None))
    samples.keep((X[:7], Y[:7], None))
    samples.keep((X, Y, None))
    assert [float(batch[0][0, 0] - X[0, 0]) for batch in (*samples.draw(), *samples.draw())] == pytest.approx([0, 1, 2, 3], abs=1e-5)


def test_answers_say_what_targets_and_outputs_are() -> None:
    p = np.array([[0.7, 0.3], [0.4, 0.6]])
    assert compare("out", np.array([0, 0]), p).kind == "classes"  # type: ignore[union-attr]
    assert compare("out", np.eye(2), p).accuracy == 1.0  # type: ignore[union-attr]
    assert compare("out", np.array([[0], [1]]), np.array([[0.2], [0.3]])).accuracy == 0.5  # type: ignore[union-attr]
    assert compare("out", np.array([0.5, 1.5]), np.array([[1.0], [1.0]])).spread == 0.0  # type: ignore[union-attr]
    assert compare("out", np.array(["a", "b"]), p) is None and compare("out", np.array([0, 5]), p) is None
    assert compare("out", np.array([0, 1]), p * np.nan) is None
