"""A training process that is killed while it saves leaves a file that loads."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.saving.hostile.killed import kill_once


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_killed_training_leaves_a_file_that_loads(name: str, tmp_path: Path) -> None:
    rng = random.Random(0)
    assert sum(kill_once(tmp_path / name, rng) for _ in range(3)) > 0
