"""LoRA: outputs, weights, configs and files are those of Keras, and training changes what is added to the frozen weight."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import glassworks
from glassworks import Model, Sequential, layers, models, optimizers
from glassworks.errors import NotYetKnownError

RNG = np.random.default_rng(0)
# Layer -> how it is made by a library, and the shape of its inputs.
LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "Dense": (lambda k, **lora: k.layers.Dense(3, activation="tanh", **lora), (2, 4)),
    "Dense without bias": (lambda k, **lora: k.layers.Dense(3, use_bias=False, kernel_regularizer="l2", **lora), (2, 5, 4)),
    "EinsumDense": (lambda k, **lora: k.layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", **lora), (2, 3, 4)),
    "Embedding": (lambda k, **lora: k.layers.Embedding(5, 3, **lora), (2, 4)),
    "Conv1D": (lambda k, **lora: k.layers.Conv1D(3, 2, padding="causal", **lora), (2, 5, 4)),
    "Conv2D": (lambda k, **lora: k.layers.Conv2D(4, 2, groups=2, use_bias=False, **lora), (2, 5, 5, 4)),
    "Conv3D": (lambda k, **lora: k.layers.Conv3D(2, 2, **lora), (1, 4, 4, 4, 2)),
}


def inputs(shape: tuple[int, ...], name: str) -> np.ndarray:
    return RNG.integers(0, 5, shape) if name == "Embedding" else RNG.normal(size=shape).astype("float32")


def pair(name: str) -> tuple[Any, Any, np.ndarray]:
    """A layer with LoRA of rank 2 and alpha 5 here and in Keras, with the same weights, and inputs."""
    make, shape = LAYERS[name]
    x = inputs(shape, name)
    both = [make(glassworks), make(keras)]
    for layer in both:
        layer(x)
        layer.enable_lora(2, lora_alpha=5, b_initializer="ones")
    weights = {weight.name: RNG.normal(size=weight.shape).astype("float32") for weight in both[0].weights}
    for layer in both:
        for weight in layer.weights:
            weight.assign(weights[weight.name])
    return *both, x


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_weights_and_configs_are_those_of_keras(name: str) -> None:
    ours, theirs, x = pair(name)
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-5)
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        assert {(w.name, tuple(w.shape)) for w in getattr(ours, kind)} == {(w.name, tuple(w.shape)) for w in getattr(theirs, kind)}
    assert [w.name for w in ours.trainable_weights] == [w.name for w in theirs.trainable_weights]
    merged = "embeddings" if name == "Embedding" else "kernel"
    np.testing.assert_allclose(getattr(ours, merged), getattr(theirs, merged), atol=1e-5)
    for attribute in ("lora_enabled", "lora_rank", "lora_alpha"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    config = theirs.get_config()
    assert {key: ours.get_config()[key] for key in ("lora_rank", "lora_alpha")} == {key: config[key] for key in ("lora_rank", "lora_alpha")}
    np.testing.assert_allclose(sum(ours.losses), sum(theirs.losses), rtol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_saved_is_the_merged_weight_and_what_is_loaded_keeps_the_outputs(name: str) -> None:
    ours, theirs, x = pair(name)
    stores: list[dict[str, Any]] = [{}, {}]
    for layer, store in zip((ours, theirs), stores, strict=True):
        layer.save_own_variables(store)
    assert stores[0].keys() == stores[1].keys()
    for key, value in stores[0].items():
        np.testing.assert_allclose(value, np.asarray(stores[1][key]), atol=1e-5)
    expected = ours(x)
    plain = LAYERS[name][0](glassworks)
    plain(x)
    for layer in (plain, ours):
        layer.load_own_variables(stores[0])
        np.testing.assert_allclose(layer(x), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["Dense", "Embedding"])
def test_files_go_both_ways(name: str, tmp_path: Path) -> None:
    make, shape = LAYERS[name]
    x = inputs(shape, name)

    def model(library: Any) -> Any:
        return library.Sequential([library.Input(shape[1:], dtype=x.dtype.name), make(library, lora_rank=2)])

    both = {library: model(library) for library in (glassworks, keras)}
    for one, other in ((glassworks, keras), (keras, glassworks)):
        for weight in both[one].weights:
            weight.assign(RNG.normal(size=weight.shape))
        both[one].save(tmp_path / "model.keras")
        again = other.models.load_model(tmp_path / "model.keras")
        assert again.layers[0].lora_enabled
        np.testing.assert_allclose(np.asarray(again(x)), np.asarray(both[one](x)), atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_training_changes_the_two_matrices_and_the_bias_alone(name: str) -> None:
    make, shape = LAYERS[name]
    x = inputs(shape, name)
    layer = make(glassworks, lora_rank=2, lora_alpha=4)
    model = Sequential([layers.Input(shape[1:], dtype=x.dtype.name), layer])
    targets = np.ones(model(x).shape)
    model.compile(optimizers.Adam(0.05), "mse")
    before = {weight.name: weight.numpy() for weight in layer.weights}
    losses = model.fit(x, targets, epochs=5, verbose=0, doctor="off").history["loss"]
    assert losses[-1] < losses[0]
    changed = {weight.name for weight in layer.weights if not np.array_equal(weight.numpy(), before[weight.name])}
    assert changed == {weight.name for weight in layer.trainable_weights}


def test_a_model_is_compiled_again_after_lora_and_goes_on_learning_after_loading(tmp_path: Path) -> None:
    x, y = RNG.normal(size=(32, 4)), RNG.normal(size=(32, 3))
    model = Sequential([layers.Input((4,)), layers.Dense(3)])
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0, doctor="off")
    before = model.predict(x, verbose=0)
    model.layers[0].enable_lora(2)
    np.testing.assert_allclose(model.predict(x, verbose=0), before, atol=1e-6)
    model.compile(optimizers.Adam(0.05), "mse")
    model.fit(x, y, epochs=3, verbose=0, doctor="off")
    model.save(tmp_path / "model.keras")
    again = models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)
    start = again.layers[0].lora_kernel_b.numpy()
    again.fit(x, y, epochs=2, verbose=0, doctor="off")
    assert not start.any() and again.layers[0].lora_kernel_b.numpy().any()


@pytest.mark.parametrize("way", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))], ids=["deepcopy", "pickle"])
def test_a_copy_has_its_own_matrices(way: Any) -> None:
    ours, _, x = pair("Dense")
    expected = ours(x)
    twin = way(ours)
    twin.lora_kernel_b.assign(np.zeros((2, 3)))
    np.testing.assert_array_equal(ours(x), expected)
    assert np.abs(twin(x) - expected).max() > 1e-3


def test_the_matrices_are_float32_under_a_policy_of_16_bits() -> None:
    layer = layers.Dense(3, dtype="bfloat16", lora_rank=2)
    assert str(layer(np.ones((1, 4))).dtype) == "bfloat16"
    assert [str(weight.dtype) for weight in (layer.lora_kernel_a, layer._kernel)] == ["float32", "bfloat16"]


def test_what_is_refused_and_what_to_do() -> None:
    built = layers.Dense(2)
    with pytest.raises(NotYetKnownError, match=r"call dense on data, or dense.build\(input_shape\), first"):
        _ = built.kernel
    with pytest.raises(ValueError, match="isn't yet built"):
        built.enable_lora(1)
    built.build((None, 3))
    built.enable_lora(1)
    with pytest.raises(ValueError, match="lora is already enabled, of rank 1"):
        built.enable_lora(1)
    constrained = layers.Embedding(3, 2, embeddings_constraint="max_norm")
    constrained.build()
    with pytest.raises(ValueError, match="leave out embeddings_constraint"):
        constrained.enable_lora(1)
    with pytest.raises(ValueError, match="lora_rank=0"):
        layers.Dense(2, lora_rank=0)


def test_a_layer_without_lora_has_no_trace_of_it() -> None:
    layer = layers.Dense(2)
    assert "lora_rank" not in layer.get_config() and not layer.lora_enabled
    assert isinstance(Sequential([layers.Input((3,)), layer]), Model) and [w.name for w in layer.weights] == ["kernel", "bias"]
