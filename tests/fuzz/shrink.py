"""Cuts a failing case down: as long as the same kind of failure stays, calls, outputs, arguments and sizes are taken away."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator

from tests.fuzz.case import Case, Input, ModelCase
from tests.fuzz.workers import Worker

SECONDS = 60.0


def shrink(case: Case, category: str, worker: Worker, seconds: float = SECONDS) -> Case:
    """The smallest case found that fails in the same way.

    Args:
        category: The kind of failure that must stay.
        worker: Runs the attempts.
        seconds: When to be content with what there is.
    """
    end, found = time.monotonic() + seconds, case
    progress = True
    while progress:
        progress = False
        for attempt in attempts(found):
            if time.monotonic() > end:
                return found
            if size(attempt) < size(found) and worker.ask(case=attempt.to_json()).get("category") == category:
                found, progress = attempt, True
                break
    return found


def size(case: Case) -> tuple[int, ...]:
    """What is to become small: calls first, then outputs, inputs, arguments, numbers."""
    lines = case.needed()
    arguments = sum(len(str(line.arguments)) + len(line.form) for line in lines)
    numbers = sum(sum(n or 9 for n in given.shape) for given in case.used_inputs())
    training = (0, 0)
    if isinstance(case, ModelCase):
        settings = len(str([case.losses, case.metrics, case.optimizer, case.weighting, case.isa, case.policy]))
        training = (settings, sum(case.batches) + case.steps + case.batch_size + case.fit + case.thorough)
    gradient = getattr(case, "gradient", False)
    return (len(lines), len(case.outputs), len(case.used_inputs()), gradient, arguments, *training, numbers)


def attempts(case: Case) -> Iterator[Case]:
    """Smaller cases, those that save most first."""
    yield from _fewer_outputs(case)
    yield from _cuts(case)
    yield from _bypasses(case)
    if isinstance(case, ModelCase):
        yield from _simpler_training(case)
    elif getattr(case, "gradient", False):
        yield _changed(case, gradient=False)
    yield from _fewer_arguments(case)
    yield from _smaller_inputs(case)


def _changed(case: Case, **changes: object) -> Case:
    attempt = copy.deepcopy(case)
    for name, value in changes.items():
        setattr(attempt, name, value)
    return attempt


def _fewer_outputs(case: Case) -> Iterator[Case]:
    for i in range(len(case.outputs)):
        if len(case.outputs) > 1:
            attempt = copy.deepcopy(case)
            for values in (attempt.outputs, *(getattr(attempt, name, []) for name in ("losses", "metrics", "targets"))):
                if len(values) > i:
                    del values[i]
            yield attempt
    if not isinstance(case, ModelCase):
        for line in case.needed()[:-1]:
            yield _changed(case, outputs=[line.out])


def _cuts(case: Case) -> Iterator[Case]:
    """A result in the middle becomes an input."""
    for line in reversed(case.needed()):
        if line.out not in case.outputs and not (isinstance(case, ModelCase) and case.sequential):
            attempt = copy.deepcopy(case)
            attempt.lines = [one for one in attempt.lines if one.out != line.out]
            attempt.inputs.append(Input(line.out, line.shape, line.dtype, "normal" if "float" in line.dtype else "below:2"))
            yield attempt


def _bypasses(case: Case) -> Iterator[Case]:
    """Who reads a result reads one of its operands, or an earlier result, instead."""
    lines = case.needed()
    for i, line in enumerate(lines):
        for other in dict.fromkeys([*line.reads, *(one.out for one in lines[:i])]):
            attempt = copy.deepcopy(case)
            attempt.lines = [one for one in attempt.lines if one.out != line.out]
            for one in attempt.lines:
                one.reads = [other if name == line.out else name for name in one.reads]
            attempt.outputs = [other if name == line.out else name for name in attempt.outputs]
            yield attempt


def _simpler_training(case: ModelCase) -> Iterator[Case]:
    plain = {"losses": ["'mse'"] * len(case.outputs), "targets": ["normal"] * len(case.outputs), "metrics": [[] for _ in case.outputs]}
    yield _changed(case, **plain)
    yield _changed(case, metrics=plain["metrics"])
    yield _changed(case, weighting="")
    yield _changed(case, thorough=False)
    yield _changed(case, fit=False)
    yield _changed(case, isa="")
    yield _changed(case, policy="float32")
    yield _changed(case, optimizer="keras.optimizers.SGD(0.1)")
    yield _changed(case, steps=1)
    for rows in (1, 2, 3, case.batches[0] // 2, case.batches[0] - 1):
        if 0 < rows < case.batches[0]:
            yield _changed(case, batches=[rows, 1], batch_size=rows)


def _fewer_arguments(case: Case) -> Iterator[Case]:
    for i, line in enumerate(case.lines):
        for name in line.arguments:
            attempt = copy.deepcopy(case)
            del attempt.lines[i].arguments[name]
            yield attempt


def _smaller_inputs(case: Case) -> Iterator[Case]:
    for i, given in enumerate(case.inputs):
        if given.values.startswith("row:"):
            continue
        for axis, length in enumerate(given.shape):
            for smaller in (1, 2, 3, (length or 0) // 2, (length or 0) - 1):
                if length and 0 < smaller < length:
                    attempt = copy.deepcopy(case)
                    attempt.inputs[i].shape[axis] = smaller
                    yield attempt
        if given.values != "normal" and "float" in given.dtype:
            attempt = copy.deepcopy(case)
            attempt.inputs[i].values = "normal"
            yield attempt
