"""Checks of the numbers that a model starts with: its first loss, its weights, and the gradients that reach them."""

from __future__ import annotations

import math

import numpy as np

from glassworks.checks import Finding
from glassworks.graph import Graph, Node, Value, Variable
from glassworks.ops.primitives.functions import StepFunction
from glassworks.training.diagnosis.evidence import MOVING, WEIGHING, Evidence, Output, op_of
from glassworks.training.diagnosis.registry import looks_for

HIGH, LOW = 2.0, 0.5
"""The first loss over that of a model that knows nothing: above and below it."""
FAR, VERY_FAR = 3.0, 10.0
"""The first error of quantities over their deviation."""
GAIN = 10.0
"""By how much a kernel enlarges inputs of size 1. Initializers give about 1."""
_FEWEST = 16
_FEWEST_INPUTS = 8
_CAUSES = {"inputs_like_bytes", "unscaled_inputs", "unscaled_targets", "initial_weights", "outputs_for_loss", "several_labels"}
_ELEMENTS = 1 << 16


@looks_for("unused_weights")
def unused_weights(evidence: Evidence) -> Finding | None:
    """A finding if no gradient reaches some weights."""
    if evidence.graph is None or evidence.own_step or not evidence.outputs or evidence.gradients is None:
        return None
    reached = _differentiable(evidence.graph)
    places = evidence.graph.reads
    variables = [v for v in evidence.model.trainable_variables if v not in places or places[v] not in reached]
    if not variables or len(variables) == len(evidence.model.trainable_variables):
        return None  # of a model without any gradient the optimizer says so, as an error
    unreached = [v for v, gradient in zip(variables, evidence.gradients(variables), strict=True) if gradient is None]
    if not unreached:
        return None
    evidence.unreached = unreached
    count, total = (sum(int(np.prod(v.shape)) for v in part) for part in (unreached, evidence.model.trainable_variables))
    names = ", ".join(v.path for v in unreached[:4]) + (f" and {len(unreached) - 4} more" if len(unreached) > 4 else "")
    leaves = [layer for layer in evidence.model._flat_layers() if not layer._child_layers()]
    layer = next((leaf for leaf in leaves if any(v is unreached[0] for v in leaf.weights)), None)
    block = next(filter(None, (_block(evidence.graph, places[v]) for v in unreached if v in places)), None)
    name = "" if layer is None else layer.name
    fix = f"use the output of layer '{name}' in the model's outputs, or leave the layer out"
    if block is not None:
        fix = f"ops.{block} has no slope: use a smooth function in its place (softmax for argmax, sigmoid for a comparison)"
    return Finding(
        "unused_weights",
        evidence.where,
        f"no gradient reaches {names}: {count:,} of {total:,} trainable parameters"
        + (f"; on the way to the loss is ops.{block}" if block else ", on which the loss does not depend"),
        "a loss that depends on all trainable weights",
        f"{fix}; if they shall stay as they are: model.get_layer('{name}').trainable = False",
        why="these weights keep their random start values, so that what they compute is never learned",
        layer=name,
        value=count / max(total, 1),
        threshold=0.0,
    )


def _differentiable(graph: Graph) -> set[Value]:
    """The values of a forward pass that a gradient of its outputs reaches."""
    reached, ahead = set(graph.outputs), list(graph.outputs)
    while ahead:
        node = ahead.pop().node
        if node is None or not _passes(node):
            continue
        new = [value for value in node.inputs if value not in reached]
        reached.update(new)
        ahead += new
    return reached


def _passes(node: Node) -> bool:
    """Whether a gradient passes a node."""
    return node.primitive.differentiable and node.primitive.name != "stop_gradient" and not isinstance(node.primitive, StepFunction)


def _block(graph: Graph, start: Value) -> str | None:
    """The first op after a value that lets no gradient through."""
    affected = {start}
    for node in graph.nodes():
        if any(value in affected for value in node.inputs):
            if not _passes(node):
                return op_of(node)
            affected.update(node.outputs)
    return None


@looks_for("initial_weights")
def initial_weights(evidence: Evidence) -> Finding | None:
    """A finding if weights start at one value, so that units cannot become different, or far too large."""
    if evidence.graph is None or not evidence.is_fresh or evidence.own_step:
        return None
    kernels = _kernels(evidence.graph)
    # A last layer of zeros is fine: those before it differ.
    same = [(v, array) for v, array in kernels[:-1] if array.size > 1 and array.flat[0] == array.flat[-1] and array.min() == array.max()]
    if same and evidence.gradients is not None:
        for (variable, array), gradient in zip(same, evidence.gradients([v for v, _ in same]), strict=True):
            if gradient is not None and (reason := _stays_the_same(np.asarray(gradient, np.float64))):
                return _of_one_value(evidence, variable, float(array.flat[0]), reason)
    known = [o for o in evidence.outputs if o.losses is not None and chance_loss(o) is not None]
    has_learned = known and all(float(o.losses.mean()) < (chance_loss(o) or 0.0) for o in known if o.losses is not None)
    if has_learned or any("Normalization" in type(layer).__name__ and layer.trainable_weights for layer in evidence.model._flat_layers()):
        return None
    for variable, array in kernels:
        inputs = int(np.prod(array.shape[:-1]))
        part = np.asarray(array.reshape(-1)[:_ELEMENTS], np.float64)
        gain = float(part.std()) * math.sqrt(inputs)
        if inputs < _FEWEST_INPUTS or not gain > GAIN:
            continue
        layer = variable.path.rpartition("/")[0]
        return Finding(
            "initial_weights",
            evidence.where,
            f"{variable.path} starts with a deviation of {part.std():.3g} for {inputs} inputs, and enlarges what goes through it {gain:.0f} times (threshold {GAIN:.0f})",
            f"a deviation of about {1 / math.sqrt(inputs):.2g}, which keeps the size",
            f"kernel_initializer='glorot_uniform' (the default), or 'he_normal' in front of relu, in layer '{layer}'",
            why="outputs start far from every target, and sigmoids and tanhs at their ends, where they have no slope",
            layer=layer,
            value=gain,
            threshold=GAIN,
        )
    return None


def _kernels(graph: Graph) -> list[tuple[Variable, np.ndarray]]:
    """The trainable matrices of a forward pass that inputs are multiplied with, and their values."""
    variable_of = {value: variable for variable, value in graph.reads.items() if variable.trainable and len(variable.shape) > 1}
    kernels: dict[int, Variable] = {}
    for node in graph.nodes():
        is_recurrent = node.primitive.name.endswith("_sequence")
        if node.primitive.name in WEIGHING or is_recurrent:
            for value in node.inputs:
                variable = variable_of.get(_before_moves(value))
                if variable is not None and (not is_recurrent or "kernel" in variable.name):
                    kernels[id(variable)] = variable
    return [(variable, np.asarray(variable.peek())) for variable in kernels.values()]


def _before_moves(value: Value) -> Value:
    while value.node is not None and value.node.primitive.name in MOVING and len(value.node.inputs) == 1:
        value = value.node.inputs[0]
    return value


def _stays_the_same(gradient: np.ndarray) -> str:
    """Why a kernel of one value stays so, from its first gradient; empty if it does not."""
    if not gradient.any():
        return "and its gradient is 0 for every sample: it never moves"
    columns = gradient.reshape(-1, gradient.shape[-1])
    scale = np.abs(columns).max()
    different = len(np.unique(np.round(columns / scale, 5), axis=1).T)
    if columns.shape[1] > 1 and (different == 1 or (different <= 4 and columns.shape[1] >= 8)):
        return "and all its units have the same gradient: they compute the same number for ever"
    return ""


def _of_one_value(evidence: Evidence, variable: Variable, number: float, reason: str) -> Finding:
    layer = variable.path.rpartition("/")[0]
    return Finding(
        "initial_weights",
        evidence.where,
        f"all {int(np.prod(variable.shape)):,} weights of {variable.path} start at {number:g}, {reason}",
        "random weights, so that each unit starts differently",
        f"leave kernel_initializer out of layer '{layer}' (the default is 'glorot_uniform'); zeros are for biases",
        why="the layer is as good as a single unit, however many it has",
        severity="error",
        layer=layer,
        value=number,
        threshold=0.0,
    )


@looks_for("initial_loss")
def initial_loss(evidence: Evidence) -> Finding | None:
    """A finding if the first loss is far from that of a model that knows nothing."""
    if not evidence.is_fresh or evidence.own_step or evidence.reported & _CAUSES:
        return None
    for output in evidence.outputs:
        chance, losses = chance_loss(output), output.losses
        if chance is None or not chance > 0 or losses is None or len(losses) < _FEWEST or not np.isfinite(losses).all():
            continue
        mean = float(losses.mean())
        error = float(losses.std()) / math.sqrt(len(losses))
        if output.function in _OF_CLASSES:
            if mean - 2 * error > HIGH * chance:
                too_high = _too_high(evidence, output, mean, chance)
                return too_high._replace(severity="info") if _are_counts(evidence) or _stands_on_frozen_layers(evidence) else too_high
            if mean + 2 * error < LOW * chance:
                return _too_low(evidence, output, mean, chance)
        elif (finding := _far_off(evidence, output, mean, chance)) is not None:
            return finding
    return None


_OF_CLASSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy")


def chance_loss(output: Output) -> float | None:
    """The loss of a model that knows nothing of its inputs: ln K for K classes, the variance (or mean deviation) of quantities."""
    if output.function in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        axis = output.options.get("axis", -1)
        return math.log(output.prediction.shape[axis]) if output.prediction.ndim > 1 else None
    if output.function == "binary_crossentropy":
        return math.log(2)
    if output.target.dtype.kind not in "iuf" or output.function not in ("mean_squared_error", "mean_absolute_error"):
        return None
    y = np.asarray(output.target[: 1 << 14], np.float64).reshape(min(len(output.target), 1 << 14), -1)
    if output.function == "mean_squared_error":
        return float(y.var(axis=0).mean())
    return float(np.abs(y - np.median(y, axis=0)).mean())


def _are_counts(evidence: Evidence) -> bool:
    """Whether all inputs are integers from 0, such as counts of words: weights become small enough for them in a few steps."""
    samples = [evidence.sample(array) for array in evidence.x.values()]
    return bool(samples) and all((rows >= 0).all() and (rows == np.floor(rows)).all() for rows in samples)


def _stands_on_frozen_layers(evidence: Evidence) -> bool:
    """Whether the model has frozen layers, as in transfer learning: what they give a new last layer has the size that training gave it."""
    return any(not layer.trainable and layer.weights for layer in evidence.model._flat_layers())


def _too_high(evidence: Evidence, output: Output, mean: float, chance: float) -> Finding:
    what = (
        "0.693, that of probabilities of 0.5" if output.function == "binary_crossentropy" else f"{chance:.3g}, that of equal probabilities"
    )
    return Finding(
        "initial_loss",
        evidence.where,
        f"the loss of '{output.name}' starts at {mean:.4g}, {mean / chance:.1f} times {what} (threshold {HIGH:g} times)",
        f"a first loss of about {chance:.3g}: a model that knows nothing should not be sure of anything",
        "scale the inputs to about -1 to 1 (layers.Normalization(), adapted to x), and leave the initializers at their defaults",
        why="the model starts with sure and wrong answers, and first has to unlearn them",
        value=mean / chance,
        threshold=HIGH,
    )


def _too_low(evidence: Evidence, output: Output, mean: float, chance: float) -> Finding:
    return Finding(
        "initial_loss",
        evidence.where,
        f"the loss of '{output.name}' starts at {mean:.4g}, {mean / chance:.2f} times that of a model that knows nothing, {chance:.3g} (threshold {LOW:g} times)",
        "a first loss of about that number, unless the weights are trained already",
        "for a new start make the model again; else look at whether every row of y has a label: y.sum(axis=-1)",
        why="the weights have learned already, or part of the targets counts for nothing",
        severity="info",
        value=mean / chance,
        threshold=LOW,
    )


def _far_off(evidence: Evidence, output: Output, mean: float, chance: float) -> Finding | None:
    """A finding if quantities lie far from the first outputs, compared with how much they vary."""
    squared = output.function == "mean_squared_error"
    ratio = math.sqrt(mean / chance) if squared else mean / chance
    if ratio < FAR:
        return None
    centre = float(np.asarray(output.target[: 1 << 14], np.float64).mean())
    distance = math.sqrt(mean) if squared else mean
    # Inputs of about size 1 do not move outputs far: then a bias does.
    is_small = all(float(np.abs(evidence.sample(array)).mean()) < FAR for array in evidence.x.values())
    is_offset = abs(centre - (float(np.mean(output.prediction)) if is_small else 0.0)) > 0.7 * distance
    units = output.prediction.shape[-1] if output.prediction.ndim > 1 else 1
    start = "'zeros'" if abs(centre) < 0.01 * distance else f"keras.initializers.Constant({centre:.4g})"
    bias = f"layers.Dense({units}, bias_initializer={start}) as the last layer; or "
    return Finding(
        "initial_loss",
        evidence.where,
        f"the outputs of '{output.name}' start {distance:.3g} away from the targets, {ratio:.0f} times as far as the targets are from their mean (threshold {VERY_FAR:g} times)",
        "outputs that start near the mean of the targets",
        f"{bias if is_offset else ''}train on (y - y.mean()) / y.std(), and turn predictions back: model.predict(x) * y.std() + y.mean()",
        why="most of the training goes into finding the mean"
        if is_offset
        else "most of the training goes into making the outputs small enough",
        severity="warning" if is_offset and ratio > VERY_FAR else "info",
        value=ratio,
        threshold=VERY_FAR,
    )
