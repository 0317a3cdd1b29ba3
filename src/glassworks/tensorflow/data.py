"""`tf.data`: `Dataset`, and functions that make one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from glassworks import tensorflow_names
from glassworks.training.data.dataset import AUTOTUNE as AUTOTUNE
from glassworks.training.data.dataset import Dataset as Dataset

INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


def TextLineDataset(filenames: str | PathLike | Sequence[str | PathLike], **options: object) -> Dataset:
    """The lines of text files.

    >>> path = getfixture("tmp_path") / "lines.txt"
    >>> _ = path.write_text("a\\nb\\n")
    >>> list(TextLineDataset(path))
    ['a', 'b']
    """
    paths = [filenames] if isinstance(filenames, (str, PathLike)) else list(filenames)

    def lines(look: bool) -> Iterator[str]:
        for path in paths:
            with Path(path).open(encoding="utf-8") as file:
                for line in file:
                    yield line.rstrip("\r\n")

    return Dataset(lines)


class Options:
    """Options of a pipeline, which are accepted and ignored.

    >>> options = Options()
    >>> options.deterministic = False
    """

    deterministic: bool | None = None


experimental = SimpleNamespace(
    AUTOTUNE=AUTOTUNE,
    INFINITE_CARDINALITY=INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY=UNKNOWN_CARDINALITY,
    cardinality=lambda dataset: dataset.cardinality(),
)
"""Older places of names."""

if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("data")
