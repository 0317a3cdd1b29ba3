"""Optimizers around optimizers: the loss scale and the choice of an optimizer per variable, step by step as in real Keras."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.engine import function
from glassworks.errors import ArgumentError, GlassworksError

RNG = np.random.default_rng(7)
START = [RNG.normal(size=(3, 4)).astype("float32"), RNG.normal(size=(4,)).astype("float32")]
GRADIENTS = [[RNG.normal(size=w.shape).astype("float32") for w in START] for _ in range(8)]
GRADIENTS[3][0][1, 2] = np.inf
GRADIENTS[6][1][0] = np.nan


def scaled(library: Any) -> Any:
    inner = library.optimizers.Adam(0.05, clipnorm=1.0)
    return library.optimizers.LossScaleOptimizer(inner, initial_scale=16.0, dynamic_growth_steps=2)


def divided(library: Any) -> Any:
    o = library.optimizers
    return o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1, momentum=0.9), {"first.*": o.Adam(0.05)}))


def by_function(library: Any) -> Any:
    kinds = {2: library.optimizers.Adam(0.05), 1: library.optimizers.RMSprop(0.1)}
    return library.optimizers.MultiOptimizer(lambda variable: kinds[len(variable.shape)], loss_scale_factor=4.0)


def run(library: Any, optimizer: Any, traced: bool, steps: list) -> list[np.ndarray]:
    variables = [library.Variable(w.copy(), name=name) for name, w in zip(("first", "second"), START, strict=True)]
    optimizer.build(variables)

    def step(gradients: Any) -> None:
        if library is glassworks:
            optimizer.apply(gradients, variables)
            return
        # Keras on JAX decides about a step without side effects.
        state = [v.value for v in optimizer.variables]
        trained, state = optimizer.stateless_apply(state, gradients, [v.value for v in variables])
        for variable, value in zip([*variables, *optimizer.variables], [*trained, *state], strict=True):
            variable.assign(value)

    call = function(step) if traced else step
    for gradients in steps:
        call([ops.array(g) if traced else g for g in gradients])
    loss = np.asarray(optimizer.scale_loss(ops.array(2.0) if library is glassworks else 2.0))
    return [np.asarray(v.value if library is real else v.numpy()) for v in [*variables, *optimizer.variables]] + [loss]


@pytest.mark.parametrize("make", [scaled, divided, by_function])
@pytest.mark.parametrize("traced", [False, True])
def test_steps_give_the_numbers_of_keras(make: Any, traced: bool) -> None:
    steps = GRADIENTS if make is scaled else GRADIENTS[:3]
    theirs, ours = run(real, make(real), False, steps), run(glassworks, make(glassworks), traced, steps)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [scaled, divided])
def test_configs_are_keras_s_and_make_equal_optimizers(make: Any) -> None:
    ours, theirs = make(glassworks), make(real)
    assert set(ours.get_config()) == set(theirs.get_config())
    copy = glassworks.optimizers.deserialize(glassworks.optimizers.serialize(ours))
    assert type(copy) is type(ours) and copy.get_config() == ours.get_config()


def test_a_model_trains_with_a_loss_scale_and_with_two_optimizers() -> None:
    x, y = RNG.normal(size=(32, 4)).astype("float32"), RNG.normal(size=(32, 1)).astype("float32")
    start = [RNG.normal(size=s).astype("float32") for s in ((4, 3), (3,), (3, 1), (1,))]
    for make in (scaled, by_function):
        losses = []
        for library in (glassworks, real):
            model = library.Sequential([library.layers.Input((4,)), library.layers.Dense(3, activation="tanh"), library.layers.Dense(1)])
            model.set_weights(start)
            model.compile(make(library), "mse")
            losses.append(model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"])
        np.testing.assert_allclose(*losses, rtol=1e-4)


def test_the_learning_rate_is_that_of_the_inner_optimizer() -> None:
    optimizer = scaled(glassworks)
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate.numpy()) == 0.5
    with pytest.raises(AttributeError, match=r"\.optimizers"):
        divided(glassworks).learning_rate  # noqa: B018 - reading it is the mistake


@pytest.mark.parametrize(
    ("wrong", "piece"),
    [
        (lambda o: o.LossScaleOptimizer("adam"), "an optimizer"),
        (lambda o: o.LossScaleOptimizer(o.SGD(), clipnorm=1.0), "give clipnorm to the inner optimizer"),
        (lambda o: o.LossScaleOptimizer(o.SGD(), dynamic_growth_steps=0), "positive integer"),
        (lambda o: o.OptimizerMap(o.SGD(), {"a": "adam"}), "an optimizer"),
        (lambda o: o.OptimizerMap(o.SGD(), {"a": o.LossScaleOptimizer(o.SGD())}), "updates weights itself"),
        (lambda o: o.OptimizerMap(o.SGD(), {"a.*": o.SGD(), ".*b": o.SGD()})["ab"], "narrower"),
        (lambda o: o.MultiOptimizer({"a": o.SGD()}), "wrap a dict"),
    ],
)
def test_wrong_arguments_are_named(wrong: Any, piece: str) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong(glassworks.optimizers)
    assert piece in str(caught.value)


def test_a_pattern_is_given_once() -> None:
    chosen = glassworks.optimizers.OptimizerMap(glassworks.optimizers.SGD(), {"a": glassworks.optimizers.SGD()})
    with pytest.raises(ArgumentError, match="a second optimizer"):
        chosen["a"] = glassworks.optimizers.SGD()
    del chosen["a"]
    assert len(chosen) == 0 and chosen["a"] is chosen.default_optimizer


def test_gradients_are_finite_or_not_as_keras_finds() -> None:
    grads = [np.ones(3, "float32"), None]
    for library in (glassworks, real):
        optimizer = scaled(library)
        assert bool(optimizer.check_finite(grads)) is True
        assert bool(optimizer.check_finite([*grads, np.array([np.inf], "float32")])) is False


def test_muon_orthogonalises_one_matrix_or_several_as_keras_does() -> None:
    ours, theirs = (library.optimizers.Muon(rms_rate=0.3) for library in (glassworks, real))
    for shape in ((3, 5), (5, 3), (2, 4, 3)):
        x = RNG.normal(size=shape).astype("float32")
        expected = theirs.zeropower_via_newtonschulz5(real.ops.convert_to_tensor(x), 3)
        np.testing.assert_allclose(ours.zeropower_via_newtonschulz5(ops.convert_to_tensor(x), 3), expected, atol=1e-5)
        np.testing.assert_allclose(ours.transpose_last_axis(ops.convert_to_tensor(x)), theirs.transpose_last_axis(x))
        np.testing.assert_allclose(ours.lr_adjust(ops.convert_to_tensor(x)), theirs.lr_adjust(x), rtol=1e-5)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        ours.zeropower_via_newtonschulz5(ops.ones(3), 1)
