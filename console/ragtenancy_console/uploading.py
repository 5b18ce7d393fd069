"""Many uploads at once, followed to their end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ragtenancy.client import Client
from ragtenancy.client.protocol import is_finished
from ragtenancy.domain.errors import LimitError, RagTenancyError, UnavailableError
from ragtenancy.wire.documents import Job
from ragtenancy_console.wording import counted, plain, sentence

POLL_SECONDS = 0.5
MISSES = 20  # replies in a row that a server may fail to give while a job runs
_STEPS = {
    "parse": "reading",
    "describe": "describing pictures",
    "chunk": "cutting into chunks",
    "embed": "embedding",
    "index": "indexing",
    "publish": "publishing",
}


class NewFile(Struct, frozen=True, kw_only=True):
    """A file to upload."""

    name: str
    content: bytes


class Progress(Struct, kw_only=True):
    """A file on its way: waiting to be sent, ingested by a job, or at its end."""

    file: NewFile
    job: Job | None = None
    failure: str | None = None
    misses: int = 0

    @property
    def state(self) -> Literal["waiting", "ingesting", "ready", "failed"]:
        """Return how far it is."""
        if self.failure is not None:
            return "failed"
        if self.job is None:
            return "waiting"
        if not is_finished(self.job):
            return "ingesting"
        return "ready" if self.job.status == "succeeded" else "failed"

    @property
    def share(self) -> float:
        """Return the completed share, 0 to 1."""
        return 0.0 if self.job is None else self.job.progress

    @property
    def words(self) -> str:
        """Return how far it is in words, safe in Markdown."""
        if self.failure is not None:
            return self.failure
        if self.job is None:
            return "waiting for its turn"
        if self.job.status == "succeeded":
            warnings = len(self.job.ingestion.warnings)
            told = counted(self.job.ingestion.total_chunks, "chunk")
            return f"{told}, {counted(warnings, 'warning')}" if warnings else told
        if self.job.error is not None and is_finished(self.job):
            return plain(self.job.error.detail)
        if self.job.status == "cancelled":
            return "cancelled"
        if self.job.queue is not None:
            return f"queued, {counted(self.job.queue.position, 'job')} ahead"
        return _STEPS.get(self.job.step or "", "starting")


class Batch:
    """Uploads files, as many at a time as the client may have jobs; the rest wait.

    `advance` takes one round: it sends what has room and asks for the state of every open job. With
    `document_id`, the files replace that document.
    """

    def __init__(
        self,
        client: Client,
        files: Sequence[NewFile],
        *,
        room: int,
        document_id: str | None = None,
    ) -> None:
        self._client = client
        self._room = room
        self._document_id = document_id
        self.files = [Progress(file=file) for file in files]

    @property
    def is_done(self) -> bool:
        """Whether every file is at its end."""
        return all(each.state in {"ready", "failed"} for each in self.files)

    def advance(self) -> None:
        """Take one round; a file that is refused fails for itself."""
        for each in self.files:
            if each.job is not None and each.state == "ingesting":
                self._follow(each, each.job)
        for each in self.files:
            open_jobs = sum(other.state == "ingesting" for other in self.files)
            if each.state == "waiting" and open_jobs < self._room:
                self._send(each)
        if not self.is_done:
            time.sleep(POLL_SECONDS)

    def _send(self, each: Progress) -> None:
        try:
            each.job = self._client.ingest(
                each.file.content,
                filename=each.file.name,
                document_id=self._document_id,
                wait=False,
            )
        except LimitError as error:
            if error.reason != "max_pending_jobs":  # others of this client are at work: wait
                each.failure = sentence(error)
        except RagTenancyError as error:
            each.failure = sentence(error)

    def _follow(self, each: Progress, job: Job) -> None:
        try:
            each.job, each.misses = self._client.job(job.job_id), 0
        except UnavailableError as error:
            each.misses += 1
            each.failure = sentence(error) if each.misses > MISSES else None
        except RagTenancyError as error:
            each.failure = sentence(error)
