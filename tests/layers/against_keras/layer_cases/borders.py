"""Layers that pad, crop and enlarge."""

from tests.layers.against_keras.cases import Case

LAST = {1: (2, 5, 3), 2: (2, 5, 6, 3), 3: (2, 5, 6, 4, 3)}
FIRST = {1: (2, 3, 5), 2: (2, 3, 5, 6), 3: (2, 3, 5, 6, 4)}
CHANNELS_FIRST = {"data_format": "channels_first"}
PAIRS = {1: (1, 2), 2: ((1, 2), (3, 0)), 3: ((1, 2), (0, 1), (2, 1))}
CASES = [
    *(Case(f"ZeroPadding{rank}D", {}, LAST[rank]) for rank in LAST),
    *(Case(f"ZeroPadding{rank}D", {"padding": PAIRS[rank], **CHANNELS_FIRST}, FIRST[rank]) for rank in LAST),
    Case("ZeroPadding2D", {"padding": (0, 2)}, LAST[2]),
    Case("ZeroPadding3D", {"padding": (0, 2, 1)}, LAST[3]),
    *(Case(f"Cropping{rank}D", {"cropping": 1}, LAST[rank]) for rank in LAST),
    Case("Cropping1D", {"cropping": (0, 2)}, LAST[1]),
    *(Case(f"Cropping{rank}D", {"cropping": PAIRS[rank], **CHANNELS_FIRST}, FIRST[rank]) for rank in (2, 3)),
    Case("Cropping2D", {}, LAST[2]),
    Case("UpSampling1D", {"size": 3}, LAST[1]),
    Case("UpSampling2D", {"size": (3, 1)}, LAST[2]),
    Case("UpSampling2D", CHANNELS_FIRST, FIRST[2]),
    Case("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, LAST[2]),
    Case("UpSampling2D", {"interpolation": "bicubic", **CHANNELS_FIRST}, FIRST[2]),
    Case("UpSampling2D", {"interpolation": "LANCZOS3"}, LAST[2]),
    Case("UpSampling3D", {}, LAST[3]),
    Case("UpSampling3D", {"size": (1, 2, 3), **CHANNELS_FIRST}, FIRST[3]),
]
