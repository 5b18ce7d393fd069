"""Documents, the change log and the manifest in Cosmos DB.

A write that changes the active documents is one batch in the client's partition: the document, the
state with its generation, and an entry of the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.cosmos.change_log import ChangeLog
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Operation
from ragtenancy.adapters.cosmos.partitions import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.tenant_state import CONTAINER, State, States
from ragtenancy.adapters.cosmos.usage import Adding, UsageItems
from ragtenancy.domain.documents import CANCELLED, Document, DocumentStatus, ManifestDelta
from ragtenancy.domain.errors import NotFoundError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import ContentHash, DocumentId, Fingerprint, JobId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.reindexing import require_one_model
from ragtenancy.domain.tenant_config import require_room_for_document
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.documents import DocumentRepository

ATTEMPTS = 8
NEAR = 1_000  # documents to the limit, more than others add during one write
OLDEST_FIRST = "ORDER BY c.sequence"
HAS_STATUS = "c.status = @status"
OF_STATUS = {  # earlier versions stored `failed` for cancelled uploads
    DocumentStatus.FAILED: f"{HAS_STATUS} AND c.record.pending_error != '{CANCELLED}'",
    DocumentStatus.CANCELLED: f"({HAS_STATUS} OR c.status = '{DocumentStatus.FAILED}')"
    f" AND c.record.pending_error = '{CANCELLED}'",
}


class CosmosDocumentRepository(DocumentRepository):
    """One item per document, beside the client's state and change log."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._documents = OwnedItems(cosmos, CONTAINER, "document", Document)
        self._usage = UsageItems(cosmos, CONTAINER)
        self._states = States(cosmos)
        self._log = ChangeLog(cosmos, self._documents, self._states)

    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document | None:
        found = await self._documents.get(scope, hashed(document_id))
        if found is None:
            await self._states.require(scope)
        return found

    async def find(
        self, scope: TenantScope, *, filename: str, content_hash: ContentHash
    ) -> Document | None:
        found = await self._documents.records(
            scope,
            f"c.filename = @filename AND c.content_hash = @content_hash {OLDEST_FIRST}",
            values={"filename": filename, "content_hash": content_hash},
        )
        return min(found, key=lambda document: document.deleting, default=None)

    async def add(
        self,
        scope: TenantScope,
        document: Document,
        used: Sequence[UsageRow] = (),
        *,
        most: int | None = None,
    ) -> None:
        scope.require_own(document.tenant_uid, "documents")
        async with self._usage.adding(scope, used) as adding:
            await self._add(scope, document, adding, most)

    async def _add(
        self, scope: TenantScope, document: Document, adding: Adding, most: int | None
    ) -> None:
        for _ in range(ATTEMPTS):
            item = self._documents.item(
                scope, hashed(document.document_id), document, **_fields(document)
            )
            try:
                await self._write(scope, creating([item])[0], None, document, adding, most=most)
            except StaleWriteError:
                continue  # the state changed in between
            return
        raise _too_busy()

    async def save(
        self, scope: TenantScope, document: Document, used: Sequence[UsageRow] = ()
    ) -> Document:
        scope.require_own(document.tenant_uid, "documents")
        async with self._usage.adding(scope, used) as adding:
            return await self._save(scope, document, adding)

    async def _save(self, scope: TenantScope, document: Document, adding: Adding) -> Document:
        for _ in range(ATTEMPTS):
            item = await self._documents.read(scope, hashed(document.document_id))
            stored = None if item is None else self._documents.record_of(scope, item)
            if item is None or stored is None or stored.version != document.version:
                raise StaleWriteError("The document changed since it was read.")
            saved = structs.replace(document, version=document.version + 1)
            written = self._documents.changed(item, saved, **_fields(saved))
            try:
                await self._write(scope, replacing(written), stored, saved, adding)
            except StaleWriteError:
                continue  # either this document, as the next read shows, or the state
            return saved
        raise _too_busy()

    async def switch(self, scope: TenantScope, model: Fingerprint) -> int:
        moved = await self._log.switch(scope, model)
        await self._log.finish_switch(scope, _fields)
        return moved

    async def remove(
        self, scope: TenantScope, document_id: DocumentId, used: Sequence[UsageRow] = ()
    ) -> None:
        async with self._usage.adding(scope, used) as adding:
            await self._remove(scope, document_id, adding)

    async def _remove(self, scope: TenantScope, document_id: DocumentId, adding: Adding) -> None:
        for _ in range(ATTEMPTS):
            item = await self._documents.read(scope, hashed(document_id))
            if item is None:
                return
            stored = self._documents.record_of(scope, item)
            gone: Operation = ("delete", (item["id"],), {"if_match_etag": item["_etag"]})
            try:
                await self._write(scope, gone, stored, None, adding)
            except StaleWriteError:
                continue
            return
        raise _too_busy()

    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Document]:
        start = -1 if after is None else cursor_position(after)
        values: dict[str, object] = {"after": start}
        where = "c.sequence > @after"
        if status is not None:
            where = f"{where} AND {OF_STATUS.get(status, HAS_STATUS)}"
            values["status"] = str(status)
        found = await self._documents.select(
            scope, f"{where} {OLDEST_FIRST}", top=limit + 1, values=values
        )
        listed = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        documents = tuple(self._documents.record_of(scope, item) for item in listed.items)
        return Page(items=documents, next=listed.next)

    async def count(self, scope: TenantScope) -> int:
        return await self._documents.count(scope)

    async def bytes_stored(self, scope: TenantScope) -> int:
        return int(sum(await self._documents.select(scope, what="VALUE SUM(c.size)")))

    async def manifest(self, scope: TenantScope, *, since: int = -1) -> ManifestDelta:
        return await self._log.manifest(scope, since)

    async def with_pending_job(self, scope: TenantScope, job_id: JobId) -> Document | None:
        found = await self._documents.records(scope, "c.pending_job = @job", values={"job": job_id})
        return found[0] if found else None

    async def drop(self, scope: TenantScope) -> None:
        await self._log.forget_everything(scope)

    async def _write(
        self,
        scope: TenantScope,
        operation: Operation,
        old: Document | None,
        new: Document | None,
        adding: Adding,
        *,
        most: int | None = None,
    ) -> None:
        """Write a document, with the state and the log if the active documents change.

        Near the limit on documents, every addition writes the state too: of two, one is repeated.
        """
        before = old.active_revision if old else None
        after = new.active_revision if new else None
        item, state = await self._states.read(scope)
        if state.switching:  # a switch may have been interrupted
            await self._log.finish_switch(scope, _fields)
            raise StaleWriteError("The documents now use another embedding model.")
        operations = [operation]
        counted = 0 if most is None else await self._documents.count(scope)
        require_room_for_document(counted, most)
        if before != after:
            model = await self._one_model(scope, new, state) if new and after else state.model
            document_id = next(document.document_id for document in (old, new) if document)
            operations += self._log.moved(scope, item, state, document_id, model)
        elif (most is not None and counted >= most - NEAR) or (
            old and new and old.successor != new.successor
        ):
            operations.append(replacing(item))  # unchanged: a concurrent switch reads it again
        try:
            operations += adding.operations
            adding.done(await self._documents.items.batch(scope.tenant_id, operations))
        except NotFoundError as error:  # the document or the client: reading again shows which
            raise StaleWriteError("The document no longer exists.") from error

    async def _one_model(self, scope: TenantScope, document: Document, state: State) -> Fingerprint:
        """Return the document's model; check all documents only if it differs."""
        model = document.active.embedding_fingerprint if document.active else Fingerprint("")
        if model != state.model:
            require_one_model(document.document_id, model, await self._documents.records(scope))
        return model


def _fields(document: Document) -> Item:
    """Return the fields for queries."""
    newest = document.current()
    return {
        "status": str(document.status),
        "filename": newest.filename if newest else "",
        "content_hash": newest.content_hash if newest else "",
        "size": newest.size if newest else 0,
        "pending_job": document.pending.job_id if document.pending else None,
    }


def _too_busy() -> UnavailableError:
    return UnavailableError(
        "Other requests keep changing this client's documents; try again.",
        code="storage_busy",
        retry_after=1.0,
    )
