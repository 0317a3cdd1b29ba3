"""Class weights: how much each class counts, as a weight per sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassworks import dtypes, settings
from glassworks.arguments import Number
from glassworks.errors import DataError, go_on, warn
from glassworks.training.data.base import ClassWeight
from glassworks.training.data.convert import to_array


def class_weights(class_weight: ClassWeight, y: object, sample_weight: Any = None, is_batch: bool = False) -> np.ndarray | None:
    """The weight of each sample by its class, times its own weight if it has one.

    Args:
        class_weight: class -> weight (a class that is not named weighs 1, with a warning), or "balanced": samples / (classes * samples of the class),
            as in scikit-learn, so that every class counts the same in all.
        y: Labels: integers of shape (n,) or (n, 1), or one-hot rows.
        sample_weight: Weights of shape (n,) or (n, 1).
        is_batch: Whether y is only a part of the labels, so that a class may be missing in it.

    Returns:
        Weights of shape (n,) and dtype `floatx()`.

    Raises:
        DataError: A weight that is not a number >= 0, labels that are not classes, several outputs.

    >>> class_weights({0: 1.0, 1: 3.0}, np.array([0, 1, 1]))
    array([1., 3., 3.], dtype=float32)
    >>> class_weights("balanced", np.array([0, 1, 1, 1]))
    array([2.       , 0.6666667, 0.6666667, 0.6666667], dtype=float32)
    """
    if class_weight is None:
        return sample_weight
    labels, classes = _labels(y)
    if isinstance(class_weight, str) and class_weight == "balanced":
        found, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
        weights = (len(labels) / (len(found) * counts))[inverse]
    else:
        table = _checked(class_weight)
        weights = _by_table(table, labels, classes, is_batch)
    weights = weights.astype(dtypes.numpy_dtype(settings.floatx()))
    if sample_weight is None:
        return weights
    own = to_array(sample_weight, "sample_weight")
    if own.shape not in ((len(labels),), (len(labels), 1)):
        raise DataError(
            f"sample_weight of shape {own.shape} with class_weight",
            f"one weight per sample, shape ({len(labels)},)",
            "pass one of the two, or a weight per sample",
        )
    return weights * own.reshape(-1)


def _by_table(table: dict[int, float], labels: np.ndarray, classes: int, is_batch: bool) -> np.ndarray:
    lowest = int(labels.min(initial=0))
    if is_batch:
        lowest, classes = min([lowest, *table]), max([classes, *(label + 1 for label in table)])
    unknown = sorted(label for label in table if not lowest <= label < classes)
    if unknown:
        there = sorted(set(labels[:100_000].tolist()))
        error = DataError(
            f"class_weight for class {', '.join(map(str, unknown))}; the labels are {', '.join(map(str, there[:20]))}{', ...' if len(there) > 20 else ''}",
            f"classes from 0 to {classes - 1}",
            "classes are counted from 0; compare with np.unique(y)",
        )
        go_on(error)
        table = {label: weight for label, weight in table.items() if label not in unknown}
    by_class = np.full(classes - lowest, np.nan)
    for label, weight in table.items():
        by_class[label - lowest] = weight
    weights = by_class[labels - lowest]
    without = np.isnan(weights)
    # A negative label marks a sample without a class, unless it has a weight.
    unnamed = labels[without & (labels >= 0)]
    if len(unnamed):
        listed = ", ".join(map(str, np.unique(unnamed)[:10]))
        warn(f"class_weight has no weight for class {listed}, which gets 1.0. Name every class, or use 'balanced'")
    return np.where(without, 1.0, weights)


def _checked(class_weight: ClassWeight) -> dict[int, float]:
    fix = "class_weight={0: 1.0, 1: 5.0}, or class_weight='balanced'"
    if not isinstance(class_weight, Mapping):
        raise DataError(f"class_weight={class_weight!r}", "a dict of class -> weight, or 'balanced'", fix)
    table = {}
    for label, weight in class_weight.items():
        if not Number(-(2**31), 2**31).allows(label) or label != int(label):
            go_on(DataError(f"class_weight for class {label!r}, which no label is", "class numbers", fix))
            continue
        if not Number(0, math.inf, closed="left").allows(weight):
            raise DataError(f"class_weight[{label!r}]={weight!r}", "a number >= 0", fix)
        table[int(label)] = float(weight)
    return table


def _labels(y: object) -> tuple[np.ndarray, int]:
    """Class numbers of shape (n,), and how many classes there are."""
    if isinstance(y, dict) or (isinstance(y, (list, tuple)) and y and hasattr(y[0], "shape")):
        raise DataError(
            f"class_weight with {len(y)} outputs",
            "a model with one output",
            "pass sample_weight as a list or dict with an array per output instead",
        )
    if y is None:
        raise DataError("class_weight without y", "labels to weigh", "pass y, or sample_weight from your own source")
    y = to_array(y, "y")
    if y.ndim == 2 and y.shape[1] > 1:
        if not np.allclose(y.sum(axis=1), 1.0, atol=1e-3):
            error = DataError(
                f"class_weight with y of shape {y.shape} whose rows do not add up to 1: the class of the largest number counts",
                "one class per sample",
                "for several labels per sample pass sample_weight",
            )
            go_on(error)
        return y.argmax(axis=1), y.shape[1]
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
        raise DataError(
            f"class_weight with y of shape {y.shape}",
            "one class per sample: shape (n,), (n, 1) or one-hot (n, classes)",
            "pass sample_weight in the shape of y",
        )
    flat = y.reshape(-1)
    labels = np.round(flat).astype(np.int64)
    odd = np.flatnonzero(labels != flat)
    if len(odd):
        raise DataError(
            f"class_weight with the label {flat[odd[0]]} in row {odd[0]}",
            "class numbers",
            "class weights are for classification; use sample_weight",
        )
    return labels, int(labels.max(initial=0)) + 1
