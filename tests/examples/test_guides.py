"""The guides: each program runs, learns what a constant answer cannot reach, and gives the doctor nothing to complain about."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import glassworks as keras
from glassworks.engine.native.ir.ops import PythonCall
from glassworks.engine.native.passes import lowering

FOLDER = Path(__file__).parents[2] / "examples" / "guides"


class Score(NamedTuple):
    """What a guide's `main` returns.

    Attributes:
        at_least: The least score of a program that has learned.
        constant: The score of the best answer that does not look at the input.
        in_python: The primitives in its training steps that have no native kernel.
    """

    at_least: float
    constant: float
    in_python: tuple[str, ...] = ()


# What `AUC` counts with; `MeanIoU` has a scatter, too, and `Discretization` a search.
AUC = ("cumulative_sum", "scatter", "search_sorted")
GUIDES = {
    "addition_with_attention": Score(0.6, 0.05),
    "anomaly_detection": Score(0.7, 0.6),
    "bidirectional_lstm": Score(0.9, 0.5),
    "callbacks": Score(0.9, 0.1),
    "character_generation": Score(0.7, 0.0),
    "custom_compute_loss": Score(0.8, 0.1),
    "custom_objects_on_file": Score(0.85, 0.1),
    "custom_parts": Score(0.4, 0.0),
    "custom_train_step": Score(0.9, 0.1),
    "data_sources": Score(0.9, 0.1),
    "denoising_autoencoder": Score(0.4, 0.0),
    "fine_tuning": Score(0.8, 0.1),
    "functional_api": Score(0.9, 0.25),
    "functional_surgery": Score(0.9, 0.1),
    "generative_adversarial_network": Score(0.7, 0.2),
    "graph_convolution": Score(0.8, 0.4),
    "hyperparameter_search": Score(0.9, 0.1),
    "image_augmentation": Score(0.5, 0.1),
    "imbalanced_classes": Score(0.85, 0.5, AUC),
    "input_optimization": Score(0.4, 0.0),
    "knowledge_distillation": Score(0.88, 0.1),
    "learning_rate_schedules": Score(0.9, 0.1),
    "masking_and_padding": Score(0.9, 0.55),
    "metric_learning": Score(0.9, 0.1),
    "mixed_precision": Score(0.85, 0.1),
    "multi_label": Score(0.8, 0.4, AUC),
    "object_localization": Score(0.55, 0.41),
    "online_learning": Score(0.9, 0.5),
    "own_recurrent_cell": Score(0.9, 0.0),
    "physics_informed": Score(0.9, 0.0),
    "policy_gradient": Score(0.9, 0.5),
    "preprocessing_layers": Score(0.9, 0.0, ("search_sorted",)),
    "recommendation": Score(0.8, 0.0),
    "saliency_and_filters": Score(0.2, 0.0),
    "save_and_resume": Score(0.9, 0.1),
    "sequential_model": Score(0.9, 0.1),
    "siamese_network": Score(0.9, 0.5),
    "small_resnet": Score(0.9, 0.1),
    "stateful_rnn": Score(0.9, 0.52),
    "subclassed_layers": Score(0.9, 0.1),
    "tabular_feature_space": Score(0.85, 0.62),
    "text_vectorization": Score(0.9, 0.55),
    "timeseries_forecasting": Score(0.8, 0.0),
    "training_loop": Score(0.9, 0.1),
    "transfer_learning": Score(0.8, 0.2),
    "transformer_classifier": Score(0.9, 0.5),
    "uncertainty": Score(0.6, 0.0),
    "unet_segmentation": Score(0.65, 0.28, ("scatter",)),
    "variational_autoencoder": Score(0.4, 0.0),
    "vision_transformer": Score(0.75, 0.1),
    "word_vectors": Score(0.8, 0.29),
}


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[keras.callbacks.History]:
    """The histories of all trainings of a program."""
    histories: list[keras.callbacks.History] = []
    fit = keras.Model.fit

    def recording_fit(self: keras.Model, *args: object, **kwargs: object) -> keras.callbacks.History:
        histories.append(fit(self, *args, **kwargs))
        return histories[-1]

    monkeypatch.setattr(keras.Model, "fit", recording_fit)
    return histories


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The primitives that ran through Python within native programs; those of 16-bit floats all do."""
    names: set[str] = set()

    def recording_call(*args: object, **kwargs: object) -> PythonCall:
        call = PythonCall(*args, **kwargs)
        if not {storage.dtype for storage in (*call.reads, *call.writes)} & {"float16", "bfloat16"}:
            names.add(call.nodes[0].primitive.name)
        return call

    monkeypatch.setattr(lowering, "PythonCall", recording_call)
    return names


def test_every_guide_is_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"sample_data"} == set(GUIDES)
    assert set(re.findall(r"\((\w+)\.py\)", (FOLDER / "README.md").read_text(encoding="utf-8"))) - {"sample_data"} == set(GUIDES)


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_a_guide_learns_and_is_healthy(
    name: str,
    fitted: list[keras.callbacks.History],
    in_python: set[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    score, expected = importlib.import_module(name).main(), GUIDES[name]
    assert score >= expected.at_least > expected.constant
    assert capsys.readouterr().out.count("\n") >= 3
    assert [finding for history in fitted for finding in history.findings if finding.severity != "info"] == []
    assert in_python == set(expected.in_python)


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_a_guide_names_the_library_in_one_import_line(name: str) -> None:
    lines = [line for line in (FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines() if "glassworks" in line]
    assert lines in (["import glassworks as keras"], ["import glassworks as tf"])
