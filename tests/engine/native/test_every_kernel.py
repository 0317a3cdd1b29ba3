"""Every kernel of the core's table is called by a program here, and gives what the reference engine gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.ir.kernels import Kernel
from glassworks.engine.native.ir.ops import KernelCall, MatMul, TaskCall
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Primitive, Variable, apply
from glassworks.graph.backward import gradients
from tests.engine.native.helpers import available, traced
from tests.engine.native.passes.test_fuse import assert_engines_agree
from tests.engine.native.passes.test_simplify import adam_step
from tests.engine.native.test_attention import forward_and_back
from tests.engine.native.test_sequences import operands, walked_and_back

# A function and the arrays that it is called on; programs of it call the kernel.
Case = tuple[Callable[..., Any], list[np.ndarray]]
ITEMS = {"1": "uint8", "2": "float16", "4": "float32", "8": "float64"}


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    """Between 0 and 1, or small integers."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    return rng.uniform(0.1, 0.9, shape).astype(dtype) if dtype.startswith("float") else rng.integers(1, 7, shape).astype(dtype)


def of_primitive(name: str, arrays: list[np.ndarray], **attributes: Any) -> Case:
    return lambda *inputs: apply(Primitive.known[name], *inputs, **attributes), arrays


def by_name(kernel: Kernel) -> Case:
    """An elementwise kernel: the primitive of the same name."""
    attributes = {"decimals": 0} if kernel.op == "round" else {}
    return of_primitive(kernel.op, [numbers((5, 17), kernel.dtypes[0], seed) for seed in range(len(kernel.inputs))], **attributes)


def reduction(kernel: Kernel) -> Case:
    name, _, where = kernel.op.rpartition("_")
    axes = {"columns": (2,), "rows": (0,), "middle": (1,)}[where]
    return of_primitive(name, [numbers((4, 5, 6), kernel.dtypes[0])], axes=axes, keepdims=False)


def last_axis(kernel: Kernel) -> Case:
    more = {"keepdims": False} if kernel.op.startswith("arg") else {}
    return of_primitive(kernel.op, [numbers((5, 17), kernel.dtypes[0])], axis=1, **more)


def choice(kernel: Kernel) -> Case:
    x, y = (numbers((5, 17), ITEMS[kernel.dtypes[0]], seed) for seed in range(2))
    return of_primitive("where", [numbers((5, 17), "bool"), x, y])


def repetition(kernel: Kernel) -> Case:
    return of_primitive("broadcast_to", [numbers((5, 1), ITEMS[kernel.dtypes[0]])], shape=(5, 17))


def conversion(kernel: Kernel) -> Case:
    return of_primitive("cast", [numbers((5, 17), kernel.dtypes[0])], dtype=kernel.dtypes[1])


def classes(kernel: Kernel) -> Case:
    return of_primitive("one_hot", [numbers((5,), kernel.dtypes[0])], classes=9, dtype=kernel.dtypes[1])


def bits(kernel: Kernel) -> Case:
    return of_primitive("random_bits", [np.array([7, 3], "uint32")], shape=(3, 5))


def pair(function: Callable[[Any, Any], Any]) -> Callable[[Kernel], Case]:
    return lambda kernel: (function, [numbers((5, 17), kernel.dtypes[0], seed) for seed in range(2)])


def gelu_and_slope(x: Any, y: Any) -> Any:
    value = ops.gelu(x, approximate=False)
    return [value, *gradients([value], [x])]


def adam(kernel: Kernel) -> Case:
    return adam_step("nobody", kernel.dtypes[0]), [numbers((5, 7), kernel.dtypes[0])]


def adam_of_rows(kernel: Kernel) -> Case:
    dtype = kernel.dtypes[0]
    step = adam_step("nobody", dtype)
    indices = np.array([0, 3, 3, 1], "int32")

    def function(updates: Any) -> Any:
        rows = apply(Primitive.known["scatter_add"], updates, indices, axis=0, size=5)
        return step(rows)

    return function, [numbers((4, 7), dtype)]


def in_range(kernel: Kernel) -> Case:
    source, target = kernel.dtypes
    return of_primitive("in_range", [numbers((5, 17), source)], low=0, high=9, dtype=target, what="index")


def convolution(channels: int, filters: int, groups: int = 1, window: int = 3, strides: int = 1) -> Callable[[Kernel], Case]:
    """With its gradients."""

    def case(kernel: Kernel) -> Case:
        def function(x: Any, k: Any) -> list[Any]:
            conv = ops.conv if groups == 1 else ops.depthwise_conv
            y = conv(x, k, strides=strides, padding="same")
            return [y, *gradients([ops.sum(y * y)], [x, k])]

        last = (channels, filters) if groups == 1 else (channels, 1)
        shapes = [(2, 6, 8, channels), (window, window, *last)]
        return function, [numbers(shape, kernel.dtypes[0], seed) for seed, shape in enumerate(shapes)]

    return case


def pooling(kernel: Kernel) -> Case:
    def function(x: Any) -> list[Any]:
        y = ops.max_pool(x, 2, 2)
        return [y, *gradients([ops.sum(y * y)], [x])]

    return function, [numbers((2, 6, 8, 5), kernel.dtypes[0])]


def sequence(kernel: Kernel) -> Case:
    kind = kernel.op.split("_")[0]
    return walked_and_back(kind, False), operands(kind, 7, 3, 5, kernel.dtypes[0], True)


def attention(kernel: Kernel) -> Case:
    return forward_and_back(True), [numbers((2, 9, 2, 4), kernel.dtypes[0], seed) for seed in range(3)]


def joining(kernel: Kernel) -> Case:
    return of_primitive("concatenate", [numbers((3, n, 5), "float32") for n in (2, 4)], axis=1)


def slices(kernel: Kernel) -> Case:
    return of_primitive("place_slices", [numbers((3, 2), "float32")], slices=((0, 6, 2), (1, 3, 1)), shape=(6, 5))


CASES: dict[str, Callable[[Kernel], Case]] = {
    "where": choice,
    "copy": repetition,
    "cast": conversion,
    "one_hot": classes,
    "random_bits": bits,
    "lerp": pair(lambda x, y: x + (y - x) * 0.1),
    "multiply_subtract_from": pair(lambda x, y: x - y * 0.1),
    "gelu_and_slope": pair(gelu_and_slope),
    "gelu_slope": pair(lambda x, y: gradients([ops.gelu(x, approximate=False)], [x])),
    "adam": adam,
    "scatter_adam": adam_of_rows,
    "in_range": in_range,
    "convolution": convolution(3, 4),
    "convolution_kernel_gradient": convolution(3, 4),
    "depthwise": convolution(5, 5, groups=5),
    "depthwise_kernel_gradient": convolution(5, 5, groups=5),
    "winograd": convolution(16, 16),
    "winograd_kernel": convolution(16, 16),
    "winograd_kernel_gradient": convolution(16, 16),
    "max_pool": pooling,
    "max_unpool": pooling,
    **dict.fromkeys(["lstm_sequence", "lstm_gradient", "gru_sequence", "gru_gradient"], sequence),
    **dict.fromkeys(["attention", "attention_gradient"], attention),
    **dict.fromkeys(["softmax", "log_softmax", "argmax", "argmin"], last_axis),
    "concatenate": joining,
    "place_slices": slices,
}


def kernels_by_op() -> dict[str, list[Kernel]]:
    """The table, asked of the core."""
    by_op: dict[str, list[Kernel]] = {}
    for kernel in current_target().kernels.values() if available() else ():
        if kernel.op != "cast" or len(set(kernel.dtypes)) == 2:  # a cast to the same dtype is the value itself
            by_op.setdefault(kernel.op, []).append(kernel)
    return by_op


def called(program: NativeProgram) -> set[str]:
    """The names of the kernels that a program calls."""
    every = [op for group in program.plan.stations for op in group.ops]
    names = {op.kernel.name for op in every if isinstance(op, (KernelCall, TaskCall))}
    return names | {op.head.name for op in every if isinstance(op, MatMul) and op.head is not None}


def test_every_case_is_of_a_kernel() -> None:
    assert set(CASES) <= set(kernels_by_op())


@pytest.mark.parametrize("op", kernels_by_op())
def test_every_kernel_gives_what_the_reference_gives(op: str) -> None:
    default = reduction if op.startswith("reduce_") else by_name
    for kernel in kernels_by_op()[op]:
        function, arrays = CASES.get(op, default)(kernel)
        graph = traced(function, *arrays)
        assert kernel.name in called(NativeProgram(graph)), f"{kernel.name} is not called"
        assert_engines_agree(graph, arrays)


def test_a_variable_in_which_the_engines_leave_different_values_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    variable = Variable(np.zeros(3, "float32"))

    def function(x: Any) -> Any:
        variable.assign(variable + x)
        return x

    x = np.ones(3, "float32")
    graph = traced(function, x)
    assert_engines_agree(graph, [x])
    np.testing.assert_array_equal(variable.numpy(), [2, 2, 2])
    run = NativeProgram.__call__

    def run_and_change(program: NativeProgram, *inputs: np.ndarray) -> list[Any]:
        results = run(program, *inputs)
        variable.set_array(variable.array + 1)
        return results

    monkeypatch.setattr(NativeProgram, "__call__", run_and_change)
    with pytest.raises(AssertionError):
        assert_engines_agree(graph, [x])
