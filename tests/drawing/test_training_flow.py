"""Curves of gradients and updates over a training, read back from the figure."""

from __future__ import annotations

import numpy as np

from glassworks.drawing.distributions import draw_distributions
from glassworks.drawing.training_flow import USUAL_UPDATES, draw_gradients, draw_training_flow

STEPS = np.arange(1, 6)


def test_each_layer_has_its_curve_in_both_axes_and_what_is_no_size_is_left_out() -> None:
    gradients = {"first": np.array([1.0, 0.5, np.nan, 0.0, 0.25]), "last": np.arange(1.0, 6.0)}
    updates = {"first": np.full(5, 1e-3), "last": np.full(5, 0.5)}
    left, right = draw_training_flow(STEPS, gradients, updates, "epoch", "flow").axes
    curves = {line.get_label(): np.asarray(line.get_ydata()) for line in left.get_lines()}
    np.testing.assert_array_equal(curves["first"], [1.0, 0.5, np.nan, np.nan, 0.25])
    np.testing.assert_array_equal(curves["last"], gradients["last"])
    np.testing.assert_array_equal(right.get_lines()[1].get_ydata(), updates["last"])
    assert left.get_yscale() == right.get_yscale() == "log"
    assert left.get_xlabel() == "epoch"
    band = right.patches[0].get_path().vertices
    assert {float(y) for y in band[:, 1]} <= {0.0, 1.0, *USUAL_UPDATES}


def test_of_many_layers_32_that_are_evenly_spaced_have_a_curve() -> None:
    many = {f"layer {i}": np.ones(5) for i in range(100)}
    labels = [line.get_label() for line in draw_training_flow(STEPS, many, many).axes[0].get_lines()]
    assert len(labels) == 32 and labels[0] == "layer 0" and labels[-1] == "layer 99"


def test_bars_of_gradients_without_any_size_are_drawn() -> None:
    axes = draw_gradients(["a", "b"], [0.0, np.inf], [0.0, np.nan], "nothing").axes[0]
    assert [text.get_text() for text in axes.texts] == ["0: no gradient", "infinite"]


def test_histograms_say_what_is_not_finite() -> None:
    figure = draw_distributions({"a": np.array([1.0, np.nan]), "b": np.array([np.inf]), "c": np.zeros(3)}, "outputs", "output")
    titles = [axes.get_title().splitlines()[1] for axes in figure.axes if axes.get_title()]
    assert titles == ["mean 1.0000, std 0.0000, not finite 50.0%", "no finite number", "mean 0.0000, std 0.0000, zero 100%"]
    assert sum(bar.get_height() for bar in figure.axes[2].patches) == 1  # type: ignore[attr-defined]
