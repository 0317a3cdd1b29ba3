"""Keras's older names of helpers that prepare data: those of `utils`, and the classes of Keras 2 that programs and books use."""

from glassworks.preprocessing import image as image
from glassworks.preprocessing import sequence as sequence
from glassworks.preprocessing import text as text
from glassworks.utils.image_dataset import image_dataset_from_directory as image_dataset_from_directory
from glassworks.utils.text_dataset import text_dataset_from_directory as text_dataset_from_directory
from glassworks.utils.timeseries_dataset import timeseries_dataset_from_array as timeseries_dataset_from_array
