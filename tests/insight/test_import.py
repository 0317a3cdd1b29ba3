"""What `glassworks.insight` loads."""

from __future__ import annotations

import subprocess
import sys


def test_insight_loads_no_library_for_pictures_tables_or_baselines() -> None:
    program = (
        "import sys, glassworks; glassworks.insight.__doc__; print([m for m in ('matplotlib', 'rich', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "[]"
