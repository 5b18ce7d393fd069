"""Finding passages that give an overview of a document."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.passages import PASSAGE_TOKENS, Passages, Wanted
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.hits import RankedHit, Scores
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.overviews import (
    SAY_NOTHING,
    Overview,
    document_asked,
    has_more_parts,
    named_document,
    openings,
    words_of_name,
)
from ragtenancy.domain.sources import Passage, Source, passages, source_of
from ragtenancy.ports.chunks import ChunkRepository

MAX_CHUNKS = 500  # read from a document to find its parts
NOT_SEARCHED = Scores(semantic=0.0, bm25=0.0, semantic_normalized=0.0, bm25_normalized=0.0)


class OverviewFinder:
    """Takes the openings of a document's parts if a question asks for an overview of it.

    The document is identified by the words of its filename, or of its title if the search found it.
    """

    def __init__(self, manifests: Manifests, chunks: ChunkRepository, lexicons: Lexicons) -> None:
        self._manifests = manifests
        self._chunks = chunks
        self._lexicons = lexicons

    async def find(self, wanted: Wanted, found: Passages) -> Passages:
        """Return the document's overview; for any other question, the search's passages `found`."""
        name = document_asked(wanted.readings[0].text)
        if name is None:
            return found
        manifest = await self._manifests.read(wanted.scope)
        asked = self._words(wanted, name) - self._words(wanted, SAY_NOTHING)
        allowed = manifest.allowed(wanted.filters)
        titles = {s.document_id: " ".join(s.section[:1]) for s in found.sources}
        document_id = named_document(
            asked,
            {
                each: self._words(wanted, f"{entry.filename} {titles.get(each, '')}")
                for each, entry in manifest.entries.items()
                if allowed is None or each in allowed
            },
        )
        if document_id is None:
            return found
        entry = manifest.entries[document_id]
        page = await self._chunks.page(wanted.scope, document_id, entry.revision, limit=MAX_CHUNKS)
        most = wanted.top_k
        hits = openings(page.items, most)
        if not hits:
            return found
        made = passages(hits, page.items, budget=PASSAGE_TOKENS, most=most)
        return structs.replace(
            found,
            sources=[_source(number, each, manifest) for number, each in enumerate(made, 1)],
            missing_identifiers=(),
            embedding_fingerprint=manifest.embedding_fingerprint,
            overview=Overview(is_whole=not (page.next or has_more_parts(page.items, hits))),
        )

    def _words(self, wanted: Wanted, text: str) -> frozenset[str]:
        return self._lexicons.of(wanted.language).of(words_of_name(text))


def _source(number: int, passage: Passage, manifest: Manifest) -> Source:
    ranked = RankedHit(chunk_id=passage.hit.chunk_id, score=0.0, scores=NOT_SEARCHED)
    return source_of(number, ranked, passage, manifest)
