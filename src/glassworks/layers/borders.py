"""`ZeroPadding` and `Cropping` over one to three axes: cells added around the inputs, or taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FIXED, Argument
from glassworks.errors import ShapeError
from glassworks.layers.spatial import PerAxis, _SpatialLayer
from glassworks.typing import Tensor


class _Margins(Argument[tuple]):
    """A number of cells; or one for each spatial axis; or pairs, before and after. Over one axis, one pair."""

    def __init__(self, rank: int = 0) -> None:
        self.rank, self.pair = rank, PerAxis(2, minimum=0)

    def of(self, cls: Any) -> _Margins:
        """The argument for the spatial axes of a class."""
        return _Margins(cls.rank)

    def allows(self, value: object) -> bool:
        if self.rank == 1 or not isinstance(value, (list, tuple)):
            return self.pair.allows(value)
        return len(value) == self.rank and all(self.pair.allows(one) for one in value)

    def convert(self, value: Any) -> tuple:
        """A pair, or one for each of several axes."""
        if self.rank == 1:
            return self.pair.convert(value)
        return tuple(map(self.pair.convert, value if isinstance(value, (list, tuple)) else (value,) * self.rank))

    def near(self) -> list[object]:
        """Values near the limit, and for too few or too many axes."""
        near = self.pair.near()
        return [*near, *((one,) * self.rank for one in near)]

    def __str__(self) -> str:
        if self.rank == 1:
            return "an integer >= 0, or a pair of them: before and after"
        return f"an integer >= 0, or {self.rank} of them, or {self.rank} pairs: before and after"


class _Borders(_SpatialLayer):
    """The base of padding and cropping."""

    # The argument's name, and whether it adds or takes away.
    _argument: str
    _sign: int

    def __init__(self, margins: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self._keep_arguments(**{self._argument: margins})
        self.built = True

    @property
    def _margins(self) -> tuple[tuple[int, int], ...]:
        """A pair for each spatial axis."""
        margins = getattr(self, self._argument)
        return (margins,) if self.rank == 1 else margins

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = self._sizes(input_shape)
        changed = [None if size is None else size + self._sign * sum(pair) for size, pair in zip(sizes, self._margins, strict=True)]
        if any(size is not None and size <= 0 for size in changed) and self._sign < 0:
            raise ShapeError(
                f"inputs of size {sizes} with {self._argument}={getattr(self, self._argument)}",
                "something left after cropping",
                "crop less, or pass larger inputs",
            )
        return self._shape(input_shape[0], changed, self._channels(input_shape))


class _ZeroPadding(_Borders):
    _argument, _sign = "padding", 1
    padding = _Margins()

    def call(self, inputs: Tensor) -> Tensor:
        return ops.pad(inputs, self._on_spatial_axes(self._margins, (0, 0)))


class _Cropping(_Borders):
    _argument, _sign = "cropping", -1
    cropping = _Margins()

    def call(self, inputs: Tensor) -> Tensor:
        sizes = self._sizes(self.compute_output_shape(tuple(inputs.shape)))
        kept = [slice(before, before + size) for (before, _), size in zip(self._margins, sizes, strict=True)]
        return inputs[self._on_spatial_axes(kept, slice(None))]


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after each sequence.

    Args:
        padding: How many on either side, or a pair: how many before and after.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, padded time, channels)`.

    >>> from glassworks import layers
    >>> layers.ZeroPadding1D((1, 2))([[[5.0]]])[0, :, 0]
    Array([0., 5., 0., 0.], dtype=float32)
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around each image.

    Args:
        padding: How many on every side; or a pair: above and below, left and right; or a pair of pairs:
            `((above, below), (left, right))`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, padded height, padded width, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.ZeroPadding2D(((1, 2), (3, 4)))(np.zeros((1, 8, 8, 3))).shape
    (1, 11, 15, 3)
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(_ZeroPadding):
    """Zeros around each volume.

    Args:
        padding: How many on every side; or three, one for each axis; or three pairs, before and after on each axis.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: the same axes, padded.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.ZeroPadding3D()(np.zeros((1, 2, 3, 4, 5))).shape
    (1, 4, 5, 6, 5)
    """

    rank = 3

    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


class Cropping1D(_Cropping):
    """Each sequence without its first and last steps.

    Args:
        cropping: How many steps on either side, or a pair: how many first and last.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, cropped time, channels)`.

    >>> from glassworks import layers
    >>> layers.Cropping1D((1, 0))([[[5.0], [6.0], [7.0]]])[0, :, 0]
    Array([6., 7.], dtype=float32)
    """

    rank = 1
    data_format = FIXED

    def __init__(self, cropping: int | Sequence = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)


class Cropping2D(_Cropping):
    """Each image without its margins.

    Args:
        cropping: How many cells on every side; or a pair: above and below, left and right; or a pair of pairs:
            `((above, below), (left, right))`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, cropped height, cropped width, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Cropping2D(((2, 2), (4, 4)))(np.zeros((1, 28, 28, 3))).shape
    (1, 24, 20, 3)
    """

    rank = 2

    def __init__(self, cropping: int | Sequence = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(_Cropping):
    """Each volume without its margins.

    Args:
        cropping: How many cells on every side; or three, one for each axis; or three pairs, before and after on each axis.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: the same axes, cropped.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Cropping3D()(np.zeros((1, 4, 5, 6, 5))).shape
    (1, 2, 3, 4, 5)
    """

    rank = 3

    def __init__(self, cropping: int | Sequence = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)
