"""Checks of tables, rows and labels before the first step: each finds its mistake with its number, and the code that it prints helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.checks import Finding

RNG = np.random.default_rng(5)
X = RNG.normal(size=(400, 5)).astype("float32")
HELD = RNG.normal(size=(100, 5)).astype("float32")
NOISE = RNG.normal(size=(500,))
Y, Y_HELD = (X[:, 0] + NOISE[:400] > 0).astype(int), (HELD[:, 0] + NOISE[400:] > 0).astype(int)


def classifier(width: int = 5, classes: int = 1, metrics: Any = ("accuracy",)) -> Any:
    last = layers.Dense(1, activation="sigmoid", name="out") if classes == 1 else layers.Dense(classes, activation="softmax", name="out")
    model = keras.Sequential([keras.Input(shape=(width,)), layers.Dense(4, activation="relu"), last], name="net")
    model.compile("adam", "binary_crossentropy" if classes == 1 else "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def found(monkeypatch: pytest.MonkeyPatch, x: Any, y: Any, model: Any = None, **options: Any) -> list[Finding]:
    """The findings before the first step of a training, those that are only worth knowing among them."""
    told: list[Finding] = []
    model = model or classifier(np.shape(x)[1])
    monkeypatch.setattr("glassworks.training.checks.tell", lambda finding: told.append(finding) if finding is not None else None)
    model.fit(x, y, verbose=0, **options)
    return told


def only(findings: list[Finding], check: str) -> Finding:
    (finding,) = (one for one in findings if one.check == check)
    assert (
        finding.why
        and finding.value is not None
        and finding.threshold is not None
        and finding.where == "model 'net'.fit, before the first step"
    )
    return finding


def names(findings: list[Finding]) -> list[str]:
    return [one.check for one in findings if one.severity != "info"]


def run(code: str, **values: Any) -> dict[str, Any]:
    """The variables after a piece of printed code has run."""
    scope = {"np": np, "keras": keras, "layers": layers, **values}
    exec(code, scope)
    return scope


# ---- columns


def test_pixels_that_an_integer_division_made_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = RNG.integers(0, 255, (200, 8, 8))
    model = keras.Sequential([keras.Input(shape=(8, 8)), layers.Flatten(), layers.Dense(1, name="out")], name="net")
    model.compile("adam", "mse")
    finding = only(found(monkeypatch, pixels // 255, NOISE[:200], model), "constant_columns")
    assert finding.severity == "error" and "every number of x is 0, in all 200 rows" in finding.found
    assert names(found(monkeypatch, pixels.astype("float32") / 255, NOISE[:200], model)) == []


def test_a_column_that_never_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    x, held = X.copy(), HELD.copy()
    x[:, 2] = held[:, 2] = 7.5
    finding = only(found(monkeypatch, x, Y), "constant_columns")
    assert "1 of 5 columns of x never vary: column 2 of x (always 7.5)" in finding.found and finding.severity == "warning"
    fixed = run(finding.fix.split(";")[0] + ";" + finding.fix.split(";")[1], x=x, x_validation=held)
    assert fixed["x"].shape == (400, 4) and names(found(monkeypatch, fixed["x"], Y, validation_data=(fixed["x_validation"], Y_HELD))) == []


@pytest.mark.parametrize("number", [0.0, 1.0])
def test_a_bias_column_and_an_absent_category_are_only_worth_knowing(monkeypatch: pytest.MonkeyPatch, number: float) -> None:
    x = X.copy()
    x[:, 2] = number
    assert only(found(monkeypatch, x, Y), "constant_columns").severity == "info"


def test_pixels_that_are_background_in_all_images_are_not_columns_that_never_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.clip(X, 0, None)
    x[:, 2] = 0
    assert names(found(monkeypatch, x, Y)) == []
    assert "constant_columns" in [one.check for one in found(monkeypatch, pandas.DataFrame(x, columns=list("abcde")), Y)]


def test_a_column_that_varies_in_a_single_row_of_many_is_not_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.tile(X, (100, 1))
    x[:, 3] = 2
    x[17, 3] = 3
    assert "constant_columns" not in [one.check for one in found(monkeypatch, x, np.tile(Y, 100), epochs=1, batch_size=4096)]


def test_a_column_that_numbers_the_rows_of_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pandas.DataFrame(X, columns=list("abcde")).assign(customer=RNG.permutation(400) + 1)
    held = pandas.DataFrame(HELD, columns=list("abcde")).assign(customer=np.arange(401, 501))
    options = {"validation_data": (held, Y_HELD)}
    told = found(monkeypatch, frame, Y, **options)
    finding = only(told, "id_column")
    assert "column 'customer' has a different integer in each of the 400 rows, from 1 to 400" in finding.found
    fixed = run(finding.fix.split(": ", 1)[1], x=frame, x_validation=held)
    assert names(found(monkeypatch, fixed["x"], Y, validation_data=(fixed["x_validation"], Y_HELD))) == []


def test_large_numbers_are_ids_only_by_the_name_of_their_column(monkeypatch: pytest.MonkeyPatch) -> None:
    amounts = RNG.choice(10_000_000, 400, replace=False) / 1.0
    for name, expected in (("user_id", ["id_column"]), ("amount", [])):
        frame = pandas.DataFrame(X, columns=list("abcde")).assign(**{name: amounts})
        told = found(monkeypatch, frame, Y)
        assert [one.check for one in told if one.check == "id_column"] == expected


def test_a_single_column_of_integers_is_no_id(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(200.0)[:, None]
    model = keras.Sequential([keras.Input(shape=(1,)), layers.Rescaling(0.01), layers.Dense(1)])
    model.compile("adam", "mse")
    assert [one.check for one in found(monkeypatch, x, x[:, 0] / 100, model)] == []


def test_a_column_that_contains_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    x, held = X.copy(), HELD.copy()
    x[:, 3], held[:, 3] = 2 * Y - 1 + 0.01 * X[:, 3], 2 * Y_HELD - 1 + 0.01 * HELD[:, 3]
    finding = only(found(monkeypatch, x, Y), "leaking_column")
    assert "column 3 of x alone gives the targets of 'out': correlation 1.0000" in finding.found and finding.severity == "warning"
    assert finding.value is not None and finding.value == pytest.approx(abs(np.corrcoef(x[:, 3], Y)[0, 1]), abs=1e-6)
    fixed = run(finding.fix.split("leave it out: ")[1], x=x, x_validation=held)
    assert names(found(monkeypatch, fixed["x"], Y, validation_data=(fixed["x_validation"], Y_HELD))) == []


def test_codes_of_several_classes_in_another_order_give_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    y = RNG.integers(0, 4, 400)
    x = X.copy()
    x[:, 1] = np.array([2.0, -1.0, 0.5, 0.0])[y]
    assert only(found(monkeypatch, x, y, classifier(5, 4)), "leaking_column").value == pytest.approx(1.0, abs=1e-6)


def test_a_column_that_separates_two_classes_is_only_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.metrics import roc_auc_score

    y = (X[:, 4] + 0.02 * NOISE[:400] > 0).astype(int)
    finding = only(found(monkeypatch, X, y), "leaking_column")
    assert finding.severity == "info" and finding.value == pytest.approx(roc_auc_score(y, X[:, 4]), abs=1e-9)


def test_the_last_value_of_a_slow_series_is_only_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    series = np.cumsum(RNG.normal(size=2000)) / 30
    windows = np.lib.stride_tricks.sliding_window_view(series, 5)[:-1]
    model = keras.Sequential([keras.Input(shape=(5,)), layers.Dense(1, name="out")], name="net")
    model.compile("adam", "mse")
    assert names(found(monkeypatch, windows, series[5:], model)) == []


# ---- rows


@pytest.mark.parametrize(("copied", "severity"), [(3, "warning"), (20, "error")])
def test_rows_of_the_training_data_in_the_validation_data(monkeypatch: pytest.MonkeyPatch, copied: int, severity: str) -> None:
    held, y_held = HELD.copy(), Y_HELD.copy()
    held[40 : 40 + copied], y_held[40 : 40 + copied] = X[:copied], Y[:copied]
    finding = only(found(monkeypatch, X, Y, validation_data=(held, y_held)), "duplicate_rows")
    assert (
        finding.severity == severity
        and finding.value == pytest.approx(copied / 100)
        and f"{copied}.0% of the validation rows" in finding.found
    )
    fixed = run(finding.fix.split(": ", 1)[1], x=X, x_validation=held, y_validation=y_held)
    assert len(fixed["x_validation"]) == 100 - copied
    assert names(found(monkeypatch, X, Y, validation_data=(fixed["x_validation"], fixed["y_validation"]))) == []


def test_copies_that_were_made_before_validation_split(monkeypatch: pytest.MonkeyPatch) -> None:
    order = RNG.permutation(800)
    x, y = np.tile(X, (2, 1))[order], np.tile(Y, 2)[order]
    finding = only(found(monkeypatch, x, y, validation_split=0.25), "duplicate_rows")
    assert finding.severity == "error"
    code = finding.fix.split("before the split: ")[1].split("; copies")[0]
    fixed = run(code, x=x, y=y)
    assert len(fixed["x"]) == 400 and names(found(monkeypatch, fixed["x"], fixed["y"], validation_split=0.25)) == []


def test_images_and_blank_images(monkeypatch: pytest.MonkeyPatch) -> None:
    images = RNG.random((300, 12, 12)).astype("float32")
    model = keras.Sequential([keras.Input(shape=(12, 12)), layers.Flatten(), layers.Dense(1, activation="sigmoid", name="out")], name="net")
    model.compile("adam", "binary_crossentropy")
    held = np.concatenate([images[5:15], RNG.random((90, 12, 12)).astype("float32")])
    finding = only(found(monkeypatch, images, Y[:300], model, validation_data=(held, Y_HELD)), "duplicate_rows")
    assert finding.value == pytest.approx(0.1)
    images[:60] = held[:30] = 0
    assert names(found(monkeypatch, images, Y[:300], model, validation_data=(held, Y_HELD))) == []


def test_a_table_of_few_categories_has_equal_rows_by_nature(monkeypatch: pytest.MonkeyPatch) -> None:
    x, held = RNG.integers(0, 3, (400, 4)).astype("float32"), RNG.integers(0, 3, (100, 4)).astype("float32")
    assert names(found(monkeypatch, x, Y, classifier(4), validation_data=(held, Y_HELD))) == []


def test_of_a_large_table_a_part_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.normal(size=(300_000, 12)).astype("float32")
    y = (x[:, 0] + RNG.normal(size=len(x)) > 0).astype(int)
    held = np.concatenate([x[:1500], RNG.normal(size=(13_500, 12)).astype("float32")])
    model = classifier(12)
    finding = only(found(monkeypatch, x, y, model, validation_data=(held, y[: len(held)]), batch_size=30_000), "duplicate_rows")
    assert finding.value == pytest.approx(0.1, rel=0.25) and "about" in finding.found


def test_equal_rows_with_different_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.concatenate([X, X[:20]]), np.concatenate([Y, 1 - Y[:20]])
    finding = only(found(monkeypatch, x, y), "conflicting_labels")
    assert finding.severity == "warning" and finding.value == pytest.approx(40 / 420)
    fixed = run(finding.fix.split("leave them out: ")[1], x=x, y=y)
    assert len(fixed["x"]) == 380 and names(found(monkeypatch, fixed["x"], fixed["y"])) == []


def test_answers_to_a_questionnaire_with_different_labels_are_only_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.integers(0, 2, (400, 5)).astype("float32")
    assert only(found(monkeypatch, x, RNG.integers(0, 2, 400)), "conflicting_labels").severity == "info"


def test_images_of_few_grey_levels_are_not_a_questionnaire(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.repeat(RNG.integers(0, 8, (130, 30)).astype("float32"), 3, axis=0)
    assert only(found(monkeypatch, x, RNG.integers(0, 2, 390)), "conflicting_labels").severity == "warning"


# ---- labels


def test_nineteen_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.zeros(400, int)
    y[RNG.choice(400, 20, replace=False)] = 1
    finding = only(found(monkeypatch, X, y), "class_imbalance")
    assert "19 to 1 (threshold 10 to 1). Always answering 0 has an accuracy of 0.9500" in finding.found and finding.severity == "warning"
    code = "options = dict(" + finding.fix.split("model.fit(..., ")[1].split("); and")[0] + ")"
    assert "class_weight={0: 0.526, 1: 10.0}" in finding.fix
    assert names(found(monkeypatch, X, y, **run(code)["options"])) == []


@pytest.mark.parametrize("metrics", [[keras.metrics.AUC()], [keras.metrics.Recall()], ["accuracy", keras.metrics.F1Score(threshold=0.5)]])
def test_imbalance_that_was_thought_of_is_only_worth_knowing(monkeypatch: pytest.MonkeyPatch, metrics: list[Any]) -> None:
    y = np.zeros((400, 1), int)
    y[RNG.choice(400, 20, replace=False)] = 1
    assert only(found(monkeypatch, X, y, classifier(metrics=metrics)), "class_imbalance").severity == "info"


def test_a_class_that_only_validation_has(monkeypatch: pytest.MonkeyPatch) -> None:
    y, y_held = RNG.integers(0, 3, 400), RNG.integers(0, 4, 100)
    finding = only(found(monkeypatch, X, y, classifier(5, 4), validation_data=(HELD, y_held)), "unseen_labels")
    assert finding.severity == "error" and "class 3" in finding.found and finding.value == pytest.approx((y_held == 3).mean())
    fixed = run(finding.fix.split("split: ")[1].split("; model.fit")[0], x=X, x_validation=HELD, y=y, y_validation=y_held)
    assert names(found(monkeypatch, fixed["x"], fixed["y"], classifier(5, 4), validation_split=0.2)) == []


def test_a_class_that_validation_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    y, y_held = RNG.integers(0, 3, 400), RNG.integers(0, 2, 100)
    finding = only(found(monkeypatch, X, y, classifier(5, 3), validation_data=(HELD, y_held)), "unseen_labels")
    assert finding.severity == "warning" and "lack class 2" in finding.found


# ---- kinds of data


def test_an_array_on_disk_is_not_read_as_a_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, array in (("x.npy", np.zeros((400, 5), "float32")), ("held.npy", HELD)):
        np.save(tmp_path / name, array)
    x, held = (np.load(tmp_path / name, mmap_mode="r") for name in ("x.npy", "held.npy"))
    assert found(monkeypatch, x, Y, validation_data=(held, Y_HELD)) == []


def test_several_inputs_and_outputs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = keras.Input(shape=(5,), name="a"), keras.Input(shape=(5,), name="b")
    both = layers.Concatenate()([a, b])
    model = keras.Model([a, b], [layers.Dense(1, activation="sigmoid", name="rare")(both), layers.Dense(1, name="size")(both)], name="net")
    model.compile("adam", {"rare": "binary_crossentropy", "size": "mse"})
    x = {"a": X, "b": np.column_stack([X[:, :4], NOISE[:400]]).astype("float32")}
    rare = np.zeros(400, int)
    rare[RNG.choice(400, 20, replace=False)] = 1
    told = found(
        monkeypatch,
        x,
        {"rare": rare, "size": NOISE[:400]},
        model,
        validation_data=({k: v[:60] for k, v in x.items()}, [rare[:60], NOISE[:60]]),
    )
    assert "column 4 of x['b'] alone gives the targets of 'size'" in only(told, "leaking_column").found
    assert "sample_weight" in only(told, "class_imbalance").fix
    assert only(told, "duplicate_rows").value == 1.0


def test_texts_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    vectorization = layers.TextVectorization(max_tokens=20, output_sequence_length=3)
    texts = np.array(["good film", "bad film"] * 60)
    vectorization.adapt(texts)
    model = keras.Sequential(
        [keras.Input(shape=(), dtype="string"), vectorization, layers.Embedding(20, 4), layers.GlobalAveragePooling1D()]
    )
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy")
    assert found(monkeypatch, texts, np.arange(120) % 2, model, validation_split=0.5) == []
