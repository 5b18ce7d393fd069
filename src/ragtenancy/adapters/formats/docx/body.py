"""Block reader: one pass over a document's body, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from msgspec import structs

from ragtenancy.adapters.formats.docx.equations import equation_text
from ragtenancy.adapters.formats.docx.fast_path import not_plain, plain_paragraph, plain_rows
from ragtenancy.adapters.formats.docx.fields import is_contents_control, without_prompts
from ragtenancy.adapters.formats.docx.inline import InlineContent, InlineState, read_inline
from ragtenancy.adapters.formats.docx.numbering import ListCounters, Numbering
from ragtenancy.adapters.formats.docx.package import Package, Story
from ragtenancy.adapters.formats.docx.pictures import Gallery, graphic_blocks
from ragtenancy.adapters.formats.docx.styles import (
    Look,
    StyleSheet,
    heading_level,
    is_deleted,
    is_drop_cap,
    list_place,
    spaced,
)
from ragtenancy.adapters.formats.docx.tables import TableReader
from ragtenancy.adapters.formats.docx.xml import (
    ALTERNATE_CONTENT,
    PARAGRAPH,
    RELATIONSHIPS,
    TABLE,
    WRAPPERS,
    ScannedXml,
    child_value,
    m,
    w,
)
from ragtenancy.adapters.formats.marks import comment_note
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.bold_headings import Emphases, Emphasis
from ragtenancy.domain.captions import is_of_figure
from ragtenancy.domain.contents import CONTENTS
from ragtenancy.domain.grids import Grid, blocks_of
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Picture,
    Table,
)
from ragtenancy.domain.tables import table_lines
from ragtenancy.domain.visible_text import visible, visible_text


def flat_text(blocks: Iterable[Block]) -> str:
    """Return the text of blocks in order, one line each; pictures and notes have none."""
    return "\n".join(text for text in map(_text, blocks) if text)


def attachments(blocks: Iterable[Block]) -> Sequence[Block]:
    """Return the pictures and notes among blocks."""
    return [block for block in blocks if isinstance(block, Picture | Note)]


def _text(block: Block) -> str:
    if isinstance(block, Table):
        caption = [block.caption] if block.caption else []
        return "\n".join([*caption, *table_lines(block)])
    if isinstance(block, ListItem):
        return f"{block.marker} {block.text}".strip()
    return "" if isinstance(block, Picture | Note) else block.text


_NOT_NOTES = ("separator", "continuationSeparator", "continuationNotice")


Notes = dict[tuple[str, str], tuple[etree._Element, Mapping[str, str]]]


@dataclass
class Reading:
    """The definitions read before the body, and the data collected beside its blocks.

    `linked` gives the part of a relationship, `insert` reads an inserted file, `graphics` are
    those already read, `sections` hold the references to headers and footers. `closer` are the
    current elements that are more than plain text.
    """

    scan: ScannedXml
    styles: StyleSheet
    numbering: Numbering
    gallery: Gallery
    notes: Notes
    comments: Notes
    linked: Callable[[str], Story | None]
    insert: Callable[[str], ParsedDocument | None]
    inline: InlineState
    counters: ListCounters = field(default_factory=ListCounters)
    closer: set[etree._Element] = field(default_factory=set)
    graphics: set[str] = field(default_factory=set)
    sections: list[etree._Element] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    warnings: list[str] = field(default_factory=list)
    has_title: bool = False


def reading_of(package: Package, insert: Callable[[str], ParsedDocument | None]) -> Reading:
    """Return a new reading of a package."""
    styles = StyleSheet(package.part("styles"))
    return Reading(
        scan=package.xml,
        styles=styles,
        numbering=Numbering(package.part("numbering"), styles),
        gallery=Gallery(package.image),
        notes=_notes(package, "footnote") | _notes(package, "endnote"),
        comments=_notes(package, "comment"),
        linked=package.linked,
        insert=insert,
        inline=InlineState(styles=styles, targets=package.targets),
    )


def _notes(package: Package, kind: str) -> Notes:
    """Return the footnotes, endnotes or comments by kind and id, with the targets of their links."""
    story = package.story(f"{kind}s")
    if story is None:
        return {}
    return {
        (kind, note.get(w("id"), "")): (note, story.targets)
        for note in story.root.iterchildren(w(kind))
        if note.get(w("type")) not in _NOT_NOTES
    }


_LONGEST_HEADING = 300
_LONGEST_ENTRY = 200
_FEWEST_CELLS = 2
_PROPERTIES = w("pPr")


class BlockReader:
    """Reads one story (the body, a cell, a note) into blocks."""

    def __init__(self, reading: Reading, *, illustrated: bool = True) -> None:
        self._reading = reading
        self._illustrated = illustrated
        self._carried = ""
        self._contents_controls = 0
        self._caption_at = -1
        self.blocks: list[Block] = []
        self.emphases = Emphases()

    def read(self, container: Iterable[etree._Element]) -> None:
        """Append the content of a container."""
        for child in container:
            reader = _READERS.get(child.tag)
            if reader is not None:
                reader(self, child)

    def read_body(self, batches: Iterable[list[etree._Element]]) -> None:
        """Append the content of a document's body as it streams, keeping no references to it."""
        for batch in batches:
            body = batch[0].getparent() if batch else None
            self._reading.closer = set() if body is None else not_plain(body)
            batch.reverse()
            while batch:
                self._child_of_body(batch.pop())
            self._reading.closer = set()

    def _child_of_body(self, child: etree._Element) -> None:
        if child.tag != PARAGRAPH or not self._plain(child):
            self._reading.scan.check_depth(child)
            _leave_out_prompts(child, self._reading.unread)
            self.read((child,))

    def paragraph(self, paragraph: etree._Element) -> None:
        """Read a paragraph; some continue into the next."""
        if self._plain(paragraph):
            return
        properties = paragraph.find(_PROPERTIES)
        style_id = child_value(properties, "pStyle")
        look = self._reading.styles.paragraph(style_id)
        found = read_inline(paragraph, self._reading.inline, look)
        _count(found, self._reading.unread)
        text, self._carried = self._carried + found.text, ""
        if is_deleted(properties):
            self._carried = spaced(text)
        elif is_drop_cap(properties):
            self._carried = text
        elif self._is_contents(found, look, text):
            self._add_contents(text)
        else:
            marker = self._marker(properties, style_id, look)
            heading = heading_level(properties, look, text, listed=marker is not None)
            emphasis = found.emphasis if look.may_head else None
            self._add(text, marker, heading, look, emphasis)
        self._attach(found)
        self.section(paragraph if properties is None else properties)

    def finish(self) -> list[Block]:
        """Return the blocks, including the pending last paragraph of a story."""
        self._add(self._carried, None, None, Look())
        self._caption_table_above()
        self._carried = ""
        return self.blocks

    def table(self, table: etree._Element) -> None:
        """Read a table; of one that only places its cells, their blocks."""
        reader = TableReader(self._reading.styles, self._reading.scan)
        rows = self._plain_rows(table)
        if rows is not None:
            self._add_table(reader.plain_grid(table, rows))
            return
        cells = reader.laid_out(table)
        if cells:
            for cell in cells:
                self.read(cell)
            return
        attached: list[Block] = []

        def read_cell(cell: etree._Element) -> str:
            blocks = self._inner(cell)
            attached.extend(attachments(blocks))
            return flat_text(blocks)

        self._add_table(reader.grid(table, read_cell))
        self.blocks += attached

    def _add_table(self, grid: Grid) -> None:
        """Add a table's blocks, its caption above it taken out of the text."""
        above = self.blocks[-1] if self.blocks else None
        if isinstance(above, Paragraph) and self._caption_at == len(self.blocks) - 1:
            self.blocks.pop()
            self.emphases.forget(len(self.blocks))
            grid = structs.replace(grid, caption=above.text)
        self.blocks += blocks_of(grid)

    def _caption_table_above(self) -> None:
        """Give a caption that stands below a table, and above none, to that table."""
        *_, table, caption = [None, None, *self.blocks[-2:]]
        if not isinstance(caption, Paragraph) or self._caption_at != len(self.blocks) - 1:
            return
        if isinstance(table, Table) and not table.caption and not is_of_figure(caption.text):
            self.blocks[-2:] = [structs.replace(table, caption=caption.text)]

    def alternate(self, element: etree._Element) -> None:
        """Read the first branch with content."""
        before = len(self.blocks)
        for branch in element:
            self.read(branch)
            if len(self.blocks) > before:
                return

    def equation(self, element: etree._Element) -> None:
        """Read an equation between paragraphs."""
        if text := visible_text(equation_text(element)):
            self.blocks.append(Paragraph(text=text))

    def control(self, element: etree._Element) -> None:
        """Read a content control; one may hold a table of contents."""
        is_contents = is_contents_control(element)
        self._contents_controls += is_contents
        self.read(element)
        self._contents_controls -= is_contents

    def inserted(self, element: etree._Element) -> None:
        """Read a file that a program inserted."""
        document = self._reading.insert(element.get(_RELATIONSHIP_ID, ""))
        if document is None:
            one, many = "inserted document", "inserted documents"
            self._reading.unread.add(f"{one} in another format", f"{many} in other formats")
            return
        pictures = self._reading.gallery.adopted(document.images)
        self.blocks += [_moved(block, pictures) for block in document.blocks]
        self._reading.warnings += document.warnings
        self._reading.unread.attachments += document.attachments

    def section(self, holder: etree._Element) -> None:
        """Note the headers and footers that a section refers to."""
        for properties in holder.iter(w("sectPr")):
            self._reading.sections.append(properties)

    def _plain(self, paragraph: etree._Element) -> bool:
        """Add a text-only paragraph; return whether it was one."""
        is_open = self._carried or self._reading.inline.fields or self._contents_controls
        if is_open or paragraph in self._reading.closer:
            return False
        found = plain_paragraph(paragraph)
        if found is None:
            return False
        style_id, text = found
        look = self._reading.styles.paragraph(style_id)
        if look.is_plain:
            emphasis = look.emphasis if look.may_head else None
            self._add(text, None, look.heading, look, emphasis)
        return look.is_plain

    def _is_contents(self, found: InlineContent, look: Look, text: str) -> bool:
        """Whether a paragraph is a line of a table of contents; a heading ends an open one."""
        if look.heading is not None and not look.contents and not self._contents_controls:
            inline = self._reading.inline
            inline.fields = [each for each in inline.fields if not each.is_contents]
            return False
        is_marked = found.in_contents or look.contents or self._contents_controls > 0
        return is_marked and len(text) <= _LONGEST_ENTRY

    def _add_contents(self, raw: str) -> None:
        text = visible_text(raw)
        before = self.blocks[-1] if self.blocks else None
        if isinstance(before, Note) and before.kind == CONTENTS and text:
            self.blocks[-1] = Note(text=f"{before.text}\n{text}", kind=CONTENTS)
        elif text:
            self.blocks.append(Note(text=text, kind=CONTENTS))

    def _plain_rows(self, table: etree._Element) -> Sequence[Sequence[str]] | None:
        """Return the rows of a text-only table, None for any other."""
        if table in self._reading.closer:
            return None
        rows = plain_rows(table, self._reading.styles.is_plain)
        if rows is None or sum(map(len, rows)) < _FEWEST_CELLS or not any(map(any, rows)):
            return None
        for row in rows:
            self._reading.scan.add_cells(len(row))
        return rows

    def _marker(
        self, properties: etree._Element | None, style_id: str | None, look: Look
    ) -> tuple[str, int] | None:
        """Return the marker and depth of a list paragraph, None outside lists."""
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

    def _add(
        self,
        raw: str,
        marker: tuple[str, int] | None,
        heading: int | None,
        look: Look,
        emphasis: Emphasis | None = None,
    ) -> None:
        raw = visible(raw)
        text = raw.strip()
        if not text:
            return
        self._caption_table_above()
        self._caption_at = len(self.blocks) if look.caption else -1
        if heading is not None and len(text) <= _LONGEST_HEADING:
            numbered = f"{marker[0]} {text}" if marker else text
            level = self._below_title(heading)
            self.blocks.append(Heading(text=numbered.strip(), level=level))
        elif marker is not None:
            self.emphases.note(len(self.blocks), emphasis, 0)
            self.blocks.append(ListItem(text=text, marker=marker[0], depth=marker[1]))
        elif look.code:
            self.blocks.append(Code(text=raw.rstrip()))
        else:
            self.emphases.note(len(self.blocks), emphasis, len(text))
            self.blocks.append(Paragraph(text=text))

    def _below_title(self, level: int) -> int:
        """Return a heading's level; a document has one title, further ones are sections."""
        if level == 0 and self._reading.has_title:
            return 1
        self._reading.has_title = self._reading.has_title or level == 0
        return level

    def _attach(self, found: InlineContent) -> None:
        if self._illustrated:
            self.blocks += map(self._reading.gallery.picture, found.pictures)
        self.blocks += [
            Paragraph(text=text) for each in found.drawn if (text := visible_text(each))
        ]
        for graphic in found.graphics:
            story = None if graphic in self._reading.graphics else self._reading.linked(graphic)
            self._reading.graphics.add(graphic)
            self.blocks += [] if story is None else graphic_blocks(story.root)
        for box in found.boxes:
            self.blocks += self._inner(box)
        for kind, note_id in found.notes:
            note = self._reading.notes.pop((kind, note_id), None)
            text = "" if note is None else read_text(note[0], self._reading, note[1])
            self.blocks += [Note(text=text, kind=kind)] if text else []
        for comment_id in found.comments:
            self._add_comment(self._reading.comments.pop(("comment", comment_id), None))

    def _add_comment(self, comment: tuple[etree._Element, Mapping[str, str]] | None) -> None:
        text = "" if comment is None else read_text(comment[0], self._reading, comment[1])
        if comment is not None and text:
            self.blocks.append(comment_note(text, visible_text(comment[0].get(w("author"), ""))))

    def _inner(self, container: etree._Element) -> list[Block]:
        return read_blocks(container, self._reading, illustrated=self._illustrated)


def read_blocks(
    container: etree._Element, reading: Reading, *, illustrated: bool = True
) -> list[Block]:
    """Return the blocks of a separate story, with pictures only if it is illustrated."""
    reader = BlockReader(reading, illustrated=illustrated)
    reader.read(container)
    return reader.finish()


def read_text(
    container: etree._Element, reading: Reading, targets: Mapping[str, str] | None = None
) -> str:
    """Return the text of a note, a comment, a header or a footer."""
    reading.closer |= not_plain(container)
    _leave_out_prompts(container, reading.unread)
    inline = reading.inline
    before = (inline.targets, inline.fields)
    inline.targets, inline.fields = targets or {}, []
    text = flat_text(read_blocks(container, reading, illustrated=False))
    inline.targets, inline.fields = before
    return text


def _leave_out_prompts(container: etree._Element, unread: Unread) -> None:
    prompts = without_prompts(container)
    unread.add("prompt of an empty field", "prompts of empty fields", "left out", prompts)


def _count(found: InlineContent, unread: Unread) -> None:
    """Count what a paragraph holds and is not read."""
    hidden, faint = found.hidden_runs, found.faint_runs
    unread.add("passage of hidden text", "passages of hidden text", "left out", hidden)
    one, many = "passage in white or 1-point type", "passages in white or 1-point type"
    unread.add(one, many, "left out as hidden", faint)
    unread.add("ActiveX control", "ActiveX controls", count=found.controls)
    unread.add("chart of a newer kind", "charts of a newer kind", count=found.newer_charts)


def _moved(block: Block, pictures: Sequence[int]) -> Block:
    """Return a block of an inserted document, its picture by its new place."""
    if not isinstance(block, Picture) or not 0 <= block.index < len(pictures):
        return block
    return structs.replace(block, index=pictures[block.index])


_RELATIONSHIP_ID = f"{{{RELATIONSHIPS}}}id"
_READERS: Mapping[str, Callable[[BlockReader, etree._Element], None]] = {
    PARAGRAPH: BlockReader.paragraph,
    TABLE: BlockReader.table,
    ALTERNATE_CONTENT: BlockReader.alternate,
    m("oMathPara"): BlockReader.equation,
    m("oMath"): BlockReader.equation,
    w("altChunk"): BlockReader.inserted,
    w("sectPr"): BlockReader.section,
    **dict.fromkeys(WRAPPERS, BlockReader.read),
    w("sdt"): BlockReader.control,
}
