"""`RemoteMonitor` sends what Keras's sends, and a server that is not there does not stop training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from glassworks import Sequential, callbacks, layers
from glassworks.errors import GlassworksWarning


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, Any, str]]]]:
    """The address of a server, and what was posted to it: paths, headers and bodies."""
    posted: list[tuple[str, Any, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append((self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Print nothing."""

    with HTTPServer(("localhost", 0), Handler) as httpd:
        thread = Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://localhost:{httpd.server_port}", posted
        httpd.shutdown()
        thread.join()


def fit(callback: callbacks.Callback) -> dict[str, list[float]]:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0, doctor="off", callbacks=[callback]).history


def test_each_epoch_is_posted_within_a_form(server: tuple[str, list[tuple[str, Any, str]]]) -> None:
    root, posted = server
    losses = fit(callbacks.RemoteMonitor(root, field="logs", headers={"X-Run": "7"}))["loss"]
    assert [path for path, _, _ in posted] == ["/publish/epoch/end/"] * 2
    assert posted[0][1]["X-Run"] == "7" and posted[0][1]["Content-Type"] == "application/x-www-form-urlencoded"
    sent = [json.loads(parse_qs(body)["logs"][0]) for _, _, body in posted]
    assert [logs["epoch"] for logs in sent] == [0, 1]
    assert [logs["loss"] for logs in sent] == pytest.approx(losses)


def test_the_logs_are_sent_as_json(server: tuple[str, list[tuple[str, Any, str]]]) -> None:
    root, posted = server
    callbacks.RemoteMonitor(root, path="/here", send_as_json=True).on_epoch_end(3, {"loss": np.float32(0.5), "rate": np.array(2.0)})
    path, headers, body = posted[0]
    assert (path, headers["Content-Type"]) == ("/here", "application/json")
    assert json.loads(body) == {"epoch": 3, "loss": 0.5, "rate": 2.0}


def test_a_server_that_does_not_answer_gets_a_warning() -> None:
    with pytest.warns(GlassworksWarning, match="Could not reach RemoteMonitor root server at http://localhost:1"):
        assert len(fit(callbacks.RemoteMonitor("http://localhost:1"))["loss"]) == 2
