"""Checks for swapped arguments of `compile` (an optimizer as the loss), and for objects that belong in none of them (a layer)."""

from __future__ import annotations

from typing import NoReturn

from glassworks import tree
from glassworks.activations import ACTIVATIONS
from glassworks.constraints import Constraint
from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.initializers import Initializer
from glassworks.layers.base import Layer
from glassworks.losses import LOSSES, Loss
from glassworks.metrics.base import METRICS, Metric
from glassworks.metrics.resolve import WORDS
from glassworks.optimizers import OPTIMIZERS, Optimizer
from glassworks.optimizers.schedules import LearningRateSchedule
from glassworks.registry import Registry, article
from glassworks.regularizers import Regularizer


def refuse_mixups(optimizer: object, loss: object, loss_weights: object, metrics: object, weighted_metrics: object) -> None:
    """Raise an error if an argument of `compile` is known to be something else."""
    if _is_loss(optimizer) or _is_optimizer(loss):
        # The value of the other argument can be used only if it is of the kind that belongs here.
        right_optimizer = loss if _is_optimizer(loss) else "adam"
        right_loss = optimizer if _is_loss(optimizer) else "mse"
        raise ArgumentError(
            f"optimizer={_code(optimizer)}, loss={_code(loss)}: "
            + (f"{_code(optimizer)} is a loss" if _is_loss(optimizer) else f"{_code(loss)} is an optimizer"),
            "the optimizer first, then the loss",
            f"model.compile(optimizer={_code(right_optimizer)}, loss={_code(right_loss)})",
            where="compile",
        )
    if not (optimizer is None or isinstance(optimizer, (str, dict)) or _is_optimizer(optimizer)) or _is_metric(optimizer):
        _refuse("optimizer", optimizer)
    for place, given in (("loss", loss), ("metrics", metrics), ("weighted_metrics", weighted_metrics)):
        for value in tree.flatten(given):
            if not _may_be_function(value) or (_is_metric(value) if place == "loss" else _is_name(OPTIMIZERS, value)):
                _refuse(place, value)
    for value in tree.flatten(loss_weights):
        if isinstance(value, (str, Metric)):
            raise ArgumentError(
                f"loss_weights={_code(loss_weights)}, the third argument",
                "a number for each output, or None",
                f"metrics=[{', '.join(map(_code, tree.flatten(loss_weights)))}], by name",
                where="compile",
            )


_KINDS: tuple[tuple[type, str], ...] = (
    (Layer, "layer"),
    (Optimizer, "optimizer"),
    (LearningRateSchedule, "learning rate schedule"),
    (Metric, "metric"),
    (Initializer, "initializer"),
    (Regularizer, "regularizer"),
    (Constraint, "constraint"),
)


def _kind(value: object) -> str | None:
    """The noun for the kind of an object or class of the library: "layer", "metric"; None for other objects."""
    if isinstance(value, str):
        names = {"metric": _is_metric, "optimizer": lambda text: _is_name(OPTIMIZERS, text), "activation": _is_activation}
        return next((noun for noun, belongs in names.items() if belongs(value)), None)
    if hasattr(value, "on_epoch_end"):
        return "callback"
    own = value if isinstance(value, type) else type(value)
    return next((noun for base, noun in _KINDS if issubclass(own, base)), None)


def _may_be_function(value: object) -> bool:
    """Whether a value may be a function of targets and outputs: a name, or a callable that takes both."""
    if value is None or isinstance(value, (str, dict)):
        return not _is_activation(value)
    kind = _kind(value)
    if kind == "layer":
        # A user's layer may take targets and outputs.
        return not (value if isinstance(value, type) else type(value)).__module__.startswith("glassworks.")
    return callable(value) and kind in (None, "metric")


def _refuse(place: str, value: object) -> NoReturn:
    kind = _kind(value)
    shown = "an array" if hasattr(value, "shape") and kind is None else _code(value)
    found = f"{place}={shown}, which is {_article(kind) if kind else f'of type {type(value).__name__}'}"
    expected = {"optimizer": "an optimizer", "loss": "a loss"}.get(place, "metrics")
    example = {"optimizer": "optimizer='adam'", "loss": "loss='mse', or loss='sparse_categorical_crossentropy'"}.get(
        place, f"{place}=['mae']"
    )
    fix = {
        "metric": f"metrics=[{shown}], and {example}",
        "callback": f"model.fit(..., callbacks=[{shown}]), and {example}",
        "optimizer": f"optimizer={shown}, and {example}",
        "learning rate schedule": f"optimizer=keras.optimizers.Adam(learning_rate={shown})",
        "regularizer": f"kernel_regularizer={shown} in a layer, and {example}",
        "constraint": f"kernel_constraint={shown} in a layer, and {example}",
        "activation": f"activation={shown} in the last layer, and {example}",
        "initializer": f"kernel_initializer={shown} in a layer, and {example}",
    }.get(kind or "", example)
    if place == "optimizer" and kind is None and isinstance(value, (int, float)):
        fix = f"optimizer=keras.optimizers.Adam(learning_rate={value})"
    error = ArgumentError if isinstance(value, str) else ArgumentTypeError
    raise error(found, f"{expected}: {_FORMS[place]}", fix, where="compile")


_FORMS = {
    "optimizer": "its name, or an object of a subclass of Optimizer",
    "loss": "its name, an object, or a function of y_true and y_pred; for several outputs a list or dict of them",
    "metrics": "a list of names, objects, or functions of y_true and y_pred",
    "weighted_metrics": "a list of names, objects, or functions of y_true and y_pred",
}


def _article(noun: str) -> str:
    return f"{article(noun)} {noun}"


def _is_optimizer(value: object) -> bool:
    return isinstance(value, Optimizer) or (isinstance(value, type) and issubclass(value, Optimizer)) or _is_name(OPTIMIZERS, value)


def _is_activation(value: object) -> bool:
    return _is_name(ACTIVATIONS, value) and not (_is_name(LOSSES, value) or _is_name(METRICS, value))


def _is_loss(value: object) -> bool:
    if _is_name(OPTIMIZERS, value):
        return False
    known = _is_name(LOSSES, value) or any(value is loss for loss in LOSSES.objects.values() if callable(value))
    return known or isinstance(value, Loss) or (isinstance(value, type) and issubclass(value, Loss))


def _is_metric(value: object) -> bool:
    if isinstance(value, Metric):
        return True
    return (_is_name(METRICS, value) or value.lower() in WORDS if isinstance(value, str) else False) and not _is_name(LOSSES, value)


def _is_name(registry: Registry, value: object) -> bool:
    return isinstance(value, str) and value in registry.names()


def _code(value: object) -> str:
    if isinstance(value, type):
        return value.__name__
    if not isinstance(value, str) and (isinstance(value, Loss) or _kind(value) is not None):
        return f"{type(value).__name__}(...)"
    return getattr(value, "__name__", None) or repr(value)
