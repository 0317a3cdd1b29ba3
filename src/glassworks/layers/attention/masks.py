"""Masks of queries and keys, as booleans."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import ops
from glassworks.errors import ShapeError
from glassworks.typing import Tensor


def joined(*masks: Any) -> Any:
    """True where all masks are true; None allows everything."""
    result = None
    for mask in masks:
        if mask is not None:
            mask = ops.cast(mask, "bool")
            result = mask if result is None else ops.logical_and(result, mask)
    return result


def of_queries(mask: Tensor | None) -> Any:
    """The mask `(batch, queries)` of a sequence of queries as a mask of pairs; None stays None."""
    return None if mask is None else ops.expand_dims(mask, -1)


def of_keys(mask: Tensor | None) -> Any:
    """The mask `(batch, keys)` of a sequence of keys as a mask of pairs; None stays None."""
    return None if mask is None else ops.expand_dims(mask, -2)


def causal(queries: int, keys: int) -> np.ndarray:
    """True where the key is not after the query; `(1, queries, keys)`."""
    return np.tri(queries, keys, dtype=bool)[None]


def window(queries: int, keys: int, width: int) -> np.ndarray:
    """True where the distance of key and query is below `width`; `(1, queries, keys)`."""
    return np.abs(np.arange(queries)[:, None] - np.arange(keys))[None] < width


def with_heads(mask: Any, rank: int, axes: int) -> Any:
    """A mask of pairs with axes of size 1 for heads and further batches before the `2 * axes` axes of pairs, `rank` in all."""
    have = len(mask.shape)
    if not 2 * axes <= have <= rank:
        raise ShapeError(
            f"a mask of shape {tuple(mask.shape)} for scores with {rank} axes",
            "shape (batch, queries, keys), (queries, keys) or (batch, heads, queries, keys)",
            "a mask of keys alone is mask[:, None, :]",
        )
    shape = tuple(mask.shape)
    return ops.reshape(mask, (*shape[: have - 2 * axes], *[1] * (rank - have), *shape[have - 2 * axes :]))
