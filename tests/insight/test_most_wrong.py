"""The samples with the largest loss, of any kind of data and model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from glassworks import Input, Model, Sequential, insight, layers, losses, ops
from glassworks.errors import GlassworksError
from glassworks.insight.predicted import softmax

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(40, 3)).astype(np.float32)
TRUTH = RNG.integers(0, 3, 40)


def identity(size: int = 3, loss: Any = None) -> Sequential:
    model = Sequential([layers.Input((size,)), layers.Activation("linear")])
    model.compile("sgd", loss=loss or losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def by_hand() -> np.ndarray:
    shares = softmax(LOGITS.astype(float))
    return np.array([log_loss([t], [p], labels=[0, 1, 2]) for t, p in zip(TRUTH, shares, strict=True)])


def test_the_samples_are_those_with_the_largest_loss() -> None:
    result = insight.most_wrong(identity(), LOGITS, TRUTH, count=5, class_names=["a", "b", "c"])
    expected = by_hand()
    assert result.indices == list(np.argsort(-expected)[:5])
    for sample in result.samples:
        assert sample.loss == pytest.approx(expected[sample.index], rel=1e-5)
        assert sample.true == "abc"[TRUTH[sample.index]]
        assert sample.predicted == "abc"[LOGITS[sample.index].argmax()]
        assert sample.probability == pytest.approx(softmax(LOGITS)[sample.index].max(), rel=1e-5)
        np.testing.assert_array_equal(sample.inputs, LOGITS[sample.index])
    assert result.samples[0].sentence in [axes.get_title().replace("\n", " ") for axes in result.plot().axes]
    assert f"{result.indices[0]}" in str(result)
    assert "<table" in result._repr_html_()


@pytest.mark.parametrize("kind", ["one-hot", "batches", "frame", "list"])
def test_other_forms_of_the_data_give_the_same(kind: str) -> None:
    model, x, y = identity(), LOGITS, TRUTH
    data: dict[str, tuple[Any, Any]] = {
        "one-hot": (x, np.eye(3)[y]),
        "batches": ([(x[i : i + 7], y[i : i + 7]) for i in range(0, 40, 7)], None),
        "frame": (pd.DataFrame(x, columns=["p", "q", "r"]), pd.Series(y)),
        "list": (x.tolist(), y.tolist()),
    }
    if kind == "one-hot":
        model = identity(loss=losses.CategoricalCrossentropy(from_logits=True))
    result = insight.most_wrong(model, *data[kind], count=4)
    assert result.indices == list(np.argsort(-by_hand())[:4])
    shown = {text.get_text() for text in result.plot().axes[0].texts}
    assert ("p" in shown) == (kind == "frame"), "columns of DataFrames are shown by name"


def test_quantities_have_their_target_and_output() -> None:
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 0.0, 3.5])
    result = insight.most_wrong(identity(1, "mse"), x, y, count=1)
    (sample,) = result.samples
    assert "Probability" not in str(result) and "Predicted" in str(result)
    assert (sample.index, sample.loss, sample.true, sample.predicted, sample.probability) == (1, 4.0, "0", "2", None)


def test_a_model_without_a_loss_is_judged_by_the_cross_entropy() -> None:
    model = Sequential([layers.Input((3,)), layers.Activation("softmax")])
    result = insight.most_wrong(model, LOGITS, TRUTH, count=3)
    np.testing.assert_allclose([sample.loss for sample in result.samples], np.sort(by_hand())[::-1][:3], rtol=1e-5)
    with pytest.raises(GlassworksError, match="compile"):
        insight.most_wrong(Sequential([layers.Input((3,)), layers.Activation("linear")]), LOGITS, TRUTH)


def test_a_sequence_is_judged_by_the_mean_over_its_positions() -> None:
    model = Sequential([layers.Input((2, 3)), layers.Activation("linear")])
    model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    (sample,) = insight.most_wrong(model, LOGITS.reshape(20, 2, 3), TRUTH.reshape(20, 2), count=1).samples
    means = by_hand().reshape(20, 2).mean(1)
    assert sample.index == means.argmax()
    assert sample.loss == pytest.approx(means.max(), rel=1e-5)


def test_texts_are_shown_as_words() -> None:
    model = Sequential([layers.Input((3,)), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    tokens = np.array([[1, 4, 0], [2, 3, 0]])
    for words in ({1: "good", 2: "bad", 3: "film"}, ["", "good", "bad", "film"]):
        result = insight.most_wrong(model, tokens, [1, 0], count=2, words=words)
        drawn = {sample.index: axes.texts[0].get_text() for sample, axes in zip(result.samples, result.plot().axes, strict=True)}
        assert drawn == {0: "good [4]", 1: "bad film"}
    reader = layers.TextVectorization(vocabulary=["good", "bad"], output_mode="multi_hot")
    text_model = Sequential([layers.Input((1,), dtype="string"), reader, layers.Dense(1, activation="sigmoid")])
    text_model.compile(loss="binary_crossentropy")
    result = insight.most_wrong(text_model, ["good film", "bad film"], [1, 0], count=2)
    assert {axes.texts[0].get_text() for axes in result.plot().axes} == {"good film", "bad film"}


def test_vectors_are_drawn_as_images_where_their_shape_is_given() -> None:
    model = Sequential([layers.Input((64,)), layers.Dense(2, activation="softmax")])
    x = RNG.random((6, 64)).astype(np.float32)
    result = insight.most_wrong(model, x, [0, 1] * 3, count=2)
    (drawn,) = result.plot(image_shape=(8, 8)).axes[0].get_images()
    np.testing.assert_array_equal(drawn.get_array(), x[result.indices[0]].reshape(8, 8))


def test_several_inputs_are_shown_side_by_side() -> None:
    a, b = Input((2,), name="a"), Input((8, 8), name="b")
    outputs = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([a, layers.Flatten()(b)]))
    model = Model([a, b], outputs)
    x = [RNG.random((4, 2)), RNG.random((4, 8, 8))]
    result = insight.most_wrong(model, x, [0, 1, 0, 1], count=1)
    assert [text.get_text() for text in result.plot().axes[0].texts] == ["input 0", "shape (2,)", "input 1", "shape (8, 8)"]


def test_a_loss_that_gives_one_number_for_a_batch_is_an_error_with_a_fix() -> None:
    model = identity(loss=lambda y, outputs: ops.mean(outputs))
    with pytest.raises(GlassworksError, match="one loss per sample"):
        insight.most_wrong(model, LOGITS, TRUTH)
    with pytest.raises(GlassworksError, match="count"):
        insight.most_wrong(identity(), LOGITS, TRUTH, count=0)
