"""Notes and threaded comments on cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.xlsx.package import Link, Package, number_of
from ragtenancy.adapters.formats.xlsx.sheets import range_of
from ragtenancy.adapters.formats.xlsx.texts import rich_text
from ragtenancy.domain.visible_text import visible_text

Place = tuple[int, int]
_NOTES = 50_000
_THREADED = "[Threaded comment]"


class CellNote(Struct, frozen=True, kw_only=True):
    """A note on a cell."""

    place: Place
    text: str
    author: str = ""


def notes_of(
    package: Package,
    links: Sequence[Link],
    authors: Mapping[str, str],
    noted: Callable[[str], Iterator[CellNote]],
) -> dict[Place, str]:
    """Return the text of the notes and comments by cell; a thread's answers follow each other."""
    parts = [link for link in links if not link.external]
    threads = _collected(
        each
        for link in parts
        if link.kind == "threadedComment"
        for each in _threaded(package.tree(link.target), authors)
    )
    notes = _collected(
        (note.place, _signed(note.text, note.author))
        for link in parts
        if link.kind == "comments"
        for note in noted(link.target)
        if note.text and not note.text.startswith(_THREADED)
    )
    return {**notes, **threads}


def people(package: Package) -> Mapping[str, str]:
    """Return the names of the authors of threaded comments by id."""
    names = {}
    for name in package.names():
        root = package.tree(name) if re.match(r"xl/persons/[^/]+\.xml\Z", name) else None
        for person in root.iter("{*}person") if root is not None else ():
            names[person.get("id", "")] = visible_text(person.get("displayName", ""))
    return names


def _collected(found: Iterator[tuple[Place, str]]) -> dict[Place, str]:
    notes: dict[Place, list[str]] = {}
    for place, text in islice(found, _NOTES):
        notes.setdefault(place, []).append(text)
    return {place: "; ".join(texts) for place, texts in notes.items()}


def noted(root: etree._Element | None) -> Iterator[CellNote]:
    """Yield the notes of a part with their cells, those of threads among them."""
    if root is None:
        return
    authors = [visible_text(each.text or "") for each in root.iter("{*}author")]
    for comment in root.iter("{*}comment"):
        place = range_of(comment.get("ref", ""))
        index = number_of(comment.get("authorId"), len(authors))
        author = authors[index] if index < len(authors) else ""
        text = " ".join(
            " ".join(rich_text(each) for each in comment.iterchildren("{*}text")).split()
        )
        if place is not None:
            yield CellNote(place=(place.top, place.left), text=text, author=author)


def _threaded(
    root: etree._Element | None, authors: Mapping[str, str]
) -> Iterator[tuple[Place, str]]:
    for comment in root.iter("{*}threadedComment") if root is not None else ():
        place = range_of(comment.get("ref", ""))
        text = " ".join(visible_text("".join(each.text or "" for each in comment)).split())
        if place is not None and text:
            yield (
                (place.top, place.left),
                _signed(text, authors.get(comment.get("personId", ""), "")),
            )


def _signed(text: str, author: str) -> str:
    """Return a note with its author, who begins notes that Excel itself made."""
    if not author or author.startswith("tc="):
        return text
    begun = text.removeprefix(f"{author}:").strip()
    return f"{author}: {begun}"
