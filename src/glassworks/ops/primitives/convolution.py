"""Convolution over one to three spatial axes, channels last, and its two gradients.

The three are bilinear and closed: the gradient of each consists of the other two. Axes, for any number of them:

- x `(batch, *size, channels)`
- kernel `(*window, channels / groups, filters)`
- y `(batch, *places, filters)`

`y[b, p, f] = sum over taps t and channels c of x[b, p * stride + t * dilation - before, c] * kernel[t, c, f]`,
where x counts as 0 outside. With groups, filters and channels are split into that number of equal parts, and each part of the
filters sees its part of the channels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.shapes import accumulator, same_dtype
from glassworks.typing import Namespace, Tensor

Sizes = tuple[int, ...]


class Windows(NamedTuple):
    """The geometry of sliding windows, with an entry for each spatial axis.

    Attributes:
        window: The number of taps.
        strides: Steps between windows.
        dilation: Steps between the taps of a window.
        padding: The number of padding cells before the first and after the last; a negative number after means that the last cells are cut off.
    """

    window: Sizes
    strides: Sizes
    dilation: Sizes
    padding: tuple[tuple[int, int], ...]

    def extent(self) -> Sizes:
        """The extent of a window, dilation included."""
        return tuple((w - 1) * d + 1 for w, d in zip(self.window, self.dilation, strict=True))

    def places(self, size: Sizes) -> Sizes:
        """The number of windows along axes of these sizes."""
        counts = []
        for axis, (n, reach, stride, (before, after)) in enumerate(zip(size, self.extent(), self.strides, self.padding, strict=True)):
            if n + before + after < reach:
                raise ShapeError(
                    f"a window of {reach} cells over {n + before + after} at spatial axis {axis}"
                    + (f" ({n} and {before + after} of padding)" if before + after else ""),
                    "windows no larger than what they slide over",
                    "use padding='same', a smaller window, fewer strides or pooling layers before, or larger inputs",
                )
            counts.append((n + before + after - reach) // stride + 1)
        return tuple(counts)

    def taps(self) -> Iterator[tuple[int, Sizes]]:
        """The number and the position of each tap."""
        return enumerate(np.ndindex(*self.window))

    def needed(self, places: Sizes) -> Sizes:
        """The number of cells, padding included, that the given number of windows covers."""
        return tuple((p - 1) * s + e for p, s, e in zip(places, self.strides, self.extent(), strict=True))

    def seen(self, tap: Sizes, places: Sizes) -> tuple[slice, ...]:
        """The slices of the padded array that one tap reads in all windows, batch and channels included."""
        inner = [slice(t * d, t * d + (p - 1) * s + 1, s) for t, d, p, s in zip(tap, self.dilation, places, self.strides, strict=True)]
        return (slice(None), *inner, slice(None))


def padded(xp: Namespace, x: np.ndarray, windows: Windows, places: Sizes, fill: float = 0) -> np.ndarray:
    """x with its padding, exactly as far as the windows reach."""
    needed = windows.needed(places)
    widths = [(before, max(n - before - size, 0)) for (before, _), n, size in zip(windows.padding, needed, x.shape[1:-1], strict=True)]
    if any(before or after for before, after in widths):
        x = xp.pad(x, [(0, 0), *widths, (0, 0)], constant_values=fill)
    return x[(slice(None), *(slice(n) for n in needed))]


def cropped(xp: Namespace, x: np.ndarray, windows: Windows, size: Sizes) -> np.ndarray:
    """The inverse of `padded`: the part inside an array of this size, with zeros where no window reached."""
    inside = [slice(before, before + n) for (before, _), n in zip(windows.padding, size, strict=True)]
    x = x[(slice(None), *inside)]
    missing = [(0, n - reached) for n, reached in zip(size, x.shape[1:-1], strict=True)]
    return xp.pad(x, [(0, 0), *missing, (0, 0)]) if any(after for _, after in missing) else x


def add_at(xp: Namespace, total: np.ndarray, where: tuple[slice, ...], piece: np.ndarray) -> np.ndarray:
    """total with piece added to a part of it: in place for NumPy."""
    if xp is not np:
        return total.at[where].add(piece)  # type: ignore[attr-defined]
    total[where] += piece
    return total


class Convolution(Primitive):
    """y from x and kernel."""

    def infer(self, x: Spec, kernel: Spec, *, windows: Windows, groups: int) -> Spec:
        channels, filters = x.shape[-1], kernel.shape[-1]
        _require_channels(x, kernel)
        if channels != kernel.shape[-2] * groups or filters % groups:
            raise ShapeError(
                f"a convolution of inputs with {channels} channels by a kernel of shape {tuple(kernel.shape)} in {groups} groups",
                f"a kernel for {channels // groups if channels % groups == 0 else 'a divisor of the'} channels, and filters that {groups} divides",
                "check the channel axis (data_format), and that channels and filters are multiples of the groups",
            )
        return Spec((x.shape[0], *windows.places(x.shape[1:-1]), filters), same_dtype("convolution", x, kernel))

    def forward(self, xp: Namespace, x: np.ndarray, kernel: np.ndarray, *, windows: Windows, groups: int) -> np.ndarray:
        places = windows.places(x.shape[1:-1])
        x = padded(xp, x, windows, places)
        batch, filters, dtype = x.shape[0], kernel.shape[-1], x.dtype
        x, kernel = _wide(x), _wide(kernel)
        total = xp.zeros((math.prod((batch, *places)), filters), x.dtype)
        for _, tap in windows.taps():
            piece = x[windows.seen(tap, places)].reshape(-1, x.shape[-1])
            total += _product(xp, piece, kernel[tap], groups)
        return total.reshape(batch, *places, filters).astype(dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, windows: Windows, groups: int) -> Sequence[Tensor | None]:
        x, kernel = inputs
        size = tuple(spec_of(x).shape[1:-1])
        return (
            apply(convolution_input_gradient, gradient, kernel, windows=windows, groups=groups, size=size),
            apply(convolution_kernel_gradient, x, gradient, windows=windows, groups=groups),
        )

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return _flops(y=outputs[0], kernel=inputs[1])


class ConvolutionInputGradient(Primitive):
    """The gradient of x, from that of y and the kernel; by itself, a transposed convolution.

    Attributes: size, the spatial size of x.
    """

    def infer(self, gradient: Spec, kernel: Spec, *, windows: Windows, groups: int, size: Sizes) -> Spec:
        _require_channels(gradient, kernel)
        if gradient.shape[-1] != kernel.shape[-1]:
            raise ShapeError(
                f"a transposed convolution of inputs with {gradient.shape[-1]} channels by a kernel of shape {tuple(kernel.shape)}",
                "a kernel whose last size is the number of channels of the inputs",
                "the kernel of a transposed convolution has the shape (*window, filters, channels)",
            )
        return Spec((gradient.shape[0], *size, kernel.shape[-2] * groups), same_dtype("convolution_input_gradient", gradient, kernel))

    def forward(self, xp: Namespace, gradient: np.ndarray, kernel: np.ndarray, *, windows: Windows, groups: int, size: Sizes) -> np.ndarray:
        batch, places, channels = gradient.shape[0], gradient.shape[1:-1], kernel.shape[-2] * groups
        needed = windows.needed(places)
        covered = tuple(max(n, before + s) for n, (before, _), s in zip(needed, windows.padding, size, strict=True))
        dtype, kernel = gradient.dtype, _wide(kernel)
        flat = _wide(gradient.reshape(-1, gradient.shape[-1]))
        total = xp.zeros((batch, *covered, channels), flat.dtype)
        for _, tap in windows.taps():
            piece = _product_transposed(xp, flat, kernel[tap], groups).reshape(batch, *places, channels)
            total = add_at(xp, total, windows.seen(tap, places), piece)
        return cropped(xp, total, windows, size).astype(dtype, copy=False)

    def vjp(
        self, upstream: Tensor, inputs: Sequence[Tensor], output: Tensor, *, windows: Windows, groups: int, size: Sizes
    ) -> Sequence[Tensor | None]:
        gradient, kernel = inputs
        return (
            apply(convolution, upstream, kernel, windows=windows, groups=groups),
            apply(convolution_kernel_gradient, upstream, gradient, windows=windows, groups=groups),
        )

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return _flops(y=inputs[0], kernel=inputs[1])


class ConvolutionKernelGradient(Primitive):
    """The gradient of the kernel, from x and the gradient of y."""

    def infer(self, x: Spec, gradient: Spec, *, windows: Windows, groups: int) -> Spec:
        dtype = same_dtype("convolution_kernel_gradient", x, gradient)
        return Spec((*windows.window, x.shape[-1] // groups, gradient.shape[-1]), dtype)

    def forward(self, xp: Namespace, x: np.ndarray, gradient: np.ndarray, *, windows: Windows, groups: int) -> np.ndarray:
        places = gradient.shape[1:-1]
        dtype, x = x.dtype, _wide(padded(xp, x, windows, places))
        flat = _wide(gradient.reshape(-1, gradient.shape[-1]))
        taps = [_product_of_places(xp, x[windows.seen(tap, places)].reshape(-1, x.shape[-1]), flat, groups) for _, tap in windows.taps()]
        return xp.stack(taps).reshape(*windows.window, *taps[0].shape).astype(dtype, copy=False)

    def vjp(self, upstream: Tensor, inputs: Sequence[Tensor], output: Tensor, *, windows: Windows, groups: int) -> Sequence[Tensor | None]:
        x, gradient = inputs
        size = tuple(spec_of(x).shape[1:-1])
        return (
            apply(convolution_input_gradient, gradient, upstream, windows=windows, groups=groups, size=size),
            apply(convolution, x, upstream, windows=windows, groups=groups),
        )

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return _flops(y=inputs[1], kernel=outputs[0])


def _flops(y: Spec, kernel: Spec) -> int:
    """For each element of y a multiplication and an addition for each element of the kernel that leads to it."""
    return 2 * y.size * math.prod(kernel.shape[:-2]) * (kernel.shape[-2] or 1)


def _require_channels(x: Spec, kernel: Spec) -> None:
    if x.shape[-1] == 0 or kernel.shape[-2] == 0:
        raise ShapeError(
            f"a convolution of inputs of shape {tuple(x.shape)} by a kernel of shape {tuple(kernel.shape)}, with 0 channels",
            "at least one channel",
            "check what makes the inputs: a slice or a selection of columns that takes nothing has 0 channels",
        )


def _wide(x: np.ndarray) -> np.ndarray:
    """x in the dtype of the sums: float32 for 16-bit floats, so that neither products nor sums are rounded to 16 bits."""
    return x.astype(accumulator(x.dtype), copy=False)


def _product(xp: Namespace, x: np.ndarray, kernel: np.ndarray, groups: int) -> np.ndarray:
    """x (n, channels) times kernel (channels / groups, filters), group by group."""
    if groups == 1:
        return xp.matmul(x, kernel)
    x, kernel = _in_groups(x, groups), _in_groups(kernel, groups)
    if kernel.shape[0] == 1:
        return _merged(x * kernel[0])
    return _group_by_group(xp, x, kernel.transpose(1, 0, 2))


def _product_transposed(xp: Namespace, y: np.ndarray, kernel: np.ndarray, groups: int) -> np.ndarray:
    """y (n, filters) times the transposed kernel."""
    if groups == 1:
        return xp.matmul(y, kernel.T)
    return _group_by_group(xp, _in_groups(y, groups), _in_groups(kernel, groups).transpose(1, 2, 0))


def _product_of_places(xp: Namespace, x: np.ndarray, y: np.ndarray, groups: int) -> np.ndarray:
    """The sum over positions of the outer products of x (n, channels) and y (n, filters)."""
    if groups == 1:
        return xp.matmul(x.T, y)
    x, y = _in_groups(x, groups), _in_groups(y, groups)
    return _merged(xp.matmul(x.transpose(1, 2, 0), y.transpose(1, 0, 2)).transpose(1, 0, 2))


def _group_by_group(xp: Namespace, x: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """x (n, groups, a) times a matrix (a, b) for each group."""
    return _merged(xp.matmul(x.transpose(1, 0, 2), matrices).transpose(1, 0, 2))


def _in_groups(x: np.ndarray, groups: int) -> np.ndarray:
    """The last axis split into groups."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups)


def _merged(x: np.ndarray) -> np.ndarray:
    """The groups joined along the last axis again."""
    return x.reshape(x.shape[0], x.shape[1] * x.shape[2])


convolution, convolution_input_gradient = Convolution(), ConvolutionInputGradient()
convolution_kernel_gradient = ConvolutionKernelGradient()
