"""Who is calling."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import InsufficientScopeError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.tenants import TenantScope


class TenantPrincipal(Struct, frozen=True, kw_only=True):
    """A tenant's application, known by its key."""

    scope: TenantScope
    key_id: ApiKeyId
    scopes: Sequence[Scope]

    def require(self, wanted: Scope) -> None:
        """Raise `InsufficientScopeError` unless the key may do this."""
        if wanted not in self.scopes:
            raise InsufficientScopeError(wanted)


class OperatorPrincipal(Struct, frozen=True, kw_only=True):
    """A person or script that runs the installation."""

    name: str
