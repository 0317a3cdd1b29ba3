"""Classes that declare their arguments: checks, conversions, types of attributes, configs, inheritance, and what does not count."""

from __future__ import annotations

from typing import Any

import pytest

from glassworks import layers, losses, ops, optimizers
from glassworks.arguments import FIXED, FLAG, Integer, Number, OneOf, Optional
from glassworks.configured import Configured, defaults
from glassworks.errors import ArgumentError


class Shape(Configured):
    sides = Integer(minimum=3)
    size = Number(0)
    color = Optional(OneOf("red", "blue"))
    cached = FLAG.unsaved()

    def __init__(self, sides: int, size: float = 1.0, color: str | None = None, cached: bool = False) -> None:
        self._keep_arguments(sides=sides, size=size, color=color, cached=cached)


class Square(Shape):
    sides = FIXED
    size = Number(1)

    def __init__(self, size: float = 1.0) -> None:
        super().__init__(4, size)


def test_arguments_become_attributes_and_configs() -> None:
    shape = Shape(3, color="red", cached=True)
    assert (shape.sides, shape.size, shape.color, shape.cached) == (3, 1.0, "red", True)
    assert shape.get_config() == {"sides": 3, "size": 1.0, "color": "red"}
    assert vars(Shape.from_config(shape.get_config())) == vars(shape) | {"cached": False}


def test_the_class_itself_has_no_such_attributes() -> None:
    assert not hasattr(Shape, "sides")


def test_what_is_not_allowed_is_refused_with_the_name_of_the_class() -> None:
    with pytest.raises(ArgumentError, match=r"\[Square\]\n  found:    size=0.5\n  expected: size to be a number >= 1"):
        Square(0.5)


def test_an_argument_that_a_subclass_fixes_is_not_in_its_configs() -> None:
    assert Square(2.0).sides == 4
    assert Square(2.0).get_config() == {"size": 2.0, "color": None}


@pytest.mark.parametrize("argument", [Integer(1, 5), Number(0, 1, closed="left"), OneOf("a", None), FLAG, Optional(Integer(0))])
def test_an_argument_knows_values_that_it_does_not_allow(argument: Any) -> None:
    assert argument.invalid()
    assert not any(argument.allows(value) for value in argument.invalid())


def test_the_values_beyond_the_ends_are_among_them() -> None:
    assert {0, 6} <= {value for value in Integer(1, 5).invalid() if isinstance(value, int)}
    assert 1 in Number(0, 1, closed="left").invalid()


# ---- classes of users


class Doubled(layers.Dense):
    """Fewer arguments than its base, a class attribute and attributes whose names mean something else in the package."""

    arguments = ["not", "a", "table"]  # type: ignore[assignment]
    _own = {"x": 1}

    def __init__(self, units: int, keep: float = 0.5, **kwargs: Any) -> None:
        self.keep = self._keep = self._declared = keep
        super().__init__(2 * units, activation="relu", **kwargs)


def test_a_users_subclass_has_the_config_of_its_base() -> None:
    layer = Doubled(2)
    assert layer.get_config() == {**layers.Dense(4, activation="relu").get_config(), "name": layer.name}
    assert layer(ops.ones((1, 3))).shape == (1, 4)
    assert layer._keep == 0.5 and Doubled._own == {"x": 1}


class Scaled(layers.Layer):
    factor = Number(0)

    def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(factor=factor)

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def test_a_users_layer_may_declare_its_arguments() -> None:
    layer = Scaled.from_config(Scaled(3.0, name="three").get_config())
    assert (layer.factor, layer.name) == (3.0, "three")
    with pytest.raises(ArgumentError, match=r"\[Scaled\]\n  found:    factor=-1"):
        Scaled(-1)


def test_an_optimizer_takes_the_arguments_of_its_table_by_name() -> None:
    class Heavy(optimizers.Optimizer):
        arguments = {"mass": Number(0)}

    assert Heavy(0.1, mass=2.0).get_config()["mass"] == 2.0
    with pytest.raises(ArgumentError, match=r"\[Heavy\]\n  found:    mass=-1"):
        Heavy(0.1, mass=-1)


def test_a_loss_takes_an_option_that_is_changed_later() -> None:
    loss = losses.Huber(delta=1.0)
    loss.delta = 10.0
    assert float(loss([[0.0]], [[3.0]])) == 4.5
    assert loss.get_config()["delta"] == 10.0


def test_other_defaults_leave_arguments_without_and_by_keyword_alone() -> None:
    class Base:
        def __init__(self, a: int, b: int = 1, *, c: int = 2) -> None:
            self.values = (a, b, c)

    @defaults(b=5)
    class Other(Base):
        pass

    assert Other(0).values == (0, 5, 2) and Base(0).values == (0, 1, 2)
    with pytest.raises(TypeError, match=r"Other\.__init__\(\) missing 1 required"):
        Other()  # type: ignore[call-arg]
    with pytest.raises(AssertionError, match="no arguments of Base"):
        defaults(d=1)(Base)


def test_an_optional_argument_stays_what_it_is_in_a_subclass() -> None:
    class PerClass(Integer):
        def of(self, cls: type) -> Integer:
            return PerClass(minimum=3)

    bound = Optional(PerClass()).unsaved().of(object)
    assert not bound.saved and bound.allows(None) and not bound.allows(2)
