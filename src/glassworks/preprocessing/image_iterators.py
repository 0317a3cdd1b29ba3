"""The batches of `ImageDataGenerator`: pictures in an array, in folders, or in files that a table names."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from collections.abc import Iterator as Iterates
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from glassworks import dtypes, settings
from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentError, ArgumentTypeError, DataError, IndexRangeError, ShapeError, warn
from glassworks.training.data.py_dataset import PyDataset
from glassworks.typing import ArrayLike, DTypeLike, Structure
from glassworks.utils.images import MODES, array_to_img, img_to_array, load_img

if TYPE_CHECKING:
    from pandas import DataFrame

    from glassworks.preprocessing.image_generator import ImageDataGenerator

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_SUBSETS = OneOf("training", "validation", None)
Entries = TypeVar("Entries", "list[str]", "DataFrame")


class Iterator(PyDataset):
    """Batches of pictures by number, and without end by `next`. A subclass defines `_get_batches_of_transformed_samples`.

    Args:
        n: The number of pictures.
        batch_size: Pictures in a batch.
        shuffle: Whether each pass has a new order.
        seed: A seed for NumPy's generator, before each batch.
        **kwargs: For `PyDataset`.
    """

    white_list_formats = tuple(suffix[1:] for suffix in SUFFIXES)

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index, self.total_batches_seen = 0, 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None

    def _set_index_array(self) -> np.ndarray:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)
        return self.index_array

    def _begin_batch(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx: int) -> Structure:
        if idx >= len(self):
            raise IndexRangeError(f"batch {idx}", f"one from 0 to {len(self) - 1}", where=f"{type(self).__name__}[...]")
        self._begin_batch()
        order = self._set_index_array() if self.index_array is None else self.index_array
        return self._get_batches_of_transformed_samples(order[self.batch_size * idx : self.batch_size * (idx + 1)])

    def on_epoch_end(self) -> None:
        """Draw the order of the next pass."""
        self._set_index_array()

    def reset(self) -> None:
        """Begin again with the first batch."""
        self.batch_index = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Structure:
        """The next batch; a new pass begins after the last one."""
        with self.lock:
            self._begin_batch()
            order = self._set_index_array() if self.batch_index == 0 or self.index_array is None else self.index_array
            start = self.batch_index * self.batch_size
            self.batch_index = self.batch_index + 1 if start + self.batch_size < self.n else 0
        return self._get_batches_of_transformed_samples(order[start : start + self.batch_size])

    next = __next__

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Structure:
        raise NotImplementedError(f"{type(self).__name__} does not define _get_batches_of_transformed_samples(self, index_array)")


class NumpyArrayIterator(Iterator):
    """Batches of pictures in an array, changed at random; `ImageDataGenerator.flow` makes it.

    Args:
        x: A batch of pictures; or a pair of it and of another array, or a list of arrays, that are divided likewise.
        y: Their targets.
        image_data_generator: What changes them.
        batch_size: Pictures in a batch.
        shuffle: Whether each pass has a new order.
        sample_weight: A weight for each picture.
        seed: A seed for NumPy's generator.
        data_format: "channels_last" or "channels_first".
        save_to_dir, save_prefix, save_format: A folder to write the changed pictures to, and how.
        subset: "training" or "validation", of the generator's `validation_split`; all if None.
        ignore_class_split: Whether the two subsets may hold different classes.
        dtype: The dtype of the pictures.

    Raises:
        ShapeError: The lengths differ, or x is not a batch of pictures.
        DataError: The subsets hold different classes.
    """

    def __init__(
        self,
        x: Structure,
        y: ArrayLike | None,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: DTypeLike = None,
    ) -> None:
        check("image.NumpyArrayIterator", {"subset": _SUBSETS}, subset=subset)
        pictures, others = (x[0], x[1] if isinstance(x[1], list) else [x[1]]) if isinstance(x, (tuple, list)) else (x, [])
        pictures, self.x_misc = np.asarray(pictures), [np.asarray(other) for other in others]
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        for name, part in (("x[1]", self.x_misc[0] if self.x_misc else None), ("y", self.y), ("sample_weight", self.sample_weight)):
            if part is not None and len(part) != len(pictures):
                lengths = f"x has {len(pictures)} pictures, {name} has {len(part)} entries"
                raise ShapeError(lengths, "the same length", "pass one entry for each picture", where="image.NumpyArrayIterator")
        if subset is not None:
            pictures = self._cut(pictures, int(len(pictures) * image_data_generator.validation_split), subset, ignore_class_split)
        self.dtype = dtypes.standardize(dtype)
        self.x = np.asarray(pictures, dtypes.numpy_dtype(self.dtype))
        self.data_format = data_format or settings.image_data_format()
        if self.x.ndim != 4:
            raise ShapeError(
                f"shape {self.x.shape}", "a batch of pictures: four axes", "pass x[None] for one", where="image.NumpyArrayIterator"
            )
        channels = self.x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in (1, 3, 4):
            warn(f"pictures of shape {self.x.shape} have {channels} channels in data_format={self.data_format!r}; 1, 3 or 4 are usual")
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _cut(self, pictures: np.ndarray, split: int, subset: str, ignore_class_split: bool) -> np.ndarray:
        """The pictures of a subset; the targets, and the arrays beside them, are cut likewise."""
        if self.y is not None and not ignore_class_split and not np.array_equal(np.unique(self.y[:split]), np.unique(self.y[split:])):
            fix = "shuffle x and y together first; or pass ignore_class_split=True"
            found = "training and validation pictures of different classes"
            raise DataError(found, "all classes in both", fix, where="ImageDataGenerator.flow")
        part = slice(0, split) if subset == "validation" else slice(split, None)
        self.x_misc = [other[part] for other in self.x_misc]
        self.y = None if self.y is None else self.y[part]
        return pictures[part]

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Structure:
        batch = np.stack([_changed(self.image_data_generator, self.x[number].copy()) for number in index_array])
        batch = batch.astype(self.x.dtype, copy=False)
        _save(self, batch, index_array)
        others = [other[index_array] for other in self.x_misc]
        inputs = [batch, *others] if others else batch
        if self.y is None:
            return inputs
        weights = () if self.sample_weight is None else (self.sample_weight[index_array],)
        return (inputs, self.y[index_array], *weights)


def _changed(generator: ImageDataGenerator | None, picture: np.ndarray) -> np.ndarray:
    if generator is None:
        return picture
    changed = generator.apply_transform(picture, generator.get_random_transform(picture.shape))
    return generator.standardize(changed if changed.flags.writeable else changed.copy())


def _save(iterator: NumpyArrayIterator | FileIterator, batch: np.ndarray, numbers: np.ndarray) -> None:
    """Write the pictures of a batch, if there is a folder for them."""
    if iterator.save_to_dir:
        for picture, number in zip(batch, numbers, strict=True):
            name = f"{iterator.save_prefix}_{number}_{np.random.randint(10_000_000)}.{iterator.save_format}"
            array_to_img(picture, iterator.data_format, scale=True).save(os.path.join(iterator.save_to_dir, name))


class FileIterator(Iterator):
    """Batches of pictures in files, changed at random: the base of `DirectoryIterator` and `DataFrameIterator`.

    Args:
        filepaths: The files.
        image_data_generator: What changes the pictures.
        options: `target_size`, `color_mode`, `data_format`, `save_to_dir`, `save_prefix`, `save_format`, `interpolation`,
            `keep_aspect_ratio` and `dtype` of the subclasses.
        batch_size, shuffle, seed: See `Iterator`.

    Attributes:
        filepaths: The files.
        samples: Their number.
        image_shape: The shape of a picture.
    """

    classes: np.ndarray | list
    class_mode: str | None
    class_indices: dict[str, int]
    labels: np.ndarray | list
    sample_weight: np.ndarray | None = None

    def __init__(
        self,
        filepaths: list[str],
        image_data_generator: ImageDataGenerator | None,
        options: dict[str, Any],
        batch_size: int,
        shuffle: bool,
        seed: int | None,
    ) -> None:
        check("image.FileIterator", {"color_mode": OneOf(*MODES)}, color_mode=options["color_mode"])
        self.filepaths, self.samples = filepaths, len(filepaths)
        self.image_data_generator = image_data_generator
        self.target_size, self.color_mode = tuple(options["target_size"]), options["color_mode"]
        self.data_format = options["data_format"] or settings.image_data_format()
        self.dtype = dtypes.standardize(options["dtype"])
        self.save_to_dir, self.save_prefix, self.save_format = (options[name] for name in ("save_to_dir", "save_prefix", "save_format"))
        self.interpolation, self.keep_aspect_ratio = options["interpolation"], options["keep_aspect_ratio"]
        channels = (_CHANNELS[self.color_mode],)
        self.image_shape = self.target_size + channels if self.data_format == "channels_last" else channels + self.target_size
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Structure:
        batch = np.empty((len(index_array), *self.image_shape), dtypes.numpy_dtype(self.dtype))
        for place, number in enumerate(index_array):
            picture = load_img(self.filepaths[number], self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
            batch[place] = _changed(self.image_data_generator, np.array(img_to_array(picture, self.data_format)))
        _save(self, batch, index_array)
        if self.class_mode is None:
            return batch
        weights = () if self.sample_weight is None else (self.sample_weight[index_array],)
        return (batch, self._targets(batch, index_array), *weights)

    def _targets(self, batch: np.ndarray, numbers: np.ndarray) -> Structure:
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [column[numbers] for column in self.labels]
        if self.class_mode == "raw":
            return self.labels[numbers]
        if self.class_mode != "categorical":
            return np.array([self.classes[number] for number in numbers], batch.dtype)
        targets = np.zeros((len(numbers), len(self.class_indices)), batch.dtype)
        for row, number in zip(targets, numbers, strict=True):
            row[self.classes[number]] = 1
        return targets


class DirectoryIterator(FileIterator):
    """Batches of pictures in folders, one for each class; `ImageDataGenerator.flow_from_directory` makes it.

    Args:
        directory: The folder that holds a folder for each class.
        image_data_generator: What changes the pictures.
        target_size: (height, width) to which they are resized.
        color_mode: "rgb", "rgba" or "grayscale".
        classes: The names of the folders, in the order of their numbers; all, sorted, if None.
        class_mode: The form of the targets: "categorical" (one-hot), "binary" or "sparse" (numbers), "input" (the picture), None.
        batch_size, shuffle, seed: See `Iterator`.
        data_format: "channels_last" or "channels_first".
        save_to_dir, save_prefix, save_format: A folder to write the changed pictures to, and how.
        follow_links: Whether to follow links to folders.
        subset: "training" or "validation", of the generator's `validation_split`; all if None.
        interpolation: See `utils.load_img`.
        keep_aspect_ratio: Whether to cut off what does not fit, instead of distorting.
        dtype: The dtype of the pictures.

    Attributes:
        class_indices: The number of each class.
        classes: The class of each picture.
        filenames: The files, below `directory`.

    Raises:
        DataError: The folder does not exist.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory: str | PathLike[str],
        image_data_generator: ImageDataGenerator,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: DTypeLike = None,
    ) -> None:
        where = "ImageDataGenerator.flow_from_directory"
        check(where, {"class_mode": OneOf(*self.allowed_class_modes), "subset": _SUBSETS}, class_mode=class_mode, subset=subset)
        if not os.path.isdir(directory):
            raise DataError(f"no folder {os.fspath(directory)!r}", "a folder with one folder for each class", "check the path", where=where)
        self.directory, self.class_mode = directory, class_mode
        names = list(classes) if classes else sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        self.class_indices, self.num_classes = {name: number for number, name in enumerate(names)}, len(names)
        self.filenames: list[str] = []
        numbers: list[int] = []
        for number, name in enumerate(names):
            files = _within_subset(list(_files_in(Path(directory) / name, follow_links)), image_data_generator, subset)
            self.filenames += [os.path.relpath(file, directory) for file in files]
            numbers += [number] * len(files)
        self.classes = self.labels = np.array(numbers, "int32")
        _say(f"Found {len(self.filenames)} images belonging to {len(names)} classes.")
        options = {
            "target_size": target_size,
            "color_mode": color_mode,
            "data_format": data_format,
            "save_to_dir": save_to_dir,
            "save_prefix": save_prefix,
            "save_format": save_format,
            "interpolation": interpolation,
            "keep_aspect_ratio": keep_aspect_ratio,
            "dtype": dtype,
        }
        paths = [os.path.join(directory, name) for name in self.filenames]
        super().__init__(paths, image_data_generator, options, batch_size, shuffle, seed)


def _files_in(folder: Path, follow_links: bool) -> Iterates[str]:
    for root, _, files in sorted(os.walk(folder, followlinks=follow_links)):
        yield from (os.path.join(root, name) for name in sorted(files) if name.lower().endswith(SUFFIXES))


def _within_subset(entries: Entries, generator: ImageDataGenerator | None, subset: str | None) -> Entries:
    """The entries of a subset: the first ones are for validation, as in Keras."""
    if subset is None:
        return entries
    split = 0 if generator is None else int(generator.validation_split * len(entries))
    return entries[:split] if subset == "validation" else entries[split:]


def _say(text: str) -> None:
    if settings.is_interactive_logging_enabled():
        print(text)


class DataFrameIterator(FileIterator):
    """Batches of pictures whose files a table names; `ImageDataGenerator.flow_from_dataframe` makes it.

    Args:
        dataframe: The table.
        directory: The folder of the files; None where the table has complete paths.
        image_data_generator: What changes the pictures.
        x_col: The column with the names of the files.
        y_col: The column, or columns, with the targets.
        weight_col: The column with the weights.
        classes: The classes in the order of their numbers; all, sorted, if None.
        class_mode: As for `DirectoryIterator`, and "raw" (the columns as they are) or "multi_output" (a list of columns).
        validate_filenames: Whether to leave out rows whose file does not exist, with a warning.
        target_size, color_mode, batch_size, shuffle, seed, data_format, save_to_dir, save_prefix, save_format, subset, interpolation,
            keep_aspect_ratio, dtype: As for `DirectoryIterator`.
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self,
        dataframe: DataFrame,
        directory: str | PathLike[str] | None = None,
        image_data_generator: ImageDataGenerator | None = None,
        x_col: str = "filename",
        y_col: str | Sequence[str] = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = "channels_last",
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: DTypeLike = "float32",
        validate_filenames: bool = True,
    ) -> None:
        where = "ImageDataGenerator.flow_from_dataframe"
        check(where, {"class_mode": OneOf(*self.allowed_class_modes), "subset": _SUBSETS}, class_mode=class_mode, subset=subset)
        self.directory, self.class_mode = directory or "", class_mode
        table = dataframe[self._existing(dataframe[x_col])] if validate_filenames else dataframe
        if class_mode in ("binary", "categorical", "sparse"):
            table = self._with_classes(table, y_col, classes, where)
        table = _within_subset(table, image_data_generator, subset)
        self.filenames = table[x_col].tolist()
        self.sample_weight = None if weight_col is None else table[weight_col].to_numpy()
        if class_mode in ("binary", "categorical", "sparse"):
            self.classes = self.labels = [self._numbers(label) for label in table[y_col]]
        elif class_mode == "multi_output":
            self.labels = [np.array(table[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self.labels = table[y_col].to_numpy()
        kind = "validated" if validate_filenames else "non-validated"
        end = f" belonging to {len(self.class_indices)} classes." if class_mode in ("binary", "categorical", "sparse") else "."
        _say(f"Found {len(table)} {kind} image filenames{end}")
        options = {
            "target_size": target_size,
            "color_mode": color_mode,
            "data_format": data_format,
            "save_to_dir": save_to_dir,
            "save_prefix": save_prefix,
            "save_format": save_format,
            "interpolation": interpolation,
            "keep_aspect_ratio": keep_aspect_ratio,
            "dtype": dtype,
        }
        paths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(paths, image_data_generator, options, batch_size, shuffle, seed)

    def _existing(self, names: Iterable[str]) -> list[bool]:
        """Which of the files exist and are pictures."""
        paths = [os.path.join(self.directory, name) for name in names]
        exist = [path.lower().endswith(SUFFIXES) and os.path.isfile(path) for path in paths]
        if missing := exist.count(False):
            warn(f"flow_from_dataframe: {missing} of {len(exist)} files do not exist or are not pictures, and are left out")
        return exist

    def _with_classes(self, table: DataFrame, y_col: str | Sequence[str], classes: Sequence[str] | None, where: str) -> DataFrame:
        """The rows with a known class; the numbers of the classes are noted."""
        labels = [label if isinstance(label, (list, tuple)) else [label] for label in table[y_col]]
        if not all(isinstance(name, str) for names in labels for name in names):
            fix = f"convert them: df[{y_col!r}] = df[{y_col!r}].astype(str); or pass class_mode='raw' for numbers"
            raise ArgumentTypeError(f"column {y_col!r} with labels that are not texts", "names of classes", fix, where=where)
        known = list(dict.fromkeys(classes)) if classes else sorted({name for names in labels for name in names})
        if self.class_mode == "binary" and len(known) != 2:
            raise ArgumentError(f"{len(known)} classes", "2 for class_mode='binary'", "pass class_mode='sparse'", where=where)
        self.class_indices = {name: number for number, name in enumerate(known)}
        return table[[any(name in self.class_indices for name in names) for names in labels]]

    def _numbers(self, label: str | Sequence[str]) -> int | list[int]:
        if isinstance(label, str):
            return self.class_indices[label]
        return [self.class_indices[name] for name in label if name in self.class_indices]
