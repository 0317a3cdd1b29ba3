"""Names of Keras that are not here are few, and each says why: when it is asked for, and in the docs."""

from __future__ import annotations

import pytest

from glassworks import absent
from glassworks.errors import AbsentNameError
from tests.keras_names import KERAS, PAGE, distinct, find, page

# How many distinct names may be absent.
LIMIT = 60


@pytest.mark.parametrize("path", sorted(absent.ABSENT))
def test_an_absent_name_is_keras_s_and_its_error_says_why_and_what_to_use(path: str) -> None:
    assert path in KERAS
    why = absent.ABSENT[path]
    with pytest.raises(AttributeError) as caught:
        find(path)
    assert isinstance(caught.value, AbsentNameError)
    assert why.reason in str(caught.value) and why.instead in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "import glassworks.quantizers",
        "from glassworks.keras.quantizers import Int8QuantizationConfig",
        "from glassworks.layers import TFSMLayer",
        "from glassworks.keras.callbacks import OrbaxCheckpoint",
        "from glassworks import Quantizer",
    ],
)
def test_the_import_of_an_absent_name_says_why(line: str) -> None:
    with pytest.raises(ImportError, match=r"not here: .*; "):
        exec(line)


def test_names_that_keras_does_not_have_stay_plain_attribute_errors() -> None:
    from glassworks import layers

    assert not hasattr(layers, "Danse")
    with pytest.raises(ImportError, match="cannot import name 'Danse'"):
        exec("from glassworks.layers import Danse")


def test_the_list_of_absent_names_is_short() -> None:
    assert len(distinct(absent.ABSENT)) <= LIMIT


def test_the_docs_print_the_names() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.keras_names"
