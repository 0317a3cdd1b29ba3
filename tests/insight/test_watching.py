"""`insight.watch`: the recorded numbers are those of the training, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, callbacks, config, insight, layers
from glassworks.errors import ArgumentError
from glassworks.insight.watching import STATISTICS, Watching

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3)).astype("float32")
Y = RNG.random((20, 2)).astype("float32")


def linear(**compiled: Any) -> Sequential:
    model = Sequential([Input((3,)), layers.Dense(2, activation="relu", name="dense")])
    model.compile("sgd", "mse", **compiled)
    return model


def steps_by_hand(kernel: np.ndarray, bias: np.ndarray, batch_size: int, rate: float = 0.01) -> list[dict[str, np.ndarray]]:
    """What each step of plain gradient descent leaves: the values for its batch with the weights after it."""
    seen = []
    for start in range(0, len(X), batch_size):
        x, y = X[start : start + batch_size], Y[start : start + batch_size]

        def forward(x: np.ndarray = x, y: np.ndarray = y) -> dict[str, np.ndarray]:
            before = x @ kernel + bias
            gradient = 2 * (np.maximum(before, 0) - y) / y.size
            return {
                "dense/preactivation": before,
                "dense/output": np.maximum(before, 0),
                "dense/output_gradient": gradient,
                "dense/kernel_gradient": x.T @ (gradient * (before > 0)),
                "dense/kernel": kernel.copy(),
                "loss": np.square(np.maximum(before, 0) - y).mean(),
            }

        before = forward()
        bias = bias - rate * (before["dense/output_gradient"] * (before["dense/preactivation"] > 0)).sum(0)
        kernel = kernel - rate * before["dense/kernel_gradient"]
        seen.append(forward())
    return seen


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize(("batch_size", "every", "recorded"), [(4, 1, [1, 2, 3, 4, 5]), (4, 2, [1, 3, 5]), (8, 2, [1, 3]), (20, 50, [1])])
def test_values_are_those_after_each_recorded_step(engine: str, eager: bool, batch_size: int, every: int, recorded: list[int]) -> None:
    config.set_engine(engine)
    model = linear(run_eagerly=eager)
    kernel, bias = model.get_weights()
    expected = steps_by_hand(kernel, bias, batch_size)
    watching = insight.watch(model, list(expected[0]), every=every, keep="values")
    model.fit(X, Y, batch_size=batch_size, shuffle=False, verbose=0, callbacks=[watching])
    assert watching.steps.tolist() == recorded
    for name in expected[0]:
        for step, value in zip(recorded, watching[name], strict=True):
            np.testing.assert_allclose(value, expected[step - 1][name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_statistics_are_those_of_the_values() -> None:
    first, second = linear(), linear()
    second.set_weights(first.get_weights())
    results: list[Watching] = []
    for model, keep in ((first, "statistics"), (second, "values")):
        results.append(insight.watch(model, "dense/output", every=2, keep=keep))  # type: ignore[arg-type]  # one of the two
        model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[results[-1]])
    values = results[1]["dense/output"]
    assert values.shape == (3, 4, 2)
    expected = {
        "mean": values.mean((1, 2)),
        "std": values.std((1, 2)),
        "min": values.min((1, 2)),
        "max": values.max((1, 2)),
        "norm": np.sqrt(np.square(values).sum((1, 2))),
        "zeros": (values == 0).mean((1, 2)),
        "not_finite": np.zeros(3),
    }
    assert set(expected) == set(STATISTICS)
    for name, numbers in results[0]["dense/output"].items():
        np.testing.assert_allclose(numbers, expected[name], rtol=1e-5, err_msg=name)


def test_training_gives_the_same_bits_with_and_without() -> None:
    weights = []
    for watched in (False, True):
        model = Sequential(
            [Input((3,)), layers.Dense(8, "relu"), layers.Dropout(0.5, seed=1), layers.BatchNormalization(), layers.Dense(2)]
        )
        model.set_weights([np.random.default_rng(i).random(w.shape) for i, w in enumerate(model.get_weights())])
        model.compile("adam", "mse")
        names = [f"{model.layers[1].name}/output", f"{model.layers[2].name}/output_gradient"]
        given = [insight.watch(model, names, every=3)] if watched else []
        model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=given)
        weights.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


def test_a_later_fit_without_it_records_nothing_and_one_with_it_goes_on() -> None:
    model = linear()
    watching = insight.watch(model, "loss", every=4)
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watching])
    model.fit(X, Y, batch_size=4, verbose=0)
    assert watching.steps.tolist() == [1, 5]
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watching])
    assert watching.steps.tolist() == [1, 5, 9]


def test_an_error_in_training_leaves_the_model_as_without_it() -> None:
    model = linear()
    model.fit(X, Y, verbose=0)

    class Stop(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise RuntimeError("stop")

    watching = insight.watch(model, "dense/output", every=1)
    with pytest.raises(RuntimeError):
        model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watching, Stop()])
    model.fit(X, Y, batch_size=4, verbose=0)
    assert len(watching.steps) == 5


@pytest.mark.parametrize(("name", "nearest"), [("dens/output", "dense/output"), ("dense/preactivaton", "dense/preactivation")])
def test_an_unknown_name_is_refused_before_training_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ArgumentError, match=nearest):
        insight.watch(linear(), name)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="every=0"):
        insight.watch(linear(), "loss", every=0)
    with pytest.raises(ArgumentError, match="keep"):
        insight.watch(linear(), "loss", keep="all")  # type: ignore[arg-type]  # wrong on purpose


def test_a_subclassed_model_that_is_not_built_is_checked_at_the_first_step() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(2, name="inner")

        def call(self, x: Any) -> Any:
            return self.inner(x)

    model = Own()
    model.compile("sgd", "mse")
    watching = insight.watch(model, "inner/output", keep="values")
    model.fit(X, Y, verbose=0, callbacks=[watching])
    assert watching["inner/output"].shape == (1, 20, 2)
    other = Own()
    other.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match="inner/output"):
        other.fit(X, Y, verbose=0, callbacks=[insight.watch(other, "iner/output")])


def test_generators_text_and_a_last_smaller_batch_work() -> None:
    model = linear()
    watching = insight.watch(model, "dense/output", every=1, keep="values")
    model.fit(((X[i : i + 6], Y[i : i + 6]) for i in range(0, 20, 6)), verbose=0, callbacks=[watching])
    assert [len(value) for value in watching["dense/output"]] == [6, 6, 6, 2]
    words = layers.TextVectorization(vocabulary=["red", "green"], output_sequence_length=3)
    texts = Sequential([words, layers.Embedding(5, 4, name="embedding"), layers.Flatten(), layers.Dense(1)])
    texts.compile("sgd", "mse")
    watching = insight.watch(texts, "embedding/output", every=2, keep="values")
    texts.fit(np.array([["red green"]] * 8), np.zeros((8, 1)), batch_size=2, verbose=0, callbacks=[watching])
    assert watching["embedding/output"].shape == (2, 2, 3, 4)


def test_a_loop_of_ones_own_looks_when_it_wants() -> None:
    model = linear()
    watching = insight.watch(model, ["dense/output", "dense/output_gradient"])
    watching.look(X[:4], Y[:4])
    assert watching["dense/output"]["mean"] == pytest.approx(model.predict(X[:4], verbose=0).mean(), rel=1e-5)


def test_the_table_shows_the_first_and_last_of_many_steps() -> None:
    model = linear()
    watching = insight.watch(model, "dense/output", every=1)
    model.fit(X, Y, batch_size=1, epochs=2, verbose=0, callbacks=[watching])
    lines = repr(watching).splitlines()
    assert [line.split()[0] for line in lines[3:-2]] == [str(step) for step in (*range(1, 11), *range(31, 41))]
    assert "20 steps between are not shown." in lines[-1]
    assert "<table" in watching._repr_html_()
