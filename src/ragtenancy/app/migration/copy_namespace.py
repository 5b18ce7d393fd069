"""A namespace copied page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from msgspec import structs

from ragtenancy.app.migration.foreign_texts import REVISION, document_id_of, source_of
from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.ids import chunk_id
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord, Placed
from ragtenancy.ports.migration_states import MigrationState, MigrationStates


class CopyNamespace:
    """Copies as it is into another namespace, or into a client's as its documents' vectors.

    The n-th record of a document becomes its n-th chunk: a page that is copied twice is written
    over itself.
    """

    def __init__(self, foreign: ForeignNamespaces, states: MigrationStates) -> None:
        self._foreign = foreign
        self._states = states

    async def copy(self, state: MigrationState, scope: TenantScope | None) -> MigrationState:
        """Copy from where the state is to the end; it is kept after every page."""
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
        """Yield the source's records by page, each with the id that its copy has."""
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
        """Remove what was copied."""
        async for records in self.walk(state):
            await self._foreign.delete(state.target, [copy_id for copy_id, _ in records])

    async def delete_source(self, state: MigrationState) -> int:
        """Remove the source's records, if the copy was verified; return how many there were."""
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
