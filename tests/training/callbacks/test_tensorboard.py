"""TensorBoard's logs, read by a small reader of the format: the records and their checksums, events, summaries, images.

What the files say to TensorBoard itself was compared by hand: tags, plugins and numbers of its `EventAccumulator`, histograms of its own
`histogram_pb`, and the drawing of the graph. Its package, with gRPC, is too large for the tests.
"""

from __future__ import annotations

import io
import pickle
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from glassworks import Input, Model, Sequential, layers
from glassworks.errors import ArgumentError, SaveError
from glassworks.training import event_files
from glassworks.training.callbacks import TensorBoard
from glassworks.training.event_files import EventWriter

# ---- a reader


def crc32c(data: bytes) -> int:
    """The checksum by its definition: the remainder of a division of polynomials, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32


def records(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    while data:
        length, check = struct.unpack("<QI", data[:12])
        assert check == masked(data[:8])
        body, rest = data[12 : 12 + length], data[12 + length :]
        assert struct.unpack("<I", rest[:4])[0] == masked(body)
        yield body
        data = rest[4:]


def fields(data: bytes) -> dict[int, list[Any]]:
    """The fields of a protocol buffer: numbers, and bytes of texts and messages."""
    found: dict[int, list[Any]] = {}
    place = 0

    def varint() -> int:
        nonlocal place
        number = shift = 0
        while True:
            byte = data[place]
            place += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while place < len(data):
        key = varint()
        if key & 7 == 0:
            value: Any = varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            value, place = data[place : place + size], place + size
        found.setdefault(key >> 3, []).append(value)
    return found


DTYPES = {1: np.float32, 2: np.float64}


def tensor(data: bytes) -> Any:
    parts = fields(data)
    shape = [fields(dim)[1][0] for dim in fields(parts[2][0]).get(2, [])]
    if parts[1] == [7]:
        return parts[8]
    return np.frombuffer(parts[4][0], DTYPES[parts[1][0]]).reshape(shape)


class Logs:
    """Everything in a folder of events: tag -> (step, value) pairs, tag -> plugin, and graphs."""

    def __init__(self, folder: Path) -> None:
        self.values: dict[str, list[tuple[int, Any]]] = {}
        self.plugins: dict[str, str] = {}
        self.graphs: list[bytes] = []
        for path in sorted(folder.glob("events.out.tfevents.*")):
            events = [fields(record) for record in records(path)]
            assert events[0][3] == [b"brain.Event:2"]
            assert all(abs(struct.unpack("<d", event[1][0])[0] - time.time()) < 100 for event in events)
            for event in events[1:]:
                self.graphs += event.get(4, [])
                for summary in event.get(5, []):
                    value = fields(fields(summary)[1][0])
                    tag = value[1][0].decode()
                    self.plugins[tag] = fields(fields(value[9][0])[1][0])[1][0].decode()
                    self.values.setdefault(tag, []).append((event.get(2, [0])[0], tensor(value[8][0])))

    def scalars(self, tag: str) -> tuple[list[int], list[float]]:
        assert self.plugins[tag] == "scalars"
        return [step for step, _ in self.values[tag]], [float(value) for _, value in self.values[tag]]


# ---- what the callback writes

X = np.random.default_rng(0).normal(size=(48, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 48)


def network() -> Any:
    model = Sequential([Input((6,)), layers.Dense(4, activation="relu", name="first"), layers.Dense(3, activation="softmax", name="last")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fitted(folder: Path, model: Any = None, **options: Any) -> Any:
    model = model or network()
    return model.fit(X, Y, epochs=3, batch_size=8, validation_split=0.25, verbose=0, callbacks=[TensorBoard(folder, **options)])


def test_metrics_have_keras_tags_and_the_numbers_of_the_history(tmp_path: Path) -> None:
    history = fitted(tmp_path).history
    train, validation = Logs(tmp_path / "train"), Logs(tmp_path / "validation")
    for name in ("loss", "accuracy"):
        assert train.scalars(f"epoch_{name}")[0] == validation.scalars(f"epoch_{name}")[0] == [0, 1, 2]
        np.testing.assert_allclose(train.scalars(f"epoch_{name}")[1], history[name], rtol=1e-6)
        np.testing.assert_allclose(validation.scalars(f"epoch_{name}")[1], history[f"val_{name}"], rtol=1e-6)
        assert validation.scalars(f"evaluation_{name}_vs_iterations")[0] == [5, 10, 15]
    assert train.scalars("epoch_learning_rate") == ([0, 1, 2], [pytest.approx(0.001)] * 3)
    assert set(train.values) - {"keras"} == {"epoch_loss", "epoch_accuracy", "epoch_learning_rate"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "validation"]


@pytest.mark.parametrize(("frequency", "steps"), [("batch", list(range(1, 16))), (4, [4, 8, 12])])
def test_metrics_of_batches_are_written_at_the_frequency(tmp_path: Path, frequency: Any, steps: list[int]) -> None:
    fitted(tmp_path, update_freq=frequency, write_steps_per_second=True)
    logs = Logs(tmp_path / "train")
    assert logs.scalars("batch_loss")[0] == logs.scalars("batch_accuracy")[0] == steps
    assert logs.scalars("batch_steps_per_second")[0] == steps
    assert min(logs.scalars("epoch_steps_per_second")[1]) > 0


def test_the_loop_is_not_interrupted_at_each_batch_unless_batches_are_logged() -> None:
    assert TensorBoard("logs").batch_hooks_optional
    assert not TensorBoard("logs", update_freq=100).batch_hooks_optional


def test_histograms_count_all_weights(tmp_path: Path) -> None:
    model = network()
    fitted(tmp_path, model, histogram_freq=2, write_images=True)
    logs = Logs(tmp_path / "train")
    rows = logs.values["first/kernel/histogram"]
    assert [step for step, _ in rows] == [0, 2] and logs.plugins["first/kernel/histogram"] == "histograms"
    lefts, rights, counts = rows[-1][1].T
    kernel = np.asarray(model.layers[0].kernel).ravel()
    expected, edges = np.histogram(kernel.astype("float64"), 30)
    np.testing.assert_allclose([lefts, rights], [edges[:-1], edges[1:]])
    np.testing.assert_array_equal(counts, expected)
    assert {tag for tag in logs.values if tag.endswith("/image")} == {
        *("first/kernel/image", "first/bias/image", "last/kernel/image", "last/bias/image")
    }


def test_images_are_png_files_of_the_weights(tmp_path: Path) -> None:
    model = network()
    model.layers[0].kernel.assign(np.linspace(-0.5, 1.5, 24).reshape(6, 4))
    model.optimizer.learning_rate = 0.0
    fitted(tmp_path, model, histogram_freq=1, write_images=True)
    logs = Logs(tmp_path / "train")
    width, height, file = logs.values["first/kernel/image"][0][1]
    assert (width, height) == (b"6", b"4")
    pixels = np.asarray(PIL.Image.open(io.BytesIO(file)))
    expected = np.clip(np.linspace(-0.5, 1.5, 24).reshape(6, 4).T, 0, 1)
    np.testing.assert_allclose(pixels / 255, expected, atol=1 / 255)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_files_of_all_kinds_are_read_by_another_program(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    read = np.asarray(PIL.Image.open(io.BytesIO(event_files.png.png(pixels))))
    np.testing.assert_array_equal(read.reshape(5, 7, channels), pixels)


def test_the_graph_has_the_nodes_of_each_layer(tmp_path: Path) -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = layers.Dense(4, activation="relu"), layers.Dense(3, activation="softmax")

        def call(self, x: Any) -> Any:
            return self.second(self.first(x))

    for model in (network(), Own()):
        model.compile("adam", "sparse_categorical_crossentropy")
        folder = tmp_path / model.name
        fitted(folder, model)
        (graph,) = Logs(folder / "train").graphs
        nodes = {fields(node)[1][0].decode(): fields(node) for node in fields(graph)[1]}
        first, second = (layer.name for layer in model.layers)
        assert {f"{first}/kernel", f"{first}/matmul", f"{first}/relu", f"{second}/softmax"} <= set(nodes)
        assert [name.decode() for name in nodes[f"{first}/matmul"][3]] == ["input", f"{first}/kernel"]


def test_the_graph_is_left_out_on_request(tmp_path: Path) -> None:
    fitted(tmp_path, write_graph=False)
    logs = Logs(tmp_path / "train")
    assert not logs.graphs and "keras" not in logs.values


def test_embeddings_are_written_for_the_projector(tmp_path: Path) -> None:
    model = Sequential([Input((4,)), layers.Embedding(5, 3, name="words"), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": 'a"b.tsv'})
    model.fit(np.ones((4, 4)), np.ones(4), verbose=0, callbacks=[callback])
    rows = np.loadtxt(tmp_path / "words_embedding.tsv", delimiter="\t")
    np.testing.assert_allclose(rows, model.layers[0].embeddings.numpy(), rtol=1e-5)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "words_embedding.tsv"' in text and 'metadata_path: "a\\042b.tsv"' in text
    with pytest.raises(ArgumentError, match="'sentences'"):
        model.fit(
            np.ones((4, 4)),
            np.ones(4),
            verbose=0,
            callbacks=[TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"sentences": "x"})],
        )


def test_an_evaluation_is_logged_over_the_steps_of_training(tmp_path: Path) -> None:
    model = network()
    fitted(tmp_path / "fit", model)
    result = model.evaluate(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path / "evaluate")])
    steps, values = Logs(tmp_path / "evaluate" / "validation").scalars("evaluation_loss_vs_iterations")
    assert steps == [15] and values == [pytest.approx(result[0])]


def test_each_run_writes_files_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        fitted(tmp_path)
    assert len(list((tmp_path / "train").iterdir())) == 2
    assert Logs(tmp_path / "train").scalars("epoch_loss")[0] == [0, 1, 2] * 2


def test_what_an_epoch_wrote_is_on_disk_when_it_ends(tmp_path: Path) -> None:
    seen = []

    class Look(TensorBoard):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            super().on_epoch_end(epoch, logs)
            seen.append(Logs(tmp_path / "train").scalars("epoch_loss")[0])

    network().fit(X, Y, epochs=2, verbose=0, callbacks=[Look(tmp_path)])
    assert seen == [[0], [0, 1]]


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="saving"):
        fitted(tmp_path / "file" / "logs")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_full_disk_is_a_clear_error() -> None:
    writer = EventWriter(Path("/dev"))
    writer._file = Path("/dev/full")
    writer.summary(event_files.scalar("loss", 1.0), 0)
    with pytest.raises(SaveError, match="space"):
        writer.flush()


@pytest.mark.parametrize(
    "options", [{"update_freq": 0}, {"update_freq": "step"}, {"profile_batch": -1}, {"profile_batch": "1,b"}, {"profile_batch": (5, 2)}]
)
def test_values_that_are_not_allowed_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        TensorBoard("logs", **options)


@pytest.mark.parametrize("batches", [2, "2", "10,20", (10, 20)])
def test_profiling_is_refused_with_a_warning(batches: Any) -> None:
    with pytest.warns(UserWarning, match=r"model\.plan"):
        TensorBoard("logs", profile_batch=batches)


def test_a_callback_can_be_copied_after_use(tmp_path: Path) -> None:
    callback = TensorBoard(tmp_path)
    network().fit(X, Y, verbose=0, callbacks=[callback])
    assert pickle.loads(pickle.dumps(callback)).log_dir == str(tmp_path)


def test_a_run_that_goes_on_counts_its_batches_on(tmp_path: Path) -> None:
    first = TensorBoard(tmp_path / "first", update_freq="batch")
    network().fit(X, Y, batch_size=8, verbose=0, callbacks=[first])
    second = TensorBoard(tmp_path / "second", update_freq="batch")
    second.on_train_begin()
    second.set_state(first.get_state())
    second.on_train_batch_begin(0)
    second.on_train_batch_end(0, {"loss": 1.0})
    second.on_train_end()
    assert Logs(tmp_path / "second" / "train").scalars("batch_loss") == ([7], [1.0])


def test_values_that_are_not_finite_are_written_as_they_are(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    writer.summary(event_files.scalar("loss", float("nan")), 0)
    writer.summary(event_files.histogram("weights", np.array([1.0, np.nan, np.inf, 3.0])), 0)
    writer.summary(event_files.histogram("same", np.ones(7)), 0)
    writer.summary(event_files.histogram("none", np.zeros(0)), 0)
    writer.flush()
    logs = Logs(tmp_path)
    assert np.isnan(logs.scalars("loss")[1][0])
    assert logs.values["weights"][0][1][:, 2].sum() == 2
    assert logs.values["same"][0][1][-1].tolist() == [1, 1, 7]
    assert not logs.values["none"][0][1].any()
