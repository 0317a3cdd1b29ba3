"""Files of data sets that are cut off, changed or hostile: one error that names the file and the way out, and nothing half-done."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks.datasets import arrays, cifar, fashion_mnist, files
from glassworks.errors import DataError

# ---- Fashion-MNIST


def idx(array: np.ndarray, magic: int | None = None, shape: Any = None) -> bytes:
    shape = array.shape if shape is None else shape
    return struct.pack(f">{1 + len(shape)}I", magic or 0x800 + array.ndim, *shape) + array.astype("u1").tobytes()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small Fashion-MNIST where Keras keeps it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(fashion_mnist, "DIGESTS", {})
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, count in (("train", 5), ("t10k", 3)):
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(rng.integers(0, 256, (count, 28, 28)))))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(count))))
    return folder


def test_fashion_mnist_is_read(cache: Path) -> None:
    (x, y), (x_test, y_test) = fashion_mnist.load_data()
    assert x.shape == (5, 28, 28) and x.dtype == y.dtype == "uint8"
    assert y.tolist() == [0, 1, 2, 3, 4]
    assert x_test.shape == (3, 28, 28) and y_test.shape == (3,)


IMAGES = np.zeros((5, 28, 28))
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut in the header": lambda content: content[:6],
    "cut in the middle": lambda content: content[: len(content) // 2],
    "no gzip": lambda content: b"<html>not found</html>",
    "changed bytes": lambda content: content[:200] + bytes(byte ^ 255 for byte in content[200:260]) + content[260:],
    "another checksum": lambda content: content[:-8] + bytes(8),
    "another magic number": lambda content: gzip.compress(idx(IMAGES, magic=0x801)),
    "fewer images than claimed": lambda content: gzip.compress(idx(IMAGES, shape=(9, 28, 28))),
    "more images than claimed": lambda content: gzip.compress(idx(IMAGES, shape=(2, 28, 28))),
    "more than any memory": lambda content: gzip.compress(idx(IMAGES, shape=(2**32 - 1, 2**31, 28))),
    "nothing in it": lambda content: gzip.compress(b""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_of_fashion_mnist_is_named_with_the_way_out(cache: Path, damage: str) -> None:
    path = cache / "train-images-idx3-ubyte.gz"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(DataError) as caught:
        fashion_mnist.load_data()
    assert f"{str(path)!r} is damaged" in str(caught.value)
    assert f"delete it and load the data again: {path}" in str(caught.value)


def test_images_and_labels_that_do_not_belong_together_are_said(cache: Path) -> None:
    (cache / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(4))))
    with pytest.raises(DataError, match=r"images of shape \(5, 28, 28\) and labels of shape \(4,\)"):
        fashion_mnist.load_data()


def test_flipped_bits_give_data_errors_and_nothing_else(cache: Path) -> None:
    path = cache / "train-images-idx3-ubyte.gz"
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            fashion_mnist.load_data()
        except DataError:
            refused += 1
    assert refused > 90  # a few bits, such as the date in the header, mean nothing


# ---- CIFAR


@pytest.mark.parametrize(
    ("content", "piece"),
    [
        (None, "No such file"),
        (b"", "a damaged data file"),
        (pickle.dumps({b"data": np.zeros((2, 3072), "uint8")}), "labels"),
        (pickle.dumps({b"data": np.zeros((2, 3072), "uint8"), b"labels": [1]}), "2 images and 1 labels"),
        (pickle.dumps({b"data": np.zeros((2, 100), "uint8"), b"labels": [1, 2]}), "reshape"),
        (pickle.dumps([1, 2]), "indices"),
    ],
)
def test_a_damaged_batch_of_cifar_is_named_with_the_way_out(tmp_path: Path, content: bytes | None, piece: str) -> None:
    folder = tmp_path / "target" / "batches"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "one").write_bytes(content)
    with pytest.raises(DataError) as caught:
        cifar.read(folder, ["one"], "one", "labels")
    assert piece in str(caught.value)
    assert str(folder / "one") in str(caught.value)
    assert f"delete the folder {tmp_path / 'target'} and load the data again" in str(caught.value)


# ---- archives


def archive(path: Path, count: int = 20) -> Path:
    rng = np.random.default_rng(0)
    contents = {f"folder/{i}.bin": rng.bytes(2000) for i in range(count)}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in contents.items():
                zipped.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tarred:
            for name, content in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tarred.addfile(info, io.BytesIO(content))
    return path


def left_behind(folder: Path) -> list[str]:
    """What is in the cache besides the archive itself."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if "archive" not in path.name]


@pytest.mark.parametrize("keep", [0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip", "a.tar"])
def test_an_archive_that_is_cut_off_is_named_and_leaves_nothing(tmp_path: Path, name: str, keep: float) -> None:
    source = archive(tmp_path / name)
    content = source.read_bytes()
    source.write_bytes(content[: int(keep * len(content))] if keep != 0.95 or name != "a.tar" else content[:-11000])
    cache = tmp_path / "cache"
    with pytest.raises(DataError, match="cannot be unpacked") as caught:
        files.get_file("data", origin=source.as_uri(), extract=True, cache_dir=str(cache))
    assert f"delete {cache / 'datasets' / 'data_archive'} and load it again" in str(caught.value)
    assert left_behind(cache / "datasets") == []


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_an_archive_with_flipped_bits_is_whole_or_refused(tmp_path: Path, name: str) -> None:
    source = archive(tmp_path / name, count=4)
    whole, rng = source.read_bytes(), np.random.default_rng(0)
    refused = 0
    for attempt in range(40):
        damaged = bytearray(whole)
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        source.write_bytes(damaged)
        cache = tmp_path / f"cache{attempt}"
        try:
            files.get_file("data", origin=source.as_uri(), extract=True, cache_dir=str(cache))
        except DataError:
            refused += 1
            assert left_behind(cache / "datasets") == []
    assert refused > 20


def test_unpacking_that_is_stopped_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = archive(tmp_path / "a.zip")
    extract = zipfile.ZipFile.open
    count: list[int] = []

    def stop(*args: Any) -> Any:
        count.append(1)
        if len(count) == 5:
            raise KeyboardInterrupt
        return extract(*args)

    monkeypatch.setattr(zipfile.ZipFile, "open", stop)
    options = {"origin": source.as_uri(), "extract": True, "cache_dir": str(tmp_path / "cache")}
    with pytest.raises(KeyboardInterrupt):
        files.get_file("data", **options)
    assert left_behind(tmp_path / "cache" / "datasets") == []
    folder = Path(files.get_file("data", **options))
    assert len(list(folder.rglob("*.bin"))) == 20


def test_the_new_name_is_given_only_when_all_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = archive(tmp_path / "a.zip", count=3)
    events: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: events.append("flush") or fsync(file))
    monkeypatch.setattr(os, "replace", lambda old, new: events.append("rename") or replace(old, new))
    files.get_file("data", origin=source.as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    assert events == ["flush", "rename", "flush", "flush", "flush", "flush", "rename", "flush"], "files, then the name, then the folder"


# ---- .npz


def test_a_zip_directory_that_claims_more_than_the_file_holds_reserves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x=np.zeros(1000))
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (2**31).to_bytes(4, "little")  # the uncompressed size in the directory
    path.write_bytes(content)
    with pytest.raises(DataError, match="more than the file holds"):
        arrays.read_npz(path, "test", ("x",))


def test_arrays_of_objects_are_refused_unless_they_are_lists(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DataError, match="plain arrays"):
        arrays.read_npz(path, "test", ("x",))


@pytest.mark.parametrize(("keep", "piece"), [(None, "a damaged header at byte 2560"), (4 * 2560, "it ends too early")])
def test_a_plain_archive_is_not_taken_for_a_shorter_one(tmp_path: Path, keep: int | None, piece: str) -> None:
    source = tmp_path / "a.tar"
    with tarfile.open(source, "w") as tarred:
        for i in range(6):  # each takes 512 bytes for the header and 2048 for the content
            info = tarfile.TarInfo(f"{i}.bin")
            info.size = 2000
            tarred.addfile(info, io.BytesIO(b"x" * 2000))
    content = source.read_bytes()
    source.write_bytes(content[:keep] if keep else content[:2560] + b"X" + content[2561:])
    with pytest.raises(DataError, match=piece):
        files.get_file("data", origin=source.as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    assert left_behind(tmp_path / "cache" / "datasets") == []
