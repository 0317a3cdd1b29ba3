"""Arrays in memory or on disk: rows are gathered batch by batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks import scope, tree
from glassworks.arguments import Integer, OneOf, Optional, check
from glassworks.errors import DataError
from glassworks.training.data.base import Batch, ClassWeight, DataSource
from glassworks.training.data.class_weights import class_weights
from glassworks.training.data.convert import as_trained, to_arrays
from glassworks.training.data.identity import identity_of
from glassworks.training.data.shuffling import generator_of, order_key
from glassworks.typing import Data, Structure

NAMES = ("x", "y", "sample_weight")


class ArraySource(DataSource):
    """Batches of rows of arrays.

    Args:
        x, y, sample_weight: Arrays, or structures of arrays, of the same length.
        batch_size: Rows in a batch; 32, or what makes `steps` batches.
        shuffle: True for a new order each epoch, "batch" to shuffle within each batch only.
        class_weight: See `class_weights`.
        steps: Batches wanted in an epoch.

    Raises:
        DataError: No samples, lengths that differ, or values that are not numbers.
    """

    kind = "arrays"

    def __init__(
        self,
        x: Data,
        y: Structure = None,
        sample_weight: Structure = None,
        batch_size: int | None = None,
        shuffle: bool | str = False,
        class_weight: ClassWeight = None,
        steps: int | None = None,
    ) -> None:
        check(
            scope.where(),
            {"shuffle": OneOf(True, False, "batch"), "batch_size": Optional(Integer(minimum=1))},
            shuffle=shuffle,
            batch_size=batch_size,
        )
        x, y, sample_weight = (to_arrays(part, name) for part, name in zip((x, y, sample_weight), NAMES, strict=True))
        self.num_samples = common_length((x, y, sample_weight))
        if class_weight is not None:
            sample_weight = class_weights(class_weight, y, sample_weight)
        self.arrays = (x, y, sample_weight)
        self.batch_size = batch_size or (math.ceil(self.num_samples / steps) if steps else 32)
        self.num_batches = math.ceil(self.num_samples / self.batch_size)
        self._shuffle = shuffle
        # The key of the order of this pass, and of a pass that another source has begun, with the number of batches that it has used.
        self._key: list[int] | None = None
        self._in_pass = False
        self._begun: tuple[list[int] | None, int] | None = None
        # The function that gathers batches of the current epoch again, and the number of the last batch.
        self._again: Callable[[int], Batch] = Again(self, None)
        self._number = 0
        self._is_flat = not any(tree.is_nested(part) for part in self.arrays)
        leaves = [leaf for leaf in tree.flatten(self.arrays) if leaf is not None]
        # Arrays on disk alone are not yet in the dtype that training uses.
        self._take = _take_and_cast if any(as_trained(leaf[:0]).dtype != leaf.dtype for leaf in leaves) else _take

    def first_batch(self) -> Batch:
        """The first rows, without shuffling."""
        return self._batch(slice(0, self.batch_size))

    def batches(self) -> Iterator[Batch]:
        """All rows, in a new order if they are shuffled; the last batch may be smaller."""
        size, samples, order = self.batch_size or 1, self.num_samples or 0, self.order()
        self._again = Again(self, order)
        for start in range(self.used * size, samples, size):
            stop = min(start + size, samples)
            self._number = start // size
            yield self._batch(slice(start, stop) if order is None else order[start:stop])

    def again(self) -> tuple[Callable[[int], Batch], int] | None:
        """The function that gathers batches of this epoch once more, and the number of the last one; None before the first."""
        return self._again, self._number

    def order(self) -> np.ndarray | None:
        """Begin a pass, and return its order: a new random one, or that of the pass that another source has begun. None keeps the order."""
        self._key, self.used = self._begun or (order_key() if self._shuffle else None, 0)
        self._begun, self._in_pass = None, True
        if self._key is None:
            return None
        size, samples, generator = self.batch_size or 1, self.num_samples or 0, generator_of(self._key)
        if self._shuffle != "batch":
            return generator.permutation(samples)
        return np.concatenate([start + generator.permutation(min(size, samples - start)) for start in range(0, samples, size)])

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """The key of the order, and the number of used batches; after the last batch nothing, since the next pass is a new one."""
        goes_on = in_pass and self._in_pass and self.used < (self.num_batches or 0)
        return {"key": self._key, "used": self.used} if goes_on else {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin the next pass in the middle of that of another source."""
        self._begun = (state["key"], state["used"]) if state else None

    def identity(self) -> dict[str, Any]:
        """Sizes, dtypes and checksums of the arrays, and how they are divided into batches."""
        leaves = [leaf for leaf in tree.flatten(self.arrays) if leaf is not None]
        shuffle = self._shuffle if isinstance(self._shuffle, str) else bool(self._shuffle)
        return {"kind": self.kind, "arrays": [identity_of(leaf) for leaf in leaves], "batch_size": self.batch_size, "shuffle": shuffle}

    def rows(self) -> list[np.ndarray] | None:
        """The arrays that batches are rows of, in the order of a batch's leaves; None if rows must be cast or gathered first."""
        leaves = [leaf for leaf in tree.flatten(self.arrays) if leaf is not None]
        return None if self._take is _take_and_cast or not all(leaf.flags.c_contiguous for leaf in leaves) else leaves

    def batch_at(self, number: int, order: np.ndarray | None) -> Batch:
        """One batch of an epoch, by its number."""
        return self._batch(self.rows_at(number, order))

    def rows_at(self, number: int, order: np.ndarray | None) -> np.ndarray | slice:
        """The rows of the arrays that a batch has."""
        start, stop = number * (self.batch_size or 1), (number + 1) * (self.batch_size or 1)
        return slice(start, stop) if order is None else order[start:stop]

    def rest(self, order: np.ndarray | None) -> Batch | None:
        """The last batch of an epoch, if it is smaller than the others."""
        samples = self.num_samples or 0
        start = samples - samples % (self.batch_size or 1)
        if start == samples:
            return None
        self._again, self._number = Again(self, order), start // (self.batch_size or 1)
        return self._batch(slice(start, samples) if order is None else order[start:])

    def _batch(self, rows: np.ndarray | slice) -> Batch:
        if self._is_flat:
            return tuple(None if part is None else self._take(part, rows) for part in self.arrays or ())  # type: ignore[return-value]
        return tree.map_structure(lambda leaf: self._take(leaf, rows), self.arrays, none_is_leaf=False)


@dataclass(frozen=True, eq=False, slots=True)
class Again:
    """Gathers the batches of one pass again, by number.

    Attributes:
        source: The source.
        order: The order of the rows in that pass; None for that of the arrays.
    """

    source: ArraySource
    order: np.ndarray | None

    def __call__(self, number: int) -> Batch:
        """The batch."""
        return self.source.batch_at(number, self.order)

    def rows(self, number: int) -> np.ndarray:
        """The numbers of the batch's rows in the arrays."""
        rows = self.source.rows_at(number, self.order)
        return np.arange(self.source.num_samples or 0)[rows] if isinstance(rows, slice) else rows


def _take(array: np.ndarray, rows: Any) -> np.ndarray:
    # `take` is faster, but first copies all of an array that is not stored row by row (a transposed file, some columns).
    direct = type(rows) is not slice and array.flags.c_contiguous and array.flags.aligned
    return array.take(rows, axis=0) if direct else array[rows]


def _take_and_cast(array: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
    return as_trained(_take(array, rows))


def common_length(data: Batch, where: str | None = None) -> int:
    """The number of samples of all arrays in `(x, y, sample_weight)`.

    Raises:
        DataError: They differ, or there are none.
    """
    lengths = {
        name + "".join(f"[{key!r}]" for key in path): len(leaf)
        for name, part in zip(NAMES, data, strict=True)
        for path, leaf in tree.flatten_with_path(part)
        if leaf is not None
    }
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"different numbers of samples: {listed}", "the same length for all", _fix_lengths(lengths), where=where)
    length = next(iter(lengths.values()))
    if length == 0:
        shapes = ", ".join(f"{name} {leaf.shape}" for name, leaf in zip(NAMES, data, strict=True) if isinstance(leaf, np.ndarray))
        raise DataError(
            f"the data is empty: {shapes or 'length 0'}",
            "at least one sample",
            "look at the filter or split that made these arrays",
            where=where,
        )
    return length


def _fix_lengths(lengths: dict[str, int]) -> str:
    inputs = [length for name, length in lengths.items() if name.startswith("x[")]
    if inputs and lengths.get("y") == len(inputs):
        return "a list of arrays means one array per input; if each is a sample, pass np.stack(x)"
    others = {length for name, length in lengths.items() if not name.startswith("sample_weight")}
    if len(others) == 1:
        return f"sample_weight is one weight per sample: shape ({others.pop()},)"
    return "each row of x needs its own row of y: compare len(x) and len(y) where they are made"
