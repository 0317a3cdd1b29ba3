"""Environment variables and engines: a wrong value is refused at once, and `config.engine()` says which engine runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import glassworks
from glassworks import config
from glassworks.errors import ArgumentError

SOURCE = str(Path(glassworks.__file__).parents[1])
WITHOUT_CORE = "import sys; sys.modules['glassworks._native'] = None; "
TRAIN = "model = k.Sequential([k.layers.Dense(1)]); model.compile('sgd', 'mse'); model.fit([[1.0]], [1.0], verbose=0); "


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": SOURCE, **environment}, check=False
    )


@pytest.mark.parametrize("use", ["k.config.cpu()", "k.config.num_threads()", "k.Sequential([])", "k.config.set_num_threads(1)"])
@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        *[("GLASSWORKS_NUM_THREADS", value, "an integer from 1 to 64") for value in ("abc", "0", "-1", "1.5", "65", "2 cores", "\u0663")],
        ("GLASSWORKS_ENGINE", "natve", "did you mean 'native'?"),
        ("GLASSWORKS_ISA", "avx1024", "an instruction set that this CPU can run: "),
    ],
)
def test_a_wrong_environment_variable_is_refused_by_name(variable: str, value: str, expected: str, use: str) -> None:
    if variable == "GLASSWORKS_ISA" and config.cpu()["isa"] is None:
        pytest.skip("instruction sets are those of the native engine, which was not built")
    done = run(f"import glassworks as k; {use}", **{variable: value})
    assert done.returncode == 1
    assert f"{variable}={value!r}" in done.stderr
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) < 14, done.stderr


@pytest.mark.parametrize(
    ("variable", "value"), [("GLASSWORKS_NUM_THREADS", "2"), ("GLASSWORKS_NUM_THREADS", ""), ("GLASSWORKS_ENGINE", "")]
)
def test_right_and_empty_values_are_taken(variable: str, value: str) -> None:
    assert run(f"import glassworks as k; {TRAIN}", **{variable: value}).returncode == 0


def test_the_native_engine_is_refused_at_once_where_it_was_not_built() -> None:
    done = run(f"{WITHOUT_CORE}import glassworks as k; k.config.set_engine('native')")
    assert "engine 'native', which is missing: it was not built in this checkout" in done.stderr
    assert "Install a C++ compiler (GCC or Clang) and reinstall glassworks" in done.stderr
    assert "or use 'reference'" in done.stderr
    done = run(f"{WITHOUT_CORE}import glassworks as k; {TRAIN}", GLASSWORKS_ENGINE="native")
    assert "[GLASSWORKS_ENGINE]" in done.stderr


def test_the_engine_that_runs_has_a_name_and_what_was_asked_for_too() -> None:
    show = "print(k.config.engine(), k.config.requested_engine())"
    assert run(f"import glassworks as k; {show}", GLASSWORKS_ENGINE="reference").stdout.split() == ["reference", "reference"]
    assert run(f"{WITHOUT_CORE}import glassworks as k; {show}").stdout.split() == ["reference", "auto"]
    built = config.cpu()["isa"] is not None
    assert run(f"import glassworks as k; {show}").stdout.split() == ["native" if built else "reference", "auto"]


@pytest.mark.parametrize("name", ["nativ", "", None, "AUTO", 3])
def test_an_unknown_engine_changes_nothing(name: object) -> None:
    before = config.requested_engine()
    with pytest.raises(ArgumentError, match="the name of an engine"):
        config.set_engine(name)  # type: ignore[arg-type]
    assert config.requested_engine() == before
