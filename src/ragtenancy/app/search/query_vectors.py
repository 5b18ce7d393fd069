"""Vectors of questions that were asked before, by tenant."""

from __future__ import annotations

from collections import OrderedDict

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, QuestionVectors, Vector

MAX_TENANTS = 1_000
MAX_QUESTIONS = 256


class QueryVectors(QuestionVectors):
    """Embeds a question once per tenant; never shared between tenants, since timing tells."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[TenantUid, OrderedDict[str, Vector]] = OrderedDict()

    async def __call__(self, scope: TenantScope, question: str) -> Vector:
        """Return the vector of a question, float32 of shape (dimension,)."""
        mine = self._of(scope)
        vector = mine.get(question)
        if vector is None:
            vector = (await self._embedder.embed_questions([question]))[0]
            vector.flags.writeable = False
            mine[question] = vector
            if len(mine) > MAX_QUESTIONS:
                mine.popitem(last=False)
        else:
            mine.move_to_end(question)
        return vector

    def forget(self, scope: TenantScope) -> None:
        """Drop what is kept of a tenant."""
        self._kept.pop(scope.tenant_uid, None)

    def _of(self, scope: TenantScope) -> OrderedDict[str, Vector]:
        mine = self._kept.setdefault(scope.tenant_uid, OrderedDict())
        self._kept.move_to_end(scope.tenant_uid)
        if len(self._kept) > MAX_TENANTS:
            self._kept.popitem(last=False)
        return mine
