"""Common arguments of layers: activations, weights, the position of the channels."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from glassworks import activations, constraints, initializers, regularizers, settings
from glassworks.arguments import AnyCase, Anything, Argument, Integer, Optional
from glassworks.configured import Configured
from glassworks.graph import Variable
from glassworks.typing import Initializer


class Named(Anything):
    """An object that the `get` of a module accepts: by name, by config, or itself."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def convert(self, value: object) -> object:
        return self.module.get(value)

    def serialize(self, value: object) -> object:
        return self.module.serialize(value)

    def invalid(self) -> list[object]:
        return ["no such name", 0.5]


class DataFormat(AnyCase):
    """The position of the channels; None for `config.image_data_format()`."""

    def __init__(self) -> None:
        super().__init__("channels_last", "channels_first")

    def allows(self, value: object) -> bool:
        return value is None or super().allows(value)

    def convert(self, value: str | None) -> str:
        return settings.image_data_format() if value is None else super().convert(value)

    def __str__(self) -> str:
        return f"None or {super().__str__()}"


DATA_FORMAT = DataFormat()
SEED = Optional(Integer(minimum=0))
ACTIVATION: Argument[Callable[..., Any]] = Named(activations)
INITIALIZER = Named(initializers)
REGULARIZER = Named(regularizers)
# The arguments of a weight: kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
WEIGHT = (INITIALIZER, REGULARIZER, Named(constraints))


def keep_weight(layer: Configured, name: str, initializer: Initializer, regularizer: object, constraint: object) -> None:
    """Set the arguments of a weight as attributes: initializer, regularizer, constraint."""
    layer._keep_arguments(**{f"{name}_initializer": initializer, f"{name}_regularizer": regularizer, f"{name}_constraint": constraint})


def make_weight(layer: Any, name: str, shape: tuple[int, ...], arguments: str | None = None, **options: Any) -> Variable:
    """Create a weight from the layer's arguments for it, under its own name or another; options override them."""
    of = arguments or name
    given = {kind: getattr(layer, f"{of}_{kind}") for kind in ("initializer", "regularizer", "constraint")}
    return layer.add_weight(shape, name=name, **{**given, **options})
