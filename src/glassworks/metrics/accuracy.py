"""Accuracies: fractions of correct predictions."""

from __future__ import annotations

from glassworks import ops
from glassworks.arguments import Anything, Integer, Number
from glassworks.configured import defaults
from glassworks.graph import spec_of
from glassworks.losses.base import same_rank
from glassworks.metrics.base import METRICS
from glassworks.metrics.labels import check_a_class_each, check_class_numbers, check_one_per_output
from glassworks.metrics.reduction import FunctionMetric, MeanMetricWrapper
from glassworks.ops.indices import class_numbers, signed
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def _as_float(condition: Tensor) -> Tensor:
    return ops.cast(condition, None)


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """Whether prediction and target are equal, elementwise."""
    y_true, y_pred = same_rank(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    return _as_float(ops.equal(y_true, y_pred))


def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5) -> Tensor:
    """Whether the prediction is on the target's side of the threshold.

    >>> from glassworks import metrics
    >>> metrics.binary_accuracy([1, 0], [0.9, 0.8]).numpy().round(4)
    array([1., 0.], dtype=float32)
    """
    y_true, y_pred = same_rank(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    check_one_per_output(y_true, y_pred)
    return _as_float(ops.equal(ops.cast(y_true, "float32"), ops.cast(ops.greater(y_pred, threshold), "float32")))


def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """Whether the largest prediction is at the largest target.

    >>> from glassworks import metrics
    >>> metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).numpy().round(4)
    array([1., 0.], dtype=float32)
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    check_a_class_each(y_true, y_pred)
    return _as_float(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1)))


def _labels(y_true: ArrayLike, y_pred: Tensor) -> Tensor:
    y_true = ops.convert_to_tensor(y_true)
    if len(spec_of(y_true).shape) == len(spec_of(y_pred).shape) and spec_of(y_true).shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    return y_true


def _class_numbers(y_true: ArrayLike, y_pred: Tensor) -> Tensor:
    """Class numbers, and -1 for labels below 0: samples without a class, which a user's loss may leave out."""
    labels = _labels(y_true, y_pred)
    check_class_numbers(labels, y_pred)
    without = ops.less(labels, 0)
    numbers = class_numbers(spec_of(y_pred).shape[-1], ops.where(without, ops.zeros_like(labels), labels))
    return ops.where(without, -1, numbers)


def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """Whether the largest prediction is at the target, a class number. No prediction is right for a negative number.

    >>> from glassworks import metrics
    >>> metrics.sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).numpy().round(4)
    array([1., 0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    numbers = _class_numbers(y_true, y_pred)
    return _as_float(ops.equal(numbers, ops.argmax(y_pred, axis=-1)))


def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> Tensor:
    """Whether the largest target is among the k largest predictions.

    >>> from glassworks import metrics
    >>> metrics.top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    check_one_per_output(y_true, y_pred)
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False) -> Tensor:
    """Whether the target, a class number, is among the k largest predictions (or the first k, if they are class numbers).

    No prediction is right for a negative number.

    >>> from glassworks import metrics
    >>> metrics.sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=1).numpy().round(4)
    array([0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    if from_sorted_ids:
        # The predictions are class numbers, best first; the number of classes is not known.
        best, numbers = signed(y_pred[..., :k]), signed(_labels(y_true, y_pred))
        return _as_float(ops.any(ops.equal(best, ops.expand_dims(numbers, -1)), axis=-1))
    numbers = _class_numbers(y_true, y_pred)
    return _as_float(ops.logical_and(ops.in_top_k(ops.maximum(numbers, 0), y_pred, k), numbers >= 0))


@defaults(name="accuracy")
class Accuracy(FunctionMetric):
    """The fraction of predictions that equal their target.

    >>> from glassworks import metrics
    >>> float(metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4]))
    0.75
    """

    _direction = "up"
    _function = staticmethod(accuracy)


class BinaryAccuracy(MeanMetricWrapper):
    """The fraction of predictions on the right side of the threshold.

    >>> from glassworks import metrics
    >>> float(metrics.BinaryAccuracy()([1, 1, 0, 0], [0.9, 0.2, 0.1, 0.4]))
    0.75
    """

    _direction = "up"
    threshold = Number(0, 1)

    def __init__(self, name: str | None = "binary_accuracy", dtype: DTypeLike = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


@defaults(name="categorical_accuracy")
class CategoricalAccuracy(FunctionMetric):
    """The fraction of samples whose largest prediction is at the class of a one-hot target.

    >>> from glassworks import metrics
    >>> float(metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    _direction = "up"
    _function = staticmethod(categorical_accuracy)


@defaults(name="sparse_categorical_accuracy")
class SparseCategoricalAccuracy(FunctionMetric):
    """The fraction of samples whose largest prediction is at the target, a class number.

    >>> from glassworks import metrics
    >>> float(metrics.SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    _direction = "up"
    _function = staticmethod(sparse_categorical_accuracy)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The fraction of samples whose target (one-hot) is among the k largest predictions.

    >>> from glassworks import metrics
    >>> float(metrics.TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.1, 0.6, 0.3]]))
    1.0
    """

    _direction = "up"
    k = Integer(1, floats=True)

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: DTypeLike = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The fraction of samples whose target (a class number) is among the k largest predictions.

    >>> from glassworks import metrics
    >>> float(metrics.SparseTopKCategoricalAccuracy(k=2)([2], [[0.1, 0.6, 0.3]]))
    1.0
    """

    _direction = "up"
    k = Integer(1, floats=True)
    from_sorted_ids = Anything()

    def __init__(
        self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy", dtype: DTypeLike = None, from_sorted_ids: bool = False
    ) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)


for _function in (
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
):
    METRICS.add(_function)
