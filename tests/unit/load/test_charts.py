"""Charts: everything that is drawn can be read, and the same data give the same picture."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from scripts.charts import HEIGHT, WIDTH, Axis, Bar, Line, Mark, bars, histogram, lines

SVG = "{http://www.w3.org/2000/svg}"
X, Y = Axis("offered", "messages/s"), Axis("p99", "ms", log=True)
CURVES = [
    Line("one worker", [(250, 5.0), (1_000, 12.0), (2_000, 900.0)]),
    Line("two workers", [(250, 5.2), (1_000, 11.0), (2_000, 880.0)]),
    Line("three <workers>", [(250, 5.1), (1_000, 10.0), (2_000, 870.0)]),
]
MARKS = [Mark(100, "wanted"), Mark(1_500, "at 1,500", across=False)]
PICTURES = {
    "lines": lines("How soon", CURVES, X, Y, subtitle="A & B", marks=MARKS),
    "one point": lines("How soon", [Line("one", [(5, 5)])], X, Y),
    "no points": lines("How soon", [], X, Axis("p99")),
    "bars": bars(
        "Memory", [Bar("at rest", 90, "90 MB"), Bar("busy", 380, "380 MB")], Axis("MB"), marks=[Mark(400, "x")]
    ),
    "no bars": bars("Memory", [], Axis("MB")),
    "histogram": histogram("Recovery", [0.5, 3, 3.1, 19.9], Axis("time", "s"), marks=[Mark(20, "wanted")]),
    "empty histogram": histogram("Recovery", [], Axis("time", "s")),
}


def texts(picture: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture).iter(f"{SVG}text"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_whole_and_stays_on_its_page(name: str) -> None:
    root = ElementTree.fromstring(PICTURES[name])

    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    assert "nan" not in PICTURES[name]
    height = float(root.get("height", HEIGHT))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", -1)) <= WIDTH
        assert 0 <= float(text.get("y", -1)) <= height
    for shape in root.iter(f"{SVG}circle"):
        assert 0 <= float(shape.get("cx", -1)) <= WIDTH
        assert 0 <= float(shape.get("cy", -1)) <= height


def test_both_schemes_are_in_the_picture() -> None:
    assert "prefers-color-scheme:dark" in PICTURES["lines"]


def test_axes_name_what_they_measure_and_in_what() -> None:
    said = {text.text for text in texts(PICTURES["lines"])}

    assert {"offered (messages/s)", "p99 (ms)", "wanted", "at 1,500"} <= said


def test_every_line_is_named_at_its_end_and_no_name_hides_another() -> None:
    names = [text for text in texts(PICTURES["lines"]) if text.get("class", "").startswith("name")]

    assert {text.text for text in names} == {line.name for line in CURVES}
    places = sorted(float(text.get("y", 0)) for text in names)
    assert all(below - above >= 15 for above, below in pairwise(places))


def test_a_logarithm_puts_tenfold_steps_at_equal_distances() -> None:
    picture = lines("How much", [Line("a", [(1, 1), (10, 10), (100, 100)])], Axis("n", log=True), Axis("m", log=True))

    places = [float(dot.get("cx", 0)) for dot in ElementTree.fromstring(picture).iter(f"{SVG}circle")]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)


def test_what_a_logarithm_has_no_place_for_is_left_out() -> None:
    picture = lines("How much", [Line("a", [(0, 1), (1, 0), (2, 3)])], Axis("n", log=True), Axis("m", log=True))

    assert len(list(ElementTree.fromstring(picture).iter(f"{SVG}circle"))) == 1


def test_a_bar_is_as_long_as_its_value() -> None:
    rects = [r for r in ElementTree.fromstring(PICTURES["bars"]).iter(f"{SVG}rect") if r.get("class") == "f0"]

    short, long = (float(rect.get("width", 0)) for rect in rects)
    assert long / short == pytest.approx(380 / 90, rel=0.01)


def test_a_histogram_counts_every_value_once() -> None:
    shapes = ElementTree.fromstring(PICTURES["histogram"]).iter(f"{SVG}rect")

    counts = [int(told.rpartition(": ")[2]) for shape in shapes if (told := shape.findtext(f"{SVG}title"))]
    assert sum(counts) == 4
