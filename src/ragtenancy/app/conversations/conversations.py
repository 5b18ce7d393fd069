"""Reading and erasing conversations on a client's behalf."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.citations import citations
from ragtenancy.domain.conversations import (
    ConversationSummary,
    Turn,
    without_deleted,
)
from ragtenancy.domain.deletion_ledger import session_entry, user_entry
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.deletion_ledger import DeletionLedger


class Conversations:
    """Lists, reads and erases a tenant's sessions and their turns."""

    def __init__(
        self,
        conversations: ConversationRepository,
        manifests: Manifests,
        ledger: DeletionLedger,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._manifests = manifests
        self._ledger = ledger
        self._clock = clock

    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[ConversationSummary]:
        """Return a page of sessions, oldest first; only `user_id`'s if given."""
        return await self._conversations.page(scope, user_id=user_id, after=after, limit=limit)

    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Turn]:
        """Return a page of a session's turns, oldest first.

        Sources of deleted documents have no content, and answers that cite one are withheld. Raises
        `NotFoundError`, alike for an unknown session and another tenant's.
        """
        page = await self._conversations.turns(scope, session_id, after=after, limit=limit)
        if page is None:
            raise NotFoundError("There is no such session.")
        return structs.replace(page, items=await self.shown(scope, page.items))

    async def shown(self, scope: TenantScope, turns: Sequence[Turn]) -> Sequence[Turn]:
        """Return turns with their citations, without what they hold of deleted documents."""
        if not any(turn.sources for turn in turns):
            return turns
        documents = (await self._manifests.read(scope)).entries
        shown = [without_deleted(turn, documents) for turn in turns]
        if all(turn.citations is not None for turn in shown):
            return shown
        return await asyncio.to_thread(lambda: [_cited(turn) for turn in shown])

    async def erase(self, scope: TenantScope, session_id: SessionId) -> None:
        """Remove one session; idempotent."""
        await self._ledger.record(scope, session_entry(scope, session_id, self._clock.now()))
        await self._conversations.delete(scope, session_id)

    async def erase_user(self, scope: TenantScope, user_id: UserId) -> int:
        """Remove a user's sessions; return their number."""
        await self._ledger.record(scope, user_entry(scope, user_id, self._clock.now()))
        return await self._conversations.delete_user(scope, user_id)


def _cited(turn: Turn) -> Turn:
    """Return a turn with its citations: one that was cut short is stored without."""
    if turn.citations is not None:
        return turn
    return structs.replace(turn, citations=citations(turn.answer, turn.sources))
