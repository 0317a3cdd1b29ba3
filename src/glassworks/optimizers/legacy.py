"""`optimizers.legacy`: the optimizers of Keras 2, which are those of Keras 3 with the arguments `lr` and `decay`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from glassworks.errors import warn
from glassworks.optimizers import adagrad, adam, adamax, ftrl, nadam, rmsprop, sgd
from glassworks.optimizers.base import Optimizer as Optimizer
from glassworks.optimizers.schedules import InverseTimeDecay


def _legacy(cls: type[Optimizer]) -> Callable[..., Optimizer]:
    name = cls.__name__

    def make(*args: Any, decay: float = 0.0, **kwargs: Any) -> Optimizer:
        new = f"optimizers.{name}(...)"
        if decay:
            # Keras 2 divided the rate by 1 + decay * iterations.
            names = ("learning_rate", "lr")
            given = [args[0]] if args else [kwargs.pop(key) for key in names if key in kwargs]
            rate = given[0] if given else inspect.signature(cls).parameters["learning_rate"].default
            args = (InverseTimeDecay(rate, 1, decay), *args[1:])
            new = f"optimizers.{name}(optimizers.schedules.InverseTimeDecay({rate}, 1, {decay}))"
        warn(f"optimizers.legacy.{name} is a name of Keras 2: write {new}")
        return cls(*args, **kwargs)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"`optimizers.{name}`, with `decay`: the rate is divided by 1 + decay * iterations."
    return make


SGD, Adam, RMSprop = _legacy(sgd.SGD), _legacy(adam.Adam), _legacy(rmsprop.RMSprop)
Adagrad, Adamax = _legacy(adagrad.Adagrad), _legacy(adamax.Adamax)
Ftrl, Nadam = _legacy(ftrl.Ftrl), _legacy(nadam.Nadam)
