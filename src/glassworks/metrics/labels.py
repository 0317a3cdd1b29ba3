"""Checks of labels: one per output, or class numbers. Labels of another form would broadcast, or be misinterpreted."""

from __future__ import annotations

from glassworks.errors import ShapeError, go_on
from glassworks.graph import spec_of
from glassworks.typing import Tensor


def check_one_per_output(y_true: Tensor, y_pred: Tensor, broadcasts: bool = True) -> None:
    """Raise a `ShapeError` if there is not one label for each output.

    Args:
        y_true, y_pred: The labels and the outputs.
        broadcasts: Whether labels that broadcast to the outputs are computed, with a warning. Counts of true and false positives refuse
            them, as in Keras.
    """
    labels, outputs = tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape)
    if labels == outputs or len(outputs) < 1:
        return
    fix = "give both the same shape"
    if len(outputs) > 1 and outputs[-1] > 1 and labels in (outputs[:-1], (*outputs[:-1], 1)):
        classes = outputs[-1]
        fix = (
            f"one-hot labels: y = keras.utils.to_categorical(y, {classes}), with loss='categorical_crossentropy'; "
            "for the share of right class numbers use metrics=['accuracy']"
        )
        if classes == 2:
            fix += "; or one output: Dense(1, activation='sigmoid'), with loss='binary_crossentropy'"
    _refuse_or_warn(labels, outputs, outputs if broadcasts else None, "a label of 0 or 1 for each output", fix)


def check_a_class_each(y_true: Tensor, y_pred: Tensor) -> None:
    """Warn unless the labels have a column for each class, and raise a `ShapeError` if not even their rows broadcast."""
    labels, outputs = tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape)
    if labels == outputs:
        return
    fix = f"one-hot labels: y = keras.utils.to_categorical(y, {outputs[-1]}); for class numbers use metrics=['accuracy']" if outputs else ""
    rows = outputs[:-1] if labels and outputs else None
    _refuse_or_warn(labels, outputs, rows, "a label of 0 or 1 for each class", fix, labels[:-1])


def check_class_numbers(y_true: Tensor, y_pred: Tensor) -> None:
    """Raise a `ShapeError` if there is not one class number for each row of outputs."""
    labels, outputs = tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape)
    if labels == outputs[:-1]:
        return
    fix = "give one class number for each row of outputs"
    if labels == outputs:
        fix = (
            "for one-hot labels use metrics=['accuracy'] or the metric without 'sparse' in its name; y.argmax(axis=-1) makes class numbers"
        )
    _refuse_or_warn(labels, outputs, outputs[:-1], f"class numbers of shape {outputs[:-1]}", fix)


def _refuse_or_warn(labels: tuple, outputs: tuple, compared: tuple | None, expected: str, fix: str, rows: tuple | None = None) -> None:
    """Warn about labels that broadcast to the shape that they are compared with, if it is given, as in Keras; else raise a `ShapeError`.

    Args:
        labels, outputs: The shapes, for the message.
        compared: The shape that the labels are compared with, or None to refuse them.
        expected, fix: Parts of the message.
        rows: The shape that is compared, if it is not that of the labels.
    """
    rows = labels if rows is None else rows
    error = ShapeError(f"labels of shape {labels} and outputs of shape {outputs}", expected, fix)
    if compared is None or any(m != n and 1 not in (m, n) for m, n in zip(rows[::-1], compared[::-1], strict=False)):
        raise error
    go_on(error)
