"""Guards: the attributes that traced code has read from Python objects, and the check that they are unchanged.

A program comes from running Python code once. It stays valid as long as everything that the code read has the value it
had then: attributes of layers, losses, metrics and optimizers, lists of layers, settings. So a trace runs inside `Reads`,
and its program is stored with the resulting `Guard`. Before the program is used again, `guard.holds()` must be true.

The check is cheap. Setting an attribute of an `Observed` object increments a global count, and a guard compares the
attributes only if the count has changed since its last check. Lists, dicts and plain objects of the user do not report
changes, so those that were read are compared each time.

A guard does not cover global variables and closures of the user's functions: as in any tracing framework, they are read once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Generic, Self, TypeVar, overload

from glassworks.context import context
from glassworks.copying import Copyable

_MISSING: Any = object()
_SCALARS = (bool, int, float, complex, str, bytes, type(None))
# Not plain objects of the user: these have no settings, or are compared by identity.
_OPAQUE = (*_SCALARS, type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)
# Larger containers count as data, not as settings.
_MOST_ITEMS = 256

T = TypeVar("T")


class _Changes:
    """The number of times that an observed attribute was set, in all threads."""

    count = 0


_settings: list[tuple[dict[str, Any], str]] = []
_hook_lock = threading.Lock()
_hooks = 0


def changed() -> None:
    """Count a change of a setting, so that guards compare again."""
    _Changes.count += 1


def guard_settings(settings: dict[str, Any], *names: str) -> None:
    """Let every guard watch these entries of a dict; code that sets one must call `changed`."""
    _settings.extend((settings, name) for name in names)


class Observed(Copyable):
    """Base of objects whose attributes traced code reads.

    Attributes:
        _volatile: Names of attributes that change at each call and are never settings.
    """

    _volatile: frozenset[str] = frozenset()

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        _Changes.count += 1
        if context.reads is not None:
            context.reads.wrote(vars(self), name)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        _Changes.count += 1


class Setting(Generic[T]):
    """An attribute of a class that is not `Observed` as a whole, since its other attributes change at each step.

    Args:
        check: Gives the value to store for one that is assigned, or raises an error.

    >>> class Weight:
    ...     trainable = Setting()
    >>> weight = Weight()
    >>> weight.trainable = True
    >>> with Reads() as reads:
    ...     weight.trainable
    True
    >>> guard = reads.guard()
    >>> guard.holds()
    True
    >>> weight.trainable = False
    >>> guard.holds()
    False
    """

    def __init__(self, check: Callable[[Any], T] = lambda value: value) -> None:
        self._check = check

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> Self | T:
        if instance is None:
            return self
        attributes = vars(instance)
        if context.reads is not None:
            context.reads.read(attributes, self._name)
        return attributes[self._name]

    def __set__(self, instance: object, value: object) -> None:
        vars(instance)[self._name] = self._check(value)
        _Changes.count += 1
        if context.reads is not None:
            context.reads.wrote(vars(instance), self._name)


class Reads:
    """A `with` block that notes which attributes of observed objects are read in this thread.

    >>> class Layer(Observed): ...
    >>> layer = Layer()
    >>> layer.rate = 0.5
    >>> with Reads() as reads:
    ...     layer.rate
    0.5
    >>> guard = reads.guard()
    >>> layer.note = "nobody reads it"
    >>> guard.holds()
    True
    >>> layer.rate = 0.25
    >>> guard.holds()
    False
    """

    def __init__(self) -> None:
        # Keyed by the id of the attributes' dict, which is stored here so that the id is not reused.
        self._read: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._structures: dict[int, tuple[dict[str, Any], frozenset[str]]] = {}
        self._written: dict[int, set[str]] = {}
        self._objects: list[Any] = []
        self._defaults: dict[tuple[type, str], bool] = {}

    def __enter__(self) -> Reads:
        self._outer = context.reads
        context.reads = self
        _switch_recording(1)
        return self

    def __exit__(self, *_exception: object) -> None:
        _switch_recording(-1)
        context.reads = self._outer

    def read(self, attributes: dict[str, Any], name: str) -> None:
        """Record that an attribute was read."""
        kept = self._read.get(id(attributes))
        if kept is None:
            kept = self._read[id(attributes)] = (attributes, {})
        kept[1].setdefault(name, attributes.get(name, _MISSING))

    def read_structure(self, attributes: dict[str, Any], skipped: frozenset[str]) -> None:
        """Record that all attributes were searched for layers and variables."""
        self._structures[id(attributes)] = (attributes, skipped)

    def wrote(self, attributes: dict[str, Any], name: str) -> None:
        """Record that the traced code set an attribute: it is a result of the trace, not a setting."""
        self._written.setdefault(id(attributes), set()).add(name)

    def read_object(self, value: object) -> None:
        """Record that the traced code got an object, whose contents it may read."""
        self._objects.append(value)

    def may_be_set(self, cls: type, name: str) -> bool:
        """Whether setting a missing attribute would change what traced code reads: a class has a default or a method of that name."""
        if (cls, name) not in self._defaults:
            default = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), _MISSING)
            public = isinstance(default, FunctionType) and name[0] != "_"
            self._defaults[cls, name] = default is _MISSING or public or isinstance(default, (*_SCALARS, tuple))
        return self._defaults[cls, name]

    def guard(self) -> Guard:
        """A guard on everything that was read, with the current values."""
        guard = Guard()
        for attributes, names in self._read.values():
            written = self._written.get(id(attributes), ())
            for name in names:
                if name not in written:
                    guard.watch(attributes, name)
        for attributes, skipped in self._structures.values():
            guard.watch_structure(attributes, skipped.union(self._written.get(id(attributes), ())))
        for value in self._objects:
            guard.watch_contents(value)
        for settings, name in _settings:
            guard.watch(settings, name)
        return guard


class Unnoted:
    """A `with` block whose reads are not recorded: bookkeeping that no result depends on."""

    __slots__ = ("_outer",)

    def __enter__(self) -> None:
        self._outer, context.reads = context.reads, None

    def __exit__(self, *_exception: object) -> None:
        context.reads = self._outer


class Guard:
    """Attributes and contents of containers, with the values that they must have."""

    def __init__(self) -> None:
        self._attributes: list[tuple[dict[str, Any], str, Any]] = []
        self._names: list[tuple[dict[str, Any], frozenset[str]]] = []
        self._contents: list[tuple[Any, list[Any], bool]] = []
        self._watched: set[int] = set()
        self._seen = _Changes.count

    def watch(self, attributes: dict[str, Any], name: str) -> None:
        """Require that an attribute, and the contents of its value, stay unchanged."""
        value = attributes.get(name, _MISSING)
        self._attributes.append((attributes, name, value))
        self.watch_contents(value)

    def watch_structure(self, attributes: dict[str, Any], skipped: frozenset[str]) -> None:
        """Require that the attributes hold the same layers and variables."""
        self._names.append((attributes, skipped | frozenset(attributes)))
        for name, value in list(attributes.items()):
            if name in skipped:
                continue
            if isinstance(value, (list, dict, set)):
                if len(value) <= _MOST_ITEMS:
                    self._contents.append((value, _items(value, True), True))
            elif _is_structure(value):
                self._attributes.append((attributes, name, value))

    def watch_contents(self, value: object) -> None:
        """Require that the contents of a container or a plain object stay unchanged. Observed objects report their own changes."""
        if isinstance(value, (list, dict, set)):
            self._watch_container(value)
        elif isinstance(value, (tuple, frozenset)) and len(value) <= _MOST_ITEMS:
            for entry in value:
                self.watch_contents(entry)
        elif _is_plain(value):
            self._watch_container(vars(value))

    def _watch_container(self, container: Any) -> None:
        if id(container) in self._watched or len(container) > _MOST_ITEMS:
            return
        self._watched.add(id(container))
        items = _items(container, False)
        self._contents.append((container, items, False))
        for item in items:
            self.watch_contents(item)

    def holds(self) -> bool:
        """Whether everything watched is unchanged."""
        for container, items, structure in self._contents:
            if not _same_items(_items(container, structure), items):
                return False
        if self._seen == _Changes.count:
            return True
        count = _Changes.count
        for attributes, name, value in self._attributes:
            now = attributes.get(name, _MISSING)
            if now is not value and not _equal(now, value):
                return False
        for attributes, names in self._names:
            if any(_is_structure(attributes[name]) for name in attributes.keys() - names):
                return False
        self._seen = count
        return True


def _items(container: Any, structure: bool) -> list[Any]:
    """The items of a container; for its structure, the objects in it and in nested containers, without numbers and text."""
    if not structure:
        return [*container, *container.values()] if isinstance(container, dict) else list(container)
    objects: list[Any] = []
    for item in container.values() if isinstance(container, dict) else container:
        if isinstance(item, (list, tuple, dict, set, frozenset)):
            objects += _items(item, True)
        elif _is_structure(item):
            objects.append(item)
    return objects


def _is_structure(value: object) -> bool:
    """Whether a value may be, or hold, a layer, a variable or a metric: not numbers, text, arrays or symbolic values."""
    if isinstance(value, (list, dict, set)):
        return bool(_items(value, True))
    return hasattr(value, "__dict__") and not hasattr(value, "__array_interface__")


def _same_items(now: list[Any], before: list[Any]) -> bool:
    if len(now) != len(before):
        return False
    return all(map(is_, now, before)) or all(map(_equal, now, before))


def _equal(now: Any, before: Any) -> bool:
    """Whether two values mean the same to a trace; 1, 1.0 and True do not, nor do 0.0 and -0.0."""
    if now is before:
        return True
    if type(now) is not type(before) or not isinstance(before, (*_SCALARS, tuple)):
        return False
    if isinstance(before, tuple):
        return len(now) == len(before) and all(map(_equal, now, before))
    return repr(now) == repr(before) if isinstance(before, (float, complex)) else now == before


def _is_plain(value: object) -> bool:
    """Whether a value is an object of a user's class that does not report changes."""
    if isinstance(value, (*_OPAQUE, Observed)) or not hasattr(value, "__dict__"):
        return False
    return type(value).__module__.partition(".")[0] not in ("glassworks", "numpy", "functools", "builtins")


def _switch_recording(change: int) -> None:
    """Give `Observed` a `__getattribute__` that records reads while any thread records; otherwise reads cost nothing extra."""
    global _hooks
    with _hook_lock:
        _hooks += change
        if _hooks and "__getattribute__" not in vars(Observed):
            Observed.__getattribute__ = _note_read  # type: ignore[method-assign]  # it is there only while a thread records
        elif not _hooks:
            del Observed.__getattribute__


def _note_read(self: Any, name: str) -> Any:
    reads = context.reads
    if reads is not None:
        if name[:2] != "__":
            attributes = object.__getattribute__(self, "__dict__")
            if name not in type(self)._volatile and (name in attributes or reads.may_be_set(type(self), name)):
                reads.read(attributes, name)
        elif name == "__dict__":
            attributes = object.__getattribute__(self, "__dict__")
            reads.read_structure(attributes, type(self)._volatile | getattr(type(self), "_untracked", frozenset()))
            return attributes
    return object.__getattribute__(self, name)
