"""The arguments that recurrent cells share: how they are checked, kept as attributes and written into configs.

Cells have some twenty arguments each. They are kept under their own names, and what an argument is follows from its name:
`kernel_initializer` is an initializer, `bias_constraint` a constraint, `recurrent_activation` an activation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from glassworks import activations, constraints, initializers, regularizers
from glassworks.arguments import Argument, Instance, Integer, Number, OneOf, Optional, check

_KINDS: dict[str, Any] = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints, "activation": activations}
_FLAG = Instance(bool, "True or False")
CONSTRAINTS: dict[str, Argument] = {
    "units": Integer(minimum=1),
    "dropout": Number(0, 1),
    "recurrent_dropout": Number(0, 1),
    "seed": Optional(Integer(minimum=0)),
    "implementation": OneOf(0, 1, 2),
    "use_cudnn": OneOf("auto", True, False),
    **dict.fromkeys(
        (
            *("use_bias", "unit_forget_bias", "reset_after", "return_sequences", "return_state", "go_backwards", "stateful"),
            *("unroll", "zero_output_for_mask"),
        ),
        _FLAG,
    ),
}


def arguments_of(names: dict[str, Any], function: Callable | None = None) -> dict[str, Any]:
    """The arguments among the local names at the start of an `__init__`: all of them, or those that another function takes."""
    taken = None if function is None else set(inspect.signature(function).parameters)
    return {n: v for n, v in names.items() if n not in ("self", "kwargs", "__class__") and (taken is None or n in taken)}


def keep(layer: Any, settings: dict[str, Any], **constraints: Argument) -> None:
    """Check arguments and set them as attributes."""
    check(type(layer).__name__, CONSTRAINTS | constraints, **settings)
    for name, value in settings.items():
        kind = _KINDS.get(name.rsplit("_", 1)[-1])
        setattr(layer, name, value if kind is None else kind.get(value))


def config_of(layer: Any, names: Any) -> dict[str, Any]:
    """The entries of a config for attributes that `keep` has set."""
    entries = {}
    for name in names:
        kind = _KINDS.get(name.rsplit("_", 1)[-1])
        entries[name] = getattr(layer, name) if kind is None else kind.serialize(getattr(layer, name))
    return entries
