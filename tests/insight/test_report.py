"""`insight.report`: one page with what is true of the run, which a browser shows without an error and without a network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers, optimizers
from glassworks.errors import ArgumentError
from glassworks.training.callbacks import History
from tests.display.test_page import Outline

pytest.importorskip("matplotlib", reason="pictures need matplotlib (the extra plot)")

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed (apt-get install chromium)")
RNG = np.random.default_rng(0)
X = RNG.random((60, 8, 8, 1)).astype("float32")
Y = (X.mean((1, 2, 3)) > 0.5).astype("int32") + (X[:, 0, 0, 0] > 0.5)


class Run(NamedTuple):
    """A trained model, its history, the recorder, and the page about them."""

    model: Any
    history: History
    recorder: insight.Recorder
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    model = Sequential(
        [Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3, activation="softmax")], name="squares"
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    recorder = insight.Recorder(X, Y, samples=6)
    history = model.fit(X, Y, epochs=4, validation_data=(X, Y), verbose=0, callbacks=[recorder], doctor="off")
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert insight.report(model, history, (X, Y), path, class_names=["low", "<mid>", "high"]) == path
    return Run(model, history, recorder, path)


def test_the_page_has_all_sections_and_refers_to_nothing_outside(run: Run) -> None:
    outline = Outline(run.text)
    assert {"overview", "model", "training", "diagnosis", "results", "epochs"} <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert outline.headings[0] == "h1" and outline.headings.count("h1") == 1
    assert len(outline.pictures) == 3 + 6 and all(given.get("alt") for given in outline.pictures)
    assert run.path.stat().st_size < 2_000_000


def test_the_numbers_are_those_of_the_run(run: Run) -> None:
    for values in run.history.history.values():
        assert f">{values[-1]:.4f}<" in run.text
    predicted = run.model.predict(X, verbose=0).argmax(-1)
    assert f"{(predicted == Y).sum()} of 60 samples are right" in run.text
    assert ["120", "3 × 3 × 1 × 4 + 4"][1] in run.text
    assert "&lt;mid&gt;" in run.text and "<mid>" not in re.sub('<script type="application/json".*?</script>', "", run.text, flags=re.DOTALL)


def recorded(text: str) -> list[dict[str, Any]]:
    found = re.search('id="recorded">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found.group(1))["epochs"]


def test_the_slider_has_the_recorded_answers_of_every_epoch(run: Run) -> None:
    epochs = recorded(run.text)
    assert [epoch["text"].split(":")[0] for epoch in epochs] == ["before training", "epoch 1", "epoch 2", "epoch 3", "epoch 4"]
    assert f"loss {run.history.history['loss'][1]:.4f}" in epochs[2]["text"]
    names = ["low", "<mid>", "high"]
    for epoch, (outputs,) in zip(epochs, run.recorder.outputs, strict=True):
        for sample, output, label in zip(epoch["samples"], outputs, run.recorder.y, strict=True):
            assert sample["right"] == (output.argmax() == label)
            assert sample["verdict"].startswith(f"predicted {names[output.argmax()]}, {'right' if sample['right'] else 'wrong'}")
            assert dict(sample["bars"]) == pytest.approx(dict(zip(names, output, strict=True)), abs=1e-4)


class Shown(NamedTuple):
    """What a browser made of a page."""

    dom: str
    console: list[str]
    requested: list[str]


def opened(path: Path, folder: Path) -> Shown:
    """A page in a headless browser that reaches no network, with what its scripts wrote and what it asked for."""
    log = folder / "net.json"
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
        *(
            "--no-first-run",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--log-net-log={log}",
        ),
        *("--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000", "--dump-dom", path.as_uri()),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    # The browser's own requests have no page as their initiator.
    events = re.findall(r'"initiator":"(?!not an origin)[^"]*".*?"url":"([^"]*)"', log.read_text(encoding="utf-8", errors="replace"))
    return Shown(result.stdout, [line for line in result.stderr.splitlines() if "CONSOLE" in line], events)


@needs_browser
def test_a_browser_shows_it_without_an_error_and_asks_for_nothing(run: Run, tmp_path: Path) -> None:
    shown = opened(run.path, tmp_path)
    assert shown.console == [] and shown.requested == []
    verdicts = re.findall(r'<div class="verdict \w*">([^<]*)</div>', shown.dom)
    assert [verdict.replace("&lt;", "<").replace("&gt;", ">") for verdict in verdicts] == [
        sample["verdict"] for sample in recorded(run.text)[-1]["samples"]
    ]


@needs_browser
def test_moving_the_slider_shows_another_epoch(run: Run, tmp_path: Path) -> None:
    moves = '<script>var r=document.getElementById("epoch");r.value=0;r.dispatchEvent(new Event("input"))</script></body>'
    path = tmp_path / "moved.html"
    path.write_text(run.text.replace("</body>", moves), encoding="utf-8")
    shown = opened(path, tmp_path)
    verdicts = re.findall(r'<div class="verdict \w*">([^<]*)</div>', shown.dom)
    assert [verdict.replace("&lt;", "<").replace("&gt;", ">") for verdict in verdicts] == [
        sample["verdict"] for sample in recorded(run.text)[0]["samples"]
    ]
    assert re.search('<output id="epoch-text"[^>]*>before training</output>', shown.dom)


@needs_browser
def test_a_request_and_an_error_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<img src='http://example.invalid/picture.png'><script>console.error('broken')</script>", encoding="utf-8")
    shown = opened(path, tmp_path)
    assert any("broken" in line for line in shown.console)
    assert any("example.invalid" in address for address in shown.requested)


def test_a_regression_without_recorder_and_without_data(tmp_path: Path) -> None:
    model = Sequential([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = RNG.normal(size=(20, 3))
    history = model.fit(x, x[:, :1], verbose=0, epochs=2)
    text = insight.report(model, history, path=tmp_path / "a.html").read_text(encoding="utf-8")
    assert "insight.Recorder(x, y)" in text and 'id="results"' not in text
    recorder = insight.Recorder(x, x[:, :1])
    model.fit(x, x[:, :1], verbose=0, callbacks=[recorder])
    text = insight.report(model, data=(x, x[:, :1]), path=tmp_path / "b.html").read_text(encoding="utf-8")
    assert "taken for which" not in text and "largest loss" in text
    last = recorded(text)[-1]["samples"][0]
    assert last == {"verdict": f"predicted {recorder.outputs[-1][0][0, 0]:.4f}", "right": None, "bars": []}


def test_models_of_all_kinds_have_a_page(tmp_path: Path) -> None:
    words = layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=4)
    texts = Sequential([words, layers.Embedding(4, 2), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    x, y = np.array([["good film"], ["bad <film>"]] * 8), np.array([[1.0], [0.0]] * 8)
    texts.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = texts.fit(x, y, verbose=0, callbacks=[insight.Recorder(x, y, samples=4)])
    text = insight.report(texts, history, (x, y), tmp_path / "texts.html").read_text(encoding="utf-8")
    assert "bad &lt;film&gt;" in text and "<film>" not in text
    assert {sample["right"] for sample in recorded(text)[0]["samples"]} <= {True, False}

    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return {"a": self.inner(x), "b": x}

    own = Own()
    assert "Not built yet" in insight.report(own, path=tmp_path / "own.html").read_text(encoding="utf-8")


def test_a_model_that_is_not_built_yet_has_its_sizes_on_the_page(tmp_path: Path) -> None:
    model = Sequential([layers.Dense(5), layers.Dense(1)])
    model.compile("adam", "mse")
    text = insight.report(model, None, (X[:, :, 0, 0], Y.astype("float32")), path=tmp_path / "new.html").read_text(encoding="utf-8")
    assert "45 = 8 × 5 + 5" in text and "built yet" not in text


def test_findings_of_the_doctor_are_on_the_page(tmp_path: Path) -> None:
    model = Sequential([Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile(optimizers.SGD(100.0), "mse")
    with pytest.warns(match="learning"):
        history = model.fit(RNG.normal(size=(64, 3)), RNG.normal(size=(64, 1)), verbose=0, epochs=3)
    text = insight.report(model, history, path=tmp_path / "r.html").read_text(encoding="utf-8")
    assert all(finding.check in text for finding in history.findings) and history.findings


def test_something_else_than_a_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="what fit"):
        insight.report(Sequential([Input((2,)), layers.Dense(1)]), (X, Y), path=tmp_path / "r.html")  # type: ignore[arg-type]  # wrong on purpose
