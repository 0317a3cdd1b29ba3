"""JPEG files in memory, decoded in one call: by simplejpeg where it is installed, else by Pillow's decoder alone.

Pillow's `open` and `load` read a file in many small steps in Python, which takes twice as long as decoding a small picture, while no other
thread can run. Its decoder does not need them: size and mode stand in the header of the frame. simplejpeg needs a quarter of the time for that.
All of them have the decoder libjpeg-turbo inside, and give the same pixels.
"""

from __future__ import annotations

import functools
import struct
from types import ModuleType

import numpy as np

# Baseline, extended and progressive frames, in Huffman code.
_FRAMES = (0xC0, 0xC1, 0xC2)
_MODES = {1: "L", 3: "RGB"}
# Larger pictures may be more than memory holds; Pillow has limits for them.
_MOST_PIXELS = 1 << 24


def pixels(data: bytes, image: ModuleType) -> np.ndarray | None:
    """The pixels of a JPEG file, of shape (height, width, 1 or 3); None if the file is of another kind, very large or damaged.

    Args:
        data: The bytes of the file.
        image: The module `PIL.Image`.
    """
    if data[:3] != b"\xff\xd8\xff":
        return None
    package = simplejpeg()
    try:
        return _by_pillow(data, image) if package is None else _by_simplejpeg(data, package)
    except (OSError, ValueError):
        return None


@functools.cache
def simplejpeg() -> ModuleType | None:
    """The package, or None."""
    try:
        import simplejpeg as package
    except ImportError:
        return None
    return package


def _by_simplejpeg(data: bytes, package: ModuleType) -> np.ndarray | None:
    height, width, space, _ = package.decode_jpeg_header(data)
    wanted = {"Gray": "GRAY", "YCbCr": "RGB"}.get(space)
    return package.decode_jpeg(data, colorspace=wanted) if wanted and height * width <= _MOST_PIXELS else None


def _by_pillow(data: bytes, image: ModuleType) -> np.ndarray | None:
    width, height, components = frame(data) or (0, 0, 0)
    mode = _MODES.get(components)
    if mode is None or not 0 < width * height <= _MOST_PIXELS:
        return None
    decoded = image.frombytes(mode, (width, height), data, "jpeg", mode, "")
    return np.frombuffer(decoded.tobytes(), np.uint8).reshape(height, width, components)


def frame(data: bytes) -> tuple[int, int, int] | None:
    """Width, height and number of components of a JPEG file of 8 bits; None for other files.

    >>> frame(bytes.fromhex("ffd8 ffc0 000b 08 0002 0003 01 012200 ffd9"))
    (3, 2, 1)
    """
    place = 2
    while place + 10 <= len(data) and data[place] == 0xFF:
        marker, length, bits, height, width, components = struct.unpack_from(">BHBHHB", data, place + 1)
        if marker in _FRAMES:
            return (width, height, components) if bits == 8 else None
        place += 2 + length
    return None
