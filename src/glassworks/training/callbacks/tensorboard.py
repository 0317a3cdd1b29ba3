"""`TensorBoard`: metrics, weights and the graph of a model, for TensorBoard to draw."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.arguments import Anything, Argument, Integer
from glassworks.errors import ArgumentError, GlassworksError, warn
from glassworks.files import atomic_file
from glassworks.graph import Spec, trace
from glassworks.layers.embedding import Embedding
from glassworks.settings import image_data_format
from glassworks.training import event_files
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.event_files import EventWriter
from glassworks.training.steps import forward
from glassworks.typing import ArrayLike

if TYPE_CHECKING:
    from glassworks.models.model import Model


class _Frequency(Argument[str | int]):
    """How often the metrics of batches are written."""

    def allows(self, value: object) -> bool:
        return value in ("epoch", "batch") if isinstance(value, str) else _EVERY.allows(value)

    def convert(self, value: str | int) -> str | int:
        return 1 if value == "batch" else value

    def __str__(self) -> str:
        return '"epoch", "batch", or a number of batches from 1'


class _Batches(Argument[Any]):
    """A batch, or the first and the last of some."""

    def allows(self, value: object) -> bool:
        numbers = _numbers(value)
        return len(numbers) in (1, 2) and all(map(_FROM_0.allows, numbers)) and numbers[0] <= numbers[-1]

    def __str__(self) -> str:
        return "the number of a batch, or a pair of them, the first not larger"


def _numbers(value: object) -> list[Any]:
    if isinstance(value, str):
        return [int(part) for part in value.split(",")] if re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)?", value) else []
    return list(value) if isinstance(value, (tuple, list)) and len(value) == 2 else [value]


_EVERY, _FROM_0 = Integer(minimum=1), Integer(minimum=0)


class TensorBoard(Callback):
    """Write logs that TensorBoard draws (`tensorboard --logdir logs`): metrics per epoch, and what else is asked for.

    Files and tags are Keras's: `train/` has `epoch_loss`, `epoch_learning_rate` and so on, `validation/` has `epoch_loss` of the
    validation data. The writer is our own, so neither TensorFlow nor TensorBoard needs to be installed. What an epoch wrote is on disk when it
    ends. With `update_freq="epoch"` training is as fast as without this callback.

    Args:
        log_dir: The folder of the logs; best a new one for each run, as `logs/first`.
        histogram_freq: Every how many epochs to write histograms of all weights; 0 for never.
        write_graph: Whether to write the graph of the model.
        write_images: Whether to write weights as images, too, when histograms are written.
        write_steps_per_second: Whether to write the number of training steps per second.
        update_freq: "epoch"; or "batch" or a number n to also write the metrics of every batch, or of every n-th one, which costs time.
        profile_batch: Accepted, with a warning if it is not 0: `model.plan()` shows how long each part of a step takes.
        embeddings_freq: Every how many epochs to write the tables of embedding layers, for the projector; 0 for never.
        embeddings_metadata: A file with the labels of the rows, or a dict of such files by the names of embedding layers.

    Raises:
        ArgumentError: A value that is not allowed.
        SaveError: The folder cannot be written.

    >>> import pathlib, tempfile
    >>> from glassworks import Sequential, layers
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> model = Sequential([layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[TensorBoard(folder)])
    >>> [path.name for path in folder.iterdir()]
    ['train']
    """

    histogram_freq = embeddings_freq = Integer(minimum=0)
    update_freq, profile_batch = _Frequency(), _Batches()
    log_dir = write_graph = write_images = write_steps_per_second = embeddings_metadata = Anything()

    def __init__(
        self,
        log_dir: str | PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int | str | tuple[int, int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: str | Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._keep_arguments(log_dir=os.fspath(log_dir), histogram_freq=histogram_freq, embeddings_freq=embeddings_freq)
        self._keep_arguments(write_graph=write_graph, write_images=write_images, write_steps_per_second=write_steps_per_second)
        self._keep_arguments(embeddings_metadata=embeddings_metadata)
        self._keep_arguments(update_freq=update_freq, profile_batch=profile_batch)
        if any(_numbers(profile_batch)):
            warn(f"TensorBoard(profile_batch={profile_batch!r}) profiles nothing: model.plan() shows how long each part of a step takes")
        self.batch_hooks_optional = self.update_freq == "epoch"
        self._writers: dict[str, EventWriter] = {}
        self._graph_is_due = False
        self._train_batches = 0

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_writers": {}}

    def _writer(self, part: str) -> EventWriter:
        return self._writers.setdefault(part, EventWriter(Path(self.log_dir) / part))

    def set_model(self, model: Model) -> None:
        """Write the config of the model, which can be drawn before the first step."""
        super().set_model(model)
        self._writers = {}
        if self.embeddings_freq:
            self._check_metadata()
        self._graph_is_due = bool(self.write_graph)
        if self.write_graph and type(model).__name__ in ("Functional", "Sequential"):
            self._write_config()

    # ---- the hooks

    def get_state(self) -> dict[str, Any]:
        """The counts that the steps of summaries are."""
        return {"_train_batches": self._train_batches, "_steps_before": getattr(self, "_steps_before", 0)}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Count batches from 0 again."""
        self._train_batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the time."""
        self._epoch_start = time.perf_counter()
        self._steps_before = self._iterations()

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Note the time."""
        self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Write the metrics of the batch, if its turn has come."""
        self._train_batches += 1
        if self.update_freq == "epoch" or self._train_batches % int(self.update_freq):
            return
        self._write_graph()
        if self.write_steps_per_second:
            self._scalar("train", "batch_steps_per_second", 1 / max(time.perf_counter() - self._batch_start, 1e-9), self._train_batches)
        for name, value in (logs or {}).items():
            self._scalar("train", f"batch_{name}", value, self._train_batches)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the metrics of the epoch, and the weights if their turn has come."""
        self._write_graph()
        self._write_metrics(epoch, logs or {})
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        self._flush()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Write the metrics of an evaluation over the number of training steps."""
        if self.model is None or getattr(self.model, "optimizer", None) is None:
            return
        for name, value in (logs or {}).items():
            self._scalar("validation", f"evaluation_{name}_vs_iterations", value, self._iterations())
        self._flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Put everything on disk."""
        self._flush()

    # ---- what is written

    def _scalar(self, part: str, tag: str, value: ArrayLike, step: int) -> None:
        number = np.asarray(value)
        if number.size == 1 and number.dtype.kind in "fiub":
            self._writer(part).summary(event_files.scalar(tag, float(number.reshape(()))), step)

    def _write_metrics(self, epoch: int, logs: Logs) -> None:
        if not logs:
            return
        train = {name: value for name, value in logs.items() if not name.startswith("val_")} | self._learning_rates()
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._epoch_start, 1e-9)
            train["steps_per_second"] = (self._iterations() - self._steps_before) / seconds
        for name, value in train.items():
            self._scalar("train", f"epoch_{name}", value, epoch)
        for name, value in logs.items():
            if name.startswith("val_"):
                self._scalar("validation", f"epoch_{name.removeprefix('val_')}", value, epoch)

    def _iterations(self) -> int:
        optimizer = getattr(self.model, "optimizer", None)
        return int(np.asarray(optimizer.iterations)) if optimizer is not None else 0

    def _learning_rates(self) -> dict[str, float]:
        optimizer = getattr(self.model, "optimizer", None)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if optimizer is None:
            return {}
        several = getattr(optimizer, "optimizers", None)
        if several:
            return {f"learning_rate_{one.name}": float(np.asarray(one.learning_rate)) for one in several}
        return {"learning_rate": float(np.asarray(optimizer.learning_rate))}

    def _write_weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                array = np.asarray(weight.numpy())
                if array.dtype.kind not in "fiubV":
                    continue
                numbers = array.astype(np.float64)
                name = weight.path.replace(":", "_")
                writer.summary(event_files.histogram(f"{name}/histogram", numbers), epoch)
                images = _as_images(numbers) if self.write_images else None
                if images is not None:
                    writer.summary(event_files.image(f"{name}/image", images), epoch)

    def _write_config(self) -> None:
        try:
            config = self.model.to_json()
        except (GlassworksError, AttributeError, TypeError) as error:
            warn(f"TensorBoard: the config of the model is left out of the graphs: {error}")
            return
        self._writer("train").summary(event_files.keras_config("keras", config), 0)

    def _write_graph(self) -> None:
        """Write the forward pass, once, when the first batch has shown the shapes."""
        if not self._graph_is_due:
            return
        self._graph_is_due = False
        model = self.model
        try:
            inputs = model._trainer.programs.inputs
            if inputs is None:
                return
            specs = tree.map_structure(lambda tensor: Spec(tuple(size or 1 for size in tensor.shape), tensor.dtype), inputs)
            graph = trace(lambda x: forward(model, x, training=False), specs)
        except (GlassworksError, AttributeError) as error:
            warn(f"TensorBoard: the graph of the model is left out: {error}")
            return
        self._writer("train").graph(event_files.graph_definition(graph, model.name), 0)

    # ---- embeddings

    def _embeddings(self) -> list[Any]:
        return [layer for layer in self.model.layers if isinstance(layer, Embedding)]

    def _check_metadata(self) -> None:
        if isinstance(self.embeddings_metadata, Mapping):
            names = [layer.name for layer in self._embeddings()]
            unknown = [name for name in self.embeddings_metadata if name not in names]
            if unknown:
                found = f"embeddings_metadata for {', '.join(map(repr, unknown))}"
                raise ArgumentError(
                    found, f"names of embedding layers: {', '.join(map(repr, names))}", "check the names", where="TensorBoard"
                )

    def _write_embeddings(self) -> None:
        """Write each table as rows of numbers, and the file by which the projector finds them."""
        config = []
        for layer in self._embeddings():
            if not layer.built:
                continue
            table = np.asarray(layer.embeddings.numpy(), np.float32)
            name = "".join(letter if letter.isalnum() else "_" for letter in layer.name)
            file = f"{name}_embedding.tsv"
            with atomic_file(Path(self.log_dir) / file) as target:
                np.savetxt(target, table, delimiter="\t", fmt="%.7g")
            labels = self.embeddings_metadata
            path = labels.get(layer.name) if isinstance(labels, Mapping) else labels
            lines = [f"  tensor_name: {_quoted(layer.embeddings.path)}", f"  tensor_path: {_quoted(file)}"]
            lines += [f"  metadata_path: {_quoted(path)}"] if path else []
            config += ["embeddings {", *lines, "}"]
        if config:
            with atomic_file(Path(self.log_dir) / "projector_config.pbtxt") as target:
                target.write(("\n".join(config) + "\n").encode())

    def _flush(self) -> None:
        for writer in self._writers.values():
            writer.flush()


def _as_images(weight: np.ndarray) -> np.ndarray | None:
    """A weight as images of one channel, as Keras draws it: a bias as a row, a matrix lying down, a kernel filter by filter."""
    array = np.squeeze(weight)
    if array.ndim == 1:
        return array.reshape(1, -1, 1, 1)
    if array.ndim == 2:
        array = array.T if array.shape[0] > array.shape[1] else array
        return array[None, :, :, None]
    if array.ndim == 3:
        array = array.transpose(2, 0, 1) if image_data_format() == "channels_last" else array
        return array[..., None]
    return array if array.ndim == 4 and array.shape[-1] in (1, 3, 4) else None


def _quoted(text: str) -> str:
    """A text in a file of protocol buffers."""
    return '"' + "".join(f"\\{byte:03o}" if byte < 32 or byte > 126 or byte in b'"\\' else chr(byte) for byte in text.encode()) + '"'
