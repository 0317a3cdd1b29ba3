"""Hostile files of weights, by format and name; they are meant for a model with a kernel `dense/kernel` of (4, 2) and a bias."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from tests.saving.hostile.archives import Member, archive

KERNEL = {"dtype": "F32", "shape": [4, 2], "data_offsets": [0, 32]}
BIAS = {"dtype": "F32", "shape": [2], "data_offsets": [32, 40]}


def tensors(header: Any, data: bytes = bytes(40), size: int | None = None) -> bytes:
    """A safetensors file."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def safetensors() -> Iterator[tuple[str, bytes]]:
    both = {"dense/kernel": KERNEL, "dense/bias": BIAS}

    def changed(**changes: Any) -> bytes:
        return tensors(both | {"dense/kernel": KERNEL | changes})

    yield "empty file", b""
    yield "seven bytes", bytes(7)
    yield "a pickle", pickle.dumps(print)
    yield "a zip", archive([])
    yield "a header of 2^63 bytes", tensors(both, size=2**63)
    yield "a header of 2^64 - 1 bytes", tensors(both, size=2**64 - 1)
    yield "a header that ends early", tensors(both, size=len(json.dumps(both)) + 41)
    yield "no header", tensors(b"")
    yield "header: a list", tensors([1])
    yield "header: spaces first", tensors(b"  " + json.dumps(both).encode())
    yield "header: spaces after", tensors(json.dumps(both).encode() + b" " * 10**6 + b"x")
    yield "header: no UTF-8", tensors(json.dumps(both).encode().replace(b"bias", b"bi\xe9s"))
    yield "header: 100 MB", tensors(json.dumps(both).encode() + b" " * 100_000_001)
    yield "header: a name twice", tensors(json.dumps(both).encode()[:-1] + b',"dense/bias":' + json.dumps(BIAS).encode() + b"}")
    yield "header: 200,000 tensors", tensors({str(i): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(200_000)}, b"")
    yield "header: metadata is a tensor", tensors({"__metadata__": KERNEL})
    for name in ("../owned", "/etc/passwd", "a\\b", "a\0b", "", "a//b", "n" * 10**6, "__class__"):
        yield f"name {ascii(name)[:30]}", tensors({name: KERNEL, "dense/bias": BIAS})
    for dtype in ("O", "object", "F4", "C64", "I128", 7, None, ["F32"], "F32\0"):
        yield f"dtype {dtype}", changed(dtype=dtype)
    for shape in ([2**62, 8], [2**64], [-4, -2], [4.0, 2.0], [True, 8], ["4", 2], [[4, 2]], 8, None, [1] * 10**5, [0, 2**62], [10**400]):
        yield f"shape {str(shape)[:30]}", changed(shape=shape)
    for offsets in ([32, 0], [-32, 0], [0, 2**63], [0, 10**30], [8, 40], [0], [0, 32, 64], [0.0, 32.0], "ab", None, [0, 31]):
        yield f"offsets {offsets}", changed(data_offsets=offsets)
    yield "overlapping tensors", tensors(both | {"x": KERNEL})
    yield "a hole between tensors", tensors({"dense/kernel": KERNEL, "dense/bias": BIAS | {"data_offsets": [40, 48]}}, bytes(48))
    yield "bytes after the tensors", tensors(both, bytes(4096))
    yield "bytes missing", tensors(both, bytes(39))
    yield "a claim of 100 GB", tensors({"dense/kernel": KERNEL | {"shape": [25 * 10**9], "data_offsets": [0, 10**11]}})
    yield "an unknown key", changed(path="/etc/passwd")
    yield "another shape", tensors({"dense/kernel": KERNEL | {"shape": [2, 4]}, "dense/bias": BIAS})
    yield "no bias", tensors({"dense/kernel": KERNEL}, bytes(32))


def array(descr: str = "'<f4'", shape: str = "(4, 2)", order: str = "False", data: bytes = bytes(32), **more: Any) -> bytes:
    """A `.npy` file."""
    text = more.get("text", f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n").encode("latin1")
    version, size = more.get("version", 1), more.get("size", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<L", size) + text + data


def npy() -> Iterator[tuple[str, bytes]]:
    pickled = io.BytesIO()
    np.save(pickled, np.array([print], object), allow_pickle=True)
    yield "empty file", b""
    yield "a pickle", pickle.dumps(print)
    yield "an array of objects", pickled.getvalue()
    for descr in (
        "'|O'",
        "'<U4'",
        "'<M8[s]'",
        "'<c8'",
        "[('a', '<f4')]",
        "'|V10000000'",
        "'<f3'",
        "'<f4' + ''",
        "('<f4', (2,))",
        "'<S99999999999'",
    ):
        yield f"descr {descr}", array(descr)
    for shape in ("(-4, -2)", "(4611686018427387904, 8)", "(99999999999999999999,)", "[4, 2]", "8", "(4, 2" * 100, "(1," * 1000, "4, 2", "(4.0, 2)", "(10**9,)",
                  "(0, 4611686018427387904)", "(" + "1," * 4000 + ")", "(" + "1," * 60 + "8)"):  # fmt: skip
        yield f"shape {shape[:30]}", array(shape=shape)
    for order in ("None", "0", "__import__('os').system('touch /tmp/owned')"):
        yield f"order {order[:20]}", array(order=order)
    yield "a header of 60,000 bytes", array(text=" " * 60_000)
    yield "a header that claims 4 GB", array(version=2, size=2**32 - 1)
    yield "a header of a deep literal", array(text="(" * 9000)
    yield "a header with a call", array(text="{'descr': '<f4', 'fortran_order': False, 'shape': print('x') or (4, 2), }")
    yield "a header with four keys", array(text="{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), 'x': 1}")
    yield "a key twice", array(text="{'descr': '<f4', 'descr': '|O', 'fortran_order': False, 'shape': (4, 2)}")
    yield "version 9", array(version=9)
    yield "bytes missing", array(data=bytes(31))
    yield "bytes after the array", array(data=bytes(33))


def npz() -> Iterator[tuple[str, bytes]]:
    kernel, bias = Member("dense/kernel.npy", array()), Member("dense/bias.npy", array(shape="(2,)", data=bytes(8)))
    for name, data in npy():
        yield f"kernel: {name}", archive([Member("dense/kernel.npy", data), bias])
    for name in (
        "../owned.npy",
        "/etc/passwd.npy",
        "dense\\kernel.npy",
        "a\0.npy",
        ".npy",
        "dense/kernel",
        "dense/bias.npy",
        "C:/x.npy",
        "config.json",
    ):
        yield f"member {name!a}", archive([kernel, bias, Member(name, array())])
    zeros = array(shape="(25000000,)", data=bytes(100_000_000))
    yield "bomb: kernel", archive([Member("dense/kernel.npy", zeros, zipfile.ZIP_DEFLATED), bias])
    yield "bomb: an array of nobody", archive([kernel, bias, Member("x.npy", zeros, zipfile.ZIP_DEFLATED)])
    yield "bomb: kernel that says it is small", archive([Member("dense/kernel.npy", zeros, zipfile.ZIP_DEFLATED, size=128 + 32), bias])
    yield "bomb: header", archive([Member("dense/kernel.npy", b" " * 100_000_000, zipfile.ZIP_DEFLATED), bias])
    for changes in (
        {"method": zipfile.ZIP_LZMA}, {"method": zipfile.ZIP_BZIP2}, {"flags": 0x801}, {"crc": 1}, {"size": 2**32 - 2}, {"packed": 2**31},
        {"offset": 2**31}, {"offset": 0}, {"local_name": "other"}, {"attributes": 0o120777 << 16, "data": b"/etc/passwd"}, {"extra": b"\1\0\xff\xff"},
        {"size": 0}, {"data": b""},
    ):  # fmt: skip
        yield f"bias with {str(changes)[:40]}", archive([kernel, Member(**({"name": "dense/bias.npy", "data": bias.data} | changes))])
    yield "20,000 members", archive([kernel, bias, *[Member(f"{i}.npy", b"") for i in range(20_000)]])


def hdf5() -> Iterator[tuple[str, bytes]]:
    """Files of weights that h5py writes, and the library of HDF5 would follow."""

    def file(change: Any) -> bytes:
        memory = io.BytesIO()
        with h5py.File(memory, "w") as root:
            root["layers/dense/vars/0"], root["layers/dense/vars/1"] = np.zeros((4, 2), "f4"), np.zeros(2, "f4")
            root.create_group("vars")
            change(root)
        return memory.getvalue()

    def instead(value: Any) -> Any:
        def change(root: h5py.File) -> None:
            del root["layers/dense/vars/0"]
            root["layers/dense/vars/0"] = value

        return change

    def special(shape: tuple[int, ...] = (4, 2), dtype: Any = "f4", **settings: Any) -> Any:
        def change(root: h5py.File) -> None:
            del root["layers/dense/vars/0"]
            root.create_dataset("layers/dense/vars/0", shape, dtype, **settings)

        return change

    def virtual(root: h5py.File) -> None:
        del root["layers/dense/vars/0"]
        layout = h5py.VirtualLayout((4, 2), "f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 2))
        root.create_virtual_dataset("layers/dense/vars/0", layout)

    def cycle(root: h5py.File) -> None:
        root["layers/dense/vars/loop"] = root["layers"]

    def group(path: str, link: Any) -> Any:
        def change(root: h5py.File) -> None:
            del root[path]
            root[path] = link

        return change

    yield "empty file", b""
    yield "the signature alone", b"\x89HDF\r\n\x1a\n"
    yield "a pickle", pickle.dumps(print)
    yield "a soft link", file(instead(h5py.SoftLink("/layers/dense/vars/1")))
    yield "a soft link to itself", file(instead(h5py.SoftLink("/layers/dense/vars/0")))
    yield "an external link", file(instead(h5py.ExternalLink("/etc/passwd", "/x")))
    for path in ("layers", "layers/dense", "layers/dense/vars"):
        yield f"{path} is an external link", file(group(path, h5py.ExternalLink("/etc/passwd", "/x")))
        yield f"{path} is a soft link", file(group(path, h5py.SoftLink("/vars")))
    yield "external storage", file(special(external=[("/etc/passwd", 0, 32)]))
    yield "external storage at an offset", file(special(external=[("/proc/self/environ", 4, 32)]))
    yield "a virtual data set", file(virtual)
    yield "a cycle", file(cycle)
    yield "shape bomb: chunks that are not stored", file(special((10**10, 10), chunks=(10**4, 10)))
    yield "shape bomb: 2^40", file(special((2**40,), chunks=(2**10,)))
    yield "shape bomb: nothing stored", file(special((10**10,)))
    yield "deflated bomb", file(special((10**8,), data=np.zeros(10**8, "i1"), dtype="i1", chunks=(10**8,), compression="gzip"))
    yield "lzf", file(special(compression="lzf", chunks=(4, 2), data=np.zeros((4, 2))))
    yield "objects as text", file(special(dtype=h5py.string_dtype()))
    yield "references", file(special(dtype=h5py.ref_dtype))
    yield "compound", file(special(dtype=[("a", "f4")]))
    yield "complex numbers", file(special(dtype="c8"))
    yield "integers", file(special(dtype="i8"))
    yield "text", file(special(dtype="S8"))
    yield "another shape", file(special((2, 4)))
    yield "a scalar", file(special(()))
    yield "no kernel", file(lambda root: root.__delitem__("layers/dense/vars/0"))
    yield "no group", file(lambda root: root.__delitem__("layers"))
    yield "a group as kernel", file(lambda root: (root.__delitem__("layers/dense/vars/0"), root.create_group("layers/dense/vars/0")))
    yield "one array more", file(lambda root: root.__setitem__("layers/dense/vars/2", np.zeros(3)))
    yield "NaN as a name", file(lambda root: root.__setitem__("layers/dense/vars/NaN", np.zeros(3)))
    good = file(lambda root: None)
    yield "cut in the middle", good[: len(good) // 2]
    yield "one byte short", good[:-1]
