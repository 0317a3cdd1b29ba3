"""`apply`: the single place where primitives are executed or recorded. Arrays are computed at once; symbolic values add a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.context import context
from glassworks.errors import MemoryShortageError
from glassworks.graph.array import as_array, freeze_result
from glassworks.graph.node import Node
from glassworks.graph.primitive import Primitive
from glassworks.graph.spec import Spec
from glassworks.graph.value import Value
from glassworks.memory import in_words

if TYPE_CHECKING:
    from glassworks.typing import Tensor


def apply(primitive: Primitive, *operands: Any, **attributes: Any) -> Tensor:
    """Apply a primitive to arrays (giving arrays) or to graph values (giving values).

    Args:
        primitive: The primitive to compute.
        operands: Arrays or values; arrays among values become constants of the graph.
        attributes: The primitive's static arguments.

    Returns:
        One array or value; a tuple of them if the primitive has several outputs, to be unpacked by the caller. (To a type checker both
        are a tensor, which can be unpacked, too: the number of outputs is known to the primitive alone.)
    """
    for operand in operands:
        if isinstance(operand, Value):
            return _add_node(primitive, operands, attributes)
    trace = context.traces[-1] if context.traces else None
    if trace is not None and any(trace.watched(operand) is not None for operand in operands):
        return _add_node(primitive, operands, attributes)
    return _compute(primitive, operands, attributes)


def _add_node(primitive: Primitive, operands: tuple, attributes: dict[str, Any]) -> Any:
    values = [operand if isinstance(operand, Value) else _constant(operand) for operand in operands]
    node = Node(primitive, values, attributes)
    return node.outputs if len(node.outputs) > 1 else node.outputs[0]


def _constant(operand: np.ndarray) -> Value:
    """The constant of the graph for an array: the same each time, if a tape watches the array."""
    trace = context.traces[-1] if context.traces else None
    watched = trace.watched(operand) if trace is not None else None
    return Value.constant(operand) if watched is None else watched


def shortage(primitive: Primitive, operands: Sequence[Spec], attributes: dict[str, Any], where: str | None = None) -> MemoryShortageError:
    """The error for an op that could not allocate memory for its results."""
    specs = Node(primitive, [Value(spec) for spec in operands], attributes).outputs
    given = ", ".join(map(str, operands))
    sizes = " and ".join(f"{value.spec} ({in_words(value.spec.bytes)})" for value in specs)
    fix = "use smaller batches or sizes, or a dtype with fewer bytes"
    return MemoryShortageError(
        f"{primitive.name}({given}) gives {sizes}", "results that fit into the memory that is free", fix, where=where
    )


def _compute(primitive: Primitive, operands: tuple, attributes: dict[str, Any]) -> Any:
    plain = [operand.view(np.ndarray) for operand in operands]
    if context.deferral is not None:
        context.deferral.constants(primitive.infer_outputs([Spec(operand.shape, operand.dtype.name) for operand in plain], attributes))
    try:
        # Division by zero and overflow are visible in the result; NumPy's warnings would only repeat that.
        with np.errstate(all="ignore"):
            result = primitive.forward(np, *plain, **attributes)
    except (ValueError, IndexError, TypeError):
        # The shape rule raises an error that explains more than NumPy's message.
        Node(primitive, [Value.constant(operand) for operand in plain], attributes)
        raise
    except MemoryError as error:
        raise shortage(primitive, [Spec(operand.shape, operand.dtype.name) for operand in plain], attributes) from error
    several = isinstance(result, tuple)
    outputs = tuple(as_array(array) for array in (result if several else (result,)))
    if context.tapes:
        for output in outputs:
            freeze_result(output, operands)
        for tape in context.tapes:
            tape.record(primitive, operands, attributes, outputs)
    return outputs if several else outputs[0]
