"""The largest number of each window, and the ways back. Channels last; windows as in `convolution`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassworks import dtypes
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.convolution import Sizes, Windows, add_at, cropped, padded
from glassworks.typing import Namespace, Tensor


def index_dtype(windows: Windows) -> str:
    """A dtype that holds the number of each tap."""
    return "uint8" if math.prod(windows.window) <= 256 else "int32"


class MaxPool(Primitive):
    """The largest number of each window, and the number of the tap where it stands, the first one if there are several."""

    def infer(self, x: Spec, *, windows: Windows) -> tuple[Spec, Spec]:
        shape = (x.shape[0], *windows.places(x.shape[1:-1]), x.shape[-1])
        return Spec(shape, x.dtype), Spec(shape, index_dtype(windows))

    def forward(self, xp: Namespace, x: np.ndarray, *, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
        places = windows.places(x.shape[1:-1])
        lowest = -xp.inf if dtypes.is_float(x.dtype.name) else xp.iinfo(x.dtype).min
        x = padded(xp, x, windows, places, lowest)
        largest = xp.array(x[windows.seen((0,) * len(places), places)])
        index = xp.zeros(largest.shape, index_dtype(windows))
        for number, tap in list(windows.taps())[1:]:
            piece = x[windows.seen(tap, places)]
            # A NaN is not larger than anything, but should not be lost.
            better = (piece > largest) | (piece != piece)
            largest, index = xp.where(better, piece, largest), xp.where(better, xp.asarray(number, index.dtype), index)
        return largest, index

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, windows: Windows
    ) -> Sequence[Tensor | None]:
        return (apply(max_unpool, gradient[0], output[1], windows=windows, size=tuple(spec_of(inputs[0]).shape[1:-1])),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, windows: Windows) -> int:
        return outputs[0].size * math.prod(windows.window)


class MaxUnpool(Primitive):
    """Numbers put back to the taps that an index names, added where windows overlap; zeros elsewhere."""

    def infer(self, x: Spec, index: Spec, *, windows: Windows, size: Sizes) -> Spec:
        return Spec((x.shape[0], *size, x.shape[-1]), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, index: np.ndarray, *, windows: Windows, size: Sizes) -> np.ndarray:
        places = x.shape[1:-1]
        covered = tuple(max(n, before + s) for n, (before, _), s in zip(windows.needed(places), windows.padding, size, strict=True))
        total = xp.zeros((x.shape[0], *covered, x.shape[-1]), x.dtype)
        for number, tap in windows.taps():
            total = add_at(xp, total, windows.seen(tap, places), xp.where(index == number, x, xp.zeros((), x.dtype)))
        return cropped(xp, total, windows, size)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, windows: Windows, size: Sizes) -> Sequence[Tensor | None]:
        return apply(pool_at, gradient, inputs[1], windows=windows), None

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, windows: Windows, size: Sizes) -> int:
        return inputs[0].size


class PoolAt(Primitive):
    """The element of each window at the tap that an index names."""

    def infer(self, x: Spec, index: Spec, *, windows: Windows) -> Spec:
        return Spec(index.shape, x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, index: np.ndarray, *, windows: Windows) -> np.ndarray:
        places = index.shape[1:-1]
        x = padded(xp, x, windows, places)
        total = xp.zeros(index.shape, x.dtype)
        for number, tap in windows.taps():
            total = xp.where(index == number, x[windows.seen(tap, places)], total)
        return total

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, windows: Windows) -> Sequence[Tensor | None]:
        return apply(max_unpool, gradient, inputs[1], windows=windows, size=tuple(spec_of(inputs[0]).shape[1:-1])), None


max_pool, max_unpool, pool_at = MaxPool(), MaxUnpool(), PoolAt()
