"""Models as estimators of scikit-learn, which pipelines, grid searches and cross-validation take."""

from glassworks.wrappers.classifier import SKLearnClassifier as SKLearnClassifier
from glassworks.wrappers.regressor import SKLearnRegressor as SKLearnRegressor
from glassworks.wrappers.transformer import SKLearnTransformer as SKLearnTransformer
