"""`Doctor`: the options of the doctor, and what it found."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import FLAG, Integer, OneOf
from glassworks.checks import Finding
from glassworks.training.callbacks.callback import Callback
from glassworks.training.diagnosis.diagnosis import ACTIONS, Diagnosis


class Doctor(Callback):
    """Looks for mistakes before, during and after training, and says what to change. `fit` has one by itself: `fit(doctor="warn")`.

    This object is for options, and keeps the findings of the last `fit` that it was passed to.

    Args:
        action: "warn", or "raise" a `DiagnosisError` for what makes training useless, or "off".
        patience: For how many looks a condition must hold.
        every_epoch: Whether to examine gradients and units after each epoch, whatever it costs; else as often as 3% of the time allows.

    Attributes:
        diagnosis: The `Diagnosis` of the last `fit`.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> doctor = Doctor("raise")
    >>> history = model.fit(np.eye(2), np.ones(2), verbose=0, callbacks=[doctor])
    >>> doctor.report(), history.doctor is doctor.diagnosis
    ([], True)
    """

    action = OneOf(*ACTIONS)
    patience = Integer(minimum=1)
    every_epoch = FLAG

    def __init__(self, action: str = "warn", patience: int = 3, every_epoch: bool = False) -> None:
        super().__init__()
        self._keep_arguments(action=action, patience=patience, every_epoch=every_epoch)
        self.diagnosis = Diagnosis(action)

    def get_state(self) -> dict[str, Any]:
        """Nothing: a training that goes on is looked at from the start."""
        return {}

    def begin(self) -> Diagnosis:
        """A new diagnosis, for a `fit` that begins."""
        self.diagnosis = Diagnosis(self.action)
        return self.diagnosis

    @property
    def findings(self) -> list[Finding]:
        """All findings, the likely cause first."""
        return self.diagnosis.findings

    def report(self) -> list[dict[str, Any]]:
        """All findings as data: a dict of the attributes of each, the likely cause first."""
        return self.diagnosis.report()
