"""Small pictures as PNG files in memory, for pages that hold their own pictures (https://www.w3.org/TR/png/)."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = {2: 0, 3: 2, 4: 6}
"""The number of axes, or of channels -> the type of colour of the format: grey, colour, colour with opacity."""


def png_bytes(picture: np.ndarray) -> bytes:
    """A picture as the bytes of a PNG file.

    Args:
        picture: Numbers from 0 to 1, shape (rows, columns) for grey, or (rows, columns, 3 or 4).

    >>> png_bytes(np.zeros((2, 3)))[:4]
    b'\\x89PNG'
    """
    pixels = np.rint(np.clip(np.nan_to_num(picture), 0, 1) * 255).astype(np.uint8)
    rows, columns = pixels.shape[:2]
    kind = _KINDS[2 if pixels.ndim == 2 else pixels.shape[2]]
    lines = pixels.reshape(rows, -1)
    data = np.concatenate([np.zeros((rows, 1), np.uint8), lines], axis=1).tobytes()  # each line starts with its filter: none
    header = struct.pack(">IIBBBBB", columns, rows, 8, kind, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(data, 9)) + _chunk(b"IEND", b"")


def data_uri(content: bytes, kind: str) -> str:
    """A file as an address that contains it.

    >>> data_uri(b"abc", "image/png")
    'data:image/png;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
