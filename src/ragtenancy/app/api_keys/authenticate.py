"""From a credential to a principal; fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from ragtenancy.app.api_keys.peppers import Peppers
from ragtenancy.domain.api_keys import ApiKey, key_id_of, signed_text
from ragtenancy.domain.errors import UnauthenticatedError
from ragtenancy.domain.principals import OperatorPrincipal, TenantPrincipal
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository


class AuthenticateTenant:
    """Finds the tenant of an API key.

    Point read of the key id, MAC compared in constant time, key usable, tenant active. Raises
    `UnauthenticatedError` for every fault of the key and `ClientSuspendedError` for a suspended
    tenant's valid key.
    """

    def __init__(
        self,
        keys: ApiKeyRepository,
        peppers: Peppers,
        tenants: TenantRepository,
        clock: Clock,
    ) -> None:
        self._keys = keys
        self._peppers = peppers
        self._tenants = tenants
        self._clock = clock

    async def __call__(self, credential: str) -> TenantPrincipal:
        """Return whose key it is."""
        key = await self._verified(credential)
        if not key.usable(self._clock.now()):
            raise UnauthenticatedError
        tenant = await self._tenants.find(key.tenant_uid)
        if tenant is None or tenant.status is TenantStatus.DELETING:
            raise UnauthenticatedError
        tenant.require_active()
        return TenantPrincipal(scope=tenant.scope, key_id=key.key_id, scopes=key.scopes)

    async def _verified(self, credential: str) -> ApiKey:
        key_id = key_id_of(credential)
        if key_id is None:
            raise UnauthenticatedError
        key = await self._keys.find(key_id)
        current = await self._peppers.current()
        if key is None:
            current.mac(credential)  # the absent costs what the present does
            raise UnauthenticatedError
        newest = key.pepper_version == current.version
        pepper = current if newest else await self._peppers.get(key.pepper_version)
        signed = signed_text(key_id, credential)
        if pepper is None or not compare_digest(pepper.mac(signed), key.mac):
            raise UnauthenticatedError
        return key


class AuthenticateOperator:
    """Finds the operator of an admin key among those of the settings, in constant time."""

    def __init__(self, admin_keys: Mapping[str, str]) -> None:
        self._digests = {name: _digest(key) for name, key in admin_keys.items()}

    async def __call__(self, credential: str) -> OperatorPrincipal:
        """Return who it is; raise `UnauthenticatedError`."""
        given = _digest(credential)
        matches = [n for n, digest in self._digests.items() if compare_digest(given, digest)]
        if not matches:
            raise UnauthenticatedError
        return OperatorPrincipal(name=matches[0])


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
