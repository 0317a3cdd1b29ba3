"""Conversion, shapes, blocks of arrays, and custom gradients: the core names of `keras.ops`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, tree
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError
from glassworks.graph import Array, KerasTensor, Symbolic, Value, Variable, apply, op, spec_of
from glassworks.graph.deferral import expect_steps
from glassworks.ops.convert import axes_of, described, operand, own_operand
from glassworks.ops.indices import signed
from glassworks.ops.numpy.arithmetic import clip
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.shaping import reshape, squeeze
from glassworks.ops.primitives import control, index, joining
from glassworks.ops.primitives.cast import cast as cast_primitive
from glassworks.typing import ArrayLike, DTypeLike, Tensor

__all__ = [
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "dtype",
    "is_tensor",
    "saturate_cast",
    "scatter",
    "scatter_update",
    "shape",
    "slice",
    "slice_update",
    "stop_gradient",
    "unstack",
]


@op
def convert_to_tensor(x: ArrayLike, dtype: DTypeLike = None, sparse: bool | None = None, ragged: bool | None = None) -> Tensor:
    """Any array-like as a new `Array`; lists of Python floats get `floatx()`, arrays keep their dtype.

    >>> from glassworks import ops
    >>> ops.convert_to_tensor([1.0, 2.0])
    Array([1., 2.], dtype=float32)
    """
    return own_operand(x, dtypes.standardize(dtype) if dtype is not None else None)


def convert_to_numpy(x: ArrayLike) -> np.ndarray:
    """A plain NumPy array.

    >>> from glassworks import ops
    >>> ops.convert_to_numpy(ops.ones((2,)))
    array([1., 1.], dtype=float32)
    """
    array = np.asarray(x.value if isinstance(x, Variable) else x)
    return array if array.flags.writeable else array.copy()


def is_tensor(x: object) -> bool:
    """Whether x is an `Array` or a value of a graph.

    >>> from glassworks import ops
    >>> ops.is_tensor(ops.ones((2,))), ops.is_tensor([1.0, 1.0])
    (True, False)
    """
    return isinstance(x, (Array, Symbolic)) and not isinstance(x, KerasTensor)


@op
def cast(x: ArrayLike, dtype: DTypeLike) -> Tensor:
    """The same numbers in another dtype; floats become integers by truncation.

    >>> from glassworks import ops
    >>> ops.cast([1.7, -1.7], "int32")
    Array([ 1, -1], dtype=int32)
    """
    dtype = dtypes.standardize(dtype)
    x = operand(x)
    return x if spec_of(x).dtype == dtype else apply(cast_primitive, x, dtype=dtype)


@op
def saturate_cast(x: ArrayLike, dtype: DTypeLike) -> Tensor:
    """The same numbers in another dtype; numbers out of range become the nearest number in it.

    >>> from glassworks import ops
    >>> ops.saturate_cast([-3.0, 300.0], "uint8")
    Array([  0, 255], dtype=uint8)
    """
    name = dtypes.standardize(dtype)
    x = operand(x)
    own = spec_of(x).dtype
    if name == "bool" or own == "bool" or name in dtypes.COMPLEX:
        return cast(x, name)
    low, high = dtypes.smallest(name), dtypes.largest(name)
    if dtypes.is_integer(own):
        low, high = max(low, dtypes.smallest(own)), min(high, dtypes.largest(own))
    elif high >= dtypes.largest(own):
        return cast(x, name)
    elif dtypes.is_integer(name) and float(np.asarray(operand(high, own))) > high:
        # The largest number was rounded up when it became a float: take the next float below.
        high = float(np.nextafter(np.asarray(operand(high, own)), 0))
    return cast(clip(x, low, high), name)


def shape(x: ArrayLike) -> tuple:
    """The shape as a tuple; None for sizes that are not known.

    >>> from glassworks import ops
    >>> ops.shape(ops.zeros((2, 3)))
    (2, 3)
    """
    return tuple(described(x).shape)


def dtype(x: ArrayLike) -> str:
    """The name of the dtype.

    >>> from glassworks import ops
    >>> ops.dtype(ops.zeros((2, 3)))
    'float32'
    """
    return described(x).dtype


@op
def stop_gradient(variable: ArrayLike) -> Tensor:
    """The same numbers; no gradient flows back through them.

    >>> from glassworks import grad, ops
    >>> grad(lambda x: x * ops.stop_gradient(x))(3.0)
    Array(3., dtype=float32)
    """
    return apply(control.stop_gradient, operand(variable))


def custom_gradient(f: Callable) -> Callable:
    """Decorate a function that defines its own gradient.

    Args:
        f: Takes arrays; returns the result (or a structure of them) and a function from the upstream gradients, one per
            result, to those of the arguments, one per argument.

    >>> from glassworks import grad, ops
    >>> @ops.custom_gradient
    ... def doubled_slope(x):
    ...     return x * x, lambda upstream: upstream * 4.0 * x
    >>> grad(doubled_slope)(3.0)
    Array(12., dtype=float32)
    """

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        operands = [operand(argument) for argument in args]
        result, gradient = f(*operands, **kwargs)
        results = [operand(leaf) for leaf in tree.flatten(result)]

        def of_arguments(*upstream: Tensor) -> list[Tensor | None]:
            given = gradient(*upstream)
            given = list(given) if isinstance(given, (list, tuple)) else [given]
            if len(given) != len(operands):
                raise ArgumentError(
                    f"{len(given)} gradients from the function that {f.__name__} returned",
                    f"{len(operands)}, one per argument",
                    "return a gradient (or None) for each",
                )
            return [None if g is None else operand(g, spec_of(x).dtype) for g, x in zip(given, operands, strict=True)]

        outputs = apply(control.custom_gradient, *results, *operands, count=len(results), gradient=of_arguments)
        return tree.pack_sequence_as(result, list(outputs) if len(results) > 1 else [outputs])

    wrapped.__name__, wrapped.__doc__ = f.__name__, f.__doc__
    return wrapped


@op
def unstack(x: ArrayLike, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The entries along an axis as a list of arrays.

    Args:
        x: At least one axis.
        num: The expected number of entries; not needed, since sizes are known.
        axis: The axis.

    >>> from glassworks import ops
    >>> first, second = ops.unstack([[1, 2], [3, 4]])
    >>> second
    Array([3, 4], dtype=int32)
    """
    x = operand(x)
    (axis,) = axes_of(axis, len(spec_of(x).shape))
    count = spec_of(x).shape[axis]
    if num is not None and num != count:
        raise ArgumentError(f"num={num} for an axis of size {count}", f"num={count}", "leave num away")
    if count < 2:
        return [squeeze(x, axis)] if count else []
    expect_steps(count)
    return list(apply(joining.unstack, x, axis=axis))


# ---- blocks and positions of an array


def _starts(start_indices: Any, rank: int) -> Tensor | tuple[int, ...]:
    """The starts of a block: ints where they are known, else values of the graph."""
    start_indices = list(start_indices) if isinstance(start_indices, (list, tuple)) else start_indices
    if isinstance(start_indices, list) and any(isinstance(index, Value) for index in start_indices):
        return signed(start_indices)
    start_indices = signed(start_indices)
    starts = start_indices if isinstance(start_indices, Value) else tuple(int(index) for index in np.asarray(start_indices).reshape(-1))
    count = spec_of(start_indices).size
    if count != rank:
        raise ShapeError(f"{count} start indices for {rank} axes", f"{rank}, one per axis", "begin at 0 along axes that are taken whole")
    return starts


def _block(starts: Sequence[int], sizes: Sequence[int], full: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    if any(n > size for n, size in zip(sizes, full, strict=True)):
        raise ShapeError(
            f"a block of shape {tuple(sizes)} in an array of shape {tuple(full)}",
            "a block no larger than the array",
            "check the shape of the block",
        )
    from_end = [a + size if a < 0 else a for a, size in zip(starts, full, strict=True)]
    moved = [max(0, min(a, size - n)) for a, n, size in zip(from_end, sizes, full, strict=True)]
    return tuple((a, a + n, 1) for a, n in zip(moved, sizes, strict=True))


@op
def slice(inputs: ArrayLike, start_indices: ArrayLike, shape: Sequence[int]) -> Tensor:
    """A block of this shape that starts at these indices; a start out of range is moved until the block fits.

    Args:
        inputs: Any numbers.
        start_indices: One per axis; may be computed by the graph. Negative ones count from the end.
        shape: The size along each axis.

    >>> from glassworks import ops
    >>> ops.slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, 2))
    Array([[2, 3],
           [5, 6]], dtype=int32)
    """
    inputs = operand(inputs)
    full, sizes = spec_of(inputs).shape, tuple(int(n) for n in shape)
    if len(sizes) != len(full):
        raise ShapeError(f"a block of shape {sizes} in an array of shape {tuple(full)}", "one size per axis", "list every axis")
    starts = _starts(start_indices, len(full))
    if not isinstance(starts, tuple):
        return apply(joining.take_block, inputs, starts, shape=sizes)
    return apply(joining.take_slices, inputs, slices=_block(starts, sizes, full))


@op
def slice_update(inputs: ArrayLike, start_indices: ArrayLike, updates: ArrayLike) -> Tensor:
    """The array with a block replaced, starting at these indices; a start out of range is moved until the block fits.

    Args:
        inputs: Any numbers.
        start_indices: One per axis; may be computed by the graph. Negative ones count from the end.
        updates: The block, with as many axes.

    >>> from glassworks import ops
    >>> ops.slice_update(ops.zeros((2, 3)), (0, 1), ops.ones((2, 2)))
    Array([[0., 1., 1.],
           [0., 1., 1.]], dtype=float32)
    """
    inputs = operand(inputs)
    updates = operand(updates, spec_of(inputs).dtype)
    full, sizes = spec_of(inputs).shape, spec_of(updates).shape
    if len(sizes) != len(full):
        raise ShapeError(
            f"a block of shape {tuple(sizes)} in an array of shape {tuple(full)}", "as many axes in both", "add axes with ops.expand_dims"
        )
    starts = _starts(start_indices, len(full))
    if not isinstance(starts, tuple):
        return apply(joining.place_block, inputs, updates, starts)
    slices = _block(starts, sizes, full)
    inside = np.zeros(full, dtype=bool)
    inside[tuple(np.s_[a:b] for a, b, _ in slices)] = True
    return where(inside, apply(joining.place_slices, updates, slices=slices, shape=full), inputs)


REDUCTIONS = {None: "set", "add": "add", "mul": "multiply", "max": "maximum", "min": "minimum"}


@op
def scatter(indices: ArrayLike, values: ArrayLike, shape: Sequence[int]) -> Tensor:
    """Zeros of a shape with values added at indices.

    Args:
        indices: Shape (n, k): the first k coordinates of each position. Negative ones count from the end; positions out of range
            are left out.
        values: Shape (n, ...): the values to add.
        shape: The shape of the result.

    >>> from glassworks import ops
    >>> ops.scatter([[0], [2], [0]], [1.0, 5.0, 2.0], (3,))
    Array([3., 0., 5.], dtype=float32)
    """
    values = operand(values)
    return scatter_update(np.zeros(tuple(shape), dtypes.numpy_dtype(spec_of(values).dtype)), indices, values, "add")


@op
def scatter_update(inputs: ArrayLike, indices: ArrayLike, updates: ArrayLike, reduction: str | None = None) -> Tensor:
    """The array with updates written at indices, or combined with the entries there.

    Args:
        inputs: Any numbers.
        indices: Shape (n, k): the first k coordinates of each position. Negative ones count from the end; positions out of range
            are left out.
        updates: Shape (n, ...): the values to write.
        reduction: None to replace, or `"add"`, `"mul"`, `"max"`, `"min"`.

    >>> from glassworks import ops
    >>> ops.scatter_update([1.0, 2.0, 3.0], [[1]], [9.0])
    Array([1., 9., 3.], dtype=float32)
    """
    if reduction not in REDUCTIONS:
        raise ArgumentError(f"reduction={reduction!r}", "None, 'add', 'mul', 'max' or 'min'", "None replaces what is there")
    inputs, indices = operand(inputs), operand(indices)
    updates = operand(updates, spec_of(inputs).dtype)
    if "int" not in spec_of(indices).dtype:
        raise ArgumentTypeError(f"indices of dtype {spec_of(indices).dtype}", "integers", "use ops.cast(indices, 'int32')")
    full, depth = spec_of(inputs).shape, spec_of(indices).shape[-1]
    count = math.prod(full[:depth])
    indices = signed(indices) if count < 2**31 else operand(signed(indices), "int64")
    flat: Any = None
    inside: Any = None
    for i in range(depth):
        part = indices[..., i]
        part = where(part < 0, part + full[i], part)
        fits = (part >= 0) & (part < full[i])
        flat, inside = (part, fits) if flat is None else (flat * full[i] + part, inside & fits)
    flat = reshape(where(inside, flat, -1), (-1,))
    rows = reshape(inputs, (count, *full[depth:]))
    given = reshape(updates, (spec_of(flat).size, *full[depth:]))
    return reshape(apply(index.scatter, rows, flat, given, reduction=REDUCTIONS[reduction]), full)
