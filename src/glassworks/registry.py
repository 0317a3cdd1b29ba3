"""One registry for every kind of named object: look up by name, turn into a config, build from a config.

Layers, losses, metrics, optimizers, initializers and the rest each have a `Registry`, filled with the classes that
their package exports. The config of an object is a dict in Keras's format:
`{"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": None}`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np

from glassworks.errors import ArgumentError, ArgumentTypeError, suggest

_kinds: dict[str, Registry] = {}
_custom: dict[str, Any] = {}
_custom_names: dict[Any, str] = {}
# While a live object is copied through its config: user classes and functions by their names in the config.
_live: ContextVar[dict[str, Any] | None] = ContextVar("live", default=None)


def snake_case(name: str) -> str:
    """The snake-case form of a class name, as Keras derives layer names from classes.

    >>> snake_case("BatchNormalization"), snake_case("ReLU"), snake_case("Conv2D")
    ('batch_normalization', 're_lu', 'conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


T = TypeVar("T")


class Registry:
    """The known classes and functions of one kind, by name.

    Args:
        kind: The module of `keras` that the names live in: `"layers"`, `"losses"`, ...
        noun: The word for such an object in errors: `"loss"`.
        example: The name that errors show as an example.
    """

    def __init__(self, kind: str, noun: str, example: str = "") -> None:
        self.kind, self.noun, self.example = kind, noun, example
        self.base: type | None = None  # if set, only objects of subclasses are accepted; else functions are, too
        self.objects: dict[str, Any] = {}
        self._aliases: dict[str, Any] = {}
        _kinds[kind] = self

    def add(self, obj: T, *aliases: str) -> T:
        """Register a class or function under its own name and further names; returns it."""
        self.objects[obj.__name__] = obj  # type: ignore[attr-defined]
        if inspect.isclass(obj):
            self._aliases.setdefault(snake_case(obj.__name__), obj)
            self._aliases.setdefault(obj.__name__.lower(), obj)
        for alias in aliases:
            self._aliases[alias] = obj
        return obj

    def add_exported(self, names: dict[str, Any], base: type) -> None:
        """Register the subclasses of a base class that a package exports, given its `globals()`, under all names that they have there.

        Classes of users, and of examples in docstrings, are not registered here; users call `register_keras_serializable`.
        """
        for name, obj in names.items():
            if inspect.isclass(obj) and issubclass(obj, base) and obj is not base and not name.startswith("_"):
                self.add(obj, *({name} - {obj.__name__}))

    def names(self) -> list[str]:
        """All names that `get` accepts."""
        return sorted(self.objects.keys() | self._aliases.keys() | _custom.keys())

    def find(self, name: str) -> Any:
        """The class or function of a name; an `ArgumentError` with the nearest name if there is none."""
        for table in (_custom, self.objects, self._aliases):
            if name in table:
                return table[name]
        raise ArgumentError(
            f"{self.noun} {name!r}", f"the name of a known {self.noun}", suggest(name, self.names()), where=f"{self.kind}.get"
        )

    def get(self, identifier: object) -> Any:
        """The object meant by a name, a config dict, a class, or an object or function itself; None stays None."""
        if identifier is None:
            return None
        result = identifier
        if isinstance(identifier, dict):
            result = deserialize(identifier, kind=self.kind)
        elif isinstance(identifier, str):
            result = self.find(identifier)
        if inspect.isclass(result):
            result = self._instantiate(result)
        if callable(result) if self.base is None else isinstance(result, self.base):
            return result
        raise ArgumentTypeError(
            f"{identifier!r}" + ("" if inspect.isclass(identifier) else f" of type {type(identifier).__name__}"),
            f"{article(self.noun)} {self.noun}: its name, {'an object, or a function' if self.base is None else 'or an object of a subclass of ' + self.base.__name__}",
            f"pass for example {self.example or self.names()[0]!r}" if self.names() else "",
            where=f"{self.kind}.get",
        )

    def deserialize(self, config: object, custom_objects: dict[str, Any] | None = None) -> Any:
        """An object of this kind from its config or name; `custom_objects` adds further names."""
        return deserialize(config, custom_objects, kind=self.kind)

    def _instantiate(self, cls: type) -> Any:
        try:
            return cls()
        except TypeError as error:
            raise ArgumentError(
                f"{cls.__name__!r} by name alone: {error}",
                f"an object, because {cls.__name__} has arguments without a default",
                f"pass {self.kind}.{cls.__name__}{inspect.signature(cls)} with your values",
                where=f"{self.kind}.get",
            ) from None


def article(noun: str) -> str:
    """The indefinite article before a noun.

    >>> article("optimizer"), article("loss")
    ('an', 'a')
    """
    return "an" if noun[0] in "aeiou" else "a"


def registry(kind: str) -> Registry:
    """The registry of a kind, such as `"layers"`."""
    return _kinds[kind]


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Register your class, by a decorator, so that configs and saved models can refer to it as `package>name`.

    >>> @register_keras_serializable(package="mine")
    ... class Doubler: ...
    >>> get_registered_name(Doubler)
    'mine>Doubler'
    """

    def decorate(obj: Any) -> Any:
        registered = f"{package}>{name or obj.__name__}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            obj.get_config = lambda self: {}  # type: ignore[attr-defined]  # classes take new attributes
        _custom[registered] = obj
        _custom_names[obj] = registered
        return obj

    return decorate


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any]) -> Iterator[None]:
    """Make names known for the duration of a `with` block.

    Args:
        custom_objects: Classes and functions by their names in configs.

    >>> class Plain: ...
    >>> with custom_object_scope({"Plain": Plain}):
    ...     get_registered_object("Plain") is Plain
    True
    >>> get_registered_object("Plain") is None
    True
    """
    saved = dict(_custom)
    _custom.update(custom_objects)
    try:
        yield
    finally:
        _custom.clear()
        _custom.update(saved)


@contextmanager
def live_objects() -> Iterator[None]:
    """A `with` block in which `serialize` accepts any class or function of the user, and `deserialize` finds it again.

    This is for copies of live objects (`clone_model`): their configs never leave the process, so the user need not
    register anything.

    >>> class Halve:
    ...     def get_config(self):
    ...         return {}
    >>> with live_objects():
    ...     copy = deserialize(serialize(Halve()))
    >>> type(copy) is Halve
    True
    """
    token = _live.set({} if _live.get() is None else _live.get())
    try:
        yield
    finally:
        _live.reset(token)


def _live_name(obj: object) -> str | None:
    """The name of a user's class or function among those being copied; None outside of `live_objects`."""
    live = _live.get()
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
    return _custom


def get_registered_name(obj: Any) -> str:
    """The name under which a custom class was registered, else its own name.

    >>> get_registered_name(dict)
    'dict'
    """
    return _custom_names.get(obj, obj.__name__)


def get_registered_object(name: str, custom_objects: dict | None = None, module_objects: dict | None = None) -> Any:
    """The custom class registered under a name, or None.

    Args:
        name: The name that `get_registered_name` returns.
        custom_objects, module_objects: Further dicts to look in, in this order.

    >>> get_registered_object("mine", custom_objects={"mine": dict})
    <class 'dict'>
    """
    return _custom.get(name) or (custom_objects or {}).get(name) or (module_objects or {}).get(name)


def serialize(obj: object) -> Any:
    """A JSON-ready config of an object, in Keras's format.

    >>> from glassworks import regularizers
    >>> serialize(regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (np.bool_, np.integer, np.floating)):
        return obj.item()
    if isinstance(obj, list):
        return [serialize(entry) for entry in obj]
    if isinstance(obj, tuple):
        return {"class_name": "__tuple__", "config": {"value": [serialize(entry) for entry in obj]}}
    if isinstance(obj, dict):
        return {key: serialize(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if inspect.isfunction(obj):
        return _serialize_function(obj)
    if hasattr(obj, "get_config"):
        return _serialize_object(obj)
    raise ArgumentTypeError(
        f"{obj!r}", "an object with get_config()", "write get_config() so that the object can be saved", where="serialize"
    )


def _serialize_function(function: Callable) -> dict:
    name = function.__name__
    if (live := _live_name(function)) is not None:
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": live}
    builtin = any(function is found for kind in _kinds.values() for found in kind.objects.values())
    if name == "<lambda>" or not (builtin or function in _custom_names or _custom.get(name) is function):
        raise ArgumentError(
            f"function {name!r}",
            "a registered function, because a config holds names, never code",
            "decorate it with @glassworks.utils.register_keras_serializable()",
            where="serialize",
        )
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": get_registered_name(function)}


def _serialize_object(obj: Any) -> dict:
    cls = type(obj)
    kind = next((kind for kind, known in _kinds.items() if known.objects.get(cls.__name__) is cls), None)
    config = {
        "module": f"keras.{kind}" if kind else cls.__module__,
        "class_name": cls.__name__,
        "config": obj.get_config(),
        "registered_name": None if kind else _live_name(cls) or get_registered_name(cls),
    }
    build_config = getattr(obj, "get_build_config", lambda: None)()
    if build_config:
        config["build_config"] = build_config
    return config


def deserialize(config: object, custom_objects: dict | None = None, kind: str | None = None) -> Any:
    """Build an object from its config. Only registered classes are built; nothing is imported or executed by name.

    Args:
        config: A config from `serialize` or from Keras.
        custom_objects: Further classes by name.
        kind: The registry to search first if the config does not name one.
    """
    if custom_objects:
        with custom_object_scope(custom_objects):
            return deserialize(config, kind=kind)
    if isinstance(config, list):
        return [deserialize(entry, kind=kind) for entry in config]
    if isinstance(config, str) and kind is not None:
        return _kinds[kind].get(config)
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "__tuple__":
        return tuple(deserialize(entry) for entry in inner["value"])
    if name == "__numpy__":
        return np.array(inner["value"], dtype=inner["dtype"])
    if name == "function":
        return _find_class(inner, config, kind)
    cls = _find_class(name, config, kind)
    built = cls.from_config(inner) if hasattr(cls, "from_config") else cls(**inner)
    if config.get("build_config") and hasattr(built, "build_from_config"):
        built.build_from_config(config["build_config"])
    return built


def _find_class(name: str, config: dict, kind: str | None) -> Any:
    registered = config.get("registered_name")
    if registered in (_live.get() or {}):
        return _live.get()[registered]  # type: ignore[index]
    for candidate in (registered, name):
        if candidate in _custom:
            return _custom[candidate]
    module = (config.get("module") or "").split(".")[-1]
    for registry_kind in (module, kind):
        if registry_kind in _kinds and (name in _kinds[registry_kind].objects or name in _kinds[registry_kind].names()):
            return _kinds[registry_kind].find(name)
    for known in _kinds.values():
        if name in known.objects:
            return known.objects[name]
    everything = [n for known in _kinds.values() for n in known.objects] + list(_custom)
    raise ArgumentError(
        f"class {name!r} in a config",
        "a class of Glassworks, or one of yours that is registered",
        f"decorate your class with @glassworks.utils.register_keras_serializable() or pass custom_objects={{{name!r}: {name}}}; {suggest(name, everything)}",
        where="deserialize",
    )
