"""Targets and outputs that would train, silently, on nonsense: looked at once, as plain NumPy arrays.

The texts follow what people ask about most: class numbers with a one-hot loss, labels that start at one,
probabilities called logits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.errors import DataError, ShapeError

_SPARSE = "sparse_categorical_crossentropy"
_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge")
_BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
_TAKES_LOGITS = (_SPARSE, *_ONE_HOT[:2], *_BINARY)
ROW_TOLERANCE = 1e-3


def kind(loss: Any) -> str:
    """The name of the function behind a loss: `"sparse_categorical_crossentropy"`."""
    return getattr(getattr(loss, "fn", None), "__name__", type(loss).__name__)


def check_targets(loss: Any, y_true: np.ndarray, output_shape: tuple, name: str = "output") -> None:
    """Raise a `DataError` if the targets cannot be meant for this loss and output.

    Args:
        loss: The compiled loss.
        y_true: All targets, or those of the first batch.
        output_shape: The model's output shape for a batch.
        name: The output's name, for the message.
    """
    where = f"fit, targets of '{name}'"
    if y_true.dtype.kind in "OUSmM":
        raise DataError(
            f"y holds {y_true.dtype}: {str(y_true.reshape(-1)[:3].tolist())[:60]}",
            "numbers, not text",
            "turn class names into numbers: classes, y = np.unique(y, return_inverse=True)",
            where=where,
        )
    if not y_true.size or len(output_shape) < 1:
        return
    function, units = kind(loss), output_shape[-1]
    if function == _SPARSE:
        _check_class_numbers(loss, y_true, output_shape, where)
    elif function in _ONE_HOT and units > 1:
        _check_one_hot(function, y_true, units, where)
    elif function in _BINARY:
        _check_binary(function, y_true, units, where)


def _check_class_numbers(loss: Any, y: np.ndarray, output_shape: tuple, where: str) -> None:
    units = output_shape[-1]
    if units > 1 and y.ndim == len(output_shape) and y.shape[-1] == units:
        hint = (
            "these are one-hot labels: use loss='categorical_crossentropy', or y.argmax(axis=-1)"
            if _looks_one_hot(y)
            else "give one class number per sample"
        )
        raise DataError(f"y of shape {y.shape} with {_SPARSE}", f"class numbers, shape {y.shape[:-1]}", hint, where=where)
    if y.dtype.kind == "f" and np.any(y != np.floor(y)):
        raise DataError(
            f"y with fractions such as {y[y != np.floor(y)].flat[0]:g} with {_SPARSE}",
            f"class numbers 0 to {units - 1}",
            "for targets that are quantities use loss='mse'",
            where=where,
        )
    ignored = getattr(loss, "options", {}).get("ignore_class")
    counted = y if ignored is None else y[y != ignored]
    if not counted.size:
        return
    low, high = int(counted.min()), int(counted.max())
    if low >= 0 and high < units:
        return
    found = f"labels from {low} to {high} with {_SPARSE}, and {units} outputs"
    if low == 1 and high == units:
        raise DataError(found, f"labels 0 to {units - 1}", "your classes start at 1: train on y - 1", where=where)
    if low < 0:
        raise DataError(
            found,
            f"labels 0 to {units - 1}",
            "a negative label is no class: use ignore_class=-1 for unlabelled samples, or number the classes from 0",
            where=where,
        )
    raise DataError(found, f"labels 0 to {units - 1}", f"give the last layer {high + 1} units, or check the labels", where=where)


def _check_one_hot(function: str, y: np.ndarray, units: int, where: str) -> None:
    if y.shape[-1] == units and y.ndim > 1:
        return
    numbers = y.dtype.kind in "iub" or bool(np.all(y == np.floor(y)))
    if (y.ndim == 1 or y.shape[-1] == 1) and numbers:
        raise DataError(
            f"class numbers of shape {y.shape} with {function}",
            f"one-hot labels of shape ({len(y)}, {units})",
            f"use loss='{_SPARSE}', or to_categorical(y, {units})",
            where=where,
        )


def _check_binary(function: str, y: np.ndarray, units: int, where: str) -> None:
    low, high = float(y.min()), float(y.max())
    if low < 0 or high > 1:
        fix = "for more than two classes use a softmax layer with loss='sparse_categorical_crossentropy'"
        if low == -1 and high == 1:
            fix = "labels are -1 and 1 here: train on (y + 1) / 2, or use loss='hinge'"
        raise DataError(f"y from {low:g} to {high:g} with {function}, a loss for binary targets", "targets from 0 to 1", fix, where=where)
    if units > 1 and y.ndim == 1:
        raise ShapeError(
            f"y of shape {y.shape} for {units} outputs with {function}",
            f"shape ({len(y)}, {units})",
            f"use one output for yes or no, or loss='{_SPARSE}' for {units} classes",
            where=where,
        )


def _looks_one_hot(y: np.ndarray) -> bool:
    return bool(np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=-1) == 1))


def check_outputs(loss: Any, y_pred: np.ndarray) -> str | None:
    """Look at a model's outputs before training.

    Raises:
        DataError: They are probabilities and the loss says `from_logits=True`, or a softmax has only one output.

    Returns:
        A warning if they cannot be probabilities and the loss expects them, else None.
    """
    function = kind(loss)
    if function not in _TAKES_LOGITS or y_pred.ndim < 2 or not y_pred.size or not np.isfinite(y_pred).all():
        return None
    logits = bool(getattr(loss, "options", {}).get("from_logits"))
    inside = bool(y_pred.min() >= 0 and y_pred.max() <= 1)
    if y_pred.shape[-1] == 1 and np.all(y_pred == 1):
        raise DataError(
            "outputs that are all exactly 1: a softmax over 1 output",
            "a sigmoid for one output",
            "use Dense(1, activation='sigmoid')",
            where="fit, before the first step",
        )
    if function in _BINARY:
        if logits and inside and y_pred.size > 8:
            return _warning(
                function,
                "all outputs are between 0 and 1",
                "remove activation='sigmoid' from the last layer, or from_logits=True from the loss",
            )
        if not logits and not inside:
            return _warning(
                function,
                f"outputs from {y_pred.min():.3g} to {y_pred.max():.3g} are no probabilities",
                "add activation='sigmoid' to the last layer, or from_logits=True to the loss",
            )
        return None
    sums = bool(np.all(np.abs(y_pred.sum(axis=-1) - 1) < ROW_TOLERANCE))
    if logits and inside and sums:
        raise DataError(
            f"outputs that are probabilities already (every row adds up to 1) with {function}(from_logits=True): softmax would be applied twice",
            "scores before softmax",
            "remove activation='softmax' from the last layer, or from_logits=True from the loss",
            where="fit, before the first step",
        )
    if not logits and not (inside and sums):
        return _warning(
            function,
            "the outputs are no probabilities: rows do not add up to 1",
            "add activation='softmax' to the last layer, or from_logits=True to the loss",
        )
    return None


def _warning(function: str, found: str, fix: str) -> str:
    return f"[fit, before the first step]\n  found:    {found}, with loss {function}\n  fix:      {fix}"
