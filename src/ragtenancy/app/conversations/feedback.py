"""Feedback on answers: giving it, and reading it with what was retrieved."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.app.conversations.conversations import Conversations
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.bounds import Moment, require_within
from ragtenancy.domain.conversations import RatedTurn
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.feedback import NewFeedback
from ragtenancy.domain.ids import DocumentId, SessionId, TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository


class TurnFeedback:
    """Stores the feedback on a turn, and lists the turns that have some."""

    def __init__(
        self,
        conversation_repository: ConversationRepository,
        document_repository: DocumentRepository,
        conversations: Conversations,
        tenant_records: TenantRecords,
        clock: Clock,
    ) -> None:
        self._repository = conversation_repository
        self._documents = document_repository
        self._conversations = conversations
        self._tenant_records = tenant_records
        self._clock = clock

    async def give(
        self, scope: TenantScope, session_id: SessionId, turn_id: str, given: NewFeedback
    ) -> None:
        """Store feedback on a turn; it replaces earlier feedback.

        Raises `NotFoundError`, alike for an unknown turn or right document and another tenant's;
        `ConflictError` if other requests keep rating the turn.
        """
        if given.right_document_id is not None:
            await self._require_document(scope, given.right_document_id)
        feedback = given.at(self._clock.now())

        async def attempt() -> bool:
            return await self._repository.rate(scope, session_id, turn_id, feedback)

        busy = ConflictError("Other requests keep rating this turn; try again.", code="turn_busy")
        if not await retry_stale(attempt, busy):
            raise NotFoundError("There is no such turn.")

    async def page(
        self,
        scope: TenantScope,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[RatedTurn]:
        """Return a page of the turns with feedback, in the order in which it was given.

        Only those with feedback given in [`since`, `until`), if given. Turns are shown as
        `Conversations.turns` shows them. Raises `MalformedError` for a time without a zone.
        """
        require_within(since, Moment | None, "from")
        require_within(until, Moment | None, "to")
        page = await self._repository.rated(
            scope, since=since, until=until, after=after, limit=limit
        )
        turns = await self._conversations.shown(scope, [rated.turn for rated in page.items])
        items = [
            RatedTurn(session_id=rated.session_id, turn=turn)
            for rated, turn in zip(page.items, turns, strict=True)
        ]
        return Page(items=items, next=page.next)

    async def page_of(
        self,
        tenant_id: TenantId,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[RatedTurn]:
        """Return `page` of a tenant, for an operator. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        return await self.page(tenant.scope, since=since, until=until, after=after, limit=limit)

    async def _require_document(self, scope: TenantScope, document_id: DocumentId) -> None:
        document = await self._documents.get(scope, document_id)
        if document is None or document.status is DocumentStatus.DELETING:
            raise NotFoundError("There is no such document.")
