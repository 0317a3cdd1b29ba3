"""`BackupAndRestore`: training that goes on where it was when the program ended."""

from __future__ import annotations

import os
from typing import Any

from glassworks.arguments import Anything
from glassworks.errors import ArgumentError
from glassworks.training.callbacks.callback import Callback


class BackupAndRestore(Callback):
    """Back up the state of a training, and go on from it when `fit` is called again after an interruption.

    The run goes on exactly: weights, optimizer, random numbers, the position in the data and the state of the callbacks are those of a training
    that was never interrupted. `fit(resume=folder)` does the same without a callback, and keeps the last state in the folder.
    When training is complete, the backup is deleted. Files in the folder that are not part of it are never touched.

    Args:
        backup_dir: The folder for the backup, for one training at a time.
        save_freq: "epoch" to back up after each epoch, or a number of batches. Ctrl-C and SIGTERM back up in any case.
        double_checkpoint: Accepted: the last two states are always kept.
        delete_checkpoint: Whether to delete the backup when training is complete.

    Raises:
        ArgumentError: An empty `backup_dir`, or another `save_freq`.
        LoadError: (from `fit`) The backup is of another training, or damaged.

    >>> import tempfile, numpy as np
    >>> from glassworks import Sequential, callbacks, layers
    >>> def train():
    ...     model = Sequential([layers.Input(shape=(2,)), layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     return model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(folder)])
    >>> folder = tempfile.mkdtemp()
    >>> train().epoch
    [0, 1, 2]
    """

    backup_dir = save_freq = double_checkpoint = delete_checkpoint = Anything()

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ArgumentError(
                f"backup_dir={backup_dir!r}", "a folder", "pass a folder: BackupAndRestore('backup')", where="BackupAndRestore"
            )
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            expected = "'epoch' or a number of batches"
            raise ArgumentError(f"save_freq={save_freq!r}", expected, "pass save_freq='epoch'", where="BackupAndRestore")
        self._keep_arguments(backup_dir=os.fspath(backup_dir), save_freq=save_freq)
        self._keep_arguments(double_checkpoint=double_checkpoint, delete_checkpoint=delete_checkpoint)

    def get_state(self) -> dict[str, Any]:
        """Nothing: this callback only says where and when."""
        return {}
