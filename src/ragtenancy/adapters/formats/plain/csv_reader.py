"""Reading lists of values: CSV and TSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import IO

from ragtenancy.adapters.formats.grids import blocks_of_grid
from ragtenancy.adapters.formats.plain.csv_rows import rows_of
from ragtenancy.adapters.formats.plain.encoding import decoded, is_text
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.domain.parsed import ParsedDocument

CSV = "text/csv"
TSV = "text/tab-separated-values"
_KINDS = {".csv": CSV, ".tsv": TSV, ".tab": TSV}


class CsvReader(Reader):
    """Reads text whose filename says that it is CSV or TSV; the delimiter is found out."""

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
        """Return what reads; nothing is to be imported."""
        return read_csv


def read_csv(file: IO[bytes]) -> ParsedDocument:
    """Read a file of values."""
    text, warnings = decoded(file.read())
    return ParsedDocument(blocks=blocks_of_grid(rows_of(text)), warnings=warnings)
