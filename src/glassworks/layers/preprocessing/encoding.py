"""From numbers of categories to vectors: ones and zeros, or counts."""

from __future__ import annotations

import numpy as np


def counts_by_row(rows: np.ndarray, ids: np.ndarray, shape: tuple[int, int], dtype: str, binary: bool) -> np.ndarray:
    """The count of each category in each row, or whether it occurs. Negative categories are ignored.

    Args:
        rows, ids: The row and the category of each token.
        shape: The number of rows and of categories.

    >>> counts_by_row(np.array([0, 0, 1]), np.array([2, 2, -1]), (2, 3), "float32", binary=False)
    array([[0., 0., 2.],
           [0., 0., 0.]], dtype=float32)
    """
    result = np.zeros(shape, dtype)
    kept = ids >= 0
    if not kept.all():
        rows, ids = rows[kept], ids[kept]
    if binary:
        result[rows, ids] = 1
    else:
        np.add.at(result, (rows, ids), 1)
    return result


def encode(ids: np.ndarray, output_mode: str, depth: int, dtype: str) -> np.ndarray:
    """Numbers of categories as vectors of `depth`.

    Args:
        output_mode: "one_hot" gives each number a vector (in the place of a last axis of size 1);
            "multi_hot" and "count" give one to the numbers along the last axis.
    """
    if output_mode == "one_hot":
        ids = ids[..., None] if ids.ndim < 2 or ids.shape[-1] != 1 else ids
    elif ids.ndim == 0:
        ids = ids[None]
    flat = ids.reshape(-1, ids.shape[-1])
    rows = np.repeat(np.arange(len(flat)), flat.shape[1])
    result = counts_by_row(rows, flat.ravel(), (len(flat), depth), dtype, binary=output_mode != "count")
    return result.reshape(*ids.shape[:-1], depth)


def encoded_shape(shape: tuple, output_mode: str, depth: int | None) -> tuple:
    """The shape of what `encode` gives for numbers of this shape."""
    if output_mode == "int":
        return tuple(shape)
    if output_mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)
