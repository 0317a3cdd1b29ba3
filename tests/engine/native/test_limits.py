"""What is too large for the core: it is cut, left to the reference forward, or refused when planned; never a write outside memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import layers, ops
from glassworks.engine.native.core import native as core
from glassworks.engine.native.program import NativeProgram
from glassworks.errors import GraphError
from glassworks.graph import Spec, gradients, trace
from tests.engine.native.helpers import assert_same, kernel


def numbers(shape: tuple[int, ...], dtype: str = "float32", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def with_gradients(op: Callable) -> Callable:
    def function(*inputs: Any) -> list[Any]:
        output = op(*inputs)
        return [output, *gradients([ops.sum(output * output)], list(inputs))]

    return function


# Numbers in a line of a window around what the core lays out at once: 4096 a row, 49,152 in all, room for 131,072 (half in float64).
LONG_LINES = [(1366, 3), (64, 65), (4097, 1), (49_153, 1), (769, 64), (3000, 64), (10, 16_384), (131_073, 1), (5, 16_384)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("window", "channels"), LONG_LINES)
def test_long_windows_are_cut(isa: str, window: int, channels: int, dtype: str) -> None:
    x, kernel = numbers((1, window + 2, channels), dtype), numbers((window, channels, 3), dtype, 1) / window**0.5

    def by_hand(x: np.ndarray) -> np.ndarray:
        return np.stack([np.einsum("bkc,kcf->bf", x[:, i : i + window], kernel) for i in range(3)], axis=1)

    (y,) = NativeProgram(trace(lambda x, k: ops.conv(x, k), Spec(x.shape, dtype), Spec(kernel.shape, dtype)))(x, kernel)
    expected = by_hand(x.astype("float64"))
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("size", "window", "channels", "filters", "options"),
    [
        ((1400,), (1366,), 3, 2, {}),
        ((1100,), (1090,), 130, 2, {"padding": "same"}),  # gradients: pieces of a kernel's gradient larger than the block
        ((3, 700), (3, 690), 65, 1, {}),
        ((700, 3), (690, 3), 33, 2, {"strides": (2, 1)}),
        ((5, 5), (3, 3), 8192, 1, {}),
        ((9, 9), (3, 3), 2048, 17, {"strides": 2}),
        ((260, 4), (251, 2), 20, 16, {"strides": 2, "padding": "same"}),
        ((300,), (20,), 600, 3, {"dilation_rate": 7}),
        ((70, 70), (5, 5), 2, 16, {"strides": (33, 31), "padding": "same"}),  # a thousand phases
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_of_long_windows_are_the_references(
    size: tuple[int, ...], window: tuple[int, ...], channels: int, filters: int, options: dict[str, Any], dtype: str
) -> None:
    x, kernel = numbers((1, *size, channels), dtype), numbers((*window, channels, filters), dtype, 1)
    kernel /= kernel[..., 0].size ** 0.5
    assert_same(with_gradients(lambda x, k: ops.conv(x, k, **options)), x, kernel, scale=100.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_windows_of_many_lines(dtype: str) -> None:
    # Channel by channel the core keeps the lines of a window in a list of 128.
    for lines in (127, 128, 129, 200):
        x, kernel = numbers((1, lines + 1, 3, 5), dtype), numbers((lines, 2, 5, 1), dtype, 1) / lines**0.5
        assert_same(with_gradients(lambda x, k: ops.depthwise_conv(x, k)), x, kernel, scale=10.0)
        for pool in (ops.max_pool, ops.average_pool):
            assert_same(with_gradients(lambda x, pool=pool, lines=lines: pool(x, (lines, 1), 1)), x, scale=10.0)
    x, kernel = numbers((1, 12, 13, 2, 3), dtype), numbers((12, 12, 1, 3, 1), dtype, 1)
    assert_same(with_gradients(lambda x, k: ops.depthwise_conv(x, k)), x, kernel, scale=100.0)
    assert_same(with_gradients(lambda x: ops.max_pool(x, (12, 12, 1), 1)), x)


def test_tables_too_large_to_hold_are_not_made() -> None:
    # 10,000 windows of 10,000 taps: tables of 400 MB.
    x, kernel = numbers((1, 19_999, 1)), numbers((10_000, 1, 1), seed=1)
    program = NativeProgram(trace(lambda x, k: ops.conv(x, k), Spec(x.shape, "float32"), Spec(kernel.shape, "float32")))
    assert [report.ops for report in program.stations() if "in Python" in report.ops[0]]


def test_products_with_few_columns_and_many_rows_in_a_tile(isa: str) -> None:
    for rows, columns in [(20_000, 2), (40_000, 1), (9001, 17)]:
        for dtype in ("float32", "float64"):
            x, kernel = numbers((rows, 12), dtype), numbers((12, columns), dtype, 1)
            assert_same(lambda x, k: ops.sum(ops.square(ops.matmul(x, k)), axis=0), x, kernel, scale=10.0)


@pytest.mark.parametrize("axes", [15, 16, 17, 20, 31, 32, 40])
def test_arrays_of_many_axes(axes: int) -> None:
    if axes > 32 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("NumPy 1 has arrays of at most 32 axes")
    # Sizes of 2 at every third axis, so that nothing can be merged.
    shape = tuple(2 if axis % 3 == 0 else 1 for axis in range(axes))
    x = numbers(shape)
    first = (slice(0, 1),) * axes
    back = tuple(range(axes))[::-1]
    assert_same(with_gradients(lambda x: x[first] * 3.0), x)
    assert_same(with_gradients(lambda x: x[(slice(None, None, -1),) * axes] * 3.0), x)
    assert_same(lambda x: ops.transpose(x, back) * 2.0, x)
    if 3 ** (axes // 3) < 100_000:
        assert_same(with_gradients(lambda x: ops.pad(x, [(0, 1) if axis % 3 == 0 else (0, 0) for axis in range(axes)])), x)
    assert_same(lambda x: ops.sum(x, axis=tuple(range(0, axes, 2))), x)
    assert_same(lambda x: ops.broadcast_to(x[first], shape) + x, x)
    assert_same(lambda x: ops.concatenate([x, x], axis=axes // 2), x)
    assert_same(lambda x: ops.flip(x, axis=0) * x, x)


@pytest.mark.parametrize("count", [1, 2, 59, 60, 61, 64, 65, 200])
def test_any_number_of_arrays_is_joined(count: int) -> None:
    x = numbers((3, 4))

    def join(x: Any) -> Any:
        return ops.concatenate([x * float(i) for i in range(count)], axis=1)

    assert_same(with_gradients(join), x, scale=10.0)
    assert_same(lambda x: ops.stack([x + float(i) for i in range(count)], axis=0), x)
    stations = NativeProgram(trace(join, Spec(x.shape, "float32"))).stations()
    assert not any("in Python" in op for report in stations for op in report.ops)


@pytest.mark.parametrize("units", [1, 2, 3, 17, 65])
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_recurrent_layers_have_the_workspace_they_need(kind: Any, units: int) -> None:
    for rows in (1, 7, 40):
        x = numbers((rows, 4, 3))
        layer = kind(units, return_sequences=True)
        layer.build(x.shape)
        assert_same(with_gradients(layer), x, scale=10.0)


# ---- the core refuses by itself


def station(kind: str, **fields: Any) -> Any:
    made = core.Station()
    made.kind = core.StationKind[kind]
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def task(name: str, **fields: Any) -> Any:
    made = station("task", **fields)
    made.use_task(name)
    return made


def tiles(**fields: Any) -> Any:
    return station("tiles", **{"rows": 4, "columns": 8, "tile_rows": 4, "tile_columns": 8, "chunk_rows": 4, "tiles": 1, **fields})


def view(buffer: int = -1, slot: int = -1, form: str = "full") -> Any:
    return core.View(buffer, slot, core.Form[form])


def with_instruction(output: Callable[[], Any], **fields: Any) -> Any:
    made = tiles(**fields)
    made.add("negative.float32", core.Form.full, [output()], [view(0)])
    return made


def scatter() -> Any:
    made = station("scatter", source=0, target=1, indices=2, table_rows=4, count=2, width=3)
    made.use_accumulate("add.float32")
    return made


def product(**fields: Any) -> Any:
    made = tiles(**{"a": 0, "b": 1, "k": 3, "product_item": 4, "product_buffer": 2, **fields})
    made.use_product(False)
    return made


def head(name: str, int_args: list[int], index_tables: list[int], **fields: Any) -> Any:
    made = product(int_args=int_args, index_tables=index_tables, b_k=8, **fields)
    made.use_head(name)
    return made


COPY = {"source": 0, "target": 1, "shape": [2, 3], "source_strides": [3, 1], "target_strides": [3, 1]}
GROUPS = [1, 1, 4, 1, 1, 4, 1, 1, 1, 8, 1, 8, 0, 1, 1, 1]
ONE_WINDOW = [1, 1, 4, 1, 1, 4, 1, 1, 1, 1, 1, 8, 1, 1, 1, 1]
CELLS = [0, 0, 0, 1, 2, 3]

# Each with the exact sizes of its buffers in bytes.
GOOD: dict[str, tuple[Callable[[], Any], list[int]]] = {
    "a copy": (lambda: station("copy", **COPY), [24, 24, 0]),
    "a copy backwards": (lambda: station("copy", **{**COPY, "source_strides": [-3, 2], "source_offset": 4}), [36, 24, 0]),
    "an empty copy": (lambda: station("copy", **{**COPY, "shape": [2, 0]}), [0, 0, 0]),
    "a gather": (lambda: station("gather", source=0, target=1, indices=2, table_rows=4, count=2, width=3), [48, 24, 8]),
    "a scatter": (lambda: scatter(), [24, 48, 8]),
    "an instruction": (lambda: with_instruction(lambda: view(1)), [128, 128, 0]),
    "an instruction for each row": (lambda: with_instruction(lambda: view(1, form="row")), [128, 16, 0]),
    "an instruction for each column": (lambda: with_instruction(lambda: view(1, form="column")), [128, 32, 0]),
    "an instruction for each part": (lambda: with_instruction(lambda: view(1, form="part"), tile_rows=3, tiles=2), [128, 64, 0]),
    "an instruction into a slot": (lambda: with_instruction(lambda: view(slot=0), slot_offsets=[0]), [128, 0, 0]),
    "a product": (lambda: product(a_row=3, a_k=1, b_k=8, b_column=1), [48, 96, 128]),
    "a transposed product": (lambda: product(a_row=1, a_k=4, b_k=1, b_column=3), [48, 96, 128]),
    "a product into scratch memory": (lambda: product(product_buffer=-1, block_stride=16, slot_offsets=[0]), [4, 4, 0]),
    "a head": (lambda: head("convolution.float32", ONE_WINDOW, CELLS), [16, 32, 128]),
    "a head channel by channel": (lambda: head("depthwise.float64", GROUPS, CELLS, product_item=8), [256, 64, 256]),
    "joining": (lambda: task("concatenate", operands=[0, 1, 2], int_args=[3, 1, 2, 8, 4]), [24, 12, 36]),
    "slices": (lambda: task("place_slices", operands=[0, 1], int_args=[4, 1, 3, 1, 2, 5, 1, 2]), [24, 60, 0]),
    "a sum": (lambda: task("reduce_sum_middle.float32", operands=[0, 1], int_args=[1, 2, 3, 1]), [24, 12, 0]),
    "pooling": (lambda: task("max_pool.float32", operands=[0, 1, 2], int_args=[*ONE_WINDOW, 8, 1], index_tables=CELLS), [32, 32, 8]),
    "a kernel's gradient": (
        lambda: task("convolution_kernel_gradient.float32", operands=[0, 1, 2], int_args=[*ONE_WINDOW, 8, 1, 1], index_tables=CELLS),
        [32, 256, 32],
    ),
}
# The largest operands of tasks whose operands are many; the others are tested with them.
MANY_OPERANDS: dict[str, tuple[list[int], list[float], list[int]]] = {
    "lstm_sequence.float32": ([2, 3, 2, 1, 0, 1], [], [192, 64, 16, 16, 6, 48, 48, 192]),
    "lstm_gradient.float32": ([2, 3, 2, 1, 0, 1], [], [64, 16, 6, 48, 192, 48, 48, 192, 16, 16]),
    "gru_sequence.float32": ([2, 3, 2, 1, 0, 1], [], [144, 48, 24, 16, 6, 48, 144, 48]),
    "gru_gradient.float32": ([2, 3, 2, 1, 0, 1], [], [48, 16, 6, 48, 144, 48, 48, 144, 144, 16]),
    "attention.float32": ([2, 4, 2, 3, 5, 6, 7, 0, 1, 15, 0, 5, 1], [1.0], [576, 480, 560, 30, 672, 96]),
    "attention_gradient.float32": (
        [2, 4, 2, 3, 5, 6, 7, 0, 1, 15, 0, 5, 1],
        [1.0],
        [576, 480, 560, 30, 672, 96, 672, 576, 480, 560],
    ),
    "scatter_adam.float64": ([4, 3, 2, 8, 2], [], [48, 16, 96, 96, 96, 8, 8, 8, 8, 96, 96, 96]),
}
BAD: dict[str, Callable[[], Any]] = {
    "a buffer beyond the last": lambda: station("copy", **{**COPY, "source": 3}),
    "no target": lambda: station("copy", **{**COPY, "target": -1}),
    "too many axes": lambda: station("copy", source=0, target=1, shape=[1] * 65, source_strides=[1] * 65, target_strides=[1] * 65),
    "strides for other axes": lambda: station("copy", **{**COPY, "source_strides": [1]}),
    "a copy of a negative size": lambda: station("copy", **{**COPY, "shape": [2, -1]}),
    "indices of two bytes": lambda: station("gather", source=0, target=1, indices=2, table_rows=4, count=2, width=3, index_item=2),
    "a scatter that does not add": lambda: station("scatter", source=0, target=1, indices=2, table_rows=4, count=2, width=3),
    "no tiles": lambda: station("copy", **COPY, tiles=0),
    "tiles that do not cover the space": lambda: with_instruction(lambda: view(1), tiles=2),
    "empty tiles": lambda: with_instruction(lambda: view(1), tile_rows=0),
    "an operand beyond the buffers": lambda: with_instruction(lambda: view(9)),
    "a slot that is not there": lambda: with_instruction(lambda: view(slot=1), slot_offsets=[0]),
    "a slot beyond the scratch memory": lambda: with_instruction(lambda: view(slot=0), slot_offsets=[1 << 24]),
    "a slot that reaches beyond it": lambda: with_instruction(
        lambda: view(slot=0), slot_offsets=[0], tile_columns=1 << 20, columns=1 << 20, rows=1, tile_rows=1
    ),
    "a copy that begins before its source": lambda: station("copy", **{**COPY, "source_strides": [-3, 1]}),
    "a product with steps backwards": lambda: product(a_row=-1),
    "windows of another space": lambda: head("convolution.float32", ONE_WINDOW, CELLS, rows=3),
    "no parts": lambda: task("lstm_sequence.float32", operands=[0] * 8, int_args=[4, 2, 3, 0, 0, 0]),
    "no heads": lambda: task("attention.float32", operands=[0] * 6, int_args=[0] * 13, float_args=[1.0]),
    "pooling at no places": lambda: task("max_pool.float32", operands=[0, 1, 2], int_args=[0] * 18),
    "a product of nothing": lambda: product(b=-1),
    "a product that goes nowhere": lambda: product(product_buffer=-1),
    "a product beyond the scratch memory": lambda: product(product_buffer=-1, block_stride=1 << 20, slot_offsets=[0]),
    "too much to fetch early": lambda: product(ahead=[0, 1, 2, 0, 1]),
    "windows without tables": lambda: head("convolution.float32", ONE_WINDOW, []),
    "windows without sizes": lambda: head("convolution.float32", [], []),
    "a window that sees beyond its source": lambda: head("convolution.float32", ONE_WINDOW, [0, 0, 0, 1, 2, 4]),
    "windows of no size": lambda: head("convolution.float32", [0, *ONE_WINDOW[1:]], CELLS),
    "too many channels at once": lambda: head("convolution.float64", [*ONE_WINDOW[:10], 65_537, *ONE_WINDOW[11:]], CELLS),
    "four places of other windows": lambda: head("winograd.float32", ONE_WINDOW, CELLS),
    "too many lines": lambda: head("depthwise.float32", [1, 200, 1, 1, 1, 1, 1, 200, 1, 1, 1, 8, 0, 1, 1, 1], [0, *range(200), 0]),
    "too few operands": lambda: task("concatenate", operands=[0, 2], int_args=[1, 1, 2, 8, 8]),
    "too many operands": lambda: task("concatenate", operands=[0] * 66, int_args=[1, 1, 65, *[8] * 65]),
    "too few numbers": lambda: task("concatenate", operands=[0, 1, 2], int_args=[1, 1, 2, 8]),
    "no numbers": lambda: task("concatenate", operands=[0, 1, 2]),
    "other tiles than the numbers say": lambda: task("reduce_sum_middle.float32", operands=[0, 1], int_args=[1, 2, 3, 2]),
    "an operand that is not there": lambda: task("reduce_sum_middle.float32", operands=[0, 5], int_args=[1, 2, 3, 1]),
    "slices along too many axes": lambda: task("place_slices", operands=[0, 1], int_args=[4, 1, 1, 65, *[1] * 130, *[0] * 65, *[1] * 65]),
    "a slice outside its target": lambda: task("place_slices", operands=[0, 1], int_args=[4, 1, 1, 1, 3, 5, 1, 2]),
    "a slice before its target": lambda: task("place_slices", operands=[0, 1], int_args=[4, 1, 1, 1, 2, 5, 0, -1]),
    "more taps than a byte counts": lambda: task(
        "max_pool.float32",
        operands=[0, 1, 2],
        int_args=[1, 1, 300, 1, 1, 1, 1, 1, 300, 1, 1, 8, 1, 1, 1, 1, 1, 1],
        index_tables=[0, 0, *range(300)],
    ),
    "more memory than was reserved": lambda: task("lstm_sequence.float32", operands=[0] * 8, int_args=[4, 2, 300, 1, 0, 0]),
    "attention without its scale": lambda: task("attention.float32", operands=[0] * 6, int_args=[1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0]),
}


def program(sizes: list[int] | None = None) -> Any:
    return core.Program([1 << 22] * 3 if sizes is None else sizes, 1024, 1 << 18, core.Workspace())


@pytest.mark.parametrize("name", GOOD)
def test_a_station_is_taken_with_what_it_needs_and_not_with_a_byte_less(name: str) -> None:
    make, sizes = GOOD[name]
    program(sizes).add_station(make())
    for i, size in enumerate(sizes):
        if size and not (name == "a product into scratch memory" and i == 0):
            with pytest.raises(ValueError, match="beyond a buffer"):
                program([*sizes[:i], size - 1, *sizes[i + 1 :]]).add_station(make())


@pytest.mark.parametrize("name", MANY_OPERANDS)
def test_each_operand_of_a_task_must_be_as_large_as_the_task_says(name: str) -> None:
    int_args, float_args, sizes = MANY_OPERANDS[name]

    def make() -> Any:
        tiles = {"lstm": 1, "gru": 1, "attention": 8, "attention_gradient": 4, "scatter_adam": 2}
        known = next(tiles[key] for key in (name.split(".")[0], name.split("_")[0]) if key in tiles)
        return task(name, operands=list(range(len(sizes))), int_args=int_args, float_args=float_args, tiles=known)

    program(sizes).add_station(make())
    for i, size in enumerate(sizes):
        with pytest.raises(ValueError, match="beyond a buffer"):
            program([*sizes[:i], size - 1, *sizes[i + 1 :]]).add_station(make())


@pytest.mark.parametrize("name", BAD)
def test_an_unsound_station_is_refused(name: str) -> None:
    made = BAD[name]()
    with pytest.raises(ValueError, match="a station cannot be run"):
        program().add_station(made)


def test_indices_outside_a_program_are_refused() -> None:
    one = program()
    one.add_station(GOOD["a copy"][0]())
    array = np.zeros(4, "uint8")
    for call in (
        lambda: one.place_in_arena(3, 0),
        lambda: one.place_in_arena(0, 1024),
        lambda: one.bind(-1, array, 4, True),
        lambda: one.memory(7, 4),
        lambda: one.station(1),
        lambda: one.add_wave([1]),
        lambda: one.set_call([(3, 4, True)], False),
        lambda: one.run_steps([(3, array, 1)], None, 0, 1, 1, 1.0),
        lambda: one.run_steps([(0, array, 1)], None, -1, 1, 1, 1.0),
    ):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(ValueError, match="other integers"):
        one_kernel("concatenate").needs([1])


def one_kernel(name: str) -> Any:
    return next(kernel for kernel in core.kernels() if kernel.name == name)


@pytest.mark.parametrize("count", [0, 1, 2, -1])
def test_what_a_task_needs_can_be_asked_for_any_integers(count: int) -> None:
    """Also for those that a kernel cannot divide by: it refuses them or says what it needs, and the process goes on."""
    for one in core.kernels():
        if one.kind == core.KernelKind.task:
            size = sum(count if argument.counted_by else argument.count for argument in one.int_args)
            integers = [count] * max(size, 0)
            with contextlib.suppress(ValueError):
                assert one.needs(integers).tiles >= 0


@pytest.mark.parametrize(
    ("integers", "why"),
    [
        ([0] * 18, "windows is not positive"),  # pooling at no places
        ([1, 1, 4, 1 << 32, 1 << 32, *ONE_WINDOW[5:], 8, 1], "too many positions"),  # 2**66 of them are 0 of 64 bits
        ([*ONE_WINDOW, -8, 1], "size is negative"),
        (ONE_WINDOW, "other integers"),
    ],
)
def test_the_planner_is_told_why_integers_are_refused(integers: list[int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        one_kernel("max_pool.float32").needs(integers)
    with pytest.raises(GraphError, match=rf"max_pool.float32 with the integers (.|\n)*{why}"):
        kernel("max_pool", "float32").needs(integers)
    with pytest.raises(ValueError, match=rf"a station cannot be run: .*{why}"):
        program().add_station(task("max_pool.float32", operands=[0, 1, 2], int_args=integers))


def test_an_instruction_gets_as_many_operands_as_its_kernel_has() -> None:
    for name, inputs, outputs in [("add.float32", 1, 1), ("add.float32", 3, 1), ("negative.float32", 1, 2), ("adam.float32", 8, 1)]:
        with pytest.raises(ValueError, match="other operands than it reads and fills"):
            tiles().add(name, core.Form.full, [view(0)] * outputs, [view(0)] * inputs)
    for name in ("lstm_sequence.float32", "convolution.float32"):
        with pytest.raises(ValueError, match="is not an instruction"):
            tiles().add(name, core.Form.full, [view(0)], [view(0)])
    with pytest.raises(ValueError, match="unknown kernel"):
        tiles().add("nothing.float32", core.Form.full, [view(0)], [view(0)])
    for use in (core.Station().use_task, core.Station().use_head):
        with pytest.raises(ValueError, match=r"add.float32 is not a"):
            use("add.float32")
