"""The asynchronous client; its synchronous form is made by `scripts/sync_client.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

import httpx2
import msgspec

from ragtenancy.client import protocol
from ragtenancy.client.asynchronous_admin import AsyncAdmin
from ragtenancy.client.asynchronous_connection import AsyncConnection
from ragtenancy.client.protocol import (
    API,
    Readable,
    Request,
    Sent,
    TurnEvent,
    Watch,
    without_nulls,
)
from ragtenancy.domain.documents import MetadataValue
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.webhooks import Subscription
from ragtenancy.wire.chat import ChatReply, RatedTurn, Rating, Session, Turn
from ragtenancy.wire.clients import OwnClient
from ragtenancy.wire.documents import (
    Accepted,
    Batch,
    BatchItem,
    Chunk,
    Document,
    DocumentStatus,
    DocumentText,
    Job,
    JobStatus,
    Receipt,
)
from ragtenancy.wire.health import Health
from ragtenancy.wire.search import SearchReply
from ragtenancy.wire.webhooks import CreatedWebhook, Delivery, NewWebhook, Webhook

WEBHOOKS = f"{API}/webhooks"


class AsyncClient:
    """All operations of a client's key; `admin` has those of the operator's.

    Without arguments, RAGTENANCY_URL and RAGTENANCY_API_KEY say where and who. `retries` bounds the
    further attempts at a request that a busy server refused. Methods raise the errors of
    `ragtenancy.domain.errors` that the server's problem stands for: `NotFoundError` for 404,
    `LimitError` for 429 …; `UnavailableError` also for a server that cannot be reached.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        http_client: httpx2.AsyncClient | None = None,
        retries: int = 2,
    ) -> None:
        self._connection = AsyncConnection(base_url, api_key, http_client, retries)
        self.admin = AsyncAdmin(self._connection)

    async def __aenter__(self) -> Self:
        """Return the client, to be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    # -- documents

    async def ingest(
        self,
        source: Readable,
        *,
        filename: str | None = None,
        metadata: Mapping[str, MetadataValue] | None = None,
        document_id: str | None = None,
        wait: bool = True,
        watch: Watch | None = None,
        sent: Sent | None = None,
    ) -> Job:
        """Upload a file (a path, or its bytes with a `filename`) and return its job.

        With `wait`, the call returns once the document is active; `watch` is called repeatedly with
        the job meanwhile. `sent` is called with the bytes sent and the size. `document_id` names a
        document to replace. An interrupted upload is repeated without making a second document.

        Raises as `TenantHandle.ingest` does.
        """
        fields = without_nulls(document_id=document_id)
        if metadata is not None:
            fields["metadata"] = msgspec.json.encode(metadata).decode()
        file = protocol.NewFile(source, filename, sent)
        try:
            request = Request(
                method="POST",
                path=f"{API}/ingest/document",
                headers={"Idempotency-Key": uuid4().hex},
                fields=fields,
                files=[file],
            )
            accepted = protocol.decoded(await self._connection.send(request), Accepted)
        finally:
            file.close()
        return await (self.wait(accepted.job_id, watch) if wait else self.job(accepted.job_id))

    async def ingest_batch(
        self,
        files: Mapping[str, Readable],
        *,
        metadata: Mapping[str, MetadataValue] | None = None,
    ) -> list[BatchItem]:
        """Upload up to 100 files by name, or one zip file of them; return what became of each.

        A file that is refused does not stop the others; its item has the error.
        """
        fields = {} if metadata is None else {"metadata": msgspec.json.encode(metadata).decode()}
        opened = [protocol.NewFile(source, name, None) for name, source in files.items()]
        try:
            request = Request(
                method="POST",
                path=f"{API}/ingest/documents:batch",
                headers={"Idempotency-Key": uuid4().hex},
                fields=fields,
                files=opened,
            )
            return protocol.decoded(await self._connection.send(request), Batch).items
        finally:
            for each in opened:
                each.close()

    async def wait(self, job_id: str, watch: Watch | None = None) -> Job:
        """Return a job once it has succeeded; raise its error if it fails or is cancelled."""
        while True:
            job = await self.job(job_id)
            if watch is not None:
                watch(job)
            if protocol.is_finished(job):
                return protocol.require_succeeded(job)
            await asyncio.sleep(protocol.POLL_SECONDS)

    def documents(self, *, status: DocumentStatus | None = None) -> AsyncIterator[Document]:
        """Yield the client's documents, oldest first; only those with `status` if given."""
        return self._connection.every(f"{API}/ingest/documents", Document, status=status)

    async def document(self, document_id: str) -> Document:
        """Return one document. Raises `NotFoundError`."""
        return await self._connection.get(f"{API}/ingest/document/{document_id}", Document)

    def chunks(self, document_id: str) -> AsyncIterator[Chunk]:
        """Yield the chunks of a document's active version, in order. Raises `NotFoundError`."""
        return self._connection.every(f"{API}/ingest/document/{document_id}/chunks", Chunk)

    async def text(self, document_id: str) -> DocumentText:
        """Return the text in which sources count their ranges. Raises `NotFoundError`."""
        return await self._connection.get(f"{API}/ingest/document/{document_id}/text", DocumentText)

    async def original(self, document_id: str) -> bytes:
        """Return the file as it was uploaded. Raises `NotFoundError`."""
        path = f"{API}/ingest/document/{document_id}/content"
        return (await self._connection.send(Request(method="GET", path=path))).content

    async def delete(self, document_id: str) -> Receipt:
        """Delete a document and return the receipt; `verified` is false if a store lags behind."""
        path = f"{API}/ingest/document/{document_id}"
        request = Request(method="DELETE", path=path)
        return protocol.decoded(await self._connection.send(request), Receipt)

    # -- evidence

    def deletions(self) -> AsyncIterator[Receipt]:
        """Yield the receipts of the client's deleted documents, newest first."""
        return self._connection.every(f"{API}/deletions", Receipt)

    async def deletion_certificate(self, document_id: str) -> bytes:
        """Return the signed certificate of a deletion, JSON to be kept as it is.

        `scripts/verify_evidence.py` verifies it. Raises `NotFoundError`; `ConflictError` if the
        server has no signing key.
        """
        path = f"{API}/deletions/{document_id}"
        return (await self._connection.send(Request(method="GET", path=path))).content

    async def evidence(self) -> bytes:
        """Return the signed statement of the client's stores and keys, JSON to be kept as it is.

        Raises `ConflictError` if the server has no signing key.
        """
        path = f"{API}/evidence"
        return (await self._connection.send(Request(method="GET", path=path))).content

    # -- jobs

    def jobs(self, *, status: JobStatus | None = None) -> AsyncIterator[Job]:
        """Yield the client's ingestion jobs, newest first; only those with `status` if given."""
        return self._connection.every(f"{API}/ingest/jobs", Job, status=status)

    async def job(self, job_id: str) -> Job:
        """Return a job and, while queued, its place in the queue. Raises `NotFoundError`."""
        return await self._connection.get(f"{API}/ingest/status/{job_id}", Job)

    async def cancel_job(self, job_id: str) -> Job:
        """Cancel a job. Raises `NotFoundError`; `ConflictError` if it is finished."""
        return await self._connection.post(f"{API}/ingest/status/{job_id}/cancel", Job)

    async def retry_job(self, job_id: str) -> Job:
        """Requeue a failed or cancelled job. Raises `NotFoundError`, `ConflictError`."""
        return await self._connection.post(f"{API}/ingest/status/{job_id}/retry", Job)

    # -- webhooks

    async def create_webhook(self, url: str, events: Sequence[Subscription]) -> CreatedWebhook:
        """Create a webhook. Its secret is never shown again. Raises `InvalidError`, `LimitError`."""
        body = NewWebhook(url=url, events=events)
        return await self._connection.post(WEBHOOKS, CreatedWebhook, msgspec.to_builtins(body))

    def webhooks(self) -> AsyncIterator[Webhook]:
        """Yield the client's webhooks, oldest first."""
        return self._connection.every(WEBHOOKS, Webhook)

    async def webhook(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raises `NotFoundError`."""
        return await self._connection.get(f"{WEBHOOKS}/{webhook_id}", Webhook)

    async def change_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[Subscription] | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what is given. Raises `NotFoundError`, `InvalidError`."""
        body = without_nulls(url=url, events=events, enabled=enabled)
        request = Request(method="PATCH", path=f"{WEBHOOKS}/{webhook_id}", body=body)
        return protocol.decoded(await self._connection.send(request), Webhook)

    async def delete_webhook(self, webhook_id: str) -> None:
        """Remove a webhook with its deliveries. Raises `NotFoundError`."""
        await self._connection.send(Request(method="DELETE", path=f"{WEBHOOKS}/{webhook_id}"))

    async def test_webhook(self, webhook_id: str) -> Delivery:
        """Send a message of type `webhook.test`. Raises `NotFoundError`."""
        return await self._connection.post(f"{WEBHOOKS}/{webhook_id}/test", Delivery)

    def deliveries(self, webhook_id: str) -> AsyncIterator[Delivery]:
        """Yield a webhook's deliveries of the last week, newest first. Raises `NotFoundError`."""
        return self._connection.every(f"{WEBHOOKS}/{webhook_id}/deliveries", Delivery)

    async def replay_delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send again a message whose delivery ended. Raises `NotFoundError`, `ConflictError`."""
        path = f"{WEBHOOKS}/{webhook_id}/deliveries/{delivery_id}/replay"
        return await self._connection.post(path, Delivery)

    # -- search and answers

    async def search(
        self,
        query: str,
        *,
        top_k: int | None = None,
        filters: SearchFilters | None = None,
        explain: bool = False,
        why: str | None = None,
    ) -> SearchReply:
        """Return the best chunks for a question, best first, at most `top_k` (1 to 100).

        `explain` adds the breakdown of each score; `why` names a document whose absence the reply
        explains. Raises as `TenantHandle.search` does.
        """
        body = without_nulls(query=query, top_k=top_k, filters=filters, explain=explain)
        if why is not None:
            body["why"] = {"document_id": why}
        return await self._connection.post(f"{API}/search", SearchReply, body)

    async def ask(
        self,
        question: str,
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        filters: SearchFilters | None = None,
    ) -> ChatReply:
        """Return the answer with its sources; `[n]` in it cites `sources[n-1]`.

        Pass the reply's `session_id` to continue the conversation. Raises as `TenantHandle.ask`
        does.
        """
        body = _question(question, session_id, user_id, filters)
        return await self._connection.post(f"{API}/chat", ChatReply, body)

    async def stream(
        self,
        question: str,
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        filters: SearchFilters | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Yield one turn as it happens: `SourcesFound`, `Token` …, `Done`.

        The tokens' texts concatenate to exactly `Done.reply.answer`. Closing the generator early
        stops the work; the turn is then stored as aborted.
        """
        body = _question(question, session_id, user_id, filters)
        async with aclosing(self._connection.events(f"{API}/chat", body)) as events:
            async for event in events:
                yield event

    # -- sessions

    def sessions(self, *, user_id: str | None = None) -> AsyncIterator[Session]:
        """Yield the client's sessions, oldest first; only `user_id`'s if given."""
        return self._connection.every(f"{API}/chat/sessions", Session, user_id=user_id)

    def turns(self, session_id: str) -> AsyncIterator[Turn]:
        """Yield a session's turns, oldest first. Raises `NotFoundError`."""
        return self._connection.every(f"{API}/chat/sessions/{session_id}", Turn)

    async def erase_session(self, session_id: str) -> None:
        """Remove a session with its turns; idempotent."""
        path = f"{API}/chat/sessions/{session_id}"
        await self._connection.send(Request(method="DELETE", path=path))

    async def erase_user(self, user_id: str) -> None:
        """Remove all of a user's sessions; idempotent."""
        path, params = f"{API}/chat/sessions", {"user_id": user_id}
        await self._connection.send(Request(method="DELETE", path=path, params=params))

    # -- feedback

    async def give_feedback(
        self,
        session_id: str,
        turn_id: str,
        rating: Rating,
        *,
        comment: str | None = None,
        right_document_id: str | None = None,
    ) -> None:
        """Rate an answer `up` or `down`; replaces earlier feedback. Raises `NotFoundError`."""
        body = without_nulls(rating=rating, comment=comment, right_document_id=right_document_id)
        path = f"{API}/chat/sessions/{session_id}/turns/{turn_id}/feedback"
        await self._connection.send(Request(method="POST", path=path, body=body))

    def feedback(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[RatedTurn]:
        """Yield the turns with feedback given in [`since`, `until`), in the order of giving."""
        asked = protocol.between(since, until)
        return self._connection.every(f"{API}/chat/feedback", RatedTurn, **asked)

    # -- usage and health

    async def view(self) -> OwnClient:
        """Return the client's view of itself: name, features, limits and usage."""
        return await self._connection.get(f"{API}/client", OwnClient)

    async def health(self) -> Health:
        """Return the state of the server's backends, also if it is unhealthy."""
        return await self._connection.get("/health", Health)


def _question(
    question: str, session_id: str | None, user_id: str | None, filters: SearchFilters | None
) -> dict[str, Any]:
    return without_nulls(message=question, session_id=session_id, user_id=user_id, filters=filters)
