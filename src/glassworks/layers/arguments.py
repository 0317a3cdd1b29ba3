"""Arguments that many layers have: activations, how weights are made, where the channels are."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from glassworks import activations, constraints, initializers, regularizers, settings
from glassworks.arguments import Anything, Argument, OneOf, Optional


class Named(Anything):
    """What the `get` of a module finds: an object of its kind, by name, config, or itself."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def convert(self, value: Any) -> Any:
        """The object."""
        return self.module.get(value)

    def serialize(self, value: Any) -> Any:
        """Its name or config."""
        return self.module.serialize(value)

    def invalid(self) -> list[Any]:
        """Values that `get` refuses."""
        return ["no such name", 0.5]


class DataFormat(Optional):
    """Where the channels are; None for `config.image_data_format()`."""

    def __init__(self) -> None:
        super().__init__(OneOf("channels_last", "channels_first"))

    def convert(self, value: str | None) -> str:
        """The format."""
        return value or settings.image_data_format()


DATA_FORMAT = DataFormat()
ACTIVATION = Named(activations)
REGULARIZER = Named(regularizers)
_OF_WEIGHTS: dict[str, Argument] = {
    "initializer": Named(initializers),
    "regularizer": REGULARIZER,
    "constraint": Named(constraints),
}


def weights(*names: str) -> dict[str, Argument]:
    """The arguments that say how weights are made: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint` for `"kernel"`.

    >>> list(weights("kernel"))
    ['kernel_initializer', 'kernel_regularizer', 'kernel_constraint']
    """
    return {f"{name}_{kind}": argument for name in names for kind, argument in _OF_WEIGHTS.items()}


def keep_weight(layer: Any, name: str, initializer: Any, regularizer: Any, constraint: Any) -> None:
    """Keep the arguments that say how a weight is made, as `kernel_initializer` and so on."""
    values = {"initializer": initializer, "regularizer": regularizer, "constraint": constraint}
    layer._keep(**{f"{name}_{kind}": value for kind, value in values.items()})


def make_weight(layer: Any, name: str, shape: tuple, arguments: str | None = None, **options: Any) -> Any:
    """A weight as the arguments of a layer say: those of its own name, or of another."""
    given = {kind: getattr(layer, f"{arguments or name}_{kind}") for kind in _OF_WEIGHTS}
    return layer.add_weight(shape, name=name, **given, **options)
