"""What pictures of attributions show, read back from the figure."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from glassworks.drawing.attributions import Bars, Image, Series, Words, draw_attributions, full_colour
from glassworks.drawing.images import as_picture, grey

RANDOM = np.random.default_rng(0)


def test_bars_have_the_names_values_and_colours_of_the_columns() -> None:
    figure = draw_attributions([("class 1", [Bars(["age", "job"], [31, "cook"], np.array([0.5, -0.25]), (7, 0.125))])])
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, -0.25]  # type: ignore[attr-defined]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["age = 31", "job = cook"]
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == ["#1f78b4", "#d95f02"]
    assert "7 other columns together: 0.1250" in axes.get_xlabel()
    assert axes.get_title(loc="left") == "class 1"


def test_values_over_an_image_are_symmetric_around_grey_and_transparent_at_zero() -> None:
    image, values = RANDOM.random((6, 5)), RANDOM.normal(size=(6, 5))
    values[0, 0] = 0
    over = draw_attributions([("", [Image(image, values)])]).axes[1].images[1]
    np.testing.assert_array_equal(over.get_array(), values)
    low, high = over.get_clim()
    assert high == -low == full_colour(values)
    alpha = np.asarray(over.get_alpha())
    assert alpha[0, 0] == 0 and alpha.max() == 1


def test_a_few_large_values_do_not_make_the_rest_pale() -> None:
    values = np.ones(1000)
    values[0] = 100
    assert full_colour(values) == 1.0


def test_rows_of_different_kinds_stand_below_each_other() -> None:
    words = Words(["a", "b$"], np.array([1.0, 0.0]))
    figure = draw_attributions(
        [("one", [Image(np.ones((3, 3, 1)), np.ones((3, 3, 1)))]), ("two", [words]), ("three", [Series(np.ones((4, 2)))])]
    )
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title for title in titles if title] == ["one", "two", "three"]
    assert [text.get_text() for text in figure.axes[2].texts] == ["a", r"b\$"]


def test_long_texts_are_cut_with_a_note() -> None:
    words = [f"word{i:06d}" for i in range(1000)]
    axes = draw_attributions([("", [Words(words, np.zeros(1000))])]).axes[0]
    drawn = len(axes.texts) - 1
    assert axes.texts[-1].get_text() == f"and {1000 - drawn} further words"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[0, 255]], "uint8"), [[0.0, 1.0]]),
        (np.array([[0.0, 51.0]]), [[0.0, 0.2]]),
        (np.array([[0.25, 0.5]]), [[0.25, 0.5]]),
        (np.array([[-1.0, 1.0]]), [[0.0, 1.0]]),
        (np.full((1, 1, 2), 0.5), [[0.5, 0.5]]),
    ],
)
def test_images_are_brought_to_the_range_of_colours(image: np.ndarray, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(as_picture(image), expected)


def test_channels_that_stand_first_are_moved_to_the_end() -> None:
    image = RANDOM.random((3, 6, 7))
    np.testing.assert_array_equal(as_picture(image), np.moveaxis(image, 0, -1))
    np.testing.assert_allclose(grey(as_picture(image)), np.einsum("chw,c->hw", image, [0.299, 0.587, 0.114]))
