"""Tables: as text for terminals and pipes, as HTML for notebooks and pages."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

import numpy as np

from glassworks.display import terminal
from glassworks.display.colours import tint
from glassworks.display.numbers import cell_text, is_number

if TYPE_CHECKING:
    from rich.console import RenderableType

_LINE = "1px solid rgba(128,128,128,.45)"
_CELL = "padding:.2em .7em;vertical-align:top;color:inherit;background:transparent;border:0"
_ALIGN: dict[str, Literal["left", "right", "center"]] = {"l": "left", "r": "right", "c": "center"}
_UNLIMITED = 100_000


class Table:
    """Rows of cells under heads, with a title above and notes below.

    Args:
        heads: The text above each column.
        rows: The cells: text as it is, integers with separators, floats in about 4 digits, None as nothing. What has a `_repr_html_`
            stands in HTML as that.
        align: "l", "r" or "c" for each column: `"lrr"`. By default columns of numbers stand to the right, others to the left.
        title: The text above the table.
        notes: Lines below the table.
        shade: The indexes of columns whose numbers get a background on the scale of `display.colours`.

    `print(table)` fits a terminal, and is as wide as its cells elsewhere; `print_to()` has colours as well.

    >>> print(Table(["Layer", "Weights"], [["dense", 100480], ["dense_1", 1290]]))
    Layer    Weights
    ────────────────
    dense    100,480
    dense_1    1,290
    """

    def __init__(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[object]],
        align: str | None = None,
        title: str = "",
        notes: Sequence[str] = (),
        shade: Sequence[int] = (),
    ) -> None:
        self.heads, self.rows, self.title, self.notes = list(heads), [list(row) for row in rows], title, list(notes)
        self.align = align or "".join(self._side(i) for i in range(len(self.heads)))
        self._largest = {column: self._scale(column) for column in shade}

    def text(self, width: int | None = None, colour: bool = False) -> str:
        """The table as lines of text.

        Args:
            width: The characters that a line may have; long cells are wrapped to fit. Without a limit by default.
            colour: Whether to add the escape sequences of terminals for bold heads and shaded cells.
        """
        body = self._body(width or _UNLIMITED, colour)
        if not self.title and not self.notes:
            return body
        rule = next(line for line in body.splitlines() if set(line) == {"─"})
        title, notes = _lines([self.title] if self.title else [], width), _lines(self.notes, width)
        return "\n".join([*title, rule, body, rule, *notes])

    def print_to(self, print_fn: Callable[[str], object] | None = None, width: int | None = None) -> None:
        """Print the table: as HTML in a notebook, fitted to a terminal and in its colours, plain in a pipe or to a function of the user.

        Args:
            print_fn: The function that gets the text; `print` by default.
            width: The characters that a line may have; by default those of the terminal, if there is one.
        """
        if print_fn is not None:
            print_fn(self.text(width))
            return
        if "ipykernel" in sys.modules:
            from IPython.display import display

            display(self)
            return
        if width is None and terminal.is_terminal():
            width = terminal.columns()
        print(terminal.printable(self.text(width, terminal.has_colour())))

    def html(self) -> str:
        """The table as HTML, with inline styles that suit light and dark pages."""
        head = "".join(self._cell("th", i, escape(text), f"border-bottom:{_LINE};font-weight:600") for i, text in enumerate(self.heads))
        rows = "".join("<tr>" + "".join(self._html_cell(i, value) for i, value in enumerate(row)) + "</tr>\n" for row in self.rows)
        title = f'<caption style="text-align:left;font-weight:600;color:inherit;padding:.2em .7em">{escape(self.title)}</caption>'
        notes = "".join(f'<div style="padding:.1em .7em">{escape(note)}</div>' for note in self.notes)
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse;border:0;margin:.5em 0;font-size:.9em;'
            f'font-variant-numeric:tabular-nums">{title if self.title else ""}<thead><tr>{head}</tr></thead>\n'
            f"<tbody>{rows}</tbody></table>{notes}</div>"
        )

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return terminal.printable(self.text(terminal.columns() if terminal.is_terminal() else None))

    def _side(self, column: int) -> str:
        cells = [row[column] for row in self.rows if row[column] is not None]
        return "r" if cells and all(is_number(cell) for cell in cells) else "l"

    def _scale(self, column: int) -> float:
        numbers = [abs(float(value)) for value in (row[column] for row in self.rows) if is_number(value)]
        return max((number for number in numbers if np.isfinite(number)), default=1.0)

    def _tint(self, column: int, value: object) -> tuple[str, float] | None:
        if column not in self._largest or not is_number(value):
            return None
        return tint(float(value), self._largest[column])

    def _html_cell(self, column: int, value: object) -> str:
        shade = self._tint(column, value)
        style = ""
        if shade is not None:
            red, green, blue = (int(shade[0][i : i + 2], 16) for i in (1, 3, 5))
            style = f"background:rgba({red},{green},{blue},{shade[1]:.2f})"
        show = getattr(value, "_repr_html_", None)
        return self._cell("td", column, show() if show is not None else escape(cell_text(value)).replace("\n", "<br>"), style)

    def _cell(self, tag: str, column: int, content: str, style: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return f'<{tag}{scope} style="{_CELL};text-align:{_ALIGN[self.align[column]]}{";" + style if style else ""}">{content}</{tag}>'

    def _body(self, width: int, colour: bool) -> str:
        from rich import box
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for head, side in zip(self.heads, self.align, strict=True):
            table.add_column(Text(head), justify=_ALIGN[side], no_wrap=width == _UNLIMITED, overflow="fold")
        for row in self.rows:
            cells = []
            for column, value in enumerate(row):
                shade = self._tint(column, value) if colour else None
                cells.append(Text(cell_text(value), style=shade[0] if shade is not None and shade[1] > 0.05 else ""))
            table.add_row(*cells)
        return rendered(table, width, colour)


def _lines(texts: Sequence[str], width: int | None) -> list[str]:
    lines = [line for text in texts for line in text.split("\n")]
    return [part for line in lines for part in (wrap(line, width) or [""])] if width else lines


def rendered(part: RenderableType, width: int, colour: bool = False) -> str:
    """What rich makes of one of its objects, as text without spaces at the ends of lines.

    Args:
        part: The object of rich.
        width: The characters that a line may have.
        colour: Whether the text may have escape sequences.
    """
    from rich.console import Console

    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        force_jupyter=False,
        color_system="auto" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(part)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())
