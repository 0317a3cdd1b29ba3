"""Under every 16-bit policy, losses, metrics and penalties are those of float32: large values, many samples."""

from __future__ import annotations

import keras as real
import ml_dtypes
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.losses.base import LOSSES
from tests.losses import test_against_keras as test_losses
from tests.metrics import test_against_keras as test_metrics

DTYPES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
POLICIES = tuple(f"{mixed}{dtype}" for dtype in DTYPES for mixed in ("mixed_", ""))
RNG = np.random.default_rng(10)
# Rows of one number each, whose squares and sums are beyond float16.
LARGE = {"MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "Huber", "LogCosh", "LogCoshError", "R2Score"}
LARGE |= {"Hinge", "SquaredHinge", "CategoricalHinge", "Sum", "Mean"}
BY_DTYPE = pytest.mark.parametrize("dtype", DTYPES)
BY_POLICY = pytest.mark.parametrize("policy", POLICIES)


@pytest.fixture(autouse=True)
def float32_afterwards():
    yield
    set_policy("float32")


def set_policy(name: str) -> None:
    for library in (glassworks, real):
        library.mixed_precision.set_global_policy(name)


def grown(name: str, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if name not in LARGE:
        return y_true, y_pred
    return (y_true * 700 if y_true.dtype.kind == "f" else y_true), y_pred * 700


@BY_DTYPE
@pytest.mark.parametrize("case", test_losses.CASES, ids=test_losses.label)
def test_losses_are_computed_in_float32_from_outputs_in_16_bits(case: tuple, dtype: str) -> None:
    name, options, (y_true, y_pred) = case
    rows = 5000 if name != "Circle" else 60
    y_true, y_pred = (np.tile(y, (-(-rows // len(y)), *(1,) * (y.ndim - 1))) for y in (y_true, y_pred))
    y_true, y_pred = grown(name, y_true, y_pred)
    outputs = y_pred.astype(DTYPES[dtype])
    weights = None if name in ("Dice", "Tversky") or options.get("axis") == 0 else np.linspace(0, 2, len(y_true), dtype="float32")
    expected = getattr(real.losses, name)(**options)(y_true, outputs.astype("float32"), sample_weight=weights)
    for policy in (f"mixed_{dtype}", dtype):
        set_policy(policy)
        ours = getattr(glassworks.losses, name)(**options)
        found = ours(y_true, ops.array(outputs), sample_weight=weights)
        assert found.dtype.name == ours.dtype == "float32"
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-3, atol=1e-6)


@BY_DTYPE
@pytest.mark.parametrize("case", test_metrics.CASES, ids=test_metrics.label)
def test_metrics_count_and_compute_in_float32(case: tuple, dtype: str) -> None:
    name, options, make = case
    theirs = getattr(real.metrics, name)(**options)
    batches = [grown(name, *make(size)) for size in (5000, 3)]
    batches = [(y_true, y_pred.astype(DTYPES[dtype]) if y_pred.dtype.kind == "f" else y_pred) for y_true, y_pred in batches]
    for y_true, y_pred in batches:
        theirs.update_state(y_true, y_pred.astype("float32") if y_pred.dtype.name in DTYPES else y_pred)
    for policy in (f"mixed_{dtype}", dtype):
        set_policy(policy)
        ours = getattr(glassworks.metrics, name)(**options)
        for y_true, y_pred in batches:
            ours.update_state(y_true, ops.array(y_pred))
        np.testing.assert_allclose(np.asarray(ours.result()), np.asarray(theirs.result()), rtol=1e-4, atol=1e-6)
        assert {variable.dtype for variable in ours.variables} <= {"float32", "int32"}


@BY_POLICY
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_totals_of_small_steps_do_not_stop(name: str, policy: str) -> None:
    set_policy(policy)
    ours, theirs = (getattr(library.metrics, name)() for library in (glassworks, real))
    for value in (1.0, 0.0):
        batch = np.full(3000, value, "float32")
        for metric in (ours, theirs):
            metric.update_state(batch)
            for _ in range(20):
                metric.update_state(value)
    assert float(ours.result()) == pytest.approx(float(theirs.result()))
    assert float(ours.result()) == (0.5 if name == "Mean" else 3020.0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_metric_of_16_bits_counts_in_32_and_gives_its_value_in_16(dtype: str) -> None:
    metric = glassworks.metrics.Mean(dtype=dtype)
    metric.update_state(np.ones(70_000, "float32"))
    metric.update_state(np.zeros(70_000, "float32"))
    assert float(metric.result()) == 0.5 and metric.result().dtype.name == dtype == metric.dtype


def test_every_loss_class_is_compared() -> None:
    compared = {name for name, *_ in test_losses.CASES}
    classes = {name for name, found in LOSSES.objects.items() if isinstance(found, type) and hasattr(glassworks.losses, name)}
    assert classes - {"Loss", "LossFunctionWrapper", "CTC"} <= compared


@BY_POLICY
def test_evaluate_sums_penalties_and_weighted_losses_beyond_16_bits(policy: str) -> None:
    set_policy(policy)
    x = RNG.uniform(-1, 1, (9000, 4)).astype("float32")
    y = 900 * x.sum(axis=1, keepdims=True).astype("float32")
    weights = RNG.uniform(100, 1000, 9000).astype("float32")
    regularizers = glassworks.regularizers
    penalties = {"kernel_regularizer": regularizers.L2(100.0), "activity_regularizer": regularizers.L1(1.0)}
    hidden = glassworks.layers.Dense(300, kernel_initializer="ones", **penalties)
    model = glassworks.Sequential([glassworks.Input((4,)), hidden, glassworks.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
    found = model.evaluate(x, y, sample_weight=weights, batch_size=3000, verbose=0)
    inner = np.asarray(hidden(x)).astype("float64")
    error = y - np.asarray(model.predict(x, verbose=0)).astype("float64")
    squares = weights[:, None] * error**2
    loss = squares.mean() + 100 * 4 * 300 + np.abs(inner).sum() / len(x)
    np.testing.assert_allclose(found, [loss, np.abs(error).mean(), squares.sum() / weights.sum()], rtol=1e-3)


@BY_DTYPE
@pytest.mark.parametrize("name", ["SGD", "Adam", "Adamax", "Nadam", "Lamb", "Adafactor", "AdamW"])
def test_optimizers_train_for_more_steps_than_16_bits_count(name: str, dtype: str) -> None:
    """The correction of averages that start at 0 must not become 0: in bfloat16, 1 - 0.999 does."""
    weight = glassworks.Variable(np.full((4, 4), 0.5, "float32"), dtype=dtype)
    optimizer = getattr(glassworks.optimizers, name)(0.01, global_clipnorm=1.0)
    step = glassworks.function(lambda: optimizer.apply([np.full((4, 4), 300.0, "float16")], [weight]))
    optimizer.build([weight])
    for _ in range(300):
        step()
    assert np.isfinite(weight.numpy().astype("float32")).all()
    assert (weight.numpy().astype("float32") < 0.45).all()
    assert int(optimizer.iterations.numpy()) == 300
