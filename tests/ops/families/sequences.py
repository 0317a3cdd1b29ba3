"""Rows of ops that take sequences apart."""

from __future__ import annotations

import numpy as np

from glassworks import ops
from tests.ops.rows import Row, normal


def every_second(x: np.ndarray, axis: int) -> np.ndarray:
    parts = np.moveaxis(x, axis, 0)[::2]
    return sum(np.sin(part) * (number + 1) for number, part in enumerate(parts))


ROWS = [
    Row(
        "unstack",
        lambda x, axis=axis: every_second(x, axis),
        [(normal(*shape),)],
        call=lambda op, x, axis=axis: sum(ops.sin(part) * (number + 1.0) for number, part in enumerate(op(x, axis=axis)[::2])),
    )
    for shape, axis in (((3, 4), 0), ((2, 5, 3), 1), ((2, 3, 4), -1), ((2, 1), 1), ((1, 3), 0))
]
WRONG = [("unstack", lambda op: op(np.ones((2, 3)), num=4, axis=1), ["num=4", "size 3"])]
