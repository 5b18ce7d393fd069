"""Clients, their keys, their deletions and their views of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from ragtenancy.domain.api_keys import Label, Scope, Scopes
from ragtenancy.wire.configs import ConfigInput, Features, Limits
from ragtenancy.wire.fields import ClientId, Moment, Name, Namespace


class NewClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client to create; its namespace defaults to its id and never changes."""

    client_id: ClientId
    name: Name
    config: ConfigInput = ConfigInput()
    pinecone_namespace: Namespace | None = None


class ClientChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to a client; a suspended client's keys are refused."""

    name: Name | None = None
    status: Literal["active", "suspended"] | None = None


class Client(Struct, frozen=True, kw_only=True):
    """A client's record, without its keys."""

    client_id: str
    name: str
    status: Literal["active", "suspended", "deleting"]
    pinecone_namespace: str
    created_at: Moment
    updated_at: Moment


class CreatedClient(Client, frozen=True, kw_only=True):
    """A new client with its first key, which is never shown again."""

    api_key: str


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to create; by default it has all scopes and never expires."""

    label: Label = ""
    scopes: Scopes | None = None
    expires_at: Moment | None = None


class Key(Struct, frozen=True, kw_only=True):
    """A key's record, without the key itself."""

    key_id: str
    label: str
    scopes: Sequence[Scope]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class CreatedKey(Key, frozen=True, kw_only=True):
    """A new key, which is never shown again."""

    api_key: str


class DeletionStarted(Struct, frozen=True, kw_only=True):
    """The id under which a client's deletion can be followed."""

    deletion_id: str


class Deletion(Struct, frozen=True, kw_only=True):
    """A client deletion's receipt: counts per store, verified once none remain."""

    deletion_id: str
    client_id: str
    status: Literal["running", "verified"]
    verified: bool
    requested_by: str
    requested_at: Moment
    finished_at: Moment | None
    removed: Mapping[str, int]
    remaining: Mapping[str, int]


class ClientUsage(Struct, frozen=True, kw_only=True):
    """A client's current usage."""

    documents: int
    chunks: int
    bytes: int
    pending_jobs: int


class OwnClient(Struct, frozen=True, kw_only=True):
    """A client's view of itself."""

    client_id: str
    name: str
    greeting: str
    features: Features
    limits: Limits
    usage: ClientUsage
