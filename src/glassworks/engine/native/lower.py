"""From a graph to operations: each node by the rule of its primitive, or by its reference forward where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.engine.native.core import has_kernel
from glassworks.engine.native.operations import (
    FULL,
    ROW,
    SCALAR,
    Operation,
    Pattern,
    Product,
    Shape,
    Split,
    Station,
    Storage,
    Tensor,
    part_rows,
    pattern,
)
from glassworks.graph import Graph, Node, Value, Variable

Unit = Operation | Product | Station
# A rule gets the lowering, a node and the tensors of its inputs. It returns False where it has no kernel.
Rule = Callable[..., bool]


@dataclass(eq=False)
class Made:
    """What a function makes of a variable; `version` is that of the value it was made of."""

    variable: Variable
    array: np.ndarray
    function: Callable[[np.ndarray], np.ndarray]
    version: int = -1

    def renew(self) -> None:
        """Make it anew if the variable has another value by now."""
        if self.variable.version != self.version:
            self.array[:] = self.function(self.variable.memory()).reshape(-1)
            self.version = self.variable.version


class Lowering:
    """Walks a graph and collects its operations.

    Args:
        graph: An optimized graph; all sizes known.
        rules: By name of primitive.
        known: What other programs have made of variables, by variable and function.

    Attributes:
        units: The operations in order.
        tensors: Where each value of the graph is found.
        inputs, outputs, reads, writes: The storages of the graph's ends.
        made: What is made of variables before the program runs.
    """

    def __init__(self, graph: Graph, rules: dict[str, Rule], known: MutableMapping[Any, Made] | None = None) -> None:
        self.graph = graph
        self._known: MutableMapping[Any, Made] = {} if known is None else known
        self.units: list[Unit] = []
        self.tensors: dict[Value, Tensor] = {}
        self.node: Node | None = None
        self._plain: dict[Tensor, Tensor] = {}
        self.made: list[Made] = []
        self.inputs = [self._source(value, "input") for value in graph.inputs]
        self.reads: dict[Variable, Storage] = {}
        for variable, value in graph.reads.items():
            self.reads[variable] = storage = self._source(value, "variable")
            storage.variable, storage.name = variable, variable.path
        for node in graph.nodes():
            self.node = node
            rule = rules.get(node.primitive.name)
            inputs = [self.tensor(value) for value in node.inputs]
            empty = any(0 in v.shape for v in (*node.inputs, *node.outputs))
            if empty or rule is None or not rule(self, node, *inputs):
                self._call_python(node, inputs)
        self.outputs = [self._result(value) if isinstance(value, Value) else value for value in graph.outputs]
        self.writes = {variable: self._result(value) for variable, value in graph.writes.items()}

    def _source(self, value: Value, role: str) -> Storage:
        storage = Storage(value.spec.size, value.spec.dtype, role, value.name)
        self.tensors[value] = Tensor(storage, value.spec.shape, value.spec.shape)
        return storage

    def tensor(self, value: Value) -> Tensor:
        """Where a value is found."""
        if value not in self.tensors and value.array is not None:
            array = value.array.view(np.ndarray)
            array = array if array.size and not any(array.strides) else np.ascontiguousarray(array)
            storage = Storage(array.size, value.spec.dtype, "constant", array=array)
            self.tensors[value] = Tensor(storage, value.spec.shape, value.spec.shape)
        return self.tensors[value]

    def _result(self, value: Value) -> Storage:
        """A storage of the graph's own: an input, a constant or a variable's old value is copied."""
        tensor = self.plain(self.tensor(value))
        if tensor.storage.role == "temporary":
            return tensor.storage
        return self.copy(tensor.storage, (tensor.storage.size,), [1])

    def constant(self, number: Any, dtype: str) -> Tensor:
        """A scalar."""
        return Tensor(Storage(1, dtype, "constant", array=np.full((1,), number, dtype)), (), ())

    def prepared(self, variable: Variable, size: int, function: Callable[[np.ndarray], np.ndarray]) -> Storage:
        """What a function makes of a variable that this graph leaves alone: made anew only when the variable has another value."""
        made = self._known.get((id(variable), function))
        if made is None:
            made = Made(variable, np.zeros(size, dtypes.numpy_dtype(variable.spec.dtype)), function)
            self._known[id(variable), function] = made
        self.made.append(made)
        return Storage(size, variable.spec.dtype, "constant", f"made of {variable.path}", made.array)

    # ---- what rules call; each returns True, which says that the node is done

    def define(self, node: Node, storage: Storage, shape: Shape | None = None, base: Shape | None = None) -> bool:
        """Say where the output of a node is found."""
        shape = node.outputs[0].spec.shape if shape is None else shape
        self.tensors[node.outputs[0]] = Tensor(storage, shape, shape if base is None else base)
        return True

    def map(self, kernel: str, inputs: list[Tensor], shape: Shape, dtype: str) -> Storage:
        """Apply a kernel place by place, with inputs broadcast to the shape."""
        split: Split | None = None
        prepared, patterns = [], []
        for tensor in inputs:
            found = pattern(shape, tensor.base)
            if found is None or (found.split is not None and split is not None and found.split != split):
                tensor = self.plain(Tensor(tensor.storage, shape, (1,) * (len(shape) - len(tensor.base)) + tensor.base))
                found = Pattern(FULL)
            split = split or found.split
            prepared.append(tensor.storage)
            patterns.append(found)
        return self.add(
            Operation(
                kernel, "map", tuple(prepared), tuple(patterns), self._new(math.prod(shape), dtype), math.prod(shape), split, self._nodes()
            )
        )

    def over_columns(self, kernel: str, kind: str, tensor: Tensor, split: Split, dtype: str) -> Storage:
        """A kernel that needs whole rows ("columns", "rowwise") or whole columns ("rows") of a split of a tensor."""
        part = part_rows(split, tensor.shape) if kind == "parts" else 0
        size = split[0] * split[1]
        sizes = {"columns": split[0], "rows": split[1], "rowwise": size, "parts": -(-split[0] // part) * split[1] if part else 0}
        storage = self.plain(tensor).storage
        output = self._new(sizes[kind], dtype)
        return self.add(Operation(kernel, kind, (storage,), (Pattern(FULL),), output, size, split, self._nodes(), part=part))

    def expand(self, kernel: str, kind: str, storage: Storage, split: Split, dtype: str) -> Storage:
        """A kernel that makes a space of numbers from one per row ("expand"), or from a state ("generate")."""
        size = split[0] * split[1]
        form = ROW if kind == "expand" else SCALAR
        return self.add(Operation(kernel, kind, (storage,), (Pattern(form, split),), self._new(size, dtype), size, split, self._nodes()))

    def plain(self, tensor: Tensor) -> Tensor:
        """The same numbers with every repetition written out."""
        if tensor.is_plain:
            return tensor
        if tensor not in self._plain:
            self._plain[tensor] = self._written_out(tensor)
        return self._plain[tensor]

    def _written_out(self, tensor: Tensor) -> Tensor:
        shape, item = tensor.shape, tensor.storage.item
        found = pattern(shape, tensor.base)
        if found is not None and has_kernel(f"copy.{item}"):
            return Tensor(self.map(f"copy.{item}", [tensor], shape, tensor.dtype), shape, shape)
        base = (1,) * (len(shape) - len(tensor.base)) + tensor.base
        strides, step = [], 1
        for size in reversed(base):
            strides.append(0 if size == 1 else step)
            step *= size
        return Tensor(self.copy(tensor.storage, shape, strides[::-1]), shape, shape)

    def copy(self, source: Storage, shape: Shape, strides: list[int], offset: int = 0) -> Storage:
        """A copy of `source` seen with strides."""
        target = self._new(math.prod(shape), source.dtype)
        details = {"shape": list(shape), "source_strides": strides, "source_offset": offset}
        self.units.append(Station("copy", (source,), (target,), self._nodes(), details))
        return target

    def add(self, operation: Operation) -> Storage:
        """Append an operation; its output."""
        self.units.append(operation)
        return operation.output

    def station(self, kind: str, reads: list[Storage], node: Node, **details: Any) -> bool:
        """Append a station that fills the output of a node."""
        spec = node.outputs[0].spec
        target = self._new(spec.size, spec.dtype)
        self.units.append(Station(kind, tuple(reads), (target,), (node,), details))
        return self.define(node, target)

    def task(self, node: Node, operands: Sequence[Storage | None], **details: Any) -> bool:
        """Append a kernel that cuts its work in its own way and fills all outputs of a node; None stands for an operand that is absent."""
        outputs = tuple(self._new(value.spec.size, value.spec.dtype) for value in node.outputs)
        reads = tuple(storage for storage in operands if storage is not None)
        self.units.append(Station("task", reads, outputs, (node,), {"operands": (*operands, *outputs), **details}))
        for value, storage in zip(node.outputs, outputs, strict=True):
            self.tensors[value] = Tensor(storage, value.spec.shape, value.spec.shape)
        return True

    def _call_python(self, node: Node, inputs: list[Tensor]) -> None:
        plain = [self.plain(tensor) for tensor in inputs]
        outputs = [self._new(value.spec.size, value.spec.dtype) for value in node.outputs]
        for value, storage in zip(node.outputs, outputs, strict=True):
            self.tensors[value] = Tensor(storage, value.spec.shape, value.spec.shape)
        reads = tuple(tensor.storage for tensor in plain)
        self.units.append(Station("python", reads, tuple(outputs), (node,), {"shapes": [tensor.shape for tensor in plain]}))

    def _new(self, size: int, dtype: str) -> Storage:
        return Storage(size, dtype, name=self.node.primitive.name if self.node else "")

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The node that is being lowered, for units that a rule makes by itself."""
        return self._nodes()

    def _nodes(self) -> tuple[Node, ...]:
        return (self.node,) if self.node is not None else ()
