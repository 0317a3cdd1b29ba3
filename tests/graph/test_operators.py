"""Python's operators on variables, tensors and symbolic tensors against Keras's: dtype, shape, numbers, and what is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import keras
import ml_dtypes
import numpy as np
import pytest

import glassworks
from glassworks import KerasTensor, Variable, ops
from glassworks.graph import Array

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
LOGIC: dict[str, Callable[[Any, Any], Any]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
BINARY = ARITHMETIC | COMPARISONS | LOGIC
UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "abs": abs,
    "~": operator.invert,
    "round": lambda x: round(x, 0),
}
DTYPES = ["bool", "int8", "int32", "bfloat16", "float32"]
NUMBERS = [True, 2, 2.5]


def array(dtype: str, second: bool = False) -> np.ndarray:
    values = np.array([1, 2, 3] if second else [3, 1, 2])
    return values > (0 if second else 1) if dtype == "bool" else values.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def outcome(call: Callable[[], Any]) -> tuple[str, tuple[int, ...]] | None:
    """The dtype and shape of a result; None for a refusal."""
    try:
        result = call()
    except (TypeError, ValueError, NotImplementedError, IndexError):
        return None
    return None if isinstance(result, bool) else (str(result.dtype).split(".")[-1], tuple(result.shape))


def traced(call: Callable[..., Any], *arrays: np.ndarray) -> tuple[str, tuple[int, ...]] | None:
    """What Keras on JAX computes, by a trace, which compiles nothing."""
    return outcome(lambda: jax.eval_shape(call, *(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in arrays)))


def numbers_by_hand(name: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(BINARY[name](x.astype("float64"), y.astype("float64")))


@pytest.mark.parametrize("name", BINARY)
def test_two_arrays(name: str) -> None:
    apply = BINARY[name]
    for a, b in ((a, b) for a in DTYPES for b in DTYPES):
        x, y = array(a), array(b, second=True)
        of_keras = keras.Variable(x)
        wanted = traced(lambda right, of_keras=of_keras: apply(of_keras, right), y)
        assert outcome(lambda: apply(Variable(x), ops.convert_to_tensor(y))) == wanted, ("variable and tensor", a, b)
        assert outcome(lambda: apply(Variable(x), Variable(y))) == wanted, ("two variables", a, b)
        if name not in LOGIC:  # which Keras's tensors take from JAX
            assert outcome(lambda: apply(ops.convert_to_tensor(x), Variable(y))) == wanted, ("tensor and variable", a, b)
        if wanted and name not in LOGIC:
            found = np.asarray(apply(Variable(x), Variable(y)))
            by_hand = numbers_by_hand(name, x, y).astype(found.dtype)  # True and True are True again
            np.testing.assert_allclose(found.astype("float64"), by_hand.astype("float64"), rtol=1e-2)


@pytest.mark.parametrize("name", BINARY)
def test_an_array_and_a_number(name: str) -> None:
    apply = BINARY[name]
    for dtype, number in ((dtype, number) for dtype in DTYPES for number in NUMBERS):
        x, of_keras = array(dtype), keras.Variable(array(dtype))
        assert outcome(lambda: apply(Variable(x), number)) == traced(lambda: apply(of_keras, number)), (dtype, number)
        assert outcome(lambda: apply(number, Variable(x))) == traced(lambda: apply(number, of_keras)), (number, dtype)
        if name not in LOGIC:
            for tensor in (
                outcome(lambda: apply(ops.convert_to_tensor(x), number)),
                outcome(lambda: apply(number, ops.convert_to_tensor(x))),
            ):
                assert tensor == traced(lambda left: apply(left, number), x), (dtype, number)


@pytest.mark.parametrize("name", BINARY)
def test_symbolic_tensors(name: str) -> None:
    apply = BINARY[name]
    for a, b in ((a, b) for a in DTYPES for b in [*DTYPES, *NUMBERS]):
        found, wanted = (symbolic(apply, kind, a, b) for kind in (KerasTensor, keras.KerasTensor))
        if name == "==":
            # Keras has no operator there, and compares identities.
            assert found == (("bool", (3,)) if b in NUMBERS else None), (a, b)
        elif found != wanted:
            assert (name, a, b) in OTHERWISE, (a, b, found, wanted)


# Symbolic results that Keras computes in another dtype than it promises, or refuses to compute; ours are what is computed.
OTHERWISE = {
    ("-", "bool", "bool"),
    ("-", "bool", True),
    *((name, "bool", other) for name in ("//", "**") for other in ("bool", True)),
    *(("@", a, b) for a, b in (("bool", "int8"), ("int8", "bool"))),
    *(("@", a, number) for a in DTYPES for number in NUMBERS),
}


def symbolic(apply: Callable[[Any, Any], Any], kind: Any, a: str, b: Any) -> Any:
    return outcome(lambda: apply(kind((3,), a), kind((3,), b) if isinstance(b, str) else b))


@pytest.mark.parametrize("name", UNARY)
def test_one_operand(name: str) -> None:
    for dtype in DTYPES:
        if name == "round" and dtype == "bool":
            continue  # they are themselves here, as in NumPy; JAX refuses them
        x, of_keras = array(dtype), keras.Variable(array(dtype))
        wanted = traced(lambda: UNARY[name](of_keras))
        assert outcome(lambda: UNARY[name](Variable(x))) == wanted, dtype
        assert outcome(lambda: UNARY[name](ops.convert_to_tensor(x))) == wanted, dtype


@pytest.mark.parametrize("shift", [operator.lshift, operator.rshift])
def test_shifts_of_tensors(shift: Callable[[Any, Any], Any]) -> None:
    for a in ("uint8", "int8", "int32"):
        x, y = np.array([6, 3, 100], a), np.array([1, 2, 3], "int8")
        assert outcome(lambda: shift(ops.convert_to_tensor(x), y)) == traced(shift, x, y)
        assert outcome(lambda: shift(3, ops.convert_to_tensor(x))) == traced(lambda left: shift(3, left), x)
        np.testing.assert_array_equal(shift(ops.convert_to_tensor(x), 1), shift(x, 1))


def test_divmod() -> None:
    x = np.array([7, -7, 9], "int32")
    for found, wanted in ((divmod(ops.convert_to_tensor(x), 4), divmod(x, 4)), (divmod(30, ops.convert_to_tensor(x)), divmod(30, x))):
        np.testing.assert_array_equal(found, wanted)


def test_in_place_operators_leave_the_array_as_it_was() -> None:
    for name in [*ARITHMETIC, *LOGIC, "<<", ">>"]:
        x = before = ops.convert_to_tensor([5, 6, 7])
        namespace = {"x": x, "y": ops.convert_to_tensor([1, 2, 3])}
        exec(f"x {name}= y", namespace)
        assert namespace["x"] is not before and isinstance(namespace["x"], Array)
        np.testing.assert_array_equal(before, [5, 6, 7])


def test_equality_with_what_has_no_numbers_is_that_of_python() -> None:
    for value in (ops.ones(2), Variable([1.0, 2.0]), KerasTensor((2,))):
        for other in (None, "a", int):
            assert (value == other) is False and (value != other) is True


def test_lists_of_symbolic_tensors_are_searched() -> None:
    first, second = KerasTensor((2,)), KerasTensor((2,))
    assert [first, second].index(second) == 1 and second not in [first] and first != None  # noqa: E711
    assert glassworks.ops.equal(first, second).dtype == "bool"
