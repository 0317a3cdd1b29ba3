"""Errors a user can act on: where it happened, what was found, what was expected, what to change.

Every error that a user's mistake can cause is one of the classes below. They subclass the built-in
exceptions that Keras raises, so `except ValueError` written for Keras keeps working.
"""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any

from glassworks import scope, tracebacks

if TYPE_CHECKING:
    from glassworks.checks import Finding

__all__ = [
    "AbsentNameError",
    "ArgumentError",
    "ArgumentTypeError",
    "DTypeError",
    "DataError",
    "DiagnosisError",
    "GlassworksError",
    "GlassworksWarning",
    "GraphError",
    "IndexRangeError",
    "LoadError",
    "MemoryShortageError",
    "MissingDependencyError",
    "NotCompiledError",
    "NotYetKnownError",
    "SaveError",
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


class DTypeError(GlassworksError, TypeError, ValueError):
    """A dtype is not allowed here, or not known. Keras raises a `TypeError` for some of these and a `ValueError` for others."""


class DataError(GlassworksError, ValueError):
    """The data cannot be used for training: NaN, no samples, labels out of range, wrong encoding."""


class StateError(GlassworksError, ValueError):
    """A call comes too early or too late: fit before compile, weights before build."""


class NotCompiledError(StateError, RuntimeError):
    """A model that a scikit-learn estimator trains is not compiled. It is also a `RuntimeError`, which Keras raises there."""


class NotYetKnownError(StateError, AttributeError):
    """An attribute has no value yet, as the output of a layer that nothing has called. It is also an `AttributeError`: `hasattr` says no."""


class GraphError(GlassworksError, RuntimeError):
    """A graph is not legal at its stage."""


class NoNumbersError(GraphError):
    """Python asked for the numbers of a value of a graph, which has some only when the graph runs."""


class AbsentNameError(GlassworksError, AttributeError):
    """The name is one of Keras's, and is not here. `docs/keras_names.md` lists these names with their reasons."""


class MemoryShortageError(GlassworksError, MemoryError):
    """More memory is needed than is free. Nothing was changed, so smaller batches or layers can be tried."""


class MissingDependencyError(GlassworksError, ImportError):
    """A package of an optional extra is not installed."""


class LoadError(GlassworksError, ValueError):
    """A file cannot be loaded: it is damaged, does not belong to the model, or asks for what loading never does. Nothing was changed.

    Args:
        file: The file.
        member: The part of the file at fault: a member of an archive, a data set, a key of a config; empty for the file as a whole.
        reason: What is wrong with it.
        expected, fix: As for every error.

    >>> print(LoadError("model.keras", "config.json", "the text ends early", "a JSON object", "save the model again"))
    [loading model.keras]
      found:    config.json: the text ends early
      expected: a JSON object
      fix:      save the model again
    """

    def __init__(self, file: str | PathLike, member: str, reason: str, expected: str = "", fix: str = "") -> None:
        self.file, self.member, self.reason = os.fspath(file), member, reason
        super().__init__(f"{member}: {reason}" if member else reason, expected, fix, where=f"loading {self.file}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file, self.member, self.reason, self.expected, self.fix)


class SaveError(GlassworksError, OSError):
    """A file could not be written. The file that was there before is unchanged.

    Its `errno`, `strerror` and `filename` are those of the operating system's error, where there is one.
    """

    def __str__(self) -> str:
        return str(self.args[0])


class DiagnosisError(GlassworksError, RuntimeError):
    """The doctor found a serious mistake, and `fit(doctor="raise")` asked for an error.

    Args:
        finding: What was found.

    Attributes:
        finding: What was found.
    """

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        why = f". {finding.why}" if finding.why else ""
        super().__init__(f"{finding.found}{why}", finding.expected, finding.fix, where=f"{finding.where}, {finding.check}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.finding,)


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


def go_on(error: GlassworksError) -> None:
    """Warn with the four parts of an error, where the program goes on, as it does in Keras.

    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     go_on(ArgumentError("batch_size=32 with a generator", "a generator alone", "leave batch_size out"))
    >>> print(caught[0].message)
    [glassworks]
      found:    batch_size=32 with a generator
      expected: a generator alone
      fix:      leave batch_size out
    """
    warn(str(error))


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
