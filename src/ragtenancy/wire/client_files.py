"""The original plan's records of clients, as `clients.yaml` and Cosmos DB contain them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from ragtenancy.domain.api_keys import KeyHash
from ragtenancy.domain.ids import BoundedTenantUid
from ragtenancy.wire.configs import ConfigInput
from ragtenancy.wire.fields import ClientId, Name, Namespace

Sha256 = Annotated[KeyHash, Meta(description="SHA-256 of the client's API key, in hex.")]
Uid = Annotated[BoundedTenantUid, Meta(description="The client's uid, if it already has one.")]
RecordId = Annotated[str, Meta(examples=["client_circular_ai"])]


class ClientRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client in the plan's format; its namespace defaults to its id."""

    client_id: ClientId
    name: Name
    api_key_hash: Sha256
    id: RecordId | None = None
    client_uid: Uid | None = None
    status: Literal["active", "suspended"] = "active"
    config: ConfigInput = ConfigInput()
    pinecone_namespace: Namespace | None = None

    def __post_init__(self) -> None:
        """Refuse a record id that does not match the client's id."""
        if self.id not in (None, f"client_{self.client_id}"):
            raise ValueError("The record's id must be `client_` followed by its client_id")


class ClientsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `clients.yaml`."""

    clients: Annotated[list[ClientRecord], Meta(min_length=1, max_length=1_000)]

    def __post_init__(self) -> None:
        """Refuse clients that share an id, a namespace, a uid or a key."""
        for name in ("client_id", "pinecone_namespace", "client_uid", "api_key_hash"):
            values = [getattr(client, name) for client in map(_spelled_out, self.clients)]
            given = [value for value in values if value is not None]
            if len(set(given)) < len(given):
                raise ValueError(f"Two clients have the same {name}")


def _spelled_out(client: ClientRecord) -> ClientRecord:
    namespace = client.pinecone_namespace or client.client_id
    return structs.replace(client, pinecone_namespace=namespace)
