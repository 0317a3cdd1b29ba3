"""What the passes know of the core that will run the program: its kernels and some sizes, for one instruction set."""

from __future__ import annotations

from dataclasses import dataclass, field

from glassworks.engine.native.ir.kernels import Kernel


@dataclass(frozen=True, eq=False)
class Target:
    """A core.

    Attributes:
        kernels: By name.
        vector_bytes: Of a vector register.
        panel_columns: Columns of float32 that a matrix product takes at a time.
        alignment: Of buffers and scratch slots, in bytes.
        most_operands: Of a task.
        most_ahead: Buffers that a matrix product fetches early for its epilogue.
        most_window_lines: Of a window whose taps are looked at one by one.
    """

    kernels: dict[str, Kernel] = field(default_factory=dict)
    vector_bytes: int = 64
    panel_columns: int = 64
    alignment: int = 64
    most_operands: int = 64
    most_ahead: int = 4
    most_window_lines: int = 128

    def find(self, op: str, *dtypes: str) -> Kernel | None:
        """The kernel of an op for these dtypes, such as `find("cast", "int32", "bool")`, if there is one."""
        return self.kernels.get(".".join((op, *dtypes)))

    def kernel(self, op: str, *dtypes: str) -> Kernel:
        """The kernel of an op for these dtypes, which must be there."""
        return self.kernels[".".join((op, *dtypes))]
