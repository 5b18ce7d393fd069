"""The text of an OpenDocument file: paragraphs, lists, tables, notes and what is drawn."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree
from msgspec import structs

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.docx.pictures import Gallery
from ragtenancy.adapters.formats.marks import Links, comment_note, scripted, struck
from ragtenancy.adapters.formats.odf.forms import (
    EXTENSION,
    FIELD,
    control_text,
    field_value,
    ticked,
)
from ragtenancy.adapters.formats.odf.styles import (
    DRAW,
    HREF,
    OFFICE,
    SVG,
    TABLE,
    TEXT,
    ListLevel,
    Look,
    Styles,
    counted,
    number,
)
from ragtenancy.adapters.formats.packages import Members
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.symbol_fonts import in_font
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.bold_headings import Emphasis
from ragtenancy.domain.grids import Cell, Grid, blocks_of
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
)
from ragtenancy.domain.visible_text import visible_text

CELLS = 50_000
OBJECT = "object"
GROUPS = (f"{DRAW}g", f"{DRAW}a")
_SPAN = 512
_INDEXES = tuple(
    f"{TEXT}{kind}"
    for kind in ("table-of-content", "illustration-index", "table-index", "alphabetical-index")
)
_LEFT_OUT = (
    f"{TEXT}tracked-changes",
    f"{TEXT}hidden-text",
    f"{TEXT}hidden-paragraph",
    f"{TEXT}placeholder",
    f"{TEXT}script",
    f"{TEXT}sequence-decls",
    f"{OFFICE}forms",
)


_INLINE = "\0"  # begins no name of a member


class Flow:
    """Reads elements of one file into blocks."""

    def __init__(self, container: Members, styles: Styles, unread: Unread) -> None:
        self.styles = styles
        self.unread = unread
        self.links = Links()
        self._embedded: dict[str, bytes] = {}
        self.gallery = Gallery(self._picture_data)
        self._container = container
        self.controls: Mapping[str, etree._Element] = {}
        self._cells = 0
        self._counts: dict[str, list[int]] = {}
        self._pending: list[Block] = []
        self._type = Look()
        self._emphasis: Emphasis | None = None
        self._looks: dict[int, tuple[Block, Emphasis]] = {}

    def emphasis(self, block: Block) -> Emphasis | None:
        """Return the weight and size of the type of a paragraph or an item that was yielded."""
        found = self._looks.get(id(block))
        return None if found is None else found[1]

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        """Yield the blocks of an element's children."""
        for element in parent:
            yield from self._block(element)

    def _block(self, element: etree._Element) -> Iterator[Block]:
        tag = element.tag
        if tag in (f"{TEXT}p", f"{TEXT}h"):
            yield from self._paragraph(element)
        elif tag == f"{TEXT}list":
            yield from self._list(element, 0, element.get(f"{TEXT}style-name", ""))
        elif tag == f"{TABLE}table":
            yield from self.table(element)
        elif tag == f"{TEXT}section":
            yield from self._section(element)
        elif str(tag).startswith(DRAW):
            yield from self.drawn(element)
        elif tag in _INDEXES:
            self.unread.add("table of contents", "tables of contents", "left out")
        elif tag not in _LEFT_OUT and len(element):
            yield from self.blocks(element)

    def _section(self, element: etree._Element) -> Iterator[Block]:
        if element.get(f"{TEXT}display", "true") != "true":
            self.unread.add("hidden section", "hidden sections", "left out")
            return
        yield from self.blocks(element)

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        text = self.text(element)
        look = self.styles.look("paragraph", element.get(f"{TEXT}style-name"))
        if text and look.hidden:
            self.unread.add("hidden paragraph", "hidden paragraphs", "left out")
        elif text and (element.tag == f"{TEXT}h" or look.is_title):
            level = 0 if look.is_title else number(element, f"{TEXT}outline-level", 1)
            yield Heading(text=text, level=level)
        elif text:
            yield self._noted(Paragraph(text=text), look)
        yield from self.pending()

    def _noted(self, block: Block, look: Look) -> Block:
        """Return a block, whose type is noted if its style may stand for a heading."""
        if look.may_head and self._emphasis is not None:
            self._looks[id(block)] = (block, self._emphasis)
        return block

    def pending(self) -> Iterator[Block]:
        """Yield the notes, pictures and boxes that were anchored in text since the last call."""
        blocks, self._pending = self._pending, []
        yield from blocks

    def text(self, element: etree._Element) -> str:
        """Return the visible text of a paragraph; what is anchored in it becomes pending."""
        pieces: list[str] = []
        before = self._type, self._emphasis
        if element.tag in (f"{TEXT}p", f"{TEXT}h"):
            self._type = self.styles.look("paragraph", element.get(f"{TEXT}style-name"))
            self._emphasis = None
        self._inline(element, pieces)
        self._type = before[0]
        return visible_text("".join(pieces))

    def _inline(self, element: etree._Element, pieces: list[str]) -> None:
        pieces.append(self._shown(element.text))
        for child in element:
            if isinstance(child.tag, str):
                self._piece(child, pieces)
            pieces.append(self._shown(child.tail))

    def _shown(self, text: str | None) -> str:
        """Return text in the present type, whose weight and size are noted."""
        shown = _collapsed(text)
        if not shown or shown == " ":
            return shown
        look = self._emphasis or self._type.emphasis
        self._emphasis = look.joined(bold=bool(self._type.bold))
        return in_font(shown, self._type.symbol_font) if self._type.symbol_font else shown

    def _piece(self, child: etree._Element, pieces: list[str]) -> None:
        tag = child.tag
        if tag == f"{TEXT}s":
            pieces.append(" " * min(number(child, f"{TEXT}c", 1), 100))
        elif tag == f"{TEXT}tab":
            pieces.append("\t")
        elif tag == f"{TEXT}line-break":
            pieces.append("\n")
        elif tag == f"{TEXT}span":
            pieces.append(self._span(child, "".join(pieces[-2:])))
        elif tag == f"{TEXT}a":
            pieces.append(self.links.shown(self.text(child), child.get(HREF, "")))
        elif tag == f"{TEXT}ruby":
            pieces.append(self._ruby(child))
        elif tag == f"{TEXT}note":
            pieces.append(self._note(child))
        elif tag == f"{OFFICE}annotation":
            self._comment(child)
        elif tag == f"{OFFICE}annotation-end":
            pass
        elif tag == f"{FIELD}fieldmark":
            pieces.append(field_value(child))
        elif tag == f"{EXTENSION}content-control":
            self._content_control(child, pieces)
        elif str(tag).startswith(DRAW):
            # What is drawn has paragraphs of its own, which take what is pending so far.
            drawn = list(self.drawn(child))
            self._pending += drawn
        elif tag in _LEFT_OUT:
            self._leave_out(child)
        else:
            self._inline(child, pieces)

    def _leave_out(self, element: etree._Element) -> None:
        if element.tag == f"{TEXT}hidden-text":
            self.unread.add("hidden text", "hidden texts", "left out")

    def _span(self, element: etree._Element, before: str) -> str:
        pieces: list[str] = []
        look, outer = self.styles.look("text", element.get(f"{TEXT}style-name")), self._type
        self._type = look.within(outer)
        self._inline(element, pieces)
        self._type = outer
        text = "".join(pieces)
        if look.hidden:
            if text.strip():
                self.unread.add("hidden text", "hidden texts", "left out")
            return ""
        text = scripted(text, look.alignment, before) if look.alignment else text
        return struck(text) if look.struck else text

    def _content_control(self, element: etree._Element, pieces: list[str]) -> None:
        if element.get(f"{EXTENSION}showing-place-holder") == "true":
            self.unread.add("prompt of an empty field", "prompts of empty fields", "left out")
        elif element.get(f"{EXTENSION}checkbox") == "true":
            pieces.append(ticked(is_on=element.get(f"{EXTENSION}checked") == "true"))
        else:
            self._inline(element, pieces)

    def _ruby(self, element: etree._Element) -> str:
        base, above = (
            "".join("".join(map(str, part.itertext())) for part in element.iterchildren(name))
            for name in (f"{TEXT}ruby-base", f"{TEXT}ruby-text")
        )
        return f"{base} ({above.strip()})" if above.strip() else base

    def _note(self, element: etree._Element) -> str:
        kind = element.get(f"{TEXT}note-class", "footnote")
        citation = "".join(map(_plain, element.iterchildren(f"{TEXT}note-citation")))
        for body in element.iterchildren(f"{TEXT}note-body"):
            held, self._pending = self._pending, []
            text = "\n".join(_texts_of(self.blocks(body)))
            self._pending = [*held, *self._pending]
            if text:
                self._pending.append(Note(text=text, kind=kind))
        return f"[{citation}]" if citation else ""

    def _comment(self, element: etree._Element) -> None:
        author, text = self.annotation(element)
        if text:
            self._pending.append(comment_note(text, author))

    def annotation(self, element: etree._Element) -> tuple[str, str]:
        """Return the author and the text of a comment."""
        author = element.findtext("{http://purl.org/dc/elements/1.1/}creator") or ""
        lines = [self.text(each) for each in element.iter(f"{TEXT}p")]
        return visible_text(author), " ".join(" ".join(lines).split())

    # -- lists

    def _list(self, element: etree._Element, depth: int, style: str) -> Iterator[Block]:
        style = element.get(f"{TEXT}style-name", style)
        levels = self.styles.levels(style)
        counts = self._continued(element, style, depth, levels)
        for item in element:
            if item.tag == f"{TEXT}list-item":
                start = number(item, f"{TEXT}start-value", 0)
                counts[depth] = start or counts[depth] + 1
                yield from self._item(item, depth, style, _marker(counts, levels, depth))
            elif item.tag == f"{TEXT}list-header":
                yield from self._item(item, depth, style, "")

    def _continued(
        self, element: etree._Element, style: str, depth: int, levels: Mapping[int, ListLevel]
    ) -> list[int]:
        """Return the counts of a list's levels; a list that goes on keeps those of its style."""
        start = levels.get(depth + 1, ListLevel()).start - 1
        continues = element.get(f"{TEXT}continue-numbering") == "true"
        continues = continues or element.get(f"{TEXT}continue-list") is not None
        counts = self._counts.setdefault(style, [])
        del counts[depth + 1 :]
        while len(counts) <= depth:
            counts.append(start)
        if not continues:
            counts[depth] = start
        return counts

    def _item(self, item: etree._Element, depth: int, style: str, marker: str) -> Iterator[Block]:
        for child in item:
            if child.tag == f"{TEXT}list":
                if depth < _SPAN:
                    yield from self._list(child, depth + 1, style)
            elif child.tag == f"{TEXT}h":
                yield from self._paragraph(child)
            elif child.tag == f"{TEXT}p":
                text = self.text(child)
                if text:
                    look = self.styles.look("paragraph", child.get(f"{TEXT}style-name"))
                    yield self._noted(ListItem(text=text, marker=marker, depth=depth), look)
                yield from self.pending()
                marker = ""
            else:
                yield from self._block(child)

    # -- tables

    def table(self, element: etree._Element) -> Iterator[Block]:
        """Yield the blocks of a table; those of nested tables follow it."""
        cells, after = [], []
        row = 0
        caption = element.get(f"{TABLE}title", "")
        for line, is_header in _rows(element):
            column = 0
            for cell in line:
                if cell.tag == f"{TABLE}covered-table-cell":
                    column += min(number(cell, f"{TABLE}number-columns-repeated", 1), _SPAN)
                elif cell.tag == f"{TABLE}table-cell":
                    blocks = list(self.blocks(cell))
                    text = "\n".join(_texts_of(blocks))
                    after += [
                        b for b in blocks if not isinstance(b, (Paragraph, Heading, ListItem))
                    ]
                    look = self.styles.look("table-cell", cell.get(f"{TABLE}style-name"))
                    times = min(number(cell, f"{TABLE}number-columns-repeated", 1), _SPAN)
                    for _ in range(times if text else 0):
                        self._count_cell()
                        cells.append(
                            Cell(
                                row=row,
                                column=column,
                                text=text,
                                down=_span_of(cell, "rows"),
                                across=_span_of(cell, "columns"),
                                is_header=is_header,
                                is_bold=self._is_bold(cell),
                                is_shaded=look.shaded,
                            )
                        )
                        column += 1
                    column += 0 if text else times
            row += min(number(line, f"{TABLE}number-rows-repeated", 1), _SPAN)
        yield from blocks_of(Grid(cells=cells, caption=caption, is_table=True))
        yield from after

    def _count_cell(self) -> None:
        self._cells += 1
        if self._cells > CELLS:
            raise unreadable("too_many_cells", limit=CELLS)

    def _is_bold(self, cell: etree._Element) -> bool:
        """Return whether all text of a cell is bold, by paragraph or by span."""
        paragraphs = [p for p in cell.iter(f"{TEXT}p", f"{TEXT}h") if _plain(p)]
        return bool(paragraphs) and all(map(self._is_bold_paragraph, paragraphs))

    def _is_bold_paragraph(self, paragraph: etree._Element) -> bool:
        if self.styles.look("paragraph", paragraph.get(f"{TEXT}style-name")).bold:
            return True
        spans = list(paragraph.iterchildren(f"{TEXT}span"))
        outside = (paragraph.text or "") + "".join(span.tail or "" for span in paragraph)
        looks = (self.styles.look("text", s.get(f"{TEXT}style-name")) for s in spans)
        return bool(spans) and not outside.strip() and all(look.bold for look in looks)

    # -- drawings

    def drawn(self, element: etree._Element) -> Iterator[Block]:
        """Yield the text, pictures and tables of a frame, a shape or a group."""
        tag = element.tag
        if tag == f"{DRAW}control":
            yield from self._control(element.get(f"{DRAW}control", ""))
        elif tag == f"{DRAW}frame":
            yield from self._frame(element)
        elif tag in GROUPS:
            inner = (child for child in element if str(child.tag).startswith(DRAW))
            yield from self.linked(element, [b for child in inner for b in self.drawn(child)])
        else:
            yield from self.blocks(element)

    def linked(self, element: etree._Element, blocks: Sequence[Block]) -> Sequence[Block]:
        """Return the blocks of what is drawn; after the last text of a link comes its target."""
        last = blocks[-1] if blocks else None
        if element.tag != f"{DRAW}a" or not isinstance(last, (Paragraph, ListItem)):
            return blocks
        text = self.links.shown(last.text, element.get(HREF, ""))
        return [*blocks[:-1], structs.replace(last, text=text)]

    def _frame(self, frame: etree._Element) -> Iterator[Block]:
        words = [frame.findtext(f"{SVG}{name}") or "" for name in ("title", "desc")]
        described = visible_text(" ".join(dict.fromkeys(filter(None, words))))
        kinds = ("text-box", "object", "object-ole", "image", "plugin")
        tags = (f"{TABLE}table", *(f"{DRAW}{kind}" for kind in kinds))
        content = next(frame.iterchildren(*tags), None)
        if content is None:
            return
        if content.tag == f"{DRAW}text-box":
            yield from self.blocks(content)
        elif content.tag == f"{TABLE}table":
            yield from self.table(content)
        elif content.tag == f"{DRAW}plugin":
            self.unread.add("audio or video clip", "audio or video clips")
            yield from [Paragraph(text=described)] if described else []
        elif content.tag == f"{DRAW}image":
            yield self._picture(content, described)
        else:
            yield from [Paragraph(text=described)] if described else []
            yield Note(text=content.get(HREF, "").removeprefix("./"), kind=OBJECT)

    def _picture(self, image: etree._Element, described: str) -> Block:
        target = image.get(HREF, "")
        name = "" if ":" in target.partition("/")[0] else target.removeprefix("./")
        inline = image.findtext(f"{OFFICE}binary-data")
        if inline is not None:
            name = f"{_INLINE}{len(self._embedded)}"
            self._embedded[name] = _decoded(inline)
        return self.gallery.picture(
            PictureReference(relationship_id=name, alternative_text=described)
        )

    def _picture_data(self, name: str) -> bytes | None:
        if name in self._embedded:
            return self._embedded[name]
        return self._container.read(name) if name in self._container else None

    def _control(self, name: str) -> Iterator[Block]:
        control = self.controls.get(name)
        text = "" if control is None else visible_text(control_text(control))
        if text:
            yield Paragraph(text=text)


def _marker(counts: Sequence[int], levels: Mapping[int, ListLevel], depth: int) -> str:
    level = levels.get(depth + 1, ListLevel(bullet="•"))
    if level.bullet or not level.form:
        return "•" if level.bullet else ""
    first = max(0, depth + 1 - level.levels)
    shown = [
        counted(counts[each], levels.get(each + 1, level).form) for each in range(first, depth + 1)
    ]
    return f"{level.prefix}{'.'.join(filter(None, shown))}{level.suffix}"


def _rows(
    table: etree._Element, *, is_header: bool = False
) -> Iterator[tuple[etree._Element, bool]]:
    """Yield a table's rows, and whether they are repeated on each page."""
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child, is_header
        elif child.tag == f"{TABLE}table-header-rows":
            yield from _rows(child, is_header=True)
        elif child.tag in (f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _rows(child, is_header=is_header)


def _span_of(cell: etree._Element, axis: str) -> int:
    return max(1, min(number(cell, f"{TABLE}number-{axis}-spanned", 1), _SPAN))


def _texts_of(blocks: Iterator[Block] | Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, ListItem):
            yield f"{block.marker} {block.text}".strip()
        elif isinstance(block, (Paragraph, Heading)):
            yield block.text


def _collapsed(text: str | None) -> str:
    """Return text with white space as the format defines it: any run is one space."""
    if not text:
        return ""
    joined = " ".join(text.split())
    before = " " if text[0].isspace() and text[0] != "\u00a0" else ""
    after = " " if text[-1].isspace() and joined and text[-1] != "\u00a0" else ""
    return f"{before}{joined}{after}"


def _plain(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _decoded(base64: str) -> bytes:
    """Return what a flat file holds in place of a member; nothing if it is damaged."""
    try:
        return binascii.a2b_base64(base64)
    except binascii.Error:
        return b""
