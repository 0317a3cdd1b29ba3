"""Reading labels off sequences of scores, as in real Keras: losses, their gradients, both ways to decode."""

from __future__ import annotations

import jax
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops

RNG = np.random.default_rng(13)
SCORES = RNG.normal(size=(4, 9, 5)).astype("float32")
LABELS = np.array([[1, 2, 3, 4], [2, 2, 2, 0], [4, 0, 0, 0], [1, 1, 1, 1]])
COUNTS, STEPS = np.array([4, 3, 1, 4]), np.array([9, 7, 1, 5])  # the last one cannot be read in so few steps


@pytest.mark.parametrize("mask_index", [0, 4])
def test_losses_and_gradients_are_keras_s(mask_index: int) -> None:
    labels = LABELS if mask_index == 0 else np.maximum(LABELS - 1, 0)

    def loss(x):
        return real.ops.sum(real.ops.ctc_loss(labels, x, COUNTS, STEPS, mask_index) * np.arange(1.0, 5.0))

    x = ops.array(SCORES)
    with glassworks.GradientTape() as tape:
        tape.watch(x)
        found = ops.ctc_loss(labels, x, COUNTS, STEPS, mask_index)
        total = ops.sum(found * np.arange(1.0, 5.0, dtype="float32"))
    np.testing.assert_allclose(found, real.ops.ctc_loss(labels, SCORES, COUNTS, STEPS, mask_index), rtol=1e-4)
    gradient, reference = np.asarray(tape.gradient(total, x)), np.asarray(jax.grad(loss)(SCORES))
    np.testing.assert_allclose(gradient[:3], reference[:3], rtol=1e-4, atol=1e-5)
    # Next to the 1e5 that an impossible sequence costs, float32 has two digits behind the point.
    np.testing.assert_allclose(gradient[3], reference[3], rtol=0.05, atol=0.05)


@pytest.mark.parametrize("options", [{}, {"merge_repeated": False}, {"mask_index": 3}], ids=str)
def test_the_greedy_reading_is_keras_s(options: dict) -> None:
    for ours, theirs in zip(ops.ctc_decode(SCORES, STEPS, **options), real.ops.ctc_decode(SCORES, STEPS, **options), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("options", [{"top_paths": 3, "beam_width": 6}, {"mask_index": 4, "beam_width": 4}], ids=str)
def test_the_beam_search_is_keras_s(options: dict) -> None:
    ours = ops.ctc_decode(SCORES, STEPS, strategy="beam_search", **options)
    theirs = real.ops.ctc_decode(SCORES, STEPS, strategy="beam_search", **options)
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4)
    assert ops.dtype(ours[0]) == "int32"


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none"])
def test_the_loss_class_is_keras_s(reduction: str) -> None:
    labels = LABELS[:3]
    ours, theirs = (library.losses.CTC(reduction=reduction)(labels, SCORES[:3]) for library in (glassworks, real))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    np.testing.assert_allclose(glassworks.losses.ctc(labels, SCORES[:3]), real.losses.ctc(labels, SCORES[:3]), rtol=1e-4)
    mine, reference = glassworks.losses.CTC(), real.losses.CTC()
    assert mine.get_config() == reference.get_config()
    assert glassworks.losses.get("ctc") is glassworks.losses.ctc


def test_a_model_learns_by_it_as_in_keras() -> None:
    x, y = RNG.normal(size=(16, 8, 3)).astype("float32"), RNG.integers(1, 4, size=(16, 2))
    start = [RNG.normal(size=(3, 4)).astype("float32"), np.zeros(4, "float32")]
    losses = []
    for library in (glassworks, real):
        model = library.Sequential([library.layers.Input((8, 3)), library.layers.Dense(4)])
        model.set_weights(start)
        model.compile(library.optimizers.Adam(0.05), "ctc")
        losses.append(model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-3)
    assert losses[0][-1] < losses[0][0]


def test_labels_of_another_rank_are_an_error() -> None:
    with pytest.raises(glassworks.errors.ShapeError, match="one for the blank"):
        glassworks.losses.ctc(np.ones(4, int), SCORES)
