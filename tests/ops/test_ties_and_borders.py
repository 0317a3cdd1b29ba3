"""Equal numbers share a gradient; histograms in graphs; operations that get nothing say so."""

from __future__ import annotations

from typing import Any

import jax
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.errors import ArgumentError, ShapeError

TIED = np.array([[1.0, 2.0, 2.0, 0.0], [2.0, 2.0, -1.0, 2.0]], "float32")
SEGMENTS = np.array([0, 0, 1, 1, 1, 7, -1])
ENTRIES = np.array([3.0, 3.0, 1.0, 1.0, 0.0, 5.0, 5.0], "float32")
CHOICES: dict[str, tuple[np.ndarray, Any]] = {
    "max": (TIED, lambda o, x: o.max(x, axis=-1)),
    "min": (TIED, lambda o, x: o.min(x, axis=0)),
    "segment_max": (ENTRIES, lambda o, x: o.segment_max(x, SEGMENTS, 2)),
    "segment_min": (ENTRIES, lambda o, x: o.segment_min(-x, SEGMENTS, 2)),
    "segment_max of rows": (TIED.T.copy(), lambda o, x: o.segment_max(x, np.array([0, 1, 1, 0]), 2)),
    "maximum": (TIED, lambda o, x: o.maximum(x, TIED[:, ::-1].copy())),
    "minimum": (TIED, lambda o, x: o.minimum(x, 2.0)),
    "norm of order infinity": (TIED, lambda o, x: o.norm(x, ord=np.inf, axis=-1)),
    "sort": (TIED, lambda o, x: o.sort(x, axis=-1)),
    "top_k": (TIED, lambda o, x: o.top_k(x, 2)[0]),
    "median": (TIED, lambda o, x: o.median(x, axis=-1)),
    "max_pool": (np.zeros((1, 4, 4, 1), "float32"), lambda o, x: o.max_pool(x, 2, 2)),
    "relu at 0": (np.zeros(3, "float32"), lambda o, x: o.relu(x)),
}


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("name", CHOICES)
def test_gradients_of_equal_numbers_are_those_of_jax(name: str, engine: str) -> None:
    x, choose = CHOICES[name]
    weights = np.linspace(1, 2, int(np.prod(choose(real.ops, x).shape))).reshape(choose(real.ops, x).shape).astype("float32")
    expected = jax.grad(lambda x: (choose(real.ops, x) * weights).sum())(x)

    def gradient(x: Any) -> Any:
        with glassworks.GradientTape() as tape:
            tape.watch(x)
            total = ops.sum(choose(ops, x) * weights)
        return tape.gradient(total, x)

    before = glassworks.config.engine()
    glassworks.config.set_engine(engine)
    try:
        np.testing.assert_allclose(np.asarray(gradient(ops.array(x))), expected, rtol=1e-6)
        np.testing.assert_allclose(np.asarray(glassworks.function(gradient)(ops.array(x))), expected, rtol=1e-6)
    finally:
        glassworks.config.set_engine(before)


@pytest.mark.parametrize("bins", [1, 3, 10])
@pytest.mark.parametrize(
    "x", [np.arange(11), np.arange(20) / 10, np.full((2, 3), 7.0), np.zeros(0), np.random.default_rng(1).normal(size=50)], ids=len
)
def test_histograms_in_a_graph_are_those_of_numpy(x: np.ndarray, bins: int) -> None:
    x = x.astype("float32")
    counts, borders = np.histogram(x, bins)
    for found in (ops.histogram(x, bins), glassworks.function(lambda v: ops.histogram(v, bins))(ops.array(x))):
        np.testing.assert_array_equal(np.asarray(found[0]), counts)
        np.testing.assert_allclose(np.asarray(found[1]), borders, rtol=1e-5, atol=1e-6)


def test_a_histogram_of_a_symbolic_tensor_has_the_shapes_of_keras() -> None:
    ours, theirs = ([tuple(t.shape) for t in lib.ops.histogram(lib.KerasTensor((None, 4)), 5)] for lib in (glassworks, real))
    assert ours == theirs == [(5,), (6,)]
    x = glassworks.Input((4,))
    counts = glassworks.Model(x, ops.histogram(x, 2)[0])(np.arange(8.0).reshape(2, 4))
    np.testing.assert_array_equal(np.asarray(counts), [4, 4])


EMPTY = np.zeros((1, 5, 5, 0), "float32")


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.conv(EMPTY, np.zeros((3, 3, 0, 2))),
        lambda: ops.conv_transpose(EMPTY, np.zeros((3, 3, 2, 0))),
        lambda: ops.depthwise_conv(EMPTY, np.zeros((3, 3, 0, 1))),
        lambda: ops.separable_conv(EMPTY, np.zeros((3, 3, 0, 1)), np.zeros((1, 1, 0, 4))),
        lambda: glassworks.layers.Conv2D(2, 3)(EMPTY),
        lambda: glassworks.layers.Conv2DTranspose(2, 3)(EMPTY),
        lambda: glassworks.layers.DepthwiseConv2D(3)(EMPTY),
        lambda: glassworks.layers.SeparableConv2D(2, 3)(EMPTY),
    ],
)
def test_a_convolution_of_no_channels_is_refused(call: Any) -> None:
    with pytest.raises(ShapeError, match=r"0 channels[\s\S]*at least one channel[\s\S]*takes nothing has 0 channels"):
        call()


def test_pools_of_no_channels_are_empty() -> None:
    assert ops.average_pool(EMPTY, 2).shape == ops.max_pool(EMPTY, 2).shape == (1, 2, 2, 0)


ONE_HOT = np.eye(3, dtype="float32")
BY_CLASS = {
    "Precision": {},
    "Recall": {},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
}


@pytest.mark.parametrize("name", BY_CLASS)
def test_metrics_of_one_class_refuse_classes_that_there_are_not(name: str) -> None:
    metric = getattr(glassworks.metrics, name)
    with pytest.raises(ArgumentError, match=r"class_id=3 with predictions of shape \(3, 3\)[\s\S]*0 to 2[\s\S]*counted from 0"):
        metric(class_id=3, **BY_CLASS[name])(ONE_HOT, ONE_HOT)
    with pytest.raises(ShapeError, match=r"one column per class in both[\s\S]*to_categorical"):
        metric(class_id=0, **BY_CLASS[name])([0.0, 1.0], [0.2, 0.7])
    with pytest.raises(ShapeError, match=r"to_categorical"):
        metric(class_id=1, **BY_CLASS[name])([0, 1, 2], ONE_HOT)
    for wrong in (-1, 1.5, True):
        with pytest.raises(ArgumentError, match="class_id to be None or an integer >= 0"):
            metric(class_id=wrong, **BY_CLASS[name])


def test_classes_of_overlaps_may_be_numpy_integers() -> None:
    for ids in ([np.int64(1), 2], np.array([1, 2]), range(1, 3)):
        assert glassworks.metrics.IoU(3, ids).get_config()["target_class_ids"] == [1, 2]
    with pytest.raises(ArgumentError, match="classes from 0 to 2"):
        glassworks.metrics.IoU(3, np.array([1, 3]))
