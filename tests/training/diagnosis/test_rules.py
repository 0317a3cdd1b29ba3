"""The rules that look at examinations and epochs, as tables of measurements: what is found, and what is left alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from glassworks.checks import CHECKS
from glassworks.training.diagnosis.answers import compare
from glassworks.training.diagnosis.course import Course, Look
from glassworks.training.diagnosis.examination import Examination, Kernel, Units
from glassworks.training.diagnosis.floors import clipped_loss, loss_floor, of_classes, of_targets
from glassworks.training.diagnosis.gap import overfitting, plateau, underfitting
from glassworks.training.diagnosis.gradients import exploding_gradients, vanishing_gradients
from glassworks.training.diagnosis.learned import nothing_learned, one_class_predicted
from glassworks.training.diagnosis.learning_rate import learning_rate_low
from glassworks.training.diagnosis.modes import batch_norm_modes
from glassworks.training.diagnosis.rules import DURING_TRAINING, ORDER
from glassworks.training.diagnosis.units import dead_units, saturated_units

RNG = np.random.default_rng(0)
LINE = math.log(4)


def course(loss: float = LINE, looks: Any = (), epochs: Any = None, **facts: Any) -> Course:
    """A training of 200 steps that has ended with a loss, at that of a constant answer by default."""
    made = Course(where="fit", optimizer="Adam", rate=0.001, steps=200, constant_loss=LINE, is_over=True, first=1.4)
    made.epochs = [{"loss": loss}] * 3 if epochs is None else epochs
    made.examinations = list(looks) if isinstance(looks, (list, tuple)) else [looks] * 3
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def units(op: str, *stuck: float) -> Examination:
    return Examination(samples=64, units=[Units("dense", op, np.array(stuck))])


def kernels(first: float, last: float, update: float) -> Examination:
    return Examination(
        kernels=[Kernel("a/kernel", first, update), Kernel("b/kernel", math.sqrt(first * last), 0.01), Kernel("c/kernel", last, 0.01)]
    )


def severity(finding: Any) -> str | None:
    return None if finding is None else finding.severity


@pytest.mark.parametrize("dead, expected", [(0, None), (1, None), (2, "info"), (4, "warning"), (6, "error"), (10, "error")])
def test_dead_units_count_by_their_share(dead: int, expected: str | None) -> None:
    finding = dead_units(course(looks=units("relu", *[1.0] * dead, *[0.0] * (10 - dead))))
    assert severity(finding) == expected
    assert finding is None or (finding.value == dead / 10 and finding.layer == "dense" and f"{dead} of 10 units" in finding.found)


def test_units_must_be_dead_in_all_of_the_last_examinations() -> None:
    first, second = units("relu", 1, 1, 0, 0), units("relu", 0, 0, 1, 1)
    assert dead_units(course(looks=[first, second, first])) is None
    assert dead_units(course(looks=[first, first], is_over=False)) is None
    assert dead_units(course(looks=[first])) is not None


@pytest.mark.parametrize("op, rule", [("relu", dead_units), ("sigmoid", saturated_units), ("tanh", saturated_units)])
def test_stuck_units_of_a_network_that_learns_are_worth_knowing_only(op: str, rule: Any) -> None:
    assert severity(rule(course(looks=units(op, 1, 1, 1, 0)))) in ("warning", "error")
    assert severity(rule(course(0.2, looks=units(op, 1, 1, 1, 0)))) == "info"
    assert rule(course(looks=units(op, 0.5, 0.5, 0.5, 0.5))) is None


VANISHING = {
    "sigmoids, deep": (1e-9, 1e-2, 1e-7, LINE, "warning"),
    "small, but Adam moves the weights and the network learns": (1e-9, 1e-2, 1e-3, 0.3, None),
    "small, and the network learns nothing all the same": (1e-9, 1e-2, 1e-3, LINE, "warning"),
    "it learns although the first layer stands still": (1e-9, 1e-2, 1e-7, 0.3, "info"),
    "all gradients are small at the end of a good training": (1e-9, 1e-8, 1e-5, 0.001, None),
    "a ratio that is small, and a gradient that is not": (1e-3, 10.0, 1e-3, LINE, None),
    "ordinary": (1e-3, 1e-2, 1e-3, LINE, None),
    "the last layer has no gradient": (0.0, 0.0, 0.0, LINE, None),
}


@pytest.mark.parametrize("first, last, update, loss, expected", VANISHING.values(), ids=VANISHING)
def test_gradients_that_vanish(first: float, last: float, update: float, loss: float, expected: str | None) -> None:
    assert severity(vanishing_gradients(course(loss, kernels(first, last, update)))) == expected


EXPLODING = {
    "a first gradient of ten thousand times the kernel, and NaN": ("SGD", 0.01, 100.0, [0.7, 1e9, math.nan], True),
    "the loss leaps after a small first step, whatever the optimizer": ("Adam", 0.001, 0.02, [0.7, 4e4, math.nan], True),
    "a learning rate that is too high": ("SGD", 20.0, 1.6, [2.3, 1e9, math.nan], False),
    "Adam, whose steps do not depend on the gradient": ("Adam", 1.0, 7.0, [2.3, 2000.0, math.nan], False),
    "a steep start that training recovers from": ("SGD", 0.001, 2.0, [9.0, 5.0, 1.0, 0.5, 0.2], False),
}


@pytest.mark.parametrize("optimizer, rate, update, losses, expected", EXPLODING.values(), ids=EXPLODING)
def test_gradients_that_explode(optimizer: str, rate: float, update: float, losses: list[float], expected: bool) -> None:
    made = Course(optimizer=optimizer, rate=rate, updates={"dense": update})
    for loss in losses:
        made.steps += 20
        made.add(Look(made.steps, loss, 32.0))
    finding = exploding_gradients(made)
    assert (finding is not None) is expected and (finding is None or "clipnorm=1.0" in finding.fix)


LOW = {
    "nothing moved and nothing happened": (1.38, 1e-4, -math.inf, "learning_rate_low"),
    "it moved": (1.38, 0.1, -math.inf, None),
    "the loss fell": (0.9, 1e-4, -math.inf, None),
    "it jumped before it stood still": (1.38, 1e-4, 4.0, None),
    "nothing moved at all: no gradient": (1.38, 0.0, -math.inf, None),
}


def test_a_schedule_that_ends_before_training() -> None:
    gone = course(1.3, epochs=[{"loss": 1.3}] * 5, moved={"a": 0.4}, rate=0.05, rate_now=1e-9)
    assert severity(learning_rate_low(gone)) == "warning" and "decay_steps" in learning_rate_low(gone).fix  # type: ignore[union-attr]
    assert learning_rate_low(course(0.1, epochs=[{"loss": 0.1}] * 5, moved={"a": 0.4}, rate=0.05, rate_now=1e-9)) is None


@pytest.mark.parametrize("loss, moved, peak, expected", LOW.values(), ids=LOW)
def test_a_learning_rate_that_is_too_low(loss: float, moved: float, peak: float, expected: str | None) -> None:
    finding = learning_rate_low(course(loss, moved={"dense/kernel": moved}, peak=peak, rate=1e-7))
    assert (finding and finding.check) == expected
    assert finding is None or ("(you have 1e-07)" in finding.fix and "learning_rate=0.001" in finding.fix)


def classes(predicted: np.ndarray, labels: np.ndarray, sure: float = 0.7) -> Examination:
    p = np.full((len(labels), 4), (1 - sure) / 3)
    p[np.arange(len(labels)), predicted] = sure
    return Examination(answers=[answers for answers in [compare("out", labels, p)] if answers])


LABELS = RNG.integers(0, 4, 200)


def test_a_constant_answer_is_nothing_learned_and_one_class_predicted() -> None:
    constant = classes(np.zeros(200, int), LABELS)
    assert severity(one_class_predicted(course(looks=constant))) == severity(nothing_learned(course(looks=constant))) == "warning"
    good = classes(LABELS, LABELS)
    assert one_class_predicted(course(0.3, looks=good)) is None and nothing_learned(course(0.3, looks=good)) is None


def test_answers_that_are_right_in_use_are_something_learned_whatever_dropout_makes_of_the_training_loss() -> None:
    assert nothing_learned(course(1.5 * LINE, looks=classes(LABELS, LABELS))) is None
    assert nothing_learned(course(LINE, looks=classes(RNG.permutation(LABELS), LABELS))) is not None


def test_rare_classes_that_are_never_predicted_are_worth_knowing_where_the_loss_has_learned() -> None:
    rare = (RNG.random(400) < 0.05).astype(int)
    look = classes(np.zeros(400, int), rare, 0.9)
    assert severity(one_class_predicted(course(0.1, looks=look, constant_loss=0.2))) == "info"
    assert severity(one_class_predicted(course(0.2, looks=look, constant_loss=0.2))) == "warning"


def test_a_class_that_is_hardly_ever_recognised_is_found_too() -> None:
    labels = np.array([0] * 160 + [1] * 40)
    said = np.array([0] * 160 + [0] * 36 + [1] * 4)
    assert severity(one_class_predicted(course(looks=classes(said, labels)))) == "warning"
    assert one_class_predicted(course(looks=classes(np.array([0] * 160 + [0] * 20 + [1] * 20), labels))) is None


def test_before_a_hundred_steps_nothing_is_said_about_learning() -> None:
    constant = classes(np.zeros(200, int), LABELS)
    assert not any(rule(course(looks=constant, steps=50)) for rule in (one_class_predicted, nothing_learned))
    assert not any(rule(course(looks=constant, is_over=False)) for rule in (one_class_predicted, nothing_learned))


@pytest.mark.parametrize("count, floor", [(2, 0.313), (3, 0.551), (5, 0.905), (10, 1.461), (100, 3.622)])
def test_the_floor_of_probabilities_as_scores(count: int, floor: float) -> None:
    assert of_classes(count) == pytest.approx(floor, abs=1e-3)
    sure = np.eye(count)
    assert -np.log(np.exp(sure) / np.exp(sure).sum(axis=1, keepdims=True)).diagonal().mean() == pytest.approx(of_classes(count))
    assert of_targets([np.arange(count)])[:1] == pytest.approx([of_classes(count)])


def test_the_floor_of_a_sigmoid_as_a_score() -> None:
    y = np.array([0, 1] * 50, float)
    assert of_targets([y])[1] == pytest.approx(np.mean(np.logaddexp(0, np.where(y == 1, -1, 0)))) == pytest.approx(0.503, abs=1e-3)
    assert of_targets([RNG.normal(size=50)]) == of_targets([None]) == of_targets([y, y]) == []


def look_with_loss(p: np.ndarray, labels: np.ndarray, loss: float) -> Examination:
    return Examination(answers=[answers for answers in [compare("out", labels, p, loss)] if answers])


def test_a_loss_that_takes_probabilities_for_scores_is_recognised_by_its_value() -> None:
    p = np.eye(4)[LABELS] * 0.97 + 0.01 * (1 - np.eye(4)[LABELS])
    as_scores = float(np.mean(np.log(np.exp(p).sum(axis=1)) - p[np.arange(200), LABELS]))
    assert severity(loss_floor(course(as_scores, look_with_loss(p, LABELS, as_scores)))) == "error"
    assert loss_floor(course(0.03, look_with_loss(p, LABELS, float(-np.log(p[np.arange(200), LABELS]).mean())))) is None


def test_two_softmaxes_are_recognised_by_the_highest_probability() -> None:
    p = np.exp(np.eye(4)[LABELS])
    p /= p.sum(axis=1, keepdims=True)
    finding = loss_floor(course(0.744, look_with_loss(p, LABELS, 0.744)))
    assert finding is not None and "twice" in finding.found and finding.threshold == pytest.approx(of_classes(4))


def test_a_constant_answer_is_not_taken_for_two_softmaxes() -> None:
    p = np.tile(np.array([math.e, 1, 1, 1]) / (math.e + 3), (200, 1))
    assert loss_floor(course(1.7, look_with_loss(p, LABELS, 1.7))) is None


def test_clipped_losses() -> None:
    p = np.full((200, 4), 1 / 3)
    p[np.arange(200), LABELS] = np.where(np.arange(200) < 40, 0.0, 1 / 3)
    entropy = -np.log(np.clip(p[np.arange(200), LABELS], 1e-7, 1)).mean()
    finding = clipped_loss(course(entropy, look_with_loss(p, LABELS, entropy)))
    assert finding is not None and finding.value == pytest.approx(0.2) and "3.22" in finding.found
    p[np.arange(200), LABELS] = 0.5
    assert clipped_loss(course(looks=look_with_loss(p, LABELS, 0.7))) is None


MODES = {
    "young averages": (0.5, 1.4, 0.99, True),
    "equal modes": (0.5, 0.5, 0.99, False),
    "dropout, which makes training worse": (1.0, 0.5, 0.99, False),
    "a ratio of tiny losses": (0.001, 0.01, 0.99, False),
    "no batch normalization": (0.5, 1.4, None, False),
}


@pytest.mark.parametrize("train, test, momentum, expected", MODES.values(), ids=MODES)
def test_modes_that_differ(train: float, test: float, momentum: float | None, expected: bool) -> None:
    finding = batch_norm_modes(course(train, Examination(loss_train=train, loss_test=test), momentum=momentum))
    assert (finding is not None) is expected
    assert finding is None or ("have had 200" in finding.found and "500 steps" in finding.found)


def epochs(train: list[float], validation: list[float], **metrics: list[float]) -> list[dict[str, float]]:
    columns = {"loss": train, "val_loss": validation, **metrics}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


FELL = [1.0, 0.6, 0.4, 0.25, 0.2, 0.1]


def test_overfitting_needs_three_epochs_in_which_the_losses_part() -> None:
    parted = epochs(FELL, [1.1, 0.8, 0.7, 1.1, 1.2, 1.3])
    assert severity(overfitting(course(epochs=parted))) == "warning"
    assert overfitting(course(epochs=parted[:-1])) is None
    assert overfitting(course(epochs=epochs(FELL, [1.1, 0.8, 0.7, 0.71, 0.72, 0.74]))) is None
    assert overfitting(course(epochs=epochs([1.0, 0.6, 0.4, 0.41, 0.42, 0.4], [1.1, 0.8, 0.7, 1.1, 1.2, 1.3]))) is None


@pytest.mark.parametrize("held_out, expected", [(0.97, "info"), (0.7, "warning")])
def test_overfitting_is_a_warning_where_accuracy_suffers_too(held_out: float, expected: str) -> None:
    parted = epochs(FELL, [0.5, 0.2, 0.1, 0.13, 0.14, 0.15], accuracy=[0.99] * 6, val_accuracy=[held_out] * 6)
    assert severity(overfitting(course(epochs=parted))) == expected


def test_underfitting_and_plateau_need_losses_that_stand_still() -> None:
    still = [{"loss": 1.25}] * 10
    assert severity(underfitting(course(epochs=still))) == severity(plateau(course(epochs=still))) == "info"
    falling = [{"loss": 1.25 * 0.97**number} for number in range(10)]
    assert underfitting(course(epochs=falling)) is None and plateau(course(epochs=falling)) is None
    assert plateau(course(epochs=[{"loss": 0.01}] * 10)) is None
    heavy = Examination(loss_train=1.25, penalty=0.5)
    assert severity(underfitting(course(epochs=still, looks=heavy))) == "warning"


def test_every_rule_has_its_place_in_the_order_and_a_line_in_the_list_of_checks() -> None:
    assert set(DURING_TRAINING) == set(ORDER) <= set(CHECKS)


@pytest.mark.parametrize("name", ORDER)
def test_a_rule_says_nothing_about_a_training_of_which_nothing_is_known(name: str) -> None:
    for empty in (Course(), Course(is_over=True), Course(is_over=True, steps=1000, epochs=[{}] * 20, looks=[Look(1, 1.0, 32.0)])):
        assert DURING_TRAINING[name].look(empty) is None
