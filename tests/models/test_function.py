"""Function and get_source_inputs, beside real Keras; names for devices and recomputing that change nothing."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks.errors import ArgumentError, StateError


@pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
def test_a_function_replays_the_calls_between_its_tensors(library) -> None:
    x, y = library.Input((2,)), library.Input((2,))
    total = library.ops.add(x, y)
    double = library.ops.multiply(total, 2.0)
    function = library.Function({"x": x, "y": y}, [total, double], name="sums")
    one, two = np.ones((3, 2), "float32"), np.full((3, 2), 2.0, "float32")
    found = function({"x": one, "y": two})
    np.testing.assert_allclose(found[0], 3 * one)
    np.testing.assert_allclose(found[1], 6 * one)
    part = library.Function(total, double)
    np.testing.assert_allclose(part(one), 2 * one)
    assert part.compute_output_shape((None, 2)) == (None, 2)
    assert len(function.inputs) == 2 and len(function.outputs) == 2 and function.name == "sums"


def test_an_output_from_elsewhere_is_an_error() -> None:
    x, y = glassworks.Input((2,)), glassworks.Input((2,))
    with pytest.raises(StateError, match="inputs that are all listed"):
        glassworks.Function(x, x + y)
    with pytest.raises(ArgumentError, match="tensors"):
        glassworks.Function(x, 3)


@pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
def test_source_inputs_are_found_once_each(library) -> None:
    a, b = library.Input((2,), name="a"), library.Input((2,), name="b")
    hidden = library.layers.Dense(2)(library.ops.add(a, b))
    assert [one.name for one in library.utils.get_source_inputs(library.ops.add(hidden, b))] == ["a", "b"]
    assert library.utils.get_source_inputs(a)[0] is a


def test_device_and_recomputing_change_no_result() -> None:
    dense = glassworks.layers.Dense(3)
    x = np.ones((2, 4), "float32")
    expected = np.asarray(dense(x))
    with glassworks.device("cpu"), glassworks.RematScope("list_of_layers", layer_names=["dense"]), glassworks.SymbolicScope():
        np.testing.assert_array_equal(glassworks.remat(dense)(x), expected)
        np.testing.assert_array_equal(dense.rematerialized_call(dense.call)(x), expected)
    for wrong in (lambda: glassworks.device("gpu:0"), lambda: glassworks.RematScope("some")):
        with pytest.raises(ArgumentError):
            wrong()
