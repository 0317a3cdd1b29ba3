"""Random changes of one picture, in the form of Keras 2, drawn from NumPy's generator. New code uses layers such as `layers.RandomRotation`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import ops
from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentError, ShapeError
from glassworks.ops.image.coordinates import sample
from glassworks.utils.images import array_to_img, img_to_array, pillow

_FILL = OneOf("nearest", "constant", "reflect", "wrap")
_ORDER = OneOf(0, 1)


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """A picture that is turned, moved, sheared and zoomed about its middle.

    Args:
        x: One picture.
        theta: The angle, in degrees.
        tx, ty: How many columns and rows it is moved.
        shear: The angle of the shear, in degrees.
        zx, zy: The factors of the width and height that are shown: below 1 enlarges.
        row_axis, col_axis, channel_axis: The axes.
        fill_mode: What lies outside: "nearest" (the border), "constant" (`cval`), "reflect" (turned around) or "wrap" (the other side).
        cval: The number for "constant".
        order: 0 for the nearest pixel, 1 for linear interpolation.

    >>> picture = np.arange(4.0).reshape(2, 2, 1)
    >>> apply_affine_transform(picture, tx=1, row_axis=0, col_axis=1, channel_axis=2)[..., 0]
    array([[1., 1.],
           [3., 3.]])
    """
    where = "preprocessing.image.apply_affine_transform"
    check(where, {"fill_mode": _FILL, "order": _ORDER}, fill_mode=fill_mode, order=order)
    if x.ndim != 3 or sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2]:
        axes = f"shape {x.shape} with row_axis={row_axis}, col_axis={col_axis}, channel_axis={channel_axis}"
        raise ShapeError(axes, "three axes, each named once", "pass one picture, x[0] of a batch", where=where)
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if (matrix == np.eye(3)).all():
        return x
    picture = np.moveaxis(x, (row_axis, col_axis, channel_axis), (0, 1, 2))
    rows, columns, channels = picture.shape
    middle = np.array([(rows - 1) / 2, (columns - 1) / 2])
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")).reshape(2, -1) - middle[:, None]
    places = matrix[:2, :2] @ grid + (matrix[:2, 2] + middle)[:, None]
    mode = "nearest" if fill_mode == "constant" else fill_mode
    flat = ops.convert_to_tensor(np.ascontiguousarray(picture).reshape(rows * columns, channels))
    drawn = np.asarray(sample(flat, None, [ops.cast(place, "float32") for place in places], (rows, columns), order, mode, 0))
    if fill_mode == "constant":
        outside = ((places < 0) | (places > np.array([[rows - 1], [columns - 1]]))).any(0)
        drawn = np.where(outside[:, None], np.asarray(cval, drawn.dtype), drawn)
    return np.moveaxis(drawn.reshape(picture.shape), (0, 1, 2), (row_axis, col_axis, channel_axis)).astype(x.dtype, copy=False)


def _matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray:
    """From places (row, column) in the result, counted from its middle, to places in the picture: zoom, then shear, move and turn."""
    angle, slant = np.deg2rad(theta), np.deg2rad(shear)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    move = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    slope = np.array([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    matrix = turn @ move @ slope @ np.diag([zx, zy, 1])
    return matrix[[1, 0, 2]][:, [1, 0, 2]]  # Keras writes (x, y), which are column and row


def random_rotation(
    x: np.ndarray,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """A picture turned by up to `rg` degrees.

    >>> random_rotation(np.ones((3, 4, 4)), 20).shape
    (3, 4, 4)
    """
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def random_shift(
    x: np.ndarray,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """A picture moved by up to fractions of its width and height.

    >>> random_shift(np.ones((3, 4, 4)), 0.2, 0.2).shape
    (3, 4, 4)
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def random_shear(
    x: np.ndarray,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """A picture sheared by up to `intensity` degrees.

    >>> random_shear(np.ones((3, 4, 4)), 10).shape
    (3, 4, 4)
    """
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def random_zoom(
    x: np.ndarray,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """A picture zoomed by factors between two numbers.

    >>> random_zoom(np.ones((3, 4, 4)), (0.8, 1.2)).shape
    (3, 4, 4)
    """
    if len(zoom_range) != 2:
        where = "preprocessing.image.random_zoom"
        raise ArgumentError(f"zoom_range={zoom_range!r}", "two numbers", "pass (0.8, 1.2)", where=where)
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """A picture with a number added, within its smallest and largest numbers.

    >>> apply_channel_shift(np.array([[[0.0, 1.0]]]), 0.5)
    array([[[0.5, 1. ]]])
    """
    return np.clip(x + intensity, x.min(), x.max())


def random_channel_shift(x: np.ndarray, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A picture with a random number added; see `apply_channel_shift`.

    >>> random_channel_shift(np.ones((3, 4, 4)), 0.1).shape
    (3, 4, 4)
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """A picture whose brightness is multiplied by a factor, by Pillow, in steps of 1/255.

    Args:
        x: One picture.
        brightness: The factor; 1 changes nothing.
        scale: Whether to stretch the numbers to 0 to 255 first, as is done where they are outside.

    >>> apply_brightness_shift(np.array([[[0.0], [200.0]]]), 0.5, scale=False)[0, :, 0]
    array([  0., 100.], dtype=float32)
    """
    pillow("preprocessing.image.apply_brightness_shift")
    from PIL import ImageEnhance

    smallest, largest = x.min(), x.max()
    is_outside = bool(smallest < 0 or largest > 255)
    picture = ImageEnhance.Brightness(array_to_img(x, scale=is_outside or scale)).enhance(brightness)
    changed = img_to_array(picture)
    return changed / 255 * (largest - smallest) + smallest if is_outside and not scale else changed


def random_brightness(x: np.ndarray, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """A picture whose brightness is multiplied by a factor between two numbers.

    >>> random_brightness(np.full((4, 4, 3), 100.0), (0.5, 1.5)).shape
    (4, 4, 3)
    """
    if len(brightness_range) != 2:
        where = "preprocessing.image.random_brightness"
        raise ArgumentError(f"brightness_range={brightness_range!r}", "two numbers", "pass (0.5, 1.5)", where=where)
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
