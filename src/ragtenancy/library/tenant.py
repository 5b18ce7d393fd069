"""The Python API for one tenant."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import msgspec

from ragtenancy.app.api_keys import IssuedKey
from ragtenancy.app.chat.events import ChatMessage, ChatReply, TurnEvent
from ragtenancy.app.chat.previews import Preview
from ragtenancy.app.documents import StoredText
from ragtenancy.app.jobs.jobs import JobView
from ragtenancy.app.paging import every
from ragtenancy.app.reindexing.reindexing import OnProgress as OnReindexProgress
from ragtenancy.app.reindexing.reparsing import OnReparsed
from ragtenancy.app.search.search import SearchReply, SearchRequest
from ragtenancy.app.tenants.views import OwnView
from ragtenancy.container import Container
from ragtenancy.domain import ids
from ragtenancy.domain.api_keys import ALL_SCOPES, DEFAULT_OVERLAP, ApiKey, Scope
from ragtenancy.domain.bounds import bounded
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import ConversationSummary, RatedTurn, Turn
from ragtenancy.domain.deletions import DocumentReceipt
from ragtenancy.domain.documents import Document, DocumentStatus, MetadataValue
from ragtenancy.domain.feedback import NewFeedback
from ragtenancy.domain.ids import ApiKeyId, DocumentId, JobId, SessionId, TenantId, UserId
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.reindexing import Reindexed, Reparsed
from ragtenancy.domain.tenant_config import ConfigVersion, EffectiveConfig, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.uploading import NewFile, Readable, Submitter, Watch, name_of
from ragtenancy.wire.chat import Rating
from ragtenancy.wire.configs import ConfigInput

PYTHON = "python"
ConfigLike = TenantConfig | Mapping[str, object]


def given_config(given: ConfigLike) -> TenantConfig:
    """Return a given configuration, or one parsed from a mapping like an HTTP body.

    Raises `MalformedError` naming the field, `InvalidError` for inconsistent values.
    """
    if isinstance(given, TenantConfig):
        return given
    return bounded(msgspec.to_builtins(given), ConfigInput).filled()


class TenantHandle:
    """All operations on one tenant; created by `RagTenancy.tenant`.

    The tenant is looked up on each call, so that a suspension or a deletion takes effect at once:
    every method raises `NotFoundError` for an unknown tenant; those that access documents or
    conversations raise `ClientSuspendedError` for a suspended one. Another tenant's ids are
    treated as unknown. `UnavailableError` means that a backend is unreachable.
    """

    def __init__(self, container: Container, tenant_id: TenantId, actor: str = PYTHON) -> None:
        self._container = container
        self._actor = actor
        self.tenant_id = tenant_id

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
    ) -> Job:
        """Ingest a file (a path, or its bytes with a `filename`) and return its job.

        The file is durable once its job exists: a crash after that loses nothing. With `wait`,
        the call returns once the document is active (`job.document_id`,
        `job.counts.total_chunks`) and the files attached to it have been ingested, which needs a worker here or in another process; without it,
        the call returns the queued job. `watch` is called repeatedly with the job (its `step`,
        its `progress` from 0 to 1) during the wait. `document_id` names a document to replace:
        its old version stays active until the new one is complete. Ingesting the same bytes under
        the same name again returns the existing job and creates no second copy.

        Raises `UnsupportedError` for an unsupported file type, `TooLargeError`, `MalformedError`
        for a bad name or metadata, `NotFoundError` for an unknown document to replace,
        `LimitError` (with `wait`, only for the number of documents: the call waits for room in a
        full queue), and with `wait` `UnreadableDocumentError` for a damaged file,
        `UnavailableError` if every attempt failed, `ConflictError` if the job was cancelled,
        `ReindexRequiredError` if the other documents use another embedding model.
        """
        file = NewFile(
            source=source,
            filename=name_of(source) if filename is None else filename,
            metadata=dict(metadata or {}),
            document_id=None if document_id is None else DocumentId(document_id),
        )
        submit = Submitter(self._container, await self._scope())
        return await (submit.wait(file, watch) if wait else submit(file))

    async def documents(self, *, status: DocumentStatus | None = None) -> AsyncIterator[Document]:
        """Yield the tenant's documents, oldest first; only those with `status` if given."""
        scope = await self._scope()
        read = self._container.documents().page
        async for document in every(lambda a, n: read(scope, status=status, after=a, limit=n)):
            yield document

    async def document(self, document_id: str) -> Document:
        """Return one document. Raises `NotFoundError`."""
        return await self._container.documents().get(await self._scope(), DocumentId(document_id))

    async def chunks(self, document_id: str) -> AsyncIterator[Chunk]:
        """Yield the chunks of a document's active version, in order. Raises `NotFoundError`."""
        scope = await self._scope()
        read = self._container.documents().chunks
        wanted = DocumentId(document_id)
        async for chunk in every(lambda a, n: read(scope, wanted, after=a, limit=n)):
            yield chunk

    async def text(self, document_id: str) -> StoredText:
        """Return the text of a document's active version, in which sources count their `range`.

        Raises `NotFoundError`.
        """
        return await self._container.documents().text(await self._scope(), DocumentId(document_id))

    async def delete(self, document_id: str) -> DocumentReceipt:
        """Delete a document and return the receipt, with the counts removed per store.

        The document is hidden from every answer at once. `verified` is false if a store has not
        confirmed in time; deleting again resumes. Raises `NotFoundError`.
        """
        return await self._container.documents().delete(
            await self._scope(), DocumentId(document_id)
        )

    async def reindex(self, watch: OnReindexProgress | None = None) -> Reindexed:
        """Embed every document with the configured model and switch all at once; return the counts.

        Until the switch, processes with the former model answer as before, and those without it
        raise `ReindexRequiredError`; after it, those without the new model do. Call it again after
        an interruption; no text is embedded twice. `watch` is called with the progress.

        Raises `UnavailableError` and `RejectedError` from the model or a store.
        """
        on_progress = watch or (lambda _: None)
        return await self._container.reindexing().reindex(await self._scope(), on_progress)

    async def reparse(self, watch: OnReparsed | None = None) -> Sequence[Reparsed]:
        """Read the originals again, by the present readers; return what became of each document.

        Documents that these readers have read already, with the same settings, are skipped. A
        document answers from its former version until the new one is whole, and keeps it if its
        original cannot be read. Call it again after an interruption. `watch` is called with the
        number of documents done and of those to do.

        Raises `UnavailableError` and `RejectedError` from the model or a store.
        """
        watched = watch or (lambda _done, _all: None)
        return await self._container.reparsing().reparse(await self._scope(), watched)

    # -- jobs

    async def jobs(self, *, status: JobStatus | None = None) -> AsyncIterator[Job]:
        """Yield the tenant's ingestion jobs, newest first; only those with `status` if given."""
        scope = await self._scope()
        read = self._container.jobs().page
        async for job in every(lambda a, n: read(scope, status=status, after=a, limit=n)):
            yield job

    async def job(self, job_id: str) -> JobView:
        """Return a job and, while queued, its place in the queue. Raises `NotFoundError`."""
        return await self._container.jobs().get(await self._scope(), JobId(job_id))

    async def cancel_job(self, job_id: str) -> Job:
        """Cancel a job. Raises `NotFoundError`; `ConflictError` if it is finished."""
        return await self._container.jobs().cancel(await self._scope(), JobId(job_id))

    async def retry_job(self, job_id: str) -> Job:
        """Requeue a failed or cancelled job. Raises `NotFoundError`, `ConflictError`."""
        return await self._container.jobs().retry(await self._scope(), JobId(job_id))

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

        Without `top_k`, the tenant's own applies. Each hit has its source (text, place, scores:
        0.7·cosine + 0.3·BM25/max by default) and whether it passes the tenant's threshold, which
        drops none. `explain` adds the breakdown of each score; `why` names a document whose
        absence the reply explains. `degraded` lists what was unavailable.

        Raises `MalformedError` for a query without text or a `top_k` out of bounds, and
        `ReindexRequiredError` if the index uses another embedding model.
        """
        request = SearchRequest(
            query=query,
            top_k=top_k,
            filters=filters,
            explain=explain,
            why=None if why is None else DocumentId(why),
        )
        return await self._container.search().search(await self._scope(), request)

    async def ask(
        self,
        question: str,
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        filters: SearchFilters | None = None,
    ) -> ChatReply:
        """Return the answer with its sources; `[n]` in it cites `sources[n-1]`.

        Pass the reply's `session_id` to continue the conversation. `grounded` is false if the
        documents contain no answer; then `answer` is the tenant's own refusal. `truncated` means
        that `llm_settings.max_tokens` cut the answer off.

        Raises `MalformedError` for a bad id or an empty question, `SessionBusyError` while
        another turn of the session is in progress, `RejectedError` from a language model.
        """
        asked = _message(question, session_id, user_id, filters)
        return await self._container.chat().reply(await self._scope(), asked)

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
        stops the work; the turn is then stored as aborted. Raises as `ask` does.
        """
        asked = _message(question, session_id, user_id, filters)
        turn = self._container.chat().stream(await self._scope(), asked)
        async with aclosing(turn) as events:
            async for event in events:
                yield event

    # -- sessions

    async def sessions(self, *, user_id: str | None = None) -> AsyncIterator[ConversationSummary]:
        """Yield the tenant's sessions, oldest first; only `user_id`'s if given."""
        scope = await self._scope()
        user = None if user_id is None else ids.user_id(user_id)
        read = self._container.conversations().page
        async for session in every(lambda a, n: read(scope, user_id=user, after=a, limit=n)):
            yield session

    async def turns(self, session_id: str) -> AsyncIterator[Turn]:
        """Yield a session's turns, oldest first. Raises `NotFoundError`."""
        scope = await self._scope()
        wanted = ids.session_id(session_id)
        read = self._container.conversations().turns
        async for turn in every(lambda a, n: read(scope, wanted, after=a, limit=n)):
            yield turn

    async def erase_session(self, session_id: str) -> None:
        """Remove a session with its turns; idempotent."""
        await self._container.conversations().erase(await self._scope(), ids.session_id(session_id))

    async def erase_user(self, user_id: str) -> int:
        """Remove all of a user's sessions; return their number."""
        conversations = self._container.conversations()
        return await conversations.erase_user(await self._scope(), ids.user_id(user_id))

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
        """Rate an answer `up` or `down`; replaces earlier feedback.

        `right_document_id` names the document that should have answered. Raises `NotFoundError`
        for an unknown turn or document, `MalformedError` for a value out of bounds.
        """
        given = {"rating": rating, "comment": comment, "right_document_id": right_document_id}
        await self._container.turn_feedback().give(
            await self._scope(), ids.session_id(session_id), turn_id, bounded(given, NewFeedback)
        )

    async def feedback(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[RatedTurn]:
        """Yield the turns with feedback given in [`since`, `until`), in the order of giving."""
        scope = await self._scope()
        read = self._container.turn_feedback().page
        async for rated in every(
            lambda a, n: read(scope, since=since, until=until, after=a, limit=n)
        ):
            yield rated

    # -- usage

    async def view(self) -> OwnView:
        """Return the tenant's view of itself: name, features, limits and usage."""
        return await self._container.tenant_views().own(await self._scope())

    # -- within

    # -- configuration and keys

    async def config(self) -> EffectiveConfig:
        """Return the current configuration, its nulls resolved."""
        return await self._container.configs().get(self.tenant_id)

    async def set_config(
        self, config: ConfigLike, *, expected_version: int | None = None
    ) -> ConfigVersion:
        """Replace the whole configuration with a new version; unset fields take their defaults.

        Takes a `TenantConfig` or a mapping of its form. Raises `MalformedError` for values out of
        bounds, `InvalidError` for invalid ones, `StaleWriteError` if `expected_version` is given
        and is not the current version.
        """
        return await self._container.configs().put(
            self.tenant_id,
            given_config(config),
            created_by=self._actor,
            expected_version=expected_version,
        )

    async def config_versions(self) -> AsyncIterator[ConfigVersion]:
        """Yield the configuration's versions, newest first."""
        read = self._container.configs().versions
        async for version in every(lambda a, n: read(self.tenant_id, after=a, limit=n)):
            yield version

    async def rollback_config(self, version: int) -> ConfigVersion:
        """Restore an old version's configuration as a new version. Raises `NotFoundError`."""
        configs = self._container.configs()
        return await configs.rollback(self.tenant_id, version, created_by=self._actor)

    async def preview_config(self, config: ConfigLike, question: str) -> Preview:
        """Answer a question as a configuration would; unset fields take their defaults.

        Returns the answer with its passages and the prompt for a language model, also for a
        suspended tenant. Nothing is stored. Raises as `set_config` and `ask` do.
        """
        return await self._container.previews().preview(
            self.tenant_id, given_config(config), question
        )

    async def api_keys(self) -> AsyncIterator[ApiKey]:
        """Yield the tenant's API key records, oldest first; never the keys themselves."""
        read = self._container.api_keys().page
        async for key in every(lambda a, n: read(self.tenant_id, after=a, limit=n)):
            yield key

    async def create_api_key(
        self,
        *,
        label: str = "",
        scopes: Sequence[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        """Create a key and return it; `api_key` is never shown again.

        Raises `InvalidError` for an empty list of scopes or an expiry in the past.
        """
        return await self._container.api_keys().issue(
            self.tenant_id, label=label, scopes=scopes, expires_at=expires_at
        )

    async def rotate_api_key(
        self, key_id: str, *, overlap: timedelta = DEFAULT_OVERLAP
    ) -> IssuedKey:
        """Replace a key by a successor with its label, scopes and expiry, and return that.

        The old key stays valid for the overlap, of at most 30 days; 0 revokes it at once. Raises
        `NotFoundError`, `MalformedError`, `ConflictError` (key_not_usable).
        """
        return await self._container.api_keys().rotate(
            self.tenant_id, ApiKeyId(key_id), overlap=overlap
        )

    async def revoke_api_key(self, key_id: str) -> None:
        """Revoke a key at once; idempotent. Raises `NotFoundError`."""
        await self._container.api_keys().revoke(self.tenant_id, ApiKeyId(key_id))

    async def _scope(self) -> TenantScope:
        tenant = await self._container.tenant_records().find(self.tenant_id)
        tenant.require_active()
        return tenant.scope


def _message(
    question: str, session_id: str | None, user_id: str | None, filters: SearchFilters | None
) -> ChatMessage:
    return ChatMessage(
        message=question,
        session_id=None if session_id is None else SessionId(session_id),
        user_id=None if user_id is None else UserId(user_id),
        filters=filters,
    )
