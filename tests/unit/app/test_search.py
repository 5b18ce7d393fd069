"""Search: scores, filters, explanations, degraded legs, isolation between tenants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from dependency_injector import providers
from msgspec import structs
from structlog.testing import capture_logs

from ragtenancy.container import Container
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import (
    MalformedError,
    ReindexRequiredError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.explain import WhyReason
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import Manifest, SearchFilters
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.settings import Settings
from tests.doubles import FailingEmbedder, in_memory_container
from tests.unit.app.conftest import GUIDE, Installation

QUESTION = "refunds paid within days of purchase"


async def test_a_score_is_recomputable_to_the_last_bit(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    found = await installation.search(scope, QUESTION, explain=True)

    for hit in found.hits:
        scores, why = hit.source.scores, hit.explanation
        assert why is not None
        bm25 = 0.0
        for term in why.terms:
            bm25 += term.contribution
        normalized = bm25 / why.best_bm25 if why.best_bm25 > 0 else 0.0
        assert bm25 == scores.bm25
        assert hit.source.score == (
            why.semantic_weight * scores.semantic + why.bm25_weight * normalized
        )


async def test_the_best_bm25_is_normalized_to_one(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    found = await installation.search(scope, QUESTION)

    assert max(hit.source.scores.bm25_normalized for hit in found.hits) == 1.0


async def test_filters_hold_in_both_legs(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    other = await installation.ingest(scope, "# Refunds\n\nRefunds never.", filename="other.md")

    found = await installation.search(scope, QUESTION, filters=SearchFilters(document_ids=[other]))

    assert {hit.source.document_id for hit in found.hits} == {other}


async def test_metadata_filters_match_any_of_their_values(installation: Installation) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope, metadata={"product": "a", "beta": True})
    await installation.submit(scope, "# Refunds\n\nB.", metadata={"product": "b"})
    await installation.submit(scope, "# Refunds\n\nC.", metadata={"product": "c"})
    await installation.work()

    found = await installation.search(
        scope, "refunds", filters=SearchFilters(metadata={"product": ["a", "x"], "beta": [True]})
    )

    assert {hit.source.document_id for hit in found.hits} == {first.document_id}


async def test_unknown_ids_match_nothing(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    filters = SearchFilters(document_ids=[DocumentId("doc_none")])

    assert (await installation.search(scope, QUESTION, filters=filters)).hits == []


async def test_a_question_without_text_is_refused(installation: Installation) -> None:
    scope = await installation.tenant()

    with pytest.raises(MalformedError):
        await installation.search(scope, " \n")


async def test_a_tenant_without_documents_has_no_hits(installation: Installation) -> None:
    scope = await installation.tenant()

    assert (await installation.search(scope, QUESTION)).hits == []


async def test_an_identifier_passes_below_the_threshold(installation: Installation) -> None:
    settings = SearchSettings(similarity_threshold=1.0)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    await installation.ingest(scope)

    found = await installation.search(scope, "What is ERR-4021?")

    assert [hit.above_threshold for hit in found.hits][:1] == [True]


async def test_other_chunks_do_not_pass_below_the_threshold(installation: Installation) -> None:
    settings = SearchSettings(similarity_threshold=1.0)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    await installation.ingest(scope)

    found = await installation.search(scope, "Do pelicans pay refunds abroad?")

    assert not any(hit.above_threshold for hit in found.hits)


async def test_another_tenants_documents_change_nothing(installation: Installation) -> None:
    mine, theirs = await installation.tenant("mine"), await installation.tenant("theirs")
    await installation.ingest(mine)
    before = (await installation.search(mine, QUESTION)).hits

    await installation.ingest(theirs, "# Refunds\n\n" + "Refunds are paid. " * 50)

    assert (await installation.search(mine, QUESTION)).hits == before


async def test_why_names_each_reason(installation: Installation) -> None:
    scope, foreign = await installation.tenant("mine"), await installation.tenant("theirs")
    shown = await installation.ingest(scope)
    outranked = await installation.ingest(scope, "# Weather\n\nRain.", filename="w.md")
    waiting = (await installation.submit(scope, "# Later\n\nLater.", filename="l.md")).document_id
    theirs = (await installation.submit(foreign)).document_id

    async def reason(document: DocumentId, filters: SearchFilters | None = None) -> object:
        reply = await installation.search(scope, QUESTION, top_k=1, why=document, filters=filters)
        assert reply.why is not None
        return reply.why.reason

    only_shown = SearchFilters(document_ids=[shown])
    assert [
        await reason(shown),
        await reason(outranked),
        await reason(outranked, only_shown),
        await reason(waiting),
        await reason(theirs),
        await reason(DocumentId("doc_none")),
    ] == [
        None,
        WhyReason.OUTRANKED,
        WhyReason.FILTERED,
        WhyReason.NOT_ACTIVE,
        WhyReason.UNKNOWN,
        WhyReason.UNKNOWN,
    ]


async def test_a_weight_of_zero_skips_the_lexical_leg(installation: Installation) -> None:
    settings = SearchSettings(semantic_weight=1.0, bm25_weight=0.0)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    await installation.ingest(scope)

    found = await installation.search(scope, QUESTION)

    assert {hit.source.scores.bm25 for hit in found.hits} == {0.0}


async def test_a_weight_of_zero_lists_no_semantic_candidates(installation: Installation) -> None:
    settings = SearchSettings(semantic_weight=0.0, bm25_weight=1.0)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    await installation.ingest(scope)

    assert (await installation.search(scope, "zebra")).hits == []


async def test_a_model_that_is_away_leaves_the_lexical_leg(container: Container) -> None:
    embedder = FailingEmbedder()
    container.embedder.override(providers.Object(embedder))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)

    embedder.failures = 1
    with capture_logs() as logs:
        found = await installation.search(scope, QUESTION)

    assert (list(found.degraded), bool(found.hits)) == (["semantic_unavailable"], True)
    [line] = [line for line in logs if line["event"] == "search_degraded"]
    assert (line["why"], line["code"]) == ("semantic_unavailable", "unavailable")


class Misplacing:
    """A chunk store that returns another document's chunk."""

    def __init__(self, chunks: ChunkRepository) -> None:
        self._chunks = chunks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chunks, name)

    async def get(self, *given: Any) -> Sequence[Chunk | None]:
        found = await self._chunks.get(*given)
        return [chunk and structs.replace(chunk, document_id=DocumentId("x")) for chunk in found]


async def test_a_chunk_in_anothers_place_is_a_damaged_store(container: Container) -> None:
    container.chunks.override(providers.Object(Misplacing(container.chunks())))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)

    with pytest.raises(UnavailableError) as raised:
        await installation.search(scope, QUESTION)

    assert raised.value.reason == "storage_corrupt"


class SlowLexical:
    """A lexical leg that never answers in time."""

    async def all_scores(self, *_: object, **__: object) -> None:
        return None

    async def search(self, *_: object, **__: object) -> LegHits:
        await asyncio.Event().wait()
        raise AssertionError

    async def score(self, *_: object, **__: object) -> Sequence[float | None]:
        return []


async def test_a_leg_past_its_deadline_is_skipped() -> None:
    container = in_memory_container(Settings(storage="memory", bm25_timeout=0.01))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)
    container.lexical.override(providers.Object(SlowLexical()))

    found = await installation.search(scope, QUESTION)

    assert (list(found.degraded), bool(found.hits)) == (["bm25_timeout"], True)


async def test_documents_of_another_model_are_never_mixed(container: Container) -> None:
    embedder = FailingEmbedder()
    container.embedder.override(providers.Object(embedder))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)

    embedder.name = "another"

    with pytest.raises(ReindexRequiredError):
        await installation.search(scope, QUESTION)


class WatchedLexical:
    """A lexical leg that records requests for statistics, and may be past its manifest."""

    def __init__(self, lexical: LexicalIndex, *, stale: int = 0) -> None:
        self._lexical = lexical
        self._stale = stale
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lexical, name)

    async def statistics(
        self, scope: TenantScope, manifest: Manifest, text: str, *, language: str
    ) -> TermStatistics:
        self.asked.append(text)
        if len(self.asked) <= self._stale:
            raise StaleWriteError("A document was deleted meanwhile.")
        return await self._lexical.statistics(scope, manifest, text, language=language)


async def test_a_tenant_that_changes_while_evidence_is_weighed_is_read_again(
    container: Container,
) -> None:
    watched = WatchedLexical(container.lexical(), stale=2)
    container.lexical.override(providers.Object(watched))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)

    found = await installation.search(scope, QUESTION)

    assert found.hits
    assert len(watched.asked) == 3


async def test_a_turn_looks_up_its_questions_terms_once(container: Container) -> None:
    watched = WatchedLexical(container.lexical())
    container.lexical.override(providers.Object(watched))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)

    await installation.ask(scope, "When are refunds paid?")

    assert watched.asked == ["When are refunds paid?"]


async def test_copies_are_one_hit_that_names_the_other_documents(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(3)]
    other = await installation.ingest(scope, "Pelicans refund nothing.", filename="other.md")

    hits = (await installation.search(scope, QUESTION, why=ids[2])).hits

    texts = [hit.source.text for hit in hits]
    assert len(texts) == len(set(texts))
    first = hits[0].source
    assert {first.document_id, *(place.document_id for place in first.also_in)} == set(ids)
    assert other in [hit.source.document_id for hit in hits]
    assert [hit.source.index for hit in hits] == list(range(1, len(hits) + 1))


async def test_a_document_whose_copy_is_a_hit_is_among_the_hits(installation: Installation) -> None:
    scope = await installation.tenant()
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(2)]

    reasons = [(await installation.search(scope, QUESTION, why=each)).why for each in ids]

    assert [why and why.reason for why in reasons] == [None, None]


async def test_a_deleted_document_is_named_by_no_hit(installation: Installation) -> None:
    scope = await installation.tenant()
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(3)]

    await installation.container.documents().delete(scope, ids[1])
    hits = (await installation.search(scope, QUESTION)).hits

    named = [place.document_id for hit in hits for place in hit.source.also_in]
    assert ids[1] not in [*named, *(hit.source.document_id for hit in hits)]
    assert {hits[0].source.document_id, *named} == {ids[0], ids[2]}


async def test_a_filter_leaves_the_copies_out_too(installation: Installation) -> None:
    scope = await installation.tenant()
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(3)]

    only = SearchFilters(document_ids=ids[:2])
    hits = (await installation.search(scope, QUESTION, filters=only)).hits

    named = {place.document_id for hit in hits for place in hit.source.also_in}
    assert {hits[0].source.document_id, *named} == set(ids[:2])


async def test_without_a_similarity_copies_stay_apart(installation: Installation) -> None:
    settings = SearchSettings(copy_similarity=None)
    scope = await installation.tenant(config=TenantConfig(search_settings=settings))
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(2)]

    hits = (await installation.search(scope, QUESTION)).hits

    assert {hit.source.document_id for hit in hits} == set(ids)
    assert [list(hit.source.also_in) for hit in hits] == [[] for _ in hits]
