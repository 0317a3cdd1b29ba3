"""Reading images between their pixels: gathers of the pixels around each place, weighted by nearness."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.core import cast
from glassworks.ops.image.layout import as_floats, like, one_of
from glassworks.ops.indices import signed
from glassworks.typing import ArrayLike, Tensor

__all__ = ["map_coordinates"]

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
ORDERS = {"nearest": 0, "bilinear": 1}


@op
def map_coordinates(inputs: ArrayLike, coordinates: ArrayLike, order: int, fill_mode: str = "constant", fill_value: float = 0) -> Tensor:
    """The values of an array at places between its entries.

    Args:
        inputs: An array of any rank.
        coordinates: One array of places for each axis: shape `(rank, ...)`.
        order: 0 for the nearest entry, 1 for linear interpolation.
        fill_mode: What lies outside: `"constant"` (`fill_value`), `"nearest"` (the border), `"wrap"` (the other side),
            `"mirror"` (turned around at the last entry) or `"reflect"` (turned around at its edge, repeating it).
        fill_value: The number for `"constant"`.

    Output shape: that of `coordinates` without its first axis.

    >>> from glassworks import ops
    >>> ops.image.map_coordinates(ops.array([0.0, 10.0, 20.0]), [[0.5, 1.0, 5.0]], order=1)
    Array([ 5., 10.,  0.], dtype=float32)
    """
    x, places = operand(inputs), operand(coordinates)
    shape, given = tuple(spec_of(x).shape), tuple(spec_of(places).shape)
    if len(given) < 2 or given[0] != len(shape):
        raise ShapeError(
            f"coordinates of shape {given} into inputs of shape {shape}",
            f"at least two axes, the first of size {len(shape)}",
            "give one array of places for each axis of the inputs",
        )
    one_of(order, (0, 1), "order")
    flat = ops.reshape(x, (-1, 1))
    read = sample(flat, None, [places[i] for i in range(len(shape))], shape, order, fill_mode, fill_value)
    return ops.squeeze(read, -1)


def sample(
    pixels: Tensor,
    start: Tensor | np.ndarray | None,
    places: Sequence[Any],
    sizes: Sequence[int],
    order: int,
    fill_mode: str,
    fill_value: float,
) -> Tensor:
    """Pixels `(cells, channels)` of images of some sizes, laid end to end, at places: one array of them for each axis.

    Args:
        start: The number of the first cell of the image that each place belongs to; None for a single image.
    """
    one_of(fill_mode, FILL_MODES, "fill_mode")
    dtype = spec_of(pixels).dtype
    pixels = as_floats(pixels) if order else pixels
    around = [_neighbours(operand(place), order) for place in places]
    result: Any = None
    for corner in itertools.product(*around):
        cell: Any = start
        inside, weight = None, None
        for (index, share), size in zip(corner, sizes, strict=True):
            index, valid = _into_axis(index, size, fill_mode)
            cell = index if cell is None else cell * size + index
            inside = _combined(ops.logical_and, inside, valid)
            weight = _combined(ops.multiply, weight, share)
        value = ops.take(pixels, cell, axis=0)
        if inside is not None:
            value = ops.where(ops.expand_dims(inside, -1), value, cast(fill_value, spec_of(value).dtype))
        if weight is not None:
            value = value * cast(ops.expand_dims(weight, -1), spec_of(value).dtype)
        result = _combined(ops.add, result, value)
    return like(result, dtype) if order else result


def _combined(function: Callable, first: Any, second: Any) -> Any:
    return second if first is None else first if second is None else function(first, second)


def _neighbours(place: Tensor, order: int) -> list[tuple[Tensor, Tensor | None]]:
    """The entries next to places along an axis, each with its share."""
    if "int" in spec_of(place).dtype:
        return [(signed(place), None)]
    if order == 0:
        away_from_zero = ops.sign(place) * ops.floor(ops.absolute(place) + 0.5)
        return [(_as_index(away_from_zero), None)]
    lower = ops.floor(place)
    share = place - lower
    index = _as_index(lower)
    return [(index, 1.0 - share), (index + 1, share)]


def _as_index(place: Tensor) -> Tensor:
    """Floats without a fraction as integers; those too far away for the integers stay far away, on the same side."""
    is_wide = spec_of(place).dtype == "float64"
    most = 2.0**62 if is_wide else 2.0**30
    return cast(ops.clip(place, -most, most), "int64" if is_wide else "int32")


def _into_axis(index: Tensor, size: int, fill_mode: str) -> tuple[Tensor, Tensor | None]:
    """Indices brought into an axis, and where they were in it already (None if it does not matter)."""
    clipped = ops.clip(index, 0, size - 1)
    if fill_mode == "constant":
        return clipped, index == clipped
    if fill_mode == "nearest" or size == 1:
        return clipped, None
    if fill_mode == "wrap":
        return ops.mod(index, size), None
    # A line followed by its mirror image, over and over; "mirror" shares the ends, "reflect" repeats them.
    period, last = (2 * size - 2, 2 * size - 2) if fill_mode == "mirror" else (2 * size, 2 * size - 1)
    place = ops.mod(index, period)
    return ops.minimum(place, last - place), None


def sample_batch(
    images: Tensor, rows: Tensor | np.ndarray, columns: Tensor | np.ndarray, order: int, fill_mode: str, fill_value: float
) -> Tensor:
    """A channels-last batch of images read at places `(batch, height, width)`."""
    batch, height, width, channels = spec_of(images).shape
    start = np.arange(batch, dtype="int32").reshape(-1, 1, 1)
    return sample(ops.reshape(images, (-1, channels)), start, [rows, columns], (height, width), order, fill_mode, fill_value)
