"""`insight.profile`: the times of stations add up, by layer and in the trace file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Input, Sequential, config, insight, layers
from glassworks.errors import ArgumentError, StateError

X, Y = np.ones((16, 4), "float32"), np.ones((16, 1), "float32")


def model(compiled: bool = True) -> Sequential:
    made = Sequential([Input((4,)), layers.Dense(8, "relu", name="hidden"), layers.Dense(1, name="out")], name="small")
    if compiled:
        made.compile("adam", "mse")
    return made


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_the_times_by_layer_and_in_the_tables_add_up(engine: str) -> None:
    config.set_engine(engine)
    result = insight.profile(model(), X, Y, steps=3)
    assert result.seconds > 0 and result.least_seconds > 0
    assert sum(entry["seconds"] for entry in result.layers().values()) == pytest.approx(result.seconds)
    assert sum(entry["flops"] for entry in result.layers().values()) == pytest.approx(sum(s.flops for s in result.stations), rel=0.01)
    assert {"hidden", "out", "optimizer adam"} <= set(result.layers())
    times = [entry["seconds"] for entry in result.layers().values()]
    assert times == sorted(times, reverse=True)
    text = str(result)
    assert "one train step on a batch of 16" in text and "hidden" in text and "Of limit" in text
    assert result._repr_html_().count("<table") == 2


def test_operations_of_a_layer_are_those_of_its_products() -> None:
    flops = {name: entry["flops"] for name, entry in insight.profile(model(), X, steps=1).layers().items()}
    assert flops["hidden"] == 2 * 16 * 4 * 8 + 16 * 8 + 16 * 8
    assert flops["out"] == 2 * 16 * 8 * 1 + 16


def test_without_targets_a_prediction_is_measured() -> None:
    assert "one predict step" in insight.profile(model(compiled=False), X, steps=1).title
    with pytest.raises(StateError, match="compile"):
        insight.profile(model(compiled=False), X, Y)
    with pytest.raises(ArgumentError, match="steps=0"):
        insight.profile(model(), X, steps=0)


def test_measuring_changes_no_weight() -> None:
    one = model()
    before = one.get_weights()
    insight.profile(one, X, Y, steps=5)
    assert all(np.array_equal(a, b) for a, b in zip(before, one.get_weights(), strict=True))
    assert one.optimizer.iterations.numpy() == 0


def test_the_trace_file_has_stations_within_waves_within_the_step(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    result = insight.profile(model(), X, Y, steps=3, path=path)
    trace = json.loads(path.read_text())
    events: list[dict[str, Any]] = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert {event["ph"] for event in trace["traceEvents"]} == {"M", "X"}
    assert all({"name", "cat", "ts", "dur", "pid", "tid", "args"} <= set(event) for event in events)
    by_kind = {kind: [event for event in events if event["cat"] == kind] for kind in ("step", "wave", "station")}
    (step,) = by_kind["step"]
    assert len(by_kind["station"]) == len(result.stations)
    assert step["dur"] == pytest.approx(result.seconds * 1e6, abs=0.01)
    assert sum(event["dur"] for event in by_kind["station"]) == pytest.approx(step["dur"], abs=0.01 * len(events))
    assert sum(event["dur"] for event in by_kind["wave"]) == pytest.approx(step["dur"], abs=0.01 * len(events))
    for station in by_kind["station"]:
        around = [wave for wave in by_kind["wave"] if wave["ts"] - 0.01 <= station["ts"] and _end(station) <= _end(wave) + 0.01]
        assert around, station
    ends = [0.0, *(_end(event) for event in by_kind["station"])]
    assert all(event["ts"] >= end - 0.01 for event, end in zip(by_kind["station"], ends, strict=False)), "one after the other"


def _end(event: dict[str, Any]) -> float:
    return event["ts"] + event["dur"]
