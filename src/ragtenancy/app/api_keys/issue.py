"""Making a key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ragtenancy.app.api_keys.peppers import Peppers
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.domain.api_keys import ALL_SCOPES, ApiKey, Label, Scope, Scopes, compose
from ragtenancy.domain.bounds import Moment, require_within
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import ApiKeyId, TenantId
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids

KEY_ID_LENGTH = 11
SECRET_LENGTH = 43


class IssuedKey(Struct, frozen=True, kw_only=True):
    """A new key: the record, and the key itself, which is never seen again."""

    record: ApiKey
    api_key: str


class IssueApiKey:
    """Makes a key for a tenant and keeps its MAC alone."""

    def __init__(
        self,
        find_tenant: FindTenant,
        keys: ApiKeyRepository,
        peppers: Peppers,
        ids: Ids,
        clock: Clock,
        environment: str,
    ) -> None:
        self._find_tenant = find_tenant
        self._keys = keys
        self._peppers = peppers
        self._ids = ids
        self._clock = clock
        self._environment = environment

    async def __call__(
        self,
        tenant_id: TenantId,
        *,
        label: str = "",
        scopes: Sequence[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        """Return the new key.

        Raises `NotFoundError`; `MalformedError` for a label, a scope or a time out of its bounds;
        `InvalidError` if the key would never work.
        """
        now = self._clock.now()
        require_within(label, Label, "label")
        require_within(expires_at, Moment | None, "expires_at")
        if expires_at is not None and expires_at <= now:
            raise InvalidError("expires_at lies in the past.", code="already_expired")
        granted = tuple(dict.fromkeys(scopes))
        if not granted:
            raise InvalidError("A key needs at least one scope.", code="no_scopes")
        require_within(granted, Scopes, "scopes")
        tenant = await self._find_tenant(tenant_id)
        key_id = ApiKeyId(self._ids.token(KEY_ID_LENGTH))
        api_key = compose(self._environment, key_id, self._ids.token(SECRET_LENGTH))
        pepper = await self._peppers.current()
        record = ApiKey(
            key_id=key_id,
            tenant_id=tenant.tenant_id,
            tenant_uid=tenant.tenant_uid,
            mac=pepper.mac(api_key),
            pepper_version=pepper.version,
            label=label,
            scopes=granted,
            created_at=now,
            expires_at=expires_at,
        )
        await self._keys.add(tenant.scope, record)
        return IssuedKey(record=record, api_key=api_key)
