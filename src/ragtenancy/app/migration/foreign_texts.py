"""What a record of the single-tenant installation says of itself."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ragtenancy.domain.ids import DocumentId, Namespace, Revision, revision
from ragtenancy.ports.foreign_namespaces import ForeignRecord

SOURCES = ("document_id", "doc_id", "source", "filename", "file_name", "file", "document", "title")
TEXTS = ("text", "content", "chunk_text", "page_content", "chunk")
SECTIONS = ("section", "heading", "header", "section_title")
UNNAMED = "migrated"
REVISION: Revision = revision(1, 1)


def source_of(record: ForeignRecord) -> str:
    """Return the document that a record says it is of; one name stands for all that say none."""
    return _first(record.metadata, SOURCES) or UNNAMED


def text_of(record: ForeignRecord) -> str:
    """Return the passage, "" where the metadata holds none."""
    return _first(record.metadata, TEXTS)


def section_of(record: ForeignRecord) -> tuple[str, ...]:
    """Return the section path."""
    section = _first(record.metadata, SECTIONS)
    return (section,) if section else ()


def document_id_of(namespace: Namespace, source: str) -> DocumentId:
    """Return the id that a document of that name always gets, so that a copy may be repeated."""
    digest = sha256(f"{namespace}\n{source}".encode()).digest()
    return DocumentId(f"doc_{b32encode(digest).decode().lower()[:26]}")


def _first(metadata: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (metadata.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value.strip()), "")
