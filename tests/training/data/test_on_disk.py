"""Arrays on disk, larger than memory: trained on batch by batch, never copied whole, whatever their layout."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import layers, models, optimizers, utils
from glassworks.training.data import make_source

ROWS, COLUMNS = 12_000, 128

LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "whole": lambda x: x,
    "some columns": lambda x: x[:, : COLUMNS - 16],
    "every second row": lambda x: x[::2],
    "backwards": lambda x: x[::-1],
}


def model() -> Any:
    utils.set_random_seed(0)
    made = models.Sequential([layers.Dense(1, kernel_initializer="ones")])
    made.compile(optimizers.SGD(1e-4), "mse")
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("dtype", "order"), [("f4", "C"), ("f8", "C"), ("u1", "C"), ("f4", "F"), (">f4", "C"), (">i2", "C")])
def test_training_on_an_array_on_disk_is_training_on_it_in_memory_without_the_memory(
    tmp_path: Path, dtype: str, order: str, layout: str
) -> None:
    whole = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", dtype, (ROWS, COLUMNS), fortran_order=order == "F")
    whole[:] = np.random.default_rng(0).integers(0, 3, (ROWS, COLUMNS))
    whole.flush()
    x = LAYOUTS[layout](np.load(tmp_path / "x.npy", mmap_mode="r"))
    y = np.zeros((len(x), 1), "float32")
    in_memory = model()
    in_memory.fit(np.array(x), y, batch_size=50, verbose=0, validation_split=0.2)
    trained = model()
    trained.predict(x[:50], verbose=0)
    trained.fit(x[:250], y[:250], batch_size=50, verbose=0)  # compiles outside of what is measured
    trained = model()
    tracemalloc.start()
    trained.fit(x, y, batch_size=50, verbose=0, validation_split=0.2)
    trained.evaluate(x, y, batch_size=50, verbose=0)
    trained.predict(x[:1000], batch_size=50, verbose=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The graph, the order of the samples and a few batches take up to 380 kB; the smallest of these arrays has twice as much.
    assert peak < 600_000 < x.nbytes
    for ours, theirs in zip(trained.get_weights(), in_memory.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_numbers_of_another_byte_order_are_read_right_in_memory_too() -> None:
    x = np.arange(6.0).reshape(3, 2)
    for dtype in (">f4", ">f8", ">i4", ">u2"):
        batch, _, _ = make_source(x.astype(dtype), shuffle=False).first_batch()
        assert batch.dtype.isnative
        assert batch.tolist() == x.tolist()


def test_structures_of_arrays_on_disk_stay_there(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((50, 2)))
    on_disk = np.load(tmp_path / "a.npy", mmap_mode="r")
    source = make_source({"a": on_disk, "b": [on_disk[:, :1], np.arange(50)]}, on_disk[:, 0], batch_size=20)
    assert np.shares_memory(source.arrays[0]["a"], on_disk)  # type: ignore[index]
    batches = list(source)
    assert [len(x["b"][0]) for x, _, _ in batches] == [20, 20, 10]
    assert sorted(np.concatenate([x["b"][1] for x, _, _ in batches])) == list(range(50))
    assert batches[0][0]["a"].dtype == "float32"
