"""Damaged copies of files, and what reading one may do: raise `LoadError`, or give arrays of a bounded size in a bounded time.

`python -m tests.saving.hdf5.mutations COUNT SEED` runs a campaign; half of it leaves out the comparison of checksums, so that what lies behind
them is damaged, too.
"""

from __future__ import annotations

import io
import itertools
import random
import resource
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from glassworks.errors import LoadError
from glassworks.saving import hdf5
from glassworks.saving.hdf5.source import Cursor
from tests.saving.hdf5.samples import by_h5py, numbers, written

HUGE = [0, 1, 2, 7, 0xFF, 0x7F, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1]
SECONDS = 30.0  # of the processor, for files of a few kilobytes: many times what the slowest takes on a slow machine


def small(root: h5py.Group) -> None:
    root.attrs["model_config"], root.attrs["layer_names"], root.attrs["n"] = "x" * 300, ["a", "b"], np.arange(4)
    root.attrs["weight_names"] = np.array([b"kernel:0", b"bias:0"])
    root["dense/vars/0"], root["dense/vars/1"] = numbers((3, 4), np.dtype("f4")), np.zeros(4, ">f8")
    root["yes"], root["text"], root["empty"] = np.array([True, False]), ["a", "bc"], np.zeros((0, 3))
    root.create_dataset("chunks", data=numbers((20, 9), np.dtype("f4")), chunks=(7, 4), compression="gzip", shuffle=True, fletcher32=True)
    root.create_dataset("fixed", data=numbers((9, 9), np.dtype("i2")), chunks=(2, 5))
    root.create_dataset("open", data=numbers((5, 4), np.dtype("i2")), chunks=(2, 2), maxshape=(None, None), compression="gzip")


def many(root: h5py.Group) -> None:
    for number in range(60):
        root[f"m{number}"] = np.float32(number)
    for number in range(20):
        root.attrs[f"a{number}"] = f"{number}"


def files() -> list[bytes]:
    """One file of each form of the format."""
    own = hdf5.Tree({f"m{number}": np.arange(number % 5) for number in range(40)}, {"config": "x" * 99, "names": ["a", "b"]})
    own.group("a/b/c").members["0"] = np.ones((3, 3), "f2")
    forms = [
        by_h5py(fill, libver=version, track_order=order) for fill in (small, many) for version in ("earliest", "latest") for order in (0, 1)
    ]
    return [file.getvalue() for file in (*forms, written(own))]


def used(data: bytes) -> list[int]:
    """Positions of bytes that are not in a long run of zeros, where damage changes nothing."""
    return [place for place in range(len(data)) if any(data[max(place - 4, 0) : place + 4])]


def mutate(data: bytes, places: list[int], rng: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        place = rng.choice(places)
        kind = rng.randrange(9)
        if place >= len(result):
            continue
        if kind == 0:
            result[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            result[place] = rng.randrange(256)
        elif kind == 2:
            del result[rng.choice([place, len(result) - rng.randrange(1, 64)]) :]
        elif kind == 3:  # a number of one less or one more
            result[place] = (result[place] + rng.choice([-1, 1])) % 256
        elif kind == 4:
            width = rng.choice([1, 2, 4, 8])
            value = (rng.choice(HUGE) % (1 << 8 * width)).to_bytes(width, "little")
            result[place : place + width] = value[: len(result) - place]
        elif kind == 5:  # an address of something else
            target = rng.choice(places) & ~7
            result[place & ~7 : (place & ~7) + 8] = struct.pack("<Q", target)[: len(result) - (place & ~7)]
        elif kind == 6:  # two parts change places
            other, size = rng.choice(places), rng.choice([1, 2, 4, 8, 16, 40])
            first, second = bytes(result[place : place + size]), bytes(result[other : other + size])
            if len(first) == len(second) == size:
                result[place : place + size], result[other : other + size] = second, first
        elif kind == 7:
            del result[place : place + rng.choice([1, 2, 8])]
        else:
            result[place:place] = bytes(rng.randrange(256) for _ in range(rng.choice([1, 2, 8])))
    return bytes(result)


def read_all(data: bytes) -> int:
    """Read everything in a file; returns the number of bytes of its arrays."""
    total, ahead = 0, [hdf5.read(io.BytesIO(data), "mutated.h5")]
    failure = None
    while ahead:
        group = ahead.pop()
        for part in (group, *(member for member in group.values() if isinstance(member, hdf5.Dataset))):
            for name in part.attributes:
                try:
                    total += np.asarray(part.attributes[name]).nbytes
                except LoadError as error:
                    failure = error
            if isinstance(part, hdf5.Dataset):
                try:
                    array = part.read()
                    assert array.shape == part.shape and array.dtype == part.dtype and array.nbytes == part.nbytes
                    total += array.nbytes
                except LoadError as error:
                    failure = error
        ahead += [member for member in group.values() if isinstance(member, hdf5.Group)]
    if failure is not None:
        raise failure
    return total


def campaign(count: int, seed: int, check: Callable[[bytes], None] = lambda data: None, skip_checksums: bool = False) -> Counter:
    """Read `count` damaged files; returns how many were refused and how many read."""
    rng, outcome = random.Random(seed), Counter()
    originals = [(data, used(data)) for data in files()]
    check_sum = Cursor.check_sum
    if skip_checksums:
        Cursor.check_sum = lambda cursor: setattr(cursor, "data", cursor.data[:-4])
    try:
        for data, places in itertools.islice(itertools.cycle(originals), count):
            mutated = mutate(data, places, rng)
            start = time.process_time()
            try:
                size = read_all(mutated)
                outcome["read"] += 1
                assert size <= 1100 * len(mutated)
            except LoadError:
                outcome["refused"] += 1
            except BaseException:
                with open(Path(tempfile.gettempdir()) / "mutated.h5", "wb") as file:
                    file.write(mutated)
                raise
            seconds = time.process_time() - start
            outcome["slowest, in ms"] = max(outcome["slowest, in ms"], int(1000 * seconds))
            assert seconds < SECONDS
            check(mutated)
    finally:
        Cursor.check_sum = check_sum
    return outcome


if __name__ == "__main__":
    total, first = int(sys.argv[1]), int(sys.argv[2])
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (128 << 20), -1))  # 128 MB beside what the modules take
    for skip in (False, True):
        print(f"checksums {'left out' if skip else 'compared'}:", dict(campaign(total // 2, first + skip, skip_checksums=skip)))
