"""Rules for what moves elements without changing them: transpose, slices, joining."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassworks.engine.native.ir.values import Storage, Tensor, row_major
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node

ELEMENTS_IN_TILE = 8192  # of a task that moves elements or adds them up


def transposed(lowering: Lowering, x: Tensor, order: tuple[int, ...]) -> Tensor:
    """A copy with axes in another order; axes that are left out have size 1."""
    storage, strides = lowering.materialize(x), row_major(x.shape)
    shape = tuple(x.shape[axis] for axis in order)
    return Tensor.of(lowering.copy(storage, shape, [strides[axis] for axis in order]), shape)


def transpose(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Axes in another order."""
    axes = node.attributes["axes"]
    moving = [axis for axis in axes if x.shape[axis] != 1]
    storage = lowering.materialize(x) if moving == sorted(moving) else transposed(lowering, x, axes).storage
    return lowering.define(node, storage)


def take_slices(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """A copy with an offset and steps."""
    storage, offset, steps = lowering.materialize(x), 0, []
    for one, size, stride in zip(node.attributes["slices"], x.shape, row_major(x.shape), strict=True):
        start, _, step = slice(*one).indices(size)
        offset += start * stride
        steps.append(step * stride)
    return lowering.define(node, lowering.copy(storage, node.outputs[0].spec.shape, steps, offset))


def unstack(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """A copy for each entry along an axis."""
    axis = node.attributes["axis"]
    storage, strides = lowering.materialize(x), row_major(x.shape)
    shape, steps = (*x.shape[:axis], *x.shape[axis + 1 :]), [*strides[:axis], *strides[axis + 1 :]]
    return lowering.define(node, *(lowering.copy(storage, shape, steps, i * strides[axis]) for i in range(len(node.outputs))))


def concatenate(lowering: Lowering, node: Node, *arrays: Tensor) -> bool:
    """Arrays one after the other: row after row of what lies before the axis."""
    rows = math.prod(node.outputs[0].spec.shape[: node.attributes["axis"]])
    storages = [lowering.materialize(x) for x in arrays]
    most = lowering.target.most_operands - 4  # with the result, fewer than a task may have
    while len(storages) > most:
        storages = [_join(lowering, storages[i : i + most], rows) for i in range(0, len(storages), most)]
    return lowering.define(node, _join(lowering, storages, rows))


def _join(lowering: Lowering, storages: list[Storage], rows: int) -> Storage:
    size = sum(storage.size for storage in storages)
    result = lowering.temporary(size, storages[0].dtype, "concatenate")
    tiles = max(1, min(rows, size // ELEMENTS_IN_TILE))
    row_bytes = [storage.bytes // rows for storage in storages]
    ints: dict[str, int | Sequence[int]] = {"rows": rows, "tiles": tiles, "count": len(storages), "row_bytes": row_bytes}
    return lowering.task(lowering.target.kernel("concatenate"), {"arrays": storages}, [result], ints=ints, work=size)[0]


def place_slices(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Zeros with an array at slices of them."""
    target = node.outputs[0].spec.shape
    axes: list[tuple[int, int, int, int]] = []
    for one, source, size in zip(node.attributes["slices"], x.shape, target, strict=True):
        start, _, step = slice(*one).indices(size)
        axes.append((source, size, start, step))
    rows = 1
    while axes and axes[0] == (axes[0][1], axes[0][1], 0, 1):
        rows *= axes.pop(0)[0]
    sources, targets, starts, steps = zip(*(axes or [(1, 1, 0, 1)]), strict=True)
    tiles = max(1, min(rows, math.prod(target) // ELEMENTS_IN_TILE))
    ints = {"item": x.storage.item, "tiles": tiles, "rows": rows, "axes": len(sources)}
    lists = {"sources": sources, "targets": targets, "starts": starts, "steps": steps}
    inputs = {"source": lowering.materialize(x)}
    return lowering.define(
        node, *lowering.task(lowering.target.kernel("place_slices"), inputs, ints={**ints, **lists}, work=math.prod(target))
    )


MOVE_RULES: dict[str, Rule] = {
    "transpose": transpose,
    "take_slices": take_slices,
    "unstack": unstack,
    "concatenate": concatenate,
    "place_slices": place_slices,
}
