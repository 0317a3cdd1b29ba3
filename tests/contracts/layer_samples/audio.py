"""Layers that show the frequencies of sound."""

from tests.contracts.samples import Sample

SAMPLES = {
    "STFTSpectrogram": Sample(
        {"frame_length": 8},
        (2, 20, 1),
        ({"frame_step": 9}, {"fft_length": 4}, {"window": "round"}),
    ),
    "MelSpectrogram": Sample(
        {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 4, "sampling_rate": 4000},
        (2, 100),
        ({"sequence_length": 64}, {"min_freq": 2500.0}),
    ),
}
