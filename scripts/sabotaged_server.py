"""`serve` with broken isolation, to show that a check from outside notices it.

`sabotaged_server.py VICTIM OTHER` opens two clients on one file: what `eval_isolation.py --sabotage`
must find out. `sabotaged_server.py --seams NAME …` breaks seams of `verify-isolation --self-test`,
or `erasure`: what sectum-ai's probes must find out. The product's code is not changed, but objects
in the container are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dependency_injector import providers
from msgspec import structs

from ragtenancy.container import Container
from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.ids import DocumentId, SessionId, TenantId, TenantUid
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.http.server import run_server
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.settings import load_settings
from ragtenancy.telemetry import configure_logging
from ragtenancy.verification.sabotage import SABOTAGES


class ConfusedTenants:
    """The real register, but for the victim: it is given the file of another."""

    def __init__(self, tenants: TenantRepository, victim: str, other: str) -> None:
        self._tenants = tenants
        self._victim = victim
        self._other = other

    def __getattr__(self, name: str) -> object:
        return getattr(self._tenants, name)

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return await self._confused(await self._tenants.get(tenant_id))

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return await self._confused(await self._tenants.find(tenant_uid))

    async def _confused(self, tenant: Tenant | None) -> Tenant | None:
        if tenant is None or tenant.tenant_id != self._victim:
            return tenant
        other = await self._tenants.get(TenantId(self._other))
        return tenant if other is None else structs.replace(tenant, tenant_uid=other.tenant_uid)


def confuse(container: Container, victim: str, other: str) -> None:
    """Open two clients on one file."""
    stores = container.stores()
    confused = ConfusedTenants(stores.tenants, victim, other)
    container.stores.override(providers.Object(structs.replace(stores, tenants=confused)))


def erase_nothing(container: Container) -> None:
    """Confirm deletions of documents and sessions without removing anything."""
    clock = container.clock()

    async def delete(
        _scope: TenantScope, document_id: DocumentId, **_named: object
    ) -> DocumentReceipt:
        removed = RemovedCounts(vectors=1, lexical=1, chunks=1, blobs=1)
        return DocumentReceipt(
            document_id=document_id, deleted_at=clock.now(), removed=removed, verified=True
        )

    async def erase(_scope: TenantScope, _session_id: SessionId) -> None:
        return None

    object.__setattr__(container.documents(), "delete", delete)
    object.__setattr__(container.conversations(), "erase", erase)


def break_seams(container: Container, names: Sequence[str]) -> None:
    """Break seams by name."""
    known = {each.name: each.apply for each in SABOTAGES} | {"erasure": erase_nothing}
    for name in names:
        known[name](container)


def main() -> None:
    settings = load_settings()
    configure_logging(settings.log_level)
    container = Container(settings=settings)
    if sys.argv[1] == "--seams":
        break_seams(container, sys.argv[2:])
    else:
        confuse(container, *sys.argv[1:3])
    run_server(container, workers=int(os.environ.get("SABOTAGED_WORKERS", "1")))


if __name__ == "__main__":
    main()
