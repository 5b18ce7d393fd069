"""A tenant's generation and change log in Cosmos DB."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Operation
from ragtenancy.adapters.cosmos.partitions import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.tenant_state import State, States
from ragtenancy.domain.documents import Document, ManifestDelta, ManifestEntry, manifest_entry
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.ids import DocumentId, Fingerprint
from ragtenancy.domain.reindexing import switched
from ragtenancy.domain.tenants import TenantScope

ATTEMPTS = 8
KEPT = 10_000
KEPT_SECONDS = 7 * 86_400
Fields = Callable[[Document], Mapping[str, object]]


class Moved(Struct, frozen=True):
    """An entry of the log: the document that moved at a generation."""

    document_id: DocumentId


class ChangeLog:
    """Raises the generation with every move, and lists the moves since one."""

    def __init__(self, cosmos: Cosmos, documents: OwnedItems[Document], states: States) -> None:
        self._documents = documents
        self._states = states
        self._moves = OwnedItems(cosmos, "documents", "move", Moved)

    def moved(
        self,
        scope: TenantScope,
        item: Item,
        state: State,
        document_id: DocumentId,
        model: Fingerprint | None,
    ) -> Sequence[Operation]:
        """Return the batch operations that accompany a move of a document's active revision."""
        generation = state.generation + 1
        after = structs.replace(
            state,
            generation=generation,
            log_starts=max(state.log_starts, generation - KEPT),
            model=model,
        )
        line = self._moves.item(
            scope, str(generation), Moved(document_id), generation=generation, ttl=KEPT_SECONDS
        )
        return [replacing(self._states.states.changed(item, after)), *creating([line])]

    async def manifest(self, scope: TenantScope, since: int) -> ManifestDelta:
        """Return the changes after a generation; for the present one only the state is read."""
        for _ in range(ATTEMPTS):
            _, state = await self._states.read(scope)
            if since == state.generation:
                return ManifestDelta(generation=since, whole=False)
            delta = await self._read(scope, state, since)
            _, now = await self._states.read(scope)
            if now == state:
                return delta
        raise UnavailableError(
            "Other requests keep changing this client's documents; try again.",
            code="storage_busy",
            retry_after=1.0,
        )

    async def switch(self, scope: TenantScope, model: Fingerprint) -> int:
        """Switch every document to a model, by one write of the state."""
        for _ in range(ATTEMPTS):
            item, state = await self._states.read(scope)
            before = [self._seen(state, d) for d in await self._documents.records(scope)]
            after = [switched(document, model) for document in before]
            pairs = zip(before, after, strict=True)
            moves = sum(old.active_revision != new.active_revision for old, new in pairs)
            generation = state.generation + moves
            flipped = structs.replace(
                state,
                generation=generation,
                log_starts=generation if moves else state.log_starts,
                model=model,
                switching=True,
            )
            try:
                await self._states.states.replace(scope, item, flipped)
            except StaleWriteError:
                continue
            return moves
        raise UnavailableError("Other requests keep changing this client's documents; try again.")

    async def finish_switch(self, scope: TenantScope, fields: Fields) -> None:
        """Write the result of the switch into every document."""
        for _ in range(ATTEMPTS):
            item, state = await self._states.read(scope)
            if not state.switching:
                return
            stored = await self._documents.select(scope)
            if not all([await self._settle(scope, each, state, fields) for each in stored]):
                continue
            try:
                done = structs.replace(state, switching=False)
                await self._states.states.replace(scope, item, done)
            except StaleWriteError:
                continue
            return

    async def forget_everything(self, scope: TenantScope) -> None:
        """Remove the documents and the log; readers at an earlier generation get the whole list."""
        removed = await self._documents.remove(scope)
        await self._moves.remove(scope)
        if not removed:
            return
        for _ in range(ATTEMPTS):
            item, state = await self._states.read(scope)
            generation = state.generation + 1
            emptied = State(generation=generation, log_starts=generation)
            try:
                await self._states.states.replace(scope, item, emptied)
            except StaleWriteError:
                continue
            return

    async def _settle(self, scope: TenantScope, item: Item, state: State, fields: Fields) -> bool:
        """Write a document's effective state; return whether nobody else wrote it in between."""
        stored = self._documents.record_of(scope, item)
        seen = self._seen(state, stored)
        if seen == stored:
            return True
        saved = structs.replace(seen, version=stored.version + 1)
        try:
            await self._documents.replace(scope, item, saved, **fields(saved))
        except StaleWriteError:
            return False
        return True

    async def _read(self, scope: TenantScope, state: State, since: int) -> ManifestDelta:
        lines = await self._lines(scope, state, since)
        if lines is None:
            return ManifestDelta(
                generation=state.generation, whole=True, active=await self._all(scope, state)
            )
        moved = sorted({line.document_id for line in lines})
        entries = {
            document_id: await self._entry(scope, state, document_id) for document_id in moved
        }
        return ManifestDelta(
            generation=state.generation,
            whole=False,
            active=tuple(entry for entry in entries.values() if entry),
            removed=tuple(document_id for document_id, entry in entries.items() if not entry),
        )

    async def _lines(self, scope: TenantScope, state: State, since: int) -> list[Moved] | None:
        """Return the entries after a generation, None if some have expired."""
        if not state.log_starts <= since < state.generation:
            return None
        lines = await self._moves.records(scope, "c.generation > @since", values={"since": since})
        return lines if len(lines) == state.generation - since else None

    async def _all(self, scope: TenantScope, state: State) -> Sequence[ManifestEntry]:
        found = await self._documents.records(scope, "c.status = 'active' ORDER BY c.sequence")
        entries = (manifest_entry(self._seen(state, document)) for document in found)
        return tuple(entry for entry in entries if entry)

    async def _entry(
        self, scope: TenantScope, state: State, document_id: DocumentId
    ) -> ManifestEntry | None:
        document = await self._documents.get(scope, hashed(document_id))
        return None if document is None else manifest_entry(self._seen(state, document))

    def _seen(self, state: State, document: Document) -> Document:
        """Return a document's effective state: during a switch, that of its successor."""
        if not state.switching or state.model is None:
            return document
        try:
            return switched(document, state.model)
        except StaleWriteError:
            return document
