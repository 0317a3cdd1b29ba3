"""Files of real Keras are read, and real Keras reads what is written from them."""

from __future__ import annotations

import io
import json
import zipfile

import keras
import numpy as np
import pytest

from glassworks.saving import hdf5
from tests.saving.hdf5.samples import BFLOAT16


def model(dtype: str = "float32") -> keras.Model:
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization(dtype=dtype)(layers.Conv2D(4, 3, dtype=dtype, name="conv")(inputs))
    x = layers.Dropout(0.5, seed=1)(layers.Flatten()(x))
    result = keras.Model(inputs, layers.Dense(2, dtype=dtype, name="größe")(x))
    result.compile("adam", "mse")
    if dtype == "float32":
        result.fit(np.ones((4, 8, 8, 3), "f4"), np.ones((4, 2), "f4"), verbose=0)
    return result


def copied(group: hdf5.Group) -> hdf5.Tree:
    """A tree of the same content, to be written."""
    members = {
        name: copied(member) if isinstance(member, hdf5.Group) else hdf5.LazyArray(member.shape, member.dtype, member.read)
        for name, member in group.items()
    }
    return hdf5.Tree(members, {name: group.attributes[name] for name in group.attributes})


def rewritten(file, label: str) -> bytes:
    result = io.BytesIO()
    hdf5.write(result, copied(hdf5.read(file, label)))
    return result.getvalue()


def weights(group: hdf5.Group) -> list[np.ndarray]:
    found = []
    for member in group.values():
        found += weights(member) if isinstance(member, hdf5.Group) else [member.read()]
    return found


def assert_same_weights(first: keras.Model, second: keras.Model) -> None:
    assert len(first.weights) == len(second.weights) > 0
    for left, right in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(left), np.asarray(right))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_weights_file(tmp_path, dtype):
    original, path = model(dtype), tmp_path / "model.weights.h5"
    original.save_weights(path)
    with open(path, "rb") as file:
        group = hdf5.read(file, path.name)
        kernel = group.find("layers/conv2d/vars/0").read()
        assert kernel.dtype == (BFLOAT16 if dtype == "bfloat16" else np.dtype(dtype))
        np.testing.assert_array_equal(kernel, np.asarray(original.layers[1].kernel))
        (tmp_path / "again.weights.h5").write_bytes(rewritten(file, path.name))
    loaded = model(dtype)
    loaded.load_weights(tmp_path / "again.weights.h5")
    assert_same_weights(original, loaded)


def test_the_weights_in_a_keras_file_are_read_in_place(tmp_path):
    original, path = model(), tmp_path / "model.keras"
    original.save(path)
    again = tmp_path / "again.keras"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(again, "w") as copy:
        info = archive.getinfo("model.weights.h5")
        for name in archive.namelist():
            data = archive.read(name)
            copy.writestr(name, rewritten(io.BytesIO(data), name) if name == info.filename else data)
        stored = archive.read(info)
    place = path.read_bytes().index(stored[:2000])
    with open(path, "rb") as file:
        group = hdf5.read(file, path.name, place, info.file_size)
        np.testing.assert_array_equal(group.find("layers/conv2d/vars/0").read(), np.asarray(original.layers[1].kernel))
        assert group.find("optimizer/vars/0").read() == 1
    loaded = keras.models.load_model(again)
    assert_same_weights(original, loaded)
    for left, right in zip(original.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(left), np.asarray(right))


@pytest.mark.filterwarnings("ignore")
def test_a_legacy_file(tmp_path):
    original, path = model(), tmp_path / "model.h5"
    original.save(path)
    with open(path, "rb") as file:
        group = hdf5.read(file, path.name)
        assert json.loads(group.attributes["model_config"])["class_name"] == "Functional"
        names = [str(name) for name in group["model_weights"].attributes["layer_names"]]
        assert names == [layer.name for layer in original.layers]
        kernel = group["model_weights"]["conv"].attributes["weight_names"][0]
        np.testing.assert_array_equal(group["model_weights"]["conv"].find(kernel).read(), np.asarray(original.layers[1].kernel))
        (tmp_path / "again.h5").write_bytes(rewritten(file, path.name))
    loaded = keras.models.load_model(tmp_path / "again.h5", compile=False)
    assert_same_weights(original, loaded)


def test_a_model_of_many_layers(tmp_path):
    inputs = keras.Input((4,))
    x = inputs
    for _ in range(150):
        x = keras.layers.Dense(4)(x)
    original, path = keras.Model(inputs, x), tmp_path / "model.weights.h5"
    original.save_weights(path)
    with open(path, "rb") as file:
        assert len(weights(hdf5.read(file, path.name))) == 300
        data = rewritten(file, path.name)
    path.write_bytes(data)
    loaded = keras.models.clone_model(original)
    loaded.load_weights(path)
    assert_same_weights(original, loaded)
