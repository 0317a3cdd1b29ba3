"""Every optimizer and every keyword: ten updates as in real Keras; every schedule at many steps."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.arguments import Number
from glassworks.engine import function

RNG = np.random.default_rng(5)
START = [RNG.normal(size=(3, 4)).astype("float32"), RNG.normal(size=(4,)).astype("float32"), np.float32(0.7)]
GRADIENTS = [[RNG.normal(scale=scale, size=np.shape(w)).astype("float32") for w in START] for scale in (1, 1, 0.1, 5, 1, 1, 3, 1, 0, 1)]

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"learning_rate": 0.1}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"learning_rate": 0.01}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.8, "rho": 0.95}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4}),
    ("Adam", {"learning_rate": 0.05, "amsgrad": True}),
    ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("Adam", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.3}),
    ("SGD", {"global_clipnorm": 1.0}),
    ("SGD", {"weight_decay": 0.1}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.7}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3}),
    ("SGD", {"gradient_accumulation_steps": 3, "momentum": 0.9}),
    ("Adam", {"gradient_accumulation_steps": 2, "clipnorm": 1.0}),
    ("SGD", {"loss_scale_factor": 8.0}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-3}),
    ("Adagrad", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-2}),
    ("Adamax", {"learning_rate": 0.05}),
    ("Adamax", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1}),
    ("Nadam", {"learning_rate": 0.05}),
    ("Nadam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Nadam", {"learning_rate": 0.05, "gradient_accumulation_steps": 2}),
    ("Lion", {"learning_rate": 0.01}),
    ("Lion", {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.7, "weight_decay": 0.1}),
    ("Ftrl", {"learning_rate": 0.1}),
    ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.5, "l2_regularization_strength": 0.2, "beta": 0.3}),
    ("Ftrl", {"learning_rate": 0.1, "learning_rate_power": -0.7, "l2_shrinkage_regularization_strength": 0.1}),
    ("Lamb", {"learning_rate": 0.05}),
    ("Lamb", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Adafactor", {"learning_rate": 0.5}),
    ("Adafactor", {"learning_rate": 0.1, "relative_step": False, "clip_threshold": 0.5, "beta_2_decay": -0.5, "epsilon_2": 0.1}),
    ("ScheduleFreeAdamW", {}),
    ("Muon", {"learning_rate": 0.05}),
    ("Muon", {"learning_rate": 0.05, "nesterov": False, "rms_rate": None, "ns_steps": 3, "momentum": 0.8, "weight_decay": None}),
    ("Muon", {"learning_rate": 0.05, "adam_lr_ratio": 0.5, "exclude_layers": ["variable"], "adam_weight_decay": 0.1}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.05, "beta_1": 0.8, "warmup_steps": 4, "weight_decay": 0.1}),
]


def label(case: tuple[str, dict[str, Any]]) -> str:
    return f"{case[0]}-{'-'.join(f'{k}={v}' for k, v in case[1].items())}"


def run(library: Any, optimizer: Any, traced: bool = False) -> list[np.ndarray]:
    variables = [library.Variable(np.array(w)) for w in START]
    optimizer.build(variables)

    def step(gradients: Any) -> None:
        optimizer.apply(gradients, variables)

    if traced:
        step = function(step)
    for gradients in GRADIENTS:
        step([ops.array(g) if traced else g for g in gradients])
    return [np.asarray(v.value if library is real else v.numpy()) for v in [*variables, *optimizer.variables]]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_ten_updates_give_the_numbers_of_keras(case: tuple[str, dict[str, Any]]) -> None:
    name, options = case
    theirs = run(real, getattr(real.optimizers, name)(**options))
    for traced in (False, True):
        ours = run(glassworks, getattr(glassworks.optimizers, name)(**options), traced)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [1.0, 0.5, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 12, "power": 2.0}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 12, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 12, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 12, "warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "m_mul": 0.8}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 1.0, "alpha": 0.2}),
]


@pytest.mark.parametrize("case", SCHEDULES, ids=label)
def test_schedules_give_the_rates_of_keras(case: tuple[str, dict[str, Any]]) -> None:
    name, options = case
    ours, theirs = getattr(glassworks.optimizers.schedules, name)(**options), getattr(real.optimizers.schedules, name)(**options)
    for step in (0, 1, 5, 6, 7, 11, 12, 13, 30, 100):
        assert float(ours(step)) == pytest.approx(float(theirs(step)), rel=1e-5, abs=1e-8)
    config = theirs.get_config()
    assert ours.get_config() == config
    assert type(ours).from_config(config).get_config() == config


@pytest.mark.parametrize("case", CASES, ids=label)
def test_configs_have_the_keys_of_keras_and_make_equal_optimizers(case: tuple[str, dict[str, Any]]) -> None:
    name, options = case
    ours, theirs = getattr(glassworks.optimizers, name)(**options), getattr(real.optimizers, name)(**options)
    mine, reference = ours.get_config(), theirs.get_config()
    assert set(mine) == set(reference)
    copy = type(ours).from_config(mine)
    assert copy.get_config() == mine


def test_a_variable_without_a_gradient_stays_and_is_named_in_a_warning() -> None:
    first, second = glassworks.Variable([1.0], name="used"), glassworks.Variable([1.0], name="idle")
    optimizer = glassworks.optimizers.SGD(0.5)
    with pytest.warns(glassworks.errors.GlassworksWarning, match="idle"):
        optimizer.apply([np.ones(1, "float32"), None], [first, second])
    assert float(first.numpy()[0]) == 0.5 and float(second.numpy()[0]) == 1


def test_a_subclass_names_its_arguments_and_they_are_checked_kept_and_in_the_config() -> None:
    class Sign(glassworks.optimizers.Optimizer):
        arguments = {"share": Number(0, 1)}

        def __init__(self, learning_rate: float = 0.1, share: float = 0.5, **kwargs: Any) -> None:
            super().__init__(learning_rate, share=share, **kwargs)

    optimizer = Sign(share=0.25, clipnorm=1.0)
    assert optimizer.share == 0.25
    config = optimizer.get_config()
    assert config["share"] == 0.25 and Sign.from_config(config).get_config() == config
    with pytest.raises(glassworks.errors.ArgumentError, match="share"):
        Sign(share=2.0)


@pytest.mark.parametrize(("wrong", "right"), [("learn_rate", "learning_rate"), ("clip_norm", "clipnorm"), ("beta1", "beta_1")])
def test_an_unknown_argument_is_an_error_that_names_the_right_one(wrong: str, right: str) -> None:
    with pytest.raises(glassworks.errors.ArgumentTypeError, match=f"did you mean '{right}'"):
        glassworks.optimizers.Adam(**{wrong: 0.5})


def test_decay_of_keras_2_is_ignored_with_a_warning() -> None:
    with pytest.warns(glassworks.errors.GlassworksWarning, match="InverseTimeDecay"):
        assert "decay" not in glassworks.optimizers.SGD(decay=0.1).get_config()


def test_a_gradient_of_another_shape_is_an_error() -> None:
    with pytest.raises(glassworks.errors.ShapeError, match="a gradient of shape"):
        glassworks.optimizers.SGD().apply([np.ones(3, "float32")], [glassworks.Variable([1.0])])


def test_own_variables_go_to_a_store_and_back_as_in_keras() -> None:
    stores: list[dict[str, Any]] = [{}, {}]
    for library, store in zip((glassworks, real), stores, strict=True):
        optimizer = library.optimizers.Adam(0.05)
        run(library, optimizer)
        optimizer.save_own_variables(store)
    assert set(stores[0]) == set(stores[1])
    for key, value in stores[0].items():
        np.testing.assert_allclose(value, np.asarray(stores[1][key]), rtol=1e-5, atol=1e-6)
    other = glassworks.optimizers.Adam()
    other.build([glassworks.Variable(np.array(w)) for w in START])
    other.load_own_variables(stores[1])
    assert float(other.learning_rate.numpy()) == pytest.approx(0.05)
    assert int(other.iterations.numpy()) == len(GRADIENTS)


@pytest.mark.parametrize(
    "name", sorted(set(glassworks.optimizers.OPTIMIZERS.objects) - {"Optimizer", "OptimizerMap", "LossScaleOptimizer", "MultiOptimizer"})
)
def test_training_with_an_optimizer_gives_the_losses_of_keras(name: str) -> None:
    x, y = RNG.normal(size=(32, 4)).astype("float32"), RNG.normal(size=(32, 1)).astype("float32")
    weights = [
        RNG.normal(size=(4, 3)).astype("float32"),
        np.zeros(3, "float32"),
        RNG.normal(size=(3, 1)).astype("float32"),
        np.zeros(1, "f"),
    ]
    losses = []
    for library in (glassworks, real):
        layers = [library.layers.Input((4,)), library.layers.Dense(3, activation="tanh"), library.layers.Dense(1)]
        model = library.Sequential(layers)
        model.set_weights(weights)
        model.compile(getattr(library.optimizers, name)(), "mse")
        losses.append(model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
