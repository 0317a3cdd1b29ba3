"""A document reads the same as text, as Markdown and as HTML."""

from __future__ import annotations

from glassworks.display import Table
from glassworks.display.document import Document


def sample() -> Document:
    document = Document()
    document.heading("A step", 1)
    document.text("It has two *parts*, and a_name.\nOne < two.")
    document.heading("Forward", 2)
    document.code(["z = x @ w", "y = z"])
    document.block(["as", "  it stands"])
    document.table(Table(["Layer", "Size"], [["dense|1", 3]], title="Sizes", notes=["all of them"]))
    return document


def test_text_has_underlined_headings_and_indented_code() -> None:
    text = str(sample())
    assert text.startswith(
        "A step\n======\nIt has two *parts*, and a_name.\nOne < two.\n\n\nForward\n-------\n    z = x @ w\n    y = z\n\n"
    )
    assert "    as\n      it stands" in text and "dense|1" in text and text.endswith("all of them")


def test_long_sentences_are_wrapped() -> None:
    document = Document()
    document.text("word " * 60)
    assert max(map(len, str(document).splitlines())) <= 100


def test_markdown_escapes_markup_and_keeps_code() -> None:
    text = sample().markdown()
    assert "# A step\n\nIt has two \\*parts\\*, and a\\_name." in text
    assert "```python\nz = x @ w\ny = z\n```" in text and "```text\nas\n  it stands\n```" in text
    assert "| Layer | Size |\n|:--|--:|\n| dense\\|1 | 3 |" in text and "**Sizes**" in text


def test_html_escapes_everything() -> None:
    document = sample()
    document.text("The option `a_b` counts.")
    assert "<code>a_b</code>" in document.html() and "`a_b`" in document.markdown()
    html = sample().html()
    assert "<h1" in html and "One &lt; two." in html and "<pre" in html and "dense|1</td>" in html
    assert sample()._repr_html_() == html
    assert sample().blocks("heading") == ["A step", "Forward"]
