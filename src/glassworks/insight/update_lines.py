"""The lines of NumPy that move a weight, for the common optimizers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from glassworks import optimizers
from glassworks.graph import Variable
from glassworks.insight.lines import Lines


def update_lines(
    optimizer: optimizers.Optimizer, variable: Variable, gradient: np.ndarray, after: dict[Variable, np.ndarray]
) -> Lines | None:
    """The lines for one weight, or None for an optimizer whose update is not written here (or one that clips, averages and the like).

    In them `w` is the weight, `g` its gradient, `lr` the learning rate, `m` and `v` the averages that the optimizer keeps, `t` the number of the step.

    Args:
        optimizer: The model's optimizer.
        variable: The weight, with its value before the step.
        gradient: Its gradient.
        after: The value of each variable after the step.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    write = _UPDATES.get(type(inner))
    if write is None or variable not in after:
        return None
    names = {
        "w": variable.numpy(),
        "g": gradient,
        "lr": float(np.asarray(inner.learning_rate)),
        "t": int(np.asarray(inner.iterations)) + 1,
        **_slots(inner, variable),
    }
    lines = write(inner)
    new = Lines(lines, names, {}).run().get("w_new")
    old, wanted = np.asarray(names["w"], np.float64), np.asarray(after[variable], np.float64)
    # A step that is much smaller than the weight would be lost in a tolerance for weights, so the step is what is compared.
    tolerance = 2e-3 * np.max(np.abs(wanted - old), initial=0.0) + 4 * np.finfo(after[variable].dtype).eps * np.max(
        np.abs(old), initial=0.0
    )
    if new is None or not np.all(np.abs(np.asarray(new, np.float64) - wanted) <= tolerance):
        return None
    return Lines(lines, {name: array for name, array in names.items() if _reads(lines, name)}, {"w_new": after[variable]})


def _reads(lines: list[str], name: str) -> bool:
    return any(re.search(rf"\b{name}\b", line) for line in lines)


def _slots(optimizer: optimizers.Optimizer, variable: Variable) -> dict[str, np.ndarray]:
    prefix = variable.path.replace("/", "_") + "_"
    short = {"momentum": "m", "velocity": "v"}
    slots = {slot.name.removeprefix(prefix): slot for slot in optimizer.variables if slot.name.startswith(prefix)}
    return {short[name]: slot.numpy() for name, slot in slots.items() if name in short and slot.shape == variable.shape}


def _sgd(optimizer: optimizers.SGD) -> list[str]:
    if not optimizer.momentum:
        return ["w_new = w - lr * g"]
    return [
        f"m = {optimizer.momentum:g} * m - lr * g",
        f"w_new = w + {optimizer.momentum:g} * m - lr * g" if optimizer.nesterov else "w_new = w + m",
    ]


def _adam(optimizer: optimizers.Adam) -> list[str]:
    one, two = f"{optimizer.beta_1:g}", f"{optimizer.beta_2:g}"
    decay = [f"w = w - lr * {optimizer.weight_decay:g} * w"] if optimizer.weight_decay else []
    return [
        *decay,
        f"m, v = {one} * m + (1 - {one}) * g, {two} * v + (1 - {two}) * g ** 2",
        f"rate = lr * np.sqrt(1 - {two} ** t) / (1 - {one} ** t)",
        f"w_new = w - rate * m / (np.sqrt(v) + {optimizer.epsilon:g})",
    ]


def _rmsprop(optimizer: optimizers.RMSprop) -> list[str]:
    rho = f"{optimizer.rho:g}"
    return [f"v = {rho} * v + (1 - {rho}) * g ** 2", f"w_new = w - lr * g / np.sqrt(v + {optimizer.epsilon:g})"]


_UPDATES: dict[type, Any] = {
    optimizers.SGD: _sgd,
    optimizers.Adam: _adam,
    optimizers.AdamW: _adam,
    optimizers.RMSprop: _rmsprop,
}
