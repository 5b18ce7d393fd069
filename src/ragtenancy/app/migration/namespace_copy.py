"""Copying a foreign namespace page by page, and reading its records' metadata."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec import structs

from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.ids import DocumentId, Namespace, Revision, chunk_id, revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord, Placed
from ragtenancy.ports.migration_states import MigrationState, MigrationStates

SOURCES = ("document_id", "doc_id", "source", "filename", "file_name", "file", "document", "title")
TEXTS = ("text", "content", "chunk_text", "page_content", "chunk")
SECTIONS = ("section", "heading", "header", "section_title")
UNNAMED = "migrated"
REVISION: Revision = revision(1, 1)


class NamespaceCopy:
    """Copies a namespace unchanged into another, or into a tenant's as its documents' vectors.

    A document's n-th record becomes its n-th chunk, so that copying a page twice overwrites it.
    """

    def __init__(self, foreign: ForeignNamespaces, states: MigrationStates) -> None:
        self._foreign = foreign
        self._states = states

    async def copy(self, state: MigrationState, scope: TenantScope | None) -> MigrationState:
        """Copy from the state's position to the end, saving the state after every page."""
        if state.is_copied:
            return state
        counts = dict(state.chunks)
        async for page in self._foreign.pages(state.source, after=state.after):
            placed = _placed(state, page.records, counts)
            if scope is None:
                await self._foreign.write(state.target, page.records)
            else:
                await self._foreign.adopt(scope, placed)
            state = structs.replace(
                state,
                after=page.next,
                copied=state.copied + len(page.records),
                chunks=dict(counts),
                is_copied=page.next is None,
            )
            await self._states.put(state)
        return state

    async def walk(
        self, state: MigrationState
    ) -> AsyncIterator[Sequence[tuple[str, ForeignRecord]]]:
        """Yield the source's records page by page, each with its copy's id."""
        counts: dict[str, int] = {}
        async for page in self._foreign.pages(state.source, after=None):
            if state.tenant_id is None:
                yield [(record.id, record) for record in page.records]
            else:
                yield [
                    (chunk_id(p.document_id, p.revision, p.ordinal), p.record)
                    for p in _placed(state, page.records, counts)
                ]

    async def delete_copy(self, state: MigrationState) -> None:
        """Remove the copied records."""
        async for records in self.walk(state):
            await self._foreign.delete(state.target, [copy_id for copy_id, _ in records])

    async def delete_source(self, state: MigrationState) -> int:
        """Remove the source's records, if the copy was verified; return their number."""
        if not state.is_verified:
            raise ConflictError("The copy is not verified.", code="not_verified")
        removed = 0
        async for page in self._foreign.pages(state.source, after=None):
            await self._foreign.delete(state.source, [record.id for record in page.records])
            removed += len(page.records)
        return removed


def _placed(
    state: MigrationState, records: Sequence[ForeignRecord], counts: dict[str, int]
) -> list[Placed]:
    placed = []
    for record in records:
        source = source_of(record)
        ordinal = counts.get(source, 0)
        counts[source] = ordinal + 1
        document_id = document_id_of(state.source, source)
        placed.append(
            Placed(record=record, document_id=document_id, revision=REVISION, ordinal=ordinal)
        )
    return placed


def source_of(record: ForeignRecord) -> str:
    """Return the name of a record's document, a common name if the metadata has none."""
    return _first(record.metadata, SOURCES) or UNNAMED


def text_of(record: ForeignRecord) -> str:
    """Return the passage, "" if the metadata has none."""
    return _first(record.metadata, TEXTS)


def section_of(record: ForeignRecord) -> tuple[str, ...]:
    """Return the section path."""
    section = _first(record.metadata, SECTIONS)
    return (section,) if section else ()


def document_id_of(namespace: Namespace, source: str) -> DocumentId:
    """Return the document's id, derived from its name so that a copy can be repeated."""
    digest = sha256(f"{namespace}\n{source}".encode()).digest()
    return DocumentId(f"doc_{b32encode(digest).decode().lower()[:26]}")


def _first(metadata: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (metadata.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value.strip()), "")
