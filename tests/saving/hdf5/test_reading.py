"""Files of h5py, in all versions of the format, are read as h5py reads them."""

from __future__ import annotations

import io
import itertools

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glassworks.errors import LoadError
from glassworks.saving import hdf5
from tests.saving.hdf5.samples import BFLOAT16, DTYPES, assert_same_tree, by_h5py, numbers

VERSIONS = ["earliest", ("earliest", "v108"), ("v108", "v108"), ("v110", "v110"), ("v112", "v112"), ("v114", "v114"), "latest"]
ATTRIBUTES = {
    "text": "Glaswerk – 硝子",
    "empty text": "",
    "long text": "x" * 70_000,
    "texts": ["a", "", "ü" * 40],
    "bytes": np.array([b"kernel:0", b"bias:0"]),
    "one of bytes": np.bytes_(b"relu"),
    "number": 3,
    "half": np.float16(0.5),
    "yes": True,
    "numbers": np.arange(12.0).reshape(3, 4),
    "big endian": np.arange(3, dtype=">i4"),
    "none of them": np.zeros((0, 2), "float32"),
    "nothing": h5py.Empty("f4"),
    "größe": 1,
}


def fill(root: h5py.Group) -> None:
    for dtype in DTYPES:
        data = root.create_dataset(f"dtypes/{dtype.str}{dtype.name}", data=numbers((2, 3), dtype))
        if dtype == BFLOAT16:
            data.attrs["dtype"] = "bfloat16"
    for name, value in ATTRIBUTES.items():
        root["dtypes"].attrs[name] = value
    root["scalar"], root["empty"], root["größe"] = 2.5, np.zeros((0, 3)), np.arange(3)
    root["texts"], root["text"] = ["a", "bü", ""], "hello"
    root.create_group("b/empty group")
    root["b/z"], root["b/a"] = 1, 2


def read(file: io.BytesIO) -> hdf5.Group:
    return hdf5.read(file, "sample.h5")


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_version_of_the_format_is_read(version, ordered):
    file = by_h5py(fill, libver=version, track_order=ordered)
    assert_same_tree(h5py.File(file), read(file))


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("count", [1, 8, 9, 300, 5000])
def test_groups_of_any_number_of_members_are_read(version, count):
    def fill(root):
        for number in np.random.default_rng(0).permutation(count):
            root[f"variable_{number}"] = number

    file = by_h5py(fill, libver=version)
    group = read(file)
    assert list(group) == sorted(f"variable_{number}" for number in range(count))
    assert all(group[f"variable_{number}"].read() == number for number in range(0, count, 97))


@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_many_and_large_attributes_are_read(version):
    def fill(root):
        for number in range(400):
            root.attrs[f"a{number}"] = number
        root.attrs["large"], root.attrs["larger"] = np.arange(3000.0), np.arange(8000.0)

    file = by_h5py(fill, libver=version)
    assert_same_tree(h5py.File(file), read(file))


CHUNKS = list(itertools.product([(10, 10), (37, 53), (5, 53), (1, 2)], [None, "gzip"], [False, True], [False, True]))


@pytest.mark.parametrize("limits", [(37, 53), (None, 53), (None, None)], ids=str)
@pytest.mark.parametrize("version", ["earliest", "v108", "latest"])
def test_chunks_and_their_filters_are_read(version, limits):
    values = numbers((37, 53), np.dtype("f4"))

    def fill(root):
        for number, (chunks, compression, shuffle, checksum) in enumerate(CHUNKS):
            arguments = {"chunks": chunks, "compression": compression, "shuffle": shuffle, "fletcher32": checksum}
            root.create_dataset(str(number), data=values, maxshape=limits, **arguments)
        root.create_dataset("odd", data=np.arange(7, dtype="i1"), chunks=(3,), fletcher32=True)
        root.create_dataset("empty", shape=(0, 3), maxshape=(5, 3), dtype="f4")

    file = by_h5py(fill, libver=version if version == "latest" else ("earliest", "v108"))
    if version == "latest" and limits == (None, 53):
        with pytest.raises(LoadError, match="appended without a limit"):
            read(file)["0"].read()
        return
    assert_same_tree(h5py.File(file), read(file))


def test_compact_data_and_implicit_chunks_are_read():
    """Layouts that only the low-level interface writes."""

    def fill(root):
        space, values = h5py.h5s.create_simple((5, 4)), numbers((5, 4), np.dtype("f4"))
        for name, layout in (("compact", h5py.h5d.COMPACT), ("early", h5py.h5d.CHUNKED)):
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_layout(layout)
            if name == "early":
                plist.set_chunk((2, 3))
                plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            h5py.h5d.create(root.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist).write(h5py.h5s.ALL, h5py.h5s.ALL, values)

    for version in ("earliest", "latest"):
        file = by_h5py(fill, libver=version)
        assert_same_tree(h5py.File(file), read(file))


trees = st.recursive(
    st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 4), max_size=4).map(tuple)),
    lambda members: st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\."), min_size=1, max_size=8), members
    ),
    max_leaves=12,
)


def build(root: h5py.Group, tree: dict, settings: dict) -> None:
    for name, member in tree.items():
        if isinstance(member, dict):
            build(root.create_group(name), member, settings)
        else:
            dtype, shape = member
            data = root.create_dataset(name, data=numbers(shape, dtype), **(settings if 0 not in shape and shape else {}))
            if dtype == BFLOAT16:
                data.attrs["dtype"] = "bfloat16"


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.text("abü_ :", min_size=1), trees, max_size=6),
    st.sampled_from(VERSIONS),
    st.sampled_from([{}, {"chunks": True}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}]),
)
def test_any_tree_is_read(tree, version, settings):
    file = by_h5py(lambda root: build(root, tree, settings), libver=version)
    assert_same_tree(h5py.File(file), read(file))


def test_members_are_found_by_path():
    group = read(by_h5py(fill))
    assert group.find("b/a").read() == 2 and group.find("/b/a") is group["b"]["a"] and group.find("") is group
    assert group.find("b/missing") is None and group.find("b/a/deeper") is None and group.find("nothing/at/all") is None
    assert group["b"].name == "b" and group.find("b/a").name == "b/a"
    assert group.find("b/a").nbytes == 8


def test_a_file_within_a_file_is_read():
    inner = by_h5py(fill).getvalue()
    group = hdf5.read(io.BytesIO(b"\xff" * 1001 + inner + b"\xff" * 99), "archive", 1001, len(inner))
    assert group["scalar"].read() == 2.5


def test_data_is_read_when_asked_for_and_into_memory_of_its_own():
    class Counting(io.BytesIO):
        count = 0

        def read(self, size=-1):
            data = super().read(size)
            self.count += len(data)
            return data

    file = Counting(by_h5py(lambda root: root.create_dataset("x", data=np.arange(1e6))).getvalue())
    data = hdf5.read(file, "large.h5")["x"]
    assert file.count < 2000
    first, second = data.read(), data.read()
    assert file.count < 2000, "by readinto alone"
    assert first.flags.owndata and not np.shares_memory(first, second)
    first[:] = 0
    np.testing.assert_array_equal(second, np.arange(1e6))


def test_a_limit_is_checked_before_memory_is_allocated():
    data = read(by_h5py(lambda root: root.create_dataset("x", data=np.zeros(1000), compression="gzip")))["x"]
    with pytest.raises(LoadError, match="8,000 bytes"):
        data.read(max_bytes=7999)
    assert data.read(max_bytes=8000).nbytes == 8000
