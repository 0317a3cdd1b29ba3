"""Findings of the checks: as panels for terminals, and as HTML for notebooks and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from glassworks.display import terminal
from glassworks.display.table import rendered

if TYPE_CHECKING:
    from glassworks.checks import Finding

SEVERITY_COLOURS = {"error": "#c62828", "warning": "#b26a00", "info": "#1f78b4"}
_STYLES = {"error": "red", "warning": "yellow", "info": "blue"}
_WIDTH = 110


class Findings(list["Finding"]):
    """A list of findings that shows itself as panels in a terminal and as HTML in a notebook.

    >>> Findings()
    Nothing found.
    """

    def text(self, width: int | None = None, colour: bool = False) -> str:
        """All findings, one panel each.

        Args:
            width: The characters that a line may have; 110 by default.
            colour: Whether the text may have the escape sequences of terminals.
        """
        return "\n".join(finding_text(finding, width, colour) for finding in self) or "Nothing found."

    def html(self) -> str:
        """All findings as HTML."""
        return findings_html(self)

    def print_to(self, print_fn: Callable[[str], object] | None = None) -> None:
        """Print the panels: fitted to a terminal and in its colours, plain in a pipe or to a function of the user."""
        if print_fn is not None:
            print_fn(self.text())
        else:
            width = terminal.columns() if terminal.is_terminal() else None
            print(terminal.printable(self.text(width, terminal.has_colour())))

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.text()

    __str__ = __repr__


def lines_of(finding: Finding) -> list[tuple[str, str]]:
    """The parts of a finding that have text, each with its name."""
    parts = [("where", finding.where), ("found", finding.found), ("expected", finding.expected), ("why", finding.why), ("fix", finding.fix)]
    return [(name, text) for name, text in [*parts, ("line", finding.line)] if text]


def heading_of(finding: Finding) -> str:
    """The severity and the check, with the layer where there is one."""
    return f"{finding.severity}: {finding.check}" + (f" ({finding.layer})" if finding.layer else "")


def finding_text(finding: Finding, width: int | None = None, colour: bool = False) -> str:
    """One finding as a panel.

    Args:
        finding: The finding.
        width: The characters that a line may have; 110 by default.
        colour: Whether the text may have the escape sequences of terminals.

    >>> from glassworks.checks import Finding
    >>> print(finding_text(Finding("frozen", "fit", "every layer is frozen", "weights to train", "layer.trainable = True"), 60))
    ╭─ warning: frozen ────────────────────────────────────────╮
    │ where     fit                                            │
    │ found     every layer is frozen                          │
    │ expected  weights to train                               │
    │ fix       layer.trainable = True                         │
    ╰──────────────────────────────────────────────────────────╯
    """
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in lines_of(finding):
        grid.add_row(Text(name, style="bold"), Text(text))
    title = Text(heading_of(finding), style="bold")
    return rendered(Panel(grid, title=title, title_align="left", border_style=_STYLES[finding.severity]), width or _WIDTH, colour)


def findings_html(findings: Sequence[Finding]) -> str:
    """Findings as HTML, with inline styles that suit light and dark pages; the severity stands in words, too."""
    if not findings:
        return '<p style="margin:.5em 0">Nothing found.</p>'
    return "\n".join(_html(finding) for finding in findings)


def _html(finding: Finding) -> str:
    colour = SEVERITY_COLOURS[finding.severity]
    rows = "".join(
        f'<dt style="font-weight:600">{name}</dt><dd style="margin:0;white-space:pre-wrap">'
        f"{f'<code>{escape(text)}</code>' if name == 'fix' else escape(text)}</dd>"
        for name, text in lines_of(finding)
    )
    return (
        f'<div style="border:1px solid rgba(128,128,128,.45);border-left:.4em solid {colour};padding:.4em .8em;margin:.5em 0">'
        f'<div style="font-weight:600">{escape(heading_of(finding))}</div>'
        f'<dl style="display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:.3em 0 0">{rows}</dl></div>'
    )
