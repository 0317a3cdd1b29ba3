"""`Trainer`: what a model has once it is compiled: optimizer, losses, metrics, and the programs that run its steps.

`steps.py` says what a step does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, optimizers, tree
from glassworks.arguments import OneOf, check
from glassworks.engine import CachedProgram, Program
from glassworks.errors import ArgumentTypeError, DTypeError, ShapeError, StateError
from glassworks.graph import Journal, KerasTensor, as_array
from glassworks.guards import Observed
from glassworks.layers.text_arrays import dtype_name
from glassworks.metrics import Mean
from glassworks.optimizers import Optimizer
from glassworks.training.compile_losses import CompiledLosses
from glassworks.training.compile_metrics import CompiledMetrics
from glassworks.training.data.base import Batch
from glassworks.training.data.convert import refuse_numbers_as_text, refuse_text
from glassworks.training.mixups import refuse_mixups
from glassworks.training.programs import MODES, Programs
from glassworks.training.steps import is_users_own, packed, unpack
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


class Trainer(Observed):
    """The compiled side of a model.

    Args:
        model: The model it trains; a `Layer` with `train_step`, `test_step` and `predict_step`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.compiled = False
        self.optimizer: Any = None
        self.loss: Any = None
        self.losses: CompiledLosses | None = None
        self.metrics: CompiledMetrics | None = None
        self.loss_tracker: Mean | None = None
        self.run_eagerly = False
        # Kept for programs that read them: the engine decides both.
        self.jit_compile: bool | str | None = None
        self.steps_per_execution = 1
        self.stop_training = False
        self.thread: int | None = None  # the thread in which `fit` runs
        # The names of the columns of the DataFrames that the model was trained on.
        self.columns: list[str] | None = None
        self.target_columns: list[str] | None = None
        self.programs = self._new_programs()
        self.arguments: dict[str, Any] = {}
        # Empty arrays with the shapes and dtypes of the first inputs, for the summary of a model that declares no inputs.
        self.no_rows: Any = None

    def _new_programs(self) -> Programs:
        return Programs(self.step, self.current_results, self.keeps_logs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("programs", "thread")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.programs = self._new_programs()
        self.thread = None

    @contextmanager
    def training(self) -> Iterator[None]:
        """A `with` block in which this thread changes the weights."""
        before, self.thread = self.thread, threading.get_ident()
        try:
            yield
        finally:
            self.thread = before

    def require_stillness(self, what: str) -> None:
        """Raise an error if another thread trains the model: what is saved then would have parts of several steps."""
        if self.thread not in (None, threading.get_ident()):
            raise StateError(
                f"{what}() while fit() runs in another thread",
                "weights that do not change meanwhile",
                "save in a callback, between two steps: callbacks.ModelCheckpoint, or LambdaCallback(on_epoch_end=...)",
                where=f"model '{self.model.name}'.{what}",
            )

    def _label(self) -> str:
        return f"the arguments of compile of model '{self.model.name}'"

    def current_results(self) -> dict[str, Any]:
        """The current values of the metrics, from the model's `get_metrics_result`."""
        return self.model.get_metrics_result()

    def compile(
        self,
        optimizer: str | dict[str, Any] | Optimizer | type[Optimizer] | None = "rmsprop",
        loss: Any = None,
        loss_weights: Sequence[float] | Mapping[str, float] | None = None,
        metrics: Sequence | Mapping[str, Any] | None = None,
        weighted_metrics: Sequence | Mapping[str, Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
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
        self.metrics = CompiledMetrics(metrics, weighted_metrics, getattr(self.model, "output_names", None))
        self.loss_tracker = Mean(name="loss")
        self.run_eagerly, self.jit_compile, self.steps_per_execution = run_eagerly, jit_compile, steps_per_execution
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

    def step(self, mode: str, data: Batch) -> Any:
        """Run one step of a mode on a batch `(x, y, sample_weight)`."""
        if self.keeps_logs(mode):
            data = packed(data)
        return {"train": self.model.train_step, "test": self.model.test_step, "predict": self.model.predict_step}[mode](data)

    def keeps_logs(self, mode: str) -> bool:
        """Whether the user wrote this step, so that its own return value is the logs."""
        return is_users_own(self.model, f"{mode}_step")

    # ---- running steps

    def on_host(self, data: Batch) -> Any:
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

    def prepare(self, mode: str, data: Batch) -> None:
        """Build model, optimizer and metrics for a batch, so that no variable is created under trace."""
        x, _, _ = unpack(data)
        if not self.model.built:
            build_by_batch(self.model, x)
        if self.no_rows is None:
            self.no_rows = tree.map_structure(lambda a: None if a is None else np.empty((0, *a.shape[1:]), a.dtype), x)
        if mode == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.model.trainable_variables)

    def run(self, mode: str, data: Batch, observer: Any = None) -> Any:
        """One step on one batch of arrays: eager where `run_eagerly` asks for it, else as a program."""
        if self.run_eagerly:
            with Journal():
                return self.step(mode, tree.map_structure(lambda a: None if a is None else as_array(a), data))
        program = self.programs.program(mode, data)
        return self.programs.run(program, data, observer)

    def planned_program(self, mode: str | None, batch_size: int | None) -> tuple[str, Program]:
        """The program that `Model.plan` shows: the last one of a mode, or one for predictions on a given number of rows."""
        last = {mode: cached for mode, cached in self.programs.typical.items() if cached.guard.holds()}
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

    def predict_program(self, batch_size: int, what: str) -> CachedProgram:
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
        return self.programs.cached("predict", data)

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


def build_by_batch(model: Model, x: Data) -> None:
    """Give a model its weights by a symbolic call on inputs shaped like a batch: of any size, or of this one if its layers are for one size."""
    if model.defines_call:
        try:
            model.compute_output_spec(_symbolic(x, any_size=True))
        except ShapeError as error:
            try:
                model.compute_output_spec(_symbolic(x, any_size=False))
            except ShapeError:
                raise error from None
    model.built = True


def _symbolic(x: Data, any_size: bool) -> Structure:
    """Symbolic inputs in the structure of a batch, for batches of any size or of this one; None stays None."""

    def tensor(array: np.ndarray | None) -> KerasTensor | None:
        return None if array is None else KerasTensor((None if any_size else array.shape[0], *array.shape[1:]), dtype_name(array))

    return tree.map_structure(tensor, x)


def _flat(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield names and values; a metric whose result is a dict gives each entry under its own name, as in Keras."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield name, value


def _number(value: Any) -> Any:
    if hasattr(value, "numpy"):
        value = value.numpy()
    return float(value) if getattr(value, "ndim", 0) == 0 else value
