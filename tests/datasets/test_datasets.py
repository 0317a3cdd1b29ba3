"""Data sets: the bundled digits, Keras's files from its cache, and files that are damaged, missing or hostile."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import datasets
from glassworks.datasets import cifar, files, imdb, pickles, reuters
from glassworks.errors import DataError


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and no network."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
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
    monkeypatch.setattr(files, "_matches", lambda path, wanted: True)
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
    monkeypatch.setattr(urllib.request, "urlopen", lambda *a, **k: io.BytesIO(b"something else"))
    with pytest.raises(DataError, match="checksum"):
        files.get_file("data.bin", origin="https://example.org/data.bin", file_hash="0" * 64)
    assert not list((offline / "datasets").iterdir())


def test_a_download_is_kept_and_not_fetched_again(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(urllib.request, "urlopen", lambda *a, **k: calls.append(1) or io.BytesIO(b"content"))
    for _ in range(2):
        path = files.get_file("data.bin", origin="https://example.org/data.bin")
    assert Path(path).read_bytes() == b"content"
    assert len(calls) == 1


def test_an_archive_cannot_write_outside_its_folder(offline: Path) -> None:
    folder = offline / "datasets"
    folder.mkdir()
    with tarfile.open(folder / "evil.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("../../escaped.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(tarfile.OutsideDestinationError):
        files.get_file("evil", origin="https://example.org/evil.tar.gz", extract=True)
    assert not (offline.parent / "escaped.txt").exists()
    assert not (offline / "escaped.txt").exists()


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


def test_word_lists_are_prepared_as_keras_prepares_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = np.empty(4, dtype=object)
    texts[:] = [[1, 2, 9], [3], [1, 1, 1, 1], [5, 2]]
    path = tmp_path / "imdb.npz"
    np.savez(path, x_train=texts, y_train=np.array([0, 1, 0, 1]), x_test=texts, y_test=np.array([0, 1, 0, 1]))
    monkeypatch.setattr(imdb, "get_file", lambda *a, **k: str(path))
    (x, y), _ = imdb.load_data(num_words=8, maxlen=5, seed=1)
    found = {tuple(text): label for text, label in zip(x, y, strict=True)}
    # Words move up by three, a start mark (1) comes first, words from 8 on are unknown (2), five words are too many.
    assert found == {(1, 4, 5, 2): 0, (1, 6): 1, (1, 2, 5): 1}


def test_reuters_has_46_topics() -> None:
    assert len(reuters.get_label_names()) == 46


@pytest.mark.parametrize(
    ("arrays", "piece"),
    [
        ({"x_train": np.ones(2)}, "add y_train, x_test, y_test"),
        (
            {"x_train": np.ones(2), "y_train": np.ones(3), "x_test": np.ones(1), "y_test": np.ones(1)},
            "2 entries in x_train and 3 in y_train",
        ),
        ({"x_train": np.array([{}]), "y_train": np.ones(1), "x_test": np.ones(1), "y_test": np.ones(1)}, "cannot be read"),
    ],
)
def test_an_npz_of_the_wrong_form_gives_one_clear_error(tmp_path: Path, arrays: dict[str, np.ndarray], piece: str) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError) as caught:
        datasets.load_npz(path)
    assert piece in str(caught.value)
    assert str(path) in str(caught.value)
