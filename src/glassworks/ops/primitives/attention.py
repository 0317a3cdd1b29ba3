"""Attention: the result of a query is a mean of the values, weighted by a softmax of its products with the keys (Vaswani et al., 2017).

Neither forward nor backward holds all scores: blocks of queries are scored one at a time, and the gradient computes the scores again
from one saved number for each query (Dao et al., "FlashAttention", 2022).

Axes: b batch, t queries, s keys and values, h heads of queries, k heads of keys and values, d and v sizes of a head.
Query heads `n * h / k` to `(n + 1) * h / k - 1` share head n of keys and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError, ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.activation import softmax
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.compare import where
from glassworks.ops.primitives.fused import differentiate_twice
from glassworks.ops.primitives.matmul import matmul
from glassworks.ops.primitives.shape import reshape, transpose
from glassworks.ops.primitives.shapes import constant_like, same_dtype
from glassworks.typing import Namespace, Tensor

# The number of scores held at a time, all heads of all samples together, or those of 16 queries if that is more.
_SCORES = 2**21
_LEAST_QUERIES = 16


class Attention(Primitive):
    """The weighted means, and for each query the logarithm of the sum that its weights are divided by.

    Inputs: query `(b, t, h, d)`, key `(b, s, k, d)`, value `(b, s, k, v)`; perhaps a mask of booleans, each size
    that of `(b, h, t, s)` or 1.

    Attributes:
        scale: The factor of the scores.
        causal: Query i sees keys 0 to i only, counted from the first, also where t and s differ.

    Outputs:
        output `(b, t, h, v)`, in the dtype of the inputs:
            `sum over keys j seen of exp(score_ij - log_sum_exp_i) * value_j`, with `score_ij = scale * query_i . key_j`.
        log_sum_exp `(b, h, t)`, in at least float32:
            `log(sum over keys j seen of exp(score_ij))`, -inf for a query that sees no key.

    A query that sees no key (all masked) takes the plain mean of all s values, the later ones included, as in Keras, whose scores
    there are all the same lowest number; query and key get no gradient from it. Without keys (s = 0) outputs are 0.
    Scores, weights and sums are computed in at least float32. Only the first output has a gradient.
    """

    def infer(self, query: Spec, key: Spec, value: Spec, *mask: Spec, scale: float, causal: bool) -> tuple[Spec, Spec]:
        check_shapes(query, key, value, *mask)
        dtype = same_dtype(self.name, query, key, value)
        batch, queries, heads, _ = query.shape
        wide = dtypes.result_type(dtype, "float32")
        return Spec((batch, queries, heads, value.shape[-1]), dtype), Spec((batch, heads, queries), wide)

    def forward(
        self, xp: Namespace, query: np.ndarray, key: np.ndarray, value: np.ndarray, *mask: np.ndarray, scale: float, causal: bool
    ) -> tuple[np.ndarray, ...]:
        parts = _Parts(xp, query, key, value, mask, scale, causal)
        outputs, logarithms = [], []
        plain_mean = xp.sum(parts.value, axis=-2, keepdims=True) / max(parts.value.shape[-2], 1)
        for block in parts.blocks():
            scores = parts.scores(block)
            largest = xp.max(scores, axis=-1, keepdims=True, initial=-np.inf)
            largest = xp.where(xp.isneginf(largest), 0, largest).astype(scores.dtype)
            weights = xp.exp(scores - largest)
            total = xp.sum(weights, axis=-1, keepdims=True)
            means = xp.matmul(weights, parts.value[..., : block.keys, :]) / xp.where(total == 0, 1, total).astype(total.dtype)
            outputs.append(xp.where(total == 0, plain_mean, means))
            logarithms.append((largest + xp.log(total))[..., 0])
        log_sum_exp = xp.concatenate(logarithms, axis=-1)
        return parts.back(outputs, query).astype(query.dtype), log_sum_exp.reshape(query.shape[0], query.shape[2], query.shape[1])

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, scale: float, causal: bool
    ) -> Sequence[Tensor | None]:
        gradients = apply(attention_gradient, gradient[0], *inputs, *output, scale=scale, causal=causal)
        return (*gradients, *[None] * (len(inputs) - 3))

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, scale: float, causal: bool) -> int:
        return _products(inputs[0], inputs[1], inputs[0].shape[-1] + inputs[2].shape[-1], causal)


class AttentionGradient(Primitive):
    """The gradients of query, key and value.

    Inputs: the gradient of the output; then the inputs of `Attention` (query, key, value, perhaps a mask); then its two
    outputs. Attributes as there. Outputs: three gradients, in the shapes and the dtype of query, key and value.

    With `weight_ij = exp(score_ij - log_sum_exp_i)` for keys seen, g the gradient, o the output:

        value_j: sum over i of weight_ij * g_i
        slope_ij = scale * weight_ij * (g_i . value_j - g_i . o_i)
        query_i: sum over j of slope_ij * key_j          key_j: sum over i of slope_ij * query_i

    summed over the query heads that share a head of keys. A query that saw no key (log_sum_exp of -inf) adds g_i / s to every
    value, and nothing else.
    """

    def infer(self, gradient: Spec, query: Spec, key: Spec, value: Spec, *rest: Spec, scale: float, causal: bool) -> tuple[Spec, ...]:
        return query, key, value

    def forward(
        self,
        xp: Namespace,
        gradient: np.ndarray,
        query: np.ndarray,
        key: np.ndarray,
        value: np.ndarray,
        *rest: np.ndarray,
        scale: float,
        causal: bool,
    ) -> tuple[np.ndarray, ...]:
        *mask, output, log_sum_exp = rest
        parts = _Parts(xp, query, key, value, mask, scale, causal)
        seeds, outputs = parts.grouped(gradient), parts.grouped(output)
        logarithms = log_sum_exp.reshape(seeds.shape[:-1])[..., None]
        by_query, by_key, by_value = [], xp.zeros_like(parts.key), xp.zeros_like(parts.value)
        for block in parts.blocks():
            seed, logarithm = seeds[..., block.rows, :], logarithms[..., block.rows, :]
            blind = xp.isneginf(logarithm)
            weights = xp.exp(parts.scores(block) - xp.where(blind, 0, logarithm).astype(logarithm.dtype))
            keys, values = parts.key[..., : block.keys, :], parts.value[..., : block.keys, :]
            slopes = xp.matmul(seed, xp.swapaxes(values, -1, -2))
            slopes -= xp.sum(seed * outputs[..., block.rows, :], axis=-1, keepdims=True)
            slopes *= weights * xp.asarray(scale, weights.dtype)
            by_query.append(xp.matmul(slopes, keys))
            query_rows = parts.query[..., block.rows, :]
            by_key = _add_first(xp, by_key, _over_group(xp, slopes, query_rows))
            by_value = _add_first(xp, by_value, _over_group(xp, weights, seed))
            by_value = by_value + xp.sum(seed * blind, axis=(2, 3), keepdims=True) / max(parts.key.shape[-2], 1)
        gradients = parts.back(by_query, query), parts.back([by_key], key), parts.back([by_value], value)
        return tuple(array.astype(query.dtype) for array in gradients)

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, scale: float, causal: bool
    ) -> Sequence[Tensor | None]:
        upstream, query, key, value, *rest = inputs
        mask = rest[0] if len(rest) == 3 else None
        gradients = differentiate_twice(
            lambda *arrays: composed_attention(*arrays, mask=mask, scale=scale, causal=causal), [upstream], [query, key, value], gradient
        )
        return (*gradients, *[None] * len(rest))

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, scale: float, causal: bool) -> int:
        return _products(inputs[1], inputs[2], 3 * inputs[1].shape[-1] + 2 * inputs[3].shape[-1], causal)


class _Block(NamedTuple):
    """A block of queries, and the number of keys that any of them can see."""

    rows: slice
    keys: int


class _Parts:
    """Inputs with heads before rows, in groups that share keys: `(b, k, h / k, t or s, d or v)`, in at least float32."""

    def __init__(
        self, xp: Namespace, query: np.ndarray, key: np.ndarray, value: np.ndarray, mask: Sequence[Any], scale: float, causal: bool
    ) -> None:
        self.xp, self.scale, self.causal = xp, scale, causal
        self.heads = key.shape[2]
        self.query, self.key, self.value = self.grouped(query), self.grouped(key), self.grouped(value)
        self.mask = mask[0].reshape(_grouped_sizes(mask[0].shape, self.heads)) if mask else None

    def grouped(self, x: np.ndarray) -> np.ndarray:
        """`(b, n, heads, size)` to `(b, k, heads / k, n, size)`."""
        x = x.astype(np.promote_types(x.dtype, np.float32), copy=False) if x.dtype.name != "bfloat16" else x.astype(np.float32)
        batch, rows, heads, size = x.shape
        return self.xp.transpose(x.reshape(batch, rows, self.heads, heads // max(self.heads, 1), size), (0, 2, 3, 1, 4))

    def back(self, blocks: list[np.ndarray], like: np.ndarray) -> np.ndarray:
        """The inverse of `grouped`, from blocks of rows."""
        joined = blocks[0] if len(blocks) == 1 else self.xp.concatenate(blocks, axis=-2)
        return self.xp.transpose(joined, (0, 3, 1, 2, 4)).reshape(*like.shape[:-1], joined.shape[-1])

    def blocks(self) -> Iterator[_Block]:
        """Blocks of queries, small enough that their scores fit into little memory."""
        batch, heads, group, queries, _ = self.query.shape
        keys = self.key.shape[-2]
        step = max(_SCORES // max(batch * heads * group * keys, 1), _LEAST_QUERIES)
        for start in range(0, max(queries, 1), step):
            stop = min(start + step, queries)
            yield _Block(slice(start, stop), min(stop, keys) if self.causal else keys)

    def scores(self, block: _Block) -> np.ndarray:
        """The scores of the keys for the queries of a block; -inf where masked."""
        xp, rows, keys = self.xp, block.rows, block.keys
        scores = xp.matmul(self.query[..., rows, :], xp.swapaxes(self.key[..., :keys, :], -1, -2))
        scores *= xp.asarray(self.scale, scores.dtype)
        seen = None
        if self.mask is not None:
            mask = self.mask[..., rows, :] if self.mask.shape[-2] > 1 else self.mask
            seen = mask[..., :keys] if mask.shape[-1] > 1 else mask
        if self.causal:
            earlier = xp.arange(keys) <= xp.arange(rows.start, rows.stop)[:, None]
            seen = earlier if seen is None else seen & earlier
        return scores if seen is None else xp.where(seen, scores, xp.asarray(-np.inf, scores.dtype))


def composed_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    scale: float,
    causal: bool,
    bias: Tensor | None = None,
    change: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """The output of `Attention` from plain ops, which hold all scores.

    Args:
        bias: Numbers added to the scores, with the sizes of a mask.
        change: A function applied to the scores, before bias and mask.
    """
    batch, queries, heads, _ = spec_of(query).shape
    keys, shared, size = spec_of(value).shape[1:]
    dtype = spec_of(query).dtype
    wide = dtypes.result_type(dtype, "float32")
    q, k, v = (_grouped(apply(cast, x, dtype=wide), shared) for x in (query, key, value))
    scores = apply(matmul, q, k, transpose_y=True) * scale
    if change is not None:
        scores = change(scores)
    if bias is not None:
        scores = scores + _grouped_mask(apply(cast, bias, dtype=wide), shared)
    lowest = constant_like(-0.7 * float(np.finfo(np.float32).max), scores)
    seen: list[Tensor | np.ndarray] = [] if mask is None else [_grouped_mask(mask, shared)]
    if causal:
        seen.append(np.tri(queries, keys, dtype=bool))
    for visible in seen:
        scores = apply(where, visible, scores, lowest)
    means = apply(matmul, apply(softmax, scores, axis=-1), v)
    means = apply(reshape, apply(transpose, means, axes=(0, 3, 1, 2, 4)), shape=(batch, queries, heads, size))
    return apply(cast, means, dtype=dtype)


def _grouped(x: Tensor, shared: int) -> Tensor:
    batch, rows, heads, size = spec_of(x).shape
    return apply(transpose, apply(reshape, x, shape=(batch, rows, shared, heads // max(shared, 1), size)), axes=(0, 2, 3, 1, 4))


def _grouped_sizes(sizes: tuple, shared: int) -> tuple:
    """The sizes `(b or 1, h or 1, t or 1, s or 1)` of a mask or bias with the heads in groups."""
    batch, heads, *rest = sizes
    return (batch, *((1, 1) if heads == 1 else (shared, heads // max(shared, 1))), *rest)


def _grouped_mask(mask: Tensor, shared: int) -> Tensor:
    return apply(reshape, mask, shape=_grouped_sizes(spec_of(mask).shape, shared))


def _over_group(xp: Namespace, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each key, the weighted sum of rows, over all queries and query heads that share it."""
    return xp.sum(xp.matmul(xp.swapaxes(weights, -1, -2), rows), axis=2, keepdims=True)


def _add_first(xp: Namespace, total: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """total with piece added to its first rows."""
    rows = piece.shape[-2]
    if xp is not np:
        return total.at[..., :rows, :].add(piece)  # type: ignore[attr-defined]
    total[..., :rows, :] += piece
    return total


def _products(query: Spec, key: Spec, sizes: int, causal: bool) -> int:
    """Operations of products of all queries and keys with the given number of components each; half of the pairs are seen if causal."""
    batch, queries, heads, _ = query.shape
    return 2 * batch * heads * queries * key.shape[1] * sizes // (2 if causal else 1)


def check_shapes(query: Spec, key: Spec, value: Spec, *mask: Spec) -> None:
    """Raise an error that says why, unless shapes and the dtype of the mask fit `Attention`."""
    shapes = f"query {tuple(query.shape)}, key {tuple(key.shape)} and value {tuple(value.shape)}"
    if any(len(x.shape) != 4 for x in (query, key, value)):
        raise ShapeError(shapes, "four axes each: (batch, places, heads, size)", "split the last axis into heads by ops.reshape")
    batch, queries, heads, size = query.shape
    shared = key.shape[2]
    if key.shape[:3] != value.shape[:3] or key.shape[0] != batch or key.shape[3] != size:
        raise ShapeError(
            shapes,
            "one batch size, keys and values of equal length and heads, queries and keys of equal size",
            "project the inputs to heads of one size first",
        )
    if not shared or heads % shared:
        raise ShapeError(
            f"{heads} query heads and {shared} key heads ({shapes})",
            "a number of query heads that the number of key heads divides",
            "each head of keys serves as many heads of queries",
        )
    for spec in mask:
        if spec.dtype != "bool":
            raise DTypeError(f"a mask of dtype {spec.dtype}", "booleans", "ops.cast(mask, 'bool'); to add numbers to the scores pass bias")
        check_broadcast("mask", spec, (batch, heads, queries, key.shape[1]))


def check_broadcast(what: str, x: Spec, full: tuple) -> None:
    """Raise a `ShapeError` unless x has four axes that broadcast to `(batch, heads, queries, keys)`."""
    if len(x.shape) != 4 or any(n not in (1, m) for n, m in zip(x.shape, full, strict=True)):
        raise ShapeError(
            f"a {what} of shape {tuple(x.shape)}",
            f"a shape that broadcasts to (batch, heads, queries, keys) = {full}",
            f"a {what} of keys is {what}[:, None, None, :], one of pairs is {what}[:, None, :, :]",
        )


attention, attention_gradient = Attention(), AttentionGradient()
