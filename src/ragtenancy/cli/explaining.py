"""Score breakdowns of a search, as bars and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.cli.output import print_facts, print_table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtenancy.domain.explain import Explanation, Hit, Why

BAR = 40
SEMANTIC, BM25 = "█", "▒"


def print_bars(hits: Sequence[Hit]) -> None:
    """Print each hit's score as a bar of both legs' shares; the best score has the longest."""
    longest = max((sum(_shares(hit)) for hit in hits), default=0.0)
    print(f"\n{SEMANTIC} semantic  {BM25} bm25")
    for hit in hits:
        semantic, bm25 = _shares(hit)
        line = bar(semantic, bm25, longest)
        print(f"{hit.source.index:>3}  {hit.source.score:.3f}  {line}  {_place(hit)}")


def bar(semantic: float, bm25: float, longest: float, width: int = BAR) -> str:
    """Return a bar padded with blanks to `width` characters."""
    if longest <= 0:
        return " " * width
    whole = round(width * min(semantic + bm25, longest) / longest)
    first = min(whole, round(width * semantic / longest))
    return (SEMANTIC * first + BM25 * (whole - first)).ljust(width)


def print_explanation(hit: Hit, explanation: Explanation) -> None:
    """Print ranks, weights, threshold, versions, and each term's contribution."""
    ranks = f"semantic {_rank(explanation.semantic_rank)}, bm25 {_rank(explanation.bm25_rank)}"
    print(f"\n{hit.source.index}. ranks: {ranks}")
    print_facts(
        {
            "weights": f"{explanation.semantic_weight} semantic, {explanation.bm25_weight} bm25",
            "threshold": explanation.similarity_threshold or "calibrated",
            "relevance": f"{explanation.relevance:.2f} ({explanation.relevance_scale} scale)",
            "best bm25": explanation.best_bm25,
            "versions": f"config {explanation.config_version}, index {explanation.index_version}",
        }
    )
    rows = [
        (term.term, term.frequency, term.document_frequency, term.idf, term.contribution)
        for term in explanation.terms
    ]
    if rows:
        print_table(("term", "in chunk", "in chunks", "idf", "adds"), rows)


def print_why(document_id: str, why: Why) -> None:
    """Print why a document is not among the hits, with its best chunk."""
    reason = why.reason.value if why.reason else "among the hits"
    print(f"\n{visible(document_id)}: {reason}")
    if why.best is not None and why.best.explanation is not None:
        print_facts({"score": why.best.source.score, "section": _place(why.best)})
        print_explanation(why.best, why.best.explanation)


def _shares(hit: Hit) -> tuple[float, float]:
    """Return each leg's contribution to the score, at least 0."""
    explanation, scores = hit.explanation, hit.source.scores
    if explanation is None:
        return 0.0, 0.0
    semantic = explanation.semantic_weight * scores.semantic_normalized
    return max(semantic, 0.0), max(explanation.bm25_weight * scores.bm25_normalized, 0.0)


def _place(hit: Hit) -> str:
    return visible(" > ".join((hit.source.filename, *hit.source.section))).replace("\n", " ")


def _rank(rank: int | None) -> str:
    return "unranked" if rank is None else str(rank)
