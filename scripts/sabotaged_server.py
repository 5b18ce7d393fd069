"""`serve` with two clients on one file: what `eval_isolation.py --sabotage` must find out.

The product is not changed: the register of clients in the container is replaced by one that
gives the second client the uid, and with it the file, of the first.
"""

from __future__ import annotations

import os
import sys

from dependency_injector import providers
from msgspec import structs

from ragtenancy.container import Container
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.tenants import Tenant
from ragtenancy.http.server import run_server
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.settings import load_settings
from ragtenancy.telemetry import configure_logging


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


def main() -> None:
    settings = load_settings()
    configure_logging(settings.log_level)
    container = Container(settings=settings)
    stores = container.stores()
    confused = ConfusedTenants(stores.tenants, *sys.argv[1:3])
    sabotaged = structs.replace(stores, tenants=confused)
    container.stores.override(providers.Object(sabotaged))
    run_server(container, workers=int(os.environ.get("SABOTAGED_WORKERS", "1")))


if __name__ == "__main__":
    main()
