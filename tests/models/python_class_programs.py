"""Programs whose layers and models use what Python has for classes: abstract classes, protocols, generics, `__new__`, slots, dataclasses."""

from __future__ import annotations

import abc
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

T = TypeVar("T")
ROWS = np.ones((2, 3), "float32")


def abstract_base(keras: Any) -> Any:
    class Base(keras.Model, abc.ABC):
        @abc.abstractmethod
        def encode(self, x: Any) -> Any: ...

        def call(self, x: Any) -> Any:
            return self.encode(x)

    class Mine(Base):
        def encode(self, x: Any) -> Any:
            return x + 1

    try:
        Base()
        refused = False
    except TypeError:
        refused = True
    return [refused, np.asarray(Mine()(ROWS))]


def abstract_layer_before(keras: Any) -> Any:
    class Base(abc.ABC):
        @abc.abstractmethod
        def encode(self, x: Any) -> Any: ...

    class Mine(Base, keras.layers.Layer):
        def encode(self, x: Any) -> Any:
            return x + 1

        def call(self, x: Any) -> Any:
            return self.encode(x)

    return np.asarray(Mine(name="n")(ROWS))


def abstract_layer_that_misses_a_method(keras: Any) -> Any:
    class Base(keras.layers.Layer, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def encode(self, x: Any) -> Any: ...

    return Base().name


def protocol(keras: Any) -> Any:
    @runtime_checkable
    class Encoder(Protocol):
        def encode(self, x: Any) -> Any: ...

    class Mine(keras.Model):
        def encode(self, x: Any) -> Any:
            return x + 1

        def call(self, x: Any) -> Any:
            return self.encode(x)

    return [isinstance(Mine(), Encoder), np.asarray(Mine()(ROWS))]


def protocol_as_a_base(keras: Any) -> Any:
    class Encoder(Protocol):
        def encode(self, x: Any) -> Any:
            return x + 1

    class Mine(keras.Model, Encoder):
        def call(self, x: Any) -> Any:
            return self.encode(x)

    return np.asarray(Mine()(ROWS))


def protocol_as_the_first_base(keras: Any) -> Any:
    class Encoder(Protocol):
        def encode(self, x: Any) -> Any:
            return x + 1

    class Mine(Encoder, keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return self.encode(x)

    return np.asarray(Mine()(ROWS))


def generic(keras: Any) -> Any:
    class Mine(keras.layers.Layer, Generic[T]):
        def call(self, x: Any) -> Any:
            return x + 1

    return [np.asarray(Mine[int]()(ROWS)), np.asarray(Mine()(ROWS))]


def generic_model(keras: Any) -> Any:
    class Mine(Generic[T], keras.Model):
        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

        def call(self, x: Any) -> Any:
            return x + self.n

    return np.asarray(Mine[int](3)(ROWS))


def init_subclass_with_arguments(keras: Any) -> Any:
    registered = {}

    class Base(keras.Model):
        def __init_subclass__(cls, tag: str = "", **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            registered[tag] = cls.__name__

        def call(self, x: Any) -> Any:
            return x

    class Mine(Base, tag="mine"):
        pass

    return [registered, np.asarray(Mine()(ROWS))]


def init_subclass_of_a_mixin(keras: Any) -> Any:
    registered = []

    class Registers:
        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            registered.append(cls.__name__)

    class Mine(Registers, keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    class Other(keras.layers.Layer, Registers):
        def call(self, x: Any) -> Any:
            return x

    return [registered, np.asarray(Mine()(ROWS)), np.asarray(Other()(ROWS))]


def init_subclass_without_super(keras: Any) -> Any:
    class Registers:
        def __init_subclass__(cls, **kwargs: Any) -> None:
            pass

    class Mine(Registers, keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones")

        def call(self, x: Any) -> Any:
            return x * self.w

    layer = Mine()
    return [np.asarray(layer(ROWS)), layer.built, len(layer.weights)]


def new_overridden(keras: Any) -> Any:
    made = []

    class Mine(keras.Model):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            made.append(cls.__name__)
            return super().__new__(cls, *args, **kwargs)

        def __init__(self, units: int) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(units, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    return [np.asarray(Mine(2)(ROWS)), made]


def new_overridden_without_arguments(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __new__(cls, units: int) -> Any:
            return super().__new__(cls)

        def __init__(self, units: int) -> None:
            super().__init__()
            self.units = units

        def call(self, x: Any) -> Any:
            return x * self.units

    return np.asarray(Mine(2)(ROWS))


def new_of_a_singleton(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        _instance = None

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            if cls._instance is None:
                cls._instance = super().__new__(cls, *args, **kwargs)
            return cls._instance

        def call(self, x: Any) -> Any:
            return x

    return Mine() is Mine()


def slots_in_a_mixin(keras: Any) -> Any:
    class Mixin:
        __slots__ = ()

        def double(self) -> int:
            return 2

    class Mine(Mixin, keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * self.double()

    return np.asarray(Mine()(ROWS))


def properties_named_as_settings(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        @property
        def units(self) -> int:
            return 7

        def call(self, x: Any) -> Any:
            return x * self.units

    return np.asarray(Mine()(ROWS))


def object_with_a_custom_setattr(keras: Any) -> Any:
    seen = []

    class Mine(keras.layers.Layer):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "mine":
                seen.append(name)
            super().__setattr__(name, value)

        def call(self, x: Any) -> Any:
            return x

    layer = Mine()
    layer.mine = 3
    return [seen, layer.mine]


def object_with_a_getattr(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __getattr__(self, name: str) -> Any:
            if name == "magic":
                return 42
            raise AttributeError(name)

        def call(self, x: Any) -> Any:
            return x * self.magic

    return np.asarray(Mine()(ROWS))


def dataclass_like(keras: Any) -> Any:
    from dataclasses import dataclass

    @dataclass(eq=False)
    class Mine(keras.layers.Layer):
        units: int = 3
        name_of_it: str = "x"

        def __post_init__(self) -> None:
            super().__init__()

        def call(self, x: Any) -> Any:
            return x * self.units

    return np.asarray(Mine(units=2)(ROWS))


def dataclass_mixin(keras: Any) -> Any:
    from dataclasses import dataclass

    @dataclass
    class Settings:
        units: int = 3

    class Mine(keras.layers.Layer, Settings):
        def __init__(self, units: int) -> None:
            keras.layers.Layer.__init__(self)
            Settings.__init__(self, units)

        def call(self, x: Any) -> Any:
            return x * self.units

    return np.asarray(Mine(2)(ROWS))
