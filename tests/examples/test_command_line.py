"""The command lines of all examples: help, mistakes, and where data is looked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from examples.command_line import CommandLine

FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "command_line")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the main function of an example in an empty folder; its exit status and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GLASSWORKS_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def run(example: str, *arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", [f"{example}.py", *arguments])
        with pytest.raises(SystemExit) as stopped:
            import_module(f"examples.{example}").main()
        printed = capsys.readouterr()
        assert list(tmp_path.iterdir()) == []
        return int(stopped.value.code or 0), printed.out + printed.err

    return run


@pytest.mark.parametrize("example", EXAMPLES)
def test_help_shows_defaults_and_runs_nothing(example: str, run: Callable[..., tuple[int, str]]) -> None:
    status, text = run(example, "--help")
    assert status == 0
    options = [option for option in text.split("\n  --") if not option.startswith("usage")]
    assert options
    # All but --data, whose default is a search that its help describes, and --pairs, which has none.
    assert all("(default: " in option for option in options if not option.startswith(("data", "pairs")))


@pytest.mark.parametrize("example", [name for name in EXAMPLES if name != "from_scratch_numpy"])
def test_numbers_that_make_no_sense_and_data_that_is_not_there_are_said_in_one_line(
    example: str, run: Callable[..., tuple[int, str]]
) -> None:
    status, text = run(example, "--epochs", "0")
    assert status == 2 and "argument --epochs: 0 is less than 1" in text
    status, text = run(example, "--data", "nowhere")
    assert status == 2 and "set GLASSWORKS_DATA to the folder that has it" in text


def test_data_is_taken_from_the_argument_then_the_environment_then_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("given", "environment", "here"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").touch()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("GLASSWORKS_DATA", raising=False)
    line = CommandLine("Doc.", "a.csv", "a table")
    assert line.parse([]).data == Path("a.csv")
    monkeypatch.setenv("GLASSWORKS_DATA", str(tmp_path / "environment"))
    assert line.parse([]).data == tmp_path / "environment" / "a.csv"
    assert line.parse(["--data", str(tmp_path / "given")]).data == tmp_path / "given" / "a.csv"
    assert line.parse(["--data", str(tmp_path / "given" / "a.csv")]).data == tmp_path / "given" / "a.csv"
    assert CommandLine("Doc.", "b.csv", "a table", downloads=True).parse([]).data is None
