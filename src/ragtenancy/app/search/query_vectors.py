"""An LRU cache of question vectors, by tenant."""

from __future__ import annotations

from collections import OrderedDict

from ragtenancy.app.concurrency import for_text
from ragtenancy.domain.ids import Fingerprint, TenantUid
from ragtenancy.domain.metrics import CACHE_LOOKUPS
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageTally, embedded
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.embeddings import Embedders, QuestionVectors, Vector
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.token_counters import TokenCounter

MAX_TENANTS = 1_000
MAX_QUESTIONS = 256

Key = tuple[Fingerprint, str]


class QueryVectors(QuestionVectors):
    """Embeds a question once per tenant and model.

    The tokens of a question that is not cached are tallied as usage, without a key. Vectors are
    never shared between tenants: timing would reveal another tenant's questions.
    """

    def __init__(
        self,
        embedders: Embedders,
        metrics: Metrics,
        token_counter: TokenCounter,
        usage_tally: UsageTally,
        clock: Clock,
    ) -> None:
        self._embedders = embedders
        self._metrics = metrics
        self._counter = token_counter
        self._tally = usage_tally
        self._clock = clock
        self._kept: OrderedDict[TenantUid, OrderedDict[Key, Vector]] = OrderedDict()

    async def embed(
        self, scope: TenantScope, question: str, fingerprint: Fingerprint | None = None
    ) -> Vector:
        """Return a question's vector, float32 of shape (dimension,).

        `fingerprint` is that of the searched documents' model. Raises `ReindexRequiredError` if
        that model is not on the operator's list.
        """
        if fingerprint is None:
            fingerprint = self._embedders.default.model.fingerprint
        mine, key = self._of(scope), (fingerprint, question)
        vector = mine.get(key)
        result = "miss" if vector is None else "hit"
        self._metrics.count(CACHE_LOOKUPS, cache="question", result=result)
        if vector is None:
            embedder = self._embedders.of(fingerprint)
            vector = (await embedder.embed_questions([question]))[0]
            vector.flags.writeable = False
            await self._count(scope, embedder.model.name, question)
            mine[key] = vector
            if len(mine) > MAX_QUESTIONS:
                mine.popitem(last=False)
        else:
            mine.move_to_end(key)
        return vector

    async def _count(self, scope: TenantScope, model: str, question: str) -> None:
        (tokens,) = await for_text(question, lambda: self._counter.count([question]))
        row = embedded(model, tokens, self._clock.now())
        self._tally.add(scope.tenant_id, row, scope.tenant_uid)

    def forget(self, scope: TenantScope) -> None:
        """Drop a tenant's cached vectors."""
        self._kept.pop(scope.tenant_uid, None)

    def _of(self, scope: TenantScope) -> OrderedDict[Key, Vector]:
        mine = self._kept.setdefault(scope.tenant_uid, OrderedDict())
        self._kept.move_to_end(scope.tenant_uid)
        if len(self._kept) > MAX_TENANTS:
            self._kept.popitem(last=False)
        return mine
