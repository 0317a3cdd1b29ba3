"""`Lowering`: what rules use to say with which operations a node is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.engine.native.ir.kernels import Given, Kernel, Kind
from glassworks.engine.native.ir.ops import KernelCall, Op, OpaqueOp, PythonCall, StridedCopy, task_call
from glassworks.engine.native.ir.plan import DerivedConstant, Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.ir.values import Form, Pattern, Shape, Split, Storage, Tensor, pattern
from glassworks.graph import Graph, Node, Value

# A rule gets the lowering, a node and the tensors of its inputs. It returns False where it has no kernel.
Rule = Callable[..., bool]
Derived = MutableMapping[Any, DerivedConstant]


class Lowering:
    """Walks a graph and collects its operations.

    Args:
        graph: An optimized graph; all sizes known.
        rules: By name of primitive.
        target: The core that will run the operations.
        known: What other programs have derived from variables, by variable and function.

    Attributes:
        plan: The operations so far.
        tensors: Where each value of the graph is found.
    """

    def __init__(self, graph: Graph, rules: dict[str, Rule], target: Target, known: Derived | None = None) -> None:
        self.graph, self.target = graph, target
        self.tensors: dict[Value, Tensor] = {}
        self.plan = Plan(target, [self._source(value, "input") for value in graph.inputs], [], {}, {}, [])
        self._known: Derived = {} if known is None else known
        self._node: Node | None = None
        self._materialized: dict[Tensor, Tensor] = {}
        for variable, value in graph.reads.items():
            self.plan.reads[variable] = storage = self._source(value, "variable")
            storage.variable, storage.name = variable, variable.path
        for node in graph.nodes():
            self._node = node
            rule = rules.get(node.primitive.name)
            inputs = [self.tensor(value) for value in node.inputs]
            empty = any(0 in v.shape for v in (*node.inputs, *node.outputs))
            if empty or rule is None or not rule(self, node, *inputs):
                self._call_python(node, inputs)
        self.plan.outputs = [self._result(value) if isinstance(value, Value) else value for value in graph.outputs]
        self.plan.writes = {variable: self._result(value) for variable, value in graph.writes.items()}

    def _source(self, value: Value, role: str) -> Storage:
        storage = Storage(value.spec.size, value.spec.dtype, role, value.name)
        self.tensors[value] = Tensor.of(storage, value.spec.shape)
        return storage

    def tensor(self, value: Value) -> Tensor:
        """Where a value is found."""
        if value not in self.tensors and value.array is not None:
            array = value.array.view(np.ndarray)
            array = array if array.size and not any(array.strides) else np.ascontiguousarray(array)
            storage = Storage(array.size, value.spec.dtype, "constant", array=array)
            self.tensors[value] = Tensor.of(storage, value.spec.shape)
        return self.tensors[value]

    def _result(self, value: Value) -> Storage:
        """A storage of the graph's own: an input, a constant or a variable's old value is copied."""
        storage = self.materialize(self.tensor(value))
        if storage.role == "temporary":
            return storage
        return self.copy(storage, (storage.size,), [1])

    # ---- values

    def find(self, op: str, *dtypes: str) -> Kernel | None:
        """The kernel of an op for these dtypes, if the core has one."""
        return self.target.find(op, *dtypes)

    def constant(self, number: float, dtype: str) -> Tensor:
        """A scalar."""
        return Tensor.of(Storage(1, dtype, "constant", array=np.full((1,), number, dtype)), ())

    def derived(self, source: Storage, size: int, function: Callable[[np.ndarray], np.ndarray]) -> Storage | None:
        """What a function makes of a variable, computed only when the variable has another value; None where this graph changes it."""
        variable = source.variable
        if variable is None or variable in self.graph.writes:
            return None
        constant = self._known.get((id(variable), function))
        if constant is None:
            constant = DerivedConstant(variable, np.zeros(size, dtypes.numpy_dtype(variable.spec.dtype)), function)
            self._known[id(variable), function] = constant
        self.plan.derived.append(constant)
        return Storage(size, variable.spec.dtype, "constant", f"derived from {variable.path}", constant.array)

    def temporary(self, size: int, dtype: str, name: str = "") -> Storage:
        """A storage for a value in between; named after the node if it has no other name."""
        return Storage(size, dtype, name=name or (self._node.primitive.name if self._node else ""))

    def materialize(self, tensor: Tensor) -> Storage:
        """The storage of a tensor, with every repetition written out."""
        if tensor.is_contiguous:
            return tensor.storage
        if tensor not in self._materialized:
            self._materialized[tensor] = Tensor.of(self._write_out(tensor), tensor.shape)
        return self._materialized[tensor].storage

    def _write_out(self, tensor: Tensor) -> Storage:
        copy = self.find("copy", str(tensor.storage.item))
        if copy is not None and pattern(tensor.shape, tensor.stored_shape) is not None:
            return self.elementwise(copy, [tensor], tensor.shape, tensor.dtype)
        return self.copy(tensor.storage, tensor.shape, tensor.broadcast_to(tensor.shape).strides())

    # ---- operations

    def elementwise(self, kernel: Kernel, inputs: Sequence[Tensor], shape: Shape, dtype: str) -> Storage:
        """Apply a kernel at each position, with inputs broadcast to the shape."""
        split: Split | None = None
        storages, patterns = [], []
        for tensor in inputs:
            found = pattern(shape, tensor.stored_shape)
            storage = tensor.storage
            if found is None or (found.split is not None and split is not None and found.split != split):
                storage, found = self.materialize(tensor.broadcast_to(shape)), Pattern(Form.FULL)
            split = split or found.split
            storages.append(storage)
            patterns.append(found)
        size = math.prod(shape)
        return self._call(kernel, storages, patterns, self.temporary(size, dtype), size, split)

    def reduce(self, kernel: Kernel, tensor: Tensor, split: Split, dtype: str, part: int = 0) -> Storage:
        """Reduce each row, or each column, of a split of a tensor; the kernel says which. With `part`, each column of each part of the rows."""
        rows, columns = split
        size = rows if kernel.kind is Kind.REDUCE_COLUMNS else -(-rows // part) * columns if part else columns
        return self._over(kernel, tensor, split, self.temporary(size, dtype), part)

    def rowwise(self, kernel: Kernel, tensor: Tensor, split: Split, dtype: str) -> Storage:
        """Whole rows from whole rows of a split of a tensor."""
        return self._over(kernel, tensor, split, self.temporary(split[0] * split[1], dtype))

    def _over(self, kernel: Kernel, tensor: Tensor, split: Split, output: Storage, part: int = 0) -> Storage:
        return self._call(kernel, [self.materialize(tensor)], [Pattern(Form.FULL)], output, split[0] * split[1], split, part)

    def expand(self, kernel: Kernel, storage: Storage, split: Split, dtype: str) -> Storage:
        """Fill a space from one number per row, or from a state; the kernel says which."""
        size = split[0] * split[1]
        form = Form.ROW if kernel.kind is Kind.EXPAND else Form.SCALAR
        return self._call(kernel, [storage], [Pattern(form, split)], self.temporary(size, dtype), size, split)

    def _call(
        self,
        kernel: Kernel,
        inputs: Sequence[Storage],
        patterns: Sequence[Pattern],
        output: Storage,
        size: int,
        split: Split | None,
        part: int = 0,
    ) -> Storage:
        self.plan.ops.append(KernelCall(kernel, tuple(inputs), tuple(patterns), (output,), size, split, self.nodes, part))
        return output

    def copy(self, source: Storage, shape: Shape, strides: list[int], offset: int = 0) -> Storage:
        """A copy of `source` seen with strides."""
        target = self.temporary(math.prod(shape), source.dtype)
        return self.append(StridedCopy((source,), (target,), self.nodes, shape=shape, strides=strides, offset=offset))[0]

    def task(
        self,
        kernel: Kernel,
        inputs: Given[Storage | None],
        outputs: Sequence[Storage] | None = None,
        *,
        ints: Given[int],
        floats: Given[float] | None = None,
        index_tables: Sequence[int] = (),
        work: int = 0,
        can_fail: bool = False,
    ) -> tuple[Storage, ...]:
        """Append a kernel that cuts its work in its own way; its outputs, which are those of the node unless others are given."""
        if outputs is None:
            outputs = self.node_outputs()
        return self.append(
            task_call(kernel, inputs, outputs, self.nodes, ints, floats, index_tables=index_tables, work=work, can_fail=can_fail)
        )

    def append(self, op: Op) -> tuple[Storage, ...]:
        """Append an operation; its outputs."""
        self.plan.ops.append(op)
        return op.writes

    # ---- the node that is being lowered

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The node, for operations that a rule makes."""
        return (self._node,) if self._node is not None else ()

    def node_outputs(self) -> list[Storage]:
        """A new storage for each output of the node."""
        return [self.temporary(value.spec.size, value.spec.dtype) for node in self.nodes for value in node.outputs]

    def define(self, node: Node, *results: Storage | Tensor) -> bool:
        """Say where the outputs of a node are found. True, which says that the node is done."""
        for value, result in zip(node.outputs, results, strict=True):
            self.tensors[value] = Tensor.of(result, value.spec.shape) if isinstance(result, Storage) else result
        return True

    def _call_python(self, node: Node, inputs: list[Tensor]) -> None:
        reads = tuple(self.materialize(tensor) for tensor in inputs)
        call: OpaqueOp = PythonCall(reads, tuple(self.node_outputs()), (node,), shapes=tuple(tensor.shape for tensor in inputs))
        self.define(node, *self.append(call))
