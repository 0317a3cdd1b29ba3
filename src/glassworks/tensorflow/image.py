"""`tf.image`: pictures resized, cropped, flipped, recoloured and read, one (height, width, channels) or a batch of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks import dtypes, ops, random, tensorflow_names
from glassworks.errors import ArgumentError, ShapeError
from glassworks.ops import image as images_ops
from glassworks.tensorflow.adapting import adapted
from glassworks.typing import ArrayLike, DTypeLike, Tensor
from glassworks.utils.images import array_to_img, decode, img_to_array, in_mode


class ResizeMethod:
    """Names of the ways to resize."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, LANCZOS3, LANCZOS5, AREA = "bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"


def resize(
    images: ArrayLike,
    size: Sequence[int],
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """Pictures of another size, as float32 unless the method is "nearest".

    Args:
        images: One picture or a batch.
        size: (height, width).
        method: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        preserve_aspect_ratio: Whether `size` is only the largest size, into which the picture fits undistorted.
        antialias: Whether to average where pictures become smaller.
        name: Ignored.

    >>> resize(ops.ones((4, 6, 3)), (2, 3)).shape
    (2, 3, 3)
    """
    images = ops.convert_to_tensor(images)
    height, width = (int(x) for x in size)
    if preserve_aspect_ratio:
        scale = min(height / images.shape[-3], width / images.shape[-2])
        height, width = (round(images.shape[-3] * scale), round(images.shape[-2] * scale))
    if method == "area":
        raise ArgumentError('method="area"', "another method", 'pass method="bilinear", antialias=True', where="tf.image.resize")
    if method != "nearest":
        images = ops.cast(images, "float32")
    return images_ops.resize(images, (height, width), method, antialias, data_format="channels_last")


def resize_with_pad(image: ArrayLike, target_height: int, target_width: int, method: str = "bilinear", antialias: bool = False) -> Tensor:
    """Pictures of another size that are not distorted: what is missing is black.

    >>> resize_with_pad(ops.ones((4, 4, 1)), 2, 6).shape
    (2, 6, 1)
    """
    small = resize(image, (target_height, target_width), method, preserve_aspect_ratio=True, antialias=antialias)
    return _padded(small, target_height, target_width)


def _padded(image: Tensor, height: int, width: int) -> Tensor:
    top, left = (height - image.shape[-3]) // 2, (width - image.shape[-2]) // 2
    return pad_to_bounding_box(image, top, left, height, width)


def resize_with_crop_or_pad(image: ArrayLike, target_height: int, target_width: int) -> Tensor:
    """Pictures of another size, from whose middle the rest is cut off, or around which black is added.

    >>> resize_with_crop_or_pad(ops.ones((4, 4, 1)), 2, 6).shape
    (2, 6, 1)
    """
    image = ops.convert_to_tensor(image)
    top, left = (max(image.shape[axis] - size, 0) // 2 for axis, size in ((-3, target_height), (-2, target_width)))
    height, width = min(image.shape[-3], target_height), min(image.shape[-2], target_width)
    return _padded(crop_to_bounding_box(image, top, left, height, width), target_height, target_width)


def crop_to_bounding_box(image: ArrayLike, offset_height: int, offset_width: int, target_height: int, target_width: int) -> Tensor:
    """The part of pictures that begins at an offset.

    >>> crop_to_bounding_box(ops.ones((4, 4, 1)), 1, 1, 2, 3).shape
    (2, 3, 1)
    """
    rows, columns = slice(offset_height, offset_height + target_height), slice(offset_width, offset_width + target_width)
    return ops.convert_to_tensor(image)[..., rows, columns, :]


def pad_to_bounding_box(image: ArrayLike, offset_height: int, offset_width: int, target_height: int, target_width: int) -> Tensor:
    """Pictures on a larger black ground.

    >>> pad_to_bounding_box(ops.ones((2, 2, 1)), 1, 0, 4, 4).shape
    (4, 4, 1)
    """
    image = ops.convert_to_tensor(image)
    below, right = target_height - offset_height - image.shape[-3], target_width - offset_width - image.shape[-2]
    return ops.pad(image, [(0, 0)] * (image.ndim - 3) + [(offset_height, below), (offset_width, right), (0, 0)])


def central_crop(image: ArrayLike, central_fraction: float) -> Tensor:
    """The middle of pictures: a fraction of their height and width.

    >>> central_crop(ops.ones((4, 4, 1)), 0.5).shape
    (2, 2, 1)
    """
    image = ops.convert_to_tensor(image)
    top, left = (int((size - size * central_fraction) / 2) for size in image.shape[-3:-1])
    return crop_to_bounding_box(image, top, left, image.shape[-3] - 2 * top, image.shape[-2] - 2 * left)


def random_crop(value: ArrayLike, size: Sequence[int], seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of a tensor, of this size, at a random place.

    >>> random_crop(ops.ones((4, 4, 3)), (2, 2, 3)).shape
    (2, 2, 3)
    """
    value = ops.convert_to_tensor(value)
    rooms = [own - int(wanted) for own, wanted in zip(value.shape, size, strict=True)]
    if min(rooms) < 0:
        raise ShapeError(f"size {tuple(size)} of {value.shape}", "a part that fits", "resize first", where="tf.image.random_crop")
    fractions = ops.convert_to_numpy(random.uniform((len(rooms),), seed=seed))
    starts = [int(fraction * (room + 1)) for fraction, room in zip(fractions, rooms, strict=True)]
    return value[tuple(slice(start, start + int(wanted)) for start, wanted in zip(starts, size, strict=True))]


# ---- turned and flipped


def flip_left_right(image: ArrayLike) -> Tensor:
    """Pictures mirrored left to right.

    >>> flip_left_right([[[1], [2]]]).numpy().tolist()
    [[[2], [1]]]
    """
    return ops.flip(image, -2)


def flip_up_down(image: ArrayLike) -> Tensor:
    """Pictures turned upside down by mirroring.

    >>> flip_up_down([[[1]], [[2]]]).numpy().tolist()
    [[[2]], [[1]]]
    """
    return ops.flip(image, -3)


def rot90(image: ArrayLike, k: int = 1, name: str | None = None) -> Tensor:
    """Pictures turned counter-clockwise k times by 90 degrees.

    >>> rot90([[[1], [2]]]).numpy().tolist()
    [[[2]], [[1]]]
    """
    return ops.rot90(image, k, axes=(-3, -2))


def _at_random(change: Callable[[ArrayLike], Tensor], image: ArrayLike, seed: int | None) -> Tensor:
    image = ops.convert_to_tensor(image)
    # Each picture of a batch has its own draw.
    draws = random.uniform((image.shape[0],) if image.ndim == 4 else (), seed=seed)
    return ops.where(ops.reshape(ops.less(draws, 0.5), (-1, 1, 1, 1) if image.ndim == 4 else ()), change(image), image)


def random_flip_left_right(image: ArrayLike, seed: int | None = None) -> Tensor:
    """Pictures of which about half are mirrored left to right.

    >>> random_flip_left_right(ops.ones((8, 2, 2, 3))).shape
    (8, 2, 2, 3)
    """
    return _at_random(flip_left_right, image, seed)


def random_flip_up_down(image: ArrayLike, seed: int | None = None) -> Tensor:
    """Pictures of which about half are mirrored top to bottom.

    >>> random_flip_up_down(ops.ones((8, 2, 2, 3))).shape
    (8, 2, 2, 3)
    """
    return _at_random(flip_up_down, image, seed)


# ---- colours


def convert_image_dtype(image: ArrayLike, dtype: DTypeLike, saturate: bool = False, name: str | None = None) -> Tensor:
    """Pictures in another dtype: floats from 0 to 1, integers from 0 to their largest number.

    >>> convert_image_dtype(np.array([[[255]]], "uint8"), "float32").numpy().tolist()
    [[[1.0]]]
    """
    image, name_ = ops.convert_to_tensor(image), dtypes.standardize(dtype)
    if dtypes.is_float(image.dtype if isinstance(image.dtype, str) else image.dtype.name) == dtypes.is_float(name_):
        return ops.cast(image, name_)
    if dtypes.is_float(name_):
        return ops.cast(image, name_) * (1.0 / dtypes.largest(ops.dtype(image)))
    scaled = image * (dtypes.largest(name_) + 0.5)
    return ops.saturate_cast(scaled, name_) if saturate else ops.cast(scaled, name_)


def _in_floats(image: ArrayLike, change: Callable[[Tensor], Tensor]) -> Tensor:
    """The result of a change of colours that is computed on floats from 0 to 1, in the dtype of the pictures."""
    image = ops.convert_to_tensor(image)
    dtype = ops.dtype(image)
    if dtypes.is_float(dtype):
        return change(image)
    return convert_image_dtype(change(convert_image_dtype(image, "float32")), dtype, saturate=True)


def adjust_brightness(image: ArrayLike, delta: ArrayLike) -> Tensor:
    """Pictures with a number added; for integer pictures 1 is the whole range.

    >>> adjust_brightness([[[0.5]]], 0.25).numpy().tolist()
    [[[0.75]]]
    """
    return _in_floats(image, lambda x: ops.add(x, delta))


def adjust_contrast(images: ArrayLike, contrast_factor: ArrayLike) -> Tensor:
    """Pictures whose distances from the mean of each channel grow by a factor.

    >>> adjust_contrast([[[0.0], [1.0]]], 0.5).numpy().tolist()
    [[[0.25], [0.75]]]
    """

    def change(x: Tensor) -> Tensor:
        mean = ops.mean(x, axis=(-3, -2), keepdims=True)
        return (x - mean) * contrast_factor + mean

    return _in_floats(images, change)


def adjust_gamma(image: ArrayLike, gamma: float = 1, gain: float = 1) -> Tensor:
    """`gain * picture ** gamma`.

    >>> adjust_gamma([[[0.5]]], 2).numpy().tolist()
    [[[0.25]]]
    """
    return _in_floats(image, lambda x: gain * ops.power(x, gamma))


def adjust_saturation(image: ArrayLike, saturation_factor: ArrayLike, name: str | None = None) -> Tensor:
    """Pictures whose saturation is multiplied by a factor.

    >>> adjust_saturation([[[1.0, 0.5, 0.5]]], 0.0).numpy().tolist()
    [[[1.0, 1.0, 1.0]]]
    """

    def change(x: Tensor) -> Tensor:
        hue, saturation, value = ops.split(images_ops.rgb_to_hsv(x), 3, -1)
        return images_ops.hsv_to_rgb(ops.concatenate([hue, ops.clip(saturation * saturation_factor, 0, 1), value], -1))

    return _in_floats(image, change)


def adjust_hue(image: ArrayLike, delta: ArrayLike, name: str | None = None) -> Tensor:
    """Pictures whose hue is turned by a fraction of the circle of colours.

    >>> adjust_hue([[[1.0, 0.0, 0.0]]], 1 / 3).numpy().round(3).tolist()
    [[[0.0, 1.0, 0.0]]]
    """

    def change(x: Tensor) -> Tensor:
        hue, saturation, value = ops.split(images_ops.rgb_to_hsv(x), 3, -1)
        return images_ops.hsv_to_rgb(ops.concatenate([ops.mod(hue + delta, 1.0), saturation, value], -1))

    return _in_floats(image, change)


def random_brightness(image: ArrayLike, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a random number from -max_delta to max_delta.

    >>> random_brightness(ops.ones((2, 2, 3)), 0.2).shape
    (2, 2, 3)
    """
    return adjust_brightness(image, random.uniform((), -max_delta, max_delta, seed=seed))


def random_contrast(image: ArrayLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a random factor.

    >>> random_contrast(ops.ones((2, 2, 3)), 0.5, 1.5).shape
    (2, 2, 3)
    """
    return adjust_contrast(image, random.uniform((), lower, upper, seed=seed))


def random_saturation(image: ArrayLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a random factor.

    >>> random_saturation(ops.ones((2, 2, 3)), 0.5, 1.5).shape
    (2, 2, 3)
    """
    return adjust_saturation(image, random.uniform((), lower, upper, seed=seed))


def random_hue(image: ArrayLike, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a random number from -max_delta to max_delta.

    >>> random_hue(ops.ones((2, 2, 3)), 0.2).shape
    (2, 2, 3)
    """
    return adjust_hue(image, random.uniform((), -max_delta, max_delta, seed=seed))


def per_image_standardization(image: ArrayLike) -> Tensor:
    """Pictures of mean 0 and variance 1, each on its own.

    >>> per_image_standardization([[[0.0], [2.0]]]).numpy().tolist()
    [[[-1.0], [1.0]]]
    """
    image = ops.cast(image, "float32")
    axes = (-3, -2, -1)
    least = 1 / float(np.sqrt(np.prod(image.shape[-3:])))
    return (image - ops.mean(image, axes, keepdims=True)) / ops.maximum(ops.std(image, axes, keepdims=True), least)


def rgb_to_grayscale(images: ArrayLike, name: str | None = None) -> Tensor:
    """Grey pictures, by the weights of luminance.

    >>> rgb_to_grayscale(ops.ones((2, 2, 3))).shape
    (2, 2, 1)
    """
    weights = np.array([0.2989, 0.587, 0.114], "float32")
    return _in_floats(images, lambda x: ops.sum(x * ops.cast(weights, ops.dtype(x)), -1, keepdims=True))


def grayscale_to_rgb(images: ArrayLike, name: str | None = None) -> Tensor:
    """Grey pictures with three equal channels.

    >>> grayscale_to_rgb(ops.ones((2, 2, 1))).shape
    (2, 2, 3)
    """
    return ops.repeat(images, 3, -1)


# ---- files


def decode_image(contents: bytes, channels: int = 0, dtype: DTypeLike = "uint8", name: str | None = None, **options: object) -> Tensor:
    """The picture in the bytes of a file: PNG, JPEG, BMP or what else Pillow reads.

    Args:
        contents: The bytes, from `tf.io.read_file`.
        channels: 1 for grey, 3 for colours, 4 with transparency; 0 for what the file has.
        dtype: The dtype; floats are from 0 to 1.
        name: Ignored.
        **options: Ignored.

    >>> file = io.BytesIO()
    >>> array_to_img(np.ones((2, 3, 3))).save(file, format="png")
    >>> decode_image(file.getvalue()).shape
    (2, 3, 3)
    """
    modes = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}
    if channels not in modes:
        raise ArgumentError(f"channels={channels}", "0, 1, 3 or 4", "0 takes what the file has", where="tf.io.decode_image")
    picture = decode(io.BytesIO(bytes(contents)), "tf.io.decode_image")  # type: ignore[arg-type] # an open file
    mode = modes[channels] or {1: "grayscale", 4: "rgba"}.get(len(picture.getbands()), "rgb")
    array = ops.convert_to_tensor(img_to_array(in_mode(picture, mode), "channels_last", "uint8"))
    return convert_image_dtype(array, dtype)


decode_jpeg = decode_png = decode_bmp = decode_gif = decode_image


def encode_png(image: ArrayLike, compression: int = -1, name: str | None = None) -> bytes:
    """The bytes of a PNG file with a picture of integers from 0 to 255.

    >>> encode_png(np.zeros((2, 2, 3), "uint8"))[1:4]
    b'PNG'
    """
    return _encoded(image, "png")


def encode_jpeg(image: ArrayLike, format: str = "", quality: int = 95, name: str | None = None) -> bytes:
    """The bytes of a JPEG file with a picture of integers from 0 to 255.

    >>> encode_jpeg(np.zeros((2, 2, 3), "uint8"))[:2] == bytes([255, 216])
    True
    """
    return _encoded(image, "jpeg", quality=quality)


def _encoded(image: ArrayLike, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    array_to_img(ops.convert_to_numpy(image), "channels_last", scale=False).save(file, format=kind, **options)
    return file.getvalue()


rgb_to_hsv, hsv_to_rgb = adapted(images_ops.rgb_to_hsv, "images"), adapted(images_ops.hsv_to_rgb, "images")
sobel_edges = adapted(images_ops.sobel_edges, "image")
psnr = adapted(ops.psnr, "a", "b", "max_val")
ssim = adapted(images_ops.ssim, "img1", "img2", "max_val", "filter_size", "filter_sigma", "k1", "k2")

if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("image")
