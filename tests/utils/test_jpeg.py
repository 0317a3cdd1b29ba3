"""JPEG files decoded in one call have the pixels that Pillow's own way of reading gives, and what is not an ordinary file is left to that way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks.utils import image_dataset_from_directory, jpeg, resampling
from glassworks.utils.image_dataset import pixels

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(params=["simplejpeg", "pillow"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pillow":
        monkeypatch.setattr(jpeg, "simplejpeg", lambda: None)
    else:
        pytest.importorskip("simplejpeg")


def picture(mode: str, size: tuple[int, int]) -> Any:
    """Smooth colours with some noise, as in photographs."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[: size[1], : size[0]]
    channels = len(mode.replace("L", "1")) if mode != "L" else 1
    waves = np.stack([np.sin(x / (3 + c)) + np.cos(y / (5 + c)) for c in range(channels)], -1)
    numbers = np.clip(waves * 60 + 128 + rng.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)
    return Image.fromarray(numbers[:, :, 0] if mode == "L" else numbers, mode=None if mode != "CMYK" else "CMYK")


def encoded(mode: str, size: tuple[int, int], **options: Any) -> bytes:
    file = io.BytesIO()
    picture(mode, size).save(file, "JPEG", **options)
    return file.getvalue()


ORDINARY = {
    "grey": encoded("L", (17, 9)),
    "4:2:0": encoded("RGB", (33, 31), quality=80),
    "4:2:2": encoded("RGB", (32, 16), subsampling=1),
    "4:4:4": encoded("RGB", (7, 5), subsampling=0),
    "progressive": encoded("RGB", (40, 24), progressive=True, optimize=True),
    "with a comment and a rotation": encoded("RGB", (16, 8), comment=b"\xff\xc0" * 20, exif=b"Exif\x00\x00" + bytes(40)),
    "one pixel": encoded("RGB", (1, 1)),
    "restart markers": encoded("RGB", (64, 32), restart_marker_blocks=1),
}


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("kind", ORDINARY)
def test_pixels_are_those_of_pillow(kind: str) -> None:
    found = jpeg.pixels(ORDINARY[kind], Image)
    expected = np.asarray(Image.open(io.BytesIO(ORDINARY[kind])))
    assert found is not None
    assert found.dtype == np.uint8 and np.array_equal(found, expected if expected.ndim == 3 else expected[:, :, None])


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("kind", ORDINARY)
@pytest.mark.parametrize("color_mode", ["grayscale", "rgb", "rgba"])
def test_color_modes_are_those_of_pillow(kind: str, color_mode: str, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(ORDINARY[kind])
    mode = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}[color_mode]
    expected = np.asarray(Image.open(tmp_path / "1.jpg").convert(mode))
    assert np.array_equal(np.squeeze(pixels(str(tmp_path / "1.jpg"), color_mode)), np.squeeze(expected))


def png() -> bytes:
    file = io.BytesIO()
    picture("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


WHOLE = ORDINARY["4:2:0"]
OTHERS = {
    "another format": png(),
    "four colours": encoded("CMYK", (16, 16)),
    "truncated": WHOLE[: len(WHOLE) // 2],
    "without its end": WHOLE[:-40],
    "only the header": WHOLE[:200],
    "a start and nothing": b"\xff\xd8\xff",
    "empty": b"",
    "no height": WHOLE.replace(b"\x08\x00\x1f\x00\x21", b"\x08\x00\x00\x00\x21"),
    "very large": WHOLE.replace(b"\x08\x00\x1f\x00\x21", b"\x08\xff\xff\xff\xff"),
    "12 bits": WHOLE.replace(b"\x08\x00\x1f\x00\x21", b"\x0c\x00\x1f\x00\x21"),
}


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_left_to_pillow(kind: str) -> None:
    assert jpeg.pixels(OTHERS[kind], Image) is None


def test_headers_of_any_bytes_are_read_to_an_end() -> None:
    rng = np.random.default_rng(0)
    for place in rng.integers(2, 300, 200):
        changed = bytearray(WHOLE)
        changed[place : place + 4] = rng.integers(0, 256, 4, dtype=np.uint8).tobytes()
        size = jpeg.frame(bytes(changed))
        assert size is None or len(size) == 3


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("options", [{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}, {"data_format": "channels_first"}])
def test_images_resized_together_have_the_numbers_of_each_alone(options: dict[str, Any], tmp_path: Path) -> None:
    sizes = [(20, 12), (20, 12), (20, 12), (12, 20), (10, 10), (10, 10)]
    for number, size in enumerate(sizes):
        (tmp_path / f"{number}.jpg").write_bytes(encoded("RGB", size))
    load = {"directory": tmp_path, "labels": None, "image_size": (8, 10), "shuffle": False, "verbose": False, **options}
    (together,) = image_dataset_from_directory(batch_size=6, **load)
    alone = [x.numpy()[0] for x in image_dataset_from_directory(batch_size=1, **load)]
    assert np.array_equal(together, np.stack(alone))
    if not options:
        expected = [resampling.resize(pixels(str(tmp_path / f"{number}.jpg"), "rgb"), (8, 10)) for number in range(6)]
        assert np.array_equal(together, np.stack(expected))
