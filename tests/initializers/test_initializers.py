"""Initializers: distributions, seeds, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from glassworks import dtypes, initializers, random
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError
from glassworks.initializers.random_initializers import TRUNCATED_STDDEV, compute_fans

SHAPE = (300, 200)
LIMIT = math.sqrt(6 / 500)
DISTRIBUTIONS: list[tuple[Any, Any]] = [
    (initializers.RandomNormal(1.0, 2.0, seed=1), stats.norm(1.0, 2.0)),
    (initializers.RandomUniform(-1.0, 3.0, seed=1), stats.uniform(-1.0, 4.0)),
    (initializers.TruncatedNormal(1.0, 2.0, seed=1), stats.truncnorm(-2, 2, 1.0, 2.0)),
    (initializers.GlorotUniform(seed=1), stats.uniform(-LIMIT, 2 * LIMIT)),
    (initializers.HeUniform(seed=1), stats.uniform(-math.sqrt(6 / 300), 2 * math.sqrt(6 / 300))),
    (initializers.LecunUniform(seed=1), stats.uniform(-math.sqrt(3 / 300), 2 * math.sqrt(3 / 300))),
    (initializers.GlorotNormal(seed=1), stats.truncnorm(-2, 2, 0, math.sqrt(2 / 500) / TRUNCATED_STDDEV)),
    (initializers.HeNormal(seed=1), stats.truncnorm(-2, 2, 0, math.sqrt(2 / 300) / TRUNCATED_STDDEV)),
    (initializers.LecunNormal(seed=1), stats.truncnorm(-2, 2, 0, math.sqrt(1 / 300) / TRUNCATED_STDDEV)),
    (initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1), stats.norm(0, math.sqrt(3 / 200))),
]


@pytest.mark.parametrize(("initializer", "distribution"), DISTRIBUTIONS)
def test_numbers_follow_the_promised_distribution(initializer: Any, distribution: Any) -> None:
    values = np.ravel(initializer(SHAPE))
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-3
    assert abs(values.mean() - distribution.mean()) < 5 * distribution.std() / math.sqrt(values.size)
    np.testing.assert_allclose(values.var(), distribution.var(), rtol=0.03)
    low, high = distribution.support()
    slack = 1e-5 * distribution.std()
    assert low - slack <= values.min() and values.max() <= high + slack


@pytest.mark.parametrize("name", ["RandomNormal", "GlorotUniform", "TruncatedNormal", "Orthogonal"])
def test_seeds_decide_the_numbers(name: str) -> None:
    cls = getattr(initializers, name)
    one = cls(seed=3)
    np.testing.assert_array_equal(one(SHAPE), one(SHAPE))
    np.testing.assert_array_equal(one(SHAPE), cls(seed=3)(SHAPE))
    assert (np.asarray(one(SHAPE)) != np.asarray(cls(seed=4)(SHAPE))).any()


def test_seed_generator_gives_new_numbers_each_time() -> None:
    initializer = initializers.RandomNormal(seed=random.SeedGenerator(3))
    assert (np.asarray(initializer(SHAPE)) != np.asarray(initializer(SHAPE))).any()


def test_unseeded_initializers_differ_and_follow_the_global_seed() -> None:
    drawn = []
    for _ in range(2):
        random.set_global_seed(5)
        drawn.append([np.asarray(initializers.get("glorot_uniform")(SHAPE)) for _ in range(2)])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0][0] != drawn[0][1]).any()


@pytest.mark.parametrize("shape", [(6, 6), (10, 4), (4, 10), (3, 3, 4, 5), (2, 30)])
def test_orthogonal_matrices_are_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = np.reshape(initializers.Orthogonal(gain=2.0, seed=1)(shape, "float64"), (-1, shape[-1])) / 2
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "fans"), [((), (1, 1)), ((5,), (5, 5)), ((3, 4), (3, 4)), ((3, 3, 8, 16), (72, 144)), ((5, 8, 16), (40, 80))]
)
def test_fans(shape: tuple[int, ...], fans: tuple[int, int]) -> None:
    assert compute_fans(shape) == fans


def test_fans_of_named_axes() -> None:
    assert compute_fans((2, 3, 4), input_axes=(0, 1), output_axes=(2,)) == (6, 4)


def shape_for(name: str) -> tuple[int, ...]:
    return (3, 1, 3) if name == "STFT" else (3, 3)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", sorted(set(initializers.INITIALIZERS.objects) - {"Initializer"}))
def test_dtype_is_the_one_asked_for(name: str, dtype: str) -> None:
    assert np.asarray(initializers.get(name)(shape_for(name), dtype=dtype)).dtype == dtypes.numpy_dtype(dtype)


@pytest.mark.parametrize("name", sorted(set(initializers.INITIALIZERS.objects) - {"Initializer"}))
def test_config_gives_an_equal_initializer(name: str) -> None:
    cls = initializers.INITIALIZERS.objects[name]
    initializer = cls(seed=4) if "seed" in cls().get_config() else cls()
    copies = (initializer.clone(), initializers.deserialize(initializers.serialize(initializer)))
    for copy in copies:
        assert copy.get_config() == initializer.get_config()
        np.testing.assert_array_equal(copy(shape_for(name)), initializer(shape_for(name)))


def test_seed_generator_survives_the_config() -> None:
    initializer = initializers.RandomNormal(seed=random.SeedGenerator(3))
    copy = initializers.deserialize(initializers.serialize(initializer))
    np.testing.assert_array_equal(copy((3, 3)), initializers.RandomNormal(seed=random.SeedGenerator(3))((3, 3)))


def test_constant_of_an_array_broadcasts() -> None:
    np.testing.assert_array_equal(initializers.Constant(np.array([1.0, 2.0]))((3, 2)), [[1, 2]] * 3)
    copy = initializers.deserialize(initializers.serialize(initializers.Constant(np.array([1.0, 2.0]))))
    np.testing.assert_array_equal(copy((2,)), [1, 2])


def test_array_and_function_serve_as_initializers() -> None:
    np.testing.assert_array_equal(initializers.get(np.arange(3.0))((3,)), [0, 1, 2])
    with pytest.raises(ShapeError, match="equal shapes"):
        initializers.get(np.arange(3.0))((4,))
    function = lambda shape, dtype=None: np.ones(shape)  # noqa: E731
    assert initializers.get(function) is function
    assert initializers.get(None) is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: initializers.get("glorot_unifrom"), ArgumentError, "did you mean 'glorot_uniform'"),
        (lambda: initializers.get(3), ArgumentTypeError, "an initializer|a initializer"),
        (lambda: initializers.VarianceScaling(scale=0.0), ArgumentError, "scale"),
        (lambda: initializers.VarianceScaling(mode="fan"), ArgumentError, "mode"),
        (lambda: initializers.VarianceScaling(distribution="uniformly"), ArgumentError, "did you mean 'uniform'"),
        (lambda: initializers.RandomNormal(seed="x"), ArgumentError, "an int or a SeedGenerator"),
        (lambda: initializers.RandomNormal(stddev=-1.0), ArgumentError, "stddev"),
        (lambda: initializers.Identity()((2, 3, 4)), ShapeError, "two axes"),
        (lambda: initializers.Orthogonal()((3,)), ShapeError, "at least two axes"),
    ],
)
def test_wrong_use_is_refused(make: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()
