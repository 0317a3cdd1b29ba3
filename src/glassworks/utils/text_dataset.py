"""`text_dataset_from_directory`: text files in folders."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from glassworks.arguments import Integer, Optional, check
from glassworks.errors import DataError
from glassworks.utils.directories import FORMAT, Choice, Loader, datasets

_WHERE = "utils.text_dataset_from_directory"


def text_dataset_from_directory(
    directory: str | PathLike,
    labels: Sequence[int] | str | None = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A data set of the `.txt` files in a folder, each a text in UTF-8.

    Args:
        directory: The folder, with a subfolder per class unless labels are given.
        labels: "inferred" from the subfolders, None, or a list with one label per file in the order of the sorted names.
        label_mode: "int", "categorical" (one-hot), "binary" (0.0 or 1.0), or None for no labels.
        class_names: The subfolders to use, in this order.
        batch_size: Texts in a batch; None for single ones.
        max_length: Characters kept of a text; all if None.
        shuffle: Draw a new order each epoch; otherwise they come sorted by name.
        seed: Makes the order and the split repeat.
        validation_split: The fraction to validate on.
        subset: "training", "validation", or "both" for a list of the two.
        follow_links: Go into folders that are links.
        format: "tf" or "grain"; both give the same data set of Glassworks.
        verbose: Print how many files were found.

    Returns:
        A `Dataset` of arrays of Python strings, with labels; it has `class_names` and `file_paths`. A file that is not
        in UTF-8 is an error that names it, when its batch is loaded.

    Raises:
        ArgumentError: Arguments that are wrong or do not fit each other.
        DataError: No such folder, no classes or files, or labels that do not fit them.

    >>> folder = getfixture("tmp_path")
    >>> for name in ("bad", "good"):
    ...     (folder / name).mkdir()
    ...     _ = (folder / name / "1.txt").write_text(f"a {name} film")
    >>> dataset = text_dataset_from_directory(folder, shuffle=False, verbose=False)
    >>> [(x.tolist(), y.tolist()) for x, y in dataset]
    [(['a bad film', 'a good film'], [0, 1])]
    """
    choice = Choice(_WHERE, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose)
    check(_WHERE, {"format": FORMAT, "max_length": Optional(Integer(minimum=1))}, format=format, max_length=max_length)

    def load(path: str) -> str:
        return _read(path)[:max_length]

    return datasets(Loader("text", (".txt",), load), directory, choice)


def _read(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"{path!r} is not in UTF-8: byte {error.object[error.start]:#04x} at offset {error.start}"
        fix = "save it in UTF-8: Path(path).write_text(Path(path).read_text(encoding='latin-1'), encoding='utf-8')"
        raise DataError(found, "text in UTF-8", fix, where=_WHERE) from error
    except OSError as error:
        raise DataError(f"{path!r} cannot be read: {error.strerror}", "a text file", "check the file", where=_WHERE) from error
