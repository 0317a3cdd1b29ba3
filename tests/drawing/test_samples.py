"""Samples as pictures: the pixels, words and numbers can be read back."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks.drawing.samples import Drawable, kind_of, sample_picture
from glassworks.errors import GlassworksError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (10, 12)])
def test_grey_images_keep_their_pixels(shape: tuple[int, ...]) -> None:
    pixels = RNG.random(shape)
    (drawn,) = sample_picture([pixels], ["a"]).axes[0].get_images()
    np.testing.assert_array_equal(drawn.get_array(), pixels.reshape(shape[:2]))


@pytest.mark.parametrize(("factor", "offset"), [(1, 0), (255, 0), (2, -1)])
def test_colours_of_any_range_are_shown(factor: float, offset: float) -> None:
    pixels = RNG.random((4, 4, 3))
    pixels.flat[0], pixels.flat[1] = 0, 1
    (drawn,) = sample_picture([pixels * factor + offset], ["a"]).axes[0].get_images()
    np.testing.assert_allclose(drawn.get_array(), pixels)


def test_images_with_negative_numbers_have_zero_in_the_middle() -> None:
    (drawn,) = sample_picture([np.linspace(-1, 3, 64).reshape(8, 8)], ["a"]).axes[0].get_images()
    assert drawn.get_clim() == (-3, 3)


def test_texts_are_wrapped_and_cut() -> None:
    axes = sample_picture(["a $good$ film " * 100], ["true 1, predicted 0"]).axes[0]
    (text,) = axes.texts
    assert text.get_text().startswith("a $good$ film")
    assert text.get_text().endswith("...")
    assert axes.get_title() == "true 1, predicted 0"


def test_rows_have_a_line_for_each_column() -> None:
    axes = sample_picture([{"age": 39, "job": "clerk", "gain": 0.5}], ["a"]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["age", "39", "job", "clerk", "gain", "0.5000"]
    many = sample_picture([{f"c{i}": i for i in range(20)}], ["a"]).axes[0]
    assert [text.get_text() for text in many.texts][-2:] == ["and 7 more", ""]
    assert [text.get_text() for text in sample_picture([np.array([1, 2])], ["a"]).axes[0].texts] == ["column 0", "1", "column 1", "2"]


def test_series_are_curves() -> None:
    values = RNG.normal(size=(50, 2))
    lines = sample_picture([values], ["a"]).axes[0].get_lines()
    np.testing.assert_array_equal(lines[1].get_ydata(), values[:, 1])


def test_samples_stand_in_a_grid() -> None:
    figure = sample_picture([np.zeros((8, 8))] * 5, list("abcde"), columns=2)
    assert [axes.get_title() for axes in figure.axes] == list("abcde")
    assert sample_picture([], []).axes == []


@pytest.mark.parametrize(
    ("sample", "kind"),
    [("good", "text"), ({"a": 1}, "row"), (np.zeros((28, 28)), "image"), (np.zeros((6, 6, 3)), "image"), (np.zeros((50, 4)), "series")],
)
def test_the_kind_follows_from_the_form(sample: Drawable, kind: str) -> None:
    assert kind_of(sample) == kind


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(GlassworksError, match="image, series, text, row"):
        sample_picture([np.zeros(3)], ["a"], kind="video")


def test_control_characters_of_a_text_are_spaces() -> None:
    (text,) = sample_picture(["good\x85film"], ["a"], kind="text").axes[0].texts
    assert text.get_text() == "good film"
