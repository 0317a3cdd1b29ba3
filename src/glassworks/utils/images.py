"""Pictures in files: read and written with Pillow, the extra `images`."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from glassworks import dtypes, settings
from glassworks.arguments import OneOf, Optional, check
from glassworks.errors import ArgumentError, ArgumentTypeError, DataError, MissingDependencyError, ShapeError, warn
from glassworks.typing import ArrayLike, DTypeLike

# The exceptions of Pillow for a file that is truncated, damaged or of another kind.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, LookupError, OverflowError, MemoryError, TypeError, struct.error, zlib.error)
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
# Modes of grey images with more than 8 bits per pixel, which are not converted.
DEEP_GRAY = ("I;16", "I;16B", "I;16L", "I")
_FORMATS = OneOf("channels_last", "channels_first")


def pillow(where: str) -> Any:
    """The module `PIL.Image`.

    Raises:
        MissingDependencyError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        fix = 'pip install pillow, or, in a checkout of glassworks, pip install ".[images]"'
        raise MissingDependencyError("Pillow is not installed", "Pillow, which reads and writes pictures", fix, where=where) from None
    return Image


def decode(path: str | PathLike, where: str) -> Any:
    """A picture, read to its end.

    Args:
        path: A file name, or an open file of bytes.
        where: The caller's name, for errors.

    Raises:
        DataError: No such file, an empty or damaged one, one that is not an image, or one that would fill the memory.
    """
    image = pillow(where)
    name = "the picture" if hasattr(path, "read") else f"{os.fsdecode(path)!r}"
    try:
        # Opened here, so that it is closed even if Pillow fails.
        with nullcontext(path) if hasattr(path, "read") else open(path, "rb") as file:
            opened = image.open(file)
            opened.load()
            return opened
    except FileNotFoundError as error:
        raise DataError(f"no file {name}", "a picture", "check the path", where=where) from error
    except image.DecompressionBombError as error:
        fix = "scale it down; if you trust it, set PIL.Image.MAX_IMAGE_PIXELS = None first"
        raise DataError(f"{name} is too large: {error}", "a picture that fits into memory", fix, where=where) from error
    except UNREADABLE as error:
        raise DataError(f"{name} {_fault(path, error)}", "a whole picture", "delete the file or get it again", where=where) from error


def _fault(path: str | PathLike, error: BaseException) -> str:
    """A description of the fault of a file that cannot be decoded."""
    try:
        with open(path, "rb") as file:
            start = file.read(12)
    except (OSError, TypeError):
        return f"cannot be read: {error}"
    if not start:
        return "is empty (0 bytes)"
    if "cannot identify" in str(error):
        return f"is not an image: it starts with {start!r}"
    return f"is damaged: {error}"


def load_img(
    path: str | PathLike,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """A picture from a file, as an image of Pillow.

    Args:
        path: A file name, or `io.BytesIO`.
        color_mode: "grayscale", "rgb" or "rgba". Gray pictures of 16 bits or more keep them.
        target_size: `(height, width)` to resize to.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: Cut off what does not fit the proportions of `target_size`, instead of distorting.

    Raises:
        DataError: The file does not exist or is damaged.
        MissingDependencyError: Pillow is not installed.

    >>> path = getfixture("tmp_path") / "dots.png"
    >>> save_img(path, np.zeros((4, 6, 3)))
    >>> load_img(path, target_size=(2, 3)).size
    (3, 2)
    """
    where = "utils.load_img"
    check(where, {"color_mode": OneOf(*MODES), "interpolation": OneOf(*INTERPOLATIONS)}, color_mode=color_mode, interpolation=interpolation)
    if not isinstance(path, (str, bytes, os.PathLike, io.BytesIO)):
        raise ArgumentTypeError(f"path of type {type(path).__name__}", "a file name or io.BytesIO", "pass str(path)", where=where)
    image = in_mode(decode(path, where), color_mode)
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    height, width = target_size
    resample = getattr(pillow(where).Resampling, interpolation.upper())
    if not keep_aspect_ratio:
        return image.resize((width, height), resample)
    crop_height = min(image.height, image.width * height // width)
    crop_width = min(image.width, image.height * width // height)
    top, left = (image.height - crop_height) // 2, (image.width - crop_width) // 2
    return image.resize((width, height), resample, box=(left, top, left + crop_width, top + crop_height))


def in_mode(image: Any, color_mode: str) -> Any:
    """The picture with the channels of a color mode."""
    mode = MODES[color_mode]
    if image.mode == mode or (mode == "L" and image.mode in DEEP_GRAY):
        return image
    return image.convert(mode)


def img_to_array(img: object, data_format: str | None = None, dtype: DTypeLike = None) -> np.ndarray:
    """A picture as an array of three axes.

    Args:
        img: An image of Pillow, or an array of rows and columns with or without channels.
        data_format: "channels_last" or "channels_first"; that of the config if None.
        dtype: `floatx()` if None.

    >>> img_to_array(np.ones((2, 3))).shape
    (2, 3, 1)
    """
    check("utils.img_to_array", {"data_format": Optional(_FORMATS)}, data_format=data_format)
    x = np.asarray(img, dtype=dtypes.numpy_dtype(dtypes.standardize(dtype or settings.floatx())))
    if x.ndim not in (2, 3):
        raise ShapeError(f"shape {x.shape}", "(height, width) or (height, width, channels)", "pass one picture", where="utils.img_to_array")
    x = x if x.ndim == 3 else x[:, :, None]
    return x.transpose(2, 0, 1) if (data_format or settings.image_data_format()) == "channels_first" else x


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """An array as an image of Pillow.

    Args:
        x: One picture with 1, 3 or 4 channels.
        data_format: "channels_last" or "channels_first"; the setting in the config if None.
        scale: Whether to scale the numbers to 0 to 255; otherwise they are unchanged.
        dtype: The dtype to compute in; `floatx()` if None.

    >>> array_to_img(np.ones((2, 3, 3))).size
    (3, 2)
    """
    where = "utils.array_to_img"
    image = pillow(where)
    check(where, {"data_format": Optional(_FORMATS)}, data_format=data_format)
    x = np.asarray(x, dtype=dtypes.numpy_dtype(dtypes.standardize(dtype or settings.floatx())))
    if x.ndim != 3:
        raise ShapeError(f"shape {x.shape}", "three axes: one picture with channels", "pass x[0] of a batch", where=where)
    if (data_format or settings.image_data_format()) == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.shape[2] not in (1, 3, 4):
        raise ShapeError(f"{x.shape[2]} channels (shape {x.shape})", "1, 3 or 4 channels", "look at data_format", where=where)
    if scale and x.size:
        x = x - x.min()
        largest = x.max()
        x = (x / largest if largest else x) * 255
    if x.shape[2] == 1:
        deep = x.size and x.max() > 255
        return image.fromarray(np.ascontiguousarray(x[:, :, 0].astype("int32" if deep else "uint8")))
    return image.fromarray(np.ascontiguousarray(x.astype("uint8")))


def save_img(
    path: str | PathLike, x: ArrayLike, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs: Any
) -> None:
    """Write an array as a picture.

    Args:
        path: A file name, or an open file.
        x: See `array_to_img`.
        data_format: See `array_to_img`.
        file_format: "png", "jpeg" ...; derived from the file name if None.
        scale: Whether to scale the numbers to 0 to 255.
        **kwargs: For Pillow's `Image.save`.

    >>> path = getfixture("tmp_path") / "gray.png"
    >>> save_img(path, np.arange(6).reshape(2, 3, 1))
    >>> load_img(path, color_mode="grayscale").getpixel((2, 1))
    255
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = Path(path).suffix[1:]
    file_format = {"jpg": "jpeg"}.get((file_format or "").lower(), (file_format or "").lower()) or None
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warn("JPEG has no transparency: the alpha channel is left out")
        image = image.convert("RGB")
    try:
        image.save(path, format=file_format, **kwargs)
    except (KeyError, ValueError) as error:
        found = f"{str(path)!r} with file_format={file_format!r}"
        fix = "end the name in .png or .jpg, or pass file_format='png'"
        raise ArgumentError(found, "a format that Pillow writes", fix, where="utils.save_img") from error
