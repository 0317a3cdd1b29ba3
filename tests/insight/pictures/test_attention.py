"""Pictures of attention show the weights that the layer computes."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Input, Model, insight, layers, ops
from glassworks.errors import ArgumentError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 5, 8)).astype("float32")


def drawn(figure) -> list[np.ndarray]:  # type: ignore[no-untyped-def]
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


@pytest.mark.parametrize("options", [{}, {"use_causal_mask": True}])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.MultiHeadAttention(3, 4, name="look"),
        lambda: layers.MultiHeadAttention(3, 4, dropout=0.2, name="look"),
        lambda: layers.GroupQueryAttention(4, 4, 2, name="look"),
    ],
)
def test_the_weights_are_those_that_the_layer_returns(layer, options) -> None:  # type: ignore[no-untyped-def]
    inputs = Input((5, 8))
    look = layer()
    model = Model(inputs, look(inputs, inputs, **options))
    _, expected = look(X, X, return_attention_scores=True, **options)
    got = drawn(insight.plot_attention(model, X, sample=1))
    np.testing.assert_allclose(np.stack(got), np.asarray(expected)[1], rtol=1e-4, atol=1e-6)
    (only,) = drawn(insight.plot_attention(model, X, "look", head=2, sample=1))
    np.testing.assert_array_equal(only, got[2])


@pytest.mark.parametrize("mode", ["dot", "concat"])
def test_attention_without_heads_has_one_matrix(mode: str) -> None:
    query, value = Input((5, 8)), Input((4, 8))
    look = layers.Attention(score_mode=mode)
    model = Model([query, value], look([query, value]))
    value_array = RANDOM.normal(size=(2, 4, 8)).astype("float32")
    _, expected = look([X, value_array], return_attention_scores=True)
    (got,) = drawn(insight.plot_attention(model, [X, value_array]))
    np.testing.assert_allclose(got, np.asarray(expected)[0], rtol=1e-4, atol=1e-6)


def test_words_stand_beside_the_axes_without_the_padding() -> None:
    text = layers.TextVectorization(output_sequence_length=6, vocabulary=["good", "film"])
    inputs = Input((1,), dtype="string")
    vectors = layers.Embedding(4, 8, mask_zero=True)(text(inputs))
    look = layers.MultiHeadAttention(2, 4)
    model = Model(inputs, layers.GlobalAveragePooling1D()(look(vectors, vectors)))
    figure = insight.plot_attention(model, "a good film")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["[UNK]", "good", "film"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["[UNK]", "good", "film"]
    np.testing.assert_allclose(drawn(figure)[0].sum(-1), 1, rtol=1e-5)  # padding is masked, so nothing is lost with it
    np.testing.assert_allclose([axes.images[0].get_clim()[1]], [max(matrix.max() for matrix in drawn(figure))])


def test_attention_of_a_layer_of_ones_own_is_found() -> None:
    class Own(layers.Layer):
        def call(self, x):  # type: ignore[no-untyped-def]
            heads = ops.expand_dims(x, 2)
            return ops.squeeze(ops.dot_product_attention(heads, heads, heads), 2)

    inputs = Input((5, 8))
    scores = X[0] @ X[0].T / np.sqrt(8)
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(drawn(insight.plot_attention(Model(inputs, Own()(inputs)), X))[0], expected, rtol=1e-4, atol=1e-6)


def test_mistakes_are_named() -> None:
    inputs = Input((5, 8))
    model = Model(inputs, layers.Dense(2, name="last")(layers.MultiHeadAttention(2, 4)(inputs, inputs)))
    with pytest.raises(ArgumentError, match="a head from 0 to 1"):
        insight.plot_attention(model, X, head=2)
    with pytest.raises(ArgumentError, match="computes attention"):
        insight.plot_attention(model, X, "last")
    with pytest.raises(ArgumentError, match="computes attention"):
        insight.plot_attention(Model(inputs, layers.Dense(2)(inputs)), X)
