"""The register of tenants in the control file."""

from __future__ import annotations

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import Tenant
from ragtenancy.persistence.cursors import cut, decode_cursor, encode_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.tenants import TenantRepository

CODEC = RecordCodec(Tenant)


class SqliteTenantRepository(TenantRepository):
    """Table `tenants`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return await self._one("SELECT body FROM tenants WHERE tenant_id = ?", tenant_id)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return await self._one("SELECT body FROM tenants WHERE tenant_uid = ?", tenant_uid)

    async def add(self, tenant: Tenant) -> None:
        body = CODEC.encode(tenant)

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
        body = CODEC.encode(saved)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE tenants SET version = ?, body = ? WHERE tenant_uid = ? AND version = ?",
                (saved.version, body, tenant.tenant_uid, tenant.version),
            )
            if not db.changes():
                raise StaleWriteError("The client changed since it was read.")

        await self._control.write(work)
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        start = "" if after is None else decode_cursor(after)

        def work(db: apsw.Connection) -> Page[Tenant]:
            rows = db.execute(
                "SELECT body FROM tenants WHERE tenant_id > ? ORDER BY tenant_id LIMIT ?",
                (start, limit + 1),
            )
            found = [CODEC.decode(body) for (body,) in rows]
            return cut(found, limit, lambda tenant: encode_cursor(tenant.tenant_id))

        return await self._control.read(work)

    async def delete(self, tenant_uid: TenantUid) -> None:
        await self._control.write(
            lambda db: db.execute("DELETE FROM tenants WHERE tenant_uid = ?", (tenant_uid,)).get
        )

    async def _one(self, query: str, key: str) -> Tenant | None:
        body = await self._control.read_briefly(lambda db: db.execute(query, (key,)).get)
        return None if body is None else CODEC.decode(body)
