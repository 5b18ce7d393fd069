"""What is laid over a PDF document's pages: fields, links, remarks, and attached files."""

from __future__ import annotations

import ctypes
import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

import pypdfium2
from msgspec import Struct, field
from pypdfium2 import raw

from ragtenancy.adapters.formats.marks import Links
from ragtenancy.adapters.formats.pdf.drawings import Box as Rectangle
from ragtenancy.adapters.formats.pdf.drawings import turned_box
from ragtenancy.adapters.formats.pdf.fields import Field, Form, Placed, Value, beside, labelled
from ragtenancy.adapters.formats.pdf.native import string_of
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.parsed import Attachment, Note

_ANNOTATIONS_OF_A_PAGE = 5_000
_FILES = 100
_FILE_BYTES = 25 << 20
_FILES_BYTES = 100 << 20
_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_MARKUP = (
    raw.FPDF_ANNOT_HIGHLIGHT,
    raw.FPDF_ANNOT_UNDERLINE,
    raw.FPDF_ANNOT_SQUIGGLY,
    raw.FPDF_ANNOT_STRIKEOUT,
)
_IGNORED = (
    raw.FPDF_ANNOT_WIDGET,
    raw.FPDF_ANNOT_XFAWIDGET,
    raw.FPDF_ANNOT_POPUP,
    raw.FPDF_ANNOT_PRINTERMARK,
    raw.FPDF_ANNOT_TRAPNET,
)
_DRAWING = "drawing on a page", "drawings on pages"
_MEDIA = "sound, video or model", "sounds, videos or models"
_WITHOUT_WORDS: Mapping[int, tuple[str, str]] = {
    raw.FPDF_ANNOT_STAMP: ("stamp without text", "stamps without text"),
    raw.FPDF_ANNOT_INK: _DRAWING,
    raw.FPDF_ANNOT_LINE: _DRAWING,
    raw.FPDF_ANNOT_SQUARE: _DRAWING,
    raw.FPDF_ANNOT_CIRCLE: _DRAWING,
    raw.FPDF_ANNOT_POLYGON: _DRAWING,
    raw.FPDF_ANNOT_POLYLINE: _DRAWING,
    raw.FPDF_ANNOT_SOUND: _MEDIA,
    raw.FPDF_ANNOT_MOVIE: _MEDIA,
    raw.FPDF_ANNOT_SCREEN: _MEDIA,
    raw.FPDF_ANNOT_RICHMEDIA: _MEDIA,
    raw.FPDF_ANNOT_THREED: _MEDIA,
    raw.FPDF_ANNOT_WATERMARK: ("watermark", "watermarks"),
    raw.FPDF_ANNOT_REDACT: ("mark for redaction", "marks for redaction"),
}
_TAG = re.compile(r"<[^<>]*>")
_STANDARD_STAMP = re.compile(r"(?:SB|SH)?([A-Z][A-Za-z]+)\Z")
_RULE = re.compile(r"[_.\u2026\u2025\u00b7-]{3,}")
_ONE_LINE = 24.0
_LINE = 8.0
_QUADS = 200
_LONGEST_ADDRESS = 8_192
_ENDS_LABEL = (":", "_", "…", "..", "\uff1a")


class Box(Struct, frozen=True, kw_only=True):
    """A rectangle on a page, in points from the lower left corner."""

    left: float
    right: float
    bottom: float
    top: float

    def holds(self, item: Placed) -> bool:
        """Return whether the middle of a text lies inside."""
        across, up = (item.left + item.right) / 2, (item.bottom + item.top) / 2
        return self.left <= across <= self.right and self.bottom <= up <= self.top


class Link(Struct, frozen=True, kw_only=True):
    """Words that lead to an address outside the document."""

    target: str
    boxes: Sequence[Box]


class Remark(Struct, frozen=True, kw_only=True):
    """What a person wrote on a page; `boxes` hold the words that it is about."""

    text: str
    author: str
    place: Box
    boxes: Sequence[Box] = ()
    is_struck: bool = False


class Marks(Struct, kw_only=True):
    """What is laid over one page; `entries` are text boxes of one line, which may fill in a form."""

    fields: list[Field] = field(default_factory=list)
    entries: list[Field] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class Written(Struct, frozen=True, kw_only=True):
    """A page's words with values and addresses, and what stands apart from them.

    `apart` are values without a label, `notes` remarks with their height on the page.
    """

    texts: Sequence[str]
    apart: Sequence[Value] = ()
    notes: Sequence[tuple[float, Note]] = ()


class Annotations:
    """The annotations of a document, read page by page."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self.unread = Unread()
        self.attachments: list[Attachment] = []
        self._document = document
        self._form = Form(document, self.unread)
        self._links = Links()
        self._turn = 0
        for index in range(max(0, raw.FPDFDoc_GetAttachmentCount(document))):
            self._attach(raw.FPDFDoc_GetAttachment(document, index))

    def of(self, page: pypdfium2.PdfPage, turn: int) -> Marks:
        """Return what is laid over a page, in the frame of text turned by quarter turns."""
        self._turn = turn
        count = raw.FPDFPage_GetAnnotCount(page)
        marks = Marks()
        if count <= 0:
            return marks
        marks.fields = self._form.fields_of(page, turn)
        for index in range(min(count, _ANNOTATIONS_OF_A_PAGE)):
            annotation = raw.FPDFPage_GetAnnot(page, index)
            try:
                self._read(annotation, marks)
            finally:
                raw.FPDFPage_CloseAnnot(annotation)
        left_out = count - _ANNOTATIONS_OF_A_PAGE
        self.unread.add("annotation", "annotations", count=max(0, left_out))
        return marks

    def written(self, marks: Marks, words: Sequence[Placed]) -> Written:
        """Return the words of a page together with what is laid over it."""
        texts = [word.text for word in words]
        by_height = _ByHeight(words)
        notes = [(_height(each.place), _note(each, by_height)) for each in marks.remarks]
        for each in marks.fields:
            _clear_drawn(texts, by_height, each)
        for link in marks.links:
            self._show(link, by_height.inside(link.boxes), texts)
        apart: list[Value] = []
        for value in labelled([*marks.fields, *marks.entries], words):
            is_entry = any(value.field is entry for entry in marks.entries)
            if is_entry and (value.label is None or not _is_label(words[value.label])):
                notes.append((_height(value.field), Note(text=value.field.text, kind="comment")))
            elif value.label is None:
                apart.append(value)
            else:
                texts[value.label] = beside(texts[value.label], value)
        _clear(texts, words, [*marks.fields, *marks.entries])
        return Written(texts=texts, apart=apart, notes=[each for each in notes if each[1].text])

    def _show(self, link: Link, under: Sequence[int], texts: list[str]) -> None:
        if under:
            shown = " ".join(texts[index] for index in under)
            tight = shown if link.target not in shown.replace(" ", "") else link.target
            texts[under[-1]] += self._links.shown(tight, link.target)[len(tight) :]

    def _read(self, annotation: object, marks: Marks) -> None:
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if kind in _IGNORED:
            return
        text = _contents(annotation)
        if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
            self.unread.add("hidden annotation", "hidden annotations", "left out", bool(text))
        elif kind == raw.FPDF_ANNOT_LINK:
            marks.links += self._link(annotation)
        elif kind == raw.FPDF_ANNOT_FREETEXT:
            _read_text_box(text, _box(annotation, self._turn), marks)
        elif not raw.FPDFAnnot_HasKey(annotation, b"StateModel"):
            self._remark(annotation, kind, text, marks)

    def _remark(self, annotation: object, kind: int, text: str, marks: Marks) -> None:
        if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
            name = self._attach(raw.FPDFAnnot_GetFileAttachment(annotation))
            text = "" if text == name else text
        if kind == raw.FPDF_ANNOT_STAMP and not text:
            text = _stamp(annotation)
        is_struck = kind == raw.FPDF_ANNOT_STRIKEOUT
        if text or is_struck:
            marks.remarks.append(
                Remark(
                    text=text,
                    author=string_of(raw.FPDFAnnot_GetStringValue, annotation, b"T"),
                    place=_box(annotation, self._turn),
                    boxes=_boxes(annotation, self._turn) if kind in _MARKUP else (),
                    is_struck=is_struck,
                )
            )
        elif kind in _WITHOUT_WORDS:
            self.unread.add(*_WITHOUT_WORDS[kind])

    def _link(self, annotation: object) -> Iterator[Link]:
        link = raw.FPDFAnnot_GetLink(annotation)
        action = raw.FPDFLink_GetAction(link) if link else None
        if action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
            target = _address(self._document, action)
            if target:
                yield Link(target=target, boxes=_boxes(annotation, self._turn))

    def _attach(self, file: object) -> str:
        """Keep an attached file; return its name."""
        if not file:
            return ""
        name = string_of(raw.FPDFAttachment_GetName, file)
        data = self._bytes(file)
        if data is None:
            self.unread.add("attached file", "attached files")
        elif all((each.filename, each.data) != (name, data) for each in self.attachments):
            self.attachments.append(Attachment(filename=name, data=data))
        return name

    def _bytes(self, file: object) -> bytes | None:
        """Return an attached file's content, None if it is missing or exceeds the limits."""
        size = ctypes.c_ulong()
        if not raw.FPDFAttachment_GetFile(file, None, 0, size):
            return None
        kept = sum(len(each.data) for each in self.attachments)
        is_small = size.value <= _FILE_BYTES and kept + size.value <= _FILES_BYTES
        if not is_small or len(self.attachments) >= _FILES:
            return None
        buffer = ctypes.create_string_buffer(size.value)
        raw.FPDFAttachment_GetFile(file, buffer, size.value, size)
        return buffer.raw[: size.value]


def _height(place: Placed | Box) -> float:
    """Return the height of the text that a remark stands beside: the first lines of its box."""
    return max((place.bottom + place.top) / 2, place.top - _LINE)


def _clear(texts: list[str], words: Sequence[Placed], fields: Sequence[Field]) -> None:
    """Empty the dots and lines that are filled in."""
    rules = [index for index, word in enumerate(words) if _RULE.fullmatch(word.text)]
    for index in rules:
        filled = (field for field in fields if field.text)
        if any(_overlap(words[index], field) for field in filled):
            texts[index] = ""


def _clear_drawn(texts: list[str], words: _ByHeight, field: Field) -> None:
    """Empty the words of a value that is also drawn on the page."""
    box = Box(left=field.left, right=field.right, bottom=field.bottom, top=field.top)
    if field.text and words.text([box]) == field.text:
        for index in words.inside([box]):
            texts[index] = ""


def _overlap(word: Placed, place: Placed) -> bool:
    across = min(word.right, place.right) - max(word.left, place.left)
    return across > 0 and min(word.top, place.top) > max(word.bottom, place.bottom)


class _ByHeight:
    """The words of a page, ordered by their height to find those in a box."""

    def __init__(self, words: Sequence[Placed]) -> None:
        self._words = words
        middles = [(word.bottom + word.top) / 2 for word in words]
        self._order = sorted(range(len(words)), key=middles.__getitem__)
        self._heights = [middles[index] for index in self._order]

    def inside(self, boxes: Sequence[Box]) -> list[int]:
        """Return the indexes of the words in any of the boxes, in order."""
        found: set[int] = set()
        for box in boxes:
            first = bisect_left(self._heights, box.bottom)
            level = self._order[first : bisect_right(self._heights, box.top)]
            found.update(index for index in level if box.holds(self._words[index]))
        return sorted(found)

    def text(self, boxes: Sequence[Box]) -> str:
        """Return the words in any of the boxes."""
        return " ".join(self._words[index].text for index in self.inside(boxes))


def _note(remark: Remark, words: _ByHeight) -> Note:
    about = words.text(remark.boxes)
    said = "" if remark.text == about and not remark.is_struck else remark.text
    if about and (said or remark.is_struck):
        quoted = f"~~{about}~~" if remark.is_struck else f"“{about}”"
        said = f"{quoted}: {said}" if said and said != about else quoted
    return Note(
        text=f"{said} ({remark.author})" if said and remark.author else said, kind="comment"
    )


def _contents(annotation: object) -> str:
    text = string_of(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    if not text:
        rich = string_of(raw.FPDFAnnot_GetStringValue, annotation, b"RC")
        text = html.unescape(_TAG.sub(" ", rich))
    return " ".join(text.split())


def _stamp(annotation: object) -> str:
    """Return the words of a standard stamp (`/Approved`), else its subject."""
    name = _STANDARD_STAMP.match(string_of(raw.FPDFAnnot_GetStringValue, annotation, b"Name"))
    if name:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[1])
    return string_of(raw.FPDFAnnot_GetStringValue, annotation, b"Subj")


def _read_text_box(text: str, box: Box, marks: Marks) -> None:
    if box.top - box.bottom > _ONE_LINE:
        marks.remarks.append(Remark(text=text, author="", place=box))
        return
    places = {name: getattr(box, name) for name in ("left", "right", "bottom", "top")}
    marks.entries.append(Field(text=text, name="", **places))


def _is_label(word: Placed) -> bool:
    return word.text.endswith(_ENDS_LABEL)


def _address(document: pypdfium2.PdfDocument, action: object) -> str:
    size = raw.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= _LONGEST_ADDRESS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.raw[: size - 1].decode("utf-8", "replace").strip()


def _box(annotation: object, turn: int) -> Box:
    rectangle = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rectangle)
    return _seen((rectangle.left, rectangle.right), (rectangle.bottom, rectangle.top), turn)


def _boxes(annotation: object, turn: int) -> list[Box]:
    """Return the boxes of the words that an annotation marks, its own without any."""
    boxes = []
    for index in range(min(raw.FPDFAnnot_CountAttachmentPoints(annotation), _QUADS)):
        quad = raw.FS_QUADPOINTSF()
        if raw.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
            across, up = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            boxes.append(_seen(across, up, turn))
    return boxes or [_box(annotation, turn)]


def _seen(across: Sequence[float], up: Sequence[float], turn: int) -> Box:
    box = turned_box(Rectangle(min(across), min(up), max(across), max(up)), turn)
    return Box(left=box.left, right=box.right, bottom=box.bottom, top=box.top)
