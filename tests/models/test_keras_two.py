"""The methods of models in Keras 2 do what the methods do that took their place, and say so."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import layers, models
from glassworks.errors import GlassworksWarning

X = np.random.default_rng(0).random((12, 3)).astype("float32")
Y = np.arange(12) % 2


def model(units=2):
    network = models.Sequential(
        [layers.Input((3,)), layers.Dense(units, activation="softmax" if units > 1 else "sigmoid", kernel_initializer="ones")]
    )
    network.compile("sgd", "sparse_categorical_crossentropy" if units > 1 else "binary_crossentropy", metrics=["accuracy"])
    return network


def batches():
    while True:
        for start in (0, 6):
            yield X[start : start + 6], Y[start : start + 6]


def test_fit_generator_is_fit():
    first, second = model(), model()
    with pytest.warns(GlassworksWarning, match=r"fit_generator is a name of Keras 2: write model.fit\(generator, "):
        history = first.fit_generator(
            batches(), steps_per_epoch=2, epochs=3, verbose=0, validation_data=batches(), validation_steps=1, workers=4
        )
    wanted = second.fit(batches(), steps_per_epoch=2, epochs=3, verbose=0, validation_data=batches(), validation_steps=1)
    assert history.history == wanted.history
    with pytest.warns(GlassworksWarning, match="evaluate_generator"):
        assert first.evaluate_generator(batches(), steps=2) == second.evaluate(batches(), steps=2, verbose=0)
    with pytest.warns(GlassworksWarning, match="predict_generator"):
        predicted = first.predict_generator((x for x, _ in batches()), steps=2)
    np.testing.assert_array_equal(predicted, second.predict(X, verbose=0))


@pytest.mark.parametrize("units", [1, 2])
def test_classes_are_those_of_the_largest_output_or_over_a_half(units):
    network = model(units)
    outputs = network.predict(X, verbose=0)
    with pytest.warns(GlassworksWarning, match="predict_classes is a name of Keras 2"):
        classes = network.predict_classes(X)
    wanted = (outputs > 0.5).astype("int32") if units == 1 else outputs.argmax(-1)
    np.testing.assert_array_equal(classes, wanted)
    with pytest.warns(GlassworksWarning, match=r"write model.predict\(x\)"):
        np.testing.assert_array_equal(network.predict_proba(X), outputs)
