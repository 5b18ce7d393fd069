"""Azure OpenAI: a deployment each for answers, embeddings and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.adapters.openai.azure_address import API_VERSION
from ragtenancy.adapters.openai.backend import OpenAISettings
from ragtenancy.backend.offers import (
    Backend,
    Backends,
    ChatOffer,
    EmbeddingsOffer,
    ImagesOffer,
)
from ragtenancy.backend.resources import Answering, Resources
from ragtenancy.backend.sections import (
    AUTO,
    Chosen,
    Described,
    Dimension,
    Secret,
    Url,
    absent,
    given,
    require_package,
    revealed,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ragtenancy.adapters.openai.dialect import Dialects
    from ragtenancy.backend.azure_template import AzurePart, Grantee
    from ragtenancy.ports.chat_models import ChatModel
    from ragtenancy.ports.embeddings import Embedder
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.images import ImageDescriber


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

    endpoint: Annotated[
        Url | None,
        Meta(
            description="The resource's address as the portal shows it, with or without `/openai/v1/`."
        ),
    ] = None
    api_key: Annotated[
        Secret | None, Meta(description="The resource's key; if unset, managed identity is used.")
    ] = None
    deployment: Annotated[
        Described | None, Meta(description="The deployment that writes answers.")
    ] = None
    embedding_deployment: Annotated[
        Described | None, Meta(description="The deployment that embeds texts.")
    ] = None
    embedding_dimension: Annotated[
        Dimension | None,
        Meta(
            description="The embedding model's dimension; may be left unset for OpenAI's own models."
        ),
    ] = None
    vision_deployment: Annotated[
        Described | None,
        Meta(
            description="The deployment that describes pictures; if unset, the one that writes answers."
        ),
    ] = None
    api_version: Annotated[
        Described | None,
        Meta(
            description=f"The version of Azure's API, not used with `/openai/v1/`; if unset, the address's own, else `{API_VERSION}`."
        ),
    ] = None

    @property
    def describing_deployment(self) -> str | None:
        """The deployment that describes pictures."""
        return self.vision_deployment or self.deployment


class AzureClients:
    """Clients by deployment, opened on first use."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._open: dict[str, AsyncOpenAI] = {}

    def of(self, deployment: str) -> AsyncOpenAI:
        """Return the client of a deployment. Raises `ConfigurationError`."""
        if deployment not in self._open:
            self._open[deployment] = self._opened()
        return self._open[deployment]

    def _opened(self) -> AsyncOpenAI:
        require_package("openai", "Azure OpenAI")
        from ragtenancy.adapters.openai.client import open_azure_client

        azure = self._resources.section(AzureOpenAISettings)
        return open_azure_client(
            given(azure.endpoint, "AZURE_OPENAI_ENDPOINT"),
            revealed(azure.api_key),
            azure.api_version,
            self._resources.closers,
        )


def azure_dialects(resources: Resources) -> Dialects:
    """Return what is known of the server's models."""
    from ragtenancy.adapters.openai.dialect import Dialects

    return Dialects(resources.clock.monotonic)


def _open_chat(resources: Resources, _: Answering) -> ChatModel:
    from ragtenancy.adapters.openai.chat_models import OpenAIChatModel

    name = given(resources.section(AzureOpenAISettings).deployment, "AZURE_DEPLOYMENT_NAME")
    return OpenAIChatModel(
        resources.once(AzureClients).of(name), name, dialects=resources.once(azure_dialects)
    )


def _open_embedder(resources: Resources) -> Embedder:
    from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder

    azure = resources.section(AzureOpenAISettings)
    name = given(azure.embedding_deployment, "AZURE_EMBEDDING_DEPLOYMENT")
    client = resources.once(AzureClients).of(name)
    return OpenAIEmbedder(
        client, name, dimension=azure.embedding_dimension, dialects=resources.once(azure_dialects)
    )


def _open_images(resources: Resources) -> ImageDescriber:
    from ragtenancy.adapters.openai.images import OpenAIImageDescriber

    describing = resources.section(AzureOpenAISettings).describing_deployment
    name = given(describing, "RAGTENANCY_AZURE_VISION_DEPLOYMENT")
    return OpenAIImageDescriber(
        resources.once(AzureClients).of(name), name, dialects=resources.once(azure_dialects)
    )


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.openai.client import OpenAIProbe

    azure = resources.section(AzureOpenAISettings)
    named = azure.deployment or azure.embedding_deployment or azure.vision_deployment
    client = resources.once(AzureClients).of(given(named, "AZURE_DEPLOYMENT_NAME"))
    return OpenAIProbe(client, name="azure_openai")


def _faults(chosen: Chosen, backends: Backends) -> Iterator[str]:
    azure = chosen.section(AzureOpenAISettings)
    if "azure" in (backends.chat, *backends.embeddings, backends.images):
        yield from absent(azure, "Azure OpenAI", "endpoint")
    elif azure.endpoint or azure.api_key:
        yield "AZURE_OPENAI_ENDPOINT needs AZURE_DEPLOYMENT_NAME or AZURE_EMBEDDING_DEPLOYMENT."
    if backends.chat == "azure":
        yield from absent(azure, "answers from Azure OpenAI", "deployment")
    if "azure" in backends.embeddings:
        yield from absent(azure, "embeddings from Azure OpenAI", "embedding_deployment")
    if backends.images == "azure" and azure.describing_deployment is None:
        yield from absent(azure, "pictures described by Azure OpenAI", "vision_deployment")


def _describes(chosen: Chosen) -> bool:
    """Return whether a deployment describes pictures: a named one, else the one that answers."""
    azure = chosen.section(AzureOpenAISettings)
    if azure.vision_deployment or chosen.section(OpenAISettings).vision_model:
        return azure.vision_deployment is not None
    return azure.deployment is not None and chosen.named.get("chat", AUTO) in (AUTO, "azure")


def _images_label(chosen: Chosen) -> str:
    azure = chosen.section(AzureOpenAISettings)
    chat = "" if azure.vision_deployment else ", the chat deployment"
    return f"azure ({azure.describing_deployment}{chat})"


def _settings(chosen: Chosen) -> AzureOpenAISettings:
    return chosen.section(AzureOpenAISettings)


def _azure(chosen: Chosen, grantee: Grantee) -> AzurePart:
    from ragtenancy.adapters.openai.template import azure_part

    return azure_part(_settings(chosen).endpoint, grantee)


AZURE_OPENAI = Backend(
    name="azure_openai",
    section=AzureOpenAISettings,
    chat=ChatOffer(
        name="azure",
        implied=lambda chosen: _settings(chosen).deployment is not None,
        label=lambda chosen: f"azure ({_settings(chosen).deployment})",
        model=lambda chosen: _settings(chosen).deployment,
        open=_open_chat,
    ),
    embeddings=EmbeddingsOffer(
        name="azure",
        implied=lambda chosen: _settings(chosen).embedding_deployment is not None,
        label=lambda chosen: f"azure ({_settings(chosen).embedding_deployment})",
        open=_open_embedder,
        remote=True,
    ),
    images=ImagesOffer(name="azure", implied=_describes, label=_images_label, open=_open_images),
    faults=_faults,
    probe=_probe,
    azure=_azure,
)
