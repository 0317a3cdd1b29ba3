"""Runs a model on every engine, and compares what it predicts, reports and learns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import glassworks
from glassworks import dtypes
from glassworks.engine.native.core import native as core
from glassworks.names import reset_names
from tests.fuzz.case import ModelCase
from tests.fuzz.data import draw
from tests.fuzz.engines import Switch, switched
from tests.fuzz.failure import CaseError
from tests.fuzz.models import namespace
from tests.fuzz.oracle import difference, spread

Results = dict[str, Any]
NOISY_RUNS, MORE_NOISY_RUNS = 2, 8


@contextmanager
def policy(chosen: Any) -> Iterator[None]:
    """A `with` block with this global dtype policy. Programs are kept while the policy is the same object."""
    before = glassworks.config.dtype_policy()
    glassworks.config.set_dtype_policy(chosen)
    try:
        yield
    finally:
        glassworks.config.set_dtype_policy(before)


def build(case: ModelCase) -> Any:
    """The model of a case, with random weights instead of the usual zeros and ones."""
    reset_names()
    glassworks.utils.set_random_seed(case.seed)  # seeds that the case does not give follow from it
    names = namespace(glassworks)
    with policy(case.policy):
        exec(case.model_code(), names)
    model = names["model"]
    if not model.built:
        raise CaseError("refused", "the model is not built although its inputs are known")
    model.set_weights(random_weights(model.weights, case.seed))
    return model


def random_weights(weights: list[Any], seed: int) -> list[np.ndarray]:
    """Small random weights; variances stay positive, counters as they are."""
    rng = np.random.default_rng([3, seed])
    found = []
    for weight in weights:
        low = 0.5 if "variance" in weight.path or "stddev" in weight.path else -0.5
        draws = rng.uniform(low, 1.5 if low > 0 else 0.5, weight.shape)
        name = str(weight.dtype)
        found.append(np.asarray(draws, dtypes.numpy_dtype(name)) if dtypes.is_float(name) else np.asarray(weight))
    return found


class Data:
    """What a case is trained and tried on: two sets of inputs, targets and weights of samples."""

    def __init__(self, case: ModelCase, model: Any) -> None:
        rng = np.random.default_rng([2, case.seed])
        self.x, self.y, self.weights = [], [], []
        for rows, length in zip(case.batches, case.lengths, strict=True):
            self.x.append(
                [draw(rng, [rows, *(length if n is None else n for n in one.shape)], one.dtype, one.values) for one in case.used_inputs()]
            )
            shapes = [[rows, *tensor.shape[1:]] for tensor in model.outputs]
            if any(None in shape for shape in shapes):
                shapes = [list(np.shape(output)) for output in glassworks.tree.flatten(model(self.x[-1], training=False))]
            self.y.append([self._targets(rng, shape, how) for shape, how in zip(shapes, case.targets, strict=True)])
            self.weights.append([rng.uniform(0.0, 2.0, rows).astype("float32") for _ in shapes])
        self.class_weight = {0: 0.5, 1: 2.0} if case.weighting == "class" else None
        self.sample_weight = case.weighting == "sample"

    @staticmethod
    def _targets(rng: np.random.Generator, shape: list[int], how: str) -> np.ndarray:
        if how.startswith("below"):
            return draw(rng, [*shape[:-1], 1] if rng.random() < 0.5 else shape[:-1], "int32", how)
        return draw(rng, shape, "float32", how)


def one_or_list(values: list[Any]) -> Any:
    """What Keras takes: a single array for a single input or output."""
    return values[0] if len(values) == 1 else values


class Runner:
    """Runs one model in the same way on one engine after the other."""

    def __init__(self, case: ModelCase, switch: Switch) -> None:
        self.case, self._switch = case, switch
        self.model = build(case)
        self.data = Data(case, self.model)
        self._policy = glassworks.DTypePolicy(case.policy)
        names = namespace(glassworks)
        reset_names()
        with policy(self._policy):
            losses = [eval(code, names) for code in case.losses]
            metrics = [[eval(code, names) for code in codes] for codes in case.metrics]
            self.model.compile(eval(case.optimizer, names), one_or_list(losses), metrics=one_or_list(metrics))
        self.model.optimizer.build(self.model.trainable_variables)
        self._variables = [*self.model.variables, *self.model.optimizer.variables]
        self._start = [np.array(variable) for variable in self._variables]

    def run(self, engine: str, short: bool = False, **options: Any) -> Results:
        """Predictions, losses and metrics, weights and slots after training; `short` leaves out what only repeats."""
        case, data, model = self.case, self.data, self.model
        self._switch.use(engine, **options)
        for variable, value in zip(self._variables, self._start, strict=True):
            variable.assign(value)
        model.reset_metrics()
        found: Results = {}
        with policy(self._policy):
            for i in range(1 if short else 2):
                self._keep_arguments(found, f"predict {i}", model.predict(one_or_list(data.x[i]), batch_size=case.batch_size, verbose=0))
            for i in range(2 if case.thorough else 1):
                self._train(found, i)
            if not short and case.thorough:
                again = model.predict(one_or_list(data.x[0]), batch_size=case.batch_size, verbose=0)
                self._keep_arguments(found, "predict after training", again)
        for number, variable in enumerate(self._variables):
            found[f"variable {number} {variable.path}"] = np.array(variable)
        return found

    def _train(self, found: Results, i: int) -> None:
        """Some steps on the first data, one on the second; then the loss without training."""
        case, data, model = self.case, self.data, self.model
        x, y = one_or_list(data.x[i]), one_or_list(data.y[i])
        weights = one_or_list(data.weights[i]) if data.sample_weight else None
        if case.fit and i == 0:
            shared = {"sample_weight": weights, "class_weight": data.class_weight, "shuffle": False, "verbose": 0}
            history = model.fit(x, y, batch_size=case.batch_size, epochs=case.steps, **shared).history
            found.update({f"fit {name}": np.array(values) for name, values in history.items()})
            return
        for step in range(case.steps if i == 0 else 1):
            logs = model.train_on_batch(x, y, sample_weight=weights, class_weight=data.class_weight, return_dict=True)
            found.update({f"train {i}.{step} {name}": np.asarray(value) for name, value in logs.items()})
        logs = model.evaluate(x, y, sample_weight=weights, batch_size=case.batch_size, verbose=0, return_dict=True)
        found.update({f"evaluate {i} {name}": np.asarray(value) for name, value in logs.items()})

    @staticmethod
    def _keep_arguments(found: Results, what: str, outputs: Any) -> None:
        for number, output in enumerate(glassworks.tree.flatten(outputs)):
            found[f"{what} output {number}"] = np.array(output)

    def noisy(self, runs: int, amplitude: float, flush: bool = False) -> list[Results]:
        """What the reference engine gives when it rounds at random."""
        return [self.run("noisy", short=True, seed=seed, amplitude=amplitude, flush=flush) for seed in range(runs)]


class Comparison:
    """Results of the reference engine, and how far others may be from them."""

    def __init__(self, clean: Results, noisy: list[Results]) -> None:
        self.clean = clean
        self.allowed = {key: spread(value, [n[key] for n in noisy]) for key, value in clean.items() if all(key in n for n in noisy)}
        # What the noisy runs left out has the limits of its kin.
        self.compared = sum(limit is not None for limit in self.allowed.values())
        self.hopeless = sum(limit is None for limit in self.allowed.values())

    def first_difference(self, found: Results) -> tuple[str, str] | None:
        """The first result that differs, and how."""
        if found.keys() != self.clean.keys():
            return "results", f"{sorted(found)}, expected {sorted(self.clean)}"
        for key, limit in self.allowed.items():
            if limit is not None:
                text = difference(found[key], self.clean[key], limit)
                if text:
                    return key, text
        return None


def check_model(case: ModelCase) -> dict[str, int]:
    """Run a case; raises `CaseError` where engines disagree. Gives how many results were compared, and how many were hopeless."""
    with warnings.catch_warnings(), switched() as switch:
        warnings.simplefilter("ignore")
        runner = Runner(case, switch)
        clean = runner.run("reference")
        comparison = Comparison(clean, runner.noisy(NOISY_RUNS, 1.5))
        if core is not None:
            _check_native(runner, clean, comparison)
    return {"compared": comparison.compared, "hopeless": comparison.hopeless}


def _check_native(runner: Runner, clean: Results, comparison: Comparison) -> None:
    """Native equals reference, on one thread and two, and on another instruction set."""
    native = runner.run("native", threads=2)
    _require(runner, clean, comparison, native, "native differs from reference")
    single = runner.run("native", threads=1)
    for key, value in native.items():
        text = difference(single[key], value, 0.0)
        if text:
            raise CaseError("threads give other bits", f"{key}: {text}")
    isa, before = runner.case.isa, core.isa()
    if isa and isa != before and isa in core.runnable_isas():
        core.choose_isa(isa)
        try:
            _require(runner, clean, comparison, runner.run("native"), f"native on {isa} differs from reference")
        finally:
            core.choose_isa(before)


def _require(runner: Runner, clean: Results, comparison: Comparison, found: Results, what: str) -> None:
    """Raise where results differ, unless a second look with more and larger disturbances allows it."""
    first = comparison.first_difference(found)
    if first is None or Comparison(clean, runner.noisy(MORE_NOISY_RUNS, 4.0)).first_difference(found) is None:
        return
    key, text = first
    # Where an optimizer divides a gradient by its size, it matters that subnormal numbers are zero; but no NaN may come of it.
    flushing = Comparison(runner.run("reference", flush=True), runner.noisy(MORE_NOISY_RUNS, 4.0, flush=True))
    if _finite(found) != _finite(clean) or flushing.first_difference(found) is not None:
        raise CaseError(what, f"{key}: {text}")


def _finite(results: Results) -> list[bool]:
    """Of each result whether all of its numbers are finite."""
    return [bool(np.isfinite(np.asarray(value, "float64")).all()) for value in results.values()]
