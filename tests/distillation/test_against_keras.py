"""Distillation losses and training agree with real Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import glassworks

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 5, 3)).astype("float32")
LOSSES = {
    "logits": lambda k: k.distillation.LogitsDistillation(),
    "logits, cooler": lambda k: k.distillation.LogitsDistillation(temperature=1.5),
    "probabilities": lambda k: k.distillation.LogitsDistillation(2.0, loss=k.losses.KLDivergence()),
    "cross-entropy": lambda k: k.distillation.LogitsDistillation(4.0, loss=k.losses.CategoricalCrossentropy(from_logits=True)),
    "features": lambda k: k.distillation.FeatureDistillation(),
    "features by an object": lambda k: k.distillation.FeatureDistillation(k.losses.MeanAbsoluteError(), "a", "b"),
    "several": lambda k: k.distillation.FeatureDistillation(["mae", None]),
}


@pytest.mark.parametrize("case", LOSSES)
def test_a_loss_has_the_value_and_config_of_keras(case: str) -> None:
    ours, theirs = LOSSES[case](glassworks), LOSSES[case](keras)
    data = ([A, A], [B, B]) if case == "several" else (A, B)
    np.testing.assert_allclose(float(ours.compute_loss(*data)), float(theirs.compute_loss(*data)), rtol=2e-5)
    assert without_names(ours.get_config()) == without_names(theirs.get_config())
    again = type(ours).from_config(ours.get_config())
    assert again.get_config() == ours.get_config()


def without_names(config: Any) -> Any:
    """A config without the registered names of functions, which are not those of Keras."""
    if isinstance(config, dict):
        return {key: without_names(value) for key, value in config.items() if key != "registered_name"}
    return [without_names(entry) for entry in config] if isinstance(config, list) else config


def test_a_student_learns_as_it_does_in_keras() -> None:
    x, y = RNG.normal(size=(8, 3)).astype("float32"), RNG.normal(size=(8, 3)).astype("float32")
    weights = [RNG.normal(size=shape).astype("float32") for shape in ((3, 3), (3,), (3, 3), (3,))]

    def train(library: Any) -> tuple[dict[str, float], list[np.ndarray]]:
        def network(name: str, scale: float) -> Any:
            dense = [library.layers.Dense(3, activation="tanh", name="hidden"), library.layers.Dense(3)]
            model = library.Sequential([library.layers.Input((3,)), *dense], name=name)
            model.set_weights([scale * weight for weight in weights])
            return model

        both = [library.distillation.LogitsDistillation(2.0, library.losses.KLDivergence())]
        both.append(library.distillation.FeatureDistillation("mse", "hidden", "hidden"))
        distiller = library.distillation.Distiller(network("teacher", 1.0), network("student", 0.1), both, [1.0, 0.5], 0.3)
        distiller.compile(library.optimizers.SGD(0.1), "mse", metrics=["mae"])
        logs = distiller.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        return {name: values[-1] for name, values in logs.items()}, distiller.student.get_weights()

    (ours, our_weights), (theirs, their_weights) = train(glassworks), train(keras)
    assert ours == pytest.approx(theirs, rel=1e-4)
    for a, b in zip(our_weights, their_weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
