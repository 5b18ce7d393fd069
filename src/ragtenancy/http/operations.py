"""What a route declares: whose key it takes, what it reads and how it may fail."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.api_keys import Scope
from ragtenancy.http.auth import Credential

ALWAYS = (400, 401, 408, 500, 503)


def opened(**documented: object) -> dict[str, object]:
    """Declare a route that takes no key."""
    return {"credential": Credential.OPEN, "problems": (), **documented}


def tenant(
    scope: Scope | None,
    *,
    body: type[Struct] | None = None,
    query: type[Struct] | None = None,
    fails: Sequence[int] = (),
    **documented: object,
) -> dict[str, object]:
    """Declare a route that takes a tenant's key with a scope; None asks for no particular one."""
    return {
        "credential": Credential.TENANT,
        "scope": scope,
        "body": body,
        "query": query,
        "problems": (*ALWAYS, 403, *fails),
        **documented,
    }


def operator(
    *,
    body: type[Struct] | None = None,
    query: type[Struct] | None = None,
    fails: Sequence[int] = (),
    **documented: object,
) -> dict[str, object]:
    """Declare a route that takes the operator's key."""
    return {
        "credential": Credential.OPERATOR,
        "body": body,
        "query": query,
        "problems": (*ALWAYS, *fails),
        **documented,
    }
