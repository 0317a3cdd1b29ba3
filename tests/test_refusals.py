"""What is refused: a program that Keras runs runs here, unless a table gives a reason.

Four tables in `refusals/` hold every function of the library that makes an error for users: `keras_refuses.json` has a program that is
refused by it and by Keras, `refused_here.json` programs that Keras runs, with the reason for the refusal, `other.json` the reasons for
whole files or functions that Keras does not have or that only warn. `accepted.json` has programs that were refused once, and run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.refusals.sites import refusing_functions

FOLDER = Path(__file__).with_name("refusals")
# What trains or compares derivatives needs a backend that can; the other programs run on NumPy, which is quicker.
_TRAINS = re.compile(r"\b(fit|evaluate|predict|train_on_batch|test_on_batch|predict_on_batch)\(")


def table(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


KERAS, HERE, OTHER, ACCEPTED = table("keras_refuses"), table("refused_here"), table("other"), table("accepted")
PROGRAMS = [*KERAS.values(), *(program for entry in HERE.values() for program in entry["programs"]), *ACCEPTED]


@cache
def outcomes(library: str) -> dict[str, str]:
    """The error of each program in a library, after the function that made it; empty for a program that runs."""
    if library == "keras":
        training = [program for program in PROGRAMS if _TRAINS.search(program)]
        return _run("numpy", [program for program in PROGRAMS if program not in training]) | _run("jax", training)
    return _run(library, PROGRAMS)


def _run(library: str, programs: list[str]) -> dict[str, str]:
    root = FOLDER.parents[1]
    command = [sys.executable, "-m", "tests.refusals.run", library]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    ran = subprocess.run(command, input=json.dumps(programs), capture_output=True, text=True, cwd=root, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def test_every_refusal_is_in_one_of_the_tables() -> None:
    sites = refusing_functions()
    unknown = sorted(site for site in sites if site not in KERAS and site not in HERE and not site.startswith(tuple(OTHER)))
    assert not unknown, f"{unknown}: add a program that Keras refuses as well, or a reason, to the tables in tests/refusals/"
    assert not set(KERAS) & set(HERE)
    gone = [site for site in (*KERAS, *HERE) if site not in sites]
    gone += [start for start in OTHER if not any(site.startswith(start) for site in sites)]
    assert not gone, f"{gone} refuse nothing any more: remove them from the tables"


@pytest.mark.parametrize("site", KERAS)
def test_a_program_that_is_refused_here_is_refused_by_keras(site: str) -> None:
    program = KERAS[site]
    assert outcomes("glassworks")[program].startswith(f"{site} "), outcomes("glassworks")[program]
    assert outcomes("keras")[program]


@pytest.mark.parametrize("site", HERE)
def test_a_program_that_only_this_library_refuses_has_a_reason(site: str) -> None:
    assert HERE[site]["reason"].endswith(".")
    for program in HERE[site]["programs"]:
        assert outcomes("glassworks")[program].startswith(f"{site} "), (program, outcomes("glassworks")[program])
        assert not outcomes("keras")[program], "Keras refuses it as well: move it to keras_refuses.json"


@pytest.mark.parametrize("program", ACCEPTED)
def test_a_program_that_keras_runs_runs_here(program: str) -> None:
    assert not outcomes("keras")[program]
    assert not outcomes("glassworks")[program]
