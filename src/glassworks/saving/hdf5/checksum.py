"""The two checksums of HDF5: one of metadata, one of data."""

from __future__ import annotations

import struct

import numpy as np

_MASK = 0xFFFFFFFF
_BLOCK = 1 << 15  # words at a time, so that temporary arrays stay small


def lookup3(data: bytes) -> int:
    """Bob Jenkins's hash "lookup3" (`hashlittle`) with the initial value 0.

    Source: http://burtleburtle.net/bob/c/lookup3.c

    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    if not data:
        return c
    last = (len(data) - 1) % 12  # what comes after it is padded with zeros
    for x, y, z in struct.iter_unpack("<III", data[: -1 - last]):
        a, b, c = a + x, b + y, c + z
        a = (a - c ^ _rotated(c, 4)) & _MASK
        c += b
        b = (b - a ^ _rotated(a, 6)) & _MASK
        a += c
        c = (c - b ^ _rotated(b, 8)) & _MASK
        b += a
        a = (a - c ^ _rotated(c, 16)) & _MASK
        c += b
        b = (b - a ^ _rotated(a, 19)) & _MASK
        a += c
        c = (c - b ^ _rotated(b, 4)) & _MASK
        b += a
    x, y, z = struct.unpack("<III", data[-1 - last :].ljust(12, b"\0"))
    a, b, c = a + x, b + y, c + z
    c = (c ^ b) - _rotated(b, 14)
    a = (a ^ c) - _rotated(c, 11)
    b = (b ^ a) - _rotated(a, 25)
    c = (c ^ b) - _rotated(b, 16)
    a = (a ^ c) - _rotated(c, 4)
    b = (b ^ a) - _rotated(a, 14)
    return ((c ^ b) - _rotated(b, 24)) & _MASK


def _rotated(value: int, count: int) -> int:
    value &= _MASK
    return (value << count | value >> 32 - count) & _MASK


def fletcher32(data: bytes) -> int:
    """Fletcher's checksum over big-endian words of 16 bits, as HDF5's filter computes it.

    Source: `H5_checksum_fletcher32` of the HDF5 library; the remainder modulo 65535 is 65535 instead of 0 unless all words are 0.

    >>> hex(fletcher32(b"abcdefgh"))
    '0xe1eb9195'
    """
    words = np.frombuffer(data + bytes(len(data) % 2), ">u2")
    low = high = 0
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK].astype(np.uint64)
        high += low * len(block) + int(np.dot(block, np.arange(len(block), 0, -1, dtype=np.uint64)))
        low += int(block.sum())
    return _remainder(high) << 16 | _remainder(low)


def _remainder(value: int) -> int:
    return value % 65535 or (65535 if value else 0)
