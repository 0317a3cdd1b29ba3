"""Checks for mistakes in the structure of a model."""

from __future__ import annotations

from collections.abc import Iterator

from glassworks import tree
from glassworks.checks import Finding
from glassworks.layers import Layer
from glassworks.training.diagnosis.evidence import Evidence, op_of, producer
from glassworks.training.diagnosis.registry import looks_for


@looks_for("frozen")
def frozen(evidence: Evidence) -> Finding | None:
    """A finding if no variable is trainable: `fit` would change nothing."""
    model = evidence.model
    if evidence.own_step:
        return None
    if model.trainable_variables:
        return _frozen_end(evidence)
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


def _frozen_end(evidence: Evidence) -> Finding | None:
    """A finding if the last layer with weights is frozen, and earlier ones are not: usually it is the other way round."""
    leaves = [layer for layer in evidence.model._flat_layers() if layer.weights and not layer._child_layers()]
    if len(leaves) < 2 or leaves[-1].trainable or leaves[-1].trainable_weights or not hasattr(leaves[-1], "kernel"):
        return None
    first = next((layer for layer in leaves if layer.trainable_weights), None)
    if first is None:
        return None
    return Finding(
        "frozen",
        evidence.where,
        f"the last layer with weights, '{leaves[-1].name}', is frozen, and '{first.name}' before it is trained",
        "a last layer that is trained on the new targets",
        f"model.get_layer('{leaves[-1].name}').trainable = True, before compile",
        why="the last layer is the one that knows what is predicted",
        severity="info",
        layer=leaves[-1].name,
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


_DROPOUTS = ("Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
# Layers that give each number of theirs from one number, or one row, of their input.
_WITHOUT_WEIGHTS = ("Activation", "Softmax", "ReLU", "LeakyReLU", "Flatten", "Reshape", "Rescaling", "Identity", "Permute")


@looks_for("output_dropout")
def output_dropout(evidence: Evidence) -> Finding | None:
    """A finding if the outputs of the model themselves are dropped."""
    if evidence.own_step or not evidence.outputs or not evidence.model.trainable_variables:
        return None
    for layer in _last_layers(evidence.model):
        rate = getattr(layer, "rate", None)
        if type(layer).__name__ not in _DROPOUTS or not isinstance(rate, (int, float)) or not 0 < rate < 1:
            continue
        return Finding(
            "output_dropout",
            evidence.where,
            f"layer '{layer.name}', {type(layer).__name__}({rate:g}), is behind the last layer with weights, so that it changes {rate:.0%} of the outputs at random (threshold 0%)",
            "dropout between layers with weights",
            f"move it in front of the last layer with weights: [..., layers.{type(layer).__name__}({rate:g}), layers.Dense(...)]",
            why="no weight can make up for a random answer, and the loss of a dropped class is the largest there is",
            layer=layer.name,
            value=float(rate),
            threshold=0.0,
        )
    return None


def _last_layers(model: Layer) -> Iterator[Layer]:
    """The layers from each output back to the last one with weights, that one not included; those of nested models too."""
    functional = getattr(model, "_functional", None) or model
    for output in tree.flatten(getattr(functional, "outputs", None) or []):
        call = getattr(output, "call", None)
        while call is not None:
            layer = call.operation
            if hasattr(layer, "outputs"):
                yield from _last_layers(layer)
                break
            if getattr(layer, "weights", None) is None or type(layer).__name__ not in (*_DROPOUTS, *_WITHOUT_WEIGHTS):
                break
            yield layer
            inputs = call.inputs
            call = inputs[0].call if len(inputs) == 1 else None


# The last op and the one before it -> what the pair can give at most.
_PAIRS = {
    ("softmax", "softmax"): "probabilities that stay close to each other",
    ("softmax", "sigmoid"): "probabilities that stay close to each other",
    ("softmax", "tanh"): "probabilities of at most e^2 times each other",
    ("softmax", "relu"): "no probability below that of the classes that relu cuts off",
    ("sigmoid", "sigmoid"): "numbers from 0.5 to 0.731",
    ("sigmoid", "softmax"): "numbers from 0.5 to 0.731",
    ("sigmoid", "relu"): "no number below 0.5",
    ("sigmoid", "tanh"): "numbers from 0.269 to 0.731",
    ("tanh", "sigmoid"): "numbers from 0 to 0.762",
    ("tanh", "softmax"): "numbers from 0 to 0.762",
}


@looks_for("double_activation")
def double_activation(evidence: Evidence) -> Finding | None:
    """A finding if an output goes through two activations in a row, the first of which limits what the second can give."""
    for output in evidence.outputs:
        last = None if output.value is None else producer(output.value)
        before = None if last is None or len(last.inputs) != 1 else producer(last.inputs[0])
        if last is None or before is None:
            continue
        pair = op_of(last), op_of(before)
        if pair not in _PAIRS:
            continue
        name = next((frame.name for frame in reversed(before.origin) if frame.kind == "layer"), "")
        return Finding(
            "double_activation",
            evidence.where,
            f"'{output.name}' goes through two activations in a row, {pair[1]} and then {pair[0]}: they give {_PAIRS[pair]}",
            f"one activation, {pair[0]}, on scores of any size",
            f"leave activation='{pair[1]}' out of layer '{name}'" if name else f"leave the {pair[1]} out",
            why="the model cannot give the sure answers that the targets ask for",
            severity="warning" if pair[1] == "relu" and pair[0] == "softmax" else "error",
            layer=name,
            value=2.0,
            threshold=1.0,
        )
    return None


@looks_for("batch_norm_single")
def batch_norm_single(evidence: Evidence) -> Finding | None:
    """A finding if BatchNormalization gets batches of one number per column: the mean is that number, and all that is left is 0."""
    if evidence.batch_size != 1 or evidence.graph is None:
        return None
    for layer in evidence.model._flat_layers():
        if type(layer).__name__ != "BatchNormalization" or not layer.trainable or not _sees_single_numbers(evidence, layer.name):
            continue
        return Finding(
            "batch_norm_single",
            evidence.where,
            f"layer '{layer.name}' is a BatchNormalization, and batches have 1 row (threshold: more than 1): in training it subtracts each number from itself",
            "batches of at least 16 rows",
            "model.fit(..., batch_size=32); or layers.LayerNormalization() in its place, which needs no other rows",
            why="the outputs of the layer are the same for every sample, so that the layers behind it learn nothing",
            severity="error",
            layer=layer.name,
            value=1.0,
            threshold=1.0,
        )
    return None


def _sees_single_numbers(evidence: Evidence, name: str) -> bool:
    """Whether a layer's outputs, for a batch of one row, have one number per column."""
    assert evidence.graph is not None
    for node in evidence.graph.nodes():
        if any(frame.kind == "layer" and frame.name == name for frame in node.origin):
            shape = node.outputs[0].shape
            if len(shape) > 1 and shape[0] == 1 and all(size == 1 for size in shape[:-1]):
                continue
            if len(shape) > 1:
                return False
    return True
