"""Masks that travel with sequences through layers, against real Keras: what layers make of absent steps, and what they pass on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.backend import get_keras_mask as their_mask

import glassworks
from glassworks.layers.call_context import get_mask as our_mask

WORDS = np.array([[1, 2, 3, 0, 0], [4, 0, 1, 2, 0], [1, 1, 1, 1, 1]])
OTHERS = np.array([[1, 0, 0, 0, 0], [4, 1, 1, 0, 2], [0, 0, 0, 0, 0]])

# Each takes the module `layers` and gives a function of one sequence.
ONE: dict[str, Callable[[Any], Callable]] = {
    "Activation": lambda m: m.Activation("tanh"),
    "ActivityRegularization": lambda m: m.ActivityRegularization(l1=0.1),
    "AlphaDropout": lambda m: m.AlphaDropout(0.5),
    "AveragePooling1D": lambda m: m.AveragePooling1D(2),
    "BatchNormalization": lambda m: m.BatchNormalization(),
    "Conv1D": lambda m: m.Conv1D(2, 2),
    "Cropping1D": lambda m: m.Cropping1D(1),
    "Dense": lambda m: m.Dense(2),
    "Dropout": lambda m: m.Dropout(0.5),
    "ELU": lambda m: m.ELU(),
    "EinsumDense": lambda m: m.EinsumDense("abc,cd->abd", output_shape=(None, 2)),
    "Flatten": lambda m: m.Flatten(),
    "GaussianDropout": lambda m: m.GaussianDropout(0.5),
    "GaussianNoise": lambda m: m.GaussianNoise(0.5),
    "GlobalAveragePooling1D": lambda m: m.GlobalAveragePooling1D(),
    "GlobalMaxPooling1D": lambda m: m.GlobalMaxPooling1D(),
    "GroupNormalization": lambda m: m.GroupNormalization(2),
    "Identity": lambda m: m.Identity(),
    "LayerNormalization": lambda m: m.LayerNormalization(),
    "LeakyReLU": lambda m: m.LeakyReLU(),
    "Masking": lambda m: m.Masking(),
    "MaxPooling1D": lambda m: m.MaxPooling1D(2),
    "PReLU": lambda m: m.PReLU(),
    "Permute": lambda m: m.Permute((2, 1)),
    "RMSNormalization": lambda m: m.RMSNormalization(),
    "ReLU": lambda m: m.ReLU(),
    "Rescaling": lambda m: m.Rescaling(2.0),
    "Reshape": lambda m: m.Reshape((-1,)),
    "SpatialDropout1D": lambda m: m.SpatialDropout1D(0.5),
    "UnitNormalization": lambda m: m.UnitNormalization(),
    "UpSampling1D": lambda m: m.UpSampling1D(2),
    "ZeroPadding1D": lambda m: m.ZeroPadding1D(1),
    "several": lambda m: lambda x: m.Dropout(0.5)(m.Dense(3, activation="relu")(m.LayerNormalization()(m.Conv1D(3, 1)(m.Dense(4)(x))))),
    "attended": lambda m: lambda x: m.Dense(3)(m.MultiHeadAttention(2, 2)(m.Dropout(0.5)(x), x)),
    "of itself and unmasked": lambda m: lambda x: m.Add()([x, m.Flatten()(x)[:, None, :4]]),
}
TWO: dict[str, Callable[[Any], Callable]] = {
    **{name: lambda m, name=name: getattr(m, name)() for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")},
    "Concatenate": lambda m: m.Concatenate(),
    "Concatenate steps": lambda m: m.Concatenate(axis=1),
    "Dot": lambda m: m.Dot(axes=2),
    "Attention": lambda m: m.Attention(),
    "AdditiveAttention": lambda m: m.AdditiveAttention(),
}


def compare(ours: Callable[[Any], Any], theirs: Callable[[Any], Any], *words: np.ndarray) -> None:
    """Equal outputs and equal masks on them, for embedded words of which 0 is padding."""
    weights = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    found = []
    for library, function in ((glassworks, ours), (keras, theirs)):
        embedding = library.layers.Embedding(6, 4, mask_zero=True, weights=weights)
        embedded = [embedding(one) for one in words]
        found.append(function(embedded if len(words) > 1 else embedded[0]))
    mine, other = found
    np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)
    mask, expected = our_mask(mine), their_mask(other)
    assert (mask is None) == (expected is None), f"{mask} instead of {expected}"
    if mask is not None:
        np.testing.assert_array_equal(mask, expected)


def built_alike(make: Callable[[Any], Callable]) -> tuple[Callable, Callable]:
    """The function of both libraries; every layer starts with the same weights."""
    return make(_Constant(glassworks.layers)), make(_Constant(keras.layers))


class _Constant:
    """Layers of a library whose kernels start as 0.1 everywhere."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        cls = getattr(self._module, name)
        if name in ("Dense", "EinsumDense", "Conv1D", "MultiHeadAttention"):
            return lambda *args, **kwargs: cls(*args, **{"kernel_initializer": _constant(self._module), **kwargs})
        return (lambda *args: cls(False, *args)) if name == "AdditiveAttention" else cls


def _constant(module: Any) -> Any:
    return (keras if module is keras.layers else glassworks).initializers.Constant(0.1)


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
@pytest.mark.parametrize("name", ONE)
def test_what_a_layer_makes_of_a_mask_is_what_keras_does(name: str) -> None:
    compare(*built_alike(ONE[name]), WORDS)


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
@pytest.mark.parametrize("name", TWO)
def test_what_a_layer_makes_of_two_masks_is_what_keras_does(name: str) -> None:
    compare(*built_alike(TWO[name]), WORDS, OTHERS)


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
@pytest.mark.parametrize("name", TWO)
def test_a_mask_on_one_side_alone_is_treated_as_in_keras(name: str) -> None:
    ours, theirs = built_alike(TWO[name])
    plain = np.random.default_rng(1).normal(size=(3, 5, 4)).astype("float32")
    compare(lambda x: ours([x, glassworks.ops.convert_to_tensor(plain)]), lambda x: theirs([x, keras.ops.convert_to_tensor(plain)]), WORDS)


def nested(library: Any) -> Callable:
    """A model inside a model, between an embedding and attention."""
    step = library.layers.Input((5, 4))
    inner = library.Model(step, library.layers.LayerNormalization()(library.layers.Activation("tanh")(step)))
    return library.Sequential([library.layers.Dropout(0.5), inner, library.layers.Rescaling(0.5)])


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
def test_masks_travel_through_models_inside_models_as_in_keras() -> None:
    compare(nested(glassworks), nested(keras), WORDS)


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
def test_a_mask_given_by_name_goes_before_the_one_that_travels_as_in_keras() -> None:
    given = OTHERS != 0
    ours, theirs = glassworks.layers.BatchNormalization(), keras.layers.BatchNormalization()
    compare(
        lambda x: ours(x, training=True, mask=glassworks.ops.convert_to_tensor(given)),
        lambda x: theirs(x, training=True, mask=keras.ops.convert_to_tensor(given)),
        WORDS,
    )
