"""Sequences: `pad_sequences`."""

from glassworks.utils.arrays import pad_sequences as pad_sequences
