"""The metrics of `compile`: a list per output, with and without sample weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from glassworks import metrics, tree
from glassworks.errors import ArgumentError
from glassworks.graph import Variable, spec_of
from glassworks.guards import Observed
from glassworks.metrics.resolve import WORDS, resolve
from glassworks.ops.indices import Ignored, ignoring
from glassworks.scope import Frame, scope
from glassworks.training.outputs import OutputNames, flat_targets, numbered, output_names, per_output
from glassworks.typing import Structure


class Tracked(NamedTuple):
    """A metric, its name in the logs, the output it watches, and whether it takes sample weights."""

    name: str
    metric: Any
    output: int
    weighted: bool


class CompiledMetrics(Observed):
    """From the `metrics` and `weighted_metrics` arguments of `compile`.

    `Model.metrics` has it as one object, so that a user's `train_step` can update and reset all of them with the methods of a `Metric`,
    before the shapes of the first batch say what "accuracy" means.

    Args:
        given: A list of names, functions or `Metric`s; for several outputs a list of lists or a dict of lists.
        given_weighted: The same, for metrics that take `sample_weight`.
        layers: The names of the layers that give the model's outputs, if it knows them.
    """

    name = "compile_metrics"

    def __init__(self, given: object = None, given_weighted: object = None, layers: Sequence[str] | None = None) -> None:
        for argument, value in (("metrics", given), ("weighted_metrics", given_weighted)):
            if value is not None and not isinstance(value, (list, tuple, dict)):
                raise ArgumentError(f"{argument}={value!r}", "a list", f"write {_as_list(argument, value)}", where="compile")
            for one in _entries(value):
                if not (isinstance(one, str) and one.lower() in WORDS):
                    metrics.get(one)  # what is not a metric raises here, in `compile`, and not later in `fit`
        self.given, self.given_weighted, self._layers = given, given_weighted, layers
        self.tracked: list[Tracked] = []
        self.names = OutputNames([], [])
        self.built = False

    def build(self, y_true: Structure, y_pred: Structure, names: Sequence[str] | None) -> None:
        """Create the metric objects; the shapes decide which accuracy the word "accuracy" means."""
        self.names = output_names(y_pred, names)
        targets, predictions = flat_targets(y_true, self.names), tree.flatten(y_pred)
        for given, weighted in ((self.given, False), (self.given_weighted, True)):
            for output, listed in enumerate(self._lists(given, "weighted_metrics" if weighted else "metrics")):
                for identifier in listed:
                    self._add(identifier, output, weighted, targets[output], predictions[output])
        self.built = True

    def _lists(self, given: object, what: str) -> list[list[Any]]:
        if given is None:
            return [[] for _ in self.names]
        if len(self.names) == 1 and isinstance(given, (list, tuple)) and not any(isinstance(entry, (list, tuple)) for entry in given):
            return [list(given)]
        entries = per_output(given, self.names, what)
        return [[] if entry is None else list(entry) if isinstance(entry, (list, tuple)) else [entry] for entry in entries]

    def _add(self, identifier: Any, output: int, weighted: bool, target: Any, prediction: Any) -> None:
        if identifier is None:
            return
        metric = resolve(identifier, spec_of(target) if target is not None else None, spec_of(prediction))
        name = identifier if isinstance(identifier, str) else metric.name
        prefix, taken = self.names.of_metrics()[output], [tracked.name for tracked in self.tracked]
        prefix = "" if prefix is None else f"{prefix}_"
        if weighted and f"{prefix}{name}" in taken:
            name = f"weighted_{name}"
        self.tracked.append(Tracked(numbered(f"{prefix}{name}", taken), metric, output, weighted))

    def update_state(
        self,
        y_true: Structure,
        y_pred: Structure,
        sample_weight: Structure = None,
        names: Sequence[str] | None = None,
        ignored: list[Ignored] | Ignored = None,
    ) -> None:
        """Count one batch; `ignored` holds, per output, the label that its loss ignores: no metric treats it as an error."""
        if not self.built:
            self.build(y_true, y_pred, self._layers if names is None else names)
        if not self.tracked:
            return
        targets, predictions = flat_targets(y_true, self.names), tree.flatten(y_pred)
        weights = flat_targets(sample_weight, self.names, "sample_weight")
        for tracked in self.tracked:
            target = targets[tracked.output]
            if target is not None:
                weight = weights[tracked.output] if tracked.weighted else None
                without_class = ignored[tracked.output] if isinstance(ignored, list) else ignored
                with scope(Frame("metric", tracked.name)), ignoring(without_class):
                    tracked.metric.update_state(target, predictions[tracked.output], sample_weight=weight)

    @property
    def is_given(self) -> bool:
        """Whether `compile` got metrics."""
        return self.given is not None or self.given_weighted is not None

    @property
    def metrics(self) -> list[Any]:
        """The metrics; none before the first batch."""
        return [tracked.metric for tracked in self.tracked]

    @property
    def variables(self) -> list[Variable]:
        """The variables of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def reset_state(self) -> None:
        """Reset the state of all metrics."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        """The current values by name."""
        return {tracked.name: tracked.metric.result() for tracked in self.tracked}


def _entries(given: object) -> Iterator[object]:
    """The metrics in a list or dict; a config, which is also a dict, counts as one metric."""
    if isinstance(given, dict) and "class_name" not in given:
        given = list(given.values())
    if not isinstance(given, (list, tuple)):
        yield given
        return
    for one in given:
        yield from _entries(one)


def _as_list(argument: str, value: object) -> str:
    """Code for the list that the user meant."""
    if isinstance(value, str):
        return f"{argument}=[{value!r}]"
    return f"{argument}=[{type(value).__name__}(...)]" if isinstance(value, metrics.Metric) else f"{argument}=[...] around it"
