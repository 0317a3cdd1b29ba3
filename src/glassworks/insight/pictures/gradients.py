"""The flow of gradients through the layers for one batch."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.training_flow import MOST_CURVES, draw_gradients
from glassworks.errors import StateError
from glassworks.insight.capture import Capture, LayerCall
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model


def plot_gradients(model: Model, x: Data, y: Structure, sample_weight: Structure = None, path: str | PathLike[str] | None = None) -> Figure:
    """Draw the size of the gradients in each layer for one batch, from the first layer to the last.

    Bars that become ever shorter towards the first layer mean a vanishing gradient, ever longer ones an exploding one. Layers with trained
    weights are drawn; of more than 32, 32 that are evenly spaced.

    Args:
        model: A compiled model.
        x, y, sample_weight: A batch as for `fit`.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib. Dropout and batch normalization act as in training.

    Raises:
        StateError: The model is not compiled, or has no trained weights.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3, name="hidden"), layers.Dense(1, name="last")])
    >>> model.compile("sgd", "mse")
    >>> [label.get_text() for label in plot_gradients(model, np.ones((4, 2)), np.ones(4)).axes[0].get_yticklabels()]
    ['hidden', 'last']
    """
    where = "insight.plot_gradients"
    if y is None or not model._trainer.compiled:
        raise StateError(
            "no targets" if y is None else f"model '{model.name}', which is not compiled",
            "a loss, whose gradient is drawn",
            "pass y" if y is None else "model.compile(optimizer, loss) first",
            where=where,
        )
    capture = Capture(model, x, y, sample_weight, training=True)
    calls = [call for call in capture.calls if call.layer.trainable_weights and not call.on_host]
    if not calls:
        raise StateError("a model without trained weights", "layers with trainable weights", "set layer.trainable = True", where=where)
    chosen = calls
    if len(calls) > MOST_CURVES:
        chosen = [calls[i] for i in np.linspace(0, len(calls) - 1, MOST_CURVES).round().astype(int)]
    known = set(capture.gradients)
    weights = {call.name: _own(call, known) for call in chosen}
    outputs = {call.name: f"{call.name}/output_gradient" for call in chosen}
    arrays = capture.run([*(name for own in weights.values() for name in own), *(name for name in outputs.values() if name in known)])
    of_weights = [_size([arrays[name] for name in weights[call.name]]) for call in chosen]
    of_outputs = [_size([arrays[outputs[call.name]]] if outputs[call.name] in arrays else []) for call in chosen]
    some = f", {len(chosen)} of {len(calls)} layers" if len(chosen) < len(calls) else ""
    rows = len(capture.arrays[0])
    title = f"Gradients of the loss of '{model.name}' for {rows} samples{some}"
    return draw_gradients([call.name for call in chosen], of_weights, of_outputs, title, path)


def _own(call: LayerCall, known: set[str]) -> list[str]:
    """The names of the gradients of the weights of a layer, and of the layers inside it."""
    names = [f"{one.name}/{weight}_gradient" for one in call.all() for weight in one.weights]
    return [name for name in dict.fromkeys(names) if name in known]


def _size(arrays: list[np.ndarray]) -> float:
    """The root mean square of all numbers; 0 where no gradient arrives."""
    if not arrays:
        return 0.0
    count = sum(array.size for array in arrays)
    return float(np.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in arrays) / max(count, 1)))
