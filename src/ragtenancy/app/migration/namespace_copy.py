"""Copying a foreign namespace page by page, to places that a survey has set."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256

from msgspec import structs

from ragtenancy.app.migration.namespace_survey import Survey
from ragtenancy.domain.ids import DocumentId, Namespace, Revision, chunk_id, chunk_ids, revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord, Placed
from ragtenancy.ports.migration_states import MigrationState, MigrationStates

DELETED = 1_000
REVISION: Revision = revision(1, 1)
Places = Mapping[str, tuple[str, int]]


class NamespaceCopy:
    """Copies a namespace unchanged into another, or into a tenant's as its documents' vectors.

    A record's place is set by the survey, so that copying a page twice overwrites it.
    """

    def __init__(self, foreign: ForeignNamespaces, states: MigrationStates) -> None:
        self._foreign = foreign
        self._states = states

    async def copy(
        self, state: MigrationState, survey: Survey, scope: TenantScope | None
    ) -> MigrationState:
        """Copy from the state's position to the end, saving the state after every page."""
        if state.is_copied:
            return state
        places = survey.places()
        async for page in self._foreign.pages(state.source, after=state.after):
            if scope is None:
                written = len(page.records)
                await self._foreign.write(state.target, page.records)
            else:
                placed = _placed(state, places, page.records)
                written = len(placed)
                await self._foreign.adopt(scope, placed)
            state = structs.replace(
                state,
                after=page.next,
                copied=state.copied + written,
                is_copied=page.next is None,
            )
            await self._states.put(state)
        return state

    async def walk(
        self, state: MigrationState, survey: Survey
    ) -> AsyncIterator[Sequence[tuple[str, ForeignRecord]]]:
        """Yield the source's records page by page, each with its copy's id."""
        places = survey.places()
        async for page in self._foreign.pages(state.source, after=None):
            if state.tenant_id is None:
                yield [(record.id, record) for record in page.records]
            else:
                yield [
                    (chunk_id(p.document_id, p.revision, p.ordinal), p.record)
                    for p in _placed(state, places, page.records)
                ]

    async def delete_copy(self, state: MigrationState) -> None:
        """Remove the copied records; a rehearsal's namespace is emptied."""
        if state.tenant_id is None:
            async for page in self._foreign.pages(state.target, after=None):
                await self._foreign.delete(state.target, [record.id for record in page.records])
            return
        for key, total in state.chunks.items():
            ids = chunk_ids(document_id_of(state.source, key), REVISION, total)
            await self._delete(state.target, ids)

    async def delete_source(self, state: MigrationState, survey: Survey | None) -> int:
        """Remove the copied records from the source; return their number.

        Their ids are saved first, so that an interrupted deletion resumes without a survey.
        """
        if survey is not None:
            state = structs.replace(state, deleting=tuple(survey.places()))
            await self._states.put(state)
        await self._delete(state.source, state.deleting)
        await self._states.put(structs.replace(state, deleting=(), is_source_deleted=True))
        return len(state.deleting)

    async def _delete(self, namespace: Namespace, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), DELETED):
            await self._foreign.delete(namespace, ids[start : start + DELETED])


def _placed(
    state: MigrationState, places: Places, records: Sequence[ForeignRecord]
) -> list[Placed]:
    """Return the records that belong to a document, each with its place in it."""
    placed = []
    for record in records:
        if record.id in places:
            key, ordinal = places[record.id]
            document_id = document_id_of(state.source, key)
            placed.append(
                Placed(record=record, document_id=document_id, revision=REVISION, ordinal=ordinal)
            )
    return placed


def document_id_of(namespace: Namespace, key: str) -> DocumentId:
    """Return the document's id, derived from its key so that a copy can be repeated."""
    digest = sha256(f"{namespace}\n{key}".encode()).digest()
    return DocumentId(f"doc_{b32encode(digest).decode().lower()[:26]}")
