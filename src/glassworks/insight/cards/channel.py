"""The card of a normalised channel: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import layers
from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, checked_index, checked_place, factor, number
from glassworks.insight.stages import Stage

_LAYERS = (layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization, layers.RMSNormalization)


class ChannelCard(Card):
    """One channel of a normalization layer at one place.

    Attributes:
        layer, channel, place: The layer, the channel, and the place along the other axes.
        x: The input.
        mean, variance: The statistics; of an `RMSNormalization` the mean is 0 and the variance the mean square.
        source: Where they come from: `"the moving averages"`, `"this batch"`, `"this sample"`, `"group 2 of this sample"`.
        epsilon, gamma, beta: The numbers of the layer; gamma is 1 and beta 0 where there is none.
        normalized: The input after normalisation, before gamma and beta.
        result: The output of the run.
    """

    def __init__(
        self, stage: Stage, channel: int, place: tuple[int, ...], x: float, statistics: tuple[float, float, str], end: tuple
    ) -> None:
        self.layer, self.channel, self.place, self.x = stage.name, channel, place, x
        self.mean, self.variance, self.source = statistics
        self.epsilon, self.gamma, self.beta, self.result = end
        self.normalized = (x - self.mean) / np.sqrt(self.variance + self.epsilon)
        computed = self.normalized * self.gamma + self.beta
        if not abs(computed - self.result) <= 2e-2 * max(abs(computed), 1.0):
            raise StateError(
                f"{number(self.result)} in the run, {number(computed)} by the formula of {stage.kind}",
                "a layer that computes what its class defines",
                f"trace[{stage.name!r}] has its arrays",
                where="trace.channel",
            )
        lines = [
            f"mean {number(self.mean)} and variance {number(self.variance)} from {self.source}",
            f"({number(x)} - {factor(self.mean)}) / sqrt({number(self.variance)} + {number(self.epsilon)}) = {number(self.normalized)}",
            f"{number(self.normalized)} * gamma {number(self.gamma)} + beta {number(self.beta)} = {number(self.result)}",
        ]
        super().__init__(f"{stage.name}, channel {channel}" + (f" at place {place}" if place else ""), lines)


def channel_card(stage: Stage, index: int, place: Sequence[int] | int | None, sample: int) -> ChannelCard:
    """One channel of a `BatchNormalization`, `LayerNormalization`, `GroupNormalization` or `RMSNormalization` layer.

    Args:
        stage: The call of the layer.
        index: The index along the layer's axis (the last of several).
        place: The index along the other axes but the batch; the first one by default.
        sample: The sample of the batch.
    """
    layer = stage.layer
    if not isinstance(layer, _LAYERS) or getattr(layer, "renorm", False):
        raise StateError(
            f"layer '{stage.name}' ({stage.kind})" + (" with renorm=True" if getattr(layer, "renorm", False) else ""),
            "a BatchNormalization, LayerNormalization, GroupNormalization or RMSNormalization",
            f"trace[{stage.name!r}] has its arrays",
            where="trace.channel",
        )
    x = np.asarray(stage.inputs[0], np.float64)
    axes = [axis % x.ndim for axis in (layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis])]
    index = checked_index(index, x.shape[axes[-1]], "channel", stage)
    others = [axis for axis in range(1, x.ndim) if axis != axes[-1]]
    place = checked_place(place, [x.shape[axis] for axis in others], "place", stage)
    where = {axes[-1]: index, **dict(zip(others, place, strict=True))}
    full = tuple(where[axis] for axis in range(1, x.ndim))
    own = tuple(where[axis] for axis in axes)
    gamma = stage.weights.get("gamma", stage.weights.get("scale"))
    beta = stage.weights.get("beta")
    factors = tuple(standard if array is None else float(array[own]) for array, standard in ((gamma, 1.0), (beta, 0.0)))
    statistics = _statistics(stage, x, axes, where, sample)
    return ChannelCard(
        stage,
        index,
        place,
        float(x[(sample, *full)]),
        statistics,
        (float(layer.epsilon), *factors, float(stage.outputs[0][(sample, *full)])),
    )


def _statistics(stage: Stage, x: np.ndarray, axes: list[int], where: dict[int, int], sample: int) -> tuple[float, float, str]:
    layer = stage.layer
    if isinstance(layer, layers.BatchNormalization):
        index = where[axes[0]]
        if not (stage.options.get("training") and layer.trainable):
            return float(stage.weights["moving_mean"][index]), float(stage.weights["moving_variance"][index]), "the moving averages"
        values, mask = np.take(x, index, axis=axes[0]), stage.masks.get("mask")
        values = values.reshape(-1) if mask is None else values[np.asarray(mask, bool)]
        return float(values.mean()), float(values.var()), "this batch"
    if isinstance(layer, layers.GroupNormalization):
        channels = x.shape[axes[0]] // layer.groups
        group = where[axes[0]] // channels
        values = np.take(x[sample], range(group * channels, (group + 1) * channels), axis=axes[0] - 1)
        return float(values.mean()), float(values.var()), f"group {group} of this sample"
    values = x[(sample, *(slice(None) if axis in axes else where[axis] for axis in range(1, x.ndim)))]
    if isinstance(layer, layers.RMSNormalization):
        return 0.0, float(np.mean(np.square(values))), "this sample (the mean square)"
    return float(values.mean()), float(values.var()), "this sample"
