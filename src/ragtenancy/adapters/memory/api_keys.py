"""Key records in memory."""

from __future__ import annotations

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, NotFoundError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository


class InMemoryApiKeyRepository(ApiKeyRepository):
    """Records by tenant and id; an id belongs to one tenant of all."""

    def __init__(self, memory: Memory) -> None:
        self._keys = memory.api_keys
        self._owners = memory.key_owners

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        owner = self._owners.get(key_id)
        key = None if owner is None else self._keys.get((owner, key_id))
        if key is not None and key.tenant_uid != owner:
            raise IsolationBreach("api_keys")
        return key

    async def issued(self) -> bool:
        return bool(self._owners)

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
