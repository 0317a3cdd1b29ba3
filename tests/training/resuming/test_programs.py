"""Programs of many kinds go on exactly: models of the user's own, several optimizers, text, random numbers of the global seed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from glassworks.names import reset_names
from tests.training.resuming.runs import Stateful, Stop, assert_same, outcome

RNG = np.random.default_rng(0)
X = RNG.normal(size=(22, 3)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


class Gan(keras.Model):
    """Two networks, each with an optimizer, and metrics of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.maker, self.judge = layers.Dense(3), keras.Sequential([layers.Dense(4, "relu"), layers.Dense(1)])
        self.optimizers = {"maker": keras.optimizers.Adam(0.01), "judge": keras.optimizers.SGD(0.1, momentum=0.9)}
        self.loss_metric = keras.metrics.Mean(name="judge_loss")
        self.count = keras.Variable(0, dtype="int32", trainable=False)

    @property
    def metrics(self) -> list[Any]:
        return [self.loss_metric]

    def call(self, x: Any) -> Any:
        return self.judge(self.maker(x))

    def train_step(self, data: Any) -> dict[str, Any]:
        real, _ = data
        noise = keras.random.normal((real.shape[0], 3))  # of the global generator
        self.count.assign_add(1)
        for name in ("judge", "maker"):
            layer = getattr(self, name)
            with keras.GradientTape() as tape:
                fake, true = self.judge(self.maker(noise)), self.judge(real)
                loss = ops.mean(fake) - ops.mean(true) if name == "judge" else -ops.mean(fake)
            self.optimizers[name].apply(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables)
        self.loss_metric.update_state(loss)
        return {"judge_loss": self.loss_metric.result()}


class Noisy(layers.Layer):
    """A layer that draws from the global generator, in training and in validation."""

    def call(self, x: Any) -> Any:
        return x + 0.1 * keras.random.normal(ops.shape(x))


def gan() -> tuple[Any, dict[str, Any]]:
    model = Gan()
    model.compile()
    return model, {"x": X, "y": Y, "batch_size": 4}


def noisy() -> tuple[Any, dict[str, Any]]:
    model = keras.Sequential([keras.Input((3,)), Noisy(), layers.GaussianDropout(0.2), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(), keras.metrics.F1Score(threshold=0.5)])
    return model, {"x": X, "y": Y, "batch_size": 4, "validation_split": 0.3}


def text() -> tuple[Any, dict[str, Any]]:
    words = np.array([["a good film"], ["bad, bad film"], ["so good"], ["not so bad"]] * 4, dtype=object)
    vectorize = layers.TextVectorization(12, output_sequence_length=4)
    vectorize.adapt(words)
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectorize, layers.Embedding(12, 4), layers.GRU(3), layers.Dense(1)])
    model.compile("rmsprop", "mse")
    return model, {"x": words, "y": np.arange(16.0), "batch_size": 3}


def several() -> tuple[Any, dict[str, Any]]:
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    hidden = layers.Concatenate()([layers.Dense(4, "relu", name="left")(a), layers.Dense(4, "tanh", name="right")(b)])
    model = keras.Model({"a": a, "b": b}, [layers.Dense(1, name="u")(hidden), layers.Dense(1, name="v")(hidden)])
    chosen = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.1), {"left/.*": keras.optimizers.Nadam(0.01)})
    )
    model.compile(chosen, ["mse", "mae"], loss_weights=[1.0, 0.5], metrics=[["mae"], []])
    held_out = ({"a": X[:5], "b": X[:5, :2]}, [Y[:5], Y[:5]])
    return model, {
        "x": {"a": X, "b": X[:, :2]},
        "y": [Y, Y],
        "sample_weight": [np.linspace(0, 1, 22), np.ones(22)],
        "batch_size": 4,
        "validation_data": held_out,
    }


def from_generators() -> tuple[Any, dict[str, Any]]:
    model = keras.Sequential([keras.Input((6, 6, 2)), layers.Flatten(), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, {"x": Stateful(), "steps_per_epoch": 5, "validation_data": Stateful(), "validation_steps": 3}


def schedule_free() -> tuple[Any, dict[str, Any]]:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dense(1)])
    model.compile(keras.optimizers.ScheduleFreeAdamW(0.01), "mse", steps_per_execution=4)
    return model, {"x": X, "y": Y, "batch_size": 4, "shuffle": "batch", "class_weight": {0: 1.0, 1: 2.0}}


PROGRAMS: list[Callable[[], tuple[Any, dict[str, Any]]]] = [gan, noisy, text, several, from_generators, schedule_free]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("stop", [(0, 4), (1, 3)], ids=str)
def test_a_program_goes_on_exactly(program: Callable[[], Any], stop: tuple[int, int], tmp_path: Path) -> None:
    def run(seed: int, stops: bool = False, **options: Any) -> dict[str, Any]:
        reset_names()
        keras.utils.set_random_seed(seed)
        model, data = program()
        model.fit(**data, epochs=3, verbose=0, callbacks=[Stop(*stop, "ctrl-c")] if stops else [], **options)
        return outcome(model)

    expected = run(1)
    run(1, True, resume=tmp_path / "run")
    assert_same(run(2, resume=tmp_path / "run"), expected)
