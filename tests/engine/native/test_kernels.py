"""Every kernel gives what the reference forward gives, on every instruction set, for shapes that fit no tile."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassworks import ops
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.core import native as core
from glassworks.engine.native.passes.rules import RULES
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Primitive, apply
from tests.engine.native.helpers import assert_same, both, on_instruction_sets, traced

SIZES = [0, 1, 2, 3, 7, 13, 16, 17, 31, 33, 61, 64, 67, 127, 130]
UNARY = [
    "negative",
    "square",
    "absolute",
    "sign",
    "relu",
    "sqrt",
    "rsqrt",
    "floor",
    "ceil",
    "trunc",
    "round",
    "sin",
    "cos",
    "erf",
    "exp",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "sigmoid",
    "softplus",
    "gelu",
    "gelu_slope",
    "is_nan",
]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "power",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
]
REDUCTIONS = ["reduce_sum", "reduce_mean", "reduce_product", "reduce_max", "reduce_min"]
DTYPES = ["float32", "float64"]


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0, low: float = 0.1, high: float = 2.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def has_kernel(name: str) -> bool:
    return name in current_target().kernels


def primitive(name: str) -> Primitive:
    return Primitive.known[name]


def test_every_rule_is_of_a_known_primitive() -> None:
    importlib.import_module("glassworks.layers")  # some primitives are not public ops, and are known once the layers are
    assert set(RULES) <= set(Primitive.known)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(isa: str, name: str, dtype: str) -> None:
    assert has_kernel(f"{name}.{dtype}")
    attributes: dict[str, Any] = {"decimals": 0} if name == "round" else {}
    for size in (1, 15, 16, 17, 67):
        x = np.concatenate([numbers((size,), dtype), numbers((size,), dtype, 1, -3, 3) if name not in ("sqrt", "rsqrt", "log") else []])
        x = x.astype(dtype) if name != "log1p" else np.abs(x).astype(dtype)
        assert_same(lambda x: apply(primitive(name), x, **attributes), x)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "sqrt", "relu", "maximum", "erf"])
def test_the_ends_of_the_range(isa: str, name: str) -> None:
    for dtype in DTYPES:
        info = np.finfo(dtype)
        x = np.array(
            [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, info.max, -info.max, info.tiny, info.eps, 88.5, -88.5, 700.0, -700.0], dtype
        )
        if name == "maximum":
            assert_same(lambda x, y: apply(primitive("maximum"), x, y), x, x[::-1].copy())
        else:
            assert_same(lambda x: apply(primitive(name), x), x)


@pytest.mark.parametrize("dtype", [*DTYPES, "int32", "int64"])
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers_broadcast(isa: str, name: str, dtype: str) -> None:
    if not has_kernel(f"{name}.{dtype}"):
        assert dtype.startswith("int") and name in ("divide", "power")
        return
    high = 2.0 if dtype.startswith("float") else 6.0
    for left, right in [((5, 17), (5, 17)), ((5, 17), (17,)), ((5, 1), (5, 17)), ((), (3, 5)), ((4, 3, 2), (3, 2)), ((4, 1, 2), (1, 3, 1))]:
        x, y = numbers(left, dtype, 0, 0.5, high), numbers(right, dtype, 1, 0.5, high)
        assert_same(lambda x, y: apply(primitive(name), x, y), x, y)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint8"])
def test_whole_numbers(isa: str, dtype: str) -> None:
    info = np.iinfo(dtype)
    x = np.array([0, 1, 2, 7, 13, info.max, info.min, info.max - 1, info.min + 1], dtype)
    x, y = np.repeat(x, 9), np.tile(np.array([1, 2, 3, 5, 7, 100, info.max, 200, 0], "int64").astype(dtype), 9)
    y = np.concatenate([y, (-y.astype("int64")).astype(dtype)]) if info.min else np.concatenate([y, y])
    x = np.concatenate([x, x])
    for name in ("mod", "floor_divide", "bitwise_and", "bitwise_or", "bitwise_xor", "add", "subtract", "maximum"):
        assert has_kernel(f"{name}.{dtype}")
        assert_same(lambda x, y, name=name: apply(primitive(name), x, y), x, y)
    for name in ("left_shift", "right_shift"):
        assert_same(lambda x, y, name=name: apply(primitive(name), x, y), x, (y % 16).astype(dtype) & np.array(15, dtype))
        assert_same(lambda x, y, name=name: apply(primitive(name), x, y), x, y)  # by more bits than there are, and by fewer than none
    for name in ("negative", "square", "absolute"):
        assert_same(lambda x, name=name: apply(primitive(name), x), x)
    for target in ("uint8", "int32", "float32"):
        assert_same(lambda x, target=target: apply(primitive("cast"), x, dtype=target), x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_remainders_of_numbers_of_any_sign(isa: str, dtype: str) -> None:
    x = np.repeat(np.array([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.25, -7.25, np.inf, np.nan], dtype), 8)
    y = np.tile(np.array([1.0, -1.0, 0.3, -0.3, 2.5, 0.0, np.inf, -np.inf], dtype), 10)
    for name in ("mod", "floor_divide"):
        assert_same(lambda x, y, name=name: apply(primitive(name), x, y), x, y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2), ()])
def test_reductions_over_any_axes(isa: str, name: str, dtype: str, axes: tuple[int, ...]) -> None:
    for keepdims in (False, True):
        x = numbers((3, 17, 5), dtype, low=0.8, high=1.2)
        assert_same(lambda x: apply(primitive(name), x, axes=axes, keepdims=keepdims), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 2, 10, 32, 33, 100])
def test_row_wise_functions(isa: str, dtype: str, columns: int) -> None:
    x = numbers((19, columns), dtype, low=-30, high=30)
    for name in ("softmax", "log_softmax"):
        assert_same(lambda x, name=name: apply(primitive(name), x, axis=1), x)
    for name in ("argmax", "argmin"):
        assert_same(lambda x, name=name: apply(primitive(name), x, axis=1, keepdims=False), x)


def test_the_first_nan_is_the_largest_and_the_smallest() -> None:
    x = np.array([[1.0, np.nan, 3.0, np.nan], [4.0, 4.0, 2.0, 2.0]], "float32")
    for name in ("argmax", "argmin"):
        assert_same(lambda x, name=name: apply(primitive(name), x, axis=1, keepdims=False), x)
    for name in ("reduce_max", "reduce_min"):
        assert_same(lambda x, name=name: apply(primitive(name), x, axes=(1,), keepdims=False), x)


@pytest.mark.parametrize("source", ["float32", "float64", "int32", "int64", "uint32", "bool", "uint8"])
def test_casts(isa: str, source: str) -> None:
    x = (np.arange(37) % 5).astype(source)
    for target in ("float32", "float64", "int32", "int64", "uint32", "bool"):
        assert_same(lambda x, target=target: apply(primitive("cast"), x, dtype=target), x)


# What a cast of a float makes, by Python's integers: cut off; the least of a signed dtype where it does not fit; its low bits if unsigned.
THROUGH = {"int32": "int32", "int64": "int64", "uint32": "int64", "uint8": "int32", "int8": "int32", "int16": "int32", "uint16": "int32"}


def cast_by_hand(x: np.ndarray, target: str) -> np.ndarray:
    wide, narrow = np.iinfo(THROUGH[target]), np.iinfo(target)
    whole = [int(n) if np.isfinite(n) and wide.min <= int(n) <= wide.max else int(wide.min) for n in x.tolist()]
    return np.array([(n - narrow.min) % (narrow.max - narrow.min + 1) + narrow.min for n in whole], target)


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", THROUGH)
def test_casts_of_what_does_not_fit(isa: str, source: str, target: str) -> None:
    ends = [2.0**bits + more for bits in (7, 8, 15, 16, 31, 32, 33, 53, 62, 63, 64, 100) for more in (-1.5, -1.0, 0.0, 0.5, 1.0)]
    x = np.array([0.0, -0.0, 0.9, -0.9, 1.5, np.nan, np.inf, -np.inf, 3000000001.0, 9.3e18, *ends, *(-end for end in ends)], source)
    for count in (1, 3, 16, 67, len(x)):
        for some in (x[:count], x[-count:]):
            expected = cast_by_hand(some, target)
            for found in both(lambda x: apply(primitive("cast"), x, dtype=target), some):
                np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint8"])
def test_sums_and_products_of_integers_wrap_around(isa: str, dtype: str) -> None:
    info = np.iinfo(dtype)
    x = np.resize(np.array([info.max, info.max, 3, info.min, 7, info.max - 1], dtype), (70, 9, 13))
    for axes in [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)]:
        for name in ("reduce_sum", "reduce_product", "reduce_max", "reduce_min"):
            assert_same(lambda x, name=name, axes=axes: apply(primitive(name), x, axes=axes, keepdims=False), x)
    assert_same(lambda x: apply(primitive("reduce_sum"), x, axes=(0,), keepdims=False), np.resize(x, (2100, 20)))
    indices = np.array([0, 1, 1, 0, -1, 1], "int32")
    assert_same(lambda x, i: apply(primitive("scatter_add"), x, i, axis=0, size=3), x[:6, 0], indices)
    assert_same(lambda x, y: (x + y, x - y, x * y), x, x[::-1].copy())


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_classes_at_the_ends_of_the_integers(isa: str, dtype: str) -> None:
    info = np.iinfo(dtype)
    labels = np.array([info.min, info.max, -1, 5000, 0, 6999], dtype)
    assert_same(lambda x: apply(primitive("one_hot"), x, classes=7000, dtype="float32"), labels)


def test_choices_and_one_hot(isa: str) -> None:
    condition = np.random.default_rng(0).random((7, 19)) < 0.5
    for dtype in ("float32", "float64", "int32", "bool"):
        x, y = (np.arange(133).reshape(7, 19) % 2).astype(dtype), (np.arange(19) % 3).astype(dtype)
        assert_same(lambda c, x, y: apply(primitive("where"), c, x, y), condition, x, y)
    labels = np.array([0, 3, 9, 10, -1, 5], "int32")
    for dtype in ("bool", "float32", "float64", "int32"):
        assert_same(lambda x, dtype=dtype: apply(primitive("one_hot"), x, classes=10, dtype=dtype), labels)


@pytest.mark.parametrize("shape", [(1,), (3,), (4, 5), (2, 3, 7), (128, 130)])
def test_random_bits_are_the_references(isa: str, shape: tuple[int, ...]) -> None:
    state = np.array([7, 3], "uint32")
    assert_same(lambda s: apply(primitive("random_bits"), s, shape=shape), state)
    # Within a station with other numbers, tile by tile.
    assert_same(lambda s: ops.cast(apply(primitive("random_bits"), s, shape=shape) <= np.uint32(1 << 31), "float32") * 2.0, state)


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_in_all_transpositions_and_edge_sizes(isa: str, dtype: str) -> None:
    product = primitive("matmul")
    for m, n, k in [
        (1, 1, 1),
        (1, 130, 67),
        (2, 17, 33),
        (7, 3, 5),
        (32, 10, 128),
        (33, 65, 17),
        (64, 64, 64),
        (13, 127, 300),
        (600, 33, 9),
    ]:
        for flip_x in (False, True):
            for flip_y in (False, True):
                x = numbers((k, m) if flip_x else (m, k), dtype, 0, -1, 1)
                y = numbers((n, k) if flip_y else (k, n), dtype, 1, -1, 1)
                assert_same(lambda x, y, a=flip_x, b=flip_y: apply(product, x, y, transpose_x=a, transpose_y=b), x, y)


def test_products_of_batches(isa: str) -> None:
    product = primitive("matmul")
    x, y = numbers((3, 5, 7, 11), "float32", 0, -1, 1), numbers((3, 5, 11, 13), "float32", 1, -1, 1)
    assert_same(lambda x, y: apply(product, x, y), x, y)
    assert_same(lambda x, y: apply(product, x, y), x, y[0, 0])
    assert_same(lambda x, y: ops.relu(apply(product, x, y) + 1.0), x, y)
    assert_same(lambda x, y: apply(product, x, y), x[:1], y)


def test_rows_are_gathered_and_added_back(isa: str) -> None:
    table, indices = numbers((50, 9), "float32"), np.random.default_rng(0).integers(-50, 50, (4, 6)).astype("int32")
    assert_same(lambda t, i: apply(primitive("gather"), t, i, axis=0), table, indices)
    updates = numbers((4, 6, 9), "float32")
    assert_same(lambda x, i: apply(primitive("scatter_add"), x, i, axis=0, size=50), updates, indices)


def test_moves_of_numbers(isa: str) -> None:
    x = numbers((3, 5, 7), "float32")
    for axes in [(2, 1, 0), (0, 2, 1), (1, 0, 2), (2, 0, 1)]:
        assert_same(lambda x, axes=axes: ops.transpose(x, axes) * 2.0, x)
    assert_same(lambda x: x[:, ::-2, 1:5], x)
    for axis in (0, 1, 2):
        assert_same(lambda x, axis=axis: apply(primitive("unstack"), x, axis=axis), x)
    assert_same(lambda x: ops.broadcast_to(x[:, :1], (3, 5, 7)) + x, x)
    assert_same(lambda x: ops.broadcast_to(x[:1, :, :1], (3, 5, 7)), x)


@settings(max_examples=60, deadline=None)
@given(
    m=st.sampled_from(SIZES),
    n=st.sampled_from(SIZES),
    k=st.sampled_from(SIZES),
    data=st.data(),
    dtype=st.sampled_from(DTYPES),
    isa=st.sampled_from(on_instruction_sets() or ["baseline"]),
)
def test_fused_layers_of_any_size(m: int, n: int, k: int, data: st.DataObject, dtype: str, isa: str) -> None:
    core.choose_isa(isa)
    x, kernel, bias = numbers((m, k), dtype, 0, -1, 1), numbers((k, n), dtype, 1, -1, 1), numbers((n,), dtype, 2, -1, 1)
    activation = data.draw(st.sampled_from(["relu", "tanh", "sigmoid", "softplus", "gelu", "silu"]))

    def layer(x: Any, kernel: Any, bias: Any) -> Any:
        hidden = getattr(ops, activation)(ops.matmul(x, kernel) + bias)
        return hidden, ops.sum(hidden, axis=0), ops.sum(hidden), hidden * ops.mean(hidden, axis=-1, keepdims=True) if n else hidden

    assert_same(layer, x, kernel, bias, scale=4.0)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.sampled_from([0, 1, 2, 3, 5, 17, 33]), min_size=1, max_size=4), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 5)
)
def test_elementwise_chains_of_any_shape(shape: list[int], dtype: str, seed: int) -> None:
    x = numbers(tuple(shape), dtype, seed)
    row = numbers(tuple(shape[-1:]), dtype, seed + 1)
    column = numbers((*shape[:-1], 1), dtype, seed + 2)
    assert_same(lambda x, r, c: (ops.exp(-ops.square(x - r)) / (c + 1.0), ops.where(x > r, x * c, r)), x, row, column)


def test_more_than_two_million_numbers() -> None:
    x = numbers((2_100_001,), "float32", low=-1, high=1)
    assert_same(lambda x: (ops.tanh(x) * 0.5 + 0.5, ops.sum(ops.square(x)), ops.max(x)), x)
    y = numbers((1500, 1501), "float32", low=-1, high=1)
    assert_same(lambda y: (ops.mean(y, axis=0), ops.var(y, axis=1), ops.softmax(y)), y)


@pytest.mark.parametrize("columns", [1, 3, 17, 64, 300, 2049])
def test_sums_over_many_rows_are_taken_in_parts(isa: str, columns: int) -> None:
    for rows in (1024, 1033, 5000):
        x = numbers((rows, columns), "float32", low=-1, high=1)
        assert_same(lambda x: (ops.sum(ops.square(x), axis=0), ops.max(x, axis=0), ops.mean(x, axis=0), ops.any(x > 0.999, axis=0)), x)


def test_the_parts_of_a_sum_are_taken_while_a_product_is_in_the_cache(isa: str) -> None:
    x, kernel = numbers((3000, 20), "float32", 0, -1, 1), numbers((20, 40), "float32", 1, -1, 1)

    def layer(x: Any, kernel: Any) -> Any:
        y = ops.matmul(x, kernel)
        mean = ops.mean(y, axis=0)
        return (y - mean) * ops.rsqrt(ops.mean(ops.square(y - mean), axis=0) + 1e-3), ops.softmax(y), ops.sum(ops.softmax(y), axis=0)

    assert_same(layer, x, kernel, scale=4.0)
    stations = NativeProgram(traced(layer, x, kernel)).stations()
    assert any("matmul" in station.ops[0] and "reduce_sum_rows" in station.ops for station in stations)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "bool"])
def test_arrays_are_joined_and_put_at_slices_of_zeros(isa: str, dtype: str) -> None:
    x, y = (np.arange(n).reshape(3, -1, 5) % 2 for n in (45, 30))
    x, y = x.astype(dtype), y.astype(dtype)
    for axis in (0, 1, 2):
        assert_same(lambda x, y, axis=axis: apply(primitive("concatenate"), x, y[:, :2], y[:, :2], axis=axis), y, y)
    assert_same(lambda x, y: apply(primitive("concatenate"), x, y, x, axis=1), x, y)
    for slices, shape in [
        (((None, None, 1), (1, 4, 1), (None, None, 1)), (3, 7, 5)),
        (((0, 6, 2), (None, None, 1), (8, 3, -1)), (6, 3, 9)),
        (((None, None, 1), (None, None, 1), (None, None, 1)), (3, 3, 5)),
    ]:
        assert_same(lambda x, slices=slices, shape=shape: apply(primitive("place_slices"), x, slices=slices, shape=shape), x)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_sums_over_axes_in_the_middle(isa: str, dtype: str) -> None:
    for shape in [(3, 4, 5), (2, 300, 17), (1, 7, 2, 3), (70, 9, 9, 33)]:
        x = (numbers(shape, "float32", low=-1, high=1) * 10).astype(dtype)
        axes = tuple(range(1, len(shape) - 1))
        for name in ("reduce_sum", "reduce_max", "reduce_min"):
            assert_same(lambda x, name=name, axes=axes: apply(primitive(name), x, axes=axes, keepdims=False), x)


def test_views_with_strides_are_taken() -> None:
    x = numbers((40, 60), "float32")
    for view in (x.T, x[::2, ::3], x[:, ::-1], np.broadcast_to(x[:1], (40, 60))):
        assert_same(lambda v: ops.matmul(v, ops.transpose(v)) + 1.0, view)
