"""A program of the corpus: what a user would write, what is wrong with it, and what the doctor must say first.

A broken program is a function of `fixed`: with False it makes the mistake, with True it is the same program after the change that
cures it, so that the corpus shows both that the program really trains badly and that the mistake is the cause.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import glassworks as keras
from glassworks.checks import Finding
from glassworks.errors import DataError

Outcome = tuple[keras.callbacks.History, float]
"""The history, and the score on data that the model has not seen: accuracy or R2, so that 1 is best."""


@dataclass(frozen=True)
class Broken:
    """A program with one mistake.

    Attributes:
        name: The name of the function.
        run: The function.
        expected: The names of the right first finding; several only where they name the same cause.
        source: The issue that it is reduced from, or the section of the list of problems.
        scores: The score that was measured with the mistake, and without it.
        held_out: Whether it was written to be tried once, after the rules.
        refused: What the error says, where `fit` does not even start.
    """

    name: str
    run: Callable[[bool], Outcome]
    expected: tuple[str, ...]
    source: str
    scores: tuple[float, float]
    held_out: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Healthy:
    """A program without a mistake, and the score that was measured."""

    name: str
    run: Callable[[], Outcome]
    score: float
    held_out: bool = False


BROKEN: list[Broken] = []
HEALTHY: list[Healthy] = []


def broken(
    *expected: str, source: str, scores: tuple[float, float], held_out: bool = False, refused: str = ""
) -> Callable[[Callable[[bool], Outcome]], Callable[[bool], Outcome]]:
    """Add a function to the broken programs."""

    def add(function: Callable[[bool], Outcome]) -> Callable[[bool], Outcome]:
        BROKEN.append(Broken(function.__name__, function, expected, source, scores, held_out, refused))
        return function

    return add


def healthy(score: float, held_out: bool = False) -> Callable[[Callable[[], Outcome]], Callable[[], Outcome]]:
    """Add a function to the healthy programs."""

    def add(function: Callable[[], Outcome]) -> Callable[[], Outcome]:
        HEALTHY.append(Healthy(function.__name__, function, score, held_out))
        return function

    return add


def accuracy(model: keras.Model, x: object, y: np.ndarray) -> float:
    """The share of samples of which the model names the right class; y has class numbers, or one column per class or label."""
    said = np.asarray(model.predict(x, verbose=0))
    if y.ndim > 1 and y.shape[-1] > 1 and (y.sum(-1) != 1).any():
        return float(((said > 0.5) == (y > 0.5)).mean())  # several labels per sample
    if said.shape[-1] == 1:
        return float(((said.ravel() > 0.5) == (y.ravel() > 0.5)).mean())
    return float((said.argmax(-1).ravel() == (y.argmax(-1) if y.ndim == said.ndim and y.shape[-1] > 1 else y).ravel()).mean())


def balanced_accuracy(model: keras.Model, x: object, y: np.ndarray) -> float:
    """The mean over the classes of the share that is recognised: a model that always says the same scores 1 / classes."""
    said = np.asarray(model.predict(x, verbose=0))
    said = (said.ravel() > 0.5).astype(int) if said.shape[-1] == 1 else said.argmax(-1)
    return float(np.mean([(said[y == c] == c).mean() for c in np.unique(y)]))


def r2(model: keras.Model, x: object, y: np.ndarray) -> float:
    """The share of the variance of y that the model explains: 0 for the mean, below -1 given as -1."""
    said = np.asarray(model.predict(x, verbose=0), np.float64).reshape(len(y), -1)
    wanted = np.asarray(y, np.float64).reshape(len(y), -1)
    explained = 1 - float(np.square(wanted - said).sum() / np.square(wanted - wanted.mean(axis=0)).sum())
    return max(explained, -1.0) if np.isfinite(explained) else -1.0


@dataclass(frozen=True)
class Result:
    """What a run gave: the findings in their order, the score, and the error if `fit` refused the program."""

    findings: list[Finding]
    score: float
    error: str = ""

    @property
    def first(self) -> str:
        """The name of the first finding; empty if there is none."""
        return self.findings[0].check if self.findings else ""

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def run(program: Callable[[], Outcome]) -> Result:
    """Run a program from fixed seeds, with the warnings that a user would see silenced."""
    keras.utils.set_random_seed(1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            history, score = program()
        except DataError as error:
            return Result([], -np.inf, str(error))
    return Result(list(getattr(history, "findings", [])), score)
