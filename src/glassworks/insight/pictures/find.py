"""Layers by name, object or kind, for pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from glassworks.errors import ArgumentError, StateError, suggest
from glassworks.insight.capture import Capture, LayerCall
from glassworks.layers.base import Layer

if TYPE_CHECKING:
    from glassworks.models.model import Model


def all_layers(model: Model) -> Iterator[Layer]:
    """The layers of a model in order; those of nested models in the place of these."""
    for layer in model.layers:
        if hasattr(layer, "_trainer"):
            yield from all_layers(cast("Model", layer))
        else:
            yield layer


def layer_of(model: Model, layer: str | Layer | None, fits: Callable[[Layer], bool], what: str, where: str) -> Layer:
    """A layer that was asked for, or the first one that fits.

    Args:
        what: The kind of layer that fits, for the error: "a layer with a kernel".
    """
    layers = list(all_layers(model))
    if layer is None:
        chosen = next((one for one in layers if fits(one)), None)
        if chosen is None and layers and not any(one.built for one in layers):
            fix = "call it on some data first, or start it with layers.Input(shape=...)"
            raise StateError(f"model '{model.name}', which has no weights yet", "a model that is built", fix, where=where)
        if chosen is None:
            raise ArgumentError(
                f"a model whose layers are {', '.join(one.name for one in layers)}",
                what,
                "name a layer that fits: layer=..., or use a model that has one",
                where=where,
            )
        return chosen
    name = layer.rsplit("/", 1)[-1] if isinstance(layer, str) else ""
    chosen = next((one for one in layers if one is layer or one.name == name), None)
    if chosen is None:
        raise ArgumentError(
            f"layer={layer!r}", f"a layer of model '{model.name}'", suggest(str(name), [one.name for one in layers]), where=where
        )
    return chosen


def call_of(capture: Capture, layer: str | Layer | None, fits: Callable[[LayerCall], bool], what: str, where: str) -> LayerCall:
    """The call of a layer that was asked for, by its path or name; or the first call that fits."""
    calls = capture.all_calls()
    if layer is not None and not isinstance(layer, (str, Layer)):
        fix = "pass it by name: labels=..." if where.endswith("plot_embedding") else f"layer={calls[0].name!r}"
        raise ArgumentError(f"layer of type {type(layer).__name__}", "a layer of the model, or its name", fix, where=where)
    if layer is None:
        chosen = next((call for call in calls if fits(call)), None)
    else:
        chosen = next((call for call in calls if call.layer is layer or call.name == layer), None)
        chosen = chosen or next((call for call in calls if call.layer.name == layer), None)
    if chosen is None:
        names = [call.name for call in calls]
        found = f"layer={layer!r}" if layer is not None else f"a model whose layers are {', '.join(names)}"
        fix = suggest(str(layer), names) if layer is not None else "name a layer that fits: layer=..., or use a model that has one"
        raise ArgumentError(found, what, fix, where=where)
    return chosen


def sizes_of(units: np.ndarray) -> np.ndarray:
    """The Euclidean size of each unit's numbers; units stand along the first axis."""
    return np.sqrt((units.reshape(len(units), -1).astype(np.float64) ** 2).sum(1))
