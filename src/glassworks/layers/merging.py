"""Layers that merge several tensors: sums, products, extremes, concatenation, dot products.

Elementwise layers take inputs of one shape, or shapes that broadcast. Inputs of fewer axes get axes of size 1 after the batch,
so `(batch, 8)` fits `(batch, 5, 8)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Argument, Integer
from glassworks.errors import ShapeError
from glassworks.layers.base import Layer
from glassworks.layers.call_context import get_mask
from glassworks.rearranging import rearranged
from glassworks.typing import Shape, Tensor

_INTEGER = Integer()


class _OfSeveral(Layer):
    """A layer of several inputs, whose shapes must fit each other: `compute_output_shape` raises an error if they do not."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Check that the shapes fit; there are no weights."""
        self.compute_output_shape(input_shape)


class _Merge(_OfSeveral):
    """The base of elementwise merging layers: checks shapes, aligns ranks, joins masks. Subclasses write `_merge`."""

    _exact_inputs: int | None = None

    def call(self, inputs: Any) -> Tensor:
        self.compute_output_shape(_shapes(inputs))
        rank = max(len(x.shape) for x in inputs)
        masks = [_spread_mask(get_mask(x), x) for x in inputs]
        return self._merge([_with_rank(x, rank) for x in inputs], [None if m is None else _with_rank(m, rank) for m in masks])

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        """The merged tensor of inputs of equal rank; masks have their shapes, or are None."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it merges")

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> tuple:
        """The shape that all inputs broadcast to; a `ShapeError` names the input that does not fit."""
        shapes = _list_of_shapes(input_shape, self._exact_inputs)
        batches = {shape[0]: position for position, shape in reversed(list(enumerate(shapes))) if shape and shape[0] is not None}
        # A batch of one sample, such as encoded positions, is combined with every sample.
        others_unknown = any(shape and shape[0] is None for shape in shapes)
        if 1 in batches and (len(batches) > 1 or others_unknown):
            del batches[1]
        if len(batches) > 1:
            first, second, *_ = sorted(batches.values())
            raise ShapeError(
                f"input {second} of shape {shapes[second]} beside input {first} of shape {shapes[first]}",
                "inputs with the same number of samples, the size of the first axis",
                "check that all inputs hold the same samples, samples first",
            )
        merged = shapes[0][1:]
        for position, shape in enumerate(shapes[1:], start=1):
            merged = _broadcast(merged, shape[1:], position, shapes)
        return (next(iter(batches), None), *merged)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """A position is present if it is in any input; no mask if an input has none."""
        if previous_mask is None or any(mask is None for mask in previous_mask):
            return None
        joined = previous_mask[0]
        for mask in previous_mask[1:]:
            joined = ops.logical_or(joined, mask)
        return joined


def _shapes(inputs: Any) -> list[tuple]:
    if not isinstance(inputs, (list, tuple)):
        raise ShapeError(f"one tensor of shape {tuple(inputs.shape)}", "a list of tensors", "call the layer on a list: layer([a, b])")
    return [tuple(x.shape) for x in inputs]


def _list_of_shapes(shapes: Any, exactly: int | None, at_least: int = 1) -> list[tuple]:
    """The shapes as a list of tuples, or an error if they are not several."""
    if not isinstance(shapes, (list, tuple)) or not all(isinstance(shape, (list, tuple)) for shape in shapes):
        raise ShapeError(f"one tensor of shape {tuple(shapes)}", "a list of tensors", "call the layer on a list: layer([a, b])")
    wanted = f"exactly {exactly}" if exactly else f"at least {at_least}"
    if (exactly and len(shapes) != exactly) or len(shapes) < at_least:
        raise ShapeError(f"{len(shapes)} inputs", f"{wanted} inputs", "change the list that the layer is called on")
    return [tuple(shape) for shape in shapes]


def _broadcast(merged: tuple, shape: tuple, position: int, shapes: list[tuple]) -> tuple:
    """The common shape of what was merged so far and the input at a position, both without the batch."""
    rank = max(len(merged), len(shape))
    pairs = zip((1,) * (rank - len(merged)) + merged, (1,) * (rank - len(shape)) + shape, strict=True)
    sizes: list[int | None] = []
    for axis, (a, b) in enumerate(pairs):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            earlier = ", ".join(map(str, shapes[:position]))
            raise ShapeError(
                f"input {position} of shape {shapes[position]} beside {earlier}: sizes {b} and {a} at axis {axis - rank}",
                "sizes that are equal or 1, counted from the last axis",
                "bring the inputs to one shape first, for example with a Dense layer, or use Concatenate",
            )
        sizes.append(None if a is None or b is None else max(a, b) if 0 not in (a, b) else 0)
    return tuple(sizes)


def _with_rank(x: Tensor, rank: int) -> Any:
    """x with axes of size 1 inserted after the batch."""
    shape = tuple(x.shape)
    return x if len(shape) == rank else ops.reshape(x, (shape[0], *(1,) * (rank - len(shape)), *shape[1:]))


def _spread_mask(mask: Tensor | None, x: Tensor) -> Any:
    """A mask of positions repeated over the features of x."""
    return None if mask is None else ops.broadcast_to(ops.expand_dims(mask, -1), x.shape)


class Add(_Merge):
    """The sum of all inputs.

    >>> from glassworks import layers, ops
    >>> layers.Add()([ops.array([[1.0, 2.0]]), ops.array([[10.0, 20.0]])]).numpy()
    array([[11., 22.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return _fold(ops.add, inputs)


class Subtract(_Merge):
    """The first of two inputs minus the second.

    >>> from glassworks import layers, ops
    >>> layers.Subtract()([ops.array([[1.0, 2.0]]), ops.array([[10.0, 20.0]])]).numpy()
    array([[ -9., -18.]], dtype=float32)
    """

    _exact_inputs = 2

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return ops.subtract(*inputs)


class Multiply(_Merge):
    """The product of all inputs; masked positions count as 1.

    >>> from glassworks import layers, ops
    >>> layers.Multiply()([ops.array([[1.0, 2.0]]), ops.array([[10.0, 20.0]])]).numpy()
    array([[10., 40.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        present = [x if mask is None else ops.where(mask, x, 1) for x, mask in zip(inputs, masks, strict=True)]
        product = _fold(ops.multiply, present)
        return product if any(mask is None for mask in masks) else ops.where(_fold(ops.logical_or, masks), product, 0)


class Average(_Merge):
    """The mean of all inputs.

    >>> from glassworks import layers, ops
    >>> layers.Average()([ops.array([[1.0, 2.0]]), ops.array([[3.0, 6.0]])]).numpy()
    array([[2., 4.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return _fold(ops.add, inputs) / len(inputs)


class Maximum(_Merge):
    """The largest of the inputs at each position; masked positions do not count.

    >>> from glassworks import layers, ops
    >>> layers.Maximum()([ops.array([[1.0, 5.0]]), ops.array([[3.0, 2.0]])]).numpy()
    array([[3., 5.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return _extreme(ops.maximum, inputs, masks)


class Minimum(_Merge):
    """The smallest of the inputs at each position; masked positions do not count.

    >>> from glassworks import layers, ops
    >>> layers.Minimum()([ops.array([[1.0, 5.0]]), ops.array([[3.0, 2.0]])]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return _extreme(ops.minimum, inputs, masks)


def _fold(function: Callable, inputs: list[Any]) -> Any:
    result = inputs[0]
    for x in inputs[1:]:
        result = function(result, x)
    return result


def _extreme(function: Callable, inputs: list[Any], masks: list[Any]) -> Any:
    """Reduce with maximum or minimum; where one side is masked, the result is the other."""
    result, result_mask = inputs[0], masks[0]
    for x, mask in zip(inputs[1:], masks[1:], strict=True):
        if mask is not None:
            x = ops.where(mask, x, result)
        if result_mask is not None:
            result = ops.where(result_mask, result, x)
        result_mask = None if mask is None or result_mask is None else ops.logical_or(result_mask, mask)
        result = function(result, x)
    return result


class Concatenate(_OfSeveral):
    """The inputs concatenated along an axis.

    Args:
        axis: The axis; all other sizes must be equal.

    >>> from glassworks import layers, ops
    >>> layers.Concatenate()([ops.zeros((2, 3)), ops.zeros((2, 5))]).shape
    (2, 8)
    """

    axis = _INTEGER

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis)

    def call(self, inputs: Any) -> Tensor:
        self.compute_output_shape(_shapes(inputs))
        return ops.concatenate(list(inputs), axis=self.axis)

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> tuple:
        """The first input's shape with the sizes along the axis added up; a `ShapeError` names the input that does not fit."""
        shapes = _list_of_shapes(input_shape, None)
        rank = len(shapes[0])
        if not -rank <= self.axis < rank:
            raise ShapeError(
                f"axis {self.axis} of inputs of shape {shapes[0]}", f"an axis from {-rank} to {rank - 1}", "the default is the last, -1"
            )
        axis = self.axis % rank
        sizes = list(shapes[0])
        for position, shape in enumerate(shapes[1:], start=1):
            clashes = [i for i, (a, b) in enumerate(zip(sizes, shape, strict=False)) if i != axis and None not in (a, b) and a != b]
            if len(shape) != rank or clashes:
                raise ShapeError(
                    f"input {position} of shape {shape} beside input 0 of shape {shapes[0]}",
                    f"equal sizes but at axis {self.axis}",
                    _joining_fix(tuple(shape), tuple(sizes), axis, clashes),
                )
            sizes = [
                _known(a, b) if i != axis else None if None in (a, b) else a + b for i, (a, b) in enumerate(zip(sizes, shape, strict=True))
            ]
        return tuple(sizes)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The masks joined in the same way; inputs without one are all present. None if no input has one."""
        if previous_mask is None or all(mask is None for mask in previous_mask):
            return None
        full = []
        for x, mask in zip(inputs, previous_mask, strict=True):
            if mask is None:
                full.append(ops.ones(x.shape, dtype="bool"))
            else:
                full.append(_spread_mask(mask, x) if len(mask.shape) < len(x.shape) else mask)
        return ops.any(ops.concatenate(full, axis=self.axis), axis=-1)


def _known(a: int | None, b: int | None) -> int | None:
    return b if a is None else a


class _Axes(Argument[Any]):
    """The axes of `Dot`: one integer or two."""

    def allows(self, value: object) -> bool:
        return _INTEGER.allows(value) or (isinstance(value, (list, tuple)) and len(value) == 2 and all(map(_INTEGER.allows, value)))

    def near(self) -> list[object]:
        """Values with too few or too many axes."""
        return [(1,), (1, 2, 3)]

    def __str__(self) -> str:
        return "an integer, or two of them: one axis for each input"


class Dot(_OfSeveral):
    """The dot product of two inputs along an axis of each, sample by sample.

    Args:
        axes: The axis to multiply and sum along, one for both inputs or one for each. Not 0, which is the batch.
        normalize: Whether to divide by the norms first, which gives the cosine of the angle.

    Output shape: the batch, the other axes of the first input, the other axes of the second; `(batch, 1)` for two vectors.

    >>> from glassworks import layers, ops
    >>> layers.Dot(axes=1)([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).numpy()
    array([[11.]], dtype=float32)
    """

    axes = _Axes()
    normalize = FLAG

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axes=axes, normalize=normalize)

    def call(self, inputs: Any) -> Tensor:
        shapes = _shapes(inputs)
        self.compute_output_shape(shapes)
        x, y = inputs
        i, j = self._axes(shapes)
        if self.normalize:
            x, y = ops.normalize(x, axis=i), ops.normalize(y, axis=j)
        letters = iter("bcdefghijklmnopqrstuvwxyz")
        left = ["a" if axis == 0 else "z" if axis == i else next(letters) for axis in range(len(x.shape))]
        right = ["a" if axis == 0 else "z" if axis == j else next(letters) for axis in range(len(y.shape))]
        kept = [letter for letter in left + right[1:] if letter != "z"]
        output = ops.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x, y)
        return ops.expand_dims(output, 1) if len(kept) == 1 else output

    def _axes(self, shapes: list[tuple]) -> tuple[int, int]:
        """The axis of each input, counted from the front."""
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else tuple(self.axes)
        for position, (axis, shape) in enumerate(zip(axes, shapes, strict=True)):
            rank = len(shape)
            if not -rank <= axis < rank or axis % rank == 0:
                raise ShapeError(
                    f"axis {axis} of input {position} of shape {shape}",
                    f"an axis from 1 to {rank - 1}",
                    "axis 0 is the batch; the last is -1",
                )
        return axes[0] % len(shapes[0]), axes[1] % len(shapes[1])

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> tuple:
        """The output's shape; a `ShapeError` if the sizes along the axes differ."""
        shapes = _list_of_shapes(input_shape, 2)
        i, j = self._axes(shapes)
        left, right = shapes
        for what, a, b in (("the batch", left[0], right[0]), (f"axes {i} and {j}", left[i], right[j])):
            if None not in (a, b) and a != b:
                raise ShapeError(
                    f"inputs of shapes {left} and {right}: sizes {a} and {b} along {what}",
                    "equal sizes there",
                    "choose other axes, or transpose an input with Permute",
                )
        output = (*left[:i], *left[i + 1 :], *right[1:j], *right[j + 1 :])
        return (*output, 1) if len(output) == 1 else output

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: the product is no longer one entry per position."""
        return None


def add(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The sum of a list of tensors; see `Add`.

    >>> from glassworks import layers, ops
    >>> layers.add([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[4.0, 6.0]]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The first of two tensors minus the second; see `Subtract`.

    >>> from glassworks import layers, ops
    >>> layers.subtract([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[-2.0, -2.0]]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The product of a list of tensors; see `Multiply`.

    >>> from glassworks import layers, ops
    >>> layers.multiply([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[3.0, 8.0]]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The mean of a list of tensors; see `Average`.

    >>> from glassworks import layers, ops
    >>> layers.average([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[2.0, 3.0]]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The largest of a list of tensors at each position; see `Maximum`.

    >>> from glassworks import layers, ops
    >>> layers.maximum([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[3.0, 4.0]]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Tensor], **kwargs: Any) -> Any:
    """The smallest of a list of tensors at each position; see `Minimum`.

    >>> from glassworks import layers, ops
    >>> layers.minimum([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[1.0, 2.0]]
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Tensor], axis: int = -1, **kwargs: Any) -> Any:
    """A list of tensors concatenated along an axis; see `Concatenate`.

    >>> from glassworks import layers, ops
    >>> layers.concatenate([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Sequence[Tensor], axes: Any = -1, **kwargs: Any) -> Any:
    """The dot product of two tensors, sample by sample; see `Dot`.

    >>> from glassworks import layers, ops
    >>> layers.dot([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).tolist()
    [[11.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)


def _joining_fix(shape: tuple, first: tuple, axis: int, clashes: list[int]) -> str:
    """The fix for two inputs that cannot be joined along an axis."""
    if len(shape) != len(first):
        return "give both the same number of axes"
    code = rearranged(shape, tuple(None if i == axis else size for i, size in enumerate(first)))
    if code and ".reshape(" not in code:
        return f"the axes of one input stand in another order: {code}"
    if len(clashes) == 1 and shape[axis] == first[axis]:
        return f"sizes differ at axis {clashes[0]}: join along that axis with axis={clashes[0]}, or give the layers before equal sizes"
    return f"sizes differ at axis {', '.join(map(str, clashes))}: crop, pad or pool one input to the sizes of the other"
