"""A source in another process goes on where the first one was: the batches of both together are those of one that was never interrupted."""

from __future__ import annotations

import ast
import gc
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from glassworks import random
from glassworks.training.data import Dataset, DataSource, HostedSource, PyDataset, make_source
from glassworks.training.data.dataset import loaded
from glassworks.training.data.identity import WHOLE_BYTES, identity_of
from glassworks.training.data.object_state import StateOf, get_shared_state, set_shared_state

X = np.arange(22.0, dtype="float32").reshape(11, 2)
Y = np.arange(11, dtype="float32")


@pytest.fixture(scope="module", autouse=True)
def no_threads_stay() -> Iterator[None]:
    yield
    gc.collect()  # iterators that were dropped end their threads


class Shuffled(PyDataset):
    """The usual form of a data set that shuffles after each epoch, and changes its batches at random."""

    def __init__(self) -> None:
        super().__init__()
        self.order = np.arange(8)
        self.rng = np.random.default_rng(3)

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        rows = self.order[2 * index : 2 * index + 2]
        return X[rows] + self.rng.normal(size=(2, 1)), Y[rows]

    def on_epoch_end(self) -> None:
        np.random.shuffle(self.order)


class Endless(PyDataset):
    num_batches = None  # type: ignore[assignment]

    def __getitem__(self, index: int) -> Any:
        return X[index % 5 :][:2], Y[:2]


class Stateful:
    """A generator that can say where it is."""

    def __init__(self) -> None:
        self.at, self.rng = 0, np.random.default_rng(5)

    def __iter__(self) -> Stateful:
        return self

    def __next__(self) -> Any:
        self.at += 1
        return X[: 1 + self.at % 3] + self.rng.normal(), Y[: 1 + self.at % 3]

    def get_state(self) -> Any:
        return {"at": self.at, "rng": self.rng.bit_generator.state}

    def set_state(self, state: Any) -> None:
        self.at, self.rng.bit_generator.state = state["at"], state["rng"]


class Drawing:
    """An iterable whose passes draw from NumPy's shared generator."""

    def __iter__(self) -> Iterator[Any]:
        for row in np.random.permutation(5):
            yield X[row : row + 2] + np.random.rand(), Y[row : row + 2]


def plain() -> Iterator[Any]:
    for i in itertools.count():
        yield X[i % 7 :][:2] * i, Y[:2]


def dataset() -> Dataset:
    return Dataset(lambda look: iter(list(zip(X, Y, strict=True))), 11)


SOURCES: dict[str, Callable[[], DataSource]] = {
    "arrays": lambda: make_source(X, Y, batch_size=3),
    "arrays in order": lambda: make_source(X, Y, batch_size=3, shuffle=False),
    "arrays within batches": lambda: make_source(X, Y, batch_size=3, shuffle="batch"),
    "hosted": lambda: HostedSource(make_source(X, Y, batch_size=3), lambda batch: (batch[0] * 2, *batch[1:])),
    "PyDataset": lambda: make_source(Shuffled(), shuffle=True),
    "PyDataset without end": lambda: make_source(Endless()),
    "list of batches": lambda: make_source([(X[:2], Y[:2]), (X[2:5], Y[2:5]), (X[5:], Y[5:])]),
    "drawing iterable": lambda: make_source(Drawing()),
    "generator": lambda: make_source(plain()),
    "generator with state": lambda: make_source(Stateful()),
    "Dataset": lambda: make_source(dataset().shuffle(4).batch(3)),
    "Dataset in order of a seed": lambda: make_source(dataset().shuffle(4, seed=3, reshuffle_each_iteration=False).batch(3)),
    "cached": lambda: make_source(dataset().shuffle(11).batch(3).cache().shuffle(2)),
    "of unknown length": lambda: make_source(dataset().shuffle(4).filter(lambda x, y: y > 1).batch(3)),
    "concatenated": lambda: make_source(dataset().shuffle(4).concatenate(dataset().shuffle(5)).batch(4)),
    "without end": lambda: make_source(dataset().shuffle(11).batch(3).repeat()),
    "loaded in threads": lambda: make_source(loaded(lambda rows: (X[rows], Y[rows]), 11, 3, shuffle=True, workers=2)),
    "drawing in threads": lambda: make_source(dataset().map(lambda x, y: (x + np.random.rand(), y)).batch(3)),
}
EPOCH = 4


def fresh(kind: str, seed: int = 1) -> DataSource:
    """The source as the program makes it when it starts; another seed stands for a program without one."""
    random.set_global_seed(seed)
    np.random.seed(seed)
    source = SOURCES[kind]()
    source.keep_state()
    source.first_batch()
    return source


def epochs(source: DataSource, first: int, count: int, step: int, keep: Callable[[int, int], None]) -> list[bytes]:
    """The batches of some epochs, from a step of the first one on."""
    seen, batches = [], iter(source)
    for epoch in range(first, first + count):
        if step == 0:
            source.on_epoch_begin()
        batches = batches if source.is_endless else iter(source)
        has_all = 0 < step == source.num_batches
        while not has_all and not (source.is_endless and step == EPOCH):
            batch = next(batches, None)
            if batch is None:
                break
            seen.append(b"".join(np.asarray(part).tobytes() for part in batch[:2]))
            source.used += 1
            step += 1
            keep(epoch, step)
        source.on_epoch_end()
        step = 0
        keep(epoch + 1, 0)
    return seen


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("at", [(0, 1), (0, 3), (1, 0), (1, 2), (1, 3), (2, 1)], ids=str)
def test_a_source_goes_on_where_the_first_one_was(kind: str, at: tuple[int, int]) -> None:
    kept: dict[str, Any] = {}
    before: list[int] = []

    def keep(epoch: int, step: int) -> None:
        before.append(1) if step else None
        if (epoch, step) == at:
            kept.update(source=source.get_state(), shared=get_shared_state(), glassworks=random.get_global_state(), count=len(before))

    source = fresh(kind)
    expected = epochs(source, 0, 3, 0, keep)
    # A generator without a state is replayed, so its program must give the same batches; all others may start in any way.
    other = fresh(kind, seed=1 if kind == "generator" else 2)
    if at[1]:
        other.on_epoch_begin()
    other.set_state(kept["source"])
    if not other.draws_ahead:
        set_shared_state(kept["shared"])
    random.set_global_state(kept["glassworks"])
    assert epochs(other, at[0], 3 - at[0], at[1], lambda epoch, step: None) == expected[kept["count"] :]


def test_a_pass_that_is_not_to_go_on_begins_from_the_start() -> None:
    for kind in ("arrays in order", "list of batches", "PyDataset"):
        first, second = fresh(kind), fresh(kind)
        next(iter(first))
        first.used += 1
        second.set_state(first.get_state(in_pass=False))
        assert len(list(second)) == second.num_batches


def test_what_a_generator_gave_only_to_be_looked_at_is_not_lost() -> None:
    first, second = fresh("generator with state"), fresh("generator with state")
    second.set_state(first.get_state())
    assert [float(next(iter(second))[1].sum()) for _ in range(3)] == [float(next(iter(first))[1].sum()) for _ in range(3)]


def test_the_identity_of_arrays_tells_changes_anywhere_in_small_ones_and_of_shape_in_all() -> None:
    for place in range(11):
        other = X.copy()
        other[place, 1] += 1
        assert identity_of(other) != identity_of(X)
    assert identity_of(X.reshape(2, 11)) != identity_of(X) != identity_of(X.astype("float64"))
    assert identity_of(np.array(["a", "b"], object)) != identity_of(np.array(["a", "c"], object))
    large = np.zeros((WHOLE_BYTES // 1000, 2000), "uint8")
    other = large.copy()
    other[-1, 5] = 1
    assert identity_of(large) != identity_of(other)
    other = large.copy()
    other[::2] = 1
    assert identity_of(large) != identity_of(other)


def test_the_state_of_an_object_is_what_changed_in_it() -> None:
    class Thing:
        def __init__(self) -> None:
            self.plain, self.same, self.nan = 1, [1, 2], float("nan")
            self.array, self.big = np.zeros(3), np.zeros((1 << 21) + 1)
            self.rng, self.function = np.random.default_rng(0), print

    first, second = Thing(), Thing()
    state, alias = StateOf(first), second.array
    assert state.get() == {"own": None, "attributes": {}}
    first.plain, first.new = 2, {"a": (1, "b")}  # type: ignore[attr-defined]
    first.array += 1
    first.big += 1
    first.rng.random()
    assert state.get()["attributes"].keys() == {"plain", "new", "array", "rng"}
    StateOf(second).set(state.get())
    assert second.plain == 2 and second.new == {"a": (1, "b")} and alias.tolist() == [1, 1, 1]  # type: ignore[attr-defined]
    assert second.rng.random() == first.rng.random()


class TorchGenerator:
    """What the source uses of `torch.Generator`, and of `torch` itself: a state in bytes."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def get_state(self) -> np.ndarray:
        return np.frombuffer(repr(self.rng.bit_generator.state).encode(), np.uint8)

    def set_state(self, state: np.ndarray) -> None:
        self.rng.bit_generator.state = ast.literal_eval(bytes(state).decode())

    get_rng_state, set_rng_state = get_state, set_state
    from_numpy = staticmethod(np.array)


class DataLoader:
    def __init__(self, torch: TorchGenerator, generator: TorchGenerator | None) -> None:
        self.torch, self.generator = torch, generator

    def __len__(self) -> int:
        return 4

    def __iter__(self) -> Iterator[Any]:
        for row in (self.generator or self.torch).rng.permutation(8)[:4]:
            yield [X[row : row + 2], Y[row : row + 2]]


DataLoader.__module__ = "torch.utils.data.dataloader"


@pytest.mark.parametrize("own", [False, True])
def test_a_torch_loader_goes_on_in_the_order_that_it_drew(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def source(seed: int) -> DataSource:
        torch = TorchGenerator(seed)
        monkeypatch.setitem(sys.modules, "torch", torch)  # type: ignore[arg-type]
        made = make_source(DataLoader(torch, TorchGenerator(seed + 10) if own else None))
        made.keep_state()
        made.first_batch()
        return made

    kept: list[Any] = []
    first = source(1)
    expected = epochs(first, 0, 3, 0, lambda epoch, step: kept.append(first.get_state()))
    for number, (epoch, step) in {1: (0, 2), 4: (1, 0), 6: (1, 2)}.items():
        second = source(2)
        second.set_state(kept[number])
        assert epochs(second, epoch, 3 - epoch, step, lambda epoch, step: None) == expected[4 * epoch + step :]
