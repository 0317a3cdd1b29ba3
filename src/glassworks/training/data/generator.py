"""Generators and other iterables of batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from glassworks import tree
from glassworks.errors import DataError
from glassworks.training.data.base import Batch, ClassWeight, DataSource
from glassworks.training.data.batches import standard_batch
from glassworks.training.data.object_state import get_shared_state, has_state, set_shared_state


class IterableSource(DataSource):
    """Batches from an object that can be iterated over again for each epoch.

    Args:
        iterable: Yields x, (x,), (x, y) or (x, y, sample_weight) per batch; each `iter()` of it is an epoch.
        class_weight: class -> weight.
        for_predict: Whether to leave out targets and weights.
    """

    kind = "iterable"

    def __init__(self, iterable: Iterable[Any], class_weight: ClassWeight = None, for_predict: bool = False) -> None:
        self._iterable, self._class_weight, self._for_predict = iterable, class_weight, for_predict
        # A pass that has begun before `batches` is called: its first batch, if that was taken already, and the rest of it.
        self._begun: tuple[list[Batch], Iterator[Any]] | None = None
        self._first: Batch | None = None
        self._seen_whole: int | None = None
        # Where the pass in progress began, for another process.
        self._mark: dict[str, Any] | None = None
        self._keeps_state = False

    @property
    def num_batches(self) -> int | None:  # type: ignore[override]
        """The length of the iterable if it has one, else the number of batches of the last complete epoch."""
        length = self._length()
        return self._seen_whole if length is None else length

    def _length(self) -> int | None:
        try:
            return len(self._iterable)  # type: ignore[arg-type]
        except TypeError:
            return None

    def first_batch(self) -> Batch:
        """The first batch of the next epoch, which will yield it again."""
        if self._first is None:
            iterator = self._begin()
            self._first = self._next(iterator)
            self._begun = [self._first], iterator
        return self._first

    def _begin(self) -> Iterator[Any]:
        """Start a pass."""
        self._mark, self.used = self._place() if self._keeps_state else None, 0
        return iter(self._iterable)

    def _next(self, iterator: Iterator[Any]) -> Batch:
        for batch in iterator:
            return self._standard(batch)
        raise DataError(f"your {self.kind} gave no batches", "at least one batch", self._fix_for_none())

    def _fix_for_none(self) -> str:
        return "look at what it iterates over"

    def _standard(self, batch: object) -> Batch:
        return standard_batch(batch, self.kind, self._class_weight, self._for_predict)

    def batches(self) -> Iterator[Batch]:
        """The batches of one pass over the iterable."""
        (ready, iterator), self._begun = self._begun or ([], self._begin()), None
        count = self.used
        for batch in ready:
            count += 1
            yield batch
        ready.clear()
        for batch in iterator:
            count += 1
            yield self._standard(batch)
        self._seen_whole, self._mark = count, None

    # ---- going on in another process

    def keep_state(self) -> None:
        """Note from now on where each pass begins."""
        self._keeps_state, self.may_be_interrupted = True, False

    def _own_state(self) -> dict[str, Any] | None:
        """The state of the user's object, if it has one."""
        return self._iterable.get_state() if has_state(self._iterable) else None  # type: ignore[attr-defined]  # it has these methods

    def _set_own_state(self, state: dict[str, Any]) -> None:
        if state is not None and has_state(self._iterable):
            self._iterable.set_state(state)  # type: ignore[attr-defined]  # it has these methods

    def _place(self) -> dict[str, Any]:
        """What decides the next pass: the states of the iterable, if it has one, and of the generators that Python and NumPy share."""
        return {"own": self._own_state(), "shared": get_shared_state()}

    def _go_to(self, place: dict[str, Any]) -> None:
        self._set_own_state(place["own"])
        set_shared_state(place["shared"])

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """Where the pass began, and the number of used batches."""
        if in_pass and self._mark is not None and self.used != self._length():
            return {"place": self._mark, "used": self.used}
        return {"place": self._place(), "used": None}

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin the pass again, and take the batches that were used."""
        if self._begun is not None:
            getattr(self._begun[1], "close", bool)()
        self._begun = None
        self._go_to(state["place"])
        if state["used"] is not None:
            iterator = self._begin()
            for _ in itertools.islice(iterator, state["used"]):
                pass
            self._begun, self.used = ([], iterator), state["used"]

    def identity(self) -> dict[str, Any]:
        """Shapes and dtypes of a batch, and the number of batches where it is known."""
        batch = [f"{leaf.dtype} {leaf.shape[1:]}" for leaf in tree.flatten(self.first_batch()) if leaf is not None]
        return {"kind": self.kind, "batches": self._length(), "batch": batch}


class GeneratorSource(IterableSource):
    """Batches from a Python generator (any iterator): it goes on from epoch to epoch and cannot start again."""

    kind = "generator"
    is_endless = True

    def __init__(self, generator: Iterator[Any], class_weight: ClassWeight = None, for_predict: bool = False) -> None:
        super().__init__(generator, class_weight, for_predict)
        self._given = 0

    @property
    def num_batches(self) -> int | None:  # type: ignore[override]
        """None: the length of a generator is not known."""
        return None

    def _begin(self) -> Iterator[Any]:
        self._mark = self._own_state() if self._keeps_state else None
        return self._iterable  # type: ignore[return-value]  # this class is for iterators

    def batches(self) -> Iterator[Batch]:
        """The batches left in the generator. Dropping this iterator loses nothing: the next one continues after it."""
        while True:
            begun, self._begun = self._begun, None
            if begun is not None:
                self._given += 1
                yield begun[0][0]
                continue
            try:
                batch = next(self._iterable)  # type: ignore[call-overload]
            except StopIteration:
                return
            self._given += 1
            yield self._standard(batch)

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """The state of the generator, if it has one, and the number of batches that it has given to the loop."""
        # A batch that was taken only to look at it is still to come.
        return {"own": self._own_state() if self._begun is None else self._mark, "used": self.used}

    def set_state(self, state: dict[str, Any]) -> None:
        """Set the state of the generator; of one that has none, take the batches that were used."""
        if state["own"] is not None and has_state(self._iterable):
            self._set_own_state(state["own"])
            self._begun = None
        elif state["used"]:
            for _ in itertools.islice(self._iterable, state["used"] - (self._begun is not None)):
                pass
            self._begun = None
        self.used = state["used"]

    def _fix_for_none(self) -> str:
        return "a generator that was used before is at its end: make a new one"

    def _fix_for_end(self, argument: str, count: int) -> str:
        before = f" It gave {self._given} batches in all." if self._given > count else ""
        return f"loop for ever inside the generator (while True: ...), or pass a smaller {argument}, or a list or PyDataset, which can start again.{before}"
