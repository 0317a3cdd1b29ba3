"""Users' classes and functions by name: registered, in scopes, and found again, as in real Keras."""

from __future__ import annotations

from typing import Any

import keras as real
import pytest

import glassworks
from glassworks import saving, utils
from glassworks.errors import ArgumentError

BOTH = pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])


class Plain:
    def get_config(self) -> dict[str, Any]:
        return {}


def function(x: Any) -> Any:
    return x


@BOTH
@pytest.mark.parametrize("objects", [None, {}, {"Plain": Plain}, {"plain": function, "Other": Plain}])
def test_a_scope_takes_any_dict_or_none(library: Any, objects: dict[str, Any] | None) -> None:
    for scope in (library.saving.custom_object_scope, library.saving.CustomObjectScope, library.utils.custom_object_scope):
        with scope(objects) as entered:
            assert isinstance(entered, library.saving.CustomObjectScope)
            assert all(library.saving.get_registered_object(name) is found for name, found in (objects or {}).items())
        assert library.saving.get_registered_object("Plain") is None


@BOTH
def test_a_scope_can_be_entered_again_and_ends_with_an_error(library: Any) -> None:
    scope = library.saving.CustomObjectScope({"Plain": Plain})
    for _ in range(2):
        with pytest.raises(KeyError), scope:
            assert library.saving.get_registered_object("Plain") is Plain
            raise KeyError
        assert library.saving.get_registered_object("Plain") is None


def test_scopes_within_scopes_add_names() -> None:
    with saving.custom_object_scope({"a": 1, "b": 2}), saving.custom_object_scope({"b": 3}):
        assert [saving.get_registered_object(name) for name in "ab"] == [1, 3]


FORMS: dict[str, Any] = {
    "nothing": (lambda register: register(), "Custom>It"),
    "a package": (lambda register: register("mine"), "mine>It"),
    "a package by name": (lambda register: register(package="mine"), "mine>It"),
    "a name": (lambda register: register(name="Other"), "Custom>Other"),
    "both": (lambda register: register("mine", "Other"), "mine>Other"),
    "no name": (lambda register: register("mine", name=None), "mine>It"),
    "an empty package": (lambda register: register(package=""), ">It"),
}


@BOTH
@pytest.mark.parametrize("kind", ["class", "function"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_decorator_gives_its_name(library: Any, kind: str, form: str) -> None:
    def It(x: Any) -> Any:
        return x

    obj = type("It", (Plain,), {}) if kind == "class" else It
    decorate, expected = FORMS[form]
    assert decorate(library.saving.register_keras_serializable)(obj) is obj
    assert library.saving.get_registered_name(obj) == expected
    assert library.saving.get_registered_object(expected) is obj
    assert library.utils.get_custom_objects()[expected] is obj
    del library.saving.get_custom_objects()[expected]
    assert library.saving.get_registered_object(expected) is None


@BOTH
def test_the_latest_of_two_objects_has_the_name_and_the_latest_of_two_names_is_the_object_s(library: Any) -> None:
    register = library.saving.register_keras_serializable
    first, second = type("One", (Plain,), {}), type("Two", (Plain,), {})
    register("twice", "It")(first)
    register("twice", "It")(second)
    assert library.saving.get_registered_object("twice>It") is second
    register("twice", "Again")(second)
    assert library.saving.get_registered_name(second) == "twice>Again"
    assert library.saving.get_registered_name(first) == "twice>It"


def test_the_decorator_needs_no_parentheses() -> None:
    # Keras takes the class for the package, and gives a decorator in its place.
    @saving.register_keras_serializable
    class Bare(Plain):
        pass

    assert saving.get_registered_name(Bare) == "Custom>Bare" and isinstance(Bare(), Plain)


@BOTH
def test_a_class_without_a_config_is_refused(library: Any) -> None:
    with pytest.raises(ValueError, match="Cannot register a class that does not have a get_config"):
        library.saving.register_keras_serializable()(type("Empty", (), {}))


@BOTH
def test_names_are_looked_up_in_scopes_then_globally_then_in_what_is_passed(library: Any) -> None:
    found = library.saving.get_registered_object
    custom = library.saving.get_custom_objects()
    assert found("it", {"it": 1}, {"it": 2}) == 1 and found("it", module_objects={"it": 2}) == 2 and found("it") is None
    assert found("it", {"it": 0}, {"it": 2}) == 0
    custom["it"] = 3
    try:
        assert found("it", {"it": 1}) == 3
        with library.saving.custom_object_scope({"it": 4}):
            assert found("it", {"it": 1}) == 4
    finally:
        del custom["it"]
    assert library.saving.get_registered_name(Plain) == "Plain"


def test_a_name_in_the_global_dict_is_an_argument_of_layers() -> None:
    # As in Keras 2; Keras 3 looks names of activations up among its own only.
    utils.get_custom_objects().update({"twice": function})
    try:
        assert glassworks.layers.Dense(1, activation="twice").activation is function
    finally:
        utils.get_custom_objects().pop("twice")
    with pytest.raises(ValueError, match="twice"):
        glassworks.activations.get("twice")


def test_utils_and_saving_have_the_same_objects() -> None:
    for name in ("CustomObjectScope", "custom_object_scope", "get_custom_objects", "get_registered_name", "get_registered_object"):
        assert getattr(utils, name) is getattr(saving, name)
    with pytest.raises(ArgumentError, match="get_config"):
        utils.register_keras_serializable("mine")(type("Empty", (), {}))
