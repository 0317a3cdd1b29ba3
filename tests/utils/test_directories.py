"""Data sets of files in folders: the files, labels and splits of Keras, and folders that are not as they should be."""

from __future__ import annotations

import os
import warnings
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import layers, models, utils
from glassworks.errors import ArgumentError, DataError, GlassworksWarning
from glassworks.training.data import Dataset
from glassworks.utils import audio_dataset

SIZES = {"bird": 3, "cat": 5, "dog": 4}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three classes of small pictures, some of them in a folder further down; the first pixel tells which file it is."""
    folder = tmp_path / "pictures"
    number = 0
    for name, count in SIZES.items():
        (folder / name / "more").mkdir(parents=True)
        for i in range(count):
            number += 1
            place = folder / name / ("more" if i == 1 else "") / f"{i}.png"
            utils.save_img(place, np.full((6, 8, 3), 10 * number), scale=False)
    (folder / "cat" / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        for i in range(4):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} ünï {i}", encoding="utf-8")
    return tmp_path


def write_wav(path: Path, sound: Any, width: int = 2, rate: int = 8000) -> Path:
    sound = np.asarray(sound).reshape(len(sound), -1)
    numbers = np.round(sound * (2 ** (8 * width - 1) - 1)).astype("int64")
    raw = (
        (numbers + 128).astype("uint8").tobytes()
        if width == 1
        else b"".join(int(n).to_bytes(width, "little", signed=True) for n in numbers.flat)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((sound.shape[1], width, rate, 0, "NONE", ""))
        file.writeframes(raw)
    return path


def images(directory: Any, **options: Any) -> Any:
    return utils.image_dataset_from_directory(directory, **{"image_size": (6, 8), "verbose": False, **options})


# ---- the same files as Keras


@pytest.mark.parametrize("labels", ["inferred", None, "list"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("class_names", [None, ["dog", "bird"]])
def test_files_and_labels_are_those_of_keras(pictures: Path, labels: Any, shuffle: bool, class_names: Any) -> None:
    from keras.src.utils.dataset_utils import index_directory

    if labels != "inferred" and class_names:
        return
    labels = [i % 3 for i in range(12)] if labels == "list" else labels
    ours = images(pictures, labels=labels, shuffle=shuffle, seed=7, class_names=class_names)
    paths, numbers, names = index_directory(
        str(pictures), labels, (".png",), class_names=class_names, shuffle=shuffle, seed=7, verbose=False
    )
    assert ours.file_paths == paths
    assert ours.class_names == names
    if labels is not None and not shuffle:
        assert np.concatenate([y for _, y in ours]).tolist() == list(numbers)


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_split_is_that_of_keras_and_has_no_file_twice(pictures: Path, shuffle: bool) -> None:
    from keras.src.utils.dataset_utils import get_training_or_validation_split, index_directory

    options = {"shuffle": shuffle, "seed": 3, "validation_split": 0.3}
    train, validation = images(pictures, subset="both", **options)
    paths, labels, _ = index_directory(str(pictures), "inferred", (".png",), shuffle=shuffle, seed=3, verbose=False)
    for ours, subset in ((train, "training"), (validation, "validation")):
        assert ours.file_paths == get_training_or_validation_split(paths, labels, 0.3, subset)[0]
        assert images(pictures, subset=subset, **options).file_paths == ours.file_paths
    assert len(validation.file_paths) == 3


def test_each_picture_comes_with_its_own_label(pictures: Path) -> None:
    dataset = images(pictures, batch_size=5, seed=1)
    seen = []
    for x, y in dataset:
        assert x.dtype == "float32" and y.dtype == "int32"
        for picture, label in zip(x.numpy(), y.numpy(), strict=True):
            number = round(picture[0, 0, 0] / 10)
            assert label == (number > 3) + (number > 8)
            seen.append(number)
    assert sorted(seen) == list(range(1, 13))
    assert seen != sorted(seen)


def test_each_epoch_has_another_order_which_the_seed_repeats(pictures: Path) -> None:
    def epochs(seed: int) -> list[list[int]]:
        dataset = images(pictures, seed=seed, batch_size=4)
        assert dataset.element_spec[0].shape == (None, 6, 8, 3)  # looking does not count as an epoch
        return [[int(p) for x, _ in dataset for p in x[:, 0, 0, 0]] for _ in range(2)]

    first = epochs(1)
    assert first[0] != first[1]
    assert epochs(1) == first
    assert epochs(2) != first


@pytest.mark.parametrize(
    ("mode", "expected"), [("int", [0, 1]), ("binary", [[0.0], [1.0]]), ("categorical", [[1.0, 0.0], [0.0, 1.0]]), (None, None)]
)
def test_labels_have_the_form_asked_for(texts: Path, mode: Any, expected: Any) -> None:
    dataset = utils.text_dataset_from_directory(texts, label_mode=mode, shuffle=False, verbose=False, batch_size=5)
    batches = list(dataset)
    if mode is None:
        assert len(batches) == 2 and batches[0].shape == (5,)
        assert dataset.class_names is None
        return
    y = np.concatenate([y for _, y in batches])
    assert y[[0, 7]].tolist() == expected
    assert y.dtype == ("int32" if mode == "int" else "float32")


def test_what_was_found_is_printed(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images(pictures, verbose=True, validation_split=0.25, subset="both", shuffle=False)
    images(pictures, verbose=True, labels=None)
    expected = ["Found 12 files belonging to 3 classes.", "Using 9 files for training.", "Using 3 files for validation.", "Found 12 files."]
    assert capsys.readouterr().out.splitlines() == expected


def test_links_are_followed_only_if_asked_for(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    utils.save_img(tmp_path / "elsewhere" / "9.png", np.ones((6, 8, 3)))
    os.symlink(tmp_path / "elsewhere", pictures / "cat" / "link")
    assert len(images(pictures).file_paths) == 12
    assert len(images(pictures, follow_links=True).file_paths) == 13


def test_hidden_files_and_folders_are_left_out(pictures: Path) -> None:
    (pictures / ".cache").mkdir()
    (pictures / "cat" / "._0.png").write_bytes(b"resource fork")
    (pictures / "cat" / ".thumbnails").mkdir()
    (pictures / "cat" / ".thumbnails" / "0.png").write_bytes(b"small")
    dataset = images(pictures)
    assert dataset.class_names == list(SIZES) and len(dataset.file_paths) == 12


# ---- pictures


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("options", [{}, {"interpolation": "bicubic"}, {"interpolation": "lanczos3"}, {"data_format": "channels_first"}])
def test_pictures_have_the_values_of_keras(tmp_path: Path, color_mode: str, options: dict[str, Any]) -> None:
    from keras.src.utils.image_dataset_utils import _load_image_grain

    (tmp_path / "a").mkdir()
    utils.save_img(tmp_path / "a" / "1.png", np.random.default_rng(0).integers(0, 256, (21, 33, 3)), scale=False)
    (ours,) = images(tmp_path, labels=None, image_size=(12, 10), color_mode=color_mode, **options)
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}[color_mode]
    arguments = {"interpolation": "bilinear", "data_format": "channels_last", **options}
    theirs = _load_image_grain(str(tmp_path / "a" / "1.png"), (12, 10), channels, **arguments)
    np.testing.assert_allclose(ours[0].numpy(), np.asarray(theirs), rtol=2e-5, atol=2e-3)


def test_proportions_are_kept_by_cutting_or_filling_up(tmp_path: Path) -> None:
    from keras import preprocessing

    (tmp_path / "a").mkdir()
    wide = np.random.default_rng(0).integers(1, 256, (10, 20, 3))
    utils.save_img(tmp_path / "a" / "1.png", wide, scale=False)
    (cut,) = images(tmp_path, labels=None, image_size=(8, 8), crop_to_aspect_ratio=True)
    np.testing.assert_allclose(cut[0].numpy(), preprocessing.image.smart_resize(wide.astype("float32"), (8, 8)), rtol=1e-5, atol=1e-3)
    (filled,) = images(tmp_path, labels=None, image_size=(9, 8), pad_to_aspect_ratio=True)
    assert [bool(row.any()) for row in filled[0, :, :, 0].numpy()] == [False] * 2 + [True] * 4 + [False] * 3
    np.testing.assert_allclose(filled[0, 2:6].numpy().mean(), wide.mean(), rtol=0.1)


def test_gray_of_16_bits_is_scaled_to_8(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "a").mkdir()
    Image.fromarray(np.array([[0, 65_535]], "uint16")).save(tmp_path / "a" / "1.png")
    (x,) = images(tmp_path, labels=None, image_size=(1, 2))
    assert x[0, 0, :, 0].numpy().tolist() == [0, 255]


def test_single_pictures_can_be_asked_for_and_batched_later(pictures: Path) -> None:
    dataset = images(pictures, batch_size=None, shuffle=False)
    assert len(dataset) == 12
    x, y = next(iter(dataset))
    assert x.shape == (6, 8, 3) and int(y) == 0
    assert [len(y) for _, y in dataset.batch(5)] == [5, 5, 2]


@pytest.mark.parametrize(("content", "piece"), [(b"", "is empty (0 bytes)"), (b"GIF89a no", "3.png"), (b"hello, world", "is no picture")])
def test_one_damaged_picture_among_good_ones_is_named(pictures: Path, content: bytes, piece: str) -> None:
    (pictures / "cat" / "3.png").write_bytes(content)
    dataset = images(pictures, batch_size=2)
    with pytest.raises(DataError) as caught:
        list(dataset)
    assert piece in str(caught.value)
    assert str(pictures / "cat" / "3.png") in str(caught.value)


def test_a_model_is_trained_evaluated_and_asked_with_it(pictures: Path) -> None:
    train, validation = images(pictures, validation_split=0.25, subset="both", seed=0, batch_size=4)
    model = models.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        train.cache().shuffle(4).prefetch(-1), validation_data=validation, epochs=2, verbose=0, class_weight={0: 1.0, 1: 2.0, 2: 1.0}
    )
    assert len(history.history["val_accuracy"]) == 2
    assert len(model.evaluate(validation, verbose=0)) == 2
    assert model.predict(validation, verbose=0).shape == (3, 3)


# ---- texts


def test_texts_are_strings_and_can_be_cut(texts: Path) -> None:
    (x, _), *_ = utils.text_dataset_from_directory(texts, shuffle=False, verbose=False, max_length=6)
    assert x.numpy()[0] == "bad ün"
    dataset = utils.text_dataset_from_directory(texts, batch_size=None, shuffle=False, verbose=False)
    assert [text for text, _ in dataset][4] == "good ünï 0"
    assert dataset.batch(3).element_spec[0].dtype == "string"


def test_a_text_that_is_not_utf_8_is_named_with_the_place(texts: Path) -> None:
    (texts / "good" / "2.txt").write_bytes("schön".encode("latin-1"))
    with pytest.raises(DataError) as caught:
        list(utils.text_dataset_from_directory(texts, verbose=False))
    assert "byte 0xf6 at offset 3" in str(caught.value)
    assert str(texts / "good" / "2.txt") in str(caught.value)


# ---- sounds


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_sounds_of_every_width_are_read(tmp_path: Path, width: int, channels: int) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, (50, channels))
    read, rate = audio_dataset.read_wav(str(write_wav(tmp_path / "a.wav", sound, width)))
    assert rate == 8000 and read.dtype == "float32"
    np.testing.assert_allclose(read, sound, atol=1.5 / 2 ** (8 * width - 1) + 1e-6)


def sounds(directory: Any, **options: Any) -> Any:
    return utils.audio_dataset_from_directory(directory, shuffle=False, verbose=False, **options)


def test_sounds_are_filled_up_cut_or_left_as_they_are(tmp_path: Path) -> None:
    for name, length in (("a", 30), ("b", 50)):
        write_wav(tmp_path / name / "1.wav", np.full(length, 0.5))
    ((x, y),) = sounds(tmp_path)
    assert x.shape == (2, 50, 1) and y.tolist() == [0, 1]
    assert (x[0, 30:].numpy() == 0).all() and (x[0, :30].numpy() > 0.49).all()
    ((x, _),) = sounds(tmp_path, output_sequence_length=40)
    assert x.shape == (2, 40, 1)
    ((x, _),) = sounds(tmp_path, ragged=True)
    assert [part.shape for part in x.numpy()] == [(30, 1), (50, 1)]
    assert [x.shape for x, _ in sounds(tmp_path, batch_size=None)] == [(30, 1), (50, 1)]
    assert isinstance(sounds(tmp_path, validation_split=0.5, subset="both"), tuple)


@pytest.mark.parametrize("rate", [4000, 6000, 11_025, 16_000])
def test_another_sampling_rate_keeps_the_tone_and_leaves_out_what_is_too_high(tmp_path: Path, rate: int) -> None:
    time = np.arange(4000) / 8000
    write_wav(tmp_path / "a" / "1.wav", 0.4 * np.sin(2 * np.pi * 440 * time) + 0.4 * np.sin(2 * np.pi * 3500 * time))
    (x,) = sounds(tmp_path, labels=None, sampling_rate=rate)
    count = -(-4000 * rate // 8000)
    assert x.shape == (1, count, 1)
    spectrum = np.abs(np.fft.rfft(x[0, :, 0].numpy() * np.hanning(count))) / count * 4
    frequency = np.fft.rfftfreq(count, 1 / rate)
    assert abs(spectrum[np.abs(frequency - 440) < 10].max() - 0.4) < 0.02
    if rate < 7000:
        assert spectrum[np.abs(frequency - 440) > 100].max() < 0.02


def test_long_sounds_are_resampled_piece_by_piece_without_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.random.default_rng(0).normal(size=(1000, 2)).astype("float32")
    whole = audio_dataset.resample(sound, 8000, 6000)
    monkeypatch.setattr(audio_dataset, "_PIECE", 64)
    np.testing.assert_allclose(audio_dataset.resample(sound, 8000, 6000), whole, atol=1e-5)


@pytest.mark.parametrize("keep", [0, 20, 60, 100])
def test_a_sound_that_is_cut_off_is_named(tmp_path: Path, keep: int) -> None:
    path = write_wav(tmp_path / "a" / "1.wav", np.zeros(100))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError) as caught:
        list(sounds(tmp_path))
    assert str(path) in str(caught.value)


def test_damaged_sounds_and_pictures_give_data_errors_and_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sound = write_wav(tmp_path / "a.wav", rng.uniform(-1, 1, (500, 2)))
    readers = {sound: audio_dataset.read_wav}
    for ending in ("png", "jpg", "gif", "bmp"):
        utils.save_img(tmp_path / f"a.{ending}", rng.integers(0, 256, (20, 25, 3)), scale=False)
        readers[tmp_path / f"a.{ending}"] = utils.load_img
    for path, read in readers.items():
        whole, refused = path.read_bytes(), 0
        for _ in range(80):
            damaged = bytearray(whole)
            for place in rng.integers(0, 60, 2):
                damaged[place] = rng.integers(256)
            path.write_bytes(damaged[: rng.integers(1, len(whole)) if rng.integers(4) == 0 else None])
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # Pillow warns of large pictures
                    read(str(path))
            except DataError as error:
                refused += str(path) in str(error)
        assert refused > 20


def test_a_sound_of_floats_is_an_error_that_says_how_to_convert_it(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a" / "1.wav", np.zeros(100), width=4)
    content = bytearray(path.read_bytes())
    content[20] = 3  # the format's number for floats
    path.write_bytes(content)
    with pytest.raises(DataError, match="pcm_s16le"):
        list(sounds(tmp_path))


# ---- folders that are not as they should be


def test_a_class_without_files_is_a_warning_that_names_it(pictures: Path) -> None:
    (pictures / "empty").mkdir()
    with pytest.warns(GlassworksWarning, match="'empty'"):
        dataset = images(pictures)
    assert dataset.class_names == ["bird", "cat", "dog", "empty"]


def test_a_folder_that_cannot_be_read_is_named(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"bird/more' cannot be listed: Permission denied"):
        images(pictures)


def test_a_folder_without_subfolders_says_what_to_do(pictures: Path) -> None:
    with pytest.raises(DataError, match="1 image files and no subfolders") as caught:
        images(pictures / "bird" / "more")
    assert "labels=None" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error", "piece"),
    [
        ({"labels": [0, 1]}, DataError, "2 labels for 12 image files"),
        ({"labels": "infered"}, ArgumentError, "did you mean 'inferred'"),
        ({"labels": np.zeros(12)}, ArgumentError, "pass list(labels)"),
        ({"labels": [0] * 12, "class_names": ["a"]}, ArgumentError, "labels='inferred'"),
        ({"class_names": ["cat", "dgo"]}, ArgumentError, "did you mean 'dog'"),
        ({"class_names": ["cat", "cat"]}, ArgumentError, "more than once"),
        ({"label_mode": "binary"}, ArgumentError, "3 classes"),
        ({"label_mode": "integer"}, ArgumentError, "did you mean 'int'"),
        ({"validation_split": 0.2}, ArgumentError, "pass subset='training' too"),
        ({"subset": "training"}, ArgumentError, "pass validation_split=0.2 too"),
        ({"validation_split": 0.2, "subset": "training"}, ArgumentError, "same seed"),
        ({"validation_split": 0.2, "subset": "train", "seed": 1}, ArgumentError, "did you mean 'training'"),
        ({"validation_split": 1.5, "subset": "training", "seed": 1}, ArgumentError, "validation_split=1.5"),
        ({"validation_split": 0.01, "subset": "training", "seed": 1}, DataError, "0 to validate on"),
        ({"color_mode": "gray"}, ArgumentError, "grayscale"),
        ({"image_size": (3, 4, 5)}, ArgumentError, "(height, width)"),
        ({"image_size": (0, 4)}, ArgumentError, "(height, width)"),
        ({"interpolation": "cubic"}, ArgumentError, "did you mean 'bicubic'"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ArgumentError, "leave one out"),
        ({"batch_size": 0}, ArgumentError, "batch_size=0"),
        ({"format": "torch"}, ArgumentError, "format='torch'"),
    ],
    ids=str,
)
def test_wrong_arguments_are_said_in_four_parts(pictures: Path, options: dict[str, Any], error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        images(pictures, **options)
    assert piece in str(caught.value)
    assert "[utils.image_dataset_from_directory]" in str(caught.value)


def test_a_folder_that_is_not_there_or_has_no_files_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder 'nowhere'"):
        images("nowhere")
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="no image files"):
        images(tmp_path, labels=None)
    (tmp_path / "a" / "face.PGM").touch()
    with pytest.raises(DataError, match=r"no image files in .*; it has 1 of \.pgm"):
        images(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="Not a directory"):
        images(tmp_path / "file")
    with pytest.raises(ArgumentError, match="leave one out"):
        sounds(tmp_path, ragged=True, output_sequence_length=3)


# ---- windows of a series


@pytest.mark.parametrize(
    "options", [{}, {"sequence_stride": 3, "sampling_rate": 2}, {"start_index": 5, "end_index": 40}, {"sampling_rate": 4}]
)
@pytest.mark.parametrize("with_targets", [True, False])
def test_windows_are_those_of_the_definition(options: dict[str, int], with_targets: bool) -> None:
    data, targets = np.arange(100.0).reshape(50, 2), np.arange(50) * 7
    dataset = utils.timeseries_dataset_from_array(data, targets if with_targets else None, 5, batch_size=4, **options)
    start, end = options.get("start_index", 0), options.get("end_index", 50)
    stride, rate = options.get("sequence_stride", 1), options.get("sampling_rate", 1)
    expected = [i for i in range(start, end, stride) if i + 4 * rate < end]
    batches = list(dataset)
    x = np.concatenate([batch[0] if with_targets else batch for batch in batches])
    assert len(dataset) == len(batches)
    assert x.tolist() == [data[i : i + 4 * rate + 1 : rate].tolist() for i in expected]
    if with_targets:
        assert np.concatenate([y for _, y in batches]).tolist() == [7 * i for i in expected]


def test_shuffled_windows_keep_their_targets_and_repeat_by_seed() -> None:
    def epochs() -> list[list[int]]:
        dataset = utils.timeseries_dataset_from_array(np.arange(30), np.arange(30), 4, batch_size=7, shuffle=True, seed=2)
        result = []
        for _ in range(2):
            batches = [(x.numpy(), y.numpy()) for x, y in dataset]
            assert all((x[:, 0] == y).all() for x, y in batches)
            result.append([int(label) for _, y in batches for label in y])
        return result

    first = epochs()
    assert first[0] != first[1] and sorted(first[0]) == list(range(27))
    assert epochs() == first


def test_windows_of_an_array_on_disk_are_read_as_they_are_needed(tmp_path: Path) -> None:
    np.save(tmp_path / "series.npy", np.arange(1000))
    dataset = utils.timeseries_dataset_from_array(np.load(tmp_path / "series.npy", mmap_mode="r"), None, 10, batch_size=None)
    assert isinstance(dataset, Dataset)
    assert next(iter(dataset)).tolist() == list(range(10))


@pytest.mark.parametrize(
    ("options", "error", "piece"),
    [
        ({"sequence_length": 0}, ArgumentError, "a positive integer"),
        ({"sequence_length": 11}, DataError, "10 steps for windows over 11 steps"),
        ({"sampling_rate": 10}, ArgumentError, "less than 10"),
        ({"start_index": -1}, ArgumentError, "start_index=-1"),
        ({"start_index": 12}, ArgumentError, "start_index=12"),
        ({"start_index": 5, "end_index": 5}, ArgumentError, "an end after the start"),
        ({"end_index": 10}, ArgumentError, "to its end"),
    ],
)
def test_windows_that_do_not_fit_are_said(options: dict[str, int], error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        utils.timeseries_dataset_from_array(np.arange(10), None, **{"sequence_length": 3, **options})
    assert piece in str(caught.value)
