"""An LRU cache of tenants' manifests, brought up to date at each question."""

from __future__ import annotations

from collections import OrderedDict

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.manifest import EMPTY, Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository

MAX_TENANTS = 1_000


class Manifests:
    """Reads a tenant's generation each time, and only the changes since the last read."""

    def __init__(self, documents: DocumentRepository, *, max_tenants: int = MAX_TENANTS) -> None:
        self._documents = documents
        self._max_tenants = max_tenants
        self._kept: OrderedDict[TenantUid, Manifest] = OrderedDict()

    async def read(self, scope: TenantScope) -> Manifest:
        """Return the current manifest."""
        known = self._kept.get(scope.tenant_uid, EMPTY)
        delta = await self._documents.manifest(scope, since=known.generation)
        manifest = known.applied(delta)
        if self._kept.get(scope.tenant_uid, EMPTY).generation <= manifest.generation:
            self._keep(scope.tenant_uid, manifest)
        return manifest

    def forget(self, scope: TenantScope) -> None:
        """Drop a tenant's cached manifest."""
        self._kept.pop(scope.tenant_uid, None)

    def _keep(self, uid: TenantUid, manifest: Manifest) -> None:
        self._kept[uid] = manifest
        self._kept.move_to_end(uid)
        while len(self._kept) > self._max_tenants:
            self._kept.popitem(last=False)
