from __future__ import annotations

from lxml import etree

from benchmarks.svg_plot import Line, drawn

SVG = "{http://www.w3.org/2000/svg}"
OURS = Line(name="ours", points={1_000: 0.2, 10_000: 0.8, 100_000: 6.0}, ours=True)
PEER = Line(name="peer <& others>", points={1_000: 30.0})


def test_the_picture_is_xml_with_a_line_an_engine() -> None:
    picture = etree.fromstring(drawn([OURS, PEER]).encode())

    assert len(picture.findall(f"{SVG}polyline")) == 2


def test_names_stand_beside_their_lines() -> None:
    picture = etree.fromstring(drawn([OURS, PEER]).encode())

    assert {OURS.name, PEER.name} <= {text.text for text in picture.findall(f"{SVG}text")}


def test_more_milliseconds_stand_higher() -> None:
    picture = etree.fromstring(drawn([OURS]).encode())

    points = str(picture.xpath("string(//@points)")).split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights == sorted(heights, reverse=True)


def test_one_size_alone_can_be_drawn() -> None:
    assert "polyline" in drawn([PEER])
