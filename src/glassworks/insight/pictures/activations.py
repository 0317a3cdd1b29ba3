"""Histograms of what each layer gives."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks import dtypes
from glassworks.drawing.distributions import draw_distributions
from glassworks.errors import StateError
from glassworks.graph import Value
from glassworks.insight.activation import ACTIVATION_LAYERS
from glassworks.insight.attribution.rows import with_rows
from glassworks.insight.capture import Capture, LayerCall
from glassworks.typing import Data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

MOST_LAYERS = 32


def plot_activations(model: Model, x: Data, path: str | PathLike[str] | None = None) -> Figure:
    """Draw a histogram of the outputs of each layer for a batch, as in `predict`.

    Layers that have weights or are an activation function are drawn; of more than 32 such layers, 32 that are evenly spaced. The title says
    what share of the outputs is exactly 0, as for `relu`; these are not in the histogram.

    Args:
        model: The model.
        x: Samples, such as one batch of the training data.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib.

    Raises:
        StateError: The model has no such layer.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((3,)), layers.Dense(4, "relu", name="hidden"), layers.Dense(1, name="last")])
    >>> [axes.get_title().splitlines()[0] for axes in plot_activations(model, np.ones((8, 3))).axes]
    ['hidden', 'last']
    """
    capture = Capture(model, with_rows(model, x)[0])
    names = [call.name for call in capture.calls if _is_drawn(call)]
    if not names:
        raise StateError(
            "a model without layers that compute numbers",
            "layers with weights, or activation functions",
            "pass the model that has them",
            where="insight.plot_activations",
        )
    chosen = names
    if len(names) > MOST_LAYERS:
        chosen = [names[i] for i in np.linspace(0, len(names) - 1, MOST_LAYERS).round().astype(int)]
    arrays = capture.run([f"{name}/output" for name in chosen])
    rows = len(capture.arrays[0])
    some = f", {len(chosen)} of {len(names)} layers" if len(chosen) < len(names) else ""
    title = f"Outputs of the layers of '{model.name}' for {rows} sample{'s' if rows > 1 else ''}{some}"
    return draw_distributions({name: arrays[f"{name}/output"] for name in chosen}, title, "output", path)


def _is_drawn(call: LayerCall) -> bool:
    if not call.outputs or not isinstance(call.outputs[0], Value) or not dtypes.is_float(call.outputs[0].dtype):
        return False
    return bool(call.layer.weights) or isinstance(call.layer, ACTIVATION_LAYERS)
