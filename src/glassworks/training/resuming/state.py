"""The state of a training run: everything that a process which was killed at any moment needs to go on with the same bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, random
from glassworks.errors import warn
from glassworks.graph import Array, Journal, Variable
from glassworks.names import is_of_the_library
from glassworks.saving.tensors import writable_names
from glassworks.training.callbacks.callback import Callback
from glassworks.training.callbacks.callback_list import overrides
from glassworks.training.data import DataSource
from glassworks.training.data.object_state import StateOf, get_shared_state, set_shared_state
from glassworks.training.resuming.fingerprint import plain_path
from glassworks.training.variables import variables_of

if TYPE_CHECKING:
    from glassworks.training.data.base import Batch
    from glassworks.training.diagnosis.loss_watch import LossWatch
    from glassworks.training.trainer import Trainer


@dataclass(frozen=True)
class Run:
    """The parts of a run that have a state.

    Attributes:
        trainer: The trainer with the model and its optimizer.
        callbacks: A `StateOf` for each callback.
        watch: The watch for losses that are not finite.
        watched: Whether it was open at the start.
        train, validation: The sources of batches.
    """

    trainer: Trainer
    callbacks: Sequence[StateOf]
    watch: LossWatch
    watched: bool
    train: DataSource
    validation: DataSource | None


def state_of_callback(callback: Callback) -> StateOf:
    """A `StateOf` for a callback: what its own `get_state` returns, else what changes in its attributes."""
    own = overrides(callback, "get_state")
    by_user = own and not is_of_the_library(type(callback).get_state)
    attributes = not by_user and not is_of_the_library(type(callback))
    return StateOf(callback, frozenset(vars(Callback())), own, attributes)


# ---- variables


def weights(trainer: Trainer, earlier: Mapping[Variable, Array] | None = None) -> dict[str, np.ndarray]:
    """The values of all variables by name, without a copy where that is possible: they are valid until the next step.

    Args:
        trainer: The trainer.
        earlier: The values that some of them had earlier, where those are wanted.
    """
    variables = variables_of(trainer)
    values = [earlier[variable] if earlier and variable in earlier else variable.peek() for variable in variables]
    return {name: np.asarray(value).view(np.ndarray) for name, value in zip(_names(variables), values, strict=True)}


def specs(trainer: Trainer) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Name -> shape and dtype of all variables."""
    variables = variables_of(trainer)
    described = [(tuple(variable.shape), dtypes.numpy_dtype(variable.spec.dtype)) for variable in variables]
    return dict(zip(_names(variables), described, strict=True))


def set_weights(trainer: Trainer, values: Mapping[str, np.ndarray]) -> None:
    """Set all variables to values of the same names, shapes and dtypes."""
    variables = variables_of(trainer)
    for variable, name in zip(variables, _names(variables), strict=True):
        variable.set_array(values[name])


def _names(variables: list[Variable]) -> list[str]:
    return writable_names(f"variables/{number:04d}/{plain_path(variable.path)}" for number, variable in enumerate(variables))


def create_variables(trainer: Trainer, batch: Batch) -> None:
    """Create what a first step creates, such as the variables of metrics, without taking a step."""
    if not trainer.run_eagerly:
        trainer.programs.program("train", batch)
        return
    with Journal() as journal:
        trainer.run("train", batch)
    journal.undo()


# ---- everything else


def get_state(run: Run) -> dict[str, Any]:
    """The state besides the variables, as plain values and arrays."""
    return {
        "callbacks": [(kept.class_name, kept.get()) for kept in run.callbacks],
        "train": run.train.get_state(),
        "validation": None if run.validation is None else run.validation.get_state(in_pass=False),
        "glassworks": random.get_global_state(),
        "shared": get_shared_state(),
        "told": [run.watched and not run.watch.is_open, run.watch.validation_told],
        "stopped": bool(run.trainer.stop_training),
    }


def set_state(run: Run, state: dict[str, Any]) -> None:
    """Give all parts of the run the state that `get_state` returned."""
    # The sources first: those that begin a pass again draw from the shared generators, as they did in the other process.
    run.train.set_state(state["train"])
    if run.validation is not None and state["validation"] is not None:
        run.validation.set_state(state["validation"])
    _set_callbacks(run, state["callbacks"])
    told, run.watch.validation_told = state["told"]
    run.watch.is_open = run.watch.is_open and not told
    run.trainer.stop_training = state["stopped"]
    if not run.train.draws_ahead:
        set_shared_state(state["shared"])
    random.set_global_state(state["glassworks"])


def _set_callbacks(run: Run, states: list[tuple[str, dict[str, Any]]]) -> None:
    """Give each callback the state of the one of its class; of several of a class, the first gets that of the first, and so on."""
    left = list(states)
    for kept in run.callbacks:
        place = next((i for i, (name, _) in enumerate(left) if name == kept.class_name), None)
        if place is not None:
            kept.set(left.pop(place)[1])
    lost = [name for name, state in left if any(state.values())]
    if lost:
        warn(f"the checkpoint has the state of {', '.join(lost)}, which this fit does not use; training goes on without")
