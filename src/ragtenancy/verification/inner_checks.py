"""What can only be seen from inside: every store through its port, and the log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import structlog

from ragtenancy.container import Container
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.domain.ids import ApiKeyId, ChunkId, DocumentId, JobId, SessionId, TenantId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.verification.judging import Judge
from ragtenancy.verification.parties import SHARED_SESSION
from ragtenancy.verification.scene import Notes, Scene

LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def stores(scene: Scene, notes: Notes, container: Container) -> None:
    """Through its port, each store gives one tenant's scope nothing of another's."""
    find = container.tenant_records().find
    own = (await find(TenantId(scene.intruder.client_id))).scope
    theirs = (await find(TenantId(scene.victim.client_id))).scope
    await _reads(scene, notes, container, own)
    await _collections(scene, notes, container, own, theirs)
    await _caches(notes, container, own, theirs)
    await _writes(scene, notes, container, own, theirs)


async def _reads(scene: Scene, notes: Notes, container: Container, own: TenantScope) -> None:
    """Read each of the victim's records by its own id in the intruder's scope."""
    ids = scene.victim.ids
    document, session = DocumentId(ids["document_id"]), SessionId(ids["session_id"])
    kept = container.stores()
    reads: dict[str, Awaitable[object]] = {
        "documents.get": kept.documents.get(own, document),
        "documents.with_pending_job": kept.documents.with_pending_job(own, JobId(ids["job_id"])),
        "chunks.get": kept.chunks.get(own, [ChunkId(ids["chunk_id"])]),
        "chunks.count": kept.chunks.count(own, document),
        "chunks.revisions": kept.chunks.revisions(own, document),
        "vectors.count": kept.vectors.count(own, document),
        "vectors.revisions": kept.vectors.revisions(own, document),
        "conversations.get": kept.conversations.get(own, session),
        "conversations.turns": kept.conversations.turns(own, session),
        "jobs.get": kept.jobs.get(own, JobId(ids["job_id"])),
        "jobs.place": kept.jobs.place(own, JobId(ids["job_id"]), LATER),
        "api_keys.get": kept.api_keys.get(own, ApiKeyId(ids["key_id"])),
    }
    for name, read in reads.items():
        found = await read
        empty = not found or (isinstance(found, list | tuple) and not any(found))
        notes.require(name, empty, "the victim's record is read in the intruder's scope")


async def _collections(
    scene: Scene, notes: Notes, container: Container, own: TenantScope, theirs: TenantScope
) -> None:
    """List everything in both scopes: nothing is in both, nothing names the other."""
    kept = container.stores()
    listings: dict[str, Callable[[TenantScope], Awaitable[Sequence[object]]]] = {
        "documents.page": lambda s: _items(kept.documents.page(s, limit=1_000)),
        "jobs.page": lambda s: _items(kept.jobs.page(s, limit=1_000)),
        "conversations.page": lambda s: _items(kept.conversations.page(s, limit=1_000)),
        "conversations.rated": lambda s: _items(kept.conversations.rated(s, limit=1_000)),
        "api_keys.page": lambda s: _items(kept.api_keys.page(s, limit=1_000)),
        "tenant_configs.page": lambda s: _items(kept.tenant_configs.page(s, limit=1_000)),
        "webhooks.every": kept.webhooks.every,
        "blobs.names": kept.blobs.names,
        "chunks.revisions": kept.chunks.revisions,
        "vectors.revisions": kept.vectors.revisions,
    }
    judge = Judge(scene.victim)
    for name, listing in listings.items():
        ours, others = await listing(own), await listing(theirs)
        both = [each for each in ours if each in others]
        notes.require(name, not both, "one record is in both tenants' lists")
        notes.judge(name, judge.leaks(repr(ours).encode()))
    for blob in await kept.blobs.names(theirs):
        held = False
        with suppress(NotFoundError):
            held = bool([piece async for piece in kept.blobs.read(own, blob)])
        notes.require("blobs.read", not held, "the victim's original is read")
    delta = repr(await kept.documents.manifest(own)).encode()
    notes.judge("documents.manifest", judge.leaks(delta))


async def _caches(
    notes: Notes, container: Container, own: TenantScope, theirs: TenantScope
) -> None:
    """What one tenant computed, locked or claimed is not there for another."""
    kept, now = container.stores(), container.clock().now()
    cache, key = container.derived_cache(), "verify" * 10
    await cache.put(theirs, "embedding", {key: b"theirs"}, at=now)
    notes.require(
        "derived_cache.get", not await cache.get(own, "embedding", [key]), "another's value"
    )
    session, until = SessionId(f"{SHARED_SESSION}-lock"), now + timedelta(minutes=1)
    tokens = {theirs.tenant_id: "one", own.tenant_id: "other"}
    held = [
        await kept.session_locks.acquire(
            scope, session, tokens[scope.tenant_id], now=now, until=until
        )
        for scope in (theirs, own)
    ]
    notes.require("session_locks.acquire", all(held), "one tenant's turn locks another's session")
    for scope in (theirs, own):
        await kept.session_locks.release(scope, session, tokens[scope.tenant_id])
    await cache.purge(theirs, written_before=now + timedelta(days=1), now=now + timedelta(days=1))


async def _writes(
    scene: Scene, notes: Notes, container: Container, own: TenantScope, theirs: TenantScope
) -> None:
    """A record of the victim's cannot be written in the intruder's scope."""
    kept = container.stores()
    document = await kept.documents.get(theirs, DocumentId(scene.victim.ids["document_id"]))
    job = await kept.jobs.get(theirs, JobId(scene.victim.ids["job_id"]))
    config = await kept.tenant_configs.current(theirs)
    writes: dict[str, Callable[[], Awaitable[object]]] = {}
    if document is not None:
        writes["documents.save"] = lambda: kept.documents.save(own, document)
        writes["documents.add"] = lambda: kept.documents.add(own, document)
    if job is not None:
        writes["jobs.save"] = lambda: kept.jobs.save(own, job)
    if config is not None:
        writes["tenant_configs.add"] = lambda: kept.tenant_configs.add(own, config)
    for name, write in writes.items():
        refused = False
        try:
            await write()
        except IsolationBreach:
            refused = True
        notes.require(name, refused, "the victim's record is written in the intruder's scope")


async def _items(page: Awaitable[Any]) -> Sequence[object]:
    return list((await page).items)


@contextmanager
def logged() -> Iterator[list[str]]:
    """Keep every line of every level that is logged during the context, instead of printing it."""
    lines: list[str] = []
    before = structlog.get_config()

    def keep(_: object, __: str, event: object) -> NoReturn:
        lines.append(event if isinstance(event, str) else repr(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[*before["processors"], keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    try:
        yield lines
    finally:
        structlog.configure(**before)


def log_lines(scene: Scene, notes: Notes, lines: Sequence[str]) -> None:
    """No line that was logged holds anything that a tenant stored, said or was given."""
    parties = (scene.victim, scene.intruder)
    words = {word: place for party in parties for place, word in party.canaries.items()}
    words |= {party.key: "API key" for party in parties}
    for line in lines:
        notes.judge("a log line", [place for word, place in words.items() if word in line])
