"""The checker of programs refuses programs that would read the wrong memory: each of these is good but for one line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native import verify
from glassworks.engine.native.ir.groups import Tiling
from glassworks.engine.native.ir.ops import KernelCall, MatMul
from glassworks.engine.native.ir.values import Form, Pattern, Storage
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.native.verify import Listing, Operand, Step, Work, verify_order
from glassworks.errors import GraphError
from glassworks.graph import Spec, Variable, trace
from tests.engine.native.helpers import kernel

CUT = Tiling((8, 4), 4, 4, 2, 2)  # two tiles of whole rows, two rows at a time


def value(name: str, size: int = 32, role: str = "temporary") -> Storage:
    return Storage(size, "float32", role, name)


class Draft:
    """A program in the making: values one behind the other in memory unless they are placed."""

    def __init__(self) -> None:
        self.listing = Listing()
        self._end = 0

    def value(self, name: str, size: int = 32, at: Storage | None = None, given: bool = False) -> Storage:
        storage = value(name, size)
        start = self._end if at is None else self.listing.memory[at][0]
        self.listing.memory[storage] = (start, start + storage.bytes)
        self._end = max(self._end, start + storage.bytes)
        if given:
            self.listing.given.append(storage)
        return storage

    def wave(self, *works: Work) -> None:
        self.listing.waves.append(list(works))

    def refused(self, text: str) -> None:
        with pytest.raises(GraphError, match=text):
            verify.verify(self.listing)


def copy(source: Storage, target: Storage) -> Work:
    return Work([Step("copy", [Operand(source)], [Operand(target)])])


def tiles(*steps: Step, cut: Tiling = CUT, slots: tuple[int, ...] = (128, 128)) -> Work:
    return Work(steps, cut, slots)


def instruction(reads: list[Operand], write: Operand, kind: str = "elementwise") -> Step:
    return Step(kind, reads, [write])


def test_a_good_program_passes() -> None:
    draft = Draft()
    x, a, total, y = draft.value("x", given=True), draft.value("a"), draft.value("total", 8), draft.value("y")
    old = draft.value("old", given=True)
    new = draft.value("new", at=old)
    draft.wave(copy(x, a))
    draft.wave(
        tiles(
            instruction([Operand(a), Operand(old)], Operand(t := value("t"), 0)),
            instruction([Operand(t, 0)], Operand(total, form=Form.ROW), "reduce_columns"),
            instruction([Operand(t, 0), Operand(total, form=Form.ROW)], Operand(u := value("u"), 0)),
            instruction([Operand(u, 0), Operand(old)], Operand(new)),
        )
    )
    draft.wave(copy(a, y))
    draft.listing.results += [y, new]
    verify.verify(draft.listing)


def test_what_nobody_wrote_is_not_read() -> None:
    draft = Draft()
    draft.wave(copy(draft.value("lost"), draft.value("y")))
    draft.refused("reads 'lost' before it is written")


def test_what_a_later_wave_writes_is_not_read() -> None:
    draft = Draft()
    x, a, y = draft.value("x", given=True), draft.value("a"), draft.value("y")
    draft.wave(copy(a, y))
    draft.wave(copy(x, a))
    draft.refused("reads 'a' before it is written")


def test_stations_of_a_wave_do_not_see_each_other() -> None:
    draft = Draft()
    x, a, y = draft.value("x", given=True), draft.value("a"), draft.value("y")
    draft.wave(copy(x, a), copy(a, y))
    draft.refused("reads 'a' before it is written")


def test_a_product_does_not_read_what_its_epilogue_makes() -> None:
    draft = Draft()
    x, w, r, y = draft.value("x", given=True), draft.value("w", 16, given=True), draft.value("r"), draft.value("y")
    draft.wave(
        tiles(
            Step("product", [Operand(r), Operand(w)], [Operand(p := value("p"), 0)]),
            instruction([Operand(x)], Operand(r)),
            instruction([Operand(r), Operand(p, 0)], Operand(y)),
        )
    )
    draft.refused("product, reads 'r' before it is written")


def test_an_instruction_does_not_read_what_a_later_one_makes() -> None:
    draft = Draft()
    x, a, y = draft.value("x", given=True), draft.value("a"), draft.value("y")
    draft.wave(tiles(instruction([Operand(a)], Operand(y)), instruction([Operand(x)], Operand(a))))
    draft.refused("reads 'a' before it is written")


def test_a_scratch_slot_holds_one_value_at_a_time() -> None:
    draft = Draft()
    x, y, a, b = draft.value("x", given=True), draft.value("y"), value("a"), value("b")
    draft.wave(
        tiles(
            instruction([Operand(x)], Operand(a, 0)),
            instruction([Operand(x)], Operand(b, 0)),
            instruction([Operand(a, 0), Operand(b, 0)], Operand(y)),
        )
    )
    draft.refused("reads 'a' from slot 0, which holds something else")


def test_a_scratch_slot_is_empty_when_a_tile_begins() -> None:
    draft = Draft()
    draft.wave(tiles(instruction([Operand(value("a"), 1)], Operand(draft.value("y")))))
    draft.refused("reads 'a' from slot 1")


def test_only_an_elementwise_instruction_writes_into_the_slot_that_it_reads() -> None:
    draft = Draft()
    x, a, b = draft.value("x", given=True), value("a"), value("b")
    draft.wave(tiles(instruction([Operand(x)], Operand(a, 0)), instruction([Operand(a, 0)], Operand(b, 0), "rowwise")))
    draft.refused("writes 'b' into slot 0, which it uses otherwise")


def test_two_outputs_of_an_instruction_have_a_slot_each() -> None:
    draft = Draft()
    x = draft.value("x", given=True)
    draft.wave(tiles(Step("elementwise", [Operand(x)], [Operand(value("a"), 0), Operand(value("b"), 0)])))
    draft.refused("into slot 0, which it uses otherwise")


def test_a_scratch_slot_is_as_large_as_what_is_put_in_it() -> None:
    draft = Draft()
    draft.wave(tiles(instruction([Operand(draft.value("x", given=True))], Operand(value("a"), 0)), slots=(16,)))
    draft.refused("needs 8 numbers of 'a' in slot 0 of 16 bytes")


@pytest.mark.parametrize(
    ("made", "read"), [(Form.ROW, Form.COLUMN), (Form.COLUMN, Form.ROW), (Form.ROW, Form.SCALAR), (Form.COLUMN, Form.FULL)]
)
def test_a_value_is_read_in_the_form_in_which_it_is_made(made: int, read: int) -> None:
    draft = Draft()
    cut = Tiling((8, 8), 8, 8, 1, 8)
    x, y, sums = draft.value("x", 64, given=True), draft.value("y", 64), value("sums", 8)
    draft.wave(
        tiles(
            instruction([Operand(x)], Operand(sums, 0, made), "reduce_columns" if made == Form.ROW else "reduce_rows"),
            instruction([Operand(x), Operand(sums, 0, read)], Operand(y)),
            cut=cut,
            slots=(256,),
        )
    )
    draft.refused("reads 'sums' as .*; it is made as")


def test_sums_of_parts_are_for_other_stations() -> None:
    draft = Draft()
    x, y, sums = draft.value("x", given=True), draft.value("y"), draft.value("sums", 8)
    draft.wave(
        tiles(
            instruction([Operand(x)], Operand(sums, form=Form.PART), "reduce_rows"),
            instruction([Operand(sums, form=Form.PART), Operand(x)], Operand(y)),
        )
    )
    draft.refused("reads 'sums' as one per column and part")


@pytest.mark.parametrize(("form", "size", "kind"), [(Form.COLUMN, 4, "reduce_rows"), (Form.SCALAR, 1, "reduce_columns")])
def test_a_sum_over_the_rows_needs_a_tile_of_all_rows(form: int, size: int, kind: str) -> None:
    draft = Draft()
    draft.wave(tiles(instruction([Operand(draft.value("x", given=True))], Operand(draft.value("sum", size), form=form), kind)))
    draft.refused("makes 'sum' from tiles of 4 x 4")


def test_a_sum_over_the_columns_needs_a_tile_of_whole_rows() -> None:
    draft = Draft()
    cut = Tiling((8, 4), 8, 2, 2, 8)
    draft.wave(
        tiles(
            instruction([Operand(draft.value("x", given=True))], Operand(draft.value("sum", 8), form=Form.ROW), "reduce_columns"), cut=cut
        )
    )
    draft.refused("makes 'sum' from tiles of 8 x 2")


def test_instructions_stay_inside_their_operands() -> None:
    draft = Draft()
    draft.wave(tiles(instruction([Operand(draft.value("short", 31, given=True))], Operand(draft.value("y")))))
    draft.refused("finds 31 numbers in 'short' where the space has 32")


def test_memory_is_not_used_again_before_the_last_reader() -> None:
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    b, y = draft.value("b", at=a), draft.value("y")
    draft.wave(copy(x, a))
    draft.wave(copy(x, b))
    draft.wave(copy(a, y))
    draft.refused("reads 'a' after 'b' was written over it")


@pytest.mark.parametrize("shift", [-4, 4])
def test_memory_that_overlaps_in_part_counts_too(shift: int) -> None:
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    b, y = draft.value("b"), draft.value("y")
    start, end = draft.listing.memory[a]
    draft.listing.memory[b] = (start + shift, end + shift)
    if shift < 0:
        draft.listing.memory[x] = (10_000, 10_128)
    draft.wave(copy(x, a))
    draft.wave(copy(x, b))
    draft.wave(copy(a, y))
    draft.refused("reads 'a' after 'b' was written over it")


def test_two_stations_of_a_wave_do_not_write_the_same_memory() -> None:
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    draft.wave(copy(x, a), copy(x, draft.value("b", at=a)))
    draft.refused("writes 'b' over 'a', which another station of its wave touches")


def test_a_station_does_not_write_what_another_of_its_wave_reads() -> None:
    draft = Draft()
    x, old = draft.value("x", given=True), draft.value("old", given=True)
    draft.wave(copy(old, draft.value("y")), copy(x, draft.value("new", at=old)))
    draft.refused("writes 'new' over 'old', which another station of its wave touches")


@pytest.mark.parametrize("late", [False, True])
def test_a_variable_is_not_read_after_its_memory_has_the_new_value(late: bool) -> None:
    draft = Draft()
    x, old = draft.value("x", given=True), draft.value("old", given=True)
    new, y = draft.value("new", at=old), draft.value("y")
    update, read = instruction([Operand(x), Operand(old)], Operand(new)), instruction([Operand(old)], Operand(y))
    if late:
        draft.wave(tiles(update))
        draft.wave(tiles(read))
    else:
        draft.wave(tiles(update, read))
    draft.refused("reads 'old' after")


@pytest.mark.parametrize(("kind", "form"), [("rowwise", Form.FULL), ("elementwise", Form.COLUMN)])
def test_only_elementwise_reads_go_with_an_update_in_place(kind: str, form: int) -> None:
    """Other tiles, or other places of the tile, would see the new value."""
    draft = Draft()
    size = 32 if form == Form.FULL else 4
    x, old = draft.value("x", given=True), draft.value("old", size, given=True)
    new = draft.value("new", at=old)
    draft.wave(tiles(instruction([Operand(x), Operand(old, form=form)], Operand(new), kind)))
    draft.refused("writes 'new' over 'old', which its other tiles read")


def test_a_product_does_not_read_the_variable_that_its_epilogue_updates() -> None:
    draft = Draft()
    x, old = draft.value("x", given=True), draft.value("old", given=True)
    new = draft.value("new", at=old)
    product = Step("product", [Operand(x), Operand(old)], [Operand(p := value("p"), 0)])
    draft.wave(tiles(product, instruction([Operand(p, 0), Operand(old)], Operand(new))))
    draft.refused("writes 'new' over 'old', which its other tiles read")


def test_a_task_writes_over_what_it_reads_only_where_it_says_so() -> None:
    def program(in_place: bool) -> Draft:
        draft = Draft()
        old = draft.value("old", given=True)
        new = draft.value("new", at=old)
        pairs = [(new, old)] if in_place else []
        draft.wave(Work([Step("task", [Operand(old)], [Operand(new)], pairs)]))
        return draft

    verify.verify(program(True).listing)
    program(False).refused("writes 'new' over 'old', which its other tiles read")


def test_a_value_is_written_once() -> None:
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    draft.wave(copy(x, a))
    draft.wave(copy(x, a))
    draft.refused("writes 'a', which was there before")
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    draft.wave(tiles(instruction([Operand(x)], Operand(a)), instruction([Operand(x)], Operand(a))))
    draft.refused("writes 'a' a second time")


def test_results_are_there_at_the_end() -> None:
    draft = Draft()
    x, a = draft.value("x", given=True), draft.value("a")
    draft.wave(copy(x, a))
    draft.wave(copy(x, draft.value("b", at=a)))
    draft.listing.results.append(a)
    draft.refused("the end reads 'a' after 'b' was written over it")


def test_python_runs_by_itself() -> None:
    draft = Draft()
    x = draft.value("x", given=True)
    draft.wave(copy(x, draft.value("a")), Work([Step("python", [Operand(x)], [Operand(draft.value("b"))])]))
    draft.refused("calls back into Python while other stations run")


def test_two_given_values_do_not_share_memory() -> None:
    draft = Draft()
    draft.value("b", at=draft.value("a", given=True), given=True)
    draft.refused("lies in the memory of another value")


def _operation(reads: list[Storage], write: Storage) -> KernelCall:
    return KernelCall(
        kernel("add" if len(reads) > 1 else "negative"),
        tuple(reads),
        tuple(Pattern(Form.FULL) for _ in reads),
        (write,),
        write.size,
        None,
        (),
    )


def test_the_order_of_operations_is_checked_for_every_plan() -> None:
    x, w, r, p, y = (value(name) for name in "xwrpy")
    product = MatMul(r, w, p, 1, 8, 4, 4, (0, 4, 1), (0, 4, 1), ())
    make, add = _operation([x], r), _operation([r, p], y)
    verify_order([[[make]], [[product, add]]], [x, w])
    bad: list[tuple[list[list[list[KernelCall | MatMul]]], str]] = [
        ([[[product, make, add]]], "matmul 8x4x4, reads 'r' before"),  # fused with what makes its operand
        ([[[product, add]], [[make]]], "matmul 8x4x4, reads 'r' before"),  # a wave too early
        ([[[make], [product, add]]], "matmul 8x4x4, reads 'r' before"),  # in the same wave
        ([[[make]], [[add, product]]], "add, reads 'p' before"),  # the epilogue first
    ]
    for waves, text in bad:
        with pytest.raises(GraphError, match=text):
            verify_order(waves, [x, w])


def _step(x: object) -> list[object]:
    w = Variable(np.eye(4, dtype="float32"))
    r = ops.tanh(x)
    y = ops.add(r, ops.matmul(r, w))
    w.assign(w - 0.1 * y)
    return [y, ops.sum(y, axis=0)]


@pytest.mark.parametrize("change", ["swap waves", "drop a wave", "join waves"])
def test_a_plan_that_was_tampered_with_is_refused(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from glassworks.engine.native import program

    original: Callable = program.make_plan

    def tampered(*arguments: object) -> object:
        found = original(*arguments)
        if change == "swap waves":
            found.waves.reverse()
        elif change == "drop a wave":
            found.waves.pop(0)
        else:
            found.waves[:] = [[group for wave in found.waves for group in wave]]
        return found

    NativeProgram(trace(_step, Spec((4, 4), "float32")))
    monkeypatch.setattr(program, "make_plan", tampered)
    with pytest.raises(GraphError, match="before it is written"):
        NativeProgram(trace(_step, Spec((4, 4), "float32")))
