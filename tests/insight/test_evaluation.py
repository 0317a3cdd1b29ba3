"""Confusion matrices, threshold tables and calibration agree with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from glassworks import Sequential, insight, layers
from glassworks.errors import GlassworksError
from glassworks.insight.confusion import ConfusionMatrix

RNG = np.random.default_rng(0)
SCORES = RNG.dirichlet(np.ones(4), 300)
TRUTH = np.where(RNG.random(300) < 0.7, SCORES.argmax(1), RNG.integers(0, 4, 300))
YES = RNG.random(300).astype(np.float32)
IS_YES = (RNG.random(300) < YES**2).astype(int)


def identity(size: int) -> Sequential:
    return Sequential([layers.Input((size,)), layers.Activation("linear")])


def test_a_confusion_matrix_counts_as_scikit_learn_does() -> None:
    matrix = insight.confusion_matrix(identity(4), SCORES, TRUTH, class_names=["a", "b", "c", "d"])
    predicted = SCORES.argmax(1)
    np.testing.assert_array_equal(matrix.counts, metrics.confusion_matrix(TRUTH, predicted))
    precision, recall, f1, samples = metrics.precision_recall_fscore_support(TRUTH, predicted)
    for ours, theirs in ((matrix.precision, precision), (matrix.recall, recall), (matrix.f1, f1), (matrix.samples, samples)):
        np.testing.assert_allclose(ours, theirs)
    assert matrix.accuracy == pytest.approx(metrics.accuracy_score(TRUTH, predicted))


def test_the_most_frequent_mistakes_are_said_in_words() -> None:
    matrix = ConfusionMatrix(np.array([[50, 34, 0], [1, 9, 0], [2, 0, 4]]), ["7", "1", "9"])
    assert str(matrix.most_confused()[0]) == "'7' called '1' 34 times (40.5% of '7')"
    assert [tuple(pair)[:3] for pair in matrix.most_confused(2)] == [("7", "1", 34), ("9", "7", 2)]
    assert len(matrix.most_confused()) == 3, "pairs without mistakes are left out"
    for text in (str(matrix), matrix._repr_html_()):
        assert "63 of 100 samples are right: accuracy 63.0%." in text
        assert "called" in text
        assert "34" in text


def test_a_class_that_is_always_or_never_given_is_named() -> None:
    assert "Every sample is called 'b'." in str(ConfusionMatrix(np.array([[0, 5], [0, 9]]), ["a", "b"]))
    matrix = ConfusionMatrix(np.array([[5, 0, 0], [1, 0, 3], [0, 0, 0]]), ["a", "b", "c"])
    assert "Never given: b." in str(matrix)
    assert np.isnan(matrix.recall[2])
    assert matrix.recall[1] == 0
    assert np.isnan(matrix.precision[1])


def test_many_classes_are_listed_without_the_counts_of_all_pairs() -> None:
    assert len(ConfusionMatrix(np.eye(13, dtype=int), list("abcdefghijklm")).tables()) == 1


def test_a_binary_confusion_matrix() -> None:
    matrix = insight.confusion_matrix(identity(1), YES[:, None], IS_YES)
    np.testing.assert_array_equal(matrix.counts, metrics.confusion_matrix(IS_YES, YES > 0.5))
    counts = insight.confusion_matrix(identity(4), SCORES, TRUTH, positive=2).counts
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(TRUTH == 2, SCORES[:, 2] > 0.5))


def test_the_numbers_at_a_threshold_are_those_of_scikit_learn() -> None:
    table = insight.threshold_table(identity(1), YES[:, None], IS_YES, cost_of_false_alarm=2, cost_of_miss=3)
    assert len(table.rows) == 19
    for row in table.rows:
        reported = row.threshold <= YES
        (_, alarms), (missed, _) = metrics.confusion_matrix(IS_YES, reported, labels=[0, 1])
        assert (row.false_alarms, row.missed) == (alarms, missed)
        assert row.precision == pytest.approx(metrics.precision_score(IS_YES, reported, zero_division=1))
        assert row.recall == pytest.approx(metrics.recall_score(IS_YES, reported))
        assert row.f1 == pytest.approx(metrics.f1_score(IS_YES, reported))
        assert row.false_alarms_per_1000 == pytest.approx(alarms / 0.3)
        assert row.cost == pytest.approx((2 * alarms + 3 * missed) / 300)


def test_the_best_thresholds_are_the_best_of_all() -> None:
    table = insight.threshold_table(identity(1), YES[:, None], IS_YES, cost_of_miss=4)
    precision, recall, _ = metrics.precision_recall_curve(IS_YES, YES)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert table.best_f1.f1 == pytest.approx(f1.max())
    costs = [((IS_YES == 0) & (t <= YES)).sum() + 4 * ((IS_YES == 1) & (t > YES)).sum() for t in [*YES, 2.0]]
    assert table.best_cost.cost == pytest.approx(min(costs) / 300)
    dear = insight.threshold_table(identity(1), np.array([[0.9], [0.1]]), [0, 1], cost_of_false_alarm=1000)
    assert (dear.best_cost.missed, dear.best_cost.false_alarms) == (1, 0), "reporting nothing is one of the choices"
    assert f"at threshold {table.best_cost.threshold:.3g}" in str(table)
    assert "Lowest cost" in table._repr_html_()


def test_scores_that_are_not_probabilities_have_thresholds_too() -> None:
    table = insight.threshold_table(identity(1), 10 * YES[:, None] - 5, IS_YES)
    assert min(row.threshold for row in table.rows) < 0
    assert table.best_f1.f1 == pytest.approx(insight.threshold_table(identity(1), YES[:, None], IS_YES).best_f1.f1)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_calibration_bins_are_those_of_scikit_learn(strategy: str) -> None:
    result = insight.calibration(identity(1), YES[:, None], IS_YES, bins=7, strategy=strategy)
    share, probability = calibration_curve(IS_YES, YES, n_bins=7, strategy=strategy)
    np.testing.assert_allclose([one.share for one in result.bins], share)
    np.testing.assert_allclose([one.probability for one in result.bins], probability, rtol=1e-6)
    assert sum(one.samples for one in result.bins) == 300


def test_the_expected_calibration_error_by_hand() -> None:
    result = insight.calibration(identity(4), SCORES, TRUTH, bins=10)
    top, right = SCORES.max(1), SCORES.argmax(1) == TRUTH
    bins = np.ceil(top * 10).astype(int)
    expected = sum(abs(right[bins == b].mean() - top[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))
    assert result.expected_error == pytest.approx(expected, rel=1e-5)
    assert result.bias == pytest.approx((top - right).mean(), rel=1e-5)
    assert f"{expected:.4f}" in str(result)
    assert "too unsure" in result._repr_html_()


def test_the_pictures_show_the_results() -> None:
    matrix = insight.confusion_matrix(identity(4), SCORES, TRUTH)
    assert sum(int(text.get_text()) for text in matrix.plot().axes[0].texts) == 300
    table = insight.threshold_table(identity(1), YES[:, None], IS_YES)
    lines = {str(line.get_label()): line for line in table.plot().axes[0].get_lines()}
    assert max(lines["F1"].get_ydata()) == table.best_f1.f1
    result = insight.calibration(identity(1), YES[:, None], IS_YES)
    drawn = {line.get_label(): line for line in result.plot().axes[0].get_lines()}["this model"]
    np.testing.assert_allclose(drawn.get_ydata(), [one.share for one in result.bins])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: insight.threshold_table(identity(4), SCORES, TRUTH), "positive=0"),
        (lambda: insight.threshold_table(identity(1), YES[:, None], np.zeros(300)), "no sample of class '1'"),
        (lambda: insight.threshold_table(identity(1), YES[:, None], IS_YES, cost_of_miss=-1), "at least 0"),
        (lambda: insight.calibration(identity(4), 5 * SCORES, TRUTH), "from_logits=True"),
        (lambda: insight.calibration(identity(4), SCORES, TRUTH, bins=0), "bins"),
        (lambda: insight.calibration(identity(4), SCORES, TRUTH, strategy="equal"), "uniform"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error_with_a_fix(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(GlassworksError, match=message):
        call()
