"""`Journal`: the values of variables before a block of Python changed them. If the block fails, they are restored."""

from __future__ import annotations

from types import TracebackType

from glassworks.context import context
from glassworks.graph.array import Array
from glassworks.graph.variable import Variable


class Journal:
    """A `with` block whose assignments take effect completely or not at all, also after an error or Ctrl-C.

    It costs one dict entry per variable, since arrays that a variable has held never change.

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
        """Restore the values that the variables had before the block, for errors that the caller notices after it."""
        for variable, array in self.notes.items():
            variable.set_array(array)
