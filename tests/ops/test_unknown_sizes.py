"""Every op takes symbolic tensors whose batch size is None, and the model of it runs on batches of several sizes.

What is refused, real Keras refuses too.
"""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks as keras
from glassworks.errors import GlassworksError
from tests.ops.rows import Row
from tests.ops.table import EAGER_ONLY, ROWS


def run(row: Row, ops: Any, arrays: list[Any]) -> Any:
    op = getattr(ops, row.name)
    return row.call(op, *arrays) if row.call else op(*arrays)


def single(array: Any) -> np.ndarray:
    """The same numbers in the dtype in which models compute."""
    array = np.asarray(array)
    return array.astype("float32") if array.dtype == "float64" else array


def with_unknown(row: Row, arrays: list[np.ndarray]) -> list[tuple[int, ...]]:
    """Which arguments have an unknown first size: the first, or all that have the same one."""
    if not arrays or not arrays[0].ndim or not arrays[0].shape[0]:
        return []
    same = tuple(number for number, array in enumerate(arrays) if array.ndim and array.shape[0] == arrays[0].shape[0])
    return [(0,)] if same == (0,) else [(0,), same]


# Rows that do not compute in float32.
DOUBLES = {"view"}
CASES = [
    pytest.param(row, arrays, unknown, id=f"{row.name}-{number}-{''.join(map(str, unknown))}")
    for row in ROWS
    if row.name not in EAGER_ONLY | DOUBLES
    for number, given in enumerate(row.inputs)
    for arrays in [[single(array) for array in given]]
    for unknown in with_unknown(row, arrays)
]
# What a symbolic result says that does not hold for all sizes, and why.
APPROXIMATE = {"squeeze": "an axis of unknown size is not 1"}


def symbolic(make: Any, arrays: list[np.ndarray], unknown: tuple[int, ...]) -> list[Any]:
    shapes = [(None, *array.shape[1:]) if number in unknown else array.shape for number, array in enumerate(arrays)]
    return [make(shape, array.dtype.name) for shape, array in zip(shapes, arrays, strict=True)]


@pytest.mark.parametrize(("row", "arrays", "unknown"), CASES)
def test_an_op_on_a_batch_of_unknown_size_runs_on_batches_of_all_sizes(
    row: Row, arrays: list[np.ndarray], unknown: tuple[int, ...]
) -> None:
    inputs = symbolic(lambda shape, dtype: keras.Input(batch_shape=shape, dtype=dtype), arrays, unknown)
    try:
        outputs = run(row, keras.ops, inputs)
    except (GlassworksError, ValueError, TypeError):
        with pytest.raises(Exception):  # noqa: B017 - Keras raises exceptions of all kinds
            run(row, real.ops, symbolic(lambda shape, dtype: real.KerasTensor(shape, dtype), arrays, unknown))
        return
    model = keras.Model(inputs, outputs)
    for times in (1, 2):
        batch = [np.concatenate([array] * times) if number in unknown else array for number, array in enumerate(arrays)]
        try:
            eager = keras.tree.flatten(run(row, keras.ops, batch))
        except GlassworksError:
            assert times == 2, "the batch of the row"
            continue
        results = keras.tree.flatten(model(batch))
        for result, expected, output in zip(results, eager, keras.tree.flatten(outputs), strict=True):
            assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
            np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)
            if row.name in APPROXIMATE:
                continue
            claims = [claimed in (None, size) for claimed, size in zip(output.shape, expected.shape, strict=True)]
            assert all(claims), f"{output.shape} is said, {expected.shape} comes"


def test_a_known_size_stands_for_an_unknown_one() -> None:
    x = keras.Input((3,))
    assert keras.ops.add(x, np.ones((2, 3))).shape == (2, 3)
    assert keras.ops.concatenate([x, np.ones((4, 1))], axis=1).shape == (4, 4)
    assert keras.ops.reshape(x, (-1, 2)).shape == (None, 2)
    assert [part.shape for part in keras.ops.split(x, 2)] == [(None, 3), (None, 3)]


def test_a_mistake_is_told_with_the_usual_sizes() -> None:
    with pytest.raises(GlassworksError, match="inner sizes 3 and 4"):
        keras.ops.matmul(keras.Input((3,)), np.ones((4, 2)))


def test_a_number_of_results_that_depends_on_an_unknown_size_is_refused() -> None:
    for library in (keras, real):
        with pytest.raises(Exception) as caught:
            library.ops.unstack(library.KerasTensor((None, 3)))
        assert library is real or "number of results" in str(caught.value)


# Calls on a batch of unknown size, with sizes of results that are the lesser or the greater of it and a number.
LIMITED: dict[str, Any] = {
    "the first rows": lambda x: x[:4],
    "rows from the second on": lambda x: x[1:5],
    "the last rows": lambda x: x[-3:],
    "every second of the first rows": lambda x: x[:8:2],
    "the first columns": lambda x: x[:, :2],
    "diag": keras.ops.diag,
    "diag above": lambda x: keras.ops.diag(x, 1),
    "diagonal": keras.ops.diagonal,
    "svd": lambda x: keras.ops.svd(x, full_matrices=False),
    "singular values": lambda x: keras.ops.svd(x, compute_uv=False),
    "qr": keras.ops.qr,
    "qr, complete": lambda x: keras.ops.qr(x, mode="complete"),
    "tri": lambda x: keras.ops.tril(x)[:3, :3],
    "greater, convolved": lambda x: keras.ops.correlate(x[:, 0], np.ones(20, "float32"), mode="same"),
    "lesser, convolved": lambda x: keras.ops.correlate(x[:, 0], np.ones(3, "float32"), mode="valid"),
    "take": lambda x: keras.ops.take(x, [0, 0], axis=0),
    "the gram matrix": lambda x: keras.ops.matmul(keras.ops.transpose(x), x),
    "pooled": lambda x: keras.ops.mean(x, axis=0),
    "the largest": lambda x: keras.ops.max(x, axis=0, keepdims=True),
    "in a list": lambda x: [x[:2], x, x[:, 0]],
}


@pytest.mark.parametrize("name", LIMITED)
def test_a_size_that_is_a_limit_of_an_unknown_one_is_unknown(name: str) -> None:
    call, width = LIMITED[name], 5
    claimed = [output.shape for output in keras.tree.flatten(call(keras.Input((width,))))]
    for batch in (1, 2, 3, 4, 5, 7, 9, 30):
        try:
            real_results = keras.tree.flatten(call(np.arange(batch * width, dtype="float32").reshape(batch, width)))
        except (GlassworksError, ValueError):
            continue
        for shape, result in zip(claimed, real_results, strict=True):
            assert all(size in (None, known) for size, known in zip(shape, result.shape, strict=True)), (batch, shape, result.shape)


def test_limits_of_unknown_steps_and_known_sizes_beside_them() -> None:
    x = keras.Input((None, 3))
    assert x[:, :4].shape == (None, None, 3)
    assert keras.layers.GlobalAveragePooling1D()(x).shape == (None, 3)
    assert keras.layers.LSTM(2)(x).shape == (None, 2)
    assert keras.Input((9, 3))[:, :4].shape == (None, 4, 3)
    fixed = keras.Input(batch_shape=(8, 3))
    assert fixed[:4].shape == (4, 3)
