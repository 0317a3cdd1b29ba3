"""Pooling: the largest number or the mean of each window, or of everything."""

from glassworks.layers.pooling.adaptive import AdaptiveAveragePooling1D as AdaptiveAveragePooling1D
from glassworks.layers.pooling.adaptive import AdaptiveAveragePooling2D as AdaptiveAveragePooling2D
from glassworks.layers.pooling.adaptive import AdaptiveAveragePooling3D as AdaptiveAveragePooling3D
from glassworks.layers.pooling.adaptive import AdaptiveMaxPooling1D as AdaptiveMaxPooling1D
from glassworks.layers.pooling.adaptive import AdaptiveMaxPooling2D as AdaptiveMaxPooling2D
from glassworks.layers.pooling.adaptive import AdaptiveMaxPooling3D as AdaptiveMaxPooling3D
from glassworks.layers.pooling.whole import GlobalAveragePooling1D as GlobalAveragePooling1D
from glassworks.layers.pooling.whole import GlobalAveragePooling2D as GlobalAveragePooling2D
from glassworks.layers.pooling.whole import GlobalAveragePooling3D as GlobalAveragePooling3D
from glassworks.layers.pooling.whole import GlobalMaxPooling1D as GlobalMaxPooling1D
from glassworks.layers.pooling.whole import GlobalMaxPooling2D as GlobalMaxPooling2D
from glassworks.layers.pooling.whole import GlobalMaxPooling3D as GlobalMaxPooling3D
from glassworks.layers.pooling.windows import AveragePooling1D as AveragePooling1D
from glassworks.layers.pooling.windows import AveragePooling2D as AveragePooling2D
from glassworks.layers.pooling.windows import AveragePooling3D as AveragePooling3D
from glassworks.layers.pooling.windows import MaxPooling1D as MaxPooling1D
from glassworks.layers.pooling.windows import MaxPooling2D as MaxPooling2D
from glassworks.layers.pooling.windows import MaxPooling3D as MaxPooling3D

# Keras's other names of the same layers.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
