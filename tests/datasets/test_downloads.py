"""Downloads from servers of this machine: HTTPS only, also after redirects; complete, with the right checksum, or not at all."""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from glassworks.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    downloading,
    fashion_mnist,
    files,
    imdb,
    mnist,
    reuters,
)
from glassworks.errors import ArgumentError, DataError

CERTIFICATE = Path(__file__).with_name("localhost.pem")
CONTENT = b"numbers" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers `/file`, `/short` (an end that comes too early), `/gone`, and `/to/...` (a redirect)."""

    daemon_threads = True

    def __init__(self, secure: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.redirects: dict[str, str] = {}
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.address = f"{'https' if secure else 'http'}://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        """Clients that refuse the certificate are expected."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        target = self.server.redirects.get(self.path)
        found = self.path.startswith(("/file", "/short"))
        self.send_response(302 if target else 200 if found else 404)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", str(len(CONTENT) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(CONTENT[:100] if self.path.startswith("/short") else CONTENT)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """One with HTTPS, whose certificate is trusted, and one without; no proxy between."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    secure, plain = Server(secure=True), Server(secure=False)
    yield secure, plain
    for server in (secure, plain):
        server.shutdown()
        server.server_close()


def left(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_file_comes_over_https(servers: tuple[Server, Server]) -> None:
    path = files.get_file(origin=f"{servers[0].address}/file.bin", file_hash=SHA256)
    assert Path(path).read_bytes() == CONTENT


def test_a_server_with_an_unknown_certificate_is_refused(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DataError, match="certificate"):
        files.get_file(origin=f"{servers[0].address}/file.bin", file_hash=SHA256)
    assert not servers[0].asked and not left(tmp_path)


def test_plain_http_is_refused_before_the_server_is_asked(servers: tuple[Server, Server], tmp_path: Path) -> None:
    _, plain = servers
    for checksum in ({}, {"file_hash": hashlib.md5(CONTENT).hexdigest()}, {"md5_hash": hashlib.md5(CONTENT).hexdigest()}):
        with pytest.raises(ArgumentError, match="https://127"):
            files.get_file(origin=f"{plain.address}/file.bin", **checksum)
    assert not plain.asked and not left(tmp_path)


def test_plain_http_is_allowed_with_a_sha256(servers: tuple[Server, Server], tmp_path: Path) -> None:
    _, plain = servers
    plain.redirects["/to"] = f"{plain.address}/file.bin"
    assert Path(files.get_file("a", f"{plain.address}/to", file_hash=SHA256)).read_bytes() == CONTENT
    with pytest.raises(DataError, match="checksum"):
        files.get_file("b", f"{plain.address}/file.bin", file_hash="0" * 64)
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize(
    "scheme", ["ftp://127.0.0.1/a", "data:text/plain,abc", "/etc/passwd", "gs://bucket/a", "javascript:a", "HTTP://127.0.0.1/a"]
)
def test_other_addresses_are_refused(servers: tuple[Server, Server], scheme: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="https"):
        files.get_file("a", scheme)
    assert not left(tmp_path)


def test_a_redirect_within_https_is_followed(servers: tuple[Server, Server]) -> None:
    secure, _ = servers
    secure.redirects["/to"] = f"{secure.address}/file.bin"
    assert Path(files.get_file("a", f"{secure.address}/to")).read_bytes() == CONTENT


@pytest.mark.parametrize("target", ["http", "file:///etc/passwd", "ftp://127.0.0.1/a", "data:,a", "gopher://127.0.0.1"])
def test_a_redirect_away_from_https_is_refused(servers: tuple[Server, Server], target: str, tmp_path: Path) -> None:
    secure, plain = servers
    secure.redirects["/to"] = f"{plain.address}/file.bin" if target == "http" else target
    for checksum in ({}, {"file_hash": SHA256}):
        with pytest.raises(DataError, match="cannot be downloaded"):
            files.get_file("a", f"{secure.address}/to", **checksum)
    assert not plain.asked and not left(tmp_path)


def test_redirects_in_a_circle_end(servers: tuple[Server, Server], tmp_path: Path) -> None:
    secure, _ = servers
    secure.redirects["/to"] = f"{secure.address}/to"
    with pytest.raises(DataError, match="cannot be downloaded"):
        files.get_file("a", f"{secure.address}/to")
    assert len(secure.asked) < 20


@pytest.mark.parametrize("page", ["short", "gone"])
def test_what_does_not_arrive_completely_is_not_kept(servers: tuple[Server, Server], page: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be downloaded"):
        files.get_file("a", f"{servers[0].address}/{page}")
    assert not left(tmp_path)


def test_a_file_that_is_there_stays_when_a_new_one_cannot_be_had(servers: tuple[Server, Server], tmp_path: Path) -> None:
    path = Path(files.get_file("a", f"{servers[0].address}/file.bin"))
    with pytest.raises(DataError, match="cannot be downloaded"):
        files.get_file("a", f"{servers[0].address}/short", force_download=True)
    assert path.read_bytes() == CONTENT and left(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../a", "a\\b", "/etc/passwd", "a\0b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(servers: tuple[Server, Server], name: str, tmp_path: Path) -> None:
    for extract in (False, True):
        with pytest.raises(ArgumentError, match="a file name"):
            files.get_file(name, f"{servers[0].address}/file.bin", extract=extract)
    with pytest.raises(ArgumentError, match="a file name"):
        files.get_file(origin=f"{servers[0].address}/file/..")
    assert not servers[0].asked


def test_a_link_in_the_cache_is_replaced_and_what_it_points_to_stays(servers: tuple[Server, Server], tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    (tmp_path / "cache" / "datasets").mkdir(parents=True)
    (tmp_path / "cache" / "datasets" / "a").symlink_to(precious)
    path = Path(files.get_file("a", f"{servers[0].address}/file.bin", file_hash=SHA256))
    assert path.read_bytes() == CONTENT and not path.is_symlink() and precious.read_bytes() == b"precious"


def test_a_file_where_a_folder_should_be_unpacked_is_named(servers: tuple[Server, Server], tmp_path: Path) -> None:
    (tmp_path / "cache" / "datasets").mkdir(parents=True)
    (tmp_path / "cache" / "datasets" / "a").write_bytes(b"mine")
    with pytest.raises(DataError, match="is a file"):
        files.get_file("a", f"{servers[0].address}/file.bin", extract=True)
    assert (tmp_path / "cache" / "datasets" / "a").read_bytes() == b"mine"


LOADERS = [boston_housing, california_housing, cifar10, cifar100, fashion_mnist, imdb, mnist, reuters]


@pytest.mark.parametrize("module", LOADERS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_data_set_is_pinned_and_comes_over_https(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def open_address(origin: str) -> Any:
        asked.append(origin)
        return (tmp_path / "page").open("rb")

    (tmp_path / "page").write_bytes(b"another file")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(downloading, "open_address", open_address)
    calls = [module.load_data, *([module.get_word_index] if hasattr(module, "get_word_index") else [])]
    for call in calls:
        with pytest.raises(DataError, match="another checksum"):
            call()
    assert asked and all(origin.startswith("https://") for origin in asked)
    assert not left(tmp_path)
