"""`SKLearnClassifier`: a model as a classifier of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassworks.errors import DataError
from glassworks.typing import ArrayLike
from glassworks.wrappers import validation
from glassworks.wrappers.estimator import Estimator
from glassworks.wrappers.validation import ClassifierMixin

if TYPE_CHECKING:
    from sklearn.utils import Tags


class SKLearnClassifier(ClassifierMixin, Estimator):
    """A model as a classifier of scikit-learn, for pipelines, searches and cross-validation. It needs the extra `sklearn`.

    The labels may be numbers or texts, in one column. The model is trained on them one-hot, with a column for each class, so it has an output
    for each class also where there are two.

    Args:
        model: A compiled model, or a function `model(X, y, **model_kwargs)` that returns one for the data to be fitted; its `y` is one-hot.
            `fit` trains a clone of a model, with new weights.
        warm_start: Whether `fit` goes on with the weights of the fit before; a model is then trained itself, and not a clone.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `model.fit`, such as `epochs`; those given to `fit` take precedence.

    Attributes:
        classes_: The classes, sorted, in the order of the model's outputs.
        model_: The trained model.
        history_: The `History` of its training.

    Raises:
        MissingDependencyError: scikit-learn is not installed.

    >>> from glassworks import Sequential, layers, optimizers
    >>> def network(X, y, units=8):
    ...     hidden = layers.Dense(units, activation="relu")
    ...     model = Sequential([layers.Input(X.shape[1:]), hidden, layers.Dense(y.shape[1], activation="softmax")])
    ...     model.compile(optimizers.Adam(0.05), "categorical_crossentropy")
    ...     return model
    >>> classifier = SKLearnClassifier(network, model_kwargs={"units": 4}, fit_kwargs={"epochs": 60, "verbose": 0})
    >>> X, y = np.array([[0.0], [0.2], [0.8], [1.0]] * 8), np.array(["low", "low", "high", "high"] * 8)
    >>> classifier.fit(X, y).predict([[0.1], [0.9]])
    array(['low', 'high'], dtype='<U4')
    """

    _takes_several_outputs = False
    _usual_loss = "categorical_crossentropy"

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """The outputs of the model for samples: a column for each class, also where there are two."""
        return self._outputs(X)

    def _encoded(self, y: np.ndarray) -> np.ndarray:
        kind = validation.kind_of_target(y)
        if kind not in ("binary", "multiclass"):
            # The first words are those that scikit-learn's own checks of estimators look for.
            found = f"Unknown label type: {kind}. Only binary and multiclass target types are supported"
            fix = "pass one class label per sample; numbers to be predicted as such are for SKLearnRegressor"
            raise DataError(found, "binary or multiclass labels", fix, where="SKLearnClassifier.fit")
        classes, numbers = np.unique(y, return_inverse=True)
        if len(classes) == 1:
            fix = "pass samples of at least two classes; where data are split, split them with stratify=y"
            found = f"one class, {classes[0]!r}: Classifier can't train when only one class is present"
            raise DataError(found, "two or more classes", fix, where="SKLearnClassifier.fit")
        self.classes_ = classes
        return np.eye(len(classes), dtype="float32")[numbers]

    def _decoded(self, outputs: np.ndarray) -> np.ndarray:
        return self.classes_[outputs.argmax(axis=-1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # how well a model does depends on the user's choices
        return tags
