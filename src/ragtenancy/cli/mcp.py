"""`ragtenancy mcp`: one client's tools for a program that starts this command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ragtenancy.cli.installation import require_installation, settings
from ragtenancy.cli.options import Client, DataDir

if TYPE_CHECKING:
    from ragtenancy.settings import Settings


def mcp(client: Client, data_dir: DataDir = None) -> None:
    """Serve the Model Context Protocol on standard input and output, for one client."""
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "json")
    asyncio.run(_serve(require_installation(settings(data_dir)), client))


async def _serve(chosen: Settings, client: str) -> None:
    from ragtenancy.container import Container
    from ragtenancy.domain import ids
    from ragtenancy.domain.api_keys import ALL_SCOPES
    from ragtenancy.domain.ids import ApiKeyId
    from ragtenancy.domain.principals import TenantPrincipal
    from ragtenancy.http.mcp.endpoint import server_module
    from ragtenancy.http.mcp.tools import Call, UseCases
    from ragtenancy.http.problems import Problems

    container = Container(settings=chosen)
    tenant_id = ids.tenant_id(client)

    async def call() -> Call:
        """Return the client as the caller. Raises an error once it is suspended or deleted."""
        tenant = await container.tenant_records().find(tenant_id)
        tenant.require_active()
        principal = TenantPrincipal(
            scope=tenant.scope, key_id=ApiKeyId("command line"), scopes=ALL_SCOPES
        )
        return Call(caller=principal, request_id=container.ids().new("req"))

    async with container.closers():
        await container.installed_backends().preflight()
        await call()
        use_cases = UseCases(
            search=container.search, chat=container.chat, documents=container.documents
        )
        await server_module().over_stdio(use_cases, Problems(container.metrics()), call)
