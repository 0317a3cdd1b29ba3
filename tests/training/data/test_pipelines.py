"""`Dataset` over arrays, generators and other data sets: what its stages give, and that training gathers rows as for arrays."""

from __future__ import annotations

import itertools
from collections import namedtuple

import numpy as np
import pytest

from glassworks import layers, models
from glassworks.errors import ArgumentTypeError, DataError
from glassworks.training.data import Dataset
from glassworks.training.data.make import make_source
from glassworks.training.data.row_source import RowSource
from glassworks.utils import set_random_seed

X = np.arange(22, dtype="float32").reshape(11, 2)
Y = np.arange(11)


def pair():
    return Dataset.from_tensor_slices((X, Y))


def plain(dataset):
    """The elements as nested lists."""

    def listed(part):
        return tuple(listed(p) for p in part) if isinstance(part, tuple) else part if isinstance(part, str) else np.asarray(part).tolist()

    return [listed(element) for element in dataset.as_numpy_iterator()]


def test_the_rows_of_arrays_are_the_elements():
    assert plain(Dataset.from_tensor_slices([1, 2, 3])) == [1, 2, 3]
    assert plain(pair())[3] == ([6.0, 7.0], 3)
    named = namedtuple("Named", "a b")
    rows = list(Dataset.from_tensor_slices({"x": X, "y": named(Y, list("abcdefghijk"))}).as_numpy_iterator())
    assert rows[2]["x"].tolist() == [4, 5] and rows[2]["y"].a == 2 and rows[2]["y"].b == "c"
    spec = pair().batch(4).element_spec
    assert [(s.shape, s.dtype) for s in spec] == [((None, 2), "float32"), ((None,), "int64")]


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(DataError, match=r"shapes \(11, 2\), \(10,\)"):
        Dataset.from_tensor_slices((X, Y[1:]))
    with pytest.raises(DataError, match="arrays of one length"):
        Dataset.from_tensor_slices(3.0)


STAGES = {
    "batch": lambda d: d.batch(4),
    "batch without the rest": lambda d: d.batch(4, drop_remainder=True),
    "take": lambda d: d.take(5).batch(2),
    "take all": lambda d: d.take(-1).batch(20),
    "skip": lambda d: d.skip(4).take(3),
    "repeat": lambda d: d.repeat(2).batch(4),
    "without end": lambda d: d.repeat().skip(9).take(15).batch(4),
    "prefetch": lambda d: d.prefetch(2).batch(3).prefetch(-1),
    "cache": lambda d: d.cache().batch(3).cache(),
    "enumerate": lambda d: d.enumerate(5).batch(4),
    "shard": lambda d: d.shard(3, 1),
    "map": lambda d: d.map(lambda x, y: (x * 2, y)).batch(3),
    "unbatch": lambda d: d.batch(3).unbatch(),
    "concatenate": lambda d: d.take(2).concatenate(d.skip(9)),
}


@pytest.mark.parametrize("stage", STAGES)
def test_stages_on_rows_give_what_they_give_on_single_elements(stage):
    rows = STAGES[stage](pair())
    # Elements that are not known to be rows of arrays.
    singles = STAGES[stage](Dataset(lambda look: iter(zip(X, Y, strict=True)), 11))
    assert plain(rows) == plain(singles)
    assert rows.cardinality() == singles.cardinality() == (-2 if stage == "unbatch" else len(plain(rows)))
    assert rows.cardinality().numpy() == rows.cardinality() and rows.is_batched == singles.is_batched


@pytest.mark.parametrize("size", [1, 4, 11, 50])
def test_a_shuffle_of_rows_draws_from_a_buffer(size):
    dataset = pair().shuffle(size, seed=3)
    passes = [[y for _, y in plain(dataset)] for _ in range(2)]
    assert sorted(passes[0]) == sorted(passes[1]) == Y.tolist()
    assert (passes[0] == passes[1]) == (size == 1)
    # An element cannot come more than a buffer's length before its place.
    assert all(y < place + size for order in passes for place, y in enumerate(order))
    fixed = pair().shuffle(size, seed=3, reshuffle_each_iteration=False)
    assert plain(fixed) == plain(fixed)
    assert plain(pair().shuffle(size, seed=3)) == plain(pair().shuffle(size, seed=3))


def test_looking_at_the_elements_uses_up_no_pass():
    looked, other = pair().shuffle(11, seed=1).batch(4), pair().shuffle(11, seed=1).batch(4)
    assert looked.element_spec and plain(looked) == plain(other)


def test_generators_are_called_once_a_pass_and_their_elements_get_dtypes():
    def numbers(stop):
        yield from ((i, [i, i + 1]) for i in range(stop))

    dataset = Dataset.from_generator(numbers, output_types=("float32", "int64"), args=(3,))
    assert plain(dataset) == plain(dataset) == [(0.0, [0, 1]), (1.0, [1, 2]), (2.0, [2, 3])]
    first = next(dataset.as_numpy_iterator())
    assert (first[0].dtype, first[1].dtype) == ("float32", "int64")
    assert plain(Dataset.from_generator(lambda: iter(["a", "b"]), output_types="string")) == ["a", "b"]
    assert dataset.cardinality() == -2


def test_data_sets_are_zipped_in_any_structure():
    zipped = Dataset.zip((Dataset.range(5), Dataset.zip((Dataset.range(3), Dataset.range(10, 20)))))
    assert plain(zipped) == [(0, (0, 10)), (1, (1, 11)), (2, (2, 12))] and len(zipped) == 3
    assert plain(Dataset.zip({"a": Dataset.range(2)}).map(lambda row: row["a"] + 1)) == [1, 2]


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("shift", [1, 2, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("drop", [True, False])
def test_windows_are_slices(size, shift, stride, drop):
    windows = [list(range(9))[start::stride][:size] for start in range(0, 9, shift)]
    wanted = [window for window in windows if len(window) == size or not drop]
    dataset = Dataset.range(9).window(size, shift, stride, drop)
    assert [plain(window) for window in dataset] == wanted
    assert plain(dataset.flat_map(lambda window: window.batch(size))) == wanted


def test_windows_of_pairs_are_pairs_of_data_sets():
    first = next(iter(pair().window(2)))
    assert [plain(part) for part in first] == [[[0.0, 1.0], [2.0, 3.0]], [0, 1]]


def test_data_sets_within_data_sets_take_turns():
    inner = Dataset.range(1, 5).interleave(lambda x: Dataset.range(10 * x, 10 * x + x), cycle_length=2, block_length=2)
    assert plain(inner) == [10, 20, 21, 30, 31, 32, 40, 41, 42, 43]
    with pytest.raises(ArgumentTypeError, match="returned int64"):
        list(Dataset.range(3).flat_map(lambda x: x))


def test_padded_batches_are_filled_up():
    rows = Dataset.from_generator(lambda: iter([([1], "a"), ([2, 3], "b"), ([4], "c")]))
    (first, texts), (second, _) = rows.padded_batch(2, padded_shapes=([None], []), padding_values=(-1, "")).as_numpy_iterator()
    assert first.tolist() == [[1, -1], [2, 3]] and texts.tolist() == ["a", "b"] and second.tolist() == [[4]]
    with pytest.raises(DataError, match=r"at most \(1,\)"):
        list(rows.padded_batch(2, padded_shapes=([1], [])))


def test_folds_and_the_like():
    numbers = Dataset.range(6)
    assert int(numbers.reduce(np.int64(0), lambda total, x: total + x)) == 15
    assert plain(numbers.scan(0, lambda state, x: (state + x, state))) == [0, 0, 1, 3, 6, 10]
    assert plain(numbers.take_while(lambda x: x < 2)) == [0, 1]
    assert plain(Dataset.from_tensor_slices([1, 2, 1]).unique()) == [1, 2]
    assert plain(numbers.apply(lambda d: d.batch(6)).with_options(None)) == [[0, 1, 2, 3, 4, 5]]
    with pytest.raises(DataError, match="more than one element"):
        numbers.get_single_element()


def test_files_are_listed(tmp_path):
    for name in "cab":
        (tmp_path / f"{name}.txt").write_text(name)
    paths = [str(tmp_path / f"{name}.txt") for name in "abc"]
    assert plain(Dataset.list_files(str(tmp_path / "*.txt"), shuffle=False)) == paths
    assert sorted(plain(Dataset.list_files([str(tmp_path / "a*"), str(tmp_path / "[bc]*")]))) == paths
    with pytest.raises(DataError, match="no file matches"):
        Dataset.list_files(str(tmp_path / "*.jpg"))


# ---- training


def model():
    set_random_seed(0)
    network = models.Sequential([layers.Input((2,)), layers.Dense(4, activation="relu"), layers.Dense(1)])
    network.compile("sgd", "mse")
    return network


def weights(network):
    return np.concatenate([w.ravel() for w in network.get_weights()])


def test_training_on_rows_equals_training_on_arrays_bit_by_bit():
    first, second, third = model(), model(), model()
    history = first.fit(X / 22, Y / 11, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    rows = Dataset.from_tensor_slices((X / 22, Y / 11)).batch(4).prefetch(-1)
    assert second.fit(rows, epochs=2, verbose=0).history == history
    third.fit(rows.map(lambda x, y: (x, y)), epochs=2, verbose=0)
    np.testing.assert_array_equal(weights(first), weights(second))
    np.testing.assert_array_equal(weights(first), weights(third))
    assert first.evaluate(X, Y, verbose=0) == second.evaluate(Dataset.from_tensor_slices((X, Y)).batch(32), verbose=0)
    np.testing.assert_array_equal(first.predict(X, verbose=0), second.predict(Dataset.from_tensor_slices(X).batch(32), verbose=0))


def test_training_uses_the_order_of_the_stages():
    first, second = model(), model()
    dataset = pair().shuffle(5, seed=2).skip(1).repeat(2)
    orders = [[y for _, y in plain(dataset)] for _ in range(2)]
    for order in orders:
        first.fit(X[order], Y[order], batch_size=4, shuffle=False, verbose=0)
    second.fit(pair().shuffle(5, seed=2).skip(1).repeat(2).batch(4), epochs=2, verbose=0)
    np.testing.assert_array_equal(weights(first), weights(second))


@pytest.mark.parametrize(
    ("dataset", "is_gathered"),
    [
        (pair().batch(4), True),
        (pair().shuffle(9).batch(4).prefetch(1), True),
        (pair().take(4).batch(3, drop_remainder=True), True),
        (pair().repeat().batch(4), False),
        (pair().batch(4).map(lambda x, y: (x, y)), False),
        (pair().map(lambda x, y: (x, y)).batch(4), False),
    ],
    ids=range(6),
)
def test_rows_are_gathered_by_the_engine_where_a_pass_is_known(dataset, is_gathered):
    source = make_source(dataset)
    assert isinstance(source, RowSource) == is_gathered
    batches = list(itertools.islice(source, 4))
    wanted = list(itertools.islice(dataset.as_numpy_iterator(), 4))
    if not dataset.get_state():
        assert [(x.tolist(), y.tolist()) for x, y, _ in batches] == [(x.tolist(), y.tolist()) for x, y in wanted]
    assert [len(x) for x, *_ in batches] == [len(x) for x, _ in wanted]


@pytest.mark.parametrize("used", [1, 3])
def test_a_pass_over_rows_goes_on_in_another_process(used):
    source = make_source(pair().shuffle(6, seed=4).batch(3))
    list(source)
    batches = iter(source)
    for _ in range(used):
        next(batches)
    source.used = used
    other = make_source(pair().shuffle(6, seed=4).batch(3))
    other.set_state(source.get_state())
    assert [y.tolist() for _, y, _ in other] == [y.tolist() for _, y, _ in batches]
    list(source), list(other)
    assert [y.tolist() for _, y, _ in other] == [y.tolist() for _, y, _ in source]
