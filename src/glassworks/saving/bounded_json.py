"""JSON of files that nobody vouches for: bounded in size and depth, and of one meaning."""

from __future__ import annotations

import json
from os import PathLike
from typing import NoReturn

from glassworks.errors import LoadError

MOST_BYTES, MOST_DEPTH, MOST_CONTAINERS, MOST_VALUES, MOST_LETTERS = 64 << 20, 64, 1_000_000, 4_000_000, 1 << 20


def parse(data: bytes, label: str | PathLike, member: str, is_config: bool = False) -> object:
    """The value of a JSON text.

    Args:
        data: The text, in UTF-8.
        label: The file that it comes from, for errors.
        member: The part of the file that it is.
        is_config: Whether NaN and Infinity are numbers: Python and Keras write them in configs, for example of `Masking(nan)`.

    Raises:
        LoadError: It is larger than 64 MiB, nested more than 64 levels deep, not JSON, has a text of more than a million letters, or a key
            occurs twice in an object. NaN and Infinity, which Python's own reader accepts, are not JSON.

    >>> parse(b'{"units": [1, 2]}', "model.keras", "config.json")
    {'units': [1, 2]}
    """

    def refuse(reason: str, expected: str = "a JSON text") -> NoReturn:
        raise LoadError(label, member, reason, expected, "save the model again")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) < len(pairs):
            keys = [key for key, _value in pairs]
            refuse(f"the key {next(key for key in keys if keys.count(key) > 1)[:80]!r} occurs twice in an object")
        return result

    # Letters beyond ASCII, which no writer of configs leaves as they are, may take four times their bytes.
    if len(data) > (MOST_BYTES if data.isascii() else MOST_BYTES // 4):
        refuse(f"{len(data):,} bytes", f"at most {MOST_BYTES:,}")
    # Before it is parsed: small containers take thirty times the memory of their text.
    if data.count(b"[") + data.count(b"{") > MOST_CONTAINERS or data.count(b",") > MOST_VALUES:
        refuse("too many values", f"at most {MOST_CONTAINERS:,} objects and lists, and {MOST_VALUES:,} values")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=once, parse_constant=float if is_config else lambda name: refuse(f"the number {name}")
        )
        if _depth_exceeds(value, MOST_DEPTH):
            refuse("it is nested too deeply", f"at most {MOST_DEPTH} levels")
        if len(data) > MOST_LETTERS and _has_long_text(value):
            refuse("a very long text", f"at most {MOST_LETTERS:,} letters")
    except LoadError:
        raise
    except RecursionError:
        refuse("it is nested too deeply", f"at most {MOST_DEPTH} levels")
    except (ValueError, MemoryError) as error:
        refuse(f"it cannot be read: {error or 'too large'}")
    return value


def _depth_exceeds(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [child for parent in level for child in _children(parent)]
    return any(isinstance(value, (dict, list)) for value in level)


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _has_long_text(value: object) -> bool:
    level = [value]
    while level:
        if any(isinstance(entry, str) and len(entry) > MOST_LETTERS for entry in level):
            return True
        keys = [key for entry in level if isinstance(entry, dict) for key in entry]
        level = [child for parent in level for child in _children(parent)] + keys
    return False
