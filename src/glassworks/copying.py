"""`Copyable`: objects that `copy` and `pickle` copy as a whole, so that a copy shares nothing with the original.

State that cannot be copied (programs, memory of the core, traced values) is left out by each class in `__getstate__`
and recreated by `__setstate__`. Functions are pickled by name; a function without one raises an error that names its owner, because the
message of `pickle` does not. `copy.deepcopy` keeps the function itself.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, SupportsIndex

from glassworks.errors import StateError


class Copyable:
    """Base of objects with state. `copy.copy` returns a deep copy, as in Keras: sharing part of a layer's state would be a trap."""

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    @classmethod
    def _blank(cls) -> Any:
        """An object of the class whose state is not set yet."""
        return cls.__new__(cls)

    def __copy__(self) -> Any:
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = memo[id(self)] = self._blank()
        twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        state = self.__getstate__()
        make, cls = self._factory()
        if not _pickles_functions():
            self._refuse_unnamed(cls, state)
        return make, (cls,), state

    def _factory(self) -> tuple[Callable[[Any], Any], type]:
        """A function that creates an object without state, and the class that is its argument."""
        return _blank_of, type(self)

    def _refuse_unnamed(self, cls: type, state: dict[str, Any]) -> None:
        """Raise an error for a function or class that another process could not find."""
        if not _is_importable(cls):
            raise StateError(
                f"an object of the class {cls.__qualname__}, which is defined inside a function",
                "a class at the top of a module, where another process finds it",
                f"move class {cls.__name__} out of the function; copy.deepcopy works with it as it is",
                where=f"pickle of {self._label()}",
            )
        # Arguments of __init__ are usually also stored under a better name.
        for name, value in sorted(state.items(), key=lambda item: item[0] == "_config_arguments"):
            for function in _functions(value):
                if not _is_importable(function):
                    what = (
                        "a lambda" if function.__name__ == "<lambda>" else f"the function {function.__qualname__}, defined inside another,"
                    )
                    raise StateError(
                        f"{what} as {'an argument' if name == '_config_arguments' else name.lstrip('_')}",
                        "a function with a name, which another process can find",
                        "write it with def at the top of a module; copy.deepcopy works with it as it is",
                        where=f"pickle of {self._label()}",
                    )

    def _label(self) -> str:
        """The object's description in errors."""
        bases = {base.__name__ for base in type(self).__mro__}
        kind = next((kind.lower() for kind in ("Model", "Layer", "Optimizer", "Loss", "Metric", "Callback") if kind in bases), "object")
        return f"{kind} '{getattr(self, 'name', type(self).__name__)}'"


def _blank_of(cls: Any) -> Any:
    return cls._blank()


def _functions(value: object, depth: int = 3) -> Iterator[FunctionType]:
    if isinstance(value, FunctionType):
        yield value
    elif depth and isinstance(value, (list, tuple, dict)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _functions(entry, depth - 1)


def _is_importable(named: Any) -> bool:
    value: Any = sys.modules.get(named.__module__)
    for part in named.__qualname__.split("."):
        value = getattr(value, part, None)
    return value is named or getattr(value, "__wrapped__", None) is named


def _pickles_functions() -> bool:
    """Whether the running pickler writes functions by value, as cloudpickle (which joblib uses) and dill do."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in ("cloudpickle", "dill"):
            return True
        frame = frame.f_back
    return False
