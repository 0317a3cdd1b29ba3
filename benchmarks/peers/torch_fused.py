"""PyTorch, eager, with the fused Adam."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

from benchmarks.networks import Network
from benchmarks.peers import torch_networks
from benchmarks.workloads import Workload


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray, compiled: bool = False) -> Callable[[], None]:
    """A function that runs one epoch."""
    if isinstance(workload, Network):
        if compiled:
            raise NotImplementedError("dense networks only")
        return torch_networks.prepare(workload, x, y)
    torch.set_num_threads(2)
    sizes = [workload.inputs, *workload.hidden]
    layers: list[torch.nn.Module] = []
    for a, b in pairwise(sizes):
        layers.append(torch.nn.Linear(a, b))
        if workload.batch_norm:
            layers.append(torch.nn.BatchNorm1d(b))
        layers.append(torch.nn.ReLU())
        if workload.dropout:
            layers.append(torch.nn.Dropout(workload.dropout))
    model = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], workload.outputs))
    adam = workload.optimizer == "adam"
    optimizer = torch.optim.Adam(model.parameters(), fused=True) if adam else torch.optim.SGD(model.parameters(), 0.01)
    loss_of = torch.nn.CrossEntropyLoss()
    data, labels = torch.from_numpy(x), torch.from_numpy(y).long()

    def loss(rows: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return loss_of(model(rows), wanted)

    forward, criterion = (torch.compile(model), torch.compile(loss)) if compiled else (model, loss)

    def predict() -> None:
        model.eval()
        with torch.inference_mode():
            for i in range(200):
                torch.softmax(forward(data[i : i + 1]), -1)

    def epoch() -> None:
        order = torch.randperm(len(data))
        for i in range(workload.steps):
            rows = order[i * workload.batch : (i + 1) * workload.batch]
            optimizer.zero_grad(set_to_none=True)
            criterion(data[rows], labels[rows]).backward()
            optimizer.step()

    return epoch if workload.batch else predict
