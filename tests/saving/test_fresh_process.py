"""A program that imports `saving` alone loads models: packages of the library are loaded on first use, and so are their classes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glassworks import Sequential, layers


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_program_that_imports_saving_alone_loads_models(name: str, tmp_path: Path) -> None:
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse")
    model.save(tmp_path / name)
    program = f"from glassworks import saving; print(saving.load_model({str(tmp_path / name)!r}).count_params())"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "8\n"
