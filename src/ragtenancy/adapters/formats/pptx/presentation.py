"""A whole presentation: its slides' shapes into blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from pptx.package import Package
from pptx.presentation import Presentation
from pptx.slide import Slide

from ragtenancy.adapters.formats.pptx.pictures import Gallery
from ragtenancy.adapters.formats.pptx.shapes import Shapes, title_of
from ragtenancy.domain.parsed import Block, Heading, Note, ParsedDocument
from ragtenancy.domain.visible_text import visible_text


def read_presentation(file: IO[bytes]) -> ParsedDocument:
    """Read a presentation that passed the scan."""
    presentation = Package.open(file).main_document_part.presentation
    shapes = Shapes(Gallery())
    pages: list[int] = []
    blocks: list[Block] = []
    for number, slide in enumerate(presentation.slides, 1):
        read = list(_blocks(slide, shapes))
        blocks += read
        pages += [number] * len(read)
    return ParsedDocument(
        title=_title(presentation, blocks),
        blocks=blocks,
        pages=pages,
        images=shapes.gallery.images,
        warnings=list(_warnings(shapes)),
    )


def _blocks(slide: Slide, shapes: Shapes) -> Iterator[Block]:
    title = title_of(slide)
    if title:
        yield Heading(text=title, level=1)
    yield from shapes.blocks_of(slide)
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        text = visible_text(frame.text) if frame is not None else ""
        if text:
            yield Note(text=text, kind="notes")


def _title(presentation: Presentation, blocks: list[Block]) -> str:
    """Return the first slide's title, else the one among the properties."""
    first = next((block.text for block in blocks[:1] if isinstance(block, Heading)), "")
    return first or visible_text(presentation.core_properties.title)


def _warnings(shapes: Shapes) -> Iterator[str]:
    if shapes.gallery.skipped:
        yield f"{shapes.gallery.skipped} pictures were not kept."
    if shapes.objects:
        yield f"{shapes.objects} embedded objects were not read."
