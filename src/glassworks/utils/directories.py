"""Folders of files with one subfolder per class: the choice of files, their labels, and the split.

Order, shuffling and splits are Keras's, so that both see the same files in the same order.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from glassworks.arguments import FLAG, Integer, Number, OneOf, Optional, check
from glassworks.errors import ArgumentError, DataError, suggest, warn
from glassworks.training.data.dataset import Dataset, loaded
from glassworks.training.data.elements import stack
from glassworks.training.progress import say

FORMAT = OneOf("tf", "grain")
_ARGUMENTS = {
    "label_mode": OneOf("int", "categorical", "binary", None),
    "batch_size": Optional(Integer(minimum=1)),
    "seed": Optional(Integer(0, 2**32 - 1)),
    "validation_split": Optional(Number(0, 1, closed="left")),
    "subset": OneOf("training", "validation", "both", None),
    "shuffle": FLAG,
    "follow_links": FLAG,
}


@dataclass
class Choice:
    """The choice of files for a data set: the arguments that Keras's functions share.

    Attributes:
        where: The caller's name, for errors.
    """

    where: str
    labels: Sequence[int] | str | None
    label_mode: str | None
    class_names: list[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.labels is None or self.label_mode is None:
            self.labels = self.label_mode = None
        check(self.where, _ARGUMENTS, **{name: getattr(self, name) for name in _ARGUMENTS})
        _check_together(self)


class Files(NamedTuple):
    """File names, their labels, and the names of the classes; the latter two may be None."""

    paths: list[str]
    labels: list[int] | None
    class_names: list[str] | None


class Loader(NamedTuple):
    """The functions that read a kind of file.

    Attributes:
        what: The kind in words: "image".
        formats: Endings of the names, in small letters.
        load: A sample from a file name.
        collate: A batch of samples.
        chunk: Samples loaded at once where no batches are asked for.
    """

    what: str
    formats: tuple[str, ...]
    load: Callable[[str], Any]
    collate: Callable[[list[Any]], Any] = stack
    chunk: int = 8


def datasets(loader: Loader, directory: str | PathLike, choice: Choice) -> Any:
    """The data set of a folder, or those for training and validation with subset="both".

    Args:
        loader: How its files are read.
        directory: The folder.
        choice: Which of them, and how.

    Raises:
        ArgumentError: Arguments that are wrong or do not fit each other.
        DataError: No such folder, no classes, no files, or labels that do not fit them.
    """
    where = choice.where
    seed = int(np.random.randint(10**6)) if choice.seed is None else choice.seed
    files = list_files(loader, directory, choice)
    if choice.label_mode == "binary" and len(files.class_names or ()) != 2:
        found = f"label_mode='binary' with {len(files.class_names or ())} classes: {files.class_names}"
        raise ArgumentError(found, "2 classes", "pass label_mode='int' or 'categorical' for more", where=where)
    if not choice.validation_split:
        return _dataset(loader, files, slice(None), choice, seed, choice.shuffle)
    at = _split(where, len(files.paths), choice.validation_split)
    made: list[Dataset] = []
    for name, part in (("training", slice(0, at)), ("validation", slice(at, None))):
        if choice.subset in (name, "both"):
            if choice.verbose:
                say(f"Using {len(files.paths[part])} files for {name}.")
            # As in Keras, files to validate on keep their order where both parts are asked for.
            made.append(_dataset(loader, files, part, choice, seed, choice.shuffle and not (name == "validation" and len(made))))
    return made if choice.subset == "both" else made[0]


def _check_together(choice: Choice) -> None:
    where, labels, split, subset = choice.where, choice.labels, choice.validation_split, choice.subset
    if isinstance(labels, str) and labels != "inferred":
        raise ArgumentError(f"labels={labels!r}", "'inferred', None or a list", suggest(labels, ["inferred"]), where=where)
    if not isinstance(labels, (str, list, tuple, type(None))):
        raise ArgumentError(f"labels of type {type(labels).__name__}", "a list of integers", "pass list(labels)", where=where)
    if isinstance(labels, (list, tuple)):
        _check_labels(where, labels, choice.label_mode)
    if labels != "inferred" and choice.class_names:
        fix = "leave class_names out, or pass labels='inferred' to take the labels from the folders"
        raise ArgumentError(f"class_names with labels={_short(labels)}", "class_names with labels='inferred' only", fix, where=where)
    if bool(split) != bool(subset):
        given, missing = ("validation_split", "subset") if split else ("subset", "validation_split")
        example = "subset='training'" if split else "validation_split=0.2"
        fix = f"pass {example} too, or neither"
        raise ArgumentError(f"{given}={split or subset!r} without {missing}", "both or neither", fix, where=where)
    if split and choice.shuffle and choice.seed is None:
        fix = "pass the same seed=... for both parts; without it files would be in both"
        raise ArgumentError("validation_split with shuffle=True, and no seed", "a seed", fix, where=where)


def _check_labels(where: str, labels: Any, label_mode: str | None) -> None:
    odd = next((label for label in labels if isinstance(label, bool) or not isinstance(label, (int, np.integer))), None)
    if odd is not None:
        fix = "number the classes from 0: classes, numbers = np.unique(labels, return_inverse=True); labels=numbers.tolist()"
        raise DataError(f"the label {odd!r}", "integers as labels", fix, where=where)
    classes = len(set(labels))
    outside = sorted({label for label in labels if not 0 <= label < classes})
    if outside and label_mode != "int":
        found = f"labels {', '.join(map(str, outside[:5]))} with label_mode={label_mode!r} and {classes} classes"
        fix = "number the classes from 0, without gaps, or pass label_mode='int'"
        raise DataError(found, f"labels 0 to {classes - 1}", fix, where=where)


def _short(labels: Sequence[int] | str | None) -> str:
    return "None" if labels is None else f"a list of {len(labels)}"


def list_files(loader: Loader, directory: str | PathLike, choice: Choice) -> Files:
    """All files with their labels, class by class and sorted by name.

    Hidden files and folders, which begin with a dot, are left out.
    """
    where, directory, labels = choice.where, os.fspath(directory), choice.labels
    if isinstance(directory, bytes):
        directory = os.fsdecode(directory)
    inside = _entries(where, directory)
    folders = _classes(where, loader, directory, inside, choice.class_names) if labels == "inferred" else [""]
    paths: list[str] = []
    numbers: list[int] = []
    for number, folder in enumerate(folders):
        found = list(_walk(where, os.path.join(directory, folder), choice.follow_links, loader.formats))
        paths += found
        numbers += [number] * len(found)
    if not paths:
        found_text = f"no {loader.what} files in {directory!r}{_others(where, directory)}"
        expected = f"files that end in {', '.join(loader.formats)}"
        raise DataError(found_text, expected, "check the path, or convert the files to one of these formats", where=where)
    empty = [folder for number, folder in enumerate(folders) if number not in numbers]
    if empty:
        text = f"without {loader.what} files ({', '.join(loader.formats)}) in {directory!r}: {', '.join(map(repr, empty))}"
        warn(f"classes {text}. The model cannot learn them")
    classes: list[str] | None = folders
    if labels is None:
        classes = None
    elif not isinstance(labels, str):
        if len(labels) != len(paths):
            found_text = f"{len(labels)} labels for {len(paths)} {loader.what} files in {directory!r}"
            fix = "one label per file, in the order of the sorted file names"
            raise DataError(found_text, "as many labels as files", fix, where=where)
        numbers, classes = list(labels), [str(label) for label in sorted(set(labels))]
    if choice.verbose:
        say(f"Found {len(paths)} files" + ("." if classes is None else f" belonging to {len(classes)} classes."))
    return Files(paths, None if labels is None else numbers, classes)


def _others(where: str, directory: str) -> str:
    """A description of the files that the folder has instead."""
    endings = Counter(os.path.splitext(path)[1].lower() or "no ending" for path in _walk(where, directory, False, ("",)))
    return f"; it has {', '.join(f'{count} of {ending}' for ending, count in endings.most_common(3))}" if endings else ""


def _entries(where: str, directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError as error:
        fix = f"check the path; it is looked for in {os.getcwd()}" if not os.path.isabs(directory) else "check the path"
        raise DataError(f"no folder {directory!r}", "a folder", fix, where=where) from error
    except OSError as error:
        fix = "pass a folder that you may read"
        raise DataError(f"{directory!r} cannot be listed: {error.strerror}", "a folder", fix, where=where) from error


def _classes(where: str, loader: Loader, directory: str, inside: list[str], class_names: Sequence[str] | None) -> list[str]:
    """The subfolders, one per class, in the order of `class_names` where that is given."""
    folders = [name for name in inside if not name.startswith(".") and os.path.isdir(os.path.join(directory, name))]
    if class_names is not None:
        missing = [name for name in class_names if name not in folders]
        if missing:
            found = f"class_names {', '.join(map(repr, missing))} without a folder in {directory!r}"
            raise ArgumentError(found, "names of subfolders", suggest(str(missing[0]), folders), where=where)
        twice = sorted({name for name in class_names if list(class_names).count(name) > 1})
        if twice:
            raise ArgumentError(f"class_names with {twice[0]!r} more than once", "each class once", "leave it out", where=where)
        return list(class_names)
    if not folders:
        files = sum(name.lower().endswith(loader.formats) for name in inside)
        fix = "make one folder per class and move the files there; or pass labels=None, or labels=[...] with one per file"
        raise DataError(f"{directory!r} has {files} {loader.what} files and no subfolders", "a subfolder per class", fix, where=where)
    return folders


def _walk(where: str, directory: str, follow_links: bool, formats: tuple[str, ...]) -> Iterator[str]:
    """Files below a folder with one of the endings, sorted as Keras sorts them."""
    found: list[tuple[str, list[str]]] = []
    left_out: list[str] = []
    seen = {os.path.realpath(directory)}
    pending = [directory]
    while pending:
        root = pending.pop()
        folders, files = _listed(where, root)
        walked = (entry.path for entry in folders if follow_links or not entry.is_symlink())
        pending += [path for path in walked if _is_new(path, seen)][::-1]
        named = [entry for entry in files if entry.name.lower().endswith(formats)]
        # Reading a pipe or a device would wait for ever.
        left_out += [entry.path for entry in named if _is_special(entry)]
        found.append((root, sorted(entry.name for entry in named if not _is_special(entry))))
    if left_out:
        text = f"{len(left_out)} entries below {directory!r} are pipes or devices and were left out (the first is {min(left_out)!r})"
        warn(text)
    for root, names in sorted(found):
        yield from (os.path.join(root, name) for name in names)


def _listed(where: str, folder: str) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """The folders and the other entries of a folder, without hidden ones. The system says with each name what kind of entry it is."""
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        fix = "give yourself the right to read it, or move it out of the folder"
        raise DataError(f"{folder!r} cannot be listed: {error.strerror}", "folders that can be read", fix, where=where) from error
    folders = [entry for entry in shown if _is_folder(entry)]
    return folders, [entry for entry in shown if not _is_folder(entry)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_new(folder: str, seen: set[str]) -> bool:
    """Whether to walk a folder: a second link to the same folder may be a cycle."""
    if not os.path.islink(folder):
        return True
    target = os.path.realpath(folder)
    if target in seen:
        return False
    seen.add(target)
    return True


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Whether reading could block: pipes, sockets, devices."""
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        return not stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return False  # loading the file says what is wrong with it


def shuffled(count: int, seed: int) -> np.ndarray:
    """The order of files that Keras gives for a seed."""
    order = np.arange(count)
    np.random.RandomState(seed).shuffle(order)
    return order


def _split(where: str, count: int, validation_split: float) -> int:
    """The number of files to train on; the last ones are for validation."""
    at = count - int(validation_split * count)
    if at in (0, count):
        found = f"{count} files with validation_split={validation_split}: {at} to train on, {count - at} to validate on"
        raise DataError(found, "at least one file in each part", "add files, or pass another fraction", where=where)
    return at


def _dataset(loader: Loader, files: Files, part: slice, choice: Choice, seed: int, shuffle: bool) -> Dataset:
    """The data set of a part of the files, in their order after the first shuffle."""
    labels = (
        None
        if files.labels is None or choice.label_mode is None
        else encoded(files.labels, choice.label_mode, len(files.class_names or ()))
    )

    def arrange(seed: int) -> np.ndarray:
        count = len(files.paths)
        return (shuffled(count, seed) if choice.shuffle else np.arange(count))[part]

    def load(numbers: np.ndarray) -> Any:
        samples = loader.collate([loader.load(files.paths[number]) for number in numbers])
        return samples if labels is None else (samples, labels[numbers])

    paths = [files.paths[number] for number in arrange(seed)]
    return loaded(
        load,
        len(paths),
        choice.batch_size,
        shuffle=shuffle,
        seed=seed,
        arrange=arrange,
        chunk=loader.chunk,
        class_names=files.class_names,
        file_paths=paths,
    )


def encoded(labels: list[int], label_mode: str, classes: int) -> np.ndarray:
    """Labels as "int" (int32), "binary" (float32 in a column) or "categorical" (one-hot, float32).

    >>> encoded([0, 1], "binary", 2).tolist(), encoded([0, 1], "categorical", 2).tolist()
    ([[0.0], [1.0]], [[1.0, 0.0], [0.0, 1.0]])
    """
    numbers = np.asarray(labels)
    if label_mode == "int":
        return numbers.astype(np.int32)
    if label_mode == "binary":
        return numbers.astype(np.float32)[:, None]
    return (numbers[:, None] == np.arange(classes)).astype(np.float32)
