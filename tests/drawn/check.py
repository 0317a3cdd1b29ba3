"""A case here and on real Keras: the same, refused by both, excepted with a reason, or different."""

from __future__ import annotations

from dataclasses import dataclass, field

import glassworks
from tests.drawn.answer import answer
from tests.drawn.case import Case
from tests.drawn.compare import differences
from tests.drawn.exceptions import reason
from tests.drawn.oracle import Oracle


@dataclass
class Result:
    """What became of a case: "same", "refused by both", "excepted" or "differs"; and the differences or the reason, line by line."""

    kind: str
    lines: list[str] = field(default_factory=list)


class Checker:
    """Compares cases with real Keras on NumPy, which compiles nothing; what differs there counts if it differs on JAX as well."""

    def __init__(self, backend: str | None = None) -> None:
        self.oracles = [Oracle(name) for name in ([backend] if backend else ["numpy", "jax"])]

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, *error: object) -> None:
        for oracle in self.oracles:
            oracle.__exit__(*error)

    def check(self, case: Case) -> Result:
        """Run a case here and there."""
        ours = answer(case, glassworks, "glassworks")
        lines: list[str] = []
        for oracle in self.oracles:
            if oracle.backend == "numpy" and case.needs_jax:
                continue
            theirs = oracle.ask(case)
            lines = differences(ours, theirs, case.is_narrow())
            if not lines:
                return Result("refused by both" if ours.error else "same")
            if why := reason(case, lines):
                return Result("excepted", [why])
        return Result("differs", lines)
