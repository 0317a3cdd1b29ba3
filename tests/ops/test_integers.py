"""Ops take NumPy's integers, arrays of one integer and lists where they take Python's ints and tuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks.errors import GlassworksError
from tests.ops.rows import Row
from tests.ops.table import ROWS


def _each(make: Callable[[int], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if type(value) is int:
            return make(value)
        return type(value)(map(convert, value)) if type(value) in (tuple, list) else value

    return convert


def _listed(make: Callable[[tuple], Any]) -> Callable[[Any], Any]:
    return lambda value: make(value) if type(value) is tuple and value and all(type(one) is int for one in value) else value


FORMS = {"integers of NumPy": _each(np.int64), "arrays of one": _each(np.array), "lists": _listed(list), "arrays": _listed(np.array)}
# An integer of NumPy has a dtype, and results get it, as in Keras.
TYPED = {"arange", "unravel_index"}
# Refused by Keras as well.
REFUSED = {
    "arrays of one": {
        *("conv", "depthwise_conv", "conv_transpose", "max_pool", "average_pool", "adaptive_max_pool", "adaptive_average_pool"),
        *("array_split", "stft", "istft"),
    }
}


def _run(row: Row, arrays: Any, convert: Callable[[Any], Any]) -> list[np.ndarray]:
    def with_converted(*args: Any, **kwargs: Any) -> Any:
        given = [arg if isinstance(arg, np.ndarray) else convert(arg) for arg in args]
        return getattr(keras.ops, row.name)(*given, **{key: convert(arg) for key, arg in kwargs.items()})

    assert row.call
    return [np.asarray(result) for result in keras.tree.flatten(row.call(with_converted, *arrays))]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row.name}-{i}") for i, row in enumerate(ROWS) if row.call and row.name not in TYPED]
)
def test_integers_in_other_forms_give_the_same_results(row: Row, form: str) -> None:
    for arrays in row.inputs[-2:]:
        expected = _run(row, arrays, lambda value: value)
        if row.name in REFUSED.get(form, ()):
            continue
        for result, wanted in zip(_run(row, arrays, FORMS[form]), expected, strict=True):
            assert (result.dtype, result.shape) == (wanted.dtype, wanted.shape)
            np.testing.assert_array_equal(result, wanted)


def test_an_axis_that_is_not_an_integer_is_refused() -> None:
    for axis in (1.0, "1"):
        with pytest.raises(GlassworksError, match="an int, or a tuple of ints"):
            keras.ops.sum(np.ones((2, 3)), axis=axis)
