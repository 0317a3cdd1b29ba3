"""Files of models: what Keras reads of ours, what we read of Keras's, and what stays when something is wrong."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import glassworks
from glassworks import Model, Sequential, layers, models, optimizers, saving
from glassworks.errors import ArgumentError, GlassworksWarning, LoadError, SaveError, StateError

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = X @ np.array([[1.0, 0.5], [0.0, -1.0], [2.0, 0.0], [0.3, 0.3]], "float32")


@saving.register_keras_serializable(package="tests")
class Blend(Model):
    """A subclassed model with layers in attributes, lists, dicts and lists of lists."""

    def __init__(self, units: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.first = layers.Dense(units, activation="tanh")
        self.blocks = [layers.Dense(units), [layers.Dense(units)]]
        self._hidden = {"out": layers.Dense(2)}

    def call(self, x: Any) -> Any:
        x = self.first(x)
        return self._hidden["out"](self.blocks[1][0](self.blocks[0](x) + x))

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, "name": self.name}


@keras.saving.register_keras_serializable(package="tests", name="Blend")
class KerasBlend(keras.Model):
    """The same in Keras."""

    def __init__(self, units: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.first = keras.layers.Dense(units, activation="tanh")
        self.blocks = [keras.layers.Dense(units), [keras.layers.Dense(units)]]
        self._hidden = {"out": keras.layers.Dense(2)}

    def call(self, x: Any) -> Any:
        x = self.first(x)
        return self._hidden["out"](self.blocks[1][0](self.blocks[0](x) + x))

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, "name": self.name}


def dense(optimizer: Any = "adam") -> Model:
    inputs = layers.Input((4,))
    hidden = layers.BatchNormalization()(layers.Dense(3, activation="relu")(inputs))
    model = Model(inputs, layers.Dense(2)(layers.Dropout(0.0)(hidden)))
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def shared_layer() -> Model:
    a, b, once = layers.Input((4,)), layers.Input((4,)), layers.Dense(3, activation="tanh")
    return Model([a, b], layers.Dense(2)(layers.Subtract()([once(a), once(b)])))


def nested() -> Model:
    inner = Sequential([layers.Input((4,)), layers.Dense(3), layers.BatchNormalization()], name="inner")
    below = layers.Input((4,))
    deeper = Model(below, layers.Dense(4)(inner(below)), name="deeper")
    inputs = layers.Input((4,))
    return Model(inputs, {"first": deeper(inputs), "second": layers.Dense(2)(inputs)})


def several_outputs() -> Model:
    inputs = {"left": layers.Input((4,), name="left"), "right": layers.Input((4,), name="right")}
    both = layers.Concatenate()([inputs["left"], inputs["right"]])
    return Model(inputs, [layers.Dense(1, name="one")(both), layers.Dense(2, name="two")(both)])


DATA = {"shared_layer": [X, X + 1], "several_outputs": {"left": X, "right": X + 1}}


def values(outputs: Any) -> list[np.ndarray]:
    return [np.asarray(output) for output in glassworks.tree.flatten(outputs)]


@pytest.mark.parametrize("make", [dense, shared_layer, nested, several_outputs], ids=lambda make: make.__name__)
def test_models_go_to_keras_and_back(make: Any, tmp_path: Path) -> None:
    model, data = make(), DATA.get(make.__name__, X)
    model.save(tmp_path / "ours.keras")
    theirs = keras.models.load_model(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    back = models.load_model(tmp_path / "theirs.keras")
    for outputs in (theirs(data, training=False), back(data, training=False)):
        for output, right in zip(values(outputs), values(model(data, training=False)), strict=True):
            np.testing.assert_allclose(output, right, rtol=1e-5, atol=1e-6)


def test_a_layer_that_two_nested_models_share_is_one_layer_after_loading(tmp_path: Path) -> None:
    once = layers.Dense(4, name="once")
    first = Sequential([layers.Input((4,)), once], name="first")
    second = Sequential([layers.Input((4,)), once, layers.Dense(2)], name="second")
    inputs = layers.Input((4,))
    Model(inputs, second(first(inputs))).save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    assert loaded.get_layer("first").get_layer("once") is loaded.get_layer("second").get_layer("once")
    assert len(loaded.weights) == 4


def test_a_subclassed_model_of_registered_classes_goes_to_keras_and_back(tmp_path: Path) -> None:
    model = Blend(units=5)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "ours.keras")
    theirs = keras.models.load_model(tmp_path / "ours.keras")
    assert type(theirs) is KerasBlend
    np.testing.assert_allclose(theirs(X), model(X), rtol=1e-5, atol=1e-6)
    theirs.save(tmp_path / "theirs.keras")
    back = models.load_model(tmp_path / "theirs.keras")
    assert type(back) is Blend
    assert back.units == 5
    np.testing.assert_allclose(back(X), model(X), rtol=1e-5, atol=1e-6)


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(optimizers.schedules.ExponentialDecay(0.01, 3, 0.9)),
    "rmsprop": lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "average": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=5),
    "accumulation": lambda: optimizers.SGD(0.01, gradient_accumulation_steps=2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_in_keras_and_here_from_the_same_state(name: str, tmp_path: Path) -> None:
    model = dense(OPTIMIZERS[name]())
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    ours, theirs = models.load_model(tmp_path / "m.keras"), keras.models.load_model(tmp_path / "m.keras")
    for variable, right, saved in zip(theirs.optimizer.variables, ours.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(right, saved)
        np.testing.assert_array_equal(variable, saved)
    for trained in (model, ours, theirs):
        trained.fit(X, Y, batch_size=8, epochs=1, verbose=0, shuffle=False)
    for mine, right, other in zip(ours.weights, model.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(mine, right)
        np.testing.assert_allclose(other, right, rtol=2e-5, atol=2e-6)


def test_compile_settings_are_kept_unless_they_are_not_wanted(tmp_path: Path) -> None:
    model = dense()
    model.save(tmp_path / "m.keras")
    assert models.load_model(tmp_path / "m.keras").evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert not models.load_model(tmp_path / "m.keras", compile=False).compiled


def twice_the_error(y_true: Any, y_pred: Any) -> Any:
    return glassworks.ops.mean(2 * glassworks.ops.abs(y_true - y_pred), axis=-1)


def test_a_loss_of_the_users_is_passed_by_name(tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", twice_the_error)
    model.save(tmp_path / "m.keras")
    with pytest.raises(LoadError, match=r"function 'twice_the_error'[\s\S]*custom_objects=\{'twice_the_error'"):
        models.load_model(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras", custom_objects={"twice_the_error": twice_the_error})
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_a_loss_without_a_name_is_not_saved_which_is_said(tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", lambda y_true, y_pred: glassworks.ops.mean(y_true - y_pred))
    with pytest.warns(GlassworksWarning, match="compile it again after loading"):
        model.save(tmp_path / "m.keras")
    assert not models.load_model(tmp_path / "m.keras").compiled


def test_the_function_of_a_lambda_layer_is_passed_and_never_read(tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), layers.Lambda(lambda x: x * 3, name="triples")])
    model.save(tmp_path / "m.keras")
    for safe_mode in (True, False):
        with pytest.raises(LoadError, match=r"custom_objects=\{'triples': your_function\}"):
            models.load_model(tmp_path / "m.keras", safe_mode=safe_mode)
    loaded = models.load_model(tmp_path / "m.keras", custom_objects={"triples": lambda x: x * 3})
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), X * 3)


def test_a_registered_name_never_means_a_class_of_the_library(tmp_path: Path) -> None:
    Sequential([layers.Input((4,)), layers.Dense(2)]).save(tmp_path / "m.keras")
    config = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("config.json"))
    config["config"]["layers"][1]["registered_name"] = "evil>Dense"
    with pytest.raises(LoadError, match="evil>Dense"):
        models.model_from_json(json.dumps(config))


def test_vocabularies_are_saved_beside_the_weights(tmp_path: Path) -> None:
    lookup = layers.StringLookup(name="words")
    lookup.adapt(np.array(["b", "a", "b"]))
    model = Sequential([layers.Input((1,), dtype="string"), lookup])
    model.save(tmp_path / "m.keras")
    assert "assets/layers/string_lookup/vocabulary.txt" in zipfile.ZipFile(tmp_path / "m.keras").namelist()
    loaded = models.load_model(tmp_path / "m.keras")
    assert loaded.get_layer("words").get_vocabulary() == ["[UNK]", "b", "a"]


def test_a_folder_holds_the_same_parts(tmp_path: Path) -> None:
    model = dense()
    model.save(tmp_path / "parts", zipped=False)
    for loaded in (models.load_model(tmp_path / "parts"), keras.models.load_model(tmp_path / "parts")):
        np.testing.assert_allclose(loaded.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["w.weights.h5", "w.safetensors", "w.npz", "w.weights.json", "w.keras"])
def test_weights_are_saved_and_loaded(name: str, tmp_path: Path) -> None:
    model, other = dense(), dense()
    if name.endswith(".keras"):
        model.save(tmp_path / name)
    else:
        model.save_weights(tmp_path / name, max_shard_size=1e-7 if name.endswith(".json") else None)
    other.load_weights(tmp_path / name)
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    if name.endswith((".h5", ".json")):
        theirs = keras.models.model_from_json(model.to_json())
        theirs.load_weights(tmp_path / name)
        np.testing.assert_allclose(theirs.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_weights_of_keras_in_shards_are_read(tmp_path: Path) -> None:
    model = dense()
    theirs = keras.models.model_from_json(model.to_json())
    theirs.save_weights(tmp_path / "w.weights.json", max_shard_size=1e-7)
    assert len(list(tmp_path.iterdir())) > 2
    model.load_weights(tmp_path / "w.weights.json")
    np.testing.assert_allclose(model.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["w.weights.h5", "w.safetensors", "w.npz"])
def test_weights_that_do_not_fit_change_nothing(name: str, tmp_path: Path) -> None:
    wide = Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(9, name="b")])
    model = Sequential([layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    wide.save_weights(tmp_path / name)
    before = model.get_weights()
    with pytest.raises(LoadError, match=r"shape \(3, 9\)[\s\S]*shape \(3, 2\)"):
        model.load_weights(tmp_path / name)
    assert all(np.array_equal(weight, right) for weight, right in zip(model.get_weights(), before, strict=True))
    with pytest.warns(GlassworksWarning, match="left as they are"):
        model.load_weights(tmp_path / name, skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], wide.get_weights()[0])
    np.testing.assert_array_equal(model.get_weights()[2], before[2])


def test_weights_of_a_model_without_an_optimizer_fit_one_with_it(tmp_path: Path) -> None:
    model, bare = dense(), models.model_from_json(dense().to_json())
    model.fit(X, Y, verbose=0)
    bare.save_weights(tmp_path / "bare.weights.h5")
    model.save_weights(tmp_path / "full.weights.h5")
    model.load_weights(tmp_path / "bare.weights.h5")
    bare.load_weights(tmp_path / "full.weights.h5")
    assert int(model.optimizer.iterations) == 1


class Counting(layers.Layer):
    """A layer of the user's that says itself what is saved, and keeps a file."""

    words: str = ""

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight((), "ones", name="scale")

    def call(self, x: Any) -> Any:
        return x * self.scale

    def save_own_variables(self, store: Any) -> None:
        store["factor"] = np.asarray(self.scale) * 10

    def load_own_variables(self, store: Any) -> None:
        self.scale.assign(store["factor"] / 10)

    def save_assets(self, dir_path: str) -> None:
        Path(dir_path, "notes").mkdir()
        Path(dir_path, "notes", "words.txt").write_text(self.words)

    def load_assets(self, dir_path: str) -> None:
        self.words = Path(dir_path, "notes", "words.txt").read_text()


def test_a_layer_may_say_itself_what_is_saved(tmp_path: Path) -> None:
    layer = Counting(name="counting")
    model = Sequential([layers.Input((4,)), layer])
    layer.scale.assign(7.0)
    layer.words = "seven"
    model.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras", custom_objects={"Counting": Counting}).get_layer("counting")
    assert (float(loaded.scale), loaded.words) == (7.0, "seven")


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("m.txt", ArgumentError, r"a path that ends in \.keras"),
        ("missing/m.keras", SaveError, "create the folder first"),
    ],
)
def test_a_path_that_cannot_be_written_is_an_error_that_says_what_to_do(path: str, error: type, text: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=text):
        dense().save(tmp_path / path)
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_only_where_that_is_allowed(tmp_path: Path) -> None:
    model = dense()
    model.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    with pytest.raises(ArgumentError, match="overwrite=True"):
        model.save(tmp_path / "m.keras", overwrite=False)
    assert (tmp_path / "m.keras").read_bytes() == before


def test_loading_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="No such file"):
        models.load_model(tmp_path / "m.keras")
    (tmp_path / "m.keras").write_text("not a model")
    with pytest.raises(LoadError, match="not a zip archive"):
        models.load_model(tmp_path / "m.keras")
    with pytest.raises(StateError, match="not built yet"):
        Sequential([layers.Dense(2)]).save_weights(tmp_path / "w.weights.h5")


def test_an_unbuilt_model_is_saved_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(GlassworksWarning, match="before it is built"):
        Sequential([layers.Dense(2)]).save(tmp_path / "m.keras")
    assert models.load_model(tmp_path / "m.keras")(X).shape == (16, 2)


def test_a_size_in_a_config_beyond_the_weights_of_the_file_takes_no_memory(tmp_path: Path) -> None:
    Sequential([layers.Input((4,)), layers.Dense(2)]).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1]["config"]["units"] = 10**9
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w") as archive:
        for name, data in {**parts, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, data)
    with pytest.raises(LoadError, match=r"16\.0 GB"):
        models.load_model(tmp_path / "bomb.keras")


def test_a_flipped_bit_of_the_weights_is_found(tmp_path: Path) -> None:
    model = dense()
    model.save(tmp_path / "m.keras")
    data = bytearray((tmp_path / "m.keras").read_bytes())
    place = data.find(np.asarray(model.weights[0]).tobytes())
    data[place] ^= 1
    (tmp_path / "m.keras").write_bytes(data)
    with pytest.raises(LoadError, match="checksum"):
        models.load_model(tmp_path / "m.keras")


def test_dropout_of_a_model_from_keras_still_drops_while_training(tmp_path: Path) -> None:
    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dropout(0.5)(inputs)).save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    assert not np.array_equal(loaded(X, training=True), X)
    np.testing.assert_array_equal(loaded(X, training=False), X)


def test_a_model_is_not_saved_while_another_thread_trains_it(tmp_path: Path) -> None:
    model, problems = dense(), []

    class SaveElsewhere(glassworks.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.save(tmp_path / "here.keras")
            thread = threading.Thread(target=self._save)
            thread.start()
            thread.join()

        def _save(self) -> None:
            with pytest.raises(StateError, match="ModelCheckpoint") as raised:
                self.model.save(tmp_path / "there.keras")
            problems.append(raised.value)

    model.fit(X, Y, verbose=0, callbacks=[SaveElsewhere()])
    assert len(problems) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["here.keras"]
    model.save(tmp_path / "after.keras")


def test_numbers_beyond_json_in_a_config_are_read_back(tmp_path: Path) -> None:
    model = Sequential([layers.Input((5, 3)), layers.Masking(float("nan")), layers.LSTM(2)])
    model.save(tmp_path / "m.keras")
    assert np.isnan(models.load_model(tmp_path / "m.keras").layers[0].mask_value)
    assert np.isnan(models.model_from_json(model.to_json()).layers[0].mask_value)


def test_a_scope_of_names_is_one_threads_own_and_keeps_what_is_registered_in_it() -> None:
    seen: list[Any] = []
    with saving.custom_object_scope({"mine": dict}):
        registered = saving.register_keras_serializable("tests", "late")(type("Late", (), {"get_config": lambda self: {}}))
        thread = threading.Thread(target=lambda: seen.append(saving.get_registered_object("mine")))
        thread.start()
        thread.join()
        assert saving.get_registered_object("mine") is dict
    assert seen == [None]
    assert saving.get_registered_object("tests>late") is registered
    assert saving.get_registered_object("mine") is None


def test_a_schedule_without_a_config_does_not_end_training(tmp_path: Path) -> None:
    class Constant(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> float:
            return 0.1

    model = dense(optimizers.SGD(Constant()))
    with pytest.warns(GlassworksWarning, match="compile it again after loading"):
        model.fit(X, Y, verbose=0, callbacks=[glassworks.callbacks.ModelCheckpoint(tmp_path / "m.keras")])
    assert not models.load_model(tmp_path / "m.keras").compiled


def test_shards_and_folders_are_protected_like_files(tmp_path: Path) -> None:
    model = dense()
    model.save_weights(tmp_path / "w.weights.h5", max_shard_size=1e-7)
    with pytest.raises(ArgumentError, match="which exists"):
        model.save_weights(tmp_path / "w.weights.h5", max_shard_size=1e-7, overwrite=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError):
        model.save(tmp_path / "file", zipped=False)


class Forgetful(glassworks.losses.Loss):
    """A loss whose constructor takes less than the config that it inherits has."""

    def __init__(self) -> None:
        super().__init__()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return glassworks.ops.mean((y_true - y_pred) ** 2, axis=-1)


@pytest.mark.parametrize(("name", "member"), [("m.keras", "config.json"), ("m.h5", "model_config")])
def test_a_class_of_the_users_that_fails_is_named_as_a_cause_beside_damage(name: str, member: str, tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", Forgetful())
    model.save(tmp_path / name)
    with pytest.raises(LoadError, match=rf"{member}[\s\S]*get_config must return the arguments of __init__"):
        models.load_model(tmp_path / name, custom_objects={"Forgetful": Forgetful})
