"""The op table of `tests/ops` as a source of calls: `row("conv", 3)(x, kernel)` is the fourth sample of `conv`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.table import EAGER_ONLY, ROWS

# Rows whose results are random, of a size that depends on numbers, or unique up to signs only.
LEFT_OUT = {*EAGER_ONLY, "svd", "eig", "eigh", "qr", "vectorize", "custom_gradient", "view", "nextafter"}
_SAMPLES: dict[str, list[tuple[Any, tuple]]] = {}
for _row in ROWS:
    for _arrays in _row.inputs:
        if _arrays and _row.name not in LEFT_OUT and not any(np.iscomplexobj(a) for a in _arrays):
            _SAMPLES.setdefault(_row.name, []).append((_row, _arrays))
ROW_NAMES: list[tuple[str, int]] = [(name, i) for name, samples in sorted(_SAMPLES.items()) for i in range(len(samples))]


def row_inputs(name: str, number: int) -> tuple:
    """The sample arrays of a call."""
    return _SAMPLES[name][number][1]


def caller(ops: Any) -> Callable[[str, int], Callable]:
    """`row` for a library's ops."""

    def row(name: str, number: int) -> Callable:
        chosen, op = _SAMPLES[name][number][0], getattr(ops, name)
        return (lambda *arrays: chosen.call(op, *arrays)) if chosen.call else op

    return row
