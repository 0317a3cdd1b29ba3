"""The picture of a learning-rate search shows the numbers that it is given."""

from __future__ import annotations

import numpy as np

from glassworks.drawing.learning_rate import learning_rate_curve

RATES = np.geomspace(1e-5, 1.0, 6)
LOSSES = np.array([2.0, 2.1, 1.7, 0.9, 3.0, np.nan])
SMOOTHED = np.array([2.0, 2.05, 1.9, 1.5, 1.9, np.nan])


def test_losses_average_and_suggestions_are_drawn_over_a_logarithmic_axis() -> None:
    figure = learning_rate_curve(RATES, LOSSES, SMOOTHED, suggestion=0.01, steepest=0.02, current=0.001)
    (axes,) = figure.axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines) == ["each step", "moving average", "suggestion: 0.01", "steepest fall: 0.02", "the optimizer has: 0.001"]
    np.testing.assert_array_equal(lines["each step"].get_ydata(), LOSSES)
    np.testing.assert_array_equal(lines["moving average"].get_xdata(), RATES)
    assert axes.get_xscale() == "log"
    assert "learning rate" in axes.get_xlabel() and "loss" in axes.get_ylabel()


def test_doubts_stand_above_the_curve_and_what_is_missing_is_not_drawn() -> None:
    figure = learning_rate_curve(RATES, LOSSES, SMOOTHED, doubts=["only 4 batches"])
    assert "NOT TO BE TRUSTED: only 4 batches" in figure.axes[0].get_title()
    assert len(figure.axes[0].get_lines()) == 2
