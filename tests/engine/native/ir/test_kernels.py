"""The table of kernels is the contract: whoever builds a call wrongly hears of it when the call is planned."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import glassworks
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.core import native as core
from glassworks.engine.native.ir.kernels import Kernel, Kind
from glassworks.engine.native.ir.ops import KernelCall, task_call
from glassworks.engine.native.ir.values import Form, Pattern, Storage
from glassworks.engine.native.passes.tile import COSTS
from glassworks.errors import GraphError
from tests.engine.native.helpers import kernel

SLICES: dict[str, Any] = {"item": 4, "tiles": 1, "rows": 1, "axes": 2}
LISTS: dict[str, Any] = {"sources": [2, 3], "targets": [5, 3], "starts": [1, 0], "steps": [2, 1]}


def value(size: int = 8) -> Storage:
    return Storage(size, "float32")


def place_slices(inputs: dict[str, Any] | None = None, ints: dict[str, Any] | None = None, outputs: int = 1) -> Any:
    given = {"source": value()} if inputs is None else inputs
    return task_call(kernel("place_slices"), given, [value(15)] * outputs, (), {**SLICES, **LISTS} if ints is None else ints)


def all_kernels() -> list[Kernel]:
    return list(current_target().kernels.values())


def test_names_are_unique_and_arguments_are_named_once() -> None:
    kernels = all_kernels()
    assert len(kernels) == len(core.kernels()) > 300
    for one in kernels:
        names = [argument.name for argument in (*one.inputs, *one.outputs)]
        ints = [argument.name for argument in one.int_args]
        assert len(set(names)) == len(names) and len(set(ints)) == len(ints), one.name
        counts = {argument.counted_by for argument in (*one.inputs, *one.int_args)} - {""}
        assert counts <= set(ints), one.name


def test_every_instruction_has_a_cost_and_every_cost_a_kernel() -> None:
    instructions = {one.op for one in all_kernels() if one.kind not in (Kind.HEAD, Kind.TASK)}
    assert set(COSTS) == instructions


def test_a_kernel_that_must_be_there_and_is_not_is_named_in_the_error() -> None:
    target = current_target()
    assert target.find("add", "float32") is target.kernel("add", "float32")
    assert target.find("add", "complex64") is None
    for dtypes in (("int32", "complex64"), ()):
        with pytest.raises(GraphError, match=r"'cast'(.|\n)*native/kernels/table.cpp") as caught:
            target.kernel("cast", *dtypes)
        assert all(dtype in caught.value.found for dtype in dtypes)


def test_a_call_that_says_all_by_name_is_in_the_order_of_the_kernel() -> None:
    call = place_slices()
    assert call.ints == [4, 1, 1, 2, 2, 3, 5, 3, 1, 0, 2, 1] and call.tiles == 1 and len(call.operands) == 2


@pytest.mark.parametrize("missing", [*SLICES, *LISTS])
def test_a_missing_integer_is_refused(missing: str) -> None:
    ints = {name: number for name, number in {**SLICES, **LISTS}.items() if name != missing}
    with pytest.raises(GraphError, match=f"no integer '{missing}'"):
        place_slices(ints=ints)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(GraphError, match="the unknown integer 'rowz'"):
        place_slices(ints={**SLICES, **LISTS, "rowz": 1})
    with pytest.raises(GraphError, match="the unknown input 'sauce'"):
        place_slices({"source": value(), "sauce": value()})
    with pytest.raises(GraphError, match="the unknown float 'scale'"):
        task_call(kernel("place_slices"), {"source": value()}, [value(15)], (), {**SLICES, **LISTS}, {"scale": 1.0})


def test_missing_operands_and_floats_are_refused() -> None:
    with pytest.raises(GraphError, match="no input 'source'"):
        place_slices({})
    with pytest.raises(GraphError, match="0 outputs"):
        place_slices(outputs=0)
    sizes = dict.fromkeys(("batch", "heads", "key_heads", "queries", "keys", "size", "value_size"), 1)
    ints = {**sizes, "causal": 0, "has_mask": 0, "mask_strides": [0] * 4}
    inputs = {"query": value(), "key": value(), "value": value(), "mask": None}
    task_call(kernel("attention"), inputs, [value(), value()], (), ints, {"scale": 1.0})
    with pytest.raises(GraphError, match="no float 'scale'"):
        task_call(kernel("attention"), inputs, [value(), value()], (), ints)
    with pytest.raises(GraphError, match="3 values of the integer 'mask_strides'"):
        task_call(kernel("attention"), inputs, [value(), value()], (), {**ints, "mask_strides": [0] * 3}, {"scale": 1.0})


def test_lists_are_as_long_as_they_say() -> None:
    with pytest.raises(GraphError, match="3 values of the integer 'starts'"):
        place_slices(ints={**SLICES, **LISTS, "starts": [0, 0, 0]})
    ints = {"rows": 1, "tiles": 1, "count": 3, "row_bytes": [4, 4, 4]}
    with pytest.raises(GraphError, match="2 values of the input 'arrays'"):
        task_call(kernel("concatenate"), {"arrays": [value(1), value(1)]}, [value(3)], (), ints)


def test_more_axes_than_the_kernel_holds_are_refused() -> None:
    most = core.MOST_AXES
    for axes in (most, most + 1):
        ints = {**SLICES, "axes": axes, "sources": [1] * axes, "targets": [1] * axes, "starts": [0] * axes, "steps": [1] * axes}
        if axes == most:
            place_slices(ints=ints)
        else:
            with pytest.raises(GraphError, match="sizes that it can hold"):
                place_slices(ints=ints)


def test_an_instruction_with_another_count_of_operands_is_refused() -> None:
    full = Pattern(Form.FULL)
    for op, inputs, outputs in [("add", 1, 1), ("add", 3, 1), ("negative", 2, 1), ("adam", 8, 1), ("gelu_and_slope", 1, 1)]:
        with pytest.raises(GraphError, match=f"{inputs} inputs and {outputs} outputs"):
            KernelCall(kernel(op), (value(),) * inputs, (full,) * inputs, tuple(value() for _ in range(outputs)), 8, None, ())


def test_a_task_says_how_much_workspace_it_needs() -> None:
    ints = {"rows": 4, "steps": 2, "units": 300, "tiles": 1, "reverse": 0, "has_mask": 0}
    small, large = (kernel("lstm_sequence").needs(kernel("lstm_sequence").ordered_ints({**ints, "units": n})) for n in (3, 300))
    assert small.tiles == large.tiles == 1 and large.workspace_bytes > 4 * 4 * 300 * 300 and small.workspace_bytes < 1024


def test_the_types_of_the_core_are_those_of_its_binding(tmp_path: Path) -> None:
    """`python -m nanobind.stubgen -m glassworks._native -o src/glassworks/_native.pyi` writes the file again."""
    if importlib.util.find_spec("nanobind") is None:
        pytest.skip("nanobind, which builds the core, is not installed here")
    made = tmp_path / "_native.pyi"
    subprocess.run([sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "glassworks._native", "-o", str(made)], check=True)
    kept = Path(glassworks.__file__).with_name("_native.pyi")
    assert made.read_text() == kept.read_text()
