"""Checks for mistakes in the structure of a model."""

from __future__ import annotations

from glassworks.checks import Finding
from glassworks.training.diagnosis.evidence import Evidence
from glassworks.training.diagnosis.registry import looks_for


@looks_for("frozen")
def frozen(evidence: Evidence) -> Finding | None:
    """A finding if no variable is trainable: `fit` would change nothing."""
    model = evidence.model
    if evidence.own_step or model.trainable_variables:
        return None
    if not model.weights:
        return Finding(
            "frozen",
            evidence.where,
            "the model has no parameters to train",
            "at least one layer with trainable weights",
            "add a layer that learns, such as Dense",
        )
    layers = [layer for layer in model._child_layers() if layer.weights] or [model]
    names = ", ".join(f"'{layer.name}'" for layer in layers[:3]) + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")
    fix = f"model.get_layer('{layers[-1].name}').trainable = True, for each layer that shall learn"
    return Finding(
        "frozen",
        evidence.where,
        f"none of the {model.count_params():,} parameters is trainable: {names} {'is' if len(layers) == 1 else 'are'} frozen, "
        "so that fit() changes no weight",
        "at least one layer with trainable=True",
        fix if model.trainable else "model.trainable = True, and trainable = False only for layers that shall stay as they are",
    )


@looks_for("all_dropped")
def all_dropped(evidence: Evidence) -> Finding | None:
    """A finding if a dropout layer has rate 1: it drops everything in training."""
    for layer in evidence.model._flat_layers():
        argument = next((name for name in ("rate", "dropout", "recurrent_dropout") if _is_one(getattr(layer, name, None))), None)
        if argument == "rate" and "Dropout" not in type(layer).__name__:
            continue
        if argument is not None:
            return Finding(
                "all_dropped",
                evidence.where,
                f"layer '{layer.name}' is {type(layer).__name__}({argument}=1.0): while training it sets everything to 0, and no gradient passes",
                "a rate below 1",
                "the rate is the share that is dropped: 0.2 to 0.5 is usual",
            )
    return None


def _is_one(rate: object) -> bool:
    return isinstance(rate, (int, float)) and not isinstance(rate, bool) and rate == 1
