"""A client made of a bundle."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from msgspec import structs

from ragtenancy.app.migration import members
from ragtenancy.app.migration.export_client import ClientStores
from ragtenancy.app.tenants.change import ChangeTenant
from ragtenancy.app.tenants.create import CreatedTenant, CreateTenant
from ragtenancy.app.tenants.delete import DeleteTenant
from ragtenancy.domain.documents import Document
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.bundles import BundleReader

log = structlog.get_logger(__name__)

ORIGINAL_BYTES = 1 << 40
IMPORT = "import"


class ImportClient:
    """Makes a client that is not there yet. Nobody is served before all of it is there.

    What fails on the way is undone: the client is deleted again.
    """

    def __init__(
        self,
        create_tenant: CreateTenant,
        change_tenant: ChangeTenant,
        delete_tenant: DeleteTenant,
        stores: ClientStores,
    ) -> None:
        self._create_tenant = create_tenant
        self._change_tenant = change_tenant
        self._delete_tenant = delete_tenant
        self._stores = stores

    async def __call__(
        self, bundle: BundleReader, *, client_id: str | None = None
    ) -> CreatedTenant:
        """Return the client and its first key.

        Raises `MalformedError` (`bad_bundle`), `AlreadyExistsError` where the id is taken.
        """
        names = await bundle.verify()
        facts = members.CLIENTS.decode(await members.whole(bundle, members.CLIENT))
        _require_complete(facts, names)
        created = await self._create_tenant(
            client_id or facts.client_id, facts.name, created_by=IMPORT
        )
        tenant_id = created.tenant.tenant_id
        try:
            await self._change_tenant(tenant_id, status=TenantStatus.SUSPENDED)
            await self._fill(created.tenant.scope, bundle, facts)
            tenant = await self._change_tenant(tenant_id, status=TenantStatus.ACTIVE)
        except BaseException:
            log.warning("import_undone", client_id=tenant_id)
            await self._delete_tenant(tenant_id, requested_by=IMPORT)
            raise
        return structs.replace(created, tenant=tenant)

    async def _fill(
        self, scope: TenantScope, bundle: BundleReader, facts: members.BundledClient
    ) -> None:
        await self._configs(scope, bundle, facts.configs)
        for number in range(1, facts.documents + 1):
            await self._document(scope, bundle, number)
        for number in range(1, facts.sessions + 1):
            await self._session(scope, bundle, number)

    async def _configs(self, scope: TenantScope, bundle: BundleReader, count: int) -> None:
        """Put the versions in force one after the other, over the one that creation made."""
        await self._stores.configs.drop(scope)
        for version in range(1, count + 1):
            line = await members.whole(bundle, f"configs/{version}.json")
            config = structs.replace(members.CONFIGS.decode(line), tenant_uid=scope.tenant_uid)
            await self._stores.configs.add(scope, config)

    async def _document(self, scope: TenantScope, bundle: BundleReader, number: int) -> None:
        line = await members.whole(bundle, f"documents/{number}.json")
        document = _alone(members.DOCUMENTS.decode(line), scope)
        active = document.active
        if active is None:
            raise members.bad(f"document {number} does not answer")
        lines = members.split(await members.whole(bundle, f"chunks/{number}.jsonl"))
        chunks = [members.CHUNKS.decode(each) for each in lines]
        packed = await members.whole(bundle, f"vectors/{number}.npy")
        vectors = members.unpacked(packed, active.total_chunks)
        _require_own(document, [(c.document_id, c.revision, c.ordinal) for c in chunks])
        original = bundle.read(f"originals/{number}.bin")
        stored = await self._stores.blobs.put(
            scope, active.upload.blob, original, max_bytes=ORIGINAL_BYTES
        )
        if stored.content_hash != active.upload.content_hash:
            raise members.bad(f"the original of document {number} is another")
        at = (scope, document.document_id, active.revision)
        await self._stores.chunks.stage(*at, chunks)
        await self._stores.vectors.stage(*at, vectors)
        await self._stores.documents.add(scope, document)

    async def _session(self, scope: TenantScope, bundle: BundleReader, number: int) -> None:
        lines = members.split(await members.whole(bundle, f"sessions/{number}.jsonl"))
        if not lines:
            raise members.bad(f"session {number} is empty")
        record = members.SESSIONS.decode(lines[0])
        conversation = structs.replace(record, tenant_uid=scope.tenant_uid, turns=())
        for line in lines[1:]:
            turn = members.TURNS.decode(line)
            await self._stores.conversations.append(scope, conversation, turn)


def _require_complete(facts: members.BundledClient, names: Sequence[str]) -> None:
    wanted = {members.CLIENT}
    wanted |= {f"configs/{n}.json" for n in range(1, facts.configs + 1)}
    wanted |= {f"sessions/{n}.jsonl" for n in range(1, facts.sessions + 1)}
    for n in range(1, facts.documents + 1):
        wanted |= {f"documents/{n}.json", f"originals/{n}.bin"}
        wanted |= {f"chunks/{n}.jsonl", f"vectors/{n}.npy"}
    if not facts.configs or wanted != set(names):
        raise members.bad("members are missing, or there are others")


def _alone(document: Document, scope: TenantScope) -> Document:
    """Return the document as the new client's, without an upload on its way."""
    return structs.replace(
        document,
        tenant_uid=scope.tenant_uid,
        pending=None,
        pending_error=None,
        successor=None,
        fence=0,
    )


def _require_own(document: Document, places: list[tuple[str, str, int]]) -> None:
    active = document.active
    total = active.total_chunks if active else 0
    revision = active.revision if active else ""
    wanted = [(document.document_id, revision, ordinal) for ordinal in range(total)]
    if places != wanted:
        raise members.bad("its chunks are not its document's")
