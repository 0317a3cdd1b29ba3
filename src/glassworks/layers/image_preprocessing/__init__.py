"""Layers for images: other sizes, random changes while training, and what goes with them (labels, boxes, masks)."""
