"""The lines of NumPy that compute a loss as the user wrote it, by the name of its function."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.insight.activation_lines import ACTIVATIONS
from glassworks.insight.lines import Lines, first_that_agrees
from glassworks.losses.base import Loss
from glassworks.losses.checks import kind

# Name of the loss function -> the line that makes it of the prediction y and the targets.
_PLAIN = {
    "mean_squared_error": "loss = ((y - y_true) ** 2).mean()",
    "mean_absolute_error": "loss = np.abs(y - y_true).mean()",
    "mean_squared_logarithmic_error": "loss = ((np.log(1 + y) - np.log(1 + y_true)) ** 2).mean()",
    "mean_absolute_percentage_error": "loss = (100 * np.abs((y_true - y) / y_true)).mean()",
    "log_cosh": "loss = np.log(np.cosh(y - y_true)).mean()",
    "hinge": "loss = np.maximum(1 - y_true * y, 0).mean()",
    "squared_hinge": "loss = (np.maximum(1 - y_true * y, 0) ** 2).mean()",
    "poisson": "loss = (y - y_true * np.log(y)).mean()",
    "kl_divergence": "loss = (y_true * np.log(y_true / y)).sum(axis=-1).mean()",
}


def loss_lines(loss: object, y_true: np.ndarray, y: np.ndarray, value: float) -> Lines | None:
    """The lines for a loss, or None where there are none that give its value.

    Args:
        loss: The compiled loss.
        y_true, y: Targets and predictions of a batch.
        value: What the loss is.
    """
    if not isinstance(loss, Loss):
        return None
    name, options = kind(loss), getattr(loss, "options", {})
    targets = y_true.reshape(y.shape) if y_true.size == y.size else y_true
    expected = {"loss": np.array(value, np.float32)}
    if name in _PLAIN:
        return first_that_agrees(Lines([_PLAIN[name]], {"y": y, "y_true": targets}, expected))
    if name == "huber":
        delta = options.get("delta", 1.0)
        line = f"loss = np.where(e <= {delta:g}, e ** 2 / 2, {delta:g} * e - {delta**2 / 2:g}).mean()"
        return first_that_agrees(Lines(["e = np.abs(y - y_true)", line], {"y": y, "y_true": targets}, expected))
    if name == "cosine_similarity":
        lines = ["a, b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (y, y_true))", "loss = -(a * b).sum(axis=-1).mean()"]
        return first_that_agrees(Lines(lines, {"y": y, "y_true": targets}, expected))
    return _cross_entropy(name, options, y_true, y, expected)


def _cross_entropy(name: str, options: dict[str, Any], y_true: np.ndarray, y: np.ndarray, expected: dict[str, Any]) -> Lines | None:
    smoothing = float(options.get("label_smoothing") or 0.0)
    logits = bool(options.get("from_logits"))
    before: list[str] = []
    names: dict[str, Any] = {"z" if logits else "y": y}
    if name == "sparse_categorical_crossentropy":
        names["y_true"] = (y_true[..., 0] if y_true.ndim == y.ndim else y_true).astype(int)
        before = ACTIVATIONS["softmax"] if logits else []
        if names["y_true"].ndim == 1:
            line = "loss = -np.log(y[np.arange(len(y)), y_true]).mean()"
        else:
            line = "loss = -np.log(np.take_along_axis(y, y_true[..., None], axis=-1)).mean()"
    elif name == "categorical_crossentropy":
        names["y_true"] = y_true
        before = ACTIVATIONS["softmax"] if logits else []
        line = "loss = -(y_true * np.log(y)).sum(axis=-1).mean()"
        before = [*before, f"y_true = y_true * {1 - smoothing:g} + {smoothing:g} / y_true.shape[-1]"] if smoothing else before
    elif name == "binary_crossentropy":
        names["y_true"] = y_true.reshape(y.shape) if y_true.size == y.size else y_true
        before = ACTIVATIONS["sigmoid"] if logits else []
        before = [*before, f"y_true = y_true * {1 - smoothing:g} + {smoothing / 2:g}"] if smoothing else before
        line = "loss = -(y_true * np.log(y) + (1 - y_true) * np.log(1 - y)).mean()"
    else:
        return None
    return first_that_agrees(Lines([*before, line], names, expected))


def loss_gradient_lines(loss: object, y_true: np.ndarray, y: np.ndarray, dy: np.ndarray | None) -> Lines | None:
    """The line for the gradient of the loss with respect to the prediction, or None."""
    if not isinstance(loss, Loss) or dy is None:
        return None
    name, options = kind(loss), getattr(loss, "options", {})
    targets = y_true.reshape(y.shape) if y_true.size == y.size else y_true
    names, expected = {"y": y, "y_true": targets}, {"dy": dy}
    if name == "mean_squared_error":
        return first_that_agrees(Lines(["dy = 2 * (y - y_true) / y.size"], names, expected))
    if name == "mean_absolute_error":
        return first_that_agrees(Lines(["dy = np.sign(y - y_true) / y.size"], names, expected))
    if name == "binary_crossentropy" and options.get("from_logits"):
        return first_that_agrees(Lines(["p = 1 / (1 + np.exp(-y))", "dy = (p - y_true) / y.size"], names, expected))
    if name in ("sparse_categorical_crossentropy", "categorical_crossentropy") and options.get("from_logits"):
        softmax = ["e = np.exp(y - y.max(axis=-1, keepdims=True))", "p = e / e.sum(axis=-1, keepdims=True)"]
        right = "np.eye(y.shape[-1])[y_true.astype(int).ravel()].reshape(y.shape)" if name.startswith("sparse") else "y_true"
        return first_that_agrees(Lines([*softmax, f"dy = (p - {right}) * y.shape[-1] / y.size"], {"y": y, "y_true": y_true}, expected))
    return None
