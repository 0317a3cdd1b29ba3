"""`SKLearnTransformer`: a model as a transformer of scikit-learn, which gives features for the step that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassworks.typing import ArrayLike
from glassworks.wrappers.estimator import Estimator
from glassworks.wrappers.validation import TransformerMixin

if TYPE_CHECKING:
    from sklearn.utils import Tags


class SKLearnTransformer(TransformerMixin, Estimator):
    """A model as a transformer of scikit-learn: its outputs are features for the next step of a pipeline. It needs the extra `sklearn`.

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

    >>> from glassworks import Sequential, layers
    >>> network = Sequential([layers.Input((3,)), layers.Dense(2)])
    >>> network.compile("adam", "mse")
    >>> X = np.ones((8, 3))
    >>> SKLearnTransformer(network, fit_kwargs={"verbose": 0}).fit_transform(X, X[:, :2]).shape
    (8, 2)
    """

    def transform(self, X: ArrayLike) -> np.ndarray:
        """The outputs of the model for samples of shape (samples, features)."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # outputs have the model's dtype
        tags.target_tags.multi_output = True
        return tags
