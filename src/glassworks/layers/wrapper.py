"""`Wrapper`: the base of layers around another layer."""

from __future__ import annotations

from typing import Any

from glassworks import registry
from glassworks.arguments import Instance, check
from glassworks.layers.base import Layer

LAYER = Instance(Layer, "a layer")


class Wrapper(Layer):
    """A layer around another one; subclasses say in `call` what they make of it. By itself it passes the inputs on to the layer.

    Args:
        layer: The layer inside.

    >>> from glassworks import layers
    >>> class Twice(layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> Twice(layers.Rescaling(3.0))([1.0]).numpy()
    array([9.], dtype=float32)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        check(type(self).__name__, {"layer": LAYER}, layer=layer)
        super().__init__(**kwargs)
        self.layer = layer
        self.supports_masking = layer.supports_masking

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    def call(self, inputs: Any) -> Any:
        """What the layer inside gives."""
        return self.layer(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {**super().get_config(), "layer": registry.serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A layer from its config."""
        return cls(**{**config, "layer": registry.deserialize(config["layer"], custom_objects, kind="layers")})
