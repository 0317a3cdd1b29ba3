"""An attribution as text, HTML and picture."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.display.colours import tint
from glassworks.display.numbers import number_text
from glassworks.display.table import Table
from glassworks.errors import ShapeError
from glassworks.insight.attribution.ranking import ranked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.insight.attribution.result import Attribution, Part

# The samples that a picture has, and the columns of a table in it.
MOST_SAMPLES, MOST_BARS = 4, 16


def heading(attribution: Attribution, sample: int) -> str:
    """What is explained, in one line."""
    method = f"{attribution.method} of '{attribution.layer}'" if attribution.layer else attribution.method
    score, prediction = number_text(attribution.score[sample]), number_text(attribution.prediction[sample])
    if attribution.of == "output":
        return f"{method} for output {attribution.target[sample]}: {score}"
    scored = f"logit {score}, probability {prediction}" if attribution.of == "logit" else f"probability {prediction}"
    return f"{method} for class {attribution.target[sample]}: {scored}"


def notes(attribution: Attribution, sample: int) -> list[str]:
    """What the values sum to, and how exactly."""
    if attribution.baseline_score is None or attribution.completeness is None or attribution.steps is None:
        return []
    score, start = attribution.score[sample], attribution.baseline_score[sample]
    below = f"({number_text(start)})" if start < 0 else number_text(start)
    total = sum(float(part.values[sample].sum()) for part in attribution.parts)
    return [
        f"all values sum to {number_text(total)} = {number_text(score)} - {below} at the baseline, with an error of "
        f"{attribution.completeness[sample]:.2%} ({attribution.steps[sample]} points)"
    ]


def as_text(attribution: Attribution, sample: int, most: int) -> str:
    """The attribution of a sample as text."""
    tables = _tables(attribution, sample, most)
    others = [_summary(part, sample) for part in attribution.parts if part.kind in ("image", "series")]
    head = heading(attribution, sample)
    return "\n".join([head, *others, *(table.text() for table in tables), *notes(attribution, sample)])


def as_html(attribution: Attribution) -> str:
    """The attribution as HTML: words in colours, tables, and a picture of images where matplotlib is installed."""
    pieces = []
    for sample in range(min(len(attribution), MOST_SAMPLES)):
        pieces.append(f"<div><b>{escape(heading(attribution, sample))}</b></div>")
        pieces += [_coloured(part, sample) for part in attribution.parts if part.kind == "tokens"]
        columns = [part for part in attribution.parts if part.kind == "table" and part.values[sample].size]
        if columns:
            pieces.append(_column_table(columns, sample, MOST_BARS).html())
        pieces += [f"<div>{escape(note)}</div>" for note in notes(attribution, sample)]
    if any(part.kind in ("image", "series") for part in attribution.parts):
        pieces.append(_picture(attribution))
    if len(attribution) > MOST_SAMPLES:
        pieces.append(f"<div>the first {MOST_SAMPLES} of {len(attribution)} samples</div>")
    return "".join(pieces)


def _picture(attribution: Attribution) -> str:
    """The picture as an image in HTML; the text where matplotlib is not installed."""
    import base64
    import io

    from glassworks.errors import MissingDependencyError

    file = io.BytesIO()
    try:
        as_figure(attribution, None).savefig(file, format="png", dpi=100)
    except MissingDependencyError:
        return f"<pre>{escape(as_text(attribution, 0, MOST_BARS))}</pre>"
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(heading(attribution, 0))}" src="data:image/png;base64,{data}">'


def _summary(part: Part, sample: int) -> str:
    values = part.values[sample]
    place = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    names = ("row", "column", "channel") if part.kind == "image" else ("step", "feature") if values.ndim == 2 else ()
    where = ", ".join(f"{name} {i}" for name, i in zip(names, place, strict=False)) if names else str(tuple(map(int, place)))
    return (
        f"{part.name}: {' x '.join(map(str, values.shape))} values, positive ones sum to {number_text(values[values > 0].sum())}, negative ones "
        f"to {number_text(values[values < 0].sum())}; the largest is {number_text(values[place])} at {where}"
    )


def _tables(attribution: Attribution, sample: int, most: int) -> list[Table]:
    tables = []
    columns = [part for part in attribution.parts if part.kind == "table" and part.values[sample].size]
    if columns:
        tables.append(_column_table(columns, sample, most))
    for part in attribution.parts:
        if part.kind == "tokens":
            words, values = spoken(part, sample)
            chosen, rest = ranked(values, most)
            rows: list[list[object]] = [[int(i), words[i], float(values[i])] for i in sorted(chosen)]
            tables.append(Table(["position", "word", "counts"], rows, align="rlr", notes=_rest(rest, "words"), shade=[2]))
    return tables


def _column_table(parts: list[Part], sample: int, most: int) -> Table:
    labels, given, values = columns_of(parts, sample)
    chosen, rest = ranked(values, most)
    rows = [[labels[i], given[i], float(values[i])] for i in chosen]
    return Table(["column", "value", "counts"], rows, align="lrr", notes=_rest(rest, "columns"), shade=[2])


def _rest(rest: tuple[int, float], what: str) -> list[str]:
    return [f"{rest[0]} other {what} together: {number_text(rest[1])}"] if rest[0] else []


def columns_of(parts: list[Part], sample: int) -> tuple[list[str], list[object], np.ndarray]:
    """Names, values in the data and attributed values of the columns of all tables, one after the other."""
    labels = [str(label) for part in parts for label in part.labels]
    given: list[object] = []
    for part in parts:
        for value in np.ravel(part.given[sample]):
            given.append(str(value) if part.given.dtype.kind in "OUST" else value)
    return labels, given, np.concatenate([np.ravel(part.values[sample]) for part in parts])


def spoken(part: Part, sample: int) -> tuple[list[str], np.ndarray]:
    """The words of a sample and their values, without the padding at the ends that counts nothing."""
    words, values = part.labels[sample], np.ravel(part.values[sample])
    real = np.flatnonzero([word not in ("", "0") or value != 0 for word, value in zip(words, values, strict=True)])
    if not len(real):
        return list(words), values
    kept = slice(int(real[0]), int(real[-1]) + 1)
    return list(words[kept]), values[kept]


def _coloured(part: Part, sample: int) -> str:
    words, values = spoken(part, sample)
    largest = float(np.abs(values).max(initial=0.0))
    pieces = []
    for word, value in zip(words, values, strict=True):
        colour, opacity = tint(float(value), largest)
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        style = f"background:rgba({red},{green},{blue},{opacity:.2f});padding:.05em .2em;border-radius:.2em"
        pieces.append(f'<span style="{style}" title="{number_text(value)}">{escape(word)}</span>')
    return f'<div style="line-height:1.9">{" ".join(pieces)}</div>'


def as_figure(attribution: Attribution, shape: tuple[int, ...] | None) -> Figure:
    """The picture of the first samples: a row for each, with an axes for each image, series and text, and one for all columns."""
    from glassworks.drawing import attributions as drawing

    samples = range(min(len(attribution), MOST_SAMPLES))
    rows = []
    for sample in samples:
        row: list[Any] = []
        columns = []
        for part in attribution.parts:
            values, given = part.values[sample], part.given[sample]
            name = part.name if len(attribution.parts) > 1 else ""
            if shape is not None and values.size and values.size == math.prod(shape):
                row.append(drawing.Image(given.reshape(shape), values.reshape(shape), name))
            elif part.kind == "image":
                row.append(drawing.Image(given, values, name))
            elif part.kind == "series":
                row.append(drawing.Series(values, name))
            elif part.kind == "tokens":
                row.append(drawing.Words(*spoken(part, sample), name))
            elif values.size:
                columns.append(part)
        if columns:
            labels, numbers, values = columns_of(columns, sample)
            chosen, rest = ranked(values, MOST_BARS)
            row.append(drawing.Bars([labels[i] for i in chosen], [numbers[i] for i in chosen], values[chosen], rest))
        rows.append((heading(attribution, sample), row))
    if shape is not None and not any(isinstance(one, drawing.Image) for _, row in rows for one in row):
        sizes = ", ".join(str(part.values[0].size) for part in attribution.parts)
        raise ShapeError(
            f"shape={shape} for a sample of {sizes} numbers", f"a shape with {sizes} entries", "leave it out: the data has no images"
        )
    more = f"the first {len(samples)} of {len(attribution)} samples" if len(attribution) > len(samples) else ""
    return drawing.draw_attributions(rows, more, signed=attribution.method != "Grad-CAM")
