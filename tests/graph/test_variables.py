"""`Variable` against Keras's: what it is created from, its attributes, how it is assigned, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import Variable, ops, optimizers
from glassworks.errors import ArgumentError, ArgumentTypeError, GlassworksError, ShapeError

ATTRIBUTES = [
    "shape",
    "ndim",
    "dtype",
    "trainable",
    "aggregation",
    "synchronization",
    "constraint",
    "regularizer",
    "overwrite_with_gradient",
]


def kept(variable: Any) -> tuple:
    """What is compared of a variable: its attributes and its numbers."""
    return *(getattr(variable, name) for name in ATTRIBUTES), np.asarray(variable.value).astype("complex128").tolist()


def outcome(call: Callable[[Any], Any], library: Any) -> Any:
    """What a call gives with a library: a form that can be compared, or that the library refuses it."""
    try:
        result = call(library)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return "refused"
    if isinstance(result, library.Variable):
        return kept(result)
    return (str(result.dtype), np.asarray(result).astype("complex128").tolist()) if hasattr(result, "dtype") else result


DTYPES = ["bool", "uint8", "int8", "uint16", "int16", "int32", "float16", "bfloat16", "float32", "complex64"]
HALVES = np.array([0.5, 1.5])
# What a variable is created from: a function of the library.
SOURCES: dict[str, Callable[[Any], Any]] = {
    "a name": lambda k: "ones",
    "another name": lambda k: "zeros",
    "an object": lambda k: k.initializers.Constant(2),
    "a function": lambda k: lambda shape, dtype: k.ops.full(shape, 3, dtype=dtype),
    "a list of floats": lambda k: [0.5, 1.5],
    "a list of integers": lambda k: [3, 100],
    "a list of both": lambda k: [3, 0.5],
    "a list of booleans": lambda k: [True, False],
    "a float": lambda k: 2.5,
    "an integer": lambda k: 7,
    "a boolean": lambda k: True,
    "a complex number": lambda k: 1 + 2j,
    "nested lists": lambda k: [[1.0, 2.0], [3.0, 4.0]],
    "nothing in a list": lambda k: [],
    "a tuple": lambda k: (1, 2),
    "float32 of NumPy": lambda k: HALVES.astype("float32"),
    "float16 of NumPy": lambda k: HALVES.astype("float16"),
    "int8 of NumPy": lambda k: np.array([1, 2], "int8"),
    "a number of NumPy": lambda k: np.float16(1.5),
    "a float of NumPy": lambda k: np.float64(1.5),
    "a tensor": lambda k: k.ops.convert_to_tensor([1.5, 2.5], "bfloat16"),
    "a variable": lambda k: k.Variable([1.5, 2.5], dtype="float16"),
    "None": lambda k: None,
    "an unknown name": lambda k: "onez",
    "ragged lists": lambda k: [[1, 2], [3]],
    "a symbolic tensor": lambda k: k.KerasTensor((2,)),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", [None, (2,), [2, 3], ()], ids=str)
def test_a_variable_is_created_from_what_keras_takes(source: str, shape: Any) -> None:
    for dtype in [None, *DTYPES]:
        if source == "a complex number" and dtype == "bfloat16":
            continue  # JAX refuses to drop the imaginary part, but of bfloat16
        made = [outcome(lambda k: k.Variable(SOURCES[source](k), shape=shape, dtype=dtype), library) for library in (glassworks, real)]
        assert made[0] == made[1], dtype


ARGUMENTS: list[dict[str, Any]] = [
    *({"aggregation": value} for value in (None, "none", "mean", "sum", "only_first_replica", "median", 3)),
    *({"synchronization": value} for value in (None, "none", "on_read", "on_write", "auto", "never")),
    *({"trainable": value} for value in (True, False, None, 0, 1)),
    *({"name": value} for value in ("w", "a/b", 5)),
    *({"shape": value} for value in ((2, None), (2, -1), (2, 1.5), 5, "ab", (np.int64(2),), (True, 2), (np.array(3),), range(1, 3))),
    *({"dtype": value} for value in ("nonsense", "string", int, float, bool, np.float32, np.dtype("int8"), "int", 7)),
    {"autocast": False},
    {"anything": 3},
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_arguments_are_kept_or_refused_as_in_keras(arguments: dict[str, Any]) -> None:
    found, wanted = (outcome(lambda k: k.Variable("ones", **{"shape": (2,), **arguments}), library) for library in (glassworks, real))
    assert found == wanted
    if "name" in arguments and found != "refused":
        assert Variable([1.0], **arguments).path == real.Variable([1.0], **arguments).path == arguments["name"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        *((name, value) for name in ("regularizer", "constraint") for value in (None, 3, "l2", abs)),
        *(("overwrite_with_gradient", value) for value in (True, False, 1, None)),
        *(("trainable", value) for value in (True, False, 0, 1, None)),
    ],
)
def test_attributes_are_set_or_refused_as_in_keras(attribute: str, value: Any) -> None:
    def change(library: Any) -> Any:
        variable = library.Variable([1.0])
        setattr(variable, attribute, value)
        return getattr(variable, attribute)

    assert outcome(change, glassworks) == outcome(change, real)


VALUES: list[Any] = [
    1,
    2.7,
    True,
    [1, 2],
    [1.7, -2.7],
    [True, False],
    np.array([1, 2], "int8"),
    np.array([0.5, 3]),
    [1],
    [[1, 2]],
    None,
    "a",
]


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_is_assigned_as_in_keras(method: str, value: Any) -> None:
    for dtype in ("float32", "bfloat16", "int32", "int8"):

        def change(library: Any, dtype: str = dtype) -> Any:
            variable = library.Variable([5, 6], dtype=dtype)
            result = getattr(variable, method)(value)
            return str(result.dtype), np.asarray(result).tolist(), kept(variable)

        assert outcome(change, glassworks) == outcome(change, real), dtype


NUMBERS: dict[str, Callable[[Any], Any]] = {
    "float of a number": lambda k: float(k.Variable(2.5)),
    "int of a number": lambda k: int(k.Variable(2.5)),
    "float of one entry": lambda k: float(k.Variable([2.5])),
    "int of one entry": lambda k: int(k.Variable([2.5])),
    "bool": lambda k: bool(k.Variable(True)),
    "plus": lambda k: +k.Variable([1.0]),
    "round": lambda k: round(k.Variable([1.26])),
    "round to tens": lambda k: round(k.Variable([12.5]), -1),
    "an index": lambda k: k.Variable([1.0, 2.0])[1],
    "a new axis": lambda k: k.Variable([1.0, 2.0])[None],
    "the text": lambda k: repr(k.Variable([[1.0, 2.0]], name="w")),
    "NumPy": lambda k: k.Variable([1.0, 2.0]).numpy(),
    "an array of NumPy": lambda k: np.asarray(k.Variable([1.0, 2.0])),
    "an array of NumPy of a dtype": lambda k: np.asarray(k.Variable([1.0, 2.0]), dtype="int32"),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_variable_is_read_as_in_keras(case: str) -> None:
    assert outcome(NUMBERS[case], glassworks) == outcome(NUMBERS[case], real)


def test_variables_without_a_name_are_numbered() -> None:
    class MyVariable(Variable):
        pass

    assert [Variable([1.0]).name, Variable([1.0]).path, MyVariable([1.0]).name] == ["variable", "variable_1", "my_variable"]


def test_64_bits_stay() -> None:
    assert Variable(np.ones(2, "int64")).dtype == "int64"
    assert Variable(np.ones(2)).dtype == "float64"


def test_a_variable_is_not_the_array_that_it_was_created_from() -> None:
    array = np.array([1.0, 2.0], "float32")
    first = Variable(array)
    second = Variable(first)
    array[:] = 0
    first.assign([5.0, 6.0])
    np.testing.assert_array_equal(second, [1.0, 2.0])


def test_an_optimizer_overwrites_a_variable_with_its_gradient_where_it_says_so() -> None:
    for accumulation in (None, 2):
        scale, weight = Variable([1.0, 2.0]), Variable([1.0])
        scale.overwrite_with_gradient = True
        optimizer = optimizers.SGD(0.5, gradient_accumulation_steps=accumulation, clipvalue=1.0)
        for _ in range(accumulation or 1):
            optimizer.apply([ops.convert_to_tensor([7.0, 8.0]), ops.convert_to_tensor([1.0])], [scale, weight])
        np.testing.assert_array_equal(scale, [7.0, 8.0])
        np.testing.assert_array_equal(weight, [0.5])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: Variable("ones"), ArgumentError, "without a shape"),
        (lambda: Variable("zerso", shape=(2,)), ArgumentError, "did you mean 'zero"),
        (lambda: Variable("ones", shape=(2, None)), ShapeError, "the size None in the shape (2, None)"),
        (lambda: Variable([1.0], aggregation="man"), ArgumentError, "did you mean 'mean'?"),
        (lambda: Variable([1.0], name="a/b"), ArgumentError, "a string without slashes"),
        (lambda: bool(Variable([1.0], name="w")), ArgumentTypeError, "the variable 'w' as a condition"),
        (lambda: float(Variable([1.0], name="w")), ArgumentTypeError, "take one entry first: variable[0]"),
        (lambda: setattr(Variable([1.0]), "constraint", "non_neg"), ArgumentError, "constraints.get('non_neg')"),
    ],
)
def test_errors_say_what_to_change(call: Callable[[], Any], kind: type[GlassworksError], words: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value) and "fix:" in str(caught.value)
