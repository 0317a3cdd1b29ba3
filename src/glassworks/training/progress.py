"""Progress on the screen: one line that is rewritten on a terminal or in a notebook, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from glassworks import settings
from glassworks.arguments import Integer, Optional, check
from glassworks.display.numbers import duration_text, number_text, per_unit_text
from glassworks.display.terminal import can_print, columns, has_colour, is_notebook, is_terminal
from glassworks.errors import ArgumentError

if TYPE_CHECKING:
    from rich.live import Live

logger = logging.getLogger("glassworks")

BAR_WIDTH = 20
LIVE_SECONDS = 0.1
"""The time between two drawings of the live line."""
PLAIN_SECONDS = 30.0


# ---- output


def say(text: str) -> None:
    """Print a line; with `config.disable_interactive_logging()` send it to the logger "glassworks" instead."""
    if settings.is_interactive_logging_enabled():
        clear_screen()
        print(text, file=sys.stdout, flush=True)
    else:
        logger.info(text)


class _TerminalLine:
    """A line of a terminal that is rewritten in place, by rich; what the program prints meanwhile within `screen` appears above it.

    Rich's own thread is not used: the line is drawn by the thread that trains, between two steps. Nor is rich's progress bar, whose drawing
    takes 0.58 ms, seven times as long as that of a text (0.08 ms). The cursor stays visible, so that a program that is killed leaves nothing
    to restore.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(
            file=sys.stdout, force_terminal=True, force_jupyter=False, width=columns(), highlight=False, markup=False, emoji=False
        )
        console.show_cursor = lambda show=True: False  # type: ignore[method-assign]  # see above
        self._live: Live = Live(console=console, auto_refresh=False, redirect_stdout=_screens > 0, redirect_stderr=False)
        self._live.start()

    def write(self, line: str) -> None:
        from rich.text import Text

        text = Text.from_ansi(line)
        text.no_wrap, text.overflow = True, "crop"
        self._live.update(text, refresh=True)

    def close(self, keep: bool) -> None:
        sys.stdout.flush()  # what the program printed without a new line
        self._live.transient = not keep
        self._live.stop()


class _NotebookLine:
    """A line of a notebook, or of the console of an IDE, that is rewritten in place.

    Spaces, instead of an escape sequence, overwrite the rest of the old line: every console supports them. Rich would need ipywidgets here.
    """

    def __init__(self) -> None:
        self._shown = 0

    def write(self, line: str) -> None:
        width = _width(line)
        sys.stdout.write("\r" + line + " " * (self._shown - width))
        sys.stdout.flush()
        self._shown = width

    def close(self, keep: bool) -> None:
        sys.stdout.write("\n" if keep else "\r" + " " * self._shown + "\r")
        sys.stdout.flush()


_shown: _TerminalLine | _NotebookLine | None = None
"""The line that is being rewritten now."""
_screens = 0
"""How many `screen` blocks are open. Only they are sure to end a line, and so may take what the program prints."""
_drawn_at = float("-inf")
"""When a line was drawn last. Passes over the data that end sooner than the interval only print their result."""


def _rewrite(line: str) -> None:
    global _shown, _drawn_at
    if _shown is None:
        _shown = _NotebookLine() if is_notebook() else _TerminalLine()
    _shown.write(line)
    _drawn_at = time.perf_counter()


def clear_screen(keep: bool = False) -> None:
    """End the live line, if there is one, so that other text takes its place or, with `keep`, follows it."""
    global _shown
    line, _shown = _shown, None
    if line is not None:
        line.close(keep)


@contextmanager
def screen() -> Iterator[None]:
    """A block that leaves no live line behind if an error ends it: the line stays as it is, and what is printed next follows it."""
    global _screens
    _screens += 1
    try:
        yield
    except BaseException:
        clear_screen(keep=True)
        raise
    finally:
        _screens -= 1


def is_live() -> bool:
    """Whether a line on the output can be rewritten: a terminal or a notebook, not a file or pipe."""
    return settings.is_interactive_logging_enabled() and (is_notebook() or is_terminal())


# ---- pieces of text


def metric_texts(logs: Mapping[str, Any]) -> list[str]:
    """Logs as `name: value`.

    >>> metric_texts({"accuracy": 0.97123, "loss": 0.0931})
    ['accuracy: 0.9712', 'loss: 0.0931']
    """
    return [f"{name}: {number_text(value)}" for name, value in logs.items()]


def bar_text(fraction: float, width: int, colour: bool = False) -> str:
    """A bar, filled up to a fraction of its width."""
    filled = int(width * min(max(fraction, 0.0), 1.0))
    full, empty = ("━", "─") if can_print("━─") else ("=", ".")
    if colour:
        return f"\33[32m{full * filled}\33[90m{empty * (width - filled)}\33[0m"
    return full * filled + empty * (width - filled)


# ---- one pass over the data


class ProgressLine:
    """The line that shows how far a pass over the data is.

    Args:
        label: The text at the start of the line: `"Epoch 3/5"`.
        target: The number of steps, None if it is not known.
        verbose: 1 for a live line on a terminal, 2 for one line at the end only.
        unit: What is counted.
        width: The width of the bar.
        interval: The least time between two drawings of the live line, in seconds.

    On a terminal the line is rewritten in place and cut to the width of the window: first the bar gets shorter,
    then the time per step goes, then the last metrics. Elsewhere a pass gives one line at its end, and a very long
    one a line every half minute.
    """

    def __init__(
        self,
        label: str,
        target: int | None,
        verbose: int = 1,
        unit: str = "step",
        width: int = BAR_WIDTH,
        interval: float = LIVE_SECONDS,
    ) -> None:
        self.label, self.target, self.verbose, self.unit, self.width, self.interval = label, target, verbose, unit, width, interval
        self.live = verbose == 1 and is_live()
        self.step = 0
        self.start = self._last_plain = time.perf_counter()
        self._steps_seconds: float | None = None
        self._colour = self.live and has_colour()

    @property
    def wants(self) -> bool:
        """Whether `show` would print something now, so that logs are worth computing."""
        now = time.perf_counter()
        return now - _drawn_at >= self.interval if self.live else self.verbose == 1 and now - self._last_plain >= PLAIN_SECONDS

    def show(self, step: int, logs: Mapping[str, Any], note: str = "") -> None:
        """Show the state after `step` steps, if it is time for that; `note` names another activity ("validating")."""
        self.step = step
        if not self.wants:
            return
        now = time.perf_counter()
        seconds = now - self.start
        if self.live:
            _rewrite(self._live_line(seconds, logs, note))
            return
        self._last_plain = now
        left = f"{duration_text(self._seconds_left(seconds))} left" if self.target else ""
        say(_joined([self.label, f"{self._count()} {self.unit}s", duration_text(seconds), left, *metric_texts(logs)]))

    def steps_done(self) -> None:
        """Stop the clock for the time per step: what follows, such as validation, does not count."""
        self._steps_seconds = time.perf_counter() - self.start

    def finish(self, logs: Mapping[str, Any], step: int | None = None) -> None:
        """Show the final state, which stays on the screen."""
        global _drawn_at
        self.step = step or self.target or self.step
        seconds = time.perf_counter() - self.start
        if not self.verbose:
            return
        if not self.live:
            count = f"{self._count()} {self.unit}s" if self.step else ""
            say(_joined([self.label, count, duration_text(seconds), *metric_texts(logs)]))
            return
        pieces = [self.label, self._count(), duration_text(seconds), self._per_unit(seconds), *metric_texts(logs)]
        say("\n".join(_wrapped(pieces, _columns())))
        _drawn_at = self.start + seconds

    def _count(self) -> str:
        if not self.target:
            return f"{self.step}"
        return f"{self.step:>{len(str(self.target))}}/{self.target}"

    def _seconds_left(self, seconds: float) -> float:
        return seconds / max(self.step, 1) * max((self.target or 0) - self.step, 0)

    def _per_unit(self, seconds: float) -> str:
        return per_unit_text((self._steps_seconds or seconds) / self.step, self.unit) if self.step else ""

    def _live_line(self, seconds: float, logs: Mapping[str, Any], note: str) -> str:
        per_unit, metrics = self._per_unit(seconds), metric_texts(logs)
        left = f"{duration_text(self._seconds_left(seconds))} left" if self.target and self.step else duration_text(seconds)
        times = [note] if note else [left, per_unit]
        every = len(metrics)
        # The candidates go from the most to the least detailed; the first that fits is shown.
        layouts = [(self.width, times, every), (self.width // 2, times, every), (self.width // 2, times[:1], every), (0, times[:1], every)]
        layouts += [(0, times[:1], count) for count in range(every - 1, 0, -1)] + [(0, [], count) for count in range(every, -1, -1)]
        for width, shown_times, count in layouts:
            bar = bar_text(self.step / self.target, width, self._colour) if self.target and width else ""
            line = _joined([self.label, self._count(), bar, *shown_times, *metrics[:count]])
            if _width(line) <= _columns():
                return line
        return line[: _columns()]


def _joined(pieces: Iterable[str]) -> str:
    return "  ".join(piece for piece in pieces if piece)


def _wrapped(pieces: list[str], columns: int) -> list[str]:
    """Pieces joined into as many lines as needed; a final line is wrapped, not cut."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if piece and len(lines[-1]) + 2 + len(piece) <= columns:
            lines[-1] += f"  {piece}" if lines[-1] else piece
        elif piece:
            lines.append(f"  {piece}")
    return lines


def _width(line: str) -> int:
    for code in ("\33[32m", "\33[90m", "\33[0m"):
        line = line.replace(code, "")
    return len(line)


def _columns() -> int:
    # One column less than the window has: a full line makes some consoles wrap.
    return max(columns() - 1, 10)


# ---- Keras's public class


class Progbar:
    """A progress bar for loops of your own, as `keras.utils.Progbar`.

    Args:
        target: The number of steps, None if it is not known.
        width: The width of the bar.
        verbose: 0 for nothing, 1 for a live bar on a terminal, 2 for one line at the end.
        interval: The least time between two updates, in seconds.
        stateful_metrics: Names of values to show as they are; others are averaged over the steps.
        stateless_metrics: The reverse: names of values to average; others are shown as they are.
        unit_name: What is counted.

    Raises:
        ArgumentError: Both lists are given, or a target that is not a number of steps.

    >>> bar = Progbar(3, verbose=2)
    >>> for step in range(3):
    ...     bar.update(step + 1, [("loss", 1.0 / (step + 1))])  # doctest: +ELLIPSIS
    3/3 steps  0.0s  loss: 0.6111
    """

    def __init__(
        self,
        target: int | None,
        width: int = BAR_WIDTH,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        check("Progbar", {"target": Optional(Integer(minimum=0)), "width": Integer(minimum=0)}, target=target, width=width)
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ArgumentError(
                "stateful_metrics and stateless_metrics", "one of them", "each is the list of exceptions from the other", where="Progbar"
            )
        self.target, self.width, self.verbose, self.interval, self.unit_name = target, width, verbose, interval, unit_name
        self._averaged = None if stateless_metrics is None else frozenset(stateless_metrics)
        self._as_they_are = frozenset(stateful_metrics or ())
        self._line = ProgressLine("", target, verbose, unit_name, width, interval)
        self._sums: dict[str, list[float]] = {}
        self._seen = 0

    def update(self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None) -> None:
        """Show that `current` steps are done.

        Args:
            current: Steps so far.
            values: Pairs of a name and its value for the steps since the last update.
            finalize: Whether this is the last update; by default when the target is reached.
        """
        steps = max(current - self._seen, 1)
        for name, value in values or ():
            averaged = name in self._averaged if self._averaged is not None else name not in self._as_they_are
            total, count = self._sums.get(name, (0.0, 0)) if averaged else (0.0, 0)
            self._sums[name] = [total + _mean(value) * steps, count + steps]
        self._seen = current
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        logs = {name: total / count for name, (total, count) in self._sums.items()}
        if finalize:
            self._line.target = self.target
            self._line.finish(logs, current)
        else:
            self._line.show(current, logs)

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Show that `n` more steps are done."""
        self.update(self._seen + n, values)


def _mean(value: Any) -> float:
    return float(value.mean()) if getattr(value, "ndim", 0) else float(value)
