"""Every pair of dtypes of every op of two operands against Keras: symbolic dtype, computed dtype, numbers, and what is refused."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import pytest

import glassworks
from glassworks import dtypes, ops
from tests.ops.dtype_pairs import CALLS, DTYPES, ON_JAX, ONE_OPERAND, SYMBOLIC, WITH_JAX, WITH_NUMPY, dtype_of, listed, numbers, refused

ROOT = Path(__file__).resolve().parents[2]
# How far numbers may be apart, by the narrowest dtype of operands and result; NumPy computes in float16 for 8 bits.
COARSE = {"bool", "uint8", "int8", "uint16", "int16", "float16", "bfloat16"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple]:
    """What Keras gives on its NumPy backend, which is collected once, in a process of its own."""
    file = tmp_path_factory.mktemp("keras") / "answers"
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "tests.ops.keras_on_numpy", str(file)], check=True, cwd=ROOT, env=environment)
    return pickle.loads(file.read_bytes())


def equal(found: np.ndarray, wanted: np.ndarray, *operands: str) -> bool:
    """Whether numbers agree as far as their dtypes allow."""
    found = np.asarray(found)
    if found.dtype.kind in "biu":
        return bool((found == wanted.astype(found.dtype)).all())
    tolerance = 2e-2 if COARSE & {found.dtype.name, *operands} else 1e-5
    wide = "complex128" if found.dtype.kind == "c" else "float64"
    return np.allclose(found.astype(wide), wanted.astype(found.dtype).astype(wide), rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.parametrize("name", CALLS)
def test_a_pair_of_dtypes_gives_what_keras_gives(name: str, answers: dict[tuple[str, ...], tuple]) -> None:
    call, wrong = CALLS[name], []
    for a, b in ((a, b) for a in DTYPES for b in DTYPES):
        wanted, wanted_computed, wanted_numbers = answers[name, a, b]
        symbolic = dtype_of(refused(lambda: call(ops, glassworks.KerasTensor((3,), a), glassworks.KerasTensor((3,), b))))
        computed = refused(lambda: call(ops, numbers(a), numbers(b, second=True)))
        if symbolic != wanted and not listed(SYMBOLIC, name, a, b):
            wrong.append(f"{a}, {b}: symbolic {symbolic}, expected {wanted}")
        if symbolic != dtype_of(computed) and not refuses_numbers(name, a, b):
            wrong.append(f"{a}, {b}: symbolic {symbolic}, computed {dtype_of(computed)}")
        if listed(WITH_NUMPY, name, a, b):
            continue
        if dtype_of(computed) != wanted_computed:
            wrong.append(f"{a}, {b}: computed {dtype_of(computed)}, expected {wanted_computed}")
        elif computed is not None and not equal(computed, wanted_numbers, a, b):
            wrong.append(f"{a}, {b}: {computed}, expected {wanted_numbers}")
    assert not wrong, "\n".join(wrong)


def refuses_numbers(name: str, a: str, b: str) -> bool:
    """Whether an op refuses certain numbers, which a symbolic call does not see."""
    return name == "power" and dtypes.is_integer(dtypes.result_type(a, b))


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_are_those_of_keras_on_jax(name: str) -> None:
    for a, b in ON_JAX:
        shapes = [jax.ShapeDtypeStruct((3,), numbers(dtype).dtype) for dtype in (a, b)]
        wanted = refused(lambda: jax.eval_shape(lambda x, y: CALLS[name](keras.ops, x, y), *shapes))
        found = refused(lambda: CALLS[name](ops, numbers(a), numbers(b, second=True)))
        assert dtype_of(found) == dtype_of(wanted) or listed(WITH_JAX, name, a, b) or refuses_numbers(name, a, b), (a, b)


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_every_dtype_gives_what_keras_gives(name: str, answers: dict[tuple[str, ...], tuple]) -> None:
    for dtype in DTYPES:
        wanted, wanted_computed, wanted_numbers = answers[name, dtype]
        if wanted_computed is None:
            wanted = None  # Keras's symbolic calls promise what its computation refuses
        symbolic = refused(lambda: ONE_OPERAND[name](ops, glassworks.KerasTensor((3,), dtype)))
        computed = refused(lambda: ONE_OPERAND[name](ops, numbers(dtype)))
        assert (dtype_of(symbolic), dtype_of(computed)) == (wanted, wanted_computed), dtype
        assert computed is None or equal(computed, wanted_numbers, dtype), dtype


def test_a_histogram_of_every_dtype() -> None:
    for dtype in ("bool", "uint8", "int8", "int32", "bfloat16", "float16", "float32"):  # JAX alone has an order of complex numbers
        x = numbers(dtype)
        shape = jax.ShapeDtypeStruct((3,), x.dtype)
        for limits in (None, (0, 8)):
            wanted = refused(lambda: jax.eval_shape(lambda x: keras.ops.histogram(x, bins=4, range=limits), shape))
            found = refused(lambda: ops.histogram(x, bins=4, range=limits))
            assert (found is None) == (wanted is None), dtype
            if found is not None:
                assert [dtype_of(part) for part in found] == [dtype_of(part) for part in wanted], dtype
                for part, by_hand in zip(found, np.histogram(x.astype("float64"), bins=4, range=limits), strict=True):
                    np.testing.assert_allclose(np.asarray(part).astype("float64"), by_hand, rtol=1e-2)


def test_the_common_dtype_is_that_of_keras() -> None:
    choices: list[Any] = [*DTYPES, int, float]
    wide = {"int64", "uint64", "float64", "complex128"}
    for given in [*((a,) for a in choices), *((a, b) for a in choices for b in choices)]:
        if not wide & {*given, found := glassworks.dtypes.result_type(*given)}:
            assert found == keras.backend.result_type(*given), given


def test_a_number_that_does_not_fit_wraps_with_a_warning_as_in_keras() -> None:
    for dtype, number in (("uint8", -1), ("uint8", 256), ("int8", 1000), ("uint16", 70000), ("uint32", -1)):
        x = np.array([1, 100], dtype)
        with pytest.warns(glassworks.errors.GlassworksWarning, match=f"the number {number} does not fit into the dtype {dtype}"):
            found = ops.add(x, number)
        np.testing.assert_array_equal(found, keras.ops.add(x, number))
    with pytest.raises(glassworks.errors.ArgumentError, match=r"ops\.cast\(x, 'int64'\)"):
        ops.add(np.array([1], "int32"), 2**31)


def test_numbers_of_numpy_count_as_in_keras() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dtype in ("bool", "int8", "int32", "float16", "bfloat16", "float32"):
            for number in (np.float64(2), np.float32(2), np.float16(2), np.int32(2), np.int8(2), np.uint8(2), np.bool_(True)):
                for order in (1, -1):
                    both = [numbers(dtype), number][::order]
                    wanted = jax.eval_shape(
                        lambda x, y: keras.ops.multiply(x, y), *(jax.ShapeDtypeStruct(x.shape, _narrow(x)) for x in both)
                    )
                    assert dtype_of(ops.multiply(*both)) == dtype_of(wanted), both
    assert dtype_of(np.float32(2) - ops.ones(2, "float16")) == "float32"
    assert isinstance(np.float32(2) - ops.ones(2), glassworks.Array)


def _narrow(x: Any) -> Any:
    return np.float32 if x.dtype == np.float64 else x.dtype
