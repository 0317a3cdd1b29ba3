"""Layers for sequences: recurrent cells, the layers that walk them over time, and wrappers around other layers."""
