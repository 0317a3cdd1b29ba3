"""Layers for images: resizing, random changes in training, and the same changes of labels, boxes and masks."""
