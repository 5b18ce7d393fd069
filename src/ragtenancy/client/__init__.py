"""The client of the HTTP API: `Client`, and `AsyncClient` with the same methods.

Its methods are named as those of `TenantHandle` and `RagTenancy`, and raise the same errors, so
that code moves between a server and an installation in process by one line. Types are the server's
own. Nothing of the server is imported.
"""

from __future__ import annotations

from ragtenancy.client.asynchronous import AsyncClient
from ragtenancy.client.asynchronous_admin import AsyncAdmin
from ragtenancy.client.protocol import Done, SourcesFound, Token, TurnEvent
from ragtenancy.client.synchronous import Client
from ragtenancy.client.synchronous_admin import Admin

__all__ = [
    "Admin",
    "AsyncAdmin",
    "AsyncClient",
    "Client",
    "Done",
    "SourcesFound",
    "Token",
    "TurnEvent",
]
