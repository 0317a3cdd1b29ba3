"""`Checkpoints`: a folder with the last states of a run. Each is written atomically, and checked bit by bit when it is read.

A checkpoint is two files: `glassworks-000012.safetensors` with the tensors, and then, written last, `glassworks-000012.json`, the manifest: the
document of the run, dtype, shape and CRC-32 of each tensor, size and SHA-256 of the file of tensors. The manifest begins with
the SHA-256 of all that follows in it. So a checkpoint without a manifest was never finished, and any change of a bit is noticed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from glassworks.errors import GlassworksError, LoadError, warn
from glassworks.files import atomic_file, open_regular, read_into, remove_orphans, save_error
from glassworks.saving import bounded_json, safetensors
from glassworks.saving.tensors import DTYPES, Entry, as_bytes, as_lazy, check_booleans, check_budget, check_name, check_shape, content

FORMAT = "glassworks checkpoint 1"
# How our files begin: what begins otherwise belongs to somebody else, and is neither replaced nor removed.
_MANIFEST_START = re.compile(rb'\{"sha256": "([0-9a-f]{64})", "format": "' + FORMAT.encode() + rb'", ')
_TENSORS_START = re.compile(rb'.{8}\{"__metadata__":\{"format":"' + FORMAT.encode() + rb'"\}', re.DOTALL)
_STARTS = {"json": _MANIFEST_START, "safetensors": _TENSORS_START}
_NAMES = r"glassworks-(\d{6,18})\.(json|safetensors)"
_HASHED_FROM = len('{"sha256": "') + 64
_FIX = "start again in another folder, or with an older copy of this one"

Check = Callable[[dict[str, Any], Mapping[str, tuple[tuple[int, ...], np.dtype]]], None]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint contains.

    Attributes:
        number: Its number; later ones have larger numbers.
        document: The document of the run, as JSON values.
        tensors: Name -> array.
    """

    number: int
    document: dict[str, Any]
    tensors: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Tensor:
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    crc32: int

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True)
class _Manifest:
    document: dict[str, Any]
    tensors: list[_Tensor]
    size: int
    sha256: str
    finite: bool
    made_folder: bool


class Checkpoints:
    """The checkpoints in a folder.

    Only files that begin as this class writes them are ever replaced or removed, whatever else is in the folder.

    Args:
        folder: The folder; the first `write` creates it.
        keep: The number of checkpoints that are kept.

    Attributes:
        folder: The folder.
        finite: Whether the newest checkpoint, as far as it was read or written by this object, has finite weights; None if there is none.

    >>> import tempfile
    >>> checkpoints = Checkpoints(Path(tempfile.mkdtemp()) / "run")
    >>> checkpoints.load() is None
    True
    >>> checkpoints.write({"epoch": 3}, {"kernel": np.eye(2)})
    >>> checkpoints.load().document
    {'epoch': 3}
    """

    def __init__(self, folder: str | PathLike, keep: int = 2) -> None:
        self.folder, self.keep = Path(folder), keep
        self.finite: bool | None = None
        self._last = 0
        self._damaged: set[int] = set()
        self._made_folder = False

    def numbers(self) -> list[int]:
        """The numbers of the checkpoints, oldest first: of those that have a manifest, damaged or not."""
        return sorted(number for number, kind in self._files() if kind == "json")

    def load(self, check: Check = lambda document, specs: None) -> Checkpoint | None:
        """The newest checkpoint that is not damaged; None if there is none at all.

        Where a newer one is damaged, a warning says which part of it is.

        Args:
            check: A function that is called with the document, and with name -> (shape, dtype) of the tensors, before any tensor is read.
                What it raises is raised.

        Raises:
            LoadError: All of them are damaged.
        """
        damage: list[LoadError] = []
        for number in reversed(self.numbers()):
            try:
                manifest = self._manifest(number)
            except LoadError as error:
                damage.append(error)
                self._damaged.add(number)
                continue
            check(manifest.document, {tensor.name: (tensor.shape, tensor.dtype) for tensor in manifest.tensors})
            try:
                tensors = self._tensors(number, manifest)
            except LoadError as error:
                damage.append(error)
                self._damaged.add(number)
                continue
            if damage:
                listed = "; ".join(_in_words(error) for error in damage)
                warn(f"DAMAGED CHECKPOINT in {self.folder}: {listed}. Going back to the one before, {self._path(number, 'json').name}")
            self._last, self.finite, self._made_folder = number, manifest.finite, manifest.made_folder
            return Checkpoint(number, manifest.document, tensors)
        if damage:
            listed = "; ".join(_in_words(error) for error in damage)
            raise LoadError(self.folder, damage[0].member, f"no checkpoint is left that is not damaged: {listed}", "an undamaged one", _FIX)
        return None

    def write(self, document: Mapping[str, Any], tensors: Mapping[str, np.ndarray], finite: bool = True) -> None:
        """Write a checkpoint, then remove all but the last `keep`.

        Args:
            document: JSON values.
            tensors: Name -> array.
            finite: Whether its weights are finite, to be remembered.

        Raises:
            SaveError: The operating system refuses. The earlier checkpoints are unchanged.
        """
        self._prepare()
        number = self._free_number()
        # The order in which `safetensors.write` writes them.
        order = sorted(tensors, key=lambda name: -tensors[name].dtype.itemsize)
        listed = [
            {
                "name": name,
                "dtype": tensors[name].dtype.name,
                "shape": list(tensors[name].shape),
                "crc32": zlib.crc32(content(name, as_lazy(name, tensors[name]))),
            }
            for name in order
        ]
        with atomic_file(self._path(number, "safetensors")) as file:
            hashed = _HashedFile(file)
            safetensors.write(hashed, {name: tensors[name] for name in order}, {"format": FORMAT})
        manifest = {
            "format": FORMAT,
            "finite": finite,
            "made_folder": self._made_folder,
            "size": hashed.size,
            "file_sha256": hashed.sha256.hexdigest(),
            "document": document,
            "tensors": listed,
        }
        text = b'", ' + json.dumps(manifest, ensure_ascii=False, allow_nan=False).encode()[1:] + b"\n"
        with atomic_file(self._path(number, "json")) as file:
            file.write(b'{"sha256": "' + hashlib.sha256(text).hexdigest().encode() + text)
        self._last, self.finite = number, finite
        self._damaged.discard(number)
        good = [old for old in self.numbers() if old not in self._damaged]
        for old in (*good[: -self.keep], *self._damaged):
            self._remove_one(old)

    def clean(self) -> None:
        """Remove what killed processes left behind: temporary files, and tensors without a manifest."""
        if not self.folder.is_dir():
            return
        with contextlib.suppress(OSError):
            remove_orphans(self.folder, _NAMES.replace("(", "(?:"))
            finished = set(self.numbers())
            for number, kind in self._files():
                if kind == "safetensors" and number not in finished:
                    self._unlink(number, kind)

    def remove(self) -> None:
        """Remove all checkpoints, and the folder if this class created it and nothing else is in it."""
        for number in self.numbers():
            self._remove_one(number)
        if self._made_folder:
            with contextlib.suppress(OSError):
                self.folder.rmdir()  # fails unless it is empty

    # ---- files

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"glassworks-{number:06d}.{kind}"

    def _files(self) -> list[tuple[int, str]]:
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LoadError(self.folder, "", error.strerror or str(error), "a folder that can be read") from error
        matches = [match for match in map(re.compile(_NAMES).fullmatch, names) if match]
        return [(int(match[1]), match[2]) for match in matches if match.string == self._path(int(match[1]), match[2]).name]

    def _prepare(self) -> None:
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True)
                self._made_folder = True
        except OSError as error:
            raise save_error(self.folder, error) from error

    def _free_number(self) -> int:
        """The number after that of the last good checkpoint; a damaged one of this number is replaced, a file of somebody else's is not."""
        number = self._last + 1 if self._last else max(self.numbers(), default=0) + 1
        while not all(self._is_ours(number, kind) for kind in _STARTS):
            number += 1
        return number

    def _is_ours(self, number: int, kind: str) -> bool:
        """Whether a file may be replaced or removed: it begins as ours do, or there is none."""
        try:
            with open_regular(self._path(number, kind), follow=False) as file:
                return bool(_STARTS[kind].match(file.read(200)))
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def _remove_one(self, number: int) -> None:
        # The manifest first: tensors without a manifest are not a checkpoint.
        if self._unlink(number, "json"):
            self._unlink(number, "safetensors")

    def _unlink(self, number: int, kind: str) -> bool:
        if self._is_ours(number, kind):
            with contextlib.suppress(OSError):
                self._path(number, kind).unlink(missing_ok=True)
                return True
        return False

    # ---- reading

    def _manifest(self, number: int) -> _Manifest:
        path = self._path(number, "json")
        with _reading(path) as file:
            data = file.read(bounded_json.MOST_BYTES + 1)
        start = _MANIFEST_START.match(data)
        if not start or hashlib.sha256(data[_HASHED_FROM:]).hexdigest().encode() != start[1]:
            raise LoadError(path, "manifest", f"its checksum does not match its {len(data):,} bytes", "an undamaged manifest", _FIX)
        return _parse(path, bounded_json.parse(data, path, "manifest"))

    def _tensors(self, number: int, manifest: _Manifest) -> dict[str, np.ndarray]:
        path = self._path(number, "safetensors")
        with _reading(path) as file:
            size, start = os.fstat(file.fileno()).st_size, manifest.size - sum(tensor.nbytes for tensor in manifest.tensors)
            if size != manifest.size:
                end, place = start, "header"
                for tensor in manifest.tensors:
                    if size >= end:
                        place = tensor.name
                    end += tensor.nbytes
                raise LoadError(path, place, f"the file has {size:,} bytes", f"{manifest.size:,} bytes", _FIX)
            check_budget(path, [Entry(tensor.shape, tensor.dtype, lambda array: None) for tensor in manifest.tensors], None)
            hashed = hashlib.sha256(file.read(start))
            result, damaged = {}, ""
            for tensor in manifest.tensors:
                array = result[tensor.name] = np.empty(tensor.shape, tensor.dtype)
                memory = as_bytes(array)
                if read_into(file, memory) < len(memory) or zlib.crc32(memory) != tensor.crc32:
                    damaged = damaged or tensor.name
                hashed.update(memory)
                if not damaged:
                    check_booleans(path, tensor.name, array)
        if damaged or hashed.hexdigest() != manifest.sha256:
            raise LoadError(path, damaged or "header", "its checksum does not match", "undamaged numbers", _FIX)
        return result


class _HashedFile:
    """A file that is written from start to end, whose size and SHA-256 are computed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Write bytes."""
        self.sha256.update(data)
        self.size += len(data)
        return self._file.write(data)


def _parse(path: Path, value: object) -> _Manifest:
    """A manifest whose every entry is checked: its checksum says only that it is as it was written, not by whom."""

    def refuse(member: str) -> NoReturn:
        raise LoadError(path, member, "another form than checkpoints have", "a manifest that this version writes", _FIX)

    def entry(holder: object, name: str, kind: type) -> Any:
        if not isinstance(holder, dict) or type(holder.get(name)) is not kind:
            refuse(name)
        return holder[name]

    tensors = []
    for listed in entry(value, "tensors", list):
        name, dtype, shape = entry(listed, "name", str), entry(listed, "dtype", str), entry(listed, "shape", list)
        check_name(path, name)
        if dtype not in DTYPES or not all(type(size) is int and 0 <= size < 1 << 63 for size in shape):
            refuse(name)
        check_shape(path, name, tuple(shape), DTYPES[dtype])
        tensors.append(_Tensor(name, tuple(shape), DTYPES[dtype], entry(listed, "crc32", int)))
    size = entry(value, "size", int)
    if len({tensor.name for tensor in tensors}) < len(tensors) or not sum(tensor.nbytes for tensor in tensors) <= size:
        refuse("tensors")
    return _Manifest(
        entry(value, "document", dict),
        tensors,
        size,
        entry(value, "file_sha256", str),
        entry(value, "finite", bool),
        entry(value, "made_folder", bool),
    )


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with open_regular(path, follow=False) as file:
            yield file
    except GlassworksError:
        raise
    except OSError as error:
        raise LoadError(path, "", error.strerror or str(error), "a file that can be read", _FIX) from error


def _in_words(error: LoadError) -> str:
    return f"{os.path.basename(error.file)}: {error.found}"
