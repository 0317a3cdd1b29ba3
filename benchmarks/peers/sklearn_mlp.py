"""scikit-learn's MLPClassifier; it has no dropout and no batch normalisation, so those workloads are not comparable and skipped."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.networks import Network
from benchmarks.workloads import Workload


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    if isinstance(workload, Network):
        raise NotImplementedError("dense networks only")
    if workload.batch_norm:
        raise NotImplementedError("no batch normalisation")
    model = MLPClassifier(workload.hidden, solver=workload.optimizer, batch_size=max(workload.batch, 1), max_iter=1, momentum=0.0)
    warnings.simplefilter("ignore")
    if not workload.batch:
        model.set_params(batch_size=200).fit(x, y)
        return lambda: [model.predict_proba(x[i : i + 1]) for i in range(200)] and None
    return lambda: model.fit(x, y) and None
