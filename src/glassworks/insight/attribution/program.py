"""The score that is explained, and its gradient at the points where the inputs have one, as programs of the chosen engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks import dtypes, ops, tree
from glassworks.arguments import OneOf, check
from glassworks.engine import Program, compile_graph
from glassworks.errors import ArgumentError, StateError, returned_none, suggest
from glassworks.graph import Graph, Node, Spec, Value, gradients, topological_order, trace
from glassworks.graph.passes import rewrite
from glassworks.insight.attribution.rows import Rows
from glassworks.layers import call_context
from glassworks.layers.base import Layer
from glassworks.training.outputs import output_names
from glassworks.typing import Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model

# The numbers of the largest value that one run of a program holds for a batch, and the most rows of a batch.
_MOST_NUMBERS, MOST_ROWS = 1 << 22, 64

# What a model's last activation makes of the numbers before it.
SQUASHES = ("softmax", "sigmoid")


Wanted = Layer | str | Callable[[Layer, Value], bool]
"""A layer: itself, its name, or a function that says of a layer and its output whether it is the one."""


class Point(NamedTuple):
    """A value of the graph at which the gradient is taken.

    Attributes:
        source: The entry of the batch that it is computed from; -1 for a layer's output.
        value: The value.
    """

    source: int
    value: Value


class Score:
    """The numbers of one output of a model that can be explained, and their gradient at some points.

    Args:
        model: The model. It runs as in `predict`: without dropout, with the stored averages of batch normalization.
        rows: The samples.
        output: The name or index of an output, for a model with several.
        of: `"logit"` for the numbers before a last softmax or sigmoid, `"probability"` for those after it.
        layer: The layer at whose output the gradient is taken, by default at the inputs: at the numbers themselves, and for inputs that
            are integers at the vectors that an embedding or a one-hot encoding gives for them.

    Attributes:
        squash: "softmax" or "sigmoid", where the model ends with it; else "".
        points: Where the gradient is taken.
        layer: The layer that was asked for, or None.
    """

    def __init__(
        self,
        model: Model,
        rows: Rows,
        count: int,
        output: str | int | None = None,
        of: str = "logit",
        layer: Wanted | None = None,
        where: str = "",
    ) -> None:
        check(where, {"of": OneOf("logit", "probability")}, of=of)
        self._rows, self._where = rows, f"{where} of model '{model.name}'"
        self._width = _width(rows, count)
        calls: list[tuple[Layer, Any]] = []

        def run(x: Structure) -> tuple:
            with call_context.watching(lambda layer, _given, outputs: calls.append((layer, outputs))):
                outputs = model(x, training=False)
            if outputs is None:
                raise returned_none(f"{type(model).__name__}.call")
            result = self._chosen_output(model, outputs, output)
            scores, self.squash = _before_squash(result)
            self.layer, self.points = None, self._points(x, scores)
            if layer is not None:
                self.layer, value = _output_of(layer, calls, self._where)
                self.points = [Point(-1, value)]
            self._seed = Value(scores.spec, name="seed")
            taken = result if of == "probability" else scores
            axes = tuple(range(1, len(scores.shape)))
            selected = ops.sum(ops.cast(taken, "float32") * ops.cast(self._seed, "float32"), axis=axes)
            seed = ops.cast(self._seed, taken.dtype)
            slopes = gradients([taken], [point.value for point in self.points], seeds=[seed])
            self._has_slope = [slope is not None for slope in slopes]
            return result, scores, selected, [slope for slope in slopes if slope is not None]

        specs = tree.map_structure(lambda array: Spec((self._width, *array.shape[1:]), array.dtype.name), rows.batch)
        graph = trace(run, specs, name="score")
        self.points = [point for point, has in zip(self.points, self._has_slope, strict=True) if has]
        if not self.points:
            what = f"layer '{self.layer.name}'" if self.layer else "the inputs"
            raise StateError(
                f"an output without a gradient at {what}",
                "a path from there to the output along which small changes count",
                "rounding, comparisons and stop_gradient have none; choose a layer after them",
                where=self._where,
            )
        self._compile(graph)

    def _compile(self, graph: Graph) -> None:
        """One program from the inputs to the outputs and the values at the points, and one from values at the points to gradients."""
        result, scores, selected, *slopes = graph.outputs
        values = [point.value for point in self.points]
        forward = [result, scores, *values]
        self._forward = compile_graph(Graph(graph.inputs, forward, forward, graph.reads, {}, "forward"))
        # An input that is a point itself stays an input; the others are cut out of the graph.
        new = [value if value.node is None else Value(value.spec, name="point") for value in values]
        cut = {value: fresh for value, fresh in zip(values, new, strict=True) if value is not fresh}

        def rule(node: Node, _inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
            if not any(value in cut for value in node.outputs):
                return None
            return tuple(cut.get(value, value) for value in node.outputs)

        changed = rewrite([selected, *slopes], rule)
        backward = [changed.get(value, value) for value in (selected, *slopes)]
        inputs = [*graph.inputs, *cut.values(), self._seed]
        self._backward = compile_graph(Graph(inputs, backward, backward, graph.reads, {}, "gradients"))
        self._place = {id(value): i for i, value in enumerate(graph.inputs)}
        self._is_input = [self._place.get(id(value)) for value in values]
        self._seed_dtype = dtypes.numpy_dtype(self._seed.dtype)

    def _chosen_output(self, model: Model, outputs: Structure, output: str | int | None) -> Value:
        names, flat = output_names(outputs, getattr(model, "output_names", None)), tree.flatten(outputs)
        index = 0 if output is None else output if isinstance(output, int) else names.index(output) if output in names else -1
        if (output is None and len(flat) > 1) or not 0 <= index < len(flat):
            raise ArgumentError(
                f"{len(flat)} outputs" if output is None else f"output={output!r}",
                f"one output to explain, by its name or its index: {', '.join(map(repr, names))}",
                f"output={names[0]!r}" if output is None else suggest(str(output), names),
                where=self._where,
            )
        self.output = names[index]
        return flat[index]

    def _points(self, x: Structure, scores: Value) -> list[Point]:
        """The inputs that have a gradient, and the first floats that are computed from the others."""
        inputs = tree.flatten(x)
        # Value -> the inputs it depends on. Booleans are masks, which say which entries count: nothing is attributed to them.
        known: dict[Value, frozenset[int]] = {value: frozenset([i]) for i, value in enumerate(inputs)}
        points = [Point(i, value) for i, value in enumerate(inputs) if dtypes.is_float(value.dtype)]
        for node in topological_order([scores]):
            floats, others = _dependencies(node, known)
            for value in node.outputs:
                if dtypes.is_float(value.dtype):
                    known[value] = floats | others
                    if others and not floats:
                        points.append(Point(self._single(others), value))
                elif value.dtype != "bool" and floats | others:
                    known[value] = floats | others
        return points

    def _single(self, sources: frozenset[int]) -> int:
        if len(sources) > 1:
            raise StateError(
                "an embedding of integers from several inputs together",
                "integers from one input, so that what is attributed to a vector belongs to it",
                "embed each input by itself, and join the vectors",
                where=self._where,
            )
        return next(iter(sources))

    # ---- runs

    def forward(self, batch: Structure = None) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """The output, the scores and the values at the points for a batch, that of the samples by default."""
        arrays = [np.asarray(array) for array in tree.flatten(self._rows.batch if batch is None else batch)]
        result, scores, *values = self._run(self._forward, arrays)
        return result, scores, values

    def backward(self, rows: np.ndarray, values: Sequence[np.ndarray], seed: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The sums of scores times seed, and their gradients.

        Args:
            rows: For each row, which sample it belongs to.
            values: The values at the points, an array per point with these rows.
            seed: What each score counts, one row per row.
        """
        arrays = [entry.array[rows] for entry in self._rows.entries]
        cut = []
        for value, place in zip(values, self._is_input, strict=True):
            if place is None:
                cut.append(value)
            else:
                arrays[place] = value
        selected, *slopes = self._run(self._backward, [*arrays, *cut, seed.astype(self._seed_dtype)])
        return selected, slopes

    def _run(self, program: Program, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Run a program over all rows, in batches of its size; the last one is padded with its last row."""
        count, parts = len(arrays[0]), []
        for start in range(0, count, self._width):
            chosen = np.minimum(np.arange(start, start + self._width), count - 1)
            results = program(*(np.ascontiguousarray(array[chosen]) for array in arrays))
            parts.append([np.array(result[: count - start]) for result in results])
        return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _width(rows: Rows, count: int) -> int:
    """The rows in a batch of the program, for this number of rows in all."""
    largest = max(entry.array[0].size for entry in rows.entries)
    return max(1, min(count, MOST_ROWS, _MOST_NUMBERS // max(largest, 1)))


def _before_squash(result: Value) -> tuple[Value, str]:
    """The numbers before a last softmax or sigmoid, and its name; the output itself where the model does not end so."""
    value = result
    while value.node is not None and value.node.primitive.name == "cast" and dtypes.is_float(value.node.inputs[0].dtype):
        value = value.node.inputs[0]
    if value.node is not None and value.node.primitive.name in SQUASHES:
        return value.node.inputs[0], value.node.primitive.name
    return result, ""


def _dependencies(node: Node, known: dict[Value, frozenset[int]]) -> tuple[frozenset[int], frozenset[int]]:
    """The inputs that a node depends on by floats, and by integers."""
    floats: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    for value in node.inputs:
        if dtypes.is_float(value.dtype):
            floats |= known.get(value, frozenset())
        else:
            others |= known.get(value, frozenset())
    return floats, others


def _output_of(layer: Wanted, calls: list[tuple[Layer, Any]], where: str) -> tuple[Layer, Value]:
    """The output of the last call of a layer, which is given as an object, a name, or a function that says of each whether it is the one."""
    if callable(layer) and not isinstance(layer, Layer):
        fits = [(one, outputs) for one, outputs in calls if layer(one, outputs)]
    else:
        name = layer.rsplit("/", 1)[-1] if isinstance(layer, str) else ""
        fits = [(one, outputs) for one, outputs in calls if one is layer or (name and one.name == name)]
    fits = [(one, outputs) for one, outputs in fits if isinstance(outputs, Value)]
    if not fits:
        names = list(dict.fromkeys(one.name for one, _ in calls))
        shown = layer if isinstance(layer, str) else getattr(layer, "name", "a convolution")
        raise ArgumentError(
            f"layer={shown!r}" if shown != "a convolution" else "a model without a convolution",
            "a layer of the model that gives one array",
            suggest(shown, names) if shown != "a convolution" else f"name a layer whose output has positions: layer={names[0]!r}",
            where=where,
        )
    return fits[-1]
