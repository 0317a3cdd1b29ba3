"""Curves of a training: what the picture shows is what was given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from glassworks.drawing.curves import Curve, best_epoch, training_curves


def curve(*values: float, first: int = 1, step: int = 1) -> Curve:
    return first + step * np.arange(len(values)), np.array(values)


def line(axes: Axes, label: str) -> tuple[list[float], list[float]]:
    (match,) = [one for one in axes.get_lines() if str(one.get_label()).startswith(label)]
    return list(match.get_xdata()), list(match.get_ydata())


CURVES = {
    "loss": curve(0.9, 0.5, 0.3),
    "accuracy": curve(0.5, 0.7, 0.9),
    "val_loss": curve(1.0, 0.6, 0.8),
    "val_accuracy": curve(0.4, 0.6, 0.5),
}


def test_training_and_validation_of_each_metric_share_an_axes() -> None:
    figure = training_curves(CURVES, {"loss": {"chance": 0.69}, "accuracy": {"chance": 0.5, "majority": 0.6}})
    loss, accuracy = figure.axes
    assert line(loss, "training") == ([1, 2, 3], [0.9, 0.5, 0.3])
    assert line(loss, "validation") == ([1, 2, 3], [1.0, 0.6, 0.8])
    assert line(accuracy, "validation")[1] == [0.4, 0.6, 0.5]
    assert line(loss, "chance: 0.69")[1] == [0.69, 0.69]
    assert line(accuracy, "majority: 0.6")[1] == [0.6, 0.6]
    assert loss.get_title() == "loss"
    assert accuracy.get_xlabel() == "epoch"


def test_the_best_epoch_is_that_of_the_lowest_validation_loss() -> None:
    for axes in training_curves(CURVES).axes:
        assert line(axes, "best epoch: 2")[0] == [2, 2]
    assert best_epoch({"val_loss": curve(np.nan, 0.5, -np.inf, 0.4)}) == 4
    assert best_epoch({"loss": curve(1.0), "val_accuracy": curve(1.0)}) is None
    assert best_epoch({"val_loss": curve(np.nan)}) is None


def test_the_gap_lies_between_the_curves() -> None:
    loss = training_curves(CURVES).axes[0]
    (gap,) = loss.collections
    corners = {(float(x), round(float(y), 6)) for x, y in gap.get_paths()[0].vertices}
    assert {(1.0, 0.9), (1.0, 1.0), (3.0, 0.3), (3.0, 0.8)} <= corners


def test_validation_in_some_epochs_only_stands_at_those_epochs() -> None:
    loss = training_curves({"loss": curve(4, 3, 2, 1), "val_loss": curve(3.5, 1.5, first=2, step=2)}).axes[0]
    assert line(loss, "validation") == ([2, 4], [3.5, 1.5])
    corners = {(float(x), float(y)) for x, y in loss.collections[0].get_paths()[0].vertices}
    assert (2.0, 3.0) in corners
    assert (4.0, 1.5) in corners


def test_epochs_with_nan_or_infinity_are_marked_and_interrupt_the_curve() -> None:
    loss = training_curves({"loss": curve(1.0, np.inf, 0.5, np.nan)}).axes[0]
    assert line(loss, "NaN or infinite")[0] == [2, 4]
    np.testing.assert_array_equal(line(loss, "training")[1], [1.0, np.nan, 0.5, np.nan])
    assert training_curves({"loss": curve(np.nan, np.nan)}).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("curves", "scale"),
    [
        ({"loss": curve(100.0, 1.0)}, "log"),
        ({"loss": curve(2.0, 1.0)}, "linear"),
        ({"loss": curve(2.0, 0.0)}, "linear"),
        ({"accuracy": curve(0.01, 0.99)}, "linear"),
        ({"mae": curve(400.0, 3.0)}, "log"),
        ({"learning_rate": curve(0.1, 0.001)}, "log"),
    ],
)
def test_a_wide_range_gets_a_logarithmic_axis(curves: dict[str, Curve], scale: str) -> None:
    assert training_curves(curves).axes[0].get_yscale() == scale


def test_one_epoch_is_a_point_with_its_number() -> None:
    loss = training_curves({"loss": curve(0.25), "val_loss": curve(0.5)}).axes[0]
    assert {text.get_text() for text in loss.texts} == {"0.25", "0.5"}
    assert line(loss, "training") == ([1], [0.25])
    assert not loss.collections


def test_outputs_have_axes_of_their_own_and_the_learning_rate_is_last() -> None:
    names = ["a_accuracy", "a_loss", "learning_rate", "b_loss", "loss", "val_loss", "val_a_loss"]
    figure = training_curves({name: curve(2.0, 1.0) for name in names})
    assert [axes.get_title() for axes in figure.axes] == ["loss", "a loss", "b loss", "a accuracy", "learning rate"]
    assert line(figure.axes[-1], "learning rate")[1] == [2.0, 1.0]


def test_the_legend_stands_beside_the_curves() -> None:
    figure = training_curves(CURVES, {"loss": {"chance": 0.69}})
    figure.draw_without_rendering()
    for axes in figure.axes:
        legend = axes.get_legend()
        assert legend is not None and legend.get_window_extent().x0 >= axes.get_window_extent().x1
        assert legend.get_window_extent().x1 <= figure.bbox.x1
