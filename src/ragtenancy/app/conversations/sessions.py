"""Sessions as clients see and erase them."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.conversations import (
    ConversationSummary,
    Turn,
    names_copies,
    without_deleted,
)
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.conversations import ConversationRepository


class ListSessions:
    """A tenant's sessions, oldest first, of one user where given."""

    def __init__(self, conversations: ConversationRepository) -> None:
        self._conversations = conversations

    async def __call__(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[ConversationSummary]:
        """Return a page."""
        return await self._conversations.page(scope, user_id=user_id, after=after, limit=limit)


class ListTurns:
    """The turns of a session, oldest first; of copies, those in deleted documents are left out."""

    def __init__(self, conversations: ConversationRepository, manifests: Manifests) -> None:
        self._conversations = conversations
        self._manifests = manifests

    async def __call__(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Turn]:
        """Return a page. Raises `NotFoundError` for the absent and the foreign alike."""
        page = await self._conversations.turns(scope, session_id, after=after, limit=limit)
        if page is None:
            raise NotFoundError("There is no such session.")
        if not any(map(names_copies, page.items)):
            return page
        documents = (await self._manifests.read(scope)).entries
        return structs.replace(
            page, items=[without_deleted(turn, documents) for turn in page.items]
        )


class EraseSessions:
    """Removes sessions; the absent is fine."""

    def __init__(self, conversations: ConversationRepository) -> None:
        self._conversations = conversations

    async def __call__(self, scope: TenantScope, session_id: SessionId) -> None:
        """Remove one session."""
        await self._conversations.delete(scope, session_id)

    async def of_user(self, scope: TenantScope, user_id: UserId) -> int:
        """Remove a user's sessions; return how many there were."""
        return await self._conversations.delete_user(scope, user_id)
