"""Key records and peppers, in memory."""

from __future__ import annotations

import secrets

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.domain.api_keys import ApiKey, Pepper
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore


class InMemoryApiKeyRepository(ApiKeyRepository):
    """Records by key id."""

    def __init__(self) -> None:
        self._keys: dict[ApiKeyId, ApiKey] = {}

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record."""
        return self._keys.get(key_id)

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record of this tenant."""
        key = self._keys.get(key_id)
        return key if key is not None and key.tenant_uid == scope.tenant_uid else None

    async def add(self, scope: TenantScope, key: ApiKey) -> None:  # noqa: ARG002 - the key names it
        """Keep a new record."""
        if key.key_id in self._keys:
            raise AlreadyExistsError("The key's id is taken.")
        self._keys[key.key_id] = key

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        """Write a record of this tenant."""
        if await self.get(scope, key.key_id) is None:
            raise NotFoundError("There is no such key.")
        self._keys[key.key_id] = key

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        """Return the tenant's records, oldest first."""
        mine = [key for key in self._keys.values() if key.tenant_uid == scope.tenant_uid]
        return page_of(mine, _place, after=after, limit=limit)

    async def drop(self, scope: TenantScope) -> None:
        """Remove every record of the tenant."""
        self._keys = {i: k for i, k in self._keys.items() if k.tenant_uid != scope.tenant_uid}


class InMemoryPepperStore(PepperStore):
    """One pepper, made with the process."""

    def __init__(self) -> None:
        self._pepper = Pepper(version=1, secret=secrets.token_bytes(32))

    async def current(self) -> Pepper:
        """Return the pepper."""
        return self._pepper

    async def get(self, version: int) -> Pepper | None:
        """Return one version."""
        return self._pepper if version == self._pepper.version else None


def _place(key: ApiKey) -> str:
    return f"{key.created_at.isoformat()} {key.key_id}"
