"""The public face: names exist, signatures are Keras's, nothing heavy is loaded by the import."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import glassworks
from glassworks.absent import ABSENT
from tests.keras_names import DIFFERENT, KERAS, arguments, find, keras_arguments


@pytest.mark.parametrize("path", sorted(set(KERAS) - set(ABSENT)))
def test_a_name_of_keras_is_here_with_its_arguments_and_defaults(path: str) -> None:
    ours = arguments(inspect.signature(find(path)))
    theirs = keras_arguments(KERAS[path])
    if path in DIFFERENT:
        assert ours != theirs, f"{path} agrees with Keras now: take it off the list of differences"
        return
    assert ours == theirs


@pytest.mark.parametrize("name", [*glassworks._NAMES, *glassworks._MODULES, "keras"])
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(glassworks, name))


def test_the_view_of_type_checkers_is_the_lazy_table() -> None:
    source = Path(glassworks.__file__).read_text()
    declared = {
        line.split("#")[0].split(" as ")[-1].strip() for line in source.split("\nif TYPE_CHECKING:")[1].splitlines() if " as " in line
    }
    assert declared == {*glassworks._NAMES, *glassworks._MODULES, "keras"}


@pytest.mark.parametrize("module", glassworks._MODULES)
def test_a_module_shows_what_it_offers_and_not_what_it_uses(module: str) -> None:
    face = getattr(glassworks, module)
    for name in dir(face):
        value = getattr(face, name)
        home = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "glassworks")
        own = home.startswith(face.__name__) if inspect.ismodule(value) else home.startswith("glassworks")
        assert name.startswith("_") or own, f"glassworks.{module}.{name} is {value!r}: import it under a name with an underscore"


def test_keras_code_can_import_from_submodules() -> None:
    layers = importlib.import_module("glassworks.keras.layers")
    assert layers.Dense is glassworks.layers.Dense
    assert importlib.import_module("glassworks.callbacks").EarlyStopping is glassworks.callbacks.EarlyStopping


def test_the_import_loads_nothing_heavy() -> None:
    code = "import sys, glassworks; print([m for m in ('numpy', 'click', 'pandas', 'jax', 'glassworks.layers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_an_unknown_name_is_an_error_that_suggests_one() -> None:
    with pytest.raises(AttributeError, match="did you mean 'Sequential'"):
        _ = glassworks.Sequentiel
