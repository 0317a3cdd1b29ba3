"""Gradients of Python code: tapes, grad, custom and stopped gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import GradientTape, Variable, grad, ops, value_and_grad
from glassworks.errors import GlassworksError, GraphError


def test_trainable_variables_are_watched_as_they_are_read() -> None:
    kernel, counter = Variable([2.0, 3.0], name="kernel"), Variable(1.0, trainable=False)
    with GradientTape() as tape:
        loss = ops.sum(kernel * kernel) * counter
    assert tape.watched_variables() == (kernel,)
    assert tape.gradient(loss, [kernel, counter])[1] is None
    with GradientTape() as tape:
        loss = ops.sum(kernel * kernel)
    np.testing.assert_array_equal(tape.gradient(loss, kernel), [4, 6])


def test_nested_tapes_give_second_derivatives() -> None:
    x = ops.array(2.0)
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        slope = inner.gradient(y, x)
    assert float(slope) == 12 and float(outer.gradient(slope, x)) == 12


def test_a_persistent_tape_answers_twice() -> None:
    x = ops.array([1.0, 2.0])
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = ops.exp(x)
    np.testing.assert_array_equal(tape.gradient(y, x), [2, 4])
    np.testing.assert_allclose(tape.gradient(z, x), np.exp([1, 2]), rtol=1e-6)


def test_sources_come_back_in_their_structure() -> None:
    a, b, c = ops.array(1.0), ops.array(2.0), ops.array(3.0)
    with GradientTape() as tape:
        tape.watch([a, b, c])
        y = a * b
    found = tape.gradient(y, {"first": a, "others": [b, c]})
    assert float(found["first"]) == 2 and float(found["others"][0]) == 1 and found["others"][1] is None


def test_unconnected_sources_can_be_zero() -> None:
    a, b = ops.array([1.0, 2.0]), ops.array(1.0)
    with GradientTape() as tape:
        tape.watch([a, b])
        y = b * 2.0
    assert tape.gradient(y, a, unconnected_gradients="zero").tolist() == [0, 0]


def test_what_is_computed_while_recording_is_stopped_has_no_gradient() -> None:
    x = ops.array(3.0)
    with GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            scale = x * 10.0
        y = x * scale
    assert float(tape.gradient(y, x)) == 30


def test_a_variable_that_changes_keeps_the_value_that_was_read() -> None:
    v = Variable(2.0)
    with GradientTape() as tape:
        y = v * v
        v.assign(100.0)
    assert float(tape.gradient(y, v)) == 4


def test_grad_takes_several_arguments_and_structures() -> None:
    gradient = grad(lambda p, x: ops.sum(p["w"] * x) + p["b"], argnums=(0, 1))({"w": np.ones(2), "b": 1.0}, np.array([3.0, 4.0]))
    np.testing.assert_array_equal(gradient[0]["w"], [3, 4])
    assert float(gradient[0]["b"]) == 1
    np.testing.assert_array_equal(gradient[1], [1, 1])


def test_value_and_grad_passes_auxiliary_results_through() -> None:
    (value, aux), gradient = value_and_grad(lambda x: (x * x, "aux"), has_aux=True)(3.0)
    assert (float(value), aux, float(gradient)) == (9.0, "aux", 6.0)


def test_third_derivatives() -> None:
    assert float(grad(grad(grad(lambda x: ops.sin(x))))(np.float64(0.3))) == pytest.approx(-np.cos(0.3))


def test_a_custom_gradient_replaces_the_real_one_eagerly_and_traced() -> None:
    @ops.custom_gradient
    def clipped(x):
        return x * x, lambda upstream: ops.clip(upstream * 2.0 * x, -1.0, 1.0)

    assert float(grad(clipped)(5.0)) == 1.0
    traced = glassworks.function(grad(lambda x: ops.sum(clipped(x))))
    np.testing.assert_array_equal(traced(ops.array([0.25, 5.0])), [0.5, 1.0])


def test_nothing_flows_through_stop_gradient() -> None:
    assert float(grad(lambda x: x * ops.stop_gradient(x))(3.0)) == 3


def test_integers_have_no_gradient() -> None:
    x = ops.array([1.5, 2.5])
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(ops.cast(ops.cast(x, "int32"), "float32"))
    assert tape.gradient(y, x) is None


def test_numpy_functions_that_are_known_are_recorded_and_others_are_refused() -> None:
    x = ops.array([0.5])
    with GradientTape() as tape:
        tape.watch(x)
        y = np.exp(x)
    np.testing.assert_allclose(tape.gradient(y, x), np.exp([0.5]), rtol=1e-6)
    with GradientTape() as tape, pytest.raises(GraphError, match=r"numpy\.add\.reduce on an array"):
        tape.watch(x)
        np.add.reduce(x)


def test_an_output_gradient_of_the_wrong_shape_is_an_error() -> None:
    x = ops.array([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    with pytest.raises(GlassworksError, match=r"\(3,\)"):
        tape.gradient(y, x, output_gradients=np.ones(3, "float32"))


def test_in_place_operators_make_new_arrays() -> None:
    x = ops.array([1.0])
    same = x
    x += 1
    assert same.tolist() == [1.0] and x.tolist() == [2.0]


def test_arrays_promote_as_keras_does_not_as_numpy_does() -> None:
    assert (ops.array([1.0]) * np.array([2], "int64")).dtype == np.float32
    assert (np.array([2], "int64") * ops.array([1.0])).dtype == np.float32
    assert isinstance(ops.array([1.0]).numpy(), np.ndarray)


def test_traced_code_has_gradients_for_arrays_of_the_code_around_it() -> None:
    t, w = ops.array([2.0, 3.0]), Variable(np.array(5.0, "float32"))

    def derivatives() -> list:
        with GradientTape() as outer:
            outer.watch(t)
            with GradientTape() as inner:
                inner.watch(t)
                u = w * (t * t * t)
            first = inner.gradient(u, t)
        return [first, outer.gradient(first, t)]

    for results in (derivatives(), glassworks.function(derivatives)()):
        np.testing.assert_allclose(results[0], 15 * np.array([4.0, 9.0]))
        np.testing.assert_allclose(results[1], 30 * np.array([2.0, 3.0]))


def test_traced_code_has_no_gradient_for_an_array_that_is_not_watched() -> None:
    t, w = ops.array([2.0, 3.0]), Variable(np.array(5.0, "float32"))

    def derivative() -> Any:
        with GradientTape() as tape:
            u = w * t
        return tape.gradient(u, [t, w])

    gradients = glassworks.function(derivative)()
    assert gradients[0] is None
    assert float(gradients[1]) == 5
