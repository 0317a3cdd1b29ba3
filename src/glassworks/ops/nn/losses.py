"""Cross-entropies: the negative log likelihood of the targets under the predictions.

They are written as in Keras. Where the probabilities come directly from softmax or sigmoid, training rewrites
`log(clip(softmax(x)))` to `log_softmax(x)` (see `graph.passes.stable_cross_entropy`).
"""

from __future__ import annotations

from glassworks import settings
from glassworks.errors import ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.indices import class_numbers
from glassworks.ops.nn.activations import log_sigmoid, log_softmax
from glassworks.ops.nn.encoding import one_hot
from glassworks.ops.numpy.arithmetic import clip
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.mathematics import log
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import squeeze
from glassworks.typing import ArrayLike, Tensor

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def _shape(x: Tensor) -> tuple:
    return tuple(spec_of(x).shape)


def _check_same(target: Tensor, output: Tensor, fix: str) -> None:
    if len(_shape(target)) != len(_shape(output)):
        fix = "use one-hot targets, or sparse_categorical_crossentropy for class numbers"
    if _shape(target) != _shape(output):
        raise ShapeError(f"target {_shape(target)} and output {_shape(output)}", "equal shapes", fix)


def _log_probabilities(output: Tensor, from_logits: bool, axis: int) -> Tensor:
    if from_logits:
        return log_softmax(output, axis=axis)
    output = output / sum_over(output, axis=axis, keepdims=True)
    return log(clip(output, settings.epsilon(), 1 - settings.epsilon()))


@op
def categorical_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-sum(target * log(output)) along an axis.

    Args:
        target: Probabilities, often one-hot, in the output's shape.
        output: Probabilities, or scores before softmax with `from_logits`.
        from_logits: Whether the output is scores.
        axis: The axis of the classes.

    Returns:
        One number per sample: the output's shape without the axis.

    >>> from glassworks import ops
    >>> ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    Array([0.6931472], dtype=float32)
    """
    target, output = floating(target, output)
    if not _shape(output):
        raise ShapeError("an output without axes", "an axis of classes", "give the output at least one axis")
    _check_same(target, output, "give the last layer as many units as there are classes")
    return -sum_over(target * _log_probabilities(output, from_logits, axis), axis=axis)


@op
def sparse_categorical_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-log(output) at the index of the target: cross-entropy for class numbers.

    Args:
        target: Class numbers, in the output's shape without the class axis (or with size 1 there).
        output: Probabilities, or scores before softmax with `from_logits`.
        from_logits: Whether the output is scores.
        axis: The axis of the classes.

    Returns:
        One number per sample: the output's shape without the axis.

    Raises:
        DataError: A label is not one of the classes.

    >>> from glassworks import ops
    >>> ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    Array([0.6931472], dtype=float32)
    """
    (output,) = floating(output)
    target, shape = operand(target), _shape(output)
    if not shape:
        raise ShapeError("an output without axes", "an axis of classes", "give the output at least one axis")
    place = axes_of(axis, len(shape))[0]
    if len(_shape(target)) == len(shape) and _shape(target)[place] == 1:
        target = squeeze(target, place)
    wanted = tuple(size for i, size in enumerate(shape) if i != place)
    if _shape(target) != wanted:
        hint = "these look one-hot: use categorical_crossentropy" if _shape(target) == shape else "check the shape of the labels"
        if _shape(target) == wanted[:1] and place == len(wanted):
            hint = "one answer per sample needs Flatten() or a global pooling layer before the last layer"
        raise ShapeError(f"targets {_shape(target)} and outputs {shape}", f"targets {wanted}, one class number per sample", hint)
    is_right = one_hot(class_numbers(shape[place], target), shape[place], axis=axis, dtype="bool")
    return -sum_over(where(is_right, _log_probabilities(output, from_logits, axis), 0.0), axis=axis)


@op
def binary_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False) -> Tensor:
    """-target * log(output) - (1 - target) * log(1 - output), elementwise.

    Args:
        target: 0 or 1 (or between), in the output's shape.
        output: Probabilities, or scores before sigmoid with `from_logits`.
        from_logits: Whether the output is scores.

    >>> from glassworks import ops
    >>> ops.binary_crossentropy([0.0, 1.0], [0.5, 0.9])
    Array([0.6931472 , 0.10536055], dtype=float32)
    """
    target, output = floating(target, output)
    _check_same(target, output, "give the last layer one unit per target")
    if from_logits:
        return -(target * log_sigmoid(output) + (1.0 - target) * log_sigmoid(-output))
    output = clip(output, settings.epsilon(), 1 - settings.epsilon())
    return -(target * log(output) + (1.0 - target) * log(1.0 - output))
