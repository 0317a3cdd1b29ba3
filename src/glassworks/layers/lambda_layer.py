"""`Lambda`: a Python function as a layer."""

from __future__ import annotations

import base64
import inspect
import json
import marshal
import types
from collections.abc import Callable
from typing import Any

from glassworks import registry, tree
from glassworks.arguments import Anything, Instance, Optional
from glassworks.arguments import Callable as CallableArgument
from glassworks.errors import ArgumentError, returned_none
from glassworks.layers.base import Layer
from glassworks.typing import Shape, Tensor


class Lambda(Layer):
    """A Python function as a layer. It has no weights; write a `Layer` subclass where weights are needed.

    Args:
        function: The function of the inputs; it also gets `mask` and `training` if it has these parameters.
        output_shape: The output's shape without the batch, or a function of the input's shape; usually found without it.
        mask: The output's mask, or a function of (inputs, mask) that gives it.
        arguments: Further keyword arguments of the function.

    A function without a name cannot be loaded from a file, since files contain no code; register a named function instead.

    >>> from glassworks import layers
    >>> layers.Lambda(lambda x: x * 2)([1.0, 2.0]).numpy()
    array([2., 4.], dtype=float32)
    """

    function = CallableArgument()
    output_shape = mask = Anything().unsaved()
    arguments: Any = Optional(Instance(dict, "a dict"))

    def __init__(
        self, function: Callable, output_shape: Any = None, mask: Any = None, arguments: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(function=function, output_shape=output_shape, mask=mask, arguments=arguments)
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        self._takes = set(inspect.signature(function).parameters) & {"mask", "training"}

    def call(self, inputs: Tensor, mask: Tensor | None = None, training: bool | None = None) -> Tensor:
        given = {"mask": mask, "training": training}
        outputs = self.function(inputs, **self.arguments, **{name: given[name] for name in self._takes})
        if outputs is None:
            raise returned_none(getattr(self.function, "__name__", "the function"))
        return outputs

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """The shape given as `output_shape`, or the result of a symbolic call."""
        if self.output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self.output_shape):
            return self.output_shape(input_shape)
        batch = tree.flatten(input_shape)[0]
        return tree.map_shape_structure(lambda shape: (batch, *shape), self.output_shape)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> Any:
        """The given mask."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        own = {"function": _encode(self.function), "arguments": registry.serialize(self.arguments)}
        if self.output_shape is not None:
            own["output_shape"] = _encode(self.output_shape)
        if self.mask is not None:
            own["mask"] = _encode(self.mask)
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None, safe_mode: bool | None = None) -> Any:
        """A layer from its config.

        Args:
            config: The config.
            custom_objects: Functions by name: of a function without a name, the name of the layer.
            safe_mode: Accepted as in Keras; code in a config never runs.

        Raises:
            ArgumentError: The function has no name, and none was passed under the name of the layer.
        """
        keys = [key for key in ("function", "output_shape", "mask", "arguments") if key in config]
        with registry.custom_object_scope(custom_objects or {}):
            decoded = {key: _decode(config[key], config.get("name")) for key in keys}
        if isinstance(decoded.get("output_shape"), list):
            decoded["output_shape"] = tree.lists_to_tuples(decoded["output_shape"])
        return cls(**(config | decoded))


class _Code(dict[str, Any]):
    """The config of a function without a name, in Keras's format. Within one process it also holds the function itself."""

    function: Callable


def _encode(value: object) -> Any:
    """A function by its name; without one as bytecode, which Keras reads and Glassworks does not."""
    if not (isinstance(value, types.FunctionType) and value.__name__ == "<lambda>"):
        return registry.serialize(value)
    code = base64.b64encode(marshal.dumps(value.__code__)).decode("ascii")
    cells = tuple(cell.cell_contents for cell in value.__closure__) if value.__closure__ else None
    inner = {"code": code, "defaults": _if_json(value.__defaults__), "closure": _if_json(cells)}
    encoded = _Code()
    encoded.update(class_name="__lambda__", config=inner)
    encoded.function = value
    return encoded


def _if_json(values: tuple[object, ...] | None) -> object:
    try:
        return json.loads(json.dumps(values))
    except (TypeError, ValueError):
        return None


def _decode(value: object, layer: object) -> Any:
    if isinstance(value, _Code):
        return value.function
    if not (isinstance(value, dict) and value.get("class_name") == "__lambda__"):
        return registry.deserialize(value)
    function = registry.get_registered_object(layer) if isinstance(layer, str) else None
    if inspect.isclass(function) or not callable(function):
        raise ArgumentError(
            f"a Lambda layer {layer!r} whose function has no name, only Python code in the config",
            "the function itself, because code from a file could do anything, and is never run",
            f"pass custom_objects={{{layer!r}: your_function}}, or save a model with a named function that is registered by "
            "@glassworks.utils.register_keras_serializable()",
            where="Lambda.from_config",
        )
    return function
