"""`RemoteMonitor`: the logs of each epoch, sent to a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from glassworks.arguments import Anything
from glassworks.errors import warn
from glassworks.training.callbacks.callback import Callback, Logs

_TIMEOUT_SECONDS = 10


class RemoteMonitor(Callback):
    """Send the logs of each epoch to a server, by HTTP POST. It needs no further package.

    A server that does not answer gets a warning, and training goes on.

    Args:
        root: The address of the server.
        path: The path on it.
        field: The field of the form that has the logs as JSON, unless `send_as_json`.
        headers: Further HTTP headers.
        send_as_json: Whether to send the logs as JSON, and not within a form.

    >>> monitor = RemoteMonitor(root="http://localhost:9000")
    >>> monitor.root + monitor.path
    'http://localhost:9000/publish/epoch/end/'
    """

    root = path = field = headers = send_as_json = Anything()

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self._keep_arguments(root=root, path=path, field=field, headers=headers, send_as_json=send_as_json)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Send the number of the epoch and its logs."""
        text = json.dumps({"epoch": epoch, **{name: float(value) for name, value in (logs or {}).items()}})
        body = text if self.send_as_json else urlencode({self.field: text})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        request = Request(self.root + self.path, body.encode(), {"Content-Type": kind, **(self.headers or {})}, method="POST")
        try:
            with urlopen(request, timeout=_TIMEOUT_SECONDS):
                pass
        except (URLError, OSError) as error:
            warn(f"Could not reach RemoteMonitor root server at {self.root}: {error}")
