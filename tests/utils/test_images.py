"""Pictures in files: reading, writing and resizing as in Keras, and files that do not hold a complete picture."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import preprocessing, utils
from glassworks.errors import ArgumentError, ArgumentTypeError, DataError, GlassworksWarning, MissingDependencyError, ShapeError
from glassworks.utils import resampling


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    utils.save_img(path, np.random.default_rng(0).integers(0, 256, (20, 30, 3)), scale=False)
    return path


@pytest.mark.parametrize("mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize(
    "options", [{}, {"target_size": (10, 12)}, {"target_size": (7, 9), "interpolation": "lanczos", "keep_aspect_ratio": True}]
)
def test_a_picture_is_read_as_keras_reads_it(picture: Path, mode: str, options: dict[str, Any]) -> None:
    import keras as real

    ours = utils.img_to_array(utils.load_img(picture, color_mode=mode, **options))
    theirs = real.utils.img_to_array(real.utils.load_img(picture, color_mode=mode, **options))
    assert ours.dtype == "float32"
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", [(5, 4, 1), (5, 4, 3), (5, 4, 4)])
@pytest.mark.parametrize("scale", [True, False])
def test_an_array_becomes_the_picture_that_keras_makes(shape: tuple[int, ...], scale: bool) -> None:
    import keras as real

    x = np.random.default_rng(0).uniform(0, 255, shape)
    ours, theirs = utils.array_to_img(x, scale=scale), real.utils.array_to_img(x, scale=scale)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_channels_first_is_known_everywhere(picture: Path) -> None:
    image = utils.load_img(picture)
    x = utils.img_to_array(image, data_format="channels_first")
    assert x.shape == (3, 20, 30)
    assert utils.array_to_img(x, data_format="channels_first").size == (30, 20)
    assert preprocessing.image.smart_resize(x, (8, 8), data_format="channels_first").shape == (3, 8, 8)


def test_gray_of_16_bits_keeps_its_bits(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.array([[0, 300], [40_000, 65_535]], "uint16")).save(tmp_path / "deep.png")
    image = utils.load_img(tmp_path / "deep.png", color_mode="grayscale")
    assert utils.img_to_array(image)[:, :, 0].tolist() == [[0, 300], [40_000, 65_535]]


def test_pictures_are_read_from_and_written_to_memory() -> None:
    file = io.BytesIO()
    utils.save_img(file, np.zeros((2, 3, 3)), file_format="png")
    file.seek(0)
    assert utils.load_img(file).size == (3, 2)


def test_transparency_is_left_out_of_jpeg_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(GlassworksWarning, match="alpha"):
        utils.save_img(tmp_path / "a.jpg", np.zeros((2, 2, 4)))
    assert utils.load_img(tmp_path / "a.jpg").mode == "RGB"


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
@pytest.mark.parametrize("size", [(8, 32), (40, 4), (20, 12), (1, 1)])
def test_resizing_is_that_of_keras(method: str, size: tuple[int, int]) -> None:
    import keras as real

    # No new pixel of these sizes lies on the border of two old ones, where nearest is a matter of rounding.
    x = np.random.default_rng(0).uniform(0, 255, (2, 20, 30, 3)).astype("float32")
    theirs = np.asarray(real.ops.image.resize(x, size, interpolation=method, antialias=False))
    np.testing.assert_allclose(resampling.resize(x, size, method), theirs, rtol=2e-5, atol=2e-3)


@pytest.mark.parametrize("size", [(8, 8), (10, 3), (3, 17), (25, 40)])
def test_smart_resize_is_that_of_keras(size: tuple[int, int]) -> None:
    import keras as real

    x = np.random.default_rng(0).uniform(0, 255, (21, 33, 3)).astype("float32")
    ours, theirs = preprocessing.image.smart_resize(x, size), real.preprocessing.image.smart_resize(x, size)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-3)


@pytest.mark.parametrize("method", resampling.METHODS)
def test_a_plain_area_stays_plain_and_the_mean_is_kept(method: str) -> None:
    x = np.full((9, 13, 1), 7.0, "float32")
    np.testing.assert_allclose(resampling.resize(x, (5, 29), method), 7.0, rtol=1e-6)
    if method == "area":
        y = np.random.default_rng(0).uniform(0, 1, (9, 13, 1)).astype("float32")
        np.testing.assert_allclose(resampling.resize(y, (3, 4), method).mean(), y.mean(), rtol=1e-5)


def broken(kind: str, path: Path, whole: bytes) -> None:
    content = {
        "empty": b"",
        "text": b"<html>not found</html>",
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:60] + bytes(255 - byte for byte in whole[60:200]) + whole[200:],
    }
    path.write_bytes(content[kind])


@pytest.mark.parametrize(
    ("kind", "piece"),
    [
        ("empty", "is empty (0 bytes)"),
        ("text", "is not an image: it starts with b'<html>"),
        ("cut", "is damaged"),
        ("flipped", "is damaged"),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_file_that_is_no_whole_picture_is_named(kind: str, piece: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"bad{suffix}"
    utils.save_img(path, np.random.default_rng(0).integers(0, 256, (50, 60, 3)), scale=False)
    if kind == "flipped" and suffix == ".jpg":
        kind, piece = "cut", "is damaged"  # JPEG has no checksum: changed bytes are other colors
    broken(kind, path, path.read_bytes())
    with pytest.raises(DataError) as caught:
        utils.load_img(path)
    assert piece in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_picture_that_would_fill_the_memory_is_refused(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match="too large") as caught:
        utils.load_img(picture)
    assert str(picture) in str(caught.value)
    assert "MAX_IMAGE_PIXELS" in str(caught.value)


def test_without_pillow_the_error_names_the_extra(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    for call in (
        lambda: utils.load_img(picture),
        lambda: utils.array_to_img(np.ones((2, 2, 3))),
        lambda: utils.save_img("a.png", np.ones((2, 2, 3))),
    ):
        with pytest.raises(
            MissingDependencyError, match=r"pip install pillow, or, in a checkout of glassworks, pip install \"\.\[images\]\""
        ):
            call()


@pytest.mark.parametrize(
    ("call", "error", "piece"),
    [
        (lambda: utils.load_img("nowhere.png"), DataError, "no file 'nowhere.png'"),
        (lambda: utils.load_img(3), ArgumentTypeError, "path of type int"),
        (lambda: utils.load_img("a.png", color_mode="rbg"), ArgumentError, "did you mean 'rgb'"),
        (lambda: utils.load_img("a.png", interpolation="cubic"), ArgumentError, "bicubic"),
        (lambda: utils.img_to_array(np.ones(3)), ShapeError, "pass one picture"),
        (lambda: utils.img_to_array(np.ones((2, 2)), data_format="last"), ArgumentError, "channels_last"),
        (lambda: utils.array_to_img(np.ones((1, 2, 2, 3))), ShapeError, "pass x[0] of a batch"),
        (lambda: utils.array_to_img(np.ones((2, 2, 2))), ShapeError, "2 channels"),
        (lambda: utils.save_img("a.nonsense", np.ones((2, 2, 3))), ArgumentError, "file_format='png'"),
        (lambda: preprocessing.image.smart_resize(np.ones((2, 2, 3)), 3), ArgumentError, "(height, width)"),
        (lambda: preprocessing.image.smart_resize(np.ones((2, 2)), (3, 3)), ShapeError, "shape (2, 2)"),
    ],
)
def test_mistakes_are_said_in_four_parts(call: Any, error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert piece in str(caught.value)


def test_the_older_names_are_here() -> None:
    assert glassworks.preprocessing.sequence.pad_sequences is utils.pad_sequences
    assert glassworks.preprocessing.image.load_img is utils.load_img
