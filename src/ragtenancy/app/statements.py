"""Signed statements to a tenant: certificates of its deletions, and of its own stores."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.app.maintenance.inspection import Inspection
from ragtenancy.app.paging import every
from ragtenancy.domain.deletion_ledger import LedgerKind
from ragtenancy.domain.deletions import DocumentReceipt
from ragtenancy.domain.errors import (
    ConfigurationError,
    ConflictError,
    NotFoundError,
    UnavailableError,
)
from ragtenancy.domain.evidence import (
    ClientStatement,
    DeletionStatement,
    KeyUse,
    RemainingCounts,
    Signed,
    Statement,
    canonical,
    deletion_statement,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.signing import Signer, SigningKey
from ragtenancy.ports.vectors import VectorIndex


class Statements:
    """Says to a tenant what is true of its own data, signed; ids, counts and times only.

    Signing raises `ConflictError` (no_signing_key) without a key, and `UnavailableError`
    (signing_key_unusable) for one that cannot be used.
    """

    def __init__(
        self,
        ledger: DeletionLedger,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        api_keys: ApiKeyRepository,
        inspection: Inspection,
        signing_key: SigningKey,
        clock: Clock,
        *,
        versions: Mapping[str, str],
    ) -> None:
        self._ledger = ledger
        self._documents = documents
        self._chunks = chunks
        self._vectors = vectors
        self._lexical = lexical
        self._api_keys = api_keys
        self._inspection = inspection
        self._signing_key = signing_key
        self._clock = clock
        self._versions = versions

    async def deletions(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[DocumentReceipt]:
        """Return a page of the receipts of the tenant's deleted documents, latest first."""
        page = await self._ledger.page(scope, kind=LedgerKind.DOCUMENT, after=after, limit=limit)
        return Page(items=[each.receipt for each in page.items if each.receipt], next=page.next)

    async def deletion(
        self, scope: TenantScope, document_id: DocumentId
    ) -> Signed[DeletionStatement]:
        """Return the certificate of a deletion, with each store counted again now.

        Raises `NotFoundError` for a document that is unknown, another tenant's or not deleted.
        """
        entry = await self._ledger.get(scope, LedgerKind.DOCUMENT, document_id)
        if entry is None or entry.receipt is None:
            raise NotFoundError("There is no such deleted document.")
        signer = await self._signer()
        statement = deletion_statement(
            scope.tenant_uid,
            entry.receipt,
            await self._remaining(scope, document_id),
            made_at=self._clock.now(),
            made_by=self._issuer,
        )
        return _signed(statement, signer)

    async def client(self, scope: TenantScope) -> Signed[ClientStatement]:
        """Return what the tenant's stores hold compared with its catalogue, and its keys' use."""
        signer = await self._signer()
        inspected = await self._inspection.of_client(scope)
        read = self._api_keys.page
        keys = [
            KeyUse(
                key_id=key.key_id,
                created_at=key.created_at,
                revoked_at=key.revoked_at,
                last_used=key.last_used,
            )
            async for key in every(lambda after, limit: read(scope, after=after, limit=limit))
        ]
        statement = ClientStatement(
            made_at=self._clock.now(),
            made_by=self._issuer,
            client_uid=scope.tenant_uid,
            reconciliation=inspected,
            keys=keys,
            versions=self._versions,
            passed=inspected.is_consistent,
        )
        return _signed(statement, signer)

    @property
    def _issuer(self) -> str:
        return f"ragtenancy {self._versions['ragtenancy']}"

    async def _remaining(self, scope: TenantScope, document_id: DocumentId) -> RemainingCounts:
        record = await self._documents.get(scope, document_id)
        return RemainingCounts(
            records=0 if record is None else 1,
            vectors=await self._vectors.count(scope, document_id),
            lexical=await self._lexical.count(scope, document_id),
            chunks=await self._chunks.count(scope, document_id),
        )

    async def _signer(self) -> Signer:
        try:
            signer = await self._signing_key.signer()
        except ConfigurationError as error:
            raise UnavailableError(
                "The server's signing key cannot be used.", code="signing_key_unusable"
            ) from error
        if signer is None:
            raise ConflictError("The server has no signing key.", code="no_signing_key")
        return signer


def _signed(statement: Statement, signer: Signer) -> Signed[Statement]:
    return Signed(
        statement=statement,
        signature=signer.sign(canonical(statement)),
        key=signer.fingerprint,
        public_key=signer.public_key.decode("ascii"),
    )
