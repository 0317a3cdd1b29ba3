"""Hostile `.keras` archives, and JSON texts, by name: each is a good model with one thing changed."""

from __future__ import annotations

import functools
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.saving.hostile.configs import part, sequential

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"


@dataclass(frozen=True)
class Member:
    """A member of a zip archive, with what its two headers say. None: the truth."""

    name: str
    data: bytes
    method: int = zipfile.ZIP_STORED
    local_name: str | None = None
    flags: int = 0x800
    size: int | None = None
    local_size: int | None = None
    packed: int | None = None
    crc: int | None = None
    attributes: int = 0
    offset: int | None = None
    extra: bytes = b""

    def stored(self) -> bytes:
        return _deflated(self.data) if self.method == zipfile.ZIP_DEFLATED else self.data


# Many archives have the same large members, which take a second to pack.
@functools.lru_cache(maxsize=8)
def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


_checksum = functools.lru_cache(maxsize=8)(zlib.crc32)


def archive(members: list[Member], comment: bytes = b"", count: int | None = None, before: bytes = b"", gap: bytes = b"") -> bytes:
    """The bytes of a zip archive."""
    file, directory = io.BytesIO(), b""
    file.write(before)
    for member in members:
        offset, stored = file.tell(), member.stored()
        crc = _checksum(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        packed = len(stored) if member.packed is None else member.packed
        local = (member.local_name or member.name).encode()
        local_size = size if member.local_size is None else member.local_size
        file.write(
            struct.pack("<4s5H3L2H", b"PK\3\4", 20, member.flags, member.method, 0, 33, crc, packed, local_size, len(local), 0) + local
        )
        file.write(stored)
        name = member.name.encode()
        at = offset if member.offset is None else member.offset
        lengths = len(name), len(member.extra), 0, 0, 0, member.attributes, at
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x314, 20, member.flags, member.method, 0, 33, crc, packed, size, *lengths)
        directory += name + member.extra
    file.write(gap)
    start = file.tell()
    number = len(members) if count is None else count
    file.write(directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, len(directory), start, len(comment)) + comment)
    return file.getvalue()


def overlapping(parts: dict[str, bytes]) -> bytes:
    """The "better zip bomb" of Fifield (2019): many names for the same compressed bytes."""
    kernel = Member("assets/0", b"\0" * 10_000_000, zipfile.ZIP_DEFLATED)
    return archive([*plain(parts), kernel, *(replace(kernel, name=f"assets/{i}", offset=0, local_name="x") for i in range(1, 1000))])


def plain(parts: dict[str, bytes], **changes: Member) -> list[Member]:
    return [changes.get(name.split(".")[0], Member(name, data)) for name, data in parts.items()]


def archives(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Archives in the place of a `.keras` file."""
    with zipfile.ZipFile(io.BytesIO(good)) as read:
        parts = {name: read.read(name) for name in (METADATA, CONFIG, WEIGHTS)}
    config, weights = Member(CONFIG, parts[CONFIG]), Member(WEIGHTS, parts[WEIGHTS])

    def with_extra(*extra: Member) -> bytes:
        return archive([*plain(parts), *extra])

    yield "empty file", b""
    yield "a text", b"no archive"
    yield "a pickle", b"\x80\x04\x95\x1c\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."
    yield "a tar", b"config.json".ljust(512, b"\0") * 4
    yield "a gzip", zlib.compress(good, wbits=31)
    yield "an HDF5 file", parts[WEIGHTS]
    yield "only the end of an archive", archive([])
    yield "65,535 members that are not there", archive(plain(parts), count=65_535)
    yield "20,000 members", with_extra(*[Member(f"assets/{i}", b"") for i in range(20_000)])
    for name in (
        "../owned", "/tmp/owned", "assets/../../owned", "..", "assets/..", "C:/owned", "C:owned", "\\\\host\\owned", "assets\\..\\..\\owned",
        "assets/\0owned", "assets/\x1b[2Jowned", "assets/" + "n" * 60_000, "config.json\0.txt", "//owned", "./../owned",
    ):  # fmt: skip
        yield f"member {ascii(name)[:40]}", with_extra(Member(name, b"owned"))
    for name in (CONFIG, WEIGHTS):
        yield f"two members {name}", with_extra(Member(name, b"{}"))
        yield f"without {name}", archive([member for member in plain(parts) if member.name != name])
        yield f"{name} is a folder", archive([member for member in plain(parts) if member.name != name] + [Member(f"{name}/", b"")])
        yield f"{name} in capitals", archive([replace(m, name=m.name.upper()) if m.name == name else m for m in plain(parts)])
        yield (
            f"{name} is a symbolic link",
            archive([replace(m, data=b"/etc/passwd", attributes=0o120777 << 16) if m.name == name else m for m in plain(parts)]),
        )
        yield (
            f"{name} has another name in its own header",
            archive([replace(m, local_name="x" + m.name[1:]) if m.name == name else m for m in plain(parts)]),
        )
        yield f"{name} with a wrong checksum", archive([replace(m, crc=1) if m.name == name else m for m in plain(parts)])
        yield f"{name} is encrypted", archive([replace(m, flags=0x801) if m.name == name else m for m in plain(parts)])
        for method in (1, 9, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93, 99):
            yield (
                f"{name} compressed by method {method}",
                archive([replace(m, method=method) if m.name == name else m for m in plain(parts)]),
            )
        for size in (0, 1, 2**31, 2**32 - 1):
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield (
                    f"{name} of {size} bytes, method {method}",
                    archive([replace(m, method=method, size=size) if m.name == name else m for m in plain(parts)]),
                )
        yield f"{name} packed into 2^31 bytes", archive([replace(m, packed=2**31) if m.name == name else m for m in plain(parts)])
        yield f"{name} behind the file", archive([replace(m, offset=2**31) if m.name == name else m for m in plain(parts)])
        huge = struct.pack("<HHQQQ", 1, 24, 2**60, 2**60, 2**62)
        yield (
            f"{name} of 2^60 bytes by zip64",
            archive(
                [replace(m, size=2**32 - 1, packed=2**32 - 1, offset=2**32 - 1, extra=huge) if m.name == name else m for m in plain(parts)]
            ),
        )
        yield (
            f"{name} with a broken extra field",
            archive([replace(m, extra=b"\1\0\xff\xff") if m.name == name else m for m in plain(parts)]),
        )
    bomb = b"\0" * 100_000_000
    yield "bomb: config", archive([Member(CONFIG, b" " * 100_000_000, zipfile.ZIP_DEFLATED), weights])
    yield "bomb: weights", archive([config, Member(WEIGHTS, bomb, zipfile.ZIP_DEFLATED)])
    yield "bomb: weights that say they are small", archive([config, Member(WEIGHTS, bomb, zipfile.ZIP_DEFLATED, size=1000)])
    yield (
        "bomb: weights that say they are small in their own header",
        archive([config, Member(WEIGHTS, bomb, zipfile.ZIP_DEFLATED, local_size=1000)]),
    )
    text = json.dumps(sequential(part("StringLookup", vocabulary=None), shape=(1,), dtype="string")).encode()
    lookup = [Member(CONFIG, text), weights]
    vocabulary = Member("assets/layers/string_lookup/vocabulary.txt", bomb, zipfile.ZIP_DEFLATED)
    yield "bomb: vocabulary", archive([*lookup, vocabulary])
    yield "bomb: vocabulary of empty lines", archive([*lookup, replace(vocabulary, data=b"\n" * 60_000_000)])
    half = bomb[:60_000_000]
    many = [replace(vocabulary, name=f"assets/layers/string_lookup/{i}.txt", data=half) for i in range(20)]
    yield "bomb: many vocabularies", archive([*lookup, *many])
    yield "bomb: overlapping members", overlapping(parts)
    first = archive([Member("a", b"")])
    yield "quine: an archive that starts within another", archive(plain(parts), before=first) + archive([Member(CONFIG, b"[]")])
    yield "two ends of the archive", archive(plain(parts), comment=archive([Member(CONFIG, b"[]")]))
    yield "vocabulary as a path", archive([*lookup, Member("assets/layers/string_lookup/vocabulary.txt", b"\xff\xfe/etc/passwd")])
    yield "vocabulary outside of its folder", archive([*lookup, Member("assets/layers/string_lookup/../vocabulary.txt", b"a")])


def texts() -> Iterator[tuple[str, bytes]]:
    """Texts in the place of a config."""
    good = json.dumps(sequential(part("Dense", units=2)))
    yield "empty", b""
    yield "null", b"null"
    yield "a list", b"[1, 2]"
    yield "a number", b"7"
    yield "an empty object", b"{}"
    yield "100,000 levels", b"[" * 100_000
    yield "100,000 levels of objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield "70 levels", good.replace('"units": 2', '"units": ' + "[" * 70 + "]" * 70).encode()
    yield "NaN", good.replace('"units": 2', '"units": NaN').encode()
    yield "infinity", good.replace('"units": 2', '"units": 2, "bias_initializer": -Infinity').encode()
    yield "1e999", good.replace('"units": 2', '"units": 1e999').encode()
    yield "a number of a million digits", good.replace('"units": 2', '"units": ' + "9" * 1_000_000).encode()
    yield "a key twice", good.replace('"units": 2', '"units": 2, "units": 3').encode()
    yield "class_name twice", good.replace('"class_name": "Dense"', '"class_name": "Dense", "class_name": "Lambda"').encode()
    yield "no UTF-8", good.replace("Dense", "D\xe9nse").encode("latin1")
    yield "UTF-16", good.encode("utf-16")
    yield "a byte order mark", b"\xef\xbb\xbf" + good.encode()
    yield "half a surrogate", good.replace('"Dense"', '"\\ud800"').encode()
    yield "NUL in a name", good.replace('"Dense"', '"Dense\\u0000"').encode()
    yield "a text of 100 MB", good.replace('"s"', '"' + "s" * 100_000_000 + '"').encode()
    yield "a text of 60 MB beyond Latin", good.replace('"s"', '"' + "s" * 60_000_000 + '\U0001f600"').encode()
    yield "ten million numbers", good.replace('"units": 2', '"units": [' + "1," * 10_000_000 + "1]").encode()
    yield "three million numbers", good.replace('"units": 2', '"units": [' + "1.5," * 3_000_000 + "1]").encode()
    yield "three million lists", good.replace('"units": 2', '"units": [' + "[]," * 3_000_000 + "1]").encode()
    yield "900,000 objects", good.replace('"units": 2', '"units": [' + '{"a":0},' * 900_000 + "1]").encode()
    yield "a million keys of one hash", good.replace('"units": 2', '"units": {' + ",".join(f'"{i}":0' for i in range(10**6)) + "}").encode()
    yield "cut off", good[: len(good) // 2].encode()
    yield "text after the end", good.encode() + b"{}"
    yield "a comment", b"// x\n" + good.encode()
    yield "Python instead", b"__import__('os').system('touch /tmp/owned')"
    yield "YAML of Keras 2", b"!!python/object/apply:os.system ['touch /tmp/owned']"


Write = Callable[[str, bytes], str]
