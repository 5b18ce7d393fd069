"""Ragtenancy and its peers as readers of PDF; a missing one is left out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.document import read_document
from ragtenancy.domain.parsed import Note, Table
from ragtenancy.domain.tables import table_lines

OURS = "**ragtenancy**"
Triple = tuple[str, str, str]


class Reading(Struct, frozen=True, kw_only=True):
    """What a reader saw: its text, and the rows of its tables, each as a line or by cells."""

    text: str
    lines: Sequence[str] = ()
    tables: Sequence[Sequence[Sequence[str]]] = ()

    def says(self, triple: Triple) -> bool:
        """Return whether a value stands under the names of its row and column."""
        row, column, value = triple
        if any(row in line and f"{column}: {value};" in f"{line};" for line in self.lines):
            return True
        plain = tuple(map(_plain, triple))
        return any(plain in _triples(table) for table in self.tables)


def _triples(table: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    header = table[0] if table else ()
    return {
        tuple(map(_plain, (row[0], name, cell)))
        for row in table[1:]
        for name, cell in zip(header, row, strict=False)
    }


def _plain(text: str) -> str:
    """Return letters and digits alone: some peers lose spaces and place commas elsewhere."""
    return "".join(filter(str.isalnum, text))


Read = Callable[[Path], Reading]


def ours(path: Path) -> Reading:
    """Read with ragtenancy, in this process."""
    document = read_document(path.read_bytes())
    parts: list[str] = []
    lines: list[str] = []
    for block in document.blocks:
        if isinstance(block, Table):
            lines += table_lines(block)
            parts += [" ".join(row) for row in block.rows]
        elif not (isinstance(block, Note) and block.kind == "footer"):
            parts.append(getattr(block, "text", ""))
    return Reading(text="\n".join(parts), lines=lines)


def pdfium(path: Path) -> Reading:
    """Read PDFium's text without any layout of ours."""
    document = import_module("pypdfium2").PdfDocument(str(path))
    return Reading(text="\n".join(page.get_textpage().get_text_range() for page in document))


def pdfminer(path: Path) -> Reading:
    """Read pdfminer.six's text."""
    return Reading(text=import_module("pdfminer.high_level").extract_text(str(path)))


def pdfplumber(path: Path) -> Reading:
    """Read pdfplumber's text and tables."""
    with import_module("pdfplumber").open(str(path)) as document:
        texts = [page.extract_text() or "" for page in document.pages]
        tables = [table for page in document.pages for table in page.extract_tables()]
    return Reading(text="\n".join(texts), tables=[_flat(table) for table in tables])


def pymupdf(path: Path) -> Reading:
    """Read PyMuPDF's text and tables."""
    with import_module("pymupdf").open(str(path)) as document:
        texts = [page.get_text() for page in document]
        tables = [table.extract() for page in document for table in page.find_tables().tables]
    return Reading(text="\n".join(texts), tables=[_flat(table) for table in tables])


def pypdf(path: Path) -> Reading:
    """Read pypdf's text."""
    return Reading(
        text="\n".join(
            page.extract_text() for page in import_module("pypdf").PdfReader(str(path)).pages
        )
    )


def _flat(table: Sequence[Sequence[str | None]]) -> list[list[str]]:
    return [[" ".join((cell or "").split()) for cell in row] for row in table]


def readers() -> Mapping[str, Read]:
    """Return the readers that are installed, ours first."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    peers: Mapping[str, tuple[Read, str]] = {
        "pdfium alone": (pdfium, "pypdfium2"),
        "pdfminer.six": (pdfminer, "pdfminer"),
        "pdfplumber": (pdfplumber, "pdfplumber"),
        "PyMuPDF": (pymupdf, "pymupdf"),
        "pypdf": (pypdf, "pypdf"),
    }
    here = {name: read for name, (read, module) in peers.items() if find_spec(module)}
    return {OURS: ours, **here}


def pairs(words: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Return neighbouring words."""
    return list(pairwise(words))
