"""The kernels that a plan may call, as `native/kernels/table.cpp` describes them: names of operands and arguments, and what a task needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeVar

from glassworks.errors import GraphError

T = TypeVar("T")
Given = Mapping[str, T | Sequence[T]]


class Kind(Enum):
    """What a kernel does with a space of rows and columns; the core has the same names."""

    ELEMENTWISE = "elementwise"  # an element from the elements at the same position
    REDUCE_COLUMNS = "reduce_columns"  # a number from each row
    REDUCE_ROWS = "reduce_rows"  # a number from each column, perhaps in parts of the rows
    ROWWISE = "rowwise"  # whole rows from whole rows
    EXPAND = "expand"  # a row from a number
    GENERATE = "generate"  # an element from its position
    HEAD = "head"  # fills the tile that instructions then work on, as a matrix product does
    TASK = "task"  # cuts its work in its own way


@dataclass(frozen=True)
class Argument:
    """An operand or integer by name: one, an array of `count`, or a list as long as the integer `counted_by` says."""

    name: str
    count: int = 1
    counted_by: str = ""


class Needs(NamedTuple):
    """What a task needs beside its operands; `possible` says whether the kernel can do what its integers ask for."""

    tiles: int
    workspace_bytes: int
    possible: bool = True


@dataclass(frozen=True, eq=False)
class Kernel:
    """A line of the table.

    Attributes:
        name: "cast.float32.int32": the op, and the dtypes that tell kernels of one op apart.
        op: "cast".
        needs: What a task needs for its integers.
    """

    name: str
    op: str
    dtypes: tuple[str, ...]
    kind: Kind
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    int_args: tuple[Argument, ...] = ()
    float_args: tuple[Argument, ...] = ()
    needs: Callable[[list[int]], Needs] = lambda int_args: Needs(1, 0)

    def ordered_ints(self, given: Given[int]) -> list[int]:
        """Integers in the order in which the kernel gets them.

        Raises:
            GraphError: One is missing or unknown, or a list has another length than its kernel says.
        """
        return self._ordered("integer", self.int_args, given, given)

    def ordered_floats(self, given: Given[float]) -> list[float]:
        """Floats in order; errors as those of `ordered_ints`."""
        return self._ordered("float", self.float_args, given, {})

    def ordered_inputs(self, given: Given[T], ints: Given[int]) -> list[T]:
        """Inputs in order; errors as those of `ordered_ints`."""
        return self._ordered("input", self.inputs, given, ints)

    def check_operands(self, inputs: int, outputs: int) -> None:
        """Raise a GraphError unless an instruction gets as many operands as it reads and fills."""
        if (inputs, outputs) != (len(self.inputs), len(self.outputs)):
            raise self.fault(
                f"{inputs} inputs and {outputs} outputs",
                f"the inputs {_names(self.inputs)} and the outputs {_names(self.outputs)}",
            )

    def _ordered(self, what: str, arguments: Sequence[Argument], given: Given[T], ints: Given[int]) -> list[T]:
        names = [argument.name for argument in arguments]
        for name in given:
            if name not in names:
                raise self.fault(f"the unknown {what} {name!r}", f"the {what}s {_names(arguments)}")
        ordered: list[T] = []
        for argument in arguments:
            if argument.name not in given:
                raise self.fault(f"no {what} {argument.name!r}", f"the {what}s {_names(arguments)}")
            value = given[argument.name]
            values = list(value) if isinstance(value, Sequence) else [value]
            count = ints[argument.counted_by] if argument.counted_by else argument.count
            if len(values) != count:
                raise self.fault(f"{len(values)} values of the {what} {argument.name!r}", f"{count}")
            ordered += values
        return ordered

    def fault(self, found: str, expected: str) -> GraphError:
        """An error about a call of this kernel."""
        return GraphError(
            f"a call of the kernel {self.name} with {found}",
            expected,
            "the rule that builds this call has a fault: its names are those of native/kernels/table.cpp",
            where="native.lower",
        )


def _names(arguments: Sequence[Argument]) -> str:
    return ", ".join(argument.name for argument in arguments) or "(none)"
