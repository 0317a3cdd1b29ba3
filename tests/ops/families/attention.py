"""Rows of attention. The reference scores every query and key by itself, in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.rows import Row, normal, softmax

LOWEST = -0.7 * float(np.finfo(np.float32).max)


def attend(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    *more: np.ndarray,
    names: tuple[str, ...] = (),
    scale: float | None = None,
    is_causal: bool = False,
    attn_logits_soft_cap: float | None = None,
) -> np.ndarray:
    """Head by head; `more` holds the mask and the bias, as `names` says."""
    batch, queries, heads, size = query.shape
    keys, shared = key.shape[1:3]
    given = {name: np.broadcast_to(x, (batch, heads, queries, keys)) for name, x in zip(names, more, strict=True)}
    result = np.zeros((batch, queries, heads, value.shape[-1]))
    for head in range(heads):
        other = head * shared // heads
        scores = np.einsum("btd,bsd->bts", query[:, :, head], key[:, :, other]) * (size**-0.5 if scale is None else scale)
        if attn_logits_soft_cap is not None:
            scores = np.tanh(scores / attn_logits_soft_cap) * attn_logits_soft_cap
        if "bias" in given:
            scores = scores + given["bias"][:, head]
        seen = np.ones((batch, queries, keys), bool) if "mask" not in given else given["mask"][:, head]
        if is_causal:
            seen = seen & np.tri(queries, keys, dtype=bool)
        if keys:
            result[:, :, head] = softmax(np.where(seen, scores, LOWEST)) @ value[:, :, other]
    return result


def row(query: tuple, key: tuple, size: int, *more: np.ndarray, names: tuple[str, ...] = (), **arguments: Any) -> Row:
    """A row with random queries and keys of these shapes, values of this size, and perhaps a mask and a bias."""
    return Row(
        "dot_product_attention",
        lambda *a: attend(*a, names=names, **arguments),
        [(normal(*query), normal(*key), normal(*key[:3], size), *more)],
        call=lambda op, q, k, v, *more: op(q, k, v, **dict(zip(names, more, strict=True)), **arguments),
    )


def mask(*shape: int) -> np.ndarray:
    """Truth values, with a first row of none."""
    seen = np.arange(int(np.prod(shape))).reshape(shape) % 3 != 1
    seen[..., 0, :] = False
    return seen


ROWS = [
    row((2, 3, 2, 4), (2, 3, 2, 4), 4),
    row((2, 3, 2, 4), (2, 5, 2, 4), 3, scale=0.3),
    row((2, 4, 2, 3), (2, 4, 2, 3), 3, is_causal=True),
    row((1, 3, 2, 2), (1, 5, 2, 2), 2, is_causal=True),
    row((1, 5, 2, 2), (1, 3, 2, 2), 2, is_causal=True),
    row((2, 3, 4, 2), (2, 5, 2, 2), 3),
    row((2, 4, 6, 2), (2, 4, 1, 2), 2, is_causal=True),
    row((2, 4, 2, 3), (2, 5, 2, 3), 2, mask(2, 1, 4, 5), names=("mask",)),
    row((2, 4, 4, 3), (2, 5, 2, 3), 2, mask(4, 4, 5), names=("mask",), is_causal=True),
    row((2, 4, 2, 3), (2, 5, 2, 3), 2, np.array([True, False, True, True, False]), names=("mask",)),
    row((2, 3, 4, 2), (2, 5, 2, 2), 3, normal(1, 4, 3, 5), names=("bias",)),
    row((2, 3, 4, 2), (2, 5, 2, 2), 3, mask(1, 1, 3, 5), normal(5), names=("mask", "bias"), is_causal=True),
    row((1, 3, 2, 2), (1, 4, 2, 2), 2, attn_logits_soft_cap=0.5),
    row((0, 3, 2, 2), (0, 4, 2, 2), 2),
    row((1, 3, 2, 2), (1, 0, 2, 2), 2, is_causal=True),
]

Q, K = np.ones((2, 3, 4, 5)), np.ones((2, 6, 2, 5))
WRONG: list[tuple[str, Callable, list[str]]] = [
    ("dot_product_attention", lambda op: op(Q[0], K, K), ["(3, 4, 5)", "four axes", "heads"]),
    ("dot_product_attention", lambda op: op(Q, K, K[:, :5]), ["(2, 5, 2, 5)", "equal length"]),
    ("dot_product_attention", lambda op: op(Q[..., :4], K, K), ["(2, 3, 4, 4)", "equal size"]),
    ("dot_product_attention", lambda op: op(Q[:, :, :3], K, K), ["3 query heads and 2 key heads", "divides"]),
    ("dot_product_attention", lambda op: op(Q, K, K, mask=np.ones((2, 3, 6))), ["mask of dtype float64", "'bool'", "bias"]),
    ("dot_product_attention", lambda op: op(Q, K, K, mask=np.ones((2, 3, 6), bool)), ["mask of shape (1, 2, 3, 6)", "(2, 4, 3, 6)"]),
    ("dot_product_attention", lambda op: op(Q, K, K, mask=np.ones((2, 1, 3, 5), bool)), ["mask of shape (2, 1, 3, 5)", "mask[:, None"]),
    ("dot_product_attention", lambda op: op(Q, K, K, bias=np.ones((2, 1, 3, 5))), ["bias of shape (2, 1, 3, 5)", "(2, 4, 3, 6)"]),
    ("dot_product_attention", lambda op: op(Q, K, K, is_causal="yes"), ["is_causal='yes'", "True or False"]),
    ("dot_product_attention", lambda op: op(Q, K, K, attn_logits_soft_cap=0.0), ["attn_logits_soft_cap=0.0"]),
    ("dot_product_attention", lambda op: op(Q, K, K, bias=1.0, flash_attention=True), ["flash_attention=True", "bias"]),
]
