"""Keras's older names of helpers that prepare data; they live in `utils`."""

from glassworks.preprocessing import image as image
from glassworks.preprocessing import sequence as sequence
from glassworks.utils.image_dataset import image_dataset_from_directory as image_dataset_from_directory
from glassworks.utils.text_dataset import text_dataset_from_directory as text_dataset_from_directory
from glassworks.utils.timeseries_dataset import timeseries_dataset_from_array as timeseries_dataset_from_array
