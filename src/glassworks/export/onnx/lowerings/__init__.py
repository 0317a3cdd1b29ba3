"""How each primitive is written with ONNX operators: importing this package fills the table."""

from glassworks.export.onnx.lowerings import arithmetic as arithmetic
from glassworks.export.onnx.lowerings import control as control
from glassworks.export.onnx.lowerings import functions as functions
from glassworks.export.onnx.lowerings import rearranging as rearranging
from glassworks.export.onnx.lowerings import recurrent as recurrent
from glassworks.export.onnx.lowerings import windows as windows
from glassworks.export.onnx.lowerings.table import LOWERINGS as LOWERINGS
from glassworks.export.onnx.lowerings.table import REASONS as REASONS
from glassworks.export.onnx.lowerings.table import lower_nodes as lower_nodes
