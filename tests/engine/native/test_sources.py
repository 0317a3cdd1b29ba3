"""The C++ sources of the core: short files and lines, one statement after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[3] / "native"
SOURCES = sorted(path for path in NATIVE.rglob("*") if path.suffix in (".h", ".cpp"))
# What is not code: comments, texts, directives with the lines that continue them.
NOT_CODE = re.compile(r"//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
CONTROL = re.compile(r"\s*(?:else\s+)?(?:if|for|while|switch)\b[\w\s]*")
# A call, an assignment or an increment. In a declaration a type stands before it.
EXPRESSION = re.compile(r"\s*(?:[\w.:>-]+(?:<.*>)?\(.*\)|[\w.\[\]>()*-]+ [-+*/%^|&]?= .*|(?:\+\+|--)\S+|\S+(?:\+\+|--))", re.DOTALL)


def chained_statements(source: str) -> list[str]:
    """Statements such as `a = b, c = d;` and `f(x), g(y);`, also over several lines."""
    text, found = NOT_CODE.sub("", source), []
    start, commas = 0, list[int]()  # of the statement that is read; the commas outside its brackets
    opened: list[tuple[str, int, list[int]]] = []  # brackets, and the statements in which they stand
    for i, sign in enumerate(text):
        innermost = opened[-1][0] if opened else "{"
        if sign in "([{" or (sign == "<" and re.match(r"\w<", text[i - 1 : i + 1])):
            opened.append((sign, start, commas))
            start, commas = (i + 1, []) if sign == "{" else (start, commas)
        elif sign in ")]}" or (sign == ">" and innermost == "<" and text[i - 1] != "-"):
            _, start, commas = opened.pop()
            in_block = not opened or opened[-1][0] == "{"
            if in_block and (sign == "}" or (sign == ")" and CONTROL.fullmatch(text[start:i].split("(")[0]))):
                start, commas = i + 1, []
        elif innermost == "{" and sign == ",":
            commas.append(i)
        elif innermost == "{" and sign == ";":
            if any(EXPRESSION.fullmatch(text, start, comma) for comma in commas):
                found.append(" ".join(text[start : i + 1].split()))
            start, commas = i + 1, []
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(NATIVE)))
def test_a_source_is_easy_to_read(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    assert len(lines) <= 500
    assert not [line for line in lines if len(line) > 120]
    assert not chained_statements(source)


BAD = [
    "p.m = m, p.n = n;",
    "++inside, ++depth;",
    "i++, f(i);",
    "store<T>(a, x), store<T>(b, y);",
    "store<T>(a + j, Vector<T>{}, some),\n      store<T>(b + j, Vector<T>{}, some);",
    "for (int i = 0; i < n; ++i)\n  f(i),\n      g(i);",
    "if (a < b) c = 1, d = 2;",
    "else if (f(a)) g(a), h(b);",
    "join<Op, T>(a), b = c;",
    "for_all([&](int i) { f(i), g(i); });",
]
GOOD = [
    "const int64_t a = 1, b = 2;",
    "Vector<T> a = f(x), b = g(y);",
    "T *a = as<T>(x), *b = as<T>(y);",
    "for (i = 0, j = 0; i < n; ++i, ++j) { f(i); }",
    "f(a, b);",
    "f(a,\n  g(b));",
    "x = g<a, b>(c);",
    "std::vector<std::pair<int, int>> x;",
    "Needs needs = {f(a), 0, g(b)};",
    "// f(x), g(y);",
    'const char* text = "f(x), g(y);";',
    "#define GW(a) f(a), \\\n  g(a);",
    "struct A : B { A() : x(f(a)), y(g(b)) {} };",
]


@pytest.mark.parametrize("code", BAD)
def test_chained_statements_are_found(code: str) -> None:
    assert len(chained_statements(f"void f() {{\n  {code}\n  return;\n}}\n")) == 1


@pytest.mark.parametrize("code", GOOD)
def test_other_statements_are_left_alone(code: str) -> None:
    assert chained_statements(f"void f() {{\n{code}\n  return;\n}}\n") == []
