"""`Pipeline`: layers one after the other, as one layer; made for the preparation of data."""

from __future__ import annotations

from typing import Any

from glassworks import registry
from glassworks.arguments import Argument, check
from glassworks.layers.base import LAYERS, Layer
from glassworks.layers.calls import parameters_of
from glassworks.typing import Shape, Tensor


class _Layers(Argument[list[Layer]]):
    """A list of layers."""

    def allows(self, value: object) -> bool:
        return isinstance(value, (list, tuple)) and all(isinstance(layer, Layer) for layer in value)

    def fix(self, value: object) -> str:
        return "pass [layer1, layer2, ...]"

    def __str__(self) -> str:
        return "a list of layers"


class Pipeline(Layer):
    """Applies layers one after the other, to arrays or to dicts of images, labels and boxes.

    Args:
        layers: A list of layers.
        name: A name.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> pipeline = layers.Pipeline([layers.Resizing(4, 4), layers.RandomFlip(seed=1)])
    >>> pipeline(np.ones((2, 8, 8, 3))).shape
    (2, 4, 4, 3)
    """

    contract_exemptions = {"dtype": "its layers have one, it has none", "gradient": "that check needs a dtype"}

    arguments = {"layers": _Layers()}

    def __init__(self, layers: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        check("Pipeline", type(self)._declared_arguments, layers=layers)
        self._pipeline_layers = list(layers)
        self.supports_masking = True

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order."""
        return self._pipeline_layers

    def build(self, input_shape: Shape) -> None:
        """Each layer builds itself when it is first called."""

    def call(self, inputs: Tensor, training: bool = True, mask: Tensor | None = None) -> Tensor:
        for layer in self._pipeline_layers:
            keywords = {"training": training} if "training" in parameters_of(type(layer).call) else {}
            inputs = layer(inputs, **keywords)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The layers and the name."""
        return {"layers": [registry.serialize(layer) for layer in self._pipeline_layers], "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{**config, "layers": [LAYERS.deserialize(one) if isinstance(one, dict) else one for one in config["layers"]]})
