"""What all estimators share: their parameters, and the training of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from glassworks.errors import ArgumentTypeError, NotCompiledError
from glassworks.models import Model, clone_model
from glassworks.training.callbacks import History
from glassworks.typing import ArrayLike
from glassworks.wrappers import validation
from glassworks.wrappers.validation import BaseEstimator

if TYPE_CHECKING:
    from sklearn.utils import Tags

ModelOrFunction = Model | Callable[..., Model]


class Estimator(BaseEstimator):
    """The base of the estimators.

    Args:
        model: A compiled model, or a function `model(X, y, **model_kwargs)` that returns one for the data to be fitted, whose `y` are
            the targets as the model gets them. `fit` trains a clone of a model, with new weights.
        warm_start: Whether `fit` goes on with the weights of the fit before; a model is then trained itself, and not a clone.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `model.fit`, such as `epochs`; those given to `fit` take precedence.

    Attributes:
        model_: The trained model.
        history_: The `History` of its training.
    """

    def __init__(
        self,
        model: ModelOrFunction,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ) -> None:
        validation.require(type(self).__name__)
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X: ArrayLike, y: ArrayLike, **kwargs: Any) -> Self:
        """Train the model.

        Args:
            X: The samples, of shape (samples, features).
            y: The targets, one per sample; for regressors and transformers also of shape (samples, outputs).
            **kwargs: Arguments of `model.fit`.

        Returns:
            The estimator.

        Raises:
            ArgumentTypeError: `model` is neither a model nor a function that returns one.
            NotCompiledError: The model was not compiled with a loss.
        """
        X, y = validation.fit_data(self, X, y, multi_output=self._takes_several_outputs)
        y = self._encoded(y)
        model = self._model_for(X, y)
        self.history_: History = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_: Model = model
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The predictions for samples of shape (samples, features), in the form of the targets of `fit`."""
        return self._decoded(self._outputs(X))

    @property
    def epoch_(self) -> int:
        """The number of epochs of the last call of `fit`; 0 before it."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def set_fit_request(self, **kwargs: bool | str | None) -> Self:
        """Say which arguments of `fit` the estimator wants from the pipeline or search around it, where metadata routing is enabled.

        Args:
            **kwargs: True (pass it on), False, None (an error if it is given) or another name, for each argument.
        """
        validation.request_metadata(self, kwargs)
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True  # weights and the order of batches are random
        return tags

    # ---- what subclasses change

    _takes_several_outputs = True

    def _encoded(self, y: np.ndarray) -> np.ndarray:
        """The targets in the form that the model is trained on: a row per sample. The estimator remembers the form they had."""
        validation.kind_of_target(y)  # refuses targets of no known kind
        self._target_axes, self._target_dtype = y.ndim, y.dtype
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def _decoded(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs of the model in the form of the targets: a single output as one axis, and floats of the same dtype."""
        outputs = outputs.squeeze(1) if self._target_axes == 1 and outputs.shape[1:] == (1,) else outputs
        return outputs.astype(self._target_dtype) if np.issubdtype(self._target_dtype, np.floating) else outputs

    # ---- the model

    def _outputs(self, X: ArrayLike) -> np.ndarray:
        data = validation.fitted_data(self, X)
        return self.model_.predict(data, verbose=0)

    def _model_for(self, X: np.ndarray, y: np.ndarray) -> Model:
        """The model to train: compiled, and new unless the estimator starts warm."""
        where = f"{type(self).__name__}.fit"
        if isinstance(self.model, Model):
            # A model that is not compiled is refused below, and need not be cloned.
            model = clone_model(self.model) if self.model.compiled and not self.warm_start else self.model
        elif self.warm_start and hasattr(self, "model_"):
            model = self.model_
        elif callable(self.model):
            model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        else:
            fix = "pass the model, or the name of the function without calling it"
            raise ArgumentTypeError(f"model={self.model!r}", "a model or a function that returns one", fix, where=where)
        if not isinstance(model, Model):
            fix = "end the function with: return model"
            raise ArgumentTypeError(f"the function of model returned {model!r}", "a model", fix, where=where)
        if not model.compiled or not model.loss:
            state = "has no loss" if model.compiled else "is not compiled"
            fix = f"call {model.name}.compile(optimizer='adam', loss={self._usual_loss!r}) first"
            raise NotCompiledError(f"model {model.name!r} {state}", "a model compiled with a loss", fix, where=where)
        return model

    _usual_loss = "mse"
