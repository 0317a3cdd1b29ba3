"""What the ten programs of this folder share: train with the mistake, hear the doctor, train after the change, compare."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import NamedTuple

import glassworks as keras

Train = Callable[[bool], tuple[keras.callbacks.History, float]]
"""Trains with the mistake (False) or after the change (True): the history, and the score on data that the model has not seen."""


class Story(NamedTuple):
    """What happened: both scores, and what the doctor found first, which is nothing after the change."""

    score: float
    finding: keras.checks.Finding | None
    score_after: float
    finding_after: keras.checks.Finding | None


def live(train: Train, seed: int = 1) -> Story:
    """Train twice from the same seed; the doctor's warnings are kept for later instead of being printed."""
    outcomes: list = []
    for changed in (False, True):
        keras.utils.set_random_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            history, score = train(changed)
        outcomes += [score, history.findings[0] if history.findings else None]
    return Story(*outcomes)


def tell(train: Train, change: str, score: str = "accuracy on the test part") -> None:
    """Print the story.

    Args:
        train: The program.
        change: What is changed, in words.
        score: What the score is.
    """
    story = live(train)
    print(f"{sys.modules['__main__'].__doc__}\nWith the mistake: {score} {story.score:.2f}\n\nThe doctor says:\n{story.finding}\n")
    print(f"The change: {change}\nAfter the change: {score} {story.score_after:.2f}")
    print(f"The doctor says: {story.finding_after or 'nothing'}")
