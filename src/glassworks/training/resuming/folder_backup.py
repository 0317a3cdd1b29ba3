"""`FolderBackup`: the state of a run, written to a folder from time to time, and read when `fit` is called again."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, GlassworksError, LoadError, SaveError, warn
from glassworks.graph import Array, Journal, Variable
from glassworks.saving.checkpoint import Checkpoints
from glassworks.training.callbacks.backup_and_restore import BackupAndRestore
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.data import DataSource
from glassworks.training.data.base import Batch
from glassworks.training.diagnosis.loss_watch import LossWatch
from glassworks.training.diagnosis.recording import is_finite
from glassworks.training.options import FitOptions
from glassworks.training.resuming.backup import Backup, Logs, Position
from glassworks.training.resuming.encoding import decode, encode
from glassworks.training.resuming.fingerprint import RATE, arithmetic, differences, fingerprint, learning_rate, settings
from glassworks.training.resuming.state import (
    Run,
    create_variables,
    get_state,
    set_state,
    set_weights,
    specs,
    state_of_callback,
    weights,
)

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer

SHARE = 0.01
"""The share of the time that may go into writing."""
FREE_SECONDS = 1.0
"""The time that may go into writing in any case: a short run is written after each epoch."""
SECONDS = 60.0
"""The time between two checkpoints within an epoch."""


def backs_up(options: FitOptions) -> bool:
    """Whether the arguments of `fit` ask for a backup."""
    return options.resume is not None or bool(_callbacks(options))


def _callbacks(options: FitOptions) -> list[BackupAndRestore]:
    return [callback for callback in tree.flatten(options.callbacks or []) if isinstance(callback, BackupAndRestore)]


def backup_for(trainer: Trainer, options: FitOptions, train: DataSource, validation: DataSource | None, first: Batch, where: str) -> Backup:
    """The backup that the arguments of `fit` ask for.

    Args:
        trainer: The trainer, with all that a first step needs built.
        options: The arguments of `fit`.
        train, validation: The sources of batches.
        first: A batch.
        where: The start of errors.

    Raises:
        LoadError: The folder has the state of another run, or none that is not damaged.
        ArgumentError: Two backups are asked for.
    """
    asked = _callbacks(options)
    if len(asked) + (options.resume is not None) > 1:
        fix = "remove the callback: resume=... does the same, and keeps the folder" if options.resume is not None else "keep one of them"
        raise ArgumentError("two ways to back up one training", "one", fix, where=where)
    if options.resume is not None:
        return FolderBackup(options.resume, "auto", False, trainer, options, train, validation, first)
    if asked:
        callback = asked[0]
        return FolderBackup(callback.backup_dir, callback.save_freq, callback.delete_checkpoint, trainer, options, train, validation, first)
    return Backup()


class FolderBackup(Backup):
    """Writes the state of one `fit` to a folder, and sets it if there is one.

    Args:
        folder: The folder.
        every: "epoch" for each epoch, a number of steps, or "auto" for each epoch and each minute, as far as that takes 1 % of the time.
        deletes: Whether to remove the checkpoints when training is complete.
        trainer, options, train, validation, first: See `backup_for`.
    """

    def __init__(
        self,
        folder: str | PathLike,
        every: str | int,
        deletes: bool,
        trainer: Trainer,
        options: FitOptions,
        train: DataSource,
        validation: DataSource | None,
        first: Batch,
    ) -> None:
        self._folder, self._every, self._deletes, self._trainer = os.fspath(folder), every, deletes, trainer
        self._train, self._validation, self._first = train, validation, first
        self._checkpoints = Checkpoints(os.path.abspath(folder))  # the program may change its working folder
        self._fingerprint = fingerprint(trainer, train, validation, options)
        self._run: Run | None = None
        self._pending: tuple[Position, dict[str, Any], Mapping[Variable, Array]] | None = None
        self._attempts = self._written = 0
        self._told_not_finite = False
        self._steps = 0  # since the last checkpoint
        self._last_step = 0
        self._began = self._last = time.perf_counter()
        self._cost = self._spent = 0.0
        self._checkpoints.clean()
        self._settings: dict[str, Any] = {}
        self._loaded = self._load()
        self.resumes = self._loaded is not None

    # ---- reading

    def _load(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """The newest state in the folder."""
        checkpoint = self._checkpoints.load(self._check)
        if checkpoint is None:
            return None
        try:
            state = decode(checkpoint.document["state"], checkpoint.tensors)
            self.start = Position(**state["position"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._refusal(f"a state that cannot be read: {error!r}") from error
        self._settings = checkpoint.document.get("settings", {})
        return state, checkpoint.tensors

    def _check(self, document: dict[str, Any], tensors: Mapping[str, tuple[tuple[int, ...], np.dtype]]) -> None:
        """Refuse the state of another run, before its tensors are read."""
        before, rate = document.get("fingerprint"), document.get("learning_rate")
        if not isinstance(before, dict) or "state" not in document:
            raise self._refusal("it is not the state of a training run")
        differing = differences(before, self._fingerprint, (before.get(RATE), rate))
        if differing:
            raise self._refusal("; ".join(differing))
        if document.get("arithmetic") != arithmetic():
            warn(
                f"the state in {self._folder} is from training with {document.get('arithmetic')}, and this is {arithmetic()}: training goes on, "
                "but its last bits may differ from those of a training that was never interrupted"
            )
        create_variables(self._trainer, self._first)
        wanted = specs(self._trainer)
        saved = {name: spec for name, spec in tensors.items() if name.startswith("variables/")}
        if saved != wanted:
            name = next(name for name in sorted({*saved, *wanted}) if saved.get(name) != wanted.get(name))
            raise self._refusal(f"variable {name.split('/', 2)[-1]}: {_spec(saved, name)} in the checkpoint, {_spec(wanted, name)} here")

    def _refusal(self, reason: str) -> LoadError:
        fix = "train with what it was begun with, or begin again in another folder"
        return LoadError(
            self._folder, "", f"the checkpoint is of another training run: {reason}", "the same run, which can go on exactly", fix
        )

    def attach(self, callbacks: CallbackList, watch: LossWatch) -> None:
        kept = [state_of_callback(callback) for callback in callbacks]
        self._run = Run(self._trainer, kept, watch, watch.is_open, self._train, self._validation)

    def restore(self) -> None:
        assert self._run is not None
        if self._loaded is None:
            encode(get_state(self._run), {}, "")  # what cannot be saved is an error now, not after an epoch
            return
        state, values = self._loaded
        self._loaded = None
        try:
            with Journal():  # all or nothing
                set_weights(self._trainer, values)
                set_state(self._run, state)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise self._refusal(f"a state that cannot be set: {error!r}") from error
        changed = differences(self._settings, settings(self._trainer))
        if changed:
            listed = "; ".join(changed)
            warn(
                f"during the training that goes on, code changed settings that are not part of a checkpoint: {listed}. Set them before fit()"
            )

    # ---- when to write

    def steps_left(self) -> int:
        return max(1, self._every - self._steps) if isinstance(self._every, int) else sys.maxsize

    @property
    def wants_steps(self) -> bool:  # type: ignore[override]  # computed here, set in the base
        if isinstance(self._every, int):
            return True
        return self._every == "auto" and time.perf_counter() - self._last >= max(SECONDS, self._cost / SHARE)

    def after_steps(self, position: Position) -> None:
        assert position.step is not None
        self._steps += position.step - self._last_step
        self._last_step = position.step
        if not isinstance(self._every, int) or self._steps >= self._every:
            self._write(position)

    @contextmanager
    def validating(self, epoch: int, logs: Logs) -> Iterator[None]:
        assert self._run is not None
        journal = Journal()
        journal.__enter__()
        self._pending = Position(epoch, None, dict(logs)), get_state(self._run), journal.notes
        try:
            yield
            self._pending = None
        finally:
            journal.__exit__(None, None, None)  # it only takes notes: an interrupted validation is not undone

    def epoch_ended(self, epoch: int, logs: Logs, is_last: bool) -> None:
        self._last_step = 0
        allowed = FREE_SECONDS + SHARE * (time.perf_counter() - self._began)
        if is_last or self._every == "epoch" or (self._every == "auto" and self._spent + self._cost <= allowed):
            self._write(Position(epoch + 1, 0, dict(logs)))

    def interrupted(self, position: Position | None) -> str:
        # The state before a validation is known whatever ended it; an epoch without a step is best begun again.
        known = self._pending is not None or (position is not None and position.step)
        if not known or not self._write(position or Position(0)):
            return ""
        return f"the state of the training is in {self._folder}, and the same call of fit() goes on from it."

    def completed(self) -> None:
        if self._deletes:
            self._checkpoints.remove()
        elif self._attempts and not self._written:
            fix = "free some space or choose another folder; the model is trained, and can be saved elsewhere"
            raise SaveError("no state of this training could be written", "a folder that can be written to", fix, where=self._folder)

    # ---- writing

    def _write(self, position: Position) -> bool:
        """Write the state, and return whether that was possible; training goes on in any case."""
        start = time.perf_counter()
        finite = all(is_finite(variable.peek()) for variable in self._trainer.model.variables)
        if not finite and self._checkpoints.finite:
            if not self._told_not_finite:
                warn(f"the weights are not finite, and are not written: {self._folder} keeps the last state in which they were")
            self._told_not_finite = True
            return False
        self._attempts += 1
        try:
            self._checkpoints.write(*self._state(position), finite=finite)
        except GlassworksError as error:
            warn(
                f"THE STATE OF THIS TRAINING COULD NOT BE WRITTEN to {self._folder}: {error.found}. Training goes on; the next try is later"
            )
            return False
        finally:
            self._last = time.perf_counter()
            self._cost = self._last - start
            self._spent += self._cost
            self._steps = 0
        self._written += 1
        return True

    def _state(self, position: Position) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        assert self._run is not None
        pending = self._pending or (position, get_state(self._run), None)
        position, state, earlier = pending
        state["position"] = {"epoch": position.epoch, "step": position.step, "logs": position.logs}
        tensors = weights(self._trainer, earlier)
        document = {
            "fingerprint": self._fingerprint,
            "settings": settings(self._trainer),
            "arithmetic": arithmetic(),
            "learning_rate": learning_rate(self._trainer),
            "state": encode(state, tensors, "state"),
        }
        return document, tensors


def _spec(of: Mapping[str, tuple[tuple[int, ...], np.dtype]], name: str) -> str:
    return "none" if name not in of else f"{of[name][1]} {of[name][0]}"
