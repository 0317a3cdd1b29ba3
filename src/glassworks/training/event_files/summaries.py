"""Summaries as TensorBoard's plugins read them: each is a tensor with a tag and the name of the plugin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.protobuf import Message
from glassworks.training.event_files.png import png

_FLOAT, _DOUBLE, _STRING = 1, 2, 7  # tensorflow/core/framework/types.proto
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3  # tensorflow/core/framework/summary.proto, DataClass
BUCKETS = 30
MOST_IMAGES = 3


def scalar(tag: str, value: float) -> Message:
    """A number, drawn as a point of a curve."""
    tensor = Message().integer(1, _FLOAT).message(2, Message()).data(4, np.float32(value).tobytes())
    return _value(tag, tensor, "scalars", _SCALAR)


def histogram(tag: str, values: np.ndarray) -> Message:
    """How many of the values lie in each of 30 equal intervals between the least and the largest."""
    buckets = _buckets(np.asarray(values, np.float64).ravel())
    tensor = Message().integer(1, _DOUBLE).message(2, _shape(buckets.shape)).data(4, buckets.tobytes())
    return _value(tag, tensor, "histograms", _TENSOR)


def image(tag: str, images: np.ndarray) -> Message:
    """The first three of some images, of shape (count, height, width, channels), with numbers from 0 to 1."""
    pixels = np.clip(np.nan_to_num(np.asarray(images, np.float32)) * 255.5, 0, 255).astype(np.uint8)[:MOST_IMAGES]
    sizes = [str(pixels.shape[2]).encode(), str(pixels.shape[1]).encode()]
    return _value(tag, _strings([*sizes, *map(png, pixels)]), "images", _BLOBS)


def keras_config(tag: str, config: str) -> Message:
    """The config of a model as JSON, which the plugin of graphs draws layer by layer."""
    tensor = Message().integer(1, _STRING).message(2, Message()).data(8, config.encode())
    return _value(tag, tensor, "graph_keras_model", 0, content=b"1")


def _value(tag: str, tensor: Message, plugin: str, data_class: int, content: bytes = b"") -> Message:
    data = Message().text(1, plugin)
    if content:
        data.data(2, content)
    metadata = Message().message(1, data)
    if data_class:
        metadata.integer(4, data_class)
    return Message().text(1, tag).message(9, metadata).message(8, tensor)


def _strings(texts: Sequence[bytes]) -> Message:
    tensor = Message().integer(1, _STRING).message(2, _shape((len(texts),)))
    for text in texts:
        tensor.data(8, text)
    return tensor


def _shape(sizes: Sequence[int]) -> Message:
    shape = Message()
    for size in sizes:
        shape.message(2, Message().integer(1, size))
    return shape


def _buckets(values: np.ndarray) -> np.ndarray:
    """Rows of left end, right end and count; numbers that are not finite are left out."""
    values = values[np.isfinite(values)]
    if not values.size:
        return np.zeros((BUCKETS, 3))
    least, largest = values.min(), values.max()
    if least == largest:
        # As TensorBoard has it: all intervals are this point, and the last one counts.
        return np.stack([np.full(BUCKETS, least)] * 2 + [np.r_[np.zeros(BUCKETS - 1), values.size]], axis=1)
    counts, edges = np.histogram(values, BUCKETS, (least, largest))
    return np.stack([edges[:-1], edges[1:], counts], axis=1).astype(np.float64)
