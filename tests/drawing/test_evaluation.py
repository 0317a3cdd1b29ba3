"""Pictures of evaluations: the data that was given can be read back."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb

from glassworks.display.colours import NEGATIVE, POSITIVE, ZERO
from glassworks.drawing.evaluation import calibration_picture, confusion_picture, importance_picture, threshold_picture


def test_a_confusion_matrix_has_its_counts_and_colours_by_kind() -> None:
    counts = np.array([[8, 2, 0], [0, 5, 0], [1, 0, 9]])
    axes = confusion_picture(counts, ["a", "b", "c"]).axes[0]
    shown = np.zeros_like(counts)
    for text in axes.texts:
        shown[round(text.get_position()[1]), round(text.get_position()[0])] = int(text.get_text())
    np.testing.assert_array_equal(shown, counts)
    (image,) = axes.get_images()
    rgb = image.to_rgba(image.get_array())[..., :3]
    np.testing.assert_allclose(rgb[1, 1], to_rgb(POSITIVE), atol=0.01)
    np.testing.assert_allclose(rgb[0, 1], to_rgb(NEGATIVE), atol=0.01, err_msg="the most frequent mistake has the full colour")
    np.testing.assert_allclose(rgb[0, 2], to_rgb(ZERO), atol=0.01)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.get_title() == "25 samples, 88.0% right"


def test_a_large_confusion_matrix_has_no_numbers_and_fewer_names() -> None:
    axes = confusion_picture(np.eye(100, dtype=int), [str(i) for i in range(100)]).axes[0]
    assert not axes.texts
    assert len(axes.get_xticklabels()) <= 60


def test_thresholds_are_drawn_as_curves_with_the_best_ones_marked() -> None:
    thresholds, recall = np.array([0.1, 0.5, 0.9]), np.array([1.0, 0.5, 0.0])
    axes = threshold_picture(thresholds, {"recall": recall, "f1": 1 - recall}, {"best F1": 0.9}, "yes").axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_array_equal(lines["recall"].get_ydata(), recall)
    np.testing.assert_array_equal(lines["F1"].get_xdata(), thresholds)
    assert list(lines["best F1: 0.9"].get_xdata()) == [0.9, 0.9]


def test_calibration_is_drawn_over_the_line_on_which_it_would_be_right() -> None:
    low, high = np.array([0.0, 0.5]), np.array([0.5, 1.0])
    probability, share, samples = np.array([0.2, 0.8]), np.array([0.3, 0.6]), np.array([30.0, 10.0])
    above, below = calibration_picture(low, high, probability, share, samples, "'yes'", 0.1).axes
    lines = {line.get_label(): line for line in above.get_lines()}
    np.testing.assert_array_equal(lines["this model"].get_xdata(), probability)
    np.testing.assert_array_equal(lines["this model"].get_ydata(), share)
    assert [bar.get_height() for bar in below.patches] == [30, 10]
    distances = {
        tuple(line.get_ydata()): line.get_color() for line in above.get_lines() if list(line.get_xdata()) in ([0.2, 0.2], [0.8, 0.8])
    }
    assert distances == {(0.2, 0.3): POSITIVE, (0.8, 0.6): NEGATIVE}


def test_importance_is_drawn_as_bars_from_the_top() -> None:
    axes = importance_picture(["age", "noise"], np.array([0.5, -0.1]), np.array([0.1, 0.2]), "increase of the loss").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.5, -0.1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["age", "noise"]
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "increase of the loss"
