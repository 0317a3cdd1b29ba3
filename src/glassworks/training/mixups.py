"""Arguments of `compile` in one another's places: an optimizer as the loss, a loss as the optimizer, a metric as either."""

from __future__ import annotations

from typing import Any

from glassworks.errors import ArgumentError
from glassworks.losses import LOSSES, Loss
from glassworks.metrics.base import METRICS, Metric
from glassworks.metrics.resolve import WORDS
from glassworks.optimizers import OPTIMIZERS, Optimizer
from glassworks.registry import Registry


def refuse_mixups(optimizer: Any, loss: Any) -> None:
    """Raise an error if what is passed for the optimizer or the loss is known to be something else."""
    if _is_loss(optimizer) or _is_optimizer(loss):
        # Whatever stands in the other place is right there only if it belongs to the other kind.
        right_optimizer = loss if _is_optimizer(loss) else "adam"
        right_loss = optimizer if _is_loss(optimizer) else "mse"
        raise ArgumentError(
            f"optimizer={_shown(optimizer)}, loss={_shown(loss)}: "
            + (f"{_shown(optimizer)} is a loss" if _is_loss(optimizer) else f"{_shown(loss)} is an optimizer"),
            "the optimizer first, then the loss",
            f"model.compile(optimizer={_shown(right_optimizer)}, loss={_shown(right_loss)})",
            where="compile",
        )
    for name, value, example in (
        ("optimizer", optimizer, "optimizer='adam'"),
        ("loss", loss, "loss='mse', or loss='sparse_categorical_crossentropy'"),
    ):
        if _is_metric(value):
            raise ArgumentError(
                f"{name}={_shown(value)}, which is a metric",
                f"{'an' if name == 'optimizer' else 'a'} {name}",
                f"metrics=[{_shown(value)}], and {example}",
                where="compile",
            )


def _is_optimizer(value: Any) -> bool:
    return isinstance(value, Optimizer) or (isinstance(value, type) and issubclass(value, Optimizer)) or _is_name(OPTIMIZERS, value)


def _is_loss(value: Any) -> bool:
    if _is_name(OPTIMIZERS, value):
        return False
    known = _is_name(LOSSES, value) or any(value is one for one in LOSSES.objects.values() if callable(value))
    return known or isinstance(value, Loss) or (isinstance(value, type) and issubclass(value, Loss))


def _is_metric(value: Any) -> bool:
    if isinstance(value, Metric):
        return True
    return (_is_name(METRICS, value) or value in WORDS if isinstance(value, str) else False) and not _is_name(LOSSES, value)


def _is_name(registry: Registry, value: Any) -> bool:
    return isinstance(value, str) and value in registry.names()


def _shown(value: Any) -> str:
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (Optimizer, Loss, Metric)):
        return f"{type(value).__name__}(...)"
    return getattr(value, "__name__", None) or repr(value)
