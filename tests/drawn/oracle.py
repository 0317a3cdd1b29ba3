"""Real Keras in a process of its own, on the backend of choice: it answers cases."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.drawn.answer import Answer, answer
from tests.drawn.case import Case

ROOT = Path(__file__).resolve().parents[2]


class Oracle:
    """A process with real Keras; it starts when it is first asked, and ends with the `with` block."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()

    def ask(self, case: Case) -> Answer:
        """What a case answers on real Keras."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.drawn.oracle", self.backend],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "KERAS_BACKEND": self.backend, "PYTHONPATH": str(ROOT)},
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        pickle.dump(case, self._process.stdin)
        self._process.stdin.flush()
        found: Answer = pickle.load(self._process.stdout)
        return found


def real_keras(backend: str) -> Any:
    """Keras on a backend; models run step by step, which compiles less for few steps."""
    from tests import jax_settings

    if backend == "jax":
        jax_settings.before_import(cache=ROOT / ".pytest_cache" / "jax")
    import keras

    if backend == "jax":
        jax_settings.share_context()
    compile_model = keras.Model.compile
    keras.Model.compile = lambda self, *args, **options: compile_model(self, *args, **{"run_eagerly": True, **options})
    return keras


def main(backend: str) -> None:
    """Answer the cases of the standard input until it ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a case prints must not stand between the answers
    keras = real_keras(backend)
    while True:
        try:
            case = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if backend == "jax":
            import jax

            # JAX without 64 bits is what Keras is made for; with them it prefers float64.
            jax.config.update("jax_enable_x64", any(array.dtype == "float64" for array in case.arrays.values()))
        pickle.dump(answer(case, keras, backend), out)
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
