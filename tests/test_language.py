"""The code and its documents are written in the standard terms of the field: the words and names below are not used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
SUFFIXES = {".py", ".md", ".h", ".cpp"}
FOLDERS = ["src", "native", "docs", "benchmarks", "examples"]
FILES = [ROOT / name for name in DOCUMENTS] + [
    path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES
]

# What is not written -> what is written instead.
PHRASES = {
    r"\banew\b": "again, from the start",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bwhole[- ]numbers?\b": "integers",
    r"\btruth[- ]values?\b": "booleans",
    r"\bplace by place\b|\bnumber by number\b": "elementwise",
    r"\bfor life\b": "as long as it exists",
    r"(?<!there )\b(is|are) no (?!longer\b|more\b)[a-z]": "is not a ..., has no ...",
    r"\bso (many|much)\b": "the given number of ..., up to n ...",
    r"\b(was|were|is|are|be|been|it is) told to\b": "a sentence that says who does what",
    r'"""(Told|That|Of|Those|These)\b[^"]*': "a sentence with a subject",
    r"\bassembly line\b|\bquality controller\b": "a plain sentence: the factory is the picture of the README's introduction",
}
# Names of functions, classes, attributes and parameters that do not say what the thing is. `found` is a term of errors alone: one of
# their four parts, a text.
NAMES = {"found", "one", "made", "turned", "apart", "whole"}


def found_in(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.name == "README.md" and path.parent == ROOT:
        text = re.sub(r"\n## What a neural network is\n.*?```", "", text, flags=re.DOTALL)  # the introduction, where the factory stands
    joined = re.sub(r"\n\s*(#|//)?\s*", " ", text)
    faults = [
        f"{match.group()!r}: {instead}" for phrase, instead in PHRASES.items() for match in re.finditer(phrase, joined, re.IGNORECASE)
    ]
    return faults + (names_in(ast.parse(text)) if path.suffix == ".py" and path.is_relative_to(ROOT / "src") else [])


def names_in(tree: ast.AST) -> list[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and node.attr != "found":
            names.add(node.attr)
        elif isinstance(node, ast.arg) and not (node.arg == "found" and node.annotation and ast.unparse(node.annotation) == "str"):
            names.add(node.arg)
    return [f"the name {name!r}" for name in sorted(names) if name.strip("_").lower() in NAMES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_uses_the_terms_of_the_field(path):
    faults = found_in(path)
    assert not faults, faults


@pytest.mark.parametrize("text", ["made anew", "an array is no\n    # number", "so many rows", '"""That of the source."""'])
def test_what_is_refused(tmp_path, text):
    path = tmp_path / "sample.md"
    path.write_text(text)
    assert found_in(path)
