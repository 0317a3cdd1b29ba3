"""Matching what users give per output (losses, metrics, weights, targets) with a model's outputs.

Everything downstream works with flat lists in the order of the model's flattened outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import tree
from glassworks.errors import ArgumentError, suggest


def output_names(outputs: object, names: Sequence[str] | None) -> list[str]:
    """One name per flat output: the model's own names, dict keys, or `output_0`, `output_1`, ..."""
    paths = tree.flatten_with_path(outputs)
    if names is not None and len(names) == len(paths):
        return list(names)
    if isinstance(outputs, dict):
        return ["_".join(map(str, path)) for path, _ in paths]
    return ["output"] if len(paths) == 1 else [f"output_{i}" for i in range(len(paths))]


def per_output(given: object, names: Sequence[str], what: str, spread: bool = False) -> list[Any]:
    """One entry per output from None, one entry, a list by position, or a dict by name.

    Args:
        given: What the user passed.
        names: The output names.
        what: The argument's name, for errors.
        spread: Whether one entry stands for all outputs; else it belongs to the only output.

    Raises:
        ArgumentError: Wrong number of entries, or unknown names.
    """
    count = len(names)
    if given is None:
        return [None] * count
    if isinstance(given, dict):
        return _by_name(given, names, what)
    if isinstance(given, (list, tuple)):
        if len(given) == count:
            return list(given)
        raise ArgumentError(
            f"{what} with {len(given)} entries",
            f"{count} {'entry' if count == 1 else 'entries'}, one for each output: {', '.join(names)}",
            f"pass {what} as a list in that order, or as a dict by output name"
            if count > 1
            else f"pass one {what}; several numbers of one output are shown by metrics=[...]",
            where="compile",
        )
    if count > 1 and not spread:
        raise ArgumentError(
            f"one {what} for {count} outputs",
            f"one for each output: {', '.join(names)}",
            f"pass {what} as a list or as a dict by output name",
            where="compile",
        )
    return [given] * count


def _by_name(given: dict, names: Sequence[str], what: str) -> list[Any]:
    unknown = [key for key in given if key not in names]
    if unknown and len(names) == 1 and len(given) == 1:
        return list(given.values())
    if unknown:
        raise ArgumentError(
            f"{what} for {unknown[0]!r}", "names of the model's outputs", suggest(str(unknown[0]), names), where=_where(what)
        )
    return [given.get(name) for name in names]


def flat_targets(y: object, names: Sequence[str], what: str = "y") -> list[Any]:
    """Targets (or sample weights) as one entry per output."""
    if isinstance(y, dict):
        return _by_name(y, names, what)
    flat = tree.flatten(y) if y is not None else [None] * len(names)
    if len(flat) == 1 and len(names) > 1 and what == "sample_weight":
        return flat * len(names)
    if len(flat) != len(names):
        raise ArgumentError(
            f"{what} with {len(flat)} {'array' if len(flat) == 1 else 'arrays'}",
            f"{len(names)}, one for each output: {', '.join(names)}",
            f"pass {what} as a list in that order, or as a dict by output name"
            if len(names) > 1
            else f"pass {what} as one array; a list of samples becomes one with np.array({what})",
        )
    return flat


def _where(what: str) -> str | None:
    """The call that errors name: "compile" for its arguments, None (the running call) for targets and weights."""
    return None if what in ("y", "sample_weight") else "compile"
