"""Losses for probabilities: cross-entropies, their focal forms, Kullback-Leibler divergence."""

from __future__ import annotations

from glassworks import ops, settings
from glassworks.arguments import Anything
from glassworks.configured import defaults
from glassworks.errors import ArgumentTypeError
from glassworks.graph import spec_of
from glassworks.losses.base import LOSSES, FunctionLoss, LossFunctionWrapper
from glassworks.losses.functions import pair, smoothed, takes_labels
from glassworks.ops.convert import axes_of
from glassworks.ops.indices import class_numbers, without
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def binary_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred), its mean over an axis.

    >>> from glassworks import losses
    >>> losses.binary_crossentropy([[1.0]], [[0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "binary_crossentropy")
    y_true = smoothed(y_true, label_smoothing, 2)
    return ops.mean(ops.binary_crossentropy(_like(y_true, y_pred), y_pred, from_logits=from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Binary cross-entropy with smaller weights for confident correct predictions (Lin et al., 2017).

    >>> from glassworks import losses
    >>> losses.binary_focal_crossentropy([[1.0]], [[0.5]]).numpy().round(4)
    array([0.1733], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "binary_focal_crossentropy")
    y_true = _like(smoothed(y_true, label_smoothing, 2), y_pred)
    probability = ops.sigmoid(y_pred) if from_logits else y_pred
    loss = ops.binary_crossentropy(y_true, probability)
    right = y_true * probability + (1.0 - y_true) * (1.0 - probability)
    loss = ops.power(1.0 - right, gamma) * loss
    if apply_class_balancing:
        loss = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * loss
    return ops.mean(loss, axis=axis)


def categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-sum(y_true * log(y_pred)) over the classes, for one-hot or soft labels.

    >>> from glassworks import losses
    >>> losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_true, y_pred = _classes(y_true, y_pred, axis, "categorical_crossentropy")
    y_true = smoothed(y_true, label_smoothing, spec_of(y_true).shape[axis])
    return ops.categorical_crossentropy(_like(y_true, y_pred), y_pred, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Categorical cross-entropy with smaller weights for confident correct predictions (Lin et al., 2017).

    >>> from glassworks import losses
    >>> losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.0433], dtype=float32)
    """
    y_true, y_pred = _classes(y_true, y_pred, axis, "categorical_focal_crossentropy")
    y_true = smoothed(y_true, label_smoothing, spec_of(y_true).shape[axis])
    y_pred = ops.softmax(y_pred, axis=axis) if from_logits else y_pred
    output = ops.clip(y_pred / ops.sum(y_pred, axis=axis, keepdims=True), settings.epsilon(), 1 - settings.epsilon())
    return ops.sum(alpha * ops.power(1.0 - output, gamma) * (-y_true * ops.log(output)), axis=axis)


@takes_labels
def sparse_categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """-log(y_pred) of the right class, for class numbers; samples of `ignore_class` have loss 0.

    >>> from glassworks import losses
    >>> losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    axes_of(axis, len(spec_of(y_pred).shape))
    if len(spec_of(y_true).shape) == len(spec_of(y_pred).shape) and spec_of(y_true).shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    y_true, valid = without(ignore_class, y_true)
    y_pred = ops.where(ops.expand_dims(valid, axis), y_pred, 0.0)
    result = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    result = ops.where(valid, result, 0.0)
    result._keras_mask = valid
    return result


@takes_labels
def categorical_generalized_cross_entropy(y_true: ArrayLike, y_pred: ArrayLike, q: float) -> Tensor:
    """(1 - p ** q) / q for the probability p of the right class; robust to wrong labels (Zhang and Sabuncu, 2018).

    >>> from glassworks import losses
    >>> losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    axes_of(-1, len(spec_of(y_pred).shape))
    classes = spec_of(y_pred).shape[-1]
    chosen = ops.one_hot(class_numbers(classes, y_true), classes, dtype=spec_of(y_pred).dtype)
    return (1.0 - ops.power(ops.sum(y_pred * chosen, axis=-1), q)) / q


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """sum(y_true * log(y_true / y_pred)) over the last axis: the divergence of y_pred from y_true.

    >>> from glassworks import losses
    >>> losses.kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).numpy().round(4)
    array([0.1438], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "kl_divergence")
    y_true, y_pred = ops.clip(y_true, settings.epsilon(), 1), ops.clip(y_pred, settings.epsilon(), 1)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def _classes(y_true: ArrayLike, y_pred: ArrayLike, axis: int, name: str) -> tuple[Tensor, Tensor]:
    if isinstance(axis, bool):
        raise ArgumentTypeError(f"axis={axis}", "an integer", "from_logits is passed by name: from_logits=True", where=f"losses.{name}")
    y_true, y_pred = pair(y_true, y_pred, name)
    axes_of(axis, len(spec_of(y_pred).shape))
    # Labels without the axis of the classes are the same for all of them.
    return (_like(y_true, y_pred) if len(spec_of(y_true).shape) < len(spec_of(y_pred).shape) else y_true), y_pred


def _like(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Targets broadcast to the shape of the predictions."""
    shape = spec_of(y_pred).shape
    return y_true if spec_of(y_true).shape == shape else ops.broadcast_to(y_true, shape)


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy for two classes, or for independent labels.

    Args:
        from_logits: Whether predictions are scores before the sigmoid or softmax, not probabilities.
        label_smoothing: The fraction by which labels move towards a uniform distribution.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    from_logits = label_smoothing = axis = Anything()

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(binary_crossentropy, reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary cross-entropy with smaller weights for easy samples.

    Args:
        apply_class_balancing: Whether to weight positives by alpha and negatives by 1 - alpha.
        alpha: The weight of the classes.
        gamma: The exponent of `1 - p` in the weight of a sample with probability p.
        from_logits: Whether predictions are scores before the sigmoid or softmax, not probabilities.
        label_smoothing: The fraction by which labels move towards a uniform distribution.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
    0.1733
    """

    apply_class_balancing = alpha = gamma = from_logits = label_smoothing = axis = Anything()

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for one-hot labels.

    Args:
        from_logits: Whether predictions are scores before the sigmoid or softmax, not probabilities.
        label_smoothing: The fraction by which labels move towards a uniform distribution.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    from_logits = label_smoothing = axis = Anything()

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy, reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Categorical cross-entropy with smaller weights for easy samples.

    Args:
        alpha: The weight of the classes.
        gamma: The exponent of `1 - p` in the weight of a sample with probability p.
        from_logits: Whether predictions are scores before the sigmoid or softmax, not probabilities.
        label_smoothing: The fraction by which labels move towards a uniform distribution.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    alpha = gamma = from_logits = label_smoothing = axis = Anything()

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for class numbers.

    Args:
        from_logits: Whether predictions are scores before the sigmoid or softmax, not probabilities.
        ignore_class: A class number whose samples do not count.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    from_logits = ignore_class = axis = Anything()

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy, reduction, name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Cross-entropy that is robust to wrong labels.

    Args:
        q: The exponent: near 0 the loss is cross-entropy, at 1 the mean absolute error.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])), 4)
    1.0
    """

    q = Anything()

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


@defaults(name="kl_divergence")
class KLDivergence(FunctionLoss):
    """The Kullback-Leibler divergence.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    _function = staticmethod(kl_divergence)


LOSSES.add(binary_crossentropy, "bce", "BCE")
LOSSES.add(binary_focal_crossentropy, "bfce", "BFCE")
LOSSES.add(kl_divergence, "kld", "KLD")
for _function in (
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
    categorical_generalized_cross_entropy,
):
    LOSSES.add(_function)
