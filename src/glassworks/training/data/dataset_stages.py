"""The rarer stages of a `Dataset`: windows, data sets within data sets, padded batches, folds."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, TypeVar

import numpy as np

from glassworks import tree
from glassworks.arguments import Integer, check
from glassworks.errors import ArgumentTypeError, DataError
from glassworks.training.data import elements
from glassworks.training.data.dataset_base import DatasetBase

T = TypeVar("T")
_POSITIVE = Integer(minimum=1)


class DatasetStages(DatasetBase):
    """Stages that few programs use."""

    def enumerate(self, start: int = 0, name: str | None = None) -> Self:
        """Pairs of a number and an element.

        >>> from glassworks.training.data import Dataset
        >>> [(int(i), int(x)) for i, x in Dataset.range(5, 7).enumerate()]
        [(0, 5), (1, 6)]
        """

        def pairs(look: bool) -> Iterator[Any]:
            return ((np.int64(number), element) for number, element in enumerate(self._start(look), start))

        return self._derive(pairs, self._length)

    def take_while(self, predicate: Callable[..., object], name: str | None = None) -> Self:
        """The elements before the first one for which a function is false.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(9).take_while(lambda x: x < 2)]
        [0, 1]
        """
        return self._derive(lambda look: itertools.takewhile(lambda x: bool(_call(predicate, x)), self._start(look)), None)

    def shard(self, num_shards: int, index: int, name: str | None = None) -> Self:
        """Every n-th element: those whose number leaves the rest `index` when it is divided by `num_shards`.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(5).shard(2, 1)]
        [1, 3]
        """
        check("Dataset.shard", {"num_shards": _POSITIVE, "index": Integer(minimum=0)}, num_shards=num_shards, index=index)
        length = self._length if self._length in (None, math.inf) else max(math.ceil(((self._length or 0) - index) / num_shards), 0)
        return self._derive(lambda look: itertools.islice(self._start(look), index, None, num_shards), length)

    def flat_map(self, map_func: Callable[..., DatasetBase], name: str | None = None) -> Self:
        """The elements of the data sets that a function returns, one data set after the other.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(1, 3).flat_map(lambda x: Dataset.range(x * 10, x * 10 + 2))]
        [10, 11, 20, 21]
        """

        def start(look: bool) -> Iterator[Any]:
            return itertools.chain.from_iterable(_inner(map_func, x, "flat_map")._start(look) for x in self._start(look))

        return self._derive(start, None, self._inner_is_batched(map_func))

    def _inner_is_batched(self, map_func: Callable[..., DatasetBase]) -> bool:
        first = next(self._start(True), None)
        return first is not None and _inner(map_func, first, "flat_map").is_batched

    def interleave(
        self,
        map_func: Callable[..., DatasetBase],
        cycle_length: int | None = None,
        block_length: int = 1,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Self:
        """Interleave the elements of the data sets that a function returns.

        Args:
            map_func: The function.
            cycle_length: How many data sets take turns; 8 if None.
            block_length: How many elements are taken from one before it is the turn of the next.
            num_parallel_calls, deterministic: Accepted; the order is always kept.
            name: Ignored.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(1, 3).interleave(lambda x: Dataset.range(x * 10, x * 10 + 2), cycle_length=2)]
        [10, 20, 11, 21]
        """

        def start(look: bool) -> Iterator[Any]:
            passes = (_inner(map_func, x, "interleave")._start(look) for x in self._start(look))
            return _in_turns(passes, cycle_length or 8, block_length)

        return self._derive(start, None, self._inner_is_batched(map_func))

    def window(self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False, name: str | None = None) -> Self:
        """Windows of elements, each a data set of its own (of every part, where elements have several).

        Args:
            size: Elements in a window.
            shift: How many elements after a window the next one begins; `size` if None.
            stride: Every how many elements one is taken.
            drop_remainder: Whether smaller windows at the end are left out.
            name: Ignored.

        >>> from glassworks.training.data import Dataset
        >>> windows = Dataset.range(5).window(3, shift=1, drop_remainder=True)
        >>> [x.tolist() for x in windows.flat_map(lambda window: window.batch(3))]
        [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        """
        step = size if shift is None else shift
        check("Dataset.window", {"size": _POSITIVE, "shift": _POSITIVE, "stride": _POSITIVE}, size=size, shift=step, stride=stride)

        def start(look: bool) -> Iterator[Any]:
            for group in _windows(self._start(look), size, step, stride):
                if len(group) == size or not drop_remainder:
                    yield tree.map_structure(lambda *leaves: self._of_elements(leaves), *group)

        return self._derive(start, None, False)

    def _of_elements(self, entries: tuple[Any, ...]) -> Self:
        return type(self)(lambda look: iter(entries), len(entries))

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: object = None,
        padding_values: object = None,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Self:
        """Batches of elements of different lengths, which are filled up at the end of their axes.

        Args:
            batch_size: Elements in a batch.
            padded_shapes: The shapes after filling up; -1 or None for the largest size in the batch, as are all sizes if None.
            padding_values: What to fill with; 0, and the empty text, if None.
            drop_remainder: Whether a last, smaller batch is left out.
            name: Ignored.

        >>> from glassworks.training.data import Dataset
        >>> rows = Dataset.from_generator(lambda: iter([[1], [2, 3]]))
        >>> [x.tolist() for x in rows.padded_batch(2)]
        [[[1, 0], [2, 3]]]
        """
        check("Dataset.padded_batch", {"batch_size": _POSITIVE}, batch_size=batch_size)

        def start(look: bool) -> Iterator[Any]:
            source = self._start(look)
            while group := list(itertools.islice(source, batch_size)):
                if len(group) == batch_size or not drop_remainder:
                    yield _padded(group, padded_shapes, padding_values)

        return self._derive(start, None, True)

    def scan(self, initial_state: object, scan_func: Callable[[Any, Any], tuple[Any, Any]], name: str | None = None) -> Self:
        """The outputs of a function from the state and an element to the next state and an output.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(4).scan(0, lambda state, x: (state + x, state + x))]
        [0, 1, 3, 6]
        """

        def start(look: bool) -> Iterator[Any]:
            state = initial_state
            for element in self._start(look):
                state, output = scan_func(state, element)
                yield elements.plain(output)

        return self._derive(start, self._length)

    def unique(self, name: str | None = None) -> Self:
        """Each different element once.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.from_tensor_slices([1, 1, 2]).unique()]
        [1, 2]
        """

        def start(look: bool) -> Iterator[Any]:
            seen = set()
            for element in self._start(look):
                key = element if isinstance(element, (str, bytes)) else np.asarray(element).tobytes()
                if key not in seen:
                    seen.add(key)
                    yield element

        return self._derive(start, None)

    def apply(self, transformation_func: Callable[[Self], T]) -> T:
        """The result of a function of the data set.

        >>> from glassworks.training.data import Dataset
        >>> len(Dataset.range(5).apply(lambda dataset: dataset.take(2)))
        2
        """
        return transformation_func(self)

    def with_options(self, options: object, name: str | None = None) -> Self:
        """The data set itself: the options of TensorFlow have no meaning here.

        >>> from glassworks.training.data import Dataset
        >>> len(Dataset.range(5).with_options(None))
        5
        """
        return self

    # ---- results

    def reduce(self, initial_state: object, reduce_func: Callable[[Any, Any], Any], name: str | None = None) -> object:
        """The state after a function of the state and an element was called for each element.

        >>> from glassworks.training.data import Dataset
        >>> int(Dataset.range(5).reduce(0, lambda total, x: total + x))
        10
        """
        state = initial_state
        for element in self._start(False):
            state = reduce_func(state, element)
        return elements.shown(elements.plain(state))

    def get_single_element(self, name: str | None = None) -> object:
        """The only element.

        Raises:
            DataError: There is none, or more than one.

        >>> from glassworks.training.data import Dataset
        >>> Dataset.range(3).batch(3).get_single_element().tolist()
        [0, 1, 2]
        """
        first = list(itertools.islice(self, 2))
        if len(first) != 1:
            shown = "no element" if not first else "more than one element"
            raise DataError(shown, "exactly one", "use take(1), or batch(n)", where="Dataset.get_single_element")
        return first[0]


def _call(function: Callable[..., object], element: object) -> object:
    return function(*element) if isinstance(element, tuple) else function(element)


def _inner(map_func: Callable[..., DatasetBase], element: object, method: str) -> DatasetBase:
    dataset = _call(map_func, element)
    if not isinstance(dataset, DatasetBase):
        fix = "wrap it: Dataset.from_tensor_slices(...); for a function of elements use map"
        raise ArgumentTypeError(f"a function that returned {type(dataset).__name__}", "a Dataset", fix, where=f"Dataset.{method}")
    return dataset


def _in_turns(passes: Iterator[Iterator[Any]], cycle_length: int, block_length: int) -> Iterator[Any]:
    turns = deque(itertools.islice(passes, cycle_length))
    while turns:
        source = turns.popleft()
        block = list(itertools.islice(source, block_length))
        yield from block
        follower = source if len(block) == block_length else next(passes, None)
        if follower is not None:
            turns.append(follower)


def _windows(source: Iterator[Any], size: int, shift: int, stride: int) -> Iterator[list[Any]]:
    """Groups of up to `size` elements; the last ones are smaller."""
    span = (size - 1) * stride + 1
    held: deque[Any] = deque()
    skipped = 0
    for element in source:
        if skipped:
            skipped -= 1
            continue
        held.append(element)
        if len(held) == span:
            yield list(itertools.islice(held, 0, None, stride))
            skipped = max(shift - span, 0)
            for _ in range(min(shift, span)):
                held.popleft()
    while held:
        yield list(itertools.islice(held, 0, None, stride))
        for _ in range(min(shift, len(held))):
            held.popleft()


def _padded(group: list[Any], shapes: object, values: object) -> object:
    first = group[0]
    if isinstance(first, tuple):
        parts = [shapes[i] if isinstance(shapes, tuple) and len(shapes) == len(first) else None for i in range(len(first))]
        fills = [values[i] if isinstance(values, tuple) else values for i in range(len(first))]
        return tuple(_padded([row[i] for row in group], parts[i], fills[i]) for i in range(len(first)))
    if isinstance(first, dict):
        inner = shapes if isinstance(shapes, dict) else {}
        return {key: _padded([row[key] for row in group], inner.get(key), values) for key in first}
    return _padded_leaf(group, shapes if isinstance(shapes, (list, tuple)) else None, values)


def _padded_leaf(rows: list[Any], shape: Sequence[int | None] | None, value: object) -> np.ndarray:
    arrays = [np.asarray(row, object if isinstance(row, (str, bytes)) else None) for row in rows]
    largest = [max(sizes) for sizes in zip(*(array.shape for array in arrays), strict=True)]
    wanted = [own if size in (None, -1) else int(size) for own, size in zip(largest, shape or [None] * len(largest), strict=True)]
    if any(own > size for own, size in zip(largest, wanted, strict=True)):
        fix = "pass larger padded_shapes, or None for the largest size in the batch"
        raise DataError(f"elements of up to {tuple(largest)}", f"at most {tuple(wanted)}", fix, where="Dataset.padded_batch")
    filling = ("" if arrays[0].dtype == object else 0) if value is None else value
    batch = np.full((len(arrays), *wanted), filling, arrays[0].dtype)
    for place, array in enumerate(arrays):
        index: tuple[int | slice, ...] = (place, *(slice(size) for size in array.shape))
        batch[index] = array
    return batch
