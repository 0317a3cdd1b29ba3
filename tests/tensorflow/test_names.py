"""The names of TensorFlow: the table that `import glassworks` reads, the page in the docs, and what is not here."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import glassworks as tf
from glassworks import tensorflow, tensorflow_names
from glassworks.errors import AbsentNameError
from tests.tensorflow.page import PAGE, page


def test_the_table_holds_the_names_of_the_package():
    own = {name for name in vars(tensorflow) if not name.startswith("_")}
    # Modules that are there only because others import them, and the names that Keras has itself.
    inner = {"adapting", "control", "creation", "dtypes", "shaping", "types"}
    assert own - inner == tensorflow_names.NAMES
    assert not {name for name in tensorflow_names.NAMES if name in tf._NAMES or name in tf._MODULES}


@pytest.mark.parametrize("name", sorted(tensorflow_names.NAMES))
def test_a_name_is_found_at_the_top(name):
    assert getattr(tf, name) is getattr(tensorflow, name)
    assert name in dir(tf)


@pytest.mark.parametrize("name", sorted(tensorflow_names.ABSENT))
def test_an_absent_name_says_what_to_use(name):
    owner, _, attribute = f"tf.{name}".rpartition(".")
    module = tf if owner == "tf" else getattr(tf, owner.removeprefix("tf."))
    with pytest.raises(AbsentNameError) as caught:
        getattr(module, attribute)
    why = tensorflow_names.ABSENT[name]
    assert why.reason in str(caught.value) and why.instead in str(caught.value)
    assert not hasattr(module, attribute)


@pytest.mark.parametrize("name", tensorflow_names.MODULES)
def test_programs_import_from_the_modules(name):
    assert importlib.import_module(f"glassworks.{name}") is getattr(tf, name)
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(tf, name).no_such_name  # noqa: B018


def test_the_page_of_the_docs_is_that_of_the_code():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.tensorflow.page"


def test_the_import_of_the_library_does_not_load_the_package():
    code = "import sys, glassworks; glassworks.__version__; print([m for m in sys.modules if m.startswith('glassworks.tensorflow.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_documented():
    modules = [tensorflow, *(getattr(tensorflow, name) for name in tensorflow_names.MODULES)]
    undocumented = [
        f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "").startswith("glassworks") and not value.__doc__
    ]
    assert undocumented == []
