"""Generators and other iterables of batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from glassworks.errors import DataError
from glassworks.training.data.base import Batch, ClassWeight, DataSource
from glassworks.training.data.batches import standard_batch


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
        self._peeked: tuple[Batch, Iterator[Any]] | None = None
        self._first: Batch | None = None
        self._seen_whole: int | None = None

    @property
    def num_batches(self) -> int | None:  # type: ignore[override]
        """The length of the iterable if it has one, else the number of batches of the last complete epoch."""
        try:
            return len(self._iterable)  # type: ignore[arg-type]
        except TypeError:
            return self._seen_whole

    def first_batch(self) -> Batch:
        """The first batch of the next epoch, which will yield it again."""
        if self._first is None:
            iterator = iter(self._iterable)
            self._first = self._next(iterator)
            self._peeked = self._first, iterator
        return self._first

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
        peeked, self._peeked = self._peeked, None
        count = 0
        if peeked is not None:
            count = 1
            yield peeked[0]
        for batch in peeked[1] if peeked is not None else iter(self._iterable):
            count += 1
            yield self._standard(batch)
        self._seen_whole = count


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

    def batches(self) -> Iterator[Batch]:
        """The batches left in the generator. Dropping this iterator loses nothing: the next one continues after it."""
        while True:
            peeked, self._peeked = self._peeked, None
            if peeked is not None:
                self._given += 1
                yield peeked[0]
                continue
            try:
                batch = next(self._iterable)  # type: ignore[call-overload]
            except StopIteration:
                return
            self._given += 1
            yield self._standard(batch)

    def _fix_for_none(self) -> str:
        return "a generator that was used before is at its end: make a new one"

    def _fix_for_end(self, argument: str, count: int) -> str:
        before = f" It gave {self._given} batches in all." if self._given > count else ""
        return f"loop for ever inside the generator (while True: ...), or pass a smaller {argument}, or a list or PyDataset, which can start again.{before}"
