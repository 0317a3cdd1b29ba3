"""A save that fails or is killed at any of its system calls: the old file or the new one is there, and loads, and nothing else stays behind."""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Sequential, files, layers, saving
from glassworks.errors import SaveError
from glassworks.saving.checkpoint import Checkpoints

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EINTR, errno.EACCES)
Arrays = list[np.ndarray]


class Fault:
    """Stands for the module `os` and for `open` in `glassworks.files`, and fails or ends the process at one of their calls."""

    def __init__(self, at: int, number: int, kills: bool) -> None:
        self.at, self.number, self.kills = at, number, kills
        self.calls = 0

    def step(self, file: Any = None, data: Any = None) -> None:
        self.calls += 1
        if self.calls != self.at:
            return
        if data is not None:  # a short write: half of it arrives
            file.write(memoryview(data).cast("B")[: memoryview(data).nbytes // 2])
            file.flush()
        if self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self.number, os.strerror(self.number))

    def __getattr__(self, name: str) -> Any:
        original = getattr(os, name)
        if name not in ("open", "fsync", "replace", "close", "scandir"):
            return original

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.step()
            return original(*arguments, **keywords)

        return call

    def open_file(self, *arguments: Any, **keywords: Any) -> Any:
        if arguments[1] == "rb":
            return builtins.open(*arguments, **keywords)
        self.step()
        return File(builtins.open(*arguments, **keywords), self)


class File(io.RawIOBase):
    """A file whose calls are counted."""

    def __init__(self, file: Any, fault: Fault) -> None:
        self._file, self._fault = file, fault

    def write(self, data: Any) -> int:
        self._fault.step(self._file, data)
        return self._file.write(data)

    def flush(self) -> None:
        self._fault.step()
        self._file.flush()

    def close(self) -> None:
        self._file.close()
        self._fault.step()

    def __getattribute__(self, name: str) -> Any:
        if name in ("write", "flush", "close", "_file", "_fault", "__class__", "__dict__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_file"), name)


def model() -> Sequential:
    return Sequential(
        [layers.Input((4,)), layers.Dense(3, name="dense"), layers.BatchNormalization(name="norm"), layers.Dense(2, name="last")]
    )


def loaded_weights(path: Path) -> Arrays:
    target = model()
    saving.load_weights(target, path)
    return target.get_weights()


def save_checkpoint(target: Sequential, path: Path) -> None:
    Checkpoints(path.parent).write({}, {str(i): weight for i, weight in enumerate(target.get_weights())})


def load_checkpoint(path: Path) -> Arrays:
    return list(Checkpoints(path.parent).load().tensors.values())  # type: ignore[union-attr]


def load_archive(path: Path) -> Arrays:
    with np.load(path.with_name(f"{path.stem}_weights.npz")) as arrays:
        return [arrays[name] for name in arrays.files]


# Format: the name of the file, how it is written, how its numbers are read.
FORMATS: dict[str, tuple[str, Callable[[Sequential, Path], None], Callable[[Path], Arrays]]] = {
    "keras": ("m.keras", lambda target, path: target.save(path), lambda path: saving.load_model(path).get_weights()),
    "h5": ("m.h5", lambda target, path: target.save(path), lambda path: saving.load_model(path).get_weights()),
    "weights.h5": ("m.weights.h5", lambda target, path: target.save_weights(path), loaded_weights),
    "shards": ("m.weights.json", lambda target, path: target.save_weights(path, max_shard_size=60 / 2**30), loaded_weights),
    "safetensors": ("m.safetensors", lambda target, path: target.save_weights(path), loaded_weights),
    "npz": ("m.npz", lambda target, path: target.save_weights(path), loaded_weights),
    "checkpoint": ("m", save_checkpoint, load_checkpoint),
    "onnx": ("m.onnx", lambda target, path: target.export(path, format="onnx"), lambda path: [np.frombuffer(path.read_bytes(), np.uint8)]),
    "numpy": ("m.py", lambda target, path: target.export(path, format="numpy"), load_archive),
}
POINTS: dict[str, int] = {}


def run(save: Callable[[], None], fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", fault)
        patch.setattr(files, "open", fault.open_file, raising=False)
        save()


def in_child(save: Callable[[], None], fault: Fault, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a process that saves was killed by the fault."""
    child = os.fork()
    if child == 0:
        try:
            run(save, fault, monkeypatch)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def failed(save: Callable[[], None]) -> SaveError | None:
    try:
        save()
    except SaveError as error:
        return error
    return None


def equal(first: Arrays, second: Arrays) -> bool:
    return len(first) == len(second) and all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


def temporaries(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if ".tmp-" in entry.name]


@pytest.fixture
def states() -> tuple[Sequential, Arrays, Arrays]:
    """A model, and two states of its weights."""
    target = model()
    old = [np.full(weight.shape, 1 + i, "float32") for i, weight in enumerate(target.get_weights())]
    new = [np.full(weight.shape, -1 - i, "float32") for i, weight in enumerate(target.get_weights())]
    return target, old, new


@pytest.mark.parametrize("kills", [False, True], ids=["fails", "killed"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_save_that_ends_anywhere_leaves_the_old_file_or_the_new_one(
    name: str, kills: bool, states: tuple[Sequential, Arrays, Arrays], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kills and not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    target, old, new = states
    file, save, load = FORMATS[name]
    path = tmp_path / file
    target.set_weights(new)
    save(target, path)
    expected_new = load(path)
    target.set_weights(old)
    save(target, path)
    expected_old = load(path)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    target.set_weights(new)
    for at in range(1, 10_000):
        fault = Fault(at, ERRORS[at % len(ERRORS)], kills)
        ended = False
        if kills:
            ended = in_child(lambda: save(target, path), fault, monkeypatch)
        else:
            error = failed(lambda: run(lambda: save(target, path), fault, monkeypatch))
            ended = error is not None
            assert error is None or (str(tmp_path) in str(error) and error.errno == fault.number)
            assert temporaries(tmp_path) == []
            assert equal(target.get_weights(), new)  # the model is as it was
        found = load(path)
        assert equal(found, expected_old) or equal(found, expected_new), f"neither the old nor the new state after {at} calls"
        if not ended and (kills or fault.calls < at):
            break
        if not equal(found, expected_old):
            target.set_weights(old)
            save(target, path)
            target.set_weights(new)
    POINTS[f"{name}, {'killed' if kills else 'fails'}"] = at - 1
    assert at > 8
    save(target, path)
    assert equal(load(path), expected_new)
    assert temporaries(tmp_path) == []
    if name != "checkpoint":
        assert len(list(tmp_path.iterdir())) == len(before)


def test_more_than_two_hundred_points_were_tried() -> None:
    if len(POINTS) < 2 * len(FORMATS):
        pytest.skip("only some formats were run")
    assert sum(POINTS.values()) > 200, POINTS
