"""Files of data sets: downloaded once, checked, kept in Keras's cache folder."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import numpy as np

from glassworks.errors import DataError

STORAGE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
CHUNK = 1 << 20


def cache_folder(cache_dir: str | None = None) -> Path:
    """`~/.keras`, or what the environment variable KERAS_HOME says: the folder that Keras uses too."""
    return Path(cache_dir or os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file in the cache, downloaded if it is not there.

    Args:
        fname: Its name in the cache; by default the last part of `origin`. With `extract`, the folder to unpack into.
        origin: Where to get it.
        file_hash: Its SHA-256 (or MD5, by its length); a file that does not match is not used.
        cache_subdir: The folder within the cache.
        extract: Unpack an archive; the path is then that of the folder.
        cache_dir: The cache; `~/.keras` or KERAS_HOME by default.
        force_download: Download even if it is there.

    Raises:
        DataError: It cannot be downloaded (the message says where to put it by hand), or it is damaged.
    """
    if origin is None:
        raise DataError("origin=None", "the address of the file", "pass origin='https://...'", where="get_file")
    folder = cache_folder(cache_dir) / cache_subdir
    wanted = file_hash or md5_hash
    name = fname or origin.rsplit("/", 1)[-1]
    target = folder / name
    unpack = extract or untar
    archive = folder / origin.rsplit("/", 1)[-1] if unpack else target
    if unpack and target.is_dir() and not force_download:
        return str(target)
    if force_download or not archive.exists() or not _matches(archive, wanted):
        _download(origin, archive, wanted)
    if unpack:
        _extract(archive, target)
    return str(target)


def _matches(path: Path, wanted: str | None) -> bool:
    if wanted is None:
        return True
    digest = hashlib.md5(usedforsecurity=False) if len(wanted) == 32 else hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == wanted


def _download(origin: str, target: Path, wanted: str | None) -> None:
    """To a temporary file beside the target, checked, then renamed: a broken download leaves nothing behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    os.close(handle)
    try:
        print(f"Downloading {origin}")
        try:
            with urllib.request.urlopen(origin, timeout=30) as response, open(temporary, "wb") as file:
                while chunk := response.read(CHUNK):
                    file.write(chunk)
        except (urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise DataError(
                f"{target.name} is not in the cache, and cannot be downloaded: {reason}",
                f"the file {target}",
                f"on a machine with internet download {origin} and put it there (or set KERAS_HOME to a folder that has it)",
                where="get_file",
            ) from error
        if not _matches(Path(temporary), wanted):
            raise DataError(
                f"{origin} with another checksum",
                f"SHA-256 {wanted}",
                "the file is damaged or has been changed: try again, or get it from another source",
                where="get_file",
            )
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _extract(archive: Path, target: Path) -> None:
    """Unpack into a folder; nothing is written outside it."""
    target.mkdir(parents=True, exist_ok=True)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            root = target.resolve()
            if any(not (target / name).resolve().is_relative_to(root) for name in zipped.namelist()):
                raise DataError(
                    f"{archive.name} with a path outside its folder",
                    "an archive that stays inside",
                    "do not use this file",
                    where="get_file",
                )
            zipped.extractall(target)
    else:
        with tarfile.open(archive) as tarred:
            tarred.extractall(target, filter="data")


def load_npz(path: str | os.PathLike, what: str = "load_npz") -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """`(x_train, y_train), (x_test, y_test)` from an `.npz` file in Keras's layout.

    Args:
        path: A file with the arrays x_train, y_train, x_test and y_test.

    Raises:
        DataError: There is no such file, it is no `.npz`, an array is missing, pickled, or of another length.
    """
    where = f"datasets.{what}('{path}')"
    if not os.path.exists(path):
        raise DataError(f"no file {str(path)!r}", "an .npz file", "check the path", where=where)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, zipfile.BadZipFile, EOFError, AttributeError) as error:
        raise DataError(
            f"{str(path)!r} cannot be read: {error}",
            "an .npz file of plain arrays",
            "write it with np.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)",
            where=where,
        ) from error
    missing = [name for name in ("x_train", "y_train", "x_test", "y_test") if name not in arrays]
    if missing:
        raise DataError(f"arrays {sorted(arrays)}", "x_train, y_train, x_test and y_test", f"add {', '.join(missing)}", where=where)
    for part in ("train", "test"):
        lengths = len(arrays[f"x_{part}"]), len(arrays[f"y_{part}"])
        if lengths[0] != lengths[1] or not lengths[0]:
            raise DataError(
                f"{lengths[0]} entries in x_{part} and {lengths[1]} in y_{part}",
                "one label per sample, and at least one",
                "check how the file was written",
                where=where,
            )
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
