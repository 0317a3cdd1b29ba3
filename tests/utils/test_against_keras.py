"""The functions of `keras.utils`, `keras.saving` and `keras.config`, in small programs that answer here what they answer on Keras."""

from __future__ import annotations

from typing import Any

import pytest

import glassworks
from tests import keras_answers

MODULES = ["tests.utils.config_programs", "tests.utils.object_programs", "tests.utils.helper_programs"]


@pytest.fixture(scope="module")
def keras() -> dict[str, dict[str, Any]]:
    return {module: keras_answers.answers_of_keras(module) for module in MODULES}


@pytest.mark.parametrize(("module", "code"), [(module, code) for module in MODULES for code in keras_answers.programs(module)])
def test_a_program_answers_what_it_answers_on_keras(keras: dict[str, dict[str, Any]], module: str, code: str) -> None:
    keras_answers.compare(keras_answers.programs(module)[code], glassworks, keras[module][code], may_accept_more=True)
