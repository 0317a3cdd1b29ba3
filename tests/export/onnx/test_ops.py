"""Every op of the specification table as an ONNX graph of its own: onnxruntime gives its numbers, or the error names a primitive with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from glassworks import Model, layers, ops, tree
from glassworks.errors import ArgumentError
from glassworks.export import Source, SourceInput
from glassworks.export.onnx import export_onnx
from glassworks.export.onnx.lowerings import REASONS
from glassworks.graph import Spec, trace
from glassworks.layers import Layer
from tests.export.onnx.running import compare, load
from tests.ops.rows import Row
from tests.ops.table import EAGER_ONLY, ROWS
from tests.ops.test_specifications import run


class Named(Layer):
    """What an exporter asks of a model: its name."""


def source_of(row: Row, arrays: list[np.ndarray]) -> Source:
    """An op applied to arrays of these shapes and dtypes, as a model."""
    inputs = [SourceInput(f"x{i}", array.shape, array.dtype.name) for i, array in enumerate(arrays)]

    def graph(shapes: Any) -> Any:
        return trace(lambda *values: run(row, values), *(Spec(tuple(shape), one.dtype) for shape, one in zip(shapes, inputs, strict=True)))

    count = len(graph([one.shape for one in inputs]).outputs)
    return Source(Named(name="op"), inputs, [f"y{i}" for i in range(count)], graph)


CASES = [
    pytest.param(row, row.inputs[0], id=f"{row.name}-{i}") for i, row in enumerate(ROWS) if row.inputs[0] and row.name not in EAGER_ONLY
]


@pytest.mark.parametrize(("row", "arrays"), CASES)
def test_an_op_gives_the_same_in_onnxruntime_or_names_what_is_missing(row: Row, arrays: tuple, tmp_path: Path) -> None:
    given = [np.asarray(array) for array in arrays]
    if row.name != "view":  # it depends on the number of bytes
        given = [array.astype("float32") if array.dtype.kind == "f" else array for array in given]
    path, missing = tmp_path / "op.onnx", ""
    try:
        export_onnx(source_of(row, given), path)
    except ArgumentError as error:
        missing = error.found.partition(":")[0]
    if missing:
        assert missing in REASONS and not path.exists()
        return
    results = load(path).run(None, {f"x{i}": array for i, array in enumerate(given)})
    for x, y in zip(tree.flatten(run(row, tuple(given))), results, strict=True):
        assert (tuple(x.shape), str(x.dtype)) == (y.shape, str(y.dtype))
        np.testing.assert_allclose(y, x, rtol=1e-5, atol=1e-5)


FLOAT64 = [
    "conv",
    "depthwise_conv",
    "separable_conv",
    "conv_transpose",
    "average_pool",
    "max_pool",
    "erf",
    "erfc",
    "gelu",
    "softmax",
    "matmul",
]


@pytest.mark.parametrize(("row", "arrays"), [case for case in CASES if cast(Row, case.values[0]).name in FLOAT64])
def test_in_float64_what_onnxruntime_has_no_kernels_for_is_composed_of_other_operators(row: Row, arrays: tuple, tmp_path: Path) -> None:
    given = [np.asarray(array) for array in arrays]
    export_onnx(source_of(row, given), tmp_path / "op.onnx")
    (result,) = load(tmp_path / "op.onnx").run(None, {f"x{i}": array for i, array in enumerate(given)})
    np.testing.assert_allclose(result, run(row, arrays), rtol=1e-12, atol=1e-12)


LOOPS = {
    "while over numbers": lambda x: ops.while_loop(lambda y: ops.max(y) < 10, lambda y: (y * 1.5 + 1,), (x,))[0],
    "while over a count": lambda x: ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 1.5 + ops.sum(x)), (0, x))[1],
    "fori": lambda x: ops.fori_loop(0, 3, lambda i, y: y * 1.5, x),
    "cond": lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1),
    "scan": lambda x: ops.scan(lambda c, t: (c + t, c * t), ops.zeros_like(x[:, 0]), ops.transpose(x))[0],
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops_and_choices(name: str, tmp_path: Path) -> None:
    inputs = layers.Input(shape=(4,))
    compare(Model(inputs, layers.Lambda(LOOPS[name])(inputs)), [(4,)], ["float32"], tmp_path / "model.onnx")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "uint32", "bool"])
@pytest.mark.parametrize(
    "name", ["add", "multiply", "maximum", "mod", "floor_divide", "where", "bitwise_xor", "max", "sort", "cumsum", "equal"]
)
def test_integers_and_booleans(name: str, dtype: str, tmp_path: Path) -> None:
    op, several = getattr(ops, name), name not in ("max", "sort", "cumsum")
    arrays = [np.array([0, 1, 5, 100, 127, 3]).astype(dtype), np.array([3, 0, 2, 99, 127, 0]).astype(dtype)][: 1 + several]
    row = Row(name, op, [tuple(arrays)], call=(lambda op, x, y: op(x > y, x, y)) if name == "where" else None)
    export_onnx(source_of(row, arrays), tmp_path / "op.onnx")
    (result,) = load(tmp_path / "op.onnx").run(None, {f"x{i}": array for i, array in enumerate(arrays)})
    wanted = np.asarray(run(row, tuple(arrays)))
    assert result.dtype == wanted.dtype
    np.testing.assert_array_equal(result, wanted)


SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-7, -1e-7, 88.0, -88.0, 3e38, -3e38, 2.5, -2.5], "float32")
UNARY = [
    "sigmoid",
    "softplus",
    "tanh",
    "relu",
    "log1p",
    "expm1",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
    "round",
    "trunc",
    "cbrt",
    "sign",
    "gelu",
]
BINARY = ["maximum", "minimum", "arctan2", "hypot", "logaddexp", "mod", "fmod", "floor_divide", "equal", "less_equal"]


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_numbers_at_the_edges(name: str, tmp_path: Path) -> None:
    op, several = getattr(ops, name), name in BINARY
    grid = [array.reshape(-1) for array in np.meshgrid(SPECIAL, SPECIAL)] if several else [SPECIAL]
    row = Row(name, op, [tuple(grid)])
    export_onnx(source_of(row, grid), tmp_path / "op.onnx")
    (result,) = load(tmp_path / "op.onnx").run(None, {f"x{i}": array for i, array in enumerate(grid)})
    np.testing.assert_allclose(result, op(*grid), rtol=1e-5, atol=1e-5, err_msg=name)
