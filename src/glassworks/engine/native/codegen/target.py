"""The core as the passes see it: its table of kernels and its sizes, read once for each instruction set."""

from __future__ import annotations

import functools

from glassworks.engine.native.core import native
from glassworks.engine.native.ir.kernels import Argument, Kernel, Kind, Needs
from glassworks.engine.native.ir.target import Target


def current_target() -> Target:
    """The core with the instruction set in use."""
    return _target(native.isa())


@functools.cache
def _target(isa: str) -> Target:
    return Target(
        kernels={kernel.name: _kernel(kernel) for kernel in native.kernels()},
        vector_bytes=native.vector_bytes(),
        panel_columns=native.panel_columns(),
        alignment=native.ALIGNMENT,
        most_operands=native.MOST_OPERANDS,
        most_ahead=native.MOST_AHEAD,
        most_window_lines=native.MOST_WINDOW_LINES,
    )


def _kernel(described: native.Kernel) -> Kernel:
    def arguments(some: list[native.Argument]) -> tuple[Argument, ...]:
        return tuple(Argument(one.name, one.count, one.counted_by) for one in some)

    def needs(int_args: list[int]) -> Needs:
        try:
            found = described.needs(int_args)
        except ValueError as error:
            raise kernel.fault(f"the integers {int_args}", f"integers that it can work with ({error})") from error
        return Needs(found.tiles, found.workspace_bytes, found.possible)

    kernel = Kernel(
        described.name,
        described.op,
        tuple(described.dtypes),
        Kind[described.kind.name.upper()],
        arguments(described.inputs),
        arguments(described.outputs),
        arguments(described.int_args),
        arguments(described.float_args),
        needs,
    )
    return kernel
