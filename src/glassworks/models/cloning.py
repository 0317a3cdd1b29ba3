"""`clone_model`: the same architecture with new weights; layers may be replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks import registry, tree
from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.graph import KerasTensor
from glassworks.layers.base import Layer
from glassworks.layers.input import Input, InputLayer
from glassworks.models.functional import Functional
from glassworks.models.model import Model
from glassworks.models.sequential import Sequential
from glassworks.typing import Structure


def clone_model(
    model: Model,
    input_tensors: Structure = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """A new model of the same architecture, with newly initialised weights, compiled as the model is.

    Args:
        model: A Sequential, Functional, or subclassed model with a config.
        input_tensors: Symbolic inputs for the new model, instead of new ones of the same shapes.
        clone_function: Makes the new layer of each old one; by default `layer.from_config(layer.get_config())`.
        call_function: `call_function(layer, *args, **kwargs)` calls the new layers, in place of `layer(*args, **kwargs)`.
        recursive: Also apply these to the layers of nested models.

    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(3,)), layers.Dense(2)])
    >>> clone_model(model).count_params()
    8
    """
    if isinstance(model, Layer) and not isinstance(model, Model):
        return (clone_function or _copy_layer)(model)
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"{model!r}", "a model", "pass a Sequential, Functional or subclassed Model", where="clone_model")
    with registry.live_objects():
        return _clone(model, input_tensors, clone_function, call_function, recursive)


def _clone(
    model: Model, input_tensors: Structure, clone_function: Callable | None, call_function: Callable | None, recursive: bool
) -> Model:
    make = _layer_maker(clone_function or _copy_layer, call_function, recursive)
    if isinstance(model, Sequential):
        return _compiled_as(model, _clone_sequential(model, make, input_tensors))
    if isinstance(model, Functional):
        return _compiled_as(model, _clone_functional(model, make, call_function, input_tensors))
    if clone_function is not None:
        raise ArgumentError(
            "a clone_function for a subclassed model",
            "a Sequential or Functional model",
            "its call() is Python code, so layers cannot be exchanged from outside",
            where="clone_model",
        )
    return type(model).from_config(model.get_config())


def _compiled_as(model: Model, clone: Model) -> Model:
    """The clone, compiled with copies of the model's optimizer, losses and metrics where the model is compiled."""
    if (config := model.get_compile_config()) is not None:
        clone.compile_from_config(config)
    return clone


def _copy_layer(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def _layer_maker(make: Callable[[Layer], Layer], call_function: Callable | None, recursive: bool) -> Callable[[Layer], Layer]:
    def clone(layer: Layer) -> Layer:
        if recursive and isinstance(layer, (Sequential, Functional)):
            return clone_model(layer, clone_function=make, call_function=call_function, recursive=True)
        return make(layer)

    return clone


def _clone_sequential(model: Sequential, make: Callable[[Layer], Layer], input_tensors: Structure) -> Sequential:
    clone = Sequential(name=model.name)
    inputs = [layer for layer in model._layers if isinstance(layer, InputLayer)]
    if input_tensors is not None:
        clone.add(tree.flatten(input_tensors)[0], rebuild=False)
    elif inputs:
        clone.add(_copy_layer(inputs[0]), rebuild=False)
    for layer in model.layers:
        clone.add(make(layer), rebuild=False)
    clone._maybe_rebuild()
    if model.built and not clone.built:
        clone.build(model.input_shape)
    return clone


def _clone_functional(
    model: Functional, make: Callable[[Layer], Layer], call_function: Callable | None, input_tensors: Structure
) -> Functional:
    given = input_tensors if input_tensors is not None else tree.map_structure(_new_input, model.input)
    tensors: dict[KerasTensor, KerasTensor] = dict(zip(model.inputs, tree.flatten(given), strict=True))
    new_layers: dict[int, Layer] = {}
    for call in model.calls:
        operation = call.operation
        if isinstance(operation, Layer):
            if id(operation) not in new_layers:
                new_layers[id(operation)] = make(operation)
            operation = new_layers[id(operation)]
        args = tree.map_structure(lambda leaf: tensors.get(leaf, leaf) if isinstance(leaf, KerasTensor) else leaf, list(call.args))
        kwargs = tree.map_structure(lambda leaf: tensors.get(leaf, leaf) if isinstance(leaf, KerasTensor) else leaf, call.kwargs)
        results = call_function(operation, *args, **kwargs) if call_function is not None else operation(*args, **kwargs)
        tensors.update(zip(tree.flatten(call.outputs), tree.flatten(results), strict=True))
    return Functional(given, tree.map_structure(lambda tensor: tensors[tensor], model.output), name=model.name)


def _new_input(tensor: KerasTensor) -> KerasTensor:
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
