"""Reading originals again by better readers, while documents answer and change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.container import Container
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import (
    NotFoundError,
    UnavailableError,
    UnreadableDocumentError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from ragtenancy.domain.reindexing import Reparsed
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import day_of, month_to, total
from ragtenancy.ports.parsing import DocumentParser
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation
from tests.unit.app.test_reindexing_crashes import KilledError, Life, Mortal

NO_GRACE = timedelta(0)
NOTE = "The code of the gate is 7712."
BETTER = "The code of the gate is 7712. (gate)"
Act = Callable[[], Awaitable[object]]


class Readers(DocumentParser):
    """Readers of a version: they append to each text, act before they read, or refuse."""

    media_types = ("text/plain",)

    def __init__(self, adds: str = "") -> None:
        self.adds = adds
        self.read: list[str] = []
        self.refused: str | None = None
        self.unrecognised = False
        self.before: Act | None = None

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - as the port
        if self.unrecognised:
            raise UnsupportedError("Old files are not supported.", code="encrypted_or_legacy")
        return "text/plain"

    async def parse(
        self,
        path: Path,
        *,
        charset: str | None = None,  # noqa: ARG002 - as the port
    ) -> ParsedDocument:
        act, self.before = self.before, None
        if act is not None:
            await act()
        if self.refused:
            raise UnreadableDocumentError("The file is damaged.", code=self.refused)
        try:
            text = await asyncio.to_thread(path.read_text)
        except OSError:
            raise UnavailableError("The document could not be opened.") from None
        self.read.append(text)
        return ParsedDocument(blocks=[Paragraph(text=text + self.adds)], warnings=["better"])


@pytest.fixture
def installation(container: Container) -> Installation:
    container.parsers.override(providers.Object([Readers()]))
    return Installation(container)


@pytest.fixture
def readers() -> Readers:
    return Readers(adds=" (gate)")


@pytest.fixture
def upgraded(installation: Installation, readers: Readers) -> Installation:
    return later(installation.container, readers, "later")


def later(
    container: Container, readers: Readers, fingerprint: str, life: Life | None = None
) -> Installation:
    """A process on the same stores with other readers, mortal where it has a life."""
    stores = container.stores()
    if life is not None:
        mortal = ("documents", "chunks", "vectors", "blobs")
        stores = structs.replace(
            stores, **{name: Mortal(getattr(stores, name), life) for name in mortal}
        )
    process = in_memory_container(container.settings())
    process.stores.override(providers.Object(stores))
    process.clock.override(providers.Object(container.clock()))
    process.embedder.override(providers.Object(container.embedder()))
    process.parsers.override(providers.Object([readers]))
    process.originals()._readers = fingerprint
    process.reparsing().concurrency = 1
    return Installation(process)


async def reparse(installation: Installation, scope: TenantScope) -> Sequence[Reparsed]:
    return await installation.container.reparsing().reparse(scope, lambda _done, _all: None)


async def texts(installation: Installation, scope: TenantScope) -> Sequence[str]:
    found = await installation.search(scope, "code of the gate")
    return [hit.source.text for hit in found.hits]


async def document(installation: Installation, scope: TenantScope, name: DocumentId) -> Document:
    found: Document | None = await installation.container.document_repository().get(scope, name)
    assert found is not None
    return found


async def stored_is_live(installation: Installation, scope: TenantScope) -> bool:
    manifest = await installation.container.document_repository().manifest(scope)
    live = {(entry.document_id, entry.revision) for entry in manifest.active}
    return set(await installation.container.chunks().revisions(scope)) == live


async def test_a_document_answers_by_the_new_readers(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)

    done = await reparse(upgraded, scope)

    assert [(each.outcome, each.chunks_before, each.chunks, each.new) for each in done] == [
        ("changed", 1, 1, 1)
    ]
    assert done[0].warnings == ["better"]
    assert await texts(installation, scope) == [BETTER]
    assert await stored_is_live(upgraded, scope)
    active = (await document(upgraded, scope, note)).active
    assert active is not None
    assert (active.upload.version, list(active.warnings)) == (1, ["better"])


async def test_readers_that_find_the_same_leave_the_revision(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    readers.adds = ""
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)
    before = (await document(upgraded, scope, note)).active_revision

    done = await reparse(upgraded, scope)

    assert [each.outcome for each in done] == ["unchanged"]
    assert (await document(upgraded, scope, note)).active_revision == before


async def test_what_these_readers_have_read_is_not_read_again(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, NOTE)
    await reparse(upgraded, scope)
    await upgraded.ingest(scope, "Another note.", filename="other.txt")

    assert await reparse(upgraded, scope) == []
    assert readers.read == [NOTE, "Another note."]


async def test_other_settings_of_chunks_make_a_document_outdated(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, NOTE)
    await reparse(upgraded, scope)
    config = (await upgraded.container.configs().effective(scope)).config
    smaller = structs.replace(config.chunking, target_tokens=64)
    changed = structs.replace(config, chunking=smaller)
    await upgraded.container.configs().put(scope.tenant_id, changed, created_by="test")

    assert [each.outcome for each in await reparse(upgraded, scope)] == ["unchanged"]


@pytest.mark.parametrize("refusal", ["when read", "when recognised"])
async def test_a_document_that_cannot_be_read_now_stays_as_it_was(
    installation: Installation, upgraded: Installation, readers: Readers, refusal: str
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, NOTE)
    readers.refused = "corrupt_document" if refusal == "when read" else None
    readers.unrecognised = refusal == "when recognised"

    done = await reparse(upgraded, scope)

    code = "corrupt_document" if refusal == "when read" else "encrypted_or_legacy"
    assert [(each.outcome, each.code) for each in done] == [("kept", code)]
    assert await texts(upgraded, scope) == [NOTE]


async def test_a_lost_original_leaves_the_document(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)
    for blob in (await document(upgraded, scope, note)).blobs:
        await upgraded.container.blobs().delete(scope, blob)

    done = await reparse(upgraded, scope)

    assert [(each.outcome, each.code) for each in done] == [("kept", "original_missing")]
    assert await texts(upgraded, scope) == [NOTE]


async def test_a_newer_upload_wins(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)

    async def replace() -> None:
        await installation.submit(scope, "The code of the gate is 8823.", document_id=note)
        await installation.work()

    readers.before = replace
    done = await reparse(upgraded, scope)

    assert [each.outcome for each in done] == ["overtaken"]
    assert await texts(upgraded, scope) == ["The code of the gate is 8823."]
    assert await stored_is_live(upgraded, scope)


async def test_a_newer_upload_before_it_is_read_wins(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, "The first.", filename="first.txt")
    note = await installation.ingest(scope, NOTE)

    async def replace() -> None:
        await installation.submit(scope, "The code of the gate is 8823.", document_id=note)
        await installation.work()

    readers.before = replace
    done = await reparse(upgraded, scope)

    assert [(each.outcome, each.code) for each in done] == [("changed", None), ("overtaken", None)]


@pytest.mark.parametrize("change", ["replaced", "deleted"])
async def test_a_change_while_the_chunks_are_stored_wins(
    installation: Installation,
    upgraded: Installation,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)
    await installation.ingest(scope, "The last.", filename="last.txt")
    vectors = upgraded.container.stores().vectors
    stage = vectors.stage

    async def overtaking(*given: Any) -> None:
        monkeypatch.undo()
        await stage(*given)
        if change == "deleted":
            await installation.container.documents().delete(scope, note)
        else:
            await installation.submit(scope, "The code of the gate is 8823.", document_id=note)
            await installation.work()

    monkeypatch.setattr(vectors, "stage", overtaking)
    done = await reparse(upgraded, scope)

    assert [each.outcome for each in done] == ["overtaken", "changed"]
    assert await stored_is_live(upgraded, scope)


async def test_a_deleted_document_stays_deleted(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    scope = await installation.tenant()
    note = await installation.ingest(scope, NOTE)
    readers.before = lambda: installation.container.documents().delete(scope, note)

    done = await reparse(upgraded, scope)

    assert [each.outcome for each in done] == ["overtaken"]
    assert await texts(upgraded, scope) == []
    assert list(await upgraded.container.chunks().revisions(scope)) == []


async def test_a_client_deleted_meanwhile_stays_deleted(
    installation: Installation, upgraded: Installation, readers: Readers
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, NOTE)
    deletions = installation.container.tenant_deletions()
    readers.before = lambda: deletions.delete(scope.tenant_id, requested_by="test")

    with pytest.raises(NotFoundError):
        await reparse(upgraded, scope)

    assert list(await upgraded.container.storage().tenants()) == []


async def test_two_runs_at_once_leave_one_revision(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    for number in range(5):
        await installation.ingest(scope, f"{NOTE} {number}", filename=f"{number}.txt")
    other = later(installation.container, Readers(adds=" (gate)"), "later")

    done = await asyncio.gather(reparse(upgraded, scope), reparse(other, scope))

    assert {each.outcome for run in done for each in run} <= {"changed", "unchanged", "overtaken"}
    assert all(text.endswith("(gate)") for text in await texts(upgraded, scope))
    assert await stored_is_live(upgraded, scope)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_after_a_crash_at_any_call_the_next_run_finishes(
    installation: Installation, moment: str
) -> None:
    crashes = 0
    while True:
        scope = await installation.tenant(f"client-{crashes}")
        await installation.ingest(scope, NOTE)
        await installation.ingest(scope, "The code of the door is 1.", filename="door.txt")
        readers = Readers(adds=" (gate)")
        doomed = later(installation.container, readers, "later", Life(crashes + 1, moment))
        try:
            await reparse(doomed, scope)
        except (KilledError, BaseExceptionGroup):
            crashes += 1
        else:
            break
        assert len(await texts(installation, scope)) == 2
        next_run = later(installation.container, readers, "later")
        await next_run.container.sweeper().sweep(grace=NO_GRACE)
        await reparse(next_run, scope)
        await next_run.container.sweeper().sweep(grace=NO_GRACE)
        assert all(text.endswith("(gate)") for text in await texts(next_run, scope))
        assert await stored_is_live(next_run, scope)
    assert crashes > 20


async def test_only_a_changed_document_uses_embedding_tokens(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, NOTE, filename="note.txt")
    before = await embedding_tokens(installation, scope)

    await reparse(upgraded, scope)
    await reparse(upgraded, scope)

    assert await embedding_tokens(installation, scope) - before == len(BETTER.split())


async def embedding_tokens(installation: Installation, scope: TenantScope) -> int:
    today = day_of(installation.container.clock().now())
    rows = await installation.container.usage_repository().rows(scope, month_to(today))
    return total(rows).embedding_tokens
