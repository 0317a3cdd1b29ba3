"""Errors a user can act on: where it happened, what was found, what was expected, what to change.

Every error that a user's mistake can cause is one of the classes below. They subclass the built-in
exceptions that Keras raises, so `except ValueError` written for Keras keeps working.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable

from glassworks import scope, tracebacks

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DTypeError",
    "DataError",
    "GlassworksError",
    "GlassworksWarning",
    "GraphError",
    "IndexRangeError",
    "MemoryShortageError",
    "MissingDependencyError",
    "ShapeError",
    "StateError",
]
__dir__ = __all__.copy  # what editors and `dir()` show


class GlassworksError(Exception):
    """An error in four parts.

    Args:
        found: The actual shapes, dtypes or values.
        expected: The shapes, dtypes or values that are allowed.
        fix: The change that likely solves the problem.
        where: The layer and call; by default those running now (see `glassworks.scope`).

    >>> print(ShapeError("x (32, 5), kernel (4, 2)", "last axis 4", "use units=4", where="layer 'dense'.call"))
    [layer 'dense'.call]
      found:    x (32, 5), kernel (4, 2)
      expected: last axis 4
      fix:      use units=4
    """

    def __init__(self, found: str, expected: str = "", fix: str = "", *, where: str | None = None) -> None:
        self.where = scope.where() if where is None else where
        if scope.about() and scope.about() not in self.where:
            self.where = f"{self.where}, {scope.about()}" if self.where else scope.about()
        self.found, self.expected, self.fix = found, expected, fix
        parts = (("found:    ", found), ("expected: ", expected), ("fix:      ", fix))
        lines = [f"[{self.where or 'glassworks'}]"]
        lines += [f"  {label}{text}" for label, text in parts if text]
        super().__init__("\n".join(lines))


class ArgumentError(GlassworksError, ValueError):
    """An argument has a value that is not allowed."""


class IndexRangeError(ArgumentError, IndexError):
    """An index is outside of its axis. It is also an `IndexError`, which ends Python's loops over arrays."""


class ArgumentTypeError(GlassworksError, TypeError):
    """An argument has a type that is not allowed."""


class ShapeError(GlassworksError, ValueError):
    """Shapes are not compatible."""


class DTypeError(GlassworksError, TypeError):
    """A dtype is not allowed here."""


class DataError(GlassworksError, ValueError):
    """The data cannot be used for training: NaN, no samples, labels out of range, wrong encoding."""


class StateError(GlassworksError, ValueError):
    """A call comes too early or too late: fit before compile, weights before build."""


class GraphError(GlassworksError, RuntimeError):
    """A graph is not legal at its stage."""


class MemoryShortageError(GlassworksError, MemoryError):
    """More memory is needed than is free. Nothing was changed, so smaller batches or layers can be tried."""


class MissingDependencyError(GlassworksError, ImportError):
    """A package of an optional extra is not installed."""


class GlassworksWarning(UserWarning):
    """A likely mistake that does not stop the program."""


def returned_none(function: str, result: str = "outputs") -> StateError:
    """The error for a function of the user's that ends without a return.

    >>> print(returned_none("Mine.call"))
    [glassworks]
      found:    Mine.call returned None
      expected: its outputs
      fix:      end Mine.call with: return outputs
    """
    return StateError(f"{function} returned None", f"its {result}", f"end {function} with: return {result}")


def warn(text: str, category: type[Warning] = GlassworksWarning) -> None:
    """Give a warning that points at the user's line, however deep in the library it is given."""
    frame = tracebacks.user_frame()
    module, registry = frame.f_globals.get("__name__") or "<string>", frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(text, category, frame.f_code.co_filename, frame.f_lineno, module, registry)


def suggest(name: str, choices: Iterable[str]) -> str:
    """A sentence naming the nearest of `choices`, and all of them where they are few.

    >>> suggest("rleu", ["relu", "gelu", "tanh"])
    "did you mean 'relu'? Known names: 'gelu', 'relu', 'tanh'"
    """
    choices = sorted(set(choices))
    near = difflib.get_close_matches(name.lower(), choices, n=1, cutoff=0.5)
    if not near:
        near = difflib.get_close_matches(name.lower(), [c.lower() for c in choices], n=1, cutoff=0.5)
        near = [c for c in choices if near and c.lower() == near[0]]
    head = f"did you mean '{near[0]}'? " if near else ""
    if len(choices) > 24:
        shown = difflib.get_close_matches(name, choices, n=8, cutoff=0.3) or choices[:8]
        return f"{head}Near names: {', '.join(repr(c) for c in shown)}"
    return f"{head}Known names: {', '.join(repr(c) for c in choices)}"
