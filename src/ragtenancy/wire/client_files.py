"""The original plan's two files: `prompts.yaml` for one client, `clients.yaml` for several."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from ragtenancy.domain.api_keys import KeyHash
from ragtenancy.domain.ids import BoundedTenantUid
from ragtenancy.domain.tenant_config import Prompt
from ragtenancy.wire.configs import (
    ChunkingInput,
    ConfigInput,
    FeaturesInput,
    LimitsInput,
    LlmSettingsInput,
    PromptsInput,
    SearchSettingsInput,
)
from ragtenancy.wire.fields import ClientId, Name, Namespace

Sha256 = Annotated[KeyHash, Meta(description="SHA-256 of the client's API key, in hex.")]
Uid = Annotated[BoundedTenantUid, Meta(description="The client's uid, if it already has one.")]
RecordId = Annotated[str, Meta(examples=["client_circular_ai"])]
_PROMPTS = PromptsInput.__struct_fields__


class PromptsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `prompts.yaml`: three prompts, at the top or under `prompts`, and settings.

    Omitted values take their defaults. Prompts in both places are refused.
    """

    system_prompt: Prompt | UnsetType = UNSET
    greeting: Prompt | UnsetType = UNSET
    no_context_response: Prompt | UnsetType = UNSET
    prompts: PromptsInput | UnsetType = UNSET
    search_settings: SearchSettingsInput = SearchSettingsInput()
    llm_settings: LlmSettingsInput = LlmSettingsInput()
    features: FeaturesInput = FeaturesInput()
    chunking: ChunkingInput = ChunkingInput()
    limits: LimitsInput = LimitsInput()

    def __post_init__(self) -> None:
        """Refuse prompts in both places, and a file without any."""
        at_the_top = any(getattr(self, name) is not UNSET for name in _PROMPTS)
        if at_the_top and self.prompts is not UNSET:
            raise ValueError("Give the prompts at the top level or under `prompts`, not both")
        if not at_the_top and self.prompts is UNSET:
            raise ValueError("The file contains no prompts")

    def config(self) -> ConfigInput:
        """Return the file's whole configuration."""
        sections = {name: getattr(self, name) for name in ConfigInput.__struct_fields__}
        if self.prompts is UNSET:
            sections["prompts"] = PromptsInput(**{n: getattr(self, n) for n in _PROMPTS})
        return ConfigInput(**sections)


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
