"""Hash functions that give the same numbers on every machine, and those that Keras gives.

FarmHash's 64-bit fingerprint (Google, 2014), SipHash-2-4 (Aumasson and Bernstein, 2012), and the combination of two
fingerprints that TensorFlow uses for crossed features.
"""

from __future__ import annotations

MASK = (1 << 64) - 1
K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
CROSS_MULTIPLIER, CROSS_START = 0xC6A4A7935BD1E995, 0xDECAFCAFFE


def _rotate_right(x: int, by: int) -> int:
    x &= MASK
    return (x >> by) | (x << (64 - by)) & MASK


def _fold(x: int) -> int:
    x &= MASK
    return x ^ (x >> 47)


def _word(text: bytes, start: int) -> int:
    return int.from_bytes(text[start : start + 8], "little")


def _mixed(u: int, v: int, multiplier: int) -> int:
    a = _fold(((u ^ v) & MASK) * multiplier)
    return _fold((v ^ a) * multiplier) * multiplier & MASK


def farm_hash(text: bytes) -> int:
    """FarmHash's fingerprint, 64 bits.

    >>> farm_hash(b"") == K2, farm_hash(b"cat") % 1000
    (True, 96)
    """
    length = len(text)
    if length <= 16:
        return _up_to_16(text)
    if length <= 64:
        return _up_to_64(text)
    return _longer(text)


def _up_to_16(text: bytes) -> int:
    length = len(text)
    multiplier = K2 + length * 2
    if length >= 8:
        a, b = _word(text, 0) + K2, _word(text, length - 8)
        return _mixed(_rotate_right(b, 37) * multiplier + a & MASK, (_rotate_right(a, 25) + b) * multiplier & MASK, multiplier)
    if length >= 4:
        first, last = int.from_bytes(text[:4], "little"), int.from_bytes(text[-4:], "little")
        return _mixed(length + (first << 3), last, multiplier)
    if length:
        y = text[0] + (text[length >> 1] << 8)
        return _fold(y * K2 ^ (length + (text[-1] << 2)) * K0) * K2 & MASK
    return K2


def _up_to_64(text: bytes) -> int:
    length = len(text)
    multiplier = K2 + length * 2
    long = length > 32
    a, b = _word(text, 0) * (K2 if long else K1), _word(text, 8)
    c, d = _word(text, length - 8) * multiplier, _word(text, length - 16) * K2
    y = _rotate_right(a + b, 43) + _rotate_right(c, 30) + d & MASK
    z = _mixed(y, a + _rotate_right(b + K2, 18) + c & MASK, multiplier)
    if not long:
        return z
    e, f = _word(text, 16) * multiplier, _word(text, 24)
    g, h = (y + _word(text, length - 32)) * multiplier, (z + _word(text, length - 24)) * multiplier
    first = _rotate_right(e + f, 43) + _rotate_right(g, 30) + h & MASK
    return _mixed(first, e + _rotate_right(f + a, 18) + g & MASK, multiplier)


def _block(text: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes and two seeds as two words."""
    w, x, y, z = (_word(text, start + 8 * i) for i in range(4))
    first = a + w
    b = _rotate_right(b + first + z, 21)
    a = first + x + y
    return a + z & MASK, b + _rotate_right(a, 44) + first & MASK


def _longer(text: bytes) -> int:
    seed = 81
    y = seed * K1 + 113 & MASK
    z = _fold(y * K2 + 113) * K2 & MASK
    x = seed * K2 + _word(text, 0) & MASK
    v, w = (0, 0), (0, 0)
    rest = (len(text) - 1) & 63
    for start in range(0, len(text) - 1 - rest, 64):
        x, y, z, v, w = _round(text, start, x, y, z, v, w, K1, 1)
    multiplier = K1 + ((z & 0xFF) << 1)
    first = w[0] + rest
    v = (v[0] + first & MASK, v[1])
    w = (first + v[0] & MASK, w[1])
    x, y, z, v, w = _round(text, len(text) - 64, x, y, z, v, w, multiplier, 9)
    return _mixed(_mixed(v[0], w[0], multiplier) + _fold(y) * K0 + z & MASK, _mixed(v[1], w[1], multiplier) + x & MASK, multiplier)


def _round(text: bytes, start: int, x: int, y: int, z: int, v: tuple, w: tuple, multiplier: int, factor: int) -> tuple:
    x = _rotate_right(x + y + v[0] + _word(text, start + 8), 37) * multiplier
    y = _rotate_right(y + v[1] + _word(text, start + 48), 42) * multiplier
    x = (x ^ w[1] * factor) & MASK
    y = y + v[0] * factor + _word(text, start + 40) & MASK
    z = _rotate_right(z + w[0], 33) * multiplier & MASK
    v = _block(text, start, v[1] * multiplier, x + w[0])
    w = _block(text, start + 32, z + w[1], y + _word(text, start + 16))
    return z, y, x, v, w


def sip_hash(text: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 with a key of two words.

    >>> hex(sip_hash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
    '0xa129ca6149be45e5'
    """
    k0, k1 = key[0] & MASK, key[1] & MASK
    state = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 0xFF])
    for start in range(0, len(padded), 8):
        word = _word(padded, start)
        state[3] ^= word
        _sip_rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _sip_rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _sip_rounds(state: list[int], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a, c = a + b & MASK, c + d & MASK
        b, d = _rotate_right(b, 51) ^ a, _rotate_right(d, 48) ^ c
        a, c = _rotate_right(a, 32) + d & MASK, c + b & MASK
        b, d = _rotate_right(b, 47) ^ c, _rotate_right(d, 43) ^ a
        c = _rotate_right(c, 32)
    state[:] = a, b, c, d


def cross(fingerprints: list[int]) -> int:
    """One fingerprint of several, in which their order counts.

    >>> cross([1, 2]) == cross([2, 1])
    False
    """
    result = CROSS_START
    for fingerprint in fingerprints:
        result ^= CROSS_MULTIPLIER
        result ^= _fold(fingerprint * CROSS_MULTIPLIER) * CROSS_MULTIPLIER & MASK
        result = _fold(_fold(result * CROSS_MULTIPLIER) * CROSS_MULTIPLIER)
    return result
