"""Compares models with real Keras in float64: predictions, losses, metrics, state after a step, gradients and optimizer steps."""

from __future__ import annotations

import copy
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

import glassworks
from glassworks.names import reset_names
from tests.fuzz.against_keras import compare_slope, tolerance
from tests.fuzz.case import ModelCase
from tests.fuzz.failure import CaseError
from tests.fuzz.models import namespace
from tests.fuzz.oracle import difference
from tests.fuzz.run_models import Data, build, one_or_list, random_weights

# Layers that draw random numbers in training, which are other numbers in Keras.
RANDOM = re.compile(r"Dropout|Noise|Random|dropout=|MultiHeadAttention\(.*dropout")
# What is not compared with Keras, and why.
LEFT_OUT = {
    "SpectralNormalization": "Keras updates its vectors by the kernel it just normalised",
    "...x,xy": "Keras turns the axes of an ellipsis around",
    "MelSpectrogram": "the NumPy backend gives another number of windows",
    "Equalization": "Keras cannot call it on symbolic tensors",
    "renorm": "its limits depend on how often it was called",
    "RMSNormalization(axis": "Keras multiplies by the scale along the last axis, whichever was normalised",
    "RandomCrop": "Keras does not resize at inference, although it says so",
    "bicubic": "the NumPy backend resizes by another filter",
}


@contextmanager
def in_float64() -> Iterator[None]:
    """A `with` block in which both libraries compute in float64."""
    for library in (glassworks, keras):
        library.config.set_floatx("float64")
    try:
        yield
    finally:
        for library in (glassworks, keras):
            library.config.set_floatx("float32")


def plain(case: ModelCase) -> ModelCase:
    """The case without dtypes of its own."""
    found = copy.deepcopy(case)
    found.policy = "float64"
    for line in found.lines:
        line.arguments.pop("dtype", None)
        line.arguments = {name: re.sub(r", dtype='\w+'|dtype='\w+'(, )?", "", value) for name, value in line.arguments.items()}
    for given in found.inputs:
        given.dtype = "float64" if given.dtype == "float32" else given.dtype
    return found


def check_model_against_keras(case: ModelCase) -> int:
    """Compare; gives how many results were the same. Raises `CaseError`."""
    code = case.model_code()
    if any(name in code for name in LEFT_OUT):
        return 0
    case = plain(case)
    with in_float64():
        ours = build(case)
        theirs = _their_model(case, ours)
        if theirs is None:
            return 0
        pair = Pair(case, ours, theirs)
        count = pair.check_predictions()
        if not count:
            return 0
        evaluated = pair.check_evaluation()
        count += evaluated
        if evaluated and not RANDOM.search(case.model_code()):
            count += pair.check_training()
    return count


def _their_model(case: ModelCase, ours: Any) -> Any:
    names = namespace(keras)
    keras.backend.clear_session()
    gc.freeze()  # that collects garbage, each time through all that the imported modules hold
    try:
        exec(case.model_code(), names)
    except Exception as error:
        if isinstance(error, (NotImplementedError, ImportError)) or "numpy" in str(error).lower():
            return None  # the NumPy backend lacks something
        raise CaseError("accepted what Keras refuses", f"{type(error).__name__}: {error}") from error
    theirs = names["model"]
    shapes = [[tuple(w.shape) for w in model.weights] for model in (ours, theirs)]
    if shapes[0] != shapes[1]:
        raise CaseError("weights are not those of Keras", f"{shapes[0]}, expected {shapes[1]}")
    for mine, other in zip(ours.outputs, theirs.outputs, strict=True):
        if (tuple(mine.shape), mine.dtype) != (tuple(other.shape), other.dtype):
            raise CaseError("symbolic outputs are not those of Keras", f"{mine.shape} {mine.dtype}, expected {other.shape} {other.dtype}")
    return theirs


def clips(loss: str, outputs: np.ndarray) -> bool:
    """Whether Keras clips probabilities in a cross-entropy; Glassworks computes it from the logits there.

    Keras's NumPy backend does so for logits too, of which it takes the sigmoid first.
    """
    if "crossentropy" not in loss.lower():
        return False
    binary, logits = "binary" in loss.lower(), "from_logits" in loss
    with np.errstate(over="ignore"):
        chances = 1 / (1 + np.exp(-outputs)) if binary and logits else outputs
    nearest = np.minimum(chances, 1 - chances) if binary else np.abs(chances)
    return float(np.min(nearest, initial=1.0)) < 1e-6


class Pair:
    """Our model and Keras's, with the same weights and data."""

    def __init__(self, case: ModelCase, ours: Any, theirs: Any) -> None:
        self.case, self.ours, self.theirs, self.data = case, ours, theirs, Data(case, ours)
        self.start = random_weights(ours.weights, case.seed)
        self.x, self.y = one_or_list(self.data.x[0]), one_or_list(self.data.y[0])
        # Keras multiplies losses of several axes by weights of samples along the last axis, where it can.
        few_axes = all(len(output.shape) <= 2 for output in ours.outputs)
        self.weights = one_or_list(self.data.weights[0]) if self.data.sample_weight and few_axes else None
        self.reset()

    def reset(self) -> None:
        """Both models have the weights that they start from."""
        self.ours.set_weights(self.start), self.theirs.set_weights(self.start)

    def compile(self, optimizer: str) -> None:
        """Both are compiled with the case's losses and metrics."""
        reset_names()
        for library, model in ((glassworks, self.ours), (keras, self.theirs)):
            names = namespace(library)
            losses = [eval(code, names) for code in self.case.losses]
            metrics = [[eval(code, names) for code in codes] for codes in self.case.metrics]
            arguments = {"metrics": one_or_list(metrics), "run_eagerly": library is keras}
            model.compile(eval(optimizer, names), one_or_list(losses), **arguments)

    def same(self, what: str, mine: Any, other: Any, factor: float = 1.0) -> None:
        """Raise where a result differs."""
        mine, other = np.asarray(mine), np.asarray(other)
        text = difference(mine, other, tolerance(other, factor))
        if text:
            raise CaseError(f"{what} differ from Keras", text)

    def check_predictions(self) -> int:
        """Outputs at inference."""
        mine = glassworks.tree.flatten(self.ours.predict(self.x, batch_size=self.case.batch_size, verbose=0))
        try:
            other = glassworks.tree.flatten(self.theirs(self.x, training=False))
        except Exception:
            return 0
        for one, expected in zip(mine, other, strict=True):
            self.same("predictions", one, expected)
        return len(mine)

    def check_evaluation(self) -> int:
        """Loss and metrics at inference. Metrics count in float32 in both."""
        outputs = glassworks.tree.flatten(self.ours.predict(self.x, verbose=0))
        if any(clips(loss, np.asarray(output)) for loss, output in zip(self.case.losses, outputs, strict=True)):
            return 0
        self.compile("keras.optimizers.SGD(1.0)")
        arguments = {"sample_weight": self.weights, "batch_size": self.case.batch_size, "verbose": 0, "return_dict": True}
        mine = self.ours.evaluate(self.x, self.y, **arguments)
        try:
            other = self.theirs.evaluate(self.x, self.y, **arguments)
        except Exception:
            return 0  # its NumPy backend does not know all
        if set(mine) != set(other):
            raise CaseError("names of logs differ from Keras", f"{sorted(mine)}, expected {sorted(other)}")
        for name in mine:
            self.same(f"evaluated {name.split('_')[-1]}", np.float64(mine[name]), np.float64(other[name]), 1e4)
        return len(mine)

    def check_training(self) -> int:
        """The gradient of a step of plain descent, the state it leaves, and a step of the case's optimizer."""
        trainable = self.ours.trainable_variables
        if not trainable or "constraint" in self.case.model_code():
            return 0
        self.compile("keras.optimizers.SGD(1.0)")
        self.reset()
        before = [np.array(v) for v in trainable]
        self.ours.train_on_batch(self.x, self.y, sample_weight=self.weights, class_weight=None)
        gradients = [b - np.array(v) for b, v in zip(before, trainable, strict=True)]
        state = [np.array(v) for v in self.ours.non_trainable_weights]
        self.reset()
        self.theirs(self.x, training=True)
        for mine, other in zip(state, self.theirs.non_trainable_weights, strict=True):
            self.same("states after a step", mine, np.asarray(other), 10.0)
        count = len(state) + self._check_slope(before, gradients)
        return count + self._check_optimizer(gradients)

    def _check_slope(self, before: list[np.ndarray], gradients: list[np.ndarray]) -> int:
        rng = np.random.default_rng([9, self.case.seed])
        directions = [rng.normal(size=b.shape) for b in before]

        def loss(step: float) -> float:
            self.reset()
            for variable, value, direction in zip(self.theirs.trainable_variables, before, directions, strict=True):
                variable.assign(value + step * direction)
            outputs = self.theirs(self.x, training=True)
            weights = self.weights
            return float(self.theirs.compute_loss(self.x, self.y, outputs, sample_weight=weights, training=True))

        try:
            loss(0.0)
        except Exception:
            return 0  # its NumPy backend does not know all
        return compare_slope(sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True)), loss)

    def _check_optimizer(self, gradients: list[np.ndarray]) -> int:
        """Keras's optimizer makes of these gradients what our step makes of them."""
        self.compile(self.case.optimizer)
        self.reset()
        self.ours.train_on_batch(self.x, self.y, sample_weight=self.weights)
        found = [np.array(v) for v in self.ours.trainable_variables]
        self.reset()
        optimizer = self.theirs.optimizer
        optimizer.apply([np.asarray(g) for g in gradients], self.theirs.trainable_variables)
        # A step of Adam's kind divides a gradient by its own size: where that is rounding alone, so is the step.
        for mine, other, gradient in zip(found, self.theirs.trainable_variables, gradients, strict=True):
            certain = np.abs(gradient) > 1e-6
            self.same("weights after a step", np.where(certain, mine, 0), np.where(certain, np.asarray(other), 0), 1e3)
        return len(gradients)
