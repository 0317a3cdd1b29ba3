"""The arguments of applications: where images come from, sizes, weights from files, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks as keras
from glassworks import applications
from glassworks.errors import ArgumentError, GlassworksError, ShapeError

TINY: dict[str, Any] = {"alpha": 0.25, "include_top": False, "input_shape": (32, 32, 3), "pooling": "avg"}


@pytest.mark.parametrize("name", ["VGG16", "MobileNet", "EfficientNetV2S", "MobileNetV3Small"])
def test_pretrained_weights_are_refused_with_the_way_to_bring_them(name: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        getattr(applications, name)()
    text = str(caught.value)
    assert "weights='imagenet'" in text and "nothing is downloaded here" in text and "load_model('pretrained.keras')" in text


@pytest.mark.parametrize("suffix", ["weights.h5", "keras"])
def test_a_file_that_keras_wrote_brings_its_weights(tmp_path: Path, suffix: str) -> None:
    theirs = real.applications.MobileNet(weights=None, **TINY)
    path = tmp_path / f"pretrained.{suffix}"
    if suffix == "keras":
        theirs.save(path)
        ours = keras.models.load_model(path)
    else:
        theirs.save_weights(path)
        ours = applications.MobileNet(weights=str(path), **TINY)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_file_that_was_written_here_brings_its_weights(tmp_path: Path) -> None:
    first = applications.MobileNet(weights=None, **TINY)
    first.save_weights(tmp_path / "first.weights.h5")
    second = applications.MobileNet(weights=tmp_path / "first.weights.h5", **TINY)
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("VGG16", {"weights": "no/such/file.h5"}, "a file that exists"),
    ("VGG16", {"input_shape": (31, 32, 3)}, "at least 32 x 32"),
    ("InceptionV3", {"input_shape": (74, 80, 3)}, "at least 75 x 75"),
    ("Xception", {"input_shape": (70, 80, 3)}, "at least 71 x 71"),
    ("VGG16", {"input_shape": (32, 32)}, "three sizes"),
    ("VGG16", {"input_shape": (None, 32, 3), "include_top": True}, "include_top=False"),
    ("MobileNetV2", {"input_shape": (32, 32, 3), "input_tensor": "64"}, "the same size"),
]


@pytest.mark.parametrize(("name", "arguments", "words"), REFUSED)
def test_what_keras_refuses_is_refused(name: str, arguments: dict[str, Any], words: str) -> None:
    for library in (keras, real):
        given = {"weights": None, "include_top": False, **arguments}
        if given.get("input_tensor"):
            given["input_tensor"] = library.Input((64, 64, 3))
        with pytest.raises(ValueError) as caught:
            getattr(library.applications, name)(**given)
        assert library is real or (words in str(caught.value) and isinstance(caught.value, GlassworksError))


def test_another_activation_than_softmax_is_refused_with_weights_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "some.weights.h5").touch()
    with pytest.raises(ArgumentError, match="classifier_activation='relu'"):
        applications.VGG16(weights=tmp_path / "some.weights.h5", classifier_activation="relu")


def test_a_given_tensor_is_the_input_and_what_comes_before_it_is_part_of_the_model() -> None:
    image = keras.Input((32, 32, 3), name="photo")
    assert applications.MobileNet(weights=None, input_tensor=image, **TINY).inputs[0] is image
    model = applications.MobileNet(weights=None, input_tensor=keras.layers.Rescaling(1 / 127.5, offset=-1)(image), **TINY)
    assert [layer.name for layer in model.layers[:2]] == ["photo", "rescaling"]
    assert model.inputs[0] is image


def test_a_network_without_classifier_takes_images_of_all_sizes() -> None:
    model = applications.MobileNet(alpha=0.25, include_top=False, weights=None)
    assert model.input_shape == (None, None, None, 3)
    assert [model(np.zeros((1, size, size, 3), "float32")).shape[1] for size in (32, 64)] == [1, 2]


def test_a_wrong_pooling_is_ignored_as_in_keras_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="pooling='mean'"):
        model = applications.MobileNet(weights=None, **{**TINY, "pooling": "mean"})
    assert len(model.output_shape) == 4


def test_channels_come_first_where_the_setting_says_so() -> None:
    keras.config.set_image_data_format("channels_first")
    assert applications.MobileNetV2((3, 32, 32), include_top=False, weights=None, alpha=0.35).output_shape == (None, 1280, 1, 1)
    assert applications.EfficientNetB0(include_top=False, weights=None, input_shape=(3, 32, 32)).output_shape == (None, 1280, 1, 1)
    with pytest.raises(ArgumentError, match="set_image_data_format"):
        applications.DenseNet121(weights=None)


def test_the_classifier_of_a_pretrained_network_can_be_trained_alone() -> None:
    base = applications.MobileNet(weights=None, **TINY)
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = base.get_weights()
    rng = np.random.default_rng(0)
    model.fit(rng.uniform(-1, 1, (8, 32, 32, 3)).astype("float32"), rng.integers(0, 2, 8), epochs=1, verbose=0)
    for mine, other in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_sizes_of_the_fix_are_possible() -> None:
    with pytest.raises(ShapeError) as caught:
        applications.MobileNet((None, None, 3), weights=None, alpha=0.25)
    assert "input_shape=(224, 224, 3)" in str(caught.value)
    assert applications.MobileNet((224, 224, 3), weights=None, alpha=0.25, classes=3).output_shape == (None, 3)
