"""Keras on its JAX backend, in a process of its own: it confirms what the NumPy backend found.

The NumPy backend is quick on ever new shapes, but adds numbers of 16 bits in 16 bits, makes booleans of what JAX makes integers,
and accepts what JAX refuses. A difference counts only where both backends show one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.case import Case, OpCase, from_json
from tests.fuzz.failure import CaseError

ROOT = Path(__file__).resolve().parents[2]


class KerasOnJax:
    """A process that compares op graphs with Keras on JAX; it is started when it is first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def confirm(self, case: Case) -> None:
        """Raises `CaseError` where a case differs from Keras on JAX."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.keras_on_jax"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, "KERAS_BACKEND": "jax"},
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(case.to_json() + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        if found is not None:
            raise CaseError(*found)


def main() -> None:
    """Answer each case with a failure as a pair of texts, or null, until the input ends."""
    import jax

    from tests.fuzz.against_keras import compare, uses

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a case prints must not stand between the answers
    for line in sys.stdin:
        case, found = from_json(line), None
        assert isinstance(case, OpCase)
        # JAX without 64 bits is what Keras is made for; with them it prefers float64.
        jax.config.update("jax_enable_x64", uses(case, {"float64"}))
        try:
            compare(case)
        except CaseError as failure:
            found = [failure.category, failure.detail]
        print(json.dumps(found), file=out, flush=True)


if __name__ == "__main__":
    main()
