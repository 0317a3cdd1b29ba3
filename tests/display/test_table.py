"""Tables: the same cells as text and as HTML, whatever stands in them."""

from __future__ import annotations

import io
import subprocess
import sys
import types
from html.parser import HTMLParser

import pytest

from glassworks.display import Table

ROWS = [["dense <b>", 100480, -0.5], ["[red]日本[/red] :smile:", None, 0.25]]


class Cells(HTMLParser):
    """The texts of cells by row, and all tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.styles: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.styles.append(dict(attrs)["style"] or "")

    def handle_data(self, data: str) -> None:
        if self.rows and self.tags[-1] in ("td", "th"):
            self.rows[-1][-1] += data.strip("\n")


def test_columns_of_numbers_stand_to_the_right_and_markup_is_plain_text() -> None:
    assert Table(["Layer", "Weights", "x"], ROWS).text().splitlines() == [
        "Layer                    Weights        x",
        "─────────────────────────────────────────",
        "dense <b>                100,480  -0.5000",
        "[red]日本[/red] :smile:            0.2500",
    ]


def test_title_and_notes_stand_between_rules() -> None:
    assert Table(["a", "b"], [[1, "x"]], title="Model", notes=["one", "two"]).text().splitlines() == [
        *("Model", "────", "a  b", "────", "1  x", "────", "one", "two")
    ]


def test_a_table_without_rows_shows_its_heads() -> None:
    assert Table(["a", "b"], []).text().splitlines() == ["a  b", "────"]
    assert Cells(Table(["a", "b"], []).html()).rows == [["a", "b"]]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_long_cells_are_wrapped_to_the_width_and_nothing_is_lost(width: int) -> None:
    text = Table(["Layer", "Ops"], [["dense_1", "matmul add relu " * 10]], notes=["note " * 30]).text(width)
    assert max(map(len, text.splitlines())) <= width
    assert (text.count("matmul"), text.count("relu"), text.count("note")) == (10, 10, 30)


def test_html_has_the_same_cells_escaped_and_neither_script_nor_style_sheet() -> None:
    cells = Cells(Table(["Layer", "Weights", "x"], ROWS, title="A & B", notes=["<i>"]).html())
    assert cells.rows == [["Layer", "Weights", "x"], ["dense <b>", "100,480", "-0.5000"], ["[red]日本[/red] :smile:", "", "0.2500"]]
    assert set(cells.tags) == {"div", "table", "caption", "thead", "tr", "th", "tbody", "td"}
    assert all("color:inherit" in style for style in cells.styles)


def test_shaded_cells_have_the_colour_of_their_sign() -> None:
    styles = Cells(Table(["x"], [[-2.0], [1.0], [0.0], ["-"]], shade=[0]).html()).styles[1:]
    assert [style.split("background:")[-1].split(";")[0] for style in styles] == [
        *("rgba(217,95,2,0.60)", "rgba(31,120,180,0.30)", "rgba(31,120,180,0.00)", "transparent")
    ]


def test_escape_sequences_are_written_only_where_asked() -> None:
    table = Table(["x"], [[-2.0]], shade=[0])
    assert "\33[" not in table.text() and "\33[" not in str(table)
    assert "\33[" in table.text(colour=True)


class Output(io.StringIO):
    encoding = "cp1252"


def test_an_output_without_these_characters_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    Table(["Parameters"], [["784 × 128 → 日"]], title="Model").print_to()
    assert output.getvalue().splitlines() == ["Model", "--------------", "Parameters", "--------------", "784 x 128 > ?", "--------------"]


def test_a_function_gets_the_plain_text() -> None:
    texts: list[str] = []
    Table(["a"], [[1]]).print_to(texts.append)
    assert texts == ["a\n─\n1"]


def test_importing_the_tables_does_not_import_rich() -> None:
    program = "import glassworks.display, glassworks.display.findings, sys; raise SystemExit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_in_a_notebook_a_printed_table_is_displayed_as_html(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[object] = []
    module = types.ModuleType("IPython.display")
    module.display = shown.append  # type: ignore[attr-defined]
    for name, fake in {
        "ipykernel": types.ModuleType("ipykernel"),
        "IPython": types.ModuleType("IPython"),
        "IPython.display": module,
    }.items():
        monkeypatch.setitem(sys.modules, name, fake)
    table = Table(["Layer"], [["dense"]])
    table.print_to()
    assert shown == [table] and "<td" in table._repr_html_()
    table.print_to(print)
    assert capsys.readouterr().out.startswith("Layer")
