"""A model exported as a NumPy program predicts the same in a Python that has NumPy alone, and the file reads well and is harmless."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, layers
from glassworks.errors import ArgumentError
from tests.contracts.test_layers import SAMPLES
from tests.export.numpy_program.models import MODELS, mlp
from tests.export.numpy_program.running import isolated, only_numpy, predicted, run

TOLERANCE = 1e-5
# Layers that no NumPy program exists for, with the reason that the error gives.
UNEXPORTABLE = {
    "StringLookup": "run in Python",
    "IntegerLookup": "run in Python",
    "TextVectorization": "run in Python",
    "Hashing": "run in Python",
    "HashedCrossing": "run in Python",
}


PREDICT = '''
def predict(x):
    """The output of the model, classes."""
    x = np.asarray(x, "float32")  # (n, 12)

    # hidden: Dense
    x = dense(x, weights["hidden/kernel"], weights["hidden/bias"])  # (n, 16)
    x = relu(x)  # (n, 16)

    # classes: Dense
    x = dense(x, weights["classes/kernel"], weights["classes/bias"])  # (n, 4)
    x = softmax(x)  # (n, 4)

    return x
'''


def trained(model: Any) -> Any:
    """The model with weights that differ from each other, as after training."""
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if str(variable.dtype).startswith("float"):
            positive = abs if "variance" in variable.path else (lambda x: x)
            variable.assign(positive(np.asarray(variable) + rng.normal(scale=0.2, size=variable.shape)))
    return model


def assert_same(actual: list[np.ndarray], expected: list[np.ndarray], name: str = "") -> None:
    assert len(actual) == len(expected)
    for ours, theirs in zip(actual, expected, strict=True):
        assert ours.dtype == theirs.dtype, name
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("programs")
    models = {name: trained(make()) for name, (make, _) in MODELS.items()}
    for name, model in models.items():
        model.export(folder / f"{name}.py")
    return folder, models


@pytest.mark.parametrize("batch", [1, 4])
def test_programs_predict_the_same_for_every_batch_size(exported: tuple[Path, dict[str, Any]], batch: int) -> None:
    folder, models = exported
    rng = np.random.default_rng(batch)
    inputs = {name: MODELS[name][1](rng, batch) for name in models}
    outputs = run(inputs, folder)
    for name, model in models.items():
        assert_same(outputs[name], predicted(model, inputs[name]))


def test_every_layer_is_exported_but_those_that_are_listed(tmp_path: Path) -> None:
    inputs, models = {}, {}
    rng = np.random.default_rng(0)
    for name, sample in SAMPLES.items():
        arguments = sample.arguments("float32") if callable(sample.arguments) else sample.arguments
        shapes = sample.shape if isinstance(sample.shape, list) else [sample.shape]
        symbols = [Input(shape[1:], dtype=sample.dtype) for shape in shapes]
        given = symbols if isinstance(sample.shape, list) else symbols[0]
        model = trained(Model(given, (sample.cls or getattr(layers, name))(**arguments)(given)))
        if name in UNEXPORTABLE:
            with pytest.raises(ValueError, match=UNEXPORTABLE[name]):
                model.export(tmp_path / f"{name}.py")
            assert not list(tmp_path.glob(f"{name}*")), "nothing is written"
            continue
        model.export(tmp_path / f"{name}.py")
        whole = not sample.dtype.startswith("float")
        arrays = [rng.integers(0, 2, (5, *shape[1:])) if whole else rng.normal(size=(5, *shape[1:])) for shape in shapes]
        inputs[name], models[name] = [array.astype(sample.dtype) for array in arrays], model
    outputs = run(inputs, tmp_path)
    for name, model in models.items():
        assert_same(outputs[name], predicted(model, inputs[name]))


def test_files_are_formatted_and_short_lined(exported: tuple[Path, dict[str, Any]]) -> None:
    folder, models = exported
    for name in models:
        text = (folder / f"{name}.py").read_text()
        ast.parse(text)
        assert max(map(len, text.splitlines())) <= 120
        assert not re.search(r"[ \t]$|\t|\n\n\n\n", text, re.MULTILINE)


def test_a_program_reads_like_a_lesson(exported: tuple[Path, dict[str, Any]]) -> None:
    text = (exported[0] / "mlp.py").read_text()
    assert "    hidden    Dense            (n, 16)    208 parameters" in text
    assert "276 parameters in all." in text
    assert PREDICT in text


def test_the_program_runs_from_the_command_line(exported: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, models = exported
    rows = np.random.default_rng(0).normal(size=(3, 12)).astype("float32")
    np.save(tmp_path / "rows.npy", rows)
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",", fmt="%.9g")
    np.save(tmp_path / "wide.npy", np.zeros((2, 5)))
    np.save(tmp_path / "deep.npy", np.zeros((2, 3)))
    start = f"import sys, runpy; sys.path.insert(0, {str(only_numpy(folder))!r}); sys.argv[0] = 'x'; "
    expected = models["mlp"].predict(rows, verbose=0)

    def printed(program: str, *files: str) -> str:
        code = f"{start}sys.argv[1:] = {[str(tmp_path / file) for file in files]!r}; runpy.run_path('{program}.py', run_name='__main__')"
        done = isolated("-c", code, folder=folder)
        assert not done.returncode, done.stderr
        return done.stdout

    for file in ("rows.npy", "rows.csv"):
        numbers = [float(number) for number in re.findall(r"[\d.e-]+", printed("mlp", file))]
        np.testing.assert_allclose(numbers, expected.ravel(), rtol=1e-4)
    assert printed("mlp").count("[[") == 1
    assert "array" in printed("several", "wide.npy", "deep.npy")


NAMES = [
    'a"""\nimport os; os.system("touch broken")\n"""',
    "a\nimport os; os.system('touch broken') #",
    "a\\",
    "'); __import__('os').system('touch broken'); ('",
    "{0}{weights}%s",
    "\u202eevil\u2028import os",
    'weights["x"]',
    "import",
    "np",
    "predict",
    "größe 字",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_cannot_put_code_into_the_program(tmp_path: Path, name: str) -> None:
    inputs = Input((3,))
    hidden = layers.Dense(4, activation="relu")(inputs)
    branch = layers.Dense(4)
    branch.name = name
    final = layers.Dense(2)
    final.name = name + "2"
    model = Model(inputs, final(layers.Add()([branch(hidden), hidden])))
    model.name = name
    for number, variable in enumerate(model.weights):
        variable.path = f"{name}/{number % 2}"
    model.export(tmp_path / "program.py")
    tree = ast.parse((tmp_path / "program.py").read_text(encoding="utf-8"))
    assert [type(node).__name__ for node in tree.body] == [
        *(
            "Expr",
            "Import",
            "ImportFrom",
            "Import",
            "With",
            "FunctionDef",
            "FunctionDef",
            "FunctionDef",
            "FunctionDef",
            "FunctionDef",
            "If",
        ),
    ]
    arrays = [np.ones((2, 3), "float32")]
    assert_same(run({"program": arrays}, tmp_path)["program"], predicted(model, arrays))
    assert not (tmp_path / "broken").exists()


def test_weights_and_constants_do_not_share_a_name(tmp_path: Path) -> None:
    model = trained(
        Sequential([Input((5, 5, 2)), layers.AveragePooling2D(2, padding="same"), layers.Flatten(), layers.Dense(2, use_bias=False)])
    )
    model.weights[0].path = "constants/0"
    model.export(tmp_path / "program.py")
    assert '"constants_/0"' in (tmp_path / "program.py").read_text()
    arrays = [np.random.default_rng(0).normal(size=(2, 5, 5, 2)).astype("float32")]
    assert_same(run({"program": arrays}, tmp_path)["program"], predicted(model, arrays))


@pytest.mark.parametrize(("path", "format"), [("model", "numpy"), ("model.npz", "numpy"), ("model.txt", "numpy")])
def test_a_path_without_the_suffix_is_an_error(tmp_path: Path, path: str, format: str) -> None:
    with pytest.raises(ArgumentError, match=r"ends with \.py"):
        mlp().export(tmp_path / path, format=format)
    assert not list(tmp_path.iterdir())


def test_what_numpy_does_not_have_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    model = Sequential([Input((4,)), layers.Dense(3, dtype="bfloat16")])
    with pytest.raises(ArgumentError, match="bfloat16"):
        model.export(tmp_path / "model.py")
    stateful = Sequential([Input(batch_shape=(2, 5, 3)), layers.LSTM(4, stateful=True)])
    with pytest.raises(ArgumentError, match="changes its own state"):
        stateful.export(tmp_path / "model.py")
    assert not list(tmp_path.iterdir())


def test_a_length_that_decides_how_often_a_layer_runs_must_be_given(tmp_path: Path) -> None:
    class Steps(layers.Layer):
        def call(self, x: Any) -> Any:
            for i in range(x.shape[1] or 0):
                x = x + i
            return x

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    model = Sequential([Input((None, 3)), Steps()])
    with pytest.raises(ArgumentError, match="input_signature"):
        model.export(tmp_path / "model.py")
