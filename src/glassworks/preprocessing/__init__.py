"""Keras's older names of helpers that prepare data; they live in `utils`."""

from glassworks.preprocessing import image as image
from glassworks.preprocessing import sequence as sequence
