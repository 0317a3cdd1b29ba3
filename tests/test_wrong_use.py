"""Wrong use gives an error (or a warning) that a newcomer can act on. Each case is tested by its text.

A case is a function that makes the mistake, and pieces that its message must hold: where, what was found,
what was expected, the fix. They stand in the files of `mistakes/`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from glassworks.errors import GlassworksError, GlassworksWarning
from tests.mistakes.register import CASES

for file in sorted(Path(__file__).with_name("mistakes").glob("of_*.py")):
    import_module(f"tests.mistakes.{file.stem}")


@pytest.mark.parametrize(("name", "make", "pieces"), CASES, ids=[name for name, *_ in CASES])
def test_a_mistake_gives_an_error_that_says_what_to_do(name: str, make: Callable[[], Any], pieces: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", GlassworksWarning)
        with pytest.raises((GlassworksError, GlassworksWarning, NotImplementedError)) as caught:
            make()
    message = str(caught.value)
    missing = [piece for piece in pieces if piece not in message]
    assert not missing, f"{missing} not in:\n{message}"
    if isinstance(caught.value, GlassworksError):
        assert "found:" in message
        assert "expected:" in message or "fix:" in message


def test_at_least_sixty_mistakes_are_covered() -> None:
    assert len({name for name, *_ in CASES}) >= 60


def test_no_text_installs_the_package_from_an_index_where_it_is_not() -> None:
    root = Path(__file__).resolve().parents[1]
    files = [*(root / "src").rglob("*.py"), *(root / "examples").glob("*.py"), *root.glob("*.md"), root / "Makefile"]
    assert not [str(path) for path in files if re.search(r"pip install\s+(-\S+\s+)*['\"]?glassworks\b", path.read_text())]
