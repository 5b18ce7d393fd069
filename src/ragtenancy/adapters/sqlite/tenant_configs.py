"""Configurations in the control file."""

from __future__ import annotations

import apsw
import structlog

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion, healed
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.tenant_configs import TenantConfigRepository

log = structlog.get_logger(__name__)

HIGHEST = 2**62


def _healed(record: object) -> object:
    log.warning("config_healed", store="sqlite")
    return healed(record)


CODEC = RecordCodec(ConfigVersion, _healed)


class SqliteTenantConfigRepository(TenantConfigRepository):
    """Table `tenant_configs`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        query = "SELECT body FROM tenant_configs WHERE tenant_uid = ? ORDER BY version DESC LIMIT 1"
        body = await self._control.read_briefly(
            lambda db: db.execute(query, (scope.tenant_uid,)).get
        )
        return None if body is None else _own(scope, body)

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
        return None if body is None else _own(scope, body)

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        body = CODEC.encode(config)

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
            found = [_own(scope, body) for (body,) in rows]
            return cut(found, limit, lambda config: position_cursor(config.version))

        return await self._control.read(work)

    async def drop(self, scope: TenantScope) -> None:
        await self._control.write(
            lambda db: (
                db.execute(
                    "DELETE FROM tenant_configs WHERE tenant_uid = ?", (scope.tenant_uid,)
                ).get
            )
        )


def _newest(db: apsw.Connection, scope: TenantScope) -> int:
    query = "SELECT max(version) FROM tenant_configs WHERE tenant_uid = ?"
    return int(db.execute(query, (scope.tenant_uid,)).get or 0)


def _own(scope: TenantScope, body: bytes) -> ConfigVersion:
    with translated():
        config = CODEC.decode(body)
    scope.require_own(config.tenant_uid, "tenant_configs")
    return config
