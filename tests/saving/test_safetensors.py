"""Safetensors: the official package reads what we write and we read what it writes; what contradicts the format is a LoadError."""

from __future__ import annotations

import functools
import io
import json
import random

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from glassworks.errors import ArgumentError, DTypeError, LoadError
from glassworks.saving import safetensors as ours
from glassworks.saving.tensors import DTYPES, LazyTensor
from tests.saving import in_memory
from tests.saving.in_memory import assert_same

RNG = np.random.default_rng(0)
TENSORS = {
    "dense/kernel": RNG.normal(size=(3, 4)).astype("float32"),
    "dense/bias": RNG.normal(size=4).astype("float64"),
    "step": np.array(7, dtype="int64"),
    "empty": np.zeros((0, 5), dtype="float16"),
    "mask": np.array([True, False, True]),
    "odd": np.arange(3, dtype="uint8"),
    "half": RNG.normal(size=(2, 2)).astype(ml_dtypes.bfloat16),
    "schicht/größe": np.ones(1, dtype="int16"),
}


written = functools.partial(in_memory.written, ours)
loaded = functools.partial(in_memory.loaded, ours)


def test_what_we_write_the_official_package_reads():
    without_bfloat16 = {name: array for name, array in TENSORS.items() if name != "half"}
    assert_same(safetensors.numpy.load(written(without_bfloat16)), without_bfloat16)


def test_every_dtype_goes_there_and_back():
    assert len(DTYPES) == len(ours.NAMES) == 13
    tensors = {name: np.arange(6).reshape(2, 3).astype(dtype) for name, dtype in DTYPES.items()}
    assert_same(loaded(written(tensors)), tensors)


def test_what_the_official_package_writes_we_read(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.numpy.save_file({k: v for k, v in TENSORS.items() if k != "half"}, path, metadata={"format": "np"})
    with path.open("rb") as file:
        entries = ours.read(file, "w.safetensors")
        assert_same({name: entry.read() for name, entry in entries.items()}, {k: v for k, v in TENSORS.items() if k != "half"})
        assert ours.metadata(file, "w.safetensors") == {"format": "np"}
        assert entries["dense/kernel"].nbytes == 48


def test_metadata_stays_apart_from_tensors():
    data = written(TENSORS, {"program": "glassworks"})
    assert_same(loaded(data), TENSORS)
    assert ours.metadata(io.BytesIO(data), "w") == {"program": "glassworks"}


def test_tensors_begin_at_multiples_of_their_element():
    data = written({"a": np.ones(3, "uint8"), "b": np.ones(2, "float64"), "c": np.ones(1, "float16")})
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    assert size % 8 == 0
    assert {name: value["data_offsets"][0] for name, value in header.items()} == {"b": 0, "c": 16, "a": 18}


def test_transposed_and_big_endian_arrays_are_written_as_their_numbers():
    array = np.arange(6, dtype=">f4").reshape(2, 3).T
    assert loaded(written({"a": array}))["a"].tolist() == array.tolist()


def test_a_lazy_tensor_is_computed_when_its_turn_has_come():
    events = []

    class File(io.BytesIO):
        def write(self, data):
            events.append("write")
            return super().write(data)

    def tensor(name):
        return LazyTensor((2,), np.dtype("float32"), lambda: events.append(name) or np.ones(2, "float32"))

    ours.write(File(), {"a": tensor("a"), "b": tensor("b")})
    assert events == ["write", "a", "write", "b", "write"]


def test_a_lazy_tensor_that_becomes_another_is_an_error():
    with pytest.raises(ArgumentError, match="do not change the model"):
        written({"a": LazyTensor((2,), np.dtype("float32"), lambda: np.ones(3, "float32"))})


@pytest.mark.parametrize("array", [np.ones(2, "complex64"), np.array(["text"]), np.array([None])], ids=["complex", "text", "objects"])
def test_what_the_format_has_no_dtype_for_is_refused_before_anything_is_written(array):
    file = io.BytesIO()
    with pytest.raises(DTypeError, match="float32"):
        ours.write(file, {"a": array})
    assert not file.getvalue()


def test_a_tensor_cannot_be_called_metadata():
    with pytest.raises(ArgumentError):
        written({"__metadata__": np.ones(1)})


def file_of(header: object, content: bytes = b"", size: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + content


def tensor(shape, begin, end, dtype="F32", **further):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **further}


HOSTILE = {
    "nothing": b"",
    "half_a_size": b"\x08\0\0",
    "a header of 2^63 bytes": file_of({}, size=1 << 63),
    "a header of 100 MB that is not there": file_of({}, size=100_000_000),
    "no object": file_of(b"[]"),
    "spaces before the object": file_of(b"  {}"),
    "an object that ends early": file_of(b'{"a": {'),
    "not UTF-8": file_of(b'{"\xff": 1}'),
    "the same name twice": file_of(
        b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"1234"
    ),
    "NaN": file_of(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', b"1234"),
    "infinity": file_of(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,Infinity]}}', b"1234"),
    "nested a thousand times": file_of(b'{"a":' * 1000 + b"1" + b"}" * 1000),
    "nested a hundred thousand times": file_of(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a hundred thousand and one tensors": file_of({str(i): tensor([0], 0, 0) for i in range(100_001)}),
    "an unknown dtype": file_of({"a": tensor([1], 0, 4, "F33")}, b"1234"),
    "a dtype of Python": file_of({"a": tensor([1], 0, 4, "O")}, b"1234"),
    "a dtype that is a list": file_of({"a": tensor([1], 0, 4, ["F32"])}, b"1234"),
    "a negative size": file_of({"a": tensor([-1], 0, 4)}, b"1234"),
    "two negative sizes": file_of({"a": tensor([-1, -1], 0, 4)}, b"1234"),
    "a size with a point": file_of({"a": tensor([1.0], 0, 4)}, b"1234"),
    "a size that is true": file_of({"a": tensor([True], 0, 4)}, b"1234"),
    "a size that is text": file_of({"a": tensor(["1"], 0, 4)}, b"1234"),
    "sizes whose product overflows 64 bits": file_of({"a": tensor([1 << 32, 1 << 32, 1 << 2], 0, 4)}, b"1234"),
    "sizes whose product overflows to 4": file_of({"a": tensor([(1 << 62) + 1, 4], 0, 16)}, b"1" * 16),
    "no elements on a huge axis": file_of({"a": tensor([0, 1 << 62, 8], 0, 0)}),
    "a size with 5000 digits": file_of(b'{"a":{"dtype":"F32","shape":[' + b"1" * 5000 + b'],"data_offsets":[0,4]}}', b"1234"),
    "a hundred axes": file_of({"a": tensor([1] * 100, 0, 4)}, b"1234"),
    "offsets in the wrong order": file_of({"a": tensor([1], 4, 0)}, b"1234"),
    "three offsets": file_of({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}}, b"1234"),
    "an offset below 0": file_of({"a": tensor([1], -4, 0)}, b"1234"),
    "an offset into the header": file_of({"a": tensor([2], -4, 4)}, b"1234"),
    "a range beyond the file": file_of({"a": tensor([2], 0, 8)}, b"1234"),
    "a terabyte that is not there": file_of({"a": tensor([1 << 38], 0, 1 << 40)}),
    "a range smaller than the shape": file_of({"a": tensor([2], 0, 4)}, b"1234"),
    "a gap": file_of({"a": tensor([1], 4, 8)}, b"12345678"),
    "ranges that overlap": file_of({"a": tensor([2], 0, 8), "b": tensor([1], 4, 8)}, b"12345678"),
    "two tensors with the same bytes": file_of({"a": tensor([1], 0, 4), "b": tensor([1], 0, 4)}, b"1234"),
    "bytes of no tensor at the end": file_of({"a": tensor([1], 0, 4)}, b"1234<script>"),
    "bytes without tensors": file_of({}, b"1234"),
    "a further key": file_of({"a": tensor([1], 0, 4, path="/etc/passwd")}, b"1234"),
    "a missing key": file_of({"a": {"dtype": "F32", "shape": [1]}}, b"1234"),
    "a tensor that is a list": file_of({"a": [1]}, b"1234"),
    "a name out of the folder": file_of({"../a": tensor([1], 0, 4)}, b"1234"),
    "an absolute name": file_of({"/etc/passwd": tensor([1], 0, 4)}, b"1234"),
    "a name with a backslash": file_of({"a\\b": tensor([1], 0, 4)}, b"1234"),
    "a name with control characters": file_of({"a\x1b[31m": tensor([1], 0, 4)}, b"1234"),
    "a name that turns the line around": file_of({"a\u202eb": tensor([1], 0, 4)}, b"1234"),
    "an endless name": file_of({"a" * 5000: tensor([1], 0, 4)}, b"1234"),
    "no name": file_of({"": tensor([1], 0, 4)}, b"1234"),
    "half a pair of surrogates as a name": file_of(b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b"1234"),
    "booleans of 7": file_of({"a": tensor([1], 0, 1, "BOOL")}, b"\x07"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_load_error(name):
    with pytest.raises(LoadError) as caught:
        loaded(HOSTILE[name])
    assert caught.value.file == "w.safetensors" and caught.value.reason


def test_metadata_that_is_not_text_is_a_load_error():
    with pytest.raises(LoadError, match="__metadata__"):
        ours.metadata(io.BytesIO(file_of({"__metadata__": {"a": 1}})), "w")


def test_a_file_beyond_the_budget_is_refused_before_it_is_read():
    data = written({"a": np.ones(100, "float32"), "b": np.ones(100, "float32")})
    assert len(ours.read(io.BytesIO(data), "w", budget=800)) == 2
    with pytest.raises(LoadError, match=r"800 bytes"):
        ours.read(io.BytesIO(data), "w", budget=799)


def test_a_file_that_is_cut_while_it_is_read_names_the_tensor(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(written({"a": np.ones(1000, "float32"), "b": np.ones(1000, "float32")}))
    with path.open("rb", buffering=0) as file:
        entries = ours.read(file, path.name)
        with path.open("r+b") as other:
            other.truncate(path.stat().st_size - 100)
        assert entries["a"].read().sum() == 1000
        with pytest.raises(LoadError, match="b: the file ends 100 bytes early"):
            entries["b"].read()


def test_a_mutated_file_loads_or_is_a_load_error():
    data = written(TENSORS, {"program": "glassworks"})
    end = 8 + int.from_bytes(data[:8], "little")
    rng = random.Random(0)
    refused = 0
    for _ in range(2000):
        damaged = mutated(data, end, rng)
        try:
            loaded(damaged)
        except LoadError:
            refused += 1
    assert refused > 1000


def mutated(data: bytes, header: int, rng: random.Random) -> bytes:
    """A file with one flipped bit, a changed or repeated stretch, or a missing end; most of them in the header."""
    result = bytearray(data)
    place = rng.randrange(header)
    kind = rng.randrange(5)
    if kind == 0:
        result[place] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del result[rng.randrange(len(result)) :]
    elif kind == 2:
        result[place : place + rng.randrange(1, 9)] = rng.choice([b"0", b"9" * 20, b"[", b'"', b"{}", b"-1", b"null", b"\0"])
    elif kind == 3:
        result[place:place] = result[place : place + rng.randrange(1, 60)]
    else:
        other = rng.randrange(header)
        result[place], result[other] = result[other], result[place]
    return bytes(result)
