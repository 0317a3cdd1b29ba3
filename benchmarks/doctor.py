"""The cost of the doctor: `python -m benchmarks.doctor` alternates trainings with and without it, and prints the ratio of their times.

Each network is trained on data that it can learn, as most are, with two threads; a pair of trainings gives one ratio, and the figure is their
median. Looking into the network once more takes time at the end of a training that learned nothing, which the second figure shows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.environment import environment, run_child
from benchmarks.workloads import WORKLOADS, data

NETWORKS = {"mlp-128": 15, "convnet": 6, "lstm": 6}
"""Workload -> epochs of a training, which takes some seconds."""


def learnable(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The data of a workload, with inputs that say something about the targets where they are random."""
    x, y = data(WORKLOADS[name])
    if name == "convnet":
        x = x * 0.5
        for row, label in zip(x, y, strict=True):
            row[2 * label : 2 * label + 6, 4:24] += 0.5
    elif name == "lstm":
        x = np.where((y == 1) & (np.random.default_rng(1).random(x.shape) < 0.3), x % 1000, x).astype("int32")
    return x, y


def child(name: str, rounds: int, learns: bool) -> None:
    """Alternate trainings with and without the doctor; print the seconds of each as JSON."""
    import glassworks as keras
    from benchmarks.peers.keras_like import build

    workload = WORKLOADS[name]
    x, y = learnable(name)
    if not learns:
        y = np.random.default_rng(2).permutation(y)
    seconds: dict[str, list[float]] = {"warn": [], "off": []}
    for number in range(rounds + 1):
        for doctor in ("warn", "off") if number % 2 else ("off", "warn"):
            keras.utils.set_random_seed(0)
            model = build(keras, workload)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(x[: workload.batch], y[: workload.batch], batch_size=workload.batch, verbose=0, doctor="off")  # plan the step
                start = time.perf_counter()
                model.fit(x, y, batch_size=workload.batch, epochs=NETWORKS[name], verbose=0, doctor=doctor)
            if number:
                seconds[doctor].append(time.perf_counter() - start)
    print(json.dumps(seconds))


def measure(name: str, rounds: int, learns: bool = True) -> dict[str, Any]:
    """The result of `child` in a process of its own."""
    return run_child(["-m", "benchmarks.doctor", "--child", name, str(rounds), str(int(learns))], environment())


def table(results: dict[str, dict[str, Any]]) -> str:
    """The cost of the doctor per network."""
    lines = ["the doctor: seconds of a training without and with it, and the median of the ratios"]
    for name, result in results.items():
        if "skipped" in result:
            lines.append(f"  {name:<28}{result['skipped']}")
            continue
        ratios = [on / off for on, off in zip(result["warn"], result["off"], strict=True)]
        low, middle, high = min(ratios) - 1, statistics.median(ratios) - 1, max(ratios) - 1
        off, on = statistics.median(result["off"]), statistics.median(result["warn"])
        lines.append(f"  {name:<28}{off:8.2f}{on:8.2f}   {middle:+.1%} ({low:+.1%} to {high:+.1%})")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=5, help="pairs of trainings")
    options = parser.parse_args(arguments)
    results = {name: measure(name, options.rounds) for name in options.networks}
    results |= {f"{name}, learning nothing": measure(name, options.rounds, learns=False) for name in options.networks}
    print(table(results))
    return results


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), bool(int(sys.argv[4])))
    else:
        main()
