"""`python -m tests.training.resuming.campaign`: every kind of run stopped in every way, and training processes killed at random times.

Prints a line per failure, and the counts. `--cases` takes a part of the runs that are stopped in this process, `--kills` says how many processes
are killed by SIGKILL, `--terms` by SIGTERM and `--interrupts` by SIGINT.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import glassworks as keras
from glassworks.training.resuming import folder_backup
from tests.training.resuming.runs import DATA, MODELS, OPTIMIZERS, Case, Stop, StopError, assert_same, outcome

WAYS = ["ctrl-c", "raise", "callback"]
STOPS: list[tuple[int, int | None]] = [(0, 2), (0, 5), (1, None), (1, 3), (2, 1)]


def cases() -> Iterator[Case]:
    """Models x optimizers x engines on arrays, and each kind of data with each model."""
    for model, optimizer, engine in itertools.product(MODELS, OPTIMIZERS, ["native", "reference"]):
        yield Case(model, optimizer, "arrays", engine, "mixed_float16" if optimizer == "loss scale" else "float32")
    for model, data in itertools.product(MODELS, DATA):
        yield Case(model, "sgd", data)


def stop_in_process(case: Case, way: str, stop: tuple[int, int | None], place: Path, expected: dict[str, Any]) -> None:
    """One run that is stopped once and goes on with another seed."""
    folder = Path(tempfile.mkdtemp(dir=place)) / "run"

    def options() -> dict[str, Any]:
        return {"callbacks": [keras.callbacks.BackupAndRestore(folder, save_freq=2)]} if way == "callback" else {"resume": folder}

    first = options()
    callbacks = [*first.pop("callbacks", []), Stop(*stop, "raise" if way == "callback" else way)]
    with contextlib.suppress(StopError):
        case.fit(place, callbacks=callbacks, **first)
    # Without a checkpoint the second process begins, with the seed of the first one.
    same_seed = case.data == "generator" or not list(folder.glob("*.json"))
    assert_same(outcome(case.fit(place, seed=1 if same_seed else 2, **options())), expected)


def digest(model: Any) -> str:
    return hashlib.sha256(repr(sorted(outcome(model).items())).encode()).hexdigest()


def child(number: int, folder: str, place: str) -> None:
    """A training process: a run of many short epochs, whose state is written as often as possible."""
    folder_backup.SECONDS, folder_backup.SHARE, folder_backup.FREE_SECONDS = 0.0, 1e9, 1e9
    case = list(cases())[number]
    print("begins", flush=True)
    model = case.fit(Path(place), epochs=40, **({"resume": folder} if folder else {}))
    print(digest(model), flush=True)


def start(number: int, folder: Path | str, place: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.training.resuming.campaign", "--child", str(number), str(folder), str(place)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_until_done(number: int, left: list[int], place: Path, draw: random.Random, counts: Counter[str]) -> str:
    """Start a run again and again, and end it at random times by up to six signals, which are taken from `left`; what failed, or nothing."""
    reference = start(number, "", place).communicate()[0].split()[-1]
    folder = Path(tempfile.mkdtemp(dir=place)) / "run"
    few = 6
    while True:
        process, sent = start(number, folder, place), left[-1] if left and few else None
        assert process.stdout is not None
        if sent is not None:
            process.stdout.readline()
            time.sleep(draw.uniform(0.0, 1.5))
            began = time.perf_counter()
            process.send_signal(sent)
        output, errors = process.communicate()
        if sent is not None and process.returncode:
            name = signal.Signals(sent).name
            counts[name] += 1
            left.pop()
            few -= 1
            counts["slowest end in ms"] = max(counts["slowest end in ms"], int(1000 * (time.perf_counter() - began)))
            wanted = {signal.SIGKILL: (-9,), signal.SIGTERM: (143, -15), signal.SIGINT: (130, -2, 1)}[signal.Signals(sent)]
            if process.returncode not in wanted:
                return f"{name} ended it with {process.returncode}: {errors[-2000:]}"
            counts["torn files"] += any(".tmp-" in path.name for path in folder.glob(".*"))
            continue
        if process.returncode:
            return f"it failed: {errors[-2000:]}"
        last = output.split()[-1]
        if "goes on from it" in output:  # Ctrl-C: fit returned, with an early history
            counts["SIGINT"] += 1
            left.pop()
            few -= 1
            continue
        shutil.rmtree(folder)
        return "" if last == reference else f"another end: {last[:12]} in place of {reference[:12]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10**6)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--terms", type=int, default=20)
    parser.add_argument("--interrupts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=3)
    options = parser.parse_args()
    if options.child:
        child(int(options.child[0]), *options.child[1:])
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)
    draw, failures, began = random.Random(options.seed), 0, time.perf_counter()
    everything = list(itertools.product(cases(), WAYS, STOPS))
    chosen = sorted(draw.sample(range(len(everything)), min(options.cases, len(everything))))
    with tempfile.TemporaryDirectory() as temporary:
        place, expected = Path(temporary), {}
        for number in chosen:
            case, way, stop = everything[number]
            if case not in expected:
                expected = {case: outcome(case.fit(place))}
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    stop_in_process(case, way, stop, place, expected[case])
            except Exception as error:
                failures += 1
                print(f"FAILED {case} {way} {stop}: {str(error)[:500]}", flush=True)
        print(f"{len(chosen)} runs stopped in this process, {failures} failures, {time.perf_counter() - began:.0f} s", flush=True)
        counts: Counter[str] = Counter()
        signals = [signal.SIGKILL] * options.kills + [signal.SIGTERM] * options.terms + [signal.SIGINT] * options.interrupts
        draw.shuffle(signals)
        runs = 0
        while signals and runs < 200:
            runs += 1
            problem = kill_until_done(draw.randrange(len(list(cases()))), signals, place, draw, counts)
            if problem:
                failures += 1
                print(f"FAILED {problem}", flush=True)
        print(f"{runs} runs, whose processes ended by {dict(counts)}; {failures} failures, {time.perf_counter() - began:.0f} s")
    return bool(failures)


if __name__ == "__main__":
    os.environ.setdefault("GLASSWORKS_NUM_THREADS", "1")
    sys.exit(main())
