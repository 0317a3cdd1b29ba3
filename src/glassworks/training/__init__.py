"""Training: the step as one graph, the loop, data sources, callbacks, progress."""
