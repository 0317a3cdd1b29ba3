"""The steps of an exported program, from the merged graph: which expressions it computes, in which order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks.export.merging import MergedGraph, MergedNode, MergedValue
from glassworks.export.numpy_program import lessons, matrix_rules
from glassworks.export.numpy_program.code import PRODUCT, Code, OpenSizes, literal
from glassworks.export.numpy_program.layer_rules import options_text, window_options
from glassworks.export.numpy_program.rules import code_of, shape_text
from glassworks.export.sizes import Dimension
from glassworks.graph import Node
from glassworks.scope import Frame

assert matrix_rules, "its rules are registered"
# What changes gradients alone.
_IDENTITIES = {"custom_gradient", "stop_gradient", "copy"}
# The number of steps among which the next one is looked for.
_AHEAD = 64


@dataclass
class Step:
    """One statement of the program.

    Attributes:
        outputs: The values that it computes; None for those that nothing reads.
        code: The expression.
        origin: The node of the graph that it stands for, the last one if there are several.
    """

    outputs: list[MergedValue | None]
    code: Code
    origin: Node


def steps_of(graph: MergedGraph, sizes: OpenSizes, plain: bool = False) -> tuple[list[Step], list[Any]]:
    """The steps, and the values that the program returns.

    Args:
        graph: The graph.
        sizes: The open sizes.
        plain: Whether each primitive stays by itself, where otherwise known groups of them become the call of one function.

    Raises:
        UnexportableError: The graph has an operation that the program cannot express.
    """
    return _Builder(graph, sizes, plain).steps()


class _Builder:
    def __init__(self, graph: MergedGraph, sizes: OpenSizes, plain: bool) -> None:
        self._graph, self._sizes, self._plain = graph, sizes, plain
        self._same: dict[int, MergedValue] = {}
        self._groups = _groups(graph.nodes)
        for node in graph.nodes:
            node.inputs = [self._source(value) for value in node.inputs]
            if node.name in _IDENTITIES:
                self._same |= {id(output): source for output, source in zip(node.outputs, node.inputs, strict=False)}
            elif node.name == "reshape" and _equal(node.inputs[0].shape, node.outputs[0].shape):
                self._same[id(node.outputs[0])] = node.inputs[0]
        self._results = [self._source(value) if isinstance(value, MergedValue) else value for value in graph.outputs]

    def _source(self, value: MergedValue) -> MergedValue:
        return self._same.get(id(value), value)

    def steps(self) -> tuple[list[Step], list[Any]]:
        self._count_uses()
        wanted = {id(value) for value in self._results if isinstance(value, MergedValue)}
        steps: list[Step] = []
        for node in reversed(self._graph.nodes):
            if not any(id(value) in wanted for value in node.outputs) or node.name in _IDENTITIES or id(node.outputs[0]) in self._same:
                continue
            code = (None if self._plain else self._known(node)) or code_of(node, self._sizes)
            outputs = [value if id(value) in wanted else None for value in node.outputs][: code.results]
            steps.append(Step(outputs, code, node.origin))
            wanted |= {id(value) for value in code.operands}
        return _by_layer(steps[::-1]), self._results

    def _count_uses(self) -> None:
        """Count the readers of each value again, without nodes that nothing needs."""
        for node in self._graph.nodes:
            for value in (*node.inputs, *node.outputs):
                value.uses = 0
        needed = {id(value) for value in self._results if isinstance(value, MergedValue)}
        for node in reversed(self._graph.nodes):
            if any(id(value) in needed for value in node.outputs):
                read = node.inputs[: len(node.outputs)] if node.name in _IDENTITIES else node.inputs
                for value in read:
                    value.uses += 1
                    needed.add(id(value))
        for value in self._results:
            if isinstance(value, MergedValue):
                value.uses += 1

    # ---- groups of primitives that one function computes

    def _known(self, node: MergedNode) -> Code | None:
        return (
            self._normalization(node)
            or self._dense(node)
            or self._projection(node)
            or self._convolution(node)
            or self._embedding(node)
            or self._entry(node)
        )

    def _dense(self, node: MergedNode) -> Code | None:
        """A matrix product with a weight, of arrays of any rank, and the bias added to it."""
        bias, last = None, node
        if node.name == "reshape":  # the bias is added before the rows go back to their places
            node = _followed(node, "add") or node
        if node.name == "add" and node.inputs[1].rank == 1 and _inner(node.inputs[0]) and node.inputs[0].node is not None:
            bias, node = node.inputs[1], node.inputs[0].node
        if node.name == "reshape" or last.name != "reshape":
            found = _product(node, node)
        else:
            found = _product(last, node)
        if found is None or (bias is not None and not _equal(bias.shape, found[1].shape[-1:])):
            return None
        operands = [*found, *([] if bias is None else [bias])]
        if bias is None:
            return Code("{0:a} @ {1:a}", lambda _, x, kernel: x @ kernel, operands, PRODUCT)
        return Code("dense({0}, {1}, {2})", lambda _, *xs: lessons.dense(*xs), operands, helpers=(lessons.dense,))

    def _projection(self, node: MergedNode) -> Code | None:
        """A product over several axes of x and of a kernel, as in EinsumDense: both became matrices for it."""
        bias = None
        if node.name == "add" and node.inputs[1].variable is not None and _inner(node.inputs[0]) and node.inputs[0].node is not None:
            bias, node = node.inputs[1], node.inputs[0].node
        product = _followed(node, "matmul") if node.name == "reshape" else None
        if product is None:
            return None
        flat, matrix = (value.node for value in product.inputs)
        if any(product.attributes.values()) or flat is None or matrix is None or {flat.name, matrix.name} != {"reshape"}:
            return None
        x, kernel = flat.inputs[0], matrix.inputs[0]
        if kernel.variable is None or flat.outputs[0].rank != 2 or matrix.outputs[0].rank != 2:
            return None
        inputs = matrix.outputs[0].shape[0]
        for axes in range(1, min(x.rank, kernel.rank)):
            same = _equal(x.shape[-axes:], kernel.shape[:axes]) and _size(kernel.shape[:axes]) == inputs
            if same and _equal((*x.shape[:-axes], *kernel.shape[axes:]), node.outputs[0].shape):
                break
        else:
            return None
        function: Callable = lessons.project
        operands = [x, kernel, *([] if bias is None else [bias])]
        places = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        text = f"project({places})" if axes == 1 else f"project({places}, axes={axes})"
        return Code(text, lambda _, *xs: function(*xs, axes=axes), operands, helpers=(lessons.project,))

    def _convolution(self, node: MergedNode) -> Code | None:
        """A convolution, and the bias added to it."""
        if node.name != "add" or not _is_weight(node.inputs[1], rank=1) or not _inner(node.inputs[0]):
            return None
        bias, producer = node.inputs[1], node.inputs[0].node
        if producer is None or producer.name not in ("convolution", "convolution_input_gradient"):
            return None
        options = window_options(producer, ("strides", "dilation", "padding", "groups"), self._sizes)
        operands = [*producer.inputs, bias]
        if producer.name == "convolution":
            text = f"convolution({{0}}, {{1}}, {{2}}{options_text(options)})"
            needs = (lessons.convolution, lessons.windows_of)
            return Code(text, lambda _, *xs: lessons.convolution(*xs, **options), operands, helpers=needs)
        size = producer.attributes["size"]
        text, at = shape_text(size, self._sizes, node.origin.call)
        text = f"convolution_transpose({{0}}, {{1}}, {{2}}, size=({text}{',' if len(size) == 1 else ''}){options_text(options)})"
        return Code(
            text,
            lambda given, *xs: lessons.convolution_transpose(*xs, size=at(given), **options),
            operands,
            helpers=(lessons.convolution_transpose,),
        )

    def _embedding(self, node: MergedNode) -> Code | None:
        if node.name != "gather" or node.attributes["axis"] or not _is_weight(node.inputs[0], rank=2):
            return None
        check = node.inputs[1].node
        if check is None or check.name != "in_range" or check.attributes["what"] != "row" or len(check.inputs) > 1:
            return None
        if check.attributes["low"] != 0 or check.attributes["high"] != node.inputs[0].shape[0]:
            return None
        operands = [check.inputs[0], node.inputs[0]]
        return Code("embedding({0}, {1})", lambda _, *xs: lessons.embedding(*xs), operands, helpers=(lessons.embedding,))

    def _entry(self, node: MergedNode) -> Code | None:
        """A slice of one entry whose axis is removed: `x[:, -1]`."""
        if node.name != "reshape" or not _inner(node.inputs[0]) or node.inputs[0].node is None or node.inputs[0].node.name != "take_slices":
            return None
        inner = node.inputs[0].node
        x, cut = inner.inputs[0], inner.outputs[0]
        entries = [_entry_of(part, size) for part, size in zip(inner.attributes["slices"], x.shape, strict=True)]
        kept = [size for size, entry in zip(cut.shape, entries, strict=True) if entry is None]
        whole = all(
            entry is not None or part in ((None, None, 1), (0, None, 1)) for part, entry in zip(_parts(inner), entries, strict=True)
        )
        if not whole or not _equal(kept, node.outputs[0].shape):
            return None
        index = tuple(slice(None) if entry is None else entry for entry in entries)
        shown = [":" if entry is None else str(entry) for entry in entries]
        while len(shown) > 1 and shown[-1] == ":":
            shown.pop()
        return Code(f"{{0:a}}[{', '.join(shown)}]", lambda _, array: array[index], [x])

    def _normalization(self, node: MergedNode) -> Code | None:
        """Batch or layer normalisation over the last axis, from all the nodes of one call of the op."""
        frame, op = call_of(node.origin)
        group = self._groups[id(frame), op]
        if op not in ("batch_normalization", "layer_normalization") or group[-1] is not node:
            return None
        own = {id(value) for member in group for value in member.outputs}
        read = [value for member in group for value in member.inputs if id(value) not in own]
        inputs = _distinct(value for value in read if value.variable is None and value.arrays is None)
        weights = {value.variable.name: value for value in read if value.variable is not None}
        scalars = _distinct(value for value in read if value.arrays is not None)
        if len(inputs) != 1 or len(scalars) != 1 or scalars[0].rank or scalars[0].arrays is None:
            return None
        x, size = inputs[0], inputs[0].shape[-1]
        if not _equal(node.outputs[0].shape, x.shape) or any(not _equal(value.shape, [size]) for value in weights.values()):
            return None
        if any(member.name == "reshape" and member.attributes["shape"][-1] != size for member in group):
            return None
        last = x.rank - 1
        if any(member.name == "reduce_mean" and tuple(member.attributes["axes"]) != (last,) for member in group):
            return None
        names = ["moving_mean", "moving_variance"] if op == "batch_normalization" else []
        known = {*names, "gamma", "beta"}
        if not set(names) <= set(weights) <= known:
            return None
        function = getattr(lessons, op)
        arguments = {"gamma": "scale", "beta": "shift"}
        optional = [name for name in arguments if name in weights]
        operands = [x, *(weights[name] for name in (*names, *optional))]
        keys = ["", *("" for _ in names), *(f"{arguments[name]}=" for name in optional)]
        epsilon = float(literal(scalars[0].arrays[0][()]))
        text = ", ".join(f"{key}{{{i}}}" for i, key in enumerate(keys)) + ("" if epsilon == 1e-3 else f", epsilon={epsilon}")

        def normalize(_: Sequence[int], *xs: np.ndarray) -> np.ndarray:
            fixed, named = xs[: 1 + len(names)], xs[1 + len(names) :]
            return function(*fixed, **{arguments[name]: value for name, value in zip(optional, named, strict=True)}, epsilon=epsilon)

        return Code(f"{op}({text})", normalize, operands, helpers=(function,))


def _product(last: MergedNode, node: MergedNode) -> tuple[MergedValue, MergedValue] | None:
    """x and the kernel of `x @ kernel`, where x may have been a matrix for the product alone.

    Args:
        last: The node whose result it is: the product, or the reshape after it.
        node: The product, or the reshape.
    """
    if node.name == "reshape":
        followed = _followed(node, "matmul")
        if followed is None:
            return None
        node = followed
    if node.name != "matmul" or any(node.attributes.values()) or not _is_weight(node.inputs[1], rank=2):
        return None
    x, kernel = node.inputs
    if last.name == "reshape":
        if x.node is None or x.node.name != "reshape" or x.rank != 2:
            return None
        x = x.node.inputs[0]
        shape = last.outputs[0].shape
        if x.rank < 2 or not _equal(x.shape[-1:], kernel.shape[:1]) or not _equal((*x.shape[:-1], *kernel.shape[1:]), shape):
            return None
    return x, kernel


def _followed(node: MergedNode, name: str) -> MergedNode | None:
    """The node of that name whose only reader is the given node; None if there is another before it."""
    before = node.inputs[0].node
    return before if before is not None and before.name == name and _inner(node.inputs[0]) else None


def _is_weight(value: MergedValue, rank: int) -> bool:
    return value.variable is not None and value.rank == rank


def _inner(value: MergedValue) -> bool:
    return value.uses == 1


def _size(shape: Sequence[Dimension]) -> int | None:
    return math.prod(size for size in shape if isinstance(size, int)) if all(isinstance(size, int) for size in shape) else None


def _equal(shape: Sequence[Dimension], other: Sequence[Dimension]) -> bool:
    return len(shape) == len(other) and all(a is not None and a == b for a, b in zip(shape, other, strict=True))


def _entry_of(part: Sequence[Any], size: Dimension) -> int | None:
    """The index of the single entry that a slice takes; negative where it is counted from an end that is open."""
    start, stop, step = part
    if step != 1 or start is None or stop is None:
        return None
    if isinstance(start, int) and isinstance(stop, int):
        return start if 0 <= start == stop - 1 else None
    if isinstance(start, int) or isinstance(stop, int) or isinstance(size, int) or size is None:
        return None
    same = start.factors == stop.factors == size.factors
    return start.constant - size.constant if same and start.constant == stop.constant - 1 and stop.constant <= size.constant else None


def _parts(node: MergedNode) -> list[tuple[Any, Any, int]]:
    sizes = node.inputs[0].shape
    return [(a, None if b == size else b, step) for (a, b, step), size in zip(node.attributes["slices"], sizes, strict=True)]


def call_of(node: Node) -> tuple[Frame | None, str]:
    """The call of a layer that a node belongs to, and the name of the op within it."""
    frames = node.origin
    at = max((i for i, frame in enumerate(frames) if frame.kind not in ("ops", "gradient", "data")), default=-1)
    op = next((frame.name for frame in frames[at + 1 :] if frame.kind == "ops"), "")
    return (frames[at] if at >= 0 else None), op


def _groups(nodes: Sequence[MergedNode]) -> dict[tuple[int, str], list[MergedNode]]:
    """The nodes of each op within each call of a layer."""
    groups: dict[tuple[int, str], list[MergedNode]] = {}
    for node in nodes:
        frame, op = call_of(node.origin)
        groups.setdefault((id(frame), op), []).append(node)
    return groups


def _by_layer(steps: Sequence[Step]) -> list[Step]:
    """The same steps in an order that keeps those of one call of a layer together, as far as what they read allows."""
    made = {id(value): number for number, step in enumerate(steps) for value in step.outputs if value is not None}
    waiting = [{made[id(value)] for value in step.code.operands if id(value) in made} for step in steps]
    left, order, frame = list(range(len(steps))), [], None
    done: set[int] = set()
    while left:
        ready = [number for number in left[:_AHEAD] if waiting[number] <= done]
        number = next((i for i in ready if call_of(steps[i].origin)[0] is frame), ready[0])
        left.remove(number)
        done.add(number)
        order.append(steps[number])
        frame = call_of(steps[number].origin)[0]
    return order


def _distinct(values: Iterator[MergedValue]) -> list[MergedValue]:
    return list({id(value): value for value in values}.values())
