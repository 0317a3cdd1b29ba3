"""Copies and pickles of models: they go on where the original is, bit for bit, and share nothing with it."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import Input, Model, Sequential, callbacks, layers, metrics, ops, optimizers, random, tree, utils
from glassworks.errors import StateError

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(24, 6)).astype("float32"), RANDOM.normal(size=(24, 1)).astype("float32")
TEXTS = np.array([["a b"], ["b c"], ["c"], ["a a b"]] * 6)

WAYS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing, protocol=5)),
    "the oldest protocol that knows new classes": lambda thing: pickle.loads(pickle.dumps(thing, protocol=2)),
    "deepcopy": copy.deepcopy,
    "copies of copies": lambda thing: copy.copy(pickle.loads(pickle.dumps(copy.deepcopy(thing)))),
}


@utils.register_keras_serializable("tests")
def doubled(x: Any) -> Any:
    return x * 2


def own_loss(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


class Block(layers.Layer):
    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parts, self.named = [layers.Dense(units, activation="relu"), layers.Dropout(0.2)], {"last": layers.BatchNormalization()}

    def call(self, inputs: Any, training: bool = False) -> Any:
        self.latest = inputs  # a traced value, while a step is traced
        for part in self.parts:
            inputs = part(inputs, training=training) if isinstance(part, layers.Dropout) else part(inputs)
        return self.named["last"](inputs, training=training)


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__()
        self.block, self.head, self.seed = Block(5), layers.Dense(1), random.SeedGenerator(3)

    def call(self, inputs: Any, training: bool = False) -> Any:
        inputs = self.block(inputs, training=training)
        return self.head(inputs) + (random.normal((1,), seed=self.seed) if training else 0.0)


class OwnStep(Subclassed):
    def __init__(self) -> None:
        super().__init__()
        self.tracker = metrics.Mean(name="own")

    def train_step(self, data: Any) -> dict[str, Any]:
        logs = super().train_step(data)
        self.tracker.update_state(1.0)
        return logs


class OwnFunctional(Model):
    def __init__(self, units: int) -> None:
        inputs = Input((6,))
        super().__init__(inputs=inputs, outputs=layers.Dense(1)(Block(units)(inputs)), name="own")
        self.units = units

    def called(self) -> int:
        return self.units


def sequential() -> Model:
    return Sequential([Input((6,)), layers.Dense(4, activation="tanh", kernel_regularizer="l2"), layers.Dropout(0.3), layers.Dense(1)])


def functional() -> Model:
    inputs = Input((6,), name="in")
    shared = layers.Dense(6, name="shared")
    hidden = shared(shared(inputs)) * 2.0 + inputs
    hidden = ops.concatenate([hidden, layers.Lambda(doubled)(inputs)[:, 1:3], ops.ones((1, 1)) + inputs[:, :1]], axis=-1)
    return Model(inputs, {"out": layers.Dense(1, name="out")(layers.GaussianNoise(0.1)(hidden))})


def nested() -> Model:
    inputs = Input((6,))
    return Model(inputs, layers.Dense(1)(Sequential([functional_inner(), layers.Dense(3)])(inputs)))


def functional_inner() -> Model:
    inputs = Input((6,))
    return Model(inputs, layers.LayerNormalization()(layers.Dense(4)(inputs)))


def recurrent() -> Model:
    return Sequential([Input((6,)), layers.Reshape((3, 2)), layers.Bidirectional(layers.LSTM(2, dropout=0.1)), layers.Dense(1)])


def deep() -> Model:
    inputs = hidden = Input((6,))
    for _ in range(200):
        hidden = layers.Activation("linear")(hidden)
    return Model(inputs, layers.Dense(1)(hidden))


MODELS = [sequential, functional, nested, recurrent, Subclassed, OwnStep, lambda: OwnFunctional(4)]


def trained(make: Callable[[], Model]) -> Model:
    utils.set_random_seed(5)
    model = make()
    schedule = optimizers.schedules.ExponentialDecay(0.01, 3, 0.9)
    model.compile(optimizers.Adam(schedule, clipnorm=1.0), own_loss, metrics=["mae", metrics.RootMeanSquaredError()])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    return model


def go_on(model: Model) -> list[np.ndarray]:
    """Train further; everything that training changes."""
    utils.set_random_seed(9)
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    found = [np.array(values) for values in history.history.values()] + [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    return found + tree.flatten(model.predict(X, verbose=0))


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_copy_goes_on_as_the_original_would(make: Callable[[], Model]) -> None:
    model = trained(make)
    copies = {name: way(model) for name, way in WAYS.items()}
    before = {name: [v.numpy() for v in one.variables] for name, one in copies.items()}
    expected = go_on(model)
    for name, twin in copies.items():
        assert type(twin) is type(model) and [v.path for v in twin.variables] == [v.path for v in model.variables]
        for value, variable in zip(before[name], twin.variables, strict=True):
            np.testing.assert_array_equal(value, variable.numpy(), err_msg=f"{name} changed with the original")
        for found, right in zip(go_on(twin), expected, strict=True):
            np.testing.assert_array_equal(found, right, err_msg=name)


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
@pytest.mark.parametrize("make", [functional, Subclassed], ids=lambda make: make.__name__)
def test_fresh_and_compiled_models_are_copied(make: Callable[[], Model], way: str) -> None:
    utils.set_random_seed(1)
    fresh = WAYS[way](make())
    assert not fresh.compiled
    fresh.compile("sgd", "mse")
    compiled = WAYS[way](fresh)
    assert compiled.compiled and compiled.optimizer is not fresh.optimizer
    one, two = go_on(fresh), go_on(compiled)
    if make is functional:  # the other has no weights before its first data, and draws them then
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


def test_nothing_writable_is_shared() -> None:
    model = trained(functional)
    for name, way in WAYS.items():
        twin = way(model)
        assert twin.history.model is twin and twin.history.history == model.history.history
        assert twin.history.history is not model.history.history
        mine, theirs = ids_of(model), ids_of(twin)
        assert not mine & theirs, f"{name}: {[type(mine_or[1]).__name__ for mine_or in mine_objects(model) if mine_or[0] in theirs]}"


def mine_objects(thing: Any) -> list[tuple[int, Any]]:
    """Every object with state, list, dict, set and array reachable from a thing."""
    found: dict[int, Any] = {}
    stack = [thing]
    while stack:
        one = stack.pop()
        if id(one) in found or isinstance(one, (type, str, bytes, int, float)) or (callable(one) and hasattr(one, "__code__")):
            continue
        inside = list(one.values()) if isinstance(one, dict) else list(one) if isinstance(one, (list, tuple, set, frozenset)) else []
        if not isinstance(one, (tuple, frozenset)):
            found[id(one)] = one
        module = type(one).__module__.partition(".")[0]
        if hasattr(one, "__dict__") and module in ("glassworks", "tests"):
            inside += list(vars(one).values())
        stack += [value for value in inside if isinstance(value, (dict, list, tuple, set, np.ndarray)) or hasattr(value, "__dict__")]
    return [(key, value) for key, value in found.items() if not isinstance(value, np.ndarray) or value.flags.writeable]


def ids_of(thing: Any) -> set[int]:
    ignored = {"ufunc", "module", "Engine", "NativeEngine", "ReferenceEngine", "builtin_function_or_method", "_GuardedModule"}
    return {key for key, value in mine_objects(thing) if type(value).__name__ not in ignored}


def test_what_is_connected_stays_connected() -> None:
    model = functional()
    for way in WAYS.values():
        twin = way(model)
        assert twin.inputs[0] is twin.get_layer("in").output and twin.input_names == ["in"] and twin.output_names == model.output_names
        assert twin.get_layer("out").output is twin.output["out"]
        part = Model(twin.inputs, twin.get_layer("out").input)  # a part of the copy is a model of its own
        assert part(X).shape == (24, 9)
        again = glassworks.models.clone_model(twin)
        again.set_weights(twin.get_weights())
        np.testing.assert_allclose(again(X)["out"], model(X)["out"], rtol=1e-5)


def test_symbolic_tensors_are_copied_with_the_layers_behind_them() -> None:
    inputs = Input((6,))
    outputs = layers.Dense(2)(inputs)
    for way in (copy.deepcopy, WAYS["pickle"]):
        new_inputs, new_outputs = way((inputs, outputs))
        model = Model(new_inputs, new_outputs)
        model.layers[-1].kernel.assign(outputs.call.operation.kernel)
        np.testing.assert_allclose(model(X), Model(inputs, outputs)(X), rtol=1e-6)


def test_deep_models_are_copied() -> None:
    model = deep()
    for way in WAYS.values():
        np.testing.assert_array_equal(way(model)(X), model(X))


def test_a_model_of_text_takes_its_vocabulary_along() -> None:
    vectors = layers.TextVectorization(max_tokens=10, output_sequence_length=3)
    vectors.adapt(TEXTS[:, 0])
    model = Sequential([Input((1,), dtype="string"), vectors, layers.Embedding(10, 2), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(TEXTS, Y, verbose=0)
    for way in WAYS.values():
        twin = way(model)
        np.testing.assert_array_equal(twin.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))
        assert twin.layers[0].get_vocabulary() == vectors.get_vocabulary()


def test_a_history_is_numbers_without_the_model() -> None:
    inputs = Input((6,))
    model = Model(inputs, layers.Dense(1)(layers.Lambda(lambda x: x + 1)(inputs)))
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=2, verbose=0)
    for way in WAYS.values():
        twin = way(history)
        assert twin.history == history.history and twin.epoch == [0, 1] and twin.params == history.params and twin.model is None


def test_what_pickle_cannot_name_is_refused_with_the_layer_and_the_fix() -> None:
    class Local(layers.Layer):
        pass

    cases: list[tuple[Any, str]] = [
        (Sequential([Input((6,)), layers.Lambda(lambda x: x, name="odd")]), r"layer 'odd'.*\n.*lambda as function.*\n.*\n.*def"),
        (Sequential([Input((6,)), layers.Dense(1, activation=lambda x: x, name="odd")]), r"layer 'odd'.*\n.*lambda as activation"),
        (layers.Dense(1, kernel_initializer=lambda shape, dtype=None: ops.zeros(shape), name="odd"), "layer 'odd'.*\n.*kernel_initializer"),
        (Local(name="odd"), r"layer 'odd'.*\n.*Local, which is defined inside a function"),
        (optimizers.SGD(lambda: 0.1, name="odd"), r"optimizer 'odd'.*\n.*lambda as learning_rate"),
        (callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None), "callback 'LambdaCallback'.*\n.*lambda"),
    ]
    model = sequential()
    model.compile("sgd", lambda y_true, y_pred: ops.mean(y_pred))
    cases.append((model, f"compile of model '{model.name}'.*\n.*lambda"))
    for thing, message in cases:
        with pytest.raises(StateError, match=message):
            pickle.dumps(thing)
        copy.deepcopy(thing)  # keeps the function itself


def fit_one(job: tuple[Model, float]) -> tuple[Model, float]:
    model, rate = job
    utils.set_random_seed(1)
    model.optimizer.learning_rate = rate
    model.fit(X, Y, epochs=2, verbose=0)
    return model, model.evaluate(X, Y, verbose=0)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_grid_search_over_processes(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    model = sequential()
    model.compile(optimizers.SGD(0.1), own_loss)
    model.fit(X, Y, verbose=0)
    jobs = [(model, rate) for rate in (0.001, 0.1)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        found = list(pool.map(fit_one, jobs))
    for (twin, loss), (_, rate) in zip(found, jobs, strict=True):
        expected, right = fit_one((copy.deepcopy(model), rate))
        assert loss == right
        for one, other in zip(twin.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
