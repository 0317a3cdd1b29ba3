"""Attention layers and embeddings: mistakes, masks, memory, and what the projections become."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import config, layers, ops
from glassworks.errors import GlassworksError
from glassworks.graph import GradientTape, Spec, as_array, trace
from glassworks.layers.call_context import get_mask

X, Y = np.ones((2, 4, 6), "float32"), np.ones((2, 5, 6), "float32")


def multi(**arguments: Any) -> Any:
    return layers.MultiHeadAttention(**{"num_heads": 2, "key_dim": 3, **arguments})


def grouped(**arguments: Any) -> Any:
    return layers.GroupQueryAttention(**{"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **arguments})


MISTAKES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "no heads": (lambda: multi(num_heads=0), ["num_heads=0", "positive integer"]),
    "heads that do not divide": (lambda: grouped(num_query_heads=3), ["num_query_heads=3", "num_key_value_heads=2", "multiple"]),
    "one sequence": (lambda: multi()(X[0], X[0]), ["query of shape (4, 6)", "three axes", "x[None]"]),
    "images to groups": (lambda: grouped()(X[None], X[None]), ["(1, 2, 4, 6)", "three axes"]),
    "other rank of value": (lambda: multi()(X, X[None]), ["value of shape (1, 2, 4, 6)", "as many in each"]),
    "fewer keys": (lambda: multi()(X, Y, X), ["value of shape (2, 5, 6)", "key of shape (2, 4, 6)", "as many keys as values"]),
    "shape of fewer keys": (lambda: multi().compute_output_shape((2, 4, 6), (2, 5, 6), (2, 4, 6)), ["as many keys as values"]),
    "mask of other lengths": (lambda: multi()(X, Y, attention_mask=np.ones((2, 4, 4), bool)), ["(2, 1, 4, 4)", "(2, 2, 4, 5)"]),
    "mask of keys alone": (lambda: multi()(X, Y, attention_mask=np.ones(5, bool)), ["mask of shape (5,)", "mask[:, None, :]"]),
    "mask with too many axes": (lambda: multi()(X, Y, attention_mask=np.ones((1, 1, 1, 4, 5), bool)), ["(1, 1, 1, 4, 5)", "4 axes"]),
    "attention over features": (lambda: multi(attention_axes=2)(X, X), ["attention_axes=(2,)", "from 1 to 1"]),
    "order of a plane": (
        lambda: multi()(np.ones((1, 2, 3, 4)), np.ones((1, 2, 3, 4)), use_causal_mask=True),
        ["attention_axes=(1, 2)", "pass attention_mask"],
    ),
    "dropout in flash attention": (lambda: multi(flash_attention=True, dropout=0.1), ["dropout=0.1", "flash_attention"]),
    "scores of flash attention": (
        lambda: multi(flash_attention=True)(X, X, return_attention_scores=True),
        ["return_attention_scores=True", "flash_attention=True"],
    ),
    "no list": (lambda: layers.Attention()(X), ["inputs that are not a list", "[query, value]", "layer([x, x])"]),
    "a list of one": (lambda: layers.AdditiveAttention()([X]), ["1 inputs", "[query, value]"]),
    "a mask that is not a list": (lambda: layers.Attention()([X, Y], mask=np.ones((2, 4), bool)), ["mask that are not a list"]),
    "unknown scores": (lambda: layers.Attention(score_mode="cosine"), ["score_mode='cosine'", "'dot', 'concat'"]),
    "a number without a row": (lambda: layers.Embedding(5, 2)([[0, 5]]), ["from 0 to 5", "input_dim=5", "plus one"]),
    "a negative number": (lambda: layers.Embedding(5, 2)([[-1, 2]]), ["from -1 to 2", "from 0 to 4"]),
    "weights of another shape": (lambda: layers.Embedding(5, 2, weights=np.ones((2, 5))), ["(2, 5)", "(5, 2)"]),
    "no vectors to go back from": (lambda: layers.ReversibleEmbedding(5, 2)(np.ones((3, 4)), reverse=True), ["(3, 4)", "last size of 2"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_explained(name: str) -> None:
    call, pieces = MISTAKES[name]
    with pytest.raises(GlassworksError) as caught:
        call()
    missing = [piece for piece in pieces if piece not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"


@pytest.mark.parametrize("training", [False, True])
def test_long_sequences_never_hold_all_scores(training: bool) -> None:
    length, heads = 4096, 2
    all_scores = length * length * heads * 4
    x = as_array(np.random.default_rng(0).normal(size=(1, length, heads, 8)).astype("float32"))
    tracemalloc.start()
    try:
        with GradientTape() as tape:
            tape.watch(x)
            total = ops.sum(ops.dot_product_attention(x, x, x, is_causal=True))
        if training:
            tape.gradient(total, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.7 * all_scores


@pytest.mark.parametrize(("mask", "causal"), [(None, False), (None, True), ("keys", True), ("pairs", False)])
def test_blocks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch, mask: str | None, causal: bool) -> None:
    generator = np.random.default_rng(0)
    q, k, v = (generator.normal(size=(2, 40, heads, 3)) for heads in (4, 2, 2))
    shown = {None: None, "keys": generator.random((2, 1, 1, 40)) > 0.5, "pairs": generator.random((2, 4, 40, 40)) > 0.5}[mask]

    def run() -> list[np.ndarray]:
        inputs = [as_array(x) for x in (q, k, v)]
        with GradientTape() as tape:
            tape.watch(inputs)
            output = ops.dot_product_attention(*inputs, mask=shown, is_causal=causal)
            total = ops.sum(output * output)
        return [output, *tape.gradient(total, inputs)]

    whole = run()
    monkeypatch.setattr("glassworks.ops.primitives.attention._SCORES", 1)
    for one, expected in zip(run(), whole, strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-12, atol=1e-12)


def nodes(layer: Any, **call: Any) -> list[str]:
    layer(X, Y, **call)
    graph = trace(lambda x, y: layer(x, y, **call), Spec((2, 4, 6), "float32"), Spec((2, 5, 6), "float32"))
    return [node.primitive.name for node in graph.nodes()]


@pytest.mark.parametrize(
    "call",
    [{}, {"use_causal_mask": True}, {"attention_mask": np.ones((2, 4, 5), bool)}],
    ids=["all", "causal", "masked"],
)
@pytest.mark.parametrize("make", [multi, grouped])
def test_heads_are_attended_to_by_one_fused_op_between_plain_products(make: Callable, call: dict[str, Any]) -> None:
    found = nodes(make(), **call)
    assert found.count("attention") == 1
    assert found.count("matmul") == 4
    assert "transpose" not in found


@pytest.mark.parametrize(("axes", "fused"), [(None, 1), (2, 1), ((1, 2), 1), (1, 0)])
def test_planes_are_folded_into_sequences_where_their_axes_lie_side_by_side(axes: Any, fused: int) -> None:
    layer = multi(attention_axes=axes)
    plane = np.ones((2, 3, 4, 6), "float32")
    layer(plane, plane)
    graph = trace(lambda x: layer(x, x), Spec(plane.shape, "float32"))
    assert [node.primitive.name for node in graph.nodes()].count("attention") == fused


def test_scores_are_made_where_they_are_asked_for() -> None:
    assert "attention" not in nodes(multi(), return_attention_scores=True)


def test_dropout_acts_in_training_alone() -> None:
    layer = multi(dropout=0.5, seed=1)
    calm = layer(X, Y)
    np.testing.assert_array_equal(layer(X, Y, training=False), calm)
    assert not np.allclose(layer(np.random.default_rng(0).normal(size=X.shape), Y, training=True), calm)


def test_the_mask_of_an_embedding_is_where_numbers_are_not_0() -> None:
    np.testing.assert_array_equal(get_mask(layers.Embedding(5, 2, mask_zero=True)([[1, 0, 3]])), [[True, False, True]])
    np.testing.assert_array_equal(get_mask(layers.ReversibleEmbedding(5, 2, mask_zero=True)([[1, 0, 3]])), [[True, False, True]])
    assert get_mask(layers.Embedding(5, 2)([[1, 0, 3]])) is None


def test_masks_of_query_and_value_are_told_apart_and_only_the_querys_travels_on() -> None:
    embedding = layers.Embedding(9, 6, mask_zero=True)
    query, value = embedding(np.array([[1, 2, 0]])), embedding(np.array([[3, 0, 0, 0]]))
    output, scores = multi()(query, value, return_attention_scores=True)
    np.testing.assert_allclose(scores[0, :, :2], np.broadcast_to([1.0, 0, 0, 0], (2, 2, 4)), atol=1e-6)
    np.testing.assert_array_equal(get_mask(output), [[True, True, False]])


def test_the_inputs_keep_their_masks_for_what_else_uses_them() -> None:
    # In Keras, MultiHeadAttention takes the masks off its inputs, so that a second attention to them sees the padding.
    memory = layers.Embedding(9, 6, mask_zero=True)(np.array([[3, 0, 0], [1, 2, 0]]))
    attend = multi()
    first, second = attend(X, memory), attend(X, memory)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(get_mask(memory), [[True, False, False], [True, True, False]])


def test_masks_may_be_given_by_name() -> None:
    shown = np.array([[True, False, True, True, False]] * 2)
    layer = grouped()
    np.testing.assert_allclose(layer(X, Y, value_mask=shown), layer(X, Y, attention_mask=shown[:, None]), atol=1e-6)
    np.testing.assert_allclose(layer(X, Y, key=Y, key_mask=shown), layer(X, Y, attention_mask=shown[:, None]), atol=1e-6)


def test_flash_attention_is_a_setting() -> None:
    assert config.is_flash_attention_enabled() is None
    config.disable_flash_attention()
    try:
        assert config.is_flash_attention_enabled() is False
    finally:
        config.enable_flash_attention()
    assert config.is_flash_attention_enabled() is None


def test_a_small_transformer_learns_to_copy() -> None:
    glassworks.utils.set_random_seed(0)
    words = layers.Input((6,), dtype="int32")
    x = layers.Embedding(8, 16)(words)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x, use_causal_mask=True))
    model = glassworks.Model(words, layers.Dense(8, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = np.random.default_rng(0).integers(0, 8, (256, 6))
    history = model.fit(data, data, batch_size=32, epochs=12, verbose=0)
    assert history.history["accuracy"][-1] > 0.95


def test_a_reversible_embedding_starts_from_given_weights() -> None:
    table = np.arange(12, dtype="float32").reshape(4, 3)
    layer = layers.ReversibleEmbedding(4, 3, weights=table)
    np.testing.assert_array_equal(layer([[2]]), table[None, 2:3])
    np.testing.assert_allclose(layer(table[None, 2:3], reverse=True), (table[2:3] @ table.T)[None])
