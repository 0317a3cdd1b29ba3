"""A document of headings, sentences, code and tables, as text for terminals, as Markdown, and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import fill

from glassworks.display.numbers import cell_text
from glassworks.display.table import Table

WIDTH = 100
_CODE = (
    "margin:.3em 0;padding:.5em .8em;overflow-x:auto;background:rgba(128,128,128,.12);color:inherit;"
    "border-left:3px solid rgba(31,120,180,.8);font-size:.88em;line-height:1.45"
)


class Document:
    """Blocks in order. Add them with `heading`, `text`, `code` and `table`, then read `str(document)`, `markdown()` or `html()`.

    >>> document = Document()
    >>> document.heading("Forward", 2)
    >>> document.text("Two numbers come in.")
    >>> document.code(["y = x + 1"])
    >>> print(document)
    Forward
    -------
    Two numbers come in.
    <BLANKLINE>
        y = x + 1
    >>> print(document.markdown())
    ## Forward
    <BLANKLINE>
    Two numbers come in.
    <BLANKLINE>
    ```python
    y = x + 1
    ```
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[str, object, int]] = []

    def heading(self, text: str, level: int = 2) -> None:
        """A heading; 1 is the title."""
        self._blocks.append(("heading", text, level))

    def text(self, text: str) -> None:
        """A sentence or several."""
        self._blocks.append(("text", text, 0))

    def code(self, lines: Sequence[str]) -> None:
        """Lines of Python."""
        self._blocks.append(("code", "\n".join(lines), 0))

    def block(self, lines: Sequence[str]) -> None:
        """Lines whose breaks stay as they are, and that are not Python."""
        self._blocks.append(("block", "\n".join(lines), 0))

    def table(self, table: Table) -> None:
        """A table."""
        self._blocks.append(("table", table, 0))

    def __str__(self) -> str:
        parts: list[str] = []
        for kind, content, level in self._blocks:
            # A heading stands directly above what it is about.
            parts.append("" if not parts else "\n" if self._follows_heading(len(parts)) else "\n\n" if kind != "heading" else "\n\n\n")
            if kind == "heading":
                rule = {1: "=", 2: "-"}.get(level, "")
                parts.append(f"{content}\n{rule * len(str(content))}" if rule else str(content))
            elif kind == "text":
                parts.append("\n".join(fill(line, WIDTH) for line in str(content).split("\n")))
            elif kind in ("code", "block"):
                parts.append("\n".join(f"    {line}".rstrip() for line in str(content).split("\n")))
            else:
                parts.append(str(content))
        return "".join(parts)

    def _follows_heading(self, pieces: int) -> bool:
        """Whether the block that comes after this many pieces of text stands below a heading."""
        return self._blocks[pieces // 2 - 1][0] == "heading"

    __repr__ = __str__

    def markdown(self) -> str:
        """The document as Markdown, with tables of pipes."""
        parts = []
        for kind, content, level in self._blocks:
            if kind == "heading":
                parts.append("#" * level + f" {_marked(str(content))}")
            elif kind == "text":
                parts.append(_marked(str(content)))
            elif kind == "code":
                parts.append(f"```python\n{content}\n```")
            elif kind == "block":
                parts.append(f"```text\n{content}\n```")
            elif isinstance(content, Table):
                parts.append(_table_in_markdown(content))
        return "\n\n".join(parts)

    def html(self) -> str:
        """The document as a part of a page, with inline styles that suit light and dark pages."""
        parts = []
        for kind, content, level in self._blocks:
            if kind == "heading":
                size = {1: 1.5, 2: 1.25}.get(level, 1.05)
                parts.append(f'<h{level} style="font-size:{size}em;margin:1em 0 .3em;color:inherit">{escape(str(content))}</h{level}>')
            elif kind == "text":
                parts.append(f'<p style="margin:.3em 0;max-width:50em;color:inherit">{_in_html(str(content))}</p>')
            elif kind in ("code", "block"):
                parts.append(f'<pre style="{_CODE}"><code>{escape(str(content))}</code></pre>')
            elif isinstance(content, Table):
                parts.append(content.html())
        return '<div style="line-height:1.5">' + "\n".join(parts) + "</div>"

    def _repr_html_(self) -> str:
        return self.html()

    def blocks(self, kind: str) -> list[object]:
        """The contents of the blocks of one kind: "heading", "text", "code", "block" or "table"."""
        return [content for own, content, _ in self._blocks if own == kind]


def _marked(text: str) -> str:
    """Text in which Markdown sees no markup but code between backticks."""
    parts = text.split("`")
    for i in range(0, len(parts), 2):  # what stands between backticks is left as it is
        for sign in ("\\", "*", "_", "<", "#", "|"):
            parts[i] = parts[i].replace(sign, f"\\{sign}")
    return "`".join(parts).replace("\n", "  \n")


def _in_html(text: str) -> str:
    """Text as HTML: lines stay lines, and what stands between backticks is code."""
    parts = escape(text).replace("\n", "<br>").split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _table_in_markdown(table: Table) -> str:
    sides = {"l": ":--", "r": "--:", "c": ":-:"}
    rows = [[_marked(cell_text(cell)).replace("  \n", "<br>") for cell in row] for row in table.rows]
    lines = ["| " + " | ".join(map(_marked, table.heads)) + " |", "|" + "|".join(sides[side] for side in table.align) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    title = [f"**{_marked(table.title)}**", ""] if table.title else []
    notes = ["", *map(_marked, table.notes)] if table.notes else []
    return "\n".join([*title, *lines, *notes])
