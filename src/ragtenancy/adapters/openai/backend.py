"""OpenAI's protocol: answers, embeddings and descriptions of pictures by a server of models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import (
    Backend,
    Backends,
    ChatOffer,
    EmbeddingsOffer,
    ImagesOffer,
)
from ragtenancy.backend.resources import Answering, Resources
from ragtenancy.backend.sections import (
    Chosen,
    Described,
    Dimension,
    Secret,
    Url,
    absent,
    given,
    revealed,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ragtenancy.adapters.openai.dialect import Dialects
    from ragtenancy.ports.chat_models import ChatModel
    from ragtenancy.ports.embeddings import Embedder
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.images import ImageDescriber


class OpenAISettings(
    Struct, frozen=True, kw_only=True, rename=lambda name: f"OPENAI_{name.upper()}"
):
    """A language model behind OpenAI's protocol: OpenAI, Ollama, vLLM, llama.cpp and others."""

    api_key: Annotated[Secret | None, Meta(description="The key; some servers need none.")] = None
    base_url: Annotated[
        Url | None, Meta(description="The server's address; if unset, OpenAI's own.")
    ] = None
    model: Annotated[
        Described | None,
        Meta(description="The model that writes answers."),
    ] = None
    embedding_model: Annotated[
        Described | None,
        Meta(description="The embedding model; documents and questions are sent to it."),
    ] = None
    embedding_dimension: Annotated[
        Dimension | None,
        Meta(
            description="The embedding model's dimension; may be left unset for OpenAI's own models."
        ),
    ] = None
    vision_model: Annotated[
        Described | None, Meta(description="The model that describes pictures.")
    ] = None

    @property
    def reachable(self) -> bool:
        """Whether a server is configured: OpenAI's own by its key, any other by its address."""
        return self.api_key is not None or self.base_url is not None

    @property
    def chat_enabled(self) -> bool:
        """Whether a language model answers, rather than extraction."""
        return self.model is not None and self.reachable

    def label(self, model: str | None) -> str:
        """Return a model's name, with the server's address unless it is OpenAI's own."""
        at = f" at {self.base_url}" if self.base_url else ""
        return f"openai ({model}{at})"


def openai_client(resources: Resources) -> AsyncOpenAI:
    """Return the client of the server."""
    from ragtenancy.adapters.openai.client import open_client

    openai = resources.section(OpenAISettings)
    client = open_client(revealed(openai.api_key), openai.base_url)
    resources.closers.push_async_callback(client.close)
    return client


def openai_dialects(resources: Resources) -> Dialects:
    """Return what is known of the server's models."""
    from ragtenancy.adapters.openai.dialect import Dialects

    return Dialects(resources.clock.monotonic)


def _open_chat(resources: Resources, _: Answering) -> ChatModel:
    from ragtenancy.adapters.openai.chat_models import OpenAIChatModel

    model = given(resources.section(OpenAISettings).model, "OPENAI_MODEL")
    return OpenAIChatModel(
        resources.once(openai_client), model, dialects=resources.once(openai_dialects)
    )


def _open_embedder(resources: Resources) -> Embedder:
    from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder

    openai = resources.section(OpenAISettings)
    model = given(openai.embedding_model, "OPENAI_EMBEDDING_MODEL")
    client = resources.once(openai_client)
    return OpenAIEmbedder(
        client,
        model,
        dimension=openai.embedding_dimension,
        dialects=resources.once(openai_dialects),
    )


def _open_images(resources: Resources) -> ImageDescriber:
    from ragtenancy.adapters.openai.images import OpenAIImageDescriber

    model = given(resources.section(OpenAISettings).vision_model, "OPENAI_VISION_MODEL")
    return OpenAIImageDescriber(
        resources.once(openai_client), model, dialects=resources.once(openai_dialects)
    )


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.openai.client import OpenAIProbe

    return OpenAIProbe(resources.once(openai_client))


def _faults(chosen: Chosen, backends: Backends) -> Iterator[str]:
    openai = chosen.section(OpenAISettings)
    if backends.chat == "openai" and not openai.chat_enabled:
        yield "RAGTENANCY_CHAT=openai needs OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL."
    if "openai" in backends.embeddings:
        yield from absent(openai, "embeddings from OpenAI", "embedding_model")
    if backends.images == "openai":
        yield from absent(openai, "RAGTENANCY_IMAGE_DESCRIBER=openai", "vision_model")
    if not openai.reachable:
        yield from _unreachable(openai, chosen, backends)


def _unreachable(openai: OpenAISettings, chosen: Chosen, backends: Backends) -> Iterator[str]:
    """Yield a fault for each model that is named without a server."""
    meant = {
        "OPENAI_MODEL": openai.model and chosen.is_open("chat") and backends.chat == "extractive",
        "OPENAI_EMBEDDING_MODEL": openai.embedding_model and "openai" in backends.embeddings,
        "OPENAI_VISION_MODEL": openai.vision_model and backends.images == "openai",
    }
    for variable in filter(meant.get, meant):
        yield f"{variable} needs OPENAI_API_KEY or OPENAI_BASE_URL."


def _settings(chosen: Chosen) -> OpenAISettings:
    return chosen.section(OpenAISettings)


OPENAI = Backend(
    name="openai",
    section=OpenAISettings,
    chat=ChatOffer(
        name="openai",
        implied=lambda chosen: _settings(chosen).chat_enabled,
        label=lambda chosen: _settings(chosen).label(_settings(chosen).model),
        model=lambda chosen: _settings(chosen).model,
        open=_open_chat,
    ),
    embeddings=EmbeddingsOffer(
        name="openai",
        implied=lambda chosen: _settings(chosen).embedding_model is not None,
        label=lambda chosen: _settings(chosen).label(_settings(chosen).embedding_model),
        open=_open_embedder,
        remote=True,
    ),
    images=ImagesOffer(
        name="openai",
        implied=lambda chosen: _settings(chosen).vision_model is not None,
        label=lambda chosen: _settings(chosen).label(_settings(chosen).vision_model),
        open=_open_images,
    ),
    faults=_faults,
    probe=_probe,
)
