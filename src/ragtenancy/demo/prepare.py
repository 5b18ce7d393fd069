"""Creating the demo, or reusing an existing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ragtenancy.container import Container
from ragtenancy.demo.clients import CLIENTS, DemoClient, guide
from ragtenancy.demo.keys_file import read_keys, write_keys
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import ConfigurationError, NotFoundError, UnauthenticatedError
from ragtenancy.library.rag import RagTenancy
from ragtenancy.library.tenant import TenantHandle
from ragtenancy.settings import Settings

LABEL = "demo"
Bars = Callable[[str], Callable[[float, str], None]]


class DemoKeys(Struct, frozen=True, kw_only=True):
    """One key per client, by client id, and the operator's."""

    clients: Mapping[str, str]
    operator: str


async def prepare(settings: Settings, bars: Bars) -> DemoKeys:
    """Create missing parts of the demo and return its keys; `bars` shows the progress.

    A second run ingests nothing again and returns the same keys. Raises
    `ConfigurationError` without a data folder.
    """
    if settings.backends.records == "memory":
        raise ConfigurationError(
            "The demo needs a data folder, but the configured storage has none."
        )
    container = Container(settings=settings)
    async with RagTenancy.open(container=container) as rag:
        keys = read_keys(settings.data_dir)
        for client in CLIENTS:
            keys[client.client_id] = await _key(rag, container, client, keys)
            write_keys(settings.data_dir, keys)
        for client in CLIENTS:
            await _ingest(rag.tenant(client.client_id), client, bars)
        operator = next(iter(container.admin_keys().values()))
        return DemoKeys(clients=keys, operator=operator)


async def _key(
    rag: RagTenancy, container: Container, client: DemoClient, keys: Mapping[str, str]
) -> str:
    """Return the client's saved key if it works, else a new one, creating the client first."""
    try:
        await rag.get_tenant(client.client_id)
    except NotFoundError:
        return (await rag.create_tenant(client.client_id, name=client.name)).api_key
    try:
        kept = keys.get(client.client_id, "")
        owner = await container.authenticator().tenant(kept)
        if owner.scope.tenant_id == client.client_id:
            return kept
    except UnauthenticatedError:
        pass
    return (await rag.tenant(client.client_id).create_api_key(label=LABEL)).api_key


async def _ingest(tenant: TenantHandle, client: DemoClient, bars: Bars) -> None:
    there = {
        document.shown.filename
        async for document in tenant.documents()
        if document.status is not DocumentStatus.DELETING
    }
    for filename in client.guides:
        if filename not in there:
            await _ingest_guide(tenant, filename, bars(f"{client.client_id}/{filename}"))


async def _ingest_guide(
    tenant: TenantHandle, filename: str, bar: Callable[[float, str], None]
) -> None:
    job = await tenant.ingest(
        guide(filename),
        filename=filename,
        watch=lambda job: bar(job.progress, job.step or job.status),
    )
    chunks = job.counts.total_chunks
    bar(1.0, "1 chunk" if chunks == 1 else f"{chunks} chunks")
