"""Where and how the measured processes run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
THREADS = "2"


def environment(peer: str = "", threads: str = THREADS) -> dict[str, str]:
    """The environment of a child process: a number of threads, nothing that slows NumPy down."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    env |= {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "GLASSWORKS_NUM_THREADS": threads}
    env |= {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
    if peer.startswith("keras-"):
        env["KERAS_BACKEND"] = peer.removeprefix("keras-")
    return env


def run_child(arguments: list[str], env: dict[str, str], python: str = sys.executable) -> dict[str, Any]:
    """What a Python process prints as its last line, which is JSON; or why there is nothing."""
    done = subprocess.run([python, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        return {"skipped": f"failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"}
    return json.loads(done.stdout.strip().splitlines()[-1])
