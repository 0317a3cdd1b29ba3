"""Every registered class can be copied and pickled, and the copy is equal and of its own."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import Any

import numpy as np
import pytest

from glassworks import constraints, dtype_policies, initializers, layers, losses, metrics, optimizers, regularizers, utils
from glassworks.registry import registry, serialize
from glassworks.training import callbacks
from tests.contracts.test_layers import ELSEWHERE, SAMPLES

KINDS = ["losses", "metrics", "optimizers", "optimizers.schedules", "regularizers", "constraints", "initializers", "dtype_policies"]
# Arguments of classes that have some without a default.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "MeanIoU": {"num_classes": 3}, "OneHotMeanIoU": {"num_classes": 3}, "IoU": {"num_classes": 3, "target_class_ids": [0]},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0]}, "BinaryIoU": {}, "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5}, "PrecisionAtRecall": {"recall": 0.5}, "RecallAtPrecision": {"precision": 0.5},
    "MeanMetricWrapper": {"fn": losses.mean_squared_error}, "LossFunctionWrapper": {"fn": losses.mean_squared_error},
    "LossScaleOptimizer": {"inner_optimizer": optimizers.SGD()}, "OptimizerMap": {"default_optimizer": optimizers.SGD()}, "MultiOptimizer": {"optimizer_map": optimizers.OptimizerMap(optimizers.SGD())},
    "PiecewiseConstantDecay": {"boundaries": [1], "values": [0.1, 0.01]}, "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}, "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 3},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 3}, "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 3},
    "QuantizedDTypePolicy": {"mode": "int8"}, "QuantizedFloat8DTypePolicy": {"mode": "float8"}, "Int4DTypePolicy": {"mode": "int4/128"},
    "GPTQDTypePolicy": {"mode": "gptq/4/128"}, "AWQDTypePolicy": {"mode": "awq/4/128"},
}  # fmt: skip
BASES = {"Loss", "Metric", "Optimizer", "LearningRateSchedule", "Initializer", "Regularizer", "Constraint"}


def classes() -> list[Any]:
    found = []
    for kind in KINDS:
        for name, cls in sorted(registry(kind).objects.items()):
            own = (
                isinstance(cls, type)
                and getattr(sys.modules[cls.__module__], name, None) is cls
                and cls.__module__.startswith("glassworks.")
            )
            if own and name not in BASES:
                found.append(pytest.param(cls, id=f"{kind} {name}"))
    return found


def copies(thing: Any) -> list[Any]:
    return [copy.copy(thing), copy.deepcopy(thing), *(pickle.loads(pickle.dumps(thing, protocol)) for protocol in range(2, 6))]


@pytest.mark.parametrize("cls", classes())
def test_an_object_is_copied_with_its_settings(cls: type) -> None:
    thing = cls(**ARGUMENTS.get(cls.__name__, {}))
    for twin in copies(thing):
        assert type(twin) is cls and twin is not thing
        assert serialize(twin) == serialize(thing)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - ELSEWHERE))
def test_a_layer_is_copied_with_its_weights(name: str) -> None:
    sample = SAMPLES[name]
    arguments = sample.arguments("float32") if callable(sample.arguments) else sample.arguments
    cls = sample.cls or getattr(layers, name)
    utils.set_random_seed(1)
    if name == "Lambda":
        arguments = {"function": losses.mean_squared_error}  # a lambda cannot be pickled
    layer = cls(**copy.deepcopy(arguments))
    twins = copies(layer)
    for variable, *others in zip(layer.variables, *(twin.variables for twin in twins), strict=True):
        for other in others:
            np.testing.assert_array_equal(variable.numpy(), other.numpy())
            assert other is not variable and other.path == variable.path
    assert len({id(layer), *map(id, twins)}) == 1 + len(twins)
    assert all(type(twin) is cls and twin.name == layer.name for twin in twins)


@pytest.mark.parametrize("cls", [optimizers.Adam, optimizers.SGD, optimizers.Ftrl, optimizers.Lion])
def test_an_optimizer_is_copied_with_its_state(cls: type) -> None:
    dense = layers.Dense(2)
    dense.build((None, 3))
    optimizer = cls(0.1, use_ema=True, global_clipnorm=1.0)
    optimizer.apply([np.ones(v.shape, "float32") for v in dense.trainable_variables], dense.trainable_variables)
    for way in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        twin_dense, twin = way((dense, optimizer))
        for _ in range(2):
            for one, other in ((dense, optimizer), (twin_dense, twin)):
                other.apply([np.full(v.shape, 0.5, "float32") for v in one.trainable_variables])
        for one, other in zip([*optimizer.variables, *dense.weights], [*twin.variables, *twin_dense.weights], strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_metric_is_copied_with_its_counts() -> None:
    mean = metrics.Mean()
    mean.update_state([1.0, 2.0])
    for twin in copies(mean):
        assert float(twin.result()) == 1.5
        twin.update_state([100.0])
        assert float(mean.result()) == 1.5


def test_a_layer_that_has_run_is_copied_without_what_ran() -> None:
    dense = layers.Dense(2, activity_regularizer="l2", kernel_constraint=constraints.MaxNorm(1), kernel_regularizer=regularizers.L2(0.1))
    x = np.ones((3, 4), "float32")
    expected = dense(x)
    assert dense.losses
    for twin in copies(dense):
        np.testing.assert_array_equal(twin(x), expected)
        assert twin.kernel.regularizer is twin.kernel_regularizer is not dense.kernel_regularizer
        assert twin.kernel.constraint is not dense.kernel.constraint
        twin.set_weights([w * 0 for w in twin.get_weights()])
        np.testing.assert_array_equal(dense(x), expected)


@pytest.mark.parametrize(
    "name", sorted(callbacks.__all__ if hasattr(callbacks, "__all__") else [n for n in vars(callbacks) if n[0].isupper()])
)
def test_a_callback_is_copied_without_the_model(name: str) -> None:
    cls = getattr(callbacks, name)
    arguments = {
        "BackupAndRestore": ["backup"],
        "CSVLogger": ["log.csv"],
        "CallbackList": [[]],
        "LearningRateScheduler": [initializers.get],
        "ModelCheckpoint": ["model.keras"],
    }.get(name, [])
    if not isinstance(cls, type) or name in ("CallbackList", "Monitor"):
        return
    callback = cls(*arguments)
    callback._model = object()
    for twin in copies(callback):
        assert type(twin) is cls and twin.model is None


def test_policies_stay_what_they_are() -> None:
    for policy in (dtype_policies.DTypePolicy("mixed_float16"), dtype_policies.DTypePolicyMap("float32", {"a": "float64"})):
        assert all(twin == policy and twin.compute_dtype == policy.compute_dtype for twin in copies(policy))
