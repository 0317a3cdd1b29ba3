"""Every row of the op specification table: values, gradients, traces, symbolic tensors, errors."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.dtypes import numpy_dtype
from glassworks.engine import compile_graph
from glassworks.errors import GlassworksError
from glassworks.graph import GradientTape, KerasTensor, Spec, as_array, check, trace
from glassworks.testing import check_gradients
from tests.ops.rows import Row
from tests.ops.table import EAGER_ONLY, NOT_ROWS, ROWS, WRONG


def run(row: Row, arrays: tuple) -> Any:
    op = getattr(ops, row.name)
    return row.call(op, *arrays) if row.call else op(*arrays)


CASES = [pytest.param(row, arrays, id=f"{row.name}-{i}") for row in ROWS for i, arrays in enumerate(row.inputs)]


@pytest.mark.parametrize(("row", "arrays"), CASES)
def test_forward_is_numpys(row: Row, arrays: tuple) -> None:
    result, expected = run(row, arrays), np.asarray(row.reference(*arrays))
    assert tuple(result.shape) == expected.shape
    assert (result.dtype.kind == "b") == (expected.dtype.kind == "b")
    np.testing.assert_allclose(result, expected, rtol=row.tolerance, atol=row.tolerance)


@pytest.mark.parametrize(("row", "arrays"), [case for case in CASES if case.values[0].gradient])
def test_gradients_are_central_differences_to_second_order(row: Row, arrays: tuple) -> None:
    check_gradients(lambda *points: run(row, points), *arrays, order=2)


WANT_MORE_DIGITS = {"stft", "istft"}
FIRST = [pytest.param(row, row.inputs[0], id=row.name) for row in {row.name: row for row in reversed(ROWS)}.values() if row.gradient]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("row", "arrays"), FIRST)
def test_numbers_of_16_bits_are_computed_and_differentiated_or_refused(row: Row, arrays: tuple, dtype: str) -> None:
    points = [as_array(a, numpy_dtype(dtype)) if np.asarray(a).dtype.kind == "f" else np.asarray(a) for a in arrays]
    with GradientTape() as tape:
        tape.watch(points)
        if row.name in WANT_MORE_DIGITS:
            with pytest.raises(GlassworksError, match=dtype):
                run(row, tuple(points))
            return
        result = run(row, tuple(points))
    floating = [point for point in points if point.dtype.name == dtype]
    for point, gradient in zip(floating, tape.gradient(result, floating), strict=True):
        assert gradient is None or (gradient.dtype, gradient.shape) == (point.dtype, point.shape)
    if result.dtype.name == dtype:
        exact = np.asarray(row.reference(*(np.asarray(p, "float64") if p.dtype.name == dtype else p for p in points)))
        scale = max(1.0, np.max(np.abs(exact), initial=0.0, where=np.isfinite(exact)))
        np.testing.assert_allclose(np.asarray(result, "float64"), exact, rtol=0.1, atol=0.1 * scale)


TRACED = [case for case in CASES if case.values[1] and case.values[0].name not in EAGER_ONLY]


@pytest.mark.parametrize(("row", "arrays"), TRACED)
def test_a_trace_has_the_real_shape_and_dtype_and_gives_the_same_numbers(row: Row, arrays: tuple) -> None:
    eager = run(row, arrays)
    graph = trace(lambda *values: run(row, values), *(Spec(np.shape(a), np.asarray(a).dtype.name) for a in arrays))
    check(graph, "engine")
    assert graph.outputs[0].spec == Spec(eager.shape, eager.dtype.name)
    traced = compile_graph(graph)(*(np.asarray(a) for a in arrays))[0]
    np.testing.assert_allclose(traced, eager, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("row", "arrays"), TRACED)
def test_symbolic_tensors_have_the_real_shape(row: Row, arrays: tuple) -> None:
    eager = run(row, arrays)
    tensor = run(row, tuple(KerasTensor(np.shape(a), np.asarray(a).dtype.name) for a in arrays))
    assert tensor.shape == eager.shape
    assert tensor.dtype == eager.dtype.name


@pytest.mark.parametrize("name", ["relu", "exp", "softmax", "negative", "tanh", "sort", "logsumexp", "layer_normalization"])
def test_an_unknown_batch_size_stays_unknown(name: str) -> None:
    result = getattr(ops, name)(KerasTensor((None, 5)))
    assert result.shape == ((None, 5) if name != "logsumexp" else ())


def test_unknown_sizes_combine() -> None:
    a, b = KerasTensor((None, 5)), KerasTensor((1, 5))
    assert ops.add(a, b).shape == (None, 5)
    assert ops.matmul(a, KerasTensor((5, 2))).shape == (None, 2)
    assert ops.reshape(a, (-1, 1)).shape == (None, 1)
    assert ops.concatenate([a, a], axis=0).shape == (None, 5)
    assert ops.transpose(a).shape == (5, None)
    assert ops.sum(a, axis=0).shape == (5,)


@pytest.mark.parametrize(("name", "call", "pieces"), [pytest.param(*case, id=f"{case[0]}-{i}") for i, case in enumerate(WRONG)])
def test_wrong_inputs_give_an_error_that_says_why(name: str, call: Any, pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call(getattr(ops, name))
    missing = [piece for piece in pieces if piece not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"


def test_every_public_op_has_a_row() -> None:
    public = {name for name, value in vars(ops).items() if inspect.isfunction(value) and not name.startswith("_")}
    rows = {row.name for row in ROWS}
    assert public - rows - NOT_ROWS == set()
    assert rows <= public
