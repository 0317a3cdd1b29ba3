"""Progress on the screen: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from glassworks import settings
from glassworks.arguments import Integer, Optional, check
from glassworks.errors import ArgumentError

logger = logging.getLogger("glassworks")
_live: ProgressLine | None = None
"""The line that is being rewritten now; other text must not run into it."""

BAR_WIDTH = 20
PLAIN_SECONDS = 30.0


# ---- output


def say(text: str) -> None:
    """Print a line; with `config.disable_interactive_logging()` send it to the logger "glassworks" instead."""
    if settings.is_interactive_logging_enabled():
        if _live is not None and is_live():
            _live.clear()
        print(text, file=sys.stdout, flush=True)
    else:
        logger.info(text)


def is_live() -> bool:
    """Whether a line on the output can be rewritten: a terminal or a notebook, not a file or pipe."""
    if not settings.is_interactive_logging_enabled():
        return False
    if "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ:
        return True
    return bool(getattr(sys.stdout, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def has_colour() -> bool:
    """Whether the output shows colours, and the user has not switched them off (NO_COLOR, https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not is_live():
        return False
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM"))


def _can_print(characters: str) -> bool:
    try:
        characters.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# ---- pieces of text


def number_text(value: Any) -> str:
    """A metric in about 4 digits, of the same width wherever it usually lies.

    >>> number_text(0.971234), number_text(0.0931), number_text(0.00001234), number_text(1234.56), number_text(1.0)
    ('0.9712', '0.0931', '1.234e-05', '1235', '1.0000')
    """
    if getattr(value, "ndim", 0):
        return "[" + ", ".join(number_text(entry) for entry in value) + "]"
    value = float(value)
    return f"{value:.4f}" if value == 0 or 0.01 <= abs(value) < 10 else f"{value:.4g}"


def metric_texts(logs: Mapping[str, Any]) -> list[str]:
    """Logs as `name: value`.

    >>> metric_texts({"accuracy": 0.97123, "loss": 0.0931})
    ['accuracy: 0.9712', 'loss: 0.0931']
    """
    return [f"{name}: {number_text(value)}" for name, value in logs.items()]


def duration_text(seconds: float) -> str:
    """A time span in a readable form.

    >>> duration_text(1.234), duration_text(72), duration_text(7500)
    ('1.2s', '1:12', '2:05:00')
    """
    if seconds < 10:
        return f"{seconds:.1f}s"
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded}s"
    minutes = f"{rounded % 3600 // 60}:{rounded % 60:02d}"
    return minutes if rounded < 3600 else f"{rounded // 3600}:{rounded % 3600 // 60:02d}:{rounded % 60:02d}"


def per_unit_text(seconds: float, unit: str = "step") -> str:
    """The time one step takes.

    >>> per_unit_text(0.00031), per_unit_text(0.0123), per_unit_text(2)
    ('310us/step', '12ms/step', '2.0s/step')
    """
    if seconds >= 1:
        return f"{seconds:.1f}s/{unit}"
    return f"{seconds * 1e3:.0f}ms/{unit}" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/{unit}"


def bar_text(fraction: float, width: int, colour: bool = False) -> str:
    """A bar, filled up to a fraction of its width."""
    filled = int(width * min(max(fraction, 0.0), 1.0))
    full, empty = ("━", "─") if _can_print("━─") else ("=", ".")
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

    On a terminal the line is rewritten in place and cut to the width of the window: first the bar gets shorter,
    then the time per step goes, then the last metrics. Elsewhere a pass gives one line at its end, and a very long
    one a line every half minute.
    """

    def __init__(self, label: str, target: int | None, verbose: int = 1, unit: str = "step", width: int = BAR_WIDTH) -> None:
        self.label, self.target, self.verbose, self.unit, self.width = label, target, verbose, unit, width
        self.live = verbose == 1 and is_live()
        self.step = 0
        self.start = self._last_plain = time.perf_counter()
        self._steps_seconds: float | None = None
        self._shown = 0
        self._colour = self.live and has_colour()

    @property
    def wants(self) -> bool:
        """Whether `show` would print something now, so that logs are worth computing."""
        return self.live or (self.verbose == 1 and time.perf_counter() - self._last_plain >= PLAIN_SECONDS)

    def show(self, step: int, logs: Mapping[str, Any], note: str = "") -> None:
        """Show the state after `step` steps; `note` names another activity ("validating")."""
        self.step = step
        seconds = time.perf_counter() - self.start
        if self.live:
            self._rewrite(self._live_line(seconds, logs, note))
        elif self.wants:
            self._last_plain = time.perf_counter()
            left = f"{duration_text(self._seconds_left(seconds))} left" if self.target else ""
            say(_joined([self.label, f"{self._count()} {self.unit}s", duration_text(seconds), left, *metric_texts(logs)]))

    def steps_done(self) -> None:
        """Stop the clock for the time per step: what follows, such as validation, does not count."""
        self._steps_seconds = time.perf_counter() - self.start

    def finish(self, logs: Mapping[str, Any], step: int | None = None) -> None:
        """Show the final state, which stays on the screen."""
        self.step = step or self.target or self.step
        seconds = time.perf_counter() - self.start
        if not self.verbose:
            return
        if not self.live:
            count = f"{self._count()} {self.unit}s" if self.step else ""
            say(_joined([self.label, count, duration_text(seconds), *metric_texts(logs)]))
            return
        pieces = [self.label, self._count(), duration_text(seconds), self._per_unit(seconds), *metric_texts(logs)]
        first, *others = _wrapped(pieces, _columns())
        self._rewrite(first)
        for line in others:
            sys.stdout.write("\n" + line)
        self.close()

    def clear(self) -> None:
        """Remove the live line from the screen; the next `show` or `finish` prints it again."""
        if self._shown:
            sys.stdout.write("\r" + " " * self._shown + "\r")
        self._shown = 0

    def close(self) -> None:
        """End the live line without changing it."""
        global _live
        if self._shown:
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._shown = 0
        _live = None

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

    def _rewrite(self, line: str) -> None:
        global _live
        _live = self
        width = _width(line)
        # Spaces, instead of an escape sequence, overwrite the rest of the old line: every console supports them.
        sys.stdout.write("\r" + line + " " * (self._shown - width))
        sys.stdout.flush()
        self._shown = width


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
    return max(shutil.get_terminal_size((120 if "ipykernel" in sys.modules else 80, 24)).columns - 1, 10)


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
        self._line = ProgressLine("", target, verbose, unit_name, width)
        self._sums: dict[str, list[float]] = {}
        self._seen = 0
        self._last_shown = 0.0

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
        now = time.perf_counter()
        if finalize:
            self._line.target = self.target
            self._line.finish(logs, current)
        elif self.verbose == 1 and now - self._last_shown >= self.interval:
            self._line.show(current, logs)
            self._last_shown = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Show that `n` more steps are done."""
        self.update(self._seen + n, values)


def _mean(value: Any) -> float:
    return float(value.mean()) if getattr(value, "ndim", 0) else float(value)
