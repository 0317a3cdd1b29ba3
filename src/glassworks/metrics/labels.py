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


def _refuse_or_warn(labels: tuple, outputs: tuple, compared: tuple | None, expected: str, fix: str) -> None:
    """Warn about labels that broadcast to the shape that they are compared with, if it is given, as in Keras; else raise a `ShapeError`."""
    error = ShapeError(f"labels of shape {labels} and outputs of shape {outputs}", expected, fix)
    if compared is None or any(m != n and 1 not in (m, n) for m, n in zip(labels[::-1], compared[::-1], strict=False)):
        raise error
    go_on(error)
