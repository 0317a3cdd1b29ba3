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


def test_a_training_loop_without_side_effects_is_keras_s() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(16, 3)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")
    start = [rng.normal(size=s).astype("float32") for s in ((3, 4), (4,), (4,), (4,), (4, 1), (1,))]
    found = []
    for library in (glassworks, real):
        model = library.Sequential(
            [library.layers.Input((3,)), library.layers.Dense(4), library.layers.BatchNormalization(), library.layers.Dense(1)]
        )
        trained = [np.array(w) for w in start]
        others = [np.asarray(v) for v in model.non_trainable_variables]
        optimizer, metric = library.optimizers.Adam(0.1), library.metrics.MeanSquaredError()
        optimizer.build(model.trainable_variables)
        before = model.get_weights()
        slots = [np.asarray(v) for v in optimizer.variables]
        counts = metric.stateless_reset_state()
        for _ in range(3):
            outputs, others = model.stateless_call(trained, others, x, training=True)
            grads = [np.full_like(np.asarray(w), 0.3) for w in trained]
            trained, slots = optimizer.stateless_apply(slots, grads, trained)
            counts = metric.stateless_update_state(counts, y, outputs)
        for one, other in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        found.append([*trained, *others, *slots, metric.stateless_result(counts)])
        assert not any(np.asarray(v).any() for v in metric.variables)
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-4, atol=1e-5)


def test_losses_of_a_stateless_call_belong_to_the_given_weights() -> None:
    dense = layers.Dense(1, kernel_regularizer="l2", use_bias=False)
    dense.build((None, 2))
    _, _, losses = dense.stateless_call([np.full((2, 1), 10.0)], [], np.ones((1, 2)), return_losses=True)
    assert float(losses[0]) == pytest.approx(2.0)
    with pytest.raises(ShapeError, match="one value per variable"):
        dense.stateless_call([], [], np.ones((1, 2)))
    with pytest.raises(glassworks.errors.StateError, match=r"optimizer\.build"):
        glassworks.optimizers.SGD().stateless_apply([], [], [])
