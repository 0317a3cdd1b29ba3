"""`Dataset`: elements that can be iterated over many times, prepared in background threads.

A data set is a chain of stages. Each stage is a function that starts one pass and returns its elements; what is random
in it is drawn from a seed and the number of the pass, so that no thread and no other pass can change it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glassworks.arguments import Callable as IsCallable
from glassworks.arguments import Instance, Integer, Optional, check
from glassworks.errors import ArgumentError
from glassworks.training.data import elements
from glassworks.training.data.ahead import ahead, cores, map_ahead, threads
from glassworks.training.data.shuffling import order_generator

AUTOTUNE = -1
_PREFETCHED = 2
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


class Dataset:
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

    def _derive(self, start: Callable[[bool], Iterator[Any]], length: float | None, batched: bool | None = None) -> Dataset:
        return Dataset(start, length, self.is_batched if batched is None else batched, self.class_names)

    # ---- iteration

    def __iter__(self) -> Iterator[Any]:
        return map(elements.shown, self._start(False))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """One pass, as plain NumPy arrays."""
        return self._start(False)

    def read_ahead(self) -> Iterator[Any]:
        """One pass, as plain NumPy arrays, prepared in a background thread."""
        return ahead(self._start(False), _PREFETCHED)

    def __len__(self) -> int:
        if self._length is None or self._length == math.inf:
            # The exception that len() and list() expect from objects without a length.
            raise TypeError("this Dataset has no end" if self._length else "the length of this Dataset is not known before its end")
        return int(self._length)

    def __bool__(self) -> bool:
        return True

    def cardinality(self) -> int:
        """The number of elements; -1 without end, -2 if not known."""
        return -2 if self._length is None else -1 if self._length == math.inf else int(self._length)

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of each part of an element, found by looking at the first one."""
        first = next(self._start(True), None)
        return None if first is None else elements.spec(first, self.is_batched)

    def __repr__(self) -> str:
        length = {-1: "without end", -2: "of unknown length"}.get(self.cardinality(), f"of {self.cardinality()}")
        return f"<Dataset {length} {'batches' if self.is_batched else 'elements'}>"

    # ---- transformations

    def map(self, map_func: Callable[..., Any], num_parallel_calls: int | None = None, deterministic: bool | None = None) -> Dataset:
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

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Only the elements for which a function is true."""
        check("Dataset.filter", {"predicate": IsCallable()}, predicate=predicate)

        def keep(element: object) -> bool:
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))

        return self._derive(lambda look: filter(keep, self._start(look)), None)

    def batch(
        self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: int | None = None, deterministic: bool | None = None
    ) -> Dataset:
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
        return self._derive(start, exact if exact in (None, math.inf) else (math.floor if drop_remainder else math.ceil)(exact), True)  # type: ignore

    def unbatch(self) -> Dataset:
        """The samples of the batches, one by one."""
        return self._derive(lambda look: itertools.chain.from_iterable(map(elements.rows, self._start(look))), None, False)

    def take(self, count: int) -> Dataset:
        """The first elements; all for -1."""
        check("Dataset.take", _SIZES, count=count)
        length = self._length if count < 0 else None if self._length is None else min(self._length, count)
        return self._derive(lambda look: itertools.islice(self._start(look), None if count < 0 else count), length)

    def skip(self, count: int) -> Dataset:
        """All but the first elements; none for -1."""
        check("Dataset.skip", _SIZES, count=count)
        if count < 0:
            return self._derive(lambda look: iter(()), 0)
        length = None if self._length is None else max(self._length - count, 0)
        return self._derive(lambda look: itertools.islice(self._start(look), count, None), length)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this one, then those of another."""
        length = None if self._length is None or dataset._length is None else self._length + dataset._length
        parts = (self, dataset)
        return self._derive(lambda look: itertools.chain.from_iterable(part._start(look) for part in parts), length)

    def repeat(self, count: int | None = None) -> Dataset:
        """All elements repeated `count` times; without end for None or -1."""
        count = -1 if count is None else count
        check("Dataset.repeat", _SIZES, count=count)

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

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Elements in a random order: each is drawn from a buffer that is filled up with the following ones.

        Args:
            buffer_size: Elements in the buffer; as many as there are for a perfect shuffle.
            seed: Makes the order repeat; drawn from the global seed if None.
            reshuffle_each_iteration: Whether each pass has another order.
        """
        check("Dataset.shuffle", _SIZES, buffer_size=buffer_size, seed=seed)
        passes = Passes(seed, reshuffle_each_iteration)

        def start(look: bool) -> Iterator[Any]:
            return _draw_from_buffer(self._start(look), buffer_size, passes.generator(look))

        return self._derive(start, self._length)

    def prefetch(self, buffer_size: int = AUTOTUNE) -> Dataset:
        """The same elements; a background thread prepares up to `buffer_size` of them ahead, two for -1."""
        check("Dataset.prefetch", {"buffer_size": Integer(minimum=-1)}, buffer_size=buffer_size)
        if buffer_size == 0:
            return self
        at_most = _PREFETCHED if buffer_size < 0 else buffer_size
        return self._derive(lambda look: self._start(look) if look else ahead(self._start(look), at_most), self._length)

    def cache(self, filename: str | None = None) -> Dataset:
        """The same elements, kept in memory after the first complete pass. Use it before `shuffle` and random changes.

        Args:
            filename: Must be empty: elements are not kept on disk.
        """
        if filename:
            fix = "leave filename out; for data larger than memory, save arrays with np.save and pass np.load(path, mmap_mode='r') to fit"
            raise ArgumentError(f"cache({filename!r})", "no file name: elements are kept in memory", fix, where="Dataset.cache")
        cached: list[list[Any]] = []

        def start(look: bool) -> Iterator[Any]:
            return iter(cached[0]) if cached else _cache_elements(self._start(look), cached)

        return self._derive(start, self._length)


class Passes:
    """A random generator for each pass, from a seed and the number of the pass.

    Args:
        seed: The seed; drawn from the global seed if None.
        reshuffle: Whether passes differ.
    """

    def __init__(self, seed: int | None, reshuffle: bool = True) -> None:
        self._seed = int(order_generator().integers(2**63)) if seed is None else abs(seed)
        self._reshuffle, self._count = reshuffle, itertools.count()

    def generator(self, look: bool) -> np.random.Generator:
        """The generator of the next pass; looking at the first elements does not use one up."""
        number = 0 if look or not self._reshuffle else next(self._count)
        return np.random.Generator(np.random.Philox(key=[self._seed, number]))


def _draw_from_buffer(source: Iterator[Any], size: int, generator: np.random.Generator) -> Iterator[Any]:
    buffer = list(itertools.islice(source, size))
    for element in source:
        place = int(generator.integers(size))
        yield buffer[place]
        buffer[place] = element
    for place in generator.permutation(len(buffer)):
        yield buffer[place]


def _cache_elements(source: Iterator[Any], cached: list[list[Any]]) -> Iterator[Any]:
    samples = []
    for element in source:
        samples.append(elements.read_only(element))
        yield element
    cached[:] = [samples]


def loaded(
    load: Callable[[np.ndarray], Any],
    count: int,
    batch_size: int | None,
    *,
    shuffle: bool = False,
    seed: int | None = None,
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
        workers: The number of threads; one per core if None.
        chunk: The number of samples loaded at once where elements are single samples.

    >>> dataset = loaded(lambda numbers: 10 * numbers, 5, 2)
    >>> len(dataset), [batch.tolist() for batch in dataset]
    (3, [[0, 10], [20, 30], [40]])
    """
    passes = Passes(seed) if shuffle else None
    at_once = workers or cores()
    size = batch_size or chunk

    def start(look: bool) -> Iterator[Any]:
        order = np.arange(count) if passes is None else passes.generator(look).permutation(count)
        groups = (order[begin : begin + size] for begin in range(0, count, size))
        batches = map(load, groups) if look else map_ahead(load, groups, threads(at_once), at_once + _PREFETCHED, _MOST_BYTES)
        return batches if batch_size else itertools.chain.from_iterable(map(elements.rows, batches))

    length = math.ceil(count / batch_size) if batch_size else count
    return Dataset(start, length, batch_size is not None, class_names, file_paths)
