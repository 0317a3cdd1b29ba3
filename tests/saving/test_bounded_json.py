"""JSON of files that nobody vouches for: of one meaning, and bounded before it takes memory."""

from __future__ import annotations

import json

import pytest

from glassworks.errors import LoadError
from glassworks.saving import bounded_json


def parse(data: bytes) -> object:
    return bounded_json.parse(data, "model.keras", "config.json")


def test_json_is_read_as_pythons_reader_does():
    value = {"a": [1, 2.5, -1e300, 'ä\n"\\', None, True, {}], "b": {"c": []}}
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize("levels", [63, 64])
def test_up_to_64_levels_are_read(levels):
    assert parse(b"[" * levels + b"]" * levels) is not None


REFUSED = {
    "65 levels": b"[" * 65 + b"]" * 65,
    "65 levels of objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "a million levels": b"[" * 1_000_000,
    "the same key twice": b'{"a": {"b": 1, "b": 2}}',
    "the same key twice, written differently": b'{"a": 1, "\\u0061": 2}',
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "negative infinity": b"[-Infinity]",
    "nothing": b"",
    "two values": b"1 2",
    "a value that ends early": b'{"a": ',
    "a comment": b"{} // end",
    "not UTF-8": b'"\xff"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "an integer with ten thousand digits": b"1" * 10_000,
    "more than 64 MiB": b" " * (64 << 20) + b"1",
    "millions of lists": b"[" + b"[]," * 2_000_000 + b"[]]",
    "millions of numbers": b"[" + b"1," * 5_000_000 + b"1]",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    with pytest.raises(LoadError) as caught:
        parse(REFUSED[name])
    assert (caught.value.file, caught.value.member) == ("model.keras", "config.json")
