"""A whole PDF document: its pages' lines as blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

import pypdfium2
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.annotations import Annotations
from ragtenancy.adapters.formats.pdf.outline import outline_of, with_outline
from ragtenancy.adapters.formats.pdf.overlay import overlaid, with_notes
from ragtenancy.adapters.formats.pdf.paragraphs import Line, Sizes, blocks_of, lines_of
from ragtenancy.adapters.formats.pdf.pictures import Gallery
from ragtenancy.adapters.formats.pdf.titles import real_title, with_title
from ragtenancy.adapters.formats.pdf.wording import vocabulary
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Block, Heading, Note, ParsedDocument, Picture

_FEWEST_PAGES = 3
_LINES_AT_EDGE = 2
_NUMBERS = re.compile(r"\d+")

_SAME_HEIGHT = 6
_NAMED = 20

Pages = Sequence[Sequence[Line]]
_Pattern = tuple[str, int]


def without_edges(pages: Pages) -> tuple[list[list[Line]], list[Note], list[Note]]:
    """Return the pages without running headers and footers, and those without repeats."""
    headers = _repeated(pages, _at_top)
    footers = _repeated(pages, _at_bottom)
    kept = [list(_kept(page, headers, footers)) for page in pages]
    return kept, _notes(headers, "header"), _notes(footers, "footer")


def _repeated(pages: Pages, at_edge: Callable[[Sequence[Line]], list[Line]]) -> dict[_Pattern, str]:
    """Return the lines at one edge of most pages, ignoring numbers, with their first wording."""
    counts: Counter[_Pattern] = Counter()
    wordings: dict[_Pattern, str] = {}
    for page in pages:
        for line in {_pattern(line): line for line in at_edge(page)}.values():
            counts[_pattern(line)] += 1
            wordings.setdefault(_pattern(line), line.text)
    most = max(_FEWEST_PAGES, len(pages) // 2 + 1)
    return {pattern: wordings[pattern] for pattern, count in counts.items() if count >= most}


def _kept(
    page: Sequence[Line], headers: Container[_Pattern], footers: Container[_Pattern]
) -> Iterator[Line]:
    dropped = [line for line in _at_top(page) if _pattern(line) in headers]
    dropped += [line for line in _at_bottom(page) if _pattern(line) in footers]
    return (line for line in page if not any(line is other for other in dropped))


def _at_top(page: Sequence[Line]) -> list[Line]:
    return sorted(page, key=lambda line: -line.top)[:_LINES_AT_EDGE]


def _at_bottom(page: Sequence[Line]) -> list[Line]:
    return sorted(page, key=lambda line: line.bottom)[:_LINES_AT_EDGE]


def _pattern(line: Line) -> _Pattern:
    """Return a line's text without numbers, and its height on the page."""
    return _NUMBERS.sub("#", line.text), round(line.bottom / _SAME_HEIGHT)


def _notes(repeated: Mapping[_Pattern, str], kind: str) -> list[Note]:
    """Return the notes, omitting bare page numbers."""
    texts = (text for text in repeated.values() if any(map(str.isalpha, text)))
    return [Note(text=text, kind=kind) for text in texts]


class _Pages:
    """The lines, remarks and pictures of the pages so far; a broken page has none."""

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.lines: list[list[Line]] = []
        self.notes: list[Sequence[tuple[float, Note]]] = []
        self.pictures: list[list[Picture]] = []
        self.gallery = Gallery()
        self.broken: set[int] = set()

    def read(self, document: pypdfium2.PdfDocument, index: int) -> None:
        """Read one page; count it if PDFium cannot load it."""
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            self.broken.add(index)
            self.lines.append([])
            self.notes.append(())
            self.pictures.append([])
            return
        lines, notes = overlaid(page, lines_of(page), self.annotations)
        self.lines.append(lines)
        self.notes.append(notes)
        shown = self.gallery.pictures_of if lines else self.gallery.page_as_picture
        self.pictures.append(shown(page))
        page.close()


def read_document(data: bytes) -> ParsedDocument:
    """Read a PDF document; raises `UnreadableDocumentError`."""
    document = _opened(data)
    pages = _Pages(Annotations(document))
    for index in range(len(document)):
        pages.read(document, index)
    if len(pages.broken) == len(pages.lines):
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
    bodies, headers, footers = without_edges(pages.lines)
    sizes = Sizes(line for body in bodies for line in body)
    words = vocabulary(line.text for body in bodies for line in body)
    yield from ((1, note) for note in headers)
    shown = zip(bodies, pages.notes, pages.pictures, strict=True)
    for number, (body, notes, pictures) in enumerate(shown, 1):
        texts = with_notes(blocks_of(body, sizes, words), notes)
        yield from ((number, block) for block in (*texts, *pictures))
    yield from ((len(bodies), note) for note in footers)


def _title(document: pypdfium2.PdfDocument, blocks: Sequence[Block]) -> str:
    """Return the first page's largest heading, else the title among the properties."""
    first = next((block for block in blocks[:3] if isinstance(block, Heading)), None)
    if first is not None and first.level == 1:
        return first.text
    properties = document.get_metadata_dict()
    return real_title(properties["Title"], (properties["Creator"], properties["Producer"]))


def _warnings(pages: _Pages) -> Iterator[str]:
    count = len(pages.lines)
    bare = [index for index, lines in enumerate(pages.lines) if not lines]
    bare = [index for index in bare if index not in pages.broken]
    if bare:
        yield f"{len(bare)} of {count} pages contain no text; they may be scans{_numbers(bare)}."
    if pages.broken:
        damaged = f"{len(pages.broken)} of {count} pages are damaged and were not read"
        yield f"{damaged}{_numbers(sorted(pages.broken))}."
    if pages.gallery.skipped:
        yield f"Pictures not kept: {pages.gallery.skipped}."
    yield from pages.annotations.warnings()


def _numbers(indexes: Sequence[int]) -> str:
    """Return the numbers of pages in words, without those beyond the first twenty."""
    shown = ", ".join(str(index + 1) for index in indexes[:_NAMED])
    return f": page{'s' * (len(indexes) > 1)} {shown}{', …' * (len(indexes) > _NAMED)}"
