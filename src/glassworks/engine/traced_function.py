"""`function`: a Python function traced once per input signature and run as a program."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, SupportsIndex

import numpy as np

from glassworks import tree
from glassworks.context import context
from glassworks.engine.base import Program
from glassworks.engine.cache import ProgramCache, signature_of
from glassworks.errors import NoNumbersError, warn
from glassworks.graph import Array, Symbolic, active_trace, as_array, spec_of, trace
from glassworks.typing import Structure


class TracedFunction:
    """A traced function; calling it with new shapes or dtypes traces it again.

    Args:
        python_function: A function written with ops and variables. It may assign variables.

    Inside another trace, under a gradient tape, or on symbolic values the Python function itself is called; and so it is, with a warning,
    where it cannot be traced because Python needs numbers: `if x > 0:`, `while x > 0:`, `x.numpy()`.
    """

    def __init__(self, python_function: Callable) -> None:
        functools.update_wrapper(self, python_function)
        self._python_function = python_function
        self.programs = ProgramCache()
        self._runs_as_python = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments; on symbolic values or under a tape, call the Python function."""
        leaves = tree.flatten([list(args), kwargs])
        if self._runs_as_python or active_trace() is not None or context.tapes or any(isinstance(leaf, Symbolic) for leaf in leaves):
            return self._python_function(*args, **kwargs)
        try:
            return self._run_program(args, kwargs, leaves)
        except NoNumbersError as error:
            name = getattr(self, "__name__", "the function")
            warn(f"function: {name} runs as Python, step by step, because it needs {error.found}. Write it with ops.where or ops.cond")
            self._runs_as_python = True
            return self._python_function(*args, **kwargs)

    def _run_program(self, args: tuple, kwargs: dict[str, Any], leaves: list[Any]) -> Structure:
        arrays = [leaf if _is_array(leaf) else None for leaf in leaves]
        program = self.program_for(args, kwargs)
        outputs = program(*(np.asarray(array) for array in arrays if array is not None))
        return program.graph.pack(as_array(o) if isinstance(o, np.ndarray) else o for o in outputs)

    def program_for(self, args: tuple, kwargs: dict[str, Any]) -> Program:
        """The program for arguments with these shapes, dtypes and Python values, traced at the first such call."""
        specs = tree.map_structure(lambda leaf: spec_of(leaf) if _is_array(leaf) else leaf, [list(args), kwargs])
        name = getattr(self, "__name__", "")
        key = (getattr(context.call, "training", None), signature_of(specs))
        others = [leaf for leaf in tree.flatten([list(args), kwargs]) if not _is_array(leaf)]
        return self.programs.find(key, lambda: trace(lambda a, k: self._python_function(*a, **k), *specs, name=name), others).program

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        # Like any function it is pickled by its name, if the name refers to it.
        value: Any = sys.modules.get(self.__module__)
        for part in getattr(self, "__qualname__", "").split("."):
            value = getattr(value, part, None)
        return self.__qualname__ if value is self else super().__reduce_ex__(protocol)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def _is_array(leaf: object) -> bool:
    return isinstance(leaf, (Array, np.ndarray))


def function(python_function: Callable | None = None, **_options: Any) -> Any:
    """Decorator: trace once per input signature, then run without Python's overhead.

    Args:
        python_function: The function; options of TensorFlow's decorator are accepted and ignored.

    >>> from glassworks import ops
    >>> @function
    ... def double(x):
    ...     return x + x
    >>> double(ops.array([1.0, 2.0])).numpy()
    array([2., 4.], dtype=float32)
    """
    if python_function is None:
        return lambda inner: TracedFunction(inner)
    return TracedFunction(python_function)
