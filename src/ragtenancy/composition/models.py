"""The models for embedding, answering and describing pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ragtenancy.app.model_trials import ModelTrials
from ragtenancy.backend.resources import Answering, Resources
from ragtenancy.backend.stores import Stores
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.model_standing import ModelStandings
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, Embedders, QuestionVectors
from ragtenancy.ports.images import ImageDescriber
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.tracing import Tracer
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import LOCAL, local_images, offered, remote_models

if TYPE_CHECKING:
    from ragtenancy.adapters.measured.models import ModelCalls

PROVIDERS = {"azure": "azure.ai.openai"}  # OpenTelemetry's names where they differ from ours


def compose_embedder(settings: Settings, resources: Resources) -> Embedder:
    """Return the default of the operator's list of embedders."""
    return _embedder(settings.backends.embeddings[0], resources)


def compose_embedders(
    settings: Settings, embedder: Embedder, resources: Resources, tracer: Tracer
) -> Embedders:
    """Return the operator's list of embedders, with the default one already created; measured."""
    from ragtenancy.adapters.measured.models import MeasuredEmbedder

    first, *others = settings.backends.embeddings
    listed = {first: embedder, **{name: _embedder(name, resources) for name in others}}
    return Embedders(
        {
            name: MeasuredEmbedder(each, _calls(resources, tracer, name))
            for name, each in listed.items()
        }
    )


def compose_token_counter(resources: Resources) -> TokenCounter:
    """Return the token counter that measures chunks."""
    from ragtenancy.adapters.minilm.backend import open_token_counter

    return open_token_counter(resources)


def compose_chat_model(
    settings: Settings,
    resources: Resources,
    stores: Stores,
    embedders: Embedders,
    query_vectors: QuestionVectors,
    lexicons: Lexicons,
    token_counter: TokenCounter,
) -> ChatModel:
    """Return the chat model: a language model if configured, otherwise extraction."""
    answering = Answering(
        embedders=embedders,
        question_vectors=query_vectors,
        lexicons=lexicons,
        token_counter=token_counter,
        sentence_vectors=stores.sentence_vectors,
    )
    chat = offered(lambda each: each.chat)[settings.backends.chat]
    return chat.open(resources, answering)


def compose_measured_chat_model(
    settings: Settings, chat_model: ChatModel, resources: Resources, tracer: Tracer
) -> ChatModel:
    """Return the chat model, measured."""
    from ragtenancy.adapters.measured.models import MeasuredChatModel

    return MeasuredChatModel(chat_model, _calls(resources, tracer, settings.backends.chat))


def compose_vision_model(
    settings: Settings, resources: Resources, tracer: Tracer
) -> ImageDescriber:
    """Return the model that describes pictures, measured; one that describes none without it."""
    chosen = settings.backends.images
    images = None if chosen == LOCAL else offered(lambda each: each.images).get(chosen)
    if images is None or images.local:
        from ragtenancy.adapters.system.null_adapters import NoImageDescriber

        return NoImageDescriber()
    from ragtenancy.adapters.measured.models import MeasuredImageDescriber

    return MeasuredImageDescriber(images.open(resources), _calls(resources, tracer, chosen))


def compose_image_describer(
    settings: Settings, resources: Resources, vision_model: ImageDescriber
) -> ImageDescriber:
    """Return the describer of pictures: a model if configured, otherwise OCR if installed.

    Pictures that the model rejects go to OCR, if installed.
    """
    local, chosen = local_images(), settings.backends.images
    images = local if chosen == LOCAL else offered(lambda each: each.images).get(chosen)
    if images is not None and images.local:
        return images.open(resources)
    if images is None or local is None:
        return vision_model
    from ragtenancy.adapters.system.joined import FallbackImageDescriber

    return FallbackImageDescriber(vision_model, local.open(resources))


def names(settings: Settings) -> Mapping[str, str]:
    """Return the names of the models for the operator: answering, embedding, describing pictures.

    Raises `ConfigurationError` for an embedding model that is not installed.
    """
    backends, chosen = settings.backends, settings.chosen
    chats, embedders = offered(lambda each: each.chat), offered(lambda each: each.embeddings)
    return {
        "chat": chats[backends.chat].labelled(chosen),
        "embeddings": ", ".join(embedders[name].labelled(chosen) for name in backends.embeddings),
        "images": _describer_name(settings),
    }


def _describer_name(settings: Settings) -> str:
    name = settings.backends.images
    if name == LOCAL:
        found = local_images() is not None
        return "local (OCR)" if found else "none (the extra [ocr] is not installed)"
    images = offered(lambda each: each.images).get(name)
    return name if images is None else images.labelled(settings.chosen)


def _calls(resources: Resources, tracer: Tracer, backend: str) -> ModelCalls:
    from ragtenancy.adapters.measured.models import ModelCalls

    return ModelCalls(
        resources.metrics,
        tracer,
        backend,
        PROVIDERS.get(backend, backend),
        resources.once(standings),
    )


def compose_model_trials(
    settings: Settings,
    measured_chat_model: ChatModel,
    embedders: Embedders,
    vision_model: ImageDescriber,
    model_standings: ModelStandings,
) -> ModelTrials:
    """Compose the trials: of embedders, which warms local ones up, and of models at servers.

    Without RAGTENANCY_TRY_MODELS, of embedders alone.
    """
    remote = remote_models(settings.backends) if settings.try_models else ()
    kinds = frozenset(("embeddings", *(kind for kind, _, _ in remote)))
    return ModelTrials(measured_chat_model, embedders, vision_model, model_standings, kinds)


def standings(_: Resources) -> ModelStandings:
    """Return the standings of the models, empty at first."""
    return ModelStandings()


def compose_model_standings(resources: Resources) -> ModelStandings:
    """Return the standings in which the models' calls are recorded."""
    return resources.once(standings)


def _embedder(name: str, resources: Resources) -> Embedder:
    return offered(lambda each: each.embeddings)[name].open(resources)
