"""The curve of growing learning rates, its suggestions, and the words that say when it is not to be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers
from glassworks.errors import ArgumentError, StateError
from glassworks.insight.learning_rate_curve import LearningRateCurve, _longest_fall
from glassworks.random import get_global_state

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4000, 20)).astype("float32")
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)


def network(optimizer: Any = "adam", loss: Any = "sparse_categorical_crossentropy", units: int = 3) -> keras.Sequential:
    last = layers.Dense(units, activation="softmax" if units == 3 else None)
    model = keras.Sequential([layers.Input((20,)), layers.Dense(64, activation="relu"), layers.Dropout(0.1), last])
    model.compile(optimizer, loss, metrics=["accuracy"] if units == 3 else None)
    return model


def test_the_curve_is_that_of_training_by_hand_with_growing_rates() -> None:
    model = keras.Sequential([layers.Input((20,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    curve = insight.lr_find(model, X[:64], X[:64, :1], batch_size=64, start=1e-3, end=1e-1, steps=10, smoothing=0.5)
    kernel, losses = model.layers[0].kernel.numpy().astype(np.float64), []
    bias = np.zeros(1)
    x, y = X[:64].astype(np.float64), X[:64, :1].astype(np.float64)
    for rate in np.geomspace(1e-3, 1e-1, 10):
        error = x @ kernel + bias - y
        losses.append((error**2).mean())
        kernel, bias = kernel - rate * 2 * x.T @ error / 64, bias - rate * 2 * error.mean()
    np.testing.assert_allclose(curve.losses, losses, rtol=1e-4)
    np.testing.assert_allclose(curve.rates, np.geomspace(1e-3, 1e-1, 10))
    average, smoothed = 0.0, []
    for i, loss in enumerate(losses):
        average = 0.5 * average + 0.5 * loss
        smoothed.append(average / (1 - 0.5 ** (i + 1)))
    np.testing.assert_allclose(curve.smoothed, smoothed, rtol=1e-4)


def test_the_bars_show_the_fall_though_the_first_batch_was_easy_by_chance() -> None:
    losses = np.concatenate([[0.1], np.full(19, 1.0), np.linspace(1.0, 0.2, 20), np.linspace(0.2, 5.0, 10)])
    curve = LearningRateCurve(np.geomspace(1e-7, 1, 50), losses, losses, "the last rate was reached", 1.0)
    bars = [str(row[2]) for row in curve.table().rows]
    assert bars[0] == "#" and bars[2] == "#" * 25 and bars[-1] == "#" * 25 + ">"
    falling = [len(bar) for bar in bars[4:9]]
    assert falling == sorted(falling, reverse=True) and len(set(falling)) > 3


def test_the_suggested_rate_trains_well_and_the_rate_of_divergence_does_not() -> None:
    curve = insight.lr_find(network("sgd"), X, Y, end=100.0)
    assert curve.trusted, curve.doubts

    def final_loss(rate: float) -> float:
        model = network(keras.optimizers.SGD(rate))
        return model.fit(X, Y, epochs=2, verbose=0, on_nan="ignore", doctor="off").history["loss"][-1]

    good = final_loss(curve.suggestion)
    assert good < final_loss(curve.suggestion / 100)
    assert not final_loss(float(curve.rates[-1])) < good


def test_the_model_its_optimizer_and_all_random_generators_stay_as_they_are() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    model = network(keras.optimizers.Adam(schedule))
    model.fit(X[:320], Y[:320], verbose=0)
    state = [*(w.numpy() for w in model.weights), *(v.numpy() for v in model.optimizer.variables)]
    randomness, rate = str(get_global_state()), float(model.optimizer.learning_rate)
    curve = insight.lr_find(model, X, Y)
    after = [*(w.numpy() for w in model.weights), *(v.numpy() for v in model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))
    assert str(get_global_state()) == randomness
    assert float(model.optimizer.learning_rate) == rate == pytest.approx(curve.current)
    assert model.optimizer.learning_rate is not None and curve.suggestion is not None


def test_the_same_seed_gives_the_same_curve() -> None:
    model = network()
    first, again, other = (insight.lr_find(model, X, Y, steps=20, seed=seed).losses for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_valley_finds_the_longest_fall_and_steepest_the_fastest_in_it() -> None:
    rates = np.geomspace(1e-7, 10, 100)
    losses = np.full(100, 2.0)
    losses[40:70] = np.linspace(2.0, 1.0, 30) ** 2 / 2  # falls faster at first
    losses[70:] = np.linspace(0.6, 6.0, 30)
    curve = LearningRateCurve(rates, losses, losses, "", 10.0)
    first, last = _longest_fall(losses[10:95])
    assert (first + 10, last + 10) in [(39, 69), (40, 69)]
    assert rates[48] <= curve.valley <= rates[60]
    assert rates[40] <= curve.steepest <= rates[47]


def doubts(model: keras.Model, x: Any = X, y: Any = Y, **options: Any) -> str:
    curve = insight.lr_find(model, x, y, **options)
    assert not curve.trusted
    assert all(f"Do not trust this curve: {doubt}" in str(curve) for doubt in curve.doubts)
    return "; ".join(curve.doubts)


def test_too_few_batches_and_too_few_steps_are_said() -> None:
    assert "4 batches are used again and again" in doubts(network(), X[:100], Y[:100])
    assert "has only 12 steps" in doubts(network(), steps=12)


def test_a_loss_that_never_falls_gives_no_suggestion() -> None:
    model = network()
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    curve = insight.lr_find(model, X, Y)
    assert curve.suggestion is None and curve.steepest is None
    assert "never falls" in curve.doubts[0]
    assert "Suggestion" not in str(curve)


def test_noise_above_the_fall_is_said() -> None:
    assert "differs from batch to batch" in doubts(network("sgd"), y=RNG.integers(0, 3, len(X)), batch_size=4, end=3.0)


def test_a_minimum_at_the_edge_divergence_at_once_and_numbers_that_are_not_finite_are_said() -> None:
    assert "still falls at the highest rate: pass end=1" in doubts(network(), end=0.01, smoothing=0.9)
    assert "grows at once" in doubts(network("sgd"), start=1000.0, end=1e6)
    holes = X.copy()
    holes[:, 3] = np.nan
    assert "loss of the first step is not a finite number" in doubts(network(), holes)
    holes = X.copy()
    holes[::97, 3] = np.nan
    assert "look for NaN in the data" in doubts(network(), holes)


def test_losses_below_zero_and_near_zero_do_not_end_it_by_chance() -> None:
    curve = insight.lr_find(network(loss="cosine_similarity", units=4), X, X[:, :4])
    assert len(curve.rates) > 60
    assert curve.smoothed.min() < -0.1


def test_batches_of_a_generator_are_used_as_they_come_and_may_end() -> None:
    def batches(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for i in range(count):
            yield X[32 * i : 32 * i + 32], Y[32 * i : 32 * i + 32]

    assert len(insight.lr_find(network(), batches(100)).losses) > 60
    short = insight.lr_find(network(), batches(7))
    assert len(short.losses) == 7 and "the data ended after 7 batches" in short.doubts[0]


def test_wrong_arguments_are_refused_with_a_fix() -> None:
    with pytest.raises(ArgumentError, match="end above the start"):
        insight.lr_find(network(), X, Y, start=1.0, end=0.1)
    with pytest.raises(ArgumentError, match="steps"):
        insight.lr_find(network(), X, Y, steps=1)
    with pytest.raises(StateError, match="compile"):
        insight.lr_find(keras.Sequential([layers.Dense(1)]), X, Y)


def test_the_result_is_shown_as_text_html_and_picture(tmp_path: Any) -> None:
    curve = insight.lr_find(network(), X, Y)
    assert f"learning_rate={curve.suggestion:.2g}" in str(curve) == repr(curve)
    assert "<table" in curve._repr_html_()
    figure = curve.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    np.testing.assert_array_equal(lines["moving average"].get_ydata(), curve.smoothed)
    assert lines[f"suggestion: {curve.suggestion:.2g}"].get_xdata()[0] == curve.suggestion
