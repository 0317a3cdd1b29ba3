"""Progress appears at a terminal, for work that takes long, and nowhere else."""

from __future__ import annotations

import io
import time

import pytest

from glassworks.display import tracking
from glassworks.display.tracking import tracked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience: float, **options: bool) -> str:
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(tracking, "PATIENCE", patience)
    seen = []
    for step in tracked(range(5), 5, "counting rows", **options):
        time.sleep(0.002)
        seen.append(step)
    assert seen == [0, 1, 2, 3, 4]
    return stream.getvalue()


def test_long_work_shows_a_bar_with_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "counting rows" in shown(monkeypatch, Terminal(), 0.0)


@pytest.mark.parametrize(("stream", "patience", "show"), [(Terminal(), 60.0, True), (io.StringIO(), 0.0, True), (Terminal(), 0.0, False)])
def test_short_work_pipes_and_quiet_calls_show_nothing(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience: float, show: bool
) -> None:
    assert shown(monkeypatch, stream, patience, show=show) == ""
