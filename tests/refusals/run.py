"""Run programs and say which are refused, and where: `python -m tests.refusals.run LIBRARY`, with the programs as JSON on the standard input.

LIBRARY is `glassworks`, or a backend of real Keras: `numpy`, or `jax` for what trains. The answer is a JSON object: program -> the
error's name and text, after the function that made the error; empty for a program that runs.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

PREAMBLE = Path(__file__).with_name("preamble.py")
_NAMES = "Input Model Sequential callbacks constraints initializers layers losses metrics ops optimizers random regularizers tree utils"


def real_keras(backend: str) -> Any:
    """Keras on one of its backends; what it would compile runs step by step, which is quicker for few steps."""
    os.environ |= {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    import keras

    compile_model = keras.Model.compile
    keras.Model.compile = lambda self, *args, **options: compile_model(self, *args, **{"run_eagerly": True, **options})
    return keras


def function_of_library(error: BaseException, sites: list[str]) -> str:
    """The function that made the error, for errors of ours; the errors of other libraries have none."""
    return sites[-1] if sites and type(error).__module__.startswith("glassworks.") else ""


def watch(sites: list[str]) -> None:
    """Note which function makes each error of the library."""
    from glassworks import errors

    make = errors.GlassworksError.__init__

    def noted(self: Any, *args: Any, **options: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_code.co_name == "__init__" and frame.f_code.co_filename == errors.__file__ and frame.f_back:
            frame = frame.f_back
        file = frame.f_code.co_filename.replace(os.sep, "/").rsplit("/glassworks/", 1)[-1]
        sites.append(f"{file}:{frame.f_code.co_qualname.replace('.<locals>', '')}")
        make(self, *args, **options)

    errors.GlassworksError.__init__ = noted  # type: ignore[method-assign]  # for the life of this process


def outcome(keras: Any, program: str, sites: list[str]) -> str:
    """The error of a program after the function that made it; empty if it runs."""
    sites.clear()
    space = {"keras": keras, "__name__": "program", **{name: getattr(keras, name) for name in _NAMES.split()}}
    silence = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with warnings.catch_warnings(), silence[0], silence[1]:
        warnings.simplefilter("ignore")
        exec(compile(PREAMBLE.read_text(encoding="utf-8"), str(PREAMBLE), "exec"), space)
        try:
            exec(program, space)
        except Exception as error:
            return f"{function_of_library(error, sites)} {type(error).__name__}: {str(error)[:300]}"
    return ""


def main(library: str) -> None:
    """Run the programs of the standard input in a folder of their own."""
    sites: list[str] = []
    if library == "glassworks":
        import glassworks as keras

        watch(sites)
    else:
        keras = real_keras(library)
    programs = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        answers = {program: outcome(keras, program, sites) for program in programs}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
