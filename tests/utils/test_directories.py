"""Data sets of files in folders: the files, labels and splits of Keras, and folders that are not as they should be."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import layers, models, utils
from glassworks.errors import ArgumentError, DataError, GlassworksWarning

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


@pytest.mark.parametrize(("content", "piece"), [(b"", "is empty (0 bytes)"), (b"GIF89a no", "3.png"), (b"hello, world", "is not an image")])
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


def test_damaged_pictures_give_data_errors_and_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    readers: dict[Path, Any] = {}
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
        ({"labels": ["cat"] * 12}, DataError, "return_inverse=True"),
        ({"labels": [True] * 12}, DataError, "the label True"),
        ({"labels": [1, 2, 3] * 4, "label_mode": "categorical"}, DataError, "labels 3 with label_mode='categorical' and 3 classes"),
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


# ---- folders that would keep a reader waiting


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_pipes_are_left_out_and_named(pictures: Path, texts: Path) -> None:
    os.mkfifo(pictures / "cat" / "a.png")
    os.mkfifo(texts / "good" / "a.txt")
    with pytest.warns(GlassworksWarning, match=r"1 entries below .*cat' are pipes or devices and were left out"):
        data = utils.image_dataset_from_directory(pictures, image_size=(6, 8), verbose=False)
    assert len(data.file_paths) == sum(SIZES.values())
    with pytest.warns(GlassworksWarning, match="pipes or devices"):
        assert len(list(utils.text_dataset_from_directory(texts, batch_size=None, verbose=False))) == 9  # with the note among the pictures


def test_links_that_lead_in_circles_end(pictures: Path) -> None:
    (pictures / "cat" / "self").symlink_to(pictures / "cat")
    (pictures / "cat" / "up").symlink_to(pictures)
    (pictures / "dog" / "cats").symlink_to(pictures / "cat")
    # Eight folders that each link to all others: as many ways through them as there are orders.
    for i in range(8):
        (pictures / "bird" / f"{i}").mkdir()
    for i in range(8):
        for j in range(8):
            (pictures / "bird" / f"{i}" / f"to{j}").symlink_to(pictures / "bird" / f"{j}")
    data = utils.image_dataset_from_directory(pictures, image_size=(6, 8), follow_links=True, verbose=False)
    assert {os.path.realpath(path) for path in data.file_paths} == {os.path.realpath(path) for path in pictures.rglob("*.png")}
    assert len(data.file_paths) < 10 * sum(SIZES.values())
