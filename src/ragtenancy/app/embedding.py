"""Embedding a caller's own texts by the model of the tenant's documents."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import embedded
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.usage import UsageRepository


class Embedded(Struct, frozen=True, kw_only=True):
    """Vectors of norm 1 as float32 of shape (texts, dimension), and the number of tokens."""

    model: str
    vectors: Vectors
    tokens: int

    @property
    def numbers(self) -> list[list[float]]:
        """The vectors as lists."""
        rows: list[list[float]] = self.vectors.tolist()
        return rows

    @property
    def packed(self) -> list[bytes]:
        """The vectors as little-endian float32."""
        return [row.astype("<f4").tobytes() for row in self.vectors]


class TextEmbedding:
    """Embeds texts so that they can be compared with the tenant's documents."""

    def __init__(
        self,
        tenant_embedder: TenantEmbedder,
        token_counter: TokenCounter,
        usage_repository: UsageRepository,
        clock: Clock,
    ) -> None:
        self._tenant_embedder = tenant_embedder
        self._counter = token_counter
        self._usage = usage_repository
        self._clock = clock

    async def model(self, scope: TenantScope) -> str:
        """Return the name of the documents' model, or of the configured one without documents."""
        return (await self._tenant_embedder.in_use(scope)).model.name

    async def embed(
        self,
        scope: TenantScope,
        texts: Sequence[str],
        *,
        dimension: int | None = None,
        key_id: ApiKeyId | None = None,
    ) -> Embedded:
        """Embed texts, in order, and record the tokens as usage of the key.

        Raises as `Embedder.embed` does, `ReindexRequiredError`, and `MalformedError` for a
        dimension other than the model's.
        """
        embedder = await self._tenant_embedder.in_use(scope)
        if dimension not in {None, embedder.model.dimension}:
            raise MalformedError(
                f"The model's vectors have {embedder.model.dimension} dimensions.",
                field="$.dimensions",
            )
        vectors, tokens = await embedder.embed(texts), sum(self._counter.count(texts))
        used = embedded(embedder.model.name, tokens, self._clock.now(), key_id or "")
        await self._usage.add(scope, [used])
        return Embedded(model=embedder.model.name, vectors=vectors, tokens=tokens)
