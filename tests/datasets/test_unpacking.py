"""Hostile archives: whatever they hold, only regular files below the folder are written, and no more than fits their size."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from glassworks.datasets import files, unpacking
from glassworks.errors import DataError, GlassworksWarning

Writer = Callable[[tarfile.TarFile], None]


def add(tar: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"") -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, len(data), 0o755
    tar.addfile(info, io.BytesIO(data))


def tar_of(path: Path, write: Writer, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        write(tar)
    return path


def through_a_long_link(tar: tarfile.TarFile) -> None:
    """CVE-2025-4517: a link whose resolved path is longer than PATH_MAX is taken for one that stays inside."""
    path, component, steps = "", "d" * 247, "abcdefghijklmnop"
    for step in steps:
        add(tar, os.path.join(path, component), tarfile.DIRTYPE)
        add(tar, os.path.join(path, step), tarfile.SYMTYPE, component)
        path = os.path.join(path, component)
    long = os.path.join("/".join(steps), "l" * 254)
    add(tar, long, tarfile.SYMTYPE, "../" * len(steps))
    add(tar, "escape", tarfile.SYMTYPE, long + "/../../../..")
    add(tar, "escape/owned.txt", data=b"owned")


def through_a_link(tar: tarfile.TarFile) -> None:
    add(tar, "up", tarfile.SYMTYPE, "../../..")
    add(tar, "up/owned.txt", data=b"owned")


def over_a_link(tar: tarfile.TarFile) -> None:
    add(tar, "owned.txt", tarfile.SYMTYPE, "../../../../owned.txt")
    add(tar, "owned.txt", data=b"owned")


def over_a_hard_link(tar: tarfile.TarFile) -> None:
    add(tar, "owned.txt", tarfile.LNKTYPE, "../../../../precious.txt")
    add(tar, "owned.txt", data=b"owned")


ESCAPES: dict[str, Writer] = {
    "long link": through_a_long_link,
    "link": through_a_link,
    "over a link": over_a_link,
    "over a hard link": over_a_hard_link,
    "parent": lambda tar: add(tar, "../../../owned.txt", data=b"owned"),
    "parent inside": lambda tar: add(tar, "a/../../../owned.txt", data=b"owned"),
    "absolute": lambda tar: add(tar, f"{os.getcwd()}/owned.txt", data=b"owned"),
    "folder": lambda tar: add(tar, "../../owned.txt", tarfile.DIRTYPE),
}


@pytest.mark.filterwarnings("ignore::glassworks.errors.GlassworksWarning")
@pytest.mark.parametrize("escape", ESCAPES)
def test_no_member_of_an_archive_is_written_outside_its_folder(tmp_path: Path, escape: str) -> None:
    (tmp_path / "precious.txt").write_text("precious")
    source = tar_of(tmp_path / "evil.tar", ESCAPES[escape])
    cache = tmp_path / "a" / "b"
    folder, cache = tmp_path / "a" / "b" / "datasets" / "x", str(tmp_path / "a" / "b")
    with suppress(DataError):
        files.get_file("x", source.as_uri(), extract=True, cache_dir=cache)
    written = [path for path in tmp_path.rglob("*") if path.name == "owned.txt" or "escape" in path.parts]
    assert all(path.is_relative_to(folder) for path in written)
    assert (tmp_path / "precious.txt").read_text() == "precious"
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]
    assert not Path("owned.txt").exists()


@pytest.mark.parametrize("escape", ["parent", "parent inside", "absolute", "folder"])
def test_a_name_that_leads_outside_is_an_error_and_leaves_nothing(tmp_path: Path, escape: str) -> None:
    source = tar_of(tmp_path / "evil.tar", ESCAPES[escape])
    with pytest.raises(DataError, match="would be written outside the folder"):
        files.get_file("x", source.as_uri(), extract=True, cache_dir=str(tmp_path / "a"))
    assert [path.name for path in (tmp_path / "a" / "datasets").iterdir()] == ["x_archive"]


def test_links_and_devices_are_left_out_and_named(tmp_path: Path) -> None:
    def write(tar: tarfile.TarFile) -> None:
        add(tar, "data/a.txt", data=b"content")
        add(tar, "data/latest", tarfile.SYMTYPE, "a.txt")
        add(tar, "data/again.txt", tarfile.LNKTYPE, "data/a.txt")
        add(tar, "data/pipe", tarfile.FIFOTYPE)
        add(tar, "data/device", tarfile.CHRTYPE)

    with pytest.warns(GlassworksWarning, match="3 entries that are links or devices were left out .the first is 'data/latest'"):
        unpacking.unpack(tar_of(tmp_path / "a.tar", write), tmp_path / "out")
    found = {path.name: path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {"a.txt": "content", "again.txt": "content"}


def test_a_link_in_a_zip_archive_is_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        info = zipfile.ZipInfo("up")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, "../../..")
        zipped.writestr("folder/b.txt", "b")
    with pytest.warns(GlassworksWarning, match="the first is 'up'"):
        unpacking.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["b.txt"]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_every_compression_of_tar_is_read(tmp_path: Path, suffix: str) -> None:
    source = tar_of(tmp_path / f"a{suffix}", lambda tar: add(tar, "./x/a.txt", data=b"content"), "w:" + suffix[5:])
    unpacking.unpack(source, tmp_path / "out")
    assert (tmp_path / "out" / "x" / "a.txt").read_text() == "content"


# ---- archives that are larger than they look


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("zeros", bytes(3_000_000))


def zip_bomb_with_a_false_size(path: Path) -> None:
    zip_bomb(path)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path.write_bytes(content)


def tar_bomb(path: Path) -> None:
    tar_of(path, lambda tar: add(tar, "zeros", data=bytes(3_000_000)), "w:gz")


def many_empty_files(path: Path) -> None:
    tar_of(path, lambda tar: [add(tar, f"{i}") for i in range(1500)] and None, "w:xz")


def sparse_file(path: Path) -> None:
    """A GNU sparse file: 4 GB of zeros in a few bytes."""
    header = bytearray(512)
    header[0:1] = b"z"
    header[100:108], header[108:116], header[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    header[124:136], header[136:148] = b"00000000000\0", b"00000000000\0"
    header[156:157], header[257:265] = b"S", b"ustar  \0"
    header[483:495] = b"40000000000\0"
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    path.write_bytes(bytes(header) + bytes(10240))


BOMBS = {
    "zip": zip_bomb,
    "zip with a false size": zip_bomb_with_a_false_size,
    "tar": tar_bomb,
    "empty files": many_empty_files,
    "sparse file": sparse_file,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_archive_that_grows_beyond_measure_is_stopped_and_leaves_nothing(
    tmp_path: Path, bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
    BOMBS[bomb](tmp_path / "bomb")
    with pytest.raises(DataError, match=r"cannot be unpacked: (it would take more than|Bad CRC|File size)"):
        files.get_file("x", (tmp_path / "bomb").as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.name != "x_archive"]
    assert left == []


def test_a_header_that_claims_to_be_huge_takes_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(10240)))
    tracemalloc.start()
    with pytest.raises(DataError, match="a header that claims 1,073,741,824 bytes"):
        files.get_file("x", (tmp_path / "a.tar.gz").as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


# ---- archives that take time


def through_a_stream(path: Path, write: Writer) -> list[int]:
    """The places that are sought while an archive is unpacked."""
    places: list[int] = []

    class Watched(unpacking._Stream):
        def seek(self, place: int) -> int:
            places.append(place)
            return super().seek(place)

    tar_of(path, write, "w:gz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "_Stream", Watched)
        unpacking.unpack(path, path.with_name("out"))
    return places


def test_hard_links_are_copied_from_the_disk_without_going_back_in_the_archive(tmp_path: Path) -> None:
    """To go back in a compressed archive means to inflate it again: a few hundred links would take hours."""

    def write(tar: tarfile.TarFile) -> None:
        add(tar, "./first", data=b"first")
        add(tar, "filler", data=bytes(100_000))
        for number in range(20):
            add(tar, f"link{number}", tarfile.LNKTYPE, "first")
        add(tar, "first", tarfile.LNKTYPE, "./first")

    places = through_a_stream(tmp_path / "a.tar.gz", write)
    assert places == sorted(places)
    assert all((tmp_path / "out" / name).read_bytes() == b"first" for name in ("first", "link0", "link19"))


@pytest.mark.filterwarnings("ignore::glassworks.errors.GlassworksWarning")
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, b"Q"])
def test_what_is_left_out_is_counted_too(tmp_path: Path, kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)

    def large(tar: tarfile.TarFile) -> None:
        add(tar, "left out", kind, "", bytes(10 << 20))
        add(tar, "a", data=b"a")

    def many(tar: tarfile.TarFile) -> None:
        for number in range(3000):
            add(tar, str(number), kind)

    for name, write in (("large", large), ("many", many)):
        tar_of(tmp_path / f"{name}.tar.gz", write, "w:gz")
        with pytest.raises((ValueError, tarfile.TarError), match=r"would take more than|damaged"):
            unpacking.unpack(tmp_path / f"{name}.tar.gz", tmp_path / name)


def test_zeros_without_end_are_not_read_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
    tar_of(tmp_path / "a.tar", lambda tar: add(tar, "a", data=b"a"))
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress((tmp_path / "a.tar").read_bytes() + bytes(20 << 20)))
    with pytest.raises(tarfile.ReadError, match="would take more than"):
        unpacking.unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_folders_within_folders_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
    tar_of(tmp_path / "a.tar.xz", lambda tar: [add(tar, f"{i}/" + "a/" * 100 + "f") for i in range(10)] and None, "w:xz")
    with pytest.raises(ValueError, match="would take more than"):
        unpacking.unpack(tmp_path / "a.tar.xz", tmp_path / "out")


@pytest.mark.filterwarnings("ignore::glassworks.errors.GlassworksWarning")
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, b"Q"])
@pytest.mark.parametrize("size", [-512, -1024, -(1 << 40)])
def test_negative_sizes_end(tmp_path: Path, kind: bytes, size: int) -> None:
    """CVE-2025-8194: `tarfile` of some versions of Python walks in circles."""
    good, bad = tarfile.TarInfo("good"), tarfile.TarInfo("bad")
    bad.type, bad.size = kind, size
    (tmp_path / "a.tar").write_bytes(good.tobuf() + bad.tobuf(tarfile.GNU_FORMAT) + bytes(10240))
    with suppress(ValueError, OSError, tarfile.TarError):
        unpacking.unpack(tmp_path / "a.tar", tmp_path / "out")
    assert {path.name for path in tmp_path.rglob("*")} <= {"a.tar", "out", "good", "bad"}
