"""A type checker passes on user code of the public API and finds a mistake in it, and our own annotations say ever more."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from mypy import api

import glassworks

SAMPLES = Path(__file__).parent / "typing_samples"
OPTIONS = ["--python-version", "3.11", "--follow-imports", "silent", "--ignore-missing-imports", "--no-error-summary"]

SOURCE = Path(glassworks.__file__).parent
# How many parameters and results are annotated with exactly `Any`. Lower the numbers with every change that lowers the counts.
BOUNDS = {"parameters": 464, "results": 428}
SLACK = 25


def annotated_with_any(text: str) -> dict[str, int]:
    """How many parameters (but for `*args` and `**kwargs`) and results of functions say exactly `Any`."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    parameters = [one.annotation for f in functions for one in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)]
    kinds = {"parameters": parameters, "results": [f.returns for f in functions]}
    return {kind: sum(isinstance(a, ast.Name) and a.id == "Any" for a in annotations) for kind, annotations in kinds.items()}


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_count_of_any_only_falls(kind: str) -> None:
    count = sum(annotated_with_any(path.read_text())[kind] for path in SOURCE.rglob("*.py"))
    assert count <= BOUNDS[kind], f"{count} {kind} are annotated with Any: glassworks/typing.py has better types; `object` is one, too"
    assert count >= BOUNDS[kind] - SLACK, f"only {count} {kind} are annotated with Any: lower the bound in this file"


def test_any_is_counted_where_it_stands_alone() -> None:
    text = "def f(a: Any, b: list[Any], /, c: Any = 1, *args: Any, d: Any, **kwargs: Any) -> Any:\n    def g() -> dict[str, Any]: ..."
    assert annotated_with_any(text) == {"parameters": 3, "results": 1}


def test_no_other_name_stands_for_any() -> None:
    for path in SOURCE.rglob("*.py"):
        values = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, (ast.Assign, ast.AnnAssign))]
        assert not [node for node in values if isinstance(node.value, ast.Name) and node.value.id == "Any"], path


def test_user_code_passes() -> None:
    output, errors, status = api.run([*OPTIONS, str(SAMPLES)])
    assert status == 0, output + errors


def test_a_wrong_call_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import glassworks as keras\nkeras.Sequential().fit(x=[1], epochs='three')\nkeras.Sequentiel()\n")
    output, _, status = api.run([*OPTIONS, str(wrong)])
    assert status == 1
    assert 'incompatible type "str"' in output
    assert "Sequentiel" in output


# What the public API gives, and what a type checker must know of it so that editors complete what comes after the point.
TENSOR = "glassworks.graph.array.Array | glassworks.graph.value.Symbolic"
GIVEN = {
    "keras.Sequential([keras.layers.Dense(1)])": "Sequential",
    "keras.Model(keras.Input((3,)), keras.Input((3,)))": "Model",
    "keras.Sequential().layers[0]": "Layer",
    "keras.Sequential().fit(x, x).history": "dict[str, list[",
    "keras.Sequential().optimizer": "Optimizer",
    "keras.layers.Dense(1)": "Dense",
    "keras.layers.Dense(1).weights": "Variable",
    "keras.Input((3,))": "KerasTensor",
    "keras.ops.relu(x)": TENSOR,
    "keras.ops.relu(x).shape": "tuple[",
    "keras.ops.relu(x) + 1": TENSOR,
    "keras.ops.top_k(x, 2)[1].numpy()": "ndarray[",
    "keras.activations.relu(x)": TENSOR,
    "keras.losses.MeanSquaredError()(x, x)": TENSOR,
    "keras.metrics.Mean().result()": TENSOR,
    "keras.random.normal((2,))": TENSOR,
    "keras.Variable(1.0).assign_add(1.0)": TENSOR,
}


def test_what_the_public_api_gives_can_be_completed(tmp_path: Path) -> None:
    program = tmp_path / "given.py"
    lines = ["import numpy as np", "import glassworks as keras", "x = np.ones((2, 3))", *(f"reveal_type({text})" for text in GIVEN)]
    program.write_text("\n".join(lines))
    output, errors, _ = api.run([*OPTIONS, str(program)])
    revealed = output.splitlines()
    assert len(revealed) == len(GIVEN), output + errors
    for line, (expression, kind) in zip(revealed, GIVEN.items(), strict=True):
        assert kind in line, f"{expression} is not {kind}: {line}"


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(glassworks.__file__).parent / "py.typed").exists()
