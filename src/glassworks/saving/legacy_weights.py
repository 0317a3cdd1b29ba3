"""Arrays of Keras 1 and 2 in the layouts of today: recurrent layers of cuDNN, and the state of optimizers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks.graph import Variable
from glassworks.saving.restore import Plan, Stored

if TYPE_CHECKING:
    from glassworks.optimizers import Optimizer


class _Converted:
    """A stored array in another layout, converted when it is read."""

    def __init__(self, stored: Stored, shape: Sequence[int], convert: Callable[[np.ndarray], np.ndarray]) -> None:
        self.shape, self.dtype, self._stored, self._convert = tuple(shape), stored.dtype, stored, convert

    def read(self) -> np.ndarray:
        return self._convert(self._stored.read())


def converted(own: Sequence[Variable], stored: Sequence[Stored]) -> list[Stored]:
    """The arrays for the weights of a layer; those of a CuDNNLSTM or CuDNNGRU get the layout of LSTM and GRU.

    cuDNN has two biases, and its kernels are transposed gate by gate.
    """
    result = list(stored)
    for start in range(0, len(stored) - 2, 3) if len(own) == len(stored) and len(own) % 3 == 0 else ():
        kernel, recurrent, bias = stored[start : start + 3]
        if len(recurrent.shape) != 2 or len(kernel.shape) != 2 or recurrent.shape[0] == 0:
            continue
        units = recurrent.shape[0]
        gates, wanted = recurrent.shape[1] // units, own[start + 2].shape
        if gates not in (3, 4) or recurrent.shape[1] != gates * units or tuple(bias.shape) != (2 * gates * units,):
            continue
        if gates == 4 and wanted == (4 * units,):
            result[start + 2] = _Converted(bias, wanted, lambda array: np.sum(np.split(array, 2), axis=0))
        elif gates == 3 and wanted == (2, 3 * units):
            result[start + 2] = _Converted(bias, wanted, lambda array: array.reshape(2, -1))
        else:
            continue
        result[start] = _Converted(kernel, kernel.shape, _by_gate(gates, lambda gate: gate.T.reshape(gate.shape, order="F")))
        result[start + 1] = _Converted(recurrent, recurrent.shape, _by_gate(gates, lambda gate: gate.T))
    return result


def _by_gate(gates: int, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda array: np.hstack([change(gate) for gate in np.hsplit(array, gates)])


# The names of slots in Keras 2, by optimizer where they differ, and the names here.
_SLOTS = {
    "m": "momentum",
    "momentum": "momentum",
    "v": "velocity",
    "vhat": "velocity_hat",
    "v_hat": "velocity_hat",
    "rms": "velocity",
    "velocity": "velocity",
    "mg": "average_gradient",
    "average_gradient": "average_gradient",
    "u": "norm",
    "accumulator": "accumulator",
    "linear": "linear",
    "accum_grad": "accumulated_grad",
    "accumulated_grad": "accumulated_grad",
    "accum_var": "accumulated_delta_var",
    "accumulated_delta_var": "accumulated_delta_var",
}
_OF_OPTIMIZER = {("Adamax", "v"): "norm"}
_COUNTERS = ("iter", "iteration", "iterations")
_RATES = ("learning_rate", "current_learning_rate")


def assign_optimizer(plan: Plan, optimizer: Optimizer, arrays: Mapping[str, Stored]) -> bool:
    """Plan the assignment of an optimizer's state; False if it does not fit.

    Args:
        plan: What is to be assigned.
        optimizer: The optimizer, built.
        arrays: The arrays of the file in its order: as here in files of Keras 3; in those of Keras 2 the paths say which slot each is.
    """
    own = list(optimizer.variables)
    pairs = list(zip(own, arrays.values(), strict=False))
    is_same = len(own) == len(arrays) and all(":" not in name for name in arrays)
    if not is_same:
        pairs = _by_slot(optimizer, own, arrays) if any(":" in name for name in arrays) else []
    if not pairs or any(tuple(variable.shape) != tuple(stored.shape) or stored.dtype.kind not in "fiu" for variable, stored in pairs):
        return False
    plan.assignments += pairs
    return True


def _by_slot(optimizer: Optimizer, own: list[Variable], arrays: Mapping[str, Stored]) -> list[tuple[Variable, Stored]]:
    """Pairs of variables and the arrays of Keras 2, or none if a slot is not known, or has another number of arrays."""
    slots: dict[str, list[Stored]] = {}
    counter: Stored | None = None
    is_new = "iteration:0" in arrays  # since 2.11: optimizer/slot/variable; before: optimizer/variable/slot
    for path, stored in arrays.items():
        parts = path.removesuffix(":0").split("/")
        if parts[-1] in _COUNTERS:
            counter = stored
        elif parts[-1] not in _RATES:
            name = parts[1] if is_new and len(parts) > 1 else parts[-1]
            slot = _OF_OPTIMIZER.get((type(optimizer).__name__, name), _SLOTS.get(name, ""))
            slots.setdefault(slot, []).append(stored)
    pairs: list[tuple[Variable, Stored]] = [] if counter is None else [(own[0], counter)]
    for slot, stored_slots in slots.items():
        variables = [variable for variable in own if variable.path.endswith(f"_{slot}")]
        if not slot or len(variables) != len(stored_slots):
            return []
        pairs += zip(variables, stored_slots, strict=True)
    has_slots = any(variable.shape for variable in own)
    return pairs if slots or not has_slots else []
