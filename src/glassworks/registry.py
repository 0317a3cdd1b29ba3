"""One registry for every kind of named object: look up by name, turn into a config, build from a config.

Layers, losses, metrics, optimizers, initializers and the rest each have a `Registry`, filled with the classes that
their package exports. The config of an object is a dict in Keras's format:
`{"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": None}`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from glassworks import dtypes
from glassworks.context import context
from glassworks.custom_objects import LIVE, SHARED, custom_names, find_custom, live_name
from glassworks.custom_objects import CustomObjectScope as CustomObjectScope
from glassworks.custom_objects import are_live as are_live
from glassworks.custom_objects import custom_object_scope as custom_object_scope
from glassworks.custom_objects import get_custom_objects as get_custom_objects
from glassworks.custom_objects import get_registered_name as get_registered_name
from glassworks.custom_objects import get_registered_object as get_registered_object
from glassworks.custom_objects import live_objects as live_objects
from glassworks.custom_objects import register_keras_serializable as register_keras_serializable
from glassworks.custom_objects import sharing as sharing
from glassworks.errors import ArgumentError, ArgumentTypeError, suggest
from glassworks.plain_forms import FORMS, decoded, encoded

_kinds: dict[str, Registry] = {}


def snake_case(name: str) -> str:
    """The snake-case form of a class name, as Keras derives layer names from classes.

    >>> snake_case("BatchNormalization"), snake_case("ReLU"), snake_case("Conv2D")
    ('batch_normalization', 're_lu', 'conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def name_of_function(function: object) -> str:
    """The name that a function, or an object that is called like one, has in logs.

    >>> name_of_function(lambda y_true, y_pred: 0.0), name_of_function(snake_case)
    ('lambda', 'snake_case')
    """
    return snake_case(getattr(function, "__name__", type(function).__name__))


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
        self.cls: type | None = None  # the base class of the kind
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
        self.cls = base
        for name, obj in names.items():
            if inspect.isclass(obj) and issubclass(obj, base) and obj is not base and not name.startswith("_"):
                self.add(obj, *({name} - {obj.__name__}))

    def known(self, name: str) -> object:
        """What configs may mean by a name: one of the objects, or their base class; None for any other name."""
        is_base = self.cls is not None and self.cls.__name__ == name
        return self.objects.get(name, self.cls if is_base else None)

    def names(self) -> list[str]:
        """All names that `get` accepts."""
        return sorted(self.objects.keys() | self._aliases.keys() | set(custom_names()))

    def find(self, name: str) -> Any:
        """The class or function of a name; an `ArgumentError` with the nearest name if there is none."""
        custom = find_custom(name)
        if custom is not None:
            return custom
        for table in (self.objects, self._aliases):
            if name in table:
                return table[name]
        if name.lower() in self._aliases:
            return self._aliases[name.lower()]
        raise ArgumentError(
            f"{self.noun} {name!r}", f"the name of a known {self.noun}", suggest(name, self.names()), where=f"{self.kind}.get"
        )

    def get(self, identifier: object) -> Any:
        """The object meant by a name, a config dict, a class, or an object or function itself; None stays None."""
        if identifier is None:
            return None
        result = identifier
        if isinstance(identifier, dict):
            result = deserialize({"config": {}, **identifier} if "class_name" in identifier else identifier, kind=self.kind)
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
    """The registry of a kind, such as `"layers"`, whose package is imported if it is not yet."""
    if kind not in _kinds:
        importlib.import_module(f"{__package__}.{kind}")  # a package of the library, which registers what it exports
    return _kinds[kind]


def serialize(obj: object) -> Any:
    """A JSON-ready config of an object, in Keras's format.

    >>> from glassworks import regularizers
    >>> serialize(regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (list, tuple)):  # JSON has no tuples: Keras writes them as they are, and reads lists
        return type(obj)(serialize(entry) for entry in obj) if type(obj) in (list, tuple) else tuple(serialize(entry) for entry in obj)
    if isinstance(obj, dict):
        return {key: serialize(value) for key, value in obj.items()}
    if isinstance(obj, np.generic) or (type(obj) is np.ndarray and obj.ndim == 0):
        return serialize(obj.item())
    if isinstance(obj, np.dtype) or (inspect.isclass(obj) and issubclass(obj, np.generic)):
        return dtypes.standardize(obj)
    if (config := encoded(obj, serialize)) is not None:
        return config
    if inspect.isfunction(obj):
        return _serialize_function(obj)
    if hasattr(obj, "get_config") and not inspect.isclass(obj):
        return _serialize_object(obj)
    if inspect.isclass(obj):
        raise ArgumentTypeError(f"the class {obj.__name__}", "an object", f"pass {obj.__name__}(...)", where="serialize")
    raise ArgumentTypeError(
        f"{obj!r} of type {type(obj).__name__}",
        "an object with get_config()",
        "write get_config() so that the object can be saved",
        where="serialize",
    )


def _serialize_function(function: Callable) -> dict:
    """A function by its name: one of the caller's is passed in `custom_objects` where the config is read, unless it is registered."""
    if (live := live_name(function)) is not None:
        return {"module": "builtins", "class_name": "function", "config": function.__name__, "registered_name": live}
    name = get_registered_name(function)
    if name == "<lambda>":
        raise ArgumentError(
            "a function without a name (lambda)",
            "a named function, because a config holds names, never code",
            "write it as a function with def, and decorate it with @glassworks.utils.register_keras_serializable()",
            where="serialize",
        )
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _serialize_object(obj: Any) -> dict:
    shared = SHARED.get()
    if shared is None:
        return _object_config(obj)
    if id(obj) in shared:
        first, _, number = shared[id(obj)]
        first.setdefault("shared_object_id", number)
        return {key: value for key, value in first.items() if key not in ("name", "inbound_nodes")}  # without its place in a model
    number = len(shared)
    shared[number] = obj  # keep the number, also from the objects within this one
    shared[id(obj)] = _object_config(obj), obj, number  # the object, too, so that no other takes its identity
    return shared[id(obj)][0]


def _object_config(obj: object) -> dict[str, Any]:
    cls = type(obj)
    kind = next((kind for kind, registry in _kinds.items() if registry.known(cls.__name__) is cls), None)
    module = (vars(cls).get("_keras_module") or f"keras.{kind}") if kind else cls.__module__
    inner = obj.get_config()  # type: ignore[attr-defined]  # the caller has looked
    if not isinstance(inner, dict):
        fix = f"let {cls.__name__}.get_config return the arguments of __init__ by name"
        raise ArgumentTypeError(f"{cls.__name__}.get_config() returned {inner!r}", "a dict", fix, where="serialize")
    config = {
        "module": None if module == "__main__" else module,
        "class_name": cls.__name__,
        "config": _completed(inner),
        "registered_name": None if kind else live_name(cls) or get_registered_name(cls),
    }
    for key in ("build_config", "compile_config"):
        part = getattr(obj, f"get_{key}", lambda: None)()
        if part:
            config[key] = _completed(part)
    return config


def _completed(value: object) -> object:
    """A config in which `get_config` has left objects as they are, with the configs of these.

    What needs no change is the same object as before: within `sharing`, a config is marked when its object occurs again.
    """
    if isinstance(value, dict):
        entries = {key: _completed(entry) for key, entry in value.items()}
        return value if all(entries[key] is entry for key, entry in value.items()) else entries
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        sequence = type(value)(_completed(entry) for entry in value)
        return value if all(new is old for new, old in zip(sequence, value, strict=True)) else sequence
    return serialize(value)


def deserialize(config: object, custom_objects: dict | None = None, kind: str | None = None) -> Any:
    """Build an object from its config.

    Only classes and functions of the library, and those that the caller registered or passes, are used; nothing is imported by name,
    and no code is executed. Names that the caller registered are exact: a config that asks for one never gets another object.

    Args:
        config: A config from `serialize` or from Keras.
        custom_objects: Further classes by name.
        kind: The only kind of object that is allowed here, such as `"layers"`; every kind without it.

    Raises:
        ArgumentError: The config names something that is not known, or is not of this kind.
    """
    if custom_objects:
        with custom_object_scope(custom_objects):
            return deserialize(config, kind=kind)
    if isinstance(config, (list, tuple)):
        return [deserialize(entry, kind=kind) for entry in config]
    if isinstance(config, str) and kind not in (None, VALUES.kind):
        return _kinds[kind].get(config)
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value, kind=kind) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "__tuple__":  # in files of earlier versions
        return tuple(deserialize(entry) for entry in inner["value"])
    if name in FORMS:
        return decoded(name, inner, deserialize)
    if name == "__lambda__":
        raise _code_in_config()
    if name == "function":
        return _function(config, kind)
    return _shared_or_built(config, kind)


def _code_in_config() -> ArgumentError:
    return ArgumentError(
        "the code of a lambda in a config",
        "the name of a function: running code from a config would allow arbitrary code execution",
        "save the model again with a named function that is registered; safe_mode=False does not change this",
        where="deserialize",
    )


def _function(config: dict[str, Any], kind: str | None) -> object:
    """The function that a config names by its registered name, or by its own as Keras did up to 3.6."""
    name = config["config"]
    if not isinstance(name, str):
        found, expected = f"{str(name)[:100]!r} as the config of a function", "Expected 'config' to be a non-null str, the function's name"
        raise ArgumentTypeError(found, expected, "save the model again", where="deserialize")
    is_unknown = find_custom(name) is None and _own(name, config.get("module"), kind) is None
    if is_unknown and ">" not in name and config.get("module") == "builtins":
        packaged = next((known for known in custom_names() if known.endswith(f">{name}")), None)
        if packaged is not None:
            config = {**config, "config": packaged}
    return _find(config["config"], config, kind, is_function=True)


# The kind of slots that hold numbers, arrays, names and structures of them, but no objects.
VALUES = Registry("values", "plain value")

_LONGEST_NAME = 1000
# The kinds whose objects are all of one base class: no functions, and no classes that only behave like one.
_STRICT = ("layers", "optimizers")


def _shared_or_built(config: dict[str, Any], kind: str | None) -> object:
    """The object of a config; within `sharing`, one object for all configs with the same `shared_object_id`."""
    cls: Any = _find(config["class_name"], config, kind, is_function=False)
    shared, number = SHARED.get(), config.get("shared_object_id")
    if shared is not None and isinstance(number, int) and type(shared.get(number)) is cls:
        return shared[number]
    if context.deferral is not None:
        context.deferral.step()
    inner = {} if config["config"] is None else config["config"]
    if not isinstance(inner, dict):
        found, expected = f"{str(inner)[:100]!r}", f"Expected 'config' to be a dict for {cls.__name__}"
        raise ArgumentTypeError(found, expected, "save the model again", where="deserialize")
    built = cls.from_config(inner) if hasattr(cls, "from_config") else cls(**inner)
    if config.get("build_config") and hasattr(built, "build_from_config"):
        built.build_from_config(config["build_config"])
    if config.get("compile_config") and hasattr(built, "compile_from_config"):
        built.compile_from_config(config["compile_config"])
    if shared is not None and isinstance(number, int):
        shared[number] = built
    return built


def _find(name: object, config: dict[str, Any], kind: str | None, is_function: bool) -> object:
    """The class or function that a config names."""
    registered, live = config.get("registered_name"), LIVE.get() or {}
    if not isinstance(name, str) or not isinstance(registered, (str, type(None))) or len(name) + len(registered or "") > _LONGEST_NAME:
        raise ArgumentError(f"class_name {str(name)[:100]!r} in a config", "a name", "save the model again", where="deserialize")
    if registered in live:
        return live[registered]
    module = config.get("module")
    is_own = not isinstance(module, str) or module.split(".")[0] in ("keras", "builtins", "glassworks")
    found = find_custom(registered) if registered is not None else None
    if found is None and not (registered and ">" in registered):
        # A name that the caller passes stands for the library's only where the config does not say that it means the library's.
        both = [_own(name, module, kind), find_custom(name)] if isinstance(module, str) and is_own else [find_custom(name)]
        if not isinstance(module, str):
            both.append(_own(name, module, kind))
        found = next((one for one in both if one is not None and inspect.isclass(one) is not is_function), None)
        _check_registered_name(registered, name, found, config)
    if found is None:
        raise _unknown(registered if registered and ">" in registered else name, kind, is_function)
    if not _fits(found, kind):
        noun = _kinds[kind].noun if kind else "object"
        raise ArgumentError(f"{name!r} in a config", f"{article(noun)} {noun}", "the file is damaged or was changed", where="deserialize")
    return found


def _check_registered_name(registered: str | None, name: str, meant: object, config: dict[str, Any]) -> None:
    """A config that gives an object of the library the registered name of something else was changed by hand."""
    is_library_s = any(meant is known for registry in _kinds.values() for known in registry.objects.values())
    if registered and is_library_s and registered not in (name, config.get("class_name")):
        raise ArgumentError(
            f"registered_name={registered[:100]!r} for {name!r}, which resolved to a Keras built-in",
            "no registered_name, which objects of the library do not have",
            "remove registered_name from the config, or register your class under this name",
            where="deserialize",
        )


# Classes that models may consist of, in modules that are imported when they are used.
_LATE = dict.fromkeys(("FeatureSpace", "Cross", "Feature"), "utils")
_LATE |= dict.fromkeys(("Distiller", "FeatureDistillation", "LogitsDistillation"), "distillation")


def _own(name: str, module: str | None, kind: str | None) -> object:
    """What the library knows under a name: of one kind, or else first of the kind that the module names, then of any."""
    if name in _LATE:
        importlib.import_module(f"{__package__}.{_LATE[name]}")  # a module of the library, which registers it
    if kind is not None:
        return _kinds[kind].known(name) or _kinds[kind]._aliases.get(name)
    path = (module or "").removeprefix("keras.").removeprefix("src.")
    order = sorted(_kinds, key=lambda known: (not f"{path}.".startswith(f"{known}."), -len(known)))
    return next((found for known in order if (found := _kinds[known].known(name)) is not None), None)


def _fits(candidate: object, kind: str | None) -> bool:
    """Whether an object may stand where one of a kind is expected; a class of the caller's need not have the base class of its kind.

    Where an object must have it, as layers and optimizers must, a class without it is not even instantiated.
    """
    if kind is None:
        return True
    base = _kinds[kind].cls if kind in _STRICT else None
    if base is not None:
        is_known = any(candidate is known for known in _kinds[kind].objects.values())  # such as a map of optimizers
        return is_known or (inspect.isclass(candidate) and issubclass(candidate, base))
    if not inspect.isclass(candidate):
        return True
    bases = {known: registry.cls for known, registry in _kinds.items() if registry.cls is not None}
    return kind not in bases or issubclass(candidate, bases[kind]) or not any(issubclass(candidate, base) for base in bases.values())


def _unknown(name: str, kind: str | None, is_function: bool) -> ArgumentError:
    known = [_kinds[kind]] if kind else list(_kinds.values())
    names = [n for registry in known for n in registry.objects] + custom_names()
    what, noun = ("function", "function") if is_function else ("class", _kinds[kind].noun if kind else "class")
    return ArgumentError(
        f"{what} {name!r} in a config",
        f"{article(noun)} {noun} of Glassworks, or one of yours that is registered",
        f"decorate your {what} with @glassworks.utils.register_keras_serializable() or pass custom_objects={{{name!r}: ...}}; "
        + suggest(name, names),
        where="deserialize",
    )
