"""Rows of convolution and pooling. References are written by hand, window by window, in plain NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.rows import Row, normal


def windows_of(x: np.ndarray, window: tuple, strides: int, same: bool, dilation: int = 1, fill: float = 0.0) -> tuple[np.ndarray, tuple]:
    """Each window of x as an array: (batch, *places, *window, channels); and the number of places."""
    reach = [(w - 1) * dilation + 1 for w in window]
    sizes = x.shape[1:-1]
    widths = [max((-(-n // strides) - 1) * strides + r - n, 0) if same else 0 for n, r in zip(sizes, reach, strict=True)]
    x = np.pad(x, [(0, 0), *((w // 2, w - w // 2) for w in widths), (0, 0)], constant_values=fill)
    places = tuple((n - r) // strides + 1 for n, r in zip(x.shape[1:-1], reach, strict=True))
    found = np.empty((x.shape[0], *places, *window, x.shape[-1]))
    for place in itertools.product(*map(range, places)):
        cut = tuple(slice(p * strides, p * strides + r, dilation) for p, r in zip(place, reach, strict=True))
        found[(slice(None), *place)] = x[(slice(None), *cut)]
    return found, places


def conv(x: np.ndarray, kernel: np.ndarray, strides: int = 1, same: bool = False, dilation: int = 1) -> np.ndarray:
    groups = x.shape[-1] // kernel.shape[-2]
    parts = []
    for part, filters in zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True):
        found, _ = windows_of(part, kernel.shape[:-2], strides, same, dilation)
        parts.append(np.tensordot(found, filters, axes=kernel.ndim - 1))
    return np.concatenate(parts, -1)


def depthwise(x: np.ndarray, kernel: np.ndarray, strides: int = 1) -> np.ndarray:
    found, _ = windows_of(x, kernel.shape[:-2], strides, False)
    taps = tuple(range(x.ndim - 1, found.ndim - 1))
    return np.sum(found[..., None] * kernel, axis=taps).reshape(*found.shape[: x.ndim - 1], -1)


def conv_transpose(x: np.ndarray, kernel: np.ndarray, strides: int) -> np.ndarray:
    """Valid: each cell adds its multiple of the kernel."""
    window = kernel.shape[:-2]
    sizes = [(n - 1) * strides + max(w, strides) for n, w in zip(x.shape[1:-1], window, strict=True)]
    result = np.zeros((x.shape[0], *sizes, kernel.shape[-2]))
    for place in itertools.product(*map(range, x.shape[1:-1])):
        cut = tuple(slice(p * strides, p * strides + w) for p, w in zip(place, window, strict=True))
        result[(slice(None), *cut)] += np.tensordot(x[(slice(None), *place)], kernel, axes=[[1], [kernel.ndim - 1]])
    return result


def pooled(reduce: Callable, fill: float) -> Callable:
    def reference(x: np.ndarray, strides: int = 2, same: bool = False, window: int = 2) -> np.ndarray:
        rank = x.ndim - 2
        found, _ = windows_of(x, (window,) * rank, strides, same, fill=fill)
        return reduce(found, axis=tuple(range(rank + 1, 2 * rank + 1)))

    return reference


def evenly(reduce: Callable) -> Callable:
    def reference(x: np.ndarray, count: int) -> np.ndarray:
        for axis in range(1, x.ndim - 1):
            size = x.shape[axis]
            cuts = [range(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
            x = np.stack([reduce(np.take(x, cut, axis), axis=axis) for cut in cuts], axis)
        return x

    return reference


def row(name: str, reference: Callable, *arrays: Any, **arguments: Any) -> Row:
    """A row of one set of inputs; "same" for the reference is `padding="same"` for the op, and so on."""
    names = {"same": lambda v: ("padding", "same" if v else "valid"), "dilation": lambda v: ("dilation_rate", v)}
    names |= {"window": lambda v: ("pool_size", v), "count": lambda v: ("output_size", v)}
    keywords = dict(names.get(k, lambda v, k=k: (k, v))(v) for k, v in arguments.items())
    return Row(name, lambda *a: reference(*a, **arguments), [arrays], call=lambda op, *a: op(*a, **keywords))


ROWS = [
    row("conv", conv, normal(2, 5, 3), normal(2, 3, 4)),
    row("conv", conv, normal(2, 6, 5, 2), normal(3, 2, 2, 3), same=True),
    row("conv", conv, normal(1, 7, 6, 4), normal(3, 3, 2, 4), strides=2, same=True),
    row("conv", conv, normal(1, 7, 6, 2), normal(2, 3, 2, 1), dilation=2),
    row("conv", conv, normal(1, 3, 4, 3, 2), normal(2, 2, 2, 2, 3), strides=2, same=True),
    row("conv", conv, normal(0, 4, 2), normal(2, 2, 3)),
    row("conv", conv, normal(1, 4, 4, 3), normal(1, 1, 1, 6)),
    row("depthwise_conv", depthwise, normal(2, 5, 3), normal(2, 3, 1)),
    row("depthwise_conv", depthwise, normal(2, 5, 4, 2), normal(2, 3, 2, 3), strides=2),
    Row(
        "separable_conv",
        lambda x, d, p: depthwise(x, d) @ p[0, 0],
        [(normal(2, 4, 4, 3), normal(2, 2, 3, 2), normal(1, 1, 6, 5))],
    ),
    row("conv_transpose", conv_transpose, normal(2, 4, 3), normal(3, 2, 3), strides=2),
    row("conv_transpose", conv_transpose, normal(1, 3, 2, 2), normal(2, 3, 3, 2), strides=3),
    row("max_pool", pooled(np.max, -np.inf), normal(2, 6, 3), window=2),
    row("max_pool", pooled(np.max, -np.inf), normal(2, 5, 5, 2), window=3, strides=2, same=True),
    row("max_pool", pooled(np.max, -np.inf), normal(1, 4, 4, 4, 2), window=2, strides=1),
    row("average_pool", pooled(np.mean, 0.0), normal(2, 6, 3), window=2),
    row("average_pool", pooled(np.nanmean, np.nan), normal(2, 5, 5, 2), window=3, strides=2, same=True),
    row("adaptive_max_pool", evenly(np.max), normal(2, 7, 3), count=3),
    row("adaptive_max_pool", evenly(np.max), normal(1, 5, 4, 2), count=3),
    row("adaptive_average_pool", evenly(np.mean), normal(2, 7, 3), count=3),
    row("adaptive_average_pool", evenly(np.mean), normal(1, 5, 4, 2), count=3),
]

X, K = np.ones((1, 4, 4, 3)), np.ones((2, 2, 3, 5))
WRONG: list[tuple[str, Callable, list[str]]] = [
    ("conv", lambda op: op(np.ones((4, 3)), np.ones((2, 3, 5))), ["(4, 3)", "channel axis", "expand_dims"]),
    ("conv", lambda op: op(X, np.ones((2, 3, 5))), ["kernel of shape (2, 3, 5)", "4 axes"]),
    ("conv", lambda op: op(X, np.ones((2, 2, 2, 5))), ["3 channels", "(2, 2, 2, 5)", "data_format"]),
    ("conv", lambda op: op(X, np.ones((5, 5, 3, 5))), ["window of 5 cells over 4", "padding='same'"]),
    ("conv", lambda op: op(X, K, padding="full"), ["padding='full'", "'valid' or 'same'"]),
    ("conv", lambda op: op(X, K, strides=0), ["strides=0", "positive integer"]),
    ("conv", lambda op: op(X, K, strides=(1, 2, 3)), ["strides=(1, 2, 3)"]),
    ("conv", lambda op: op(X, K, data_format="nhwc"), ["data_format='nhwc'", "channels_last"]),
    ("depthwise_conv", lambda op: op(X, np.ones((2, 2, 2, 1))), ["3 channels", "(*window, 3, multiplier)"]),
    ("conv_transpose", lambda op: op(X, np.ones((2, 2, 5, 2))), ["(2, 2, 5, 2)", "(*window, filters, channels)"]),
    ("conv_transpose", lambda op: op(X, np.ones((2, 2, 5, 3)), output_padding=1), ["output_padding=1", "below the strides"]),
    ("max_pool", lambda op: op(X, 5), ["window of 5 cells over 4"]),
    ("max_pool", lambda op: op(X, 2, data_format="last"), ["data_format='last'"]),
    ("adaptive_max_pool", lambda op: op(X, 0), ["output_size=0"]),
]
