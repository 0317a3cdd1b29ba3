"""One training step as a pure function: the weights after it, and the loss with them, while the model stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.engine import compile_graph
from glassworks.errors import StateError
from glassworks.graph import Graph, Spec, Value, Variable, trace
from glassworks.graph.state import active_trace
from glassworks.training.data.base import Batch
from glassworks.training.steps import unpack

if TYPE_CHECKING:
    from glassworks.models.model import Model


class Step:
    """What a training step on a batch would do. The optimizer gets its slots if it has none yet; nothing else changes.

    Args:
        model: A compiled model.
        data: A batch `(x, y, sample_weight)` as programs take it.
        training: How layers act when the loss is computed after the step.

    Attributes:
        after: The value of each variable that the step writes: weights, the optimizer's counter and slots, metrics.
        loss: The loss of the same batch with the new weights, and with the random numbers and statistics of before the step.
    """

    def __init__(self, model: Model, data: Batch, training: bool) -> None:
        trainer = model._trainer
        if model.optimizer is None:
            raise StateError("optimizer=None", "an optimizer", "model.compile(optimizer='adam', ...)", where=f"model '{model.name}'.trace")
        trainer.prepare("train", data)
        written: dict[Variable, Any] = {}

        def run(batch: Batch) -> list[Any]:
            trainer.step("train", batch)
            recorded = active_trace()
            if recorded is None:
                raise StateError("a step that is not traced", "a trace")
            written.update(recorded.writes)
            weights = {id(variable) for variable in model.trainable_variables}
            for variable in list(recorded.writes):
                if id(variable) not in weights:
                    del recorded.writes[variable]
            x, y, sample_weight = unpack(batch)
            outputs = model(x, training=training)
            loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight, training=training)
            return [loss, *written.values()]

        specs = tree.map_structure(lambda leaf: None if leaf is None else Spec(leaf.shape, leaf.dtype.name), data)
        traced = trace(run, specs, name="step")
        arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
        computed = [value for value in traced.outputs if isinstance(value, Value) and value.node is not None]
        graph = Graph(traced.inputs, list(dict.fromkeys(computed)), None, traced.reads, {}, "step")
        results = dict(zip(graph.outputs, compile_graph(graph)(*arrays), strict=True))
        variables = {value: variable for variable, value in traced.reads.items()}

        def number(value: Value) -> np.ndarray:
            if value in results:
                return np.asarray(results[value])
            return variables[value].numpy() if value in variables else np.asarray(value.array)

        loss, *others = traced.outputs
        self.loss = float(number(loss))
        self.after: dict[Variable, np.ndarray] = {variable: number(value) for variable, value in zip(written, others, strict=True)}
