"""`Answers`: how the outputs of a network for some samples compare with their targets, without regard to the loss that was compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FEWEST = 8
"""The number of samples below which nothing can be said about a class."""
_TOLERANCE = 1e-3
CLIPPED = 2e-7
"""Probabilities up to this are clipped by cross-entropies, whose slope is 0 there (their epsilon is 1e-7)."""


class Answers(NamedTuple):
    """Outputs for some samples, of a kind that targets and outputs show by themselves.

    Attributes:
        output: The name of the output.
        kind: "classes" (a row of probabilities or scores for one class), "binary" (each number a yes or no), "quantities".
        classes: The number of classes.
        is_probability: Whether the outputs are probabilities: from 0 to 1, and rows that add up to 1 for classes.
        predicted: The largest share of one class among the predictions.
        majority: The largest share of one class among the targets.
        recall: The smallest share that is recognised of a class with enough samples; 1 where there is none.
        accuracy: The share of correct predictions; for quantities 0.
        clipped: The share of samples whose correct answer got an output that a cross-entropy of probabilities clips.
        largest: The highest probability of all outputs.
        cross_entropy, as_scores: The cross-entropy of the outputs as probabilities, which are clipped, and as scores before softmax or sigmoid.
        loss: The value of the compiled loss for them; NaN where it is not known.
        spread: The deviation of the outputs over that of the targets, for quantities; else 1.
        samples: The number of samples.
    """

    output: str
    kind: str
    classes: int
    is_probability: bool
    predicted: float
    majority: float
    recall: float
    accuracy: float
    clipped: float
    largest: float
    cross_entropy: float
    as_scores: float
    loss: float
    spread: float
    samples: int


def compare(output: str, target: np.ndarray, prediction: np.ndarray, loss: float = np.nan) -> Answers | None:
    """Compare outputs with targets; None where they have no form that is known, or numbers that are not finite."""
    if target.dtype.kind not in "biuf" or not prediction.size or not np.isfinite(prediction).all():
        return None
    p = np.asarray(prediction, np.float64)
    labels = _labels(target, p)
    if labels is not None:
        return _classes(output, labels, p.reshape(-1, p.shape[-1]), loss)
    y = np.asarray(target, np.float64)
    if y.size != p.size:
        return None
    y, p = y.reshape(-1), p.reshape(-1)
    if bool(np.isin(y, (0.0, 1.0)).all()) and len(np.unique(y)) == 2:
        return _binary(output, y, p, loss)
    spread = float(p.std() / y.std()) if y.std() > 0 else 1.0
    return Answers(output, "quantities", 0, False, 0.0, 0.0, 1.0, 0.0, 0.0, float(p.max()), np.nan, np.nan, loss, spread, len(y))


def _labels(target: np.ndarray, p: np.ndarray) -> np.ndarray | None:
    """The numbers of the classes, where the targets are class numbers or one-hot."""
    if p.ndim < 2 or p.shape[-1] < 2:
        return None
    if target.shape == p.shape:
        one_hot = bool(np.isin(target, (0, 1)).all() and (target.sum(axis=-1) == 1).all())
        return target.argmax(axis=-1).reshape(-1) if one_hot else None
    if target.size != p[..., 0].size or not bool((target == np.floor(target)).all()):
        return None
    labels = target.reshape(-1).astype(np.int64)
    return labels if labels.min(initial=0) >= 0 and labels.max(initial=0) < p.shape[-1] else None


def _classes(output: str, labels: np.ndarray, p: np.ndarray, loss: float) -> Answers:
    classes, count = p.shape[-1], len(labels)
    is_probability = bool(p.min() >= 0 and np.abs(p.sum(axis=-1) - 1).max() < _TOLERANCE)
    chosen = p.argmax(axis=-1)
    of_correct = p[np.arange(count), labels]
    top = p.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(p - top).sum(axis=-1)) + top[:, 0]
    return Answers(
        output,
        "classes",
        classes,
        is_probability,
        float(np.bincount(chosen, minlength=classes).max() / count),
        float(np.bincount(labels, minlength=classes).max() / count),
        _recall(labels, chosen),
        float((chosen == labels).mean()),
        float((of_correct <= CLIPPED).mean()),
        float(p.max()),
        float(-np.log(np.clip(of_correct, 1e-7, 1.0)).mean()),
        float((log_sum - of_correct).mean()),
        loss,
        1.0,
        count,
    )


def _binary(output: str, y: np.ndarray, p: np.ndarray, loss: float) -> Answers:
    is_probability = bool(p.min() >= 0 and p.max() <= 1)
    chosen = p > 0.5 if is_probability else p > 0
    of_correct = np.where(y == 1, p, 1 - p)
    ones, yes = float(y.mean()), float(chosen.mean())
    return Answers(
        output,
        "binary",
        2,
        is_probability,
        max(yes, 1 - yes),
        max(ones, 1 - ones),
        _recall(y, chosen),
        float((chosen == (y == 1)).mean()),
        float((of_correct <= CLIPPED).mean()),
        float(p.max()),
        float(-np.log(np.clip(of_correct, 1e-7, 1.0)).mean()),
        float(np.logaddexp(0, np.where(y == 1, -p, p)).mean()),
        loss,
        1.0,
        len(y),
    )


def _recall(labels: np.ndarray, chosen: np.ndarray) -> float:
    shares = [float((chosen[labels == label] == label).mean()) for label in np.unique(labels) if (labels == label).sum() >= FEWEST]
    return min(shares, default=1.0)
