"""`image_dataset_from_directory`: pictures in folders, decoded and resized in background threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any

import numpy as np

from glassworks import settings
from glassworks.arguments import OneOf, Optional, check
from glassworks.errors import ArgumentError
from glassworks.utils import jpeg
from glassworks.utils.directories import FORMAT, Choice, Loader, datasets
from glassworks.utils.images import DEEP_GRAY, MODES, decode, in_mode, pillow
from glassworks.utils.resampling import METHODS, aspect_box, resize

_WHERE = "utils.image_dataset_from_directory"
# Numbers of images that are resized at once.
_MOST_NUMBERS = 1 << 17
FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(
    directory: str | PathLike,
    labels: Sequence[int] | str | None = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Sequence[int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A data set of the pictures in a folder.

    Args:
        directory: The folder, with a subfolder per class unless labels are given.
        labels: "inferred" from the subfolders, None, or a list with one label per file in the order of the sorted names.
        label_mode: "int", "categorical" (one-hot), "binary" (0.0 or 1.0), or None for no labels.
        class_names: The subfolders to use, in this order.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: Pictures in a batch; None for single ones.
        image_size: `(height, width)` they are resized to.
        shuffle: Draw a new order each epoch; otherwise they come sorted by name.
        seed: Makes the order and the split repeat.
        validation_split: The fraction to validate on.
        subset: "training", "validation", or "both" for a list of the two.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or "mitchellcubic".
        follow_links: Go into folders that are links.
        crop_to_aspect_ratio: Cut off what does not fit the proportions of `image_size`, instead of distorting.
        pad_to_aspect_ratio: Fill up with zeros at the sides, instead of distorting.
        data_format: "channels_last" or "channels_first"; that of the config if None.
        format: "tf" or "grain"; both give the same data set of Glassworks.
        verbose: Print how many files were found.

    Returns:
        A `Dataset` of float32 pictures from 0 to 255, with labels, that `fit` takes as x; it has `class_names` and
        `file_paths`. A damaged file raises an error that names it when its batch is loaded.

    Raises:
        ArgumentError: Arguments that are wrong or do not fit each other.
        DataError: No such folder, no classes or files, or labels that do not fit them.
        MissingDependencyError: Pillow is not installed.

    >>> from glassworks import utils
    >>> folder = getfixture("tmp_path")
    >>> for name in ("cat/1.png", "dog/1.png", "dog/2.png"):
    ...     (folder / name).parent.mkdir(exist_ok=True)
    ...     utils.save_img(folder / name, np.zeros((8, 8, 3)))
    >>> dataset = image_dataset_from_directory(folder, image_size=(4, 4), shuffle=False)
    Found 3 files belonging to 2 classes.
    >>> dataset.class_names, [(x.shape, y.tolist()) for x, y in dataset]
    (['cat', 'dog'], [((3, 4, 4, 3), [0, 1, 1])])
    """
    pillow(_WHERE)
    if isinstance(interpolation, str):
        interpolation = interpolation.lower()
    constraints = {
        "color_mode": OneOf(*MODES),
        "interpolation": OneOf(*METHODS),
        "data_format": Optional(OneOf("channels_last", "channels_first")),
    }
    check(_WHERE, constraints, color_mode=color_mode, interpolation=interpolation, data_format=data_format)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError("crop_to_aspect_ratio and pad_to_aspect_ratio", "one of them", "leave one out", where=_WHERE)
    size = _size(image_size)
    first = (data_format or settings.image_data_format()) == "channels_first"

    def fit(images: np.ndarray) -> np.ndarray:
        if crop_to_aspect_ratio:
            top, left, height, width = aspect_box(images.shape[-3], images.shape[-2], size)
            images = images[..., top : top + height, left : left + width, :]
        return _padded(images, size, interpolation) if pad_to_aspect_ratio else resize(images, size, interpolation)

    def collate(images: list[np.ndarray]) -> np.ndarray:
        batch = np.empty((len(images), *size, images[0].shape[-1]), np.float32)
        for part in _alike(images):
            batch[part] = fit(images[part.start] if part.stop == part.start + 1 else np.stack(images[part]))
        return np.ascontiguousarray(batch.transpose(0, 3, 1, 2)) if first else batch

    choice = Choice(_WHERE, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose)
    check(_WHERE, {"format": FORMAT}, format=format)
    return datasets(Loader("image", FORMATS, lambda path: pixels(path, color_mode), collate), directory, choice)


def pixels(path: str, color_mode: str) -> np.ndarray:
    """A file's picture as an array (height, width, channels) of numbers from 0 to 255."""
    found = _of_jpeg(path)
    if found is not None and found.shape[2] == len(MODES[color_mode]):
        return found
    module = pillow(_WHERE)
    image = decode(path, _WHERE) if found is None else module.fromarray(found if found.shape[2] > 1 else found[:, :, 0])
    if image.mode in DEEP_GRAY:
        gray = np.asarray(image)
        image = module.fromarray((gray >> 8 if gray.max(initial=0) > 255 else gray).astype(np.uint8))
    array = np.asarray(in_mode(image, color_mode))
    return array if array.ndim == 3 else array[:, :, None]


def _of_jpeg(path: str) -> np.ndarray | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return jpeg.pixels(file.read(), pillow(_WHERE))
    except OSError:
        return None  # the way for all kinds of files says why


def _alike(images: list[np.ndarray]) -> Iterator[slice]:
    """Runs of images of one size, which are resized at once: as many as stay in the cache."""
    start = 0
    for stop in range(1, len(images) + 1):
        full = (stop + 1 - start) * images[start].size > _MOST_NUMBERS
        if stop == len(images) or full or images[stop].shape != images[start].shape:
            yield slice(start, stop)
            start = stop


def _size(image_size: Sequence[int]) -> tuple[int, int]:
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    valid = isinstance(size, (list, tuple)) and len(size) == 2 and all(isinstance(n, (int, np.integer)) and n > 0 for n in size)
    if not valid:
        raise ArgumentError(f"image_size={image_size!r}", "(height, width)", "pass image_size=(256, 256)", where=_WHERE)
    return int(size[0]), int(size[1])


def _padded(image: np.ndarray, size: tuple[int, int], interpolation: str) -> np.ndarray:
    """The image, or several of one size, with their aspect ratio kept, centred on a black background."""
    height, width = image.shape[-3:-1]
    if height * size[1] >= width * size[0]:
        inner = (size[0], max(width * size[0] // height, 1))
        top, left = 0, (size[1] * height - width * size[0]) // (2 * height)
    else:
        inner = (max(height * size[1] // width, 1), size[1])
        top, left = (size[0] * width - height * size[1]) // (2 * width), 0
    result = np.zeros((*image.shape[:-3], *size, image.shape[-1]), np.float32)
    result[..., top : top + inner[0], left : left + inner[1], :] = resize(image, inner, interpolation)
    return result
