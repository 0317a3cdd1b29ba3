"""Checks for targets and outputs that would silently train on nonsense, on plain NumPy arrays, once before training.

The texts follow what people ask about most: class numbers with a one-hot loss, labels that start at one,
probabilities called logits.
"""

from __future__ import annotations

import numpy as np

from glassworks.checks import Finding
from glassworks.errors import DataError, ShapeError, go_on
from glassworks.losses.base import LOSSES, Loss
from glassworks.names import is_of_the_library

_SPARSE = "sparse_categorical_crossentropy"
_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge")
_BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
_TAKES_LOGITS = (_SPARSE, *_ONE_HOT[:2], *_BINARY)
# The activations that give probabilities, single ones or rows.
_SIGMOIDS, _SOFTMAXES = ("sigmoid", "hard_sigmoid", "sparse_sigmoid"), ("softmax", "sparsemax")
ROW_TOLERANCE = 1e-3


def kind(loss: Loss) -> str:
    """The name of the function behind a loss: `"sparse_categorical_crossentropy"`.

    A function or subclass of the user never has the name of a loss of the library, since it may use targets in any way.
    """
    function, call = getattr(loss, "fn", None), type(loss).call
    is_own_call = not is_of_the_library(call)
    name = type(loss).__name__ if is_own_call else getattr(function, "__name__", type(loss).__name__)
    is_own = is_own_call or (function is not None and not is_of_the_library(function))
    return f"{name} of your own" if is_own and name in LOSSES.names() else name


def check_targets(loss: Loss, y_true: np.ndarray, output_shape: tuple, name: str = "output") -> None:
    """Raise a `DataError` if the targets do not fit this loss and output.

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
    if function in (_SPARSE, *_ONE_HOT) and units == 1 and len(output_shape) > 1:
        _refuse_one_unit(loss, y_true, where)
    if function == _SPARSE:
        _check_class_numbers(loss, y_true, output_shape, where)
    elif function in _ONE_HOT and units > 1:
        _check_one_hot(function, y_true, units, where)
    elif function in _BINARY:
        _check_binary(function, y_true, units if len(output_shape) > 1 else 1, where)


def _refuse_one_unit(loss: Loss, y: np.ndarray, where: str) -> None:
    """Raise an error for a loss for several classes with a single output."""
    function = kind(loss)
    classes = y.shape[-1] if y.ndim > 1 and y.shape[-1] > 1 and function != _SPARSE else 0
    high = float(y.max())
    if classes:
        fix = f"give the last layer {classes} units, one per class: Dense({classes}, activation='softmax')"
    elif high > 1 and np.all(y == np.floor(y)):
        fix = f"give the last layer one unit per class: Dense({int(high) + 1}, activation='softmax') with loss='{_SPARSE}' for labels 0 to {int(high)}"
    elif function == "categorical_hinge":
        fix = "for two classes and one output use loss='hinge'"
    elif getattr(loss, "options", {}).get("from_logits"):
        fix = (
            "for two classes and one output use loss=keras.losses.BinaryCrossentropy(from_logits=True), and a last layer without activation"
        )
    else:
        fix = "for two classes and one output use loss='binary_crossentropy', and Dense(1, activation='sigmoid') as the last layer"
    raise DataError(f"1 output with {function}, a loss for one class out of several", "an output per class", fix, where=where)


def _check_class_numbers(loss: Loss, y: np.ndarray, output_shape: tuple, where: str) -> None:
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
    found = f"{_span('labels', low, high)} with {_SPARSE}, and {units} outputs"
    raise DataError(found, f"labels 0 to {units - 1}", _fix_for_numbers(counted, units), where=where)


def _fix_for_numbers(y: np.ndarray, units: int) -> str:
    """The fix for class numbers outside 0 to units - 1."""
    numbers = np.unique(y).astype(int)
    low, high = numbers[0], numbers[-1]
    if low == 1 and high == units:
        return "your classes start at 1: train on y - 1"
    if low == -1 and high < units:
        return "a negative label is not a class: use ignore_class=-1 for unlabelled samples, or number the classes from 0 (y + 1)"
    if high == 255 and len(numbers) > 2 and low >= 0 and numbers[-2] < units:
        return "if 255 marks what has no label, use loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255)"
    if len(numbers) <= units:
        return "number the classes from 0: classes, y = np.unique(y, return_inverse=True)"
    if low < 0:
        return "a negative label is not a class: number the classes from 0 with classes, y = np.unique(y, return_inverse=True)"
    if len(numbers) < (high + 1) // 2:
        return f"number the {len(numbers)} classes from 0: classes, y = np.unique(y, return_inverse=True), and give the last layer {len(numbers)} units"
    return f"give the last layer {high + 1} units, or check the labels"


def _span(what: str, low: float, high: float) -> str:
    return f"{what} that are all {low:g}" if low == high else f"{what} from {low:g} to {high:g}"


def _check_one_hot(function: str, y: np.ndarray, units: int, where: str) -> None:
    if y.shape[-1] == units and y.ndim > 1:
        return
    numbers = y.dtype.kind in "iub" or bool(np.all(y == np.floor(y)))
    if (y.ndim == 1 or y.shape[-1] == 1) and numbers:
        low, high = int(y.min()), int(y.max())
        start = "" if low >= 0 and high < units else f", once the numbers run from 0 to {units - 1} (here {low} to {high})"
        raise DataError(
            f"class numbers of shape {y.shape} with {function}",
            f"one-hot labels of shape ({len(y)}, {units})",
            f"use loss='{_SPARSE}', or keras.utils.to_categorical(y, {units}){start}",
            where=where,
        )


def _check_binary(function: str, y: np.ndarray, units: int, where: str) -> None:
    low, high = float(y.min()), float(y.max())
    if low < 0 or high > 1:
        columns = [i for i in range(units) if y[:, i].min() < 0 or y[:, i].max() > 1] if y.ndim == 2 and y.shape[1] == units else []
        # One column may have labels of another kind than the others.
        name, wrong = (f"y[:, {columns[0]}]", y[:, columns[0]]) if 0 < len(columns) < units else ("y", y)
        values = np.unique(wrong).astype(float)
        found = f"{_span(name, values[0], values[-1])} with {function}, a loss for binary targets"
        error = DataError(found, "targets from 0 to 1", _fix_for_binary(values, name), where=where)
        if not _almost_binary(values):
            raise error
        go_on(error)
    if units == 1 and y.ndim > 1 and y.shape[-1] > 1 and _looks_one_hot(y):
        classes = y.shape[-1]
        fix = f"Dense({classes}, activation='softmax') with loss='categorical_crossentropy'"
        raise ShapeError(
            f"one-hot labels of shape {y.shape} for 1 output with {function}",
            f"shape ({len(y)}, 1), 0 or 1 for each sample",
            f"train on y[:, 1]; or use {fix}" if classes == 2 else f"use {fix}",
            where=where,
        )
    if units > 1 and y.ndim == 1:
        raise ShapeError(
            f"y of shape {y.shape} for {units} outputs with {function}",
            f"shape ({len(y)}, {units})",
            f"use one output for yes or no, or loss='{_SPARSE}' for {units} classes",
            where=where,
        )


def _almost_binary(values: np.ndarray) -> bool:
    """Whether a model still learns from the distinct values of targets outside 0 to 1: -1 for "no", or 0 and 1 with some noise."""
    return values.tolist() == [-1, 1] or bool(values[0] >= -0.5 and values[-1] <= 1.5 and len(values) > 2)


def _fix_for_binary(values: np.ndarray, name: str) -> str:
    """The fix for targets outside 0 to 1, given their distinct values and code for the targets: "y" or "y[:, 1]"."""
    low, high = values[0], values[-1]
    if len(values) == 1:
        return f"every target is {high:g}: look at how {name} was made; a model needs both classes to learn from"
    if len(values) == 2 and low == -1 and high == 1:
        return f"labels are -1 and 1 here: train on ({name} + 1) / 2, or use loss='hinge'"
    if len(values) == 2 and high == low + 1:
        return (
            f"labels are {low:g} and {high:g} here: train on {name} - {low:g}"
            if low > 0
            else f"labels are {low:g} and {high:g} here: train on {name} + {-low:g}"
        )
    if len(values) == 2:
        return (
            f"labels are 0 and {high:g} here: train on {name} / {high:g}"
            if low == 0
            else f"labels are {low:g} and {high:g} here: train on ({name} == {high:g}).astype('float32')"
        )
    if not np.all(values == np.floor(values)):
        if low >= 0 and 1 < high <= 100 and high > 50:
            return f"percentages: train on {name} / 100; for targets that are quantities use loss='mse' and a last layer without activation"
        return "for targets that are quantities use loss='mse' and a last layer without activation"
    if low >= 0 and 127 < high <= 255:
        return f"grey levels: train on {name} / 255"
    if low == -1 and high == 1:
        return f"if -1 marks samples without a label, leave them out: x, y = x[{name} != -1], y[{name} != -1]"
    classes = int(high - low) + 1
    start = "" if low == 0 else f", on {name} - {low:g}" if low > 0 else f", on {name} + {-low:g}"
    return f"for more than two classes use a softmax layer with loss='{_SPARSE}': Dense({classes}, activation='softmax'){start}"


def _looks_one_hot(y: np.ndarray) -> bool:
    return bool(np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=-1) == 1))


def check_outputs(loss: Loss, y_pred: np.ndarray, activation: str = "") -> Finding | None:
    """Check a model's outputs before training, and the activation that computes them.

    The last activation is better evidence than the numbers: outputs of a sigmoid may all be exactly 1, and those of a layer without
    activation may all lie between 0 and 1. The numbers decide only if the activation is not known.

    Args:
        loss: The compiled loss.
        y_pred: The outputs for some samples.
        activation: The op that computes the outputs, such as "softmax"; "linear" for a layer without activation; "" if it is not known.

    Raises:
        DataError: They are probabilities and the loss says `from_logits=True`, or a softmax has only one output.

    Returns:
        A finding if they cannot be probabilities and the loss expects them, else None.
    """
    function = kind(loss)
    if y_pred.ndim < 2 or not y_pred.size or not np.isfinite(y_pred).all():
        return None
    constant = y_pred.shape[-1] == 1 and bool(np.all(y_pred == 1))
    if constant and (activation == "softmax" or (activation in ("divide", "") and function in _TAKES_LOGITS)):
        raise DataError(
            "outputs that are all exactly 1: a softmax over 1 output",
            "a sigmoid for one output" if function in _TAKES_LOGITS else "outputs that can differ",
            "use Dense(1, activation='sigmoid')" if function in _TAKES_LOGITS else "leave activation='softmax' out of the last layer",
            where="fit, before the first step",
        )
    if function not in _TAKES_LOGITS:
        return None
    logits = bool(getattr(loss, "options", {}).get("from_logits"))
    inside = bool(y_pred.min() >= 0 and y_pred.max() <= 1)
    if function in _BINARY:
        return _warning_for_binary(function, y_pred, activation, logits, inside)
    return _warning_for_classes(loss, y_pred, activation, logits, inside)


def _warning_for_binary(function: str, y_pred: np.ndarray, activation: str, logits: bool, inside: bool) -> Finding | None:
    unknown = activation == ""
    if logits and (activation in (*_SIGMOIDS, *_SOFTMAXES) or (unknown and inside and y_pred.size > 8)):
        name = activation or "sigmoid"
        found = (
            "all outputs are between 0 and 1"
            if unknown
            else f"all outputs are between 0 and 1: the last layer's activation is {activation}"
        )
        return _warning(function, found, f"remove activation='{name}' from the last layer, or from_logits=True from the loss", logits)
    if not logits and activation == "linear":
        found = f"outputs of a layer without activation (here from {y_pred.min():.3g} to {y_pred.max():.3g}) are not probabilities"
        return _warning(function, found, "add activation='sigmoid' to the last layer, or from_logits=True to the loss")
    if not logits and not inside:
        found = f"outputs from {y_pred.min():.3g} to {y_pred.max():.3g} are not probabilities"
        if activation in ("tanh", "relu", "hard_tanh", "softsign"):
            return _warning(
                function,
                f"{found}: the last layer's activation is {activation}",
                f"use activation='sigmoid' there instead of '{activation}'",
            )
        return _warning(function, found, "add activation='sigmoid' to the last layer, or from_logits=True to the loss")
    return None


def _warning_for_classes(loss: Loss, y_pred: np.ndarray, activation: str, logits: bool, inside: bool) -> Finding | None:
    function, axis = kind(loss), getattr(loss, "options", {}).get("axis", -1)
    # In half precision the rows of a softmax sum to 1 less exactly.
    tolerance = 50 * ROW_TOLERANCE if activation in _SOFTMAXES else ROW_TOLERANCE
    sums = bool(np.all(np.abs(y_pred.astype(np.float32).sum(axis=axis) - 1) < tolerance))
    if logits and inside and sums and activation != "linear":
        found = "the outputs are probabilities already (every row adds up to 1), and from_logits=True applies softmax to them again"
        return _warning(function, found, "remove activation='softmax' from the last layer, or from_logits=True from the loss", logits)
    if logits and activation in _SIGMOIDS:
        found = f"the last layer's activation is {activation}, but the loss takes scores before softmax"
        return _warning(function, found, f"remove activation='{activation}' from the last layer", logits)
    if logits or (inside and sums and activation != "linear"):
        return None
    if activation in _SIGMOIDS:
        return _warning(
            function,
            f"the outputs of a {activation} are not probabilities of classes: rows do not add up to 1",
            "for one class per sample use activation='softmax' on the last layer; for several labels per sample keep it, with loss='binary_crossentropy'",
        )
    if activation in ("relu", "tanh"):
        found = f"the outputs of a {activation} are not probabilities: rows do not add up to 1"
        return _warning(function, found, f"use activation='softmax' on the last layer instead of '{activation}'")
    return _warning(
        function,
        "the outputs are not probabilities: rows do not add up to 1",
        "add activation='softmax' to the last layer, or from_logits=True to the loss",
    )


def _warning(function: str, found: str, fix: str, logits: bool = False) -> Finding:
    expected = "scores, of which the loss makes probabilities" if logits else "probabilities"
    return Finding("outputs_for_loss", "fit, before the first step", f"{found}, with loss {function}", expected, fix)
