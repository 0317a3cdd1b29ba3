"""The ten failures: each program trains badly, the doctor names the cause first, and the change cures it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "failures"
# Program -> what the doctor must find first, the score with the mistake at most, and after the change at least.
PROGRAMS = {
    "p01_targets_of_another_shape": ("stretched_targets", 0.3, 0.9),
    "p02_loss_and_last_layer": ("outputs_for_loss", 0.8, 0.85),
    "p03_columns_of_all_sizes": ("unscaled_inputs", 0.6, 0.9),
    "p04_learning_rate_too_high": ("learning_rate_high", 0.2, 0.9),
    "p05_nothing_is_learned": ("nothing_learned", 0.2, 0.85),
    "p06_dead_units": ("dead_units", 0.2, 0.85),
    "p07_vanishing_gradients": ("vanishing_gradients", 0.2, 0.85),
    "p08_overfitting": ("overfitting", 0.2, 0.35),
    "p09_a_column_that_leaks": ("leaking_column", 0.8, 0.9),
    "p10_a_rare_class": ("class_imbalance", 0.6, 0.85),
}


@pytest.fixture(autouse=True)
def folder_of_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


def test_every_program_of_the_folder_is_here() -> None:
    assert {path.stem for path in FOLDER.glob("p*.py")} == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_trains_badly_is_diagnosed_and_trains_well_after_the_change(name: str) -> None:
    expected, at_most, at_least = PROGRAMS[name]
    program = importlib.import_module(name)
    story = sys.modules["story"].live(program.train)
    assert story.score < at_most
    assert story.score_after > at_least
    assert story.finding is not None
    assert story.finding.check == expected
    assert story.finding_after is None


def test_what_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    program = importlib.import_module("p04_learning_rate_too_high")
    monkeypatch.setitem(sys.modules, "__main__", program)
    sys.modules["story"].tell(program.train, "a smaller rate")
    printed = capsys.readouterr().out
    assert "Problem 4" in printed
    assert "learning_rate_high" in printed
    assert "The doctor says: nothing" in printed
