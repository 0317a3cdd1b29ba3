"""An attribution as text, HTML and picture says what its values are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import IndexRangeError, ShapeError
from glassworks.insight.attribution.parts import kind_of

X = np.array([[1.0, 2.0, -3.0], [0.0, 1.0, 1.0]], "float32")


def linear(*weights: float) -> Model:
    model = Sequential([Input((len(weights),)), layers.Dense(1)])
    model.set_weights([np.array(weights)[:, None], np.array([0.5])])
    return model


def test_the_text_lists_columns_by_what_they_count() -> None:
    got = insight.integrated_gradients(linear(0.25, -2.0, 1.0), pd.DataFrame(X, columns=["age", "hours", "gain"]))
    lines = str(got).splitlines()
    assert lines[0] == "integrated gradients for output 0: -6.2500"
    assert [line.split() for line in lines[3:6]] == [
        ["hours", "2.0000", "-4.0000"],
        ["gain", "-3.0000", "-3.0000"],
        ["age", "1.0000", "0.2500"],
    ]
    assert "-6.7500 = -6.2500 - 0.5000 at the baseline" in lines[-2]
    assert lines[-1] == "(2 samples; attribution[1] is the next)"
    assert "2 other columns together: -2.7500" in got.text(most=1)


def test_a_single_sample_is_chosen_by_its_index() -> None:
    got = insight.integrated_gradients(linear(0.25, -2.0, 1.0), X)
    np.testing.assert_array_equal(got[1].values, got.values[1])
    np.testing.assert_array_equal(got[-1].values, got.values[1])
    assert len(got[1]) == 1 and got[1].score[0] == got.score[1]
    with pytest.raises(IndexRangeError):
        got[2]


def test_words_have_the_colours_of_their_values_in_html() -> None:
    text = layers.TextVectorization(vocabulary=["good", "<bad>"], output_sequence_length=4, standardize=None)
    model = Sequential([Input((1,), dtype="string"), text, layers.Embedding(4, 1), layers.Flatten(), layers.Dense(1, "sigmoid")])
    model.set_weights([np.array([[0.0], [0.0], [2.0], [-1.0]]), np.ones((4, 1)), np.zeros(1)])
    got = insight.integrated_gradients(model, "good <bad> film")
    page = got._repr_html_()
    assert "rgba(31,120,180,0.60)" in page and 'title="2.0000">good<' in page
    assert "rgba(217,95,2,0.30)" in page and 'title="-1.0000">&lt;bad&gt;<' in page
    assert "for class 1: logit 1.0000, probability 0.7311" in page
    texts = {one.get_text(): one for one in got.plot().axes[0].texts}
    assert list(texts) == ["good", "<bad>", "[UNK]"]
    np.testing.assert_allclose(texts["good"].get_bbox_patch().get_facecolor()[:3], np.array([31, 120, 180]) / 255)  # type: ignore[union-attr]


def test_words_of_a_bag_are_the_columns_of_a_table() -> None:
    bag = layers.TextVectorization(vocabulary=["good", "bad"], output_mode="multi_hot")
    model = Sequential([Input((1,), dtype="string"), bag, layers.Dense(1, "sigmoid")])
    model.set_weights([np.array([[0.0], [3.0], [-1.0]]), np.zeros(1)])
    got = insight.integrated_gradients(model, ["a good film", "bad"])
    assert got.text().splitlines()[3].split() == ["good", "1.0000", "3.0000"]
    assert got.text(1).splitlines()[3].split() == ["bad", "1.0000", "-1.0000"]


def test_the_picture_of_images_has_the_image_and_the_values_of_its_pixels(tmp_path: Path) -> None:
    model = Sequential([Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2, "softmax")])
    x = np.random.default_rng(0).random((5, 8, 8, 3)).astype("float32")
    got = insight.integrated_gradients(model, x)
    figure = got.plot(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000
    assert figure.get_suptitle() == "the first 4 of 5 samples"
    for sample in range(4):
        image, over = figure.axes[2 * sample], figure.axes[2 * sample + 1]
        np.testing.assert_allclose(image.images[0].get_array(), x[sample])
        np.testing.assert_allclose(over.images[1].get_array(), got.values[sample].sum(-1))
        assert f"class {got.target[sample]}" in image.get_title(loc="left")
    assert "data:image/png;base64," in got._repr_html_()
    heat = insight.grad_cam(model, x[0])
    np.testing.assert_allclose(heat.plot().axes[1].images[1].get_array(), heat.values)


def test_a_flat_row_is_drawn_as_an_image_of_a_shape() -> None:
    model = linear(*range(12))
    got = insight.input_gradient(model, np.ones((1, 12)))
    np.testing.assert_allclose(got.plot(shape=(3, 4)).axes[1].images[1].get_array(), np.arange(12).reshape(3, 4), atol=1e-6)
    with pytest.raises(ShapeError, match="12"):
        got.plot(shape=(5, 5))


def test_a_series_is_drawn_as_steps_and_features() -> None:
    model = Sequential([Input((9, 2)), layers.Flatten(), layers.Dense(1)])
    got = insight.input_gradient(model, np.ones((1, 9, 2)))
    np.testing.assert_array_equal(got.plot().axes[0].images[0].get_array(), got.values[0].T)
    assert "step" in str(got)


def test_the_kind_of_an_input_follows_from_its_shape() -> None:
    assert [kind_of(shape) for shape in [(5,), (1, 1), (4, 9), (28, 28), (3, 32, 32), (5, 5, 8)]] == [
        *("table", "table", "series", "image", "image", "series")
    ]
