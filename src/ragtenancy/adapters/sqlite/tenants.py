"""The registry in the control file: tenants, their configurations and keys."""

from __future__ import annotations

import apsw
import structlog
from msgspec import structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.domain.api_keys import ApiKey, Signature
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    NotFoundError,
    StaleWriteError,
)
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion, healed
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.persistence.cursors import (
    cursor_position,
    cut,
    decode_cursor,
    encode_cursor,
    position_cursor,
)
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenants import TenantRepository

TENANT_CODEC = RecordCodec(Tenant)


class SqliteTenantRepository(TenantRepository):
    """Table `tenants`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return await self._one("SELECT body FROM tenants WHERE tenant_id = ?", tenant_id)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return await self._one("SELECT body FROM tenants WHERE tenant_uid = ?", tenant_uid)

    async def add(self, tenant: Tenant) -> None:
        body = TENANT_CODEC.encode(tenant)

        def work(db: apsw.Connection) -> None:
            try:
                db.execute(
                    "INSERT INTO tenants (tenant_id, tenant_uid, namespace, version, body)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (tenant.tenant_id, tenant.tenant_uid, tenant.namespace, tenant.version, body),
                )
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The client id or its namespace is taken.") from error

        await self._control.write(work)

    async def save(self, tenant: Tenant) -> Tenant:
        saved = structs.replace(tenant, version=tenant.version + 1)
        body = TENANT_CODEC.encode(saved)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE tenants SET version = ?, body = ? WHERE tenant_uid = ? AND version = ?",
                (saved.version, body, tenant.tenant_uid, tenant.version),
            )
            if not db.changes():
                raise StaleWriteError("The client changed since it was read.")

        await self._control.write(work, makes_room=True)
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        start = "" if after is None else decode_cursor(after)

        def work(db: apsw.Connection) -> Page[Tenant]:
            rows = db.execute(
                "SELECT body FROM tenants WHERE tenant_id > ? ORDER BY tenant_id LIMIT ?",
                (start, limit + 1),
            )
            found = [TENANT_CODEC.decode(body) for (body,) in rows]
            return cut(found, limit, lambda tenant: encode_cursor(tenant.tenant_id))

        return await self._control.read(work)

    async def delete(self, tenant_uid: TenantUid) -> None:
        await self._control.write(
            lambda db: db.execute("DELETE FROM tenants WHERE tenant_uid = ?", (tenant_uid,)).get,
            makes_room=True,
        )

    async def _one(self, query: str, key: str) -> Tenant | None:
        def work(db: apsw.Connection) -> Tenant | None:
            body = db.execute(query, (key,)).get
            return None if body is None else TENANT_CODEC.decode(body)

        return await self._control.read_kept((query, key), work)


def is_served(control: ControlFile, scope: TenantScope) -> bool:
    """Return whether a tenant is registered and not being deleted; blocks."""
    query = "SELECT body FROM tenants WHERE tenant_uid = ?"
    body = control.look(lambda db: db.execute(query, (scope.tenant_uid,)).get)
    return body is not None and TENANT_CODEC.decode(body).status is not TenantStatus.DELETING


log = structlog.get_logger(__name__)

HIGHEST = 2**62


def _healed(record: object) -> object:
    log.warning("config_healed", store="sqlite")
    return healed(record)


CONFIG_CODEC = RecordCodec(ConfigVersion, _healed)


class SqliteTenantConfigRepository(TenantConfigRepository):
    """Table `tenant_configs`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        query = "SELECT body FROM tenant_configs WHERE tenant_uid = ? ORDER BY version DESC LIMIT 1"

        def work(db: apsw.Connection) -> ConfigVersion | None:
            body = db.execute(query, (scope.tenant_uid,)).get
            return None if body is None else _own_config(scope, body)

        return await self._control.read_kept((query, scope.tenant_uid), work)

    async def newest(self, scope: TenantScope) -> int:
        return await self._control.read_briefly(lambda db: _newest(db, scope))

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        body = await self._control.read(
            lambda db: (
                db.execute(
                    "SELECT body FROM tenant_configs WHERE tenant_uid = ? AND version = ?",
                    (scope.tenant_uid, min(max(version, 0), HIGHEST)),
                ).get
            )
        )
        return None if body is None else _own_config(scope, body)

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        body = CONFIG_CODEC.encode(config)

        def work(db: apsw.Connection) -> None:
            if config.version != _newest(db, scope) + 1:
                raise StaleWriteError("The configuration changed since it was read.")
            db.execute(
                "INSERT INTO tenant_configs (tenant_uid, version, body) VALUES (?, ?, ?)",
                (scope.tenant_uid, config.version, body),
            )

        await self._control.write(work)

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        start = HIGHEST if after is None else cursor_position(after)

        def work(db: apsw.Connection) -> Page[ConfigVersion]:
            rows = db.execute(
                "SELECT body FROM tenant_configs WHERE tenant_uid = ? AND version < ?"
                " ORDER BY version DESC LIMIT ?",
                (scope.tenant_uid, start, limit + 1),
            )
            found = [_own_config(scope, body) for (body,) in rows]
            return cut(found, limit, lambda config: position_cursor(config.version))

        return await self._control.read(work)

    async def drop(self, scope: TenantScope) -> None:
        await self._control.write(
            lambda db: (
                db.execute(
                    "DELETE FROM tenant_configs WHERE tenant_uid = ?", (scope.tenant_uid,)
                ).get
            ),
            makes_room=True,
        )


def _newest(db: apsw.Connection, scope: TenantScope) -> int:
    query = "SELECT max(version) FROM tenant_configs WHERE tenant_uid = ?"
    return int(db.execute(query, (scope.tenant_uid,)).get or 0)


def _own_config(scope: TenantScope, body: bytes) -> ConfigVersion:
    with translated():
        config = CONFIG_CODEC.decode(body)
    scope.require_own(config.tenant_uid, "tenant_configs")
    return config


KEY_CODEC = RecordCodec(ApiKey)


class SqliteApiKeyRepository(ApiKeyRepository):
    """Table `api_keys`; an id is unique across tenants."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        query = "SELECT tenant_uid, body FROM api_keys WHERE key_id = ?"

        def work(db: apsw.Connection) -> ApiKey | None:
            row = db.execute(query, (key_id,)).fetchone()
            if row is None:
                return None
            key = KEY_CODEC.decode(row[1])
            if key.tenant_uid != row[0]:
                raise IsolationBreach("api_keys")
            return key

        return await self._control.read_kept((query, key_id), work)

    async def signatures(self) -> frozenset[Signature]:
        def work(db: apsw.Connection) -> frozenset[Signature]:
            rows = db.execute("SELECT body FROM api_keys")
            return frozenset(KEY_CODEC.decode(body).signature for (body,) in rows)

        return await self._control.read(work)

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        body = await self._control.read_briefly(
            lambda db: (
                db.execute(
                    "SELECT body FROM api_keys WHERE key_id = ? AND tenant_uid = ?",
                    (key_id, scope.tenant_uid),
                ).get
            )
        )
        return None if body is None else _own_key(scope, body)

    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        row = (key.key_id, scope.tenant_uid, KEY_CODEC.encode(key))

        def work(db: apsw.Connection) -> None:
            try:
                db.execute("INSERT INTO api_keys (key_id, tenant_uid, body) VALUES (?, ?, ?)", row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The key id is taken.") from error

        await self._control.write(work)

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        body = KEY_CODEC.encode(key)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE api_keys SET body = ? WHERE key_id = ? AND tenant_uid = ?",
                (body, key.key_id, scope.tenant_uid),
            )
            if not db.changes():
                raise NotFoundError("There is no such key.")

        await self._control.write(work, makes_room=True)

    async def refresh(self, scope: TenantScope, known: ApiKey, fresh: ApiKey) -> bool:
        scope.require_own(fresh.tenant_uid, "api_keys")
        body, key = KEY_CODEC.encode(fresh), (known.key_id, scope.tenant_uid)

        def work(db: apsw.Connection) -> bool:
            found = db.execute(
                "SELECT body FROM api_keys WHERE key_id = ? AND tenant_uid = ?", key
            ).get
            if found is None or _own_key(scope, found) != known:
                return False
            db.execute(
                "UPDATE api_keys SET body = ? WHERE key_id = ? AND tenant_uid = ?", (body, *key)
            )
            return True

        return await self._control.write_if_free(work) or False

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        start = 0 if after is None else cursor_position(after)

        def work(db: apsw.Connection) -> Page[ApiKey]:
            rows = [
                *db.execute(
                    "SELECT sequence, body FROM api_keys WHERE tenant_uid = ? AND sequence > ?"
                    " ORDER BY sequence LIMIT ?",
                    (scope.tenant_uid, start, limit + 1),
                )
            ]
            page = cut(rows, limit, lambda row: position_cursor(row[0]))
            return Page(
                items=tuple(_own_key(scope, body) for _, body in page.items), next=page.next
            )

        return await self._control.read(work)

    async def drop(self, scope: TenantScope) -> None:
        await self._control.write(
            lambda db: (
                db.execute("DELETE FROM api_keys WHERE tenant_uid = ?", (scope.tenant_uid,)).get
            ),
            makes_room=True,
        )


def _own_key(scope: TenantScope, body: bytes) -> ApiKey:
    key = KEY_CODEC.decode(body)
    scope.require_own(key.tenant_uid, "api_keys")
    return key
