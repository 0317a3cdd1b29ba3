"""Time Glassworks and the installed peers on the same data, in one run: `python -m benchmarks.run`.

Every peer runs in a process of its own with two threads; OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are unset, since they
make NumPy slower than it is. The figure is the median over epochs, after one epoch to warm up.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.workloads import STANDARD, WORKLOADS

ROOT = Path(__file__).resolve().parents[1]
THREADS = "2"


def environment(peer: str) -> dict[str, str]:
    """The environment of a child: two threads, nothing that slows NumPy down."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    env |= {"OMP_NUM_THREADS": THREADS, "OPENBLAS_NUM_THREADS": THREADS, "MKL_NUM_THREADS": THREADS, "JAX_PLATFORMS": "cpu"}
    env |= {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    if peer.startswith("keras-"):
        env["KERAS_BACKEND"] = peer.removeprefix("keras-")
    return env


def measure(peer: str, workload: str, epochs: int) -> dict[str, Any]:
    """What one peer gives on one workload: `{"seconds": [...]}` or `{"skipped": reason}`."""
    needs = [PEERS[peer][1], *(["keras"] if peer.startswith("keras-") else [])]
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    if missing:
        return {"skipped": f"{missing[0]} is not installed"}
    command = [sys.executable, "-m", "benchmarks.child", peer, workload, str(epochs)]
    done = subprocess.run(command, cwd=ROOT, env=environment(peer), capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        return {"skipped": f"failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def per_step(result: dict[str, Any], workload: str) -> float:
    """Microseconds per step, or per prediction."""
    count = WORKLOADS[workload].steps if WORKLOADS[workload].batch else 200
    return statistics.median(result["seconds"]) / count * 1e6


def table(results: dict[str, dict[str, Any]], workload: str) -> str:
    """The results of one workload, fastest first, with ratios to the best peer."""
    timed = {peer: per_step(result, workload) for peer, result in results.items() if "seconds" in result}
    peers_only = [value for peer, value in timed.items() if peer != "glassworks"]
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
    parser.add_argument("--json", help="also write the results to this file")
    options = parser.parse_args(arguments)
    everything: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "python": platform.python_version()}
    for workload in options.workload:
        results = {peer: measure(peer, workload, options.epochs) for peer in options.peers}
        print(table(results, workload), end="\n\n", flush=True)
        everything[workload] = results
    if options.json:
        Path(options.json).write_text(json.dumps(everything, indent=1))
    return everything


if __name__ == "__main__":
    main()
