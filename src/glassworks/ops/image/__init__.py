"""Images: resizing, warping, filters, colours, patches, borders. All of them take one image or a batch."""

from glassworks.ops.image.borders import *
from glassworks.ops.image.color import *
from glassworks.ops.image.coordinates import *
from glassworks.ops.image.filters import *
from glassworks.ops.image.patches import *
from glassworks.ops.image.resampling import *
from glassworks.ops.image.transforms import *
