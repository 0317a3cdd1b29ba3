"""No array that was handed out or taken in shares memory with a variable, a graph or a tape in a way that writing could reach."""

from __future__ import annotations

import contextlib
import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import GradientTape, Input, Model, Sequential, Variable, config, function, layers, ops, optimizers
from glassworks.graph import Array


@pytest.fixture(params=["native", "reference"])
def _engine(request: pytest.FixtureRequest) -> Iterator[None]:
    before = config.engine()
    if request.param == "native" and config.cpu()["isa"] is None:
        pytest.skip("the native engine was not built")
    config.set_engine(request.param)
    yield
    config.set_engine(before)


class Weight(layers.Layer):
    """Gives its own weight."""

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(3, 1), initializer="ones", name="kernel")

    def call(self, inputs: Any) -> Any:
        return self.kernel.value


# From a variable to an array that could lie in its memory.
WAYS: dict[str, Callable[[Variable], Any]] = {
    "value": lambda v: v.value,
    "value.numpy()": lambda v: v.value.numpy(),
    "numpy()": lambda v: v.numpy(),
    "asarray": np.asarray,
    "array": np.array,
    "array without a copy": lambda v: np.array(v, copy=False) if np.__version__ < "2" else np.asarray(v, copy=None),
    "asarray in its dtype": lambda v: np.asarray(v, dtype="float32"),
    "asarray of the value": lambda v: np.asarray(v.value),
    "asanyarray": lambda v: np.asanyarray(v.value),
    "a view": lambda v: v.value.view(np.ndarray),
    "the base of a view": lambda v: v.value.base,
    "a memoryview": lambda v: np.asarray(memoryview(v.value)),
    "the buffer": lambda v: np.frombuffer(v.value, "float32"),
    "strides": lambda v: np.lib.stride_tricks.as_strided(v.value),
    "reshape": lambda v: v.value.reshape(-1),
    "ravel": lambda v: v.value.ravel(),
    "a transpose": lambda v: v.value.T,
    "an index": lambda v: v.value[0],
    "a slice of the variable": lambda v: v[:2],
    "ops.reshape": lambda v: ops.reshape(v, (-1,)),
    "ops.transpose": ops.transpose,
    "ops.squeeze": ops.squeeze,
    "ops.expand_dims": lambda v: ops.expand_dims(v, 0),
    "ops.broadcast_to": lambda v: ops.broadcast_to(v, (3, 1)),
    "ops.stop_gradient": ops.stop_gradient,
    "ops.cast to its dtype": lambda v: ops.cast(v, "float32"),
    "ops.convert_to_tensor": ops.convert_to_tensor,
    "ops.array": ops.array,
    "ops.convert_to_numpy": ops.convert_to_numpy,
    "ops.identity of a slice": lambda v: ops.slice(v, (0, 0), (3, 1)),
    "ops.split": lambda v: ops.split(v, 3)[0],
    "ops.unstack": lambda v: ops.unstack(v)[0],
    "ops.where": lambda v: ops.where(True, v, v),
    "ops.real": ops.real,
    "what assign gives": lambda v: v.assign(v.value),
    "what assign_add gives": lambda v: v.assign_add(np.zeros((3, 1), "float32")),
    "a deep copy": lambda v: copy.deepcopy(v).value,
    "a copy through pickle": lambda v: pickle.loads(pickle.dumps(v)).value,
    "a layer's output": lambda v: _with(Weight(), v)(np.ones(1)),
    "a traced function's result": lambda v: function(lambda: v.value)(),
    "a traced function's reshaped result": lambda v: function(lambda: ops.reshape(v, (1, 3)))(),
    "a traced function's new value": lambda v: function(lambda: v.assign(v.value * 1.0))(),
    "a watched value": lambda v: _watched(v),
}


def _with(layer: Any, variable: Variable) -> Any:
    layer.build(None)
    layer.kernel = variable
    layer.built = True
    return layer


def _watched(variable: Variable) -> Any:
    with GradientTape():
        return variable.value


def write(array: Any) -> None:
    """Write in every way there is; arrays that cannot be written to say so."""
    for attempt in (
        lambda: array.__setitem__(..., 7.0),
        lambda: array.fill(7.0),
        lambda: np.copyto(array, 7.0),
        lambda: np.add(array, 7.0, out=array),
        lambda: array.sort(axis=0),
        lambda: (array.setflags(write=True), array.fill(7.0)),
    ):
        try:
            attempt()
        except (ValueError, TypeError):
            continue


@pytest.mark.usefixtures("_engine")
@pytest.mark.parametrize("way", WAYS)
def test_writing_does_not_reach_the_variable(way: str) -> None:
    model = Sequential([Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    x = np.ones((4, 3), "float32")
    kernel = model.layers[0].kernel
    model.predict(x, verbose=0)
    for _ in range(2):
        if way != "the base of a view":  # the owner can always be made writable: that is asking for it
            write(WAYS[way](kernel))
        found = model.predict(x, verbose=0), model(x), x @ model.get_weights()[0], x @ kernel.numpy(), x @ np.asarray(kernel.value)
        for outputs in found:
            np.testing.assert_array_equal(np.asarray(outputs), 3.0)
        kernel.assign(kernel.numpy())


@pytest.mark.parametrize("way", ["value", "asarray", "a view", "the base of a view", "reshape", "ops.reshape", "a memoryview"])
def test_snapshots_are_read_only(way: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        WAYS[way](Variable(np.ones((3, 1), "float32")))[...] = 7.0


def test_what_is_called_a_copy_may_be_written_to() -> None:
    dense = layers.Dense(1)
    dense.build((None, 3))
    for array in (
        *dense.get_weights(),
        dense.kernel.numpy(),
        np.array(dense.kernel),
        ops.convert_to_numpy(dense.kernel),
        dense.kernel.value.numpy(),
    ):
        array[...] = 5.0
    weights = dense.get_weights()
    weights[0][:] = 2.0
    dense.set_weights(weights)
    assert dense.kernel.numpy().tolist() == [[2.0]] * 3


def test_what_predict_gives_is_the_users() -> None:
    for engine in ("reference", "auto"):
        config.set_engine(engine)
        try:
            same = Sequential([Input((3,)), layers.Reshape((3, 1)), layers.Flatten()])
            x = np.ones((2, 3), "float32")
            for _ in range(3):
                same.predict(x, verbose=0)[:] = 7.0
            same.predict_on_batch(x)[:] = 7.0
            same.compile_call(2)(x)[:] = 7.0
            assert (x == 1).all()
        finally:
            config.set_engine("auto")


# Ways by which a user's array gets into a variable.
INTO: dict[str, Callable[[np.ndarray], Variable]] = {
    "Variable": Variable,
    "a variable's initializer": lambda a: Variable(lambda shape, dtype: a, shape=a.shape),
    "assign": lambda a: _assigned(a, lambda v: v.assign(a)),
    "assign of an Array": lambda a: _assigned(a, lambda v: v.assign(a.view(Array))),
    "set_weights": lambda a: _weight_of(a),
    "add_weight": lambda a: layers.Layer().add_weight(shape=a.shape, initializer=a),
    "an initializer": lambda a: layers.Layer().add_weight(shape=a.shape, initializer=glassworks.initializers.Constant(a)),
    "an optimizer": lambda a: _assigned(a, lambda v: optimizers.SGD().assign(v, a)),
    "a traced function": lambda a: _assigned(a, lambda v: function(lambda x: v.assign(x))(a)),
    "a traced function's constant": lambda a: _assigned(a, lambda v: function(lambda: v.assign(ops.convert_to_tensor(a)))()),
}


def _weight_of(array: np.ndarray) -> Variable:
    weight = Weight()
    weight.build(None)
    weight.set_weights([array])
    return weight.kernel


def _assigned(array: np.ndarray, assign: Callable[[Variable], Any]) -> Variable:
    variable = Variable(np.zeros_like(array))
    assign(variable)
    return variable


@pytest.mark.usefixtures("_engine")
@pytest.mark.parametrize("way", INTO)
def test_later_writes_to_the_users_array_do_not_reach_the_variable(way: str) -> None:
    array = np.ones((3, 1), "float32")
    variable = INTO[way](array)
    array[:] = 7.0
    np.testing.assert_array_equal(variable.numpy(), 1.0)
    assert array.flags.writeable


@pytest.mark.usefixtures("_engine")
def test_later_writes_do_not_reach_what_was_made_from_the_array() -> None:
    array = np.ones(3, "float32")
    tensor, made = ops.convert_to_tensor(array), ops.array(array)
    inputs = Input((3,))
    functional = Model(inputs, ops.multiply(inputs, array))
    traced = function(lambda x: x * array.view(Array))
    x = np.ones((1, 3), "float32")
    traced(x)
    functional.predict(x, verbose=0)
    array[:] = 7.0
    for found in (
        tensor,
        made,
        functional(x),
        functional.predict(x, verbose=0),
        functional.predict(np.ones((2, 3)), verbose=0)[:1],
        traced(x),
    ):
        np.testing.assert_array_equal(np.asarray(found).reshape(-1), [1, 1, 1])


def test_later_writes_do_not_change_a_gradient() -> None:
    x, factor = np.ones(3, "float32"), np.full(3, 2.0, "float32")
    weight = Variable([3.0, 3.0, 3.0])
    with GradientTape() as tape:
        scaled = ops.multiply(weight, ops.reshape(x, (3,)))
        y = ops.sum(scaled * scaled * factor)
        x[:], factor[:] = 7.0, 7.0
        with pytest.raises(ValueError, match="read-only"):
            scaled[:] = 7.0
    np.testing.assert_array_equal(tape.gradient(y, weight), [12, 12, 12])
    taken = scaled.numpy()
    taken[:] = 0.0  # a copy


@pytest.mark.parametrize(
    "make",
    [
        lambda a: layers.Rescaling(a, offset=a),
        lambda a: layers.Rescaling(list(a), offset=a.tolist()),
        lambda a: layers.Normalization(mean=a, variance=a),
        lambda a: layers.Discretization(bin_boundaries=a),
        lambda a: layers.Dense(2, kernel_initializer=glassworks.initializers.Constant(np.outer(a, a)[:, :2])),
        lambda a: layers.Embedding(3, 3, weights=[np.outer(a, a)]),
    ],
)
def test_later_writes_to_an_argument_do_not_change_a_layer(make: Callable[[np.ndarray], layers.Layer]) -> None:
    array = np.array([1.0, 2.0, 3.0], "float32")
    layer = make(array)
    x = np.array([[0.0, 1.0, 2.0]], "float32")
    model = Sequential([Input((3,)), layer])
    expected = model.predict(x, verbose=0)
    array[:] = [9.0, 11.0, 13.0]
    for found in (model.predict(x, verbose=0), model(x), layer(x), model.predict(np.repeat(x, 2, 0), verbose=0)[:1]):
        np.testing.assert_array_equal(np.asarray(found), expected)


def test_another_library_does_not_get_memory_to_write_to() -> None:
    variable = Variable(np.ones((3, 1), "float32"))
    with contextlib.suppress(BufferError):  # NumPy below 2.1 cannot say that memory is read-only, and refuses
        write(np.from_dlpack(variable.value))
    np.testing.assert_array_equal(variable.numpy(), 1.0)
