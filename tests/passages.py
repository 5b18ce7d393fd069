"""Passages and requests for answerers."""

from __future__ import annotations

from ragtenancy.domain.answers import AnswerRequest
from ragtenancy.domain.hits import Scores
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.sources import Source
from tests.factories import ACME


def passage(text: str, index: int = 1) -> Source:
    return Source(
        index=index,
        document_id=DocumentId(f"doc_{index}"),
        filename="guide.md",
        version="1",
        chunk_id=ChunkId(f"doc_{index}#1-1#000000"),
        section=["Guide"],
        text=text,
        score=0.5,
        scores=Scores(semantic=0.5, bm25=1.0, semantic_normalized=0.5, bm25_normalized=1.0),
    )


def request_of(question: str, *passages: Source, max_tokens: int = 800) -> AnswerRequest:
    return AnswerRequest(
        scope=ACME,
        system_prompt="Be brief.",
        asked=question,
        question=question,
        passages=passages,
        temperature=0.2,
        max_tokens=max_tokens,
    )
