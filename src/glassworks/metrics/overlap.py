"""Overlap of predicted and true regions: intersection over union, from a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import ops, settings
from glassworks.arguments import FIXED, FLAG, Instance, Integer, Number, Optional, check
from glassworks.dtypes import is_float
from glassworks.errors import ArgumentError, DataError, ShapeError, go_on, warn
from glassworks.graph import Variable, spec_of
from glassworks.metrics.base import Metric
from glassworks.ops.indices import class_numbers, without
from glassworks.typing import ArrayLike, DTypeLike, Tensor


class IoU(Metric):
    """The intersection over union of some classes, averaged: true positives / (true positives + false negatives + false positives).

    Classes that neither occur nor are predicted are left out of the mean.

    Args:
        num_classes: The number of classes.
        target_class_ids: The classes whose mean is the result.
        name: Its name.
        dtype: The dtype of the counts, int32 by default; a floating dtype is needed for sample weights that are not integers.
        ignore_class: Samples of this class are left out.
        sparse_y_true: Whether targets are class numbers; else scores per class.
        sparse_y_pred: Whether predictions are class numbers; else scores per class.
        axis: The axis of the scores.

    Raises:
        ArgumentError: A class of `target_class_ids` does not exist.
        DataError: A target is not one of the classes, or a prediction is too large or negative.

    >>> from glassworks import metrics
    >>> round(float(metrics.IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    num_classes = Integer(1)
    target_class_ids = Instance((list, tuple, range, np.ndarray), "a list of class numbers")
    ignore_class = Optional(Integer())
    sparse_y_true = sparse_y_pred = FLAG
    axis = Integer()

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype or "int32", name)
        self._keep_arguments(num_classes=num_classes, target_class_ids=target_class_ids, ignore_class=ignore_class)
        self._keep_arguments(sparse_y_true=sparse_y_true, sparse_y_pred=sparse_y_pred, axis=axis)
        for one in target_class_ids:
            if not Integer().allows(one) or not 0 <= one < num_classes:
                raise ArgumentError(f"class {one!r} in target_class_ids", f"classes from 0 to {num_classes - 1}", where=type(self).__name__)
        self.target_class_ids = [int(one) for one in target_class_ids]
        self.counts = self.add_variable((num_classes, num_classes), "zeros", name="total_confusion_matrix")

    @property
    def total_cm(self) -> Variable:
        """The confusion matrix: a row per true class, a column per predicted class."""
        return self.counts

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Add a batch of targets and predictions, with a weight per entry or per sample."""
        true, predicted = self._classes(y_true, self.sparse_y_true), self._classes(y_pred, self.sparse_y_pred)
        if spec_of(true).shape != spec_of(predicted).shape:
            fix = f"{type(self).__name__}(..., sparse_y_pred=False) for outputs with a score per class; sparse_y_true=False for one-hot labels"
            found = f"labels of shape {ops.shape(y_true)} and outputs of shape {ops.shape(y_pred)}"
            raise ShapeError(found, "a class number for each prediction", fix, where=f"metric '{self.name}'")
        predicted = self._without_fractions(predicted)
        weights = self._weights(sample_weight, spec_of(true).shape)
        if self.ignore_class is not None:
            true, counted = without(self.ignore_class, true)
            predicted = ops.where(counted, predicted, 0)
        with self._named():
            true, predicted = class_numbers(self.num_classes, true), class_numbers(self.num_classes, predicted)
        known = (true >= 0) & (predicted >= 0)
        if self.ignore_class is not None:
            known = known & counted
        places = ops.where(known, true * self.num_classes + predicted, -1)
        matrix = ops.segment_sum(weights, places, self.num_classes**2)
        self.counts.assign_add(ops.reshape(matrix, self.counts.shape))

    def _classes(self, y: ArrayLike, sparse: bool) -> Tensor:
        y = ops.convert_to_tensor(y) if sparse else ops.argmax(y, axis=self.axis)
        return ops.reshape(y, (-1,))

    def _without_fractions(self, predicted: Tensor) -> Tensor:
        """Predicted class numbers without fractions, which Keras drops as well: they are scores, in all likelihood."""
        if not is_float(spec_of(predicted).dtype):
            return predicted
        numbers = ops.trunc(predicted)
        if not isinstance(predicted, np.ndarray) or bool(ops.any(ops.absolute(predicted - numbers) > 0)):
            found, expected = "predictions that are floats, of which only the digits before the point count", "class numbers"
            fix = f"for a score per class pass sparse_y_pred=False to {type(self).__name__}; for one score use BinaryIoU(threshold=0.5)"
            go_on(DataError(found, expected, fix, where=f"metric '{self.name}'"))
        return numbers

    def _weights(self, sample_weight: ArrayLike | None, shape: tuple) -> Tensor:
        if sample_weight is None:
            return ops.ones(shape, self._sum_dtype)
        sample_weight = ops.convert_to_tensor(sample_weight)
        if "float" in spec_of(sample_weight).dtype and "int" in self.dtype:
            warn(f"{type(self).__name__} counts in {self.dtype}, so weights lose what is behind the point: pass dtype='float32'")
        sample_weight = ops.cast(sample_weight, self._sum_dtype)
        if len(spec_of(sample_weight).shape) > 1:
            sample_weight = ops.reshape(sample_weight, (-1,))
        return ops.broadcast_to(sample_weight, shape)

    def result(self) -> Tensor:
        """The mean over the chosen classes that occurred."""
        counts = ops.cast(self.counts.value, "float32")
        right = ops.diagonal(counts)
        union = ops.sum(counts, axis=0) + ops.sum(counts, axis=1) - right
        right, union = (ops.take(x, self.target_class_ids, axis=0) for x in (right, union))
        occurs = union > 1e-9
        shares = ops.where(occurs, right / (union + settings.epsilon()), 0.0)
        return ops.sum(shares) / (ops.sum(ops.cast(occurs, "float32")) + settings.epsilon())


class BinaryIoU(IoU):
    """The intersection over union of a mask: predictions from `threshold` on count as class 1.

    Args:
        target_class_ids: `[0]`, `[1]`, or both for their mean.
        threshold: The smallest prediction that counts as class 1.
        name: Its name.
        dtype: The dtype of the counts; see `IoU`.

    >>> from glassworks import metrics
    >>> round(float(metrics.BinaryIoU()([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.5833
    """

    num_classes = ignore_class = sparse_y_true = sparse_y_pred = axis = FIXED
    threshold = Number()

    def __init__(
        self, target_class_ids: Sequence[int] = (0, 1), threshold: float = 0.5, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self._keep_arguments(threshold=threshold)

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        super().update_state(y_true, ops.cast(y_pred, "float32") >= self.threshold, sample_weight)


class MeanIoU(IoU):
    """The mean intersection over union of all classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: See `IoU`.

    >>> from glassworks import metrics
    >>> round(float(metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    target_class_ids = FIXED

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        check(type(self).__name__, type(self)._declared_arguments, num_classes=num_classes)
        super().__init__(num_classes, list(range(num_classes)), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """The intersection over union of some classes, for one-hot targets.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: See `IoU`.

    >>> from glassworks import metrics
    >>> round(float(metrics.OneHotIoU(num_classes=2, target_class_ids=[1])([[0, 1], [1, 0]], [[0.2, 0.8], [0.1, 0.9]])), 4)
    0.5
    """

    sparse_y_true = FIXED

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of all classes, for one-hot targets.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: See `IoU`.

    >>> from glassworks import metrics
    >>> round(float(metrics.OneHotMeanIoU(num_classes=2)([[0, 1], [1, 0]], [[0.2, 0.8], [0.1, 0.9]])), 4)
    0.25
    """

    sparse_y_true = FIXED

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
