"""Calls of the ops for images, used to compare with Keras, to check gradients, and to trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

RNG = np.random.default_rng(7)


class ImageCase(NamedTuple):
    """A call `call(image_ops, *arrays)`; `smooth` says whether it has gradients everywhere near the arrays."""

    call: Callable[..., Any]
    arrays: tuple[np.ndarray, ...]
    smooth: bool = True


def pixels(*shape: int) -> np.ndarray:
    return RNG.uniform(0.05, 0.95, shape)


BATCH, ONE, FIRST = pixels(2, 5, 6, 3), pixels(5, 6, 2), pixels(2, 3, 5, 6)
TURN = np.array([[0.913, -0.217, 0.731, 0.319, 1.113, -0.437, 0.0, 0.0], [1.003, 0.011, 2.317, 0.007, -1.013, 4.127, 0.0, 0.0]])
START = np.array([[[0.0, 0.0], [5.0, 0.0], [0.0, 4.0], [5.0, 4.0]], [[0.3, 0.2], [4.1, 0.6], [0.9, 3.2], [4.4, 4.1]]])
END = START + RNG.uniform(-0.4, 0.4, START.shape)
PLACES = RNG.uniform(-3.4, 8.4, (2, 4, 3))

CASES: dict[str, ImageCase] = {
    **{
        f"resize {method} {size} {antialias}": ImageCase(
            lambda o, x, m=method, s=size, a=antialias: o.resize(x, s, interpolation=m, antialias=a, data_format="channels_last"), (BATCH,)
        )
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        for size, antialias in (((7, 3), False), ((2, 6), True))
    },
    "resize one image": ImageCase(lambda o, x: o.resize(x, (3, 3), data_format="channels_last"), (ONE,)),
    "resize channels first": ImageCase(lambda o, x: o.resize(x, (3, 8), data_format="channels_first"), (FIRST,)),
    **{
        f"resize {how} {size} {layout}": ImageCase(
            lambda o, x, h=how, s=size, d=layout: o.resize(x, s, data_format=d, **{h: True}),
            (BATCH if layout == "channels_last" else FIRST,),
        )
        for how in ("crop_to_aspect_ratio", "pad_to_aspect_ratio")
        for size, layout in (((4, 9), "channels_last"), ((8, 3), "channels_last"), ((8, 3), "channels_first"))
    },
    "resize padded with a value": ImageCase(
        lambda o, x: o.resize(x, (9, 3), pad_to_aspect_ratio=True, fill_value=0.5, data_format="channels_last"), (BATCH,)
    ),
    **{
        f"scale_and_translate {method} {antialias}": ImageCase(
            lambda o, x, s, t, m=method, a=antialias: o.scale_and_translate(x, (2, 4, 9, 3), s, t, (1, 2), m, a),
            (BATCH, np.array([0.7, 1.6]), np.array([0.3, -1.2])),
        )
        for method, antialias in (("linear", True), ("linear", False), ("cubic", True), ("lanczos3", False), ("lanczos5", True))
    },
    **{
        f"affine_transform {interpolation} {mode}": ImageCase(
            lambda o, x, t, i=interpolation, m=mode: o.affine_transform(x, t, i, m, 0.5, data_format="channels_last"),
            (BATCH, TURN),
            interpolation == "bilinear",
        )
        for interpolation in ("bilinear", "nearest")
        for mode in ("constant", "nearest", "wrap", "mirror", "reflect")
    },
    "affine_transform one image": ImageCase(lambda o, x, t: o.affine_transform(x, t, data_format="channels_last"), (ONE, TURN[0])),
    "affine_transform channels first": ImageCase(lambda o, x, t: o.affine_transform(x, t, data_format="channels_first"), (FIRST, TURN)),
    **{
        f"perspective_transform {interpolation}": ImageCase(
            lambda o, x, s, e, i=interpolation: o.perspective_transform(x, s, e, i, 0.25, data_format="channels_last"),
            (BATCH, START, END),
            interpolation == "bilinear",
        )
        for interpolation in ("bilinear", "nearest")
    },
    "perspective_transform one image": ImageCase(
        lambda o, x, s, e: o.perspective_transform(x, s, e, data_format="channels_first"), (FIRST[0], START[1], END[1])
    ),
    **{
        f"map_coordinates {order} {mode}": ImageCase(
            lambda o, x, p, n=order, m=mode: o.map_coordinates(x, p, n, m, 0.5), (pixels(5, 6), PLACES), order == 1
        )
        for order in (0, 1)
        for mode in ("constant", "nearest", "wrap", "mirror", "reflect")
    },
    "map_coordinates of a volume": ImageCase(lambda o, x, p: o.map_coordinates(x, p, 1), (pixels(3, 4, 2), RNG.uniform(0.1, 1.9, (3, 4)))),
    "gaussian_blur": ImageCase(lambda o, x: o.gaussian_blur(x, (3, 5), (0.8, 1.7), "channels_last"), (BATCH,)),
    "gaussian_blur of even size": ImageCase(lambda o, x: o.gaussian_blur(x, (4, 2), (0.8, 1.7), "channels_first"), (FIRST,)),
    "gaussian_blur wider than the image": ImageCase(lambda o, x: o.gaussian_blur(x, (9, 9), (2.0, 2.0), "channels_last"), (ONE,)),
    "sobel_edges": ImageCase(lambda o, x: o.sobel_edges(x, "channels_last"), (BATCH,)),
    "sobel_edges channels first": ImageCase(lambda o, x: o.sobel_edges(x, "channels_first"), (FIRST,)),
    "ssim": ImageCase(lambda o, x, y: o.ssim(x, y, data_format="channels_last"), (pixels(2, 12, 13, 3), pixels(2, 12, 13, 3))),
    "ssim one image": ImageCase(
        lambda o, x, y: o.ssim(x, y, 255.0, 4, 1.0, 0.02, 0.05, data_format="channels_first"),
        (pixels(2, 6, 7) * 255, pixels(2, 6, 7) * 255),
    ),
    "rgb_to_grayscale": ImageCase(lambda o, x: o.rgb_to_grayscale(x, "channels_last"), (BATCH,)),
    "rgb_to_grayscale channels first": ImageCase(lambda o, x: o.rgb_to_grayscale(x, "channels_first"), (FIRST,)),
    "rgb_to_grayscale of grey": ImageCase(lambda o, x: o.rgb_to_grayscale(x, "channels_last"), (pixels(2, 3, 3, 1),)),
    "rgb_to_hsv": ImageCase(lambda o, x: o.rgb_to_hsv(x, "channels_last"), (BATCH,)),
    "rgb_to_hsv channels first": ImageCase(lambda o, x: o.rgb_to_hsv(x, "channels_first"), (FIRST,)),
    "hsv_to_rgb": ImageCase(lambda o, x: o.hsv_to_rgb(x, "channels_last"), (BATCH,)),
    "extract_patches tiles": ImageCase(lambda o, x: o.extract_patches(x, 2, data_format="channels_last"), (BATCH,)),
    "extract_patches overlapping": ImageCase(lambda o, x: o.extract_patches(x, (2, 3), 1, data_format="channels_last"), (BATCH,)),
    "extract_patches same": ImageCase(lambda o, x: o.extract_patches(x, 3, 2, padding="same", data_format="channels_first"), (FIRST,)),
    "extract_patches dilated": ImageCase(lambda o, x: o.extract_patches(x, 2, 1, 2, data_format="channels_last"), (ONE,)),
    "extract_patches tiles channels first": ImageCase(lambda o, x: o.extract_patches(x, (2, 3), data_format="channels_first"), (FIRST,)),
    "extract_patches_3d": ImageCase(lambda o, x: o.extract_patches_3d(x, (2, 1, 2), data_format="channels_last"), (pixels(2, 4, 3, 5, 2),)),
    "extract_patches_3d overlapping": ImageCase(
        lambda o, x: o.extract_patches_3d(x, 2, 1, data_format="channels_last"), (pixels(3, 3, 4, 2),)
    ),
    "pad_images": ImageCase(
        lambda o, x: o.pad_images(x, top_padding=1, left_padding=2, target_height=9, right_padding=3, data_format="channels_last"), (BATCH,)
    ),
    "pad_images channels first": ImageCase(
        lambda o, x: o.pad_images(x, bottom_padding=1, right_padding=0, target_height=9, target_width=9, data_format="channels_first"),
        (FIRST,),
    ),
    "crop_images": ImageCase(
        lambda o, x: o.crop_images(x, top_cropping=1, left_cropping=2, target_height=3, right_cropping=1, data_format="channels_last"),
        (BATCH,),
    ),
    "crop_images one image": ImageCase(
        lambda o, x: o.crop_images(x, bottom_cropping=1, right_cropping=0, target_height=3, target_width=2, data_format="channels_last"),
        (ONE,),
    ),
}
