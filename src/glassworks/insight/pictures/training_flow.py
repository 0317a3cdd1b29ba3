"""Gradients and updates of each layer over a training."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.training_flow import MOST_CURVES, draw_training_flow
from glassworks.errors import StateError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.training.callbacks.history import History


def plot_training_flow(history: History, path: str | PathLike[str] | None = None) -> Figure:
    """Draw how large the gradient of each layer is, and by which share of its size a step moves its kernel, over a training.

    Curves of the first layers far below those of the last ones mean a vanishing gradient, far above an exploding one. Updates above the
    grey band mean a learning rate that is too high, below it one that is too low. The numbers are those of the doctor's examinations,
    of at most 256 steps; `callbacks.Doctor(every_epoch=True)` asks for one after each epoch. In a model with more than 32 kernels, 32
    that are evenly spaced are drawn.

    Args:
        history: What `fit` returned.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib. For a `train_step` of your own the gradients are not known, and there are updates alone.

    Raises:
        StateError: The doctor did not examine the network in this training.
        MissingDependencyError: matplotlib is not installed.

    >>> from glassworks import Sequential, callbacks, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3, name="hidden"), layers.Dense(1, name="last")])
    >>> model.compile("sgd", "mse")
    >>> doctor = callbacks.Doctor(every_epoch=True)
    >>> history = model.fit(np.eye(2), np.array([1.0, -1.0]), epochs=3, verbose=0, callbacks=[doctor])
    >>> [line.get_label() for line in plot_training_flow(history).axes[0].get_lines()]
    ['hidden', 'last']
    """
    if history.doctor is None or not history.doctor.flow.steps:
        is_off = history.doctor is None
        raise StateError(
            "a training that the doctor did not look at" if is_off else "a training in which the doctor did not examine the network",
            "the sizes of the gradients after at least one epoch",
            "train with model.fit(..., callbacks=[callbacks.Doctor(every_epoch=True)])"
            + ("" if is_off else "; without every_epoch it examines as often as 3% of the time allows"),
            where="insight.plot_training_flow",
        )
    flow = history.doctor.flow
    count = len(flow.paths)
    some = f", {MOST_CURVES} of {count} kernels" if count > MOST_CURVES else ""
    title = f"Gradients and updates of '{history.model.name}' in training{some}" if history.model is not None else ""
    return draw_training_flow(np.array(flow.steps), flow.series(0), flow.series(1), "steps of training", title, path)
