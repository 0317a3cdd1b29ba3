"""`PyDataset`: Keras's contract, and workers that keep the order, pass errors on and never stay behind."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from glassworks import utils
from glassworks.errors import DataError, StateError
from glassworks.training.data import PyDataset, Sequence, make_source
from glassworks.training.data.py_dataset import load


class Numbers(PyDataset):
    """Batch i has the number i; counts what is asked of it."""

    def __init__(self, count: int = 12, delay: float = 0.0, broken: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.count, self.delay, self.broken = count, delay, broken
        self.loaded: list[int] = []
        self.events: list[str] = []

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        self.loaded.append(index)
        time.sleep(self.delay * (index % 3))
        if index == self.broken:
            raise OSError(f"batch {index} is broken")
        return np.full((2, 1), index, "float64"), np.array([index, index])

    def on_epoch_begin(self) -> None:
        self.events.append("begin")

    def on_epoch_end(self) -> None:
        self.events.append("end")


class Endless(Numbers):
    """Without a last batch."""

    @property
    def num_batches(self) -> None:
        return None


WORKERS = [{}, {"workers": 3}, {"workers": 4, "max_queue_size": 1}, {"workers": 2, "use_multiprocessing": True}]


def numbers(source: Any) -> list[int]:
    return [int(y[0]) for _, y, _ in source]


def worker_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("glassworks-data")]


@pytest.mark.parametrize("options", WORKERS, ids=str)
def test_batches_come_in_order_whatever_the_workers(options: dict[str, Any]) -> None:
    source = make_source(Numbers(delay=0.002, **options), shuffle=False)
    assert source.num_batches == 12
    assert numbers(source) == numbers(source) == list(range(12))
    assert worker_threads() == []


@pytest.mark.parametrize("options", WORKERS, ids=str)
def test_an_error_comes_out_where_its_batch_would_have(options: dict[str, Any]) -> None:
    came = []
    with pytest.raises(OSError, match="batch 5 is broken"):
        for _, y, _ in make_source(Numbers(broken=5, **options), shuffle=False):
            came.append(int(y[0]))
    assert came == [0, 1, 2, 3, 4]
    assert worker_threads() == []


def test_workers_end_when_the_epoch_is_dropped_half_way() -> None:
    dataset = Numbers(count=1000, workers=3, max_queue_size=4)
    iterator = iter(make_source(dataset, shuffle=False))
    next(iterator)
    assert worker_threads()
    del iterator
    assert worker_threads() == []
    assert len(dataset.loaded) <= 1 + 4 + 3


def test_no_more_than_max_queue_size_batches_are_loaded_ahead() -> None:
    dataset = Numbers(count=100, workers=2, max_queue_size=3)
    iterator = iter(make_source(dataset, shuffle=False))
    next(iterator)
    time.sleep(0.05)
    assert len(dataset.loaded) <= 1 + 3
    iterator.close()  # type: ignore[attr-defined]


def test_workers_load_at_the_same_time() -> None:
    barrier = threading.Barrier(3, timeout=5)

    class Together(Numbers):
        def __getitem__(self, index: int) -> Any:
            barrier.wait()  # breaks unless three are loaded at once
            return super().__getitem__(index)

    assert numbers(make_source(Together(count=6, workers=3), shuffle=False)) == list(range(6))


def test_shuffling_gives_each_batch_once_in_an_order_of_the_seed() -> None:
    def epochs(seed: int) -> list[list[int]]:
        utils.set_random_seed(seed)
        source = make_source(Numbers(workers=2))
        return [numbers(source), numbers(source)]

    first = epochs(3)
    assert first[0] != first[1] and sorted(first[0]) == list(range(12))
    assert epochs(3) == first


def test_the_epoch_is_announced_to_the_data_set() -> None:
    dataset = Numbers()
    source = make_source(dataset)
    source.on_epoch_begin()
    source.on_epoch_end()
    assert dataset.events == ["begin", "end"]


@pytest.mark.parametrize("options", [{}, {"workers": 2}], ids=str)
def test_a_data_set_without_end_goes_on_where_it_stopped(options: dict[str, Any]) -> None:
    source = make_source(Endless(**options))
    assert source.is_endless and source.num_batches is None
    for expected in ([0, 1, 2], [3, 4, 5]):
        iterator = iter(source)
        assert [int(next(iterator)[1][0]) for _ in range(3)] == expected
        del iterator


def test_a_subclass_may_forget_super_init_and_lists_are_x_y() -> None:
    class Forgetful(PyDataset):
        def __init__(self) -> None:
            pass

        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> Any:
            return [np.ones((2, 1)), np.zeros(2)]

    x, y, _ = make_source(Forgetful()).first_batch()
    assert x.shape == (2, 1) and y.shape == (2,)


def test_the_length_may_change_between_epochs() -> None:
    dataset = Numbers(count=3)
    source = make_source(dataset, shuffle=False)
    assert numbers(source) == [0, 1, 2]
    dataset.count = 2
    assert source.num_batches == 2 and numbers(source) == [0, 1]


def test_iterating_over_the_data_set_itself_gives_its_batches() -> None:
    assert [int(y[0]) for _, y in Numbers(count=3)] == [0, 1, 2]
    assert Sequence is PyDataset


def test_a_data_set_without_length_or_batches_says_so() -> None:
    class Nothing(PyDataset):
        def __getitem__(self, index: int) -> Any:
            return None

    with pytest.raises(StateError, match="without __len__"):
        make_source(Nothing())
    with pytest.raises(DataError, match="has 0 batches"):
        make_source(Numbers(count=0))
    with pytest.raises(DataError, match=r"batch of your PyDataset\]\n  found:    a tuple of 4"):
        make_source(type("Four", (Numbers,), {"__getitem__": lambda self, i: (1, 2, 3, 4)})()).first_batch()


def test_ctrl_c_does_not_wait_for_a_worker_that_hangs() -> None:
    release, waited = threading.Event(), list[bool]()

    class Hanging(Numbers):
        def __getitem__(self, index: int) -> Any:
            if index:
                waited.append(release.wait(60))
            return super().__getitem__(index)

    iterator: Any = load(Hanging(workers=2), range(4))
    next(iterator)
    with pytest.raises(KeyboardInterrupt):
        iterator.throw(KeyboardInterrupt)
    assert not waited  # the workers still wait
    release.set()
