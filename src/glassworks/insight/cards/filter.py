"""The card of a filter: the window of one convolution at one place, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, WeightedSum, checked_index, checked_place, number
from glassworks.insight.families import DEPTHWISE, PLAIN, SEPARABLE, TRANSPOSED
from glassworks.insight.stages import Stage
from glassworks.ops.nn.convolution import transposed


class FilterCard(Card):
    """One filter of a convolution at one place of its output.

    Attributes:
        layer, filter, place: The layer, the output channel, and the place in the output.
        sum: The `WeightedSum` over the cells of the window; of a separable convolution over the channels between its two parts.
        window: The kernel of the filter, and the cells of the input under it (0 where it reaches into the padding), in the shape of
            the window, with the channels last; None for separable and transposed convolutions.
        between: Of a separable convolution, the sums of its depthwise part.
        padded: How many cells lie in the padding.
        bias, total, activation, result: Those of the sum.
    """

    def __init__(
        self,
        stage: Stage,
        index: int,
        place: tuple[int, ...],
        total: WeightedSum,
        padded: int = 0,
        window: tuple[np.ndarray, np.ndarray] | None = None,
        between: Sequence[WeightedSum] = (),
    ) -> None:
        self.layer, self.filter, self.place, self.sum = stage.name, index, place, total
        self.padded, self.window, self.between = padded, window, tuple(between)
        self.bias, self.total, self.activation, self.result = total.bias, total.total, total.activation, total.result
        lines = [total.text(), f"with {total.inputs_text()}"]
        if window is not None and len(place) == 2 and window[0].shape[-1] == 1:
            for name, array in (("kernel", window[0]), ("input", window[1])):
                rows = [" ".join(number(value, 3).rjust(8) for value in row) for row in array[..., 0]]
                lines += [f"{name}:", *rows]
        if padded:
            lines.append(f"{padded} of {padded + len(total)} cells lie in the padding, where the input is 0")
        for i, part in enumerate(self.between[:3]):
            lines.append(f"depthwise channel {i}: {part.text(4)}")
        super().__init__(f"{stage.name}, filter {index} at place {place}", lines)


def filter_card(stage: Stage, index: int, place: Sequence[int] | int | None, sample: int) -> FilterCard:
    """One filter at one place of the output.

    Args:
        stage: The call of a convolution of any kind.
        index: The output channel.
        place: The place in the output, such as `(row, column)`; by default the middle.
        sample: The sample of the batch.
    """
    layer = stage.layer
    if not isinstance(layer, (*PLAIN, *DEPTHWISE, *SEPARABLE, *TRANSPOSED)):
        raise StateError(
            f"layer '{stage.name}' ({stage.kind})",
            "a convolution",
            f"trace.neuron({stage.name!r}, 0) shows a neuron of a dense layer; trace[{stage.name!r}] has the arrays",
            where="trace.filter",
        )
    first = layer.data_format == "channels_first"
    arrays = [stage.inputs[0], stage.outputs[0], stage.outputs[0] if stage.preactivation is None else stage.preactivation]
    x, output, before = (np.moveaxis(array[sample], 0, -1) if first else array[sample] for array in arrays)
    index = checked_index(index, output.shape[-1], "filter", stage)
    sizes = output.shape[:-1]
    place = checked_place(tuple(size // 2 for size in sizes) if place is None else place, sizes, "place", stage)
    bias = stage.weights.get("bias")
    end = (None if bias is None else float(bias[index]), float(before[(*place, index)]), stage.activation, float(output[(*place, index)]))
    card = _transposed if isinstance(layer, TRANSPOSED) else _separable if isinstance(layer, SEPARABLE) else _plain
    result = card(stage, x, index, place, end)
    result.sum.require_close(stage, output.dtype)
    return result


End = tuple[float | None, float, str, float]


def _window(stage: Stage, sizes: tuple[int, ...], place: tuple[int, ...]) -> np.ndarray:
    """The cell of the input under each cell of the window: an array of the window's shape, with an index in its last axis."""
    layer = stage.layer_as(*PLAIN, *DEPTHWISE, *SEPARABLE)
    starts = []
    for n, width, stride, dilation, p in zip(sizes, layer.kernel_size, layer.strides, layer.dilation_rate, place, strict=True):
        reach = (width - 1) * dilation + 1
        around = max((-(-n // stride) - 1) * stride + reach - n, 0)
        before = {"valid": 0, "same": around // 2, "causal": reach - 1}[layer.padding]
        starts.append(p * stride - before + dilation * np.arange(width))
    return np.stack(np.meshgrid(*starts, indexing="ij"), axis=-1)


def _cells(x: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inputs at some cells, with zeros for those in the padding, and which cells lie inside."""
    inside = np.all((cells >= 0) & (cells < np.array(x.shape[:-1])), axis=-1)
    kept = np.where(inside[..., None], cells, 0)
    return np.where(inside[..., None], x[tuple(np.moveaxis(kept, -1, 0))], 0), inside


def _plain(stage: Stage, x: np.ndarray, index: int, place: tuple[int, ...], end: End) -> FilterCard:
    kernel = stage.weights["kernel"]
    if isinstance(stage.layer, DEPTHWISE):
        multiplier = stage.layer.depth_multiplier
        channels = [index // multiplier]
        kernel = kernel[..., channels, index % multiplier]
    else:
        size = kernel.shape[-2]
        start = index // (kernel.shape[-1] // stage.layer_as(*PLAIN).groups) * size
        channels = list(range(start, start + size))
        kernel = kernel[..., index]
    cells = _window(stage, x.shape[:-1], place)
    values, inside = _cells(x[..., channels], cells)
    chosen = np.repeat(inside[..., None], len(channels), axis=-1)
    where = np.concatenate(
        [np.repeat(cells[..., None, :], len(channels), axis=-2), np.broadcast_to(np.array(channels)[:, None], (*chosen.shape, 1))], axis=-1
    )
    total = WeightedSum(("x", where[chosen]), kernel[chosen], values[chosen], *end)
    return FilterCard(stage, index, place, total, int((~chosen).sum()), (kernel, values))


def _separable(stage: Stage, x: np.ndarray, index: int, place: tuple[int, ...], end: End) -> FilterCard:
    depthwise, pointwise = stage.weights["depthwise_kernel"], stage.weights["pointwise_kernel"]
    cells = _window(stage, x.shape[:-1], place)
    values, inside = _cells(x, cells)
    parts = []
    for channel, multiple in np.ndindex(*depthwise.shape[-2:]):
        weights, given = depthwise[..., channel, multiple][inside], values[..., channel][inside]
        where = np.concatenate([cells[inside], np.full((len(given), 1), channel)], axis=1)
        parts.append(WeightedSum(("x", where), weights, given, None, float(np.sum(weights.astype(float) * given))))
    weights = pointwise.reshape(-1, pointwise.shape[-1])[:, index]
    total = WeightedSum(("depthwise", np.arange(len(parts))[:, None]), weights, np.array([part.total for part in parts]), *end)
    return FilterCard(stage, index, place, total, 0, None, parts)


def _transposed(stage: Stage, x: np.ndarray, index: int, place: tuple[int, ...], end: End) -> FilterCard:
    layer = stage.layer_as(*TRANSPOSED)
    kernel = stage.weights["kernel"][..., index, :]
    window = layer.kernel_size, layer.strides, layer.dilation_rate
    windows, _ = transposed(x.shape[:-1], *window, layer.padding, layer.output_padding)
    weights, values, where = [np.zeros(0)], [np.zeros(0)], np.zeros((0, x.ndim), int)
    for tap in np.ndindex(*layer.kernel_size):
        steps = [p + before - t * d for p, (before, _), t, d in zip(place, windows.padding, tap, layer.dilation_rate, strict=True)]
        cell = tuple(step // stride for step, stride in zip(steps, layer.strides, strict=True))
        on_grid = all(step % stride == 0 for step, stride in zip(steps, layer.strides, strict=True))
        if on_grid and all(0 <= c < n for c, n in zip(cell, x.shape[:-1], strict=True)):
            weights.append(kernel[tap])
            values.append(x[cell])
            where = np.concatenate([where, [(*cell, channel) for channel in range(x.shape[-1])]])
    total = WeightedSum(("x", where), np.concatenate(weights), np.concatenate(values), *end)
    return FilterCard(stage, index, place, total)
