"""Decision boundaries: what a model with two inputs says of every point of the plane."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.boundary import draw_boundary
from glassworks.errors import DataError, ShapeError
from glassworks.insight.attribution.rows import Rows
from glassworks.layers.text_arrays import TEXT_KINDS
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model


def plot_boundary(model: Model, x: Data, y: Structure = None, points: int = 150, path: str | PathLike[str] | None = None) -> Figure:
    """Draw what a model of two features predicts everywhere around its samples.

    For classes each region has the colour of its class, the paler the less sure the model is, with a line at the boundary; for a number
    the plane goes from orange (low) over grey (the mean) to blue.

    Args:
        model: A model with one input of two features. One sigmoid output, or a softmax over classes, or one number. Outputs that are
            logits by the compiled loss (`from_logits=True`) become probabilities.
        x: Samples `(n, 2)`, which are drawn and give the range; of more than 2000 a random choice of 2000.
        y: The labels: class numbers, one-hot rows, or numbers.
        points: The points of the grid along each axis.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib.

    Raises:
        ShapeError: The data has another number of features, or the model another form of output.
        DataError: Labels that are text, or not one per sample.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, "sigmoid")])
    >>> plot_boundary(model, np.eye(2), [0, 1]).axes[0].images[0].get_array().shape
    (150, 150, 3)
    """
    where = "insight.plot_boundary"
    rows = Rows(model, x)
    samples = rows.given[0]
    if len(rows.given) != 1 or samples.shape[1:] != (2,):
        raise ShapeError(
            f"{len(rows.given)} input of shape {samples.shape}" if len(rows.given) == 1 else f"{len(rows.given)} inputs",
            "samples of two features: (n, 2)",
            "train a model on two columns: x[:, [0, 1]]; plot_embedding draws samples of many features",
            where=where,
        )
    samples = samples.astype(np.float64)
    axes = [_range(samples[:, i], points) for i in (0, 1)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(samples.dtype)
    outputs = probabilities(model, np.asarray(model.predict(grid.astype("float32"), batch_size=4096, verbose=0)), where)
    labels = None if y is None else _labels(np.asarray(y), len(samples), where)
    if len(samples) > 2000:
        chosen = np.random.default_rng(0).choice(len(samples), 2000, replace=False)
        samples, labels = samples[chosen], None if labels is None else labels[chosen]
    names = rows.columns if rows.columns and len(rows.columns) == 2 else ["feature 0", "feature 1"]
    title = f"What '{model.name}' predicts"
    return draw_boundary(axes[0], axes[1], outputs.reshape(points, points, *outputs.shape[1:]), samples, labels, names, title, path)


def probabilities(model: Model, outputs: np.ndarray, where: str) -> np.ndarray:
    """Outputs as the probabilities of all classes, `(n, classes)`, or as numbers, `(n,)`."""
    if outputs.ndim == 1:
        outputs = outputs[:, None]
    if outputs.ndim != 2:
        raise ShapeError(
            f"outputs of shape {outputs.shape[1:]} per sample", "one output per class, or one number", "draw one output", where=where
        )
    loss = model._trainer.loss
    name = str(loss if isinstance(loss, str) else getattr(loss, "name", "") or getattr(loss, "__name__", "")).replace("_", "").lower()
    logits = bool(getattr(loss, "from_logits", False))
    if outputs.shape[1] > 1:
        if logits:
            raised = np.exp(outputs - outputs.max(1, keepdims=True))
            return raised / raised.sum(1, keepdims=True)
        if "crossentropy" not in name and not np.allclose(outputs.sum(1), 1, atol=1e-3):
            raise ShapeError(
                f"{outputs.shape[1]} outputs that are not probabilities", "a softmax, or one number", "draw one output", where=where
            )
        return outputs
    if logits:
        outputs = 1 / (1 + np.exp(-outputs))
    # An output is a probability by the loss, or where none is known by its range.
    is_share = bool(outputs.min() >= 0 and outputs.max() <= 1)
    is_class = "crossentropy" in name or "hinge" in name or (not name and is_share)
    return np.concatenate([1 - outputs, outputs], 1) if is_class else outputs[:, 0]


def _range(values: np.ndarray, points: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    margin = 0.1 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)


def _labels(y: np.ndarray, count: int, where: str) -> np.ndarray:
    if y.dtype.kind in TEXT_KINDS or len(y) != count:
        text = y.dtype.kind in TEXT_KINDS
        raise DataError(
            f"labels such as {y.flat[0]!r}" if text else f"{len(y)} labels for {count} samples",
            "the class number that the model was trained with, for each sample",
            "y = np.unique(y, return_inverse=True)[1]" if text else "pass y[:len(x)]",
            where=where,
        )
    y = y.reshape(count, -1)
    return y.argmax(1) if y.shape[1] > 1 else y[:, 0]
