"""Reading CSV and TSV files."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import PurePath
from typing import IO

from ragtenancy.adapters.formats.plain.encoding import is_text, text_of
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.grids import blocks_of, grid_of_texts
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.visible_text import visible

_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"\Asep=(.)\r?\n")  # Excel's own way to name the delimiter
_KEPT_AS_TEXT = re.compile(r'\A="([^"]*)"\Z')  # ="00123", so that Excel keeps the zeros
_UNQUOTED_FORMULA = re.compile(r'(?<![^,;\t|\n])=("(?:[^"\n]|"")+")(?=[,;\t|\r\n]|\Z)')
_NO_DELIMITER = "\x1f"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_MOSTLY = 0.8
_IN_CELLS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")  # line ends to Python, not to a row
_SAMPLE = 16_384
_SAMPLE_ROWS = 100
_LONGEST_CELL = 1 << 20
_CELLS = 500_000


def rows_of(text: str) -> list[list[str]]:
    """Return the rows; raises `UnreadableDocumentError` (`too_many_cells`)."""
    named = _SEPARATOR_LINE.match(text)
    plain = visible(_IN_CELLS.sub(" ", text[named.end() :] if named else text))
    body = _UNQUOTED_FORMULA.sub(r"\1", plain) if '="' in plain else plain
    delimiter = named[1] if named else _delimiter(body)
    csv.field_size_limit(_LONGEST_CELL)
    rows: list[list[str]] = []
    cells = 0
    for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter):
        cells += len(row)
        if cells > _CELLS:
            raise unreadable("too_many_cells", limit=_CELLS)
        rows.append([cell.strip() for cell in row])
    return [list(map(_unkept, row)) for row in rows] if '="' in body else rows


def _unkept(cell: str) -> str:
    return _KEPT_AS_TEXT.sub(r"\1", cell)


def _delimiter(text: str) -> str:
    """Return the delimiter that gives the most cells in rows of the same number of columns.

    Titles above a table may hold delimiters, and numbers commas. One column of sentences has none.
    """
    lines = list(islice(io.StringIO(text[:_SAMPLE], newline=""), _SAMPLE_ROWS))
    found = max(_DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    return _NO_DELIMITER if _is_punctuation(lines, found) else found


def _is_punctuation(lines: list[str], delimiter: str) -> bool:
    """Return whether commas or semicolons are those of sentences and numbers below one name."""
    rows = [line for line in csv.reader(lines, delimiter=delimiter) if line]
    bare = _QUOTED.sub("", "\n".join(lines))
    if delimiter not in ",;" or not rows or len(rows[0]) > 1:
        return False
    if re.search(rf"{delimiter}(?! |\d)|(?<!\d){delimiter}\d", bare):
        return False
    split = [row for row in rows if len(row) > 1]
    widths = set(map(len, split))
    below = len(rows) - next((y for y, row in enumerate(rows) if len(row) > 1), 0)
    goes_on = sum(row[1].strip()[:1].islower() for row in split)
    are_decimals = widths == {2} and f"{delimiter} " not in bare
    uneven = len(split) < _MOSTLY * below or len(widths) > 1
    return uneven or goes_on * 2 > len(split) or are_decimals


def _fit(lines: list[str], delimiter: str) -> tuple[int, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    return max(((rows * (width - 1), width) for width, rows in widths.items()), default=(0, 1))


CSV = "text/csv"
TSV = "text/tab-separated-values"
_KINDS = {".csv": CSV, ".tsv": TSV, ".tab": TSV}


class CsvReader(Reader):
    """Reads text with a CSV or TSV filename; detects the delimiter."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (CSV, TSV)

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return the media type by the first bytes."""
        kind = _KINDS.get(PurePath(filename).suffix.lower())
        return kind if kind and is_text(head) else None

    def load(self) -> Read:
        """Return the reader function; there is nothing to import."""
        return lambda file: read_csv(file, self.charset)


def read_csv(file: IO[bytes], charset: str | None = None) -> ParsedDocument:
    """Read a CSV or TSV file."""
    text, warnings = text_of(file.read(), charset)
    return ParsedDocument(blocks=blocks_of(grid_of_texts(rows_of(text))), warnings=warnings)
