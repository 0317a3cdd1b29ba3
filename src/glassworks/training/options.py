"""The options of `Model.fit`, `evaluate` and `predict`: their arguments besides the data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TypeAlias

from glassworks.training.callbacks.callback import Callback
from glassworks.training.data.base import ClassWeight as ClassWeight
from glassworks.typing import Data, Structure

Callbacks: TypeAlias = Callback | Sequence[Callback] | None
"""One callback or several."""

Verbosity: TypeAlias = int | str
""""auto", 0 (silent), 1 (progress bar) or 2 (a line per epoch)."""

ValidationFreq: TypeAlias = int | Collection[int]
"""The number of epochs from one validation to the next, or the numbers of the epochs to validate after, counted from 1."""


@dataclass(slots=True)
class RunOptions:
    """The arguments that `Model.evaluate` and `Model.predict` share."""

    batch_size: int | None
    verbose: Verbosity
    steps: int | None
    callbacks: Callbacks


@dataclass(slots=True)
class FitOptions:
    """The arguments of `Model.fit`, but for x and y."""

    batch_size: int | None
    epochs: int
    verbose: Verbosity
    callbacks: Callbacks
    validation_split: float
    validation_data: Data
    shuffle: bool | str
    class_weight: ClassWeight
    sample_weight: Structure
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: ValidationFreq
    on_nan: str
    doctor: str
    resume: str | PathLike[str] | None
