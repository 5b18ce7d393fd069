"""What does not hold between settings of which each is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct, structs

from ragtenancy.settings.admin_keys import weaknesses
from ragtenancy.settings.backends import AUTO, EMBEDDERS, Backends, listed
from ragtenancy.settings.tree import PREFIX, Settings

BESIDE: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "cosmos": (("pinecone",), ("azure", "files")),
    "sqlite": (("sqlite", "pinecone"), ("files", "azure")),
    "memory": (("memory", "pinecone"), ("memory", "azure")),
}
ADDRESSES = ("endpoint", "host", "controller")


def faults(settings: Settings) -> Iterator[str]:
    """Say everything that keeps the settings from holding together."""
    backends = settings.backends
    yield from _missing(settings, backends)
    yield from _apart(backends)
    yield from _unencrypted(settings)
    yield from _half(settings)
    if backends.cloud:
        yield from weaknesses(settings.admin_keys)


def _missing(settings: Settings, backends: Backends) -> Iterator[str]:
    if backends.records == "cosmos":
        yield from _absent(settings.cosmos, "records in Cosmos DB", "endpoint", "database")
    if backends.vectors == "pinecone":
        yield from _absent(settings.pinecone, "vectors in Pinecone", "api_key", "index_name")
    if backends.blobs == "azure":
        yield from _absent(settings.blob, "originals in Azure Blob storage", "endpoint")
    yield from _missing_models(settings, backends)


def _missing_models(settings: Settings, backends: Backends) -> Iterator[str]:
    azure, openai = settings.azure_openai, settings.openai
    for name in listed(settings):
        if name not in (AUTO, *EMBEDDERS):
            yield f'{PREFIX}EMBEDDINGS names "{name}"; it is a list of {AUTO}, {", ".join(EMBEDDERS)}.'
    if "azure" in (backends.chat, *backends.embeddings, backends.images):
        yield from _absent(azure, "Azure OpenAI", "endpoint")
    elif azure.endpoint or azure.api_key:
        yield "AZURE_OPENAI_ENDPOINT needs AZURE_DEPLOYMENT_NAME or AZURE_EMBEDDING_DEPLOYMENT."
    if backends.chat == "azure":
        yield from _absent(azure, "answers by Azure OpenAI", "deployment")
    if backends.chat == "openai" and not openai.chat_enabled:
        yield f"{PREFIX}CHAT=openai needs OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL."
    if "azure" in backends.embeddings:
        yield from _absent(azure, "embeddings by Azure OpenAI", "embedding_deployment")
    if "openai" in backends.embeddings:
        yield from _absent(openai, "embeddings by OpenAI", "embedding_model")
    if backends.images == "azure" and azure.describing_deployment is None:
        yield from _absent(azure, "pictures described by Azure OpenAI", "vision_deployment")
    if backends.images == "openai":
        yield from _absent(openai, f"{PREFIX}IMAGE_DESCRIBER=openai", "vision_model")
    if not openai.reachable:
        yield from _unreachable(settings, backends)


def _unreachable(settings: Settings, backends: Backends) -> Iterator[str]:
    """Say which models are named to be used, but of no server."""
    openai = settings.openai
    meant = {
        "OPENAI_MODEL": openai.model and settings.chat == "auto" and backends.chat == "extractive",
        "OPENAI_EMBEDDING_MODEL": openai.embedding_model and "openai" in backends.embeddings,
        "OPENAI_VISION_MODEL": openai.vision_model and backends.images == "openai",
    }
    for variable in filter(meant.get, meant):
        yield f"{variable} needs OPENAI_API_KEY or OPENAI_BASE_URL."


def _absent(section: Struct, what: str, *names: str) -> Iterator[str]:
    variables = {field.name: field.encode_name for field in structs.fields(section)}
    for name in names:
        if getattr(section, name) is None:
            yield f"{variables[name]} is missing; it is needed for {what}."


def _apart(backends: Backends) -> Iterator[str]:
    vectors, blobs = BESIDE[backends.records]
    if backends.vectors not in vectors:
        yield (
            f"Records in {backends.records} need vectors in {' or '.join(vectors)}, "
            f"not in {backends.vectors}."
        )
    if backends.blobs not in blobs:
        yield (
            f"Records in {backends.records} need originals in {' or '.join(blobs)}, "
            f"not in {backends.blobs}."
        )


def _unencrypted(settings: Settings) -> Iterator[str]:
    for section in (settings.cosmos, settings.azure_openai, settings.pinecone, settings.blob):
        for field in structs.fields(section):
            value = getattr(section, field.name)
            if field.name in ADDRESSES and value and not _private(value):
                yield f"{field.encode_name} begins with https://, except on this machine."


def _private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or _on_this_machine(parts.hostname or "")


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _half(settings: Settings) -> Iterator[str]:
    paths = (settings.embedding_model_path, settings.embedding_tokenizer_path)
    if (paths[0] is None) != (paths[1] is None):
        yield f"{PREFIX}EMBEDDING_MODEL_PATH and {PREFIX}EMBEDDING_TOKENIZER_PATH go together."
    if settings.clients_file and settings.backends.records != "cosmos":
        yield f"{PREFIX}CLIENTS_FILE stands in for Cosmos DB: name it only beside COSMOS_ENDPOINT."
