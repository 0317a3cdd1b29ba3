"""The checks that look at an `Evidence`, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from glassworks.checks import CHECKS, Finding, is_on

if TYPE_CHECKING:
    from glassworks.training.diagnosis.evidence import Evidence

Check = Callable[["Evidence"], Finding | None]
BEFORE_TRAINING: dict[str, Check] = {}
"""Name -> the function that looks, before the first step."""


def looks_for(name: str) -> Callable[[Check], Check]:
    """Register a function as the check of a name in `glassworks.checks.CHECKS`."""
    assert name in CHECKS, f"{name} has no line in glassworks.checks.CHECKS"

    def register(function: Check) -> Check:
        BEFORE_TRAINING[name] = function
        return function

    return register


def findings(evidence: Evidence) -> Iterator[Finding]:
    """The findings of all checks that are on, at most one per check."""
    for name, look in BEFORE_TRAINING.items():
        finding = look(evidence) if is_on(name) else None
        if finding is not None:
            evidence.reported.add(name)
            yield finding
