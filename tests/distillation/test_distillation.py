"""Students learn from teachers: parts of the loss, layers, structures of outputs, files, and what is refused."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Model, Sequential, layers, losses, models, ops, optimizers
from glassworks.distillation import DistillationLoss, Distiller, FeatureDistillation, LogitsDistillation
from glassworks.errors import GlassworksWarning

SOFT = LogitsDistillation(2.0, losses.KLDivergence())
X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
LABELS = (X[:, 0] > 0).astype("int32") + (X[:, 1] > 0)


def network(units: int, name: str, outputs: int = 3) -> Sequential:
    hidden = layers.Dense(units, activation="tanh", name=f"{name}_hidden")
    return Sequential([layers.Input((4,)), hidden, layers.Dense(outputs, name=f"{name}_out")], name=name)


def distiller(loss: Any = SOFT, weight: float = 0.5, **kwargs: Any) -> Distiller:
    made = Distiller(network(8, "teacher"), network(8, "student"), loss, student_loss_weight=weight, **kwargs)
    made.compile(optimizers.Adam(0.05), losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return made


def fit(model: Model, **kwargs: Any) -> dict[str, list[float]]:
    return model.fit(X, LABELS, verbose=0, doctor="off", **kwargs).history


def test_a_student_learns_the_answers_of_the_teacher_without_targets() -> None:
    teacher = network(16, "teacher")
    teacher.compile(optimizers.Adam(0.05), losses.SparseCategoricalCrossentropy(from_logits=True))
    fit(teacher, epochs=40)
    before = teacher.get_weights()
    student = network(8, "student")
    distiller = Distiller(teacher, student, SOFT, student_loss_weight=0.0)
    distiller.compile(optimizers.Adam(0.05), "mse")
    distiller.fit(X, np.zeros((64, 3)), epochs=40, verbose=0, doctor="off")
    answers = [model.predict(X, verbose=0).argmax(-1) for model in (teacher, student)]
    assert np.mean(answers[0] == answers[1]) > 0.95
    for old, new in zip(before, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_loss_is_the_weighted_sum_of_its_parts() -> None:
    both = [SOFT, FeatureDistillation("mse", "teacher_hidden", "student_hidden")]
    logs = fit(distiller(both, weight=0.3, distillation_loss_weights=[1.0, 0.25]), epochs=2)
    assert set(logs) == {"loss", "student_loss", "distillation_loss", "total_loss", "accuracy"}
    total = 0.3 * np.array(logs["student_loss"]) + 0.7 * np.array(logs["distillation_loss"])
    np.testing.assert_allclose(logs["loss"], total, rtol=1e-5)
    np.testing.assert_allclose(logs["total_loss"], total, rtol=1e-5)


def test_only_the_student_is_trained() -> None:
    made = distiller()
    assert [v.path for v in made.trainable_variables] == [v.path for v in made.student.trainable_variables]
    assert made.layers == [made.teacher, made.student]


def test_a_layer_of_the_student_is_compared_with_the_outputs_of_the_teacher() -> None:
    teacher, student = network(5, "teacher"), network(3, "student")
    made = Distiller(teacher, student, FeatureDistillation("mse", student_layer_name="student_hidden"), student_loss_weight=0.0)
    made.compile("sgd", "mse")
    loss = made.evaluate(X, np.zeros((64, 3)), verbose=0, return_dict=True)["distillation_loss"]
    expected = np.mean((teacher.predict(X, verbose=0) - student.layers[0](X).numpy()) ** 2)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_evaluation_does_not_change_the_statistics_of_the_student() -> None:
    student = Sequential([layers.Input((4,)), layers.BatchNormalization(name="norm"), layers.Dense(3)])
    teacher = Sequential([layers.Input((4,)), layers.Dense(4, name="teacher_out"), layers.Dense(3)])
    made = Distiller(teacher, student, FeatureDistillation("mse", "teacher_out", "norm"))
    made.compile("sgd", "mse")
    before = student.get_weights()
    made.evaluate(X, np.zeros((64, 3)), verbose=0)
    for old, new in zip(before, student.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_outputs_without_a_loss_do_not_count() -> None:
    a, b = np.full((2, 3), 2.0), np.full((2, 3), 5.0)
    loss = FeatureDistillation(["mse", None])
    assert float(loss.compute_loss([a, a], [b, b])) == 9
    assert float(LogitsDistillation(2.0, {"x": "mae", "y": None}).compute_loss({"x": a, "y": a}, {"x": b, "y": b})) == 1.5
    with pytest.raises(ValueError, match=r"Loss structure mismatch: a loss of the structure \[\*, \*\] for outputs \*"):
        loss.validate_outputs(a, b)


class Largest(DistillationLoss):
    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        return ops.max(ops.abs(teacher_outputs - student_outputs), axis=self.axis)

    axis: int | None = None


def test_a_loss_of_ones_own_is_used_and_must_be_a_scalar() -> None:
    made = distiller(Largest(), weight=0.0)
    expected = np.abs(made.teacher.predict(X, verbose=0) - made.student.predict(X, verbose=0)).max()
    assert made.evaluate(X, LABELS, batch_size=64, verbose=0)[0] == pytest.approx(expected, rel=1e-5)
    vector = Largest()
    vector.axis = 0
    with pytest.raises(ValueError, match=r"\[Largest.compute_loss(.|\n)*shape \(3,\)(.|\n)*ops.mean"):
        distiller(vector).evaluate(X, LABELS, verbose=0)


def test_a_distiller_is_saved_with_teacher_student_and_losses(tmp_path: Path) -> None:
    made = distiller([SOFT, FeatureDistillation("mae", "teacher_hidden", "student_hidden")], distillation_loss_weights=[1.0, 0.5])
    fit(made)
    made.save(tmp_path / "distiller.keras")
    again = models.load_model(tmp_path / "distiller.keras")
    assert isinstance(again, Distiller)
    assert again.evaluate(X, LABELS, verbose=0) == made.evaluate(X, LABELS, verbose=0)
    assert fit(again, shuffle=False) == fit(made, shuffle=False)


@pytest.mark.parametrize("way", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))], ids=["deepcopy", "pickle"])
def test_a_copy_trains_its_own_student(way: Any) -> None:
    made = distiller(FeatureDistillation("mse", "teacher_hidden", "student_hidden"))
    twin = way(made)
    before = made.student.get_weights()
    assert fit(twin)["loss"][0] > 0
    for old, new in zip(before, made.student.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_kl_divergence_of_logits_gets_a_warning_that_names_the_loss_for_them() -> None:
    with pytest.warns(GlassworksWarning, match=r"pass loss=losses.KLDivergence\(\)"):
        distiller(LogitsDistillation())
    probabilities = [Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")]) for _ in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Distiller(*probabilities, LogitsDistillation())


def test_sample_weights_get_a_warning() -> None:
    with pytest.warns(GlassworksWarning, match="sample_weight is ignored"):
        fit(distiller(), sample_weight=np.ones(64))


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x: Any) -> Any:
        return self.dense(x)


def test_subclassed_models_are_distilled_by_their_outputs() -> None:
    made = Distiller(Subclassed(), Subclassed(), SOFT)
    made.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    assert fit(made)["distillation_loss"][0] > 0


TEACHER = network(8, "teacher")
HALF = Sequential([layers.Input((4,)), layers.Dense(3, dtype="float16")])
REFUSED = {
    "no teacher": (lambda: Distiller("teacher", TEACHER, SOFT), r"\[Distiller\](.|\n)*teacher='teacher'"),
    "no student": (lambda: Distiller(TEACHER, None, SOFT), "student=None"),
    "other outputs": (lambda: Distiller(TEACHER, network(8, "s", 2), SOFT), r"outputs of shape \(None, 3\) of the teacher and \(None, 2\)"),
    "other inputs": (lambda: Distiller(TEACHER, Sequential([layers.Input((5,)), layers.Dense(3)]), SOFT), "inputs of shape"),
    "other dtype": (lambda: Distiller(TEACHER, HALF, SOFT), "same dtype policy"),
    "no loss": (lambda: Distiller(TEACHER, network(8, "s"), None), "distillation_losses=None"),
    "a weight too many": (lambda: Distiller(TEACHER, network(8, "s"), [SOFT], [1.0, 2.0]), "2 distillation_loss_weights for 1"),
    "weight above 1": (lambda: Distiller(TEACHER, network(8, "s"), SOFT, student_loss_weight=2), "from 0 to 1"),
    "unknown layer": (lambda: Distiller(TEACHER, network(8, "s"), FeatureDistillation("mse", "teacher_hiden")), "'teacher_hidden'"),
    "layer of a subclass": (lambda: Distiller(Subclassed(), TEACHER, FeatureDistillation("mse", "dense")), "subclassed model"),
    "compiled without loss": (lambda: distiller().compile("adam"), "student's loss"),
    "metrics in a dict": (lambda: distiller().compile("adam", "mse", {"a": "mae"}), "a list"),
    "temperature 0": (lambda: LogitsDistillation(0.0), "temperature=0.0"),
    "only None": (lambda: FeatureDistillation([None, None]), "at least one non-`None` value"),
    "unknown loss": (lambda: FeatureDistillation("msse"), "did you mean 'mse'"),
}


@pytest.mark.parametrize("call, text", REFUSED.values(), ids=list(REFUSED))
def test_what_is_refused(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()
