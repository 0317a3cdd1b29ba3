"""Hostile and damaged files: always `LoadError`, which names the part of the file, and never a large allocation, a long loop or another file."""

from __future__ import annotations

import io
import struct
import tracemalloc

import h5py
import numpy as np
import pytest

from glassworks.errors import LoadError
from glassworks.saving import hdf5
from glassworks.saving.hdf5 import checksum, source
from glassworks.saving.hdf5.source import Extents
from tests.saving.hdf5.mutations import campaign, files, read_all
from tests.saving.hdf5.samples import by_h5py, written


def refuse(file: io.BytesIO | bytes, match: str) -> LoadError:
    data = file if isinstance(file, bytes) else file.getvalue()
    with pytest.raises(LoadError, match=match) as caught:
        read_all(data)
    return caught.value


def dataset_with(root: h5py.Group, **settings) -> None:
    """A data set that only the low-level interface creates."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    for name, value in settings.items():
        getattr(plist, f"set_{name}")(*value)
    h5py.h5d.create(root.id, b"x", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), plist)


def virtual(root: h5py.Group) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    root.create_virtual_dataset("x", layout)


def hard_link(root: h5py.Group) -> None:
    root["y"] = np.zeros(3)
    root["x"] = root["y"]


def cycle(root: h5py.Group) -> None:
    root["a/b/x"] = root.create_group("a")


def deep(root: h5py.Group) -> None:
    for _ in range(source.DEEPEST + 2):
        root = root.create_group("x")


def committed(root: h5py.Group) -> None:
    root["type"] = np.dtype("f4")


def of_committed_type(root: h5py.Group) -> None:
    committed(root)
    root.create_dataset("x", data=np.zeros(3), dtype=root["type"])


def sequences() -> np.ndarray:
    array = np.empty(1, object)
    array[0] = np.arange(3, dtype="i4")
    return array


def set_attribute(value, dtype=None):
    return lambda root: root.attrs.create("x", value, dtype=dtype)


REFUSED = {
    "a soft link": (lambda root: root.__setitem__("x", h5py.SoftLink("/y")), "soft link"),
    "a soft link to itself": (lambda root: root.__setitem__("x", h5py.SoftLink("/x")), "soft link"),
    "an external link": (lambda root: root.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")), "external link"),
    "an external link in a group below": (
        lambda root: root.create_group("a/b").__setitem__("x", h5py.ExternalLink("a.h5", "/")),
        "external",
    ),
    "external storage": (lambda root: root.create_dataset("x", (4,), "f4", external=[("/etc/passwd", 0, 16)]), "another file"),
    "a virtual data set": (virtual, "virtual"),
    "two names of an object": (hard_link, "second name"),
    "a group that contains itself": (cycle, "contains itself"),
    "groups too deep": (deep, "too deep"),
    "a committed datatype": (committed, "shape is missing"),
    "a data set of a committed datatype": (of_committed_type, "shared|shape is missing"),
    "compounds": (lambda root: root.create_dataset("x", data=np.zeros(2, [("a", "f4")])), "compound"),
    "object references": (lambda root: root.create_dataset("x", data=[root.ref], dtype=h5py.ref_dtype), "reference"),
    "region references": (lambda root: root.create_dataset("x", (1,), dtype=h5py.regionref_dtype), "reference|not stored"),
    "sequences of variable length": (
        lambda root: root.create_dataset("x", (2,), dtype=h5py.vlen_dtype("i4")).__setitem__(0, [1, 2]),
        "variable length",
    ),
    "an enumeration": (lambda root: root.create_dataset("x", data=[1], dtype=h5py.enum_dtype({"A": 0, "B": 1})), "enumeration"),
    "opaque bytes": (lambda root: root.create_dataset("x", data=np.void(b"abc")), "opaque"),
    "complex numbers": (lambda root: root.create_dataset("x", data=np.zeros(2, complex)), "complex|compound"),
    "arrays as elements": (lambda root: root.create_dataset("x", (2,), dtype="(3,)f4").__setitem__(..., np.zeros((2, 3), "f4")), "array"),
    "a data set without values": (lambda root: root.create_dataset("x", dtype="f4"), "without values"),
    "data that was never written": (lambda root: root.create_dataset("x", (10**9, 10**3), "f4"), "are stored|not stored"),
    "a huge array of chunks of which none is stored": (
        lambda root: root.create_dataset("x", (10**9, 10**3), "f4", chunks=(1, 9)),
        "missing",
    ),
    "chunks of which one is stored": (
        lambda root: root.create_dataset("x", (10**4,), "f4", chunks=(9,)).__setitem__(0, 1),
        "do not cover|ends early",
    ),
    "a huge chunk of which nothing is stored": (lambda root: root.create_dataset("x", (2**28,), "f4", chunks=(2**28,)), "missing"),
    "an unknown filter": (lambda root: root.create_dataset("x", (4,), "f4", chunks=(2,), compression="lzf"), "filter number 32000"),
    "the filter scale-offset": (lambda root: root.create_dataset("x", (4,), "i4", chunks=(2,), scaleoffset=0), "scale-offset"),
    "deflate twice": (lambda root: dataset_with(root, chunk=((2,),), deflate=(9,), filter=(1, 0, (9,))), "applied twice"),
    "a name that leads to another folder": (lambda root: root.create_group("..\\..\\x"), "another folder"),
    "a name with a line break": (lambda root: root.create_group("a\nb"), "has the name"),
    "a name that is not UTF-8": (lambda root: root.create_group(b"a\xff"), "not UTF-8"),
    "an attribute of compounds": (set_attribute(np.zeros(2, [("a", "f4")])), "compound"),
    "an attribute of references": (lambda root: root.attrs.create("x", root.ref, dtype=h5py.ref_dtype), "reference"),
    "an attribute of sequences": (
        set_attribute(sequences(), h5py.vlen_dtype("i4")),
        "variable length",
    ),
    "an attribute that is not UTF-8": (set_attribute(b"\xff\xfe", h5py.string_dtype("ascii")), "not UTF-8"),
}


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_h5py_writes_but_is_not_read_is_refused(name, version):
    fill, match = REFUSED[name]
    refuse(by_h5py(fill, libver=version), match)


def test_a_link_is_refused_before_the_file_it_names_is_looked_for(monkeypatch):
    file = by_h5py(REFUSED["an external link"][0])
    monkeypatch.setattr("builtins.open", None)
    refuse(file, "external link")


def test_an_unreadable_value_does_not_hide_the_others():
    def fill(root):
        root["x"], root["y"] = np.zeros(2, [("a", "f4")]), 7
        root.attrs["x"], root.attrs["y"] = np.zeros(2, [("a", "f4")]), 8

    group = hdf5.read(by_h5py(fill), "mixed.h5")
    assert group["y"].read() == 7 and group.attributes["y"] == 8
    with pytest.raises(LoadError, match="compound") as caught:
        group["x"].read()
    assert caught.value.member == "x"
    for _ in range(2):
        with pytest.raises(LoadError, match="compound"):
            group.attributes["x"]


# Files whose bytes are changed by hand. `sample` has one group, a data set of 12 float32 and one text.
def sample() -> bytearray:
    tree = hdf5.Tree({"group": hdf5.Tree({"x": np.full((3, 4), 7, "f4")}), "y": np.zeros(2)}, {"text": "hello world"})
    return bytearray(written(tree).getvalue())


def changed(old: bytes, new: bytes, count: int = 1) -> bytes:
    data = sample()
    assert data.count(old) >= 1
    return bytes(data.replace(old, new, count))


SHAPE = struct.pack("<BBBBI2Q", 1, 2, 0, 0, 0, 3, 4)
DATATYPE = bytes.fromhex("11201f00040000000000200017080017")
HEAP = b"GCOL\x01\0\0\0" + struct.pack("<Q", 4096)


def shaped(*shape: int) -> bytes:
    return changed(SHAPE, struct.pack("<BBBBI2Q", 1, 2, 0, 0, 0, *shape))


def layout(change) -> bytes:
    data = sample()
    place = data.index(struct.pack("<Q", 48), data.index(DATATYPE)) - 8
    address = struct.unpack_from("<Q", data, place)[0]
    data[place : place + 16] = struct.pack("<QQ", *change(address, len(data)))
    return bytes(data)


def at(place: int, new: bytes) -> bytes:
    data = sample()
    data[place : place + len(new)] = new
    return bytes(data)


def root_index(place: int, new: bytes) -> bytes:
    """A change within the B-tree of the root group."""
    data = sample()
    place += data.rindex(b"TREE")
    data[place : place + len(new)] = new
    return bytes(data)


def node_of_root(name: bytes, place: int, new: bytes) -> bytes:
    data = sample()
    place += data.rindex(name)
    data[place : place + len(new)] = new
    return bytes(data)


ROOT_TREE = struct.pack("<Q", bytes(sample()).rindex(b"TREE"))
PATCHED = {
    "an empty file": (b"", "beyond the end"),
    "text": (b"this is not an HDF5 file at all" * 9, "not an HDF5 file"),
    "a signature alone": (bytes(sample()[:8]), "beyond the end"),
    "a shape that is larger than the data": (shaped(3, 5), "needs 60 bytes, but 48 are stored"),
    "a shape that is smaller than the data": (shaped(3, 3), "needs 36 bytes"),
    "a shape that overflows to the right size": (shaped(2**62 + 3, 4), "larger than any file"),
    "a shape of nothing and too much": (shaped(0, 2**63), "larger than any file"),
    "the largest shape": (shaped(2**64 - 1, 2**64 - 1), "larger than any file"),
    "255 axes": (changed(SHAPE[:2], b"\x01\xff"), "255 axes"),
    "elements of no bytes": (changed(DATATYPE, DATATYPE[:4] + bytes(4) + DATATYPE[8:]), "elements of 0 bytes"),
    "elements of 4 GB": (changed(DATATYPE, DATATYPE[:4] + b"\xff" * 4 + DATATYPE[8:]), "elements of 4294967295 bytes"),
    "floats of a strange form": (changed(DATATYPE, DATATYPE[:12] + b"\x16" + DATATYPE[13:]), "a float of 4 bytes"),
    "floats of a VAX": (changed(DATATYPE, b"\x11\x61" + DATATYPE[2:]), "a float of 4 bytes"),
    "data beyond the end": (layout(lambda address, end: (end - 40, 48)), "beyond the end"),
    "data at an address that overflows": (layout(lambda address, end: (2**64 - 48, 48)), "beyond the end"),
    "data that is not stored": (layout(lambda address, end: (2**64 - 1, 48)), "not stored"),
    "data of 2**63 bytes": (layout(lambda address, end: (address, 2**63)), "are stored"),
    "data in the heap of texts": (layout(lambda address, end: (200, 48)), "overlap"),
    "data of another array": (layout(lambda address, end: (address + 8, 48)), "overlap"),
    "data that is the first block": (layout(lambda address, end: (0, 48)), "overlap"),
    "an end beyond the end": (at(40, struct.pack("<Q", 2**40)), "ends early"),
    "an end too early": (at(40, struct.pack("<Q", 4500)), "beyond the end"),
    "a base address": (at(24, struct.pack("<Q", 512)), "unusual"),
    "a driver": (at(48, struct.pack("<Q", 512)), "unusual"),
    "addresses of 4 bytes": (at(13, b"\x04\x04"), "unusual"),
    "an unknown version": (at(8, b"\x09"), "version 9"),
    "a root beyond the end": (at(64, struct.pack("<Q", 2**62)), "beyond the end"),
    "a root that is not a header": (at(64, struct.pack("<Q", 96)), "unknown version"),
    "a heap of 8 bytes": (changed(HEAP, HEAP[:8] + struct.pack("<Q", 8)), "8 bytes"),
    "a heap of 2**60 bytes": (changed(HEAP, HEAP[:8] + struct.pack("<Q", 2**60)), "beyond the end"),
    "a text beyond its heap": (changed(struct.pack("<HHIQ", 1, 1, 0, 11), struct.pack("<HHIQ", 1, 1, 0, 2**40)), "ends early"),
    "a text longer than stored": (changed(struct.pack("<IQI", 11, 96, 1), struct.pack("<IQI", 4000, 96, 1)), "outside of the heap"),
    "a text of an unknown number": (changed(struct.pack("<IQI", 11, 96, 1), struct.pack("<IQI", 11, 96, 9)), "outside of the heap"),
    "a text in no heap": (changed(struct.pack("<IQI", 11, 96, 1), struct.pack("<IQI", 11, 8, 1)), "overlap"),
    "a text that is not UTF-8": (changed(b"hello world", b"hello w\xffrld"), "not UTF-8"),
    "an index whose child is not an index": (root_index(5, b"\x01\x01\0"), "signature"),
    "an index of 65535 entries": (root_index(6, b"\xff\xff"), "beyond the end"),
    "an index at level 255": (root_index(5, b"\xff"), "signature"),
    "an index of chunks for a group": (root_index(4, b"\x01"), "signature"),
    "a name beyond the heap": (node_of_root(b"SNOD", 8, struct.pack("<Q", 2**63)), "outside of the heap of names"),
    "a member at no address": (node_of_root(b"SNOD", 16, b"\xff" * 8), "not stored"),
    "a member that is the root": (node_of_root(b"SNOD", 16, bytes(sample()[64:72])), "contains itself"),
    "a member marked as a soft link": (node_of_root(b"SNOD", 24, b"\x02"), "soft link"),
    "two members of one name": (
        node_of_root(b"SNOD", 48, bytes(sample()[(n := bytes(sample()).rindex(b"SNOD")) + 8 : n + 16])),
        "same name",
    ),
    "65535 members in a list of two": (node_of_root(b"SNOD", 6, b"\xff\xff"), "beyond the end|overlap"),
    "a name of nothing": (node_of_root(b"HEAP", 32 + 8, b"\0"), "has the name ''"),
    "a name with a slash": (node_of_root(b"HEAP", 32 + 8, b"a/b\0"), "has the name 'a/b'"),
    "the name of the folder above": (node_of_root(b"HEAP", 32 + 8, b"..\0"), "another folder"),
}


@pytest.mark.parametrize("name", PATCHED)
def test_bytes_that_no_library_writes_are_refused(name):
    data, match = PATCHED[name]
    assert data != bytes(sample())
    refuse(data, match)


def test_the_sample_itself_is_read():
    assert read_all(bytes(sample())) == 12 * 4 + 2 * 8 + np.asarray("hello world").nbytes


@pytest.mark.parametrize("number", range(9))
def test_every_truncation_is_refused(number):
    data = files()[number]
    for end in range(0, len(data), 1 + len(data) // 400):
        refuse(data[:end], "loading")


def bomb(size: int, stored: bytes, **settings) -> bytes:
    """A data set of one chunk, of which other bytes are stored than a library would write."""

    def fill(root):
        data = root.create_dataset("x", (size,), "u1", chunks=(size,), compression="gzip", **settings)
        data.id.write_direct_chunk((0,), stored)

    return by_h5py(fill).getvalue()


def test_a_chunk_inflates_to_its_size_and_not_further():
    import zlib

    refuse(bomb(1000, zlib.compress(bytes(10**8))), "does not decompress to 1000 bytes")
    refuse(bomb(1000, zlib.compress(bytes(999))), "does not decompress to 1000 bytes")
    refuse(bomb(1000, zlib.compress(bytes(1000))[:-5]), "does not decompress")
    refuse(bomb(1000, b"not deflated"), "cannot be decompressed")
    refuse(bomb(2**30, zlib.compress(bytes(1000))), "is stored in")
    refuse(bomb(1000, zlib.compress(bytes(1004)), fletcher32=True), "checksum")
    read_all(bomb(1000, zlib.compress(bytes(1000))))


def peak(function, *arguments) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(LoadError):
            function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_nothing_is_allocated_for_a_size_that_is_merely_claimed():
    import zlib

    for data in (
        shaped(3, 2**40),
        bomb(1000, zlib.compress(bytes(10**8))),
        bomb(2**30, zlib.compress(bytes(1000))),
        PATCHED["elements of 4 GB"][0],
    ):
        assert peak(read_all, data) < 2 << 20


def test_texts_that_refer_to_one_place_many_times_are_refused():
    """4,000 references to a text of 100 kB would be 400 MB."""
    data = bytearray(written(hdf5.Tree({}, {"long": "x" * 100_000, "names": ["y"] * 3900})).getvalue())
    long = struct.pack("<IQI", 100_000, 96, 1)
    assert data.count(long) == 1
    for number in range(3900):
        short = struct.pack("<IQI", 1, 96, number + 2)
        assert data.count(short) == 1
        data[(place := data.index(short)) : place + 16] = long
    assert peak(read_all, bytes(data)) < 8 << 20
    refuse(bytes(data), "more bytes of text than bytes")


def test_an_index_that_leads_back_to_itself_is_refused():
    data = sample()
    tree = bytes(data).rindex(b"TREE")
    data[tree + 5] = 1
    data[tree + 32 : tree + 40] = struct.pack("<Q", tree)
    refuse(bytes(data), "confused|overlap")


def test_a_header_that_continues_in_itself_is_refused():
    data = bytearray(written(hdf5.Tree({}, {f"a{number}": 1 for number in range(9)})).getvalue())
    root = struct.unpack_from("<Q", data, 64)[0]
    place = root + 16 + 24  # after the message of the symbol table
    size = struct.unpack_from("<H", data, place + 2)[0]
    data[place : place + 24] = struct.pack("<HHIQQ", 16, size, 0, root + 16, 8 + 24 + size)
    struct.pack_into("<H", data, root + 2, 65535)
    refuse(bytes(data), "overlap|messages of")


def test_too_many_objects_are_refused(monkeypatch):
    monkeypatch.setitem(source.LIMITS, "members", 9)
    refuse(by_h5py(lambda root: [root.create_group(str(number)) for number in range(10)]), "more than 9 members")
    read_all(by_h5py(lambda root: [root.create_group(str(number)) for number in range(9)]).getvalue())


def test_a_changed_bit_of_checksummed_metadata_is_detected():
    data = by_h5py(lambda root: root.create_dataset("x", data=np.arange(3)), libver="latest").getvalue()
    for place in range(8, 48):
        refuse(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], "loading")


def test_booleans_are_zero_or_one():
    data = by_h5py(lambda root: root.create_dataset("x", data=np.array([True, False, True, True, True, True, True]))).getvalue()
    refuse(data.replace(b"\1\0\1\1\1\1\1", b"\1\0\2\1\1\1\1"), "other than 0 and 1")


def test_extents_find_every_overlap():
    """Against a count of each byte, for claims before and after the first check."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        extents, used, fine = Extents(100), np.zeros(100, int), True
        claims = [(start, int(rng.integers(0, min(9, 100 - start)))) for start in map(int, rng.integers(0, 99, 6))]
        for start, size in claims:
            used[start : start + size] += 1
        fine = all(extents.claim(start, size) for start, size in claims[:3])
        fine &= extents.settle()
        for start, size in claims[3:5]:
            fine &= extents.claim(start, size) if size else True
        fine &= extents.claim_all(claims[5:])
        assert fine == (used.max() <= 1)


def test_checksums_agree_with_their_sources():
    """Vectors of `lookup3.c`; those of Fletcher's checksum are compared through h5py."""
    assert checksum.lookup3(b"") == 0xDEADBEEF
    assert checksum.lookup3(b"Four score and seven years ago") == 0x17770551
    assert checksum.fletcher32(bytes(100)) == 0 and checksum.fletcher32(b"\xff" * 2) == 0xFFFFFFFF


def test_damaged_files_are_refused_or_read_within_bounds():
    outcome = campaign(2500, seed=1) + campaign(2500, seed=2, skip_checksums=True)
    assert outcome["refused"] > 3000 and outcome["read"] > 100


def test_damaged_files_need_little_memory():
    tracemalloc.start()
    try:

        def check(data: bytes) -> None:
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
            tracemalloc.reset_peak()

        campaign(600, seed=3, check=check, skip_checksums=True)
    finally:
        tracemalloc.stop()


def test_a_single_number_does_not_lie_in_chunks():
    data = by_h5py(lambda root: root.create_dataset("x", data=np.zeros(4, "f4"), chunks=(4,))).getvalue()
    space, layout = struct.pack("<BBBBI2Q", 1, 1, 1, 0, 0, 4, 4), b"\3\2\2"
    assert data.count(space) == data.count(layout) == 1
    refuse(data.replace(space, b"\1\0\0" + space[3:]).replace(layout, b"\3\2\1"), "do not belong to the shape")


def test_a_chunk_starts_at_an_element():
    """The HDF5 library does not find such a chunk, and gives zeros for it."""
    data = by_h5py(lambda root: root.create_dataset("x", data=np.ones(4, "f4"), chunks=(4,))).getvalue()
    key = struct.pack("<IIQQ", 16, 0, 0, 0)
    assert data.count(key) == 1
    refuse(data.replace(key, struct.pack("<IIQQ", 16, 0, 0, 1)), "within an element")


def test_shuffled_bytes_are_those_of_the_elements():
    data = by_h5py(lambda root: root.create_dataset("x", data=np.ones(4, "f4"), chunks=(4,), shuffle=True)).getvalue()
    assert data.count(b"shuffle\0\4") == 1
    refuse(data.replace(b"shuffle\0\4", b"shuffle\0\2"), "for elements of 4 bytes")


def test_the_name_of_an_attribute_ends():
    data = written(hdf5.Tree({}, {"name": 1})).getvalue()
    refuse(data.replace(b"name\0", b"names"), "has no end")
