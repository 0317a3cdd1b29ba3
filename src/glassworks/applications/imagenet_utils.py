"""Images as the applications want them, and the names of the classes of ImageNet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glassworks import ops, settings
from glassworks.errors import ArgumentError, LoadError, ShapeError
from glassworks.typing import Array, ArrayLike, Tensor

_MODES = ("caffe", "tf", "torch")
# Mean and standard deviation of the pixels of ImageNet; of blue, green, red in 0..255, and of red, green, blue in 0..1.
_CAFFE_MEAN = (103.939, 116.779, 123.68)
_TORCH_MEAN, _TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CLASSES = 1000
_INDEX = "imagenet_class_index.json"


def preprocess_input(x: ArrayLike, data_format: str | None = None, mode: str = "caffe") -> Tensor | np.ndarray:
    """Pixels of 0 to 255 in the form that an application was trained on.

    Args:
        x: Images of RGB pixels, one or a batch. It is not changed.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        mode: `"caffe"` turns RGB into BGR and subtracts the means of ImageNet, `"tf"` scales to -1..1, and `"torch"` scales to 0..1,
            subtracts the means of ImageNet and divides by its standard deviations.

    Returns:
        Floats of the same shape: a NumPy array for a NumPy array, else a tensor.

    Raises:
        ArgumentError: The mode or data format is unknown.

    >>> preprocess_input(np.array([[[0, 127.5, 255]]]), mode="tf")
    array([[[-1.,  0.,  1.]]])
    """
    if mode not in _MODES:
        raise ArgumentError(f"mode={mode!r}", f"one of {_MODES}", "use the preprocess_input of the application", where="preprocess_input")
    if data_format not in (None, "channels_last", "channels_first"):
        expected = "'channels_last', 'channels_first' or None"
        raise ArgumentError(f"data_format={data_format!r}", expected, "leave it out for the setting", where="preprocess_input")
    axis = -3 if (data_format or settings.image_data_format()) == "channels_first" else -1
    if isinstance(x, np.ndarray) and not isinstance(x, Array):
        floats = x if np.issubdtype(x.dtype, np.floating) else x.astype(settings.floatx())
        return np.asarray(_preprocessed(ops.convert_to_tensor(floats), axis, mode))
    return _preprocessed(ops.convert_to_tensor(x), axis, mode)


def _preprocessed(x: Tensor, axis: int, mode: str) -> Tensor:
    def channels(values: tuple[float, ...]) -> Tensor:
        return ops.reshape(ops.convert_to_tensor(values, dtype=x.dtype), (3,) + (1,) * (-1 - axis))

    if mode == "tf":
        return x / 127.5 - 1.0
    if mode == "torch":
        return (x / 255.0 - channels(_TORCH_MEAN)) / channels(_TORCH_STD)
    return ops.flip(x, axis=axis) - channels(_CAFFE_MEAN)


def preprocessing(mode: str) -> Callable[..., Tensor | np.ndarray]:
    """The `preprocess_input` of an application.

    Args:
        mode: As for `preprocess_input`.

    >>> preprocessing("tf")(np.array([[[0, 127.5, 255]]]))
    array([[[-1.,  0.,  1.]]])
    """
    return {"caffe": _caffe, "tf": _tf, "torch": _torch}[mode]


def _caffe(x: ArrayLike, data_format: str | None = None) -> Tensor | np.ndarray:
    """RGB pixels of 0 to 255 as BGR pixels less the means of ImageNet; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "caffe")


def _tf(x: ArrayLike, data_format: str | None = None) -> Tensor | np.ndarray:
    """Pixels of 0 to 255 scaled to -1 to 1; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "tf")


def _torch(x: ArrayLike, data_format: str | None = None) -> Tensor | np.ndarray:
    """Pixels of 0 to 255 less the means of ImageNet, over its standard deviations; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "torch")


def unchanged(x: ArrayLike, data_format: str | None = None) -> ArrayLike:
    """The images themselves: the model scales its inputs.

    >>> unchanged(3.0)
    3.0
    """
    return x


def decode_predictions(preds: ArrayLike, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The most likely classes of ImageNet for each prediction.

    The names come from the file `imagenet_class_index.json` in the folder `models` of `~/.keras`, or of KERAS_HOME. Keras downloads it
    there when its function of this name is called; nothing is downloaded here.

    Args:
        preds: Predictions of shape `(samples, 1000)`.
        top: The number of classes.

    Returns:
        For each sample the classes as `(identifier, name, score)`, the most likely first.

    Raises:
        ShapeError: `preds` has another shape.
        LoadError: The file is not there or damaged.

    >>> decode_predictions(np.zeros((1, 10)))
    Traceback (most recent call last):
        ...
    glassworks.errors.ShapeError: [decode_predictions]
      found:    predictions of shape (1, 10)
      expected: (samples, 1000): the classes of ImageNet
      fix:      look your own classes up by preds.argmax(axis=-1)
    """
    scores = np.asarray(preds)
    if scores.ndim != 2 or scores.shape[1] != _CLASSES:
        raise ShapeError(
            f"predictions of shape {scores.shape}",
            f"(samples, {_CLASSES}): the classes of ImageNet",
            "look your own classes up by preds.argmax(axis=-1)",
            where="decode_predictions",
        )
    index = _class_index()
    order = np.argsort(scores, axis=1)[:, -top:][:, ::-1]
    return [[(*index[number], row[number]) for number in best] for row, best in zip(scores, order, strict=True)]


def _class_index() -> list[tuple[str, str]]:
    path = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / _INDEX
    fix = f"put the file there: https://storage.googleapis.com/download.tensorflow.org/data/{_INDEX}"
    if not path.exists():
        raise LoadError(path, "", "the file is not there", "the names of ImageNet's classes, which are not downloaded here", fix)
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        pairs = [entries[str(number)] for number in range(_CLASSES)]
        return [(str(identifier), str(name)) for identifier, name in pairs]
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError(path, "", f"not an index of classes: {error}", "an object with the keys 0 to 999", fix) from error
