"""Programs of one model share memory: what a batch needs is there for the next, and comes back when the model goes."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import Input, Model, Sequential, layers, memory, ops
from glassworks.engine import cache, native
from glassworks.errors import MemoryShortageError, StateError
from glassworks.graph import Spec, Variable, trace

pytestmark = pytest.mark.skipif(not native.available(), reason="the native engine was not built")


def program_of(function: Callable[..., Any], *shapes: tuple[int, ...], workspace: Any = None) -> Any:
    return native.NativeProgram(trace(function, *(Spec(shape, "float32") for shape in shapes)), workspace)


def two_layers(x: Any) -> Any:
    hidden = ops.matmul(x, np.full((x.shape[1], 64), 0.01, "float32"))
    return ops.sum(ops.softmax(ops.matmul(ops.sort(hidden, axis=-1), np.full((64, 9), 0.02, "float32"))), axis=0)


def test_programs_that_share_memory_compute_what_they_compute_alone() -> None:
    shared = native.Workspace()
    sizes = [3, 200, 5, 1000, 1, 40]
    x = np.random.default_rng(0).normal(size=(1000, 7)).astype("float32")
    together = {size: program_of(two_layers, (size, 7), workspace=shared) for size in sizes}
    for size in [*sizes, *reversed(sizes)]:
        np.testing.assert_array_equal(together[size](x[:size])[0], program_of(two_layers, (size, 7))(x[:size])[0])


def test_a_workspace_is_as_large_as_its_largest_program_needs() -> None:
    shared = native.Workspace()
    largest = program_of(two_layers, (1000, 7), workspace=shared)
    largest(np.ones((1000, 7), "float32"))
    before = shared.memory.bytes()
    for size in range(1, 1000, 37):
        program_of(two_layers, (size, 7), workspace=shared)(np.ones((size, 7), "float32"))
    assert shared.memory.bytes() == before


def test_batches_that_are_gathered_share_their_places_too() -> None:
    shared, total = native.Workspace(), Variable(np.zeros(4, "float32"))

    def step(x: Any) -> None:
        total.assign(total.value + ops.sum(x, axis=0))

    data = np.arange(400, dtype="float32").reshape(100, 4)
    sizes = [50, 10, 25]
    for size in sizes * 2:
        program = native.NativeProgram(trace(step, Spec((size, 4), "float32")), shared)
        assert program.run_steps([data], np.arange(100)[::-1].copy(), 0, size, 100 // size, 60.0) == 100 // size
    np.testing.assert_array_equal(total.numpy(), 6 * data.sum(0))


class Sorted(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return ops.sort(inputs, axis=-1)  # has no kernel: it runs in Python


def test_a_step_inside_a_step_of_the_same_model_is_refused_and_one_of_another_model_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = Sequential([Input((6,)), Sorted(), layers.Dense(1)]), Sequential([Input((6,)), layers.Dense(2)])
    x = np.ones((40, 6), "float32")
    expected, sorted_first = other.predict(x, batch_size=40, verbose=0), model.predict(x, batch_size=40, verbose=0)
    model.predict(x[:20], batch_size=20, verbose=0)
    found: list[Any] = []
    original = native.NativeProgram._run_reference

    def nested(self: Any, station: Any) -> None:
        found.append(other.predict(x, batch_size=40, verbose=0))
        with pytest.raises(StateError, match="while it runs"):
            model.predict(x[:20], batch_size=20, verbose=0)  # another program of the same model
        original(self, station)

    monkeypatch.setattr(native.NativeProgram, "_run_reference", nested)
    np.testing.assert_array_equal(model.predict(x, batch_size=40, verbose=0), sorted_first)
    np.testing.assert_array_equal(found[0], expected)


def test_threads_that_predict_in_different_sizes_wait_for_each_other() -> None:
    model = Sequential([Input((16,)), layers.Dense(64, activation="relu"), layers.Softmax(), layers.Dense(3)])
    x = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    expected = model.predict(x, batch_size=200, verbose=0)
    wrong: list[int] = []

    def work(size: int) -> None:
        for _ in range(30):
            if not np.allclose(model.predict(x[:size], batch_size=200, verbose=0), expected[:size], atol=1e-6):
                wrong.append(size)

    threads = [threading.Thread(target=work, args=(size,)) for size in (1, 7, 60, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_model_that_is_deleted_gives_its_memory_back() -> None:
    model = Sequential([Input((16,)), layers.Dense(64), layers.Lambda(lambda x: ops.sort(x, axis=-1)), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(np.ones((64, 16)), np.ones((64, 1)), verbose=0)
    model.predict(np.ones((3, 16), "float32"), verbose=0)
    programs = model._trainer.programs.cache
    gone = [weakref.ref(model), weakref.ref(programs)]
    gone += [weakref.ref(kept.program) for some in programs._entries.values() for kept in some]
    gone += [weakref.ref(workspace) for workspace in programs._workspaces.values()]
    del model, programs, history
    gc.collect()
    assert [reference() for reference in gone] == [None] * len(gone)


@pytest.mark.filterwarnings("ignore:batches came")
def test_programs_are_kept_up_to_a_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Sequential([Input((None, 4)), layers.Conv1D(3, 3), layers.GlobalMaxPooling1D()])
    kept = model._trainer.programs.cache
    monkeypatch.setattr(cache, "MOST_BYTES", 150_000)
    for length in range(5, 45):
        for _ in range(2):
            assert model.predict(np.ones((1, length, 4), "float32"), verbose=0).shape == (1, 3)
    size = sum(one.bytes for some in kept._entries.values() for one in some)
    assert size <= 150_000 and cache.LEAST_SIGNATURES <= len(kept) < 40 and len(kept.shortcuts) <= len(kept)


def test_constants_of_one_number_take_the_memory_of_one() -> None:
    shared = native.Workspace()
    programs = [program_of(lambda x: x + np.zeros(x.shape, "float32"), (size, 1000), workspace=shared) for size in (1000, 900, 800)]
    for program, size in zip(programs, (1000, 900, 800), strict=True):
        x = np.full((size, 1000), 3.0, "float32")
        np.testing.assert_array_equal(program(x)[0], x)
        assert program.bytes < 100_000
    mixed = np.zeros((300, 300), "float32")
    mixed[1, 1] = -0.0
    (found,) = program_of(lambda x: 1.0 / (x * mixed), (300, 300))(np.ones((300, 300), "float32"))
    assert (found < 0).sum() == 1


MEMORY = """
import gc, warnings
import numpy as np
import glassworks as keras
from glassworks import layers
warnings.simplefilter("ignore")
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6
{make}
run(1)
start = resident()
run({count})
gc.collect()
one = resident() - start
for k in range({count}):
    run(k + 1)
gc.collect()
many = resident() - start
print(f"{{one:.0f}} MB after the largest, {{many:.0f}} MB after {count} smaller ones")
assert many < 2 * max(one, 40), (one, many)
"""
CASES = {
    "training an LSTM": (
        """
model = keras.Sequential([keras.Input((None, 8)), layers.LSTM(64, return_sequences=True), layers.LSTM(32), layers.Dense(1)])
model.compile("adam", "mse")
def run(k): model.train_on_batch(np.ones((16, 5 * k, 8), "float32"), np.ones((16, 1), "float32"))
""",
        40,
    ),
    "predicting with an LSTM": (
        """
model = keras.Sequential([keras.Input((None, 8)), layers.LSTM(64, return_sequences=True), layers.LSTM(32), layers.Dense(1)])
def run(k): model.predict(np.ones((2, k, 8), "float32"), verbose=0), model.predict(np.ones((2, k, 8), "float32"), verbose=0)
""",
        300,
    ),
    "predicting images": (
        """
x = keras.Input((None, None, 3))
hidden = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.Conv2D(16, 3, padding="same", activation="relu")(x))
model = keras.Model(x, layers.Conv2D(1, 1)(hidden))
def run(k): model.predict(np.ones((1, 16 + k, 128, 3), "float32"), verbose=0)
""",
        120,
    ),
    "evaluating a generator": (
        """
model = keras.Sequential([keras.Input((None, 8)), layers.Conv1D(32, 5, padding="same"), layers.GlobalMaxPooling1D(), layers.Dense(1)])
model.compile("adam", "mse")
def run(k): model.evaluate(((np.ones((8, 10 + k, 8), "float32"), np.ones((8, 1))) for _ in range(1)), steps=1, verbose=0)
""",
        100,
    ),
    "calling a traced function": (
        """
function = keras.function(lambda x: keras.ops.softmax(keras.ops.matmul(x, keras.ops.transpose(x))) @ x)
def run(k): function(np.ones((10 * k, 8), "float32"))
""",
        100,
    ),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the memory of a process is read from /proc")
@pytest.mark.parametrize("name", CASES)
def test_many_shapes_take_little_more_memory_than_the_largest(name: str) -> None:
    make, count = CASES[name]
    code = MEMORY.format(make=textwrap.dedent(make), count=count)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_what_does_not_fit_is_refused_with_the_layer_and_the_size_and_smaller_batches_work(engine: str) -> None:
    glassworks.config.set_engine(engine)
    try:
        inputs = Input((1000,))
        wide = layers.Lambda(lambda x: ops.sort(ops.expand_dims(x, 2) * np.ones(10_000, "float32"), axis=1), name="wide")(inputs)
        model = Model(inputs, layers.GlobalAveragePooling1D()(wide))
        with pytest.raises(MemoryShortageError, match=r"layer 'wide'[\s\S]*400\.0 GB[\s\S]*batch_size") as caught:
            model.predict(np.ones((10_000, 1000), "float32"), batch_size=10_000, verbose=0)
        assert isinstance(caught.value, MemoryError)
        assert model.predict(np.ones((2, 1000), "float32"), verbose=0).shape == (2, 10_000)
    finally:
        glassworks.config.set_engine("auto")


def test_an_absurd_layer_is_refused_before_its_weights_are_drawn() -> None:
    with pytest.raises(MemoryShortageError, match=r"kernel[\s\S]*4\.0 PB[\s\S]*free"):
        layers.Dense(10**9).build((None, 10**6))
    with pytest.raises(MemoryShortageError, match="layer 'big'"):
        Sequential([Input((10**6,)), layers.Dense(10**9, name="big")])
    assert layers.Dense(3)(np.ones((1, 2))).shape == (1, 3)


def test_an_eager_op_without_memory_says_its_size() -> None:
    with pytest.raises(MemoryShortageError, match=r"multiply[\s\S]*4\.0 PB"):
        ops.multiply(np.ones((10**6, 1), "float32"), np.broadcast_to(np.float32(1.0), (1, 10**9)))


def test_the_core_that_finds_no_memory_goes_on_afterwards() -> None:
    program = program_of(two_layers, (100, 7))
    x = np.ones((100, 7), "float32")
    expected = program(x)[0]
    shared = native.Workspace()

    failing = program_of(two_layers, (100, 7), workspace=shared)
    real = failing.program

    class NoMemory:
        def call(self, *arrays: Any) -> bool:
            raise MemoryError("std::bad_alloc")

    failing.program = NoMemory()
    with pytest.raises(MemoryShortageError, match="batch_size"):
        failing(x)
    failing.program = real
    np.testing.assert_array_equal(failing(x)[0], expected)


def test_free_memory_is_told() -> None:
    assert memory.in_words(1536) == "1.5 kB" and memory.in_words(0) == "0 bytes"
    free = memory.free_bytes()
    assert free is None or 0 < free < 1 << 50
    memory.require(10**18, "nothing", "nothing", freed=2 * 10**18) if free is not None else None
