"""Observing questions against their own and foreign documents, to fit a relevance scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.evaluation.corpus import CorpusLoader
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.passages import EvidenceWeigher
from ragtenancy.app.search.ranking import Asked
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.calibration import Calibrated, Observed, calibrated
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.evaluation import JudgedSet, JudgedText, relevant
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import MAX_QUERY_CHARACTERS, Query
from ragtenancy.domain.relevance import Evidence
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, Embedders

TOP_K = 10
OTHERS = 3
OnProgress = Callable[[float], None]


class Calibration:
    """Fits the scale of an embedder; `evidence` weighs with unscaled margins."""

    def __init__(
        self,
        configs: TenantConfigs,
        retriever: Retriever,
        evidence: EvidenceWeigher,
        manifests: Manifests,
        corpus: CorpusLoader,
        embedders: Embedders,
    ) -> None:
        self._configs = configs
        self._retriever = retriever
        self._evidence = evidence
        self._manifests = manifests
        self._corpus = corpus
        self._embedders = embedders

    async def on_judged_set(
        self,
        parts: Sequence[TenantScope],
        judged_set: JudgedSet,
        on_progress: OnProgress = lambda _: None,
    ) -> Calibrated:
        """Return the scale for the default embedder; the documents are split among tenants.

        A question is put to one that has a relevant document, and to up to `OTHERS` without any.
        """
        for part, scope in enumerate(parts):
            texts = [text for text in judged_set.texts if _part(text.text_id, parts) == part]
            await self._corpus.load(scope, texts or [_NOTHING], lambda _: None)
            on_progress((part + 1) / len(parts))
        asked: list[tuple[TenantScope, str, bool]] = []
        for question_id, question in judged_set.asked().items():
            judged = relevant(judged_set.judgements[question_id])
            held = sorted({_part(each, parts) for each in judged})
            others = [part for part in range(len(parts)) if part not in held][:OTHERS]
            asked.append((parts[held[0]], question, True))
            asked += [(parts[other], question, False) for other in others]
        return await self._fitted(asked, self._embedders.default)

    async def on_clients(
        self, questions: Mapping[TenantScope, Sequence[str]], embedder: Embedder
    ) -> Calibrated:
        """Return the scale for an embedder, from clients' questions to their own documents.

        Each question is also put to the documents of up to `OTHERS` other clients. Clients without
        documents of this embedder are left out. Raises `InvalidError` if fewer than two are left.
        """
        fingerprint = embedder.model.fingerprint
        scopes = [
            scope
            for scope in questions
            if (await self._manifests.read(scope)).embedding_fingerprint == fingerprint
        ]
        if len(scopes) < 2:
            raise InvalidError(
                f"A scale needs two clients with documents embedded by {embedder.model.name}.",
                code="too_few_questions",
            )
        asked = [
            (scopes[(at + step) % len(scopes)], question, step == 0)
            for at, scope in enumerate(scopes)
            for question in questions[scope]
            for step in range(min(OTHERS + 1, len(scopes)))
        ]
        return await self._fitted(asked, embedder)

    async def _fitted(
        self, asked: Sequence[tuple[TenantScope, str, bool]], embedder: Embedder
    ) -> Calibrated:
        observed = [
            Observed(own=own, evidence=await self._found(scope, question))
            for scope, question, own in asked
        ]
        model = embedder.model
        return calibrated(observed, embedder.scale, model=model.name, fingerprint=model.fingerprint)

    async def _found(self, scope: TenantScope, question: str) -> Sequence[Evidence]:
        query = Query(text=question[:MAX_QUERY_CHARACTERS], top_k=TOP_K)
        effective = await self._configs.effective(scope)
        asked = Asked(scope=scope, query=query, effective=effective)
        return await self._retriever.at_one_generation(scope, partial(self._at, asked))

    async def _at(self, asked: Asked, manifest: Manifest) -> Sequence[Evidence]:
        retrieval = await self._retriever.retrieve_at(asked, manifest)
        hits = retrieval.hits[:TOP_K]
        chunks = await self._retriever.texts(asked.scope, hits)
        terms = self._evidence.terms(asked.scope, manifest, asked.settings.language)
        scales = await self._evidence.weigh(terms, [Reading(asked.query.text)], [retrieval])
        return scales.weighed(hits, chunks)


_NOTHING = JudgedText(text_id="nothing", title="", text="Nothing.")


def _part(text_id: str, parts: Sequence[TenantScope]) -> int:
    """Return the position of the tenant that a judged document belongs to."""
    return sha256(text_id.encode()).digest()[0] % len(parts)
