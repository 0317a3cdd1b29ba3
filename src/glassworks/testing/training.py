"""`check_in_training`: the contract of a user's class, of any public base, in the training of a model."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassworks import config, constraints, dtype_policies, initializers, layers, losses, metrics, models, optimizers, random, registry
from glassworks import regularizers as penalties
from glassworks.callbacks import Callback
from glassworks.errors import GlassworksWarning
from glassworks.testing.contract import require, run_checks
from glassworks.utils import PyDataset

_RNG = np.random.default_rng(0)
X = _RNG.normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
MIXED = ("mixed_float16", "mixed_bfloat16")


class _Place(NamedTuple):
    """A model that uses the object under test, and the other objects that training needs."""

    model: models.Model
    compile: dict[str, Any]
    fit: dict[str, Any]


def check_in_training(make: Callable[[], Any]) -> list[str]:
    """Check that a class works in training as the built-in classes of its base do, and return the names of the checks that ran.

    The checks: `config` (an object from its config has the same config, also through JSON with `custom_objects`), `training`
    (compile, fit, evaluate and predict give finite numbers), `eager` (`run_eagerly=True` gives the same losses), `engines` (the
    native and the reference engine do), `mixed_precision` (both mixed policies give finite numbers), `clone` (`clone_model`
    gives a model that predicts the same with the same weights).

    Args:
        make: A function that creates an object of the class: a Layer for inputs of shape (batch, features), a recurrent cell, Model, Loss,
            Metric, Optimizer, LearningRateSchedule, Initializer, Regularizer, Constraint, DTypePolicy, Callback, a PyDataset
            of batches `(x, y)` of shapes (n, 3) and (n, 1), or an activation function (`lambda: my_function`).

    Raises:
        ContractError: The first broken promise.

    >>> from glassworks import ops, regularizers
    >>> class Sparse(regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.01 * ops.sum(ops.absolute(x))
    ...     def get_config(self):
    ...         return {}
    >>> check_in_training(Sparse)
    ['config', 'training', 'eager', 'engines', 'mixed_precision', 'clone']
    """
    cls = type(make())
    return run_checks(
        cls,
        {
            "config": lambda: _check_config(make),
            "training": lambda: _check_trains(make, ("float32",)),
            "eager": lambda: _check_same(make, "run_eagerly=True", run_eagerly=True),
            "engines": lambda: _check_same(make, "the reference engine", engine="reference"),
            "mixed_precision": lambda: _check_trains(make, MIXED),
            "clone": lambda: _check_clone(make),
        },
    )


def _place(obj: object) -> _Place:
    inside: dict[str, Any] = {"kernel_initializer": initializers.RandomUniform(-0.4, 0.4, seed=1)}
    compiled: dict[str, Any] = {"optimizer": optimizers.SGD(0.05), "loss": "mse"}
    fitted: dict[str, Any] = {}
    middle: list[Any] = []
    if isinstance(obj, models.Model):
        return _Place(obj, compiled, fitted)
    if isinstance(obj, layers.Layer):
        middle = [layers.RepeatVector(4), layers.RNN(obj)] if hasattr(obj, "state_size") else [obj]
    elif isinstance(obj, initializers.Initializer):
        inside["kernel_initializer"] = obj
    elif isinstance(obj, penalties.Regularizer):
        inside["kernel_regularizer"] = obj
    elif isinstance(obj, constraints.Constraint):
        inside["kernel_constraint"] = obj
    elif isinstance(obj, dtype_policies.DTypePolicy):
        inside["dtype"] = obj
    elif isinstance(obj, losses.Loss):
        compiled["loss"] = obj
    elif isinstance(obj, metrics.Metric):
        compiled["metrics"] = [obj]
    elif isinstance(obj, optimizers.Optimizer):
        compiled["optimizer"] = obj
    elif isinstance(obj, optimizers.schedules.LearningRateSchedule):
        compiled["optimizer"] = optimizers.SGD(obj)
    elif isinstance(obj, Callback):
        fitted["callbacks"] = [obj]
    elif isinstance(obj, PyDataset):
        fitted["x"] = obj
    else:
        inside["activation"] = obj
    head = layers.Dense(1, kernel_initializer=initializers.RandomUniform(-0.4, 0.4, seed=2), dtype="float32")
    model = models.Sequential([layers.Input((3,)), layers.Dense(4, **inside), *middle, head])
    return _Place(model, compiled, fitted)


def _trained(make: Callable[[], Any], policy: str = "float32", engine: str | None = None, run_eagerly: bool = False) -> np.ndarray:
    """All losses and metrics of two epochs; a `ContractError` unless they and the predictions are finite."""
    before = config.dtype_policy(), config.engine()
    config.set_dtype_policy(policy)
    config.set_engine(engine or before[1])
    random.set_global_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlassworksWarning)  # the checks below report what is wrong
            history, evaluated, predicted = _run(_place(make()), run_eagerly)
    finally:
        config.set_dtype_policy(before[0])
        config.set_engine(before[1])
    numbers = np.array([*(value for values in history.values() for value in values), *evaluated.values()], "float64")
    where = f"with policy {policy}, engine {engine or before[1]}{', eagerly' if run_eagerly else ''}"
    name = type(make()).__name__
    require(
        np.isfinite(numbers).all() and np.isfinite(np.asarray(predicted, "float64")).all(), f"{name}: not finite {where}", "finite numbers"
    )
    return numbers


def _run(place: _Place, run_eagerly: bool) -> tuple[dict[str, list[float]], dict[str, float], Any]:
    """The history of `fit`, the results of `evaluate`, and predictions."""
    model = place.model
    model.compile(**place.compile, run_eagerly=run_eagerly)
    data = {"x": X, "y": Y, "batch_size": 8} if "x" not in place.fit else {}
    history = model.fit(**{**data, "shuffle": False, "verbose": 0, "epochs": 2, **place.fit}).history
    return history, model.evaluate(X, Y, verbose=0, return_dict=True), model.predict(X, verbose=0)


def _check_trains(make: Callable[[], Any], policies: Sequence[str]) -> None:
    for policy in policies:
        _trained(make, policy=policy)


def _check_same(make: Callable[[], Any], what: str, **setting: Any) -> None:
    expected, numbers = _trained(make), _trained(make, **setting)
    same = expected.shape == numbers.shape and np.allclose(expected, numbers, rtol=1e-3, atol=1e-4)
    require(same, f"{type(make()).__name__}: {numbers} with {what}", f"the same numbers as without: {expected}", "write it with ops alone")


def _check_config(make: Callable[[], Any]) -> None:
    obj = make()
    if not hasattr(obj, "get_config"):
        return
    cls, stored = type(obj), obj.get_config()
    copies = [cls.from_config(obj.get_config())]
    with registry.custom_object_scope({cls.__name__: cls}):
        copies.append(registry.deserialize(json.loads(json.dumps(registry.serialize(obj)))))
    for copy in copies:
        fix = "make get_config return the arguments of __init__"
        same = type(copy) is cls and json.dumps(copy.get_config()) == json.dumps(stored)
        require(same, f"{cls.__name__}: config {copy.get_config()}", f"config {stored}", fix)
        lost = [name for name, value in _plain(obj).items() if _plain(copy).get(name) != value]
        require(not lost, f"{cls.__name__}: {', '.join(lost)} of a copy made from the config differ", "equal attributes", fix)


def _plain(obj: object) -> dict[str, Any]:
    """The attributes that are numbers, strings or booleans."""
    return {name: value for name, value in vars(obj).items() if isinstance(value, (int, float, str))}


def _check_clone(make: Callable[[], Any]) -> None:
    model = _place(make()).model
    model(X)
    copy = models.clone_model(model)
    copy(X)
    copy.set_weights(model.get_weights())
    same = np.allclose(model.predict(X, verbose=0), copy.predict(X, verbose=0), atol=1e-5)
    require(same, f"{type(make()).__name__}: a clone with the same weights predicts something else", "equal predictions")
