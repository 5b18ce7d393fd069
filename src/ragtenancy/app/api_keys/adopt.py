"""Honouring the keys of the original plan, of which only hashes are known."""

from __future__ import annotations

from ragtenancy.app.api_keys.peppers import Peppers
from ragtenancy.domain.api_keys import plan_key
from ragtenancy.domain.errors import AlreadyExistsError
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.clock import Clock


class AdoptPlanKey:
    """Keeps a key record for a client's `api_key_hash`."""

    def __init__(self, keys: ApiKeyRepository, peppers: Peppers, clock: Clock) -> None:
        self._keys = keys
        self._peppers = peppers
        self._clock = clock

    async def __call__(self, tenant: Tenant, api_key_hash: str) -> bool:
        """Return whether a record was missing; one that is there, revoked or not, stays.

        Raises `AlreadyExistsError` where the same key is another client's, and where the client
        has other keys: whoever can write the plan's records cannot let himself in.
        """
        key = plan_key(tenant, api_key_hash, await self._peppers.current(), self._clock.now())
        if await self._keys.get(tenant.scope, key.key_id) is not None:
            return False
        if (await self._keys.page(tenant.scope, limit=1)).items:
            raise AlreadyExistsError("The client has other keys already.")
        try:
            await self._keys.add(tenant.scope, key)
        except AlreadyExistsError:
            if await self._keys.get(tenant.scope, key.key_id) is None:
                raise
            return False
        return True
