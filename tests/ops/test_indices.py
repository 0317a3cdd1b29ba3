"""Every op that takes indices gives the same for each index, however it is run: eagerly, under a tape, or as a program.

The oracle is NumPy by hand: a negative index counts from the end once, and one outside of that is an error, or is left
out where the op says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from glassworks import GradientTape, config, function, layers, ops
from glassworks.errors import DataError, GlassworksError, IndexRangeError

N = 5
X = np.array([1.0, 2.0, 4.0, 8.0, 16.0], "float32")
TABLE = np.stack([X, X + 100.0], axis=1)
MODES = ["eager", "list", "tape", "reference", "native"]
DTYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
SOME = ["int32", "int64", "uint64", "float32"]  # each is planned by itself, which takes time
FAR = [2**31 - 1, 2**31, 2**31 + 1, 2**32, 2**32 + 1, 2**32 - 1, -(2**31), -(2**31) - 1, -(2**32), 1 - 2**32, 2**62, 2**63 - 1, -(2**63)]
FAR += [2**63, 2**63 + 1, 2**64 - 1, 2**64 - 2]


def indices(dtype: str) -> list[int]:
    """From -3n to 3n, and those whose lower 32 or 64 bits would be good; as far as the dtype holds them exactly."""
    wanted = [*range(-3 * N, 3 * N + 1), 256, 257, 300, 65536, 65537, *FAR]
    if dtype.startswith("float"):
        return [i for i in wanted if int(np.dtype(dtype).type(i)) == i]
    limits = np.iinfo(dtype)
    return [i for i in wanted if limits.min <= i <= limits.max]


def from_end(i: int) -> int | None:
    """The place of an index, or None if there is none."""
    return i % N if -N <= i < N else None


def error_outside(result: Callable[[int], Any]) -> Callable[[int], Any]:
    return lambda i: IndexRangeError if from_end(i) is None else result(from_end(i))


def rows_only(result: Callable[[int], Any], error: type = IndexRangeError) -> Callable[[int], Any]:
    return lambda i: result(i) if 0 <= i < N else error


def put(array: Any, place: int | None, value: float) -> np.ndarray:
    result = np.array(array)
    if place is not None:
        result[place] = value
    return result


def start(i: int) -> int:
    """Where a block of two begins."""
    return min(max(i + N if i < 0 else i, 0), N - 2)


def inside(i: int) -> int | None:
    return i if 0 <= i < N else None


embedding, encoding, counting = layers.Embedding(N, 2), layers.CategoryEncoding(N, output_mode="one_hot"), layers.CategoryEncoding(N)
embedding.build()
embedding.set_weights([TABLE])
SCORES = np.log(np.array([[0.1, 0.2, 0.4, 0.05, 0.25]], "float32"))
BETTER = np.array([3, 2, 0, 4, 1])  # how many scores are higher than that of each class

INTEGERS = [name for name in DTYPES if not name.startswith("float")]
# Name: function of one index in an array of shape (1,); what it gives or raises; the dtypes it takes.
CASES: dict[str, tuple[Callable, Callable[[int], Any], list[str]]] = {
    "take": (lambda i: ops.take(X, i), error_outside(lambda k: X[[k]]), DTYPES),
    "take from rows": (lambda i: ops.take(TABLE, i, axis=0), error_outside(lambda k: TABLE[[k]]), DTYPES),
    "take along another axis": (lambda i: ops.take(TABLE.T, i, axis=1), error_outside(lambda k: TABLE.T[:, [k]]), DTYPES),
    "take_along_axis": (lambda i: ops.take_along_axis(X, i, axis=0), error_outside(lambda k: X[[k]]), DTYPES),
    "take_along_axis, flat": (lambda i: ops.take_along_axis(X, i), error_outside(lambda k: X[[k]]), DTYPES),
    "x[i]": (lambda i: ops.array(X)[i], error_outside(lambda k: X[[k]]), INTEGERS),
    "x[i] of a single index": (lambda i: ops.array(X)[i[0]], error_outside(lambda k: X[k]), INTEGERS),
    "x[i, j]": (lambda i: ops.array(TABLE)[i, ops.zeros_like(i)], error_outside(lambda k: TABLE[[k], [0]]), INTEGERS),
    "x[:, i]": (lambda i: ops.array(TABLE.T)[:, i], error_outside(lambda k: TABLE.T[:, [k]]), INTEGERS),
    "unravel_index": (lambda i: ops.stack(ops.unravel_index(i, (1, N))), error_outside(lambda k: [[0], [k]]), INTEGERS),
    "in_top_k": (lambda i: ops.in_top_k(i, SCORES, 2), error_outside(lambda k: [BETTER[k] < 2]), INTEGERS),
    "Embedding": (lambda i: embedding(i), rows_only(lambda k: TABLE[[k]]), DTYPES),
    "CategoryEncoding, one_hot": (lambda i: encoding(i[:, None]), rows_only(lambda k: np.eye(N)[[k]]), DTYPES),
    "CategoryEncoding, multi_hot": (lambda i: counting(i[:, None]), rows_only(lambda k: np.eye(N)[[k]]), DTYPES),
    "one_hot": (lambda i: ops.one_hot(i, N), lambda i: [put(np.zeros(N), inside(i), 1)], DTYPES),
    "one_hot of many classes": (lambda i: ops.sum(ops.one_hot(i, 300), axis=-1), lambda i: [float(0 <= i < 300)], DTYPES),
    "one_hot of integers": (lambda i: ops.one_hot(i, N, dtype="int8"), lambda i: [put(np.zeros(N), inside(i), 1)], DTYPES),
    "multi_hot": (lambda i: ops.multi_hot(i, N), lambda i: put(np.zeros(N), inside(i), 1), DTYPES),
    "scatter": (lambda i: ops.scatter(i[:, None], X[1:2], (N,)), lambda i: put(np.zeros(N), from_end(i), 2), INTEGERS),
    "scatter_update": (lambda i: ops.scatter_update(X, i[:, None], [3.0]), lambda i: put(X, from_end(i), 3), INTEGERS),
    "scatter_update, two coordinates": (
        lambda i: ops.scatter_update(np.zeros((N, 300), "float32"), ops.stack([i, ops.zeros_like(i)], 1), [3.0])[:, 0],
        lambda i: put(np.zeros(N), from_end(i), 3),
        INTEGERS,
    ),
    **{
        f"scatter_update, {how}": (
            lambda i, how=how: ops.scatter_update(X, i[:, None], [3.0], reduction=how),
            lambda i, result=result: put(X, from_end(i), result(X[from_end(i) or 0])),
            INTEGERS,
        )
        for how, result in {"add": lambda x: x + 3, "mul": lambda x: x * 3, "max": lambda x: max(x, 3), "min": lambda x: min(x, 3)}.items()
    },
    "slice": (lambda i: ops.slice(X, i, (2,)), lambda i: X[start(i) : start(i) + 2], INTEGERS),
    "slice, starts in a list": (lambda i: ops.slice(X, [i[0]], (2,)), lambda i: X[start(i) : start(i) + 2], INTEGERS),
    "slice_update": (
        lambda i: ops.slice_update(X, i, np.zeros(2, "float32")),
        lambda i: put(put(X, start(i), 0), start(i) + 1, 0),
        INTEGERS,
    ),
    **{
        f"segment_{how}": (
            lambda i, how=how: getattr(ops, f"segment_{how}")(np.float32([3.0]), i, num_segments=N),
            lambda i, empty=empty: put(np.full(N, empty), inside(i), 3),
            INTEGERS,
        )
        for how, empty in {"sum": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}.items()
    },
    **{
        f"map_coordinates, {mode}": (
            lambda i, mode=mode: ops.image.map_coordinates(X, i[None], order=0, fill_mode=mode),
            lambda i, result=result: [result(i)],
            ["int16", "int32", "uint32", "int64", "float32", "float64"],
        )
        for mode, result in {
            "nearest": lambda i: X[min(max(i, 0), N - 1)],
            "constant": lambda i: X[i] if 0 <= i < N else 0,
        }.items()
    },
    "sparse_categorical_crossentropy": (
        lambda i: ops.sparse_categorical_crossentropy(i, SCORES, from_logits=True),
        rows_only(lambda k: -SCORES[:, k], DataError),
        DTYPES,
    ),
}


@contextmanager
def engine(name: str) -> Iterator[None]:
    before = config.engine()
    config.set_engine(name)
    try:
        yield
    finally:
        config.set_engine(before)


def runner(mode: str, f: Callable) -> Callable:
    if mode == "eager":
        return f
    if mode == "list":
        return lambda i: f(ops.convert_to_tensor(i.tolist()))
    if mode == "tape":

        def under_tape(i: np.ndarray) -> Any:
            with GradientTape():
                return f(ops.array(i))

        return under_tape
    return function(f)


def outcome(f: Callable, index: np.ndarray) -> Any:
    try:
        return np.asarray(f(index))
    except GlassworksError as error:
        return type(error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_each_index_gives_what_numpy_gives_by_hand(name: str, mode: str) -> None:
    f, expected, dtypes = CASES[name]
    with engine(mode if mode in ("reference", "native") else "auto"):
        run = runner(mode, f)
        for dtype in [one for one in dtypes if mode in ("eager", "native") or one in SOME]:
            for i in indices(dtype):
                found, wanted = outcome(run, np.array([i], dtype)), expected(i)
                if isinstance(wanted, type) or isinstance(found, type):
                    assert found is wanted, f"{dtype} {i}: {found} instead of {wanted}"
                else:
                    np.testing.assert_allclose(found, wanted, rtol=1e-6, err_msg=f"{dtype} {i}")
