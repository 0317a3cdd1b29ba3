"""The base of layers over sequences, images and volumes: the position of the channels, and arguments per spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.arguments import Argument, Integer
from glassworks.errors import ShapeError
from glassworks.layers.arguments import DATA_FORMAT
from glassworks.layers.base import Layer
from glassworks.layers.input_spec import InputSpec
from glassworks.typing import Sizes

# The noun for a sample by the number of spatial axes, and the names of these axes.
_THINGS = {1: "sequences", 2: "images", 3: "volumes"}
_AXES = {1: "time", 2: "height, width", 3: "depth, height, width"}


class PerAxis(Argument[tuple[int, ...]]):
    """An integer, at least `minimum`, or one for each of `rank` spatial axes, by default those of the class."""

    def __init__(self, rank: int = 0, minimum: int = 1) -> None:
        self.rank, self.minimum, self.single = rank, minimum, Integer(minimum=minimum)

    def of(self, cls: Any) -> PerAxis:
        """The argument for the spatial axes of a class."""
        return self if self.rank else PerAxis(cls.rank, self.minimum)

    def allows(self, value: object) -> bool:
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = value.tolist()
        if isinstance(value, (list, tuple)):
            return len(value) == self.rank and all(self.single.allows(v) for v in value)
        return self.single.allows(value)

    def fix(self, value: Any) -> str:
        if np.ndim(value) == 1 and len(value) != self.rank:
            return f"{_THINGS[self.rank]} have {self.rank} spatial {'axes' if self.rank > 1 else 'axis'}; one number stands for all of them"
        return self.single.fix(value)

    def convert(self, value: Sizes) -> tuple[int, ...]:
        return per_axis(value, self.rank)

    def near(self) -> list[object]:
        """Values near the limit, and for too many axes."""
        return [*self.single.near(), (self.minimum,) * (self.rank + 1), (self.minimum - 1,) * self.rank]

    def __str__(self) -> str:
        return f"{self.single}, or a tuple of {self.rank}"


def per_axis(value: Sizes, rank: int) -> tuple[int, ...]:
    """A number for each spatial axis, from one or several that `PerAxis` allows."""
    return (int(value),) * rank if np.ndim(value) == 0 else tuple(map(int, value))  # type: ignore[arg-type]  # by its number of axes


class SpatialSpec(InputSpec):
    """Inputs with a batch axis, spatial axes and a channel axis."""

    def __init__(self, rank: int, data_format: str, channels: int | None = None) -> None:
        axis = -1 if data_format == "channels_last" else 1
        super().__init__(ndim=rank + 2, axes={} if channels is None else {axis: channels})
        self.rank, self.data_format = rank, data_format

    def rank_fix(self, shape: tuple, wanted: int) -> str:
        last = self.data_format == "channels_last"
        order = f"(batch, {_AXES[self.rank]}, channels)" if last else f"(batch, channels, {_AXES[self.rank]})"
        things = f"{_THINGS[self.rank]} need the axes {order}"
        if shape and shape[0] is None and len(shape) <= self.rank + 1:
            if len(shape) == self.rank + 1:
                sizes = ", ".join("None" if size is None else str(size) for size in shape[1:])
                code = f"x[..., None], with Input(shape=({sizes}, 1))" if last else f"x[:, None], with Input(shape=(1, {sizes}))"
                return f"{things}: add a channel axis with {code}"
            return f"{things}: put the layer before Flatten or pooling over all places, or layers.Reshape(({_AXES[self.rank]}, channels)) in between"
        if len(shape) == self.rank:
            return f"{things}: x[None, ..., None] makes this a batch of one with one channel"
        if len(shape) == self.rank + 1:
            channel = "x[..., None]" if last else "x[:, None]"
            return f"{things}: add a channel axis with {channel}, or, if this is a single sample, a batch axis with x[None]"
        return (
            f"{things}: use the layer for {len(shape) - 2} spatial axes, if the data has that number of axes"
            if len(shape) in (3, 4, 5)
            else things
        )

    def size_fix(self, shape: tuple, axis: int) -> str:
        """The fix for inputs with another number of channels."""
        channels = self.axes[axis]
        other = 1 if axis == -1 else -1
        if shape[other] == channels:
            code = "np.moveaxis(x, 1, -1)" if other == 1 else "np.moveaxis(x, -1, 1)"
            other_format = "channels_first" if other == 1 else "channels_last"
            return (
                f"the channels are at axis {other} of the data: {code} brings them to axis {axis}, "
                f"or build the layers with data_format='{other_format}'"
            )
        return (
            f"pass {_THINGS[self.rank]} with {self.axes[axis]} channels at axis {axis} (data_format={self.data_format!r}), "
            f"or make a new layer for {shape[axis]}"
        )


WINDOW_FIX = "use padding='same', a smaller window, fewer strides or pooling layers before, or larger inputs"


def places(
    sizes: Sequence, window: Sequence[int], strides: Sequence[int], dilation: Sequence[int], padding: str, fix: str = WINDOW_FIX
) -> tuple:
    """The number of windows along axes of these sizes, None for unknown ones; `fix` is the advice for inputs smaller than a window."""
    counts = []
    for n, w, stride, d in zip(sizes, window, strides, dilation, strict=True):
        reach = (w - 1) * d + 1
        if n is not None and padding == "valid" and n < reach:
            raise ShapeError(
                f"a window of {'x'.join(map(str, window))} cells{f', {d} apart,' if d > 1 else ''} over inputs of size {tuple(sizes)}",
                "inputs at least as large as the window, with padding='valid'",
                fix,
            )
        counts.append(None if n is None else (n - reach) // stride + 1 if padding == "valid" else -(-n // stride))
    return tuple(counts)


class _SpatialLayer(Layer):
    """A layer over `rank` spatial axes, with the channels after or before them."""

    rank: int = 0
    data_format = DATA_FORMAT

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(data_format=data_format)
        self.input_spec = SpatialSpec(self.rank, self.data_format)

    @property
    def _channels_first(self) -> bool:
        return self.data_format == "channels_first"

    def _sizes(self, shape: Sequence) -> tuple:
        """The spatial sizes in a shape, which must have all its axes."""
        if len(shape) != self.rank + 2:
            spec = SpatialSpec(self.rank, self.data_format)
            raise ShapeError(f"input of shape {tuple(shape)}", f"{self.rank + 2} axes", spec.rank_fix(tuple(shape), self.rank + 2))
        return tuple(shape[2:] if self._channels_first else shape[1:-1])

    def _channels(self, shape: Sequence) -> Any:
        """The channels in a shape."""
        return shape[1 if self._channels_first else -1]

    def _shape(self, batch: int | None, sizes: Sequence, channels: int) -> tuple:
        """A shape from its parts."""
        return (batch, channels, *sizes) if self._channels_first else (batch, *sizes, channels)

    def _on_spatial_axes(self, values: Sequence, elsewhere: Any) -> tuple:
        """An entry for each axis of the inputs, from one for each spatial axis."""
        return self._shape(elsewhere, values, elsewhere)

    def _places(self, shape: Sequence, window: Sequence[int], strides: Sequence[int], dilation: Sequence[int], padding: str) -> tuple:
        """The number of windows along each spatial axis of inputs of a shape, None for unknown sizes."""
        return places(self._sizes(shape), window, strides, dilation, padding, self._window_fix(shape))

    def _window_fix(self, shape: Sequence) -> str:
        if not self._channels_first and shape[1] in (1, 3) and self.rank > 1:
            return f"if axis 1, of size {shape[1]}, has the channels, use data_format='channels_first'; else padding='same' or a smaller window"
        return WINDOW_FIX
