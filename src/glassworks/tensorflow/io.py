"""`tf.io`: bytes of files, and pictures in them."""

from __future__ import annotations

import glob
import os
import shutil
from os import PathLike
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from glassworks import tensorflow_names
from glassworks.tensorflow.image import decode_bmp as decode_bmp
from glassworks.tensorflow.image import decode_gif as decode_gif
from glassworks.tensorflow.image import decode_image as decode_image
from glassworks.tensorflow.image import decode_jpeg as decode_jpeg
from glassworks.tensorflow.image import decode_png as decode_png
from glassworks.tensorflow.image import encode_jpeg as encode_jpeg
from glassworks.tensorflow.image import encode_png as encode_png


def read_file(filename: str | bytes | PathLike, name: str | None = None) -> bytes:
    """The bytes of a file.

    >>> path = getfixture("tmp_path") / "text"
    >>> write_file(path, "abc")
    >>> read_file(path)
    b'abc'
    """
    return Path(os.fsdecode(filename)).read_bytes()


def write_file(filename: str | PathLike, contents: str | bytes, name: str | None = None) -> None:
    """Write the bytes of a file.

    >>> write_file(getfixture("tmp_path") / "text", b"abc")
    """
    Path(filename).write_bytes(contents.encode() if isinstance(contents, str) else contents)


def makedirs(path: str | PathLike) -> None:
    """Make a folder and those above it, if they do not exist.

    >>> makedirs(getfixture("tmp_path") / "a" / "b")
    """
    os.makedirs(path, exist_ok=True)


gfile = SimpleNamespace(
    GFile=open,
    copy=shutil.copy,
    exists=os.path.exists,
    glob=glob.glob,
    isdir=os.path.isdir,
    join=os.path.join,
    listdir=os.listdir,
    makedirs=makedirs,
    mkdir=os.mkdir,
    remove=os.remove,
    rmtree=shutil.rmtree,
    walk=os.walk,
)
"""Functions of files and folders, which Python's `os`, `glob` and `shutil` have as well."""

if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("io")
