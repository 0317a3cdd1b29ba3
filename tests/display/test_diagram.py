"""Boxes with arrows, and lines of numbers: what is drawn is what was given."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from glassworks.display.courses import Sparkline, course_table
from glassworks.display.diagram import boxes_svg, sparkline_svg


def test_a_box_stands_to_the_right_of_all_that_lead_to_it() -> None:
    svg = boxes_svg([("a", ""), ("b", ""), ("c", ""), ("d", "")], [(0, 1), (0, 2), (1, 2), (2, 3)], "four")
    lefts = [int(x) for x in re.findall(r'<rect x="(\d+)"', svg)]
    assert lefts == sorted(lefts) and len(set(lefts)) == 4
    assert svg.count("<path") == 4


def test_boxes_of_one_column_do_not_overlap_and_texts_are_escaped() -> None:
    svg = boxes_svg([("<a>", "&"), ("b" * 50, "")], [], 'two "boxes"')
    tops = [int(y) for y in re.findall(r'<rect x="8" y="(\d+)"', svg)]
    assert len(tops) == 2 and tops[1] - tops[0] > 46
    root = ElementTree.fromstring(svg)
    assert "<a>" in "".join(root.itertext()) and "b" * 21 + "…" in "".join(root.itertext())


def test_a_sparkline_goes_up_where_numbers_do_and_has_gaps_for_nan() -> None:
    svg = sparkline_svg([1.0, 3.0, float("nan"), 2.0], "loss", best=0)
    points = [(command, float(y)) for command, y in re.findall(r"([ML])[\d.]+ ([\d.]+)", svg)]
    assert [command for command, _ in points] == ["M", "L", "M"]
    assert points[0][1] > points[2][1] > points[1][1], "larger numbers are higher, so their y is smaller"
    ElementTree.fromstring(svg)


def test_sparklines_of_equal_few_and_no_numbers_work() -> None:
    for values in ([], [1.0], [2.0, 2.0], [float("inf")]):
        ElementTree.fromstring(sparkline_svg(values, "x", best=0 if values else None))
        assert len(str(Sparkline(values, "x"))) == len(values)
    assert len(str(Sparkline(np.arange(1000), "x"))) == 20


def test_a_metric_without_a_number_in_an_epoch_has_an_empty_cell() -> None:
    epochs = np.array([1, 2, 3, 4])
    table = course_table({"loss": (epochs, epochs / 10), "val_acc": (np.array([2, 4]), np.array([0.5, 0.75]))}, "title")
    assert table.rows[1][:4] == ["val_acc", None, None, 0.75]


def test_without_a_finite_loss_there_is_no_best_epoch() -> None:
    table = course_table({"loss": (np.array([1]), np.array([np.nan]))}, "title")
    assert table.heads[2] == "Best" and table.rows[0][2] is None and table.notes == []
