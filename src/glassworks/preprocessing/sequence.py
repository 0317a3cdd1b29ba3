"""Sequences: `pad_sequences`."""

from glassworks.utils.sequences import pad_sequences as pad_sequences
