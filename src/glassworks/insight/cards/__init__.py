"""Cards: one neuron, filter, gate, head, channel or row written out in full, with the numbers of a run."""
