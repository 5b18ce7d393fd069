"""A parser's output: blocks in document order, independent of the format."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Heading(Struct, frozen=True, kw_only=True, tag="heading"):
    """A heading; level 0 is the document's title, 1 the highest section."""

    text: str
    level: int


class Paragraph(Struct, frozen=True, kw_only=True, tag="paragraph"):
    """A run of prose."""

    text: str


class ListItem(Struct, frozen=True, kw_only=True, tag="list_item"):
    """One item of a list; `marker` is the text shown before it (`1.`, `b)`, `•`)."""

    text: str
    marker: str = ""
    depth: int = 0


class Span(Struct, frozen=True, kw_only=True):
    """A merged cell of a table: its place, and the rows and columns for which its text holds."""

    row: int
    column: int
    down: int = 1
    across: int = 1


class Table(Struct, frozen=True, kw_only=True, tag="table"):
    """A table as rows of cell texts, all of one width.

    The first `header_rows` name the columns. Without them, the first `header_columns` may name the
    values to their right, as in a form. `section_rows` are the indexes of rows whose first cell names the
    group of rows below it. A merged cell's text is in the first place that it covers, the others are
    empty; `spans` say for which of them it holds. `caption` holds for all rows: a title, a legend
    or a unit.
    """

    rows: Sequence[Sequence[str]]
    header_rows: int = 0
    header_columns: int = 0
    section_rows: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    caption: str = ""


class Code(Struct, frozen=True, kw_only=True, tag="code"):
    """Preformatted text, cut only between lines."""

    text: str
    language: str = ""


class Picture(Struct, frozen=True, kw_only=True, tag="picture"):
    """A picture at its place; `index` points into `ParsedDocument.images`, -1 if not kept."""

    index: int
    alternative_text: str = ""


class Note(Struct, frozen=True, kw_only=True, tag="note"):
    """Text beside the main text, at its place: a footnote, endnote, header, footer or comment.

    Other kinds are `notes` (a slide's), `watermark`, and `contents`: a table of contents, which is
    kept out of chunks.
    """

    text: str
    kind: str = "footnote"


Block = Heading | Paragraph | ListItem | Table | Code | Picture | Note


class Image(Struct, frozen=True, kw_only=True):
    """The bytes of an embedded picture."""

    media_type: str
    data: bytes


class Attachment(Struct, frozen=True, kw_only=True):
    """A file inside a file (a mail's attachment, an embedded workbook), not read itself.

    `charset` is what the containing file says of a text's encoding, "" if nothing.
    """

    filename: str
    data: bytes
    charset: str = ""


class ParsedDocument(Struct, frozen=True, kw_only=True):
    """A parsed file: title, blocks in order, pictures, and warnings about skipped content."""

    title: str = ""
    blocks: Sequence[Block]
    images: Sequence[Image] = ()
    warnings: Sequence[str] = ()
    pages: Sequence[int | None] = ()
    attachments: Sequence[Attachment] = ()

    def page_of(self, block_index: int) -> int | None:
        """The page on which a block begins, if the format has pages."""
        return self.pages[block_index] if block_index < len(self.pages) else None
