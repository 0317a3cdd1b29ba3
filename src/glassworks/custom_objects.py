"""The classes and functions of users by the names in configs, and which objects a config means while models are copied, saved or loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Any, TypeVar, overload

from glassworks.errors import ArgumentError

Registered = TypeVar("Registered", bound=Callable[..., Any])  # a class or a function

CUSTOM: dict[str, Any] = {}
# Functions of the library that configs name in the same form. Users who clear their own keep them.
_OF_LIBRARY: dict[str, Any] = {}
_NAMES: dict[Any, str] = {}
# What `custom_object_scope` makes known, in this thread only.
_SCOPED: ContextVar[Mapping[str, Any]] = ContextVar("scoped", default=MappingProxyType({}))
# While a live object is copied through its config: user classes and functions by their names in the config.
LIVE: ContextVar[dict[str, Any] | None] = ContextVar("live", default=None)
# While a model is saved or loaded: configs by the identity of their object, or objects by the number in their configs.
SHARED: ContextVar[dict[Any, Any] | None] = ContextVar("shared", default=None)


def register_of_library(package: str) -> Callable[[Registered], Registered]:
    """Register a function of the library, by a decorator, so that saved models can refer to it as `package>name`.

    >>> @register_of_library("example")
    ... def tripled(x):
    ...     return 3 * x
    >>> get_registered_name(tripled), find_custom("example>tripled") is tripled, "example>tripled" in get_custom_objects()
    ('example>tripled', True, False)
    """

    def decorate(function: Registered) -> Registered:
        registered = f"{package}>{function.__name__}"
        _OF_LIBRARY[registered], _NAMES[function] = function, registered
        return function

    return decorate


@overload
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Registered], Registered]: ...
@overload
def register_keras_serializable(package: Registered) -> Registered: ...
def register_keras_serializable(package: object = "Custom", name: str | None = None) -> object:
    """Register your class or function, by a decorator, so that configs and saved models can refer to it as `package>name`.

    Args:
        package: The first part of the name. The decorator may also be written without parentheses.
        name: The second part; the name of the class or function if None.

    Returns:
        A decorator, which returns what it decorates.

    Raises:
        ArgumentError: A class without `get_config`, from which no object could be built again.

    >>> @register_keras_serializable(package="mine")
    ... def doubled(x):
    ...     return 2 * x
    >>> get_registered_name(doubled)
    'mine>doubled'
    """
    if not isinstance(package, str) and callable(package):
        return register_keras_serializable()(package)

    def decorate(obj: Registered) -> Registered:
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ArgumentError(
                f"class {obj.__name__}. Cannot register a class that does not have a get_config() method",
                "a class with get_config(), from whose result from_config() builds an equal object",
                "write get_config(self), which returns the arguments of __init__ as a dict",
                where="register_keras_serializable",
            )
        registered = f"{package}>{obj.__name__ if name is None else name}"
        CUSTOM[registered] = obj
        _NAMES[obj] = registered
        return obj

    return decorate


class CustomObjectScope:
    """Make names known for the duration of a `with` block.

    Args:
        custom_objects: Classes and functions by their names in configs; None for no further names.

    >>> class Plain: ...
    >>> with CustomObjectScope({"Plain": Plain}):
    ...     get_registered_object("Plain") is Plain
    True
    >>> get_registered_object("Plain") is None
    True
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = custom_objects or {}
        self._tokens: list[Token[Mapping[str, Any]]] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_SCOPED.set({**_SCOPED.get(), **self.custom_objects}))
        return self

    def __exit__(self, *_exception: object) -> None:
        _SCOPED.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope


def find_custom(name: str) -> Any:
    """The user's class or function of a name: of the innermost scope of this thread that has it, else the registered one; None without one."""
    scoped = _SCOPED.get()
    return scoped[name] if name in scoped else CUSTOM.get(name, _OF_LIBRARY.get(name))


def custom_names() -> list[str]:
    """All names of users' classes and functions that are known here."""
    return [*_SCOPED.get(), *CUSTOM]


@contextmanager
def live_objects() -> Iterator[None]:
    """A `with` block in which `serialize` accepts any class or function of the user, and `deserialize` finds it again.

    This is for copies of live objects (`clone_model`): their configs never leave the process, so the user need not
    register anything.

    >>> from glassworks.registry import deserialize, serialize
    >>> class Halve:
    ...     def get_config(self):
    ...         return {}
    >>> with live_objects():
    ...     copy = deserialize(serialize(Halve()))
    >>> type(copy) is Halve
    True
    """
    token = LIVE.set({} if LIVE.get() is None else LIVE.get())
    try:
        yield
    finally:
        LIVE.reset(token)


@contextmanager
def sharing() -> Iterator[None]:
    """A `with` block in which an object that is serialized twice is one object again when both configs are deserialized.

    >>> from glassworks import regularizers
    >>> from glassworks.registry import deserialize, serialize
    >>> penalty = regularizers.L2(0.5)
    >>> with sharing():
    ...     configs = serialize([penalty, penalty])
    >>> with sharing():
    ...     first, second = deserialize(configs)
    >>> first is second
    True
    """
    token = SHARED.set({})
    try:
        yield
    finally:
        SHARED.reset(token)


def are_live() -> bool:
    """Whether live objects are being copied; see `live_objects`."""
    return LIVE.get() is not None


def live_name(obj: object) -> str | None:
    """The name of a user's class or function among those being copied; None outside of `live_objects`."""
    live = LIVE.get()
    if live is None:
        return None
    name = f"live>{id(obj)}"
    live[name] = obj
    return name


def get_custom_objects() -> dict[str, Any]:
    """The global dict of custom names; its entries are known everywhere.

    >>> get_custom_objects()["answer"] = 42
    >>> get_registered_object("answer")
    42
    >>> del get_custom_objects()["answer"]
    """
    return CUSTOM


def get_registered_name(obj: Callable[..., object]) -> str:
    """The name under which a custom class or function was registered, else its own name.

    >>> get_registered_name(dict)
    'dict'
    """
    try:
        return _NAMES[obj]
    except (KeyError, TypeError):  # not registered, or not hashable
        return obj.__name__


def get_registered_object(name: str, custom_objects: dict | None = None, module_objects: dict | None = None) -> Any:
    """The custom class registered under a name, or None.

    Args:
        name: The name that `get_registered_name` returns.
        custom_objects, module_objects: Further dicts to look in, in this order.

    >>> get_registered_object("mine", custom_objects={"mine": dict})
    <class 'dict'>
    """
    tables = (_SCOPED.get(), CUSTOM, custom_objects or {}, module_objects or {})
    return next((table[name] for table in tables if name in table), None)
