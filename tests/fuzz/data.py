"""The arrays that cases run on: drawn by a name of their distribution, in any dtype and layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import dtypes

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, -1e30, 65504.0, 1.0]  # no subnormal numbers: the native engine takes them for zero


def draw(rng: np.random.Generator, shape: Sequence[int], dtype: str, values: str) -> np.ndarray:
    """An array of a shape and dtype.

    Args:
        values: `"normal"`, `"positive"` (0.2 to 3), `"unit"` (-0.9 to 0.9), `"probabilities"` (sum to 1 along the last axis),
            `"steps"` (few different numbers, so that there are ties), `"special"` (a few that are not finite), `"below:N"`
            (integers from 0), `"signed"` (integers around 0), `"one hot"`, `"binary"`, each perhaps followed by
            `" transposed"` or `" strided"`, which say how the array lies in memory.
    """
    values, _, layout = values.partition(" in ")
    numbers = np.asarray(_numbers(rng, tuple(shape), values)).astype(dtypes.numpy_dtype(dtype))
    if layout == "columns" and numbers.ndim > 1:
        return np.asfortranarray(numbers)
    if layout == "strides" and numbers.ndim:
        wide = np.zeros((*numbers.shape[:-1], 2 * numbers.shape[-1]), numbers.dtype)
        wide[..., ::2] = numbers
        return wide[..., ::2]
    return numbers


def _numbers(rng: np.random.Generator, shape: tuple[int, ...], values: str) -> np.ndarray:
    kind, _, limit = values.partition(":")
    if kind == "below":
        return rng.integers(0, int(limit), shape)
    if kind == "signed":
        return rng.integers(-5, 6, shape)
    if kind == "binary":
        return rng.integers(0, 2, shape)
    if kind == "one hot":
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    if kind == "positive":
        return rng.uniform(0.2, 3.0, shape)
    if kind == "unit":
        return rng.uniform(-0.9, 0.9, shape)
    if kind == "probabilities":
        x = rng.uniform(0.1, 1.0, shape)
        return x / x.sum(axis=-1, keepdims=True) if shape and shape[-1] else x
    if kind == "steps":
        return rng.choice([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0], shape)
    numbers = rng.normal(size=shape)
    if kind == "special":
        return np.where(rng.random(shape) < 0.15, rng.choice(SPECIAL, shape), numbers)
    return numbers
