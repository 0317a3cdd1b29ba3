"""Checks for classes: how often each occurs, and whether training and validation have the same ones."""

from __future__ import annotations

import numpy as np

from glassworks.checks import Finding
from glassworks.training.diagnosis.evidence import Evidence, Output, some_rows
from glassworks.training.diagnosis.registry import looks_for
from glassworks.training.diagnosis.targets import class_numbers, metric_name

IMBALANCE = 10.0
"""The largest class over the smallest one."""
FEWEST = 100
"""Fewer labels than this say nothing about how often each class occurs."""
_ROWS = 1 << 14
_SPLIT_AGAIN = (
    "shuffle before the split: x, y = np.concatenate([x, x_validation]), np.concatenate([y, y_validation]); "
    "order = np.random.permutation(len(x)); x, y = x[order], y[order]; model.fit(x, y, validation_split=0.2)"
)
# Losses and metrics by which an imbalance of classes was taken into account.
_FOR_IMBALANCE = (
    "focal",
    "auc",
    "precision",
    "recall",
    "f1",
    "f_beta",
    "fbeta",
    "iou",
    "specificity",
    "sensitivity",
    "false_",
    "true_",
    "tversky",
    "dice",
)


@looks_for("class_imbalance")
def class_imbalance(evidence: Evidence) -> Finding | None:
    """A finding if one class has at least ten times as many samples as another one, by weight."""
    for output in evidence.outputs:
        labels = class_numbers(output) if evidence.is_whole else None
        if labels is None or labels.ndim != 1 or len(labels) < FEWEST:
            continue
        classes, counts, weights = _counts(labels, output.weight)
        if len(classes) < 2 or not weights.min() > 0:
            continue
        large, small, ratio = int(weights.argmax()), int(weights.argmin()), float(weights.max() / weights.min())
        if ratio < IMBALANCE:
            continue
        share = float(counts.max() / counts.sum())
        names = [output.function, *map(metric_name, output.metrics)]
        is_known = any(part in name for name in names for part in _FOR_IMBALANCE)
        balanced = {int(c): _rounded(counts.sum() / (len(classes) * n)) for c, n in zip(classes, counts, strict=True)}
        fix = f"model.fit(..., class_weight={balanced})" if len(classes) <= 12 else "model.fit(..., class_weight='balanced')"
        if len(evidence.outputs) > 1:
            fix = f"give rare samples more weight: sample_weight={{'{output.name}': np.select(...)}} with {balanced}"
        return Finding(
            "class_imbalance",
            evidence.where,
            f"class {classes[small]:g} of '{output.name}' has {counts[small] / counts.sum():.2%} of the labels and class {classes[large]:g} has "
            f"{counts[large] / counts.sum():.2%}: {ratio:.0f} to 1 (threshold {IMBALANCE:.0f} to 1). Always answering {classes[counts.argmax()]:g} has an accuracy of {share:.4f}",
            "classes of similar weight in the loss, or metrics that look at each class",
            f"{fix}; and watch metrics=[keras.metrics.AUC()], or Precision and Recall",
            why="the loss hardly changes if the rare class is ignored, and accuracy looks high although the model tells nothing apart",
            severity="info" if is_known or share < 0.5 else "warning",
            value=ratio,
            threshold=IMBALANCE,
        )
    return None


def _counts(labels: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The classes of a sample of the labels, how many labels each has there, and their total weight."""
    chosen = some_rows(len(labels), _ROWS)
    few = labels[chosen]
    classes, counts = np.unique(few, return_counts=True)
    if weight is None or weight.shape not in ((len(labels),), (len(labels), 1)):
        return classes, counts, counts.astype(float)
    return classes, counts, np.bincount(np.searchsorted(classes, few), weight.reshape(-1)[chosen], len(classes))


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


@looks_for("unseen_labels")
def unseen_labels(evidence: Evidence) -> Finding | None:
    """A finding if validation data has classes that training never sees, or lacks classes that it should have."""
    if evidence.is_split or not evidence.is_whole:
        return None
    for output, held in zip(evidence.outputs, evidence.validation_y, strict=False):
        train, test = class_numbers(output), None if held is None else class_numbers(output, held)
        if train is None or test is None or train.ndim != 1 or test.ndim != 1 or min(len(train), len(test)) < 20:
            continue
        ours, theirs = (part[some_rows(len(part), _ROWS)] for part in (train, test))
        unseen = [c for c in np.setdiff1d(theirs, ours) if not (train == c).any()]
        share = float(np.isin(theirs, unseen).mean()) if unseen else 0.0
        if share >= 0.01:
            return Finding(
                "unseen_labels",
                evidence.where,
                f"{share:.1%} of the validation labels of '{output.name}' are of classes that the training data does not have: {_listed(unseen)} (threshold 1%)",
                "the same classes in both parts",
                _SPLIT_AGAIN,
                why="the model is never shown these classes, so that it answers all of their samples wrongly",
                severity="error" if share >= 0.05 else "warning",
                value=share,
                threshold=0.01,
            )
        if (missing := _missing(output, train, test)) is not None:
            return missing._replace(where=evidence.where, fix=_SPLIT_AGAIN)
    return None


def _missing(output: Output, train: np.ndarray, test: np.ndarray) -> Finding | None:
    """A finding if validation data lacks a class of which it should have many samples."""
    classes, counts = np.unique(train[some_rows(len(train), _ROWS)], return_counts=True)
    expected = counts / counts.sum() * len(test)
    missing = [i for i in np.flatnonzero(expected >= 20) if not (test == classes[i]).any()]
    if not missing:
        return None
    return Finding(
        "unseen_labels",
        "",
        f"the validation labels of '{output.name}' lack {_listed(classes[missing])}; as often as in the training data, "
        f"class {classes[missing[0]]:g} would come {expected[missing[0]]:.0f} times (threshold 20)",
        "the same classes in both parts",
        "",
        why="the numbers on validation data say nothing about these classes",
        severity="warning",
        value=float(expected[missing[0]]),
        threshold=20.0,
    )


def _listed(classes: np.ndarray | list) -> str:
    word = "class" if len(classes) == 1 else "classes"
    return f"{word} {', '.join(f'{c:g}' for c in classes[:8])}{', ...' if len(classes) > 8 else ''}"
