"""`profile`: where the time of a step goes, by station of the program and by layer, and as a trace file for Perfetto."""

from __future__ import annotations

import json
import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassworks.arguments import Integer, check
from glassworks.display import Table
from glassworks.display.numbers import share_text, short_text
from glassworks.engine import Machine, StationReport, machine
from glassworks.insight.stations import cut, share_of_limit, totals
from glassworks.training.fit import as_batch

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure


class Profile:
    """Where the time of one step goes; print it.

    Attributes:
        title: The model, the kind of step, and the rows of the batch.
        stations: What each station of the program does, costs and takes; a `StationReport` each.
        seconds: The time of all stations, one after the other.
        least_seconds: The time that the machine needs at the limit of its arithmetic and memory.
    """

    def __init__(self, title: str, stations: list[StationReport], roof: Machine) -> None:
        self.title, self.stations, self._roof = title, stations, roof
        self.seconds = sum(station.seconds or 0.0 for station in stations)
        self.least_seconds = sum(roof.least_seconds(station.flops, station.bytes) for station in stations)

    def table(self) -> Table:
        """A row per station, in the order in which they run."""
        rows = [
            [
                f"{station.wave}{'*' if station.threads else ''}",
                cut(", ".join(station.layers), 40),
                cut(" > ".join(station.ops), 60),
                short_text(station.flops),
                short_text(station.bytes),
                _time(station.seconds),
                share_text((station.seconds or 0.0) / self.seconds) if self.seconds else "",
                share_text(share_of_limit(station, self._roof)),
            ]
            for station in self.stations
        ]
        heads = ["Wave", "For", "Ops", "FLOPs", "Bytes", "Time", "Of step", "Of limit"]
        return Table(heads, rows, "rllrrrrr", title=self.title, notes=totals(self.stations, self._roof))

    def layers(self) -> dict[str, dict[str, float]]:
        """The time and operations by layer, the slowest first: name -> `{"seconds": ..., "flops": ...}`.

        Forward and backward pass of a layer count together, as do an optimizer and each loss and metric. The time of a station that several
        of them share is divided by their operations.
        """
        found: dict[str, dict[str, float]] = {}
        for station in self.stations:
            names = station.layers or ("others",)
            flops = station.layer_flops or (station.flops,) * len(names)
            weights = [max(count, 1) for count in flops]
            for name, count, weight in zip(names, flops, weights, strict=True):
                entry = found.setdefault(name.removesuffix(" (gradient)") or "others", {"seconds": 0.0, "flops": 0.0})
                entry["seconds"] += (station.seconds or 0.0) * weight / sum(weights)
                entry["flops"] += count
        return dict(sorted(found.items(), key=lambda item: -item[1]["seconds"]))

    def layer_table(self) -> Table:
        """A row per layer, the slowest first."""
        rows = [
            [name, _time(entry["seconds"]), share_text(entry["seconds"] / self.seconds) if self.seconds else "", short_text(entry["flops"])]
            for name, entry in self.layers().items()
        ]
        return Table(["Layer", "Time", "Of step", "FLOPs"], rows, "lrrr", title="By layer, forward and backward together")

    def trace_events(self) -> dict[str, Any]:
        """The step in the trace event format of Chrome, which https://ui.perfetto.dev opens: the step, in it its waves, in them its stations.

        The stations follow one another, as they were measured; when the program runs, those of one wave may run at the same time.

        Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU ("complete events", `"ph": "X"`, in microseconds).
        """
        process, thread = os.getpid(), 1
        names = [("process_name", "glassworks"), ("thread_name", "stations, one after the other")]
        events: list[dict[str, Any]] = [
            {"ph": "M", "name": name, "pid": process, "tid": thread, "args": {"name": text}} for name, text in names
        ]

        def event(name: str, kind: str, start: float, seconds: float, **arguments: object) -> dict[str, Any]:
            times = {"ts": round(start * 1e6, 3), "dur": round(seconds * 1e6, 3)}
            return {"ph": "X", "name": name, "cat": kind, **times, "pid": process, "tid": thread, "args": arguments}

        events.append(event(self.title, "step", 0.0, self.seconds))
        clock = 0.0
        for wave in dict.fromkeys(station.wave for station in self.stations):
            members = [station for station in self.stations if station.wave == wave]
            events.append(event(f"wave {wave}", "wave", clock, sum(station.seconds or 0.0 for station in members)))
            for station in members:
                numbers = {"flops": station.flops, "bytes": station.bytes, "of limit": round(share_of_limit(station, self._roof), 4)}
                texts = {"layers": ", ".join(station.layers), "ops": " > ".join(station.ops), "results": station.shape}
                name = texts["layers"] or texts["ops"]
                events.append(event(name, "station", clock, station.seconds or 0.0, **texts, **numbers, all_threads=station.threads))
                clock += station.seconds or 0.0
        return {"traceEvents": events, "displayTimeUnit": "ns"}

    def save(self, path: str | PathLike[str]) -> None:
        """Write the trace file, which https://ui.perfetto.dev and chrome://tracing open."""
        Path(path).write_text(json.dumps(self.trace_events()), encoding="utf-8")

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.layer_table()}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table().html() + self.layer_table().html()


def profile(
    model: Model, x: Data, y: Structure = None, sample_weight: Structure = None, steps: int = 50, path: str | PathLike[str] | None = None
) -> Profile:
    """Measure where the time of one step goes: by station of the compiled program, and by layer.

    Each station runs by itself, on zeros, and its mean time is taken; weights, state and random generators stay as they are. Side by side, as
    stations of one wave run in a real step, they can take less.

    Args:
        model: The model.
        x: The inputs of one batch.
        y: Its targets: with them the training step of a compiled model is measured, without them a prediction.
        sample_weight: A weight per sample.
        steps: Over how many runs the mean is taken.
        path: Where to save the step as a trace file for https://ui.perfetto.dev; not at all by default.

    Returns:
        The times; `print` shows them as tables.

    Raises:
        StateError: There are targets, and the model is not compiled.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input(shape=(4,)), layers.Dense(8, name="hidden"), layers.Dense(1, name="out")])
    >>> model.compile("sgd", "mse")
    >>> result = insight.profile(model, np.ones((32, 4)), np.ones((32, 1)), steps=2)
    >>> {"hidden", "out"} <= set(result.layers())
    True
    """
    check("insight.profile", {"steps": Integer(minimum=1)}, steps=steps)
    trainer = model._trainer
    mode = "predict" if y is None else "train"
    if mode == "train":
        trainer.require_compiled("fit")
    data = as_batch(trainer, (x, y, sample_weight))
    trainer.prepare(mode, data)
    program = trainer.programs.program(mode, data)
    program.measure(steps)
    rows = program.graph.inputs[0].shape if program.graph.inputs else ()
    title = f"Model {model.name!r}: one {mode} step" + (f" on a batch of {rows[0]}" if rows else "")
    result = Profile(title, program.stations(), machine())
    if path is not None:
        result.save(path)
    return result


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e6:.1f} us"
