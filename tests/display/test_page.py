"""Pages that stand by themselves, and the pictures in them."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from glassworks.display.page import Section, page, picture, slider
from glassworks.display.png import png_bytes

HOSTILE = "</script><script>alert(1)</script><!-- <b>&"


class Outline(HTMLParser):
    """What a page refers to, its headings, ids and pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "poster", "srcset")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.scripts += tag == "script"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "img":
            self.pictures.append(given)


def sample_page() -> str:
    epochs: list[dict[str, object]] = [
        {"text": "before training", "samples": [{"verdict": HOSTILE, "right": False, "bars": [[HOSTILE, 0.5]]}]},
        {"text": "epoch 1", "samples": [{"verdict": "predicted cat, right", "right": True, "bars": [["cat", 0.9]]}]},
    ]
    shown = picture(png_bytes(np.eye(4)), "image/png", f"a diagonal {HOSTILE}", "below")
    return page(f"Title {HOSTILE}", [Section("first", "First", shown), Section("second", "Second", slider(epochs, ["<p>one</p>"]))])


def test_a_page_refers_to_nothing_outside_of_itself() -> None:
    outline = Outline(sample_page())
    assert outline.addresses
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert not re.search(r"@import|url\(", sample_page())


def test_a_page_has_headings_in_order_unique_ids_and_words_for_pictures() -> None:
    text = sample_page()
    outline = Outline(text)
    assert outline.headings == ["h1", "h2", "h2"]
    assert len(set(outline.ids)) == len(outline.ids) and {"first", "second", "main"} <= set(outline.ids)
    assert [given["alt"] for given in outline.pictures] == [f"a diagonal {HOSTILE}"]
    assert '<html lang="en">' in text and '<label for="epoch">' in text and "prefers-color-scheme:dark" in text


def test_texts_stay_texts_wherever_they_stand() -> None:
    text = sample_page()
    assert Outline(text).scripts == 2, "the data and the slider alone"
    assert text.count("alert(1)") == 5, "title, heading, picture, verdict and bar"
    recorded = re.search('id="recorded">(.*?)</script>', text, re.DOTALL)
    assert recorded
    assert json.loads(recorded.group(1))["epochs"][0]["samples"][0]["verdict"] == HOSTILE


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
def test_pictures_are_read_back_by_others(shape: tuple[int, ...]) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is the reader that PNG files are compared with")
    values = np.random.default_rng(0).random(shape)
    read = np.asarray(image.open(io.BytesIO(png_bytes(values))))
    np.testing.assert_array_equal(read, np.rint(values * 255).astype(np.uint8))


def test_numbers_beyond_the_range_and_nan_are_still_a_picture() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is the reader that PNG files are compared with")
    read = np.asarray(image.open(io.BytesIO(png_bytes(np.array([[-1.0, 2.0, np.nan]])))))
    assert read.tolist() == [[0, 255, 0]]


def test_a_picture_is_inside_the_page() -> None:
    content = png_bytes(np.zeros((2, 2)))
    found = re.search('src="data:image/png;base64,([^"]*)"', picture(content, "image/png", "black"))
    assert found and base64.b64decode(found.group(1)) == content
