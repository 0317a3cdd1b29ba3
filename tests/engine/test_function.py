"""`function`: traced once per signature."""

from __future__ import annotations

import numpy as np

from glassworks import GradientTape, Variable, function, ops


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
