"""The walk over a document's body, in order, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from ragtenancy.adapters.formats.docx.equations import equation_text
from ragtenancy.adapters.formats.docx.flat import attachments, flat_text
from ragtenancy.adapters.formats.docx.inline import InlineContent, read_inline
from ragtenancy.adapters.formats.docx.list_counters import ListCounters
from ragtenancy.adapters.formats.docx.numbering import Numbering
from ragtenancy.adapters.formats.docx.pictures import Gallery
from ragtenancy.adapters.formats.docx.styles import (
    BODY_LEVEL,
    Look,
    StyleSheet,
    list_place,
    outline_heading,
)
from ragtenancy.adapters.formats.docx.tables import only_cell, read_table
from ragtenancy.adapters.formats.docx.wordml import (
    ALTERNATE_CONTENT,
    PARAGRAPH,
    TABLE,
    WRAPPERS,
    child_value,
    m,
    w,
)
from ragtenancy.domain.parsed import Block, Code, Heading, ListItem, Note, Paragraph
from ragtenancy.domain.visible_text import visible, visible_text

_LONGEST_HEADING = 300
_NOT_NOTES = ("separator", "continuationSeparator", "continuationNotice")


@dataclass
class Reading:
    """What all parts of one document share while it is read."""

    styles: StyleSheet
    numbering: Numbering
    gallery: Gallery
    notes: dict[tuple[str, str], etree._Element]
    counters: ListCounters = field(default_factory=ListCounters)
    hidden_runs: int = 0
    foreign_parts: int = 0


class BlockReader:
    """Reads one story (the body, a cell, a note) into blocks."""

    def __init__(self, reading: Reading, *, illustrated: bool = True) -> None:
        self._reading = reading
        self._illustrated = illustrated
        self._carried: list[str] = []
        self.blocks: list[Block] = []

    def read(self, container: etree._Element) -> None:
        """Append what stands in a container."""
        for child in container:
            reader = _READERS.get(str(child.tag))
            if reader is not None:
                reader(self, child)

    def paragraph(self, paragraph: etree._Element) -> None:
        """Read a paragraph; some run on into the next."""
        properties = paragraph.find(w("pPr"))
        style_id = child_value(properties, "pStyle")
        look = self._reading.styles.paragraph(style_id)
        found = read_inline(paragraph, self._reading.styles, look)
        self._reading.hidden_runs += found.hidden_runs
        self._carried += found.parts
        if not _runs_on(properties):
            marker = self._marker(properties, style_id, look)
            self._add(marker, _heading_level(properties, look), code=look.code)
        self._attach(found)

    def finish(self) -> list[Block]:
        """Return the blocks, with what the last paragraph of a story still carries."""
        self._add(None, None, code=False)
        return self.blocks

    def table(self, table: etree._Element) -> None:
        """Read a table; a frame around text is read as that text."""
        cell = only_cell(table)
        if cell is not None:
            self.read(cell)
            return
        attached: list[Block] = []

        def read_cell(cell: etree._Element) -> str:
            blocks = self._inner(cell)
            attached.extend(attachments(blocks))
            return flat_text(blocks)

        block = read_table(table, read_cell)
        self.blocks += [block, *attached] if block else attached

    def alternate(self, element: etree._Element) -> None:
        """Read the first branch that gives anything."""
        before = len(self.blocks)
        for branch in element:
            self.read(branch)
            if len(self.blocks) > before:
                return

    def equation(self, element: etree._Element) -> None:
        """Read an equation that stands between paragraphs."""
        if text := visible_text(equation_text(element)):
            self.blocks.append(Paragraph(text=text))

    def foreign(self, _element: etree._Element) -> None:
        """Count a document of another format that was put in; it is not read."""
        self._reading.foreign_parts += 1

    def _marker(
        self, properties: etree._Element | None, style_id: str | None, look: Look
    ) -> tuple[str, int] | None:
        """Return what stands before a paragraph of a list and the depth, None outside lists."""
        own = list_place(properties)
        number_id = own.number_id or look.place.number_id
        definition = self._reading.numbering.definition(number_id)
        if definition is None:
            return None
        level = own.level
        if level is None:
            level = definition.level_of_style(style_id)
        if level is None:
            level = look.place.level or 0
        return self._reading.counters.next_marker(definition, level), level

    def _add(self, marker: tuple[str, int] | None, heading: int | None, *, code: bool) -> None:
        raw, self._carried = visible("".join(self._carried)), []
        text = raw.strip()
        if not text:
            return
        if heading is not None and len(text) <= _LONGEST_HEADING:
            numbered = f"{marker[0]} {text}" if marker else text
            self.blocks.append(Heading(text=numbered.strip(), level=heading))
        elif marker is not None:
            self.blocks.append(ListItem(text=text, marker=marker[0], depth=marker[1]))
        else:
            self.blocks.append(Code(text=raw.rstrip()) if code else Paragraph(text=text))

    def _attach(self, found: InlineContent) -> None:
        if self._illustrated:
            self.blocks += map(self._reading.gallery.picture, found.pictures)
        for box in found.boxes:
            self.blocks += self._inner(box)
        for kind, note_id in found.notes:
            note = self._reading.notes.pop((kind, note_id), None)
            text = "" if note is None else read_text(note, self._reading)
            self.blocks += [Note(text=text, kind=kind)] if text else []

    def _inner(self, container: etree._Element) -> list[Block]:
        return read_blocks(container, self._reading, illustrated=self._illustrated)


def read_blocks(
    container: etree._Element, reading: Reading, *, illustrated: bool = True
) -> list[Block]:
    """Return the blocks of a story of its own; pictures only where it is illustrated."""
    reader = BlockReader(reading, illustrated=illustrated)
    reader.read(container)
    return reader.finish()


def read_text(container: etree._Element, reading: Reading) -> str:
    """Return the text of a note, a header or a footer."""
    return flat_text(read_blocks(container, reading, illustrated=False))


def notes_of(root: etree._Element | None, kind: str) -> dict[tuple[str, str], etree._Element]:
    """Return the footnotes or endnotes of a part by kind and id."""
    found = () if root is None else root.iterchildren(w(kind))
    return {
        (kind, note.get(w("id"), "")): note
        for note in found
        if note.get(w("type")) not in _NOT_NOTES
    }


def _heading_level(properties: etree._Element | None, look: Look) -> int | None:
    outline = outline_heading(properties)
    if outline is None:
        return look.heading
    return outline if outline <= BODY_LEVEL else None


def _runs_on(properties: etree._Element | None) -> bool:
    """Whether the next paragraph continues this one: its mark was deleted, or it is a drop cap."""
    if properties is None:
        return False
    frame, mark = properties.find(w("framePr")), properties.find(w("rPr"))
    if frame is not None and frame.get(w("dropCap"), "none") != "none":
        return True
    return mark is not None and any(mark.find(w(name)) is not None for name in ("del", "moveFrom"))


_READERS: Mapping[str, Callable[[BlockReader, etree._Element], None]] = {
    PARAGRAPH: BlockReader.paragraph,
    TABLE: BlockReader.table,
    ALTERNATE_CONTENT: BlockReader.alternate,
    m("oMathPara"): BlockReader.equation,
    m("oMath"): BlockReader.equation,
    w("altChunk"): BlockReader.foreign,
    **dict.fromkeys(WRAPPERS, BlockReader.read),
}
