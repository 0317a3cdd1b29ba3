"""Own classes, subclassed directly from each public base, train as the built-in ones do, and as they do in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.errors import ArgumentTypeError, StateError
from glassworks.testing import ContractError, check_in_training
from tests.contracts.own_classes import own_classes

OWN = own_classes(glassworks)
RNG = np.random.default_rng(5)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
MAKERS: dict[str, Callable[[], Any]] = {
    **{name: cls for name, cls in vars(OWN).items() if name not in ("stretched", "Batches", "Half")},
    "Batches": lambda: OWN.Batches(X, Y),
    "Half": lambda: OWN.Half("mixed_bfloat16"),
    "stretched": lambda: OWN.stretched,
}


@pytest.mark.parametrize("name", MAKERS)
def test_an_own_class_works_in_training(name: str) -> None:
    assert check_in_training(MAKERS[name]) == ["config", "training", "eager", "engines", "mixed_precision", "clone"]


def built(library: Any, own: Any, **compiled: Any) -> Any:
    dense = library.layers.Dense(
        4, activation=own.stretched, kernel_initializer=own.Alternating(), kernel_regularizer=own.Squares(), kernel_constraint=own.Within()
    )
    model = library.Sequential([library.Input((3,)), own.Scaled(4), dense, library.layers.Dense(1, kernel_initializer="ones")])
    options = {"optimizer": own.MomentumDescent(0.02), "loss": own.FourthPower(), "metrics": [own.Distance(), own.Several()]}
    model.compile(**{**options, **compiled})
    return model


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weight_decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "ema": {"use_ema": True, "ema_momentum": 0.5},
    "ema overwriting": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    "loss scale": {"loss_scale_factor": 8.0},
    "accumulation": {"gradient_accumulation_steps": 2},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_own_classes_train_as_in_keras(name: str) -> None:
    results = []
    for library in (glassworks, real):
        own = own_classes(library)
        optimizer = own.MomentumDescent(own.Falling() if name == "plain" else 0.02, **OPTIONS[name])
        model = built(library, own, optimizer=optimizer)
        history = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, validation_data=(X[:8], Y[:8])).history
        results.append((history, [np.asarray(w) for w in model.get_weights()], [tuple(v.shape) for v in optimizer.variables]))
    (ours, weights, shapes), (theirs, their_weights, their_shapes) = results
    assert set(ours) == set(theirs) and shapes == their_shapes
    for key in theirs:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=2e-4, atol=1e-5, err_msg=key)
    for mine, reference in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-4, atol=1e-5)


def test_an_own_callback_sees_and_changes_what_it_does_in_keras() -> None:
    seen = []
    for library in (glassworks, real):
        own = own_classes(library)
        watching = own.Watching()
        built(library, own, metrics=[own.Distance()]).fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[watching])
        seen.append(watching.seen)
    assert seen[0] == seen[1]


def test_an_own_optimizer_has_the_api_of_keras() -> None:
    found = []
    for library in (glassworks, real):
        own = own_classes(library)
        variable, gradient = library.Variable(np.array([1.0, 2.0], "float32")), library.ops.ones((2,))
        optimizer = own.MomentumDescent(0.1)
        optimizer.build([variable])
        trained, state = optimizer.stateless_apply([v.value for v in optimizer.variables], [gradient], [variable.value])
        row = [*trained, *state, variable.numpy()]
        optimizer.apply([gradient])
        optimizer.apply_gradients([(gradient, variable)])
        optimizer.learning_rate = 0.5
        row += [variable.numpy(), optimizer.iterations.numpy(), optimizer.learning_rate.numpy()]
        first, second = optimizer.add_optimizer_variables([variable], ["a", "b"], initializer="ones")
        row += [first[0].numpy(), second[0].numpy(), len(optimizer.variables)]
        found.append([np.asarray(one) for one in row])
        config = optimizer.get_config()
        assert type(optimizer).from_config(config).get_config() == config
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_only_optimizers_are_optimizers() -> None:
    for wrong in (lambda: None, glassworks.losses.MeanSquaredError(), 3):
        with pytest.raises(ArgumentTypeError, match="an optimizer: its name, or an object of a subclass of Optimizer"):
            glassworks.optimizers.get(wrong)


def test_variables_in_attributes_belong_to_metrics_and_optimizers() -> None:
    metric = OWN.Several()
    assert len(metric.variables) == 6
    metric.update_state([[1.0]], [[3.0]])
    metric.reset_state()
    assert not any(variable.numpy().any() for variable in metric.variables)

    class Counting(glassworks.optimizers.Optimizer):
        def __init__(self) -> None:
            super().__init__(learning_rate=0.1)
            self.count = glassworks.Variable(0.0, trainable=False)

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            self.assign_sub(variable, learning_rate * gradient)
            self.count.assign_add(1.0)

    optimizer = Counting()
    model = built(glassworks, OWN, optimizer=optimizer)
    model.fit(X, Y, batch_size=16, verbose=0)
    own = {id(variable) for variable in optimizer.variables}
    assert id(optimizer.count) in own and not own & {id(variable) for variable in model.variables}
    assert float(optimizer.count.numpy()) == 2 * len(model.trainable_variables)


@pytest.mark.parametrize("base", [glassworks.metrics.Metric, glassworks.optimizers.Optimizer])
def test_a_class_that_forgets_its_base_is_told(base: type) -> None:
    class Forgetful(base):
        def __init__(self) -> None:
            self.total = self.add_variable(shape=(), initializer="zeros", name="total")

    with pytest.raises(StateError, match=r"Forgetful whose base class was not initialised[\s\S]*super\(\).__init__"):
        Forgetful()


def test_clones_hold_own_classes_and_functions_wherever_they_stand() -> None:
    layers = glassworks.layers
    inputs = glassworks.Input((5, 3))
    x = layers.Bidirectional(layers.RNN(OWN.Cell(2), return_sequences=True))(inputs)
    x = layers.TimeDistributed(layers.Dense(2, activation=lambda v: v * 2, kernel_regularizer=OWN.Squares()))(x)
    model = glassworks.Model(inputs, layers.RNN([OWN.Cell(2), OWN.Cell(3)])(x))
    copy = glassworks.models.clone_model(model)
    copy.set_weights(model.get_weights())
    rows = RNG.normal(size=(4, 5, 3)).astype("float32")
    np.testing.assert_allclose(copy.predict(rows, verbose=0), model.predict(rows, verbose=0), rtol=1e-6)


def test_configs_with_own_classes_take_custom_objects() -> None:
    own = dict(vars(OWN))
    inputs = glassworks.Input((3,))
    model = glassworks.Model(inputs, OWN.Scaled(2)(inputs))
    assert glassworks.Model.from_config(model.get_config(), custom_objects=own).count_params() == model.count_params()
    optimizer = OWN.MomentumDescent(OWN.Falling(0.5))
    copy = OWN.MomentumDescent.from_config(optimizer.get_config(), custom_objects=own)
    assert copy.get_config() == optimizer.get_config()


def test_the_suite_finds_what_does_not_work() -> None:
    class Forgetting(OWN.Squares):
        def get_config(self) -> dict[str, Any]:
            return {}

    with pytest.raises(ContractError, match="make get_config return the arguments"):
        check_in_training(lambda: Forgetting(0.7))

    class Overflowing(glassworks.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.exp(1e4 + ops.mean(y_pred - y_true, axis=-1))

    with pytest.raises(ContractError, match="not finite"):
        check_in_training(Overflowing)

    class Remembering(glassworks.regularizers.Regularizer):
        """Counts its calls in Python: once under trace, at each step eagerly."""

        calls = 0

        def __call__(self, x: Any) -> Any:
            Remembering.calls += 1
            return 0.01 * Remembering.calls * ops.sum(ops.square(x))

        def get_config(self) -> dict[str, Any]:
            return {}

    with pytest.raises(ContractError, match="run_eagerly=True"):
        check_in_training(Remembering)
