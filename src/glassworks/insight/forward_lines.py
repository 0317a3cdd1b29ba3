"""The lines of NumPy for every kind of layer: importing this module registers all rules."""

from glassworks.insight import layer_lines, shape_lines, wide_lines
from glassworks.insight.line_rules import lines_of as lines_of

__all__ = ["layer_lines", "lines_of", "shape_lines", "wide_lines"]
