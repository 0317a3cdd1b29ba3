"""A step takes effect as a whole or not at all: whatever ends it, the model goes on as if the step had never been asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import Variable, config, function, layers, ops, random
from glassworks.errors import GlassworksError
from glassworks.graph import Primitive, Spec, apply
from glassworks.random import set_global_seed

ENGINES = ["native", "reference", "eagerly"]
ROWS, SIZE = 8, 6


class Trap(Primitive):
    """The numbers as they are; as an op that runs Python, it raises what is in `spring` when it meets a number above 1000."""

    name = "trap"
    spring: BaseException = RuntimeError("a Python op fails")

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Any, x: Any) -> Any:
        if (x > 1000).any():
            raise self.spring
        return np.array(x)

    def vjp(self, gradient: Any, inputs: Any, output: Any) -> Any:
        return (gradient,)


trap = Trap()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    before = config.engine()
    config.set_engine("native" if request.param == "native" else "reference" if request.param == "reference" else "auto")
    yield request.param
    config.set_engine(before)


def early(inputs: Any, ids: Any) -> tuple[Any, Any]:
    """The ids are known from the start."""
    return inputs, ids


def late(inputs: Any, ids: Any) -> tuple[Any, Any]:
    """The ids are known only after batch normalisation and dropout."""
    return inputs, layers.Lambda(lambda v: ops.cast(ops.sum(v[0], axis=-1, keepdims=True) * 0, v[1].dtype) + v[1])([inputs, ids])


def network(order: Callable = late, width: int = 16) -> Any:
    a, b = keras.Input((5,)), keras.Input((2,), dtype="int32")
    h = layers.Dense(width, activation="relu")(layers.Dropout(0.5)(layers.BatchNormalization(momentum=0.5)(a)))
    h, ids = order(h, b)
    h = layers.BatchNormalization(momentum=0.9)(layers.GaussianNoise(0.1)(h))
    h = layers.Lambda(lambda v: v[0] + 0 * apply(trap, 0 * v[0] + ops.max(v[1], axis=-1, keepdims=True)))([h, a])
    h = layers.Concatenate()([h, layers.Flatten()(layers.Embedding(SIZE, 4)(ids))])
    return keras.Model([a, b], layers.Dense(3, activation="softmax")(h))


def batch(step: int, bad: str | None = None) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(step)
    x, ids, y = rng.normal(size=(ROWS, 5)).astype("float32"), rng.integers(0, SIZE, (ROWS, 2)).astype("int32"), rng.integers(0, 3, ROWS)
    if bad == "index":
        ids[3, 1] = SIZE
    if bad == "label":
        y[5] = 3
    if bad in ("op", "interrupt"):
        x[2, 0] = 1e9
    return [x, ids], y


class OwnStep(keras.Model):
    """A training step and a test step of the user's."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner, self.seen = inner, keras.metrics.Sum(name="seen")
        self.steps = Variable(0, dtype="int32", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.inner(x, training=training)

    @property
    def metrics(self) -> list:
        return [self.seen]

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data[:2]
        self.steps.assign_add(1)
        self.seen.update_state(ops.ones(3))
        with keras.GradientTape() as tape:
            loss = ops.mean(keras.losses.sparse_categorical_crossentropy(y, self(x, training=True)))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss, "seen": self.seen.result()}

    def test_step(self, data: Any) -> dict[str, Any]:
        x, y = data[:2]
        self.steps.assign_add(1)
        self.seen.update_state(ops.ones(3))
        return {"loss": ops.mean(keras.losses.sparse_categorical_crossentropy(y, self(x, training=False)))}


def compiled(kind: str, engine: str, order: Callable = late) -> Any:
    set_global_seed(7)
    model = network(order)
    optimizer: Any = {"sgd": keras.optimizers.SGD(0.1, momentum=0.9), "ema": keras.optimizers.Adam(use_ema=True)}.get(
        kind, keras.optimizers.Adam()
    )
    if kind == "own step":
        model = OwnStep(model)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=engine == "eagerly")
    return model


def state(model: Any) -> dict[str, np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables, *(v for metric in model.metrics for v in metric.variables)]
    return {f"{i} {v.path}": v.numpy() for i, v in enumerate(variables)}


def differing(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """The names of what differs in any bit."""
    return [name for name, x, y in zip(a, a.values(), b.values(), strict=True) if x.tobytes() != y.tobytes()]


CASES = [("native", kind, order) for kind in ("adam", "sgd", "ema", "own step") for order in (early, late)]
CASES += [(engine, kind, late) for engine in ("reference", "eagerly") for kind in ("adam", "own step")]
FAILURES = {"index": GlassworksError, "label": GlassworksError, "op": RuntimeError, "interrupt": KeyboardInterrupt}


@pytest.mark.parametrize(("engine", "kind", "order"), CASES, indirect=["engine"])
def test_training_goes_on_as_if_the_failed_step_had_never_been_asked_for(
    engine: str, kind: str, order: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, twin = compiled(kind, engine, order), compiled(kind, engine, order)
    for step in range(2):
        model.train_on_batch(*batch(step))
        twin.train_on_batch(*batch(step))
        assert not differing(state(model), state(twin))
        before = state(model)
        for bad, error in FAILURES.items():
            monkeypatch.setattr(Trap, "spring", error("raised in an op"))
            for run in (model.train_on_batch, model.test_on_batch):
                with pytest.raises(error):
                    run(*batch(9, bad))
                assert not differing(before, state(model)), (bad, run)


def test_steps_before_the_failed_one_stay_and_the_failed_one_leaves_nothing(engine: str) -> None:
    good = [batch(step) for step in range(4)]
    x = [np.concatenate([one[0][i] for one in good]) for i in range(2)]
    y = np.concatenate([one[1] for one in good])
    x[1][2 * ROWS + 3, 0] = -1
    model, twin = compiled("adam", engine), compiled("adam", engine)
    with pytest.raises(GlassworksError):
        model.fit(x, y, batch_size=ROWS, shuffle=False, verbose=0)
    twin.fit([part[: 2 * ROWS] for part in x], y[: 2 * ROWS], batch_size=ROWS, shuffle=False, verbose=0)
    assert not differing(state(model), state(twin))


def test_a_failed_prediction_leaves_seeds_and_layers_with_state_as_they_were(engine: str) -> None:
    class Counting(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.calls, self.seeds = self.add_weight((), "zeros", trainable=False), random.SeedGenerator(1)

        def call(self, x: Any) -> Any:
            self.calls.assign_add(1.0)
            noise = random.uniform((1,), seed=self.seeds)
            return ops.take(ops.arange(4.0) + self.calls, ops.cast(x, "int32") + ops.cast(noise * 0, "int32"))

    layer = Counting()
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(run_eagerly=engine == "eagerly")
    model.predict(np.ones((3, 1)), verbose=0)
    before = [layer.calls.numpy(), layer.seeds.state.numpy()]
    with pytest.raises(GlassworksError):
        model.predict(np.full((3, 1), 4.0), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, [layer.calls.numpy(), layer.seeds.state.numpy()], strict=True))


@pytest.mark.parametrize("engine", ["native", "reference"], indirect=True)
def test_a_function_that_fails_assigns_nothing(engine: str) -> None:
    a, b = Variable(np.zeros(4, "float32")), Variable(np.zeros((), "float32"))

    @function
    def step(i: Any) -> Any:
        b.assign_add(1.0)
        a.assign(a + b)
        found = ops.take(a, i)
        a.assign(a * 2.0 + found)
        return found

    step(np.array(1))
    before = a.numpy(), b.numpy()
    with pytest.raises(GlassworksError):
        step(np.array(4))
    assert np.array_equal(a.numpy(), before[0]) and b.numpy() == before[1]
    step(np.array(3))
    assert b.numpy() == 2 and np.array_equal(a.numpy(), np.full(4, 15.0))  # (0 + 1) * 2 + 1 = 3; (3 + 2) * 2 + 5 = 15


@pytest.mark.parametrize("engine", ["native", "reference"], indirect=True)
def test_an_observed_or_measured_step_fails_as_a_whole(engine: str) -> None:
    model = compiled("adam", engine)
    model.train_on_batch(*batch(0))
    before = state(model)
    x, y = batch(1, "index")
    with pytest.raises(GlassworksError):
        model._trainer.run("train", (x, y, None), observer=lambda *_: None)
    assert not differing(before, state(model))
