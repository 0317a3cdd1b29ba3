"""Weights as images: what each unit of a dense layer looks for in an image, and the filters of a convolution."""

from __future__ import annotations

import math
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.tiles import MOST_TILES, draw_tiles, largest_first
from glassworks.errors import ShapeError, StateError
from glassworks.insight.attribution.parts import kind_of
from glassworks.insight.attribution.rows import input_shapes
from glassworks.insight.pictures.find import layer_of, sizes_of
from glassworks.layers.base import Layer
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.layers.convolution.depthwise import _DepthwiseConv
from glassworks.layers.convolution.transpose import _ConvTranspose
from glassworks.layers.embedding import Embedding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model


def plot_weights(
    model: Model, layer: str | Layer | None = None, shape: tuple[int, ...] | None = None, path: str | PathLike[str] | None = None
) -> Figure:
    """Draw the weights of a layer, on one scale: negative orange, zero grey, positive blue.

    A dense layer that reads an image gets one image per unit: blue where a bright pixel makes the unit larger, orange where it makes it
    smaller. A convolution gets one image per filter; where the filters read several channels, one per channel up to 4, else that of the
    channel with the largest weights. Other dense layers, and embeddings, are one matrix. Of more than 32 units those with the largest
    weights are drawn.

    Args:
        model: The model.
        layer: The layer, or its name; by default the first one with a kernel.
        shape: The shape of the image, for a dense layer that reads one as a flat row: `(28, 28)`. By default that of the model's input.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib.

    Raises:
        ArgumentError: The model has no such layer.
        StateError: The layer has no weights yet.
        MissingDependencyError: matplotlib is not installed.

    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((8, 8)), layers.Flatten(), layers.Dense(5)])
    >>> plot_weights(model).axes[4].images[0].get_array().shape
    (8, 8)
    """
    where = "insight.plot_weights"
    chosen = layer_of(model, layer, lambda each: _kernel(each) is not None, "a layer with a kernel, such as Dense or Conv2D", where)
    kernel = _kernel(chosen)
    if kernel is None:
        kind = "weights, but no kernel" if chosen.weights else "no weights"
        fix = (
            "choose another layer"
            if chosen.built
            else "build the model first: call it on some data, or start it with layers.Input(shape=...)"
        )
        raise StateError(f"layer '{chosen.name}' with {kind}", "a built layer with a kernel or an embedding", fix, where=where)
    name = f"'{chosen.name}' of '{model.name}'"
    if isinstance(chosen, _BaseConvolution):
        tiles, names, drawn = _filters(chosen, kernel)
        return draw_tiles(tiles, names, f"Filters of {name}{drawn}", "weight", path=path)
    image = _image_shape(model, chosen, kernel, shape, where)
    if image is None:
        axes = ("dimension", "row") if isinstance(chosen, Embedding) else ("unit", "input")
        return _matrix(kernel, name, axes, path)
    units = kernel.T.reshape(-1, *image)
    if units.ndim == 4:
        units = units.sum(-1 if image[-1] in (1, 3, 4) else 1)
    chosen_units = largest_first(sizes_of(units))
    title = f"Weights of {name} from the pixels to each unit{_rule(len(units), 'units')}"
    return draw_tiles([units[i] for i in chosen_units], [f"unit {i}" for i in chosen_units], title, "weight", path=path)


def _kernel(layer: Layer) -> np.ndarray | None:
    for name in ("kernel", "depthwise_kernel", "embeddings", "_kernel"):
        variable = getattr(layer, name, None) if layer.built else None
        if variable is not None and hasattr(variable, "numpy") and len(variable.shape) >= 2:
            return np.asarray(variable.numpy(), np.float32)
    return None


def _is_depthwise(layer: Layer) -> bool:
    """Whether each filter reads one channel: the kernel is `(*window, channels, filters per channel)`."""
    return isinstance(layer, _DepthwiseConv) or hasattr(layer, "depthwise_kernel")


def _rule(count: int, what: str) -> str:
    return f": the {MOST_TILES} of {count} {what} with the largest weights" if count > MOST_TILES else ""


def _filters(layer: Layer, kernel: np.ndarray) -> tuple[list[np.ndarray], list[str], str]:
    """Images of the filters `(height, width)`, their names, and the rule by which they were chosen."""
    if isinstance(layer, _ConvTranspose):
        kernel = np.moveaxis(kernel, -1, -2)
    if _is_depthwise(layer):
        filters = np.moveaxis(kernel.reshape(*kernel.shape[:-2], -1), -1, 0)[..., None]
    else:
        filters = np.moveaxis(kernel, -1, 0)  # (filters, *window, channels)
    channels = filters.shape[-1]
    if filters.ndim == 3:  # over a series: a matrix of channels and steps
        chosen = largest_first(sizes_of(filters))
        return [filters[i].T for i in chosen], [f"filter {i}" for i in chosen], _rule(len(filters), "filters")
    if filters.ndim == 5:  # over volumes: the slice with the largest weights
        depth = np.square(filters).sum((2, 3, 4)).argmax(1)
        filters = filters[np.arange(len(filters)), depth]
    each = channels if 1 < channels <= 4 else 1
    chosen = largest_first(sizes_of(filters), MOST_TILES // each)
    if each > 1:
        names = [f"filter {i}, channel {c}" for i in chosen for c in range(channels)]
        rule = f": the {len(chosen)} of {len(filters)} filters with the largest weights" if len(chosen) < len(filters) else ""
        return [filters[i, ..., c] for i in chosen for c in range(channels)], names, rule
    best = np.square(filters).sum((1, 2)).argmax(-1)
    names = [f"filter {i}" + (f", channel {best[i]}" if channels > 1 else "") for i in chosen]
    rule = _rule(len(filters), "filters") + (", each for the channel with the largest weights" if channels > 1 else "")
    return [filters[i, ..., best[i]] for i in chosen], names, rule


def _image_shape(model: Model, layer: Layer, kernel: np.ndarray, shape: tuple[int, ...] | None, where: str) -> tuple[int, ...] | None:
    """The shape of the image that a dense layer reads; None where it reads something else."""
    if shape is not None:
        if kernel.ndim != 2 or math.prod(shape) != kernel.shape[0]:
            raise ShapeError(
                f"shape={shape} for layer '{layer.name}' with a kernel of shape {kernel.shape}",
                f"a shape with {kernel.shape[0]} entries, one per input of the layer",
                "leave it out for a layer whose inputs are not an image",
                where=where,
            )
        return tuple(shape)
    shapes = input_shapes(model)
    if kernel.ndim != 2 or not shapes or len(shapes) != 1 or None in shapes[0]:
        return None
    own = tuple(int(size) for size in shapes[0] if size is not None)
    return own if math.prod(own) == kernel.shape[0] and kind_of(own) == "image" else None


def _matrix(kernel: np.ndarray, name: str, axes: tuple[str, str], path: str | PathLike[str] | None) -> Figure:
    matrix = kernel.reshape(-1, kernel.shape[-1])
    rows, columns = largest_first(sizes_of(matrix), 64), largest_first(sizes_of(matrix.T), 64)
    left_out = len(rows) < len(matrix) or len(columns) < matrix.shape[1]
    rule = f": the {len(rows)} {axes[1]}s and {len(columns)} {axes[0]}s with the largest weights" if left_out else ""
    return draw_tiles([matrix[np.ix_(rows, columns)]], [""], f"Weights of {name}{rule}", "weight", axes, path)
