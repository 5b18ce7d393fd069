"""Tables of contents: lines that name headings and their pages, of no use as answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragtenancy.domain.parsed import Block, Heading, ListItem, Note, Paragraph, Table

CONTENTS = "contents"

# A title, a leader of dots, tabs or spaces, and a page number.
_ENTRY = re.compile(
    r"(?P<title>\S.{0,180}?)(?:\s*[.…·․_-]{3,}\s*|\s*(?:[.…·․] ){2,}[.…·․]?\s*|\t+\s*| {3,})"  # noqa: RUF001
    r"(?P<page>[0-9]{1,4}|[ivxlcdm]{1,7})\Z"
)
_PAGES = frozenset((
    *("page", "pages", "page no.", "seite", "seiten", "página", "pagina", "pág.", "p.", "strona"),
    *("sida", "side", "sivu", "stránka", "oldal", "страница", "стр.", "页", "页码", "頁", "ページ"),
))  # fmt: skip
_PAGE = re.compile(r"(?:[0-9]{1,4}|[ivxlcdm]{1,7})\Z")
_NUMBER = re.compile(r"\A(?:[0-9]+(?:\.[0-9]+)*\.?|[A-Z]\.|[IVX]+\.|§\s*[0-9]+)\s+")
_TITLES = frozenset(
    (
        "contents",
        "table of contents",
        "list of figures",
        "list of tables",
        "index",
        "inhalt",
        "inhaltsverzeichnis",
        "inhaltsübersicht",
        "abbildungsverzeichnis",
        "tabellenverzeichnis",
        "stichwortverzeichnis",
        "sommaire",
        "table des matières",
        "liste des figures",
        "liste des tableaux",
        "índice",
        "indice",
        "contenido",
        "contenidos",
        "tabla de contenido",
        "tabla de contenidos",
        "índice de figuras",
        "sumário",
        "conteúdo",
        "sommario",
        "indice delle figure",
        "inhoud",
        "inhoudsopgave",
        "spis treści",
        "spis rysunków",
        "spis tabel",
        "obsah",
        "tartalom",
        "tartalomjegyzék",
        "cuprins",
        "innehåll",
        "innehållsförteckning",
        "indhold",
        "indholdsfortegnelse",
        "innhold",
        "innholdsfortegnelse",
        "sisällys",
        "sisällysluettelo",
        "i̇çindekiler",
        "içindekiler",
        "содержание",
        "оглавление",
        "зміст",
        "περιεχόμενα",
        "目录",
        "目錄",
        "目次",
        "차례",
        "목차",
        "المحتويات",
        "جدول المحتويات",
        "תוכן עניינים",
        "สารบัญ",
        "mục lục",
    )
)
_PAGE_ENDS = frozenset("0123456789ivxlcdm")
_FEWEST = 3
_LONGEST_LINE = 220
_FOUND_AGAIN, _FOUND_AGAIN_TITLED = 0.6, 0.3
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1_000}

Entry = tuple[str, int]


def with_contents_marked(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with typed tables of contents as notes of the kind `contents`.

    Three or more lines that end in page numbers in ascending order are one if most of their titles
    stand in the document again; below a title such as "Contents" fewer are enough. A table is one
    only below such a title or if it has a column of pages.
    """
    known: frozenset[str] | None = None
    found: list[Block] = []
    at = 0
    while at < len(blocks):
        count, entries = _entries_from(blocks, at)
        if len(entries) >= _FEWEST and _ascends([page for _, page in entries]):
            known = _lines(blocks) if known is None else known
            is_titled = _is_titled(found)
            wanted = _FOUND_AGAIN_TITLED if is_titled else _FOUND_AGAIN
            may_be = is_titled or not _is_bare_table(blocks[at])
            if may_be and _share_found(entries, known) >= wanted:
                lines = [*_taken_title(found), *map(_text, blocks[at : at + count])]
                found.append(Note(text="\n".join(lines), kind=CONTENTS))
                at += count
                continue
        found += blocks[at : at + max(count, 1)]
        at += max(count, 1)
    return found


def _entries_from(blocks: Sequence[Block], at: int) -> tuple[int, list[Entry]]:
    """Return how many blocks from a place on are entries, and these."""
    found: list[Entry] = []
    count = 0
    for index in range(at, len(blocks)):
        entries = _entries_of(blocks[index])
        if not entries:
            break
        found += entries
        count += 1
    return count, found


def _entries_of(block: Block) -> list[Entry]:
    """Return the lines of a block as entries, none if one of them is not."""
    if isinstance(block, Table):
        return _rows_of(block)
    if not isinstance(block, Paragraph | ListItem):
        return []
    if block.text[-1:] not in _PAGE_ENDS:
        return []
    found = []
    for line in block.text.splitlines():
        entry = _ENTRY.match(line.strip()) if len(line) <= _LONGEST_LINE else None
        if entry is None:
            return []
        found.append((entry["title"], _page(entry["page"])))
    return found


def _rows_of(table: Table) -> list[Entry]:
    """Return the rows of a table whose last column holds pages, below names of the columns."""
    rows = [[cell.strip() for cell in row if cell.strip()] for row in table.rows]
    paged = [row for row in rows if len(row) > 1 and _PAGE.match(row[-1])]
    is_contents = len(paged) >= max(_FEWEST, len(rows) - 1) and paged == rows[-len(paged) :]
    return [(" ".join(row[:-1]), _page(row[-1])) for row in paged] if is_contents else []


def _is_bare_table(block: Block) -> bool:
    """Whether a block is a table in which nothing says that its numbers are pages."""
    if not isinstance(block, Table):
        return False
    heads = [cell.strip().casefold() for cell in block.rows[0]]
    return not any(head in _PAGES for head in heads)


def _text(block: Block) -> str:
    if isinstance(block, Table):
        return "\n".join("\t".join(filter(None, row)) for row in block.rows)
    if isinstance(block, ListItem):
        return f"{block.marker} {block.text}".strip()
    return block.text if isinstance(block, Paragraph | Heading) else ""


def _page(text: str) -> int:
    if text.isdecimal():
        return int(text)
    values = [_ROMAN[letter] for letter in text]
    following = [*values[1:], 0]
    return sum(-one if one < two else one for one, two in zip(values, following, strict=True))


def _ascends(pages: Sequence[int]) -> bool:
    return all(one <= two for one, two in pairwise(pages))


def _is_titled(before: Sequence[Block]) -> bool:
    return bool(before) and _plain(_text(before[-1])) in _TITLES


def _taken_title(found: list[Block]) -> Iterator[str]:
    """Remove the title above a table of contents, and yield it."""
    if _is_titled(found):
        yield _text(found.pop())


def _plain(text: str) -> str:
    return " ".join(_NUMBER.sub("", text.strip()).casefold().split()).rstrip(":：")  # noqa: RUF001


def _lines(blocks: Sequence[Block]) -> frozenset[str]:
    """Return the headings and short paragraphs of a document, without their numbers."""
    return frozenset(
        _plain(block.text)
        for block in blocks
        if isinstance(block, Heading | Paragraph) and not _ENTRY.match(block.text)
    )


def _share_found(entries: Sequence[Entry], known: frozenset[str]) -> float:
    return sum(_plain(title) in known for title, _ in entries) / len(entries)
