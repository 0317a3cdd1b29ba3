"""Images seen from elsewhere: affine, perspective and elastic transforms. Each result pixel looks up where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassworks import random
from glassworks.errors import ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.image.coordinates import FILL_MODES, ORDERS, sample_batch
from glassworks.ops.image.filters import gaussian_blur
from glassworks.ops.image.layout import as_floats, like, of_batch, one_of
from glassworks.typing import ArrayLike, Tensor

if TYPE_CHECKING:
    from glassworks.random import SeedLike  # random imports ops

__all__ = ["affine_transform", "elastic_transform", "perspective_transform"]


def _grid(images: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The row and column of each pixel of a channels-last batch, to be broadcast."""
    _, height, width, _ = spec_of(images).shape
    return np.arange(height, dtype="float32").reshape(1, -1, 1), np.arange(width, dtype="float32").reshape(1, 1, -1)


def _projected(images: Tensor, transform: Tensor, order: int, fill_mode: str, fill_value: float) -> Tensor:
    """The pixel at (x, y) comes from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), with k = c0 x + c1 y + 1."""
    rows, columns = _grid(images)
    a0, a1, a2, b0, b1, b2, c0, c1 = (ops.reshape(transform[:, i], (-1, 1, 1)) for i in range(8))
    k = c0 * columns + c1 * rows + 1.0
    from_columns, from_rows = (a0 * columns + a1 * rows + a2) / k, (b0 * columns + b1 * rows + b2) / k
    batch, height, width, _ = spec_of(images).shape
    from_columns, from_rows = (ops.broadcast_to(x, (batch, height, width)) for x in (from_columns, from_rows))
    return sample_batch(images, from_rows, from_columns, order, fill_mode, fill_value)


@op
def affine_transform(
    images: ArrayLike,
    transform: ArrayLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images turned, sheared, scaled and moved.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        transform: Eight numbers `a0 a1 a2 b0 b1 b2 c0 c1`, or as many for each image. The result at `(x, y)` is read at
            `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`, with `k = c0 x + c1 y + 1`.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: What lies outside, as in `map_coordinates`.
        fill_value: The number for `"constant"`.

    >>> from glassworks import ops
    >>> line = ops.reshape([1.0, 2.0, 3.0], (1, 3, 1))
    >>> ops.image.affine_transform(line, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0])[0, :, 0]
    Array([2., 3., 0.], dtype=float32)
    """
    one_of(interpolation, tuple(ORDERS), "interpolation")
    one_of(fill_mode, FILL_MODES, "fill_mode")
    images, transform = operand(images), as_floats(operand(transform))
    shape = tuple(spec_of(transform).shape)
    if len(shape) not in (1, 2) or shape[-1] != 8:
        raise ShapeError(f"a transform of shape {shape}", "shape (8,), or (batch, 8)", "give the numbers a0 a1 a2 b0 b1 b2 c0 c1")
    transform = ops.reshape(transform, (-1, 8))
    return of_batch(lambda x: _projected(x, transform, ORDERS[interpolation], fill_mode, fill_value), images, data_format)


@op
def perspective_transform(
    images: ArrayLike,
    start_points: ArrayLike,
    end_points: ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images seen at an angle: what was at four points comes to four other points.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        start_points, end_points: Four points `(x, y)`: shape `(4, 2)`, or `(batch, 4, 2)`.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: The number outside.

    >>> from glassworks import ops
    >>> corners = ops.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> turned = corners[:, ::-1]
    >>> ops.image.perspective_transform(ops.array([[[1.0], [2.0]], [[3.0], [4.0]]]), corners, turned)[..., 0]
    Array([[1., 3.],
           [2., 4.]], dtype=float32)
    """
    one_of(interpolation, tuple(ORDERS), "interpolation")
    start, end = as_floats(operand(start_points)), as_floats(operand(end_points))
    for points in (start, end):
        shape = tuple(spec_of(points).shape)
        if shape != tuple(spec_of(start).shape) or len(shape) not in (2, 3) or shape[-2:] != (4, 2):
            raise ShapeError(
                f"start_points of shape {tuple(spec_of(start).shape)}, end_points of shape {tuple(spec_of(end).shape)}",
                "equal shapes (4, 2) or (batch, 4, 2)",
                "give four points as (x, y)",
            )
    transform = homography(ops.reshape(end, (-1, 4, 2)), ops.reshape(start, (-1, 4, 2)))
    return of_batch(lambda x: _projected(x, transform, ORDERS[interpolation], "constant", fill_value), operand(images), data_format)


def homography(source: Tensor | np.ndarray, target: Tensor | np.ndarray) -> Tensor:
    """The eight numbers of the perspective map from four points to four others, for each of a batch.

    By way of the unit square, as in Heckbert, Fundamentals of Texture Mapping (1989), section 2.2.3.
    """
    matrix = _product(_from_square(target), _adjugate(_from_square(source)))
    return ops.stack([coefficient / matrix[8] for coefficient in matrix[:8]], axis=-1)


def _from_square(points: Tensor | np.ndarray) -> list:
    """The matrix, row by row, that takes (0, 0), (1, 0), (0, 1), (1, 1) to four points."""
    x, y = [points[:, i, 0] for i in range(4)], [points[:, i, 1] for i in range(4)]
    dx1, dx2, sx = x[1] - x[3], x[2] - x[3], x[0] - x[1] - x[2] + x[3]
    dy1, dy2, sy = y[1] - y[3], y[2] - y[3], y[0] - y[1] - y[2] + y[3]
    area = dx1 * dy2 - dx2 * dy1
    g, h = sx * dy2 - dx2 * sy, dx1 * sy - sx * dy1
    return [
        *((x[1] - x[0]) * area + g * x[1], (x[2] - x[0]) * area + h * x[2], x[0] * area),
        *((y[1] - y[0]) * area + g * y[1], (y[2] - y[0]) * area + h * y[2], y[0] * area),
        *(g, h, area),
    ]


def _adjugate(m: list) -> list:
    """The inverse of a 3 by 3 matrix, up to a factor."""
    a, b, c, d, e, f, g, h, i = m
    return [
        e * i - f * h,
        c * h - b * i,
        b * f - c * e,
        f * g - d * i,
        a * i - c * g,
        c * d - a * f,
        d * h - e * g,
        b * g - a * h,
        a * e - b * d,
    ]


def _product(first: list, second: list) -> list:
    return [sum((first[3 * i + k] * second[3 * k + j] for k in range(1, 3)), first[3 * i] * second[j]) for i in range(3) for j in range(3)]


@op
def elastic_transform(
    images: ArrayLike,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: SeedLike = None,
    data_format: str | None = None,
) -> Tensor:
    """Images as on crumpled paper: every pixel moved by smooth noise (Simard et al., 2003).

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        alpha: How far pixels move.
        sigma: How smooth the noise is: the standard deviation of the Gaussian that blurs it.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode, fill_value: What lies outside, as in `map_coordinates`.
        seed: An int or a `SeedGenerator`.

    >>> from glassworks import ops
    >>> flat = ops.ones((8, 8, 1))
    >>> bool((ops.image.elastic_transform(flat, seed=1) == flat).numpy().all())
    True
    """
    one_of(interpolation, tuple(ORDERS), "interpolation")
    one_of(fill_mode, FILL_MODES, "fill_mode")

    images = operand(images)
    window = int(6 * sigma) | 1

    def crumpled(x: Tensor) -> Tensor:
        batch, height, width, _ = spec_of(x).shape
        noise = random.normal((batch, height, width, 2), dtype=spec_of(as_floats(x)).dtype, seed=seed)
        return distorted(x, noise, alpha, sigma, window, ORDERS[interpolation], fill_mode, fill_value)

    return of_batch(crumpled, images, data_format)


def distorted(
    images: Tensor, noise: Tensor, alpha: float | Tensor, sigma: float | Tensor, window: int, order: int, fill_mode: str, fill_value: float
) -> Tensor:
    """A channels-last batch, every pixel moved by noise `(batch, height, width, 2)` that a Gaussian window makes smooth."""
    smooth = gaussian_blur(noise * sigma, (window, window), ops.stack([sigma, sigma]), "channels_last")
    rows, columns = _grid(images)
    from_rows, from_columns = rows + alpha * smooth[..., 0], columns + alpha * smooth[..., 1]
    return like(sample_batch(images, from_rows, from_columns, order, fill_mode, fill_value), spec_of(images).dtype)
