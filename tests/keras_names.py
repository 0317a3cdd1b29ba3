"""What there is of Keras's public names. `python -m tests.keras_names` writes `docs/keras_names.md`."""

from __future__ import annotations

import inspect
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import glassworks
from glassworks.absent import ABSENT, Absence

# The public API of Keras 3.15: "layers.Dense" -> "class (units, ...)".
KERAS: dict[str, str] = json.loads((Path(__file__).parent / "keras_api_extract.json").read_text())
# Where a signature is another one, and why.
DIFFERENT: dict[str, str] = json.loads((Path(__file__).parent / "keras_api_differences.json").read_text())
PAGE = Path(__file__).parents[1] / "docs" / "keras_names.md"


def find(path: str) -> Any:
    """The object of a public name."""
    value: Any = glassworks
    for part in path.split("."):
        value = getattr(value, part)
    return value


def arguments(signature: inspect.Signature) -> list[tuple[str, Any]]:
    """Names and defaults of what can be passed by position or name."""
    kept = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [(p.name, p.default) for p in signature.parameters.values() if p.kind in kept and p.name != "self"]


def keras_arguments(text: str) -> list[tuple[str, Any]]:
    """The same of Keras's signature, from its text."""
    namespace: dict[str, Any] = {}
    exec(f"def f{text.removeprefix('class ')}: pass", namespace)  # our own file of facts
    return arguments(inspect.signature(namespace["f"]))


def distinct(paths: Any) -> set[str]:
    """Names without repetition: Keras offers some of them in two or three modules."""
    return {path.rpartition(".")[2] for path in paths}


def page() -> str:
    """The text of the page."""
    known, gone = Counter(_module(path) for path in KERAS), Counter(_module(path) for path in ABSENT)
    lines = [
        "# The names of Keras, and which of them are here",
        "",
        f"Keras 3.15 has {len(KERAS)} public names. {len(KERAS) - len(ABSENT)} are here with Keras's arguments and defaults, but for the "
        f"{len(DIFFERENT)} differences",
        f"below; {len(ABSENT)} are not, which is {len(distinct(ABSENT))} different names, as Keras offers some of them in several modules.",
        "A program that asks for one of those gets an `AttributeError` with the reason. A test compares all names and signatures with Keras's,",
        "and writes this page: `python -m tests.keras_names`.",
        "",
        "## Names that are not here",
        "",
        "| names | why | instead |",
        "|---|---|---|",
        *(f"| {' '.join(f'`{path}`' for path in paths)} | {why.reason} | {why.instead} |" for why, paths in _grouped().items()),
        "",
        "## Signatures that differ",
        "",
        "| name | difference |",
        "|---|---|",
        *(f"| `{path}` | {why} |" for path, why in sorted(DIFFERENT.items())),
        "",
        "## Names by module",
        "",
        "| module | names | here |",
        "|---|---|---|",
        *(f"| `keras{module and '.'}{module}` | {count} | {count - gone[module]} |" for module, count in sorted(known.items())),
    ]
    return "\n".join(lines) + "\n"


def _module(path: str) -> str:
    return path.rpartition(".")[0]


def _grouped() -> dict[Absence, list[str]]:
    groups: dict[Absence, list[str]] = defaultdict(list)
    for path, why in ABSENT.items():
        groups[why].append(path)
    return groups


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
