"""Every layer in files of models, both ways: saved here and loaded by Keras, saved by Keras and loaded here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import glassworks
from glassworks import Model, layers, tree
from tests.contracts.test_layers import ELSEWHERE, SAMPLES

# Layers that no file can be compared of, and why.
APART = {
    "Equalization": "Keras cannot load its own model of it: the layer hands on its input, which Keras takes for a cycle",
    "Pipeline": "Keras cannot find the shape of its output",
    "RandomShear": "Keras refuses the config that it wrote itself",
    "RandomCrop": "Keras does not resize at inference, although it says it does",
    "Wrapper": "the base of wrappers has no computation in Keras",
    "Lambda": "its function is code, which test_keras_file.py passes by name",
    "MultiHeadAttention": "it takes two inputs: see below",
    "GroupQueryAttention": "it takes two inputs: see below",
    **dict.fromkeys(
        ("GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"), "cells take states: see RNN and the layers of the same name"
    ),
    **dict.fromkeys(
        ("HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"),
        "they need TensorFlow in Keras: test_files_of_text_layers.py",
    ),
}
NAMES = sorted(set(SAMPLES) - APART.keys())
SIZE = 9  # layers in a model
GROUPS = [NAMES[start : start + SIZE] for start in range(0, len(NAMES), SIZE)]


def test_every_registered_layer_is_in_a_model_or_has_a_reason() -> None:
    assert set(layers.LAYERS.objects) - ELSEWHERE == set(NAMES) | APART.keys()


def is_nested(shape: Any) -> bool:
    return isinstance(shape, (list, dict)) or not isinstance(shape[0], (int, type(None)))


def branch(name: str) -> tuple[list[Any], Any]:
    """A layer on inputs of its own: the inputs, and the output."""
    sample = SAMPLES[name]
    arguments = sample.arguments("float32") if callable(sample.arguments) else sample.arguments
    shapes = list(sample.shape.values() if isinstance(sample.shape, dict) else sample.shape) if is_nested(sample.shape) else [sample.shape]
    inputs = [layers.Input(batch_shape=(None, *shape[1:]), dtype=sample.dtype) for shape in shapes]
    structure = dict(zip(sample.shape, inputs, strict=True)) if isinstance(sample.shape, dict) else inputs
    outputs = getattr(layers, name)(**arguments)(structure if is_nested(sample.shape) else inputs[0])
    return inputs, outputs


def data_for(tensors: list[Any]) -> list[np.ndarray]:
    rng, rows = np.random.default_rng(0), []
    for tensor in tensors:
        shape = (2, *(size or 4 for size in tensor.shape[1:]))
        rows.append((rng.integers(0, 3, shape) if "int" in tensor.dtype else rng.normal(size=shape)).astype(tensor.dtype))
    return rows


def values(outputs: Any) -> list[np.ndarray]:
    return [np.asarray(output, dtype="float64") for output in tree.flatten(outputs)]


def assert_both_ways(model: Any, data: Any, folder: Path) -> None:
    """Predictions of a model, of Keras's after loading it, and of ours after loading that are the same to 1e-5."""
    expected = values(model(data, training=False))
    model.save(folder / "ours.keras")
    theirs = keras.models.load_model(folder / "ours.keras")
    theirs.save(folder / "theirs.keras")
    back = glassworks.models.load_model(folder / "theirs.keras")
    for found in (values(theirs(data, training=False)), values(back(data, training=False))):
        assert len(found) == len(expected)
        for output, right in zip(found, expected, strict=True):
            np.testing.assert_allclose(output, right, rtol=1e-5, atol=1e-5)
    for weight, right in zip(back.weights, model.weights, strict=True):
        np.testing.assert_array_equal(weight, right)


@pytest.mark.filterwarnings("ignore:.*int64 requested in arange")  # MixUp in Keras
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_layers_predict_the_same_in_a_file_of_keras(names: list[str], tmp_path: Path) -> None:
    branches = [branch(name) for name in names]
    inputs = [tensor for own, _ in branches for tensor in own]
    assert_both_ways(Model(inputs, [output for _, output in branches]), data_for(inputs), tmp_path)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.MultiHeadAttention(2, 3, dropout=0.1),
        lambda: layers.GroupQueryAttention(head_dim=3, num_query_heads=4, num_key_value_heads=2),
        lambda: layers.Attention(),
    ],
)
def test_attention_to_another_input_predicts_the_same(layer: Any, tmp_path: Path) -> None:
    query, value = layers.Input((4, 3)), layers.Input((5, 3))
    outputs = (
        layer()(query, value) if isinstance(layer(), layers.MultiHeadAttention | layers.GroupQueryAttention) else layer()([query, value])
    )
    assert_both_ways(Model([query, value], outputs), data_for([query, value]), tmp_path)
