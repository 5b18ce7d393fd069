"""Records of another program's vector namespace: their text, document, page and clues to order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ragtenancy.domain.bounds import UNPRINTABLE
from ragtenancy.domain.chunks import PATH_SEPARATOR
from ragtenancy.domain.documents import MAX_FILENAME
from ragtenancy.domain.ids import TenantUid, is_tenant_uid

Metadata = Mapping[str, Any]

NODE = "_node_content"
OWNER = "tenant_uid"
TEXTS = ("text", "page_content", "chunk_text", "content", "chunk")
SECTIONS = ("section", "heading", "header", "section_title")
HEADERS = tuple(f"Header {level}" for level in range(1, 7))  # LangChain's Markdown splitter
IDS = ("document_id", "doc_id", "documentId", "docId", "ref_doc_id", "file_id")
PLACES = ("file_path", "source", "path", "url")
NAMES = ("filename", "file_name", "fileName", "document_name", "file")
TITLES = ("document", "title")
PAGES = ("page", "page_number", "pageNumber", "page_no", "page_num", "loc.pageNumber")
LABEL = "page_label"
INDEXES = (
    "chunk_index", "chunkIndex", "chunk_idx", "chunk_number", "chunk_no", "chunk_num", "chunk_id",
    "chunk", "index", "idx", "position", "order", "ordinal", "sequence", "seq",
)  # fmt: skip
STARTS = (
    "start_index", "start_char_idx", "char_start", "start_char", "start_offset", "offset",
    "loc.lines.from",
)  # fmt: skip
CLIENTS = ("client_id", "tenant_id")
UNNAMED = "migrated"
ABSENT = frozenset({"", "None", "null"})  # LlamaIndex writes "None" for a node without a document

MAX_NODE_CHARACTERS = 1_000_000
MAX_CARRIED_BYTES = 40_960 - 512  # Pinecone's limit of a record's metadata, less our own fields

_UNPRINTABLE = re.compile(rf"[{UNPRINTABLE}]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WHOLE = re.compile(r"\s*(\d{1,15})(?:\.0+)?\s*\Z")


class _Resource(Struct, frozen=True):
    text: str | None = None


class Node(Struct, frozen=True):
    """The fields of a LlamaIndex node that are read; newer versions keep the text in a resource."""

    text: str | None = None
    text_resource: _Resource | None = None
    start_char_idx: int | None = None


_NODES = msgspec.json.Decoder(Node)


def node_of(metadata: Metadata) -> Node:
    """Return the LlamaIndex node under `_node_content`, an empty one if there is none to read."""
    content = metadata.get(NODE)
    if not isinstance(content, str) or len(content) > MAX_NODE_CHARACTERS:
        return Node()
    try:
        return _NODES.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return Node()


def text_of(metadata: Metadata, key: str | None = None) -> str:
    """Return the passage, "" if there is none; `key` is a further field to look in, first."""
    own = _first(metadata, (key, *TEXTS) if key else TEXTS)
    if own:
        return own
    node = node_of(metadata)
    kept = node.text or (node.text_resource.text if node.text_resource else None) or ""
    return kept if kept.strip() else ""


def section_of(metadata: Metadata) -> tuple[str, ...]:
    """Return the section path."""
    for name in SECTIONS:
        held = metadata.get(name)
        if isinstance(held, str) and held.strip():
            return tuple(held.split(PATH_SEPARATOR))
        if isinstance(held, list):
            return tuple(str(part) for part in held)
    return tuple(part for name in HEADERS if (part := _first(metadata, (name,))))


def page_of(metadata: Metadata) -> int | None:
    """Return the number of the page in the record's own counting, from 0 or 1."""
    found = _number(metadata, PAGES)
    return _number(metadata, (LABEL,)) if found is None else found


def pages_of(records: Iterable[Metadata]) -> list[int | None]:
    """Return the page of each record of a document, counted from 1.

    A printed label counts as it is. LangChain's PDF loaders count `page` from 0: if any record of
    the document has page 0, all of them are raised by one.
    """
    held = list(records)
    numbers = [_number(each, PAGES) for each in held]
    raised = 1 if 0 in numbers else 0
    labels = [_number(each, (LABEL,)) for each in held]
    return [
        (label or None) if label is not None or number is None else number + raised
        for label, number in zip(labels, numbers, strict=True)
    ]


class Named(Struct, frozen=True, gc=False):
    """A record's document: `key` is equal for all its records, `filename` the name to show."""

    key: str
    filename: str


def document_of(metadata: Metadata) -> Named:
    """Return the document that a record names: by its id, else by its path or name.

    LlamaIndex makes one "document" per page of a PDF, so the file of its records comes first.
    """
    place, name = _first(metadata, PLACES), _first(metadata, NAMES)
    title, given = _first(metadata, TITLES), _identity(metadata)
    shown = filename(name or place or title or given)
    of_file = place or name or title
    key = (of_file or given) if NODE in metadata else (given or of_file)
    return Named(key or UNNAMED, shown)


def filename(name: str) -> str:
    """Return a name as a document's: a path's last part, a URL whole, printable, bounded."""
    if not _URL.match(name):
        name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return _UNPRINTABLE.sub(" ", name).strip()[:MAX_FILENAME] or UNNAMED


def client_of(metadata: Metadata) -> str:
    """Return the client that a record names, "" if it names none."""
    return _first(metadata, CLIENTS)


def owner_of(metadata: Metadata) -> TenantUid | None:
    """Return the tenant of this service that a record belongs to."""
    owner = str(metadata.get(OWNER, ""))
    return TenantUid(owner) if is_tenant_uid(owner) else None


class Clue(Struct, frozen=True, gc=False):
    """A record's clues to its place in its document: its id, and numbers from its metadata."""

    record_id: str
    index: int | None = None
    page: int | None = None
    start: int | None = None


def clue_of(record_id: str, metadata: Metadata) -> Clue:
    """Return a record's clues."""
    start = _number(metadata, STARTS)
    return Clue(
        record_id,
        index=_number(metadata, INDEXES),
        page=page_of(metadata),
        start=node_of(metadata).start_char_idx if start is None else start,
    )


def carried(metadata: Metadata) -> Metadata:
    """Return the metadata that a copy carries: all of it, or as much as leaves room for ours.

    The largest values give way first. A passage is never lost: it is stored as a chunk.
    """
    kept = dict(metadata)
    sizes = {name: len(json.dumps({name: value}).encode()) for name, value in kept.items()}
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if sum(sizes[each] for each in kept) <= MAX_CARRIED_BYTES:
            break
        del kept[name]
    return kept


def _identity(metadata: Metadata) -> str:
    for name in IDS:
        value = metadata.get(name)
        number = _whole(value)
        given = str(number) if number is not None else value
        if isinstance(given, str) and given.strip() not in ABSENT:
            return given
    return ""


def _first(metadata: Metadata, names: tuple[str, ...]) -> str:
    found = (metadata.get(name) for name in names)
    return next(
        (each for each in found if isinstance(each, str) and each.strip() not in ABSENT), ""
    )


def _number(metadata: Metadata, names: tuple[str, ...]) -> int | None:
    found = (_whole(metadata.get(name)) for name in names)
    return next((each for each in found if each is not None), None)


def _whole(value: object) -> int | None:
    """Return a whole number from 0, also one written as text or, by Pinecone, as a float."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = _WHOLE.match(str(value) if not isinstance(value, float) else f"{value:.6f}")
    return int(written[1]) if written else None
