"""A loss that is no longer finite: told once with its cause; `fit(on_nan=...)` says what happens then."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from glassworks.checks import switch
from glassworks.errors import ArgumentError, DataError, GlassworksWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(640, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def nan_alone(repeatable: None) -> None:
    """The learning rates of these tests are too high on purpose; what the doctor says about them is tested elsewhere."""
    switch(("learning_rate_high",), False, "tests")


def net(optimizer: Any = None, hidden: Any = (), loss: Any = "mse", **compiled: Any) -> Any:
    seeded = keras.initializers.GlorotUniform(seed=1)
    model = keras.Sequential(
        [
            keras.Input(shape=(4,)),
            layers.Dense(6, activation="relu", name="first", kernel_initializer=seeded),
            *hidden,
            layers.Dense(1, name="last", kernel_initializer=keras.initializers.GlorotUniform(seed=2)),
        ],
        name="net",
    )
    model.compile(optimizer or keras.optimizers.SGD(2.0, momentum=0.5), loss, **compiled)
    return model


def oracle(model: Any, batches: list[Any], before: Callable[[int], None] = lambda step: None) -> tuple[int, list[np.ndarray]]:
    """The number of the first batch whose loss is not finite, and weights and optimizer before it: step by step."""
    with np.errstate(all="ignore"):
        for number, (x, y) in enumerate(batches):
            before(number)
            held = [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]
            if not np.isfinite(model.train_on_batch(x, y)):
                return number, held
    raise AssertionError("no loss of these batches is NaN")


def now(model: Any) -> list[np.ndarray]:
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def assert_same(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def in_order(size: int = 32, epochs: int = 4) -> list[Any]:
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, len(X), size)] * epochs


def told(call: Callable[[], Any]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught if issubclass(one.category, GlassworksWarning)]


# ---- what is said


def test_it_says_epoch_batch_layer_and_learning_rate_once_and_at_the_users_line() -> None:
    number, _ = oracle(net(), in_order())
    model = net()
    with pytest.warns(GlassworksWarning) as caught:
        model.fit(X, Y, shuffle=False, epochs=5, verbose=0)
    assert len(caught) == 1 and caught[0].filename == __file__
    text = str(caught[0].message)
    pieces = [f"[model 'net'.fit, epoch {number // 20 + 1}, batch {number % 20 + 1}]", "the loss is", "by ", "layer '"]
    pieces += ["the weights have grown too large", "a smaller learning rate (2 now)", "clipnorm=1.0", "on_nan='stop'", "'not_finite'"]
    assert [piece for piece in pieces if piece not in text] == [], text


def test_warning_changes_nothing_of_the_training() -> None:
    def trained(on_nan: str) -> Any:
        keras.utils.set_random_seed(3)
        model = net(hidden=[layers.Dropout(0.3), layers.BatchNormalization()])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlassworksWarning)
            history = model.fit(X, Y, epochs=3, verbose=0, on_nan=on_nan).history
        return [*now(model), np.array(history["loss"])]

    assert_same(trained("warn"), trained("ignore"))


@pytest.mark.parametrize("on_nan", ["warn", "stop", "raise"])
def test_watching_a_healthy_training_changes_no_bit(on_nan: str) -> None:
    def trained(on_nan: str) -> Any:
        keras.utils.set_random_seed(3)
        model = net("adam", hidden=[layers.Dropout(0.3)])
        history = model.fit(X, Y, epochs=3, verbose=0, on_nan=on_nan, validation_split=0.2).history
        return [*now(model), np.array(history["loss"]), np.array(history["val_loss"])]

    assert_same(trained(on_nan), trained("ignore"))


def test_it_is_off_by_its_name_and_by_on_nan() -> None:
    keras.config.disable_checks("not_finite")
    assert told(lambda: net().fit(X, Y, epochs=3, verbose=0)) == []
    keras.config.enable_checks("not_finite")
    assert told(lambda: net().fit(X, Y, epochs=3, verbose=0, on_nan="ignore")) == []
    with pytest.raises(ArgumentError, match="'warn', 'stop', 'raise'"):
        net().fit(X, Y, on_nan="halt")


class Root(layers.Layer):
    """The length of each number, whose slope at 0 is NaN: infinity times 0."""

    def call(self, x: Any) -> Any:
        return ops.sqrt(ops.square(x))


class Logarithm(layers.Layer):
    """The logarithm, which is minus infinity at 0."""

    def call(self, x: Any) -> Any:
        return ops.log(ops.relu(x))


def test_a_gradient_that_is_not_finite_is_told_with_the_step_that_made_it() -> None:
    model = net(hidden=[layers.Dense(3, kernel_initializer="zeros"), Root(name="root")])
    held = model.get_weights()
    texts = told(lambda: model.fit(X, Y, shuffle=False, verbose=0, on_nan="stop"))
    assert len(texts) == 1
    assert "batch 2" in texts[0] and "its weights were not finite since epoch 1, batch 1" in texts[0]
    assert "the gradient of layer 'root' (" in texts[0] and "or its slope is not" in texts[0], texts
    assert_same(model.get_weights(), held)


def test_an_op_that_is_not_defined_is_named_with_its_domain() -> None:
    model = net(hidden=[Logarithm(name="log")])
    (text,) = told(lambda: model.fit(X, Y, verbose=0))
    assert "made by layer 'log' (log)" in text and "keep what it is given above 0" in text, text


def test_a_loss_of_the_users_own_is_named() -> None:
    def ratio(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_pred - y_true) / (y_true - y_true), axis=-1)

    (text,) = told(lambda: net(loss=ratio).fit(X, Y, verbose=0))
    assert "made by loss ratio" in text and "divide" in text and "away from 0" in text, text


# ---- where training ends


@pytest.mark.parametrize("size", [32, 50, 640])
def test_stop_ends_with_the_state_before_the_step(size: int) -> None:
    number, held = oracle(net(), in_order(size, 40))
    model = net()
    with pytest.warns(GlassworksWarning, match="Training ends here, with the last good weights"):
        history = model.fit(X, Y, batch_size=size, shuffle=False, epochs=40, verbose=0, on_nan="stop")
    assert_same(now(model), held)
    assert len(history.history.get("loss", [])) == number // -(-640 // size)
    assert model.stop_training


def test_stop_counts_batches_where_epochs_begin_in_the_midst_of_the_data() -> None:
    number, held = oracle(net(), in_order())
    model = net()
    (text,) = told(lambda: model.fit(X, Y, batch_size=32, steps_per_epoch=3, shuffle=False, epochs=9, verbose=0, on_nan="stop"))
    assert f"epoch {number // 3 + 1}, batch {number % 3 + 1}]" in text
    assert_same(now(model), held)


def test_raise_raises_with_the_same_state() -> None:
    _, held = oracle(net(), in_order())
    model = net()
    with pytest.raises(DataError, match=r"the loss is (NaN|infinite)(?s:.)*last good weights") as caught:
        model.fit(X, Y, shuffle=False, epochs=5, verbose=0, on_nan="raise")
    assert isinstance(caught.value, RuntimeError)
    assert_same(now(model), held)


@pytest.mark.parametrize("setting", ["eager", "reference"])
def test_stop_is_the_same_however_steps_are_run(setting: str) -> None:
    number, held = oracle(net(), in_order())
    model = net()
    before = keras.config.engine()
    if setting == "reference":
        keras.config.set_engine("reference")
    else:
        model.run_eagerly = True
    try:
        (text,) = told(lambda: model.fit(X, Y, shuffle=False, epochs=5, verbose=0, on_nan="stop"))
    finally:
        keras.config.set_engine(before)
    assert f"epoch {number // 20 + 1}, batch {number % 20 + 1}]" in text
    assert all(np.isfinite(array).all() for array in now(model))
    assert int(model.optimizer.iterations.numpy()) == number
    for a, b in zip(now(model), held, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3)


def test_stop_sees_what_callbacks_change_between_steps() -> None:
    class Faster(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.optimizer.learning_rate = 0.01 * 1.5**batch

    def faster(step: int) -> None:
        trial.optimizer.learning_rate = 0.01 * 1.5**step

    trial = net()
    number, held = oracle(trial, in_order(), faster)
    model = net()
    (text,) = told(lambda: model.fit(X, Y, shuffle=False, verbose=0, on_nan="stop", callbacks=[Faster()]))
    assert f"epoch 1, batch {number + 1}]" in text
    assert_same(now(model), held)


def test_stop_sees_what_callbacks_change_between_epochs() -> None:
    def rate(epoch: int) -> float:
        return 0.01 if epoch < 3 else 50.0

    def faster(step: int) -> None:
        trial.optimizer.learning_rate = rate(step // 20)

    trial = net()
    number, held = oracle(trial, in_order(epochs=6), faster)
    assert number >= 60
    model = net()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, _: rate(epoch))
    told(lambda: model.fit(X, Y, shuffle=False, epochs=6, verbose=0, on_nan="stop", callbacks=[schedule], validation_data=(X, Y)))
    assert_same(now(model), held)


def test_a_step_of_the_users_own_is_watched_by_its_losses() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="own")
            self.dense = layers.Dense(1, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with keras.GradientTape() as tape:
                loss = ops.mean(ops.square(self(x, training=True) - y)) + 1.0
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"fit_loss": loss, "ratio": loss * np.nan}

    model = Own()
    model.compile(keras.optimizers.SGD(100.0))
    (text,) = told(lambda: model.fit(X, Y * 2, verbose=0, on_nan="stop"))
    assert "[model 'own'.fit, epoch 1, batch" in text and "learning rate (100 now)" in text, text
    assert np.isfinite(model.dense.kernel.numpy()).all()


def test_mixed_precision_that_skips_steps_while_it_looks_for_a_scale_is_healthy() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(8, dtype="mixed_float16"), layers.Dense(1, dtype="float32")])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01), initial_scale=2.0**40), "mse")
    model.fit(X, Y, epochs=2, verbose=0, on_nan="raise")
    assert np.isfinite(model.get_weights()[0]).all()


def test_terminate_on_nan_still_ends_training(capsys: pytest.CaptureFixture[str]) -> None:
    model = net()
    with pytest.warns(GlassworksWarning, match="the loss is"):
        model.fit(X, Y, epochs=50, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert model.stop_training and "training ends here" in capsys.readouterr().out


# ---- data


def batches_with_nan(at: int, part: int = 0) -> Iterator[Any]:
    for number, batch in enumerate(in_order()):
        x, y = (array.copy() for array in batch)
        if number == at:
            (x, y)[part][3, 0] = np.nan
        yield x, y


@pytest.mark.parametrize(("part", "name"), [(0, "x"), (1, "y")])
def test_nan_from_a_generator_names_batch_row_and_column(part: int, name: str) -> None:
    trial = net("sgd")
    for x, y in in_order()[:6]:
        trial.train_on_batch(x, y)
    model = net("sgd")
    (text,) = told(lambda: model.fit(batches_with_nan(6, part), steps_per_epoch=20, verbose=0, on_nan="stop"))
    assert f"epoch 1, batch 7]\n  found:    the loss is NaN: {name} has NaN in 1 of 32 rows (first row 3)" in text, text
    assert_same(now(model), now(trial))


def test_nan_in_the_first_batch_of_a_generator_is_an_error_before_the_first_step() -> None:
    with pytest.raises(DataError, match="x has NaN in 1 of 32 rows"):
        net().fit(batches_with_nan(0), steps_per_epoch=20, verbose=0)


HOLES = X.copy()
HOLES[[5, 100], 2] = np.nan


def test_nan_in_validation_arrays_is_an_error_before_the_first_step() -> None:
    model = net("sgd")
    with pytest.raises(DataError, match=r"validation_data\](?s:.)*x has NaN in 2 of 640 rows"):
        model.fit(X, Y, validation_data=(HOLES, Y), verbose=0)
    with pytest.raises(DataError, match="has NaN in 1 of 64 rows"):
        model.fit(np.vstack([X[:576], HOLES[:64]]), Y, validation_split=0.1, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 0


def test_nan_from_a_generator_of_validation_data_is_told_once() -> None:
    model = net("sgd")

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 18

        def __getitem__(self, index: int) -> Any:
            return HOLES[64 + 32 * index : 96 + 32 * index], Y[64 + 32 * index : 96 + 32 * index]

    (text,) = told(lambda: model.fit(X, Y, validation_data=Batches(), epochs=3, verbose=0))
    assert "validation after epoch 1, batch 2]" in text and "the loss is NaN: x has NaN in 1 of 32 rows (first row 4), column 2" in text


@pytest.mark.parametrize("size", [5, 32, 640])
def test_evaluate_and_predict_tell_of_nan_in_their_data(size: int) -> None:
    model = net("sgd")
    model.predict(X[:size], verbose=0)
    (text,) = told(lambda: model.evaluate(HOLES[2 : size + 2], Y[2 : size + 2], verbose=0))
    assert "[model 'net'.evaluate, batch" in text and "the loss is NaN: x has NaN in" in text and "first row" in text and "column 2" in text
    (text,) = told(lambda: model.predict(HOLES[2 : size + 2], verbose=0))
    assert "[model 'net'.predict, batch" in text and "predictions are NaN: x has NaN in" in text and "column 2" in text
    keras.config.disable_checks("not_finite")
    assert told(lambda: (model.evaluate(HOLES, Y, verbose=0), model.predict(HOLES[2 : size + 2], verbose=0))) == []


def test_predict_tells_of_weights_that_are_nan() -> None:
    model = net("sgd")
    model.get_layer("last").kernel.assign(np.full((6, 1), np.nan))
    (text,) = told(lambda: model.predict(X, verbose=0))
    assert "predictions are NaN: 6 of 6 numbers of the weight 'last/kernel' are not finite" in text


def undefined(run_eagerly: bool = False) -> Any:
    """A network that gives NaN for numbers below 0."""
    model = keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: ops.log(x), name="log"), layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    return model


@pytest.mark.parametrize("setting", ["slices", "callbacks", "eager"])
def test_the_rows_that_make_a_number_that_is_not_finite_are_named_as_in_the_data(setting: str) -> None:
    x, y, bad = np.ones((96, 2), "float32"), np.ones(96), [5, 40, 41, 70]
    x[bad, 0] = -1.0
    hooks = [keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)] if setting == "callbacks" else []
    with pytest.warns(GlassworksWarning, match="the loss is NaN") as told:
        undefined(setting == "eager").fit(x, y, batch_size=96, shuffle=False, verbose=0, callbacks=hooks)
    assert "log), from numbers up to 1, in rows 5, 40, 41 and 1 more of the data" in str(told[0].message)
    with pytest.warns(GlassworksWarning, match="the loss is NaN") as told:
        undefined(setting == "eager").fit(x, y, batch_size=24, verbose=0, callbacks=hooks)
    named = re.search(r"in rows? ([\d, ]+?)(?: and \d more)? of the data", str(told[0].message))
    assert named is not None and {int(row) for row in named[1].split(",")} <= set(bad)


def test_without_numbers_in_the_data_the_rows_of_the_batch_are_named() -> None:
    x, y = np.ones((8, 2), "float32"), np.ones(8)
    x[3, 1] = -1.0
    with pytest.warns(GlassworksWarning, match="in row 3 of the batch, counted from 0"):
        undefined().fit(((x, y) for _ in range(2)), steps_per_epoch=2, verbose=0)
    with pytest.warns(GlassworksWarning, match="in row 3 of the batch, counted from 0"):
        undefined().predict(x, verbose=0)


def test_weights_that_grew_too_large_are_the_fault_of_no_row() -> None:
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e6), "mse")
    with pytest.warns(GlassworksWarning, match="grown too large") as told:
        model.fit(x, x[:, 0], epochs=20, batch_size=64, verbose=0, doctor="off")
    assert all("of the data" not in str(warning.message) for warning in told)
