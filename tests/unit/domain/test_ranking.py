"""Fusing both legs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id
from ragtenancy.domain.ranking import HybridRanker, Ranking, combined

RANKER = HybridRanker(semantic_weight=0.7, bm25_weight=0.3)
COSINES = st.floats(-1, 1)
SCORES = st.floats(0, 50)
CANDIDATES = st.dictionaries(
    st.tuples(st.sampled_from(["d1", "d10", "d2"]), st.integers(0, 20)),
    st.tuples(COSINES, SCORES),
    max_size=12,
)
Drawn = dict[tuple[str, int], tuple[float, float]]


def of(document: str, ordinal: int = 0) -> ChunkId:
    return chunk_id(DocumentId(document), Revision("1-1"), ordinal)


def ranked(drawn: Drawn, best: float) -> Ranking:
    return RANKER.rank(
        {of(*place): semantic for place, (semantic, _) in drawn.items()},
        {of(*place): bm25 for place, (_, bm25) in drawn.items()},
        best_bm25=best,
    )


def test_fuses_by_weights_and_the_best_bm25() -> None:
    [hit] = ranked({("d1", 0): (0.5, 3.0)}, best=4.0)

    assert hit.score == 0.7 * 0.5 + 0.3 * (3.0 / 4.0)
    assert (hit.scores.semantic, hit.scores.semantic_normalized) == (0.5, 0.5)
    assert (hit.scores.bm25, hit.scores.bm25_normalized) == (3.0, 0.75)


def test_without_any_word_in_common_bm25_adds_nothing() -> None:
    [hit] = ranked({("d1", 0): (0.5, 0.0)}, best=0.0)

    assert (hit.score, hit.scores.bm25_normalized) == (0.7 * 0.5, 0.0)


def test_a_leg_that_did_not_answer_counts_nothing() -> None:
    [hit] = RANKER.rank({}, {of("d1"): 3.0}, best_bm25=3.0)

    assert (hit.score, hit.scores.semantic) == (0.3, 0.0)


def test_ties_stand_by_document_then_ordinal() -> None:
    places = [("d2", 0), ("d10", 1), ("d10", 0), ("d1", 3)]

    hits = ranked(dict.fromkeys(places, (0.5, 1.0)), best=1.0)

    assert [hit.chunk_id for hit in hits] == [of("d1", 3), of("d10"), of("d10", 1), of("d2")]


def test_says_the_rank_in_each_leg() -> None:
    hits = RANKER.rank(
        {of("d1"): 0.9, of("d2"): 0.1},
        {of("d1"): 0.0, of("d2"): 2.0},
        best_bm25=2.0,
        semantic_order=[of("d1")],
        bm25_order=[of("d3"), of("d2")],
    )

    assert [(hit.semantic_rank, hit.bm25_rank) for hit in hits] == [(1, None), (None, 2)]


@given(drawn=CANDIDATES, best=st.floats(0, 50))
def test_ranks_every_candidate_once_best_first(drawn: Drawn, best: float) -> None:
    hits = ranked(drawn, best)

    assert sorted(hit.chunk_id for hit in hits) == sorted(of(*place) for place in drawn)
    assert [hit.score for hit in hits] == sorted((h.score for h in hits), reverse=True)


@given(drawn=CANDIDATES, best=st.floats(0, 50))
def test_the_order_of_candidates_does_not_matter(drawn: Drawn, best: float) -> None:
    mixed = dict(reversed(drawn.items()))

    assert list(ranked(drawn, best)) == list(ranked(mixed, best))


@given(drawn=CANDIDATES, best=st.floats(0, 50))
def test_the_score_is_recomputed_from_what_is_shown(drawn: Drawn, best: float) -> None:
    for hit in ranked(drawn, best):
        scores = hit.scores
        assert hit.score == 0.7 * scores.semantic_normalized + 0.3 * scores.bm25_normalized


@given(drawn=CANDIDATES, best=st.floats(0, 50), cut=st.slices(12))
def test_some_hits_are_those_of_all(drawn: Drawn, best: float, cut: slice) -> None:
    hits = ranked(drawn, best)

    assert hits[cut] == list(hits)[cut]


@given(semantic=COSINES, bm25=SCORES, better=SCORES, best=st.floats(0.1, 50))
def test_more_bm25_never_ranks_lower(
    semantic: float, bm25: float, better: float, best: float
) -> None:
    low, high = sorted((bm25, better))
    [less] = ranked({("d1", 0): (semantic, low)}, best)
    [more] = ranked({("d1", 0): (semantic, high)}, best)

    assert less.score <= more.score


@given(
    drawn=CANDIDATES,
    depths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    count=st.integers(1, 4),
    weight=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
)
def test_what_stands_is_what_scoring_everything_gives(
    drawn: Drawn, depths: tuple[int, int], count: int, weight: float
) -> None:
    ranker = HybridRanker(semantic_weight=1 - weight, bm25_weight=weight)
    cosines = {of(*place): semantic for place, (semantic, _) in drawn.items()}
    words = {of(*place): bm25 for place, (_, bm25) in drawn.items()}
    found = {chunk: score for chunk, score in words.items() if score > 0}
    near = LegHits.highest(1, list(cosines), list(cosines.values()), limit=depths[0])
    worded = LegHits.highest(1, list(found), list(found.values()), limit=depths[1])
    union = {*near.chunk_ids, *worded.chunk_ids}

    hits = ranker.rank(
        {chunk: cosines[chunk] for chunk in union},
        {chunk: words[chunk] for chunk in union},
        best_bm25=worded.best,
    )
    every = ranker.rank(cosines, words, best_bm25=worded.best)

    beyond = ranker.beyond(near, worded, semantic_depth=depths[0], bm25_depth=depths[1])
    if hits.stands(count, beyond):
        assert hits[:count] == every[:count]
    else:
        assert depths[0] <= len(drawn)


def test_what_may_be_overtaken_does_not_stand() -> None:
    near = LegHits(generation=1, chunk_ids=[of("d1")], scores=[0.9], best=0.9)
    worded = LegHits(generation=1, chunk_ids=[of("d2")], scores=[4.0], best=4.0)
    hits = RANKER.rank(
        {of("d1"): 0.9, of("d2"): 0.1}, {of("d1"): 0.0, of("d2"): 4.0}, best_bm25=4.0
    )

    beyond = RANKER.beyond(near, worded, semantic_depth=1, bm25_depth=1)

    assert beyond == 0.7 * 0.9 + 0.3 * 1.0
    assert not hits.stands(1, beyond)
    assert hits.stands(1, 0.62)


def test_ties_between_readings_stand_by_document_then_ordinal() -> None:
    places = [("d2", 0), ("d10", 1), ("d10", 0), ("d1", 3)]
    first = ranked({place: (at / 10, 0.0) for at, place in enumerate(places)}, best=1.0)
    second = ranked({place: (-at / 10, 0.0) for at, place in enumerate(places)}, best=1.0)

    hits = combined([second, first], [1.0, 1.0])

    assert [hit.chunk_id for hit in hits] == [of("d1", 3), of("d10"), of("d10", 1), of("d2")]


def test_a_reading_that_lists_no_hit_gives_it_the_score_of_its_last() -> None:
    first = ranked({("d1", 0): (0.9, 0.0), ("d2", 0): (0.8, 0.0)}, best=1.0)
    second = ranked({("d2", 0): (0.9, 0.0), ("d3", 0): (0.1, 0.0)}, best=1.0)

    hits = combined([first, second], [1.0, 0.5])

    assert [hit.chunk_id for hit in hits] == [of("d2"), of("d1"), of("d3")]
