"""Cross-entropies and divergences of probabilities, as metrics."""

from __future__ import annotations

from glassworks.arguments import Anything
from glassworks.configured import defaults
from glassworks.losses import binary_crossentropy, categorical_crossentropy, kl_divergence, poisson, sparse_categorical_crossentropy
from glassworks.metrics.base import METRICS
from glassworks.metrics.reduction import FunctionMetric, MeanMetricWrapper
from glassworks.typing import DTypeLike


@defaults(name="kl_divergence")
class KLDivergence(FunctionMetric):
    """The mean Kullback-Leibler divergence.

    >>> from glassworks import metrics
    >>> round(float(metrics.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    _direction = "down"
    _function = staticmethod(kl_divergence)


@defaults(name="poisson")
class Poisson(FunctionMetric):
    """The mean Poisson loss.

    >>> from glassworks import metrics
    >>> round(float(metrics.Poisson()([[1.0]], [[1.0]])), 4)
    1.0
    """

    _direction = "down"
    _function = staticmethod(poisson)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean binary cross-entropy.

    >>> from glassworks import metrics
    >>> round(float(metrics.BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    _direction = "down"
    from_logits = label_smoothing = Anything()

    def __init__(
        self, name: str | None = "binary_crossentropy", dtype: DTypeLike = None, from_logits: bool = False, label_smoothing: float = 0
    ) -> None:
        super().__init__(binary_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for one-hot labels.

    >>> from glassworks import metrics
    >>> round(float(metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    _direction = "down"
    from_logits = label_smoothing = axis = Anything()

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(categorical_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for class numbers.

    >>> from glassworks import metrics
    >>> round(float(metrics.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    _direction = "down"
    from_logits = ignore_class = axis = Anything()

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(sparse_categorical_crossentropy, name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis)


METRICS.add(binary_crossentropy, "bce", "BCE")
METRICS.add(kl_divergence, "kld", "KLD")
for _function in (categorical_crossentropy, sparse_categorical_crossentropy, poisson):
    METRICS.add(_function)
