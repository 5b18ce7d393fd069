"""Key records in the control file."""

from __future__ import annotations

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, NotFoundError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.api_keys import ApiKeyRepository

CODEC = RecordCodec(ApiKey)


class SqliteApiKeyRepository(ApiKeyRepository):
    """Table `api_keys`; an id belongs to one tenant of all."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        row = await self._control.read_briefly(
            lambda db: db.execute(
                "SELECT tenant_uid, body FROM api_keys WHERE key_id = ?", (key_id,)
            ).fetchone()
        )
        if row is None:
            return None
        key = CODEC.decode(row[1])
        if key.tenant_uid != row[0]:
            raise IsolationBreach("api_keys")
        return key

    async def issued(self) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM api_keys)"
        return bool(await self._control.read(lambda db: db.execute(query).get))

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        body = await self._control.read_briefly(
            lambda db: (
                db.execute(
                    "SELECT body FROM api_keys WHERE key_id = ? AND tenant_uid = ?",
                    (key_id, scope.tenant_uid),
                ).get
            )
        )
        return None if body is None else _own(scope, body)

    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        row = (key.key_id, scope.tenant_uid, CODEC.encode(key))

        def work(db: apsw.Connection) -> None:
            try:
                db.execute("INSERT INTO api_keys (key_id, tenant_uid, body) VALUES (?, ?, ?)", row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The key id is taken.") from error

        await self._control.write(work)

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        body = CODEC.encode(key)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE api_keys SET body = ? WHERE key_id = ? AND tenant_uid = ?",
                (body, key.key_id, scope.tenant_uid),
            )
            if not db.changes():
                raise NotFoundError("There is no such key.")

        await self._control.write(work)

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
            return Page(items=tuple(_own(scope, body) for _, body in page.items), next=page.next)

        return await self._control.read(work)

    async def drop(self, scope: TenantScope) -> None:
        await self._control.write(
            lambda db: (
                db.execute("DELETE FROM api_keys WHERE tenant_uid = ?", (scope.tenant_uid,)).get
            )
        )


def _own(scope: TenantScope, body: bytes) -> ApiKey:
    key = CODEC.decode(body)
    scope.require_own(key.tenant_uid, "api_keys")
    return key
