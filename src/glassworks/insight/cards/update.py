"""The card of an update: what one step of the optimizer does to one weight, with all its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks.graph import Variable
from glassworks.insight.cards.card import Card, factor, number
from glassworks.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop


class UpdateCard(Card):
    """The update of one weight.

    Attributes:
        weight, index: The weight's name and the place in it.
        old, new: Its value before and after the step. The new one is that of a step of the engine.
        gradient: The gradient of the loss, before clipping.
        clipped: The gradient that the optimizer uses.
        learning_rate: The learning rate of this step.
        step: The number of the step, from 1.
        slots: The optimizer's numbers for this weight by name, each before and after: `{"momentum": (0.0, 0.1)}`.
        computed: The new value by the formula that is printed, in 64 bits; None for optimizers whose formula is not printed.
        change: `new - old`.
    """

    def __init__(self, name: str, index: tuple[int, ...], optimizer: Optimizer, numbers: Numbers) -> None:
        self.weight, self.index, self.learning_rate, self.step = name, index, numbers.rate, numbers.step
        self.old, self.new, self.gradient, self.clipped = numbers.old, numbers.new, numbers.gradient, numbers.clipped
        self.slots, self.change = numbers.slots, numbers.new - numbers.old
        lines = [f"gradient g = {number(self.gradient)}", *numbers.notes]
        changed = _changes_the_formula(optimizer)
        formula = None if changed else _FORMULAS.get(type(optimizer))
        lines += [changed] if changed else []
        self.computed: float | None = None
        if formula is None:
            lines += [f"{slot}: {number(before)} -> {number(after)}" for slot, (before, after) in self.slots.items()]
            lines.append(
                f"w_new = w + {factor(self.change)} = {number(self.new)}  ({type(optimizer).__name__}, learning rate {number(self.learning_rate)})"
            )
        else:
            more, self.computed = formula(optimizer, numbers)
            lines += more
        if self.computed is not None and numbers.constraint:
            lines.append(f"then the constraint {numbers.constraint}: w_new = {number(self.new)}")
        place = f"[{', '.join(map(str, index))}]" if index else ""
        change = number(self.change)
        super().__init__(f"{name}{place}: {number(self.old, 6)} -> {number(self.new, 6)} (a change of {change}) in step {self.step}", lines)


def _changes_the_formula(optimizer: Optimizer) -> str:
    """What the optimizer does beyond its formula, in words; "" where it follows the formula."""
    if optimizer.gradient_accumulation_steps:
        return f"gradients of {optimizer.gradient_accumulation_steps} batches are added up before the weight changes"
    if optimizer.use_ema and optimizer.ema_overwrite_frequency:
        return f"every {optimizer.ema_overwrite_frequency} steps the weight becomes the moving average of its values"
    return ""


class Numbers:
    """The numbers of one weight in one step.

    Args:
        optimizer: The optimizer.
        variable: The weight.
        index: The place in it.
        gradients: The gradient of each trained variable, by variable.
        after: The value of each variable after the step.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        variable: Variable,
        index: tuple[int, ...],
        gradients: dict[Variable, np.ndarray],
        after: dict[Variable, np.ndarray],
    ) -> None:
        self.old, self.new = float(variable.numpy()[index]), float(after.get(variable, variable.numpy())[index])
        self.gradient = float(gradients[variable][index])
        self.rate, self.step = float(np.asarray(optimizer.learning_rate)), int(np.asarray(optimizer.iterations)) + 1
        self.notes: list[str] = []
        self.clipped = self._clip(optimizer, variable, gradients)
        self.slots: dict[str, tuple[float, float]] = {}
        prefix = variable.path.replace("/", "_") + "_"
        for slot in optimizer.variables:
            if slot.name.startswith(prefix) and slot.shape == variable.shape and slot in after:
                self.slots[slot.name.removeprefix(prefix)] = float(slot.numpy()[index]), float(after[slot][index])
        self.constraint = type(variable.constraint).__name__ if variable.constraint is not None else ""
        self.decayed = self._decay(optimizer, variable)

    def _clip(self, optimizer: Optimizer, variable: Variable, gradients: dict[Variable, np.ndarray]) -> float:
        """The gradient after clipping, with a line that says so."""
        g = self.gradient
        limit = optimizer.clipnorm or optimizer.global_clipnorm
        if limit:
            parts = [gradients[variable]] if optimizer.clipnorm else list(gradients.values())
            norm = math.sqrt(sum(float(np.square(part.astype(np.float64)).sum()) for part in parts))
            share = limit / max(norm, limit)
            name = "clipnorm" if optimizer.clipnorm else "global_clipnorm"
            self.notes.append(
                f"{name}: the length {number(norm)} {'>' if norm > limit else '<='} {number(limit)}, so g = {factor(g)}*{number(share)} = {number(g * share)}"
            )
            return g * share
        if optimizer.clipvalue:
            limit = float(optimizer.clipvalue)
            clipped = min(max(g, -limit), limit)
            self.notes.append(f"clipvalue: g between -{number(limit)} and {number(limit)}, so g = {number(clipped)}")
            return clipped
        return g

    def _decay(self, optimizer: Optimizer, variable: Variable) -> float:
        """The weight after weight decay, with a line that says so."""
        decay = optimizer._decay_rate(variable)
        named = optimizer._undecayed_names
        if decay is None or variable in optimizer._undecayed or (named is not None and named.search(variable.name)):
            return self.old
        new = self.old - self.rate * decay * self.old
        self.notes.append(
            f"weight decay: w = w - lr*{number(decay)}*w = {number(self.old)} - {number(self.rate * decay)}*{factor(self.old)} = {number(new, 6)}"
        )
        return new


Formula = Callable[[Any, Numbers], tuple[list[str], "float | None"]]


def _sgd(optimizer: SGD, n: Numbers) -> tuple[list[str], float]:
    w, g, lr = n.decayed, n.clipped, n.rate
    if not optimizer.momentum:
        new = w - lr * g
        return [f"w_new = w - lr*g = {number(w)} - {number(lr)}*{factor(g)} = {number(new, 6)}"], new
    before = n.slots["momentum"][0]
    v = optimizer.momentum * before - lr * g
    lines = [f"v = momentum*v - lr*g = {number(optimizer.momentum)}*{factor(before)} - {number(lr)}*{factor(g)} = {number(v)}"]
    if optimizer.nesterov:
        new = w + optimizer.momentum * v - lr * g
        return [
            *lines,
            f"w_new = w + momentum*v - lr*g = {number(w)} + {number(optimizer.momentum)}*{factor(v)} - {number(lr)}*{factor(g)} = {number(new, 6)}",
        ], new
    return [*lines, f"w_new = w + v = {number(w)} + {factor(v)} = {number(w + v, 6)}"], w + v


def _adam(optimizer: Adam, n: Numbers) -> tuple[list[str], float]:
    w, g, t, b1, b2 = n.decayed, n.clipped, n.step, float(optimizer.beta_1), float(optimizer.beta_2)
    m0, v0 = n.slots["momentum"][0], n.slots["velocity"][0]
    m, v = b1 * m0 + (1 - b1) * g, b2 * v0 + (1 - b2) * g * g
    rate = n.rate * math.sqrt(1 - b2**t) / (1 - b1**t)
    size, lines = v, []
    if optimizer.amsgrad:
        largest = n.slots["velocity_hat"][0]
        size = max(largest, v)
        lines.append(f"amsgrad: v = max({number(largest)}, {number(v)}) = {number(size)}")
    new = w - rate * m / (math.sqrt(size) + optimizer.epsilon)
    return [
        f"m = beta_1*m + (1 - beta_1)*g = {number(b1)}*{factor(m0)} + {number(1 - b1)}*{factor(g)} = {number(m)}",
        f"v = beta_2*v + (1 - beta_2)*g*g = {number(b2)}*{number(v0)} + {number(1 - b2)}*{number(g * g)} = {number(v)}",
        *lines,
        f"rate = lr*sqrt(1 - beta_2^t)/(1 - beta_1^t) = {number(rate)}, with lr {number(n.rate)} and t = {t}",
        f"w_new = w - rate*m/(sqrt(v) + epsilon) = {number(w)} - {number(rate)}*{factor(m)}/({number(math.sqrt(size))} + {number(optimizer.epsilon)}) = {number(new, 6)}",
    ], new


def _rmsprop(optimizer: RMSprop, n: Numbers) -> tuple[list[str], float]:
    w, g, rho, v0 = n.decayed, n.clipped, float(optimizer.rho), n.slots["velocity"][0]
    v = rho * v0 + (1 - rho) * g * g
    lines = [f"v = rho*v + (1 - rho)*g*g = {number(rho)}*{number(v0)} + {number(1 - rho)}*{number(g * g)} = {number(v)}"]
    size = v + optimizer.epsilon
    if optimizer.centered:
        a0 = n.slots["average_gradient"][0]
        a = rho * a0 + (1 - rho) * g
        size -= a * a
        lines.append(f"a = rho*a + (1 - rho)*g = {number(a)}; centered: v - a*a")
    step = n.rate * g / math.sqrt(size)
    lines.append(f"step = lr*g/sqrt(v + epsilon) = {number(n.rate)}*{factor(g)}/sqrt({number(size)}) = {number(step)}")
    if optimizer.momentum > 0:
        m0 = n.slots["momentum"][0]
        step = optimizer.momentum * m0 + step
        lines.append(f"step = momentum*step_before + step = {number(optimizer.momentum)}*{factor(m0)} + step = {number(step)}")
    return [*lines, f"w_new = w - step = {number(w)} - {factor(step)} = {number(w - step, 6)}"], w - step


_FORMULAS: dict[type, Formula] = {SGD: _sgd, Adam: _adam, AdamW: _adam, RMSprop: _rmsprop}
