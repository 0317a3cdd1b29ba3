"""A program is used again only while all that its trace read is still so: each change gives what a new model gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from glassworks import Model, Sequential, Variable, config, constraints, layers, losses, metrics, ops, optimizers, regularizers, utils

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 4)).astype("float32"), RANDOM.normal(size=(40, 3)).astype("float32")


class Scale(layers.Layer):
    """Has a setting of each kind that user code keeps: a default of the class, an attribute, a list, a dict, a plain object."""

    default = 2.0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor, self.listed, self.named, self.plain = 1, [1.0, [1.0]], {"factor": 1.0}, Plain()
        self.branches = [layers.Dense(4, kernel_initializer="ones", name="a"), layers.Dense(4, kernel_initializer="ones", name="b")]
        self.calls = 0

    def call(self, inputs: Any) -> Any:
        self.calls += 1  # what the code itself counts is not a setting
        self.latest = inputs
        for branch in self.branches:
            inputs = branch(inputs)
        factor = ops.floor(inputs / inputs * 2.5) if self.factor is True else inputs * self.factor
        return factor * self.default * self.listed[0] * self.listed[1][0] * self.named["factor"] * self.plain.factor * self.weight()

    def weight(self) -> float:
        return 1.0


class Plain:
    factor = 1.0


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__(name="subclassed")
        self.blocks = [layers.Dense(4, kernel_initializer="ones", name=f"block_{i}") for i in range(3)]
        self.gain, self.history_of_losses = 1.0, []

    def call(self, inputs: Any) -> Any:
        for block in self.blocks:
            inputs = block(inputs)
        return inputs[:, :3] * self.gain


def sequential() -> Sequential:
    utils.set_random_seed(1)
    dense = layers.Dense(
        5, activation="tanh", kernel_regularizer=regularizers.L2(0.1), kernel_constraint=constraints.MaxNorm(0.3), name="first"
    )
    return Sequential(
        [layers.Input((4,)), Scale(name="scale"), dense, layers.Dropout(0.1, seed=3, name="drop"), layers.Dense(3, name="last")]
    )


def subclassed() -> Subclassed:
    utils.set_random_seed(1)
    return Subclassed()


def set_on(path: str, name: str, value: Any) -> Callable[[Model], None]:
    """Set an attribute of the model, of a layer, or of something in it."""

    def change(model: Model) -> None:
        owner: Any = model
        for part in filter(None, path.split(".")):
            owner = model.get_layer(part) if owner is model and part in {layer.name for layer in model.layers} else getattr(owner, part)
        setattr(owner, name, value)

    return change


def exchange_block(model: Subclassed) -> None:
    model.blocks[1] = layers.Dense(4, kernel_initializer="zeros")
    model.blocks[1].build((None, 4))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "a rate": set_on("drop", "rate", 0.5),
    "an activation": set_on("first", "activation", ops.relu),
    "a layer made untrainable": set_on("first", "trainable", False),
    "a model made untrainable, but for a layer": lambda m: (setattr(m, "trainable", False), setattr(m.layers[-1], "trainable", True)),
    "a single weight made untrainable": set_on("first.kernel", "trainable", False),
    "no bias": set_on("first", "use_bias", False),
    "another weight": lambda m: set_on("last", "kernel", Variable(np.full((5, 3), 0.25, "float32")))(m),
    "a regularizer's strength": set_on("first.kernel_regularizer", "l2", 3.0),
    "another regularizer of a weight": set_on("first.kernel", "regularizer", regularizers.L1(0.5)),
    "a constraint's limit": set_on("first.kernel_constraint", "max_value", 0.01),
    "no constraint": set_on("first.kernel", "constraint", None),
    "an activity regularizer": set_on("first", "activity_regularizer", regularizers.L2(1.0)),
    "a default of a class, set on the layer": set_on("scale", "default", 3.0),
    "an integer for an equal boolean": set_on("scale", "factor", True),
    "an entry of a list": lambda m: m.get_layer("scale").listed.__setitem__(0, 3.0),
    "an entry of a list in a list": lambda m: m.get_layer("scale").listed[1].__setitem__(0, 3.0),
    "an entry of a dict": lambda m: m.get_layer("scale").named.update(factor=3.0),
    "an attribute of a plain object": set_on("scale.plain", "factor", 3.0),
    "a method": set_on("scale", "weight", lambda: 3.0),
    "fewer layers in a list": lambda m: m.get_layer("scale").branches.pop(),
    "the order of layers": lambda m: m.get_layer("scale").branches.reverse(),
    "the optimizer's clipping": set_on("optimizer", "clipvalue", 1e-3),
    "the optimizer's momentum": set_on("optimizer", "momentum", 0.0),
    "the optimizer's weight decay": set_on("optimizer", "weight_decay", 0.5),
    "a schedule": set_on("optimizer", "learning_rate", optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)),
    "another optimizer": lambda m: set_on("", "optimizer", optimizers.SGD(1e-4))(m),
    "a loss's reduction": set_on("loss", "reduction", "sum"),
    "the epsilon": lambda m: config.set_epsilon(0.5),
    "the last layer taken away": lambda m: m.pop(),
    "a layer added": lambda m: m.add(layers.Activation("tanh", name="added")),
    "a layer exchanged": lambda m: (m.pop(), m.add(layers.Dense(3, kernel_initializer="ones", name="other"))),
}
OF_SUBCLASSED: dict[str, Callable[[Any], Any]] = {
    "a block taken away": lambda m: m.blocks.pop(),
    "a block exchanged": exchange_block,
    "a number": set_on("", "gain", 2.0),
}


@pytest.fixture(autouse=True)
def _same_settings() -> Iterator[None]:
    epsilon, floatx = config.epsilon(), config.floatx()
    yield
    config.set_epsilon(epsilon)
    config.set_floatx(floatx)


def compiled(model: Model) -> Model:
    model.compile(optimizers.SGD(0.05, momentum=0.9), losses.MeanSquaredError(), metrics=[metrics.CosineSimilarity()])
    return model


def run(model: Model) -> None:
    """Make a program of each kind."""
    model.predict(X[:3], verbose=0)
    model.predict(X[:3], verbose=0)
    model.predict(X, verbose=0)
    model.evaluate(X, Y, verbose=0)


def all_results(model: Any, weights: list[np.ndarray], y: np.ndarray) -> list[Any]:
    """What the model gives on each way, from the same weights."""
    for variable, value in zip(model.weights, weights, strict=True):
        variable.assign(value)
    found = [model.predict(X[:3], verbose=0), model.predict(X, verbose=0), model.predict_on_batch(X[:5])]
    found += [model.compile_call(2)(X[:2])] if isinstance(model, Sequential) else []
    found += [model.evaluate(X, y, verbose=0), model.train_on_batch(X[:7], y[:7]), *model.get_weights()]
    model.fit(X, y, epochs=1, shuffle=False, verbose=0)
    return found + model.get_weights()


@pytest.mark.parametrize("name", [*CHANGES, *OF_SUBCLASSED])
@pytest.mark.filterwarnings("ignore")
def test_a_change_takes_effect_at_once(name: str) -> None:
    make, change = (sequential, CHANGES[name]) if name in CHANGES else (subclassed, OF_SUBCLASSED[name])
    used, new = compiled(make()), compiled(make())
    new(X[:2])
    optimizer = new.optimizer
    run(used)
    call = used.compile_call(2)
    call(X[:2])
    change(used)
    change(new)
    weights = [weight.numpy() + 0.1 for weight in new.weights]
    y = Y if new(X).shape[-1] == 3 else np.ones((40, new(X).shape[-1]), "float32")
    assert new.optimizer is optimizer or name == "another optimizer"
    expected = all_results(new, weights, y)
    for found, right in zip(all_results(used, weights, y), expected, strict=True):
        np.testing.assert_allclose(np.asarray(found), np.asarray(right), rtol=1e-5, atol=1e-6)
    assert call(X[:2]).shape == used.predict(X[:2], verbose=0).shape
    np.testing.assert_allclose(call(X[:2]), used.predict(X[:2], verbose=0), rtol=1e-5)


def test_training_after_a_change_uses_the_change() -> None:
    """The same, for a program of the training step that has run before."""
    for change in (set_on("first", "trainable", False), set_on("optimizer", "clipvalue", 1e-3), set_on("drop", "rate", 0.9)):
        used, new = compiled(sequential()), compiled(sequential())
        for model in (used, new):
            model.train_on_batch(X, Y)
        new.compile(new.optimizer, losses.MeanSquaredError(), metrics=[metrics.CosineSimilarity()])  # forgets its programs
        for model in (used, new):
            change(model)
            model.train_on_batch(X, Y)
        for one, other in zip(used.get_weights(), new.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_default_float_type_is_seen() -> None:
    model = Sequential([layers.Input((2,), dtype="int32"), layers.Lambda(lambda x: x * ops.convert_to_tensor(0.5))])
    x = np.array([[1, 2]], "int32")
    assert model.predict(x, verbose=0).dtype == model.predict(x, verbose=0).dtype == np.float32
    config.set_floatx("float64")
    assert model.predict(x, verbose=0).dtype == np.float64


def test_going_back_finds_the_program_of_before() -> None:
    model = compiled(sequential())
    traced = []
    scale = model.get_layer("scale")
    original = type(scale).call
    scale.call = lambda inputs: (traced.append(1), original(scale, inputs))[1]
    for _ in range(3):
        for rate in (0.1, 0.5):
            model.get_layer("drop").rate = rate
            model.train_on_batch(X, Y)
    assert len(traced) == 2


def test_what_no_step_reads_makes_no_new_program() -> None:
    model = compiled(subclassed())
    model.train_on_batch(X, Y)
    traced = []
    block = model.blocks[0]
    original = type(block).call
    block.call = lambda inputs: (traced.append(1), original(block, inputs))[1]
    for step in range(5):
        model.step_count = step
        model.history_of_losses.append(model.train_on_batch(X, Y))
        model.note = f"step {step}"
    assert len(traced) == 1  # a method of the block was exchanged
    scale = compiled(sequential())
    sizes = []
    for _ in range(3):
        scale.train_on_batch(X, Y)
        scale.evaluate(X, Y, verbose=0)
        scale(X)
        sizes.append(len(scale._trainer.programs.cache))
    assert sizes[0] == sizes[2]


def test_a_plan_is_that_of_the_model_as_it_is() -> None:
    model = sequential()
    model.predict(X[:32], verbose=0)
    model.pop()
    lines: list[str] = []
    model.plan(measure=False, print_fn=lines.append)
    assert "last" not in lines[0]
