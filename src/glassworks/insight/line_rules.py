"""The rules that write a call of a layer in NumPy: their registry, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glassworks.insight.activation_lines import ACTIVATIONS
from glassworks.insight.lines import Lines, first_that_agrees
from glassworks.insight.stages import Stage

Rule = Callable[[Stage], Lines | None]
"""A function of a stage that gives lines, or None where they would not be right."""
_RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register the rule of layers by the names of their classes."""

    def register(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, function))
        return function

    return register


def lines_of(stage: Stage) -> Lines | None:
    """The lines for a layer call; None if its class has no rule, or if the lines do not reproduce the numbers of the run.

    In them `x` is the input (`x0`, `x1` of several), `z` what goes into the activation function, `y` the output; weights have their own names.
    """
    cls = next((base for base in type(stage.layer).__mro__ if base.__name__ in _RULES), None)
    # A subclass of the user may compute something else.
    if cls is None or not stage.inputs or not stage.outputs or type(stage.layer).call is not getattr(cls, "call", None):
        return None
    return first_that_agrees(_RULES[cls.__name__](stage))


def identifier(name: str) -> str:
    """A weight's name as a name in Python: `"query/kernel"` becomes `"query_kernel"`."""
    name = "".join(sign if sign.isalnum() else "_" for sign in name)
    return name if not name[:1].isdigit() else f"w_{name}"


def given(stage: Stage, **more: object) -> dict[str, Any]:
    """The arrays of a stage under the names that lines use."""
    weights = {identifier(name): array for name, array in stage.weights.items()}
    inputs = {"x": stage.inputs[0]} if len(stage.inputs) == 1 else {f"x{i}": array for i, array in enumerate(stage.inputs)}
    return {**weights, **inputs, **more}


def finished(
    stage: Stage, before: list[str], linear: str, helpers: tuple[Callable, ...] = (), names: Mapping[str, Any] | None = None
) -> Lines:
    """Lines that end with an expression, and the activation function where the layer has one.

    Args:
        stage: The call.
        before: The statements before the expression.
        linear: The expression of the weighted sum; without an activation, of the output.
        helpers: The functions that they call.
        names: What they read; what the stage has by default.
    """
    names = given(stage) if names is None else names
    z, y = stage.preactivation, stage.outputs[0]
    if z is None or not stage.activation:
        return Lines([*before, f"y = {linear}"], names, {"y": y}, helpers)
    activation = ACTIVATIONS.get(stage.activation)
    full = Lines([*before, f"z = {linear}", *(activation or [])], names, {"z": z, "y": y}, helpers)
    if activation is not None and full.agree():
        return full
    # The function is not known: what goes into it is computed, what comes out is shown as a number.
    return Lines([*before, f"z = {linear}"], names, {"z": z}, helpers)


def with_bias(stage: Stage, expression: str, name: str = "bias") -> str:
    """An expression, with the bias added where there is one."""
    return f"{expression} + {name}" if name in stage.weights else expression
