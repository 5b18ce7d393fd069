"""What every `LexicalIndex` must do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.index_files import IndexFiles
from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.rank_bm25.lexical import RankBm25Index
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.errors import InvalidError, StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.lexical.bm25 import OKAPI
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex
from tests.contract.backends import Backend, Tier, params
from tests.library import ACME, OTHER, Library, chunk_store

Make = Callable[[ChunkRepository], LexicalIndex]


class Bed:
    """An index of an engine, two tenants' libraries, and short ways to ask."""

    def __init__(self, make: Make, chunks: ChunkRepository) -> None:
        self.make = make
        self.index = make(chunks)
        self.acme = Library(ACME, chunks)
        self.other = Library(OTHER, chunks)

    async def search(
        self,
        question: str,
        *,
        limit: int = 10,
        documents: set[str] | None = None,
        manifest: Manifest | None = None,
        language: str = "english",
    ) -> LegHits:
        asked = (ACME, manifest or self.acme.manifest, question)
        allowed = None if documents is None else {DocumentId(d) for d in documents}
        found = await self.index.search(*asked, language=language, limit=limit, documents=allowed)
        await self.check_all(asked, language)
        return found

    async def check_all(self, asked: tuple[TenantScope, Manifest, str], language: str) -> None:
        """The scores of all chunks, where they can be had at once, are those of each."""
        found = await self.index.all_scores(*asked, language=language)
        if found is not None:
            chunks = asked[1].chunk_ids(range(len(found.values)))
            scores = await self.index.score(*asked, chunks, language=language)
            assert list(scores) == found.values.tolist()
            assert len(chunks) == sum(e.total_chunks for e in asked[1].entries.values())

    async def found(self, question: str, *, documents: set[str] | None = None) -> list[str]:
        return list((await self.search(question, documents=documents)).chunk_ids)

    async def scores(self, question: str, chunks: list[str]) -> list[float | None]:
        ids = [ChunkId(chunk) for chunk in chunks]
        scores = await self.index.score(ACME, self.acme.manifest, question, ids, language="english")
        return list(scores)


def engine(make: Make) -> Callable[[Path], AbstractAsyncContextManager[Bed]]:
    @asynccontextmanager
    async def opened(_folder: Path) -> AsyncIterator[Bed]:
        yield Bed(make, await chunk_store(ACME, OTHER))

    return opened


@asynccontextmanager
async def kept(_folder: Path) -> AsyncIterator[Bed]:
    with TemporaryDirectory() as folder:
        for scope in (ACME, OTHER):
            (Path(folder) / scope.tenant_uid / "cache").mkdir(parents=True)
        files = IndexFiles(Path(folder))
        yield Bed(
            lambda chunks: Bm25Index(chunks, SnowballAnalyzer(), files=files, max_bytes=1),
            await chunk_store(ACME, OTHER),
        )
        await files.close()


def default(chunks: ChunkRepository) -> LexicalIndex:
    return Bm25Index(chunks, SnowballAnalyzer())


def okapi(chunks: ChunkRepository) -> LexicalIndex:
    return Bm25Index(chunks, SnowballAnalyzer(), parameters=OKAPI)


def rank_bm25(chunks: ChunkRepository) -> LexicalIndex:
    return RankBm25Index(chunks, SnowballAnalyzer())


BACKENDS = params(
    Backend(name="bm25", tier=Tier.EMBEDDED, adapter=Bm25Index, open=engine(default)),
    Backend(name="bm25-kept", tier=Tier.EMBEDDED, adapter=Bm25Index, open=kept),
    Backend(name="bm25-okapi", tier=Tier.EMBEDDED, adapter=Bm25Index, open=engine(okapi)),
    Backend(name="rank-bm25", tier=Tier.EMBEDDED, adapter=RankBm25Index, open=engine(rank_bm25)),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def bed(backend: Backend[Bed], tmp_path: Path) -> AsyncIterator[Bed]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def three_documents(bed: Bed) -> None:
    await bed.acme.put("d1", "refunds take ten days", "shipping is free")
    await bed.acme.put("d2", "refunds are never given", "call us on monday")
    await bed.acme.put("d3", "the office opens at nine", "lunch is at noon", "gates close late")


async def test_finds_the_chunks_that_hold_a_word_and_no_others(bed: Bed) -> None:
    await three_documents(bed)

    found = await bed.found("What about the refund?")

    assert set(found) == {bed.acme.ids("d1")[0], bed.acme.ids("d2")[0]}


async def test_lists_best_first_and_says_the_best(bed: Bed) -> None:
    await three_documents(bed)

    hits = await bed.search("refunds ten days monday")

    assert list(hits.scores) == sorted(hits.scores, reverse=True)
    assert hits.best == hits.scores[0] > 0


async def test_keeps_the_best_beyond_the_limit_and_the_limit(bed: Bed) -> None:
    await three_documents(bed)

    one = await bed.search("refunds ten days", limit=1)
    all_of_them = await bed.search("refunds ten days")

    assert one.by_chunk() == {all_of_them.chunk_ids[0]: all_of_them.best}
    assert one.best == all_of_them.best


async def test_answers_at_the_manifests_generation(bed: Bed) -> None:
    await three_documents(bed)

    hits = await bed.search("refunds")

    assert hits.generation == bed.acme.manifest.generation == 3


async def test_an_empty_tenant_finds_nothing(bed: Bed) -> None:
    hits = await bed.search("refunds")

    assert hits == LegHits(generation=0)


async def test_documents_without_any_term_are_fine(bed: Bed) -> None:
    await bed.acme.put("d1", "the of and", "!!")

    hits = await bed.search("the refunds")

    assert list(hits.chunk_ids) == []
    assert await bed.scores("refunds", bed.acme.ids("d1")) == [0.0, 0.0]


async def test_what_is_staged_only_is_not_found(bed: Bed) -> None:
    before = bed.acme.manifest
    await bed.acme.put("d1", "refunds")

    hits = await bed.search("refunds", manifest=before)

    assert list(hits.chunk_ids) == []


async def test_a_replaced_document_answers_with_its_new_text_alone(bed: Bed) -> None:
    await three_documents(bed)
    await bed.search("refunds")
    await bed.acme.put("d1", "returns are welcome")

    assert await bed.found("ten days") == []
    assert await bed.found("returns") == bed.acme.ids("d1")


async def test_a_removed_document_is_gone(bed: Bed) -> None:
    await three_documents(bed)
    gone = bed.acme.ids("d1")
    await bed.search("refunds")
    bed.acme.remove("d1")

    assert await bed.found("ten days") == []
    assert await bed.scores("refunds", gone) == [None, None]


async def test_an_older_manifest_is_answered_at_the_newer_generation(bed: Bed) -> None:
    await three_documents(bed)
    older = bed.acme.manifest
    await bed.acme.put("d4", "vouchers")
    await bed.search("vouchers")

    hits = await bed.search("vouchers", manifest=older)

    assert hits.generation == bed.acme.manifest.generation
    assert list(hits.chunk_ids) == bed.acme.ids("d4")


async def test_chunks_that_are_gone_make_the_manifest_stale(bed: Bed) -> None:
    await three_documents(bed)
    entry = bed.acme.manifest.entries[DocumentId("d2")]
    await bed.acme.chunks.delete(ACME, entry.document_id, entry.revision)

    with pytest.raises(StaleWriteError):
        await bed.search("refunds")


async def test_equal_scores_stand_by_document_then_ordinal(bed: Bed) -> None:
    await bed.acme.put("d2", "same words", "same words")
    await bed.acme.put("d10", "same words")
    await bed.acme.put("d1", "same words", "other things entirely")

    found = await bed.found("same")

    expected = [bed.acme.ids("d1")[0], *bed.acme.ids("d10"), *bed.acme.ids("d2")]
    scored = await bed.scores("same", expected)
    assert [chunk for chunk, score in zip(expected, scored, strict=True) if score] == found


async def test_a_filter_restricts_hits_and_best_but_not_statistics(bed: Bed) -> None:
    await three_documents(bed)
    alone = await bed.search("refunds never", documents={"d1"})

    every = (await bed.search("refunds never")).by_chunk()

    assert list(alone.chunk_ids) == bed.acme.ids("d1")[:1]
    assert alone.best == every[ChunkId(bed.acme.ids("d1")[0])]


async def test_a_filter_that_allows_nothing_finds_nothing(bed: Bed) -> None:
    await three_documents(bed)

    hits = await bed.search("refunds", documents=set())

    assert hits == LegHits(generation=3)


async def test_each_time_a_word_stands_in_the_question_adds(bed: Bed) -> None:
    await three_documents(bed)

    once = await bed.scores("shipping", bed.acme.ids("d1"))
    twice = await bed.scores("shipping shipping", bed.acme.ids("d1"))

    assert twice[1] == (once[1] or 0.0) * 2 > 0


async def test_contributions_in_order_add_up_to_the_score(bed: Bed) -> None:
    await three_documents(bed)
    ids = [ChunkId(chunk) for chunk in bed.acme.ids("d1")]
    question = "refunds in ten days, refunds by zeppelin"

    explained = await bed.index.explain(
        ACME, bed.acme.manifest, question, [*ids, ChunkId("no#1-1#000000")], language="english"
    )

    summed = [reduce(lambda s, t: s + t.contribution, explained[c], 0.0) for c in ids]
    assert summed == await bed.scores(question, bed.acme.ids("d1"))
    assert set(explained) == set(ids)


async def test_contributions_say_frequencies(bed: Bed) -> None:
    await bed.acme.put("d1", "fees fees", "costs")
    await bed.acme.put("d2", "fees")
    first = ChunkId(bed.acme.ids("d1")[0])

    explained = await bed.index.explain(
        ACME, bed.acme.manifest, "fees taxes", [first], language="english"
    )

    assert [(t.term, t.frequency, t.document_frequency) for t in explained[first]] == [
        ("fee", 2, 2),
        ("tax", 0, 0),
    ]


async def test_counts_and_forgets_a_document(bed: Bed) -> None:
    await three_documents(bed)
    await bed.search("refunds")

    held = await bed.index.count(ACME, DocumentId("d3"))
    forgotten = await bed.index.forget(ACME, DocumentId("d3"))

    assert (held, forgotten) == (3, 3)
    assert await bed.index.count(ACME, DocumentId("d3")) == 0


async def test_a_manifest_that_names_a_forgotten_document_is_stale(bed: Bed) -> None:
    await three_documents(bed)
    await bed.search("refunds")
    await bed.index.forget(ACME, DocumentId("d1"))

    with pytest.raises(StaleWriteError):
        await bed.search("refunds")


async def test_a_forgotten_document_stays_away(bed: Bed) -> None:
    await three_documents(bed)
    await bed.search("refunds")
    await bed.index.forget(ACME, DocumentId("d1"))
    bed.acme.remove("d1")

    assert await bed.found("refunds") == bed.acme.ids("d2")[:1]
    assert await bed.index.count(ACME, DocumentId("d1")) == 0


async def test_forgetting_the_absent_is_fine(bed: Bed) -> None:
    assert await bed.index.forget(ACME, DocumentId("absent")) == 0


async def test_a_dropped_tenant_holds_nothing(bed: Bed) -> None:
    await three_documents(bed)
    await bed.search("refunds")

    await bed.index.drop(ACME)
    await bed.index.drop(ACME)

    assert await bed.index.count(ACME, DocumentId("d1")) == 0


async def test_tenants_see_their_own_chunks_only(bed: Bed) -> None:
    await bed.acme.put("d1", "refunds take ten days", "closed")
    await bed.other.put("d1", "refunds take a year", "refunds twice", "closed")
    theirs = await bed.index.search(OTHER, bed.other.manifest, "year", language="english", limit=10)

    assert await bed.found("year") == []
    assert list(theirs.chunk_ids) == bed.other.ids("d1")[:1]


async def test_another_language_is_switched_to_whole(bed: Bed) -> None:
    await bed.acme.put("d1", "Die Häuser der Städte", "etwas anderes", "noch etwas")
    await bed.search("Haus")

    hits = await bed.search("Haus", language="german")

    assert list(hits.chunk_ids) == bed.acme.ids("d1")[:1]
    assert await bed.found("Haus") == []


async def test_a_detached_index_has_the_same_scores(bed: Bed) -> None:
    await three_documents(bed)
    expected = await bed.search("refunds never")

    bed.index = bed.index.detached()

    assert await bed.search("refunds never") == expected


async def test_a_detached_index_searches_another_language_beside_this_one(bed: Bed) -> None:
    await bed.acme.put("d1", "Die Häuser der Städte", "etwas anderes", "noch etwas")
    await bed.search("Häuser")
    detached = bed.index.detached()

    hits = await detached.search(ACME, bed.acme.manifest, "Haus", language="german", limit=10)

    assert list(hits.chunk_ids) == bed.acme.ids("d1")[:1]
    assert await bed.found("Haus") == []


async def test_an_unknown_language_is_invalid(bed: Bed) -> None:
    with pytest.raises(InvalidError):
        await bed.search("refunds", language="klingon")


async def test_searches_beside_each_other_agree(bed: Bed) -> None:
    await three_documents(bed)

    answers = await asyncio.gather(*(bed.search("refunds ten") for _ in range(8)))

    assert answers == [answers[0]] * 8


async def test_a_cancelled_search_leaves_the_index_usable(bed: Bed) -> None:
    await bed.acme.put("d1", "refunds " * 9_000, "closed", "open")
    search = asyncio.create_task(bed.search("refunds"))
    await asyncio.sleep(0)
    search.cancel()
    await asyncio.wait([search])

    assert await bed.found("refunds") == bed.acme.ids("d1")[:1]


PROPERTY = settings(  # the backend is only data: every example opens it anew
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = st.sampled_from(["fee", "tax", "cost", "rate", "refund", "zebra"])
TEXTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=4)
STEPS = st.lists(st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.none() | TEXTS), max_size=8)
Step = tuple[str, list[str] | None]


async def step(library: Library, change: Step) -> None:
    name, texts = change
    if texts is not None:
        await library.put(name, *texts)
    elif name in library.manifest.entries:
        library.remove(name)


def in_fresh_bed(backend: Backend[Bed], work: Callable[[Bed], Awaitable[None]]) -> None:
    async def run() -> None:
        async with backend.open(Path()) as bed:
            await work(bed)

    asyncio.run(run())


@PROPERTY
@given(steps=STEPS, question=st.lists(WORDS, max_size=4).map(" ".join))
def test_scores_after_changes_are_those_of_a_new_index(
    backend: Backend[Bed], steps: list[Step], question: str
) -> None:
    async def work(bed: Bed) -> None:
        for change in steps:
            await step(bed.acme, change)
            await bed.search(question)
        followed = await bed.search(question)
        bed.index = bed.make(bed.acme.chunks)
        assert followed == await bed.search(question)

    in_fresh_bed(backend, work)


@PROPERTY
@given(steps=STEPS, question=st.lists(WORDS, max_size=4).map(" ".join))
def test_single_scores_are_those_of_the_search(
    backend: Backend[Bed], steps: list[Step], question: str
) -> None:
    async def work(bed: Bed) -> None:
        for change in steps:
            await step(bed.acme, change)
        hits = await bed.search(question)
        assert await bed.scores(question, list(hits.chunk_ids)) == hits.scores

    in_fresh_bed(backend, work)


@PROPERTY
@given(mine=STEPS, theirs=STEPS, question=st.lists(WORDS, max_size=4).map(" ".join))
def test_another_tenant_changes_nothing(
    backend: Backend[Bed], mine: list[Step], theirs: list[Step], question: str
) -> None:
    async def work(bed: Bed) -> None:
        for change in mine:
            await step(bed.acme, change)
        alone = await bed.search(question)
        for change in theirs:
            await step(bed.other, change)
            manifest = bed.other.manifest
            await bed.index.search(OTHER, manifest, question, language="english", limit=5)
        assert await bed.search(question) == alone

    in_fresh_bed(backend, work)
