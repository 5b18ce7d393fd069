"""A whole document of rich text: groups, their states and what they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import structs

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.docx.pictures import Gallery
from ragtenancy.adapters.formats.embedded import object_data
from ragtenancy.adapters.formats.limits import IMAGE_BYTES
from ragtenancy.adapters.formats.marks import Links, comment_note, scripted, struck
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.rtf.control_words import (
    CHARACTERS,
    HEADS,
    NOTES,
    PASSED_OVER,
    READ_DESTINATIONS,
    SWITCHES,
    SYMBOLS,
)
from ragtenancy.adapters.formats.rtf.fields import Field
from ragtenancy.adapters.formats.rtf.fonts import Fonts
from ragtenancy.adapters.formats.rtf.state import Layout, State, Style
from ragtenancy.adapters.formats.rtf.tables import CellDefinition, CellText, Row, grid_of
from ragtenancy.adapters.formats.rtf.tokens import Token, tokens
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.bold_headings import Emphases, Emphasis, with_bold_headings
from ragtenancy.domain.contents import with_contents_marked
from ragtenancy.domain.grids import blocks_of
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
)
from ragtenancy.domain.visible_text import visible_text

_DEPTH = 1_000
_CELLS = 50_000
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_DATA = ("pict", "objdata")
_DESTINATIONS = (
    *("fonttbl", "stylesheet", "title", "fldinst", "formfield", "ffl"),
    *("atnauthor", "listtext", "pntext", "sp", "sn", "sv"),
)
_WORDS = re.compile(r"[^\W\d_]{2,}")


def read_document(data: bytes) -> ParsedDocument:
    """Read a document; raises `UnreadableDocumentError`."""
    return _Document().read(data)


class _Document:
    def __init__(self) -> None:
        self._fonts = Fonts()
        self._styles: dict[int, Style] = {}
        self._state = State()
        self._stack: list[State] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._layout = Layout()
        self._marker = ""
        self._look: Emphasis | None = None
        self._emphases = Emphases()
        self._blocks: list[Block] = []
        self._rows: list[Row] = []
        self._row = Row()
        self._next = CellDefinition()
        self._cell: list[str] = []
        self._cells = 0
        self._after: list[Block] = []
        self._heads: dict[str, Block] = {}
        self._author = ""
        self._title = ""
        self._fields: list[Field] = []
        self._data = bytearray()
        self._property = ""
        self._pictures: dict[str, bytes] = {}
        self._gallery = Gallery(self._pictures.get)
        self._links = Links()
        self._unread = Unread()
        self._words: Mapping[str, Callable[[int | None], None]] = self._handlers()

    def read(self, data: bytes) -> ParsedDocument:
        for token in tokens(data):
            self._take(token)
        self._flush()
        self._paragraph()
        self._end_table()
        blocks = with_contents_marked(with_bold_headings(self._blocks, self._emphases))
        self._unread.add_contents(blocks)
        return ParsedDocument(
            title=self._title,
            blocks=[*blocks, *self._heads.values()],
            images=self._gallery.images,
            attachments=self._unread.attachments,
            warnings=[*self._gallery.warnings(), *self._unread.warnings()],
        )

    # -- tokens

    def _take(self, token: Token) -> None:
        if token.kind == "text":
            self._text(token.data)
        elif token.kind == "hex":
            if self._to_skip:
                self._to_skip -= 1
            else:
                self._bytes += token.data
        elif token.kind == "word":
            self._word(token.text, token.number)
        elif token.kind == "symbol":
            self._symbol(token.text)
        elif token.kind == "open":
            self._open()
        else:
            self._close()

    def _text(self, data: bytes) -> None:
        if self._state.destination in _DATA:
            self._data += data if len(self._data) < 2 * IMAGE_BYTES else b""
            return
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        self._bytes += data

    def _open(self) -> None:
        self._flush()
        self._to_skip = 0
        if len(self._stack) >= _DEPTH:
            raise unreadable("too_deep", limit=_DEPTH)
        self._stack.append(self._state)
        self._state = structs.replace(self._state, starred=False)

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        if not self._stack:
            return
        ended, self._state = self._state, self._stack.pop()
        if ended.destination == "stylesheet":
            self._name_style(visible_text(_whole(ended.sink)).rstrip(";"))
            ended.sink.clear()
        elif ended.sink is not self._state.sink or ended.destination != self._state.destination:
            self._end(ended)
        self._end_fields()

    def _symbol(self, text: str) -> None:
        if text == "*":
            self._state.starred = True
        elif text in ("\n", "\r"):
            self._word("par", None)
        elif text in SYMBOLS and not self._skips_one():
            self._put(SYMBOLS[text])

    def _skips_one(self) -> bool:
        if self._to_skip:
            self._to_skip -= 1
            return True
        return False

    def _word(self, word: str, number: int | None) -> None:
        if word == "u":
            self._unicode(number or 0)
            return
        self._to_skip = 0 if word != "uc" else self._to_skip
        if (self._state.starred and word not in READ_DESTINATIONS) or word in PASSED_OVER:
            self._flush()
            self._state.destination = "nothing"
            self._state.starred = False
        elif word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif word in self._words:
            self._flush()
            self._words[word](number)
        self._state.starred = False

    def _unicode(self, number: int) -> None:
        self._put(self._shown(chr(number & 0xFFFF)))
        self._to_skip = self._state.skipped

    # -- text

    def _put(self, text: str) -> None:
        self._flush()
        self._add(text)

    def _flush(self) -> None:
        """Decode the bytes seen so far by the present font's code page."""
        if self._bytes:
            text = self._fonts.decoded(bytes(self._bytes), self._state.font)
            self._bytes.clear()
            self._add(self._shown(text))

    def _shown(self, text: str) -> str:
        """Return text as the present font shows it; names of fonts are plain."""
        is_name = self._state.destination == "fonttbl"
        return text if is_name else self._fonts.shown(text, self._state.font)

    def _add(self, text: str) -> None:
        state = self._state
        if state.destination == "fonttbl":
            self._fonts.add_name(state.font, text)
        if state.destination in ("nothing", *_DATA) or state.deleted or not text:
            return
        if state.hidden and state.destination == "body":
            if text.strip():
                self._unread.add("hidden text", "hidden texts", "left out")
            return
        if state.alignment:
            text = scripted(text, state.alignment, "".join(state.sink[-1:]))
        if state.destination == "body" and text.strip():
            look = self._look or Emphasis(state.bold, state.size)
            self._look = look.joined(bold=state.bold)
        state.sink.append(struck(text) if state.struck else text)

    # -- words

    def _handlers(self) -> Mapping[str, Callable[[int | None], None]]:
        return {
            **{word: self._switch(name) for word, name in SWITCHES.items()},
            "super": lambda n: self._align("superscript" if n != 0 else ""),
            "sub": lambda n: self._align("subscript" if n != 0 else ""),
            "nosupersub": lambda _: self._align(""),
            "up": lambda n: self._align("superscript" if n != 0 else ""),
            "dn": lambda n: self._align("subscript" if n != 0 else ""),
            "fs": lambda n: setattr(self._state, "size", n or 24),
            "plain": lambda _: self._plain(),
            "f": self._font,
            "fcharset": self._charset,
            "ansicpg": lambda n: self._fonts.set_page(n or 1252),
            "mac": lambda _: self._fonts.set_page(10000),
            "pc": lambda _: self._fonts.set_page(437),
            "pca": lambda _: self._fonts.set_page(850),
            "uc": lambda n: setattr(self._state, "skipped", 1 if n is None else max(0, n)),
            "par": lambda _: self._paragraph(),
            "sect": lambda _: self._paragraph(),
            "page": lambda _: self._paragraph(),
            "pard": lambda _: self._reset(),
            "outlinelevel": self._outline,
            "s": self._style,
            "intbl": lambda _: setattr(self._layout, "in_table", True),
            "itap": lambda n: setattr(self._layout, "nesting", n or 0),
            "ilvl": lambda n: setattr(self._layout, "list_level", min(n or 0, 20)),
            "cell": lambda _: self._end_cell(),
            "row": lambda _: self._end_row(),
            "nestcell": lambda _: self._put(" | "),
            "nestrow": lambda _: self._put("\n"),
            "trowd": lambda _: self._begin_row(),
            "trhdr": lambda _: setattr(self._row, "is_header", True),
            "clvmrg": lambda _: setattr(self._next, "above", True),
            "clmrg": lambda _: setattr(self._next, "left", True),
            "clcbpat": lambda _: setattr(self._next, "shaded", True),
            "cellx": self._edge,
            **{word: self._destination(word) for word in (*NOTES, *_DATA, *_DESTINATIONS)},
            "field": lambda _: self._begin_field(),
            "fldrslt": lambda _: self._begin_result(),
            "fftype": lambda n: self._form_field("kind", n),
            "ffres": lambda n: self._form_field("result", n),
            "ffdefres": lambda n: self._form_field("default", n),
        }

    def _switch(self, name: str) -> Callable[[int | None], None]:
        def switched(number: int | None) -> None:
            setattr(self._state, name, number != 0)

        return switched

    def _align(self, alignment: str) -> None:
        self._state.alignment = alignment

    def _plain(self) -> None:
        kept = self._state
        self._state = State(
            destination=kept.destination, sink=kept.sink, font=kept.font, skipped=kept.skipped
        )

    def _font(self, number: int | None) -> None:
        self._state.font = number or 0

    def _charset(self, number: int | None) -> None:
        if self._state.destination == "fonttbl":
            self._fonts.set_charset(self._state.font, number or 0)

    def _outline(self, number: int | None) -> None:
        level = None if number is None or not 0 <= number < 9 else number + 1
        if self._state.destination == "stylesheet":
            self._styles[self._layout.style] = Style(level=level)
        else:
            self._layout.level = level

    def _style(self, number: int | None) -> None:
        self._layout.style = number or 0

    def _reset(self) -> None:
        self._layout = Layout()

    def _destination(self, word: str) -> Callable[[int | None], None]:
        def begin(_number: int | None) -> None:
            if self._state.destination != "nothing":
                self._state.destination = word
                self._state.sink = []
                self._data.clear()

        return begin

    # -- ends of groups

    def _end(self, ended: State) -> None:
        text = visible_text(_whole(ended.sink))
        kind = ended.destination
        if kind == "fldinst" and self._fields:
            self._fields[-1].instruction = text
        elif kind == "ffl" and self._fields:
            self._fields[-1].choices.append(text)
        elif kind == "sn":
            self._property = text
        elif kind == "sv":
            self._end_property(text)
        elif kind == "objdata":
            self._end_object()
        elif kind in ("listtext", "pntext"):
            self._marker = " ".join(text.split())
        elif kind == "atnauthor":
            self._author = text
        elif kind == "title":
            self._title = self._title or text
        elif kind == "pict":
            self._end_picture()
        elif kind in NOTES and text:
            self._end_note(NOTES[kind], text)

    def _name_style(self, name: str) -> None:
        found = _HEADING.search(name)
        number = self._layout.style
        if found:
            self._styles[number] = Style(level=int(found[1]))
        elif name.strip().lower() == "title":
            self._styles[number] = Style(level=0)
        self._layout = Layout()

    def _end_note(self, kind: str, text: str) -> None:
        if kind == "comment":
            self._after.append(comment_note(text, self._author))
        elif kind == "footnote":
            self._after.append(Note(text=text, kind=kind))
        elif _WORDS.search(text):
            self._heads.setdefault(text, Note(text=text, kind=kind))

    def _end_property(self, value: str) -> None:
        """Read text that is drawn as art: in a header it is a watermark."""
        if self._property != "gtextUNICODE" or not value:
            return
        if any(state.destination in HEADS for state in self._stack):
            self._heads.setdefault(value, Note(text=f"Watermark: {value}", kind="watermark"))
        else:
            self._after.append(Paragraph(text=value))

    def _end_object(self) -> None:
        found = object_data(self._octets())
        if found is None:
            self._unread.add("embedded object", "embedded objects")
        else:
            self._unread.embed(*found)

    def _octets(self) -> bytes:
        """Return the data that were written as hexadecimal digits."""
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", bytes(self._data))
        self._data.clear()
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())

    def _end_picture(self) -> None:
        key = str(len(self._pictures))
        self._pictures[key] = self._octets()
        self._after.append(
            self._gallery.picture(PictureReference(relationship_id=key, alternative_text=""))
        )

    def _begin_field(self) -> None:
        self._fields.append(Field(depth=len(self._stack), start=len(self._state.sink)))

    def _form_field(self, name: str, number: int | None) -> None:
        if self._fields:
            setattr(self._fields[-1], name, number or 0)

    def _begin_result(self) -> None:
        """Pass over the result of a table of contents."""
        if self._fields and self._fields[-1].is_contents:
            self._unread.add("table of contents", "tables of contents", "left out")
            self._state.destination, self._state.sink = "nothing", []

    def _end_fields(self) -> None:
        """Write what form fields show, and the targets of links after their words."""
        while self._fields and self._fields[-1].depth > len(self._stack):
            ended = self._fields.pop()
            result = _whole(self._state.sink[ended.start :])
            if ended.value and not result.strip():
                self._add(ended.value)
            elif ended.target and ended.start <= len(self._state.sink):
                self._state.sink[ended.start :] = [self._links.shown(result, ended.target)]

    # -- paragraphs

    def _paragraph(self) -> None:
        if self._state.destination in NOTES:
            self._state.sink.append("\n")
            return
        if self._state.destination != "body":
            return
        self._close_fields()
        if self._layout.in_table:
            self._state.sink.append("\n")
            return
        text = visible_text(_whole(self._state.sink))
        self._state.sink.clear()
        look, self._look = self._look, None
        if text or self._after:
            self._end_table()
        found = list(self._block(text))
        if found and not isinstance(found[0], Heading):
            length = len(text) if isinstance(found[0], Paragraph) else 0
            self._emphases.note(len(self._blocks), look, length)
        self._blocks += found
        self._marker = ""
        self._blocks += self._after
        self._after = []

    def _close_fields(self) -> None:
        """Let links that go on in the next paragraph begin again there."""
        for each in self._fields:
            each.start = 0

    def _block(self, text: str) -> Iterator[Block]:
        if not text:
            return
        style = self._styles.get(self._layout.style, Style())
        level = style.level if self._layout.level is None else self._layout.level
        if level is not None:
            marker = f"{self._marker} " if self._marker else ""
            yield Heading(text=marker + text, level=level)
        elif self._marker:
            yield ListItem(text=text, marker=self._marker, depth=self._layout.list_level)
        else:
            yield Paragraph(text=text)

    # -- tables

    def _begin_row(self) -> None:
        self._row.definitions = []
        self._row.is_header = False
        self._next = CellDefinition()

    def _edge(self, number: int | None) -> None:
        self._next.edge = number or 0
        if len(self._row.definitions) < 1_000:
            self._row.definitions.append(self._next)
        self._next = CellDefinition()

    def _end_cell(self) -> None:
        if self._state.destination != "body":
            return
        self._cells += 1
        if self._cells > _CELLS:
            raise unreadable("too_many_cells", limit=_CELLS)
        text = visible_text(_whole(self._state.sink))
        if self._marker:
            text, self._marker = f"{self._marker} {text}", ""
        bold = self._look is not None and self._look.bold
        self._row.cells.append(CellText(text=text, bold=bold))
        self._state.sink.clear()
        self._look = None

    def _end_row(self) -> None:
        if self._row.cells:
            self._rows.append(self._row)
        self._row = Row(definitions=self._row.definitions, is_header=False)

    def _end_table(self) -> None:
        if self._row.cells:
            self._end_row()
        rows, self._rows = self._rows, []
        if rows:
            self._blocks += blocks_of(grid_of(rows))


def _whole(pieces: list[str]) -> str:
    """Return the text of runs: surrogates joined, neighbouring marks of struck text as well."""
    text = "".join(pieces).replace("~~~~", "")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
