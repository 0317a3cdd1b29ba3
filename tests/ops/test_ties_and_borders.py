"""Equal numbers share a gradient; histograms in graphs; operations that get nothing, infinite numbers or impossible powers."""

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


WITHOUT_NUMBERS = ["sum", "prod", "mean", "var", "std", "any", "all", "count_nonzero", "logsumexp"]
WITHOUT_NUMBERS += ["nansum", "nanprod", "nanmean", "nanvar", "nanstd"]


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize(
    ("shape", "axis"), [((0,), None), ((0,), -1), ((2, 0), -1), ((0, 3), 0), ((0, 3), -1), ((2, 0, 3), (0, 1)), ((2, 0, 3), 0)]
)
def test_reductions_of_no_numbers_are_those_of_keras(shape: tuple, axis: Any, engine: str) -> None:
    x, before = np.zeros(shape, "float32"), glassworks.config.engine()
    glassworks.config.set_engine(engine)
    try:
        for name in WITHOUT_NUMBERS:
            ours, theirs = getattr(ops, name), np.asarray(getattr(real.ops, name)(x, axis=axis))
            for found in (ours(x, axis=axis), glassworks.function(lambda v, ours=ours: ours(v, axis=axis))(ops.array(x))):
                np.testing.assert_array_equal(np.asarray(found), theirs, err_msg=name)
        # Keras refuses them on JAX, and gives the mean of no numbers on NumPy.
        for name in ("median", "nanmedian", "quantile", "nanquantile", "percentile", "nanpercentile"):
            more = () if "median" in name else (0.3,)
            found = getattr(ops, name)(x, *more, axis=axis)
            np.testing.assert_array_equal(np.asarray(found), np.asarray(ops.mean(x, axis=axis)), err_msg=name)
            assert getattr(ops, name)(x, *more, axis=axis, keepdims=True).shape == ops.mean(x, axis=axis, keepdims=True).shape
    finally:
        glassworks.config.set_engine(before)


def test_the_logarithm_of_a_sum_of_no_exponentials_has_a_gradient_of_no_numbers() -> None:
    x = ops.zeros((2, 0))
    with glassworks.GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(ops.logsumexp(x, axis=-1)) + ops.sum(ops.median(x, axis=-1))
    gradient = tape.gradient(total, x)
    assert gradient is None or gradient.shape == (2, 0)


INFINITE = [
    [np.inf],
    [-np.inf],
    [np.inf, np.inf],
    [-np.inf, 1],
    [1, np.inf],
    [-np.inf, np.inf],
    [-np.inf, 2, np.inf],
    [-np.inf, -np.inf, 2],
]


@pytest.mark.parametrize("x", INFINITE)
@pytest.mark.parametrize("method", ["linear", "lower", "higher", "nearest", "midpoint"])
def test_quantiles_of_infinite_numbers_are_those_of_keras(x: list, method: str) -> None:
    x, q = np.array(x, "float32"), np.array([0.0, 0.3, 0.5, 1.0], "float32")
    expected, place = np.array(real.ops.quantile(x, q, method=method)), q * (len(x) - 1)
    # Where a quantile is one of the numbers, Keras adds 0 times the next one, which is nan if that is infinite.
    whole = place == np.floor(place)
    expected[whole] = np.sort(x)[place[whole].astype(int)]
    for name in ("quantile", "nanquantile"):
        np.testing.assert_array_equal(np.asarray(getattr(ops, name)(x, q, method=method)), expected)
    np.testing.assert_array_equal(np.asarray(ops.median(x)), np.asarray(real.ops.median(x)))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_an_integer_to_a_negative_power_is_refused(dtype: str) -> None:
    base, power = ops.array([2, 3], dtype), ops.array([1, -1], dtype)
    for call in (ops.power, lambda x, y: x**y, glassworks.function(ops.power)):
        with pytest.raises(ArgumentError, match=r"to a negative power[\s\S]*from 0 on[\s\S]*cast the base"):
            call(base, power)
    np.testing.assert_allclose(np.asarray(ops.power(ops.cast(base, "float32"), power)), [2, 1 / 3], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32"])
def test_pairs_of_every_real_dtype_become_complex_numbers(dtype: str) -> None:
    pairs = ops.cast([[1, 2], [3, 4]], dtype)
    np.testing.assert_array_equal(np.asarray(ops.view_as_complex(pairs)), [1 + 2j, 3 + 4j])
    assert ops.view_as_complex(pairs).dtype.name == ("complex128" if dtype == "float64" else "complex64")
    lengths, angles = pairs[:, 0], pairs[:, 1] * 0
    np.testing.assert_array_equal(np.asarray(ops.polar(lengths, angles)), [1, 3])


def test_softmax_adds_long_rows_that_lie_apart_in_memory_as_exactly_as_others() -> None:
    x = np.random.default_rng(0).normal(size=(1, 200_000)).astype("float32")
    wide = x.astype("float64")
    expected = wide - np.log(np.exp(wide).sum())
    for rows, axis in ((x, -1), (np.asfortranarray(np.repeat(x, 3, axis=0)), -1), (np.repeat(x.T, 3, axis=1), 0)):
        exact = expected if axis == -1 else expected.T
        np.testing.assert_allclose(np.asarray(ops.log_softmax(rows, axis=axis)), np.broadcast_to(exact, rows.shape), atol=4e-6)
        np.testing.assert_allclose(np.asarray(ops.softmax(rows, axis=axis)), np.broadcast_to(np.exp(exact), rows.shape), rtol=4e-6)


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
