"""Resampling of images: each new sample is a weighted sum of a few old ones, along one axis after the other.

A kernel gives the weight of an old sample by its distance. Weights outside of the image are dropped and the
others normalised to sum to one, as in TensorFlow's and JAX's resizing without antialiasing, which Keras uses. For files, which each
have another size, summing a few samples is many times faster than the matrix products of `ops.image.resize`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np


def _cubic(x: np.ndarray) -> np.ndarray:
    """The cubic kernel of Keys (1981), with a = -1/2."""
    return np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2)


def _mitchell(x: np.ndarray) -> np.ndarray:
    """The kernel of Mitchell and Netravali (1988), with B = C = 1/3."""
    return np.where(x < 1, (7 * x - 12) * x * x + 16 / 3, ((-7 / 3 * x + 12) * x - 20) * x + 32 / 3) / 6


def lanczos(radius: int) -> Callable[[np.ndarray], np.ndarray]:
    """A windowed sine (Duchon, 1979), for distances up to the radius."""
    return lambda x: np.sinc(x) * np.sinc(x / radius)


# Name -> the radius of the kernel, and its weight by distance.
KERNELS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1, lambda x: 1 - x),
    "bicubic": (2, _cubic),
    "lanczos3": (3, lanczos(3)),
    "lanczos5": (5, lanczos(5)),
    "gaussian": (1.5, lambda x: np.exp(-2 * x * x)),
    "mitchellcubic": (2, _mitchell),
}
METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


@functools.lru_cache(maxsize=512)
def taps(old: int, new: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    """The old samples that each new one is computed from, and their weights.

    Args:
        old, new: Numbers of samples.
        method: One of `METHODS`.

    Returns:
        Indices and float32 weights of shape (taps, new).

    >>> indices, weights = taps(4, 2, "bilinear")
    >>> indices.tolist(), weights.tolist()
    ([[0, 2], [1, 3]], [[0.5, 0.5], [0.5, 0.5]])
    """
    step = old / new
    if method == "nearest":
        return ((2 * np.arange(new) + 1) * old // (2 * new))[None], np.ones((1, new), np.float32)
    if method == "area":
        starts = np.arange(new) * step
        indices = np.floor(starts).astype(np.intp) + np.arange(math.ceil(step) + 1)[:, None]
        weights = np.clip(np.minimum(indices + 1, starts + step) - np.maximum(indices, starts), 0, None)
        weights[weights < 1e-9] = 0
    else:
        radius, kernel = KERNELS[method]
        centers = (np.arange(new) + 0.5) * step - 0.5
        indices = np.ceil(centers - radius).astype(np.intp) + np.arange(math.ceil(2 * radius) + 1)[:, None]
        distance = np.abs(indices - centers)
        weights = np.where(distance < radius, kernel(distance), 0.0)
    return _normal(indices, weights, old)


def _normal(indices: np.ndarray, weights: np.ndarray, old: int) -> tuple[np.ndarray, np.ndarray]:
    """Normalise the weights to sum to one, and drop taps with weight 0."""
    weights = np.where((indices >= 0) & (indices < old), weights, 0.0)
    weights = weights / weights.sum(axis=0)
    # Taps that are outside for some samples only: the others move to the front, so that few rows remain.
    order = np.argsort(weights == 0, axis=0, kind="stable")
    weights, indices = np.take_along_axis(weights, order, 0), np.take_along_axis(indices, order, 0)
    used = weights.any(axis=1)
    return np.clip(indices[used], 0, old - 1), weights[used].astype(np.float32)


def along(array: np.ndarray, axis: int, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The new samples along one axis."""
    shape = [1] * array.ndim
    shape[axis] = -1
    total: np.ndarray | None = None
    for index, weight in zip(indices, weights, strict=True):
        part = array.take(index, axis=axis) * weight.reshape(shape)
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def resize(images: np.ndarray, size: tuple[int, int], method: str = "bilinear", axes: tuple[int, int] = (-3, -2)) -> np.ndarray:
    """Images of another size, without antialiasing, as in Keras.

    Args:
        images: With rows and columns on the two `axes`.
        size: `(height, width)`.
        method: One of `METHODS`.
        axes: By default those of `(..., height, width, channels)`.

    Returns:
        float32; with "nearest", the dtype of `images`.

    >>> resize(np.array([[[0.0], [1.0]]]), (1, 4))[0, :, 0].tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    images = images if method == "nearest" else images.astype(np.float32, copy=False) if images.dtype.kind != "u" else images
    for axis, new in zip(axes, size, strict=True):
        axis %= images.ndim
        old = images.shape[axis]
        if old == new:
            continue
        indices, weights = taps(old, new, method)
        images = images.take(indices[0], axis=axis) if method == "nearest" else along(images, axis, indices, weights)
    return images if method == "nearest" else images.astype(np.float32, copy=False)


def aspect_box(height: int, width: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """`(top, left, height, width)` of the largest part in the middle of an image that has the proportions of `size`.

    >>> aspect_box(340, 500, (200, 200))
    (0, 80, 340, 340)
    """
    crop_height = max(min(height, int(width * size[0] / size[1])), 1)
    crop_width = max(min(width, int(height * size[1] / size[0])), 1)
    return (height - crop_height) // 2, (width - crop_width) // 2, crop_height, crop_width
