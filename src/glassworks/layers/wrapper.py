"""`Wrapper`: the base of layers around another layer."""

from __future__ import annotations

from typing import Any

from glassworks import registry
from glassworks.arguments import Instance
from glassworks.layers.base import Layer
from glassworks.typing import Shape, Tensor


class _Layer(Instance):
    """A layer."""

    def __init__(self) -> None:
        super().__init__(Layer, "a layer")

    def serialize(self, value: object) -> object:
        return registry.serialize(value)


LAYER = _Layer()


class Wrapper(Layer):
    """A layer around another one; subclasses define `call`. By default it passes the inputs on to the layer.

    Args:
        layer: The layer inside.

    >>> from glassworks import layers
    >>> class Twice(layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> Twice(layers.Rescaling(3.0))([1.0]).numpy()
    array([9.], dtype=float32)
    """

    layer = LAYER

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(layer=layer)
        self.supports_masking = layer.supports_masking

    def build(self, input_shape: Shape | None = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return self.layer(inputs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        return cls(**{**config, "layer": registry.deserialize(config["layer"], custom_objects, kind="layers")})
