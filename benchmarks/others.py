"""What is measured besides training steps: large products, the time to the first epoch, later epochs, and peak memory."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.environment import environment, run_child

_GEMM = """
import json, sys, time, numpy as np
who, size = sys.argv[1], 2048
x = np.random.default_rng(0).normal(size=(size, size)).astype("float32")
if who == "glassworks":
    from glassworks.engine.native.program import NativeProgram
    from glassworks.graph import Primitive, Spec, apply, trace
    from glassworks import ops
    square = Spec((size, size), "float32")
    program = NativeProgram(trace(lambda a, b: apply(Primitive.known["matmul"], a, b), square, square))
    run = lambda: program(x, x)
elif who == "numpy":
    run = lambda: x @ x
elif who == "torch":
    import os, torch
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    t = torch.from_numpy(x)
    run = lambda: t @ t
run()
times = []
for _ in range(12):
    start = time.perf_counter(); run(); times.append(time.perf_counter() - start)
print(json.dumps({"seconds": times}))
"""

_FIRST_EPOCH = """
import json, os, sys, time
who = sys.argv[1]
if who != "glassworks":
    os.environ["KERAS_BACKEND"] = who.removeprefix("keras-")
import numpy as np
if who == "glassworks":
    import glassworks as keras
else:
    import keras
from benchmarks.workloads import WORKLOADS, data
from benchmarks.peers.keras_like import build
x, y = data(WORKLOADS["mlp-32"])
build(keras, WORKLOADS["mlp-32"]).fit(x, y, batch_size=int(sys.argv[2]), epochs=1, verbose=0)
print(json.dumps({"done": time.time()}))
"""

_MEMORY = """
import json, resource, sys
who = sys.argv[1]
from benchmarks.workloads import WORKLOADS, data
import importlib
from benchmarks.peers import PEERS
workload = WORKLOADS["mlp-128"]
x, y = data(workload)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
epoch = importlib.import_module(f"benchmarks.peers.{PEERS[who][0]}").prepare(workload, x, y)
for _ in range(2):
    epoch()
print(json.dumps({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "with the data alone": before / 1024}))
"""

_LATER_EPOCHS = """
import json, sys, time, numpy as np
import glassworks as keras
inputs, hidden, batch = json.loads(sys.argv[1])
rng = np.random.default_rng(0)
x, y = rng.random((9600, inputs), dtype="float32"), rng.integers(0, 10, 9600).astype("int32")
layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
model = keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x[:batch], y[:batch], batch_size=batch, epochs=20, verbose=0)
for layer in layers:
    # Half of the units have had gradients, and never have one again: their moments decay.
    layer.bias.assign(np.where(np.arange(layer.units) % 2, layer.bias.numpy(), -1e3))
seconds = []
for _ in range(10):
    start = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds}))
"""


def gemm() -> dict[str, Any]:
    """GFLOP/s of a 2048-cubed float32 product, one and two threads."""
    found: dict[str, Any] = {}
    for _ in range(2):
        for threads in ("1", "2"):
            for who in ("glassworks", "numpy", "torch"):
                result = run_child(["-c", _GEMM, who], environment(threads=threads))
                if "seconds" in result:
                    found.setdefault(f"{who}, {threads} thread{'s' * (threads == '2')}", []).append(
                        2 * 2048**3 / statistics.median(result["seconds"]) / 1e9
                    )
    return {name: max(values) for name, values in found.items()}


def first_epoch() -> dict[str, Any]:
    """Seconds from the start of the process to the end of the first MNIST epoch: Python, imports, reading the data, planning, training."""
    import time

    found: dict[str, Any] = {}
    for who, batch in (("glassworks", 32), ("glassworks", 128), ("keras-jax", 32), ("keras-torch", 128)):
        times = []
        for _ in range(3):
            start = time.time()
            result = run_child(["-c", _FIRST_EPOCH, who, str(batch)], environment())
            if "done" in result:
                times.append(result["done"] - start)
        if times:
            found[f"{who}, batch {batch}"] = statistics.median(times)
    return found


def later_epochs() -> dict[str, Any]:
    """The tenth epoch over the first, where half of the hidden units are dead: what their moments decay into must cost nothing."""
    found: dict[str, Any] = {}
    for name, network in (("784-128-10", (784, (128,), 32)), ("20 layers of 64", (64, (64,) * 19, 32))):
        for threads in ("1", "2"):
            ratios = []
            for _ in range(3):
                result = run_child(["-c", _LATER_EPOCHS, json.dumps(network)], environment(threads=threads))
                if "seconds" in result:
                    ratios.append(result["seconds"][9] / result["seconds"][0])
            if ratios:
                found[f"{name}, {threads} thread{'s' * (threads == '2')}"] = statistics.median(ratios)
    return found


def memory() -> dict[str, Any]:
    """Peak megabytes of a process that trains mlp-128 for two epochs, the float32 data set (188 MB) and Python included."""
    found = {}
    for who in ("glassworks", "torch", "jax-jit", "keras-jax"):
        result = run_child(["-c", _MEMORY, who], environment(who))
        if "megabytes" in result:
            found[who] = result["megabytes"]
            found.setdefault("the data and NumPy alone (peak while scaling it)", result["with the data alone"])
    return found


MEASURES: dict[str, Callable[[], dict[str, Any]]] = {
    "gemm": gemm,
    "first-epoch": first_epoch,
    "later-epochs": later_epochs,
    "memory": memory,
}


def table(name: str, found: dict[str, Any]) -> str:
    """The results of one measure."""
    unit = {
        "gemm": "GFLOP/s, 2048 cubed, float32",
        "first-epoch": "seconds from process start to the end of an MNIST epoch",
        "later-epochs": "time of the tenth epoch over that of the first, at most 1.1",
        "memory": "MB at the peak",
    }[name]
    return "\n".join([f"{name}: {unit}", *(f"  {who:<50}{value:9.2f}" for who, value in found.items())])


if __name__ == "__main__":
    for measure in sys.argv[1:] or list(MEASURES):
        print(table(measure, MEASURES[measure]()), flush=True)
