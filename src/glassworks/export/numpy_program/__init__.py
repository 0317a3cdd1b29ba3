"""Models as NumPy programs: a Python file that reads like a lesson, and its weights in an `.npz` file beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, GlassworksError
from glassworks.export.numpy_program.program import Program, build, evaluate, numpy_dtype
from glassworks.export.numpy_program.text import program_text
from glassworks.export.source import Source
from glassworks.export.unexportable import UnexportableError
from glassworks.files import atomic_file
from glassworks.graph import Graph, Value, Variable
from glassworks.graph.spec import Shape
from glassworks.saving import npz

TOLERANCE = 1e-4
MOST_VARIED = 1_000_000


def export_numpy(source: Source, path: str | PathLike) -> None:
    """Write a model as a Python program that needs NumPy alone, and its weights as `NAME_weights.npz` beside it.

    The program is run here, on random inputs, and its results are compared with those of the model, before anything is written.

    Args:
        source: The model.
        path: The Python file, with the suffix `.py`.

    Raises:
        ArgumentError: The path has another suffix, or the model computes something that the program cannot express.
        SaveError: A file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".py":
        raise ArgumentError(f"the path {os.fspath(path)!r}", "a name that ends with .py", f"export to {path.stem}.py")
    program, traces = build(source)
    if not _agrees(program, traces):
        program, traces = build(source, plain=True)
        if not _agrees(program, traces):
            raise UnexportableError("a program whose results differ from the model's", "report it, with the model", "")
    weights = path.with_name(f"{path.stem}_weights.npz")
    text = program_text(program, source, path.stem, weights.name)
    for variable in program.names:
        numpy_dtype(variable.dtype)
    arrays = {name: np.asarray(variable.numpy()) for variable, name in program.names.items()}
    with atomic_file(weights) as file:
        npz.write(file, arrays | program.constants.stored)
    with atomic_file(path) as file:
        file.write(text.encode())


def _agrees(program: Program, traces: Sequence[tuple[tuple[int, ...], Graph]]) -> bool:
    """Whether the program computes what the graph does, for small batches of two sizes and for weights that are not all equal."""
    rng = np.random.default_rng(0)
    for sizes, graph in traces:
        variables = {variable: _varied(np.asarray(variable.numpy()), rng) for variable in graph.reads}
        inputs, expected = _reference(graph, variables, rng)
        try:
            actual = evaluate(program, sizes, inputs, variables)
        except (ValueError, TypeError, IndexError) as error:
            if isinstance(error, GlassworksError):
                raise
            return False
        for result, array in zip(actual, expected, strict=True):
            if isinstance(array, np.ndarray) and not _close(np.asarray(result), array):
                return False
    return True


def _close(actual: np.ndarray, expected: np.ndarray) -> bool:
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return False
    if expected.dtype.kind not in "fc":
        return bool(not expected.size or np.mean(actual != expected) < 0.01)  # a comparison of rounded numbers may turn out differently
    scale = np.nanmax(np.abs(expected[np.isfinite(expected)]), initial=1.0)
    tolerance = TOLERANCE if expected.dtype.itemsize > 2 else 1e-2
    return bool(np.allclose(actual / scale, expected / scale, rtol=tolerance, atol=tolerance, equal_nan=True))


def _varied(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weights that differ from each other, also where all are 0 or 1 as in a new model. Large ones are seldom so, and stay as they are."""
    if array.dtype.kind != "f" or array.size > MOST_VARIED:
        return array
    return (array + rng.uniform(0.05, 0.15, array.shape)).astype(array.dtype)


def _reference(graph: Graph, variables: dict[Variable, np.ndarray], rng: np.random.Generator) -> tuple[list[np.ndarray], list[Any]]:
    """Random inputs, and what the graph gives for them. Where it refuses them, they were meant to be small integers."""
    error: Exception = ValueError()
    draws: tuple[Callable[[Shape], object], ...] = (lambda shape: rng.normal(size=shape), lambda shape: rng.integers(0, 2, shape), np.zeros)
    for draw in draws:
        inputs = [np.asarray(draw(value.shape)) for value in graph.inputs]
        arrays = [array.astype(numpy_dtype(value.dtype)) for array, value in zip(inputs, graph.inputs, strict=True)]
        try:
            return arrays, _run(graph, arrays, variables)
        except (ValueError, IndexError) as caught:
            error = caught
    raise error


def _run(graph: Graph, inputs: Sequence[np.ndarray], variables: dict[Variable, np.ndarray]) -> list[Any]:
    """The outputs of a graph, by the reference forward of each primitive."""
    values: dict[Value, np.ndarray] = dict(zip(graph.inputs, inputs, strict=True))
    values |= {value: variables[variable] for variable, value in graph.reads.items()}

    def read(value: Value) -> np.ndarray:
        return values[value] if value in values else np.asarray(value.array)

    with np.errstate(all="ignore"):
        for node in graph.nodes():
            result = node.primitive.forward(np, *map(read, node.inputs), **node.attributes)
            values.update(zip(node.outputs, result if isinstance(result, tuple) else (result,), strict=True))
    return [read(value) if isinstance(value, Value) else value for value in graph.outputs]
