"""Clients, their keys, their deletions and their views of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from msgspec import Struct

from ragtenancy.domain.api_keys import Label, OverlapSeconds, Scope, Scopes
from ragtenancy.wire.configs import ConfigInput, Features, Limits
from ragtenancy.wire.fields import ClientId, Moment, Name, Namespace, about


class NewClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client to create; its namespace defaults to its id and never changes."""

    client_id: Annotated[ClientId, about("The client's id; it cannot be changed.")]
    name: Annotated[Name, about("The display name.")]
    config: Annotated[
        ConfigInput, about("The configuration; omitted values take their defaults.")
    ] = ConfigInput()
    pinecone_namespace: Annotated[
        Namespace | None,
        about(
            "The namespace of the client's vectors; it defaults to the id and cannot be changed."
        ),
    ] = None


class ClientChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to a client; a suspended client's keys are refused."""

    name: Annotated[Name | None, about("The new display name; null leaves it unchanged.")] = None
    status: Annotated[
        Literal["active", "suspended"] | None,
        about(
            "`suspended` rejects all the client's keys, `active` accepts them again; null leaves it unchanged."
        ),
    ] = None


class Client(Struct, frozen=True, kw_only=True):
    """A client's record, without its keys."""

    client_id: Annotated[str, about("The client's id.")]
    name: Annotated[str, about("The display name.")]
    status: Annotated[
        Literal["active", "suspended", "deleting"],
        about(
            "`suspended`: the client's keys are rejected; `deleting`: its data is being removed."
        ),
    ]
    pinecone_namespace: Annotated[str, about("The namespace of the client's vectors.")]
    created_at: Annotated[Moment, about("When the client was created.")]
    updated_at: Annotated[Moment, about("When the record last changed.")]


class CreatedClient(Client, frozen=True, kw_only=True):
    """A new client with its first key, which is never shown again."""

    api_key: Annotated[str, about("The client's first key. Save it: it is never shown again.")]


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to create; by default it has all scopes and never expires."""

    label: Annotated[Label, about("A note on the key's purpose.")] = ""
    scopes: Annotated[Scopes | None, about("What the key may do; null grants all scopes.")] = None
    expires_at: Annotated[Moment | None, about("When the key stops working; null means never.")] = (
        None
    )


class KeyRotation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a key is replaced by a successor."""

    overlap_seconds: Annotated[
        OverlapSeconds,
        about("For how long the old key stays valid; 0 revokes it at once. At most 30 days."),
    ] = 86_400


class Key(Struct, frozen=True, kw_only=True):
    """A key's record, without the key itself."""

    key_id: Annotated[str, about("The key's id, by which it is revoked; not the key itself.")]
    label: Annotated[str, about("A note on the key's purpose.")]
    scopes: Annotated[Sequence[Scope], about("What the key may do.")]
    created_at: Annotated[Moment, about("When the key was created.")]
    expires_at: Annotated[Moment | None, about("When the key stops working; null means never.")]
    revoked_at: Annotated[Moment | None, about("When the key was revoked; null if it was not.")]
    last_used: Annotated[
        date | None, about("The day (UTC) of the key's latest use; null if there was none.")
    ]


class CreatedKey(Key, frozen=True, kw_only=True):
    """A new key, which is never shown again."""

    api_key: Annotated[str, about("The key. Save it: it is never shown again.")]


class DeletionStarted(Struct, frozen=True, kw_only=True):
    """The id under which a client's deletion can be followed."""

    deletion_id: Annotated[
        str, about("The deletion; follow it at `/api/v1/admin/deletions/{deletion_id}`.")
    ]


class Deletion(Struct, frozen=True, kw_only=True):
    """A client deletion's receipt: counts per store, verified once none remain."""

    deletion_id: Annotated[str, about("The deletion's id.")]
    client_id: Annotated[str, about("The deleted client.")]
    status: Annotated[
        Literal["running", "verified"],
        about("`verified` once every store has confirmed that nothing is left."),
    ]
    verified: Annotated[bool, about("Whether every store has confirmed that nothing is left.")]
    requested_by: Annotated[str, about("Who requested the deletion.")]
    requested_at: Annotated[Moment, about("When the deletion was requested.")]
    finished_at: Annotated[
        Moment | None, about("When the deletion was verified; null while it runs.")
    ]
    removed: Annotated[Mapping[str, int], about("The number of items removed, by store.")]
    remaining: Annotated[
        Mapping[str, int], about("The number of items left, by store; all zero once verified.")
    ]


class ClientUsage(Struct, frozen=True, kw_only=True):
    """A client's current usage."""

    documents: Annotated[int, about("The number of documents.")]
    chunks: Annotated[int, about("The number of searchable chunks.")]
    bytes: Annotated[int, about("The size of the stored originals.")]
    pending_jobs: Annotated[int, about("Ingestion jobs that are queued or running.")]
    tokens_today: Annotated[
        int,
        about(
            "Tokens of questions, answers and described pictures today (UTC): those of `limits.tokens_per_day`."
        ),
    ]
    tokens_this_month: Annotated[
        int, about("Tokens of questions, answers and described pictures this month (UTC).")
    ]
    questions_this_month: Annotated[int, about("Questions this month (UTC).")]


class OwnClient(Struct, frozen=True, kw_only=True):
    """A client's view of itself."""

    client_id: Annotated[str, about("The client's id.")]
    name: Annotated[str, about("The display name.")]
    greeting: Annotated[str, about("The configured words with which a chat opens.")]
    features: Annotated[Features, about("The feature switches in force.")]
    limits: Annotated[Limits, about("The limits in force.")]
    usage: Annotated[ClientUsage, about("What the client has stored and used.")]
