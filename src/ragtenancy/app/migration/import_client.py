"""A client made of a bundle."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from msgspec import structs

from ragtenancy.app.intents import Intents
from ragtenancy.app.migration import members, sound
from ragtenancy.app.migration.export_client import ClientStores
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import CreatedTenant, Tenants
from ragtenancy.domain.chunks import placed
from ragtenancy.domain.documents import ActiveVersion, Document
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenant_config import ConfigRules, ConfigVersion
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.bundles import BundleReader
from ragtenancy.ports.embeddings import Embedders, Vectors

log = structlog.get_logger(__name__)

ORIGINAL_BYTES = 1 << 40
IMPORT = "import"


class ImportClient:
    """Makes a client that is not there yet. Nobody is served before all of it is there.

    What fails on the way is undone: the client is deleted again.
    """

    def __init__(
        self,
        tenants: Tenants,
        tenant_records: TenantRecords,
        tenant_deletions: TenantDeletions,
        stores: ClientStores,
        rules: ConfigRules,
        embedders: Embedders,
        intents: Intents,
    ) -> None:
        self._tenants = tenants
        self._tenant_records = tenant_records
        self._tenant_deletions = tenant_deletions
        self._stores = stores
        self._rules = rules
        self._embedders = embedders
        self._intents = intents

    async def __call__(
        self, bundle: BundleReader, *, client_id: str | None = None
    ) -> CreatedTenant:
        """Return the client and its first key, with warnings of what is not as it was.

        Raises `MalformedError` (`bad_bundle`), `AlreadyExistsError` where the id is taken.
        """
        names = await bundle.verify()
        with sound.refusing(members.CLIENT):
            facts = members.CLIENTS.decode(await members.whole(bundle, members.CLIENT))
            _require_complete(facts, names)
            sound.require_client(facts)
        configs = [await self._config(bundle, n) for n in range(1, facts.configs + 1)]
        created = await self._tenants.create(
            client_id or facts.client_id, facts.name, created_by=IMPORT
        )
        tenant_id = created.tenant.tenant_id
        try:
            await self._tenant_records.change(tenant_id, status=TenantStatus.SUSPENDED)
            await self._fill(created.tenant.scope, bundle, facts, configs)
            tenant = await self._tenant_records.change(tenant_id, status=TenantStatus.ACTIVE)
        except BaseException:
            log.warning("import_undone", client_id=tenant_id)
            await self._tenant_deletions.delete(tenant_id, requested_by=IMPORT)
            raise
        return structs.replace(created, tenant=tenant, warnings=self._warnings(configs))

    async def _config(self, bundle: BundleReader, number: int) -> ConfigVersion:
        """Return a version as it may be put in force here, but for its models."""
        member = f"configs/{number}.json"
        body = await members.whole(bundle, member)
        with sound.refusing(member):
            config = members.CONFIGS.decode(body)
            if config.version != number:
                raise members.bad("the versions of its configuration are not in order")
            sound.require_plain(config)
            self._rules.require_valid(self._rules.offered(config.config))
        return config

    def _warnings(self, configs: Sequence[ConfigVersion]) -> Sequence[str]:
        """Say which versions name a model that is not offered here; null stands in its place."""
        versions: dict[str, list[str]] = {"model": [], "embedder": []}
        for each in configs:
            own, here = each.config, self._rules.offered(each.config)
            if own.llm_settings.model != here.llm_settings.model:
                versions["model"].append(str(each.version))
            if own.search_settings.embedder != here.search_settings.embedder:
                versions["embedder"].append(str(each.version))
        return tuple(
            f"Its {what} is not one that is offered here: "
            f"null in version {', '.join(numbers)} of its configuration."
            for what, numbers in versions.items()
            if numbers
        )

    async def _fill(
        self,
        scope: TenantScope,
        bundle: BundleReader,
        facts: members.BundledClient,
        configs: Sequence[ConfigVersion],
    ) -> None:
        await self._configs(scope, configs)
        for number in range(1, facts.documents + 1):
            with sound.refusing(f"documents/{number}.json"):
                await self._document(scope, bundle, number)
        for number in range(1, facts.sessions + 1):
            with sound.refusing(f"sessions/{number}.jsonl"):
                await self._session(scope, bundle, number)

    async def _configs(self, scope: TenantScope, configs: Sequence[ConfigVersion]) -> None:
        """Put the versions in force one after the other, over the one that creation made."""
        await self._stores.configs.drop(scope)
        for config in configs:
            offered = self._rules.offered(config.config)
            own = structs.replace(config, config=offered, tenant_uid=scope.tenant_uid)
            await self._stores.configs.add(scope, own)

    async def _document(self, scope: TenantScope, bundle: BundleReader, number: int) -> None:
        line = await members.whole(bundle, f"documents/{number}.json")
        document = _alone(members.DOCUMENTS.decode(line), scope)
        active = document.active
        if active is None or document.deleting:
            raise members.bad(f"document {number} does not answer")
        sound.require_document(document, active)
        lines = members.split(await members.whole(bundle, f"chunks/{number}.jsonl"))
        with sound.refusing(f"chunks/{number}.jsonl"):
            chunks = [members.CHUNKS.decode(each) for each in lines]
            sound.require_chunks(document, active, chunks)
        packed = await members.whole(bundle, f"vectors/{number}.npy")
        vectors = members.unpacked(packed, active.total_chunks)
        self._require_of_model(active, vectors)
        original = bundle.read(f"originals/{number}.bin")
        async with self._intents.held(
            scope,
            Work.STAGE,
            document.document_id,
            document_id=document.document_id,
            blobs=[active.upload.blob],
        ):
            stored = await self._stores.blobs.put(
                scope, active.upload.blob, original, max_bytes=ORIGINAL_BYTES
            )
            upload = active.upload
            if (stored.content_hash, stored.size) != (upload.content_hash, upload.size):
                raise members.bad(f"the original of document {number} is another")
            at = (scope, document.document_id, active.revision)
            await self._stores.chunks.stage(*at, placed(chunks))
            await self._stores.vectors.stage(*at, vectors)
            await self._stores.documents.add(scope, document)

    def _require_of_model(self, active: ActiveVersion, vectors: Vectors) -> None:
        """Refuse vectors of another length than those of the model that they claim to be of."""
        models = [embedder.model for embedder in self._embedders]
        dimensions = [m.dimension for m in models if m.fingerprint == active.embedding_fingerprint]
        if any(vectors.shape[1] != dimension for dimension in dimensions):
            raise members.bad("its vectors are not of its model")

    async def _session(self, scope: TenantScope, bundle: BundleReader, number: int) -> None:
        lines = members.split(await members.whole(bundle, f"sessions/{number}.jsonl"))
        if not lines:
            raise members.bad(f"session {number} is empty")
        record = members.SESSIONS.decode(lines[0])
        turns = [members.TURNS.decode(line) for line in lines[1:]]
        sound.require_session(record, turns)
        conversation = structs.replace(record, tenant_uid=scope.tenant_uid, turns=())
        for turn in turns:
            await self._stores.conversations.append(scope, conversation, turn)


def _require_complete(facts: members.BundledClient, names: Sequence[str]) -> None:
    counts = (facts.configs, facts.documents, facts.sessions)
    if min(counts) < 0 or facts.configs + 4 * facts.documents + facts.sessions + 1 != len(names):
        raise members.bad("it holds more, or less, than it says")
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
