"""`Declared` and `Configured`: objects whose class declares their arguments.

    class Dense(Layer):
        units = Integer(minimum=1)
        use_bias = FLAG

        def __init__(self, units: int, use_bias: bool = True, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._keep_arguments(units=units, use_bias=use_bias)

The declarations say what each argument may be, what it becomes, and how configs say it, so `get_config` need not be written. To a type
checker they are attributes of the objects: `Dense(3).units` is an int.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Self, TypeVar

from glassworks import registry
from glassworks.arguments import FIXED, Argument, Serialized, refusal

AnyClass = TypeVar("AnyClass", bound=type)
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
_OF_THE_LIBRARY: set[Callable[..., Any]] = set()


def _declarations(cls: type) -> dict[str, Argument]:
    """The arguments that a class itself declares; a user's class may use the name `arguments` for something else."""
    table = vars(cls).get("arguments")
    further = {name: one for name, one in table.items() if isinstance(one, Argument)} if isinstance(table, dict) else {}
    return vars(cls).get("_own_arguments", {}) | further


class Declared:
    """The base of classes that declare their arguments.

    A subclass declares the arguments that it adds to those of its bases, or changes; `FIXED` marks one of theirs that it sets itself.

    Attributes:
        arguments: Further arguments by name: those whose names mean something else to the objects, which keep them in another way.
    """

    arguments: dict[str, Argument] = {}
    _own_arguments: dict[str, Argument] = {}
    _declared_arguments: dict[str, Argument] = {}  # those of the bases, too

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._own_arguments = {name: value for name, value in vars(cls).items() if isinstance(value, Argument)}
        for name in cls._own_arguments:
            delattr(cls, name)  # objects have attributes of these names
        cls._declared_arguments = {
            name: argument.of(cls) for base in reversed(cls.__mro__) for name, argument in _declarations(base).items()
        }

    def _keep_arguments(self, **values: Any) -> None:
        """Check arguments, convert them, and set them as attributes of the same names."""
        arguments = type(self)._declared_arguments
        for name, value in values.items():
            argument = arguments[name]
            if not argument.allows(value):
                raise refusal(type(self).__name__, name, value, argument)
            setattr(self, name, argument.convert(value))


def unless_overridden(method: AnyFunction) -> AnyFunction:
    """Mark a method of the library, so that `is_overridden` finds out whether a class has another."""
    _OF_THE_LIBRARY.add(method)
    return method


def is_overridden(obj: object, method: str) -> bool:
    """Whether the class of an object has a method of its own in place of one marked by `unless_overridden`."""
    return getattr(type(obj), method) not in _OF_THE_LIBRARY


def defaults(**values: Any) -> Callable[[AnyClass], AnyClass]:
    """Decorate a class whose constructor is the inherited one, under its own name, with other default values."""

    def decorate(cls: AnyClass) -> AnyClass:
        inherited = next(vars(base)["__init__"] for base in cls.__mro__ if "__init__" in vars(base))
        positional = inspect.getfullargspec(inherited).args
        assert values.keys() <= set(positional), f"no arguments of {cls.__name__}: {values.keys() - set(positional)}"
        old = dict(zip(reversed(positional), reversed(inherited.__defaults__ or ()), strict=False))
        # Type checkers read the inherited constructor, and would ask for an argument that has no default there.
        assert values.keys() <= old.keys(), (
            f"give {sorted(values.keys() - old.keys())} a default in the constructor of {inherited.__qualname__}"
        )
        new = old | values
        given = tuple(new[name] for name in positional if name in new)
        constructor = FunctionType(inherited.__code__, inherited.__globals__, "__init__", given, inherited.__closure__)
        constructor.__kwdefaults__ = inherited.__kwdefaults__
        constructor.__annotations__, constructor.__qualname__ = inherited.__annotations__, f"{cls.__qualname__}.__init__"
        type.__setattr__(cls, "__init__", constructor)
        return cls

    return decorate


class Configured(Declared):
    """The base of classes that declare their arguments and whose objects have configs."""

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict, from which `from_config` builds an equal object."""
        return {
            name: argument.serialize(getattr(self, name)) for name, argument in type(self)._declared_arguments.items() if argument.saved
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """An object from its config."""
        return cls(**config)


class FunctionWrapper(Configured):
    """An object that wraps a function and options for it: those that its class declares, which are attributes, and any others.

    Attributes:
        fn: The function.
    """

    fn = Serialized()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if FunctionWrapper not in cls.__bases__:  # subclasses of the wrappers have their own function
            cls._declared_arguments["fn"] = FIXED

    def _keep_function(self, fn: Callable, options: dict[str, Any]) -> None:
        self.fn = fn
        self._declared_options = tuple(name for name in options if name in type(self)._declared_arguments)
        self._other_options = {name: value for name, value in options.items() if name not in type(self)._declared_arguments}
        self._keep_arguments(**{name: options[name] for name in self._declared_options})

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the function besides its operands."""
        return {name: getattr(self, name) for name in self._declared_options} | self._other_options

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._other_options}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{key: registry.deserialize(value) for key, value in config.items()})
