"""The ops against Keras's own: which dtype a mixed operation gives, and what NumPy does not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest

from glassworks import ops

DTYPES = ["bool", "uint8", "int32", "bfloat16", "float32"]
PAIRS = [("bool", "bool"), ("uint8", "int8"), ("int16", "int32"), ("int32", "float16"), ("float16", "bfloat16"), ("float32", "float32")]
SCALARS = [("int32", 2), ("int32", 1.5), ("bfloat16", 2), ("float32", 1.5), ("bool", 1.5)]

ONE = (
    "absolute all any arccos arcsinh arctan argmax argsort average cbrt ceil celu copy count_nonzero cumprod cumsum diff elu erf erfinv exp exp2 "
    "fabs floor gelu hard_shrink hard_silu i0 imag isinf isposinf isreal leaky_relu log log10 log1p log_sigmoid logical_not logsumexp max mean "
    "median nan_to_num nanmax nanmean nanmedian nanprod nanstd nansum negative normalize prod ptp rad2deg real reciprocal relu relu6 round rsqrt "
    "selu sigmoid sign signbit silu sinc softplus softsign sort sqrt square std sum tanh trace trapezoid trunc var angle tril"
)
TWO = (
    "add subtract multiply divide floor_divide mod fmod power maximum fmin equal less logical_and bitwise_or left_shift arctan2 hypot logaddexp "
    "heaviside gcd isclose inner outer vdot kron cross append isin"
)
# Where Keras negates unsigned numbers.
UNLIKE = {("log_sigmoid", "uint8")}


def numbers(dtype: Any, shift: int = 0) -> Any:
    if not isinstance(dtype, str):
        return dtype
    x = np.array([[1, 2, 3], [3, 1, 2]]) + shift
    return x > 1 if dtype == "bool" else x.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def result(namespace: Any, name: str, arguments: tuple) -> Any:
    found = getattr(namespace, name)(*arguments)
    return found[0] if isinstance(found, tuple) else found


def same(name: str, *arguments: Any) -> None:
    """Keras and we give the same dtype and numbers, or Keras gives an error."""
    try:
        wanted = result(keras.ops, name, arguments)
    except Exception:
        return
    found = result(ops, name, arguments)
    assert str(found.dtype) == str(wanted.dtype)
    half = "16" in str(wanted.dtype) and "float" in str(wanted.dtype)
    wide = "complex128" if "complex" in str(wanted.dtype) else "float64"
    np.testing.assert_allclose(
        np.asarray(found).astype(wide), np.asarray(wanted).astype(wide), rtol=2e-2 if half else 2e-5, atol=2e-2 if half else 2e-5
    )


@pytest.mark.parametrize("name", ONE.split())
def test_an_op_of_one_array_gives_the_dtype_and_numbers_of_keras(name: str) -> None:
    for dtype in DTYPES:
        if (name, dtype) not in UNLIKE:
            same(name, numbers(dtype))


@pytest.mark.parametrize("name", TWO.split())
def test_an_op_of_two_arrays_gives_the_dtype_and_numbers_of_keras(name: str) -> None:
    for first, second in [*PAIRS, *SCALARS]:
        if name in ("arctan2", "logaddexp") and isinstance(second, float):
            continue  # Keras takes the scalar for a float32 array there
        same(name, numbers(first), numbers(second, 1))


def grid(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype("float32")


HOLES = np.array([[1.0, np.nan, 3.0, 2.0], [np.nan, np.nan, np.nan, np.nan], [4.0, 4.0, 1.0, 0.0]], "float32")
CASES: dict[str, Callable] = {
    "matmul of 8 bits": lambda o: o.matmul(np.ones((2, 3), "int8"), np.ones((3, 2), "int8")),
    "einsum of 8 bits": lambda o: o.einsum("ij,jk->ik", np.ones((2, 3), "int8"), np.ones((3, 2), "int8")),
    "argmax of nothing but nan": lambda o: o.nanargmax(HOLES, axis=1),
    "median with nan": lambda o: o.median(HOLES, axis=1),
    "median without nan": lambda o: o.nanmedian(HOLES, axis=0),
    **{f"quantile {m}": lambda o, m=m: o.quantile(grid(3, 4, 5), np.array([0.1, 0.5], "float32"), axis=(0, 2), method=m, keepdims=True) for m in ("linear", "lower", "higher", "midpoint", "nearest")},
    "percentile without nan": lambda o: o.nanpercentile(HOLES, 30.0, axis=1),
    "top_k of equals": lambda o: o.top_k(np.array([[2.0, 5.0, 5.0, 2.0]], "float32"), 3)[1],
    "top_k of unsigned": lambda o: o.top_k(np.array([0, 7, 3], "uint8"), 2)[0],
    "in_top_k with nan": lambda o: o.in_top_k(np.array([0, 1]), np.array([[np.nan, 1.0], [0.0, 1.0]], "float32"), 1),
    "one_hot out of range": lambda o: o.one_hot(np.array([-1, 0, 5]), 3, axis=0),
    "multi_hot": lambda o: o.multi_hot(np.array([[0, 2], [1, 1]]), 4),
    "multi_hot of one row": lambda o: o.multi_hot(np.array([0, 2]), 4),
    **{f"normalize order {order}": lambda o, order=order: o.normalize(grid(3, 4), axis=0, order=order) for order in (1, 2, 3)},
    "segment_sum": lambda o: o.segment_sum(grid(4, 2), np.array([0, 7, -1, 0]), 3),
    "segment_max of nothing": lambda o: o.segment_max(np.array([3, 4], "int32"), np.array([0, 0]), 2),
    "segment_min of nothing": lambda o: o.segment_min(grid(2), np.array([1, 1]), 2),
    "segment_prod": lambda o: o.segment_prod(grid(4), np.array([0, 1, 1, 0]), 3),
    **{f"scatter_update {r}": lambda o, r=r: o.scatter_update(grid(3, 2), np.array([[0, 1], [2, 0]]), np.array([0.5, -3.0], "float32"), reduction=r) for r in (None, "add", "mul", "max", "min")},
    "scatter": lambda o: o.scatter(np.array([[0, 1], [2, 0], [0, 1]]), np.array([0.5, -3.0, 1.0], "float32"), (3, 2)),
    "slice that starts too late": lambda o: o.slice(grid(3, 4), np.array([2, 3]), (2, 2)),
    "slice_update that starts too late": lambda o: o.slice_update(grid(3, 4), [2, 3], np.zeros((2, 2), "float32")),
    "unique of a fixed size": lambda o: o.unique(np.array([3, 1, 3, 2], "int32"), size=5),
    "unique cut": lambda o: o.unique(np.array([3, 1, 3, 2], "int32"), size=2),
    "histogram": lambda o: o.histogram(grid(20), bins=4)[0],
    "bincount of rows": lambda o: o.bincount(np.array([[0, 2, 2], [1, 1, 3]]), minlength=4),
    "moments": lambda o: o.moments(grid(3, 4, 2), axes=[0, 2])[1],
    "batch_normalization": lambda o: o.batch_normalization(grid(3, 4), grid(4), np.abs(grid(4)), axis=1, offset=grid(4), scale=grid(4)),
    "layer_normalization over two axes": lambda o: o.layer_normalization(grid(3, 4, 2), gamma=grid(4, 2), beta=grid(4, 2), axis=(1, 2)),
    "rms_normalization": lambda o: o.rms_normalization(grid(3, 4), scale=grid(4)),
    "psnr": lambda o: o.psnr(grid(3, 4), grid(3, 4) + 1, 2.0),
    "cdist": lambda o: o.cdist(grid(2, 3, 2), grid(2, 4, 2)),
    "associative_scan": lambda o: o.associative_scan(o.maximum, grid(7, 2), reverse=True),
    "rearrange": lambda o: o.rearrange(grid(2, 6, 4), "b (h w) c -> (b w) (c h)", h=2),
    "vectorize": lambda o: o.vectorize(lambda x, y: o.sum(x * y), signature="(n),(n)->()")(grid(3, 1, 4), grid(2, 4)),
    "saturate_cast": lambda o: o.saturate_cast(np.array([-3.0, 1e10, 7.9], "float32"), "int32"),
    "heaviside": lambda o: o.heaviside(np.array([-1.0, 0.0, np.nan, 2.0], "float32"), 0.5),
    "nan_to_num": lambda o: o.nan_to_num(np.array([np.nan, np.inf, -np.inf, 9.0], "float32"), nan=1.0, posinf=5.0),
    "nan_to_num of bfloat16": lambda o: o.nan_to_num(np.array([np.inf], ml_dtypes.bfloat16)),
    "linspace of arrays": lambda o: o.linspace(np.zeros(2, "float32"), np.array([1.0, 3.0], "float32"), 4, axis=1),
    "linspace without its end": lambda o: o.linspace(0, 1, 4, endpoint=False, dtype="int32"),
    "logspace": lambda o: o.logspace(0, 3, 4, base=2),
    "geomspace": lambda o: o.geomspace(-1.0, -1000.0, 4),
    "arange of floats": lambda o: o.arange(0, 1, 0.25),
    "kaiser": lambda o: o.kaiser(7, 3.0),
    "view": lambda o: o.view(np.array([[1.0, 2.0]], "float32"), "uint8"),
    "polar": lambda o: o.real(o.polar(np.array([1.0, 2.0], "float32"), np.array([0.5, 1.0], "float32"))),
    "angle": lambda o: o.angle(np.array([1 + 1j, -1.0], "complex64")),
    "correlate same": lambda o: o.correlate(grid(5), grid(4), mode="same"),
    "cross of a plane": lambda o: o.cross(grid(4, 2), grid(4, 3)),
    "softmax over two axes": lambda o: o.softmax(grid(2, 3, 4), axis=(0, 2)),
    "logsumexp of infinities": lambda o: o.logsumexp(np.array([[-np.inf, -np.inf], [np.inf, 0.0]], "float32"), axis=1),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_details_are_those_of_keras(case: str) -> None:
    wanted, found = CASES[case](keras.ops), CASES[case](ops)
    assert str(found.dtype) == str(wanted.dtype)
    np.testing.assert_allclose(np.asarray(found).astype("float64"), np.asarray(wanted).astype("float64"), rtol=3e-5, atol=3e-5)
