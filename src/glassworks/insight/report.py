"""`report`: a page about a model and its training that can be kept, sent and read offline."""

from __future__ import annotations

import io
import platform
import time
from collections.abc import Callable, Sequence
from html import escape
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from glassworks.display import Table
from glassworks.display.page import Section, page, picture
from glassworks.engine import engine
from glassworks.errors import ArgumentError, GlassworksError, MissingDependencyError
from glassworks.insight.confusion import confusion_matrix
from glassworks.insight.most_wrong import most_wrong
from glassworks.insight.predicted import ClassNames
from glassworks.insight.recorder import Recorder
from glassworks.insight.replay import replay
from glassworks.training.callbacks.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure

Result = TypeVar("Result")
_MOST_SVG = 150_000
"""The bytes of a drawing up to which it stays one; a larger one becomes a picture of points."""
_WHERE = "insight.report"


def report(
    model: Model,
    history: History | None = None,
    data: tuple[Data, Structure] | Data = None,
    path: str | PathLike[str] = "report.html",
    class_names: ClassNames = None,
    image_shape: Sequence[int] | None = None,
    title: str | None = None,
    recorder: Recorder | None = None,
) -> Path:
    """Write one HTML page about a model and its training: layers, course, the doctor's findings, results on data, predictions by epoch.

    The page contains all that it shows and loads nothing, so it can be mailed and read offline. Pictures need matplotlib (the extra `plot`);
    without it the page has tables alone.

    Args:
        model: The model.
        history: What `fit` returned; by default that of the last `fit`.
        data: Data to judge the model on, `(x, y)` or a source of batches: those that it was not trained on.
        path: Where to write the page.
        class_names: The names of the classes, in order or by number.
        image_shape: The shape of images that are vectors in the data: `(28, 28)`.
        title: The heading; by default the name of the model.
        recorder: The `insight.Recorder` that was in the callbacks of `fit`; by default the one that the history knows. With it the page has
            a slider that shows the predictions on the same samples after each epoch.

    Returns:
        The path of the page.

    Raises:
        ArgumentError: Something else than a history.

    >>> import tempfile, os, numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = insight.report(model, history, path=os.path.join(folder, "report.html"))
    ...     "<h1>" in path.read_text(encoding="utf-8")
    True
    """
    history = history if history is not None else model.history
    if history is not None and not isinstance(history, History):
        fix = "history = model.fit(...); insight.report(model, history, (x, y))"
        raise ArgumentError(f"history={type(history).__name__}", "what fit() returned", fix, where=_WHERE)
    x, y = data if isinstance(data, tuple) else (data, None)
    known = recorder if recorder is not None else getattr(history, "recorder", None)
    # The results come first, since they build a model that is not built yet, so that its sizes are known.
    results = "" if x is None else _results(model, x, y, class_names, image_shape)
    sections = [Section("overview", "Overview", _overview(model, history)), Section("model", "Model", _html_of(model))]
    if history is not None and history.epoch:
        sections.append(Section("training", "Training", _training(history)))
        sections.append(Section("diagnosis", "Diagnosis", _diagnosis(history)))
    if x is not None:
        sections.append(Section("results", "Results on data", results))
    sections.append(Section("epochs", "Epoch by epoch", _epochs(known, history, class_names, image_shape)))
    target = Path(path)
    target.write_text(page(title or f"Report on {model.name}", sections), encoding="utf-8")
    return target


def _overview(model: Model, history: History | None) -> str:
    rows: list[list[object]] = [["Model", f"{model.name} ({type(model).__name__}), {len(model.layers)} layers"]]
    if model.built:
        rows.append(["Parameters", f"{model.count_params():,}"])
    if model.optimizer is not None:
        rows.append(["Optimizer", type(model.optimizer).__name__])
    if history is not None and history.epoch:
        rows.append(["Epochs", f"{len(history.epoch):,}"])
        rows += [[f"Last {name}", values[-1]] for name, values in history.history.items() if values and getattr(values[-1], "ndim", 0) == 0]
    rows.append(["Engine", f"{engine()}, glassworks {metadata.version('glassworks')}, Python {platform.python_version()}"])
    rows.append(["Written", time.strftime("%Y-%m-%d %H:%M")])
    return Table(["What", "Value"], rows, "ll").html()


def _training(history: History) -> str:
    words = f"Curves of {', '.join(history.history)} by epoch; their first, best and last numbers are in the table above."
    lines: dict[str, dict[str, float]] = getattr(history, "baselines", {})
    rows = [[name, line, height, history.history[name][-1]] for name, heights in lines.items() for line, height in heights.items()]
    heads = ["Metric", "Answer", "Reaches", "This model, last epoch"]
    baselines = Table(heads, rows, "llrr", title="Beside answers that do not depend on the inputs").html() if rows else ""
    return history.table().html() + baselines + _drawn(history.plot, words)


def _diagnosis(history: History) -> str:
    if history.doctor is None:
        return '<p>The doctor was off: <code>fit(doctor="warn")</code> switches it on.</p>'
    if not history.findings:
        return "<p>The doctor looked at this training and found nothing wrong.</p>"
    return history.findings.html()


def _results(model: Model, x: Data, y: Structure, class_names: ClassNames, image_shape: Sequence[int] | None) -> str:
    parts = []
    if model.compiled:
        logs = model.evaluate(x, y, verbose=0, return_dict=True)
        parts.append(Table(["Measure", "Value"], list(logs.items()), "lr", title="Loss and metrics").html())
    matrix = _tried(lambda: confusion_matrix(model, x, y, class_names))
    if matrix is not None:
        parts.append("<h3>Which classes are taken for which</h3>" + _html_of(matrix))
        parts.append(_drawn(matrix.plot, "The confusion matrix: " + " ".join(matrix.sentences())))
    wrong = _tried(lambda: most_wrong(model, x, y, class_names=class_names))
    if wrong is not None:
        words = "Samples with the largest loss: " + "; ".join(sample.sentence for sample in wrong.samples)
        parts.append("<h3>The samples with the largest loss</h3>" + _drawn(lambda: wrong.plot(image_shape=image_shape), words))
        parts.append(_html_of(wrong))
    return "\n".join(parts)


def _epochs(known: object, history: History | None, class_names: ClassNames, image_shape: Sequence[int] | None) -> str:
    if not isinstance(known, Recorder) or not known.epochs:
        return "<p>No predictions were recorded: <code>fit(..., callbacks=[insight.Recorder(x, y)])</code> records them.</p>"
    intro = "<p>What the model answers on the same samples before training and after each epoch.</p>"
    return intro + replay(known, history, class_names, image_shape)


def _tried(make: Callable[[], Result]) -> Result | None:
    """What a tool gives, or None for data that it is not made for."""
    try:
        return make()
    except MissingDependencyError:
        raise
    except GlassworksError:
        return None


def _drawn(draw: Callable[[], Figure], words: str) -> str:
    """A picture within the page: a drawing, or points where that is smaller; a sentence where matplotlib is not installed."""
    try:
        figure = draw()
    except MissingDependencyError:
        return '<p class="note">A picture stands here if matplotlib is installed: <code>pip install matplotlib</code>.</p>'
    except GlassworksError:
        return ""
    drawing = io.BytesIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None})
    if len(drawing.getvalue()) <= _MOST_SVG:
        return picture(drawing.getvalue(), "image/svg+xml", words)
    points = io.BytesIO()
    figure.savefig(points, format="png", dpi=110)
    return picture(points.getvalue(), "image/png", words)


def _html_of(shown: object) -> str:
    show = getattr(shown, "_repr_html_", None)
    return show() if show is not None else f"<pre>{escape(str(shown))}</pre>"
