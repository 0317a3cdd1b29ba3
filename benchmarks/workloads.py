"""What is timed: dense networks of the sizes that introductions use, on MNIST where it is at hand; and the networks of `networks`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.networks import NETWORKS, Network


@dataclass(frozen=True)
class Workload:
    """A network and how it is trained.

    Attributes:
        name: The name on the command line.
        inputs: Features of a sample.
        hidden: Units of the hidden layers (ReLU).
        outputs: Classes (softmax, cross-entropy).
        batch: Samples per step; 0 means: predict one row at a time.
        optimizer: "adam" or "sgd".
        dropout: Rate after each hidden layer.
        batch_norm: Whether a batch normalisation comes before each ReLU.
        samples: How much of the data one epoch takes.
    """

    name: str
    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    batch: int
    optimizer: str = "adam"
    dropout: float = 0.0
    batch_norm: bool = False
    samples: int = 60_000

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.samples // max(self.batch, 1)

    @property
    def flops(self) -> int:
        """Arithmetic of the matrix products of one step: forward, and twice that backward (less the first layer's input gradient)."""
        sizes = [self.inputs, *self.hidden, self.outputs]
        products = [2 * a * b for a, b in pairwise(sizes)]
        if not self.batch:
            return sum(products)
        return self.batch * (3 * sum(products) - products[0])


WORKLOADS: dict[str, Workload | Network] = {
    workload.name: workload
    for workload in (
        Workload("mlp-32", 784, (128,), 10, 32, dropout=0.2),
        Workload("mlp-128", 784, (128,), 10, 128, dropout=0.2),
        Workload("wide-128", 784, (512, 512), 10, 128, dropout=0.2, batch_norm=True, samples=20_000),
        Workload("online-sgd", 784, (128, 64), 10, 1, optimizer="sgd", samples=4_000),
        Workload("deep-32", 64, (64,) * 19, 10, 32, samples=20_000),
        Workload("predict-one", 784, (128, 64), 10, 0, samples=2_000),
        Workload("tiny", 8, (4,), 3, 16, samples=256),
        *NETWORKS.values(),
    )
}
STANDARD = [name for name in WORKLOADS if name != "tiny"]


def data(workload: Workload | Network) -> tuple[np.ndarray, np.ndarray]:
    """Inputs in 0..1 and class numbers: MNIST for 784 inputs where its file is found, else random numbers of the same shape."""
    if isinstance(workload, Network):
        return workload.data()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("GLASSWORKS_DATA", beside)) / "mnist.npz"
    if workload.inputs == 784 and path.exists():
        with np.load(path) as file:
            x, y = file["x_train"][: workload.samples], file["y_train"][: workload.samples]
        return np.divide(x.reshape(len(x), -1), 255, dtype="float32"), y.astype("int32")
    rng = np.random.default_rng(0)
    x = rng.random((workload.samples, workload.inputs), dtype="float32")
    return x, rng.integers(0, workload.outputs, workload.samples).astype("int32")
