"""Data: one adapter per kind of source gives the loops batches of NumPy arrays."""

from glassworks.training.data.base import Batch as Batch
from glassworks.training.data.base import DataSource as DataSource
from glassworks.training.data.class_weights import class_weights as class_weights
from glassworks.training.data.dataset import Dataset as Dataset
from glassworks.training.data.hosted import HostedSource as HostedSource
from glassworks.training.data.make import make_source as make_source
from glassworks.training.data.py_dataset import PyDataset as PyDataset
from glassworks.training.data.py_dataset import Sequence as Sequence
from glassworks.training.data.split import train_validation_split as train_validation_split
