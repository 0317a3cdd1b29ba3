"""Data sets: the bundled digits, Keras's files from its cache, and files that are damaged, missing or hostile."""

from __future__ import annotations

import io
import os
import pickle
import sys
import tarfile
import urllib.error
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import datasets
from glassworks.datasets import arrays, cifar, downloading, files, imdb, pickles, reuters, words
from glassworks.errors import ArgumentError, DataError


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and no network."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloading, "open_address", refuse)
    return tmp_path


def test_digits_are_those_of_scikit_learn_split_evenly() -> None:
    from sklearn.datasets import load_digits

    (x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
    ours = np.concatenate([x_train, x_test]).reshape(-1, 64)
    theirs = load_digits()
    rows = {row.tobytes(): label for row, label in zip(theirs.data.astype("uint8"), theirs.target, strict=True)}
    assert len(ours) == 1797
    assert all(rows[row.tobytes()] == label for row, label in zip(ours, np.concatenate([y_train, y_test]), strict=True))
    shares = np.bincount(y_test) / np.bincount(np.concatenate([y_train, y_test]))
    assert np.abs(shares - 0.2).max() < 0.005


def test_the_split_of_digits_repeats_and_follows_the_seed() -> None:
    first, again, other = (datasets.digits.load_data(seed=seed)[0][1] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_mnist_is_read_from_the_cache_of_keras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared_data: Path) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    os.symlink(shared_data / "mnist.npz", tmp_path / "datasets" / "mnist.npz")
    monkeypatch.setattr(files._Digest, "matches", lambda digest, path: True)  # the file at hand has been packed again
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert x_train.shape == (60_000, 28, 28)
    assert x_test.shape == (10_000, 28, 28)
    assert x_train.dtype == y_test.dtype == np.uint8
    assert y_train[:3].tolist() == [5, 0, 4]


@pytest.mark.parametrize(
    "name", ["mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing", "california_housing"]
)
def test_without_network_the_error_says_where_to_put_the_file(name: str, offline: Path) -> None:
    with pytest.raises(DataError) as caught:
        getattr(datasets, name).load_data()
    message = str(caught.value)
    assert "cannot be downloaded: no network" in message
    assert str(offline / "datasets") in message
    assert "https://" in message
    assert not [path for path in offline.rglob("*") if path.is_file()], "nothing half-done is left behind"


def test_a_download_with_another_checksum_is_not_kept(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "open_address", lambda *a, **k: io.BytesIO(b"something else"))
    with pytest.raises(DataError, match="checksum"):
        files.get_file("data.bin", origin="https://example.org/data.bin", file_hash="0" * 64)
    assert not list((offline / "datasets").iterdir())


def test_a_download_is_kept_and_not_fetched_again(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(downloading, "open_address", lambda *a, **k: calls.append(1) or io.BytesIO(b"content"))
    for _ in range(2):
        path = files.get_file("data.bin", origin="https://example.org/data.bin")
    assert Path(path).read_bytes() == b"content"
    assert len(calls) == 1


def archive_of(path: Path, name: str) -> Path:
    """An archive with one file of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr(name, "content")
    else:
        with tarfile.open(path, "w:gz") as tarred:
            info = tarfile.TarInfo(name)
            info.size = 7
            tarred.addfile(info, io.BytesIO(b"content"))
    return path


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_is_unpacked_once_where_keras_does(suffix: str, tmp_path: Path) -> None:
    origin = archive_of(tmp_path / f"source{suffix}", "inside/a.txt").as_uri()
    cache = {"cache_dir": str(tmp_path / "cache")}
    for name, folder in (("data", "data"), (f"data{suffix}", "data_extracted")):
        path = files.get_file(name, origin=origin, extract=True, **cache)
        assert Path(path) == tmp_path / "cache" / "datasets" / folder
        assert (Path(path) / "inside" / "a.txt").read_text() == "content"
    assert (tmp_path / "cache" / "datasets" / "data_archive").exists()
    (tmp_path / f"source{suffix}").unlink()
    assert files.get_file("data", origin=origin, extract=True, **cache)


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_cannot_write_outside_its_folder(suffix: str, tmp_path: Path) -> None:
    origin = archive_of(tmp_path / f"evil{suffix}", "../../../escaped.txt").as_uri()
    with pytest.raises(DataError, match="would be written outside the folder"):
        files.get_file("evil", origin=origin, extract=True, cache_dir=str(tmp_path / "a" / "b" / "c"))
    assert list(tmp_path.rglob("escaped.txt")) == []


def test_what_is_no_archive_leaves_no_folder_behind(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("not found")
    with pytest.raises(DataError, match="cannot be unpacked"):
        files.get_file("data", origin=(tmp_path / "page.html").as_uri(), extract=True, cache_dir=str(tmp_path))
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == ["data_archive"]


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        ({"fname": "a"}, "origin"),
        ({"fname": "folder/a", "origin": "https://example.org/a"}, "KERAS_HOME"),
        ({"origin": "https://example.org/"}, "a file name"),
        ({"origin": "https://example.org/a", "hash_algorithm": "sha"}, "did you mean 'sha256'"),
        ({"origin": "https://example.org/a", "archive_format": "rar"}, "archive_format"),
    ],
)
def test_get_file_says_which_argument_is_wrong(arguments: dict[str, str], piece: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        files.get_file(**arguments)
    assert piece in str(caught.value)


def test_a_damaged_file_in_the_cache_is_named_when_it_cannot_be_replaced(offline: Path) -> None:
    (offline / "datasets").mkdir()
    (offline / "datasets" / "mnist.npz").write_bytes(b"half")
    with pytest.raises(DataError, match=r"mnist\.npz has another checksum"):
        datasets.mnist.load_data()
    assert (offline / "datasets" / "mnist.npz").read_bytes() == b"half"


class Hostile:
    """Runs code when unpickled by an unpickler that lets it."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("pwned",)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="it would run code"):
        pickles.load(io.BytesIO(pickle.dumps(Hostile())))
    assert not (tmp_path / "pwned").exists()


def test_cifar_batches_are_read_as_keras_reads_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 3072), dtype=np.uint8)
    for name, part in (("one", images[:4]), ("test", images[4:])):
        (tmp_path / name).write_bytes(pickle.dumps({b"data": part, b"labels": list(range(len(part)))}))
    (x, y), (x_test, y_test) = cifar.read(tmp_path, ["one"], "test", "labels")
    assert x.shape == (4, 32, 32, 3)
    assert y.tolist() == [[0], [1], [2], [3]]
    assert x[1, 2, 3].tolist() == images[1].reshape(3, 32, 32)[:, 2, 3].tolist()
    assert x_test.shape == (2, 32, 32, 3)
    assert y_test.shape == (2, 1)


def test_reuters_has_46_topics() -> None:
    assert len(reuters.get_label_names()) == 46


def plain(**changed: Any) -> dict[str, Any]:
    return {"x_train": np.ones(2), "y_train": np.ones(2), "x_test": np.ones(1), "y_test": np.ones(1), **changed}


@pytest.mark.parametrize(
    ("arrays", "piece"),
    [
        ({"x_train": np.ones(2)}, "y_train, x_test, y_test is missing"),
        ({}, "arrays none"),
        (plain(y_train=np.ones(3)), "x_train of shape (2,) and y_train of shape (3,)"),
        (plain(x_test=np.ones(0), y_test=np.ones(0)), "at least one sample"),
        (plain(x_train=np.float64(1)), "x_train of shape ()"),
        (plain(x_train=np.array([{}])), "cannot be read"),
    ],
)
def test_an_npz_of_the_wrong_form_gives_one_clear_error(tmp_path: Path, arrays: dict[str, np.ndarray], piece: str) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError) as caught:
        datasets.load_npz(path)
    assert piece in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_of_another_kind_gives_one_clear_error(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("x,y")
    (tmp_path / "empty.npz").touch()
    for path, piece in (
        ("array.npy", "np.savez"),
        ("text.npz", "np.savez"),
        ("empty.npz", "np.savez"),
        ("none.npz", "no file"),
        ("", "read"),
    ):
        with pytest.raises(DataError) as caught:
            datasets.load_npz(tmp_path / path)
        assert piece in str(caught.value)
        assert str(tmp_path / path) in str(caught.value)


def test_a_header_that_claims_more_than_the_file_has_reserves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **plain())
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("x_train.npy", content.getvalue())
        for name in ("y_train", "x_test", "y_test"):
            zipped.writestr(f"{name}.npy", content.getvalue())
    with pytest.raises(DataError, match="claims shape"):
        datasets.load_npz(path)


@pytest.mark.parametrize("lists", [False, True])
def test_damaged_files_give_data_errors_and_nothing_else(lists: bool, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    texts = np.array([[1, 2], [3]], dtype=object)
    np.savez_compressed(path, **plain(x_train=texts if lists else np.arange(50)[:, None], y_train=np.arange(50)))
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(damaged) // 2, len(damaged) + 1)])
        try:
            arrays.read_npz(path, "test", arrays.PARTS, lists)
        except DataError:
            refused += 1
    assert refused > 250


def test_texts_of_one_length_stay_lists(tmp_path: Path) -> None:
    assert words.as_objects([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert words.as_objects([[1, 2], [3, 4]]).shape == (2,)


def test_imdb_refuses_arguments_that_it_does_not_have() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'num_words'"):
        imdb.load_data(nb_words=3)


@pytest.mark.parametrize("name", ["boston_housing", "california_housing"])
def test_housing_is_shuffled_and_split_as_in_keras(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras as real

    x, y = np.arange(40.0).reshape(20, 2), np.arange(20.0)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    theirs = getattr(real.datasets, name)
    for module in (getattr(datasets, name), sys.modules[theirs.load_data.__module__]):
        monkeypatch.setattr(module, "get_file", lambda *a, **k: str(tmp_path / "data.npz"))
    for ours, other in zip(getattr(datasets, name).load_data(), theirs.load_data(), strict=True):
        np.testing.assert_array_equal(ours[0], other[0])
        np.testing.assert_array_equal(ours[1], other[1])


@pytest.mark.parametrize(
    "options", [{}, {"num_words": 8}, {"skip_top": 5}, {"maxlen": 5}, {"start_char": None}, {"oov_char": None, "num_words": 9}]
)
@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_texts_are_prepared_as_keras_prepares_them(
    name: str, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras as real

    texts = words.as_objects([[1, 2, 9], [3], [1, 1, 1, 1], [5, 2], [4, 4], [7], [8, 9, 1]])
    names = ("x_train", "x_test") if name == "imdb" else ("x",)
    np.savez(tmp_path / "data.npz", **dict.fromkeys(names, texts), **{x.replace("x", "y"): np.arange(7) for x in names})
    theirs = getattr(real.datasets, name)
    for module in (getattr(datasets, name), sys.modules[theirs.load_data.__module__]):
        monkeypatch.setattr(module, "get_file", lambda *a, **k: str(tmp_path / "data.npz"))
    for ours, other in zip(getattr(datasets, name).load_data(**options), theirs.load_data(**options), strict=True):
        assert ours[0].tolist() == other[0].tolist()
        np.testing.assert_array_equal(ours[1], other[1])
