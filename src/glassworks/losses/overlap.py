"""Losses for overlaps and for embeddings: Dice, Tversky, Circle."""

from __future__ import annotations

from glassworks import ops, settings
from glassworks.arguments import Anything
from glassworks.graph import spec_of
from glassworks.losses.base import LOSSES, LossFunctionWrapper
from glassworks.losses.functions import pair
from glassworks.typing import ArrayLike, Axis, DTypeLike, Tensor


def dice(y_true: ArrayLike, y_pred: ArrayLike, axis: Axis = None) -> Tensor:
    """1 - 2 * overlap / (size of both), over axes (all of them if None).

    >>> from glassworks import losses
    >>> losses.dice([[1.0, 0.0]], [[1.0, 1.0]]).numpy().round(4)
    np.float32(0.3333)
    """
    y_true, y_pred = pair(y_true, y_pred, "dice")
    overlap = ops.sum(y_true * y_pred, axis=axis)
    return 1.0 - 2.0 * overlap / (ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis) + settings.epsilon())


def tversky(y_true: ArrayLike, y_pred: ArrayLike, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None) -> Tensor:
    """1 - overlap / (overlap + alpha * false negatives + beta * false positives), over axes (Salehi et al., 2017).

    >>> from glassworks import losses
    >>> losses.tversky([[1.0, 0.0]], [[1.0, 1.0]]).numpy().round(4)
    np.float32(0.3333)
    """
    y_true, y_pred = pair(y_true, y_pred, "tversky")
    overlap = ops.sum(y_true * y_pred, axis=axis)
    missed, invented = ops.sum(y_true * (1.0 - y_pred), axis=axis), ops.sum(y_pred * (1.0 - y_true), axis=axis)
    return 1.0 - overlap / (overlap + missed * alpha + invented * beta + settings.epsilon())


def circle(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    ref_labels: ArrayLike | None = None,
    ref_embeddings: ArrayLike | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """Pulls embeddings of one class together and pushes others apart, hard pairs most (Sun et al., 2020).

    >>> from glassworks import losses
    >>> losses.circle([0, 0], [[1.0, 0.0], [0.6, 0.8]]).numpy().round(4)
    array([0., 0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    others = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    other_labels = labels if ref_labels is None else ops.reshape(ops.cast(ref_labels, "int32"), (-1,))
    distance = ops.maximum(1.0 - ops.matmul(y_pred, ops.transpose(others)), 0.0)
    same = ops.equal(ops.expand_dims(labels, 1), ops.expand_dims(other_labels, 0))
    different = ops.logical_not(same)
    if remove_diagonal:
        same = ops.logical_and(same, ops.logical_not(ops.eye(spec_of(distance).shape[0], spec_of(distance).shape[1], dtype="bool")))
    pull = gamma * ops.maximum(margin + distance, 0.0) * (distance - margin)
    push = gamma * ops.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    pulled = ops.logsumexp(ops.where(same, pull, -float("inf")), axis=1)
    pushed = ops.logsumexp(ops.where(different, push, -float("inf")), axis=1)
    loss = ops.softplus(pulled + pushed)
    loss._keras_mask = loss > 0
    return loss


class Dice(LossFunctionWrapper):
    """One minus the Dice overlap of two masks.

    Args:
        axis: The axes of one mask; all by default.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.Dice()([[1.0, 0.0]], [[1.0, 1.0]])), 4)
    0.3333
    """

    axis = Anything()

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "dice", axis: Axis = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One minus the Tversky overlap of two masks.

    Args:
        alpha: The weight of false negatives.
        beta: The weight of false positives.
        axis: The axes of one mask; all by default.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.Tversky()([[1.0, 0.0]], [[1.0, 1.0]])), 4)
    0.3333
    """

    alpha = beta = axis = Anything()

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axis = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


class Circle(LossFunctionWrapper):
    """The Circle loss on embeddings of length 1, for class numbers.

    Args:
        gamma: The scale of the similarities.
        margin: The distance to keep.
        remove_diagonal: Whether to leave out comparisons of a sample with itself.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> bool(losses.Circle()([0, 0], [[1.0, 0.0], [1.0, 0.0]]) >= 0)
    True
    """

    gamma = margin = remove_diagonal = Anything()

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(circle, reduction, name, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)


for _function in (dice, tversky, circle):
    LOSSES.add(_function)
