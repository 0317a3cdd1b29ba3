"""The rules about the learning rate: tables of measurements, with the figures of healthy and failing trainings."""

from __future__ import annotations

import math

import pytest

from glassworks.training.diagnosis.course import Course, Look
from glassworks.training.diagnosis.learning_rate import learning_rate_high


def course(losses: list[float], update: float = 0.1, every: int = 20, **facts: object) -> Course:
    made = Course(where="fit", optimizer="SGD", rate=0.5, updates={"dense": update}, **facts)  # type: ignore[arg-type]
    for number, loss in enumerate(losses):
        made.steps += every if number else 1
        made.add(Look(made.steps, loss, 32.0 * every))
    return made


FAILING = {
    "the first step moved a kernel by its own size, and the loss stays": ([2.3, 2.4, 2.35, 2.3, 2.31], 1.4),
    "the first step moved a kernel by its own size, and the loss jumped and stays high": ([2.3, 14.0, 9.0, 9.1, 8.0], 0.95),
    "the loss jumped, after a first step in the grey zone": ([2.3, 9.0, 2.4, 2.4, 2.4], 0.35),
    "the loss jumped to twice its start, and stays for 100 steps": ([2.3, 5.0, 2.3, 2.3, 2.3, 2.3], 0.24),
    "NaN after large steps": ([2.3, 1e9, math.nan], 5.0),
    "NaN at once": ([2.3, math.nan], 0.95),
    "NaN after a first step in the grey zone, and a rise": ([2.3, 5.0, math.nan], 0.5),
}
HEALTHY = {
    "an ordinary training": ([2.3, 1.5, 0.9, 0.4, 0.2], 0.02),
    "the largest first step among the good ones": ([2.3, 1.9, 1.5, 1.0, 0.7], 0.39),
    "the highest loss among the good ones": ([2.3, 6.6, 2.2, 1.2, 0.7, 0.4], 0.39),
    "a linear model, whose kernel is far from its target": ([9.0, 4.0, 2.0, 1.0, 0.1], 1.5),
    "a jump that training recovers from": ([2.3, 9.0, 2.0, 1.0, 0.5], 0.2),
    "a loss that does not fall, without large steps": ([2.3, 2.3, 2.3, 2.3, 2.3, 2.3, 2.3], 0.01),
    "NaN from the data": ([2.3, 2.0, 1.5, math.nan], 0.02),
    "NaN from elsewhere after a first step in the grey zone": ([2.3, math.nan], 0.43),
    "too few looks to say": ([2.3, 2.4, 2.35], 1.4),
    "no look": ([], 1.4),
    "a loss below zero": ([-1.0, -1.0, -1.0, -1.0], 1.4),
}


@pytest.mark.parametrize("losses, update", FAILING.values(), ids=FAILING)
def test_a_learning_rate_that_is_too_high_is_found(losses: list[float], update: float) -> None:
    finding = learning_rate_high(course(losses, update))
    assert finding is not None and finding.severity == "error"
    assert finding.value is not None and finding.threshold is not None and "(you have 0.5)" in finding.fix
    assert finding.layer == ("dense" if update > 0.3 else "")


@pytest.mark.parametrize("losses, update", HEALTHY.values(), ids=HEALTHY)
def test_healthy_trainings_are_left_alone(losses: list[float], update: float) -> None:
    assert learning_rate_high(course(losses, update)) is None


def test_a_network_that_was_trained_before_is_measured_against_a_constant_answer() -> None:
    losses = [0.02, 0.09, 0.08, 0.1, 0.1]
    assert learning_rate_high(course(losses, constant_loss=2.3)) is None
    assert learning_rate_high(course(losses)) is not None


@pytest.mark.parametrize(
    "rate, optimizer, update, expected", [(0.5, "Adam", 5.0, 1e-3), (20.0, "SGD", 1.6, 0.1), (1e-3, "SGD", 30.0, 1e-6)]
)
def test_the_suggested_rate_would_move_kernels_by_a_few_percent(rate: float, optimizer: str, update: float, expected: float) -> None:
    failing = course([2.3, 14.0, 9.0, 9.1, 8.0], update)
    failing.rate, failing.optimizer = rate, optimizer
    finding = learning_rate_high(failing)
    assert finding is not None and finding.fix == f"optimizer=keras.optimizers.{optimizer}(learning_rate={expected:g}) (you have {rate:g})"


def test_looks_at_few_samples_are_averaged() -> None:
    made = Course()
    for step, loss in enumerate([0.1, 4.0, 0.2, 3.0, 5.0, 1.0, 2.0, 2.0], start=1):
        made.add(Look(step, loss, 2.0))
    assert [(look.step, look.samples) for look in made.looks] == [(8, 16.0)]
    assert made.looks[0].loss == pytest.approx(sum([0.1, 4.0, 0.2, 3.0, 5.0, 1.0, 2.0, 2.0]) / 8) and made.peak == made.looks[0].loss


def test_old_looks_are_thinned_out() -> None:
    made = Course()
    for step in range(5000):
        made.add(Look(step, 1.0, 32.0))
    assert len(made.looks) <= 512 and [look.step for look in made.looks[-3:]] == [4997, 4998, 4999]
