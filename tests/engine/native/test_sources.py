"""The C++ sources of the core: short files and lines, one statement per line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[3] / "native"
SOURCES = sorted(path for path in NATIVE.rglob("*") if path.suffix in (".h", ".cpp"))
# `a = b, c = d;` and `f(x), g(y);`; declarations and the parts of a `for` are no statements of their own.
DECLARATION = re.compile(
    r"\s*(const|constexpr|static|auto|bool|char|double|float|int|int32_t|int64_t|size_t|uint\d+_t|unsigned|T|Vector<.*>)\b"
)
CHAINED = re.compile(
    r"^\s+[\w.\[\]>()*&-]+ [-+*/^|]?= [^;,()]*, [\w.\[\]>*-]+ [-+*/^|]?= [^;]*;|^\s+(\+\+|--)\w+, |\), (std::memcpy|std::memset|store|copy_row)"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(NATIVE)))
def test_a_source_is_easy_to_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 500
    assert not [line for line in lines if len(line) > 120]
    assert not [line for line in lines if CHAINED.search(line) and not DECLARATION.match(line) and "for (" not in line]


def test_chained_statements_are_found() -> None:
    bad = ["  p.m = m, p.n = n;", "    ++inside, ++depth;", "  store<T>(a, x), store<T>(b, y);"]
    good = ["  const int64_t a = 1, b = 2;", "  for (i = 0, j = 0; i < n; ++i, ++j) {", "  f(a, b);", "  x = g(a, b);"]
    assert all(CHAINED.search(line) and not DECLARATION.match(line) for line in bad)
    assert not any(CHAINED.search(line) and not DECLARATION.match(line) and "for (" not in line for line in good)
