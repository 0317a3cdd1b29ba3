"""Grad-CAM: the positions of a convolution's output that count for a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.graph import Value
from glassworks.insight.attribution.parts import kind_of
from glassworks.insight.attribution.program import Score
from glassworks.insight.attribution.result import Attribution, Part
from glassworks.insight.attribution.rows import Rows
from glassworks.insight.attribution.target import Targets, probabilities_of, seeds_for, targets_for
from glassworks.layers.base import Layer
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.typing import Data

if TYPE_CHECKING:
    from glassworks.models.model import Model


def grad_cam(
    model: Model, x: Data, layer: str | Layer | None = None, target: Targets = None, output: str | int | None = None, of: str = "logit"
) -> Attribution:
    """Where in an image (or series) a convolution finds what counts for a class (Selvaraju et al., 2017).

    With the output A of the layer, one map per channel: `weight_c = mean over positions of d score / d A_c`, and the values are
    `max(0, sum over channels of weight_c * A_c)`, scaled up from the positions of the layer to those of the input by linear interpolation.

    Args:
        model, x, target, output, of: See `insight.input_gradient`.
        layer: The layer, or its name; by default the last convolution. To look behind the activation that follows it as a layer of its
            own, name that layer.

    Returns:
        An `Attribution` whose values have the shape of x without the axis of channels; none is negative.

    Raises:
        ArgumentError: The model has no such layer or no convolution, or the layer's output has no positions.
        StateError: The output does not depend on the layer.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3, activation="softmax")])
    >>> grad_cam(model, np.ones((2, 6, 6, 1))).values.shape
    (2, 6, 6)
    """
    where = "insight.grad_cam"
    rows = Rows(model, x)
    score = Score(model, rows, len(rows), output, of, layer=_is_convolution if layer is None else layer, where=where)
    result, scores, values = score.forward()
    maps = values[0]
    chosen = score.layer
    assert chosen is not None
    if maps.ndim < 3:
        raise ArgumentError(
            f"layer='{chosen.name}', whose output has the shape {maps.shape[1:]} per sample",
            "a layer whose output has positions and channels",
            "choose a convolution, or leave layer out for the last one",
            where=f"{where} of model '{model.name}'",
        )
    targets = targets_for(model, result, score.squash, target, where)
    selected, slopes = score.backward(np.arange(len(rows)), values, seeds_for(targets, scores, score.squash))
    first = getattr(chosen, "data_format", None) == "channels_first"
    heat = class_map(maps, slopes[0], channels_axis=1 if first else -1)
    return Attribution(
        "Grad-CAM",
        _parts(rows, heat, first),
        rows.structure,
        targets,
        of if score.squash else "output",
        selected,
        probabilities_of(targets, result, score.squash),
        is_single=rows.is_single,
        layer=chosen.name,
    )


def class_map(maps: np.ndarray, slopes: np.ndarray, channels_axis: int = -1) -> np.ndarray:
    """The map of one class per sample: the maps of all channels, weighted by the mean gradient of each, without what is negative.

    >>> class_map(np.array([[[1.0, 4.0], [2.0, 1.0]]]), np.array([[[1.0, -1.0], [3.0, 0.0]]]))
    array([[0. , 3.5]])
    """
    maps, slopes = np.moveaxis(maps, channels_axis, -1), np.moveaxis(slopes, channels_axis, -1)
    weights = slopes.mean(axis=tuple(range(1, slopes.ndim - 1)), keepdims=True)
    return np.maximum((weights * maps).sum(-1), 0)


def scaled_up(heat: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Maps with other sizes, by linear interpolation between the centres of their cells.

    >>> scaled_up(np.array([[0.0, 1.0]]), (4,))
    array([[0.  , 0.25, 0.75, 1.  ]])
    """
    for axis, size in enumerate(sizes, start=1):
        own = heat.shape[axis]
        centres = np.clip((np.arange(size) + 0.5) * own / size - 0.5, 0, own - 1)
        low = np.floor(centres).astype(int)
        share = (centres - low).reshape(-1, *[1] * (heat.ndim - 1 - axis))
        heat = (1 - share) * heat.take(low, axis) + share * heat.take(np.minimum(low + 1, own - 1), axis)
    return heat


def _is_convolution(layer: Layer, outputs: Value) -> bool:
    return isinstance(layer, _BaseConvolution) and max(outputs.shape[1:-1], default=1) > 1


def _parts(rows: Rows, heat: np.ndarray, channels_first: bool) -> list[Part]:
    """The map as a part of each input whose axes it can be scaled up to; the others get none."""
    parts = []
    for name, given in zip(rows.names, rows.given, strict=True):
        axes = given.shape[2:] if channels_first else given.shape[1:-1] if given.ndim > heat.ndim else given.shape[1:]
        if len(axes) == heat.ndim - 1 and given.dtype.kind in "fiub":
            kind = kind_of(given.shape[1:]) if given.ndim > 2 else "table"
            labels = [f"position {i}" for i in range(axes[0])] if kind == "table" else []
            parts.append(Part(name, scaled_up(heat, axes).astype(np.float32), given, kind, labels))
        else:
            parts.append(Part(name, np.zeros((len(given), 0), np.float32), given, "table", []))
    return parts
