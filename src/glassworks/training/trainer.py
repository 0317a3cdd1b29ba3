"""`Trainer`: what a model has once it is compiled: optimizer, losses, metrics, and the steps that use them.

The steps are written once and run under trace or eagerly. The training step reads as the whole of learning:
forward, loss, gradients, update, metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassworks import dtypes, optimizers, tree
from glassworks.arguments import OneOf, check
from glassworks.engine import Kept, Program
from glassworks.errors import ArgumentTypeError, DTypeError, StateError, returned_none
from glassworks.graph import GradientTape, Journal, KerasTensor, Value, as_array
from glassworks.graph.passes import stable_cross_entropy
from glassworks.guards import Observed
from glassworks.layers.text_arrays import dtype_name
from glassworks.metrics import Mean
from glassworks.ops.indices import Ignored
from glassworks.scope import Frame, scope
from glassworks.training.compile_losses import CompiledLosses
from glassworks.training.compile_metrics import CompiledMetrics
from glassworks.training.data.convert import refuse_numbers_as_text, refuse_text
from glassworks.training.mixups import refuse_mixups
from glassworks.training.programs import MODES, Programs


class Trainer(Observed):
    """The compiled side of a model.

    Args:
        model: The model it trains; a `Layer` with `train_step`, `test_step` and `predict_step`.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.compiled = False
        self.optimizer: Any = None
        self.loss: Any = None
        self.losses: CompiledLosses | None = None
        self.metrics: CompiledMetrics | None = None
        self.loss_tracker: Mean | None = None
        self.run_eagerly = False
        self.stop_training = False
        # The names of the columns of the DataFrames that the model was trained on.
        self.columns: list[str] | None = None
        self.target_columns: list[str] | None = None
        self.programs = self._new_programs()
        self.arguments: dict[str, Any] = {}
        # Empty arrays like the inputs of the first data, for the summary of a model that declares none.
        self.no_rows: Any = None

    def _new_programs(self) -> Programs:
        return Programs(self.step, self.current_results, self.keeps_logs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "programs"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.programs = self._new_programs()

    def _who(self) -> str:
        return f"the arguments of compile of model '{self.model.name}'"

    def current_results(self) -> dict[str, Any]:
        """What the model says its metrics are now."""
        return self.model.get_metrics_result()

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose optimizer, loss and metrics; see `Model.compile`."""
        refuse_mixups(optimizer, loss, loss_weights, metrics, weighted_metrics)
        self.arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        self.optimizer = optimizers.get(optimizer)
        small = auto_scale_loss and self.model.dtype_policy.name == "mixed_float16"
        if small and isinstance(self.optimizer, optimizers.Optimizer) and not isinstance(self.optimizer, optimizers.LossScaleOptimizer):
            self.optimizer = optimizers.LossScaleOptimizer(self.optimizer, name="loss_scale_optimizer")
        self.loss = loss
        self.losses = CompiledLosses(loss, loss_weights) if loss is not None else None
        self.metrics = CompiledMetrics(metrics, weighted_metrics)
        self.loss_tracker = Mean(name="loss")
        self.run_eagerly = run_eagerly
        self.programs = self._new_programs()
        self.compiled = True

    def require_compiled(self, what: str) -> None:
        """Raise an error if `compile` was not called."""
        if not self.compiled:
            raise StateError(
                f"{what}() on a model that is not compiled",
                "compile() first",
                'model.compile(optimizer="adam", loss="mse") for numbers, loss="sparse_categorical_crossentropy" for class numbers',
                where=f"model '{self.model.name}'.{what}",
            )

    # ---- one step, traced or eager

    def step(self, mode: str, data: Any) -> Any:
        """Run one step of a mode on a batch `(x, y, sample_weight)`."""
        if self.keeps_logs(mode):
            data = packed(data)
        return {"train": self.model.train_step, "test": self.model.test_step, "predict": self.model.predict_step}[mode](data)

    def keeps_logs(self, mode: str) -> bool:
        """Whether the user wrote this step, so that its own return value is the logs."""
        own = getattr(type(self.model), f"{mode}_step")
        return not own.__module__.startswith("glassworks.")

    def train_step(self, data: Any) -> dict[str, Any]:
        """Forward, loss, gradients, update, metrics."""
        x, y, sample_weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self.forward(x, training=True)
            loss = self.model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
        self.count_loss(loss, x)
        variables = self.model.trainable_variables
        if variables:
            if self.optimizer is None:
                raise StateError("optimizer=None", "an optimizer, to train with", "model.compile(optimizer='adam', ...)")
            gradients = tape.gradient(scaled, variables)
            self.optimizer.apply(gradients, variables)
        return self.model.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Forward and loss without dropout, metrics."""
        x, y, sample_weight = unpack(data)
        y_pred = self.forward(x, training=False)
        loss = self.model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
        self.count_loss(loss, x)
        return self.model.compute_metrics(x, y, y_pred, sample_weight)

    def forward(self, x: Any, training: bool) -> Any:
        """The outputs of the model for the inputs of a batch."""
        outputs = self.model(x, training=training)
        if outputs is None:
            raise returned_none(f"{type(self.model).__name__}.call")
        return outputs

    def predict_step(self, data: Any) -> Any:
        """Forward without dropout."""
        x, _, _ = unpack(data)
        return self.forward(x, training=False)

    def count_loss(self, loss: Any, x: Any) -> None:
        """Add a batch's loss to the running mean, weighted by its number of samples."""
        if self.loss_tracker is not None:
            with scope(Frame("metric", "loss")):
                self.loss_tracker.update_state(loss, sample_weight=batch_length(x))

    def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        """The total of the compiled losses, the penalties, and what layers added."""
        total = None
        if self.losses is not None:
            total = self.losses(y, y_pred, sample_weight, names=getattr(self.model, "output_names", None))
        for penalty in self.model.losses:
            total = penalty if total is None else total + penalty
        if total is None:
            raise StateError(
                "no loss to minimise",
                "a loss in compile(), or a layer that calls add_loss()",
                "compile with loss=..., for example loss='mse'",
                where=f"model '{self.model.name}'.compute_loss",
            )
        if isinstance(total, Value):
            (total,) = stable_cross_entropy([total])
        return total

    def compute_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> dict[str, Any]:
        """Count a batch in the compiled metrics; the current values of all metrics."""
        if self.metrics is not None and y is not None:
            # Which labels count is for the user's own code to say.
            own = any(not getattr(type(self.model), name).__module__.startswith("glassworks.") for name in ("compute_loss", "train_step"))
            ignored: list[Ignored] | Ignored = "every other" if own or self.losses is None else self.losses.ignored
            self.metrics.update_state(y, y_pred, sample_weight, names=getattr(self.model, "output_names", None), ignored=ignored)
        return self.model.get_metrics_result()

    def results(self) -> dict[str, Any]:
        """The current value of every metric by name, the loss among them."""
        values: dict[str, Any] = {}
        for metric in self.model.metrics:
            if self.metrics is not None and any(metric is tracked.metric for tracked in self.metrics.tracked):
                continue
            result = metric.result()
            values.update(result) if isinstance(result, dict) else values.update({metric.name: result})
        if self.metrics is not None:
            values.update(self.metrics.result())
        return values

    def all_metrics(self) -> list[Any]:
        """The loss tracker, the compiled metrics, and the trackers of several losses."""
        found: list[Any] = [] if self.loss_tracker is None or not self._tracks_loss() else [self.loss_tracker]
        if self.metrics is not None:
            found += [tracked.metric for tracked in self.metrics.tracked]
        if self.losses is not None:
            found += self.losses.trackers
        return found

    def _tracks_loss(self) -> bool:
        # A user's own train_step that keeps its own metrics does not want ours.
        return self.losses is not None or not self.keeps_logs("train")

    def reset_metrics(self) -> None:
        """Start counting anew."""
        for metric in self.model.metrics:
            metric.reset_state()

    # ---- running steps

    def on_host(self, data: Any) -> Any:
        """A batch after the part of the model that runs before the graph.

        Raises:
            DataError: Text, and the model has no layer that reads it.
        """
        x, y, sample_weight = unpack(data)
        if not self.model.built:
            try:
                build_by_batch(self.model, x)
            except DTypeError:
                refuse_numbers_as_text(x)
                raise
        if self.model.host_part:
            self.model.host_part.check_outputs(f"model '{self.model.name}'")
            return self.model.on_host(x), y, sample_weight
        refuse_text(x)
        return data

    def prepare(self, mode: str, data: Any) -> None:
        """Build model, optimizer and metrics for a batch, so that no variable is made under trace."""
        x, _, _ = unpack(data)
        if not self.model.built:
            build_by_batch(self.model, x)
        if self.no_rows is None:
            self.no_rows = tree.map_structure(lambda a: None if a is None else np.empty((0, *a.shape[1:]), a.dtype), x)
        if mode == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.model.trainable_variables)

    def run(self, mode: str, data: Any, observer: Any = None) -> Any:
        """One step on one batch of arrays: eager where `run_eagerly` asks for it, else as a program."""
        if self.run_eagerly:
            with Journal():
                return self.step(mode, tree.map_structure(lambda a: None if a is None else as_array(a), data))
        program = self.programs.program(mode, data)
        return self.programs.run(program, data, observer)

    def planned_program(self, mode: str | None, batch_size: int | None) -> tuple[str, Program]:
        """The program that `Model.plan` shows: the last one of a mode, or one for predictions on so many rows."""
        last = {mode: kept for mode, kept in self.programs.typical.items() if kept.guard.holds()}
        mode = mode or ("train" if "train" in last and batch_size is None else "predict")
        check("Model.plan", {"mode": OneOf(*MODES)}, mode=mode)
        if mode == "predict" and (batch_size is not None or mode not in last):
            return mode, self.predict_program(batch_size or 32, "plan").program
        if mode not in last:
            raise StateError(
                f"no {mode} step so far",
                f"a model whose {mode} step has run",
                "call fit() first" if mode == "train" else "call evaluate() first",
                where=f"model '{self.model.name}'.plan",
            )
        return mode, last[mode].program

    def predict_program(self, batch_size: int, what: str) -> Kept:
        """The program for predictions on batches of one size, from the model's own inputs."""
        functional = getattr(self.model, "_functional", None) or self.model
        inputs = getattr(functional, "program_inputs", None)
        if inputs is None:
            inputs = self.programs.inputs
        if inputs is None:
            raise StateError(
                "a model that does not know its inputs yet",
                "a model with Input, or one that has predicted once",
                "call predict() on a few rows first, or start the model with layers.Input(shape=...)",
                where=f"model '{self.model.name}'.{what}",
            )
        rows = tree.map_structure(lambda t: np.zeros((batch_size, *t.shape[1:]), dtypes.numpy_dtype(t.dtype)), inputs)
        data = (rows, None, None)
        self.prepare("predict", data)
        return self.programs.kept("predict", data)

    def logs(self, returned: Any, mode: str) -> dict[str, float]:
        """Logs as plain floats: what a user's step returned, else the metrics' current values."""
        if self.keeps_logs(mode) or self.run_eagerly:
            if not isinstance(returned, dict):
                raise ArgumentTypeError(
                    f"{mode}_step returned {type(returned).__name__}",
                    "a dict of name -> value",
                    "end it with: return {m.name: m.result() for m in self.metrics}",
                    where=f"model '{self.model.name}'.{mode}_step",
                )
            values = returned
        else:
            values = self.programs.results()
        return {name: _number(value) for name, value in _flat(values)}


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of a batch given as x, (x,), (x, y) or (x, y, sample_weight)."""
    if not isinstance(data, tuple):
        return data, None, None
    return (*data, None, None)[:3] if len(data) < 3 else data  # type: ignore[return-value]


def packed(data: Any) -> Any:
    """A batch as Keras gives it to a step that a user wrote: x alone, `(x, y)` or `(x, y, sample_weight)`.

    >>> packed((1, 2, None)), packed((1, None, None)), packed(((1, 1), None, None))
    ((1, 2), 1, ((1, 1),))
    """
    x, y, sample_weight = unpack(data)
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def batch_length(x: Any) -> int:
    """The number of samples in a batch."""
    return next(leaf.shape[0] for leaf in tree.flatten(x) if leaf is not None)


def build_by_batch(model: Any, x: Any) -> None:
    """Give a model its weights by a symbolic call on inputs shaped like a batch; no batch size is fixed."""
    if model.defines_call:
        tensors = tree.map_structure(lambda a: KerasTensor((None, *a.shape[1:]), dtype_name(a)), x)
        model.compute_output_spec(tensors)
    model.built = True


def _flat(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values; a metric whose result is a dict gives each entry under its own name, as in Keras."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield name, value


def _number(value: Any) -> Any:
    if hasattr(value, "numpy"):
        value = value.numpy()
    return float(value) if getattr(value, "ndim", 0) == 0 else value
