"""A short run of the fuzzer, and what the fuzzer itself promises: cases are reproducible, faults and crashes are found and cut down."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest

from glassworks.engine import native
from tests.fuzz.case import from_json
from tests.fuzz.oracle import difference, spread
from tests.fuzz.shrink import shrink
from tests.fuzz.worker import make
from tests.fuzz.workers import Worker

# `make fuzz` runs many more; these take some seconds. Under the sanitizers the variables ask for thousands.
MODELS, GRAPHS = int(os.environ.get("FUZZ_MODELS", "12")), int(os.environ.get("FUZZ_GRAPHS", "200"))
needs_native = pytest.mark.skipif(not native.available(), reason="the native engine was not built here: there is no C++ compiler")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(keras=False, seconds=300.0) as started:
        yield started


@pytest.fixture(scope="module")
def beside_keras() -> Iterator[Worker]:
    with Worker(keras=True, seconds=300.0) as started:
        yield started


def parts(count: int, size: int) -> list[range]:
    """The first seeds, in parts that end well within the time limit of a test."""
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def failures(worker: Worker, kind: str, seeds: range) -> list[str]:
    replies = {f"{kind}:{seed}": worker.ask(kind=kind, seed=seed) for seed in seeds}
    return [f"{case} {reply['category']}: {reply['detail']}" for case, reply in replies.items() if reply["status"] != "ok"]


@needs_native
@pytest.mark.parametrize("seeds", parts(MODELS, 12), ids=str)
def test_models_compute_the_same_on_all_engines(worker: Worker, seeds: range) -> None:
    assert failures(worker, "model", seeds) == []


@needs_native
@pytest.mark.parametrize("seeds", parts(GRAPHS, 200), ids=str)
def test_op_graphs_compute_the_same_on_all_engines(worker: Worker, seeds: range) -> None:
    assert failures(worker, "ops", seeds) == []


@pytest.mark.parametrize("seeds", parts(60, 10), ids=str)
def test_op_graphs_compute_what_keras_does(beside_keras: Worker, seeds: range) -> None:
    assert failures(beside_keras, "ops", seeds) == []


@pytest.mark.parametrize("seeds", parts(5, 1), ids=str)
def test_models_compute_what_keras_does(beside_keras: Worker, seeds: range) -> None:
    assert failures(beside_keras, "model", seeds) == []


@pytest.mark.parametrize("kind", ["model", "ops"])
def test_a_seed_always_makes_the_same_case_and_text_keeps_it(kind: str) -> None:
    for seed in range(5):
        case = make(kind, seed)
        assert case == make(kind, seed)
        assert from_json(case.to_json()) == case


class TestFaults:
    """Faults planted in a case are found."""

    def test_a_crash_is_a_failure_and_the_next_case_runs(self, worker: Worker) -> None:
        case = make("ops", 0)
        case.lines[-1].form = "__import__('os').abort()"
        case.outputs = [case.lines[-1].out]
        reply = worker.ask(case=case.to_json())
        assert reply["category"] == "crash" and "SIGABRT" in reply["detail"]
        assert worker.ask(kind="ops", seed=1)["status"] == "ok"

    def test_a_hang_is_a_failure(self) -> None:
        case = make("ops", 0)
        case.lines[-1].form = "__import__('time').sleep(60)"
        case.outputs = [case.lines[-1].out]
        with Worker(keras=False, seconds=3.0) as impatient:
            assert impatient.ask(case=case.to_json())["category"] == "hang"

    def test_a_failing_case_is_cut_down_to_the_call_that_fails(self, worker: Worker) -> None:
        case = next(c for c in (make("ops", seed) for seed in range(50)) if len(c.needed()) > 4)
        case.needed()[2].form = "missing({0})"
        category = worker.ask(case=case.to_json())["category"]
        small = shrink(case, category, worker, seconds=20.0)
        assert [line.form for line in small.needed()] == ["missing({0})"]


def test_what_rounds_may_differ_by_its_rounding_and_what_does_not_round_must_agree() -> None:
    clean = np.array([1.0, 2.0], "float32")
    exact, rounded = spread(clean, [clean, clean]), spread(clean, [clean, clean + np.float32(1e-6)])
    assert exact is not None and rounded is not None
    assert "within" in difference(clean + np.float32(1e-6), clean, exact)
    assert difference(clean + np.float32(2e-6), clean, rounded) == ""
    assert "within" in difference(clean + np.float32(1e-3), clean, rounded)


def test_results_that_disturbance_turns_over_say_nothing() -> None:
    assert spread(np.array([3]), [np.array([3]), np.array([4])]) is None
    assert spread(np.array([1.0, np.inf]), [np.array([1.0, 5.0])]) is None
    assert spread(np.array([1.0]), [np.array([2.0])]) is None
