"""One-hot and multi-hot encodings, and the peak signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.sizes import is_int
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.indices import signed
from glassworks.ops.numpy.arithmetic import square
from glassworks.ops.numpy.mathematics import log10
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import mean
from glassworks.ops.numpy.shaping import moveaxis
from glassworks.ops.primitives import index
from glassworks.typing import ArrayLike, DTypeLike, Tensor

__all__ = ["multi_hot", "one_hot", "psnr"]


@op
def one_hot(x: ArrayLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False) -> Tensor:
    """One-hot vectors along a new axis; all 0 for a number out of range.

    Args:
        x: Class numbers from 0.
        num_classes: The size of the new axis.
        axis: The position of the new axis.
        dtype: `floatx()` by default.
        sparse: Not supported: arrays are dense.

    >>> from glassworks import ops
    >>> ops.one_hot([2, 0], num_classes=3)
    Array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    x = operand(x)
    if not is_int(num_classes) or num_classes < 0:
        raise ArgumentError(f"num_classes={num_classes!r}", "a number of classes", "pass one more than the largest class number")
    if sparse:
        raise ArgumentError("sparse=True", "sparse=False, since arrays are dense", "remove sparse")
    encoded = apply(index.one_hot, signed(x), classes=int(num_classes), dtype=dtypes.standardize(dtype))
    rank = len(spec_of(encoded).shape)
    return encoded if axes_of(axis, rank)[0] == rank - 1 else moveaxis(encoded, -1, axis)


@op
def multi_hot(
    inputs: ArrayLike, num_classes: int | None = None, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False, **kwargs: Any
) -> Tensor:
    """Vectors with 1 for every number that occurs in a sample: shape (batch, n) or (n,) gives (batch, classes) or (classes,).

    >>> from glassworks import ops
    >>> ops.multi_hot([[0, 2], [1, 1]], num_classes=3)
    Array([[1., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if num_classes is None:
        raise ArgumentError("num_classes=None", "the number of classes", "pass num_classes=...")
    inputs = operand(inputs)
    reduced = 1 if len(spec_of(inputs).shape) > 1 else 0
    return max_over(one_hot(inputs, num_classes, axis=axis, dtype=dtype, sparse=sparse), axis=reduced)


@op
def psnr(x1: ArrayLike, x2: ArrayLike, max_val: float) -> Tensor:
    """The peak signal-to-noise ratio of two images of one shape, in decibels: higher is closer.

    Args:
        x1, x2: The images.
        max_val: The largest value that a pixel can have, 1.0 or 255.

    >>> from glassworks import ops
    >>> ops.psnr([0.0, 1.0], [0.1, 0.9], max_val=1.0)
    Array(20., dtype=float32)
    """
    x1, x2 = floating(x1, x2)
    if spec_of(x1).shape != spec_of(x2).shape:
        raise ShapeError(
            f"pictures of shapes {tuple(spec_of(x1).shape)} and {tuple(spec_of(x2).shape)}", "equal shapes", "crop or resize one of them"
        )
    return 20 * log10(operand(max_val, spec_of(x1).dtype)) - 10 * log10(mean(square(x1 - x2)))
