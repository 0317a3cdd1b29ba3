"""One peer on one workload, in a process of its own: prints the seconds of each epoch as JSON."""

from __future__ import annotations

import importlib
import json
import sys
import time

from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS, data


def main(peer: str, name: str, epochs: int) -> None:
    """Warm up with one epoch, then time the others."""
    workload = WORKLOADS[name]
    x, y = data(workload)
    try:
        epoch = importlib.import_module(f"benchmarks.peers.{PEERS[peer][0]}").prepare(workload, x, y)
    except NotImplementedError as reason:
        print(json.dumps({"skipped": str(reason)}))
        return
    if hasattr(epoch, "several"):
        print(json.dumps({"seconds": epoch.several(epochs)}))
        return
    epoch()
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
