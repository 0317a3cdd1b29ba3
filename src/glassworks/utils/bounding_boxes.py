"""Bounding boxes: formats, moves with their images, overlap, and differences from anchors."""

from glassworks.layers.image_preprocessing.bounding_boxes import affine_transform as affine_transform
from glassworks.layers.image_preprocessing.bounding_boxes import clip_to_image_size as clip_to_image_size
from glassworks.layers.image_preprocessing.bounding_boxes import convert_format as convert_format
from glassworks.layers.image_preprocessing.bounding_boxes import crop as crop
from glassworks.layers.image_preprocessing.bounding_boxes import pad as pad
from glassworks.layers.image_preprocessing.box_overlap import compute_ciou as compute_ciou
from glassworks.layers.image_preprocessing.box_overlap import compute_iou as compute_iou
from glassworks.layers.image_preprocessing.box_overlap import decode_deltas_to_boxes as decode_deltas_to_boxes
from glassworks.layers.image_preprocessing.box_overlap import encode_box_to_deltas as encode_box_to_deltas
