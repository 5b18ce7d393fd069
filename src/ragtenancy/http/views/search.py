"""Search requests and replies."""

from __future__ import annotations

import msgspec

from ragtenancy.app.search import search
from ragtenancy.domain.explain import Explanation, Hit, Why
from ragtenancy.domain.ids import ApiKeyId, TenantId
from ragtenancy.domain.sources import Source
from ragtenancy.wire import search as wire


def request(asked: wire.SearchRequest, key_id: ApiKeyId) -> search.SearchRequest:
    """Return the search in a request of a key."""
    return search.SearchRequest(
        query=asked.query,
        top_k=asked.top_k,
        filters=asked.filters,
        explain=asked.explain,
        why=asked.why.document_id if asked.why else None,
        key_id=key_id,
    )


def reply(found: search.SearchReply, client_id: TenantId) -> wire.SearchReply:
    """Return the reply to a search."""
    return wire.SearchReply(
        hits=[hit(each) for each in found.hits],
        client_id=client_id,
        degraded=found.degraded,
        took_ms=found.took_ms,
        why=_why(found.why),
    )


def source(found: Source) -> wire.Source:
    """Return a passage."""
    return msgspec.convert(found, wire.Source, from_attributes=True)


def hit(found: Hit) -> wire.Hit:
    """Return a hit: its source with the fields that search adds."""
    shown = source(found.source)
    return wire.Hit(
        **msgspec.structs.asdict(shown),
        above_threshold=found.above_threshold,
        explanation=_explanation(found.explanation),
    )


def _explanation(found: Explanation | None) -> wire.Explanation | None:
    if found is None:
        return None
    return msgspec.convert(found, wire.Explanation, from_attributes=True)


def _why(found: Why | None) -> wire.Why | None:
    if found is None:
        return None
    best = hit(found.best) if found.best else None
    return msgspec.convert({"reason": found.reason, "best": best}, wire.Why, from_attributes=True)
