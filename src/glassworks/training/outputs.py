"""Matching what users give per output (losses, metrics, weights, targets) with a model's outputs.

Everything downstream works with flat lists in the order of the model's flattened outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks import tree
from glassworks.errors import ArgumentError, go_on, suggest
from glassworks.typing import Structure


class OutputNames(list[str]):
    """One name per flat output, for errors and tables, and what matching needs besides.

    Args:
        names: The names.
        structure: The structure of the outputs, with any leaves.
        layers: The names of the layers that give them; None where the model does not tell.

    Attributes:
        learned: For each output whether it has a loss; None before that is known.
    """

    def __init__(self, names: Sequence[str], structure: Structure, layers: Sequence[str] | None = None) -> None:
        super().__init__(names)
        self.structure, self.layers = structure, layers
        self.learned: list[bool] | None = None

    def of_metrics(self) -> list[str | None]:
        """What the logs put before the name of a metric of each output, as in Keras: the key of a dict of outputs, or the name of the layer."""
        nothing: list[str | None] = [None] * len(self)
        if len(self) == 1:
            return nothing
        is_flat_dict = isinstance(self.structure, dict) and not any(map(tree.is_nested, self.structure.values()))
        return [*self] if is_flat_dict else [*self.layers] if self.layers else nothing

    def of_losses(self, losses: Sequence[Any]) -> list[str]:
        """The name of each loss in the logs, as in Keras: the place of its output, with the layer or else the loss for a position at its end."""
        found: list[str] = []
        for place, (path, _) in enumerate(tree.flatten_with_path(self.structure)):
            last = self.layers[place] if self.layers else getattr(losses[place], "name", self[place])
            parts = path if path and isinstance(path[-1], str) else (*path[:-1], last)
            found.append(numbered("/".join(map(str, parts)), found))
        return found


def output_names(outputs: object, names: Sequence[str] | None) -> OutputNames:
    """One name per flat output: dict keys, the names of the model's layers, or `output_0`, `output_1`, ..."""
    paths = tree.flatten_with_path(outputs)
    layers = list(names) if names is not None and len(names) == len(paths) else None
    structure = tree.map_structure(lambda leaf: None, outputs)
    if isinstance(outputs, dict):
        shown = ["_".join(map(str, path)) for path, _ in paths]
    elif layers is not None:
        shown = layers
    else:
        shown = ["output"] if len(paths) == 1 else [f"output_{i}" for i in range(len(paths))]
    return OutputNames(shown, structure, layers)


def numbered(name: str, taken: Sequence[str]) -> str:
    """The name, with the first number behind it that makes it another than those that are taken.

    >>> numbered("mae", ["mae", "mae_1"])
    'mae_2'
    """
    return name if name not in taken else next(f"{name}_{i}" for i in range(1, len(taken) + 2) if f"{name}_{i}" not in taken)


def per_output(given: object, names: Sequence[str], what: str, spread: bool = False) -> list[Any]:
    """One entry per output from None, one entry, the structure of the outputs, a list by position, or a dict by name.

    Args:
        given: What the user passed.
        names: The output names, of `output_names` or plain.
        what: The argument's name, for errors.
        spread: Whether one entry stands for all outputs; else it belongs to the only output.

    Raises:
        ArgumentError: Wrong number of entries, or unknown names.
    """
    count = len(names)
    if given is None:
        return [None] * count
    if not isinstance(given, (dict, list, tuple)):
        if count > 1 and not spread:
            raise ArgumentError(
                f"one {what} for {count} outputs",
                f"one for each output: {', '.join(names)}",
                f"pass {what} as a list or as a dict by output name",
                where="compile",
            )
        return [given] * count
    found = _matched(given, names, _is_metrics if what.endswith("metrics") else _is_one, spread)
    if found is not None:
        return found
    if isinstance(given, dict):
        return _by_name(given, names, what)
    if len(given) == count:
        return list(given)
    if what == "loss_weights" and len(given) == 1:
        return list(given) * count
    error = ArgumentError(
        f"{what} with {len(given)} {'entry' if len(given) == 1 else 'entries'}",
        f"{count} {'entry' if count == 1 else 'entries'}, one for each output: {', '.join(names)}",
        f"pass {what} as a list in that order, or as a dict by output name"
        if count > 1
        else f"pass one {what}; several numbers of one output are shown by metrics=[...]",
        where="compile",
    )
    if what != "loss" or not given:
        raise error
    go_on(error)  # as in Keras, the outputs without an entry have no loss, and further entries have no output
    return [*given, *[None] * count][:count]


def flat_targets(y: object, names: Sequence[str], what: str = "y") -> list[Any]:
    """Targets (or sample weights) as one entry per output."""
    if y is None:
        return [None] * len(names)
    found = _matched(y, names, _is_one, spread=False)
    if found is not None:
        return found
    if isinstance(y, dict) and not any(map(tree.is_nested, y.values())):
        return _by_name(y, names, what)
    flat = tree.flatten(y)
    if len(flat) == 1 and len(names) > 1 and what == "sample_weight":
        return flat * len(names)
    if len(flat) == len(names):
        return flat
    learned = getattr(names, "learned", None)
    if learned is not None and len(flat) == sum(learned):
        # As in Keras, targets for those outputs that have a loss.
        targets = iter(flat)
        return [next(targets) if one else None for one in learned]
    raise ArgumentError(
        f"{what} with {len(flat)} {'array' if len(flat) == 1 else 'arrays'}",
        f"{len(names)}, one for each output: {', '.join(names)}",
        f"pass {what} as a list in that order, or as a dict by output name"
        if len(names) > 1
        else f"pass {what} as one array; a list of samples becomes one with np.array({what})",
    )


def _matched(given: object, names: Sequence[str], is_leaf: Callable[[object], bool], spread: bool) -> list[Any] | None:
    """One entry per output if what is given has the structure of the outputs, else None."""
    structure = getattr(names, "structure", None)
    return _in_structure(structure, given, is_leaf, spread) if tree.is_nested(structure) else None


def _in_structure(structure: Any, given: object, is_leaf: Callable[[object], bool], spread: bool) -> list[Any] | None:
    if not tree.is_nested(structure):
        return [given] if is_leaf(given) else None
    if given is None or not isinstance(given, (dict, list, tuple)):
        return [given] * len(tree.flatten(structure)) if given is None or spread else None
    if isinstance(structure, dict):
        if not isinstance(given, dict) or not set(given) <= set(structure):
            return None
        pairs = [(structure[key], given.get(key)) for key in tree.sorted_keys(structure)]
    else:
        if isinstance(given, dict) or len(given) != len(structure):
            return None
        pairs = list(zip(structure, given, strict=True))
    parts = [_in_structure(*pair, is_leaf, spread) for pair in pairs]
    return None if any(part is None for part in parts) else [leaf for part in parts for leaf in part or ()]


def _is_one(entry: object) -> bool:
    return not isinstance(entry, (dict, list, tuple))


def _is_metrics(entry: object) -> bool:
    """Whether this is a metric, the config of one, or a list of them."""
    return "class_name" in entry if isinstance(entry, dict) else True


def _by_name(given: dict, names: Sequence[str], what: str) -> list[Any]:
    layers = getattr(names, "layers", None)
    if layers and set(given) <= set(layers):
        return [given.get(name) for name in layers]
    unknown = [key for key in given if key not in names]
    if unknown and len(names) == 1 and len(given) == 1:
        return list(given.values())
    if unknown:
        raise ArgumentError(
            f"{what} for {unknown[0]!r}", "names of the model's outputs", suggest(str(unknown[0]), names), where=_where(what)
        )
    return [given.get(name) for name in names]


def _where(what: str) -> str | None:
    """The call that errors name: "compile" for its arguments, None (the running call) for targets and weights."""
    return None if what in ("y", "sample_weight") else "compile"
