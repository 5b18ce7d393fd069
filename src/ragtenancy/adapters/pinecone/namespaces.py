"""The namespaces of tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.errors import translated
from ragtenancy.adapters.pinecone.limits import Patience
from ragtenancy.adapters.pinecone.placing import OWNER_KEY, REVISION_KEY
from ragtenancy.adapters.pinecone.records import Records
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import Namespace, TenantUid, is_tenant_uid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE
from ragtenancy.ports.tenant_storage import TenantStorage

if TYPE_CHECKING:
    from pinecone.models.namespaces.models import NamespaceDescription


OWNER_FIELD = "owner_"


class Described(Struct, frozen=True, kw_only=True):
    """A namespace; `owner` is None unless we created it."""

    name: Namespace
    owner: TenantUid | None
    records: int

    def is_for(self, scope: TenantScope) -> bool:
        """Return whether it is the tenant's, or has no known owner."""
        return self.owner in (None, scope.tenant_uid)


class Namespaces:
    """Creates, describes and drops namespaces.

    A namespace records its owner in an indexed field, `owner_<uid>`: a deleted tenant's late write
    does not reach a successor of the same name.
    """

    def __init__(self, index: PineconeIndex) -> None:
        self._index = index

    async def create(self, scope: TenantScope) -> None:
        """Create the tenant's namespace; idempotent. Raises `ConflictError` for another's."""
        fields = (REVISION_KEY, f"{OWNER_FIELD}{scope.tenant_uid}")
        index = await self._index.data()
        try:
            async with translated(seconds=self._index.seconds):
                await index.create_namespace(
                    name=scope.namespace,
                    schema={"fields": {name: {"filterable": True} for name in fields}},
                )
        except ConflictError:
            held = await self.described(scope)
            if held is not None and not held.is_for(scope):
                raise

    async def described(self, scope: TenantScope) -> Described | None:
        """Return the namespace with the scope's name, None if there is none."""
        index = await self._index.data()
        try:
            async with translated(seconds=self._index.seconds):
                return _described(await index.describe_namespace(name=scope.namespace))
        except NotFoundError:
            return None

    async def own(self, scope: TenantScope) -> Described | None:
        """Return the tenant's namespace, None if it is absent or another tenant's."""
        held = await self.described(scope)
        return held if held is not None and held.is_for(scope) else None

    async def drop(self, scope: TenantScope) -> None:
        """Delete the namespace with its records; idempotent."""
        index = await self._index.data()
        try:
            async with translated(seconds=self._index.seconds):
                await index.delete_namespace(name=scope.namespace)
        except NotFoundError:
            return

    async def owners(self) -> AsyncIterator[TenantUid]:
        """Yield the namespaces' owners; without a recorded one, the first record's."""
        async for held in self._every():
            owner = held.owner
            if owner is None and held.records and held.name != DEFAULT_NAMESPACE:
                owner = await self._first_owner(held.name)
            if owner is not None:
                yield owner

    async def _every(self) -> AsyncIterator[Described]:
        index, after = await self._index.data(), None
        while True:
            async with translated(seconds=self._index.seconds):
                page = await index.list_namespaces_paginated(limit=100, pagination_token=after)
                after = page.pagination.next if page.pagination else None
                every = [_described(one) for one in page.namespaces if one.name]
            for described in every:
                yield described
            if not after:
                return

    async def _first_owner(self, name: Namespace) -> TenantUid | None:
        records = Records(self._index, name)
        ids, _ = await records.page("", after=None)
        for record in (await records.fetch(ids[:1])).values() if ids else ():
            owner = str(record.metadata.get(OWNER_KEY, ""))
            return TenantUid(owner) if is_tenant_uid(owner) else None
        return None


def _described(one: NamespaceDescription) -> Described:
    fields = one.schema.fields if one.schema else {}
    owners = [name.removeprefix(OWNER_FIELD) for name in fields if name.startswith(OWNER_FIELD)]
    return Described(
        name=Namespace(one.name),
        owner=TenantUid(owners[0]) if owners else None,
        records=one.record_count,
    )


NOT_THERE = "The vector store does not list the new namespace yet."
NOT_GONE = "The vector store still lists a deleted namespace."


class PineconeTenantStorage(TenantStorage):
    """Creates, counts and removes namespaces; never touches another tenant's of the same name."""

    def __init__(self, index: PineconeIndex, *, patience: Patience | None = None) -> None:
        self._namespaces = Namespaces(index)
        self._patience = patience or Patience()

    async def create(self, scope: TenantScope) -> None:
        """Create the namespace. Raises `ConflictError` if it is another tenant's."""
        await self._namespaces.create(scope)

        async def there() -> bool:
            return await self._namespaces.own(scope) is not None

        await self._patience.until(there, NOT_THERE)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        held = await self._namespaces.own(scope)
        return {"namespaces": int(held is not None), "vectors": held.records if held else 0}

    async def drop(self, scope: TenantScope) -> None:
        """Remove the namespace. Raises `UnavailableError` if it still exists after a timeout."""
        if await self._namespaces.own(scope) is None:
            return
        await self._namespaces.drop(scope)

        async def gone() -> bool:
            return await self._namespaces.own(scope) is None

        await self._patience.until(gone, NOT_GONE)

    async def tenants(self) -> Sequence[TenantUid]:
        return tuple(sorted({owner async for owner in self._namespaces.owners()}))
