"""A config, which may come from a stranger, does not choose which files are read."""

from __future__ import annotations

import inspect
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from glassworks import registry
from tests.contracts.test_layers import ELSEWHERE, SAMPLES, registered

_watched: dict[str, list[str]] = {}


def _note(event: str, arguments: tuple) -> None:
    if event == "open" and _watched and isinstance(arguments[0], (str, bytes, Path)):
        path = str(arguments[0])
        for secret, opened in _watched.items():
            if secret in path:
                opened.append(path)


sys.addaudithook(_note)


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """How often the file `secret` was opened."""
    secret = tmp_path / "secret.txt"
    secret.write_text("one\ntwo\n")
    _watched[str(secret)] = []
    yield secret, _watched[str(secret)]
    _watched.clear()


def every_config() -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, class, config) of every registered class: a sample's for layers, else the defaults of its arguments."""
    found = []
    for kind, table in registry._kinds.items():
        for name, cls in table.objects.items():
            if not inspect.isclass(cls) or not cls.__module__.startswith("glassworks.") or name in ELSEWHERE:
                continue
            if kind == "layers" and name in registered():
                arguments = SAMPLES[name].arguments
                arguments = arguments("float32") if callable(arguments) else arguments
                try:
                    config = cls(**arguments).get_config()
                except Exception:
                    config = dict(arguments)
            else:
                config = {p.name: None for p in inspect.signature(cls.__init__).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD}
                config.pop("self", None)
            found.append((kind, name, config))
    return found


def test_no_argument_of_a_config_is_opened_as_a_file(opened: tuple[Path, list[str]]) -> None:
    secret, seen = opened
    tried = 0
    for kind, name, config in every_config():
        for key in config:
            # Where a layer wants several of its arguments together, the others are those of a working layer.
            for value in (str(secret), secret, secret.as_uri()):
                with suppress(Exception):
                    registry._kinds[kind].objects[name].from_config({**config, key: value})
                tried += 1
                assert not seen, f"{kind}.{name}.from_config opened {seen} because {key}={value!r}"
    assert tried > 1000


def test_the_watch_sees_a_file_that_is_read(opened: tuple[Path, list[str]]) -> None:
    secret, seen = opened
    secret.read_text()
    assert seen == [str(secret)]
