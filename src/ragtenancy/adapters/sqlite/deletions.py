"""Deletions in the control file."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import DeletionId, Namespace, TenantId
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletions import DeletionRepository

CODEC = RecordCodec(TenantDeletion)


class SqliteDeletionRepository(DeletionRepository):
    """Table `deletions`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        found = await self._found("deletion_id = ?", deletion_id)
        return found[0] if found else None

    async def add(self, deletion: TenantDeletion) -> None:
        row = (
            deletion.deletion_id,
            deletion.tenant_id,
            deletion.namespace,
            deletion.status,
            deletion.version,
            CODEC.encode(deletion),
        )

        def work(db: apsw.Connection) -> None:
            try:
                db.execute("INSERT INTO deletions VALUES (?, ?, ?, ?, ?, ?)", row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The deletion exists already.") from error

        await self._control.write(work)

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        saved = structs.replace(deletion, version=deletion.version + 1)
        body = CODEC.encode(saved)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE deletions SET status = ?, version = ?, body = ?"
                " WHERE deletion_id = ? AND version = ?",
                (saved.status, saved.version, body, deletion.deletion_id, deletion.version),
            )
            if not db.changes():
                raise StaleWriteError("The deletion changed since it was read.")

        await self._control.write(work)
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        return await self._found("status <> ?", DeletionStatus.VERIFIED)

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        found = await self._found(
            "status <> 'verified' AND (tenant_id = ? OR namespace = ?)", tenant_id, namespace
        )
        return found[0] if found else None

    async def _found(self, condition: str, *values: str) -> Sequence[TenantDeletion]:
        query = f"SELECT body FROM deletions WHERE {condition}"  # noqa: S608 - ours alone
        bodies = await self._control.read(lambda db: list(db.execute(query, values)))
        return tuple(CODEC.decode(body) for (body,) in bodies)
