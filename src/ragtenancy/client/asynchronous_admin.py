"""The asynchronous operator's client; its synchronous form is made by `scripts/sync_client.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ragtenancy.client import protocol
from ragtenancy.client.asynchronous_connection import AsyncConnection
from ragtenancy.client.protocol import API, Request, without_nulls
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.audit import AuditAction
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.wire.audit import AuditEntry
from ragtenancy.wire.chat import RatedTurn
from ragtenancy.wire.clients import Client as ClientRecord
from ragtenancy.wire.clients import (
    CreatedClient,
    CreatedKey,
    Deletion,
    DeletionStarted,
    Key,
)
from ragtenancy.wire.configs import ConfigPreview, ConfigVersion, EffectiveConfig
from ragtenancy.wire.documents import Job, JobStatus
from ragtenancy.wire.usage import UsageReport

CLIENTS = f"{API}/admin/clients"


class AsyncAdmin:
    """All operations of the operator's key."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # -- clients

    async def create_tenant(
        self,
        tenant_id: str,
        *,
        name: str | None = None,
        config: TenantConfig | Mapping[str, object] | None = None,
        namespace: str | None = None,
    ) -> CreatedClient:
        """Create a client; return its record and its first `api_key`, which is never shown again.

        The name defaults to the id. Raises as `RagTenancy.create_tenant` does.
        """
        body = without_nulls(
            client_id=tenant_id,
            name=name or tenant_id,
            config=config,
            pinecone_namespace=namespace,
        )
        return await self._connection.post(CLIENTS, CreatedClient, body)

    def tenants(self) -> AsyncIterator[ClientRecord]:
        """Yield every client's record, ordered by id."""
        return self._connection.every(CLIENTS, ClientRecord)

    async def get_tenant(self, tenant_id: str) -> ClientRecord:
        """Return a client's record. Raises `NotFoundError`."""
        return await self._connection.get(f"{CLIENTS}/{tenant_id}", ClientRecord)

    async def rename_tenant(self, tenant_id: str, name: str) -> ClientRecord:
        """Rename a client. Raises `NotFoundError`, `ConflictError`."""
        return await self._changed(tenant_id, name=name)

    async def suspend_tenant(self, tenant_id: str) -> ClientRecord:
        """Refuse every key of a client until `resume_tenant`. Raises `NotFoundError`."""
        return await self._changed(tenant_id, status="suspended")

    async def resume_tenant(self, tenant_id: str) -> ClientRecord:
        """Serve a suspended client again. Raises `NotFoundError`."""
        return await self._changed(tenant_id, status="active")

    async def delete_tenant(self, tenant_id: str) -> DeletionStarted:
        """Delete a client with all its data; follow it by `deletion`. Raises `NotFoundError`."""
        request = Request(method="DELETE", path=f"{CLIENTS}/{tenant_id}")
        return protocol.decoded(await self._connection.send(request), DeletionStarted)

    async def deletion(self, deletion_id: str) -> Deletion:
        """Return a client deletion's receipt. Raises `NotFoundError`."""
        return await self._connection.get(f"{API}/admin/deletions/{deletion_id}", Deletion)

    # -- configuration and keys

    async def config(self, tenant_id: str) -> EffectiveConfig:
        """Return a client's current configuration, its nulls resolved. Raises `NotFoundError`."""
        return await self._connection.get(f"{CLIENTS}/{tenant_id}/config", EffectiveConfig)

    async def set_config(
        self,
        tenant_id: str,
        config: TenantConfig | Mapping[str, object],
        *,
        expected_version: int | None = None,
    ) -> EffectiveConfig:
        """Replace a client's whole configuration; unset fields take their defaults.

        Raises `StaleWriteError` if `expected_version` is given and is not the current version.
        """
        match = {} if expected_version is None else {"If-Match": f'"{expected_version}"'}
        request = Request(
            method="PUT",
            path=f"{CLIENTS}/{tenant_id}/config",
            headers=match,
            body=msgspec.to_builtins(config),
        )
        return protocol.decoded(await self._connection.send(request), EffectiveConfig)

    def config_versions(self, tenant_id: str) -> AsyncIterator[ConfigVersion]:
        """Yield the versions of a client's configuration, newest first."""
        return self._connection.every(f"{CLIENTS}/{tenant_id}/config/versions", ConfigVersion)

    async def rollback_config(self, tenant_id: str, version: int) -> EffectiveConfig:
        """Restore an old version's configuration as a new version. Raises `NotFoundError`."""
        path = f"{CLIENTS}/{tenant_id}/config/rollback"
        return await self._connection.post(path, EffectiveConfig, {"version": version})

    async def preview_config(
        self, tenant_id: str, config: TenantConfig | Mapping[str, object], question: str
    ) -> ConfigPreview:
        """Answer a question as a configuration would; unset fields take their defaults.

        Nothing but its usage is stored. Raises as `set_config` and `AsyncClient.ask` do.
        """
        body = {"config": msgspec.to_builtins(config), "question": question}
        path = f"{CLIENTS}/{tenant_id}/config/preview"
        return await self._connection.post(path, ConfigPreview, body)

    def api_keys(self, tenant_id: str) -> AsyncIterator[Key]:
        """Yield a client's key records, oldest first; never the keys themselves."""
        return self._connection.every(f"{CLIENTS}/{tenant_id}/keys", Key)

    async def create_api_key(
        self,
        tenant_id: str,
        *,
        label: str = "",
        scopes: Sequence[Scope] | None = None,
        expires_at: datetime | None = None,
    ) -> CreatedKey:
        """Create a key and return it; `api_key` is never shown again."""
        body = without_nulls(label=label, scopes=scopes, expires_at=expires_at)
        return await self._connection.post(f"{CLIENTS}/{tenant_id}/keys", CreatedKey, body)

    async def rotate_api_key(
        self, tenant_id: str, key_id: str, *, overlap: timedelta = timedelta(hours=24)
    ) -> CreatedKey:
        """Replace a key by a successor and return that; the old one stays valid for the overlap.

        Raises `NotFoundError`, `ConflictError` (key_not_usable).
        """
        body = {"overlap_seconds": int(overlap.total_seconds())}
        path = f"{CLIENTS}/{tenant_id}/keys/{key_id}/rotate"
        return await self._connection.post(path, CreatedKey, body)

    async def revoke_api_key(self, tenant_id: str, key_id: str) -> None:
        """Revoke a key at once; idempotent. Raises `NotFoundError`."""
        path = f"{CLIENTS}/{tenant_id}/keys/{key_id}"
        await self._connection.send(Request(method="DELETE", path=path))

    # -- the installation

    def jobs(
        self, *, tenant_id: str | None = None, status: JobStatus | None = None
    ) -> AsyncIterator[Job]:
        """Yield all clients' jobs, or one client's, newest first."""
        path = f"{API}/admin/jobs"
        return self._connection.every(path, Job, client_id=tenant_id, status=status)

    def feedback(
        self, tenant_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[RatedTurn]:
        """Yield a client's turns with feedback, as `AsyncClient.feedback` does its own."""
        asked = protocol.between(since, until)
        return self._connection.every(f"{CLIENTS}/{tenant_id}/feedback", RatedTurn, **asked)

    async def usage(
        self,
        tenant_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        by: Literal["day", "key", "model"] = "day",
    ) -> UsageReport:
        """Return what a client used from `first` to `last`, as `RagTenancy.usage` does."""
        asked = {"from": first and str(first), "to": last and str(last), "by": by}
        return await self._connection.get(f"{CLIENTS}/{tenant_id}/usage", UsageReport, **asked)

    def audit(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        action: AuditAction | None = None,
        client: str | None = None,
    ) -> AsyncIterator[AuditEntry]:
        """Yield the entries of the audit log, oldest first, as `RagTenancy.audit` does."""
        asked = {
            **protocol.between(since, until),
            "action": None if action is None else action.value,
            "client_id": client,
        }
        return self._connection.every(f"{API}/admin/audit", AuditEntry, **asked)

    async def metrics(self) -> str:
        """Return the metrics in Prometheus' text format."""
        return (await self._connection.send(Request(method="GET", path="/metrics"))).text

    async def _changed(self, tenant_id: str, **change: str) -> ClientRecord:
        request = Request(method="PATCH", path=f"{CLIENTS}/{tenant_id}", body=change)
        return protocol.decoded(await self._connection.send(request), ClientRecord)
