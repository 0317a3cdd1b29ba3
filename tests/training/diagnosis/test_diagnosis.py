"""`Diagnosis`: the order of findings, what is told, and when something is told again."""

from __future__ import annotations

import pickle
import warnings

import pytest

from glassworks.checks import CHECKS, Finding, Severity, listening, switch, tell
from glassworks.errors import DiagnosisError, GlassworksWarning
from glassworks.training.diagnosis.diagnosis import SYMPTOMS, Diagnosis


def finding(check: str, severity: Severity = "warning", value: float = 1.0) -> Finding:
    return Finding(check, "fit", f"{check} found", "expected", "fix", severity=severity, value=value)


def names(diagnosis: Diagnosis) -> list[str]:
    return [entry["check"] for entry in diagnosis.report()]


def test_the_cause_comes_before_what_follows_from_it_whatever_was_seen_first() -> None:
    diagnosis = Diagnosis()
    for check in ("nothing_learned", "dead_units", "learning_rate_high"):
        diagnosis.update(check, finding(check, "error" if check == "learning_rate_high" else "warning"))
    assert names(diagnosis)[0] == "learning_rate_high"


def test_errors_come_before_warnings_and_these_before_what_is_worth_knowing() -> None:
    diagnosis = Diagnosis()
    diagnosis.hear(finding("sorted_labels", "info"))
    diagnosis.hear(finding("class_imbalance") if "class_imbalance" in CHECKS else finding("stretched_targets"))
    diagnosis.hear(finding("not_finite", "error"))
    assert [entry["severity"] for entry in diagnosis.report()] == ["error", "warning", "info"]


def test_what_follows_from_an_earlier_finding_is_recorded_and_not_told() -> None:
    diagnosis = Diagnosis("warn")
    with pytest.warns(GlassworksWarning, match="learning_rate_high found"):
        diagnosis.update("learning_rate_high", finding("learning_rate_high", "error"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnosis.update("dead_units", finding("dead_units"))
    assert [(entry["check"], entry["severity"]) for entry in diagnosis.report()] == [
        ("learning_rate_high", "error"),
        ("dead_units", "info"),
    ]


def test_a_finding_is_told_once_and_again_after_it_was_gone_for_three_looks() -> None:
    diagnosis = Diagnosis()
    for value in (1.0, 2.0, 3.0):
        diagnosis.update("plateau", finding("plateau", value=value))
    assert len(diagnosis) == 1
    for _ in range(2):
        diagnosis.update("plateau", None)
    diagnosis.update("plateau", finding("plateau", value=4.0))
    assert len(diagnosis) == 1
    for _ in range(3):
        diagnosis.update("plateau", None)
    diagnosis.update("plateau", finding("plateau", value=5.0))
    assert [entry["value"] for entry in diagnosis.report()] == [1.0, 5.0]


def test_raise_raises_for_errors_alone_with_the_finding_in_four_parts() -> None:
    diagnosis = Diagnosis("raise")
    with pytest.warns(GlassworksWarning):
        diagnosis.hear(finding("sorted_labels"))
    with pytest.raises(DiagnosisError, match="learning_rate_high found") as caught:
        diagnosis.hear(finding("learning_rate_high", "error"))
    assert caught.value.finding.check == "learning_rate_high" and caught.value.fix == "fix"
    assert pickle.loads(pickle.dumps(caught.value)).finding == caught.value.finding
    assert len(diagnosis) == 2


def test_off_keeps_nothing_but_on_nan_still_warns() -> None:
    diagnosis = Diagnosis("off")
    diagnosis.hear(finding("sorted_labels"))
    with pytest.warns(GlassworksWarning, match="not_finite found"):
        diagnosis.hear(finding("not_finite"))
    assert not len(diagnosis) and str(diagnosis) == "The doctor found nothing wrong."


def test_a_check_that_is_switched_off_is_not_recorded() -> None:
    diagnosis = Diagnosis()
    switch(("plateau",), False, "test")
    diagnosis.update("plateau", finding("plateau"))
    assert not len(diagnosis)


def test_findings_go_to_the_innermost_listener_and_become_warnings_without_one() -> None:
    outer: list[Finding] = []
    inner: list[Finding] = []
    with listening(outer.append):
        with listening(inner.append):
            tell(finding("frozen"))
        tell(finding("one_class"))
        tell(None)
    assert [entry.check for entry in outer] == ["one_class"] and [entry.check for entry in inner] == ["frozen"]
    with pytest.warns(GlassworksWarning, match="frozen found"):
        tell(finding("frozen"))


def test_no_two_causes_explain_each_other() -> None:
    assert not [(cause, symptom) for cause, symptoms in SYMPTOMS.items() for symptom in symptoms if cause in SYMPTOMS.get(symptom, ())]


def test_text_and_repr_name_every_finding() -> None:
    diagnosis = Diagnosis()
    diagnosis.update("plateau", finding("plateau"))
    assert "plateau found" in str(diagnosis) and repr(diagnosis) == "<Diagnosis: plateau>"
    assert list(diagnosis) == diagnosis.findings and "plateau" in diagnosis and "frozen" not in diagnosis
