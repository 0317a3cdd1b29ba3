"""Images: resizing, warping, filters, colours, patches, borders. All of them take one image or a batch."""

from glassworks.ops.image.borders import crop_images as crop_images
from glassworks.ops.image.borders import pad_images as pad_images
from glassworks.ops.image.color import hsv_to_rgb as hsv_to_rgb
from glassworks.ops.image.color import rgb_to_grayscale as rgb_to_grayscale
from glassworks.ops.image.color import rgb_to_hsv as rgb_to_hsv
from glassworks.ops.image.coordinates import map_coordinates as map_coordinates
from glassworks.ops.image.filters import gaussian_blur as gaussian_blur
from glassworks.ops.image.filters import sobel_edges as sobel_edges
from glassworks.ops.image.filters import ssim as ssim
from glassworks.ops.image.patches import extract_patches as extract_patches
from glassworks.ops.image.patches import extract_patches_3d as extract_patches_3d
from glassworks.ops.image.resampling import resize as resize
from glassworks.ops.image.resampling import scale_and_translate as scale_and_translate
from glassworks.ops.image.transforms import affine_transform as affine_transform
from glassworks.ops.image.transforms import elastic_transform as elastic_transform
from glassworks.ops.image.transforms import perspective_transform as perspective_transform
