"""`Dataset`: elements that can be iterated over many times, prepared in background threads.

A data set is a chain of stages. Each stage is a function that starts one pass and returns its elements; what is random
in it is drawn from a seed and the number of the pass, so that no thread and no other pass can change it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np

from glassworks.arguments import Callable as IsCallable
from glassworks.arguments import Instance, Integer, Optional, check
from glassworks.errors import ArgumentError
from glassworks.training.data import elements
from glassworks.training.data.ahead import ahead, cores, map_ahead, threads
from glassworks.training.data.dataset_base import PREFETCHED, DatasetBase, Passes
from glassworks.training.data.dataset_making import DatasetMaking
from glassworks.training.data.dataset_stages import DatasetStages
from glassworks.training.data.rows import RowBatches

AUTOTUNE = -1
# The memory for batches that are loaded ahead.
_MOST_BYTES = 1 << 29
_SIZES = {
    "batch_size": Integer(minimum=1),
    "buffer_size": Integer(minimum=1),
    "buffers": Integer(minimum=-1),
    "count": Integer(minimum=-1),
    "num_parallel_calls": Optional(Integer(minimum=-1)),
    "seed": Optional(Integer()),
    "function": IsCallable(),
    "filename": Optional(Instance(str, "a string")),
}


class Dataset(DatasetMaking, DatasetStages):
    """Elements (usually batches) that can be iterated over many times, with the most used methods of `tf.data`.

    `fit`, `evaluate` and `predict` take it as x; it is then read ahead in a background thread.

    Args:
        start: A function that starts a pass and returns its elements, as NumPy arrays in any structure. Its argument says whether this
            only looks at the first elements, which does not count as a pass.
        length: The number of elements; None if not known, `math.inf` if there is no end.
        batched: Whether an element is a batch.
        class_names: The names of the classes, for users to look up.
        file_paths: The files behind the elements.

    >>> dataset = Dataset(lambda look: iter([1, 2, 3, 4, 5]), 5)
    >>> [batch.tolist() for batch in dataset.map(lambda x: 10 * x).batch(2)]
    [[10, 20], [30, 40], [50]]
    """

    # ---- transformations

    def map(self, map_func: Callable[..., Any], num_parallel_calls: int | None = None, deterministic: bool | None = None) -> Self:
        """The results of a function for each element; the parts of a tuple become its arguments.

        Args:
            map_func: The function, which gets NumPy arrays.
            num_parallel_calls: Calls at the same time, in threads; -1 for one per core. Results stay in order; what
                draws random numbers should be called one at a time (None).
            deterministic: Accepted; the order is always kept.
        """
        check("Dataset.map", {"map_func": IsCallable(), **_SIZES}, map_func=map_func, num_parallel_calls=num_parallel_calls)

        def call(element: object) -> Any:
            result = map_func(*element) if isinstance(element, tuple) else map_func(element)
            return elements.plain(result)

        workers = cores() if num_parallel_calls == AUTOTUNE else num_parallel_calls or 1
        if workers == 1:
            return self._derive(lambda look: map(call, self._start(look)), self._length)
        return self._derive(lambda look: map_ahead(call, self._start(look), threads(workers), 2 * workers, _MOST_BYTES), self._length)

    def filter(self, predicate: Callable[..., Any]) -> Self:
        """Only the elements for which a function is true."""
        check("Dataset.filter", {"predicate": IsCallable()}, predicate=predicate)

        def keep(element: object) -> bool:
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))

        return self._derive(lambda look: filter(keep, self._start(look)), None)

    def batch(
        self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: int | None = None, deterministic: bool | None = None
    ) -> Self:
        """Elements stacked into batches; the last batch may be smaller, or is dropped.

        Raises:
            DataError: (during iteration) The shapes within a batch differ.
        """
        check("Dataset.batch", _SIZES, batch_size=batch_size)

        def start(look: bool) -> Iterator[Any]:
            source = self._start(look)
            while group := list(itertools.islice(source, batch_size)):
                if len(group) == batch_size or not drop_remainder:
                    yield elements.stack(group)

        exact = self._length if self._length in (None, math.inf) else self._length / batch_size  # type: ignore[operator]
        length = exact if exact in (None, math.inf) else (math.floor if drop_remainder else math.ceil)(exact)  # type: ignore
        if self._rows is None:
            return self._derive(start, length, True)
        rows = self._rows
        batched = self._derive(lambda look: rows.batches(look, batch_size, drop_remainder), length, True)
        batched.row_batches = RowBatches(rows, batch_size, drop_remainder)
        return batched

    def unbatch(self) -> Self:
        """The samples of the batches, one by one."""
        return self._derive(lambda look: itertools.chain.from_iterable(map(elements.rows, self._start(look))), None, False)

    def take(self, count: int) -> Self:
        """The first elements; all for -1."""
        check("Dataset.take", _SIZES, count=count)
        if self._rows is not None:
            return self._derive_rows(self._rows.part(0, math.inf if count < 0 else count))
        length = self._length if count < 0 else None if self._length is None else min(self._length, count)
        return self._derive(lambda look: itertools.islice(self._start(look), None if count < 0 else count), length)

    def skip(self, count: int) -> Self:
        """All but the first elements; none for -1."""
        check("Dataset.skip", _SIZES, count=count)
        if count < 0:
            return self._derive(lambda look: iter(()), 0)
        if self._rows is not None:
            return self._derive_rows(self._rows.part(count, math.inf))
        length = None if self._length is None else max(self._length - count, 0)
        return self._derive(lambda look: itertools.islice(self._start(look), count, None), length)

    def concatenate(self, dataset: DatasetBase) -> Self:
        """The elements of this one, then those of another."""
        length = None if self._length is None or dataset._length is None else self._length + dataset._length
        parts = (self, dataset)
        stages = [*self._stages, *(stage for stage in dataset._stages if stage not in self._stages)]
        return self._derive(lambda look: itertools.chain.from_iterable(part._start(look) for part in parts), length, stages=stages)

    def repeat(self, count: int | None = None) -> Self:
        """All elements repeated `count` times; without end for None or -1."""
        count = -1 if count is None else count
        check("Dataset.repeat", _SIZES, count=count)
        if self._rows is not None:
            return self._derive_rows(self._rows.repeated(math.inf if count < 0 else count))

        def start(look: bool) -> Iterator[Any]:
            for _ in itertools.count() if count < 0 else range(count):
                empty = True
                for element in self._start(look):
                    empty = False
                    yield element
                if empty:
                    return

        length = None if self._length is None else 0 if 0 in (count, self._length) else math.inf if count < 0 else self._length * count
        return self._derive(start, length)

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Self:
        """Elements in a random order: each is drawn from a buffer that is filled up with the following ones.

        Args:
            buffer_size: Elements in the buffer; as many as there are for a perfect shuffle.
            seed: Makes the order repeat; drawn from the global seed if None.
            reshuffle_each_iteration: Whether each pass has another order.
        """
        check("Dataset.shuffle", _SIZES, buffer_size=buffer_size, seed=seed)
        passes = Passes(seed, reshuffle_each_iteration)
        if self._rows is not None:
            return self._derive_rows(self._rows.shuffled(buffer_size, passes.generator), [*self._stages, passes])

        def start(look: bool) -> Iterator[Any]:
            return _draw_from_buffer(self._start(look), buffer_size, passes.generator(look))

        return self._derive(start, self._length, stages=[*self._stages, passes])

    def prefetch(self, buffer_size: int = AUTOTUNE) -> Self:
        """The same elements; a background thread prepares up to `buffer_size` of them ahead, two for -1."""
        check("Dataset.prefetch", {"buffer_size": Integer(minimum=-1)}, buffer_size=buffer_size)
        if buffer_size == 0:
            return self
        at_most = PREFETCHED if buffer_size < 0 else buffer_size
        derived = self._derive(lambda look: self._start(look) if look else ahead(self._start(look), at_most), self._length)
        # Nothing needs to be prepared where only numbers of rows are drawn: training gathers the rows itself.
        derived._rows, derived.row_batches = self._rows, self.row_batches
        return derived

    def cache(self, filename: str | None = None) -> Self:
        """The same elements, kept in memory after the first complete pass. Use it before `shuffle` and random changes.

        Args:
            filename: Must be empty: elements are not kept on disk.
        """
        if filename:
            fix = "leave filename out; for data larger than memory, save arrays with np.save and pass np.load(path, mmap_mode='r') to fit"
            raise ArgumentError(f"cache({filename!r})", "no file name: elements are kept in memory", fix, where="Dataset.cache")
        if self._rows is not None and not self._stages:
            return self  # the rows of arrays are in memory
        cache = _Cache(self)
        return self._derive(cache.start, self._length, stages=[cache])


class _Cache:
    """The elements of a data set, kept from its first complete pass."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._elements: list[Any] | None = None
        self._before: list[Any] | None = None

    def start(self, look: bool) -> Iterator[Any]:
        """Start a pass."""
        if self._elements is not None:
            return iter(self._elements)
        if not look:
            self._before = self._dataset.get_state()
        return self._fill(self._dataset._start(look))

    def _fill(self, source: Iterator[Any]) -> Iterator[Any]:
        elements_read = []
        for element in source:
            elements_read.append(elements.read_only(element))
            yield element
        self._elements = elements_read

    def get_state(self) -> list[Any]:
        """The state of the data set before the pass whose elements are kept: another process fills its cache by the same pass."""
        return self._dataset.get_state() if self._elements is None or self._before is None else self._before

    def set_state(self, state: list[Any]) -> None:
        """Fill the cache again, from this state of the data set."""
        self._elements = None
        self._dataset.set_state(state)


def _draw_from_buffer(source: Iterator[Any], size: int, generator: np.random.Generator) -> Iterator[Any]:
    buffer = list(itertools.islice(source, size))
    for element in source:
        place = int(generator.integers(size))
        yield buffer[place]
        buffer[place] = element
    for place in generator.permutation(len(buffer)):
        yield buffer[place]


def loaded(
    load: Callable[[np.ndarray], Any],
    count: int,
    batch_size: int | None,
    *,
    shuffle: bool = False,
    seed: int | None = None,
    arrange: Callable[[int], np.ndarray] | None = None,
    workers: int | None = None,
    chunk: int = 1,
    class_names: list[str] | None = None,
    file_paths: list[str] | None = None,
) -> Dataset:
    """A data set of numbered samples, whose batches are loaded by a pool of threads.

    Args:
        load: A function that returns a batch of the samples with the given indices; it is called in threads.
        count: The number of samples.
        batch_size: Samples in an element; None for single ones.
        shuffle, seed: Whether each pass has a new order, and the seed for it.
        arrange: A function from the seed to the indices of the samples in the order before passes shuffle them.
        workers: The number of threads; one per core if None.
        chunk: The number of samples loaded at once where elements are single samples.

    >>> dataset = loaded(lambda numbers: 10 * numbers, 5, 2)
    >>> len(dataset), [batch.tolist() for batch in dataset]
    (3, [[0, 10], [20, 30], [40]])
    """
    passes = Passes(seed) if shuffle or arrange is not None else None
    at_once = workers or cores()
    size = batch_size or chunk

    def start(look: bool) -> Iterator[Any]:
        order = passes.generator(look).permutation(count) if shuffle and passes is not None else np.arange(count)
        if arrange is not None and passes is not None:
            order = arrange(passes.seed)[order]
        groups = (order[begin : begin + size] for begin in range(0, count, size))
        batches = map(load, groups) if look else map_ahead(load, groups, threads(at_once), at_once + PREFETCHED, _MOST_BYTES)
        return batches if batch_size else itertools.chain.from_iterable(map(elements.rows, batches))

    length = math.ceil(count / batch_size) if batch_size else count
    dataset = Dataset(start, length, batch_size is not None, class_names, file_paths)
    if passes is not None:
        dataset._stages = [passes]
    return dataset
