"""The parts of scikit-learn that the estimators are built on; without scikit-learn the classes exist, and say what to install when used."""

from __future__ import annotations

import numpy as np

from glassworks.errors import MissingDependencyError, StateError
from glassworks.typing import ArrayLike

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.utils.validation import validate_data
except ImportError:
    BaseEstimator = type("BaseEstimator", (), {})
    ClassifierMixin = type("ClassifierMixin", (), {})
    RegressorMixin = type("RegressorMixin", (), {})
    TransformerMixin = type("TransformerMixin", (), {})
    validate_data = None

__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "RegressorMixin",
    "TransformerMixin",
    "fit_data",
    "fitted_data",
    "kind_of_target",
    "request_metadata",
    "require",
]


def require(where: str) -> None:
    """Raise an error if scikit-learn cannot be used.

    Args:
        where: The name of the class that needs it, for the error.

    Raises:
        MissingDependencyError: It is not installed, or is older than 1.6.
    """
    if validate_data is None:
        raise MissingDependencyError(
            "scikit-learn 1.6 or later is not installed",
            "scikit-learn, whose estimator this class is",
            "pip install 'scikit-learn>=1.6', or, in a checkout of glassworks, pip install '.[sklearn]'",
            where=where,
        )


def fit_data(estimator: object, x: ArrayLike, y: ArrayLike, multi_output: bool) -> tuple[np.ndarray, np.ndarray]:
    """Samples and targets as arrays, checked as scikit-learn's own estimators check them; the estimator keeps the number of features."""
    return validate_data(estimator, x, y, multi_output=multi_output)


def fitted_data(estimator: object, x: ArrayLike) -> np.ndarray:
    """Samples for an estimator that has been fitted, as an array with as many features as in `fit`.

    Raises:
        sklearn.exceptions.NotFittedError: `fit` was not called.
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    return validate_data(estimator, x, reset=False)


def kind_of_target(y: np.ndarray) -> str:
    """The kind of targets in scikit-learn's terms: `"binary"`, `"multiclass"`, `"continuous"` and others."""
    from sklearn.utils.multiclass import type_of_target

    return str(type_of_target(y, input_name="y", raise_unknown=True))


def request_metadata(estimator: BaseEstimator, requests: dict[str, bool | str | None]) -> None:
    """Store which arguments of `fit` an estimator wants to be given by pipelines and searches.

    Raises:
        StateError: Metadata routing is not enabled.
    """
    import sklearn

    if not sklearn.get_config().get("enable_metadata_routing", False):
        fix = "call sklearn.set_config(enable_metadata_routing=True) first"
        raise StateError("metadata routing is not enabled", "scikit-learn with metadata routing", fix, where="set_fit_request")
    routing = estimator.get_metadata_routing()
    for name, alias in requests.items():
        routing.fit.add_request(param=name, alias=alias)
    estimator._metadata_request = routing
