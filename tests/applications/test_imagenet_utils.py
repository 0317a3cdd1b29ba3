"""`preprocess_input` and `decode_predictions` of every module are those of Keras."""

from __future__ import annotations

import json
from pathlib import Path

import keras as real
import numpy as np
import pytest

import glassworks as keras
from glassworks import applications
from glassworks.errors import ArgumentError, LoadError, ShapeError

MODULES = [
    *("convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2"),
    *("mobilenet_v3", "nasnet", "resnet", "resnet50", "resnet_v2", "vgg16", "vgg19", "xception"),
]
RNG = np.random.default_rng(0)


def images(kind: str, data_format: str | None) -> np.ndarray:
    shape = (3, 4, 5) if data_format == "channels_first" else (4, 5, 3)
    shape = shape if kind == "one" else (2, *shape)
    pixels = RNG.uniform(0, 255, shape)
    return pixels.astype("uint8" if kind == "bytes" else "float64" if kind == "doubles" else "float32")


@pytest.mark.parametrize("data_format", [None, "channels_last", "channels_first"])
@pytest.mark.parametrize("kind", ["batch", "one", "bytes", "doubles"])
@pytest.mark.parametrize("module", MODULES)
def test_pixels_are_what_keras_makes_of_them(module: str, kind: str, data_format: str | None) -> None:
    x = images(kind, data_format)
    before = x.copy()
    ours = getattr(applications, module).preprocess_input(x, data_format=data_format)
    theirs = getattr(real.applications, module).preprocess_input(before.copy(), data_format=data_format)
    assert (type(ours), ours.dtype, ours.shape) == (np.ndarray, theirs.dtype, theirs.shape)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(x, before, "the argument is not changed")


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_symbolic_images_are_preprocessed_within_a_model(mode: str, data_format: str) -> None:
    x = images("batch", data_format)
    image = keras.Input(x.shape[1:])
    model = keras.Model(image, applications.imagenet_utils.preprocess_input(image, data_format, mode))
    theirs = real.applications.imagenet_utils.preprocess_input(x.copy(), data_format, mode)
    np.testing.assert_allclose(model(x), theirs, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("arguments", [{"mode": "pytorch"}, {"data_format": "NHWC"}])
def test_unknown_modes_and_formats_are_refused(arguments: dict[str, str]) -> None:
    for library in (keras, real):
        with pytest.raises(ValueError):
            library.applications.imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), **arguments)
    with pytest.raises(ArgumentError, match=next(iter(arguments.values()))):
        applications.imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), **arguments)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the names of the classes are looked for."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models" / "imagenet_class_index.json"


def test_classes_get_the_names_of_the_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = {str(number): [f"n{number:08}", f"class_{number}"] for number in range(1000)}
    cache.write_text(json.dumps(index))
    monkeypatch.setattr("keras.src.applications.imagenet_utils.CLASS_INDEX", index)
    scores = RNG.random((3, 1000)).astype("float32")
    for module in MODULES:
        ours, theirs = getattr(applications, module).decode_predictions(scores, top=3), None
        theirs = getattr(real.applications, module).decode_predictions(scores, top=3)
        assert ours == theirs


def test_without_the_file_the_error_says_where_to_put_it(cache: Path) -> None:
    with pytest.raises(LoadError) as caught:
        applications.vgg16.decode_predictions(np.zeros((1, 1000)))
    assert str(cache) in str(caught.value) and "https://" in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", '{"0": 3}', json.dumps({str(n): "ab" if n else [1] for n in range(1000)})])
def test_a_damaged_file_is_refused(cache: Path, content: str) -> None:
    cache.write_text(content)
    with pytest.raises(LoadError, match="not an index of classes"):
        applications.vgg16.decode_predictions(np.zeros((1, 1000)))


def test_predictions_of_other_classes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(1, 10\)"):
        applications.vgg16.decode_predictions(np.zeros((1, 10)))
