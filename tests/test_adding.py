"""The page on adding things is true: its code blocks run in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_run_in_order(tmp_path: Path) -> None:
    # In a process of their own: what they add to the library is not for other tests to see.
    script = tmp_path / "adding.py"
    script.write_text("\n".join(blocks("python")) + "\nimport doctest\nassert doctest.testmod().failed == 0\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def test_the_files_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`((?:ops|layers|optimizers|callbacks|engine|native|tests|training|models)/[\w./]+)`", PAGE))
    missing = {name for name in named if not any((root / name).exists() for root in (ROOT, ROOT / "src" / "glassworks"))}
    assert len(named) >= 4 and not missing
