"""Time Glassworks and the installed peers on the same data, in one run: `python -m benchmarks.run`.

Every peer runs in a process of its own with two threads; OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are unset, since they
make NumPy slower than it is. The figure is the median over epochs, after one epoch to warm up.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import others
from benchmarks.environment import environment, run_child
from benchmarks.peers import OURS, PEERS
from benchmarks.workloads import STANDARD, WORKLOADS


def measure(peer: str, workload: str, epochs: int) -> dict[str, Any]:
    """What one peer gives on one workload: `{"seconds": [...]}` or `{"skipped": reason}`."""
    needs = [PEERS[peer][1], *(["keras"] if peer.startswith("keras-") else [])]
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    if missing:
        return {"skipped": f"{missing[0]} is not installed"}
    return run_child(["-m", "benchmarks.child", peer, workload, str(epochs)], environment(peer))


def per_step(result: dict[str, Any], workload: str) -> float:
    """Microseconds per step, or per prediction."""
    count = WORKLOADS[workload].steps if WORKLOADS[workload].batch else 200
    return statistics.median(result["seconds"]) / count * 1e6


def table(results: dict[str, dict[str, Any]], workload: str) -> str:
    """The results of one workload, fastest first, with ratios to the best peer."""
    timed = {peer: per_step(result, workload) for peer, result in results.items() if "seconds" in result}
    peers_only = [value for peer, value in timed.items() if peer not in OURS]
    best = min(peers_only) if peers_only else None
    what = "microseconds per step" if WORKLOADS[workload].batch else "microseconds per prediction"
    lines = [f"{workload}: {what}; {WORKLOADS[workload].flops / 1e6:.2f} million operations in matrix products"]
    for peer, value in sorted(timed.items(), key=lambda item: item[1]):
        ratio = f"{best / value:6.2f}x the speed of the best peer" if best else ""
        lines.append(f"  {peer:<18}{value:10.1f}   {ratio}")
    lines += [f"  {peer:<18}{'-':>10}   {result['skipped']}" for peer, result in results.items() if "skipped" in result]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", nargs="*", default=STANDARD, choices=list(WORKLOADS))
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2, help="how often each peer is started")
    parser.add_argument("--others", nargs="*", default=list(others.MEASURES), choices=list(others.MEASURES), help="besides the workloads")
    parser.add_argument("--json", help="also write the results to this file")
    options = parser.parse_args(arguments)
    everything: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "python": platform.python_version()}
    for workload in options.workload:
        results: dict[str, Any] = {}
        # Round after round, so that a slow minute of a shared machine meets every peer.
        for _ in range(options.rounds):
            for peer in options.peers:
                if "skipped" not in results.get(peer, {}):
                    found = measure(peer, workload, options.epochs)
                    results[peer] = (
                        {"seconds": results[peer]["seconds"] + found["seconds"]} if peer in results and "seconds" in found else found
                    )
        print(table(results, workload), end="\n\n", flush=True)
        everything[workload] = results
    for name in options.others:
        everything[name] = others.MEASURES[name]()
        print(others.table(name, everything[name]), end="\n\n", flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(everything, indent=1))
    return everything


if __name__ == "__main__":
    main()
