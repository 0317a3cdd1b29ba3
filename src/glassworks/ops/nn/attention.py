"""Attention over sequences, with all its options."""

from __future__ import annotations

import math

import numpy as np

from glassworks.arguments import FLAG, Number, OneOf, Optional, check
from glassworks.errors import ArgumentError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import floating, operand
from glassworks.ops.numpy.mathematics import tanh
from glassworks.ops.numpy.shaping import reshape
from glassworks.ops.primitives.attention import attention, check_broadcast, check_shapes, composed_attention
from glassworks.typing import ArrayLike, Tensor

__all__ = ["dot_product_attention"]

_ARGUMENTS = {
    "is_causal": FLAG,
    "flash_attention": OneOf(None, True, False),
    "attn_logits_soft_cap": Optional(Number(0, closed="neither")),
}


@op
def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """Means of the values, weighed by `softmax(scale * query . key + bias)` (Vaswani et al., 2017).

    Without bias and cap the scores are computed block by block and never all held in memory.

    Args:
        query: `(batch, queries, heads, size)`.
        key: `(batch, keys, key heads, size)`; the heads of the query are a multiple of the key heads, and share them.
        value: `(batch, keys, key heads, size of the output)`.
        bias: Numbers added to the scores; broadcasts to `(batch, heads, queries, keys)`.
        mask: Booleans that broadcast likewise: False where a query must not see a key. A query that sees none takes the
            mean of all values.
        scale: The factor of the scores; `1 / sqrt(size)` by default.
        is_causal: Query i sees keys 0 to i only.
        flash_attention: True requires the algorithm that never holds all scores, which does not support bias and cap.
        attn_logits_soft_cap: Scores become `cap * tanh(scores / cap)` first.

    Returns:
        `(batch, queries, heads, size of the output)`.

    >>> import numpy as np
    >>> from glassworks import ops
    >>> x = np.ones((2, 4, 8, 16), "float32")
    >>> ops.dot_product_attention(x, x, x, is_causal=True).shape
    (2, 4, 8, 16)
    """
    where = "ops.dot_product_attention"
    check(where, _ARGUMENTS, is_causal=is_causal, flash_attention=flash_attention, attn_logits_soft_cap=attn_logits_soft_cap)
    query, key, value = floating(query, key, value)
    masks = [] if mask is None else [_with_four_axes(operand(mask))]
    check_shapes(*(spec_of(x) for x in (query, key, value, *masks)))
    if bias is not None:
        bias = _with_four_axes(operand(bias))
        batch, queries, heads, _ = spec_of(query).shape
        check_broadcast("bias", spec_of(bias), (batch, heads, queries, spec_of(key).shape[1]))
    if scale is None:
        scale = 1.0 / math.sqrt(max(spec_of(query).shape[-1], 1))
    elif not isinstance(scale, (int, float, np.number)):
        query, scale = query * operand(scale, spec_of(query).dtype), 1.0
    if bias is None and attn_logits_soft_cap is None:
        return apply(attention, query, key, value, *masks, scale=float(scale), causal=is_causal)[0]
    if flash_attention:
        raise ArgumentError(
            "flash_attention=True with bias or attn_logits_soft_cap", "neither of them", "leave flash_attention at None", where=where
        )
    cap = attn_logits_soft_cap
    change = None if cap is None else lambda scores: tanh(scores / cap) * cap
    return composed_attention(
        query, key, value, mask=masks[0] if masks else None, scale=float(scale), causal=is_causal, bias=bias, change=change
    )


def _with_four_axes(x: Tensor) -> Tensor:
    """x with further axes of size 1 at the front."""
    shape = spec_of(x).shape
    return x if len(shape) >= 4 else reshape(x, (*[1] * (4 - len(shape)), *shape))
