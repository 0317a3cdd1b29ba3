"""`function`: traced once per signature."""

from __future__ import annotations

import numpy as np

from glassworks import GradientTape, Variable, function, layers, ops
from glassworks.engine.cache import MOST_PROGRAMS


def test_a_function_is_traced_once_per_shape_and_dtype() -> None:
    calls = []

    @function
    def double(x):
        calls.append(x.shape)
        return x + x

    for shape in ((2,), (2,), (3,), (2,)):
        assert double(np.ones(shape, "float32")).shape == shape
    double(np.ones(2, "int32"))
    assert calls == [(2,), (3,), (2,)]


def test_python_arguments_are_part_of_the_signature() -> None:
    @function
    def power(x, n):
        return x**n

    x = ops.array([2.0])
    assert float(power(x, 2)[0]) == 4 and float(power(x, 3)[0]) == 8 and float(power(x, n=3)[0]) == 8


def test_variables_change_when_a_function_runs_not_when_it_is_traced() -> None:
    count = Variable(0.0)

    @function
    def step(x):
        count.assign_add(x)
        return count.value

    assert [float(step(ops.array(1.0))) for _ in range(3)] == [1.0, 2.0, 3.0]
    assert float(count) == 3


def test_a_method_can_be_a_function() -> None:
    class Scale:
        def __init__(self, factor):
            self.factor = Variable(factor)

        @function
        def __call__(self, x):
            return x * self.factor

    a, b = Scale(2.0), Scale(3.0)
    x = ops.array([1.0])
    assert float(a(x)[0]) == 2 and float(b(x)[0]) == 3


def test_a_tape_around_a_function_sees_through_it() -> None:
    @function
    def square(x):
        return x * x

    x = ops.array(3.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = square(x)
    assert float(tape.gradient(y, x)) == 6


def test_python_arguments_that_are_equal_but_not_the_same_are_told_apart() -> None:
    @function
    def scaled(x, factor):
        return x * factor if isinstance(factor, bool) or factor != factor else ops.divide(x, 1) * factor * len(str(factor))

    x = np.array([1, 2], "int32")
    for argument in (1, 1.0, True, 0.0, -0.0, 0, False, float("nan"), "1", (1, 2), [1, 2], {1, 2}, slice(1), None):
        for structure in (argument, [argument], (argument,), {"a": argument}):

            @function
            def shown(x, value):
                return x, repr(value)

            assert shown(x, structure)[1] == repr(structure)
    assert scaled(x, 1).dtype == np.float32 and scaled(x, True).dtype == np.int32 and scaled(x, 1.0)[0] == 3
    seen = [shown(x, value)[1] for value in (1, 1.0, True, [1], (1,), 0.0, -0.0, 0, False)]
    assert seen == ["1", "1.0", "True", "[1]", "(1,)", "0.0", "-0.0", "0", "False"]


def test_objects_that_died_are_not_taken_for_new_ones() -> None:
    class Setting:
        __hash__ = None  # type: ignore[assignment]

        def __init__(self, factor):
            self.factor = factor

    @function
    def scaled(x, setting):
        return x * setting.factor

    x = np.ones(1, "float32")
    assert [float(scaled(x, Setting(float(i)))[0]) for i in range(20)] == [float(i) for i in range(20)]
    kept = Setting(1.0)
    assert float(scaled(x, kept)[0]) == 1
    kept.factor = 2.0
    assert float(scaled(x, kept)[0]) == 2


def test_a_change_of_a_layer_inside_takes_effect() -> None:
    dense = layers.Dense(2, kernel_initializer="ones")
    x = np.ones((1, 3), "float32")
    dense(x)

    @function
    def run(x):
        return dense(x)

    assert run(x).numpy().tolist() == [[3, 3]]
    dense.activation = ops.negative
    assert run(x).numpy().tolist() == [[-3, -3]]


def test_a_function_inside_a_layer_knows_whether_the_layer_trains() -> None:
    class Noisy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.5, seed=1)
            self.run = function(lambda x: self.dropout(x))

        def call(self, x, training=False):
            return self.run(x)

    layer, x = Noisy(), np.ones((4, 100), "float32")
    for training in (True, False, True, False):
        assert (layer(x, training=training).numpy() == 0).any() == training


def test_programs_of_a_function_are_limited_in_number() -> None:
    power = function(lambda x, n: x * n)
    x = np.ones(1, "float32")
    assert [float(power(x, i)[0]) for i in range(100)] == [float(i) for i in range(100)]
    assert len(power.programs) <= MOST_PROGRAMS
