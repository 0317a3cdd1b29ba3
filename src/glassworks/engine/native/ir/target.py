"""What the passes know of the core that will run the program: its kernels and some sizes, for one instruction set."""

from __future__ import annotations

from dataclasses import dataclass

from glassworks.engine.native.ir.kernels import Kernel
from glassworks.errors import GraphError


@dataclass(frozen=True, eq=False, kw_only=True)
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

    kernels: dict[str, Kernel]
    vector_bytes: int
    panel_columns: int
    alignment: int
    most_operands: int
    most_ahead: int
    most_window_lines: int

    def find(self, op: str, *dtypes: str) -> Kernel | None:
        """The kernel of an op for these dtypes, such as `find("cast", "int32", "bool")`, if there is one."""
        return self.kernels.get(".".join((op, *dtypes)))

    def kernel(self, op: str, *dtypes: str) -> Kernel:
        """The kernel of an op for these dtypes.

        Raises:
            GraphError: The core does not have it.
        """
        kernel = self.find(op, *dtypes)
        if kernel is None:
            wanted = f"{op!r} for {', '.join(dtypes)}" if dtypes else f"{op!r}"
            raise GraphError(
                f"a call of {wanted}, for which the core does not have a kernel",
                "a kernel of the core's table",
                "add it to native/kernels/table.cpp; a rule that can do without asks `find`, which gives None, and returns False",
                where="native.lower",
            )
        return kernel
