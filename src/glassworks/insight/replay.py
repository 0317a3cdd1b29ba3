"""The recorded epochs as a slider over the same samples: what they are, and what the model answered after each epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from glassworks import tree
from glassworks.display.numbers import number_text
from glassworks.display.page import slider
from glassworks.display.png import data_uri, png_bytes
from glassworks.drawing.images import as_picture
from glassworks.drawing.samples import kind_of
from glassworks.insight.predicted import ClassNames

if TYPE_CHECKING:
    from glassworks.insight.recorder import Recorder
    from glassworks.training.callbacks.history import History
    from glassworks.typing import Structure

_BARS = 4
"""How many classes a sample shows."""
_LARGEST = 96
"""The pixels of a side up to which images stay as they are; of larger ones every second, third, ... pixel is kept."""


def replay(recorder: Recorder, history: History | None, class_names: ClassNames, image_shape: Sequence[int] | None) -> str:
    """The slider and the samples as HTML.

    Args:
        recorder: What was recorded.
        history: The numbers of the epochs, shown beside the slider.
        class_names: The names of the classes.
        image_shape: The shape of images that are vectors in the data.
    """
    answers = [outputs[0] for outputs in recorder.outputs]
    count = len(answers[0])
    targets = [target for target in tree.flatten(recorder.y) if target is not None] if recorder.y is not None else []
    truth = np.asarray(targets[0]) if targets else None
    reader = _Reader(answers, truth, class_names)
    epochs: list[dict[str, object]] = [
        {"text": _epoch_text(epoch, history), "samples": [reader.answer(output[i], i) for i in range(count)]}
        for epoch, output in zip(recorder.epochs, answers, strict=True)
    ]
    return slider(epochs, [_card(recorder.x, i, image_shape, reader.truth_text(i)) for i in range(count)])


class _Reader:
    """Reads outputs as classes, as yes and no, or as numbers: by their shapes, their range, and the targets."""

    def __init__(self, answers: list[np.ndarray], truth: np.ndarray | None, class_names: ClassNames) -> None:
        self._names = class_names
        self._truth = truth
        last = np.concatenate([answer.reshape(len(answer), -1) for answer in answers])
        self._in_range = bool(np.isfinite(last).all() and (last >= -1e-6).all() and (last <= 1 + 1e-6).all())
        flat = answers[0].reshape(len(answers[0]), -1)
        width = flat.shape[1]
        labels = None if truth is None else truth.reshape(len(truth), -1)
        are_whole = labels is None or bool(np.array_equal(labels, np.rint(labels)))
        is_distribution = width > 1 and bool(np.allclose(last.sum(-1), 1, atol=1e-2))
        sparse = labels is not None and labels.shape[1] == 1 and width > 1 and are_whole
        self._kind = "classes" if answers[0].ndim == 2 and (sparse or (is_distribution and self._in_range)) else "numbers"
        if width == 1 and self._in_range and labels is not None and are_whole and set(np.unique(labels)) <= {0, 1}:
            self._kind = "binary"

    def answer(self, output: np.ndarray, sample: int) -> dict[str, object]:
        """What the model answered for a sample: in words, whether it is right, and shares for bars."""
        flat = np.asarray(output, float).reshape(-1)
        if self._kind == "numbers":
            return {"verdict": f"predicted {_numbers(flat)}", "right": None, "bars": []}
        shares = np.array([1 - flat[0], flat[0]]) if self._kind == "binary" else flat if self._in_range else _softmax(flat)
        best = int(shares.argmax()) if np.isfinite(shares).all() else -1
        true = self._label(sample)
        right = None if true is None else bool(best == true)
        word = "" if right is None else ", right" if right else ", wrong"
        order = np.argsort(-np.nan_to_num(shares), kind="stable")[:_BARS]
        if true is not None and true not in order and true < len(shares):
            order = np.append(order[:-1], true)
        bars = [[self._name(int(i)), round(float(np.clip(np.nan_to_num(shares[i]), 0, 1)), 4)] for i in order]
        return {"verdict": f"predicted {self._name(best) if best >= 0 else 'nan'}{word}", "right": right, "bars": bars}

    def truth_text(self, sample: int) -> str:
        """What is true of a sample."""
        label = self._label(sample)
        if label is not None:
            return f"true class: {self._name(label)}"
        return "" if self._truth is None else f"target: {_numbers(np.asarray(self._truth[sample]).reshape(-1))}"

    def _label(self, sample: int) -> int | None:
        if self._truth is None or self._kind == "numbers":
            return None
        flat = np.asarray(self._truth[sample]).reshape(-1)
        return int(flat[0]) if len(flat) == 1 else int(flat.argmax())

    def _name(self, number: int) -> str:
        if isinstance(self._names, Mapping):
            return str(self._names.get(number, number))
        return str(self._names[number]) if self._names is not None and number < len(self._names) else str(number)


def _card(x: Structure, sample: int, image_shape: Sequence[int] | None, truth: str) -> str:
    arrays = [np.asarray(leaf[sample]) for leaf in tree.flatten(x)]
    first = arrays[0].reshape(tuple(image_shape)) if image_shape is not None else arrays[0]
    words = truth or f"sample {sample + 1}"
    if first.dtype.kind in "iufb" and first.ndim >= 2 and kind_of(first) == "image":
        step = -(-max(first.shape[:2]) // _LARGEST)
        uri = data_uri(png_bytes(as_picture(first[::step, ::step])), "image/png")
        shown = f'<img src="{uri}" alt="Sample {sample + 1}, {escape(words)}">'
    else:
        shown = f'<div class="input">{escape("; ".join(_short(array) for array in arrays))}</div>'
    return f"{shown}<div>{escape(words)}</div>"


def _short(array: np.ndarray) -> str:
    flat = array.reshape(-1)
    if flat.dtype.kind in "iufb":
        return _numbers(flat, 6)
    texts = [part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in flat[:6].tolist()]
    return ", ".join(text if len(text) <= 120 else f"{text[:119]}…" for text in texts)


def _numbers(flat: np.ndarray, most: int = 4) -> str:
    shown = ", ".join(str(number) if flat.dtype.kind in "iub" else number_text(number) for number in flat[:most])
    return f"{shown}, ... ({len(flat)} numbers)" if len(flat) > most else shown


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _epoch_text(epoch: int, history: History | None) -> str:
    if epoch == 0:
        return "before training"
    numbers = []
    if history is not None:
        for name, values in history.history.items():
            epochs = list(history.logged.get(name, []))
            if epoch - 1 in epochs and np.ndim(values[epochs.index(epoch - 1)]) == 0:
                numbers.append(f"{name} {number_text(values[epochs.index(epoch - 1)])}")
    return f"epoch {epoch}" + (f": {', '.join(numbers)}" if numbers else "")
