"""The registry in memory: tenants, their configurations and keys, peppers, deletions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.api_keys import ApiKey, Pepper, Signature
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    NotFoundError,
    StaleWriteError,
)
from ragtenancy.domain.ids import ApiKeyId, DeletionId, Namespace, TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.persistence.cursors import (
    cursor_position,
    cut,
    decode_cursor,
    encode_cursor,
    position_cursor,
)
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenants import TenantRepository


class InMemoryTenantRepository(TenantRepository):
    """Tenants by id."""

    def __init__(self, memory: Memory) -> None:
        self._tenants = memory.tenants

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return self._tenants.get(tenant_id)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return next((t for t in self._tenants if t.tenant_uid == tenant_uid), None)

    async def add(self, tenant: Tenant) -> None:
        if any(_clash(tenant, other) for other in self._tenants):
            raise AlreadyExistsError("The client id or its namespace is taken.")
        self._tenants.add(tenant.tenant_id, tenant)

    async def save(self, tenant: Tenant) -> Tenant:
        stored = self._tenants.get(tenant.tenant_id)
        if stored is None or (stored.tenant_uid, stored.version) != (
            tenant.tenant_uid,
            tenant.version,
        ):
            raise StaleWriteError("The client changed since it was read.")
        saved = structs.replace(tenant, version=tenant.version + 1)
        self._tenants.put(tenant.tenant_id, saved)
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        start = "" if after is None else decode_cursor(after)
        found = sorted((t for t in self._tenants if t.tenant_id > start), key=lambda t: t.tenant_id)
        return cut(found, limit, lambda tenant: encode_cursor(tenant.tenant_id))

    async def delete(self, tenant_uid: TenantUid) -> None:
        tenant = await self.find(tenant_uid)
        if tenant is not None:
            self._tenants.remove(tenant.tenant_id)


def _clash(one: Tenant, other: Tenant) -> bool:
    return (
        one.tenant_id == other.tenant_id
        or one.tenant_uid == other.tenant_uid
        or one.namespace == other.namespace
    )


class InMemoryTenantConfigRepository(TenantConfigRepository):
    """Versions by tenant and number."""

    def __init__(self, memory: Memory) -> None:
        self._configs = memory.configs

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        return await self.get(scope, self._highest(scope))

    async def newest(self, scope: TenantScope) -> int:
        return self._highest(scope)

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        found = self._configs.get((scope.tenant_uid, version))
        if found is not None:
            scope.require_own(found.tenant_uid, "tenant_configs")
        return found

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        if config.version != self._highest(scope) + 1:
            raise StaleWriteError("The configuration changed since it was read.")
        self._configs.add((scope.tenant_uid, config.version), config)

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        newest = self._highest(scope) if after is None else cursor_position(after) - 1
        wanted = range(newest, max(newest - limit - 1, 0), -1)
        found = [config for version in wanted if (config := await self.get(scope, version))]
        return cut(found, limit, lambda config: position_cursor(config.version))

    async def drop(self, scope: TenantScope) -> None:
        self._configs.remove_where(lambda key: key[0] == scope.tenant_uid)

    def _highest(self, scope: TenantScope) -> int:
        keys = self._configs.keys()
        return max((version for uid, version in keys if uid == scope.tenant_uid), default=0)


class InMemoryApiKeyRepository(ApiKeyRepository):
    """Records by tenant and id; an id is unique across tenants."""

    def __init__(self, memory: Memory) -> None:
        self._keys = memory.api_keys
        self._owners = memory.key_owners

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        owner = self._owners.get(key_id)
        key = None if owner is None else self._keys.get((owner, key_id))
        if key is not None and key.tenant_uid != owner:
            raise IsolationBreach("api_keys")
        return key

    async def signatures(self) -> frozenset[Signature]:
        keys = [self._keys.get((owner, key_id)) for key_id, owner in self._owners.items()]
        return frozenset(key.signature for key in keys if key is not None)

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        key = self._keys.get((scope.tenant_uid, key_id))
        if key is not None:
            scope.require_own(key.tenant_uid, "api_keys")
        return key

    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        if key.key_id in self._owners:
            raise AlreadyExistsError("The key id is taken.")
        self._keys.add((scope.tenant_uid, key.key_id), key)
        self._owners[key.key_id] = scope.tenant_uid

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        if (scope.tenant_uid, key.key_id) not in self._keys:
            raise NotFoundError("There is no such key.")
        self._keys.put((scope.tenant_uid, key.key_id), key)

    async def refresh(self, scope: TenantScope, known: ApiKey, fresh: ApiKey) -> bool:
        scope.require_own(fresh.tenant_uid, "api_keys")
        if await self.get(scope, known.key_id) != known:
            return False
        self._keys.put((scope.tenant_uid, fresh.key_id), fresh)
        return True

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        return self._keys.page(
            lambda key: key.tenant_uid == scope.tenant_uid, after=after, limit=limit
        )

    async def drop(self, scope: TenantScope) -> None:
        self._keys.remove_where(lambda key: key[0] == scope.tenant_uid)
        for key_id in [k for k, owner in self._owners.items() if owner == scope.tenant_uid]:
            del self._owners[key_id]


PEPPER_BYTES = 32


class InMemoryPepperStore(PepperStore):
    """One pepper, generated or given."""

    def __init__(self, pepper: Pepper | None = None) -> None:
        self._peppers = {} if pepper is None else {pepper.version: pepper}

    @property
    def place(self) -> str:
        return "the memory of this process"

    async def current(self) -> Pepper | None:
        return self._peppers[max(self._peppers)] if self._peppers else None

    async def make_first(self) -> Pepper:
        made = Pepper(version=1, secret=secrets.token_bytes(PEPPER_BYTES))
        return self._peppers.setdefault(1, made)

    async def make_next(self) -> Pepper:
        version = max(self._peppers, default=0) + 1
        made = Pepper(version=version, secret=secrets.token_bytes(PEPPER_BYTES))
        return self._peppers.setdefault(version, made)

    async def get(self, version: int) -> Pepper | None:
        return self._peppers.get(version)


class InMemoryDeletionRepository(DeletionRepository):
    """Deletions by id."""

    def __init__(self, memory: Memory) -> None:
        self._deletions = memory.deletions

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        return self._deletions.get(deletion_id)

    async def add(self, deletion: TenantDeletion) -> None:
        self._deletions.add(deletion.deletion_id, deletion)

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        stored = self._deletions.get(deletion.deletion_id)
        if stored is None or stored.version != deletion.version:
            raise StaleWriteError("The deletion changed since it was read.")
        saved = structs.replace(deletion, version=deletion.version + 1)
        self._deletions.put(deletion.deletion_id, saved)
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        return tuple(d for d in self._deletions if d.status is not DeletionStatus.VERIFIED)

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        for deletion in await self.unfinished():
            if tenant_id == deletion.tenant_id or namespace == deletion.namespace:
                return deletion
        return None

    async def every(self) -> Sequence[TenantDeletion]:
        return tuple(self._deletions)
