"""Fusing both legs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.hits import Candidate
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id
from ragtenancy.domain.ranking import HybridRanker

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


def candidates(drawn: Drawn) -> list[Candidate]:
    return [
        Candidate(chunk_id=of(*place), semantic=semantic, bm25=bm25)
        for place, (semantic, bm25) in drawn.items()
    ]


def test_fuses_by_weights_and_the_best_bm25() -> None:
    score, scores = RANKER.fuse(0.5, 3.0, 4.0)

    assert score == 0.7 * 0.5 + 0.3 * (3.0 / 4.0)
    assert (scores.semantic, scores.semantic_normalized) == (0.5, 0.5)
    assert (scores.bm25, scores.bm25_normalized) == (3.0, 0.75)


def test_without_any_word_in_common_bm25_adds_nothing() -> None:
    score, scores = RANKER.fuse(0.5, 0.0, 0.0)

    assert (score, scores.bm25_normalized) == (0.7 * 0.5, 0.0)


def test_ties_stand_by_document_then_ordinal() -> None:
    places = [("d2", 0), ("d10", 1), ("d10", 0), ("d1", 3)]
    drawn = dict.fromkeys(places, (0.5, 1.0))

    ranked = RANKER.rank(candidates(drawn), best_bm25=1.0, semantic_ranks={}, bm25_ranks={})

    assert [hit.chunk_id for hit in ranked] == [of("d1", 3), of("d10"), of("d10", 1), of("d2")]


def test_says_the_rank_in_each_leg() -> None:
    drawn = {("d1", 0): (0.9, 0.0), ("d2", 0): (0.1, 2.0)}

    ranked = RANKER.rank(
        candidates(drawn),
        best_bm25=2.0,
        semantic_ranks={of("d1"): 1},
        bm25_ranks={of("d2"): 1},
    )

    assert [(hit.semantic_rank, hit.bm25_rank) for hit in ranked] == [(1, None), (None, 1)]


@given(drawn=CANDIDATES, best=st.floats(0, 50))
def test_ranks_every_candidate_once_best_first(drawn: Drawn, best: float) -> None:
    ranked = RANKER.rank(candidates(drawn), best_bm25=best, semantic_ranks={}, bm25_ranks={})

    assert sorted(hit.chunk_id for hit in ranked) == sorted(of(*place) for place in drawn)
    assert [hit.score for hit in ranked] == sorted((h.score for h in ranked), reverse=True)


@given(drawn=CANDIDATES, best=st.floats(0, 50))
def test_the_order_of_candidates_does_not_matter(drawn: Drawn, best: float) -> None:
    given_order = candidates(drawn)
    mixed = given_order[::-1]

    one = RANKER.rank(given_order, best_bm25=best, semantic_ranks={}, bm25_ranks={})
    two = RANKER.rank(mixed, best_bm25=best, semantic_ranks={}, bm25_ranks={})

    assert one == two


@given(semantic=COSINES, bm25=SCORES, best=SCORES)
def test_the_score_is_recomputed_from_what_is_shown(
    semantic: float, bm25: float, best: float
) -> None:
    score, scores = RANKER.fuse(semantic, bm25, best)

    assert score == 0.7 * scores.semantic + 0.3 * scores.bm25_normalized


@given(semantic=COSINES, bm25=SCORES, better=SCORES, best=st.floats(0.1, 50))
def test_more_bm25_never_ranks_lower(
    semantic: float, bm25: float, better: float, best: float
) -> None:
    low, high = sorted((bm25, better))

    assert RANKER.fuse(semantic, low, best)[0] <= RANKER.fuse(semantic, high, best)[0]
