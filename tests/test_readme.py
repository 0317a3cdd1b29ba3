"""The README is true: its programs run in order, as printed, and without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glassworks as keras

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env={**os.environ, "KERAS_HOME": str(folder)}, capture_output=True, text=True, check=False
    )


def test_all_programs_run_in_order_as_printed(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(5):
            keras.utils.save_img(tmp_path / "photos" / name / f"{i}.png", np.full((8, 8, 3), 20 * i), scale=False)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) >= 6
    (tmp_path / "readme.py").write_text("\n".join(blocks), encoding="utf-8")
    done = run(["-W", "error", "readme.py"], tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "8,320" in done.stdout and (tmp_path / "plan.svg").exists()


def test_the_error_is_the_one_that_is_printed() -> None:
    layer = keras.layers.Dense(3, name="narrow")
    layer(np.ones((2, 5)))
    with pytest.raises(keras.errors.ShapeError) as caught:
        layer(np.ones((40, 4)))
    assert str(caught.value) in README


def test_the_files_and_examples_that_it_names_exist() -> None:
    root = Path(__file__).resolve().parents[1]
    links = re.findall(r"\]\(([\w./]+)\)", README)
    assert links and all((root / link).exists() for link in links)
    listed = set(re.findall(r"\(examples/(\w+)\.py\)", README)) | {"from_scratch_numpy", "command_line"}
    assert listed == {path.stem for path in (root / "examples").glob("*.py")}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["demo", "--help"]])
def test_the_module_is_the_command(arguments: list[str], tmp_path: Path) -> None:
    done = run(["-m", "glassworks", *arguments], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "glassworks" in done.stdout
