"""Runs cases in a process of their own, which may crash or hang without harm."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# A process that has grown beyond this is replaced by a new one.
MOST_MEGABYTES = 1200


class Worker:
    """A process that answers requests; a new one is started when it is gone.

    Args:
        keras: Whether cases are compared with Keras as well.
        seconds: How long a case may take.
    """

    def __init__(self, keras: bool, seconds: float = 60.0) -> None:
        self.keras, self._seconds = keras, seconds
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the worker

    def ask(self, **request: Any) -> dict[str, Any]:
        """The reply to a request; one with status "failure" for a crash or a hang."""
        process = self._start() if self._process is None else self._process
        assert process.stdin is not None and process.stdout is not None
        self._errors.seek(0)
        self._errors.truncate()
        process.stdin.write(json.dumps({"keras": self.keras, **request}) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self._seconds)
        line = process.stdout.readline() if ready else ""
        if not line:
            return self._lost("crash" if ready else "hang", request)
        reply = json.loads(line)
        if reply["megabytes"] > MOST_MEGABYTES:
            self.stop()
        return reply

    def _start(self) -> subprocess.Popen[str]:
        # Keras's NumPy backend compiles nothing but convolutions; and those in haste.
        settings = {"KERAS_BACKEND": "numpy", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1", "JAX_ENABLE_X64": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
        )
        return self._process

    def _lost(self, category: str, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        if category == "hang":
            self._process.send_signal(signal.SIGABRT)  # prints where it hangs
        code = self._end(self._process)
        self._errors.seek(0)
        name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return {"status": "failure", "category": category, "detail": f"{name}\n{self._errors.read()[-3000:]}", "case": request.get("case")}

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._end(self._process)

    def _end(self, process: subprocess.Popen[str]) -> int:
        self._process = None
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        return process.wait()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        self._errors.close()
