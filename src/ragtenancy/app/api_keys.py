"""API keys: issuing, listing, revoking, adopting from the original plan, and authentication."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

import structlog
from msgspec import Struct

from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.api_keys import (
    ALL_SCOPES,
    DEFAULT_OVERLAP,
    KEY_ID_LENGTH,
    SECRET_LENGTH,
    ApiKey,
    Pepper,
    Scope,
    compose,
    grantable,
    key_id_of,
    plan_key,
    signed_text,
)
from ragtenancy.domain.deletion_ledger import key_entry
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    NotFoundError,
    RagTenancyError,
    StateLostError,
    UnauthenticatedError,
)
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.ids import ApiKeyId, TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.principals import OperatorPrincipal, TenantPrincipal
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.health import Probe
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

NOTE_SECONDS = 1.0


class RotatedPepper(Struct, frozen=True, kw_only=True):
    """The version that signs from now on, and the older ones that keys still need."""

    version: int
    needed: Sequence[int]


class Peppers:
    """The peppers of the installation's keys; the first is created before the first key, never after.

    Keys are worthless without the pepper that signed them: a lost pepper must be restored from a
    backup and is never replaced.
    """

    def __init__(self, keys: ApiKeyRepository, store: PepperStore) -> None:
        self._keys = keys
        self._store = store
        self._used: dict[int, bytes] = {}

    async def current(self) -> Pepper:
        """Return the newest pepper; create one if no key was ever issued.

        Raises `StateLostError`.
        """
        pepper = await self._store.current() or await self.kept() or await self._store.make_first()
        return self._recognised(pepper)

    async def get(self, version: int) -> Pepper | None:
        """Return one version of the pepper. Raises `StateLostError`."""
        pepper = await self._store.get(version)
        return None if pepper is None else self._recognised(pepper)

    async def kept(self) -> Pepper | None:
        """Return the newest pepper, None before the first.

        Raises `StateLostError` if keys that are not revoked were signed with one that is lost, or
        with another than that of its version.
        """
        signatures = await self._keys.signatures()  # first: another process may be creating both
        pepper = await self._store.current()
        if pepper is None and signatures:
            raise self._lost()
        for each in signatures:
            signed = await self._store.get(each.pepper_version)
            if not each.fits(signed):
                raise self._lost() if signed is None else self._foreign(each.pepper_version)
        return None if pepper is None else self._recognised(pepper)

    async def rotate(self) -> RotatedPepper:
        """Add a version that signs from now on: new keys, and older ones at their next use.

        Raises `StateLostError`; `ConflictError` (peppers_given) if the operator gives the peppers.
        """
        await self.kept()
        made = self._recognised(await self._store.make_next())
        needed = {each.pepper_version for each in await self._keys.signatures() if each.live}
        return RotatedPepper(version=made.version, needed=sorted(needed - {made.version}))

    async def require_intact(self) -> None:
        """Raise `StateLostError` unless the peppers that this process has used are still there."""
        await self._store.current()
        for version in tuple(self._used):
            if await self.get(version) is None:
                raise self._lost()

    def _recognised(self, pepper: Pepper) -> Pepper:
        """Return a pepper, unless this process has used another of the same version."""
        if self._used.setdefault(pepper.version, pepper.fingerprint) != pepper.fingerprint:
            raise self._foreign(pepper.version)
        return pepper

    def _lost(self) -> StateLostError:
        return StateLostError(
            "The pepper that the API keys were signed with is missing; restore it from a backup.",
            self._store.place,
        )

    def _foreign(self, version: int) -> StateLostError:
        return StateLostError(
            f"API keys were signed with another pepper {version} than the one here; restore it from "
            "a backup.",
            self._store.place,
        )


class PepperProbe(Probe):
    """Reads the peppers; a store that is away is left to its own probe."""

    def __init__(self, peppers: Peppers) -> None:
        self._peppers = peppers

    @property
    def name(self) -> str:
        """The probe's name."""
        return "pepper"

    @property
    def local(self) -> bool:
        """True: another replica may have its peppers."""
        return True

    async def check(self) -> ProbeResult:
        """Compare the peppers with those used before."""
        try:
            await self._peppers.require_intact()
        except StateLostError as error:
            return self.unavailable(error)
        except RagTenancyError:
            pass
        return ProbeResult(name=self.name, connected=True)


class IssuedKey(Struct, frozen=True, kw_only=True):
    """A new key: its record, and the key itself, which is never shown again."""

    record: ApiKey
    api_key: str


class ApiKeys:
    """Tenants' keys; only their MACs are stored."""

    def __init__(
        self,
        tenant_records: TenantRecords,
        keys: ApiKeyRepository,
        peppers: Peppers,
        ledger: DeletionLedger,
        ids: Ids,
        clock: Clock,
        *,
        environment: str,
    ) -> None:
        self._tenant_records = tenant_records
        self._keys = keys
        self._peppers = peppers
        self._ledger = ledger
        self._ids = ids
        self._clock = clock
        self._environment = environment

    async def issue(
        self,
        tenant_id: TenantId,
        *,
        label: str = "",
        scopes: Sequence[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        """Return a new key.

        Raises `NotFoundError`; `MalformedError` for an out-of-bounds label, scope or time;
        `InvalidError` if the key would never work.
        """
        granted = grantable(label, scopes, expires_at, now=self._clock.now())
        tenant = await self._tenant_records.find(tenant_id)
        return await self._issued(tenant, label=label, scopes=granted, expires_at=expires_at)

    async def rotate(
        self, tenant_id: TenantId, key_id: ApiKeyId, *, overlap: timedelta = DEFAULT_OVERLAP
    ) -> IssuedKey:
        """Return a key's successor, with its label, scopes and expiry.

        The key itself stays valid for the overlap, of at most 30 days, then expires; without
        overlap it is revoked at once. Raises `NotFoundError`; `MalformedError` for an overlap out
        of bounds; `ConflictError` (key_not_usable) for a key that is revoked or expired.
        """
        tenant = await self._tenant_records.find(tenant_id)
        key = await self._found(tenant, key_id)
        replaced = key.replaced(self._clock.now(), overlap)
        issued = await self._issued(
            tenant, label=key.label, scopes=key.scopes, expires_at=key.expires_at
        )
        await self._end(tenant, replaced)
        return issued

    async def _issued(
        self,
        tenant: Tenant,
        *,
        label: str,
        scopes: Sequence[Scope],
        expires_at: datetime | None,
    ) -> IssuedKey:
        key_id = ApiKeyId(self._ids.token(KEY_ID_LENGTH))
        api_key = compose(self._environment, key_id, self._ids.token(SECRET_LENGTH))
        pepper = await self._peppers.current()
        record = ApiKey(
            key_id=key_id,
            tenant_id=tenant.tenant_id,
            tenant_uid=tenant.tenant_uid,
            mac=pepper.mac(api_key),
            pepper_version=pepper.version,
            pepper_fingerprint=pepper.fingerprint,
            label=label,
            scopes=scopes,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        await self._keys.add(tenant.scope, record)
        return IssuedKey(record=record, api_key=api_key)

    async def page(
        self, tenant_id: TenantId, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[ApiKey]:
        """Return a page of a tenant's key records, oldest first. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        return await self._keys.page(tenant.scope, after=after, limit=limit)

    async def revoke(self, tenant_id: TenantId, key_id: ApiKeyId) -> None:
        """Revoke a key at once, on every replica; idempotent. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        key = await self._found(tenant, key_id)
        await self._end(tenant, key.revoked(self._clock.now()))

    async def _end(self, tenant: Tenant, key: ApiKey) -> None:
        """Store a key that was revoked or ends after an overlap, in the ledger first."""
        ends_at = key.revoked_at or key.expires_at
        entry = key_entry(tenant.scope, key.key_id, self._clock.now(), ends_at)
        await self._ledger.record(tenant.scope, entry)
        await self._keys.save(tenant.scope, key)

    async def _found(self, tenant: Tenant, key_id: ApiKeyId) -> ApiKey:
        key = await self._keys.get(tenant.scope, key_id)
        if key is None:
            raise NotFoundError("There is no such key.")
        return key

    async def adopt(self, tenant: Tenant, api_key_hash: str) -> bool:
        """Store a record for a plan's key; return False if one exists, revoked or not.

        Raises `AlreadyExistsError` if the key belongs to another client, and if the client has
        other keys: write access to the plan's records must not grant access to the client.
        """
        key = plan_key(tenant, api_key_hash, await self._peppers.current(), self._clock.now())
        if await self._keys.get(tenant.scope, key.key_id) is not None:
            return False
        if (await self._keys.page(tenant.scope, limit=1)).items:
            raise AlreadyExistsError("The client already has other keys.")
        try:
            await self._keys.add(tenant.scope, key)
        except AlreadyExistsError:
            if await self._keys.get(tenant.scope, key.key_id) is None:
                raise
            return False
        return True


class NotedUses:
    """The keys whose use this process has recorded, or tried to, on the current day."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._keys: set[ApiKeyId] = set()

    def is_first(self, key: ApiKey, now: datetime) -> bool:
        """Note a use; return whether it is the first that is known of on its day."""
        if now.date() != self._day:
            self._day, self._keys = now.date(), set()
        if key.key_id in self._keys:
            return False
        self._keys.add(key.key_id)
        return key.last_used_on is None or key.last_used_on.date() < now.date()

    def forget(self, key: ApiKey) -> None:
        """Let the next use of a key count as the first."""
        self._keys.discard(key.key_id)


class Authenticator:
    """Resolves a credential to a principal; fails closed and compares in constant time."""

    def __init__(
        self,
        keys: ApiKeyRepository,
        peppers: Peppers,
        tenants: TenantRepository,
        clock: Clock,
        *,
        admin_keys: Mapping[str, str],
        noted: Callable[[TenantScope, ApiKeyId], None] = lambda *_: None,
    ) -> None:
        self._keys = keys
        self._peppers = peppers
        self._tenants = tenants
        self._clock = clock
        self._operators = {name: _digest(key) for name, key in admin_keys.items()}
        self._uses = NotedUses()
        self._noted = noted

    async def tenant(self, credential: str) -> TenantPrincipal:
        """Return the key's tenant, by a point read of the key id.

        Raises `UnauthenticatedError` for any fault in the key, `ClientSuspendedError` for a
        suspended tenant's valid key.
        """
        key = await self._verified(credential)
        if not key.usable(self._clock.now()):
            raise UnauthenticatedError
        tenant = await self._tenants.find(key.tenant_uid)
        if tenant is None or tenant.status is TenantStatus.DELETING:
            raise UnauthenticatedError
        tenant.require_active()
        await self._note_use(tenant.scope, key, credential)
        return TenantPrincipal(scope=tenant.scope, key_id=key.key_id, scopes=key.scopes)

    async def _note_use(self, scope: TenantScope, key: ApiKey, credential: str) -> None:
        """Record the day of a key's use, once a day, and sign the record by the newest pepper.

        A store that is busy is asked again at the next use; one that fails, on the next day.
        """
        now, newest = self._clock.now(), await self._peppers.current()
        if not self._uses.is_first(key, now):
            return
        fresh = key.used(now, newest, signed_text(key.key_id, credential))
        try:
            async with asyncio.timeout(NOTE_SECONDS):
                if await self._keys.refresh(scope, key, fresh):
                    self._noted(scope, key.key_id)
                else:
                    self._uses.forget(key)
        except (RagTenancyError, TimeoutError):
            log.info("key_use_not_noted", key_id=key.key_id)

    async def operator(self, credential: str) -> OperatorPrincipal:
        """Return the operator with this admin key. Raises `UnauthenticatedError`."""
        given = _digest(credential)
        matches = [n for n, digest in self._operators.items() if compare_digest(given, digest)]
        if not matches:
            raise UnauthenticatedError
        return OperatorPrincipal(name=matches[0])

    async def _verified(self, credential: str) -> ApiKey:
        key_id = key_id_of(credential)
        if key_id is None:
            raise UnauthenticatedError
        key = await self._keys.find(key_id)
        current = await self._peppers.current()
        if key is None:
            current.mac(credential)  # an unknown key takes as long as a known one
            raise UnauthenticatedError
        newest = key.pepper_version == current.version
        pepper = current if newest else await self._peppers.get(key.pepper_version)
        signed = signed_text(key_id, credential)
        if pepper is None or not compare_digest(pepper.mac(signed), key.mac):
            raise UnauthenticatedError
        return key


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
