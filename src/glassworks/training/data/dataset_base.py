"""What every `Dataset` has: a function that starts a pass, a length, the state of its random stages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol, Self

import numpy as np

from glassworks.layers.input_spec import InputSpec
from glassworks.training.data import elements
from glassworks.training.data.ahead import ahead
from glassworks.training.data.rows import RowBatches, Rows
from glassworks.training.data.shuffling import order_generator

PREFETCHED = 2


class Stage(Protocol):
    """A stage of a data set that has a state from pass to pass."""

    def get_state(self) -> list[Any]:
        """Its state, as plain values."""

    def set_state(self, state: list[Any]) -> None:
        """Go on from the state of another stage."""


class Count(int):
    """A number of elements, which has `.numpy()` as a tensor has.

    >>> Count(3) + 1, Count(3).numpy()
    (4, np.int64(3))
    """

    def numpy(self) -> np.int64:
        """The number."""
        return np.int64(self)


class DatasetBase:
    """The base of `Dataset`, which says what the arguments are."""

    def __init__(
        self,
        start: Callable[[bool], Iterator[Any]],
        length: float | None = None,
        batched: bool = False,
        class_names: list[str] | None = None,
        file_paths: list[str] | None = None,
    ) -> None:
        self._start, self._length, self.is_batched = start, length, batched
        self.class_names, self.file_paths = class_names, file_paths
        # The stages that have a state from pass to pass.
        self._stages: list[Stage] = []
        # Where elements are rows of arrays, or batches of such rows, the arrays and the order; training gathers them itself.
        self._rows: Rows | None = None
        self.row_batches: RowBatches | None = None

    def _derive(
        self,
        start: Callable[[bool], Iterator[Any]],
        length: float | None,
        batched: bool | None = None,
        stages: list[Stage] | None = None,
    ) -> Self:
        derived = type(self)(start, length, self.is_batched if batched is None else batched, self.class_names)
        derived._stages = self._stages if stages is None else stages
        return derived

    def _derive_rows(self, rows: Rows, stages: list[Stage] | None = None) -> Self:
        derived = self._derive(rows.elements, rows.count, False, stages)
        derived._rows = rows
        return derived

    def get_state(self) -> list[Any]:
        """What decides the orders of the passes from now on: seeds and numbers of passes, so that a data set in another process goes on alike."""
        return [stage.get_state() for stage in self._stages]

    def set_state(self, state: list[Any]) -> None:
        """Set the state that `get_state` returned for a data set of the same stages."""
        for stage, value in zip(self._stages, state, strict=True):
            stage.set_state(value)

    # ---- iteration

    def __iter__(self) -> Iterator[Any]:
        return map(elements.shown, self._start(False))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """One pass, as plain NumPy arrays."""
        return self._start(False)

    def read_ahead(self) -> Iterator[Any]:
        """One pass, as plain NumPy arrays, prepared in a background thread."""
        return ahead(self._start(False), PREFETCHED)

    def __len__(self) -> int:
        if self._length is None or self._length == math.inf:
            # The exception that len() and list() expect from objects without a length.
            raise TypeError("this Dataset has no end" if self._length else "the length of this Dataset is not known before its end")
        return int(self._length)

    def __bool__(self) -> bool:
        return True

    def cardinality(self) -> Count:
        """The number of elements; -1 without end, -2 if not known."""
        return Count(-2 if self._length is None else -1 if self._length == math.inf else self._length)

    @property
    def element_spec(self) -> InputSpec | tuple | dict | None:
        """Shape and dtype of each part of an element, found by looking at the first one."""
        first = next(self._start(True), None)
        return None if first is None else elements.spec(first, self.is_batched)

    def __repr__(self) -> str:
        length = {-1: "without end", -2: "of unknown length"}.get(self.cardinality(), f"of {self.cardinality()}")
        return f"<Dataset {length} {'batches' if self.is_batched else 'elements'}>"


class Passes:
    """A random generator for each pass, from a seed and the number of the pass.

    Args:
        seed: The seed; drawn from the global seed if None.
        reshuffle: Whether passes differ.

    Attributes:
        seed: The seed.
    """

    def __init__(self, seed: int | None, reshuffle: bool = True) -> None:
        self.seed = int(order_generator().integers(2**63)) if seed is None else abs(seed)
        self._reshuffle, self._count = reshuffle, 0

    def get_state(self) -> list[int]:
        """The seed, and the number of the next pass."""
        return [self.seed, self._count]

    def set_state(self, state: list[int]) -> None:
        """Go on with the passes of another object."""
        self.seed, self._count = state

    def generator(self, look: bool) -> np.random.Generator:
        """The generator of the next pass; looking at the first elements does not use one up."""
        number = 0
        if self._reshuffle and not look:
            number, self._count = self._count, self._count + 1
        return np.random.Generator(np.random.Philox(key=[self.seed, number]))
