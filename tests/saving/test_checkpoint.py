"""Checkpoints: any change of a bit is noticed and named, the one before takes over, and files of others are never touched."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import resource
import signal
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from glassworks.errors import GlassworksWarning, LoadError, SaveError
from glassworks.saving.checkpoint import FORMAT, Checkpoints

RNG = np.random.default_rng(0)
TENSORS = {
    "dense/kernel": RNG.normal(size=(30, 40)).astype("float32"),
    "dense/bias": RNG.normal(size=5).astype(ml_dtypes.bfloat16),
    "iterations": np.array(7, "int32"),
    "empty": np.empty((0, 3), "float64"),
    "flags": np.array([True, False, True]),
    "strided": np.arange(12.0).reshape(3, 4).T[::2],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two checkpoints, the newest of epoch 2."""
    checkpoints = Checkpoints(tmp_path / "run")
    checkpoints.write({"epoch": 1}, TENSORS)
    checkpoints.write({"epoch": 2}, TENSORS)
    return tmp_path / "run"


def newest(folder: Path) -> list[Path]:
    return [folder / "glassworks-000002.json", folder / "glassworks-000002.safetensors"]


def loaded(folder: Path) -> tuple[Any, list[str]]:
    """The checkpoint that is loaded, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = Checkpoints(folder).load()
    return result, [str(warning.message) for warning in caught]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_loaded_is_what_was_written(folder: Path) -> None:
    checkpoint, told = loaded(folder)
    assert checkpoint.document == {"epoch": 2} and not told
    assert checkpoint.tensors.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        assert checkpoint.tensors[name].dtype == array.dtype
        assert checkpoint.tensors[name].tobytes() == array.tobytes()


def test_the_tensors_are_a_safetensors_file_that_others_read(folder: Path) -> None:
    from safetensors.numpy import load_file

    others = load_file(folder / "glassworks-000002.safetensors")
    np.testing.assert_array_equal(others["dense/kernel"], TENSORS["dense/kernel"])


def test_the_last_two_are_kept(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    for epoch in (3, 4):
        checkpoints.write({"epoch": epoch}, TENSORS)
    assert names(folder) == [f"glassworks-00000{n}.{kind}" for n in (3, 4) for kind in ("json", "safetensors")]


def test_a_thousand_flipped_bits_are_all_noticed_and_the_one_before_takes_over(folder: Path) -> None:
    draw, blamed = random.Random(0), Counter[str]()
    contents = {path: path.read_bytes() for path in newest(folder)}
    for number in range(1000):
        path = newest(folder)[number % 2]
        flipped = bytearray(contents[path])
        bit = draw.randrange(8 * len(flipped))
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        checkpoint, told = loaded(folder)
        path.write_bytes(contents[path])
        assert checkpoint.document == {"epoch": 1}, bit
        assert len(told) == 1 and "DAMAGED CHECKPOINT" in told[0] and path.name in told[0]
        blamed[told[0].split(": ")[2]] += 1
    assert blamed["manifest"] == 500
    assert blamed["dense/kernel"] > 400 and blamed["header"] > 1


def test_two_hundred_truncations_are_all_noticed(folder: Path) -> None:
    for path in newest(folder):
        content = path.read_bytes()
        for size in np.linspace(0, len(content) - 1, 100).astype(int):
            path.write_bytes(content[:size])
            checkpoint, told = loaded(folder)
            assert checkpoint.document == {"epoch": 1} and len(told) == 1
        path.write_bytes(content)


def test_a_longer_file_and_a_missing_one_are_noticed(folder: Path) -> None:
    for path in newest(folder):
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        assert loaded(folder)[0].document == {"epoch": 1}
        path.write_bytes(content)
    newest(folder)[1].unlink()
    checkpoint, told = loaded(folder)
    assert checkpoint.document == {"epoch": 1} and "No such file" in told[0]


def test_the_damaged_tensor_is_named(folder: Path) -> None:
    path = newest(folder)[1]
    content = path.read_bytes()
    place = content.index(TENSORS["iterations"].tobytes(), content.index(TENSORS["dense/kernel"].tobytes()) + 4800)
    path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    assert "iterations: its checksum does not match" in loaded(folder)[1][0]


def test_without_an_undamaged_one_there_is_an_error(folder: Path) -> None:
    for path in folder.glob("*.json"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LoadError, match="no checkpoint is left"):
        Checkpoints(folder).load()


def test_after_a_damaged_one_two_good_ones_are_kept_again(folder: Path) -> None:
    for path in newest(folder):
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    checkpoints = Checkpoints(folder)
    with pytest.warns(GlassworksWarning, match="DAMAGED"):
        checkpoints.load()
    checkpoints.write({"epoch": 2}, TENSORS)
    assert "glassworks-000001.json" in names(folder)
    for path in newest(folder)[1:] + [folder / "glassworks-000003.safetensors"]:
        path.write_bytes(b"")
    assert loaded(folder)[0].document == {"epoch": 1}


def test_files_of_others_are_neither_removed_nor_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    others = {
        "notes.txt": b"mine",
        "glassworks-000001.json": b'{"mine": 1}',
        "glassworks-000002.safetensors": b"weights of mine",
        ".glassworks-000001.json.tmp": b"",
        "glassworks-7.json": b"",
        "glassworks-000003.txt": b"",
    }
    for name, content in others.items():
        (folder / name).write_bytes(content)
    (folder / "glassworks-000003.json").mkdir()
    checkpoints = Checkpoints(folder)
    for epoch in range(6):
        checkpoints.write({"epoch": epoch}, TENSORS)
    checkpoints.clean()
    checkpoints.remove()
    assert {name: (folder / name).read_bytes() for name in names(folder) if (folder / name).is_file()} == others
    assert (folder / "glassworks-000003.json").is_dir()


def test_only_a_folder_of_its_own_is_removed(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    for name in ("users", "own"):
        Checkpoints(tmp_path / name).write({}, TENSORS)
        checkpoints = Checkpoints(tmp_path / name)
        checkpoints.load()
        checkpoints.remove()
    assert names(tmp_path) == ["users"] and not names(tmp_path / "users")


def test_what_killed_processes_left_is_removed(folder: Path) -> None:
    process = os.fork()
    if not process:
        checkpoints = Checkpoints(folder)
        real = os.fsync
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL) if checkpoints.numbers() else real(descriptor)
        checkpoints.write({"epoch": 3}, TENSORS)
    os.waitpid(process, 0)
    (folder / "glassworks-000009.safetensors").write_bytes(newest(folder)[1].read_bytes())
    assert any(".tmp-" in name for name in names(folder))
    Checkpoints(folder).clean()
    assert names(folder) == [f"glassworks-00000{n}.{kind}" for n in (1, 2) for kind in ("json", "safetensors")]


def test_a_write_that_fails_anywhere_leaves_the_earlier_ones(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for call, times in (("fsync", 4), ("replace", 2)):
        for nth in range(times):
            real, count = getattr(os, call), iter(range(100))

            def failing(*args: Any, real: Callable = real, count: Any = count, nth: int = nth) -> Any:
                if next(count) == nth:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return real(*args)

            monkeypatch.setattr(os, call, failing)
            # A failure after the manifest is in place, in flushing the folder, leaves a complete checkpoint.
            with pytest.raises(SaveError, match="No space left"):
                Checkpoints(folder).write({"epoch": 3}, TENSORS)
            monkeypatch.setattr(os, call, real)
            checkpoint, told = loaded(folder)
            assert not told and checkpoint.document["epoch"] in (2, 3)
            assert not any(".tmp-" in name for name in names(folder))


@pytest.mark.parametrize("end", ["error", "kill"])
def test_a_write_that_ends_at_any_byte_leaves_the_earlier_ones(folder: Path, end: str) -> None:
    """The limit of the size of files stands for a full disk; its signal for a kill in the middle of a write."""
    sizes = {path.suffix: path.stat().st_size for path in newest(folder)}
    for limit in np.linspace(0, sizes[".safetensors"] - 1, 40).astype(int):
        process = os.fork()
        if not process:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if end == "kill" else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
            try:
                Checkpoints(folder).write({"epoch": 3}, TENSORS)
            except SaveError:
                os._exit(3)
            os._exit(0)
        status = os.waitpid(process, 0)[1]
        assert os.WTERMSIG(status) == signal.SIGXFSZ if end == "kill" else os.WEXITSTATUS(status) == 3
        checkpoint, told = loaded(folder)
        assert checkpoint.document == {"epoch": 2} and not told
        assert checkpoint.tensors["dense/kernel"].tobytes() == TENSORS["dense/kernel"].tobytes()
        assert end == "kill" or len(names(folder)) == 4
    Checkpoints(folder).clean()
    assert len(names(folder)) == 4


def signed(manifest: bytes) -> bytes:
    """A manifest as an attacker would write it, whose checksum is right."""
    text = b'", ' + manifest[1:]
    return b'{"sha256": "' + hashlib.sha256(text).hexdigest().encode() + text


@pytest.mark.parametrize(
    "change",
    [
        {"tensors": 3},
        {"tensors": [3]},
        {"tensors": [{"name": "a", "dtype": "object", "shape": [1], "crc32": 1}]},
        {"tensors": [{"name": "../a", "dtype": "float32", "shape": [1], "crc32": 1}]},
        {"tensors": [{"name": "a", "dtype": "float32", "shape": [-1], "crc32": 1}]},
        {"tensors": [{"name": "a", "dtype": "float32", "shape": [1e9], "crc32": 1}]},
        {"tensors": [{"name": "a", "dtype": "float32", "shape": [2**62, 2**62], "crc32": 1}]},
        {"tensors": [{"name": "a", "dtype": "float32", "shape": [2**40], "crc32": 1}], "size": 2**60},
        {"tensors": [{"name": "a", "dtype": "float32", "shape": [1], "crc32": 1}] * 2},
        {"size": -1},
        {"size": 10**30},
        {"document": []},
        {"file_sha256": None},
    ],
    ids=str,
)
def test_a_signed_manifest_is_checked_too(folder: Path, change: dict) -> None:
    manifest = json.loads(newest(folder)[0].read_bytes())
    del manifest["sha256"]
    assert manifest["format"] == FORMAT
    for path in folder.glob("*.json"):
        path.write_bytes(signed(json.dumps(manifest | change).encode()))
    with pytest.raises(LoadError, match="no checkpoint is left"):
        Checkpoints(folder).load()


def test_links_and_pipes_are_not_read(folder: Path, tmp_path: Path) -> None:
    for number, path in enumerate(newest(folder)):
        path.rename(tmp_path / str(number))
        path.symlink_to(tmp_path / str(number))
        assert loaded(folder)[0].document == {"epoch": 1}
        path.unlink()
        os.mkfifo(path)
        assert loaded(folder)[0].document == {"epoch": 1}
        path.unlink()
        (tmp_path / str(number)).rename(path)


def test_the_caller_compares_before_tensors_are_read(folder: Path) -> None:
    def check(document: dict, specs: Any) -> None:
        assert specs["dense/kernel"] == ((30, 40), np.dtype("float32"))
        raise LoadError(folder, "dense/kernel", "another shape")

    newest(folder)[1].write_bytes(b"")
    with pytest.raises(LoadError, match="another shape"):
        Checkpoints(folder).load(check)


def test_whether_the_newest_is_finite_is_remembered(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    assert checkpoints.finite is None
    checkpoints.load()
    assert checkpoints.finite
    checkpoints.write({}, TENSORS, finite=False)
    assert not checkpoints.finite
