"""`SKLearnRegressor`: a model as a regressor of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassworks.wrappers.estimator import Estimator
from glassworks.wrappers.validation import RegressorMixin

if TYPE_CHECKING:
    from sklearn.utils import Tags


class SKLearnRegressor(RegressorMixin, Estimator):
    """A model as a regressor of scikit-learn, for pipelines, searches and cross-validation. It needs the extra `sklearn`.

    Args:
        model: A compiled model, or a function `model(X, y, **model_kwargs)` that returns one for the data to be fitted; its `y` has the
            shape (samples, outputs). `fit` trains a clone of a model, with new weights.
        warm_start: Whether `fit` goes on with the weights of the fit before; a model is then trained itself, and not a clone.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `model.fit`, such as `epochs`; those given to `fit` take precedence.

    Attributes:
        model_: The trained model.
        history_: The `History` of its training.

    Raises:
        MissingDependencyError: scikit-learn is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers, optimizers
    >>> line = Sequential([layers.Input((1,)), layers.Dense(1)])
    >>> line.compile(optimizers.Adam(0.1), "mse")
    >>> X = np.linspace(0, 1, 32).reshape(-1, 1)
    >>> regressor = SKLearnRegressor(line, fit_kwargs={"epochs": 200, "verbose": 0}).fit(X, 2 * X[:, 0] + 1)
    >>> regressor.predict([[0.5]]).round(1)
    array([2.])
    """

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # how well a model does depends on the user's choices
        tags.target_tags.multi_output = True
        return tags
