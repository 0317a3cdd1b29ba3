"""The loss of the best answer that does not look at the inputs: the line that a network must pass to have learned something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.losses.checks import kind

MOST_ROWS = 1 << 14
_EPSILON = 1e-7


def constant_loss(
    losses: Sequence[Any], factors: Sequence[float | None], targets: Sequence[Any], weights: Sequence[Any] | None = None
) -> float | None:
    """The loss of the best constant answer, summed over the outputs; None where the loss of one of them is not known.

    Args:
        losses: The loss of each output, or None.
        factors: Its factor, or None.
        targets: The targets of each output.
        weights: The sample weights of each output, or None.
    """
    total = 0.0
    for loss, factor, target, weight in zip(losses, factors, targets, weights or [None] * len(losses), strict=True):
        if loss is None:
            continue
        value = None if target is None else of_output(kind(loss), getattr(loss, "options", {}), np.asarray(target), weight)
        if value is None or getattr(loss, "reduction", "") not in ("sum_over_batch_size", "mean"):
            return None
        total += value * (1.0 if factor is None else factor)
    return total


def of_output(function: str, options: dict[str, Any], target: np.ndarray, weight: np.ndarray | None = None) -> float | None:
    """The mean loss of the best constant answer for the targets of one output; None where the function is not known."""
    if target.dtype.kind not in "biuf" or not target.size or options.get("ignore_class") is not None or options.get("label_smoothing"):
        return None
    if weight is not None and weight.shape != target.shape[:1]:
        return None
    chosen = _sample(len(target))
    y = np.asarray(target[chosen], np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight[chosen], np.float64)
    if not w.sum() > 0:
        return None
    # The mean counts all samples, as the losses do: weights below 1 make it smaller.
    scale, rows = float(w.mean()), y.reshape(len(y), -1)
    if function == "sparse_categorical_crossentropy":
        shares = np.bincount(rows.reshape(-1).astype(np.int64), weights=np.repeat(w, rows.shape[1]))
        return scale * _entropy(shares / shares.sum())
    if function == "categorical_crossentropy" and y.ndim > 1:
        shares = np.average(y.reshape(len(y), -1, y.shape[-1]).mean(axis=1), axis=0, weights=w)
        return scale * _entropy(shares)
    if function == "binary_crossentropy":
        p = np.clip(np.average(rows, axis=0, weights=w), _EPSILON, 1 - _EPSILON)
        return scale * float(-np.mean(p * np.log(p) + (1 - p) * np.log(1 - p)))
    if function == "mean_squared_error":
        return scale * float(np.average(np.square(rows - np.average(rows, axis=0, weights=w)), axis=0, weights=w).mean())
    if function == "mean_absolute_error" and weight is None:
        return float(np.abs(rows - np.median(rows, axis=0)).mean())
    return None


def _entropy(shares: np.ndarray) -> float:
    positive = shares[shares > 0]
    return float(-np.sum(positive * np.log(positive)))


def _sample(length: int) -> np.ndarray | slice:
    """Some rows, spread over all of them; always the same."""
    return slice(None) if length <= MOST_ROWS else np.sort(np.random.default_rng(0).choice(length, MOST_ROWS, replace=False))
