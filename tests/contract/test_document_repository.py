"""What every `DocumentRepository` does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
from ragtenancy.adapters.memory.documents import InMemoryDocumentRepository
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.domain.documents import Document, DocumentStatus, ManifestDelta, manifest_entry
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    LimitError,
    MalformedError,
    NotFoundError,
    ReindexRequiredError,
    StaleWriteError,
)
from ragtenancy.domain.ids import DocumentId, Fingerprint, JobId
from ragtenancy.domain.manifest import EMPTY, Manifest
from ragtenancy.domain.pages import Cursor
from ragtenancy.domain.reindexing import begun, staged
from ragtenancy.ports.documents import DocumentRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import (
    ACME,
    DOCUMENT_ID,
    GLOBEX,
    active_document,
    active_version,
    document,
    scope,
    upload,
)

BACKENDS = [
    *in_houses(InMemoryDocumentRepository, SqliteDocumentRepository),
    *on_cosmos(CosmosDocumentRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def documents(house: House) -> DocumentRepository:
    return house.documents


async def publish(documents: DocumentRepository, version: int) -> Document:
    """Make another version of the document answer."""
    stored = await documents.get(ACME, DOCUMENT_ID)
    assert stored is not None
    return await documents.save(ACME, structs.replace(stored, active=active_version(version)))


# -- records


async def test_an_absent_document_is_none(documents: DocumentRepository) -> None:
    assert await documents.get(ACME, DOCUMENT_ID) is None
    assert await documents.with_pending_job(ACME, JobId("job_1")) is None


async def test_a_document_comes_out_as_it_went_in(documents: DocumentRepository) -> None:
    full = active_document(pending=upload(2), pending_error="parser_crashed", fence=3)

    await documents.add(ACME, full)

    assert await documents.get(ACME, DOCUMENT_ID) == full


async def test_a_caller_may_change_what_he_gave(documents: DocumentRepository) -> None:
    metadata: dict[str, str | int | float | bool] = {"product": "crm"}
    await documents.add(ACME, document(pending=upload(metadata=metadata)))

    metadata["product"] = "changed"

    stored = await documents.get(ACME, DOCUMENT_ID)
    assert stored is not None
    assert stored.pending is not None
    assert stored.pending.metadata == {"product": "crm"}


async def test_a_taken_id_is_refused(documents: DocumentRepository) -> None:
    await documents.add(ACME, document())

    with pytest.raises(AlreadyExistsError):
        await documents.add(ACME, active_document())

    assert await documents.get(ACME, DOCUMENT_ID) == document()
    assert (await documents.manifest(ACME)).generation == 0


async def test_no_more_documents_are_added_than_the_limit_allows(
    documents: DocumentRepository,
) -> None:
    for number in range(2):
        await documents.add(ACME, document(document_id=f"doc_{number}"), most=2)

    with pytest.raises(LimitError) as refused:
        await documents.add(ACME, document(document_id="doc_2"), most=2)

    assert (refused.value.reason, refused.value.context["limit"]) == ("max_documents", 2)
    assert await documents.count(ACME) == 2


async def test_documents_added_at_once_keep_the_limit(documents: DocumentRepository) -> None:
    added = await asyncio.gather(
        *(documents.add(ACME, document(document_id=f"doc_{n}"), most=3) for n in range(6)),
        return_exceptions=True,
    )

    assert [each for each in added if each is not None and type(each) is not LimitError] == []
    assert await documents.count(ACME) == added.count(None) == 3


async def test_save_raises_the_version(documents: DocumentRepository) -> None:
    await documents.add(ACME, document())

    saved = await documents.save(ACME, document(fence=1))

    assert saved == document(fence=1, version=2)
    assert await documents.get(ACME, DOCUMENT_ID) == saved


async def test_save_refuses_another_version_and_changes_nothing(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, document())
    saved = await documents.save(ACME, document())

    with pytest.raises(StaleWriteError):
        await documents.save(ACME, active_document())

    assert await documents.get(ACME, DOCUMENT_ID) == saved
    assert (await documents.manifest(ACME)).generation == 0


async def test_save_refuses_what_is_gone(documents: DocumentRepository) -> None:
    await documents.add(ACME, document())
    await documents.remove(ACME, DOCUMENT_ID)

    with pytest.raises(StaleWriteError):
        await documents.save(ACME, document())


async def test_of_two_writers_at_once_one_wins(documents: DocumentRepository) -> None:
    await documents.add(ACME, document())

    results = await asyncio.gather(
        *(documents.save(ACME, document(fence=n)) for n in range(4)), return_exceptions=True
    )

    assert sum(isinstance(result, StaleWriteError) for result in results) == 3


async def test_removing_the_absent_is_fine(documents: DocumentRepository) -> None:
    await documents.remove(ACME, DOCUMENT_ID)

    assert await documents.count(ACME) == 0


async def test_a_document_is_found_by_its_newest_upload(documents: DocumentRepository) -> None:
    stored = active_document(version=1, pending=upload(2))
    await documents.add(ACME, stored)
    newest, replaced = upload(2), upload(1)

    found = await documents.find(ACME, filename=newest.filename, content_hash=newest.content_hash)
    by_old = await documents.find(
        ACME, filename=replaced.filename, content_hash=replaced.content_hash
    )
    by_name = await documents.find(ACME, filename="other", content_hash=newest.content_hash)

    assert (found, by_old, by_name) == (stored, None, None)


async def test_of_two_with_the_same_upload_the_living_is_found(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, document(document_id="doc_1"))
    await documents.add(ACME, document(document_id="doc_2", deleting=True))

    found = await documents.find(
        ACME, filename=upload().filename, content_hash=upload().content_hash
    )

    assert found == document(document_id="doc_1")


async def test_a_document_is_found_by_the_job_of_its_pending_upload(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, active_document(pending=upload(2)))

    assert await documents.with_pending_job(ACME, JobId("job_2")) is not None
    assert await documents.with_pending_job(ACME, JobId("job_1")) is None


async def test_pages_are_oldest_first_and_stable_under_writes(
    documents: DocumentRepository,
) -> None:
    for document_id in ("c", "a", "b"):
        await documents.add(ACME, document(document_id=document_id))

    first = await documents.page(ACME, limit=2)
    await documents.save(ACME, document(document_id="c"))
    await documents.add(ACME, document(document_id="0"))
    second = await documents.page(ACME, after=first.next, limit=2)

    assert [d.document_id for d in (*first.items, *second.items)] == ["c", "a", "b", "0"]
    assert second.next is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (DocumentStatus.PROCESSING, ["waiting"]),
        (DocumentStatus.ACTIVE, ["active"]),
        (DocumentStatus.FAILED, ["failed"]),
        (DocumentStatus.CANCELLED, ["cancelled"]),
        (DocumentStatus.DELETING, ["deleting"]),
    ],
)
async def test_pages_of_one_status(
    documents: DocumentRepository, status: DocumentStatus, expected: list[str]
) -> None:
    await documents.add(ACME, document(document_id="waiting"))
    await documents.add(ACME, active_document(document_id="active"))
    await documents.add(ACME, document(document_id="failed", pending_error="corrupt_docx"))
    await documents.add(ACME, document(document_id="cancelled", pending_error="cancelled"))
    await documents.add(ACME, active_document(document_id="deleting", deleting=True))

    page = await documents.page(ACME, status=status)

    assert [d.document_id for d in page.items] == expected


async def test_a_bad_cursor_is_malformed(documents: DocumentRepository) -> None:
    with pytest.raises(MalformedError):
        await documents.page(ACME, after=Cursor("eA"))


async def test_documents_and_the_bytes_of_their_newest_originals_are_counted(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, active_document(document_id="a", pending=upload(2, size=30)))
    await documents.add(ACME, document(document_id="b", pending=upload(size=12)))

    assert await documents.count(ACME) == 2
    assert await documents.bytes_stored(ACME) == 42


# -- the change log and the manifest


async def test_the_first_generation_is_0_and_lists_nothing(documents: DocumentRepository) -> None:
    assert await documents.manifest(ACME) == ManifestDelta(generation=0, whole=True)


async def test_what_does_not_answer_does_not_raise_the_generation(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, document())
    await documents.save(ACME, document(fence=1))
    await documents.remove(ACME, DOCUMENT_ID)

    assert (await documents.manifest(ACME)).generation == 0


async def test_publishing_raises_the_generation_and_shows_the_entry(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, document())
    published = await publish(documents, 1)

    whole = await documents.manifest(ACME)
    delta = await documents.manifest(ACME, since=0)

    entry = manifest_entry(published)
    assert whole == ManifestDelta(generation=1, whole=True, active=(entry,) if entry else ())
    assert (delta.generation, tuple(delta.active)) == (1, whole.active)


async def test_nothing_new_is_an_empty_difference(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document())

    assert await documents.manifest(ACME, since=1) == ManifestDelta(generation=1, whole=False)


async def test_a_document_that_changed_twice_is_listed_once(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document(document_id="other"))
    await documents.add(ACME, active_document())
    await publish(documents, 2)
    await publish(documents, 3)

    manifest = EMPTY.applied(await documents.manifest(ACME))
    delta = await documents.manifest(ACME, since=1)

    assert delta.generation == manifest.generation == 4
    assert [e.revision for e in delta.active if e.document_id == DOCUMENT_ID] == ["3-1"]


async def test_deleting_and_removing_take_the_document_out(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document(document_id="hidden"))
    await documents.add(ACME, active_document(document_id="removed"))
    known = EMPTY.applied(await documents.manifest(ACME))

    await documents.save(ACME, active_document(document_id="hidden").deleted())
    await documents.remove(ACME, DocumentId("removed"))
    await documents.remove(ACME, DocumentId("hidden"))

    delta = await documents.manifest(ACME, since=known.generation)
    assert delta.generation == known.generation + 2
    assert known.applied(delta).entries == {}


async def test_a_write_that_keeps_the_revision_keeps_the_generation(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, active_document())

    await documents.save(ACME, active_document(pending=upload(2)))

    assert (await documents.manifest(ACME)).generation == 1


async def test_a_generation_of_the_future_is_answered_whole(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document())

    assert (await documents.manifest(ACME, since=99)).whole


async def test_after_a_drop_nobody_keeps_what_was(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document())
    known = EMPTY.applied(await documents.manifest(ACME))

    await documents.drop(ACME)
    await documents.add(ACME, active_document(document_id="new"))

    now = known.applied(await documents.manifest(ACME, since=known.generation))
    assert list(now.entries) == ["new"]
    assert await documents.get(ACME, DOCUMENT_ID) is None


async def test_following_the_log_is_reading_the_whole(documents: DocumentRepository) -> None:
    followed: Manifest = EMPTY
    for version in range(1, 4):
        await documents.add(ACME, active_document(document_id=f"doc_{version}"))
        followed = followed.applied(await documents.manifest(ACME, since=followed.generation))
    await documents.remove(ACME, DocumentId("doc_2"))

    followed = followed.applied(await documents.manifest(ACME, since=followed.generation))

    assert followed == EMPTY.applied(await documents.manifest(ACME))


# -- the model


OLD, NEW = Fingerprint("model-1"), Fingerprint("model-2")


def ready(document_id: str, **changes: Any) -> Document:
    """A document of the old model whose successor by the new one is whole."""
    started = begun(active_document(document_id=document_id, **changes), NEW)
    assert started.successor is not None
    return staged(started, started.successor.revision, 4)


def of_new_model(document_id: str) -> Document:
    return active_document(
        document_id=document_id, active=active_version(embedding_fingerprint=NEW)
    )


async def test_another_model_does_not_answer_beside_the_first(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, active_document(document_id="a"))
    await documents.add(ACME, document(document_id="b"))

    with pytest.raises(ReindexRequiredError):
        await documents.save(ACME, of_new_model("b"))
    with pytest.raises(ReindexRequiredError):
        await documents.add(ACME, of_new_model("c"))

    assert await documents.get(ACME, DocumentId("b")) == document(document_id="b")
    assert await documents.get(ACME, DocumentId("c")) is None
    assert (await documents.manifest(ACME)).generation == 1


async def test_the_only_document_may_come_back_by_another_model(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, active_document(document_id="a"))
    await documents.add(ACME, active_document(document_id="hidden", deleting=True))
    replaced = structs.replace(
        active_document(document_id="a"), active=active_version(2, embedding_fingerprint=NEW)
    )

    await documents.save(ACME, replaced)

    assert [e.embedding_fingerprint for e in (await documents.manifest(ACME)).active] == [NEW]


async def test_a_switch_moves_every_document_at_once(documents: DocumentRepository) -> None:
    await documents.add(ACME, ready("a"))
    await documents.add(ACME, ready("b", pending=upload(2), fence=1))
    await documents.add(ACME, document(document_id="waiting"))
    before = EMPTY.applied(await documents.manifest(ACME))

    moved = await documents.switch(ACME, NEW)

    delta = await documents.manifest(ACME, since=before.generation)
    now = before.applied(delta)
    assert (moved, now.generation) == (2, before.generation + 2)
    assert {d: (e.revision, e.total_chunks) for d, e in now.entries.items()} == {
        "a": ("1-2", 4),
        "b": ("1-2", 4),
    }
    assert now.embedding_fingerprint == NEW
    assert now == EMPTY.applied(await documents.manifest(ACME))


async def test_a_switched_document_keeps_the_rest_of_its_record(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, ready("a", pending=upload(2), fence=1))

    await documents.switch(ACME, NEW)

    kept = await documents.get(ACME, DocumentId("a"))
    assert kept is not None
    assert (kept.pending, kept.fence, kept.version, kept.successor) == (upload(2), 1, 2, None)
    assert kept.active is not None
    assert (kept.active.upload, kept.active.warnings) == (upload(1), active_version().warnings)


async def test_a_switch_waits_for_the_last_document(documents: DocumentRepository) -> None:
    half = begun(active_document(document_id="b"), NEW)
    await documents.add(ACME, ready("a"))
    await documents.add(ACME, half)

    with pytest.raises(StaleWriteError):
        await documents.switch(ACME, NEW)

    assert await documents.get(ACME, DocumentId("a")) == ready("a")
    assert await documents.get(ACME, DocumentId("b")) == half
    assert (await documents.manifest(ACME)).generation == 2


async def test_a_switch_to_the_model_in_use_forgets_successors(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, ready("a"))

    moved = await documents.switch(ACME, OLD)

    kept = await documents.get(ACME, DocumentId("a"))
    assert kept is not None
    assert (moved, kept.successor, kept.successor_fence) == (0, None, 2)
    assert (await documents.manifest(ACME)).generation == 1


async def test_after_a_switch_the_former_model_is_the_other(documents: DocumentRepository) -> None:
    await documents.add(ACME, ready("a"))
    await documents.switch(ACME, NEW)

    with pytest.raises(ReindexRequiredError):
        await documents.add(ACME, active_document(document_id="b"))

    await documents.add(ACME, of_new_model("c"))


async def test_a_switch_leaves_other_tenants_alone(documents: DocumentRepository) -> None:
    theirs = active_document(GLOBEX)
    await documents.add(GLOBEX, theirs)
    await documents.add(ACME, ready("a"))

    await documents.switch(ACME, NEW)

    assert await documents.get(GLOBEX, DOCUMENT_ID) == theirs


# -- tenants


async def test_tenants_do_not_see_each_others_documents(documents: DocumentRepository) -> None:
    await documents.add(ACME, active_document(ACME))
    await documents.add(GLOBEX, document(GLOBEX))

    await documents.remove(ACME, DOCUMENT_ID)

    assert await documents.get(GLOBEX, DOCUMENT_ID) == document(GLOBEX)
    assert (await documents.manifest(GLOBEX)).generation == 0


async def test_another_tenants_document_is_not_taken_in(documents: DocumentRepository) -> None:
    with pytest.raises(IsolationBreach):
        await documents.add(ACME, document(GLOBEX))
    with pytest.raises(IsolationBreach):
        await documents.save(ACME, document(GLOBEX))


async def test_what_is_misfiled_answers_nothing(house: House) -> None:
    await house.documents.add(ACME, active_document(ACME))
    await house.documents.count(GLOBEX)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.documents.get(GLOBEX, DOCUMENT_ID)
    with pytest.raises(IsolationBreach):
        await house.documents.manifest(GLOBEX)
    with pytest.raises(IsolationBreach):
        await house.documents.page(GLOBEX)


async def test_without_a_container_nothing_is_written(documents: DocumentRepository) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await documents.add(nobody, document(nobody))

    await documents.drop(nobody)


async def test_a_cancelled_call_leaves_the_next_its_own_reply(
    documents: DocumentRepository,
) -> None:
    await documents.add(ACME, document())
    task = asyncio.create_task(documents.get(ACME, DOCUMENT_ID))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert await documents.count(ACME) == 1
