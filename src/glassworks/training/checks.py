"""Checks that run once, before the first step: they find data and models that would silently train on nonsense."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.checks import is_on, tell
from glassworks.engine import Program
from glassworks.errors import DataError
from glassworks.graph import GradientTape, Journal, Variable, as_array, untraced
from glassworks.layers.base import Layer
from glassworks.losses import LOSSES, Loss
from glassworks.losses.checks import check_outputs, check_targets, kind
from glassworks.optimizers.base import REPORTED
from glassworks.training.data import DataSource
from glassworks.training.data.base import Batch
from glassworks.training.data.checks import check_finite, looks_like_bytes, part_to_check
from glassworks.training.diagnosis import Evidence, findings
from glassworks.training.diagnosis.evidence import (
    Output,
    activation_of,
    input_names,
    is_linear,
    looked_up_inputs,
    named,
    raw_inputs,
    weighed_inputs,
)
from glassworks.training.outputs import flat_targets, per_output
from glassworks.training.sources import about_validation_data
from glassworks.training.steps import loss_of, unpack
from glassworks.training.trainer import Trainer

SAMPLE = 256
# Layers that scale their input themselves, or take integers.
_SCALES_ITSELF = ("Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Embedding", "Lambda")


def check_before_training(trainer: Trainer, train: DataSource, first: Batch, validation: DataSource | None, is_split: bool = False) -> None:
    """Raise a `DataError`, or warn, about data, labels and outputs that do not belong together.

    Arrays are checked as a whole; other sources by their first batch.

    Args:
        is_split: Whether the validation data is the end of the training data.
    """
    held = train.arrays if train.arrays is not None else first
    held_out = validation.arrays if validation is not None else None
    _check_finite(trainer, held, ("x", "y", "sample_weight"))
    if held_out is not None:
        with about_validation_data():
            _check_finite(trainer, held_out, ("x", "y", "sample_weight"))
    x, _, _ = unpack(first)
    if validation is not None and not trainer.keeps_logs("test"):
        with about_validation_data():
            _check_validation(trainer, first, validation.first_batch())
    evidence = _evidence(trainer, unpack(held)[0], train, first)
    evidence.is_split = is_split
    if held_out is not None:
        evidence.validation_x = named(held_out[0], "x")
    if not evidence.own_step:
        _check_outputs(trainer, evidence, x, unpack(held), held_out)
    _check_scale(trainer, x, evidence)
    for finding in findings(evidence):
        tell(finding)
    REPORTED.update({id(variable): variable for variable in evidence.unreached})


def _evidence(trainer: Trainer, x: object, train: DataSource, first: Batch) -> Evidence:
    """What is known without running the model."""
    arrays = named(x, "x")
    evidence = Evidence(trainer.model, arrays, train.arrays is not None)
    evidence.has_text = len(arrays) < sum(leaf is not None for leaf in tree.flatten(x))
    evidence.columns = trainer.columns
    evidence.batch_size = train.batch_size or next(len(leaf) for leaf in tree.flatten(first) if leaf is not None)
    evidence.own_step = trainer.keeps_logs("train")
    iterations = getattr(trainer.optimizer, "iterations", None)
    evidence.is_fresh = iterations is None or int(np.asarray(iterations)) == 0

    def gradients(variables: list[Variable]) -> list[np.ndarray | None]:
        few = tree.map_structure(lambda a: None if a is None else a[:SAMPLE], first)
        return _gradients(trainer, few, variables)

    evidence.gradients = gradients
    return evidence


def _gradients(trainer: Trainer, data: Batch, variables: list[Variable]) -> list[np.ndarray | None]:
    """The gradients of the loss of a batch, computed eagerly; dropout is left out."""
    x, y, sample_weight = unpack(data)
    model = trainer.model
    with untraced(), Journal() as changes:
        with GradientTape() as tape:
            loss = loss_of(model, x, y, model(x, training=False), sample_weight, training=False)
        found = tape.gradient(loss, variables)
        changes.undo()
    return [None if gradient is None else np.asarray(gradient) for gradient in found]


def _check_outputs(trainer: Trainer, evidence: Evidence, x: object, held: Any, held_out: Any) -> None:
    """Run the model on a few samples, and check what goes into weights and whether outputs, losses and targets fit each other."""
    if trainer.losses is None or held[1] is None:
        return
    few = tree.map_structure(lambda a: None if a is None else a[:SAMPLE], x)
    outputs, program = _outputs(trainer, few)
    if not trainer.model.host_part:
        evidence.weighed = {name for name, weighed in zip(input_names(few), weighed_inputs(program.graph), strict=True) if weighed}
        evidence.looked_up = {name for name, used in zip(input_names(few), looked_up_inputs(program.graph), strict=True) if used}
        evidence.raw, evidence.graph = raw_inputs(program.graph), program.graph
    if not trainer.losses.built:
        trainer.losses.build(outputs, getattr(trainer.model, "output_names", None))
    names = trainer.losses.names
    predictions = [np.asarray(prediction) for prediction in tree.flatten(outputs)]
    losses = trainer.losses.losses
    _check_targets(trainer, held[1], predictions, names)
    if held_out is not None:
        with about_validation_data():
            _check_targets(trainer, held_out[1], predictions, names)
    ends = ["linear" if is_linear(value) else activation_of(value) for value in program.graph.outputs]
    for loss, prediction, end in zip(losses, predictions, ends, strict=True):
        if loss is not None and (finding := check_outputs(loss, prediction, end)):
            evidence.reported.add(finding.check)
            tell(finding._replace(where=evidence.where))
    weights = flat_targets(held[2], names, "sample_weight")
    held_out_targets = [None] * len(names) if held_out is None else flat_targets(held_out[1], names)
    metrics = _metrics(trainer, names)
    rows = zip(names, losses, predictions, flat_targets(held[1], names), weights, ends, metrics, held_out_targets, strict=True)
    for (name, loss, prediction, target, weight, end, listed, target_held_out), value in zip(rows, program.graph.outputs, strict=True):
        if loss is not None and target is not None:
            options = getattr(loss, "options", {})
            first_losses = _losses(loss, target[: len(prediction)], prediction)
            output = Output(name, kind(loss), options, prediction, part_to_check(target), weight, end, listed, first_losses, value, loss)
            evidence.outputs.append(output)
            evidence.validation_y.append(target_held_out)


def _losses(loss: Loss, target: np.ndarray, prediction: np.ndarray) -> np.ndarray | None:
    """The loss of each sample before training; None for a loss that the user wrote."""
    if kind(loss) not in LOSSES.names() or not isinstance(loss, Loss):
        return None
    with untraced(), np.errstate(all="ignore"):
        return np.asarray(loss.call(as_array(target), as_array(prediction)), np.float64).reshape(-1)


def _check_validation(trainer: Trainer, first: Batch, held_out: Batch) -> None:
    """Raise an error before the first epoch, rather than after it, if validation data cannot go through the model as training data does."""
    (x, y, _), (x_held_out, y_held_out, _) = unpack(first), unpack(held_out)
    if y is not None and y_held_out is None and trainer.losses is not None:
        raise DataError(
            "inputs without targets", "(x, y) or (x, y, sample_weight)", "pass both: (x_validation, y_validation), or batches of (x, y)"
        )
    if _samples(x) != _samples(x_held_out):
        if not trainer.model.host_part:
            trainer.programs.graph("predict", (x_held_out, None, None))
    elif y is not None and y_held_out is not None and list(map(len, _samples(y))) != list(map(len, _samples(y_held_out))):
        # Sizes may differ: sequences of labels are padded to different lengths.
        shapes = [", ".join(str(leaf.shape) for leaf in tree.flatten(part) if leaf is not None) for part in (y_held_out, y)]
        raise DataError(
            f"batches with y of shape {shapes[0]}",
            f"targets as in training: {shapes[1]}",
            "prepare the y of both in the same way, with the same encoding",
        )


def _samples(structure: object) -> list[tuple[int, ...]]:
    """The shape of one sample of each array in a structure, without a last axis of size 1, which losses add or leave out."""
    shapes = [leaf.shape[1:] for leaf in tree.flatten(structure) if leaf is not None]
    return [shape[:-1] if shape[-1:] == (1,) else shape for shape in shapes]


def _check_targets(trainer: Trainer, targets: object, predictions: list[np.ndarray], names: list[str]) -> None:
    assert trainer.losses is not None
    for loss, target, prediction, name in zip(trainer.losses.losses, flat_targets(targets, names), predictions, names, strict=True):
        if loss is not None and target is not None:
            check_targets(loss, part_to_check(np.asarray(target)), prediction.shape, name)


def _metrics(trainer: Trainer, names: list[str]) -> list[list[Any]]:
    """The metrics that the user compiled, per output."""
    compiled: list[list[Any]] = [[] for _ in names]
    for given in (trainer.metrics.given, trainer.metrics.given_weighted) if trainer.metrics is not None else ():
        entries = [given] if len(names) == 1 else per_output(given, names, "metrics")
        for listed, entry in zip(compiled, entries, strict=True):
            listed += [metric for metric in tree.flatten(entry) if metric is not None]
    return compiled


def _outputs(trainer: Trainer, x: object) -> tuple[Any, Program]:
    """The outputs for a few samples before training, and the program that computed them."""
    program = trainer.programs.program("predict", (x, None, None))
    with untraced():
        return trainer.programs.run(program, (x, None, None)), program


def _check_finite(trainer: Trainer, data: Batch, names: tuple[str, ...]) -> None:
    """Raise a `DataError` if the data has NaN or infinity, unless the model turns them into finite numbers."""
    if not is_on("not_finite"):
        return
    x, y, sample_weight = unpack(data)
    check_finite((y, sample_weight), names[1:], (trainer.target_columns, None))
    try:
        check_finite((x,), names[:1], (trainer.columns,))
    except DataError:
        if not _gives_finite_outputs(trainer, x):
            raise


def _gives_finite_outputs(trainer: Trainer, x: object) -> bool:
    """Whether the outputs for the first rows with NaN or infinity are finite, because the model fills in or masks missing values.

    NaN cast to an integer is finite but meaningless, so integer outputs do not count.
    """
    wanted = getattr(getattr(trainer.model, "_functional", None) or trainer.model, "_inputs", None)
    if trainer.model.host_part or any("int" in tensor.dtype for tensor in tree.flatten(wanted) if hasattr(tensor, "dtype")):
        return False
    floats = [part_to_check(leaf) for leaf in tree.flatten(x) if leaf is not None and leaf.dtype.kind == "f"]
    bad = np.zeros(len(floats[0]), bool)
    for leaf in floats:
        bad |= ~np.isfinite(leaf).reshape(len(leaf), -1).all(axis=1)
    rows = np.flatnonzero(bad)[:SAMPLE]
    few = trainer.on_host((tree.map_structure(lambda a: None if a is None else np.asarray(a[rows]), x), None, None))[0]
    outputs, _ = _outputs(trainer, few)
    return all(np.isfinite(np.asarray(output)).all() for output in tree.flatten(outputs))


def _check_scale(trainer: Trainer, x: object, evidence: Evidence) -> None:
    """Warn of inputs that are still in 0..255 where they meet weights, by the graph or, without one, by the layers before the first weights."""
    raw = evidence.raw
    if trainer.model.host_part or (raw is None and _brings_to_scale(trainer.model)):
        return
    arrays = [array for array in tree.flatten(x) if array is not None]
    for name, array, is_raw in zip(input_names(x), arrays, [True] * len(arrays) if raw is None else raw, strict=True):
        if is_raw and (finding := looks_like_bytes(array, name, evidence.where)):
            evidence.reported.add(finding.check)
            tell(finding)


def _brings_to_scale(model: Layer) -> bool:
    for layer in model._flat_layers()[1:]:
        if type(layer).__name__ in _SCALES_ITSELF:
            return True
        if layer.weights and not layer._child_layers():
            return False
    return False
