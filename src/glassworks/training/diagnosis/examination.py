"""`Examination`: one look into a network: its units, gradients and answers for some samples, computed beside the training steps.

The training step itself is traced once more, with its activations, gradients, outputs and new weights as results, and compiled as a program of
its own, so that the program of the training steps stays as it is. Nothing is assigned: weights, optimizer and random generators do not change.
The engine of the training runs it: NumPy's products would leave threads behind that keep the second core busy for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks import tree
from glassworks.engine import Program, compile_graph
from glassworks.graph import GradientTape, Graph, Node, Spec, Value, trace, untraced
from glassworks.graph.passes import stable_cross_entropy
from glassworks.training.data.base import Batch
from glassworks.training.diagnosis.answers import Answers, compare
from glassworks.training.diagnosis.evidence import producer
from glassworks.training.outputs import flat_targets
from glassworks.training.steps import loss_of, unpack

if TYPE_CHECKING:
    from glassworks.layers.base import Layer
    from glassworks.training.trainer import Trainer

SATURATES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hard_sigmoid": (0.0, 1.0), "hard_tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
"""Op -> the ends of its range."""
DIES = ("relu", "relu6")
"""Ops with a slope of 0 on one side."""
_NEAR_END = 0.9
"""The share of the range around its middle outside of which a unit is saturated."""


class Units(NamedTuple):
    """The units of an activation.

    Attributes:
        layer: The layer.
        op: The activation: "relu".
        stuck: For each unit, the share of samples for which it had no slope: near an end of its range; for relu 1 if it was 0 for all
            samples, else 0.
    """

    layer: str
    op: str
    stuck: np.ndarray


class Kernel(NamedTuple):
    """A kernel in one step.

    Attributes:
        path: Its path: "dense/kernel".
        gradient: The root mean square of its gradient; NaN where that is not known.
        update: Its change relative to its size; NaN where that is not known.
    """

    path: str
    gradient: float
    update: float


@dataclass
class Examination:
    """What one look into a network found.

    Attributes:
        step: The number of steps before it.
        samples: The number of samples.
        units: The activations, in the order of the forward pass.
        kernels: The kernels, in the order of the layers.
        answers: The outputs compared with the targets.
        loss_train, loss_test: The loss for the same samples as in training and as in use; None where they are not known.
        penalty: The penalties in the loss.
    """

    step: int = 0
    samples: int = 0
    units: list[Units] = field(default_factory=list)
    kernels: list[Kernel] = field(default_factory=list)
    answers: list[Answers] = field(default_factory=list)
    loss_train: float | None = None
    loss_test: float | None = None
    penalty: float = 0.0


class Examiner:
    """Makes examinations.

    Args:
        trainer: The trainer with the model.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._programs: dict[str, tuple[Program, Program | None, list[_Watched]]] = {}
        self._own_step = trainer.keeps_logs("train")

    def examine(self, batches: Iterable[Batch]) -> Examination:
        """An examination on the samples of some batches."""
        parts = [self._of_batch(batch) for batch in batches]
        return _joined(self._trainer, parts)

    def _of_batch(self, data: Batch) -> _Part:
        specs = tree.map_structure(_spec, data)
        key = str(specs)
        if key not in self._programs:
            self._programs = {key: self._compiled(specs, data)}
        train, test, watched = self._programs[key]
        arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
        with untraced(), np.errstate(all="ignore"):
            results = train.graph.pack(train(*arrays))
            tested = None if test is None else test.graph.pack(test(*arrays))
            part = _Part(_units(watched, results["units"]), len(arrays[0]), _updates(self._trainer, results["updates"]))
            if not self._own_step:
                part.loss_train, part.penalty = float(results["loss"]), float(results["penalty"])
                scale = float(results["scaled"]) / part.loss_train if part.loss_train else 1.0
                part.gradients = [np.nan if gradient is None else _rms(np.asarray(gradient)) / scale for gradient in results["gradients"]]
        if tested is not None:
            part.loss_test = float(tested["loss"])
            part.outputs, part.losses = [np.asarray(output) for output in tested["outputs"]], [float(loss) for loss in tested["losses"]]
            part.targets = self._targets(data, len(part.outputs))
        return part

    def _targets(self, data: Batch, outputs: int) -> list[Any]:
        _, y, _ = unpack(data)
        losses = self._trainer.losses
        names = losses.names if losses is not None and losses.built else [str(i) for i in range(outputs)]
        return flat_targets(y, names) if y is not None and len(names) == outputs else [None] * outputs

    def _compiled(self, specs: object, data: Batch) -> tuple[Program, Program | None, list[_Watched]]:
        """The programs of the step in training and in use, and the activations among the results of the former."""
        trainer = self._trainer
        variables = trainer.model.trainable_variables
        if self._own_step:
            graph = trainer.programs.graph("train", data)
            updates = [graph.writes.get(variable) for variable in variables]
            watched = _activations(trainer.model, _pure(graph, updates), [])
            return compile_graph(_pure(graph, {"updates": updates, "units": [each.value for each in watched]})), None, watched
        graph = trace(self._train, specs, name="examination")
        results = {**graph.pack(graph.outputs), "updates": [graph.writes.get(variable) for variable in variables]}
        watched = _activations(trainer.model, _pure(graph, results), results["outputs"])
        results["units"] = [each.value for each in watched]
        test = trace(self._test, specs, name="examination in use")
        return compile_graph(_pure(graph, results)), compile_graph(_pure(test, test.pack(test.outputs))), watched

    def _train(self, batch: Batch) -> dict[str, Any]:
        model, optimizer = self._trainer.model, self._trainer.optimizer
        x, y, sample_weight = unpack(batch)
        variables = model.trainable_variables
        with GradientTape() as tape:
            y_pred = model(x, training=True)
            loss = loss_of(model, x, y, y_pred, sample_weight, training=True)
            scaled = loss if optimizer is None else optimizer.scale_loss(loss)
            penalty = sum(model.losses, start=0.0)  # before the update, after which the weights are others
        gradients = tape.gradient(scaled, variables) if variables else []
        if optimizer is not None and variables:
            optimizer.apply(gradients, variables)
        return {"loss": loss, "scaled": scaled, "penalty": penalty, "gradients": gradients, "outputs": tree.flatten(y_pred)}

    def _test(self, batch: Batch) -> dict[str, Any]:
        model, losses = self._trainer.model, self._trainer.losses
        x, y, sample_weight = unpack(batch)
        y_pred = model(x, training=False)
        loss = loss_of(model, x, y, y_pred, sample_weight, training=False)
        outputs = tree.flatten(y_pred)
        each: list[Any] = []
        if losses is not None and losses.built and y is not None:
            pairs = zip(losses.losses, flat_targets(y, losses.names), outputs, strict=True)
            each = [None if one is None else one(target, output) for one, target, output in pairs]
        # Computed as the loss of the step is: the logarithm of a softmax is not clipped.
        values = [np.nan if one is None else stable_cross_entropy([one])[0] if isinstance(one, Value) else one for one in each]
        return {"loss": loss, "outputs": outputs, "losses": values or [np.nan] * len(outputs)}


def _pure(graph: Graph, results: object) -> Graph:
    """The graph without what it assigns."""
    return Graph(graph.inputs, tree.flatten(results), results, graph.reads, {}, graph.name)


class _Watched(NamedTuple):
    """An activation that is looked at.

    Attributes:
        layer, op: The layer, and the activation.
        value: Its result.
        units_first: Whether the axis of the units is the one after that of the samples; else the last.
    """

    layer: str
    op: str
    value: Value
    units_first: bool


def _activations(model: Layer, graph: Graph, outputs: list[Any]) -> list[_Watched]:
    """The activations of a step. The outputs of the model are left out: one that is sure of itself is not saturated."""
    units_first = {layer.name for layer in model._flat_layers() if getattr(layer, "data_format", "") == "channels_first"}
    ends = {id(producer(value)) for value in outputs if isinstance(value, Value)}
    last = {node.origin: node for node in graph.nodes() if _activation(node) is not None}
    found = [(_layer(node), _activation(node) or "", node.outputs[0]) for node in last.values() if id(node) not in ends]
    return [_Watched(layer, op, value, layer in units_first) for layer, op, value in found if len(value.shape) >= 2]


def _units(watched: list[_Watched], results: list[np.ndarray]) -> list[tuple[str, str, np.ndarray]]:
    """Layer, op and one number per unit; for a layer that was called several times the mean (or the smallest, for silent units)."""
    units: dict[tuple[str, str], list[np.ndarray]] = {}
    for each, result in zip(watched, results, strict=True):
        units.setdefault((each.layer, each.op), []).append(_seen(each, np.asarray(result, np.float32)))
    joined = []
    for (layer, op), seen in units.items():
        same = [part for part in seen if part.shape == seen[0].shape]
        joined.append((layer, op, np.min(same, axis=0) if op in DIES else np.mean(same, axis=0)))
    return joined


def _seen(watched: _Watched, array: np.ndarray) -> np.ndarray:
    """One number per unit: whether it was silent, or how often it was near an end of its range."""
    array = np.moveaxis(array, 1, -1) if watched.units_first and array.ndim > 2 else array
    rows = array.reshape(-1, array.shape[-1])
    if watched.op in DIES:
        return (rows == 0).all(axis=0).astype(np.float64)
    low, high = SATURATES[watched.op]
    return (np.abs(rows - (low + high) / 2) > _NEAR_END * (high - low) / 2).mean(axis=0)


def _activation(node: Node) -> str | None:
    """The name of the activation that a node of a forward pass belongs to, if it is one that is watched."""
    if node.is_gradient:
        return None
    frames = node.origin
    start = max((i for i, frame in enumerate(frames) if frame.kind != "ops"), default=-1)
    op = next((frame.name for frame in frames[start + 1 :] if frame.kind == "ops"), node.primitive.name)
    return op if op in SATURATES or op in DIES else None


def _layer(node: Node) -> str:
    return next((frame.name for frame in reversed(node.origin) if frame.kind == "layer"), "")


@dataclass
class _Part:
    """What was found for one batch; see `Examination`."""

    units: list[tuple[str, str, np.ndarray]]
    samples: int
    updates: list[float]
    gradients: list[float] = field(default_factory=list)
    loss_train: float | None = None
    loss_test: float | None = None
    penalty: float = 0.0
    outputs: list[np.ndarray] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    targets: list[Any] = field(default_factory=list)


def _updates(trainer: Trainer, values: list[Any]) -> list[float]:
    """How far a step moves each trainable variable, relative to its size; NaN where it does not change it, or the variable is 0."""
    shares = []
    for variable, new in zip(trainer.model.trainable_variables, values, strict=True):
        old = np.asarray(variable.peek(), np.float32)
        size = norm(old)
        shares.append(norm(np.asarray(new, np.float32) - old) / size if new is not None and size > 0 else np.nan)
    return shares


def norm(array: np.ndarray) -> float:
    """The square root of the sum of squares, in a precision in which it does not overflow."""
    return float(np.sqrt(np.sum(np.square(array, dtype=np.float64))))


def _rms(array: np.ndarray) -> float:
    return norm(array) / max(array.size, 1) ** 0.5


def _joined(trainer: Trainer, parts: list[_Part]) -> Examination:
    """The parts of several batches as one examination."""
    joined = Examination(samples=sum(part.samples for part in parts))
    for number, (layer, op, _) in enumerate(parts[0].units):
        same = [part.units[number][2] for part in parts if number < len(part.units)]
        joined.units.append(Units(layer, op, np.min(same, axis=0) if op in DIES else np.mean(same, axis=0)))
    for number, variable in enumerate(trainer.model.trainable_variables):
        if variable.ndim >= 2 and not variable.path.endswith("embeddings"):
            gradient = _mean([part.gradients[number] for part in parts if part.gradients])
            update = _mean([part.updates[number] for part in parts])
            joined.kernels.append(Kernel(variable.path, gradient, update))
    losses = [(part.loss_train, part.loss_test) for part in parts]
    if all(train is not None for train, _ in losses):
        joined.loss_train = _mean([train for train, _ in losses])
        joined.penalty = _mean([part.penalty for part in parts])
    if all(test is not None for _, test in losses):
        joined.loss_test = _mean([test for _, test in losses])
    joined.answers = _answers(trainer, parts)
    return joined


def _mean(numbers: list[Any]) -> float:
    return float(np.mean(numbers)) if numbers else np.nan


def _answers(trainer: Trainer, parts: list[_Part]) -> list[Answers]:
    losses = trainer.losses
    compared = []
    for number in range(len(parts[0].outputs)):
        name = losses.names[number] if losses is not None and losses.built else f"output_{number}"
        targets, outputs = [part.targets[number] for part in parts], [part.outputs[number] for part in parts]
        if any(target is None for target in targets) or len({output.shape[1:] for output in outputs}) > 1:
            continue
        answers = compare(name, np.concatenate(targets), np.concatenate(outputs), _mean([part.losses[number] for part in parts]))
        if answers is not None:
            compared.append(answers)
    return compared


def _spec(leaf: np.ndarray | None) -> Spec | None:
    return None if leaf is None else Spec(leaf.shape, leaf.dtype.name)
