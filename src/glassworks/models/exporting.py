"""`Model.export`: the forward pass of a model as a program for others."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from glassworks import export, tree
from glassworks.errors import ArgumentError, ShapeError, StateError
from glassworks.export import Source, SourceInput
from glassworks.graph import Graph, KerasTensor, Spec, trace
from glassworks.graph.spec import Shape
from glassworks.scope import entry
from glassworks.training.outputs import output_names
from glassworks.training.steps import forward
from glassworks.typing import Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


class Exports:
    """The part of `Model` that exports it."""

    @entry("model")
    def export(
        self,
        filepath: str | PathLike,
        format: str | None = None,
        verbose: bool | None = None,
        input_signature: Structure = None,
        **kwargs: Any,
    ) -> None:
        """Write the forward pass (`training=False`) as a program that others run.

        Args:
            filepath: The file to write.
            format: "onnx": one file for onnxruntime and all other programs that read ONNX. "numpy": a Python program that reads like a lesson and
                needs NumPy alone, with its weights in an `.npz` file beside it. By default the suffix of the file decides.
            verbose: True prints the path at the end.
            input_signature: The shapes and dtypes of the inputs, in the structure of the inputs: an `InputSpec`, a symbolic tensor or an array
                for each. None in a shape leaves that size open. By default that of the model's inputs.
            kwargs: Options of the format.

        Raises:
            ArgumentError: A format or an option that is not there, or a computation that the format has no words for. Nothing was written.
            StateError: The shapes of the inputs are not known yet, or a layer reads text.
            SaveError: The file cannot be written.

        >>> import tempfile, pathlib
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input(shape=(4,)), layers.Dense(2)])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.onnx"
        >>> model.export(path, verbose=True)  # doctest: +ELLIPSIS
        Exported model '...' to ...model.onnx
        """
        format = export.format_of(filepath, format)
        model = cast("Model", self)  # this class is a part of Model alone
        export.export(source_of(model, input_signature), filepath, format, **kwargs)
        if verbose:
            print(f"Exported model {model.name!r} to {filepath}")


def source_of(model: Model, input_signature: Structure = None) -> Source:
    """The model as exporters see it.

    Args:
        input_signature: See `Model.export`.

    Raises:
        StateError: The model does not know its inputs yet, or a layer reads text.
    """
    _refuse_host_part(model)
    inputs = _inputs(model, input_signature)
    outputs = _outputs(model, inputs)  # a model that is not built yet gets its weights here
    paths = tree.flatten_with_path(inputs)
    named = getattr(model, "input_names", None)
    names = list(named) if named is not None and len(named) == len(paths) else _names([path for path, _ in paths])

    def graph_for(shapes: Sequence[Shape]) -> Graph:
        remaining = iter(shapes)
        specs = tree.map_structure(lambda tensor: Spec(tuple(next(remaining)), tensor.dtype), inputs)
        return trace(lambda x: forward(model, x, training=False), specs, name=f"forward pass of {model.name}")

    results = output_names(outputs, getattr(model, "output_names", None))
    declared = [SourceInput(name, tuple(tensor.shape), tensor.dtype) for name, (_, tensor) in zip(names, paths, strict=True)]
    return Source(model, declared, results, graph_for)


def _refuse_host_part(model: Model) -> None:
    host = model.host_part
    if host:
        layers = ", ".join(dict.fromkeys(repr(call.operation.name) for call in host.calls))
        raise StateError(
            f"a model whose first layers ({layers}) run in Python, outside of the graph",
            "a model of numbers",
            "export the part behind them: Model(the tensors that they give, model.outputs); and prepare the inputs with them beforehand",
        )


def _inputs(model: Model, signature: Structure) -> Structure:
    """The symbolic inputs, from the signature where one is given."""
    functional = getattr(model, "_functional", None) or model
    inputs = getattr(functional, "program_inputs", None)
    if inputs is None:
        inputs = model._trainer.programs.inputs
    if signature is not None:
        given = tree.map_structure(_from_signature, signature)
        if isinstance(given, (list, tuple)) and len(given) == 1:
            given = given[0]  # as in Keras, whose signatures list the arguments of a call
        if inputs is not None and len(tree.flatten(given)) != len(tree.flatten(inputs)):
            raise ShapeError(
                f"an input_signature of {len(tree.flatten(given))}",
                f"one of {len(tree.flatten(inputs))}, one for each input",
                "give them in the structure of model.inputs",
            )
        return given if inputs is None else tree.pack_sequence_as(inputs, tree.flatten(given))
    if inputs is None:
        raise StateError(
            "a model that does not know its inputs yet",
            "a model with Input, one that has predicted once, or an input_signature",
            "call predict() on a few rows first, or pass input_signature=[keras.InputSpec(shape=(None, 28, 28, 1))]",
        )
    return inputs


def _from_signature(leaf: object) -> KerasTensor:
    shape = getattr(leaf, "shape", None)
    if shape is None:
        raise ArgumentError(
            f"{leaf!r} in input_signature", "an InputSpec with a shape, a symbolic tensor or an array", "InputSpec(shape=(None, 10))"
        )
    dtype = getattr(leaf, "dtype", None)
    return KerasTensor(tuple(shape), "float32" if dtype is None else str(getattr(dtype, "name", dtype)))


def _names(paths: Sequence[tuple]) -> list[str]:
    """Names of inputs that have none of their own: their keys in dicts, else their numbers."""
    if len(paths) == 1 and not any(isinstance(key, str) for key in paths[0]):
        return ["input"]
    return ["_".join(map(str, path)) if any(isinstance(key, str) for key in path) else f"input_{i}" for i, path in enumerate(paths)]


def _outputs(model: Model, inputs: Structure) -> Structure:
    """The structure of the outputs, by a symbolic call."""
    functional = getattr(model, "_functional", None) or model
    symbolic = getattr(functional, "_outputs", None)
    return symbolic if symbolic is not None else model.compute_output_spec(inputs)
