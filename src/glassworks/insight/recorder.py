"""`Recorder`: what a model answers on the same few samples after each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.arguments import Integer, check
from glassworks.insight.batches import random_batch, source_of
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.steps import unpack

if TYPE_CHECKING:
    from glassworks.typing import Data, Structure

_MOST_EPOCHS = 200
_MOST_BYTES = 1 << 26


class Recorder(Callback):
    """A callback that records what the model answers on a few samples before training and after each epoch, for `insight.report`.

    The samples are the same in each epoch. Of very long trainings, and of outputs of more than 64 MB, every second, fourth, ... epoch is
    kept, 200 at most.

    Args:
        x: The data, of any kind that `fit` takes.
        y: The targets.
        samples: How many samples are drawn from it.
        seed: The seed of the draw.

    Attributes:
        x, y: The samples and their targets, after `fit`.
        epochs: The recorded epochs: 0 is before training.
        outputs: The model's outputs for each of them, as the flat list of its arrays.

    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse")
    >>> recorder = insight.Recorder(np.ones((8, 2)), np.ones((8, 1)), samples=3)
    >>> history = model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, verbose=0, callbacks=[recorder])
    >>> recorder.epochs, recorder.outputs[0][0].tolist()
    ([0, 1, 2], [[0.0], [0.0], [0.0]])
    """

    def __init__(self, x: Data, y: Structure = None, samples: int = 12, seed: int = 0) -> None:
        super().__init__()
        check("insight.Recorder", {"samples": Integer(minimum=1)}, samples=samples)
        self._data, self._count, self._seed = (x, y), samples, seed
        self.x: Structure = None
        self.y: Structure = None
        self.epochs: list[int] = []
        self.outputs: list[list[np.ndarray]] = []
        self._stride, self._latest = 1, 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Draw the samples, and record what the model answers before training."""
        if self.x is None:
            source = source_of(self.model, *self._data, None, self._count)
            self.x, self.y, _ = unpack(random_batch(source, self._count, self._seed))
        if self.model.history is not None:
            self.model.history.recorder = self
        if not self.epochs:
            self._record(0)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record what the model answers now."""
        self._latest = max(epoch, self._latest) + 1  # a second fit counts from 0 again
        if self._latest % self._stride == 0:
            self._record(self._latest)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Record the last epoch, whatever its number."""
        if self.epochs[-1] != self._latest:
            self._record(self._latest)

    def get_state(self) -> dict[str, Any]:
        """Nothing: another process records its own epochs."""
        return {}

    def _record(self, epoch: int) -> None:
        outputs = self.model.predict(self.x, verbose=0)
        self.epochs.append(epoch)
        self.outputs.append([np.asarray(output) for output in tree.flatten(outputs)])
        kept = sum(array.nbytes for arrays in self.outputs for array in arrays)
        if len(self.epochs) > _MOST_EPOCHS or (kept > _MOST_BYTES and len(self.epochs) > 2):
            self._stride *= 2
            self.epochs, self.outputs = self.epochs[::2], self.outputs[::2]
