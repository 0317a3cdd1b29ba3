"""Layers that turn sound into pictures of its frequencies over time."""

from glassworks.layers.audio.fourier import STFTSpectrogram as STFTSpectrogram
from glassworks.layers.audio.mel import MelSpectrogram as MelSpectrogram
