"""Progress on a terminal, in a pipe, in a log; `Progbar` for loops of one's own."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from glassworks import config, layers
from glassworks.errors import ArgumentError
from glassworks.models import Sequential
from glassworks.training import progress
from glassworks.training.callbacks import Callback, LambdaCallback, ProgbarLogger
from glassworks.training.progress import Progbar, ProgressLine

LOGS = {"loss": 0.0931, "accuracy": 0.97123, "val_loss": 0.12345, "val_accuracy": 0.9612}


class Terminal(io.StringIO):
    """A terminal: knows carriage returns, new lines, colours, and the escape sequences that erase a line and go up."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """The lines as one would see them."""
        rows, row, column = [""], 0, 0
        for part in re.findall("\33\\[[0-9;]*[A-Za-z]|[^\33]", self.getvalue()):
            if part == "\n":
                row += 1
                rows += [""] * (row == len(rows))
            if part in "\r\n":
                column = 0
            elif part == "\33[2K":
                rows[row] = ""
            elif part == "\33[1A":
                row -= 1
            elif part.startswith("\33"):
                assert part.endswith("m"), f"an unknown sequence: {part!r}"
            else:
                rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + 1 :]
                column += 1
        return [row.rstrip() for row in rows]


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(progress, "_drawn_at", float("-inf"))
    return clock


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    terminal = Terminal()
    output = SimpleNamespace(stdout=terminal, modules=sys.modules)
    monkeypatch.setattr(progress, "sys", output)
    monkeypatch.setattr("glassworks.display.terminal.sys", output)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "121")
    yield terminal
    progress.clear_screen()


def logger(**params: Any) -> ProgbarLogger:
    made = ProgbarLogger()
    made.set_params({"verbose": 1, "epochs": 5, "steps": 1875} | params)
    made.on_train_begin()
    return made


# ---- not a terminal


def test_in_a_pipe_an_epoch_is_one_line_and_nothing_else(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    made = logger()
    for epoch in range(2):
        made.on_epoch_begin(epoch)
        for step in range(1, 1876, 100):
            clock.now += 0.01
            made.on_progress(step, lambda: pytest.fail("logs cost time and are not shown"))
        made.on_epoch_end(epoch, dict(LOGS))
    made.on_train_end()
    metrics = "loss: 0.0931  accuracy: 0.9712  val_loss: 0.1235  val_accuracy: 0.9612"
    assert capsys.readouterr().out == f"Epoch 1/5  1875/1875 steps  0.2s  {metrics}\nEpoch 2/5  1875/1875 steps  0.2s  {metrics}\n"


def test_a_long_epoch_gives_a_line_every_half_minute(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    made = logger(steps=100)
    made.on_epoch_begin(0)
    for step in range(1, 101):
        clock.now += 1.0
        made.on_progress(step, lambda: {"loss": 0.5})
    made.on_epoch_end(0, {"loss": 0.25})
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 1/5   30/100 steps  30s  1:10 left  loss: 0.5000",
        "Epoch 1/5   60/100 steps  1:00  40s left  loss: 0.5000",
        "Epoch 1/5   90/100 steps  1:30  10s left  loss: 0.5000",
        "Epoch 1/5  100/100 steps  1:40  loss: 0.2500",
    ]


def test_verbose_2_gives_a_line_per_epoch_only_and_0_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, expected in ((2, ["Epoch 1/5  100/100 steps  1:40  loss: 0.2500"]), (0, [])):
        made = logger(steps=100, verbose=verbose)
        made.on_epoch_begin(0)
        for step in range(1, 101):
            clock.now += 1.0
            made.on_progress(step, lambda: {"loss": 0.5})
        made.on_epoch_end(0, {"loss": 0.25})
        assert capsys.readouterr().out.splitlines() == expected


def test_without_a_known_number_of_steps_the_line_counts_and_then_knows(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    made = logger(steps=None)
    for epoch in range(2):
        made.on_epoch_begin(epoch)
        made.on_progress(40, dict)
        made.on_epoch_end(epoch, {"loss": 0.25})
    assert capsys.readouterr().out.splitlines() == ["Epoch 1/5  40 steps  0.0s  loss: 0.2500", "Epoch 2/5  40/40 steps  0.0s  loss: 0.2500"]


def test_evaluation_and_prediction_have_a_line_but_validation_has_none(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    made = logger(steps=10)
    made.on_epoch_begin(0)
    made.on_test_begin()
    made.on_test_end({"loss": 0.5})
    made.on_epoch_end(0, {"loss": 0.25})
    made.on_train_end()
    made.on_test_begin()
    made.on_test_end({"loss": 0.5})
    made.on_predict_begin()
    made.on_predict_end()
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 1/5  10/10 steps  0.0s  loss: 0.2500",
        "Evaluate  10/10 steps  0.0s  loss: 0.5000",
        "Predict  10/10 steps  0.0s",
    ]


def test_without_interactive_logging_lines_go_to_the_logger(
    clock: Clock, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, logger="glassworks"):
            made = logger(steps=10)
            made.on_epoch_begin(0)
            made.on_epoch_end(0, {"loss": 0.25})
    finally:
        config.enable_interactive_logging()
    assert caplog.messages == ["Epoch 1/5  10/10 steps  0.0s  loss: 0.2500"]
    assert capsys.readouterr().out == ""


# ---- a terminal


def test_on_a_terminal_one_line_is_rewritten(clock: Clock, terminal: Terminal) -> None:
    made = logger()
    made.on_epoch_begin(0)
    assert terminal.screen() == ["Epoch 1/5     0/1875  ────────────────────  0.0s"]
    clock.now += 1.0
    made.on_progress(375, lambda: {"loss": 0.5})
    assert terminal.screen() == ["Epoch 1/5   375/1875  ━━━━────────────────  4.0s left  3ms/step  loss: 0.5000"]
    clock.now += 4.0
    made.on_test_begin()
    clock.now += 5.0
    made.on_progress(12, dict)
    assert terminal.screen() == ["Epoch 1/5  1875/1875  ━━━━━━━━━━━━━━━━━━━━  validating 12  loss: 0.5000"]
    made.on_test_end({"loss": 1.0})
    made.on_epoch_end(0, dict(LOGS))
    line = "Epoch 1/5  1875/1875  10s  3ms/step  loss: 0.0931  accuracy: 0.9712  val_loss: 0.1235  val_accuracy: 0.9612"
    assert terminal.screen() == [line, ""]
    assert not re.search("\33\\[[0-9;]*m", terminal.getvalue()), "no colours"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (95, "Epoch 1/5   375/1875  ━━━━────────────────  4.0s left  3ms/step  loss: 0.0931  accuracy: 0.9712"),
        (94, "Epoch 1/5   375/1875  ━━────────  4.0s left  3ms/step  loss: 0.0931  accuracy: 0.9712"),
        (80, "Epoch 1/5   375/1875  ━━────────  4.0s left  loss: 0.0931  accuracy: 0.9712"),
        (70, "Epoch 1/5   375/1875  4.0s left  loss: 0.0931  accuracy: 0.9712"),
        (50, "Epoch 1/5   375/1875  4.0s left  loss: 0.0931"),
        (40, "Epoch 1/5   375/1875  loss: 0.0931"),
        (24, "Epoch 1/5   375/1875"),
        (12, "Epoch 1/5"),
    ],
)
def test_the_live_line_never_wraps(columns: int, line: str, clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns + 1))
    made = ProgressLine("Epoch 1/5", 1875)
    clock.now += 1.0
    made.show(375, {"loss": 0.0931, "accuracy": 0.97123})
    assert terminal.screen() == [line]
    assert len(line) <= columns


def test_the_line_that_stays_wraps_between_metrics(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "51")
    made = ProgressLine("Epoch 1/5", 10)
    made.finish(LOGS)
    assert terminal.screen() == [
        "Epoch 1/5  10/10  0.0s  0us/step  loss: 0.0931",
        "  accuracy: 0.9712  val_loss: 0.1235",
        "  val_accuracy: 0.9612",
        "",
    ]


def test_other_text_takes_the_place_of_the_live_line_which_comes_back(clock: Clock, terminal: Terminal) -> None:
    made = logger(steps=10)
    made.on_epoch_begin(0)
    progress.say("a word from a callback")
    made.on_epoch_end(0, {"loss": 0.5})
    assert terminal.screen() == ["a word from a callback", "Epoch 1/5  10/10  0.0s  0us/step  loss: 0.5000", ""]


def test_ctrl_c_leaves_the_line_as_it_stands(clock: Clock, terminal: Terminal) -> None:
    made = logger(steps=10)
    made.on_epoch_begin(0)
    clock.now += 1
    made.on_progress(5, lambda: {"loss": 0.5})
    made.on_interrupt()
    made.on_train_end()
    assert terminal.screen() == ["Epoch 1/5   5/10  ━━━━━━━━━━──────────  1.0s left  200ms/step  loss: 0.5000", ""]


def test_colour_is_used_only_where_the_user_wants_it(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    ProgressLine("", 10).show(5, {})
    assert "\33[32m━━━━━━━━━━\33[0m\33[90m" in terminal.getvalue()


def test_a_console_without_these_characters_gets_plain_ones(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminal, "encoding", "cp1252")
    ProgressLine("", 10).show(5, {})
    assert "==========.........." in terminal.getvalue()


def test_a_dumb_terminal_gets_plain_lines(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    made = logger(steps=10)
    made.on_epoch_begin(0)
    made.on_epoch_end(0, {})
    assert terminal.getvalue() == "Epoch 1/5  10/10 steps  0.0s\n"


def test_what_the_program_prints_appears_above_the_live_line(clock: Clock, terminal: Terminal) -> None:
    with progress.screen():
        made = logger(steps=10)
        made.on_epoch_begin(0)
        print("from a callback")
        print("without a new line", end="")
        clock.now += 1
        made.on_progress(5, lambda: {"loss": 0.5})
        assert terminal.screen()[0] == "from a callback"
        assert terminal.screen()[-1].startswith("Epoch 1/5   5/10  ━━━━━━━━━━──────────")
        made.on_epoch_end(0, {"loss": 0.5})
    assert [line.split("  ")[0] for line in terminal.screen()[1:]] == ["without a new line", "Epoch 1/5", ""]


def test_epochs_that_take_no_time_only_print_their_results(clock: Clock, terminal: Terminal) -> None:
    made = logger(steps=10)
    for epoch in range(3):
        made.on_epoch_begin(epoch)
        made.on_progress(10, dict)
        made.on_epoch_end(epoch, {"loss": 0.5})
        clock.now += 0.01
    assert len(terminal.screen()) == 4
    assert "Epoch 1/5   0/10" in terminal.getvalue() and "Epoch 2/5   0/10" not in terminal.getvalue()


def test_predict_begins_and_ends_within_the_block_that_guards_the_screen() -> None:
    seen = []

    class Looks(Callback):
        def on_predict_begin(self, logs: object = None) -> None:
            seen.append(progress._screens)

        def on_predict_end(self, logs: object = None) -> None:
            seen.append(progress._screens)

    Sequential([layers.Input((2,)), layers.Dense(1)]).predict(np.zeros((4, 2)), callbacks=[Looks()], verbose=0)
    assert seen == [1, 1] and progress._screens == 0


@pytest.mark.parametrize("where", ["a terminal", "a notebook"])
def test_an_error_leaves_the_screen_in_order(where: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "a notebook":
        monkeypatch.setenv("PYCHARM_HOSTED", "1")
    before = sys.stdout
    monkeypatch.setattr(progress, "_drawn_at", float("-inf"))
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")

    def fail(batch: int, logs: object) -> None:
        raise RuntimeError("from a callback")

    with pytest.raises(RuntimeError):
        model.fit(np.zeros((4, 2)), np.zeros((4, 1)), callbacks=[LambdaCallback(on_train_batch_end=fail)])
    assert sys.stdout is before
    assert [line[:9] for line in terminal.screen()] == ["Epoch 1/1", ""]


def test_a_notebook_gets_no_escape_sequences_but_colours(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYCHARM_HOSTED", "1")
    made = logger(steps=10)
    made.on_epoch_begin(0)
    clock.now += 1.0
    made.on_progress(5, lambda: {"loss": 0.5})
    assert terminal.screen() == ["Epoch 1/5   5/10  ━━━━━━━━━━──────────  1.0s left  200ms/step  loss: 0.5000"]
    clock.now += 1.0
    made.on_epoch_end(0, {"loss": 0.25})
    assert terminal.screen() == ["Epoch 1/5  10/10  2.0s  200ms/step  loss: 0.2500", ""]
    assert "\33" not in terminal.getvalue()


def test_a_pipe_does_not_import_rich() -> None:
    program = """
import sys, numpy as np, glassworks as keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 2)), np.zeros((4, 1)), epochs=2)
raise SystemExit("rich" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, stdout=subprocess.PIPE).returncode == 0


# ---- Progbar


def test_progbar_averages_values_except_stateful_ones(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progbar(4, stateful_metrics=["last"])
    bar.update(1, [("mean", 1.0), ("last", 1.0)])
    bar.add(3, [("mean", np.array([2.0, 2.0])), ("last", 7.0)])
    assert capsys.readouterr().out == "4/4 steps  0.0s  mean: 1.7500  last: 7.0000\n"


def test_progbar_with_stateless_metrics_averages_only_those(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progbar(2, stateless_metrics=["mean"], unit_name="sample", verbose=2)
    bar.update(1, [("mean", 1.0), ("last", 1.0)])
    bar.update(2, [("mean", 2.0), ("last", 7.0)])
    assert capsys.readouterr().out == "2/2 samples  0.0s  mean: 1.5000  last: 7.0000\n"


def test_progbar_of_unknown_length_ends_when_told(clock: Clock, terminal: Terminal) -> None:
    bar = Progbar(None)
    for step in range(1, 4):
        clock.now += 0.04  # below the interval: every second update is shown
        bar.update(step, [("loss", 1.0)])
    assert terminal.getvalue().count("loss") == 2
    bar.update(4, finalize=True)
    assert terminal.screen() == ["4  0.1s  30ms/step  loss: 1.0000", ""]


def test_a_progbar_that_is_left_before_its_end_takes_no_output_of_the_program(clock: Clock, terminal: Terminal) -> None:
    before = sys.stdout
    Progbar(10).update(3)
    assert sys.stdout is before and "3/10" in terminal.screen()[0]


def test_progbar_refuses_both_lists_and_a_target_that_is_no_number() -> None:
    with pytest.raises(ArgumentError, match="one of them"):
        Progbar(3, stateful_metrics=["a"], stateless_metrics=["b"])
    with pytest.raises(ArgumentError, match="target=-1"):
        Progbar(-1)
