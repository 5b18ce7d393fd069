"""A whole PDF document: its pages laid out, and their passages as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pypdfium2
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.annotations import Annotations
from ragtenancy.adapters.formats.pdf.columns import Column, columns_of
from ragtenancy.adapters.formats.pdf.drawings import Drawings, Rule, merged
from ragtenancy.adapters.formats.pdf.outline import outline_of, with_outline
from ragtenancy.adapters.formats.pdf.passages import (
    Passage,
    Sizes,
    block_of,
    joined_over_ends,
    passages_of,
)
from ragtenancy.adapters.formats.pdf.pictures import Gallery
from ragtenancy.adapters.formats.pdf.running import running_lines
from ragtenancy.adapters.formats.pdf.sheets import Sheet, sheet_of
from ragtenancy.adapters.formats.pdf.tables import grid_of, whole_tables
from ragtenancy.adapters.formats.pdf.titles import real_title, with_title
from ragtenancy.adapters.formats.pdf.wording import Vocabulary, vocabulary
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.grids import blocks_of
from ragtenancy.domain.parsed import Block, Heading, ParsedDocument, Picture

_NAMED = 20


class _Pages:
    """The sheets and pictures of the pages so far; a broken page has none."""

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.sheets: list[Sheet | None] = []
        self.pictures: list[list[Picture]] = []
        self.gallery = Gallery()
        self.broken: set[int] = set()

    def read(self, document: pypdfium2.PdfDocument, index: int) -> None:
        """Read one page; count it if PDFium cannot load it."""
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            self.broken.add(index)
            self.sheets.append(None)
            self.pictures.append([])
            return
        sheet = sheet_of(page, self.annotations)
        self.sheets.append(sheet)
        self.pictures.append(self._pictures(page, sheet))
        page.close()

    def _pictures(self, page: pypdfium2.PdfPage, sheet: Sheet) -> list[Picture]:
        if not _has_text(sheet):
            return self.gallery.page_as_picture(page)
        return self.gallery.pictures_of(page) if sheet.drawings.pictures else []


def read_document(data: bytes) -> ParsedDocument:
    """Read a PDF document; raises `UnreadableDocumentError`."""
    document = _opened(data)
    pages = _Pages(Annotations(document))
    for index in range(len(document)):
        pages.read(document, index)
    if len(pages.broken) == len(pages.sheets):
        raise unreadable("corrupt_document", pages=len(pages.broken))
    blocks = with_title(with_outline(list(_blocks(pages)), outline_of(document)))
    return ParsedDocument(
        title=_title(document, [block for _, block in blocks]),
        blocks=[block for _, block in blocks],
        pages=[page for page, _ in blocks],
        images=pages.gallery.images,
        warnings=list(_warnings(pages)),
        attachments=pages.annotations.attachments,
    )


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise unreadable("encrypted" if locked else "corrupt_document") from error


def _blocks(pages: _Pages) -> Iterator[tuple[int, Block]]:
    """Yield every block with its page, which counts from 1."""
    running = running_lines(
        [sheet.words if sheet else [] for sheet in pages.sheets],
        [(sheet.box.bottom, sheet.box.top) if sheet else (0.0, 1.0) for sheet in pages.sheets],
    )
    laid_out = [
        _laid_out(sheet, running.words.get(index, set())) if sheet else []
        for index, sheet in enumerate(pages.sheets)
    ]
    lines = [line for page in laid_out for column, _ in page for line in column.lines()]
    sizes = Sizes(lines)
    passages = [
        passage
        for number, page in enumerate(laid_out, 1)
        for passage in _notes_last(
            [one for column, rules in page for one in passages_of(column, number, sizes, rules)]
        )
    ]
    passages = whole_tables(joined_over_ends(passages))
    known = vocabulary(line.text for line in lines)
    yield from ((1, note) for note in running.headers)
    yield from _with_pictures(passages, pages, known)
    yield from ((len(pages.sheets), note) for note in running.footers)


def _laid_out(sheet: Sheet, running: set[int]) -> list[tuple[Column, list[Rule]]]:
    """Return the columns of a page in reading order, those of turned text last."""
    body = [word for word in sheet.words if id(word) not in running]
    rules = merged(sheet.drawings.across, 1.5)
    columns = [(column, rules) for column in columns_of(body, sheet.drawings)]
    for words in sheet.turned:
        columns += [(column, []) for column in columns_of(words, Drawings([], [], [], []))]
    return columns


def _notes_last(passages: Sequence[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: passage.is_note)


def _with_pictures(
    passages: Sequence[Passage], pages: _Pages, known: Vocabulary
) -> Iterator[tuple[int, Block]]:
    """Yield the blocks of the passages, the pictures of a page after its text."""
    shown = 0
    notes = _Notes(pages)
    for passage in passages:
        yield from notes.before(passage)
        yield from (
            (page, picture)
            for page in range(shown + 1, passage.page)
            for picture in pages.pictures[page - 1]
        )
        shown = max(shown, passage.page - 1)
        yield from ((passage.page, block) for block in _of(passage, pages, known))
    yield from notes.rest()
    for page in range(shown + 1, len(pages.pictures) + 1):
        yield from ((page, picture) for picture in pages.pictures[page - 1])


class _Notes:
    """The remarks on the pages, each behind the last passage that begins above it."""

    def __init__(self, pages: _Pages) -> None:
        sheets = enumerate(pages.sheets, 1)
        found = [
            (page, -height, note)
            for page, sheet in sheets
            if sheet is not None
            for height, note in sheet.notes
        ]
        self._left = sorted(found, key=lambda each: each[:2], reverse=True)

    def before(self, passage: Passage) -> Iterator[tuple[int, Block]]:
        """Yield the remarks on earlier pages, and those above a passage."""
        top = passage.frame.box.top if passage.frame else passage.lines[0].top
        place = passage.page, -top
        while self._left and self._left[-1][:2] < place:
            page, _, note = self._left.pop()
            yield page, note

    def rest(self) -> Iterator[tuple[int, Block]]:
        """Yield the others."""
        while self._left:
            page, _, note = self._left.pop()
            yield page, note


def _of(passage: Passage, pages: _Pages, known: Vocabulary) -> list[Block]:
    if passage.frame is None:
        return [block_of(passage, known)]
    sheet = pages.sheets[passage.page - 1]
    surfaces = sheet.drawings.surfaces if sheet else []
    return blocks_of(grid_of(passage.frame, known, surfaces))


def _title(document: pypdfium2.PdfDocument, blocks: Sequence[Block]) -> str:
    """Return the first page's largest heading, else the title among the properties."""
    first = next((block for block in blocks[:3] if isinstance(block, Heading)), None)
    if first is not None and first.level == 1:
        return first.text
    properties = document.get_metadata_dict()
    return real_title(properties["Title"], (properties["Creator"], properties["Producer"]))


def _warnings(pages: _Pages) -> Iterator[str]:
    count = len(pages.sheets)
    sheets = [sheet for sheet in pages.sheets if sheet is not None]
    bare = [index for index, sheet in enumerate(pages.sheets) if sheet and not _has_text(sheet)]
    if bare:
        yield f"{len(bare)} of {count} pages contain no text; they may be scans{_numbers(bare)}."
    if pages.broken:
        damaged = f"{len(pages.broken)} of {count} pages are damaged and were not read"
        yield f"{damaged}{_numbers(sorted(pages.broken))}."
    if pages.gallery.skipped:
        yield f"Pictures not kept: {pages.gallery.skipped}."
    unread = Unread()
    hidden = sum(sheet.hidden for sheet in sheets)
    unread.add("word of hidden text", "words of hidden text", "left out", hidden)
    cut = sum(sheet.characters_left_out for sheet in sheets)
    unread.add("character of a crowded page", "characters of crowded pages", count=cut)
    yield from unread.warnings()
    yield from pages.annotations.unread.warnings()


def _has_text(sheet: Sheet) -> bool:
    return bool(sheet.words or sheet.turned)


def _numbers(indexes: Sequence[int]) -> str:
    """Return the numbers of pages in words, without those beyond the first twenty."""
    shown = ", ".join(str(index + 1) for index in indexes[:_NAMED])
    return f": page{'s' * (len(indexes) > 1)} {shown}{', …' * (len(indexes) > _NAMED)}"
