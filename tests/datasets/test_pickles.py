"""The reader of pickled data sets: it reads what Python's own writes of arrays and literals, and can do nothing else."""

from __future__ import annotations

import ast
import datetime
import io
import os
import pickle
import random
import struct
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassworks.datasets import pickles
from glassworks.errors import DataError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def load(data: bytes, encoding: str = "ASCII") -> Any:
    return pickles.load(io.BytesIO(data), encoding)


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(LITERALS, st.sampled_from(PROTOCOLS))
@settings(max_examples=300, deadline=None)
def test_literals_are_read_as_python_reads_them(value: Any, protocol: int) -> None:
    read = load(pickle.dumps(value, protocol))
    assert read == value and repr(read) == repr(value)


ARRAYS = [
    np.arange(12, dtype="uint8").reshape(3, 4),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=">i4"),
    np.zeros((0, 3), "float32"),
    np.array(5, "int64"),
    np.array([True, False]),
    np.array([[1, 2], [3]], dtype=object),
]


@pytest.mark.parametrize("protocol", [protocol for protocol in PROTOCOLS if protocol < 5])  # 5 may keep arrays outside of the file
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_arrays_are_read_as_python_reads_them(array: np.ndarray, protocol: int) -> None:
    shared = {"a": array, "again": [array, array]}
    read = load(pickle.dumps(shared, protocol))
    for other in (read["a"], *read["again"]):
        np.testing.assert_array_equal(other, array)
        assert other.dtype == array.dtype.newbyteorder("=")
    assert read["a"] is read["again"][0] is read["again"][1]


def test_the_names_of_older_versions_of_numpy_are_known() -> None:
    data = pickle.dumps(np.arange(3), 2)
    for module in (b"numpy.core.multiarray", b"numpy._core.multiarray"):
        assert load(data.replace(b"numpy._core.multiarray", module)).tolist() == [0, 1, 2]


def test_texts_of_python_2_are_read_by_the_encoding() -> None:
    data = b"\x80\x02}q\x01(U\x04dataq\x02U\x03\x00\xffxU\x06labels]q\x03(K\x01K\x02eu."  # as cPickle wrote CIFAR
    assert load(data, "bytes") == pickle.loads(data, encoding="bytes") == {b"data": b"\x00\xffx", b"labels": [1, 2]}
    assert load(data, "latin1") == pickle.loads(data, encoding="latin1")
    with pytest.raises(DataError, match="damaged"):
        load(data)
    for text in (b"S'it\\'s\\n'\n.", b'S"a"\n.', b"I01\n.", b"L12L\n.", b"F1.5\n."):
        assert load(text) == pickle.loads(text)


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("pwned",)


class Setter:
    def __setstate__(self, state: Any) -> None:
        os.mkdir("pwned")

    def __getstate__(self) -> Any:
        return {"a": 1}


def global_call(module: str, name: str, arguments: bytes) -> bytes:
    return f"c{module}\n{name}\n".encode() + b"(" + arguments + b"tR."


NESTED = b"K\x01" + b"\x85" * 200_000
HOSTILE = {
    "a call": pickle.dumps(Evil()),
    "a call, protocol 0": pickle.dumps(Evil(), 0),
    "a call, protocol 5": pickle.dumps(Evil(), 5),
    "an object with state": pickle.dumps(Setter()),
    "a call inside of an array": pickle.dumps(np.array([Evil()], dtype=object)),
    "system": global_call("os", "system", b"S'mkdir pwned'\n"),
    "eval": global_call("builtins", "eval", b"S'1'\n"),
    "eval of Python 2": global_call("__builtin__", "eval", b"S'1'\n"),
    "getattr": global_call("builtins", "getattr", b"cnumpy\nndarray\nS'tofile'\n"),
    "a name with a dot": global_call("numpy", "ndarray.tofile", b"S'pwned'\n"),
    "a function of NumPy": global_call("numpy", "fromfile", b"S'/etc/passwd'\n"),
    "a function of NumPy's tests": global_call("numpy.testing._private.utils", "runstring", b"S'1'\n}"),
    "memory by its address": global_call("numpy", "ndarray", b"I5\n"),
    "an instance of Python 2": b"(S'mkdir pwned'\nios\nsystem\n.",
    "an object of Python 2": b"(cos\nsystem\nS'mkdir pwned'\no.",
    "a new object": b"\x80\x02cos\nsystem\n)\x81.",
    "a persistent id": b"Ppwned\n.",
    "an extension": b"\x82\x01.",
    "a buffer outside": b"\x80\x05\x97.",
    "a name that is a tuple": b"\x80\x04" + NESTED + b"\x8c\x01a\x93.",
    "a codec that runs": global_call("_codecs", "encode", b"Vabc\nVrot13\n"),
    "a dtype of objects in disguise": b"cnumpy\ndtype\n(S'V8'\nK\x00K\x01tR.",
    "a dtype that is a call": b"cnumpy\ndtype\n(cos\nsystem\ntR.",
    "keys nested without end": b"}" + NESTED + b"K\x01s.",
    "keys nested without end, several": b"}(" + NESTED + b"K\x01u.",
    "keys nested without end, protocol 0": b"(" + NESTED + b"K\x01d.",
    "nothing": b"",
    "no end": b"K\x01",
    "two values": b"K\x01K\x02.",
    "no value": b".",
    "a mark alone": b"(.",
    "an end without a mark": b"e.",
    "too few values": b"K\x01\x87.",
    "what was not put aside": b"h\x05.",
    "a text of four gigabytes": b"X\xff\xff\xff\xffabc.",
    "bytes of 2^63": b"\x8e" + struct.pack("<Q", 1 << 63) + b"abc.",
    "an integer with a million digits": b"L" + b"1" * 1_000_000 + b"L\n.",
    "items for something that is not a list": b"}(K\x01e.",
    "an empty array": b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR.",
    "an empty array in a list": b"](cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btRe.",
}


def array_with(shape: bytes, kind: bytes, content: bytes) -> bytes:
    start = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
    dtype = b"cnumpy\ndtype\n(U\x02" + kind + b"K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return start + b"(K\x01(" + shape + b"t" + dtype + b"I00\n" + content + b"tb."


HOSTILE |= {
    "an array larger than its bytes": array_with(b"J\xff\xff\xff\x7f", b"f8", b"U\x08abcdefgh"),
    "an array of a negative size": array_with(b"J\xff\xff\xff\xff", b"f8", b"U\x08abcdefgh"),
    "an array of objects without a list": array_with(b"K\x01", b"O8", b"U\x08abcdefgh"),
    "an array of more objects than it has": array_with(b"J\xff\xff\xff\x7f", b"O8", b"]"),
    "an array of addresses": array_with(b"K\x01", b"P8", b"U\x08abcdefgh"),
    "an array of numbers from a list": array_with(b"K\x01", b"f8", b"]"),
}


def test_the_arrays_of_the_hostile_files_are_read_if_nothing_is_wrong() -> None:
    assert load(array_with(b"K\x01", b"f8", b"U\x08" + struct.pack("<d", 1.5)), "bytes").tolist() == [1.5]


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_else_is_refused_and_nothing_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for encoding in ("bytes", "latin1"):
        with pytest.raises(DataError):
            load(HOSTILE[name], encoding)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "value", [{1}, 1j, OrderedDict(a=1), Fraction(1, 2), datetime.date(2020, 1, 1), np.float64(1), np.dtype("f4"), slice(1), len, int]
)
def test_what_is_not_a_literal_is_refused_in_every_protocol(value: Any) -> None:
    for protocol in PROTOCOLS:
        with pytest.raises(DataError):
            result = load(pickle.dumps(value, protocol))
            assert type(result) in (str, int), result
            raise AssertionError(result)


def test_a_changed_file_is_read_or_refused_and_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    original = {b"data": np.arange(20, dtype="uint8"), b"labels": [1, 2, 3000, 70000], b"names": ["a", "b"]}
    rng = random.Random(0)
    refused = 0
    for number in range(3000):
        data = bytearray(pickle.dumps(original, number % 5))
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[place] = rng.choice(b"(RbicoP\x81\x92\x93.e]}tu0123" + bytes([rng.randrange(256)]))
            elif kind == 1:
                del data[place : place + rng.randrange(1, 20)]
            elif kind == 2:
                data[place:place] = data[place : place + rng.randrange(1, 40)]
            else:
                data[place:place] = rng.choice([b"cos\nsystem\n", b"(", b"R", b"2", b"\x85" * 50])
            if not data:
                data = bytearray(b".")
        try:
            load(bytes(data), "bytes")
        except DataError:
            refused += 1
    assert refused > 2000 and not list(tmp_path.iterdir())


def test_the_library_has_no_unpickler() -> None:
    """Of the module `pickle`, no file of the library may use more than its errors."""
    import glassworks

    for path in Path(glassworks.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            forbidden = [name for name in names if name.split(".")[0] in ("pickle", "shelve", "dill", "cloudpickle")]
            assert not forbidden or forbidden == ["pickle.PicklingError"], f"{path} imports {forbidden}"
            assert not (isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False"), path
