"""`Journal`: what variables held before a block of Python changed them. If the block fails, they hold it again."""

from __future__ import annotations

from types import TracebackType

from glassworks.context import context
from glassworks.graph.array import Array
from glassworks.graph.variable import Variable


class Journal:
    """A `with` block that takes effect as a whole or not at all, whatever ends it: an error, or Ctrl-C.

    It costs nothing but a note per variable, since arrays that a variable has held never change.

    >>> v = Variable([1.0])
    >>> try:
    ...     with Journal():
    ...         _ = v.assign([2.0])
    ...         raise ValueError
    ... except ValueError:
    ...     v.numpy()
    array([1.], dtype=float32)
    """

    def __enter__(self) -> Journal:
        self.notes: dict[Variable, Array] = {}
        context.journals = (*context.journals, self.notes)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        context.journals = tuple(notes for notes in context.journals if notes is not self.notes)
        if kind is not None:
            self.undo()

    def undo(self) -> None:
        """Let the variables hold what they held before the block; for what the caller finds out after it."""
        for variable, array in self.notes.items():
            variable.set_array(array)
