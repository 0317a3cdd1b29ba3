"""`StateOf`: what changes in an object of the user's while it is used, so that an object in another process can go on from there."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks.random import get_python_state, set_python_state
from glassworks.typing import Json

MOST_BYTES = 1 << 24
_SCALARS = (bool, int, float, str, bytes, type(None), np.generic)
_MOST_ITEMS = 10_000


class StateOf:
    """The state of an object: what its `get_state` returns, or its attributes that have changed since this was created, or both.

    Attributes count if they are numbers, text, lists, tuples and dicts of these, NumPy arrays of up to 16 MiB, and random generators of NumPy
    and Python.

    Args:
        owner: The object.
        skipped: Names of attributes that do not count.
        own: Whether to call its `get_state` and `set_state`; by default if there are any.
        attributes: Whether its attributes count, but for those that the dict of its own `get_state` has; by default if it has none.

    >>> class Counter:
    ...     count, step = 0, 2
    >>> first, second = Counter(), Counter()
    >>> state = StateOf(first)
    >>> first.count = 6
    >>> state.get()
    {'own': None, 'attributes': {'count': 6}}
    >>> StateOf(second).set(state.get())
    >>> second.count
    6
    """

    def __init__(self, owner: Any, skipped: frozenset[str] = frozenset(), own: bool | None = None, attributes: bool | None = None) -> None:
        self._owner, self._skipped = owner, skipped
        self._own = has_state(owner) if own is None else own
        self._attributes = not self._own if attributes is None else attributes
        self._before = self._plain()

    @property
    def class_name(self) -> str:
        """The name of the class of the object."""
        return type(self._owner).__name__

    def get(self) -> dict[str, Any]:
        """The state, as plain values and arrays."""
        own = self._owner.get_state() if self._own else None
        before, known = self._before, own if isinstance(own, dict) else {}
        changed = {
            name: value
            for name, value in self._plain().items()
            if name not in known and (name not in before or not _same(value, before[name]))
        }
        return {"own": own, "attributes": changed}

    def set(self, state: dict[str, Any]) -> None:
        """Give the object this state."""
        for name, value in state["attributes"].items():
            current = getattr(self._owner, name, None)
            if isinstance(value, dict) and value.keys() == {_GENERATOR}:
                _set_generator(current, value[_GENERATOR])
            elif isinstance(value, np.ndarray) and isinstance(current, np.ndarray) and _fits(value, current):
                current[...] = value  # other objects may hold the same array
            else:
                setattr(self._owner, name, value)
        if self._own and state["own"] is not None:
            self._owner.set_state(state["own"])

    def _plain(self) -> dict[str, Any]:
        attributes = getattr(self._owner, "__dict__", {}) if self._attributes else {}
        copies = {name: _copy(value) for name, value in attributes.items() if name not in self._skipped}
        return {name: value for name, value in copies.items() if value is not _OTHER}


def has_state(owner: object) -> bool:
    """Whether an object can say what its state is, and take it back."""
    return callable(getattr(owner, "get_state", None)) and callable(getattr(owner, "set_state", None))


def get_shared_state() -> dict[str, Any]:
    """The states of the generators that all code shares: Python's `random` and NumPy's `np.random`.

    >>> state = get_shared_state()
    >>> first = np.random.rand()
    >>> set_shared_state(state)
    >>> first == np.random.rand()
    True
    """
    return {"python": get_python_state(random), "numpy": np.random.get_state(legacy=False)}


def set_shared_state(state: dict[str, Any]) -> None:
    """Set the states that `get_shared_state` returned."""
    set_python_state(random, state["python"])
    np.random.set_state(state["numpy"])


_OTHER: Any = object()
_GENERATOR = "random generator"


def _copy(value: object) -> Any:
    """A copy of a value that counts as state, else `_OTHER`."""
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple) and len(value) <= _MOST_ITEMS:
        items = [_copy(item) for item in value]
        return _OTHER if any(item is _OTHER for item in items) else tuple(items) if isinstance(value, tuple) else items
    if type(value) is dict and len(value) <= _MOST_ITEMS:
        pairs = {key: _copy(item) for key, item in value.items()}
        fits = all(isinstance(key, (str, int)) for key in pairs) and not any(item is _OTHER for item in pairs.values())
        return pairs if fits else _OTHER
    if type(value) is np.ndarray and value.dtype.kind in "biuf" and value.nbytes <= MOST_BYTES:
        return value.copy()
    for kind, (get, _) in _GENERATORS.items():
        if isinstance(value, kind):
            return {_GENERATOR: get(value)}
    return _OTHER


def _set_generator(generator: object, state: Json) -> None:
    for kind, (_, put) in _GENERATORS.items():
        if isinstance(generator, kind):
            put(generator, state)


_GENERATORS: dict[type, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    np.random.Generator: (lambda g: g.bit_generator.state, lambda g, state: setattr(g.bit_generator, "state", state)),
    np.random.RandomState: (lambda g: g.get_state(legacy=False), lambda g, state: g.set_state(state)),
    random.Random: (get_python_state, set_python_state),
}


def _same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return bool(a == b) or (a != a and b != b)  # NaN


def _fits(value: np.ndarray, current: np.ndarray) -> bool:
    return value.dtype == current.dtype and value.shape == current.shape and current.flags.writeable
