"""`DataSource`: the interface between the loops and data of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from glassworks.errors import DataError, warn

ClassWeight: TypeAlias = Mapping[int, float] | str | None
"""class -> weight, or "balanced"."""

Batch = tuple[Any, Any, Any]
"""`(x, y, sample_weight)`, each an array, a structure of arrays, or (the last two) None."""


class DataSource:
    """Gives batches for one epoch after the other. There is a subclass per kind of data.

    Attributes:
        kind: The kind of object that the user passed, in words.
        num_batches: Batches in an epoch; None if that is not known before the end.
        batch_size: Samples in a batch (the last one may have fewer); None if not known.
        num_samples: Samples in all; None if not known.
        is_endless: Whether an epoch ends only because the loop stops asking. The next epoch of such a source goes on where the last one stopped.
        arrays: All of `(x, y, sample_weight)` where they are arrays, else None.
    """

    kind = "data"
    num_batches: int | None = None
    batch_size: int | None = None
    num_samples: int | None = None
    is_endless = False
    arrays: Batch | None = None

    def first_batch(self) -> Batch:
        """One batch for tracing and checks; it is not missing from the epochs."""
        raise NotImplementedError("a data source gives a first batch")

    def batches(self) -> Iterator[Batch]:
        """The batches of one epoch."""
        raise NotImplementedError("a data source gives batches")

    def again(self) -> tuple[Callable[[int], Batch], int] | None:
        """A function that gives batches of this epoch once more by their number, and the number of the last one; None where there is none."""
        return None

    def __iter__(self) -> Iterator[Batch]:
        return self.batches()

    def on_epoch_begin(self) -> None:
        """Called before an epoch."""

    def on_epoch_end(self) -> None:
        """Called after an epoch."""

    def ended_early(self, count: int, wanted: int | None, what: str) -> None:
        """Called by a loop that got fewer batches than it wanted.

        Args:
            count: The number of batches that came.
            wanted: The number of batches asked for, or None.
            what: "train", "test" or "predict".

        Raises:
            DataError: In training, or if no batch came at all; otherwise it is a warning.
        """
        argument = {"train": "steps_per_epoch"}.get(what, "steps")
        if count == 0 and wanted is None:
            text, expected = f"your {self.kind} gave no batches", "at least one batch"
        else:
            text, expected = f"your {self.kind} gave {_count(count)}", f"{argument}={wanted} wants {_count(wanted)}"
        fix = self._fix_for_end(argument, count)
        if what == "train" or count == 0:
            raise DataError(text, expected, fix)
        warn(f"{text}; {expected}. The result counts those that came. {fix}")

    def _fix_for_end(self, argument: str, count: int) -> str:
        return f"pass {argument}={count}, or leave {argument} out" if count else "look at what it gives"


def _count(number: int | None) -> str:
    return "1 batch" if number == 1 else f"{number} batches"
