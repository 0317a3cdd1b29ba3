"""Layers for sequences: recurrent cells, the layers that run them over time, and wrappers around other layers."""
