"""Findings as panels and as HTML."""

from __future__ import annotations

import re

import pytest

from glassworks.checks import Finding
from glassworks.display.findings import Findings, finding_text

FINDING = Finding(
    "frozen", "fit", "no <weights> [red]", "some", "layer.trainable = True", "nothing changes", "error", "dense", line="a.py:3"
)


def test_a_panel_has_every_part_that_there_is() -> None:
    text = finding_text(FINDING, 50)
    assert [line.strip("│ ").split(None, 1) for line in text.splitlines()[1:-1]] == [
        ["where", "fit"],
        ["found", "no <weights> [red]"],
        ["expected", "some"],
        ["why", "nothing changes"],
        ["fix", "layer.trainable = True"],
        ["line", "a.py:3"],
    ]
    assert text.splitlines()[0].startswith("╭─ error: frozen (dense) ─")
    assert "why" not in finding_text(FINDING._replace(why=""), 50)


def test_long_texts_are_wrapped_within_the_panel() -> None:
    lines = finding_text(FINDING._replace(found="word " * 50), 40).splitlines()
    assert {len(line) for line in lines} == {40}
    assert sum(line.count("word") for line in lines) == 50


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_html_is_escaped_and_says_the_severity_in_words(severity: str) -> None:
    page = Findings([FINDING._replace(severity=severity)])._repr_html_()  # type: ignore[arg-type]  # one of the three
    assert f"{severity}: frozen (dense)" in page
    assert "no &lt;weights&gt; [red]" in page
    assert "<code>layer.trainable = True</code>" in page
    assert not re.search("<script|<style", page)


def test_a_list_of_findings_is_a_list_that_shows_itself() -> None:
    findings = Findings([FINDING, FINDING])
    assert findings[0].check == "frozen" and len(findings) == 2
    assert str(findings) == repr(findings) == findings.text()
    assert str(findings).count("error: frozen") == 2
    assert (str(Findings()), "Nothing found." in Findings().html()) == ("Nothing found.", True)


def test_panels_are_printed_for_a_function_without_colours() -> None:
    texts: list[str] = []
    Findings([FINDING]).print_to(texts.append)
    assert texts == [finding_text(FINDING)]
