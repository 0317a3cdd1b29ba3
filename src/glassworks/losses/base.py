"""`Loss`: a function of targets and predictions, weighted and reduced to one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from glassworks import dtype_policy, dtypes, ops, registry, tree
from glassworks.arguments import Anything, OneOf
from glassworks.configured import Configured, FunctionWrapper
from glassworks.errors import ShapeError, returned_none
from glassworks.graph import spec_of
from glassworks.guards import Observed
from glassworks.names import unique_name
from glassworks.ops.convert import is_number_list
from glassworks.registry import Registry, snake_case
from glassworks.scope import Frame, scope
from glassworks.typing import ArrayLike, DTypeLike, Structure, Tensor

LOSSES = Registry("losses", "loss", "mse")
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss(Configured, Observed):
    """The base of all losses. Subclasses write `call(y_true, y_pred)`, which gives one loss per sample.

    Args:
        name: Its name.
        reduction: `"sum_over_batch_size"` or `"mean"` (the mean of all losses), `"sum"`,
            `"mean_with_sample_weight"` (divided by the sum of the weights), or `"none"`.
        dtype: The dtype of the computation; `floatx()` by default.

    >>> from glassworks import losses, ops
    >>> class FourthPower(losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean((y_true - y_pred) ** 4, axis=-1)
    >>> float(FourthPower()([[1.0]], [[3.0]]))
    16.0
    """

    _keras_module = "keras"  # in configs

    name = Anything()
    reduction = OneOf(*REDUCTIONS)
    dtype = dtype_policy.ComputeDType().unsaved()

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: DTypeLike = None) -> None:
        self._keep_arguments(reduction=reduction, name=name or unique_name(snake_case(type(self).__name__)), dtype=dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of each sample, which each subclass defines."""
        raise NotImplementedError(f"loss {type(self).__name__} does not define call(self, y_true, y_pred)")

    def __call__(self, y_true: Structure, y_pred: Structure, sample_weight: ArrayLike | None = None) -> Tensor:
        """The weighted and reduced loss.

        Args:
            y_true: Targets.
            y_pred: Predictions.
            sample_weight: A factor per sample (or per entry of the unreduced loss).
        """
        with scope(Frame("loss", self.name)):
            return self._weighted_call(y_true, y_pred, sample_weight)

    def _weighted_call(self, y_true: Any, y_pred: Any, sample_weight: ArrayLike | None) -> Tensor:
        in_mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = self._targets(y_true), self._operands(y_pred)
        values = self.call(y_true, y_pred)
        if values is None:
            raise returned_none(f"{type(self).__name__}.call", "loss")
        masks = [mask for mask in (in_mask, getattr(values, "_keras_mask", None)) if mask is not None]
        mask = masks[0] if len(masks) == 1 else ops.logical_and(*masks) if masks else None
        return weighted(values, sample_weight, mask, self.reduction, self.dtype)

    def _targets(self, y: Any) -> Any:
        return self._operands(y)

    def _operands(self, y: Any) -> Any:
        if is_number_list(y):
            return ops.convert_to_tensor(y, self.dtype)
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, self.dtype), y)


class LossFunctionWrapper(FunctionWrapper, Loss):
    """A loss that wraps a function of (y_true, y_pred) and its options.

    Args:
        fn: The function, which returns one loss per sample.
        kwargs: Options passed on to it.

    >>> from glassworks import ops
    >>> loss = LossFunctionWrapper(lambda y, outputs, power: ops.mean(abs(y - outputs) ** power, axis=-1), power=3)
    >>> float(loss([[1.0]], [[3.0]]))
    8.0
    """

    def __init__(
        self, fn: Callable, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: DTypeLike = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._keep_function(fn, kwargs)

    def _targets(self, y: Any) -> Any:
        # A label is not a quantity: rounded to a floating dtype it could become another one.
        takes_labels = getattr(self.fn, "takes_labels", False) and (is_number_list(y) or not tree.is_nested(y))
        return ops.convert_to_tensor(y) if takes_labels else super()._targets(y)

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """The function's losses; a missing or extra last axis of size 1 is corrected first."""
        if not tree.is_nested(y_true) and not tree.is_nested(y_pred):
            y_true, y_pred = same_rank(y_true, y_pred)
        values = self.fn(y_true, y_pred, **self.options)
        if values is None:
            raise returned_none(getattr(self.fn, "__name__", repr(self.fn)), "loss")
        return ops.convert_to_tensor(values)


class FunctionLoss(LossFunctionWrapper):
    """The base of losses whose function has no options: their common constructor."""

    _function: ClassVar[staticmethod]

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: DTypeLike = None) -> None:
        super().__init__(self._function, reduction, name, dtype)


def same_rank(x: Tensor, y: Tensor, expand_rank_1: bool = True) -> tuple[Tensor, Tensor]:
    """Two arrays with equal numbers of axes: a last axis of size 1 that only one of them has is added or removed."""
    a, b = tuple(spec_of(x).shape), tuple(spec_of(y).shape)
    if len(a) == len(b) + 1 and a[-1] == 1:
        return (x, ops.expand_dims(y, -1)) if len(b) == 1 and expand_rank_1 else (ops.squeeze(x, -1), y)
    if len(b) == len(a) + 1 and b[-1] == 1:
        return (ops.expand_dims(x, -1), y) if len(a) == 1 and expand_rank_1 else (x, ops.squeeze(y, -1))
    return x, y


def require_fitting(y_true: Tensor, y_pred: Tensor, name: str) -> None:
    """Raise a `ShapeError` unless targets and predictions broadcast, and not a number per sample along the axis of the outputs."""
    a, b = tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape)
    few, many = sorted((a, b), key=len)
    per_sample = few and len(many) == len(few) + 1 and few == many[:-1]
    if not per_sample and all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False)):
        return
    if len(a) == len(b) - 1:
        fix = f"class numbers want loss='sparse_categorical_crossentropy'; for {name}, give each sample {b[-1]} targets"
    else:
        fix = f"give the last layer {a[-1]} units" if a and b and a[:-1] == b[:-1] else "give one target for each output"
    raise ShapeError(f"targets of shape {a} and predictions of shape {b} in {name}", "equal shapes", fix)


def weighted(values: ArrayLike, sample_weight: ArrayLike | None, mask: Tensor | None, reduction: str | None, dtype: DTypeLike) -> Tensor:
    """Losses times sample weights and mask, reduced. Sums of 16-bit floats are computed in float32."""
    values = ops.convert_to_tensor(values, dtype)
    own = spec_of(values).dtype
    dtype = dtypes.accumulator(own)
    return ops.cast(_reduced(ops.cast(values, dtype), sample_weight, mask, reduction, dtype), own)


def _reduced(values: Tensor, sample_weight: ArrayLike | None, mask: Tensor | None, reduction: str | None, dtype: str) -> Tensor:
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype)
    if mask is not None:
        sample_weight = masked(sample_weight, ops.cast(mask, dtype), reduction)
    if sample_weight is not None:
        values, sample_weight = same_rank(values, sample_weight)
        values = values * _broadcast_weights(sample_weight, values)
    if reduction in (None, "none") or spec_of(values).shape in ((), (0,)):
        return values
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.divide_no_nan(total, ops.sum(sample_weight))
    return total / max(math.prod(spec_of(values).shape), 1)


def masked(sample_weight: Tensor | None, mask: Tensor, reduction: str | None) -> Tensor:
    """Weights that are 0 where the mask is False, scaled so that a mean is the mean over the unmasked entries."""
    if reduction in ("mean", "sum_over_batch_size"):
        mask = mask * ops.divide_no_nan(float(math.prod(spec_of(mask).shape)), ops.sum(mask))
    if sample_weight is None:
        return mask
    mask, sample_weight = same_rank(mask, sample_weight)
    return _broadcast_weights(sample_weight, mask) * mask


def _broadcast_weights(sample_weight: Tensor, values: Tensor) -> Tensor:
    """Weights per sample, with axes of size 1 added where the losses have more."""
    a, b = tuple(spec_of(sample_weight).shape), tuple(spec_of(values).shape)
    if len(a) < len(b) and b[: len(a)] == a:
        return ops.reshape(sample_weight, (*a, *(1,) * (len(b) - len(a))))
    if a and len(a) <= len(b) and any(m not in (1, n) for m, n in zip(a[::-1], b[::-1], strict=False)):
        raise ShapeError(f"sample_weight of shape {a} for losses of shape {b}", "one weight per sample", "pass an array of length len(x)")
    return sample_weight


def get(identifier: object) -> Any:
    """The loss meant by a name, config, class, object or function; None stays None.

    As in Keras, a name in snake case is the function and a class name is an object of the class.

    >>> from glassworks import losses
    >>> losses.get("mse").__name__
    'mean_squared_error'
    """
    return LOSSES.get(identifier)


def deserialize(name: object, custom_objects: dict | None = None) -> Any:
    """A loss from its config or name.

    >>> from glassworks import losses
    >>> losses.deserialize(losses.serialize(losses.Huber(delta=2.0))).get_config()["delta"]
    2.0
    """
    return registry.deserialize(name, custom_objects, kind="losses")
