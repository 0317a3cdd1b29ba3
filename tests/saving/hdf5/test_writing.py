"""h5py reads what is written here: the same names, types, values and attributes."""

from __future__ import annotations

import io
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glassworks.errors import ArgumentError
from glassworks.saving.hdf5 import LazyArray, Tree, read, write
from tests.saving.hdf5.samples import DTYPES, assert_same_tree, numbers, written

ATTRIBUTES = {
    "text": "Glaswerk – 硝子",
    "empty text": "",
    "long text": "x" * 300_000,
    "texts": ["a", "", "ü" * 40],
    "bytes as text": b"abc",
    "list of bytes": [b"a", b"bc"],
    "bytes": np.array([b"kernel:0", b"bias:0"]),
    "number": 3,
    "half": np.float16(0.5),
    "yes": True,
    "numbers": np.arange(12.0).reshape(3, 4),
    "none of them": np.zeros((0, 2), "float32"),
    "größe": [1, 2],
    "empty bytes": np.bytes_(b""),
    "nothing": [],
    "texts in rows": [["a", "b"], ["c", "d"]],
    "array of texts": np.array(["a", "bc"]),
}


def assert_as_h5py_reads(tree: Tree) -> h5py.File:
    file = written(tree)
    theirs = h5py.File(file)
    assert_same_tree(theirs, read(file, "written.h5"))
    return theirs


def test_every_dtype_shape_and_attribute_is_written():
    tree = Tree({}, dict(ATTRIBUTES))
    for dtype in DTYPES:
        for shape in ((), (0,), (3, 0, 2), (1,), (2, 3), (2, 1, 5, 3)):
            tree.group("arrays").members[f"{dtype.str} {dtype.name} {shape}"] = numbers(shape, dtype)
    tree.group("attributes/are/inherited/by/no/one").attributes["größe"] = 1
    theirs = assert_as_h5py_reads(tree)
    for name, value in ATTRIBUTES.items():
        expected = np.array(value).astype(str) if name in ("bytes as text", "list of bytes") else value
        np.testing.assert_array_equal(theirs.attrs[name], expected)
    for dtype in DTYPES:
        array = theirs[f"arrays/{dtype.str} {dtype.name} (2, 3)"]
        expected = numbers((2, 3), dtype)
        np.testing.assert_array_equal(array[()].view(dtype) if array.dtype.kind == "V" else array[()], expected)


@pytest.mark.parametrize("count", [0, 1, 8, 9, 256, 257, 5000, 9000])
def test_groups_of_any_number_of_members_are_written(count):
    tree = Tree({f"variable_{number}": np.float32(number) for number in range(count)})
    theirs = h5py.File(written(Tree({"group": tree})))["group"]
    assert list(theirs) == sorted(tree.members)
    assert all(theirs[f"variable_{number}"][()] == number for number in range(0, count, 37))


def test_a_file_can_be_changed_by_h5py(tmp_path):
    """What lies beside the data (free space, sizes of nodes) is right, too."""
    path = tmp_path / "changed.h5"
    path.write_bytes(written(Tree({f"m{number}": np.arange(3) for number in range(100)}, {"text": "old", "texts": ["a", "b"]})).getvalue())
    with h5py.File(path, "r+") as file:
        for number in range(0, 100, 2):
            del file[f"m{number}"]
        for number in range(500):
            file[f"n{number}"] = number
            file.attrs[f"a{number}"] = "x" * number
        file.attrs["text"], file["m1"][...] = "new", 7
    with h5py.File(path) as theirs, open(path, "rb") as file:
        assert len(theirs) == 550 and theirs["m1"][0] == 7 and theirs.attrs["text"] == "new"
        assert_same_tree(theirs, read(file, "changed.h5"))


def test_more_texts_than_a_collection_holds_are_written():
    tree = Tree({}, {f"attribute {number}": [f"{number} {item}" for item in range(3000)] for number in range(25)})
    theirs = h5py.File(written(tree))
    assert theirs.attrs["attribute 24"][2999] == "24 2999" and theirs.attrs["attribute 21"][0] == "21 0"


names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=9)
values = st.one_of(
    st.integers(-(2**60), 2**60), st.floats(), st.booleans(), names, st.lists(names, min_size=1), st.lists(st.floats(), max_size=5)
)
arrays = st.builds(
    numbers, st.lists(st.integers(0, 4), max_size=4).map(tuple), st.sampled_from(DTYPES), st.integers(0, 9)
)  # of several memory layouts
trees = st.recursive(
    st.builds(Tree, st.dictionaries(names, arrays | arrays.map(np.transpose), max_size=5), st.dictionaries(names, values, max_size=3)),
    lambda inner: st.builds(Tree, st.dictionaries(names, inner | arrays, max_size=12), st.dictionaries(names, values, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(trees)
def test_any_tree_is_written(tree):
    theirs = assert_as_h5py_reads(_without_dots(tree))

    def compare(group, tree):
        assert set(group) == set(tree.members)
        for name, member in tree.members.items():
            if isinstance(member, Tree):
                compare(group[name], member)
            elif group[name].dtype.kind == "V":
                np.testing.assert_array_equal(group[name][()].view(member.dtype), member)
            else:
                np.testing.assert_array_equal(group[name][()], member)
        for name, value in tree.attributes.items():
            np.testing.assert_array_equal(group.attrs[name], value)

    compare(theirs, tree)


def _without_dots(tree: Tree) -> Tree:
    for name in (".", ".."):
        tree.members.pop(name, None)
    for member in tree.members.values():
        if isinstance(member, Tree):
            _without_dots(member)
    return tree


class Forward(io.RawIOBase):
    """A file that only goes forward, as a member of an archive does; it counts what is in memory."""

    def __init__(self):
        self.parts, self.alive, self.most = [], 0, 0

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


def test_arrays_are_asked_for_one_at_a_time_and_in_the_order_of_the_file():
    events = []

    class Recording(Forward):
        def write(self, data):
            if len(data) == 4000:
                events.append("written")
            return super().write(data)

    def entry(number):
        return LazyArray((1000,), np.dtype("f4"), lambda: events.append(number) or np.full(1000, number, "f4"))

    file = Recording()
    write(file, Tree({"b": entry(1), "a": Tree({"x": entry(0)}), "c": entry(2)}))
    assert events == [0, "written", 1, "written", 2, "written"]
    theirs = h5py.File(io.BytesIO(b"".join(file.parts)))
    assert theirs["a/x"][0] == 0 and theirs["b"][0] == 1 and theirs["c"][999] == 2


def test_a_member_of_an_archive_is_written_and_read_in_place(tmp_path):
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("weights.h5", "w") as member:
        write(member, Tree({"x": np.arange(10)}))
    with zipfile.ZipFile(path) as archive, archive.open("weights.h5") as member:
        np.testing.assert_array_equal(h5py.File(io.BytesIO(member.read()))["x"], np.arange(10))
        np.testing.assert_array_equal(read(member, "weights.h5")["x"].read(), np.arange(10))


def test_data_is_aligned():
    file = written(Tree({str(number): np.zeros(number, "u1") for number in range(1, 20)}))
    assert all(data.id.get_offset() % 8 == 0 for data in h5py.File(file).values())


@pytest.mark.parametrize(
    "tree",
    [
        Tree({"a/b": 1}),
        Tree({"": 1}),
        Tree({"..": 1}),
        Tree({"a\0": 1}),
        Tree({"\ud800": 1}),
        Tree({"x": np.array(["text"])}),
        Tree({"x": np.array([None])}),
        Tree({"x": np.zeros(2, complex)}),
        Tree({"x": np.zeros(2, [("a", "f4")])}),
        Tree({}, {"x": "a\0b"}),
        Tree({}, {"x": "\ud800"}),
        Tree({}, {"x": np.zeros(9000)}),
        Tree({}, {"x": ["a"] * 5000}),
        Tree({}, {"": 1}),
        Tree({}, {"x": None}),
        Tree({}, {"x": np.array(["a", None], object)}),
        Tree({}, {"x": 2**70}),
    ],
    ids=str,
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(tree):
    file = io.BytesIO()
    with pytest.raises(ArgumentError):
        write(file, Tree({"a": 1, "tree": tree}))
    assert not file.getvalue()


def test_a_lazy_array_is_what_it_announced():
    with pytest.raises(ArgumentError, match="as announced"):
        write(io.BytesIO(), Tree({"x": LazyArray((2,), np.dtype("f4"), lambda: np.zeros(3, "f4"))}))
    with pytest.raises(ArgumentError, match="as announced"):
        write(io.BytesIO(), Tree({"x": LazyArray((2,), np.dtype("f4"), lambda: np.zeros(2, "f8"))}))


def test_a_path_leads_through_groups():
    with pytest.raises(ArgumentError, match="is an array"):
        Tree({"a": 1}).group("a/b")
