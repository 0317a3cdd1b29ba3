"""Layers that change shapes without changing numbers. The batch axis stays first."""

from __future__ import annotations

import math
from typing import Any

from glassworks import ops
from glassworks.arguments import Integer, Optional, Tuple
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import DATA_FORMAT
from glassworks.layers.base import Layer
from glassworks.layers.input_spec import InputSpec
from glassworks.typing import Tensor


class Flatten(Layer):
    """All axes but the batch joined into one.

    Args:
        data_format: `"channels_last"` or `"channels_first"`: the position of the channels of images. The channels of the
            output vary fastest either way. By default that of `config.image_data_format()`.

    Input shape: `(batch, ...)`. Output shape: `(batch, product of the other sizes)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Flatten()(np.zeros((32, 28, 28))).shape
    (32, 784)
    """

    data_format = DATA_FORMAT

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(data_format=data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 1:
            inputs = ops.transpose(inputs, axes=(0, *range(2, rank), 1))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """`(batch, product of the other sizes)`; None if one of them is."""
        batch, *sizes = input_shape
        return (batch, None if None in sizes else math.prod(sizes))


class Reshape(Layer):
    """The numbers of each sample in another shape.

    Args:
        target_shape: The shape without the batch axis; one size may be -1 and follows from the others.

    Input shape: `(batch, ...)`. Output shape: `(batch, *target_shape)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Reshape((3, -1))(np.zeros((2, 12))).shape
    (2, 3, 4)
    """

    target_shape = Tuple("a tuple of integers", Optional(Integer(-1, floats=True)))

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(target_shape=target_shape)
        self.target_shape = tuple(-1 if size is None else size for size in self.target_shape)
        if self.target_shape.count(-1) > 1:
            raise ArgumentError(
                f"target_shape={target_shape!r}", "sizes >= 0, and -1 at most once", "leave the batch axis out", where="Reshape"
            )
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, self.compute_output_shape(tuple(inputs.shape)))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape after reshaping; a `ShapeError` if the numbers do not fit."""
        batch, *sizes = input_shape
        if None in sizes:
            return (batch, *(None if size == -1 else size for size in self.target_shape))
        total, known = math.prod(sizes), math.prod(size for size in self.target_shape if size != -1)
        free = -1 in self.target_shape
        if total != known and not (free and known and total % known == 0):
            raise ShapeError(
                f"samples of shape {tuple(sizes)} with {total} numbers",
                f"samples of {'a multiple of ' if free else ''}{known} numbers, for target_shape={self.target_shape}",
                "change target_shape, which leaves out the batch axis; -1 stands for the size that follows from the others",
            )
        return (batch, *(total // known if size == -1 and known else max(size, 0) for size in self.target_shape))


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: The axes, counted from 1 after the batch: `(2, 1)` swaps the first and the second.

    Input shape: `(batch, ...)`. Output shape: the same sizes in the order of `dims`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Permute((2, 1))(np.zeros((5, 10, 64))).shape
    (5, 64, 10)
    """

    dims = Tuple("a tuple of integers")

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(dims=dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                f"dims={dims!r}", f"each of 1 to {len(self.dims)} once", "the batch axis, 0, is not among them", where="Permute"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.transpose(inputs, axes=(0, *self.dims))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))


class RepeatVector(Layer):
    """Each sample's vector repeated `n` times along a new time axis.

    Args:
        n: The number of repetitions.

    Input shape: `(batch, features)`. Output shape: `(batch, n, features)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RepeatVector(3)(np.zeros((2, 5))).shape
    (2, 3, 5)
    """

    n = Integer(minimum=1)

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(n=n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Tensor) -> Tensor:
        batch, features = inputs.shape
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (batch, self.n, features))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """`(batch, n, features)`."""
        return (input_shape[0], self.n, input_shape[1])
