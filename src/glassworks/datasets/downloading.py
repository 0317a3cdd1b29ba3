"""Downloads: over HTTPS, also after redirects, and complete."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPMessage
from pathlib import Path
from typing import IO

from glassworks.errors import ArgumentError

CHUNK = 1 << 20
TIMEOUT_SECONDS = 30
# What an interrupted or refused download raises.
FAILED = (OSError, ValueError, http.client.HTTPException)


def check_origin(origin: str, pinned: bool) -> None:
    """Refuse addresses that anyone on the way can answer for: HTTPS, files of this machine, and with a SHA-256 plain HTTP are allowed.

    Args:
        origin: The address.
        pinned: Whether the SHA-256 of what should arrive is known.

    Raises:
        ArgumentError: It is another kind of address.
    """
    scheme = urllib.parse.urlsplit(origin).scheme
    if scheme in ("https", "file") or (scheme == "http" and pinned):
        return
    fix = f"use https{origin[4:]}, or pass the SHA-256 of the file as file_hash" if scheme == "http" else "use an address with https"
    raise ArgumentError(f"origin={origin!r}", "an address with https:// (or file:// for a copy)", fix, where="utils.get_file")


def download(origin: str, path: Path) -> None:
    """Write what an address gives to a file.

    Raises:
        OSError, ValueError: One of `FAILED`: no network, no such file, a redirect away from HTTPS, an end that comes too early.
    """
    with open_address(origin) as response, path.open("wb") as file:
        shutil.copyfileobj(response, file, CHUNK)
        size = file.tell()
    wanted = _length(response)
    if wanted is not None and size != wanted:
        raise OSError(f"{size:,} of {wanted:,} bytes arrived")


def open_address(origin: str) -> IO[bytes]:
    """The open response. Only the handlers listed here take part: none for FTP, for data in the address, or for others that are installed."""
    handlers = [
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.FileHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(),
    ]
    director = urllib.request.OpenerDirector()
    for handler in handlers:
        director.add_handler(handler)
    response = director.open(origin, timeout=TIMEOUT_SECONDS)
    if response is None:
        raise OSError("no handler answered the request")
    return response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to HTTPS; from plain HTTP, where a checksum is known, also to plain HTTP."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """The request to go on with."""
        before, after = (urllib.parse.urlsplit(address).scheme for address in (req.full_url, newurl))
        if after != "https" and (before, after) != ("http", "http"):
            raise urllib.error.URLError(f"the server sends on to {newurl}, which is not HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _length(response: IO[bytes]) -> int | None:
    """The number of bytes that the server announced."""
    headers = getattr(response, "headers", None) or {}
    text = headers.get("Content-Length")
    return int(text) if text is not None and text.isdecimal() and not headers.get("Content-Encoding") else None
