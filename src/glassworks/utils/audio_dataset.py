"""`audio_dataset_from_directory`: WAV files in folders, read with Python's own `wave`."""

from __future__ import annotations

import functools
import math
import os
import struct
import wave
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from glassworks.arguments import Integer, Optional, check
from glassworks.errors import ArgumentError, DataError
from glassworks.training.data.elements import objects, stack
from glassworks.utils.directories import Choice, Loader, datasets
from glassworks.utils.resampling import lanczos

_WHERE = "utils.audio_dataset_from_directory"
# The exceptions of `wave` for a file that is truncated, damaged or of another kind.
_UNREADABLE = (OSError, EOFError, wave.Error, ValueError, TypeError, MemoryError, ArithmeticError, RuntimeError, struct.error)
_LOBES = 16


def audio_dataset_from_directory(
    directory: str | PathLike,
    labels: Sequence[int] | str | None = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """A data set of the `.wav` files in a folder.

    Args:
        directory: The folder, with a subfolder per class unless labels are given.
        labels: "inferred" from the subfolders, None, or a list with one label per file in the order of the sorted names.
        label_mode: "int", "categorical" (one-hot), "binary" (0.0 or 1.0), or None for no labels.
        class_names: The subfolders to use, in this order.
        batch_size: Sounds in a batch; None for single ones.
        sampling_rate: Samples per second to convert to; None keeps each file's own.
        output_sequence_length: Samples that each sound is cut or filled up to, with zeros, before it is converted to
            `sampling_rate`. None fills up to the longest of the batch.
        ragged: Whether to keep each sound's length: a batch is then an array of arrays.
        shuffle: Draw a new order each epoch; otherwise they come sorted by name.
        seed: Makes the order and the split repeat.
        validation_split: The fraction to validate on.
        subset: "training", "validation", or "both" for a tuple of the two.
        follow_links: Go into folders that are links.
        verbose: Print how many files were found.

    Returns:
        A `Dataset` of float32 sounds from -1 to 1 of shape (samples, channels), with labels; it has `class_names` and
        `file_paths`. A damaged file raises an error that names it when its batch is loaded.

    Raises:
        ArgumentError: Arguments that are wrong or do not fit each other.
        DataError: No such folder, no classes or files, or labels that do not fit them.

    >>> folder = getfixture("tmp_path")
    >>> (folder / "silence").mkdir()
    >>> with wave.open(str(folder / "silence" / "1.wav"), "wb") as file:
    ...     file.setparams((1, 2, 8000, 0, "NONE", ""))
    ...     file.writeframes(bytes(200))
    >>> dataset = audio_dataset_from_directory(folder, verbose=False)
    >>> [(x.shape, y.tolist()) for x, y in dataset]
    [((1, 100, 1), [0])]
    """
    count = Optional(Integer(minimum=1))
    constraints = {"sampling_rate": count, "output_sequence_length": count}
    check(_WHERE, constraints, sampling_rate=sampling_rate, output_sequence_length=output_sequence_length)
    if ragged and output_sequence_length is not None:
        raise ArgumentError("ragged=True and output_sequence_length", "one of them", "leave one out", where=_WHERE)

    def load(path: str) -> np.ndarray:
        sound, rate = read_wav(path)
        if output_sequence_length is not None:
            sound = _of_length(sound, output_sequence_length)
        return sound if sampling_rate in (None, rate) else resample(sound, rate, sampling_rate)  # type: ignore[arg-type]

    # Each sound has its own length: single sounds are not padded.
    loader = Loader("audio", (".wav",), load, objects if ragged else _filled_up, chunk=1)
    choice = Choice(_WHERE, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose)
    dataset = datasets(loader, directory, choice)
    return tuple(dataset) if isinstance(dataset, list) else dataset


def read_wav(path: str) -> tuple[np.ndarray, int]:
    """A sound of shape (samples, channels) from -1 to 1, and its samples per second.

    Raises:
        DataError: No WAV file, one that is cut off, or one whose samples are not integers of 8 to 32 bits.
    """
    try:
        with wave.open(path, "rb") as file:
            channels, width, rate, claimed = file.getparams()[:4]
            size = claimed * channels * width
            # No memory is reserved for the size in the header before the file is known to be that large.
            raw = file.readframes(claimed) if width <= 4 and size <= os.path.getsize(path) else b""
    except _UNREADABLE as error:
        found = f"{path!r} cannot be read: {error or 'it ends too early'}"
        fix = f"get it again, or convert it: ffmpeg -i {path} -c:a pcm_s16le new.wav"
        raise DataError(found, "a WAV file of integers (PCM)", fix, where=_WHERE) from error
    if len(raw) < size or width > 4:
        found = f"{path!r} claims {claimed} samples of {channels} channels and {8 * width} bits, and has {os.path.getsize(path)} bytes"
        raise DataError(found, "a whole WAV file of 8 to 32 bits", "it is cut off or damaged: get it again", where=_WHERE)
    return _numbers(raw, width).reshape(-1, channels), rate


def _numbers(raw: bytes, width: int) -> np.ndarray:
    """Integers of `width` bytes as floats from -1 to 1."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    if width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    return np.frombuffer(raw, f"<i{width}").astype(np.float32) / 2 ** (8 * width - 1)


def _of_length(sound: np.ndarray, length: int) -> np.ndarray:
    result = np.zeros((length, sound.shape[1]), np.float32)
    result[: len(sound)] = sound[:length]
    return result


def _filled_up(sounds: list[np.ndarray]) -> np.ndarray:
    longest = max(len(sound) for sound in sounds)
    return stack([_of_length(sound, longest) for sound in sounds])


def resample(sound: np.ndarray, old_rate: int, new_rate: int) -> np.ndarray:
    """A sound with another number of samples per second: a windowed sinc (Lanczos, 16 lobes), without aliasing.

    Args:
        sound: The sound, of shape (samples, channels), with silence before and after it.
        old_rate, new_rate: Samples per second.

    >>> resample(np.ones((100, 1), np.float32), 100, 50).shape
    (50, 1)
    """
    # The positions of new samples between old ones repeat: `up` new samples cover `down` old ones.
    common = math.gcd(old_rate, new_rate)
    up, down = new_rate // common, old_rate // common
    weights = _weights(up, down)
    reach = weights.shape[1] // 2
    count = math.ceil(len(sound) * up / down)
    result = np.empty((count, sound.shape[1]), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(sound, ((reach, reach + 1), (0, 0))), 2 * reach, axis=0)
    for phase in range(min(up, count)):
        part = result[phase::up]
        part[:] = windows[phase * down // up + 1 :: down][: len(part)] @ weights[phase]
    return result


@functools.lru_cache(maxsize=8)
def _weights(up: int, down: int) -> np.ndarray:
    """The weights of the old samples around a new one, for each position that a new one can have between them."""
    stretch = max(down / up, 1.0)  # a low-pass filter against aliasing if there are fewer new samples
    reach = math.ceil(_LOBES * stretch)
    between = (np.arange(up) * down % up / up)[:, None]
    distance = np.abs(np.arange(1 - reach, reach + 1) - between) / stretch
    weights = np.where(distance < _LOBES, lanczos(_LOBES)(distance), 0.0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
