"""Scored evidence of which cells of a table name others: its first rows, its first column, or none.

Three readings compete. Each begins with a prior and gains or loses by what speaks for it:

| evidence | header row | form (labels beside values) |
|---|---|---|
| prior | `HEADER_PRIOR`: most tables have one | `FORM_PRIOR` |
| marks: header flag, bold, shaded, on these cells only | `FLAGGED`, `BOLD`, `SHADED` | the same |
| contrast: words above numbers, dates, codes, marks | `CONTRAST` times the share of columns | subtracted |
| sameness: a number above numbers, a cell that recurs below | the same, negative | none |
| names of attributes (`is_attribute`) there and not elsewhere | `VOCABULARY` times the share | the same |
| a progression (years, quarters, months, sizes, `Team 1`, `Team 2`) | `PROGRESSION` | none |
| an empty corner left of names, above the names of rows | `CORNER` | none |
| numbers, dates, codes, people, firms as names | `VALUES` times the share, negative | none |
| repeated or absent names | `REPEATED`, `ABSENT` | none |
| columns without a prevailing kind | `MIXED` times the share, negative | none |
| values of many kinds beside the labels | none | `VARIETY` times the share |
| labels that end with a colon | none | `COLON` times the share |

The reading with the higher positive score wins; without one, the table has no names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ragtenancy.domain.cells import (
    Cell,
    CellKind,
    ends_with_colon,
    is_attribute,
    is_label,
    is_numbered,
    is_progression,
    kind_of,
    shape_of,
)

HEADER_PRIOR = 0.5
FORM_PRIOR = -0.6
FLAGGED = 8.0
BOLD = 4.0
SHADED = 3.0
CONTRAST = 3.0
VOCABULARY = 2.5
PROGRESSION = 3.0
CORNER = 2.0
CORNERED = 2  # columns; one name beside a corner may be a title
VALUES = 3.0
REPEATED = 2.0
ABSENT = 2.0
MIXED = 1.5
VARIETY = 3.0
COLON = 5.0
SAMPLE = 40
MOSTLY = 0.6
FEW = 0.34
DIFFERENT = 0.5  # labels recur under the sections of a form


Rows = Sequence[Sequence[Cell]]


def header_score(head: Sequence[Cell], body: Rows, names: Sequence[str] | None = None) -> float:
    """Return the evidence that a row names the columns of the rows below it.

    `names` are the full names, if rows above contribute to them. Below an empty corner, rows that
    say the same are repeats of the header.
    """
    is_cornered = not head[0].text and len(head) > CORNERED and all(c.text for c in head[1:])
    others = (row for row in body if not (is_cornered and says_the_same(row, head)))
    sample = list(islice(others, SAMPLE))
    columns = [[row[x] for row in sample if row[x].text] for x in range(len(head))]
    named = [x for x, cell in enumerate(head) if cell.text]
    if not sample or not named:
        return -1.0
    texts = [text for text in names if text] if names else [head[x].text for x in named]
    used = [x for x, column in enumerate(columns) if column]
    absent = sum(1 for x in used if not head[x].text and x) / max(len(used), 1)
    progresses = _progresses(head, columns)
    weight = len(sample) / (len(sample) + 1)
    cells = [cell for column in columns for cell in column]
    values = [cell for column in columns[1:] for cell in column]
    return (
        HEADER_PRIOR
        + CONTRAST * weight * _contrast(head, columns)
        + VOCABULARY * (_attributes(head) - _attributes(cells))
        + _marks([head[x] for x in named], values)
        + (PROGRESSION if progresses else -VALUES * _values(head))
        + CORNER * (is_cornered and bool(columns[0]))
        - REPEATED * (len(texts) - len(set(texts))) / len(texts)
        - ABSENT * absent
        - MIXED * _share(prevailing_kind(column) is None for column in columns if len(column) > 1)
    )


def form_score(rows: Rows, labels: Sequence[int]) -> float:
    """Return the evidence that the columns `labels` name the values to their right."""
    sample = rows[:SAMPLE]
    named = [row[x] for row in sample for x in labels if row[x].text]
    columns = [[row[x + 1] for row in sample if row[x].text and row[x + 1].text] for x in labels]
    values = [cell for column in columns for cell in column]
    variety = sum(map(_variety, columns)) / len(columns)
    if not named or not values or not _are_labels(named) or _lack_values(values):
        return -1.0
    others = named[len(labels) :] if len(sample) > 1 or len(labels) == 1 else named
    marks = _marks(named, values) + COLON * _share(ends_with_colon(cell.text) for cell in named)
    if (
        len(labels) > 1
        and not marks
        and (
            (variety < FEW and _attributes(named) < FEW)
            or not _are_alike([[row[x] for row in sample if row[x].text] for x in labels], variety)
        )
    ):
        return -1.0
    return (
        FORM_PRIOR
        + VARIETY * variety
        + VOCABULARY * (_attributes(others) - _attributes(values))
        + marks
        - CONTRAST * max(0.0, _contrast(sample[0], [*zip(*sample[1:], strict=True)]))
    )


def _lack_values(values: Sequence[Cell]) -> bool:
    """Return whether cells right of labels are labels, too: their values are not there, or inside."""
    return _share(ends_with_colon(cell.text) for cell in values) > FEW


def _are_alike(columns: Rows, variety: float) -> bool:
    """Return whether all columns hold labels, by their words or by the variety of their values."""
    shares = [_attributes(column) for column in columns if len(column) > 1]
    labels = all(is_label(cell.text) for column in columns for cell in column)
    return labels and (variety >= FEW or not shares or min(shares) * 2 >= max(shares))


def stub_score(body: Rows) -> float:
    """Return the evidence that a table without a header row is named by its first column."""
    named = [row[0] for row in body[:SAMPLE] if row[0].text]
    values = [cell for row in body[:SAMPLE] for cell in row[1:] if cell.text]
    if not named or not _are_labels(named):
        return -1.0
    return (
        FORM_PRIOR
        + VOCABULARY * (_attributes(named) - _attributes(values))
        + COLON * _share(ends_with_colon(cell.text) for cell in named)
        + _marks(named, values)
    )


def says_the_same(row: Sequence[Cell], other: Sequence[Cell]) -> bool:
    """Return whether two rows have the same texts in the same places."""
    return [cell.text for cell in row] == [cell.text for cell in other]


def is_flagged(row: Sequence[Cell]) -> bool:
    """Return whether a file marks a whole row of several cells as a header."""
    has_text = False
    for cell in row:
        if cell.text and not cell.is_header:
            return False
        has_text = has_text or bool(cell.text)
    return has_text


def fits_below(row: Sequence[Cell], body: Rows) -> bool:
    """Return whether a row may continue a table: by kind, as far as its columns have one."""
    kinds = [prevailing_kind([each[x] for each in body[-SAMPLE:]]) for x in range(len(row))]
    told = [
        (cell, kind)
        for cell, kind in zip(row, kinds, strict=True)
        if kind not in (None, CellKind.WORDS) and cell.kind is not CellKind.BLANK
    ]
    return bool(told) and all(cell.kind is kind for cell, kind in told)


def _are_labels(cells: Sequence[Cell]) -> bool:
    labels = sum(1 for cell in cells if is_label(cell.text) or ends_with_colon(cell.text))
    distinct = len({cell.text for cell in cells})
    return labels >= MOSTLY * len(cells) and distinct >= DIFFERENT * len(cells)


def _marks(named: Sequence[Cell], others: Sequence[Cell]) -> float:
    """Return the weight of marks that these cells have and the others lack."""
    return (
        FLAGGED * _marked([c.is_header for c in named], [c.is_header for c in others])
        + BOLD * _marked([c.is_bold for c in named], [c.is_bold for c in others])
        + SHADED * _marked([c.is_shaded for c in named], [c.is_shaded for c in others])
    )


def _marked(named: Sequence[bool], others: Sequence[bool]) -> bool:
    return _share(named) > 1 - FEW / 2 and _share(others) <= FEW


def _share(flags: Iterable[bool]) -> float:
    counted = list(flags)
    return sum(counted) / max(len(counted), 1)


def _attributes(cells: Sequence[Cell]) -> float:
    """Return the share of cells that name an attribute; empty cells do not count."""
    return _share(is_attribute(cell.text) for cell in cells if cell.text)


def _variety(values: Sequence[Cell]) -> float:
    """Return the share of values unlike the most frequent kind."""
    shapes = Counter(shape_of(cell.text, is_number=cell.is_number) for cell in values)
    shapes.pop(CellKind.BLANK, None)
    total = sum(shapes.values())
    return 1 - max(shapes.values(), default=0) / total if total else 0.0


def _progresses(head: Sequence[Cell], columns: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a row names its columns by periods or numbers that no row below continues."""
    cells = [cell.text for cell in head[1:] if cell.text and cell.kind is not CellKind.WORDS]
    if len(cells) < 2 or len(cells) * 2 < len(head) - 1 or not is_progression(cells):
        return False
    first = head[0]
    if first.text and first.kind is not CellKind.WORDS and not _begins(first, cells):
        return False
    below = [[column[y].text for column in columns[1:] if y < len(column)] for y in range(2)]
    return not all(map(is_progression, filter(None, below)))


def _begins(first: Cell, others: Sequence[str]) -> bool:
    """Return whether a first name is counted like the others: `Team 1`, `Team 2`, `Team 3`."""
    return is_numbered(first.text, kind_of(first.text)) and is_progression([first.text, *others])


def _values(head: Sequence[Cell]) -> float:
    """Return the share of cells right of the first that are values rather than names.

    Several periods may be names; a single one is a value.
    """
    kinds = [cell.kind for cell in head[1:] if cell.text]
    values = {*_VALUES, *([CellKind.PERIOD] if kinds.count(CellKind.PERIOD) == 1 else [])}
    return _share(kind in values for kind in kinds)


_VALUES = (
    *(CellKind.NUMBER, CellKind.DATE, CellKind.CODE, CellKind.CONTACT),
    *(CellKind.NAME, CellKind.PROSE),
)


def _contrast(head: Sequence[Cell], columns: Sequence[Sequence[Cell]]) -> float:
    """Return how far the kinds of a row differ from those below it, from -1 to 1."""
    scores = list(_contrasts(head, columns))
    return sum(scores) / max(len(scores), 1)


def _contrasts(head: Sequence[Cell], columns: Sequence[Sequence[Cell]]) -> Iterator[float]:
    for cell, column in zip(head, columns, strict=False):
        kind = prevailing_kind(column)
        if kind is None or not cell.text:
            continue
        recurs = any(each.text == cell.text for each in column)
        yield -1.0 if recurs else _step(cell, kind, column)


def _step(cell: Cell, below: CellKind, column: Sequence[Cell]) -> float:
    """Return the contrast of one cell with the prevailing kind of its column."""
    kind = cell.kind
    if kind is below:
        if kind is not CellKind.WORDS:
            return -1.0
        lower = _share(each.text[:1].islower() for each in column)
        return 0.5 if lower > MOSTLY and cell.text[:1].isupper() else 0.0
    if kind is CellKind.PROSE or (kind is CellKind.MARK and below is not CellKind.MARK):
        return -1.0
    if kind in (CellKind.WORDS, CellKind.PERIOD):
        return 1.0 if below is not CellKind.WORDS or kind is CellKind.PERIOD else 0.0
    return 0.5 if kind is CellKind.DATE and below is not CellKind.WORDS else -0.5


def prevailing_kind(column: Sequence[Cell]) -> CellKind | None:
    """Return the kind of most values in a column, None without one."""
    kinds = Counter([cell.kind for cell in column])
    del kinds[CellKind.BLANK]
    if not kinds:
        return None
    kind = max(kinds, key=kinds.__getitem__)
    return kind if kinds[kind] >= MOSTLY * kinds.total() else None
