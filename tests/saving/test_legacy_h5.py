"""Keras's older `.h5` files: what Keras 2 and 3 write is read here, what is written here is read by Keras, and damage is refused."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import layers, losses, metrics, models
from glassworks.errors import ArgumentError, GlassworksWarning, LoadError
from glassworks.saving import legacy_config, load_model, save_model
from glassworks.training import callbacks

FILES = Path(__file__).parent / "files"
numbers = np.random.default_rng(0)


def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(FILES / f"{name}.npz") as arrays:
        return dict(arrays)


def of(arrays: dict[str, np.ndarray], letter: str) -> Any:
    values = [arrays[key] for key in sorted(arrays) if key[0] == letter and key[1:].isdigit()]
    return values if len(values) > 1 else values[0]


def predict(model: Any, inputs: Any) -> Any:
    return model.predict(inputs, verbose=0)


def small_model(k: Any = glassworks) -> Any:
    return k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="relu"), k.layers.BatchNormalization(), k.layers.Dense(1)])


def trained(model: Any) -> Any:
    model.compile("adam", "mean_squared_error", metrics=["mae"])
    model.fit(numbers.random((8, 4)), numbers.random((8, 1)), epochs=2, verbose=0)
    return model


# ---- files of Keras 2


@pytest.mark.parametrize("name", ["images", "texts", "graph", "translation", "attention", "adam", "sgd", "old_adam", "old_rmsprop"])
def test_a_file_of_keras_2_predicts_what_keras_2_predicted(name: str) -> None:
    arrays = stored(name)
    model = load_model(FILES / f"{name}.h5")
    outputs, expected = predict(model, of(arrays, "x")), of(arrays, "y")
    for output, wanted in zip(*([outputs], [expected]) if not isinstance(expected, list) else (outputs, expected), strict=True):
        np.testing.assert_allclose(output, wanted, atol=1e-5)


def test_a_file_of_keras_2_loads_after_the_registered_objects_were_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(glassworks.saving.get_custom_objects()):
        monkeypatch.delitem(glassworks.saving.get_custom_objects(), name)
    assert load_model(FILES / "texts.h5").get_layer("gru").recurrent_activation is legacy_config.hard_sigmoid


@pytest.mark.parametrize("name", ["adam", "sgd", "old_adam", "old_rmsprop"])
def test_training_goes_on_where_keras_2_stopped(name: str) -> None:
    arrays = stored(name)
    model = load_model(FILES / f"{name}.h5")
    model.fit(arrays["x0"], arrays["targets"], epochs=3, batch_size=8, verbose=0)
    np.testing.assert_allclose(predict(model, arrays["x0"]), arrays["later"], atol=1e-5)


def test_the_compile_settings_of_keras_2_are_kept() -> None:
    model, arrays = load_model(FILES / "old_adam.h5"), stored("old_adam")
    assert isinstance(model.loss, losses.MeanSquaredError)
    assert list(model.evaluate(arrays["x0"], arrays["targets"], return_dict=True, verbose=0)) == ["loss", "mae", "root_mean_squared_error"]
    assert float(load_model(FILES / "sgd.h5").optimizer.momentum) == pytest.approx(0.9)


def test_weights_alone_and_weights_of_a_whole_model_are_loaded_in_order() -> None:
    model = models.Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(1)])
    for name in ("weights_only", "old_rmsprop"):
        for weight in model.weights:
            weight.assign(weight * 0)
        model.load_weights(FILES / f"{name}.h5")
        assert all(np.abs(weight.numpy()).sum() > 0 for weight in model.weights)
    np.testing.assert_allclose(predict(model, stored("old_rmsprop")["x0"]), stored("old_rmsprop")["later"], atol=1)


def cudnn_weights(units: int, inputs: int, gates: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The weights of a layer of cuDNN, and the same in the layout of LSTM and GRU: each gate's kernel is stored transposed."""
    kernels = [numbers.random((inputs, units), "float32") for _ in range(gates)]
    recurrent = [numbers.random((units, units), "float32") for _ in range(gates)]
    bias = numbers.random((2 * gates * units,), "float32")
    flat = [kernel.T.reshape(-1).reshape(inputs, units) for kernel in kernels]  # the memory of the transposed kernel
    theirs = [np.hstack(flat), np.hstack([kernel.T for kernel in recurrent]), bias]
    both = bias.reshape(2, -1)
    return theirs, [np.hstack(kernels), np.hstack(recurrent), both.sum(0) if gates == 4 else both]


@pytest.mark.parametrize(("kind", "layer", "gates"), [("CuDNNLSTM", layers.LSTM, 4), ("CuDNNGRU", layers.GRU, 3)])
def test_layers_of_cudnn_become_lstm_and_gru(tmp_path: Path, kind: str, layer: Any, gates: int) -> None:
    theirs, ours = cudnn_weights(3, 2, gates)
    config = {"name": "rnn", "units": 3, "batch_input_shape": [None, 4, 2], "return_sequences": False, "stateful": False}
    path = written(tmp_path, {"class_name": "Sequential", "config": [{"class_name": kind, "config": config}]}, {"rnn": theirs})
    model = load_model(path)
    expected = models.Sequential([layers.Input((4, 2)), layer(3)])
    expected.set_weights(ours)
    x = numbers.random((5, 4, 2), "float32")
    np.testing.assert_allclose(predict(model, x), predict(expected, x), atol=1e-6)


def written(folder: Path, config: Any, weights: dict[str, list[np.ndarray]], version: str = "2.2.4", **attributes: Any) -> Path:
    """A file in the form of Keras 2."""
    path = folder / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update({"keras_version": version, "backend": "tensorflow", "model_config": json.dumps(config), **attributes})
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            inner = group.create_group(name)
            inner.attrs["weight_names"] = [f"{name}/{number}:0".encode() for number in range(len(arrays))]
            for number, array in enumerate(arrays):
                inner[f"{name}/{number}:0"] = array
    return path


def dense(name: str, units: int = 2, **config: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": name, "units": units, **config}}


def test_old_names_of_layers_and_arguments_are_understood(tmp_path: Path) -> None:
    old = {
        "class_name": "Sequential",
        "config": [
            dense("a", 3, batch_input_shape=[None, 3], kernel_initializer={"class_name": "Zeros", "config": {"dtype": "float32"}}),
            {"class_name": "BatchNormalizationV1", "config": {"name": "b", "axis": [1], "fused": False, "renorm": False}},
            {"class_name": "ThresholdedReLU", "config": {"name": "c", "theta": {"type": "ndarray", "value": 0.5}}},
            dense("d", 3, activation="softmax_v2", dtype={"class_name": "Policy", "config": {"name": "float32"}}),
        ],
    }
    eye, ones, zeros = np.eye(3, dtype="float32"), np.ones(3, "float32"), np.zeros(3, "float32")
    model = load_model(written(tmp_path, old, {"a": [eye, zeros], "b": [ones, zeros, zeros, ones], "d": [eye, zeros]}))
    x = np.array([[0.2, 0.6, 2.0]], "float32")
    exponents = np.exp(np.where(x / np.sqrt(1.001) > 0.5, x / np.sqrt(1.001), 0))
    np.testing.assert_allclose(predict(model, x), exponents / exponents.sum(), atol=1e-6)


def test_operations_of_tensorflow_2_0_are_understood(tmp_path: Path) -> None:
    def node(name: str, kind: str, inbound: list[Any], constants: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        definition = {"name": name, "op": kind, "input": [], "attr": attributes}
        config = {"name": name, "node_def": definition, "constants": constants}
        return {"class_name": "TensorFlowOpLayer", "config": config, "name": f"tf_op_layer_{name}", "inbound_nodes": [inbound]}

    x = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "x"}, "name": "x", "inbound_nodes": []}
    nodes = [
        node("mul", "Mul", [["x", 0, 0, {}]], {"1": 2.0}),
        node("sub", "Sub", [["tf_op_layer_mul", 0, 0, {}]], {"0": 1.0}),
        node("mean", "Mean", [["tf_op_layer_sub", 0, 0, {}]], {"1": 1}, keep_dims={"b": True}),
        node("add", "AddV2", [["tf_op_layer_mean", 0, 0, {}], ["x", 0, 0, {}]], {}),
    ]
    inner = {"name": "m", "layers": [x, *nodes], "input_layers": [["x", 0, 0]], "output_layers": [["tf_op_layer_add", 0, 0]]}
    model = load_model(written(tmp_path, {"class_name": "Model", "config": inner}, {}, "2.3.0-tf"))
    data = numbers.random((3, 4), "float32")
    np.testing.assert_allclose(predict(model, data), (1 - data * 2).mean(1, keepdims=True) + data, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"class_name": "Dense", "config": {"name": "a", "units": 2, "batch_input_shape": [None, 3], "quantum": 3}}, "quantum"),
        (
            {"class_name": "LocallyConnected1D", "config": {"name": "a", "filters": 2, "batch_input_shape": [None, 3, 1]}},
            "LocallyConnected1D",
        ),
        ({"class_name": "GRU", "config": {"units": 1, "time_major": True, "batch_input_shape": [None, 3, 1]}}, "time_major"),
        ({"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None], "function_type": "lambda", "name": "f"}}, "code"),
    ],
)
def test_what_has_no_counterpart_is_named(tmp_path: Path, config: dict[str, Any], text: str) -> None:
    with pytest.raises(LoadError, match=text):
        load_model(written(tmp_path, {"class_name": "Sequential", "config": {"name": "s", "layers": [config]}}, {}))


def test_a_function_of_tensorflow_without_counterpart_is_named(tmp_path: Path) -> None:
    x = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "x"}, "name": "x", "inbound_nodes": []}
    call = {"class_name": "TFOpLambda", "config": {"function": "io.read_file"}, "name": "r", "inbound_nodes": [["x", 0, 0, {}]]}
    inner = {"name": "m", "layers": [x, call], "input_layers": [["x", 0, 0]], "output_layers": [["r", 0, 0]]}
    with pytest.raises(LoadError, match=r"io\.read_file"):
        load_model(written(tmp_path, {"class_name": "Functional", "config": inner}, {}))


# ---- files of Keras 3, both ways


def pairs(k: Any) -> Iterator[tuple[Any, np.ndarray]]:
    yield small_model(k), numbers.random((8, 4), "float32")
    inputs = k.Input((4,))
    inner = k.Model(inputs, k.layers.Dense(4)(inputs), name="inner")
    shared = k.layers.Dense(4, name="shared")
    x = k.Input((4,), name="x")
    y = k.layers.Reshape((2, 2))(inner(shared(inner(x))))
    y = k.layers.Flatten()(k.layers.Bidirectional(k.layers.LSTM(2, return_sequences=True))(y))
    yield k.Model(x, k.layers.Concatenate()([shared(x), y])), numbers.random((8, 4), "float32")


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(("writer", "reader"), [(glassworks, real), (real, glassworks), (glassworks, glassworks)])
def test_files_of_either_library_load_in_the_other(tmp_path: Path, number: int, writer: Any, reader: Any) -> None:
    model, x = list(pairs(writer))[number]
    model.compile("adam", "mean_squared_error")
    model.fit(x, np.zeros((8, model.output_shape[-1])), verbose=0)
    model.save(tmp_path / "model.h5")
    loaded = reader.models.load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(predict(loaded, x), predict(model, x), atol=1e-5)
    assert int(loaded.optimizer.iterations) == 1
    if reader is glassworks:  # Keras reads the state of optimizers no further
        for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(ours.numpy(), np.asarray(theirs))


def test_short_names_of_losses_are_written_so_that_keras_reads_them(tmp_path: Path) -> None:
    model = small_model()
    model.compile("sgd", "mse", metrics=["mae"])
    model.save(tmp_path / "model.h5")
    assert real.models.load_model(tmp_path / "model.h5").loss is real.losses.mean_squared_error


def test_the_layout_is_that_of_keras(tmp_path: Path) -> None:
    model = trained(small_model())
    model.save(tmp_path / "model.hdf5")
    with h5py.File(tmp_path / "model.hdf5") as file:
        assert {"keras_version", "backend", "model_config", "training_config"} == set(file.attrs)
        group = file["model_weights"]
        assert [name.decode() for name in group.attrs["layer_names"]] == [layer.name for layer in model.layers]
        assert [name.decode() for name in group["dense"].attrs["weight_names"]] == ["dense/kernel", "dense/bias"]
        assert len(file["optimizer_weights"].attrs["weight_names"]) == len(model.optimizer.variables)
        assert list(group["top_level_model_weights"].attrs["weight_names"]) == []


def test_names_that_are_too_long_for_one_attribute_are_divided_among_several(tmp_path: Path) -> None:
    model = models.Sequential([layers.Input((1,)), *(layers.Dense(1, name="x" * 400 + str(i)) for i in range(170))])
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        assert {"layer_names0", "layer_names1"} <= set(file["model_weights"].attrs)
    loaded = load_model(tmp_path / "model.h5")
    assert all((a.numpy() == b.numpy()).all() for a, b in zip(loaded.weights, model.weights, strict=True))


def test_model_checkpoint_writes_h5_and_the_best_model_is_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "best_model.h5")
    model = small_model()
    model.compile("adam", "mse")
    x, y = numbers.random((8, 4)), numbers.random((8, 1))
    model.fit(x, y, epochs=2, verbose=0, callbacks=[callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True)])
    np.testing.assert_array_equal(predict(load_model(path), x), predict(model, x))


def test_the_optimizer_can_be_left_out(tmp_path: Path) -> None:
    save_model(trained(small_model()), tmp_path / "model.h5", include_optimizer=False)
    assert load_model(tmp_path / "model.h5").optimizer is None
    with pytest.raises(ArgumentError, match=r"\.h5"):
        save_model(small_model(), tmp_path / "model.keras", include_optimizer=False)


def test_a_vocabulary_has_no_place(tmp_path: Path) -> None:
    lookup = layers.StringLookup()
    lookup.adapt(["a", "b"])
    model = models.Sequential([layers.Input((1,), dtype="string"), lookup])
    with pytest.raises(ArgumentError, match=r"\.keras"):
        model.save(tmp_path / "model.h5")
    assert not list(tmp_path.iterdir())


# ---- weights by name


def test_layers_of_the_same_name_are_loaded_and_the_others_stay(tmp_path: Path) -> None:
    first = models.Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    second = models.Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(5, name="c")])
    first.save(tmp_path / "first.h5")
    before = second.get_layer("c").get_weights()[0]
    second.load_weights(tmp_path / "first.h5", by_name=True)
    np.testing.assert_array_equal(second.get_layer("a").get_weights()[0], first.get_layer("a").get_weights()[0])
    np.testing.assert_array_equal(second.get_layer("c").get_weights()[0], before)


def test_what_does_not_fit_is_refused_or_skipped_and_nothing_changes_by_halves(tmp_path: Path) -> None:
    first = models.Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    second = models.Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(5, name="b")])
    first.save(tmp_path / "first.h5")
    before = second.get_weights()
    for by_name in (False, True):
        with pytest.raises(LoadError, match="shape"):
            second.load_weights(tmp_path / "first.h5", by_name=by_name)
        assert all((a == b).all() for a, b in zip(second.get_weights(), before, strict=True))
    with pytest.warns(GlassworksWarning, match="2 parts"):
        second.load_weights(tmp_path / "first.h5", skip_mismatch=True)
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])


# ---- damage


def test_a_config_that_asks_for_more_memory_than_the_file_has_weights_is_refused(tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": [dense("a", 10**9, batch_input_shape=[None, 3])]}
    with pytest.raises(LoadError, match="variables of"):
        load_model(written(tmp_path, config, {"a": [np.zeros((3, 2), "float32"), np.zeros(2, "float32")]}))


@pytest.mark.parametrize("change", ["missing", "group", "text", "twice", "number", "no names", "no config", "not json", "list"])
def test_damaged_files_are_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "model.h5"
    trained(small_model()).save(path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        if change == "missing":
            del group["dense"]["dense"]["bias"]
        elif change == "group":
            del group["dense"]
        elif change == "text":
            del group["dense"]["dense"]["bias"]
            group["dense"]["dense"]["bias"] = np.array(["a", "b", "c"], dtype="S1")
        elif change == "twice":
            group["dense"].attrs["weight_names"] = [b"dense/bias", b"dense/bias"]
        elif change == "number":
            group.attrs["layer_names"] = np.arange(3)
        elif change == "no names":
            del group.attrs["layer_names"]
        elif change == "no config":
            del file.attrs["model_config"]
        elif change == "not json":
            file.attrs["model_config"] = "{"
        else:
            file.attrs["model_config"] = "[]"
    with pytest.raises(LoadError):
        load_model(path)


def test_random_changes_of_a_config_raise_nothing_but_load_errors(tmp_path: Path) -> None:
    values: list[Any] = [None, -1, 10**12, "x", [], {}, [[]], {"class_name": "Dense", "config": {}}, 0.5, True]
    with h5py.File(FILES / "graph.h5") as file:
        text = file.attrs["model_config"]
    for seed in range(150):
        choose = np.random.default_rng(seed)
        config = json.loads(text)
        place: Any = config
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = keys[choose.integers(len(keys))]
            if not isinstance(place[key], (dict, list)) or not place[key] or choose.random() < 0.1:
                break
            place = place[key]
        place[key] = values[choose.integers(len(values))]
        path = written(tmp_path, config, {})
        with contextlib.suppress(LoadError):
            load_model(path)


def test_metrics_with_options_survive(tmp_path: Path) -> None:
    model = small_model()
    model.compile("sgd", losses.Huber(delta=2.0), metrics=[metrics.MeanAbsoluteError(name="error")], weighted_metrics=["mse"])
    model.save(tmp_path / "model.h5")
    loaded = load_model(tmp_path / "model.h5")
    assert loaded.loss.delta == 2.0
    results = loaded.evaluate(numbers.random((8, 4)), numbers.random((8, 1)), return_dict=True, verbose=0)
    assert list(results) == ["loss", "error", "mse"]
