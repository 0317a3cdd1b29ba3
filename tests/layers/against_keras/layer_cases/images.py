"""Layers for images that draw no random numbers; those that do are compared in a file of their own."""

from tests.layers.against_keras.cases import Case

IMAGES = (2, 5, 6, 3)
RANDOM = (
    *("RandomCrop", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear", "RandomPerspective"),
    *("RandomElasticTransform", "RandomBrightness", "RandomContrast", "RandomGrayscale", "RandomColorDegeneration", "RandomHue"),
    *("RandomSaturation", "RandomColorJitter", "RandomPosterization", "RandomInvert", "RandomSharpness", "RandomGaussianBlur"),
    *("RandomErasing", "Equalization", "MixUp", "CutMix", "MaxNumBoundingBoxes", "RandAugment", "AugMix", "Pipeline"),
)
ELSEWHERE = dict.fromkeys(RANDOM, "tests/layers/against_keras/test_image_preprocessing.py")
CASES = [
    *(
        Case("Resizing", {"height": 3, "width": 8, **arguments}, IMAGES)
        for arguments in (
            {},
            {"interpolation": "nearest"},
            {"interpolation": "lanczos3", "antialias": True},
            {"crop_to_aspect_ratio": True},
            {"pad_to_aspect_ratio": True, "fill_value": 0.5},
        )
    ),
    Case("Resizing", {"height": 7, "width": 3, "data_format": "channels_first"}, (2, 3, 5, 6)),
    Case("CenterCrop", {"height": 2, "width": 3}, IMAGES),
    Case("CenterCrop", {"height": 7, "width": 4}, IMAGES),
    Case("CenterCrop", {"height": 3, "width": 4, "data_format": "channels_first"}, (2, 3, 5, 6)),
    Case("Solarization", {"value_range": (-2, 2)}, IMAGES, True),
    Case("AutoContrast", {"value_range": (-3, 3)}, IMAGES),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (2, 3)}, (2, 8, 9, 2), below=200),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (2, 2), "clip_limit": 1.5}, (1, 7, 9, 3), below=200),
]
