"""A tenant, and the scope required to access a tenant's data."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from msgspec import Meta, Struct, structs

from ragtenancy.domain.bounds import LINE, holds, require_within
from ragtenancy.domain.errors import ClientSuspendedError, ConflictError, IsolationBreach
from ragtenancy.domain.ids import (
    BoundedNamespace,
    BoundedTenantId,
    Namespace,
    TenantId,
    TenantUid,
    is_tenant_uid,
)

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]


def tenant_name(text: str) -> str:
    """Return a tenant's name; raise `MalformedError`."""
    require_within(text, Name, "name")
    return text


class TenantStatus(StrEnum):
    """Whether a tenant's keys are accepted."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


class TenantScope(Struct, frozen=True, kw_only=True):
    """The right to touch one tenant's data; adapters derive every location from it alone.

    Created only by authentication, the job runner and the operator's use cases. The uid is random
    and never reused, so that a late write cannot reach a successor with the same id.
    """

    tenant_id: TenantId
    tenant_uid: TenantUid
    namespace: Namespace

    def __post_init__(self) -> None:
        """Refuse an empty, default or malformed scope."""
        if not holds(self.tenant_id, BoundedTenantId):
            raise ValueError("a scope needs a tenant id")
        if not is_tenant_uid(self.tenant_uid):
            raise ValueError("a scope needs a tenant uid")
        if not holds(self.namespace, BoundedNamespace):
            raise ValueError("a scope needs a namespace of its own")

    def require_own(self, tenant_uid: TenantUid, store: str) -> None:
        """Raise `IsolationBreach` unless data from or for a store is this tenant's."""
        if tenant_uid != self.tenant_uid:
            raise IsolationBreach(store)


class Tenant(Struct, frozen=True, kw_only=True, dict=True):
    """One client of the installation."""

    tenant_id: TenantId
    tenant_uid: TenantUid
    namespace: Namespace
    name: str
    status: TenantStatus = TenantStatus.ACTIVE
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @cached_property
    def scope(self) -> TenantScope:
        """The scope of this tenant's data."""
        return TenantScope(
            tenant_id=self.tenant_id, tenant_uid=self.tenant_uid, namespace=self.namespace
        )

    def changed(
        self, *, at: datetime, name: str | None = None, status: TenantStatus | None = None
    ) -> Tenant:
        """Return the tenant with a new name or status.

        Raises `ConflictError` once it is being deleted, which is irreversible.
        """
        if self.status is TenantStatus.DELETING:
            raise ConflictError("The client is being deleted.", code="client_deleting")
        return structs.replace(
            self, name=name or self.name, status=status or self.status, updated_at=at
        )

    def require_active(self) -> None:
        """Raise `ClientSuspendedError` unless the tenant is active."""
        if self.status is not TenantStatus.ACTIVE:
            raise ClientSuspendedError


class TenantUsage(Struct, frozen=True, kw_only=True):
    """What a tenant stores, and its use of language models; days and months are UTC's.

    `chunks` are the searchable ones, `bytes` those of the originals.
    """

    documents: int = 0
    chunks: int = 0
    bytes: int = 0
    pending_jobs: int = 0
    tokens_today: int = 0
    tokens_this_month: int = 0
    questions_this_month: int = 0
