"""Layers that show the frequencies of sound."""

from tests.contracts.samples import Sample

SAMPLES = {
    "STFTSpectrogram": Sample(
        {"frame_length": 8},
        (2, 20, 1),
        (
            {"mode": "power"},
            {"frame_length": 0},
            {"frame_step": 9},
            {"fft_length": 4},
            {"window": "round"},
            {"scaling": "none"},
            {"padding": "causal"},
            {"expand_dims": 1},
            {"periodic": 1},
            {"data_format": "last"},
        ),
    ),
    "MelSpectrogram": Sample(
        {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 4, "sampling_rate": 4000},
        (2, 100),
        (
            {"fft_length": 0},
            {"sequence_stride": 0.5},
            {"sequence_length": 64},
            {"sampling_rate": 0},
            {"num_mel_bins": 0},
            {"min_freq": -1},
            {"min_freq": 2500.0},
            {"max_freq": 0},
            {"power_to_db": 1},
            {"mag_exp": 0},
            {"min_power": 0},
            {"ref_power": "loud"},
            {"top_db": -1},
        ),
    ),
}
