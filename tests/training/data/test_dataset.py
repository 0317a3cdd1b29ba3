"""`Dataset`: its methods, its order, and its threads, which end however a pass ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import callbacks, layers, models, optimizers, utils
from glassworks.errors import ArgumentError, DataError
from glassworks.graph import Array
from glassworks.training.data import Dataset, make_source
from glassworks.training.data.ahead import map_ahead
from glassworks.training.data.ahead import threads as workers
from glassworks.training.data.dataset import loaded


def numbers(count: int = 6, **options: Any) -> Dataset:
    return loaded(lambda chosen: chosen, count, None, **options)


def batches(count: int = 40, size: int = 4, broken: int | None = None, **options: Any) -> Dataset:
    """(x, y) of shapes (size, 3) and (size, 1)."""

    def load(chosen: np.ndarray) -> Any:
        if broken in chosen:
            raise DataError(f"file {broken} is broken", "a whole one", "get it again", where="load")
        return np.repeat(chosen[:, None], 3, axis=1).astype("float32"), chosen[:, None].astype("float32")

    return loaded(load, count, size, **options)


def values(dataset: Dataset) -> list[Any]:
    return [np.asarray(element).tolist() for element in dataset]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("glassworks-data")]


def model() -> Any:
    made = models.Sequential([layers.Dense(1)])
    made.compile(optimizers.SGD(1e-4), "mse")
    return made


@pytest.mark.parametrize(
    ("change", "expected", "length"),
    [
        (lambda d: d.map(lambda x: 2 * x), [0, 2, 4, 6, 8, 10], 6),
        (lambda d: d.map(lambda x: 2 * x, num_parallel_calls=-1), [0, 2, 4, 6, 8, 10], 6),
        (lambda d: d.filter(lambda x: x % 2), [1, 3, 5], -2),
        (lambda d: d.batch(4), [[0, 1, 2, 3], [4, 5]], 2),
        (lambda d: d.batch(4, drop_remainder=True), [[0, 1, 2, 3]], 1),
        (lambda d: d.batch(4).unbatch(), [0, 1, 2, 3, 4, 5], -2),
        (lambda d: d.take(2), [0, 1], 2),
        (lambda d: d.take(-1), [0, 1, 2, 3, 4, 5], 6),
        (lambda d: d.take(9), [0, 1, 2, 3, 4, 5], 6),
        (lambda d: d.skip(4), [4, 5], 2),
        (lambda d: d.skip(9), [], 0),
        (lambda d: d.skip(-1), [], 0),
        (lambda d: d.take(2).concatenate(d.skip(5)), [0, 1, 5], 3),
        (lambda d: d.take(2).repeat(3), [0, 1, 0, 1, 0, 1], 6),
        (lambda d: d.repeat().skip(5).take(3), [5, 0, 1], 3),
        (lambda d: d.prefetch(2), [0, 1, 2, 3, 4, 5], 6),
        (lambda d: d.prefetch(), [0, 1, 2, 3, 4, 5], 6),
        (lambda d: d.cache(), [0, 1, 2, 3, 4, 5], 6),
    ],
)
def test_each_method_gives_its_elements_again_and_again(change: Callable[[Dataset], Dataset], expected: list, length: int) -> None:
    dataset = change(numbers())
    assert values(dataset) == values(dataset) == expected
    assert dataset.cardinality() == length
    if length >= 0:
        assert len(dataset) == length
    assert threads() == []


def test_lengths_that_are_not_known_are_said() -> None:
    with pytest.raises(TypeError, match="no end"):
        len(numbers().repeat())
    with pytest.raises(TypeError, match="not known"):
        len(numbers().filter(lambda x: x > 1))
    assert numbers().repeat().cardinality() == -1
    assert numbers().repeat().batch(2).cardinality() == -1
    assert bool(numbers().repeat())
    assert repr(numbers().repeat()) == "<Dataset without end elements>"
    assert repr(numbers().batch(4)) == "<Dataset of 2 batches>"


def test_users_see_arrays_with_numpy_and_functions_see_plain_ones() -> None:
    seen = []
    dataset = batches().map(lambda x, y: (seen.append(type(x)) or x, {"label": y}))
    x, y = next(iter(dataset))
    assert type(x) is Array and type(x.numpy()) is np.ndarray and type(y["label"]) is Array
    assert set(seen) == {np.ndarray}
    assert type(next(dataset.as_numpy_iterator())[0]) is np.ndarray
    assert next(iter(dataset.map(lambda x, y: layers.Rescaling(2.0)(x))))[1, 0] == 2


def test_shapes_are_known() -> None:
    x, y = batches().element_spec
    assert (x.shape, x.dtype, y.shape) == ((None, 3), "float32", (None, 1))
    assert numbers().element_spec.shape == ()
    assert batches().unbatch().batch(3).map(lambda x, y: x[:, :2]).element_spec.shape == (None, 2)
    assert numbers().skip(9).element_spec is None


def test_shuffling_gives_each_element_once_in_an_order_of_the_seed() -> None:
    def passes(seed: int | None, **options: Any) -> list[list[int]]:
        utils.set_random_seed(1)
        dataset = numbers(30).shuffle(10, seed=seed, **options)
        return [values(dataset), values(dataset)]

    for seed in (5, None):
        first, second = passes(seed)
        assert sorted(first) == sorted(second) == list(range(30))
        assert first != second
        assert passes(seed) == [first, second]
        assert all(value < place + 10 for place, value in enumerate(first)), "drawn from a buffer of 10"
    first, second = passes(5, reshuffle_each_iteration=False)
    assert first == second != list(range(30))


def test_what_is_cached_is_computed_once_and_cannot_be_changed() -> None:
    calls = []
    dataset = numbers(4).map(lambda x: calls.append(int(x)) or np.full(2, x)).cache()
    next(iter(dataset))  # a pass that is not whole keeps nothing
    assert [values(dataset) for _ in range(3)] == [[[i, i] for i in range(4)]] * 3
    assert calls == [0, 0, 1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        next(dataset.as_numpy_iterator())[0] = 7


# ---- threads


def test_no_more_is_loaded_ahead_than_asked_for() -> None:
    count: list[int] = []
    dataset = loaded(lambda chosen: count.append(1) or chosen, 1000, 1, workers=3)
    iterator = iter(dataset)
    next(iterator)
    time.sleep(0.05)
    assert threads() and len(count) <= 3 + 2
    del iterator
    assert threads() == []


def test_batches_are_loaded_at_the_same_time_and_come_in_order() -> None:
    barrier = threading.Barrier(3, timeout=5)

    def load(chosen: np.ndarray) -> np.ndarray:
        if chosen[0]:  # the first shows how large batches are
            barrier.wait()  # breaks unless three are loaded at once
        time.sleep(0.002 * (2 - chosen[0] % 3))
        return chosen

    assert values(loaded(load, 7, 1, workers=3)) == [[i] for i in range(7)]


@pytest.mark.parametrize(("most_bytes", "most"), [(10_000, 2), (45_000, 4), (10**6, 8)])
def test_batches_loaded_ahead_take_no_more_memory_than_allowed(most_bytes: int, most: int) -> None:
    started: list[int] = []
    results = map_ahead(lambda i: started.append(i) or (np.zeros(1000), np.zeros(250)), range(100), workers(3), 8, most_bytes)
    for _ in range(9):
        next(results)
    end = time.perf_counter() + 5
    while len(started) < 8 + most and time.perf_counter() < end:
        time.sleep(0.001)
    assert len(started) == 8 + most
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change", [lambda d: d, lambda d: d.prefetch(3), lambda d: d.map(lambda x, y: x, num_parallel_calls=2).prefetch(1)]
)
def test_threads_end_with_a_pass_that_is_dropped_half_way(change: Callable[[Dataset], Dataset]) -> None:
    iterator = iter(change(batches(400)))
    next(iterator)
    assert threads()
    del iterator
    assert threads() == []


@pytest.mark.parametrize("change", [lambda d: d, lambda d: d.prefetch(3), lambda d: d.cache().repeat(2).prefetch(1)])
def test_an_error_of_a_thread_comes_out_where_its_batch_would_have(change: Callable[[Dataset], Dataset]) -> None:
    came = []
    with pytest.raises(DataError, match="file 22 is broken"):
        for x, _ in change(batches(broken=22)):
            came.append(int(x[0, 0]))
    assert came == [0, 4, 8, 12, 16]
    assert threads() == []


def test_an_error_reaches_the_user_of_fit_and_leaves_no_thread() -> None:
    with pytest.raises(DataError, match="file 30 is broken"):
        model().fit(batches(broken=30), epochs=2, verbose=0)
    assert threads() == []


class StopAt(callbacks.Callback):
    """Stops the training, or presses Ctrl-C, in the third batch."""

    def __init__(self, interrupt: bool) -> None:
        super().__init__()
        self.interrupt = interrupt

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            if self.interrupt:
                os.kill(os.getpid(), signal.SIGINT)
            else:
                self.model.stop_training = True


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("interrupt", [True, False])
@pytest.mark.parametrize("options", [{}, {"steps_per_epoch": 50}])
def test_a_training_that_is_stopped_leaves_no_thread(interrupt: bool, options: dict[str, int]) -> None:
    seen = []

    def load(chosen: np.ndarray) -> Any:
        seen.append(1)
        return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    dataset = loaded(load, 400, 4).prefetch(2)
    model().fit(dataset, epochs=3, verbose=0, callbacks=[StopAt(interrupt)], **options)
    assert threads() == []
    assert len(seen) < 20


@pytest.mark.parametrize("change", [lambda d: d, lambda d: d.prefetch(2)])
def test_ctrl_c_does_not_wait_for_a_slow_file_and_the_threads_end_after_it(change: Callable[[Dataset], Dataset]) -> None:
    release = threading.Event()

    def press(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGUSR1, press)
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            list(change(loaded(lambda chosen: release.wait(20) and chosen, 100, 1)))
        assert not release.is_set()
    finally:
        release.set()
        signal.signal(signal.SIGUSR1, previous)
        timer.join()
    for thread in threading.enumerate():
        if thread.name.startswith("glassworks-data"):
            thread.join(5)
    assert threads() == []


def test_the_next_batch_is_prepared_while_a_step_runs() -> None:
    prepared = threading.Event()

    def load(chosen: np.ndarray) -> Any:
        if chosen[0] == 4:
            prepared.set()
        return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    source = make_source(Dataset(lambda look: map(load, np.arange(40).reshape(10, 4)), 10, True))
    iterator = iter(source)
    next(iterator)
    assert prepared.wait(5)
    del iterator


# ---- fit


def test_fit_evaluate_and_predict_take_it_as_keras_takes_a_tf_data_set() -> None:
    trained = model()
    history = trained.fit(batches(), validation_data=batches(8), epochs=2, verbose=0)
    assert len(history.history["val_loss"]) == 2
    assert np.isfinite(trained.evaluate(batches(), verbose=0))
    assert trained.predict(batches(10), verbose=0).shape == (10, 1)
    assert trained.predict(batches(10).map(lambda x, y: x), verbose=0).shape == (10, 1)
    assert trained.predict(batches(10).unbatch().batch(3, drop_remainder=True), verbose=0).shape == (9, 1)


def test_training_on_it_is_training_on_its_arrays() -> None:
    x, y = next(batches(40, 40).as_numpy_iterator())

    def weights(*data: Any, **options: Any) -> Any:
        utils.set_random_seed(0)
        trained = model()
        trained.fit(*data, epochs=2, verbose=0, **options)
        return trained.get_weights()[0]

    np.testing.assert_array_equal(weights(batches()), weights(x, y, shuffle=False, batch_size=4))


def test_a_data_set_without_end_is_trained_on_by_steps() -> None:
    source = make_source(batches(8).repeat())
    assert source.is_endless and source.num_batches is None
    history = model().fit(batches(8).repeat(), steps_per_epoch=5, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    with pytest.raises(ArgumentError, match="steps_per_epoch"):
        model().fit(batches(8).repeat(), epochs=2, verbose=0)
    assert threads() == []


def test_a_data_set_shuffled_by_the_global_seed_repeats_in_fit() -> None:
    def losses() -> list[float]:
        utils.set_random_seed(3)
        return model().fit(batches(shuffle=True).shuffle(4), epochs=3, verbose=0).history["loss"]

    assert losses() == losses()


def test_it_can_be_split() -> None:
    left, right = utils.split_dataset(batches(), left_size=0.75)
    x, y = (np.concatenate(parts) for parts in zip(*left, strict=True))
    assert x.shape == (30, 3) and y.shape == (30, 1) and left.is_batched
    assert sum(len(x) for x, _ in right) == 10
    assert len(model().fit(left, validation_data=right, verbose=0).history["val_loss"]) == 1


@pytest.mark.parametrize(
    ("call", "error", "piece"),
    [
        (lambda: model().fit(batches().unbatch(), verbose=0), DataError, "pass dataset.batch(32)"),
        (lambda: model().fit(batches(), np.ones(3), verbose=0), DataError, "y together with a Dataset"),
        (lambda: model().fit(batches(), validation_split=0.2, verbose=0), DataError, "validation_data"),
        (lambda: list(numbers().map(lambda x: np.ones(x)).batch(3)), DataError, "shapes in one batch: (0,), (1,), (2,)"),
        (lambda: numbers().batch(0), ArgumentError, "batch_size=0"),
        (lambda: numbers().batch(2.0), ArgumentError, "pass an int"),
        (lambda: numbers().map(3), ArgumentError, "a callable"),
        (lambda: numbers().take(1.5), ArgumentError, "count=1.5"),
        (lambda: numbers().shuffle(0), ArgumentError, "buffer_size=0"),
        (lambda: numbers().cache("folder"), ArgumentError, "mmap_mode"),
    ],
)
def test_mistakes_are_said_in_four_parts(call: Callable[[], Any], error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert piece in str(caught.value)


def test_the_number_of_batches_of_a_filtered_set_is_learned_in_the_first_epoch() -> None:
    source = make_source(batches().filter(lambda x, y: x[0, 0] > 20))
    assert source.num_batches is None
    assert len(list(source)) == source.num_batches == 4


def test_passes_do_not_disturb_each_other() -> None:
    dataset = numbers(20, shuffle=True, seed=1)

    first, second = zip(*((int(a), int(b)) for a, b in zip(dataset, dataset, strict=True)), strict=True)
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
