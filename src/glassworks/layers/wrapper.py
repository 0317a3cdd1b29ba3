"""`Wrapper`: the base of layers around another layer."""

from __future__ import annotations

from typing import Any

from glassworks import registry
from glassworks.arguments import Instance, check
from glassworks.layers.base import Layer


class Wrapper(Layer):
    """The base of layers that hold another layer and change how it is called. Subclasses write `call`.

    Args:
        layer: The layer inside.
        kwargs: The arguments that all layers share; see `Layer`.

    Raises:
        ArgumentError: `layer` is no layer.

    >>> from glassworks import layers
    >>> class Twice(layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> float(Twice(layers.Rescaling(3.0))([1.0])[0])
    9.0
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        check(type(self).__name__, {"layer": Instance(Layer, "a layer")}, layer=layer)
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {**super().get_config(), "layer": registry.serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A layer from its config."""
        return cls(**{**config, "layer": registry.deserialize(config["layer"], custom_objects, kind="layers")})
