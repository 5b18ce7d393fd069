"""The settings of one service each; the variables are the original plan's where it names them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.settings.secret import Secret

Url = Annotated[str, Meta(pattern=r"\Ahttps?://[^\s/?#]+")]
Described = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"\A\S+\Z")]


class OpenAISettings(
    Struct, frozen=True, kw_only=True, rename=lambda name: f"OPENAI_{name.upper()}"
):
    """A language model behind OpenAI's protocol: OpenAI, Ollama, vLLM, llama.cpp and others."""

    api_key: Annotated[Secret | None, Meta(description="The key; some servers need none.")] = None
    base_url: Annotated[
        Url | None, Meta(description="The server's address; OpenAI's own without.")
    ] = None
    model: Annotated[
        Described | None, Meta(description="The model that writes answers, instead of extraction.")
    ] = None
    embedding_model: Annotated[
        Described | None, Meta(description="The embedding model: texts leave the machine with it.")
    ] = None
    embedding_dimension: Annotated[
        Annotated[int, Meta(ge=1, le=20_000)] | None,
        Meta(description="The length of its vectors; known for OpenAI's own models."),
    ] = None
    vision_model: Annotated[
        Described | None, Meta(description="The model that describes pictures.")
    ] = None

    @property
    def reachable(self) -> bool:
        """Whether a server is known: OpenAI's own by its key, any other by its address."""
        return self.api_key is not None or self.base_url is not None

    @property
    def chat_enabled(self) -> bool:
        """Whether a language model answers, instead of extraction."""
        return self.model is not None and self.reachable


class AzureOpenAISettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "endpoint": "AZURE_OPENAI_ENDPOINT",
        "api_key": "AZURE_OPENAI_API_KEY",
        "deployment": "AZURE_DEPLOYMENT_NAME",
        "embedding_deployment": "AZURE_EMBEDDING_DEPLOYMENT",
        "embedding_dimension": "RAGTENANCY_AZURE_EMBEDDING_DIMENSION",
        "vision_deployment": "RAGTENANCY_AZURE_VISION_DEPLOYMENT",
        "api_version": "RAGTENANCY_AZURE_OPENAI_API_VERSION",
    },
):
    """Azure OpenAI: a deployment each for answers, embeddings and pictures."""

    endpoint: Annotated[Url | None, Meta(description="The resource's address.")] = None
    api_key: Annotated[
        Secret | None, Meta(description="The resource's key; managed identity without.")
    ] = None
    deployment: Annotated[
        Described | None, Meta(description="The deployment that writes answers.")
    ] = None
    embedding_deployment: Annotated[
        Described | None, Meta(description="The deployment that embeds texts.")
    ] = None
    embedding_dimension: Annotated[
        Annotated[int, Meta(ge=1, le=20_000)] | None,
        Meta(description="The length of its vectors; known for OpenAI's own models."),
    ] = None
    vision_deployment: Annotated[
        Described | None,
        Meta(description="The deployment that describes pictures; the one that answers without."),
    ] = None
    api_version: Annotated[Described, Meta(description="The version of Azure's API.")] = (
        "2024-10-21"
    )

    @property
    def describing_deployment(self) -> str | None:
        """The deployment that describes pictures."""
        return self.vision_deployment or self.deployment


class CosmosSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "endpoint": "COSMOS_ENDPOINT",
        "key": "COSMOS_KEY",
        "database": "COSMOS_DATABASE",
        "throughput": "RAGTENANCY_COSMOS_THROUGHPUT",
    },
):
    """Azure Cosmos DB: clients, keys, documents, chunks, conversations, jobs."""

    endpoint: Annotated[Url | None, Meta(description="The account's address.")] = None
    key: Annotated[
        Secret | None, Meta(description="The account's key; managed identity without.")
    ] = None
    database: Annotated[Described | None, Meta(description="The database's name.")] = None
    throughput: Annotated[
        Annotated[int, Meta(ge=400, le=1_000_000)] | None,
        Meta(
            description="Request units per second that `setup` gives the database, e.g. 400; serverless without."
        ),
    ] = None


class PineconeSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "api_key": "PINECONE_API_KEY",
        "index_name": "PINECONE_INDEX_NAME",
        "host": "RAGTENANCY_PINECONE_HOST",
        "controller": "RAGTENANCY_PINECONE_CONTROLLER",
        "cloud": "RAGTENANCY_PINECONE_CLOUD",
        "region": "RAGTENANCY_PINECONE_REGION",
    },
):
    """Pinecone: vectors, a namespace per client."""

    api_key: Annotated[Secret | None, Meta(description="The project's key.")] = None
    index_name: Annotated[Described | None, Meta(description="The index's name.")] = None
    host: Annotated[
        Url | None, Meta(description="The index's own address, which saves finding it.")
    ] = None
    controller: Annotated[
        Url | None, Meta(description="Where indexes are made, if not at Pinecone's own address.")
    ] = None
    cloud: Annotated[Described, Meta(description="Where `setup` makes the index.")] = "aws"
    region: Annotated[Described, Meta(description="Where `setup` makes the index.")] = "us-east-1"


class BlobSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "endpoint": "RAGTENANCY_BLOB_ENDPOINT",
        "key": "RAGTENANCY_BLOB_KEY",
        "container": "RAGTENANCY_BLOB_CONTAINER",
    },
):
    """Azure Blob storage: originals, a prefix per client."""

    endpoint: Annotated[
        Url | None,
        Meta(
            description="The account's address, e.g. `https://ACCOUNT.blob.core.windows.net`; originals lie there with it."
        ),
    ] = None
    key: Annotated[
        Secret | None, Meta(description="The account's key; managed identity without.")
    ] = None
    container: Annotated[Described, Meta(description="The container's name.")] = "ragtenancy"
