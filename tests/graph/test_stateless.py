"""StatelessScope: variables with other values, eager and traced, as in Keras."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import GradientTape, StatelessScope, Variable, layers, ops
from glassworks.engine import function
from glassworks.errors import ArgumentError, ShapeError


def test_a_layer_becomes_a_function_of_its_weights() -> None:
    dense = layers.Dense(2, use_bias=False)
    x = np.ones((1, 3), "float32")
    dense(x)
    kernel = np.full((3, 2), 2.0, "float32")
    with StatelessScope([(dense.kernel, kernel)]):
        np.testing.assert_allclose(dense(x), [[6, 6]])
    assert not np.allclose(dense(x), [[6, 6]])


def test_updates_stay_in_the_scope_as_in_keras() -> None:
    for library in (glassworks, real):
        v = library.Variable(np.zeros(2, "float32"))
        with library.StatelessScope([(v, np.ones(2, "float32"))]) as scope:
            v.assign_add(np.ones(2, "float32"))
            np.testing.assert_allclose(v.value, [2, 2])
        np.testing.assert_allclose(scope.get_current_value(v), [2, 2])
        np.testing.assert_allclose(v.numpy(), [0, 0])
        other = library.Variable(np.zeros(1, "float32"))
        with library.StatelessScope() as scope:
            np.testing.assert_allclose(other.value, [0])
            assert scope.get_current_value(other) is None
            with library.StatelessScope([(other, np.ones(1, "float32"))]):
                np.testing.assert_allclose(other.value, [1])
            np.testing.assert_allclose(other.value, [0])


def test_it_works_inside_a_trace_on_values_of_the_graph() -> None:
    v = Variable([1.0])

    @function
    def replaced(x):
        with StatelessScope([(v, x)]) as scope:
            v.assign(v.value * 2.0)
        return scope.get_current_value(v) + v.value

    np.testing.assert_allclose(replaced(ops.array([10.0])), [21])
    np.testing.assert_allclose(v.numpy(), [1])


def test_a_tape_sees_through_it() -> None:
    v, x = Variable([3.0]), ops.array([5.0])
    with GradientTape() as tape:
        tape.watch(x)
        with StatelessScope([(v, x)]):
            y = ops.sum(v.value * v.value)
    np.testing.assert_allclose(tape.gradient(y, x), [10])


def test_a_trace_inside_it_reads_the_variables_themselves() -> None:
    v = Variable([1.0])
    read = function(lambda: v.value + 0.0)
    with StatelessScope([(v, [7.0])]):
        np.testing.assert_allclose(read(), [1])


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ShapeError, match="same order"):
        StatelessScope([(Variable([1.0]), [1.0, 2.0])])
    with pytest.raises(ArgumentError, match="zip"):
        StatelessScope([("v", [1.0])])


def test_names_of_scopes_stand_before_paths() -> None:
    with glassworks.name_scope("outer"), glassworks.name_scope("inner"):
        dense = layers.Dense(1, name="dense")
        dense.build((None, 2))
        assert dense.kernel.path == "outer/inner/dense/kernel"
        assert Variable([1.0], name="v").path == "outer/inner/v"
    assert Variable([1.0], name="v").path == "v"
    with pytest.raises(ArgumentError, match="without slashes"):
        glassworks.name_scope("a/b")
