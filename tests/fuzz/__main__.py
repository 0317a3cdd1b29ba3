"""`python -m tests.fuzz`: run random models and op graphs, report what fails, and cut failures down to small programs."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.fuzz.worker import make
from tests.fuzz.workers import Worker

KINDS = ("model", "ops")
SECONDS_BETWEEN_REPORTS = 60.0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--case", metavar="KIND:SEED", help="run this one case, as a failure names it, and print it as a program")
    parser.add_argument("--models", type=int, default=None, help="how many models (default: as many as fit)")
    parser.add_argument("--graphs", type=int, default=None, help="how many op graphs (default: as many as fit)")
    parser.add_argument("--seconds", type=float, default=None, help="stop after this time (default 60 if no counts are given)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; case n of a run has seed SEED + n")
    parser.add_argument("--no-keras", action="store_true", help="compare the engines with each other only")
    parser.add_argument("--no-shrink", action="store_true", help="report failures as they are")
    parser.add_argument("--most-failures", type=int, default=20, help="the number of failures to stop after")
    return parser.parse_args()


def cases(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Kinds and seeds; four op graphs for each model where only the time is limited."""
    if options.models is None and options.graphs is None:
        for seed in itertools.count(options.seed):
            yield "model", seed
            yield from (("ops", 4 * seed + i) for i in range(4))
    for kind, count in (("model", options.models), ("ops", options.graphs)):
        yield from ((kind, options.seed + n) for n in range(count or 0))


def report(kind: str, seed: int, reply: dict[str, Any], worker: Worker, shrink: bool) -> None:
    """Print a failure, with a small program that shows it."""
    print(f"\n{kind}:{seed}  {reply['category']}: {reply['detail'].rstrip()}", flush=True)
    if not shrink:
        return
    from tests.fuzz.shrink import shrink as shrunk
    from tests.fuzz.write import program

    case = shrunk(make(kind, seed), reply["category"], worker)
    print(f"--- python -m tests.fuzz --case {kind}:{seed} --- cut down to:\n{program(case)}---", flush=True)


def main() -> int:
    """Run; the exit status says whether all cases passed."""
    options = arguments()
    end = time.monotonic() + (options.seconds or (60 if options.models is None and options.graphs is None else 1e9))
    if options.case:
        kind, _, seed = options.case.partition(":")
        chosen: Iterator[tuple[str, int]] = iter([(kind, int(seed))])
    else:
        chosen = cases(options)
    counts, failures = dict.fromkeys(KINDS, 0), 0
    results = {"compared": 0, "hopeless": 0, "keras": 0}
    told = time.monotonic()
    with Worker(not options.no_keras) as worker:
        for kind, seed in chosen:
            if time.monotonic() > told + SECONDS_BETWEEN_REPORTS:
                told = time.monotonic()
                print(f"... {counts['model']} models, {counts['ops']} op graphs, {failures} failures", file=sys.stderr, flush=True)
            if time.monotonic() > end or failures >= options.most_failures:
                break
            reply = worker.ask(kind=kind, seed=seed)
            counts[kind] += 1
            for name in results:
                results[name] += reply.get(name, 0)
            if reply["status"] != "ok":
                failures += 1
                report(kind, seed, reply, worker, not options.no_shrink)
    print(
        f"{counts['model']} models and {counts['ops']} op graphs, {failures} failures; {results['compared']} results compared, "
        f"{results['hopeless']} too ill-conditioned to compare, {results['keras']} compared with Keras"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
