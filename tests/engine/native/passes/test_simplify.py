"""Chains that become one kernel, and near misses of each: a native program computes what each node says, in any order of readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Variable
from glassworks.graph.backward import gradients
from tests.engine.native.helpers import assert_same, traced
from tests.graph.test_passes import run

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 7)), RNG.normal(size=(5, 7))


def kernels(function: Callable, *arrays: np.ndarray) -> set[str]:
    program = NativeProgram(traced(function, *arrays))
    return {name for report in program.stations() for name in report.ops}


CHAINS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "moving average": ("lerp", lambda x, y: x + (y - x) * 0.1),
    "descent": ("multiply_subtract_from", lambda x, y: x - y * 0.1),
    "descent by a computed rate": ("multiply_subtract_from", lambda x, y: x - y * ops.mean(y)),
}
NEAR_MISSES: dict[str, Callable[[Any, Any], Any]] = {
    "average turned around": lambda x, y: x + (x - y) * 0.1,
    "average of another": lambda x, y: y + (y - x) * 0.1,
    "average by a row": lambda x, y: x + (y - x) * y[:1],
    "average by a column": lambda x, y: x + (y - x) * y[:, :1],
    "average by all": lambda x, y: x + (y - x) * y,
    "average that broadcasts": lambda x, y: x[:1] + (y - x[:1]) * 0.1,
    "average whose difference is read": lambda x, y: ((d := y - x), x + d * 0.1, ops.tanh(d)),
    "average whose product is read": lambda x, y: ((p := (y - x) * 0.1), x + p),
    "average of one number": lambda x, y: x[0, 0] + (y[0, 0] - x[0, 0]) * 0.1,
    "average minus": lambda x, y: x - (y - x) * 0.1,
    "descent by a row": lambda x, y: x - y * y[:1],
    "descent that broadcasts": lambda x, y: x - y[:1] * 0.1,
    "descent the other way": lambda x, y: y * 0.1 - x,
    "descent whose step is read": lambda x, y: ((s := y * 0.1), x - s, ops.sum(s)),
    "descent with a cast": lambda x, y: x - ops.cast(ops.cast(y * 0.1, "float32"), x.dtype),
    "descent by itself": lambda x, y: x - x * 0.1,
    "twice the same step": lambda x, y: (s := y * 0.1) - s,
    "integers": lambda x, y: ops.cast(x * 9, "int32") - ops.cast(y * 9, "int32") * 2,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*CHAINS, *NEAR_MISSES])
def test_chains_and_near_misses_compute_the_same(name: str, dtype: str) -> None:
    assert_same(CHAINS[name][1] if name in CHAINS else NEAR_MISSES[name], X.astype(dtype), Y.astype(dtype))


@pytest.mark.parametrize("name", CHAINS)
def test_chains_become_one_kernel(name: str) -> None:
    kernel, function = CHAINS[name]
    assert kernel in kernels(function, X, Y)


def adam_step(read: str, dtype: str = "float64") -> Callable[[Any], Any]:
    """A step of Adam as the optimizer writes it; `read` says who else looks at the averages."""
    shape = X.shape
    weight, momentum, velocity, other = (Variable((np.abs(RNG.normal(size=shape)) + 0.1).astype(dtype)) for _ in range(4))

    def step(gradient: Any) -> list[Any]:
        m = momentum + (gradient - momentum) * 0.1
        v = velocity + (ops.square(gradient) - velocity) * 0.01
        rate: Any = 0.3
        first = [ops.tanh(m), ops.matmul(m, ops.transpose(v))] if read == "before" else []
        if read == "as a factor":
            rate = ops.mean(m) + 0.3
        elif read == "as another factor":
            rate = ops.mean(v) + 0.3
        epsilon = ops.mean(m) * 0.01 + 1.0 if read == "as epsilon" else 1e-3
        root = ops.sqrt(m if read == "of momentum" else v)
        denominator = root + epsilon
        weight.assign(weight - m * rate / denominator)
        if read not in ("in place of momentum", "as a factor", "as epsilon"):
            momentum.assign(m)
        if read not in ("in place of velocity", "as another factor"):
            velocity.assign(v)
        if read == "of the gradient":
            other.assign(other + (gradient - other) * 0.5)
        if read == "in place of momentum":
            first = [ops.tanh(m)]
        if read == "in place of velocity":
            first = [ops.sum(v)]
        if read == "as an output":
            first = [m, v]
        return [*first, ops.sum(denominator)] if read == "of the denominator" else first

    return step


READERS = [
    "nobody", "before", "as a factor", "as another factor", "as epsilon", "of momentum", "in place of momentum", "in place of velocity",
    "of the gradient", "as an output", "of the denominator",
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_adam_and_its_near_misses_compute_the_same(read: str) -> None:
    gradient = RNG.normal(size=X.shape) ** 2 + 0.1
    graph = traced(adam_step(read), gradient)
    before = {variable: np.array(variable.numpy()) for variable in graph.reads}
    expected = run(graph, gradient)
    for variable, array in before.items():
        variable.assign(array)
    program = NativeProgram(graph)
    found = [np.asarray(one) for one in program(gradient)] + [np.array(variable.numpy()) for variable in graph.writes]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    is_one_kernel = "adam" in {name for report in program.stations() for name in report.ops}
    assert is_one_kernel == (read in ("nobody", "of the gradient"))


def _slope(z: Any) -> Any:
    return gradients([ops.gelu(z, approximate=False)], [z])[0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: (ops.gelu(x, approximate=False), _slope(x)),
        lambda x, y: (_slope(x), ops.gelu(x, approximate=False)),
        lambda x, y: ops.matmul(ops.transpose(_slope(x)), ops.gelu(x, approximate=False)),
        lambda x, y: ops.gelu(x + ops.sum(_slope(x)), approximate=False) + ops.gelu(x, approximate=False),
        lambda x, y: (ops.matmul(x, ops.transpose(_slope(x))) + ops.sum(y), ops.gelu(x, approximate=False), _slope(y)),
    ],
)
def test_gelu_and_its_slope_in_either_order(function: Callable) -> None:
    assert_same(function, X, Y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divisions_by_constants_are_divisions(dtype: str) -> None:
    """Times the inverse, 49 / 49 is less than 1, and 1e38 / 3e38 is 0 where subnormal numbers are flushed."""
    x = np.arange(-300, 301).astype(dtype)
    for divisor in (1.0, 2.0, 3.0, 7.0, 49.0, 0.1, 255.0, -8.0, 2.0**-20, 2.0**120, 3e38):
        big = x * 1e35
        for numbers in (x, big):
            program = NativeProgram(traced(lambda x, divisor=divisor: [x / divisor, ops.floor(x / divisor)], numbers))
            with np.errstate(over="ignore"):
                quotient = numbers / x.dtype.type(divisor)
            quotient[np.abs(quotient) < np.finfo(dtype).tiny] = 0.0  # programs flush subnormal numbers
            for found, expected in zip(program(numbers), [quotient, np.floor(quotient)], strict=True):
                np.testing.assert_array_equal(found, expected)
    for count in range(1, 100):
        ones = np.ones((3, count), dtype)
        assert (NativeProgram(traced(lambda x: ops.mean(x, axis=1), ones))(ones)[0] == 1).all()


FUNCTIONS = ["gelu", "tanh", "sigmoid", "softplus", "silu", "relu", "exp", "log1p", "sqrt", "square", "elu", "erf", "sin"]
EXACT_GELU = {"gelu": {"approximate": False}}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1, 7), (5, 1), (1, 1)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_broadcast_numbers_and_their_gradients(name: str, shape: tuple[int, ...], dtype: str) -> None:
    """A kernel that computes a value and its slope read what lay behind a number that was to be repeated."""

    def function(x: Any) -> list[Any]:
        y = getattr(ops, name)(ops.broadcast_to(x, (5, 7)), **EXACT_GELU.get(name, {}))
        return [y, *gradients([y], [x], [ops.array(np.arange(35.0).reshape(5, 7), dtype)])]

    assert_same(function, np.abs(RNG.normal(size=shape)).astype(dtype), scale=10.0)
