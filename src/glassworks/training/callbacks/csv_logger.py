"""`CSVLogger`: the logs of each epoch as a line of a CSV file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any, TextIO, cast

from glassworks.arguments import Anything
from glassworks.errors import ArgumentTypeError, warn
from glassworks.training.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write a line per epoch: its number from 0, then the metrics in alphabetical order.

    Each line is on disk when its epoch ends. The columns are those of the first epoch; a value that is missing later is "NA".

    Args:
        filename: The file.
        separator: The text between two values.
        append: Whether to append to an existing file, without a second header, instead of replacing it.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> logger = CSVLogger(path)
    >>> logger.on_train_begin(); logger.on_epoch_end(0, {"loss": 0.5}); logger.on_train_end()
    >>> print(path.read_text().strip())
    epoch,loss,val_loss
    0,0.5,NA
    """

    filename = separator = append = Anything()

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        super().__init__()
        if not isinstance(filename, (str, bytes, os.PathLike)):
            raise ArgumentTypeError(f"filename={filename!r}", "the path of a file", "CSVLogger('log.csv')", where="CSVLogger")
        self._keep_arguments(filename=os.fspath(filename), separator=separator, append=append)
        self.sep = separator
        self.keys: list[str] | None = None
        self._file: TextIO | None = None

    @property
    def csv_file(self) -> TextIO | None:
        """The open file, while training runs."""
        return self._file

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_file": None}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file."""
        self.on_train_end()
        append = self.append or self.params.get("resumed", False)
        self._has_header = append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file = open(self.filename, "a" if append else "w", newline="", encoding="utf-8")
        self.keys = None

    def get_state(self) -> dict[str, Any]:
        """The columns, and the size of the file."""
        return {"keys": self.keys, "size": 0 if self._file is None else os.path.getsize(self.filename)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on after the lines that the file had then; later ones, of epochs that will be repeated, are removed."""
        self.keys = state["keys"]
        if self._file is None:
            self.on_train_begin()
        file, size = cast(TextIO, self._file), os.path.getsize(self.filename)
        if size < state["size"]:
            warn(f"[CSVLogger] {self.filename} has {size} bytes in place of {state['size']}: the lines of earlier epochs are missing")
        file.truncate(min(size, state["size"]))
        self._has_header = state["size"] > 0 and size > 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line."""
        logs = logs or {}
        if self._file is None:
            self.on_train_begin()
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(name.startswith("val_") for name in logs):
                # If the first epoch has no validation (validation_freq > 1), its columns are reserved, as in Keras.
                self.keys += [f"val_{name}" for name in self.keys]
        file = cast(TextIO, self._file)
        writer = csv.writer(file, delimiter=self.sep, lineterminator="\n")
        if not self._has_header:
            writer.writerow(["epoch", *self.keys])
            self._has_header = True
        writer.writerow([epoch, *(_text(logs.get(key, "NA")) for key in self.keys)])
        file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = None


def _text(value: Any) -> Any:
    is_many = isinstance(value, Iterable) and not isinstance(value, str) and getattr(value, "ndim", 1) > 0
    return f'"[{", ".join(map(str, value))}]"' if is_many else value
