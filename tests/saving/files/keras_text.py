"""Write `text_*.keras` beside this file, with Keras 3 on TensorFlow, and what the models give as `text_outputs.npz`: layers that need TensorFlow.

KERAS_BACKEND=tensorflow python tests/saving/files/keras_text.py
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

FOLDER = Path(__file__).parent
TEXTS = np.array([["the cat sat"], ["the dog and the bird"]])
ROWS = {"age": np.array([1.0, 2.0, 3.0]), "job": np.array(["a", "b", "a"]), "n": np.array([1, 2, 1])}


def adapted(layer: layers.Layer, data: np.ndarray) -> layers.Layer:
    layer.adapt(data)
    return layer


def main() -> None:
    numbers = np.array([[5], [7], [5]])
    cases = {
        "vectors": (adapted(layers.TextVectorization(output_sequence_length=4), TEXTS), TEXTS, "string"),
        "tf_idf": (adapted(layers.TextVectorization(output_mode="tf_idf"), TEXTS), TEXTS, "string"),
        "strings": (adapted(layers.StringLookup(), TEXTS), TEXTS, "string"),
        "integers": (adapted(layers.IntegerLookup(), numbers), numbers, "int64"),
        "hashes": (layers.Hashing(7), TEXTS, "string"),
        "bins": (adapted(layers.Discretization(num_bins=3), np.arange(10.0)[:, None]), np.array([[1.0], [8.0]]), "float32"),
        "normal": (adapted(layers.Normalization(), np.arange(12.0).reshape(6, 2)), np.array([[3.0, 1.0]]), "float32"),
    }
    outputs = {}
    for name, (layer, data, dtype) in cases.items():
        model = keras.Sequential([layers.Input((data.shape[1],), dtype=dtype), layer])
        model.save(FOLDER / f"text_{name}.keras")
        outputs[name] = np.asarray(model(tf.constant(data, dtype)))
    kinds = {"age": "float_normalized", "job": "string_categorical", "n": "integer_categorical"}
    space = keras.utils.FeatureSpace(kinds, output_mode="concat")
    space.adapt(tf.data.Dataset.from_tensor_slices(ROWS))
    outputs["space"] = np.asarray(space({name: tf.constant(column) for name, column in ROWS.items()}))
    space.save(FOLDER / "text_space.keras")
    np.savez(FOLDER / "text_outputs.npz", **outputs)


if __name__ == "__main__":
    main()
