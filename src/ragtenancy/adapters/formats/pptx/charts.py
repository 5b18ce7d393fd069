"""Charts as their title and a table of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree
from pptx.oxml.ns import qn

from ragtenancy.domain.parsed import Block, Paragraph, Table
from ragtenancy.domain.visible_text import visible_text

_MOST_CATEGORIES = 1_000
_MOST_SERIES = 50
_CATEGORIES = (qn("c:cat"), qn("c:xVal"))
_VALUES = (qn("c:val"), qn("c:yVal"))


def chart_blocks(chart: etree._Element) -> Iterator[Block]:
    """Yield the titles of a `c:chartSpace` and a table: a row a category, a column a series."""
    for title in chart.iter(qn("c:title")):
        text = visible_text("".join(run.text or "" for run in title.iter(qn("a:t"))))
        if text:
            yield Paragraph(text=text)
    series = list(chart.iter(qn("c:ser")))[:_MOST_SERIES]
    categories = next(filter(None, (_points(one, _CATEGORIES) for one in series)), {})
    columns = [_points(one, _VALUES) for one in series]
    rows = [_row(index, categories, columns) for index in _indexes(categories, columns)]
    if rows:
        yield Table(rows=[["", *map(_name, series)], *rows], header_rows=1)


def _points(series: etree._Element, tags: Sequence[str]) -> Mapping[int, str]:
    """Return the cached values below one of a series' elements by their index."""
    holder = next(series.iterchildren(*tags), None)
    if holder is None:
        return {}
    points = (point for point in holder.iter(qn("c:pt")) if point.get("idx", "").isdecimal())
    return {int(point.get("idx", "0")): _value(point) for point in points}


def _indexes(categories: Mapping[int, str], columns: Sequence[Mapping[int, str]]) -> Sequence[int]:
    indexes = set(categories).union(*columns) if columns else set(categories)
    return sorted(indexes)[:_MOST_CATEGORIES]


def _row(
    index: int, categories: Mapping[int, str], columns: Sequence[Mapping[int, str]]
) -> list[str]:
    return [categories.get(index, ""), *(column.get(index, "") for column in columns)]


def _name(series: etree._Element) -> str:
    holder = series.find(qn("c:tx"))
    return _value(holder) if holder is not None else ""


def _value(element: etree._Element) -> str:
    value = next(element.iter(qn("c:v")), None)
    return visible_text(value.text or "") if value is not None else ""
