"""How the weights of a layer are made: initializer, regularizer and constraint of each, as attributes and in its config."""

from __future__ import annotations

from typing import Any

from glassworks import constraints, initializers, regularizers

_KINDS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


def weight_config(layer: Any, *weights: str) -> dict[str, Any]:
    """The entries `kernel_initializer`, `kernel_regularizer` and so on for each weight named, from the layer's attributes."""
    return {f"{weight}_{kind}": _KINDS[kind].serialize(getattr(layer, f"{weight}_{kind}")) for kind in _KINDS for weight in weights}


def keep_weight_arguments(layer: Any, weight: str, initializer: Any, regularizer: Any, constraint: Any) -> None:
    """Set the attributes `kernel_initializer`, `kernel_regularizer` and `kernel_constraint`, or those of another weight."""
    for kind, value in (("initializer", initializer), ("regularizer", regularizer), ("constraint", constraint)):
        setattr(layer, f"{weight}_{kind}", _KINDS[kind].get(value))
