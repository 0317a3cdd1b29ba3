"""`Rescaling` and `Normalization`: learning from arrays and batches, inversion, and what is refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from glassworks import config, layers
from glassworks.errors import ArgumentError, DataError, GlassworksWarning, ShapeError

X = np.random.default_rng(0).normal([1.0, -50.0, 300.0], [1.0, 10.0, 0.1], size=(500, 3))


class Dataset:
    """A data set that is indexed, as PyDataset is."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return X[index * 100 : (index + 1) * 100], np.zeros(100)


@pytest.mark.parametrize(
    "data",
    [
        X,
        X.astype("float32"),
        X.tolist(),
        [X[:100], X[100:101], X[101:]],
        (batch for batch in np.split(X, 5)),
        [(batch, None) for batch in np.split(X, 5)],
        Dataset(),
    ],
    ids=["array", "float32", "numbers", "batches", "generator", "pairs", "dataset"],
)
def test_adapt_learns_mean_and_variance(data: Any) -> None:
    layer = layers.Normalization()
    layer.adapt(data)
    np.testing.assert_allclose(layer.adapt_mean, X.mean(0), rtol=1e-4)
    np.testing.assert_allclose(layer.adapt_variance, X.var(0), rtol=2e-3)
    np.testing.assert_allclose(layer.mean, X.mean(0)[None], rtol=1e-4)
    normalized = layer(X).numpy()
    np.testing.assert_allclose(normalized.mean(0), 0.0, atol=2e-3)
    np.testing.assert_allclose(normalized.std(0), 1.0, rtol=2e-3)


@pytest.mark.parametrize(("axis", "reduced"), [(-1, (0, 1)), (None, (0, 1, 2)), ((1, 2), (0,)), (1, (0, 2))])
def test_axes_keep_statistics_of_their_own(axis: Any, reduced: tuple) -> None:
    x = np.random.default_rng(1).normal(2.0, 3.0, size=(40, 3, 4))
    layer = layers.Normalization(axis=axis)
    layer.adapt(x)
    np.testing.assert_allclose(layer(x), (x - x.mean(reduced, keepdims=True)) / x.std(reduced, keepdims=True), rtol=1e-4, atol=1e-5)


def test_adapting_again_forgets() -> None:
    layer = layers.Normalization()
    layer.adapt(X)
    layer.adapt(X + 7)
    np.testing.assert_allclose(layer.adapt_mean, X.mean(0) + 7, rtol=1e-4)


def test_invert_undoes() -> None:
    forwards, back = layers.Normalization(), layers.Normalization(invert=True)
    forwards.adapt(X)
    back.adapt(X)
    np.testing.assert_allclose(back(forwards(X)), X, rtol=1e-4)


def test_constant_feature_does_not_divide_by_zero() -> None:
    layer = layers.Normalization()
    layer.adapt(np.ones((5, 2)))
    assert np.isfinite(layer(np.ones((5, 2)))).all()


def test_integers_become_floats() -> None:
    layer = layers.Normalization(mean=2.0, variance=4.0)
    np.testing.assert_allclose(layer(np.array([[2, 6]])), [[0.0, 2.0]])
    np.testing.assert_allclose(layers.Rescaling(2.0)(np.array([[2, 6]], "uint8")), [[4.0, 12.0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mean": 1.0}, "mean without variance"),
        ({"variance": 1.0}, "variance without mean"),
        ({"mean": [1.0], "variance": [1.0, 2.0]}, "equal shapes"),
        ({"mean": [[1.0]], "variance": [[1.0]]}, "at most 1 axes"),
    ],
)
def test_given_statistics_are_checked(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layers.Normalization(**arguments)


def test_given_statistics_must_fit_the_features() -> None:
    with pytest.raises(ShapeError, match="one number per feature"):
        layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 2.0])(X)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], DataError, "no data"),
        (np.zeros((0, 3)), DataError, "no data"),
        (np.array([[1.0, np.nan, 2.0]]), DataError, "in 1 of 3 features"),
        (5, ArgumentError, "an array or an iterable of batches"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], ShapeError, "sizes \\(3,\\) at axes \\(1,\\)"),
    ],
)
def test_adapt_refuses_what_it_cannot_learn_from(data: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        layers.Normalization().adapt(data)


def test_adapt_of_given_statistics_is_refused() -> None:
    with pytest.raises(ArgumentError, match="one or the other"):
        layers.Normalization(mean=0.0, variance=1.0).adapt(X)


def test_use_before_adapt_warns() -> None:
    layer = layers.Normalization()
    with pytest.warns(GlassworksWarning, match="call its adapt"):
        layer(X)
    layer.adapt(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(X)


def test_weights_are_those_of_keras_so_that_files_fit() -> None:
    layer = layers.Normalization()
    layer.build((None, 3))
    assert [(w.name, w.shape, w.dtype) for w in layer.weights] == [
        ("mean", (3,), "float32"),
        ("variance", (3,), "float32"),
        ("count", (), "int32"),
    ]


def test_rescaling_per_channel_with_channels_first() -> None:
    x = np.ones((1, 2, 3, 3), "float32")
    config.set_image_data_format("channels_first")
    try:
        y = layers.Rescaling([1.0, 2.0])(x).numpy()
    finally:
        config.set_image_data_format("channels_last")
    np.testing.assert_array_equal(y, x * np.array([1.0, 2.0]).reshape(1, 2, 1, 1))


@pytest.mark.parametrize("layer", [layers.Normalization, lambda: layers.Discretization(num_bins=3)])
@pytest.mark.parametrize("data", [np.array(["1", "red"]), np.array([[1.0, "red"]], dtype=object)])
def test_numbers_are_not_learned_from_text(layer: Any, data: Any) -> None:
    with pytest.raises(DataError, match=r"(?s)\[layer '.*'\.adapt\].*text.*pd\.to_numeric"):
        layer().adapt(data)
