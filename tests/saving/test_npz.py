"""Weights in NumPy's files: NumPy reads what we write and we read what it writes; what is not plain arrays is a LoadError."""

from __future__ import annotations

import functools
import io
import itertools
import pickle
import random
import struct
import tracemalloc
import zipfile
import zlib

import ml_dtypes
import numpy as np
import pytest

from glassworks.errors import DTypeError, LoadError
from glassworks.saving import npz
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
    "schicht/größe": np.ones(1, dtype="uint16"),
    "flat": np.arange(5, dtype="int8"),
}


written = functools.partial(in_memory.written, npz)
loaded = functools.partial(in_memory.loaded, npz)


def test_what_we_write_numpy_reads():
    with np.load(io.BytesIO(written(TENSORS, {"program": "glassworks"}))) as file:
        assert_same(dict(file), TENSORS)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_we_read(save):
    file = io.BytesIO()
    save(file, **TENSORS)
    assert_same(loaded(file.getvalue()), TENSORS)


@pytest.mark.parametrize("array", list(TENSORS.values()), ids=list(TENSORS))
def test_a_single_array_is_read_under_numpys_name(array):
    file = io.BytesIO()
    np.save(file, array)
    assert_same(loaded(file.getvalue()), {"arr_0": array})


def test_every_dtype_goes_there_and_back():
    tensors = {name: np.arange(6).reshape(2, 3).astype(dtype) for name, dtype in DTYPES.items()}
    assert_same(loaded(written(tensors)), tensors)
    with np.load(io.BytesIO(written(tensors))) as file:
        assert file["bfloat16"].view(ml_dtypes.bfloat16).tolist() == tensors["bfloat16"].tolist()


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 3), (1, 5)])
def test_arrays_in_fortrans_order_and_of_the_other_byte_order_keep_their_numbers(shape):
    array = np.asfortranarray(RNG.normal(size=shape))
    for other in (array, array.astype(">f8"), array.astype(">i2")):
        file = io.BytesIO()
        np.save(file, np.asfortranarray(other))
        (read,) = loaded(file.getvalue()).values()
        assert read.tolist() == other.tolist() and read.dtype.isnative and read.flags.c_contiguous


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_the_header_are_read(version):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(3), version=version)
    assert loaded(file.getvalue())["arr_0"].tolist() == [0, 1, 2]


def test_equal_weights_are_equal_files():
    assert written(TENSORS) == written(TENSORS)


def test_a_lazy_tensor_is_computed_when_its_turn_has_come():
    events = []

    def tensor(name):
        return LazyTensor((2,), np.dtype("float32"), lambda: events.append(name) or np.ones(2, "float32"))

    class File(io.BytesIO):
        def write(self, data):
            events.append("write")
            return super().write(data)

    npz.write(File(), {"a": tensor("a"), "b": tensor("b")})
    assert [event for event, _repeated in itertools.groupby(events)] == ["write", "a", "write", "b", "write"]


def test_what_is_not_a_number_is_refused():
    with pytest.raises(DTypeError):
        written({"a": np.array([None])})


def member(descr="<f4", order="False", shape="(1,)", content=b"1234", header=None, version=b"\x01\x00", length=None) -> bytes:
    text = (header or f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}").encode("latin1") + b"\n"
    size = (len(text) if length is None else length).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + size + text + content


def archive(*members: tuple[str, bytes], compression=zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, data in members:
            zipped.writestr(zipfile.ZipInfo(name), data, compression)
    return file.getvalue()


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


class Evil:
    def __reduce__(self):
        return print, ("code of the file runs",)


def pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Evil()], dtype=object), allow_pickle=True)
    return file.getvalue()


def claiming(size: int, compressed: int | None = None) -> bytes:
    """An archive whose directory claims another size of its member."""
    data = bytearray(archive(("a.npy", member())))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", size)
    if compressed is not None:
        data[place + 20 : place + 24] = struct.pack("<I", compressed)
    return bytes(data)


def bomb() -> bytes:
    """A gigabyte of zeros in a megabyte, behind a header that says so."""
    zeros, size = zlib.compressobj(9, wbits=-15), 1 << 30
    head = member(shape=f"({size // 4},)", content=b"")
    body = zeros.compress(head) + b"".join(zeros.compress(bytes(1 << 20)) for _ in range(size >> 20)) + zeros.flush()
    return raw_deflated(body, len(head) + size)


def raw_deflated(body: bytes, size: int) -> bytes:
    name = b"a.npy"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(body), size, len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def overlapping() -> bytes:
    """Two names for the same bytes of an archive, as in the zip bombs of Fifield (2019)."""
    data = archive(("a.npy", member()), ("b.npy", member()))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    return data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]


NPY = {
    "nothing": b"",
    "half a magic": b"\x93NUM",
    "no header": b"\x93NUMPY\x01\x00",
    "a pickle": pickle.dumps(Evil()),
    "an array of Python objects": pickled(),
    "an object dtype without a pickle": member("|O", content=b"12345678"),
    "a header of four gigabytes": member(version=b"\x02\x00", length=0xFFFFFFFF),
    "a header beyond the limit": member(header="{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" + " " * 10_000),
    "an unknown version": member(version=b"\x09\x00"),
    "a header that is a call": member(header="{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}"),
    "a header nested deeply": member(header="(" * 5000),
    "a further key": member(header="{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'path': '/etc/passwd'}"),
    "a missing key": member(header="{'descr': '<f4', 'shape': (1,)}"),
    "a key that occurs twice": member(header="{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"),
    "text after the header": member(header="{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1"),
    "a structured dtype": member(header="{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
    "a dtype with a shape": member("<1000000000f4"),
    "texts": member("<U1"),
    "bytes": member("|S4"),
    "raw bytes": member("|V4"),
    "dates": member("<M8[ns]", content=b"12345678"),
    "complex numbers": member("<c8", content=b"12345678"),
    "an unknown number of bytes": member("<f3", content=b"123"),
    "a negative size": member(shape="(-1,)"),
    "a size that is a number with a point": member(shape="(1.0,)"),
    "a shape that is a number": member(shape="1"),
    "a shape that is a number in parentheses": member(shape="(1)"),
    "a shape that is a list": member(shape="[1]"),
    "sizes whose product overflows": member(shape="(4294967296, 4294967296, 4)"),
    "sizes whose product overflows to 4": member(shape="(4611686018427387905, 4)", content=b"1" * 16),
    "no elements on a huge axis": member(shape="(0, 4611686018427387904, 8)", content=b""),
    "a hundred axes": member(shape="(" + "1, " * 100 + ")"),
    "fewer bytes than the shape": member(shape="(2,)"),
    "more bytes than the shape": member(content=b"12345678"),
    "a terabyte that is not there": member(shape="(274877906944,)"),
    "an order that is a number": member(order="1"),
    "booleans of 7": member("|b1", content=b"\x07"),
}
NPZ = {
    "no archive": b"PK",
    "a name out of the folder": archive(("../a.npy", member())),
    "an absolute name": archive(("/a.npy", member())),
    "a name with a drive": archive(("C:\\a.npy", member())),
    "a name with control characters": archive(("a\x1b.npy", member())),
    "a member that is not an array": archive(("a.py", b"print()")),
    "a member without a name": archive((".npy", member())),
    "a folder": archive(("a/", b"")),
    "the same name twice": changed(archive(("a.npy", member()), ("b.npy", member())), b"b.npy", b"a.npy"),
    "more members than any model has": archive(*((f"{i}.npy", b"") for i in range(10_001))),
    "a member compressed by bzip2": archive(("a.npy", member()), compression=zipfile.ZIP_BZIP2),
    "a member compressed by lzma": archive(("a.npy", member()), compression=zipfile.ZIP_LZMA),
    "a claim of four gigabytes": claiming(0xFFFFFFF0),
    "a claim of four gigabytes, stored": claiming(0xFFFFFFF0, 0xFFFFFFF0),
    "a claim of fewer bytes": claiming(10),
    "a gigabyte in a megabyte": bomb(),
    "two members with the same bytes": overlapping(),
    "a wrong checksum": changed(archive(("a.npy", member())), b"1234", b"1235"),
    "a deflated member that ends early": raw_deflated(zlib.compress(member(), wbits=-15)[:-3], len(member())),
    "a deflated member of nonsense": raw_deflated(b"\xff" * 40, 40),
}
HOSTILE = NPY | {f"{name}, in an archive": archive(("a.npy", data)) for name, data in NPY.items()} | NPZ


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_load_error(name, capsys):
    with pytest.raises(LoadError) as caught:
        {key: entry.read() for key, entry in npz.read(io.BytesIO(HOSTILE[name]), "w.npz", budget=1 << 29).items()}
    assert caught.value.file == "w.npz" and caught.value.reason
    assert not capsys.readouterr().out


def directory_of(count: int, claimed: int | None = None, large: bool = False) -> bytes:
    """An archive that is nearly all directory: entries without members."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    directory = entry * count
    end = struct.pack("<4s4HLLH", b"PK\x05\x06", 0, 0, min(claimed or 0, 0xFFFF), min(claimed or 0, 0xFFFF), len(directory), 0, 0)
    if large:
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), 0)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(directory), 1)
        end = record + locator + struct.pack("<4s4HLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return directory + end


@pytest.mark.parametrize("data", [directory_of(200_000, 3), directory_of(200_000, 0xFFFF), directory_of(200_000, large=True)])
def test_a_directory_of_many_entries_takes_no_memory(data):
    tracemalloc.start()
    with pytest.raises(LoadError, match=r"directory|members"):
        npz.read(io.BytesIO(data), "w.npz")
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_the_tensor_at_fault_is_named():
    data = changed(archive(("a.npy", member()), ("dense/kernel.npy", member(content=b"5678"))), b"5678", b"5679")
    with pytest.raises(LoadError) as caught:
        loaded(data)
    assert caught.value.member == "dense/kernel" and "damaged" in caught.value.reason


def test_the_budget_counts_all_arrays():
    data = written({"a": np.ones(100, "float32"), "b": np.ones(100, "float32")})
    assert len(npz.read(io.BytesIO(data), "w", budget=800)) == 2
    with pytest.raises(LoadError, match=r"800 bytes"):
        npz.read(io.BytesIO(data), "w", budget=799)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_mutated_file_loads_the_same_or_is_a_load_error(compression):
    data = archive(*((f"{i}.npy", member(content=bytes(range(i, i + 4)))) for i in range(4)), compression=compression)
    original = loaded(data)
    rng = random.Random(0)
    refused = 0
    for _ in range(1000):
        result = bytearray(data)
        place = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            result[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del result[place:]
        elif kind == 2:
            result[place : place + rng.randrange(1, 9)] = rng.choice([b"\0" * 4, b"\xff" * 4, b"9", b"PK", b""])
        else:
            result[place:place] = result[place : place + rng.randrange(1, 60)]
        try:
            arrays = loaded(bytes(result))
        except LoadError:
            refused += 1
        else:
            for name in original.keys() & arrays.keys():
                assert arrays[name].tobytes() == original[name].tobytes() or len(arrays[name]) != 1
    assert refused > 500
