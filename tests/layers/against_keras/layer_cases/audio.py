"""Layers that show the frequencies of sound."""

from tests.layers.against_keras.cases import Case

CASES = [
    *(
        Case("STFTSpectrogram", {"mode": mode, "frame_length": 16}, (2, 70, 3), weights=(-0.2, 0.3))
        for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
    ),
    Case("STFTSpectrogram", {"frame_length": 12, "frame_step": 5, "fft_length": 32, "padding": "same"}, (2, 40, 2)),
    Case("STFTSpectrogram", {"frame_length": 8, "expand_dims": True, "window": None, "scaling": None}, (2, 40, 2)),
]
ELSEWHERE = {"MelSpectrogram": "tests/layers/against_keras/test_audio.py"}
