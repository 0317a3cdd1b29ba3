"""`Builder`: collects the operators and initializers of an ONNX graph.

Lowerings call its methods with `Operand`s, the names of tensors with their dtypes, and get the operands of the results.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np

from glassworks import dtypes
from glassworks.export.constants import Edges, Growth, Triangles, growth
from glassworks.export.merging import MergedValue
from glassworks.export.sizes import Dimension, Probes, Size, Varying, minus
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError
from glassworks.graph import Variable

# The ends of slices that reach to the end of an axis, forwards and backwards.
TO_THE_END, TO_THE_START = 2**63 - 1, -(2**63)


class Operand(NamedTuple):
    """A tensor of the ONNX graph.

    Attributes:
        name: Its name.
        dtype: Its dtype.
    """

    name: str
    dtype: str


AttributeValue: TypeAlias = "int | float | str | list[int] | Subgraph"
"""The value of an attribute of an ONNX operator."""


@dataclass
class Operator:
    """One operator of an ONNX graph, or of a graph within it.

    Attributes:
        kind: The name of the ONNX operator.
        name: Its own name.
        inputs, outputs: Names of tensors.
        attributes: Integers, floats, strings, lists of integers, and subgraphs.
    """

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, AttributeValue]

    def reads(self) -> Iterator[str]:
        """The names that it reads, those that subgraphs take from outside included."""
        yield from self.inputs
        for value in self.attributes.values():
            if isinstance(value, Subgraph):
                for operator in value.operators:
                    yield from operator.reads()
                yield from (output.name for output in value.outputs)


@dataclass
class Subgraph:
    """The body of a Scan or Loop."""

    name: str
    inputs: list[tuple[Operand, tuple[Dimension, ...] | None]]
    outputs: list[Operand] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)


class Builder:
    """The ONNX graph under construction.

    Args:
        probes: The sizes that the model was traced for.

    Attributes:
        operators: The operators, each after those whose results it reads.
        initializers: Name -> the array of a constant, or a variable.
        values: Value of the merged graph -> its operand.
    """

    def __init__(self, probes: Probes) -> None:
        self.operators: list[Operator] = []
        self.initializers: dict[str, np.ndarray | Variable] = {}
        self.values: dict[MergedValue, Operand] = {}
        self._probes = probes
        self._names: set[str] = set()
        self._constants: dict[Any, Operand] = {}
        self._open_sizes: list[Operand] = []
        self._sizes: dict[Size, Operand] = {}
        self._prefix = ""

    # ---- names

    def fresh(self, name: str) -> str:
        """The name, with a number if it is taken already."""
        candidates = itertools.chain([name], (f"{name}_{i}" for i in itertools.count(1)))
        chosen = next(candidate for candidate in candidates if candidate not in self._names)
        self._names.add(chosen)
        return chosen

    def new_operand(self, name: str, dtype: str) -> Operand:
        """The operand of an input of the graph."""
        return Operand(self.fresh(name), dtype)

    def name_output(self, x: Operand, name: str) -> None:
        """Give the graph an output of this name."""
        self.operators.append(Operator("Identity", self.fresh(f"{name}/Identity"), [x.name], [name], {}))

    def start(self, prefix: str) -> None:
        """Begin the lowering of a node: its operators and their results have names below this prefix."""
        self._prefix = prefix

    # ---- operators

    def op(self, kind: str, *inputs: Operand | None, dtype: str = "", **attributes: AttributeValue) -> Operand:
        """Add an operator with one result.

        Args:
            kind: The ONNX operator.
            inputs: Its inputs; None for one that is left out.
            dtype: The dtype of the result; by default that of the first input.
        """
        return self.ops(kind, inputs, [dtype or cast(Operand, inputs[0]).dtype], **attributes)[0]

    def ops(self, kind: str, inputs: Sequence[Operand | None], results: Sequence[str], **attributes: AttributeValue) -> list[Operand]:
        """Add an operator with a result for each dtype in `results`; an empty dtype leaves a result out."""
        name = self.fresh(f"{self._prefix}/{kind}" if self._prefix else kind)
        outputs = [Operand(self.fresh(f"{name}:{i}") if dtype else "", dtype) for i, dtype in enumerate(results)]
        names = ["" if x is None else x.name for x in inputs]
        while names and not names[-1]:
            names.pop()
        self.operators.append(Operator(kind, name, names, [output.name for output in outputs], attributes))
        return outputs

    def subgraph(self, name: str, inputs: Sequence[tuple[str, str, tuple[Dimension, ...] | None]]) -> _Body:
        """The body of a Loop or Scan, as a context in which operators are added to it; inputs are (name, dtype, shape or None)."""
        operands = [(Operand(self.fresh(f"{self._prefix}/{given}"), dtype), shape) for given, dtype, shape in inputs]
        return _Body(self, Subgraph(self.fresh(f"{self._prefix}/{name}"), operands))

    def cast(self, x: Operand, dtype: str) -> Operand:
        """The same numbers in another dtype, as ONNX's Cast converts them."""
        return x if x.dtype == dtype else self.op("Cast", x, dtype=dtype, to=dtype)

    # ---- constants

    def constant(self, array: np.ndarray | np.generic, name: str = "constant") -> Operand:
        """A constant; equal ones are shared."""
        array = np.asarray(array)
        key = (array.shape, array.dtype.name, array.tobytes()) if array.size <= 64 else id(array)
        if key not in self._constants:
            chosen = self.fresh(name)
            self.initializers[chosen] = array
            self._constants[key] = Operand(chosen, array.dtype.name)
        return self._constants[key]

    def number(self, value: float, like: Operand) -> Operand:
        """A number in the dtype of an operand, to be broadcast."""
        return self.constant(np.asarray(value, dtypes.numpy_dtype(like.dtype)))

    def variable(self, variable: Variable) -> Operand:
        """The initializer of a variable, with its path as name."""
        key = ("variable", id(variable))
        if key not in self._constants:
            chosen = self.fresh(variable.path)
            self.initializers[chosen] = variable
            self._constants[key] = Operand(chosen, variable.dtype)
        return self._constants[key]

    # ---- values of the merged graph

    def operand(self, value: MergedValue) -> Operand:
        """The operand of a value.

        Raises:
            UnexportableError: It is a result that ONNX cannot give, or a constant that depends on the open sizes in a way of its own.
        """
        if value not in self.values:
            self.values[value] = self._leaf(value)
        return self.values[value]

    def _leaf(self, value: MergedValue) -> Operand:
        if value.variable is not None:
            return self.variable(value.variable)
        if value.node is not None:
            node = value.node
            raise UnexportableError(
                f"result {node.outputs.index(value)} of {node.name}, which is for gradients", "use its first result alone", node.origin.call
            )
        assert value.arrays is not None  # inputs have operands before all else
        return self._constant(value.arrays, value.shape, value.dtype)

    def _constant(self, arrays: Sequence[np.ndarray], shape: Sequence[Dimension], dtype: str) -> Operand:
        """A constant, computed from the open sizes where it depends on them."""
        grown = growth(arrays, self._probes)
        if grown is None:
            raise UnexportableError("a constant array that depends on an open size, such as that of the batch", GIVE_SIZES)
        if isinstance(grown, Triangles):
            return self.cast(self._triangles(grown, shape), dtype)
        if isinstance(grown, Edges):
            return self._edges(grown, shape, dtype)
        if grown.base.shape == arrays[0].shape and not grown.slopes:
            return self.constant(grown.base)
        return self.cast(self._grown(grown, shape), dtype)

    def _edges(self, given: Edges, shape: Sequence[Dimension], dtype: str) -> Operand:
        """Start, middle and end, one after the other."""
        axis, rest = given.axis, shape[given.axis]
        parts = []
        for arrays in (given.start, given.middle, given.end):
            count = arrays[0].shape[axis]
            if count:
                parts.append(self._constant(arrays, [*shape[:axis], count, *shape[axis + 1 :]], dtype))
            rest = minus(rest, 0 if arrays is given.middle else count)
        middle = bool(given.start[0].shape[axis])
        parts[middle] = self.op("Expand", parts[middle], self.sizes([*shape[:axis], rest, *shape[axis + 1 :]]))
        return self.op("Concat", *parts, axis=axis)

    def _triangles(self, given: Triangles, shape: Sequence[Dimension]) -> Operand:
        """A triangular constant, by comparisons of the indices along two axes."""
        rows, columns = (self._range(shape[axis], len(shape) - 1 - axis) for axis in given.axes)
        # Where has no kernels for booleans.
        below, diagonal, above = (self.constant(x.astype("float32") if x.dtype.name in ("bool", "bfloat16") else x) for x in given[1:])
        lower = self.op("Where", self.op("Greater", rows, columns, dtype="bool"), below, above, dtype=below.dtype)
        x = self.op("Where", self.op("Equal", rows, columns, dtype="bool"), diagonal, lower, dtype=below.dtype)
        return self.op("Expand", x, self.sizes(shape))

    def _range(self, size: Dimension, axes_behind: int) -> Operand:
        """0, 1, 2 ... of int64, with axes of size 1 behind."""
        numbers = self.op("Range", self.constant(np.int64(0)), self.op("Squeeze", self.size(size)), self.constant(np.int64(1)))
        return self.reshape(numbers, [-1, *[1] * axes_behind])

    def _grown(self, grown: Growth, shape: Sequence[Dimension]) -> Operand:
        """A constant that depends on the open sizes, computed from them; one of bfloat16 is in float32 still."""
        x = self.constant(grown.base if grown.base.dtype.name != "bfloat16" else grown.base.astype("float32"))
        for slope, size in zip(grown.slopes, self._open_sizes, strict=bool(grown.slopes)):
            x = self.op("Add", x, self.op("Mul", self.cast(self.op("Squeeze", size), x.dtype), self.constant(slope)))
        if grown.step is not None and grown.axis is not None:
            numbers = self._range(shape[grown.axis], len(shape) - 1 - grown.axis)
            x = self.op("Add", x, self.op("Mul", self.cast(numbers, x.dtype), self.constant(grown.step)))
        return self.op("Expand", x, self.sizes(shape))

    # ---- sizes

    def set_open_sizes(self, sizes: Sequence[tuple[Operand, int]]) -> None:
        """Say where each open size can be read: an input and an axis of it."""
        self._open_sizes = [self.op("Shape", x, dtype="int64", start=axis, end=axis + 1) for x, axis in sizes]

    def integers(self, *values: int) -> Operand:
        """A vector of int64."""
        return self.constant(np.asarray(values, np.int64))

    def size(self, size: Dimension | Varying, where: str = "") -> Operand:
        """A size as a vector of one int64.

        Raises:
            UnexportableError: The size is not a sum of multiples of the open sizes.
        """
        if size is None or isinstance(size, Varying):
            raise UnexportableError(
                "a size that is not a sum of multiples of the open sizes, such as that of the batch",
                GIVE_SIZES,
                where or None,
            )
        if isinstance(size, int):
            return self.integers(size)
        if size not in self._sizes:
            total: Operand | None = None
            for factor, x in zip(size.factors, self._open_sizes, strict=True):
                if factor:
                    term = x if factor == 1 else self.op("Mul", x, self.integers(factor))
                    total = term if total is None else self.op("Add", total, term)
            assert total is not None  # a size without factors is an int
            self._sizes[size] = self.op("Add", total, self.integers(size.constant)) if size.constant else total
        return self._sizes[size]

    def sizes(self, sizes: Sequence[Dimension | Varying], where: str = "") -> Operand:
        """Sizes as a vector of int64."""
        if all(isinstance(size, int) for size in sizes):
            return self.integers(*cast(Sequence[int], sizes))
        parts = [self.size(size, where) for size in sizes]
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    # ---- rearranging, which many lowerings need

    def transpose(self, x: Operand, axes: Sequence[int]) -> Operand:
        """The axes in another order."""
        return x if list(axes) == list(range(len(axes))) else self.op("Transpose", x, perm=list(axes))

    def reshape(self, x: Operand, shape: Sequence[Dimension], where: str = "") -> Operand:
        """The same numbers in another shape; at most one size may be unknown.

        The size that follows from the others is written as -1, so that mostly no other one depends on the open sizes.
        """
        opened = [axis for axis, size in enumerate(shape) if not isinstance(size, int) or size == -1]
        free = next((axis for axis in opened if not isinstance(shape[axis], Size)), opened[0] if opened else None)
        if 0 in shape:
            return self.op("Reshape", x, self.sizes(shape, where), allowzero=1)
        return self.op("Reshape", x, self.sizes([-1 if axis == free else size for axis, size in enumerate(shape)], where))

    def part(self, x: Operand, axis: int, start: int, stop: int) -> Operand:
        """A part of one axis."""
        return self.op("Slice", x, self.integers(start), self.integers(stop), self.integers(axis))

    def reduce(self, kind: str, x: Operand, axes: Sequence[int], keepdims: bool = False) -> Operand:
        """A reduction over axes; without axes it is x itself."""
        return self.op(kind, x, self.integers(*axes), keepdims=int(keepdims)) if axes else x


class _Body:
    """While this context is open, the builder's operators go to a subgraph."""

    def __init__(self, builder: Builder, subgraph: Subgraph) -> None:
        self._builder, self.subgraph = builder, subgraph

    @property
    def inputs(self) -> list[Operand]:
        return [operand for operand, _ in self.subgraph.inputs]

    def __enter__(self) -> _Body:
        self._outer, self._sizes, self._values = self._builder.operators, dict(self._builder._sizes), dict(self._builder.values)
        self._builder.operators = self.subgraph.operators
        return self

    def __exit__(self, *_exception: object) -> None:
        # What was computed in the body is not known outside.
        self._builder.operators, self._builder._sizes, self._builder.values = self._outer, self._sizes, self._values

    def give(self, outputs: Sequence[Operand]) -> None:
        """Set the outputs; each needs a tensor of its own that the body computes."""
        self.subgraph.outputs = [self._builder.op("Identity", output) for output in outputs]
