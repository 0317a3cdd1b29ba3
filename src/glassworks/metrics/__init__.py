"""Metrics: values reported in training, computed inside the step."""

from glassworks import registry as _registry
from glassworks.losses import binary_crossentropy as binary_crossentropy
from glassworks.losses import binary_focal_crossentropy as binary_focal_crossentropy
from glassworks.losses import categorical_crossentropy as categorical_crossentropy
from glassworks.losses import categorical_focal_crossentropy as categorical_focal_crossentropy
from glassworks.losses import categorical_hinge as categorical_hinge
from glassworks.losses import hinge as hinge
from glassworks.losses import huber as huber
from glassworks.losses import kl_divergence as kl_divergence
from glassworks.losses import log_cosh as log_cosh
from glassworks.losses import mean_absolute_error as mean_absolute_error
from glassworks.losses import mean_absolute_percentage_error as mean_absolute_percentage_error
from glassworks.losses import mean_squared_error as mean_squared_error
from glassworks.losses import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from glassworks.losses import poisson as poisson
from glassworks.losses import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from glassworks.losses import squared_hinge as squared_hinge
from glassworks.metrics.accuracy import Accuracy as Accuracy
from glassworks.metrics.accuracy import BinaryAccuracy as BinaryAccuracy
from glassworks.metrics.accuracy import CategoricalAccuracy as CategoricalAccuracy
from glassworks.metrics.accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from glassworks.metrics.accuracy import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from glassworks.metrics.accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from glassworks.metrics.accuracy import binary_accuracy as binary_accuracy
from glassworks.metrics.accuracy import categorical_accuracy as categorical_accuracy
from glassworks.metrics.accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
from glassworks.metrics.accuracy import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
from glassworks.metrics.accuracy import top_k_categorical_accuracy as top_k_categorical_accuracy
from glassworks.metrics.auc import AUC as AUC
from glassworks.metrics.base import METRICS as METRICS
from glassworks.metrics.base import Metric as Metric
from glassworks.metrics.confusion import FalseNegatives as FalseNegatives
from glassworks.metrics.confusion import FalsePositives as FalsePositives
from glassworks.metrics.confusion import Precision as Precision
from glassworks.metrics.confusion import PrecisionAtRecall as PrecisionAtRecall
from glassworks.metrics.confusion import Recall as Recall
from glassworks.metrics.confusion import RecallAtPrecision as RecallAtPrecision
from glassworks.metrics.confusion import SensitivityAtSpecificity as SensitivityAtSpecificity
from glassworks.metrics.confusion import SpecificityAtSensitivity as SpecificityAtSensitivity
from glassworks.metrics.confusion import TrueNegatives as TrueNegatives
from glassworks.metrics.confusion import TruePositives as TruePositives
from glassworks.metrics.correlation import ConcordanceCorrelation as ConcordanceCorrelation
from glassworks.metrics.correlation import PearsonCorrelation as PearsonCorrelation
from glassworks.metrics.correlation import concordance_correlation as concordance_correlation
from glassworks.metrics.correlation import pearson_correlation as pearson_correlation
from glassworks.metrics.f_score import F1Score as F1Score
from glassworks.metrics.f_score import FBetaScore as FBetaScore
from glassworks.metrics.margin import CategoricalHinge as CategoricalHinge
from glassworks.metrics.margin import Hinge as Hinge
from glassworks.metrics.margin import SquaredHinge as SquaredHinge
from glassworks.metrics.overlap import BinaryIoU as BinaryIoU
from glassworks.metrics.overlap import IoU as IoU
from glassworks.metrics.overlap import MeanIoU as MeanIoU
from glassworks.metrics.overlap import OneHotIoU as OneHotIoU
from glassworks.metrics.overlap import OneHotMeanIoU as OneHotMeanIoU
from glassworks.metrics.probabilistic import BinaryCrossentropy as BinaryCrossentropy
from glassworks.metrics.probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from glassworks.metrics.probabilistic import KLDivergence as KLDivergence
from glassworks.metrics.probabilistic import Poisson as Poisson
from glassworks.metrics.probabilistic import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from glassworks.metrics.reduction import Mean as Mean
from glassworks.metrics.reduction import MeanMetricWrapper as MeanMetricWrapper
from glassworks.metrics.reduction import Sum as Sum
from glassworks.metrics.regression import CosineSimilarity as CosineSimilarity
from glassworks.metrics.regression import LogCoshError as LogCoshError
from glassworks.metrics.regression import MeanAbsoluteError as MeanAbsoluteError
from glassworks.metrics.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from glassworks.metrics.regression import MeanSquaredError as MeanSquaredError
from glassworks.metrics.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from glassworks.metrics.regression import R2Score as R2Score
from glassworks.metrics.regression import RootMeanSquaredError as RootMeanSquaredError


def get(identifier: object) -> Metric | None:
    """The metric meant by a name, config, class, object or function; None stays None.

    A name that a class and a function have means an object of the class.

    >>> from glassworks import metrics
    >>> type(metrics.get("AUC")).__name__, type(metrics.get("mse")).__name__
    ('AUC', 'MeanSquaredError')
    """
    meant = METRICS.get(identifier)
    function = getattr(meant, "__name__", "")
    if isinstance(identifier, str) and METRICS.objects.get(function) is meant:
        by_name = {_registry.snake_case(name): cls for name, cls in METRICS.objects.items() if isinstance(cls, type)}
        return by_name.get(function, lambda: meant)()
    return meant


def serialize(metric: object) -> dict | str | None:
    """The config of a metric.

    >>> from glassworks import metrics
    >>> metrics.serialize(metrics.AUC())["class_name"]
    'AUC'
    """
    return _registry.serialize(metric)


def deserialize(config: object, custom_objects: dict | None = None) -> Metric:
    """A metric from its config.

    >>> from glassworks import metrics
    >>> metrics.deserialize(metrics.serialize(metrics.AUC(name="area"))).name
    'area'
    """
    return _registry.deserialize(config, custom_objects, kind="metrics")


METRICS.add_exported(globals(), Metric)
