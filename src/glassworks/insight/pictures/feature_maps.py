"""Feature maps: what the filters of a convolution find in an image."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.tiles import MOST_TILES, draw_tiles, largest_first
from glassworks.errors import ShapeError
from glassworks.insight.attribution.rows import with_rows
from glassworks.insight.capture import Capture
from glassworks.insight.pictures.find import call_of
from glassworks.layers.base import Layer
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.typing import Data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model


def plot_feature_maps(
    model: Model, x: Data, layer: str | Layer | None = None, sample: int = 0, path: str | PathLike[str] | None = None
) -> Figure:
    """Draw the output of a layer for one sample, one image per channel, on one scale.

    Of more than 32 channels those with the largest outputs are drawn. The output of a layer over a series is one matrix of steps and
    channels.

    Args:
        model: The model.
        x: Samples, or one sample without the axis of the batch.
        layer: The layer, its name or path; by default the first convolution.
        sample: Which of the samples.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib.

    Raises:
        ArgumentError: The model has no such layer.
        ShapeError: The layer's output has no positions.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(1)])
    >>> plot_feature_maps(model, np.ones((6, 6, 1))).axes[2].images[0].get_array().shape
    (4, 4)
    """
    where = "insight.plot_feature_maps"
    capture = Capture(model, with_rows(model, x)[0])
    call = call_of(capture, layer, lambda each: isinstance(each.layer, _BaseConvolution), "a convolution", where)
    key = f"{call.name}/output"
    output = np.asarray(capture.run([key])[key][sample], np.float32)
    name = f"'{call.name}' for sample {sample}"
    if output.ndim < 2:
        raise ShapeError(
            f"the output of '{call.name}', of shape {output.shape} per sample",
            "positions and channels, such as a convolution gives",
            "choose another layer; plot_activations draws the outputs of dense layers",
            where=where,
        )
    if output.ndim == 2:
        channels = largest_first(np.abs(output).mean(0), 64)
        return draw_tiles([output[:, channels].T], [""], f"Output of {name}", "output", ("step", "channel"), path)
    if output.ndim == 4:  # of a volume: the middle slice
        output = output[len(output) // 2]
    if getattr(call.layer, "data_format", "channels_last") == "channels_first":
        output = np.moveaxis(output, 0, -1)
    maps = np.moveaxis(output, -1, 0)
    channels = largest_first(np.abs(maps).mean((1, 2)))
    rule = f": the {MOST_TILES} of {len(maps)} channels with the largest outputs" if len(maps) > MOST_TILES else ""
    return draw_tiles([maps[i] for i in channels], [f"channel {i}" for i in channels], f"Feature maps of {name}{rule}", "output", path=path)
