"""A tenant's storage: its folder, its file, and its rows in the control file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.errors import NotFoundError, UnavailableError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

COUNTED = {
    "documents": "SELECT count(*) FROM documents",
    "chunks": "SELECT count(*) FROM chunks",
    "vectors": "SELECT coalesce(sum(row_count), 0) FROM vectors",
    "sentence_vectors": "SELECT count(*) FROM sentence_vectors",
    "conversations": "SELECT count(*) FROM conversations",
    "idempotency_keys": "SELECT count(*) FROM idempotency_keys",
    "derived": "SELECT count(*) FROM derived",
    "usage": "SELECT count(*) FROM usage",
}
REGISTERED = {
    "api_keys": "SELECT count(*) FROM api_keys WHERE tenant_uid = ?",
    "configs": "SELECT count(*) FROM tenant_configs WHERE tenant_uid = ?",
    "jobs": "SELECT count(*) FROM jobs WHERE tenant_uid = ?",
    "webhooks": "SELECT count(*) FROM webhooks WHERE tenant_uid = ?",
    "webhook_deliveries": "SELECT count(*) FROM webhook_deliveries WHERE tenant_uid = ?",
    "intents": "SELECT count(*) FROM intents WHERE tenant_uid = ?",
    "derived_since": "SELECT count(*) FROM derived_since WHERE tenant_uid = ?",
}


class SqliteTenantStorage(TenantStorage):
    """Creates, counts and removes a tenant's folder.

    `files` in the count are all files of the folder: the tenant's own, originals and caches.
    """

    def __init__(self, control: ControlFile, files: TenantFiles) -> None:
        self._control = control
        self._files = files

    async def create(self, scope: TenantScope) -> None:
        await self._files.create(scope)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        registered = await self._control.read(lambda db: _registered(db, scope))
        counted = await self._counted(scope)
        return {**counted, **registered, "files": await self._files.count_files(scope)}

    async def drop(self, scope: TenantScope) -> None:
        await self._files.drop(scope)
        query = "DELETE FROM derived_since WHERE tenant_uid = ?"
        await self._control.write(
            lambda db: db.execute(query, (scope.tenant_uid,)).get, makes_room=True
        )
        await self._control.erase()

    async def tenants(self) -> Sequence[TenantUid]:
        return await self._files.tenants()

    async def _counted(self, scope: TenantScope) -> Mapping[str, int]:
        """Count the rows; a damaged file counts as empty, and can be dropped."""
        try:
            return await self._files.read(scope, _count)
        except NotFoundError:
            return dict.fromkeys(COUNTED, 0)
        except UnavailableError as error:
            if error.reason != "storage_corrupt":
                raise
            return dict.fromkeys(COUNTED, 0)


def _count(db: apsw.Connection) -> Mapping[str, int]:
    return {name: int(db.execute(query).get) for name, query in COUNTED.items()}


def _registered(db: apsw.Connection, scope: TenantScope) -> Mapping[str, int]:
    uid = (scope.tenant_uid,)
    return {name: int(db.execute(query, uid).get) for name, query in REGISTERED.items()}
