"""The accuracy of scikit-learn's classifiers on the same data, for comparison."""

from __future__ import annotations

import importlib.util
import time

import numpy as np

LIMIT = 10_000

Row = tuple[str, float | None, str]


def peer_accuracies(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> list[Row]:
    """(name, test accuracy, note) of a support vector machine and a random forest; a word where scikit-learn is missing.

    An SVM's time grows with the square of the data, so of larger sets both see the first 10,000 images; the note says on how many.
    """
    if importlib.util.find_spec("sklearn") is None:
        return [("SVM, random forest", None, "not compared: pip install scikit-learn")]
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.svm import SVC

    x, y = (part[:LIMIT] for part in train)
    note = f"on {LIMIT:,} images" if len(train[0]) > LIMIT else ""
    rows: list[Row] = []
    for name, peer in (("SVM (RBF kernel)", SVC()), ("random forest (100)", RandomForestClassifier(random_state=0))):
        start = time.perf_counter()
        peer.fit(x.reshape(len(x), -1), y)
        accuracy = float(np.mean(peer.predict(test[0].reshape(len(test[0]), -1)) == test[1]))
        rows.append((name, accuracy, f"{time.perf_counter() - start:.1f} s{', ' + note if note else ''}"))
    return rows
