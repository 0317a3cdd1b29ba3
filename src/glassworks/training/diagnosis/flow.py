"""`Flow`: the sizes of gradients and updates of each kernel over a training, of which a bounded number is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from glassworks.training.diagnosis.examination import Examination, Kernel

MOST_POINTS = 256
"""In a longer training, every second of the older points is left out."""


@dataclass
class Flow:
    """What the examinations of one training measured.

    Attributes:
        paths: The kernels, in the order of the layers.
        steps: The number of steps before each examination.
        points: For each examination an array with a row per kernel: the root mean square of its gradient, and its change in a step
            relative to its size; NaN where they are not known.
    """

    paths: tuple[str, ...] = ()
    steps: list[int] = field(default_factory=list)
    points: list[np.ndarray] = field(default_factory=list)

    def add(self, look: Examination) -> None:
        """Add an examination; of several after the same step, the first one counts.

        >>> flow = Flow()
        >>> flow.add(Examination(step=8, kernels=[Kernel("dense/kernel", 0.5, 0.01)]))
        >>> flow.steps, flow.points[0].tolist()
        ([8], [[0.5, 0.01]])
        """
        if not look.kernels or look.step in self.steps[-1:]:
            return
        self.paths = self.paths or tuple(kernel.path for kernel in look.kernels)
        found = {kernel.path: kernel for kernel in look.kernels}
        unknown = Kernel("", np.nan, np.nan)
        self.steps.append(look.step)
        self.points.append(np.array([found.get(path, unknown)[1:] for path in self.paths], np.float64))
        if len(self.steps) > MOST_POINTS:
            old = MOST_POINTS // 2
            self.steps[:old], self.points[:old] = self.steps[:old:2], self.points[:old:2]

    def series(self, column: int) -> dict[str, np.ndarray]:
        """The sizes of the gradients (column 0) or of the updates (column 1) by the name of the layer, or of the kernel where a layer has several."""
        layers = [path.rpartition("/")[0] or path for path in self.paths]
        names = [path if layers.count(layer) > 1 else layer for path, layer in zip(self.paths, layers, strict=True)]
        series = {name: np.array([point[i, column] for point in self.points]) for i, name in enumerate(names)}
        return {name: values for name, values in series.items() if not np.isnan(values).all()}
