"""Sounds in folders: every width, length and sampling rate, and files that are damaged."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import utils
from glassworks.errors import ArgumentError, DataError
from glassworks.utils import audio_dataset


def write_wav(path: Path, sound: Any, width: int = 2, rate: int = 8000) -> Path:
    sound = np.asarray(sound).reshape(len(sound), -1)
    numbers = np.round(sound * (2 ** (8 * width - 1) - 1)).astype("int64")
    raw = (
        (numbers + 128).astype("uint8").tobytes()
        if width == 1
        else b"".join(int(n).to_bytes(width, "little", signed=True) for n in numbers.flat)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((sound.shape[1], width, rate, 0, "NONE", ""))
        file.writeframes(raw)
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_sounds_of_every_width_are_read(tmp_path: Path, width: int, channels: int) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, (50, channels))
    read, rate = audio_dataset.read_wav(str(write_wav(tmp_path / "a.wav", sound, width)))
    assert rate == 8000 and read.dtype == "float32"
    np.testing.assert_allclose(read, sound, atol=1.5 / 2 ** (8 * width - 1) + 1e-6)


def sounds(directory: Any, **options: Any) -> Any:
    return utils.audio_dataset_from_directory(directory, shuffle=False, verbose=False, **options)


def test_sounds_are_filled_up_cut_or_left_as_they_are(tmp_path: Path) -> None:
    for name, length in (("a", 30), ("b", 50)):
        write_wav(tmp_path / name / "1.wav", np.full(length, 0.5))
    ((x, y),) = sounds(tmp_path)
    assert x.shape == (2, 50, 1) and y.tolist() == [0, 1]
    assert (x[0, 30:].numpy() == 0).all() and (x[0, :30].numpy() > 0.49).all()
    ((x, _),) = sounds(tmp_path, output_sequence_length=40)
    assert x.shape == (2, 40, 1)
    ((x, _),) = sounds(tmp_path, ragged=True)
    assert [part.shape for part in x.numpy()] == [(30, 1), (50, 1)]
    assert [x.shape for x, _ in sounds(tmp_path, batch_size=None)] == [(30, 1), (50, 1)]
    assert isinstance(sounds(tmp_path, validation_split=0.5, subset="both"), tuple)


@pytest.mark.parametrize("rate", [4000, 6000, 11_025, 16_000])
def test_another_sampling_rate_keeps_the_tone_and_leaves_out_what_is_too_high(tmp_path: Path, rate: int) -> None:
    time = np.arange(4000) / 8000
    write_wav(tmp_path / "a" / "1.wav", 0.4 * np.sin(2 * np.pi * 440 * time) + 0.4 * np.sin(2 * np.pi * 3500 * time))
    (x,) = sounds(tmp_path, labels=None, sampling_rate=rate)
    count = -(-4000 * rate // 8000)
    assert x.shape == (1, count, 1)
    spectrum = np.abs(np.fft.rfft(x[0, :, 0].numpy() * np.hanning(count))) / count * 4
    frequency = np.fft.rfftfreq(count, 1 / rate)
    assert abs(spectrum[np.abs(frequency - 440) < 10].max() - 0.4) < 0.02
    if rate < 7000:
        assert spectrum[np.abs(frequency - 440) > 100].max() < 0.02


@pytest.mark.parametrize(("old", "new"), [(8000, 8001), (44_100, 16_000), (3, 7), (7, 3), (8000, 1000)])
def test_resampling_keeps_what_is_in_the_middle_of_a_slow_curve(old: int, new: int) -> None:
    def curve(rate: int) -> np.ndarray:
        time = np.arange(2000) / 2000 if rate == old else np.arange(-(-2000 * new // old)) * old / new / 2000
        return np.stack([np.sin(9 * time), time], axis=1).astype("float32")

    resampled, expected = audio_dataset.resample(curve(old), old, new), curve(new)
    assert resampled.shape == expected.shape
    # At the ends the silence around the sound is heard too.
    middle = slice(len(expected) // 3, -len(expected) // 3)
    np.testing.assert_allclose(resampled[middle], expected[middle], atol=2e-3)


def test_a_sound_without_samples_stays_empty() -> None:
    assert audio_dataset.resample(np.zeros((0, 2), "float32"), 8000, 6000).shape == (0, 2)


@pytest.mark.parametrize("keep", [0, 20, 60, 100])
def test_a_sound_that_is_cut_off_is_named(tmp_path: Path, keep: int) -> None:
    path = write_wav(tmp_path / "a" / "1.wav", np.zeros(100))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError) as caught:
        list(sounds(tmp_path))
    assert str(path) in str(caught.value)


def test_damaged_sounds_give_data_errors_and_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = write_wav(tmp_path / "a.wav", rng.uniform(-1, 1, (500, 2)))
    whole, refused = path.read_bytes(), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, 60, 2):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(1, len(whole)) if rng.integers(4) == 0 else None])
        try:
            audio_dataset.read_wav(str(path))
        except DataError as error:
            refused += str(path) in str(error)
    assert refused > 100


def test_a_sound_of_floats_is_an_error_that_says_how_to_convert_it(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a" / "1.wav", np.zeros(100), width=4)
    content = bytearray(path.read_bytes())
    content[20] = 3  # the format's number for floats
    path.write_bytes(content)
    with pytest.raises(DataError, match="pcm_s16le"):
        list(sounds(tmp_path))


def test_ragged_sounds_have_no_common_length(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="leave one out"):
        sounds(tmp_path, ragged=True, output_sequence_length=3)
