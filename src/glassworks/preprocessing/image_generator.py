"""`ImageDataGenerator`, in the form of Keras 2. New code uses `utils.image_dataset_from_directory` and layers such as `layers.RandomFlip`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks import dtypes, settings
from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentError, ShapeError, warn
from glassworks.preprocessing.image_iterators import DataFrameIterator, DirectoryIterator, NumpyArrayIterator
from glassworks.preprocessing.image_transforms import apply_affine_transform, apply_brightness_shift, apply_channel_shift
from glassworks.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    from pandas import DataFrame

_FORMATS = OneOf("channels_last", "channels_first")
_EPSILON = 1e-6


class ImageDataGenerator:
    """Batches of pictures with random changes, from arrays, folders or tables. NumPy's generator draws them.

    Args:
        featurewise_center, featurewise_std_normalization: Whether to subtract the mean of all pictures that `fit` saw, and to divide by
            their standard deviation, for each channel.
        samplewise_center, samplewise_std_normalization: The same for each picture on its own.
        zca_whitening: Whether to decorrelate the pixels, as `fit` learned it.
        zca_epsilon: A small number for it.
        rotation_range: The largest angle, in degrees.
        width_shift_range, height_shift_range: How far to move: a fraction of the size if below 1, else pixels; or a list of pixels.
        brightness_range: Two factors of the brightness.
        shear_range: The largest angle of a shear, in degrees.
        zoom_range: Two factors, or how far from 1 they are.
        channel_shift_range: The largest number added to all channels.
        fill_mode, cval: See `apply_affine_transform`.
        horizontal_flip, vertical_flip: Whether half of the pictures are mirrored.
        rescale: A factor for all numbers, such as 1/255, after the changes.
        preprocessing_function: A function of one picture, before the rest of `standardize`.
        data_format: "channels_last" or "channels_first"; that of the config if None.
        validation_split: The fraction of the pictures in the subset "validation".
        interpolation_order: 0 for the nearest pixel, 1 for linear interpolation.
        dtype: The dtype of the pictures; `floatx()` if None.

    >>> generator = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
    >>> x, y = next(generator.flow(np.full((5, 4, 4, 3), 255.0), np.arange(5), batch_size=2, shuffle=False))
    >>> x.shape, float(x.max()), y.tolist()
    ((2, 4, 4, 3), 1.0, [0, 1])
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: float | Sequence[float] = 0.0,
        height_shift_range: float | Sequence[float] = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: DTypeLike = None,
    ) -> None:
        self.data_format = settings.image_data_format() if data_format is None else data_format
        check("image.ImageDataGenerator", {"data_format": _FORMATS}, data_format=self.data_format)
        # The axes in a batch.
        self.channel_axis, self.row_axis, self.col_axis = (3, 1, 2) if self.data_format == "channels_last" else (1, 2, 3)
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.featurewise_center = featurewise_center or zca_whitening or featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range, self.channel_shift_range = rotation_range, shear_range, channel_shift_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.zoom_range = _pair("zoom_range", [1 - zoom_range, 1 + zoom_range] if isinstance(zoom_range, (int, float)) else zoom_range)
        self.brightness_range = None if brightness_range is None else _pair("brightness_range", brightness_range)
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        if validation_split and not 0 < validation_split < 1:
            fix = "pass 0.2 for 20%"
            raise ArgumentError(f"validation_split={validation_split!r}", "between 0 and 1", fix, where="image.ImageDataGenerator")
        self.validation_split = self._validation_split = validation_split
        self.dtype = dtypes.standardize(dtype)
        self.mean: np.ndarray | None = None
        self.std: np.ndarray | None = None
        self.zca_whitening_matrix: np.ndarray | None = None

    # ---- batches

    def flow(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of pictures in an array; see `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: str | PathLike[str],
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of pictures in folders, one for each class; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: DataFrame,
        directory: str | PathLike[str] | None = None,
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
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: object,
    ) -> DataFrameIterator:
        """Batches of pictures whose files a table names; see `DataFrameIterator`. Older arguments are ignored."""
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode="raw" if class_mode == "other" else class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    # ---- one picture

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """A picture, scaled and normalised as the arguments say; the array itself is changed, as in Keras."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + _EPSILON
        if self.featurewise_center:
            x -= self._fitted("featurewise_center", self.mean, 0.0)
        if self.featurewise_std_normalization:
            x /= self._fitted("featurewise_std_normalization", self.std, 1.0 - _EPSILON) + _EPSILON
        if self.zca_whitening and self.zca_whitening_matrix is None:
            self._fitted("zca_whitening", None, 0.0)
        elif self.zca_whitening:
            x = (x.reshape(-1, np.prod(x.shape[-3:])) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _fitted(self, name: str, value: np.ndarray | None, neutral: float) -> np.ndarray | float:
        if value is None:
            warn(f"ImageDataGenerator: {name} needs fit(x) first, on some of the pictures; it changes nothing so far")
            return neutral
        return value

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, float | bool | None]:
        """Random numbers for `apply_transform`.

        Args:
            img_shape: The shape of the picture.
            seed: A seed for NumPy's generator.
        """
        if seed is not None:
            np.random.seed(seed)
        rotation = np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else np.random.uniform(self.zoom_range[0], self.zoom_range[1], 2)
        horizontal = bool((np.random.random() < 0.5) * self.horizontal_flip)
        vertical = bool((np.random.random() < 0.5) * self.vertical_flip)
        channels = np.random.uniform(-self.channel_shift_range, self.channel_shift_range) if self.channel_shift_range else None
        brightness = None if self.brightness_range is None else np.random.uniform(self.brightness_range[0], self.brightness_range[1])
        return {
            "theta": rotation,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": horizontal,
            "flip_vertical": vertical,
            "channel_shift_intensity": channels,
            "brightness": brightness,
        }

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, float | bool | None]) -> np.ndarray:
        """A picture, changed by the numbers of `get_random_transform`; what is missing changes nothing."""
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        neutral = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
        theta, tx, ty, shear, zx, zy = (float(transform_parameters.get(name, number) or 0) for name, number in neutral.items())
        fill, cval, order = self.fill_mode, self.cval, self.interpolation_order
        x = apply_affine_transform(x, theta, tx, ty, shear, zx, zy, rows, columns, channels, fill, cval, order)
        shift, brightness = (transform_parameters.get(name) for name in ("channel_shift_intensity", "brightness"))
        if shift is not None:
            x = apply_channel_shift(x, shift, channels)
        if transform_parameters.get("flip_horizontal", False):
            x = np.flip(x, columns)
        if transform_parameters.get("flip_vertical", False):
            x = np.flip(x, rows)
        return x if brightness is None else apply_brightness_shift(x, brightness, False)

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture, changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: ArrayLike, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Learn the mean, the deviation and the whitening from pictures.

        Args:
            x: A batch of pictures.
            augment: Whether to learn from changed pictures.
            rounds: How often each is changed.
            seed: A seed for NumPy's generator.

        Raises:
            ShapeError: `x` is not a batch.
        """
        pictures = np.array(x, dtype=dtypes.numpy_dtype(self.dtype))
        if pictures.ndim != 4:
            raise ShapeError(
                f"shape {pictures.shape}", "a batch of pictures: four axes", "pass x[None] for one", where="ImageDataGenerator.fit"
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            pictures *= self.rescale
        if augment:
            pictures = np.stack([self.random_transform(picture) for _ in range(rounds) for picture in pictures])
        axes, shape = (0, self.row_axis, self.col_axis), [1, 1, 1]
        shape[self.channel_axis - 1] = pictures.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = pictures.mean(axes).reshape(shape)
            pictures -= self.mean
        if self.featurewise_std_normalization:
            self.std = pictures.std(axes).reshape(shape)
            pictures /= self.std + _EPSILON
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(pictures.reshape(len(pictures), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(pictures)) / (s + self.zca_epsilon))) @ u.T


def _pair(name: str, values: Sequence[float]) -> list[float]:
    if not isinstance(values, (list, tuple)) or len(values) != 2:
        raise ArgumentError(f"{name}={values!r}", "two numbers", f"pass {name}=(0.8, 1.2)", where="image.ImageDataGenerator")
    return list(values)


def _shift(wanted: float | Sequence[float], size: int) -> float:
    """A random number of pixels."""
    if not np.any(wanted):
        return 0
    if not isinstance(wanted, float):
        # As in Keras, an integer is drawn from 0 up to it, and a list from its entries; then the direction.
        pixels = np.random.choice(wanted) * np.random.choice([-1, 1])
    else:
        pixels = np.random.uniform(-wanted, wanted)
    return float(pixels * size if np.max(wanted) < 1 else pixels)
