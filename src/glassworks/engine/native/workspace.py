"""`Workspace`: the memory that programs use while they run. Those of one model share one, and run one at a time."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from glassworks.engine.native.core import native
from glassworks.engine.native.ir.plan import DerivedConstant
from glassworks.engine.native.turn import Turn


class Workspace:
    """Memory for what lives only within a run, as large as the largest of its programs needs.

    Attributes:
        memory: The core's part of it.
        turn: Lets one program run at a time.
        derived: What is computed from variables for its programs, by variable and function, as long as one of them needs it.
    """

    def __init__(self) -> None:
        self.memory = native.Workspace()
        self.turn = Turn()
        self.derived: weakref.WeakValueDictionary[Any, DerivedConstant] = weakref.WeakValueDictionary()
        self._filled: dict[tuple[str, bytes], np.ndarray] = {}

    def contiguous(self, array: np.ndarray) -> np.ndarray:
        """The numbers of an array one after the other. Arrays of one number, such as gradients that are zero, share their memory."""
        if array.size <= 1 or any(array.strides):
            array = np.ascontiguousarray(array)
            return array if array.ndim == 1 else array.reshape(-1)
        number = array[(0,) * array.ndim]
        key = (array.dtype.name, number.tobytes())
        known = self._filled.get(key)
        if known is None or known.size < array.size:
            size = array.size if known is None else max(array.size, 2 * known.size)
            known = self._filled[key] = np.full(size, number)
        return known[: array.size]

    def shares(self, array: np.ndarray) -> bool:
        """Whether the memory of an array is shared with other programs."""
        return any(array.base is filled for filled in self._filled.values())
