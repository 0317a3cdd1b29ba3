"""Every class declares its arguments: all those of the constructor, and what each may be; the config follows from that."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from glassworks.arguments import FIXED
from glassworks.dtype_policy import DTypePolicy
from glassworks.errors import GlassworksError
from glassworks.layers import LAYERS, Layer
from glassworks.layers.arguments import Named
from glassworks.optimizers import Optimizer
from glassworks.training import callbacks
from tests.contracts.test_copies import ARGUMENTS as MINIMAL
from tests.contracts.test_copies import classes
from tests.contracts.test_layers import ELSEWHERE, registered

# A policy is made of its name alone.
OBJECTS = [case for case in classes() if not issubclass(case.values[0], DTypePolicy)]
# `LambdaCallback` is given methods, `CallbackList` other callbacks.
CALLBACKS = [
    pytest.param(cls, id=f"callbacks {name}")
    for name, cls in sorted(vars(callbacks).items())
    if isinstance(cls, type) and issubclass(cls, callbacks.Callback) and name not in ("LambdaCallback", "CallbackList")
]
ARGUMENTS = MINIMAL | {
    "CSVLogger": {"filename": "log.csv"},
    "ModelCheckpoint": {"filepath": "m.keras"},
    "LearningRateScheduler": {"schedule": round},
}
CLASSES = [
    *(pytest.param(LAYERS.objects[name], id=f"layers {name}") for name in sorted(registered() - ELSEWHERE)),
    *OBJECTS,
    *CALLBACKS,
]


def named_parameters(function: Any) -> set[str]:
    return {name for name, parameter in inspect.signature(function).parameters.items() if parameter.kind is not parameter.VAR_KEYWORD}


def accepted(cls: type) -> set[str]:
    """The parameters of the constructor, and those of the bases that it passes other keywords to."""
    found: set[str] = set()
    for base in cls.__mro__:
        if "__init__" in vars(base):
            found |= named_parameters(base.__init__)  # type: ignore[misc]
            if "kwargs" not in inspect.signature(base.__init__).parameters:  # type: ignore[misc]
                break
    return found


@pytest.mark.parametrize("cls", CLASSES)
def test_all_arguments_of_the_constructor_are_declared(cls: Any) -> None:
    base = next((base for base in (Layer, Optimizer) if issubclass(cls, base)), None)
    shared = set() if base is None else named_parameters(base.__init__)  # type: ignore[misc]
    declared = {name for name, argument in cls._declared_arguments.items() if argument is not FIXED}
    assert named_parameters(cls) - shared <= declared - shared <= accepted(cls)


@pytest.mark.parametrize("cls", OBJECTS)
def test_an_object_from_a_config_has_that_config(cls: Any) -> None:
    config = cls(**ARGUMENTS.get(cls.__name__, {})).get_config()
    assert cls.from_config(config).get_config() == config


@pytest.mark.parametrize("cls", [*OBJECTS, *CALLBACKS])
def test_values_that_are_not_allowed_are_refused(cls: Any) -> None:
    """For layers, `check_layer` does this."""
    for name, argument in cls._declared_arguments.items():
        for value in argument.invalid():
            # The error for an unknown `kernel_initializer` names an initializer.
            with pytest.raises(GlassworksError, match=name.rpartition("_")[2] if isinstance(argument, Named) else name):
                cls(**{**ARGUMENTS.get(cls.__name__, {}), name: value})
