"""The part of a layer's config that says how its weights are made: initializer, regularizer and constraint of each."""

from __future__ import annotations

from typing import Any

from glassworks import constraints, initializers, regularizers

_KINDS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


def weight_config(layer: Any, *weights: str) -> dict[str, Any]:
    """The entries `kernel_initializer`, `kernel_regularizer` and so on for each weight named, from the layer's attributes."""
    return {f"{weight}_{kind}": _KINDS[kind].serialize(getattr(layer, f"{weight}_{kind}")) for kind in _KINDS for weight in weights}
