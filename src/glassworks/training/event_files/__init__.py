"""Files of events, which TensorBoard reads: records with checksums, summaries as protocol buffers, images as PNG."""

from glassworks.training.event_files.graph import graph_definition as graph_definition
from glassworks.training.event_files.summaries import histogram as histogram
from glassworks.training.event_files.summaries import image as image
from glassworks.training.event_files.summaries import keras_config as keras_config
from glassworks.training.event_files.summaries import scalar as scalar
from glassworks.training.event_files.writer import EventWriter as EventWriter
