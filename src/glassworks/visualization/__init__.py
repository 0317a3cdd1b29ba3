"""Pictures of data and predictions: images in a gallery, with bounding boxes or segmentation masks drawn on them."""

from glassworks.visualization.boxes import draw_bounding_boxes as draw_bounding_boxes
from glassworks.visualization.galleries import plot_bounding_box_gallery as plot_bounding_box_gallery
from glassworks.visualization.galleries import plot_image_gallery as plot_image_gallery
from glassworks.visualization.galleries import plot_segmentation_mask_gallery as plot_segmentation_mask_gallery
from glassworks.visualization.masks import draw_segmentation_masks as draw_segmentation_masks
