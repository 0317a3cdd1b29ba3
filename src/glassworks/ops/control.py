"""Branches and loops. In a graph, branches are both computed and loops of known length are unrolled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, GraphError, ShapeError
from glassworks.graph import Graph, Node, Value, Variable, active_trace, apply, conditions, needed_if, op, spec_of, topological_order
from glassworks.ops.convert import operand
from glassworks.ops.numpy.arithmetic import clip
from glassworks.ops.numpy.comparison import logical_and, logical_not, where
from glassworks.ops.numpy.joining import concatenate, stack
from glassworks.ops.numpy.shaping import broadcast_to, moveaxis, reshape
from glassworks.ops.primitives import control
from glassworks.typing import ArrayLike, Structure, Tensor

__all__ = ["associative_scan", "cond", "fori_loop", "map", "scan", "switch", "vectorize", "vectorized_map", "while_loop"]


@op
def cond(pred: ArrayLike, true_fn: Callable, false_fn: Callable) -> Any:
    """The result of one of two functions.

    In a graph both are computed and one result is chosen; variables that a branch assigns change only if the branch is chosen.

    Args:
        pred: A boolean.
        true_fn, false_fn: Functions without arguments, whose results have the same structure and shapes.

    >>> from glassworks import ops
    >>> ops.cond(True, lambda: ops.ones(2), lambda: ops.zeros(2))
    Array([1., 1.], dtype=float32)
    """
    pred = operand(pred)
    if not isinstance(pred, Value):
        return true_fn() if bool(pred) else false_fn()
    if spec_of(pred).size != 1:
        raise ShapeError(f"a condition of shape {tuple(spec_of(pred).shape)}", "one boolean", "use ops.where to choose elementwise")
    pred = reshape(pred, ())
    if_true, written_if_true = _branch(true_fn, pred)
    if_false, written_if_false = _branch(false_fn, logical_not(pred))
    if (trace := active_trace()) is not None:
        for variable in dict.fromkeys([*written_if_true, *written_if_false]):
            before = trace.read(variable)
            chosen = where(pred, written_if_true.get(variable, before), written_if_false.get(variable, before))
            trace.write(variable, chosen)
    return tree.map_structure(lambda a, b: None if a is None else where(pred, a, b), if_true, if_false)


def _branch(function: Callable, taken: Tensor) -> tuple[Any, dict[Variable, Value]]:
    """The result of a branch, and the values that it assigns to variables; the outer trace does not record the assignments."""
    trace = active_trace()
    if trace is None:
        return _call_if(taken, function), {}
    before = dict(trace.writes)
    result = _call_if(taken, function)
    written = {variable: value for variable, value in trace.writes.items() if before.get(variable) is not value}
    trace.writes = before
    return result, written


@op
def switch(index: ArrayLike, branches: Sequence[Callable], *operands: Any) -> Any:
    """The result of the branch with this number; numbers out of range mean the first or the last.

    Args:
        index: An integer.
        branches: Functions of the operands, whose results have the same structure and shapes.

    >>> from glassworks import ops
    >>> ops.switch(1, [lambda x: x + 1.0, lambda x: x * 10.0], 3.0)
    30.0
    """
    index = operand(index)
    if not isinstance(index, Value):
        return branches[max(0, min(int(index), len(branches) - 1))](*operands)
    index = clip(index, 0, len(branches) - 1)
    result = _call_if(index == 0, lambda: branches[0](*operands))
    for number, branch in enumerate(branches[1:], start=1):
        chosen = _call_if(index == number, lambda branch=branch: branch(*operands))
        result = tree.map_structure(lambda a, b, number=number: where(index == number, a, b), chosen, result)
    return result


def _call_if(condition: Tensor, function: Callable) -> Any:
    """The result of a function, in which an index out of range is an error only if the condition holds."""
    for outer in conditions():
        condition = logical_and(outer, condition)
    with needed_if(condition):
        return function()


def _as_tuple(state: Structure) -> tuple:
    return tuple(state) if isinstance(state, (tuple, list)) else (state,)


@op
def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Repeat `body` on the loop variables as long as `cond` of them holds.

    Args:
        cond: A function of the loop variables that gives a boolean.
        body: A function of the loop variables that gives their new values, of the same shapes and dtypes.
        loop_vars: A tuple or list of them, or a single one.
        maximum_iterations: The largest number of iterations.

    Raises:
        GraphError: A gradient is asked of a loop whose length depends on numbers of the graph.

    >>> from glassworks import ops
    >>> ops.while_loop(lambda n, total: n < 5, lambda n, total: (n + 1, total + n), (0, 0))
    (5, 10)
    """
    is_single = not isinstance(loop_vars, (tuple, list))
    state = _as_tuple(loop_vars)
    count = 0
    while maximum_iterations is None or count < maximum_iterations:
        going = cond(*state)
        if isinstance(going, Value):
            state = _loop_in_graph(cond, body, state, None if maximum_iterations is None else maximum_iterations - count)
            break
        if not going:
            break
        state = _as_tuple(body(*state))
        count += 1
    return state[0] if is_single else type(loop_vars)(state)


def _loop_in_graph(cond: Callable, body: Callable, state: tuple, turns: int | None) -> tuple:
    start = [operand(leaf) for leaf in tree.flatten(list(state))]
    counter = [] if turns is None else [operand(turns, "int32")]
    inputs = [Value(spec_of(leaf)) for leaf in (*start, *counter)]
    given = tree.pack_sequence_as(list(state), inputs[: len(start)])
    going = operand(cond(*given), "bool")
    if counter:
        going = (inputs[-1] > 0) & going
    new, written = _branch(lambda: tree.flatten(list(_as_tuple(body(*given)))), reshape(going, ()))
    if written:
        raise GraphError(
            f"a while_loop whose body assigns variable {next(iter(written)).path!r}",
            "a body without assignments",
            "make it a loop variable, and assign it after the loop",
        )
    results = [operand(leaf) for leaf in new]
    if counter:
        results = [*results, inputs[-1] - 1]
    before, after = [spec_of(leaf) for leaf in inputs], [spec_of(leaf) for leaf in results]
    if before != after:
        raise ShapeError(
            f"loop variables {', '.join(str(spec) for spec in before)} that become {', '.join(str(spec) for spec in after)}",
            "shapes and dtypes that stay",
            "cast or reshape in the body",
        )
    step, captured = _subgraph(inputs, [going, *results])
    final = apply(control.while_loop, *start, *counter, *captured, step=step, count=len(inputs))
    flat = list(final)[: len(start)] if isinstance(final, tuple) else [final]
    return tuple(tree.pack_sequence_as(list(state), flat))


def _subgraph(inputs: list[Value], results: list[Any]) -> tuple[Graph, list[Value]]:
    """A graph of the nodes that depend on the inputs; other values that it reads become further inputs, computed once outside."""
    results = [result if isinstance(result, Value) else Value.constant(np.asarray(result)) for result in results]
    depends: set[Any] = set(inputs)
    captured: dict[Value, Value] = {}
    inside: dict[Value, Value] = {value: value for value in inputs}

    def enter(value: Value) -> Value:
        if value in inside or value.array is not None:
            return inside.get(value, value)
        return captured.setdefault(value, Value(value.spec))

    for node in topological_order(results):
        if any(value in depends for value in node.inputs):
            depends.update(node.outputs)
            copy = Node(node.primitive, [enter(value) for value in node.inputs], node.attributes, node.origin)
            inside.update(zip(node.outputs, copy.outputs, strict=True))
    outputs = [enter(value) for value in results]
    return Graph([*inputs, *captured.values()], outputs, outputs, {}, {}, "step"), list(captured)


@op
def fori_loop(lower: Any, upper: Any, body_fun: Callable, init_val: Structure) -> Any:
    """Repeat `value = body_fun(i, value)` for i from lower up to, but not including, upper.

    >>> from glassworks import ops
    >>> ops.fori_loop(0, 4, lambda i, total: total + i, 0)
    6
    """
    if isinstance(lower, Value) or isinstance(upper, Value):
        return while_loop(lambda i, _: i < upper, lambda i, value: (i + 1, body_fun(i, value)), (operand(lower, "int32"), init_val))[1]
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


@op
def scan(
    f: Callable, init: Structure, xs: Structure = None, length: int | None = None, reverse: bool = False, unroll: int = 1
) -> tuple[Any, Any]:
    """Carry a state over the first axis: `carry, y = f(carry, x)`.

    Args:
        f: A function of the state and an entry of `xs`, that gives the next state and a result.
        init: The first state.
        xs: A structure of arrays with equal first sizes; None to count only.
        length: The number of iterations if `xs` is None.
        reverse: Whether to begin at the end.
        unroll: Ignored: loops are always unrolled.

    Returns:
        The last state, and the results stacked along a new first axis.

    >>> from glassworks import ops
    >>> ops.scan(lambda total, x: (total + x, total), 0, ops.array([1, 2, 3]))
    (Array(6, dtype=int32), Array([0, 1, 3], dtype=int32))
    """
    sizes = {spec_of(operand(leaf)).shape[0] for leaf in tree.flatten(xs)} if xs is not None else {length}
    if length is not None:
        sizes.add(length)
    if len(sizes) != 1 or None in sizes:
        raise ArgumentError(
            f"xs={'None' if xs is None else 'arrays'} with first sizes {sorted(sizes, key=str)}",
            "one length",
            "pass xs with equal first sizes, or length=...",
        )
    order = range(sizes.pop() or 0)
    carry, outputs = init, []
    for i in reversed(order) if reverse else order:
        carry, y = f(carry, tree.map_structure(lambda part, i=i: operand(part)[i], xs) if xs is not None else None)
        outputs.append(y)
    if reverse:
        outputs.reverse()
    return carry, tree.map_structure(lambda *ys: None if ys[0] is None else stack(ys), *outputs) if outputs else None


@op
def associative_scan(f: Callable, elems: Structure, reverse: bool = False, axis: int = 0) -> Any:
    """All running results of an operation along an axis, in any grouping: f(f(a, b), c) must equal f(a, f(b, c)).

    Args:
        f: A function of two structures like `elems`, entry by entry.
        elems: A structure of arrays with equal sizes along the axis.
        reverse: Whether to run from the end.
        axis: The axis.

    >>> from glassworks import ops
    >>> ops.associative_scan(lambda a, b: a + b, ops.array([1, 2, 3]))
    Array([1, 3, 6], dtype=int32)
    """

    def cut(structure: Structure, start: int | None, stop: int | None) -> Any:
        return tree.map_structure(lambda x: x[start:stop], structure)

    def flipped(structure: Structure) -> Any:
        return tree.map_structure(lambda x: x[::-1], structure) if reverse else structure

    elems = flipped(tree.map_structure(lambda x: moveaxis(operand(x), axis, 0), elems))
    count, step = spec_of(tree.flatten(elems)[0]).shape[0], 1
    # Each round combines entries at twice the distance of the last one (Hillis and Steele, 1986).
    while step < count:
        joined = f(cut(elems, None, -step), cut(elems, step, None))
        elems = tree.map_structure(lambda old, new, step=step: concatenate([old[:step], new]), elems, joined)
        step *= 2
    return tree.map_structure(lambda x: moveaxis(x, 0, axis), flipped(elems))


@op
def map(f: Callable, xs: Structure) -> Any:
    """f of each entry of the first axis, the results stacked.

    >>> from glassworks import ops
    >>> ops.map(lambda x: x * x, ops.array([1, 2, 3]))
    Array([1, 4, 9], dtype=int32)
    """
    return scan(lambda _, x: (None, f(x)), None, xs)[1]


@op
def vectorized_map(function: Callable, elements: Structure) -> Any:
    """f of each entry of the first axis, the results stacked; the same as `map`.

    >>> from glassworks import ops
    >>> ops.vectorized_map(lambda x: x * x, ops.array([1, 2, 3]))
    Array([1, 4, 9], dtype=int32)
    """
    return map(function, elements)


def vectorize(pyfunc: Callable, *, excluded: Iterable[int | str] | None = None, signature: str | None = None) -> Callable:
    """A function of single numbers (or small arrays) as a function of arrays of them, which broadcast.

    Args:
        pyfunc: The function, written with ops.
        excluded: Positions and names of arguments that are passed as they are.
        signature: The axes of one call, as `"(n),(n)->()"`; by default single numbers.

    >>> from glassworks import ops
    >>> ops.vectorize(lambda x, y: ops.dot(x, y), signature="(n),(n)->()")([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    Array([3., 7.], dtype=float32)
    """
    excluded = set(excluded or ())

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        places = [i for i in range(len(args)) if i not in excluded]
        arrays = [operand(args[i]) for i in places]
        inner = [_axes_in(term) for term in signature.split("->")[0].replace(" ", "").split("),")] if signature else [0] * len(arrays)
        if len(inner) != len(arrays):
            raise ArgumentError(
                f"{len(arrays)} arrays for the signature {signature!r}",
                f"{len(inner)} arrays",
                "give one term per array",
                where="ops.vectorize",
            )
        shapes = [spec_of(x).shape for x in arrays]
        outer = np.broadcast_shapes(*(shape[: len(shape) - n] for shape, n in zip(shapes, inner, strict=True)))
        flat = [
            reshape(broadcast_to(x, (*outer, *shape[len(shape) - n :])), (int(np.prod(outer, dtype=int)), *shape[len(shape) - n :]))
            for x, shape, n in zip(arrays, shapes, inner, strict=True)
        ]

        def call_once(entries: list[Any]) -> Any:
            full = list(args)
            for i, entry in zip(places, entries, strict=True):
                full[i] = entry
            return pyfunc(*full, **kwargs)

        return tree.map_structure(lambda y: reshape(y, (*outer, *spec_of(y).shape[1:])), map(call_once, flat))

    return wrapped


def _axes_in(term: str) -> int:
    inside = term.strip("()")
    return len(inside.split(",")) if inside else 0
