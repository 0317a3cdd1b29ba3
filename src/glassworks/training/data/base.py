"""`DataSource`: the interface between the loops and data of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from glassworks.errors import DataError, go_on, warn

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
        never_ends: Whether it is known that the data has no end, as that of a `Dataset` that repeats for ever.
        arrays: All of `(x, y, sample_weight)` where they are arrays, else None.
        used: The number of batches of this pass whose steps have run; the loop counts them.
        may_be_interrupted: Whether an exception while a batch is being prepared loses nothing that `get_state` needs.
        draws_ahead: After `set_state`, whether batches in preparation draw from NumPy's shared generator.
    """

    kind = "data"
    num_batches: int | None = None
    batch_size: int | None = None
    num_samples: int | None = None
    is_endless = False
    never_ends = False
    arrays: Batch | None = None
    used = 0
    draws_ahead = False
    may_be_interrupted = True

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

    def keep_state(self) -> None:
        """Called before training if `get_state` will be called."""

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """What the source of another process needs to go on after the `used` batches, as plain values and arrays.

        Args:
            in_pass: Whether the pass that has begun goes on; else the next call of `batches` begins a new one, as it does where none has begun.
        """
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where the source was whose `get_state` returned this: the next call of `batches` gives the batches that it had not used."""

    def identity(self) -> dict[str, Any]:
        """What tells this data from other data, as plain values."""
        return {"kind": self.kind, "batches": self.num_batches}

    def ended_early(self, count: int, wanted: int | None, what: str) -> None:
        """Called by a loop that got fewer batches than it wanted.

        Args:
            count: The number of batches that came.
            wanted: The number of batches asked for, or None.
            what: "train", "test" or "predict".

        Raises:
            DataError: No batch came at all, in no epoch of training; otherwise it is a warning, as in Keras.
        """
        argument = {"train": "steps_per_epoch"}.get(what, "steps")
        if count == 0 and wanted is None:
            text, expected = f"your {self.kind} gave no batches", "at least one batch"
        else:
            text, expected = f"your {self.kind} gave {_count(count)}", f"{argument}={wanted} wants {_count(wanted)}"
        fix = self._fix_for_end(argument, count)
        if what == "train":
            go_on(DataError(f"{text}, so training ends", expected, fix))
        elif count == 0:
            raise DataError(text, expected, fix)
        else:
            warn(f"{text}; {expected}. The result counts those that came. {fix}")

    def _fix_for_end(self, argument: str, count: int) -> str:
        return f"pass {argument}={count}, or leave {argument} out" if count else "look at what it gives"


def _count(number: int | None) -> str:
    return "1 batch" if number == 1 else f"{number} batches"
