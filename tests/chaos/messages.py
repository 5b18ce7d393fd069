"""Webhooks' messages: a receiver whose file outlives every process, and what must be in it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from ragtenancy.domain.documents import Document
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.webhooks import Subscription
from ragtenancy.ports.webhooks import WebhookSender
from tests.chaos.ledger import Entry

URL = "https://receiver.example/"
EVERYTHING = tuple(each for each in Subscription if each is not Subscription.BUDGET)
OF_DOCUMENT = {JobStatus.SUCCEEDED: "document.ready", JobStatus.FAILED: "document.failed"}


class Message(Struct, frozen=True, kw_only=True):
    """What a receiver remembers of a message."""

    message_id: str
    kind: str
    at: str
    data: Mapping[str, str | None]


class FileReceiver(WebhookSender):
    """Takes every message, and appends it to a file at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def check(self, url: str) -> None:
        """Accept any address."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:  # noqa: ARG002
        """Append a message."""
        content = msgspec.json.decode(body)
        message = Message(
            message_id=headers["webhook-id"],
            kind=content["type"],
            at=content["timestamp"],
            data=content["data"],
        )
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, msgspec.json.encode(message) + b"\n")
        os.close(handle)
        return 204

    def received(self) -> Sequence[Message]:
        """Return every message so far."""
        if not self._path.exists():
            return []
        return [msgspec.json.decode(line, type=Message) for line in self._path.open("rb")]


def wrong_messages(
    messages: Sequence[Message],
    tenant: TenantId,
    jobs: Sequence[Job],
    documents: Sequence[Document],
    entries: Sequence[Entry],
) -> Iterator[str]:
    """Yield lost events of a tenant, and events that were sent under several ids."""
    own = [message for message in messages if message.data["client_id"] == tenant]
    told = {(message.kind, message.data.get("job_id")) for message in own}
    for job in jobs:
        kinds = [f"job.{job.status}", *filter(None, [OF_DOCUMENT.get(job.status)])]
        yield from (
            f"{kind} of {job.job_id} lost" for kind in kinds if (kind, job.job_id) not in told
        )
    deleted = {each.data["document_id"] for each in own if each.kind == "document.deleted"}
    for document_id in _gone(tenant, documents, entries) - deleted:
        yield f"document.deleted of {document_id} lost"
    ids: dict[tuple[str, str, str | None], set[str]] = defaultdict(set)
    for each in own:
        thing = each.data.get("job_id") or each.data["document_id"]
        ids[each.kind, each.at, thing].add(each.message_id)
    yield from (f"{event} has {len(found)} ids" for event, found in ids.items() if len(found) > 1)


def _gone(
    tenant: TenantId, documents: Sequence[Document], entries: Sequence[Entry]
) -> set[DocumentId]:
    """Return the documents that somebody deleted and that are no longer there."""
    tried = {e.document_id for e in entries if e.what == "try-delete" and e.tenant == tenant}
    there = {document.document_id for document in documents}
    return {document_id for document_id in tried if document_id} - there
