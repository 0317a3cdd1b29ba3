"""Keras's module of `ResNet50`; see `resnet.py`."""

from glassworks.applications.resnet import ResNet50 as ResNet50
from glassworks.applications.resnet import decode_predictions as decode_predictions
from glassworks.applications.resnet import preprocess_input as preprocess_input
