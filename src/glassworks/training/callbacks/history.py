"""`History`: the numbers of each epoch, which `fit` returns."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.display import Table
from glassworks.display.findings import Findings, findings_html
from glassworks.errors import StateError
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.diagnosis.diagnosis import Diagnosis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class History(Callback):
    """Collects the logs of each epoch; `fit` adds one by itself and returns it.

    Attributes:
        history: Metric name -> list of one number per epoch.
        epoch: The numbers of the epochs, from 0.
        baselines: Metric name -> name of a line to beat -> its height: "chance", and the best constant answer, such as "most common class".
            Set at the end of `fit`, for arrays and for losses and metrics whose lines are known.
        logged: Metric name -> the epochs that its numbers are of, from 0; validation may have fewer.
        recorder: The `insight.Recorder` that was passed to `fit`; None if there was none.
        doctor: The `Diagnosis` of the doctor, which looked at this training; None where it was off.

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history, history.epoch
    ({'loss': [0.5]}, [0])
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        self.logged: dict[str, list[int]] = {}
        self.baselines: dict[str, dict[str, float]] = {}
        self.doctor: Diagnosis | None = None
        self.recorder: Callback | None = None

    @property
    def findings(self) -> Findings:
        """The doctor's findings about this training, the likely cause first."""
        return Findings() if self.doctor is None else self.doctor.findings

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the list of epochs."""
        self.epoch = []

    def get_state(self) -> dict[str, Any]:
        """The epochs so far and their logs."""
        return {"history": self.history, "epoch": self.epoch, "logged": self.logged}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append the logs of an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self.logged.setdefault(name, []).append(epoch)
        if self.model is not None:
            self.model.history = self

    def plot(self, path: str | PathLike[str] | None = None) -> Figure:
        """A picture of the training: the loss and each metric per epoch, for training and validation.

        The gap between the two is shaded, and a line marks the epoch with the lowest validation loss. Dashed lines show what a model
        reaches that does not look at its inputs. A wide range gets a logarithmic axis, and epochs whose number is NaN or infinite a cross.
        The learning rate is shown if it was logged. Metrics that are arrays are left out.

        Args:
            path: Where to save the picture; the ending says in which format: ".png", ".svg", ".pdf".

        Returns:
            The figure of matplotlib.

        Raises:
            StateError: No epoch has ended yet.
            MissingDependencyError: matplotlib is not installed.

        >>> history = History()
        >>> history.on_train_begin()
        >>> history.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.7})
        >>> [axes.get_title() for axes in history.plot().axes]
        ['loss', 'accuracy']
        """
        from glassworks.drawing.curves import training_curves

        curves = self._curves()
        if not curves:
            fix = "train first: history = model.fit(...)"
            raise StateError("a history without epochs", "the numbers of at least one epoch", fix, where="history.plot")
        return training_curves(curves, self._lines(), path)

    def _epochs_of(self, name: str, count: int) -> np.ndarray:
        """The epochs of a metric's numbers, counted from 1; where they are not known or several trainings follow one another, 1, 2, 3 ..."""
        epochs = np.array(self.logged.get(name, []), int) + 1
        return epochs if len(epochs) == count and (np.diff(epochs) > 0).all() else np.arange(1, count + 1)

    def _lines(self) -> Mapping[str, Mapping[str, float]]:
        """The lines to beat: metric name -> name of the line -> height."""
        return self.baselines

    def _curves(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """The metrics that are numbers: name -> epochs, counted from 1, and numbers."""
        return {
            name: (self._epochs_of(name, len(values)), np.array(values, float)) for name, values in self.history.items() if _plain(values)
        }

    def table(self) -> Table:
        """The first, best and last number of each metric, and its course.

        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.table().rows[0][:2]
        ['loss', 0.5]
        """
        from glassworks.display.courses import course_table

        count = max(len(numbers) for _, numbers in self._curves().values())
        findings = [f"The doctor found: {', '.join(one.check for one in self.findings)}; see history.findings."] if self.findings else []
        return course_table(self._curves(), f"History of {count} epoch{'' if count == 1 else 's'}", findings)

    def __repr__(self) -> str:
        if not self._curves():
            return f"<History: {len(self.epoch)} epochs>"
        return repr(self.table())

    def _repr_html_(self) -> str:
        if not self._curves():
            return escape(repr(self))
        return self.table().html() + (findings_html(self.findings) if self.findings else "")


def _plain(values: list[Any]) -> bool:
    """Whether a metric has a number per epoch, and not an array."""
    return bool(values) and all(np.ndim(value) == 0 for value in values)
