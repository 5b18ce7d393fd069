"""Search: requests, hits and their score breakdowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Struct

from ragtenancy.domain.manifest import SearchFilters, WantedIds, WantedMetadata
from ragtenancy.domain.tenant_config import TopK
from ragtenancy.wire.fields import DocumentId, Question, about


class Filters(SearchFilters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Filters on the documents to search."""

    document_ids: Annotated[WantedIds | None, about("Only these documents.")] = None
    metadata: Annotated[
        WantedMetadata | None,
        about("Only documents with these metadata values; a list allows any of its values."),
    ] = None


class WhyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document whose place or absence among the hits is to be explained."""

    document_id: Annotated[DocumentId, about("The document to explain.")]


class SearchRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search; without `top_k`, the client's own applies."""

    query: Annotated[Question, about("The question or search words, 1 to 8,000 characters.")]
    top_k: Annotated[
        TopK | None,
        about("The maximum number of hits; null means the client's `search_settings.top_k`."),
    ] = None
    filters: Annotated[Filters | None, about("Restricts the search to documents that match.")] = (
        None
    )
    explain: Annotated[bool, about("Whether each hit carries the breakdown of its score.")] = False
    why: Annotated[WhyRequest | None, about("Asks why a document is or is not among the hits.")] = (
        None
    )


class Scores(Struct, frozen=True, kw_only=True):
    """Raw and normalised scores of both legs."""

    semantic: Annotated[float, about("The cosine similarity to the question.")]
    bm25: Annotated[float, about("The BM25 score.")]
    semantic_normalized: Annotated[float, about("The cosine, as weighted in the score.")]
    bm25_normalized: Annotated[float, about("BM25 divided by the best BM25 of the search.")]


class Place(Struct, frozen=True, kw_only=True):
    """Another document that contains the same passage, in whole or in part."""

    document_id: Annotated[str, about("The other document's id.")]
    filename: Annotated[str, about("Its filename.")]


class Source(Struct, frozen=True, kw_only=True):
    """A passage; `index` is the number of its marker `[n]`, from 1.

    `range` is in characters of the document's stored text (its chunks in order, separated by line
    ends), end exclusive; null for documents stored before ranges were. `cited` is whether the
    answer cites it; null before the answer's end and in a search. A source whose document was
    deleted is `removed`: its text and section are empty.
    """

    index: Annotated[int, about("The source's number, from 1: the n in the answer's marker `[n]`.")]
    document_id: Annotated[str, about("The document that holds the passage.")]
    filename: Annotated[str, about("The document's filename.")]
    version: Annotated[str, about("The document's version.")]
    chunk_id: Annotated[str, about("The chunk that matched best in the passage.")]
    section: Annotated[Sequence[str], about("The headings above the passage, outermost first.")]
    text: Annotated[str, about("The passage.")]
    page: Annotated[
        int | None,
        about(
            "The page or slide on which the passage begins, from 1; null if the format has none."
        ),
    ] = None
    range: Annotated[
        tuple[int, int] | None,
        about(
            "The passage's first character in the document's stored text, and the one after its last."
        ),
    ] = None
    score: Annotated[float, about("The weighted sum of both normalized scores.")]
    scores: Annotated[Scores, about("The scores of both search legs.")]
    cited: Annotated[
        bool | None,
        about("Whether the answer cites the source; null in a search and before the answer's end."),
    ] = None
    also_in: Annotated[
        Sequence[Place], about("Other documents that contain the passage, in whole or in part.")
    ] = ()
    removed: Annotated[
        bool, about("Whether the document was deleted; then `text` and `section` are empty.")
    ] = False


class Term(Struct, frozen=True, kw_only=True):
    """One question term's contribution to a chunk's BM25 score."""

    term: Annotated[str, about("The word stem.")]
    frequency: Annotated[int, about("The stem's occurrences in the chunk.")]
    document_frequency: Annotated[int, about("The number of chunks that contain the stem.")]
    idf: Annotated[float, about("The inverse document frequency.")]
    contribution: Annotated[float, about("What the stem adds to the chunk's BM25 score.")]


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence that a hit answers the question, besides its score."""

    cosine: Annotated[
        float | None, about("The cosine similarity; null if semantic search was unavailable.")
    ]
    margin: Annotated[
        float,
        about(
            "How far the cosine exceeds the client's average for this question: 0 is average, 1 a perfect match."
        ),
    ]
    coverage: Annotated[
        float,
        about(
            "The share of the question's content words that the passage, its headings or its filename contain."
        ),
    ]
    share: Annotated[float, about("BM25 divided by the best BM25 of the search.")]
    identified: Annotated[
        bool, about("Whether the passage contains a code or quotation from the question.")
    ]


class Explanation(Struct, frozen=True, kw_only=True):
    """The values that recompute the score to the last bit, and the evidence for its relevance."""

    semantic_weight: Annotated[float, about("The weight of the semantic leg.")]
    bm25_weight: Annotated[float, about("The weight of the BM25 leg.")]
    similarity_threshold: Annotated[
        float | None, about("The client's threshold; null if the calibrated rule applied.")
    ]
    best_bm25: Annotated[float, about("The best BM25 score of the search.")]
    semantic_rank: Annotated[
        int | None, about("The rank by semantic search alone; null if it did not rank the chunk.")
    ]
    bm25_rank: Annotated[
        int | None, about("The rank by BM25 alone; null if it did not rank the chunk.")
    ]
    terms: Annotated[Sequence[Term], about("The question's word stems in the chunk.")]
    config_version: Annotated[int, about("The version of the client's configuration that applied.")]
    index_version: Annotated[
        int, about("The version of the client's index; every change of a document raises it.")
    ]
    relevance: Annotated[
        float, about("The estimated relevance, 0 to 1, on which `above_threshold` is based.")
    ]
    relevance_scale: Annotated[
        Literal["built_in", "published", "fitted"],
        about(
            "The scale of the embedder's cosines: the built-in one, one from published cosines, or one that the operator fitted."
        ),
    ]
    evidence: Annotated[Evidence, about("The evidence on which `relevance` is based.")]


class Hit(Source, frozen=True, kw_only=True):
    """A source found by search, and whether it is relevant enough for chat."""

    above_threshold: Annotated[bool, about("Whether chat may answer from the hit.")]
    explanation: Annotated[Explanation | None, about("The score's breakdown, if requested.")] = None


class Why(Struct, frozen=True, kw_only=True):
    """Why a document is not among the hits; `reason` is null if it is."""

    reason: Annotated[
        Literal["outranked", "filtered", "not_active", "no_match", "unknown"] | None,
        about(
            "`outranked`: other hits score higher; `filtered`: the filters exclude it; `not_active`: it has no searchable version; `no_match`: nothing in it matches; `unknown`: there is no such document; null: it is among the hits."
        ),
    ]
    best: Annotated[Hit | None, about("The document's best chunk, if any.")] = None


class SearchReply(Struct, frozen=True, kw_only=True):
    """The hits, best first."""

    hits: Annotated[Sequence[Hit], about("The hits, best first.")]
    client_id: Annotated[str, about("The client whose documents were searched.")]
    degraded: Annotated[
        Sequence[str], about("The search legs that were unavailable for this reply.")
    ]
    took_ms: Annotated[float, about("The duration of the search in milliseconds.")]
    why: Annotated[Why | None, about("The answer to the request's `why`.")] = None
