"""Every `axis` of losses, metrics, normalisations and the like means what it means in Keras, for each axis and rank.

Keras smooths labels by the size of the last axis whatever `axis` says, and fails on other axes in several places: there it is
asked about the same data with the axis moved to the end.
"""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks.errors import ArgumentError

SHAPES = [(3, 4), (2, 3, 4), (2, 3, 2, 4)]
AXES = [(shape, axis) for shape in SHAPES for axis in range(-len(shape), len(shape))]
SMOOTHED = ("categorical_crossentropy", "categorical_focal_crossentropy", "binary_crossentropy", "binary_focal_crossentropy")


def data(shape: tuple, axis: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(len(shape))
    scores = rng.normal(size=shape).astype("float32")
    classes = rng.integers(0, shape[axis], [size for i, size in enumerate(shape) if i != axis % len(shape)])
    return {
        "scores": scores,
        "probabilities": (np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True)).astype("float32"),
        "unit": rng.uniform(0.05, 0.95, shape).astype("float32"),
        "classes": classes,
        "one_hot": np.moveaxis(np.eye(shape[axis], dtype="float32")[classes], -1, axis),
        "yes_or_no": rng.integers(0, 2, shape).astype("float32"),
    }


def same(ours: Any, theirs: Any) -> None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_labels_are_smoothed_over_the_classes_of_the_axis(shape: tuple, axis: int) -> None:
    found = data(shape, axis)
    moved = {name: np.moveaxis(array, axis, -1) for name, array in found.items() if name != "classes"}
    for name in SMOOTHED:
        labels = "yes_or_no" if name.startswith("binary") else "one_hot"
        for outputs in ("scores", "unit" if name.startswith("binary") else "probabilities"):
            options = {"from_logits": outputs == "scores", "label_smoothing": 0.2}
            expected = getattr(real.losses, name)(moved[labels], moved[outputs], **options)
            same(getattr(glassworks.losses, name)(found[labels], found[outputs], axis=axis, **options), expected)
            loss = getattr(glassworks.losses, "".join(part.capitalize() for part in name.split("_")))
            same(loss(axis=axis, **options)(found[labels], found[outputs]), np.mean(expected))
    metric = glassworks.metrics.CategoricalCrossentropy(label_smoothing=0.2, axis=axis)(found["one_hot"], found["probabilities"])
    same(metric, real.metrics.CategoricalCrossentropy(label_smoothing=0.2)(moved["one_hot"], moved["probabilities"]))


@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_losses_and_metrics_take_any_axis(shape: tuple, axis: int) -> None:
    found = data(shape, axis)
    scores, probabilities, one_hot, classes = (found[name] for name in ("scores", "probabilities", "one_hot", "classes"))
    at_the_end, one_hot_at_the_end = np.moveaxis(probabilities, axis, -1), np.moveaxis(one_hot, axis, -1)
    for kind in ("losses", "metrics"):
        ours, theirs = getattr(glassworks, kind), getattr(real, kind)
        expected = theirs.SparseCategoricalCrossentropy()(classes, at_the_end)
        same(ours.SparseCategoricalCrossentropy(axis=axis)(classes, probabilities), expected)
        same(ours.SparseCategoricalCrossentropy(axis=axis)(np.expand_dims(classes, axis), probabilities), expected)
        same(ours.CosineSimilarity(axis=axis)(scores, probabilities), theirs.CosineSimilarity(axis=axis)(scores, probabilities))
    ours, theirs = glassworks.losses, real.losses
    same(ours.Dice(axis=axis, reduction=None)(one_hot, probabilities), theirs.Dice(axis=axis, reduction=None)(one_hot, probabilities))
    same(ours.Tversky(axis=axis, reduction=None)(one_hot, probabilities), theirs.Tversky(axis=axis, reduction=None)(one_hot, probabilities))
    for name in ("PearsonCorrelation", "ConcordanceCorrelation"):
        ours, theirs = (getattr(library.metrics, name)(axis=axis) for library in (glassworks, real))
        same(ours(scores, probabilities), theirs(scores, probabilities))
    same(
        glassworks.metrics.OneHotMeanIoU(shape[axis], axis=axis)(one_hot, probabilities),
        real.metrics.OneHotMeanIoU(shape[axis])(one_hot_at_the_end.reshape(-1, shape[axis]), at_the_end.reshape(-1, shape[axis])),
    )


@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_activations_and_normalisations_take_any_axis(shape: tuple, axis: int) -> None:
    scores = data(shape, axis)["scores"]

    def both(call: Any) -> None:
        same(call(glassworks, glassworks.ops.array(scores)), call(real, real.ops.array(scores)))

    for name in ("softmax", "log_softmax", "normalize", "logsumexp", "cumsum"):
        both(lambda library, x: getattr(library.ops, name)(x, axis=axis))
    for name in ("Softmax", "UnitNormalization"):
        both(lambda library, x: getattr(library.layers, name)(axis=axis)(x))
    for name in ("UnitNorm", "MaxNorm", "MinMaxNorm"):
        both(lambda library, x: getattr(library.constraints, name)(axis=axis)(x))
    for name in ("BatchNormalization", "LayerNormalization"):
        both(lambda library, x: normalised(getattr(library.layers, name)(axis=axis), x))
    ours = normalised(glassworks.layers.RMSNormalization(axis=axis), scores)
    same(np.moveaxis(np.asarray(ours), axis, -1), normalised(real.layers.RMSNormalization(), np.moveaxis(scores, axis, -1)))


def normalised(layer: Any, x: Any) -> Any:
    layer.build(tuple(x.shape))
    layer.set_weights([np.linspace(0.5, 1.5, int(w.shape[0])).astype("float32") for w in layer.weights])
    return layer(x)


@pytest.mark.parametrize("name", SMOOTHED)
def test_an_axis_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="axes from -2 to 1"):
        getattr(glassworks.losses, name)(np.eye(3), np.full((3, 3), 0.3), label_smoothing=0.1, axis=2)
