"""Conversion, shapes, gradients under control, branches and loops: the core names of `keras.ops`."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import dtypes, tree
from glassworks.errors import GraphError
from glassworks.graph import Array, Symbolic, Variable, apply, operation, spec_of
from glassworks.ops.convert import operand
from glassworks.ops.numpy import clip, moveaxis, reshape, stack, where
from glassworks.ops.primitives import control, joining
from glassworks.ops.primitives.cast import cast as cast_primitive
from glassworks.ops.primitives.index import scatter_add


@operation
def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Any:
    """Any array-like as an `Array`; lists of Python floats get `floatx()`, arrays keep their dtype."""
    return operand(x, dtypes.standardize(dtype) if dtype is not None else None)


def convert_to_numpy(x: Any) -> np.ndarray:
    """A plain NumPy array."""
    return np.asarray(x.value if isinstance(x, Variable) else x)


def is_tensor(x: Any) -> bool:
    """Whether x is an `Array` or a symbolic value."""
    return isinstance(x, (Array, Symbolic))


@operation
def cast(x: Any, dtype: Any) -> Any:
    """The same numbers in another dtype."""
    dtype = dtypes.standardize(dtype)
    x = operand(x)
    return x if spec_of(x).dtype == dtype else apply(cast_primitive, x, dtype=dtype)


@operation
def saturate_cast(x: Any, dtype: Any) -> Any:
    """In another dtype, numbers beyond its range becoming the nearest in it."""
    name = dtypes.standardize(dtype)
    info = np.iinfo(name) if dtypes.is_integer(name) else np.finfo(dtypes.numpy_dtype(name))
    x = operand(x)
    if not dtypes.is_float(spec_of(x).dtype):
        x = operand(x, "float64")
    return cast(clip(x, float(info.min), float(info.max)), name)


def shape(x: Any) -> tuple:
    """The shape as a tuple; None for sizes that are not known."""
    return tuple(spec_of(x if hasattr(x, "shape") else operand(x)).shape)


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(shape(x))


def size(x: Any) -> int | None:
    """The number of entries; None where a size is not known."""
    sizes = shape(x)
    return None if None in sizes else int(np.prod(sizes, dtype=int))


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return spec_of(x if hasattr(x, "dtype") else operand(x)).dtype


@operation
def stop_gradient(variable: Any) -> Any:
    """The same numbers; no gradient flows back through them."""
    return apply(control.stop_gradient, operand(variable))


def custom_gradient(f: Callable) -> Callable:
    """Decorator for a function that brings its own gradient.

    Args:
        f: Takes arrays; returns the result (or a tuple) and a function from upstream gradients to those of the arguments.

    >>> from glassworks import grad, ops
    >>> @ops.custom_gradient
    ... def doubled_slope(x):
    ...     return x * x, lambda upstream: upstream * 4.0 * x
    >>> float(grad(doubled_slope)(3.0))
    12.0
    """

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        operands = [operand(argument) for argument in args]
        result, gradient = f(*operands, **kwargs)
        results = [operand(one) for one in tree.flatten(result)]

        def of_arguments(*upstream: Any, **more: Any) -> Any:
            return gradient(*upstream)

        outputs = apply(control.custom_gradient, *results, *operands, count=len(results), gradient=of_arguments)
        return tree.pack_sequence_as(result, list(outputs) if len(results) > 1 else [outputs])

    return wrapped


@operation
def cond(pred: Any, true_fn: Callable, false_fn: Callable) -> Any:
    """The result of one of two functions; in a graph both are computed and one is chosen."""
    pred = operand(pred) if not isinstance(pred, bool) else pred
    if not isinstance(pred, Symbolic):
        return true_fn() if bool(pred) else false_fn()
    return tree.map_structure(lambda a, b: where(pred, a, b), true_fn(), false_fn())


def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Repeat `body` on the loop variables as long as `cond` of them holds; not inside a graph, whose length must be known."""
    is_single = not isinstance(loop_vars, (tuple, list))
    state = (loop_vars,) if is_single else tuple(loop_vars)
    count = 0
    while maximum_iterations is None or count < maximum_iterations:
        going = cond(*state)
        if isinstance(going, Symbolic):
            raise GraphError("while_loop whose condition depends on values of a graph", "a condition on real numbers", "use fori_loop with a fixed count, or run eagerly")
        if not going:
            break
        found = body(*state)
        state = tuple(found) if isinstance(found, (tuple, list)) else (found,)
        count += 1
    return state[0] if is_single else type(loop_vars)(state)


def fori_loop(lower: int, upper: int, body_fun: Callable, init_val: Any) -> Any:
    """Repeat `value = body_fun(i, value)` for i from lower to upper, without it."""
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


def scan(f: Callable, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: int = 1) -> tuple[Any, Any]:
    """Carry a state over the first axis: `carry, y = f(carry, x)`; gives the last state and all y stacked."""
    count: Any = length if xs is None else shape(tree.flatten(xs)[0])[0]
    order = range(count)[::-1] if reverse else range(count)
    carry, found = init, []
    for i in order:
        x = None if xs is None else tree.map_structure(lambda part, i=i: operand(part)[i], xs)
        carry, y = f(carry, x)
        found.append(y)
    if reverse:
        found.reverse()
    stacked = tree.map_structure(lambda *ys: None if ys[0] is None else stack(ys), *found) if found else None
    return carry, stacked


def map(f: Callable, xs: Any) -> Any:
    """f of each entry of the first axis, stacked."""
    return scan(lambda _, x: (None, f(x)), None, xs)[1]


def vectorized_map(function: Callable, elements: Any) -> Any:
    """The same as `map`."""
    return map(function, elements)


def switch(index: Any, branches: Any, *operands: Any) -> Any:
    """The result of the branch with this number."""
    return branches[max(0, min(int(index), len(branches) - 1))](*operands)


@operation
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """A block of this shape that starts at these indices."""
    starts = [int(start) for start in np.asarray(start_indices)]
    return apply(joining.take_slices, operand(inputs), slices=tuple((a, a + n, 1) for a, n in zip(starts, shape, strict=True)))


@operation
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """The array with a block replaced, starting at these indices."""
    inputs, updates = operand(inputs), operand(updates, spec_of(operand(inputs)).dtype)
    starts = [int(start) for start in np.asarray(start_indices)]
    slices = tuple((a, a + n, 1) for a, n in zip(starts, spec_of(updates).shape, strict=True))
    full = spec_of(inputs).shape
    inside = np.zeros(full, dtype=bool)
    inside[tuple(builtins.slice(*one) for one in slices)] = True
    return where(inside, apply(joining.place_slices, updates, slices=slices, shape=full), inputs)


@operation
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros of a shape with values added at indices; the last axis of `indices` holds the coordinates."""
    indices, values = operand(indices), operand(values)
    depth = spec_of(indices).shape[-1]
    flat: Any = None
    for i in range(depth):
        part = indices[..., i]
        flat = part if flat is None else flat * int(shape[i]) + part
    count = int(np.prod(shape[:depth], dtype=int))
    placed = apply(scatter_add, values, flat, axis=0, size=count)
    return reshape(placed, tuple(shape))


@operation
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The entries along an axis as a list of arrays."""
    x = moveaxis(operand(x), axis, 0)
    return [x[i] for i in range(spec_of(x).shape[0])]

