"""Arrays as data: what is taken, in which order and dtype batches come, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import config, random, utils
from glassworks.errors import ArgumentError, DataError
from glassworks.training.data import make_source, train_validation_split
from glassworks.training.data.convert import to_array

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10)


def collected(source: Any) -> list[Any]:
    return [x.tolist() for x, *_ in source]


# ---- order


def test_unshuffled_batches_are_the_rows_in_order_with_a_smaller_last_one() -> None:
    source = make_source(X, Y, batch_size=4, shuffle=False)
    batches = list(source)
    assert (source.num_batches, source.batch_size, source.num_samples, source.is_endless) == (3, 4, 10, False)
    assert [len(x) for x, _, _ in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([x for x, _, _ in batches]), X)
    np.testing.assert_array_equal(np.concatenate([y for _, y, _ in batches]), Y)
    assert all(weight is None for _, _, weight in batches)


def test_shuffled_batches_keep_x_y_and_weights_together_and_give_each_row_once() -> None:
    source = make_source(X, Y, Y * 0.5, batch_size=3)
    x, y, weight = (np.concatenate(parts) for parts in zip(*source, strict=True))
    assert sorted(y.tolist()) == list(range(10)) and y.tolist() != list(range(10))
    np.testing.assert_array_equal(x, X[y])
    np.testing.assert_array_equal(weight, y * 0.5)


def test_each_epoch_has_a_new_order_and_the_seed_repeats_them_all() -> None:
    def epochs(seed: int) -> list[Any]:
        utils.set_random_seed(seed)
        source = make_source(X, Y, batch_size=10)
        return [collected(source) for _ in range(3)]

    first = epochs(5)
    assert first[0] != first[1] != first[2]
    assert epochs(5) == first
    assert epochs(6) != first


def test_shuffle_batch_keeps_rows_in_their_batch() -> None:
    batches = [sorted(y.tolist()) for _, y, _ in make_source(X, Y, batch_size=4, shuffle="batch")]
    assert batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    orders = {tuple(y.tolist()) for _ in range(5) for _, y, _ in make_source(X, Y, batch_size=10, shuffle="batch")}
    assert len(orders) > 1


def test_the_first_batch_is_unshuffled_and_draws_no_random_number() -> None:
    source = make_source(X, Y, batch_size=4)
    before = np.array(random.global_generator().state.value)
    np.testing.assert_array_equal(source.first_batch()[1], [0, 1, 2, 3])
    np.testing.assert_array_equal(before, np.array(random.global_generator().state.value))


@pytest.mark.parametrize(("options", "size"), [({}, 32), ({"steps": 3}, 4), ({"batch_size": 5, "steps": 3}, 5)])
def test_the_batch_size_is_32_or_what_makes_the_steps(options: dict[str, int], size: int) -> None:
    assert make_source(X, Y, **options).batch_size == size


# ---- what is taken, and its dtype


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("float64", "float32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("int64", "int64"),
        ("uint8", "uint8"),
        ("bool", "bool"),
        ("int32", "int32"),
    ],
)
def test_floats_become_floatx_and_everything_else_keeps_its_dtype(given: str, expected: str) -> None:
    source = make_source(X.astype(given), Y, shuffle=False)
    assert source.first_batch()[0].dtype == expected
    assert next(iter(source))[0].dtype == expected


def test_floats_follow_floatx() -> None:
    config.set_floatx("float64")
    try:
        assert make_source(X, Y).first_batch()[0].dtype == "float64"
    finally:
        config.set_floatx("float32")


def test_lists_of_numbers_are_one_array_and_lists_of_arrays_are_several_inputs() -> None:
    rows = make_source([[1, 2], [3, 4]], [0, 1], shuffle=False).first_batch()
    np.testing.assert_array_equal(rows[0], [[1, 2], [3, 4]])
    inputs = make_source([X, Y], shuffle=False, batch_size=2).first_batch()[0]
    assert isinstance(inputs, list)
    np.testing.assert_array_equal(inputs[1], [0, 1])


def test_dicts_and_nested_structures_keep_their_structure() -> None:
    source = make_source({"b": X, "a": (Y, [X])}, {"out": Y}, shuffle=False, batch_size=3)
    x, y, _ = next(iter(source))
    assert list(x) == ["b", "a"] and isinstance(x["a"], tuple) and isinstance(x["a"][1], list)
    np.testing.assert_array_equal(x["b"], X[:3])
    np.testing.assert_array_equal(y["out"], Y[:3])


def test_anything_with_an_array_interface_is_taken() -> None:
    class Image:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return X

    np.testing.assert_array_equal(make_source(Image(), Y, shuffle=False).first_batch()[0], X)


def test_columns_laid_out_in_memory_by_column_are_copied_into_rows() -> None:
    (x, _, _) = make_source(np.asfortranarray(X), Y).arrays  # type: ignore[misc]
    assert x.flags.c_contiguous


def test_an_array_on_disk_stays_there_and_is_read_by_batch(tmp_path: Path) -> None:
    on_disk = np.memmap(tmp_path / "x.bin", dtype="float64", mode="w+", shape=(10, 2))
    on_disk[:] = X
    source = make_source(on_disk, Y, batch_size=4)
    assert np.shares_memory(source.arrays[0], on_disk)  # type: ignore[index]
    x, y, _ = (np.concatenate(parts) if parts[0] is not None else None for parts in zip(*source, strict=True))
    assert x.dtype == "float32"
    np.testing.assert_array_equal(x, X[y])


def test_data_frames_and_series_are_taken_as_in_keras() -> None:
    pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")
    frame = pandas.DataFrame({"age": [1, 2], "rich": [True, False], "size": [0.5, 1.5]})
    x, y, _ = make_source(frame, pandas.Series([3, 4]), shuffle=False).first_batch()
    np.testing.assert_array_equal(x, np.array([[1, 1, 0.5], [2, 0, 1.5]], "float32"))
    assert x.dtype == "float32" and y.shape == (2, 1) and y.dtype == "int64"
    nullable = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")})
    np.testing.assert_array_equal(make_source(nullable, [0, 1], shuffle=False).first_batch()[0], np.array([[1], [np.nan]], "float32"))


def test_sparse_matrices_are_taken() -> None:
    sparse = pytest.importorskip("scipy.sparse", reason="SciPy comes with scikit-learn, an extra")
    np.testing.assert_array_equal(make_source(sparse.csr_matrix(X), Y, shuffle=False).first_batch()[0], X)


def test_tensors_of_pytorch_are_taken() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not a dependency of the tests: its package is large")
    x = torch.tensor(X, requires_grad=True).to(torch.bfloat16)
    taken = make_source(x, torch.tensor(Y), shuffle=False).first_batch()
    np.testing.assert_array_equal(taken[0], X)
    assert taken[0].dtype == "float32" and taken[1].dtype == "int64"


def test_prediction_leaves_out_targets() -> None:
    assert make_source(X, Y, for_predict=True, shuffle=False).first_batch()[1:] == (None, None)


# ---- what is refused

REFUSED: list[tuple[str, Any, list[str]]] = [
    ("x is None", lambda: make_source(None), ["x=None", "pass arrays"]),
    ("lengths differ", lambda: make_source(X, Y[:9]), ["x has 10, y has 9", "the same length"]),
    ("a weight is missing", lambda: make_source(X, Y, Y[:3]), ["sample_weight has 3", "shape (10,)"]),
    ("inputs differ", lambda: make_source({"a": X, "b": X[:4]}, Y), ["x['a'] has 10", "x['b'] has 4"]),
    ("a list of samples", lambda: make_source([np.zeros(5), np.ones(5)], [0, 1]), ["x[0] has 5", "np.stack(x)"]),
    ("no samples", lambda: make_source(X[:0], Y[:0]), ["the data is empty", "x (0, 2), y (0,)"]),
    ("an empty list", lambda: make_source([], []), ["x is empty", "at least one sample"]),
    ("a number", lambda: make_source(3.0), ["type float"]),
    ("a 0-d array", lambda: make_source(np.array(3.0)), ["x is the single number 3.0", "one row per sample"]),
    ("ragged rows", lambda: make_source([[1.0, 2.0], [3.0], [4.0, 5.0]], Y[:3]), ["row 1 has 1 values, others 2", "pad"]),
    ("ragged objects", lambda: make_source(np.array([[1], [2, 3]], dtype=object)), ["dtype object", "lengths 1, 2", "pad"]),
    ("text in y", lambda: make_source(X[:2], ["cat", "dog"]), ["y has text: ", "'cat'", "return_inverse"]),
    ("text in a column", lambda: make_source(np.array([[1, "red"], [2, "blue"]], dtype=object)), ["text in column 1: 'red'"]),
    ("dates", lambda: make_source(np.array(["2024-01-01"], dtype="datetime64[D]")), ["dates", "day of the year"]),
    ("objects", lambda: make_source(np.array([object()])), ["dtype object, with object"]),
    ("a string as shuffle", lambda: make_source(X, Y, shuffle="yes"), ["shuffle='yes'", "one of True, False, 'batch'"]),
    ("batch_size 0", lambda: make_source(X, Y, batch_size=0), ["batch_size=0", "a positive integer"]),
    ("a fraction as batch_size", lambda: make_source(X, Y, batch_size=2.5), ["batch_size=2.5"]),
]


@pytest.mark.parametrize(("make", "pieces"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_data_that_cannot_be_trained_on_is_refused_in_words(make: Any, pieces: list[str]) -> None:
    with pytest.raises((DataError, ArgumentError)) as caught:
        make()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []


def test_columns_of_text_in_a_data_frame_are_named_with_the_fix() -> None:
    pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")
    frame = pandas.DataFrame(
        {"age": [1], "job": ["cook"], "town": pandas.Categorical(["Bonn"]), "born": pandas.to_datetime(["2000-01-01"])}
    )
    with pytest.raises(DataError, match=r"columns that are not numbers: 'job', 'town', 'born'") as caught:
        make_source(frame, [0])
    assert "pd.get_dummies(x, columns=['job'])" in str(caught.value) and ".cat.codes" in str(caught.value)
    with pytest.raises(DataError, match="y is a column of"):
        make_source([[1.0]], pandas.Series(["yes"]))


def test_numbers_in_an_object_array_are_taken_and_none_is_nan() -> None:
    np.testing.assert_array_equal(
        to_array(np.array([[1, 2.5], [None, True]], dtype=object), "x"), np.array([[1, 2.5], [np.nan, 1]], "float32")
    )
    np.testing.assert_array_equal(to_array(np.array([np.ones(2), np.zeros(2), None], dtype=object)[:2], "x"), [[1, 1], [0, 0]])


# ---- validation_split


def test_validation_split_takes_the_last_rows_before_shuffling() -> None:
    train, validation = train_validation_split({"a": X}, Y, None, 0.25)
    np.testing.assert_array_equal(train[1], Y[:7])
    np.testing.assert_array_equal(validation[0]["a"], X[7:])
    assert validation[2] is None
    assert np.shares_memory(train[0]["a"], validation[0]["a"].base)


@pytest.mark.parametrize(
    ("x", "y", "fraction", "piece"),
    [
        (X, Y, 1.5, "validation_split=1.5"),
        (X, Y, -0.1, "a number in (0, 1)"),
        (X[:1], Y[:1], 0.5, "1 samples with validation_split=0.5: 0 to train on"),
        (iter([(X, Y)]), None, 0.2, "validation_split=0.2 with a generator"),
        (X, Y[:4], 0.2, "x has 10, y has 4"),
    ],
)
def test_a_split_that_is_not_possible_says_why(x: Any, y: Any, fraction: float, piece: str) -> None:
    with pytest.raises((DataError, ArgumentError)) as caught:
        train_validation_split(x, y, None, fraction)
    assert piece in str(caught.value)
