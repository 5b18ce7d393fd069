"""One tenant as a Python program uses it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ragtenancy import Done, RagTenancy, SearchFilters, SourcesFound, TenantHandle, Token
from ragtenancy.container import Container
from ragtenancy.domain.errors import (
    LimitError,
    MalformedError,
    NotFoundError,
    ReindexRequiredError,
    UnreadableDocumentError,
    UnsupportedError,
)
from ragtenancy.domain.jobs import Job
from tests.doubles import FailingEmbedder

GUIDE = b"# Refunds\n\nRefunds are paid within 30 days of purchase.\n"


@pytest.fixture
async def acme(rag: RagTenancy) -> TenantHandle:
    await rag.create_tenant("acme", name="Acme")
    return rag.tenant("acme")


async def test_an_ingested_file_is_found(acme: TenantHandle, tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    path.write_bytes(GUIDE)

    job = await acme.ingest(path)
    found = await acme.search("When are refunds paid?")

    assert found.hits[0].source.document_id == job.document_id
    assert found.hits[0].source.filename == "guide.md"


async def test_bytes_need_a_filename(acme: TenantHandle) -> None:
    with pytest.raises(MalformedError, match="filename"):
        await acme.ingest(GUIDE)


async def test_the_same_file_twice_is_one_document(acme: TenantHandle) -> None:
    first = await acme.ingest(GUIDE, filename="guide.md")
    second = await acme.ingest(GUIDE, filename="guide.md")

    assert second.job_id == first.job_id
    assert len([document async for document in acme.documents()]) == 1


async def test_a_replaced_document_answers_from_its_new_version(acme: TenantHandle) -> None:
    job = await acme.ingest(GUIDE, filename="guide.md")

    newer = GUIDE.replace(b"30 days", b"60 days")
    await acme.ingest(newer, filename="guide.md", document_id=job.document_id)

    texts = [chunk.text async for chunk in acme.chunks(job.document_id)]
    assert "60 days" in texts[0]


async def test_more_files_than_the_queue_takes_are_waited_for(rag: RagTenancy) -> None:
    await rag.create_tenant("acme", config={"limits": {"max_pending_jobs": 1}})
    acme = rag.tenant("acme")
    await acme.ingest(GUIDE, filename="first.md", wait=False)

    second = await acme.ingest(GUIDE, filename="second.md")

    assert second.status == "succeeded"


async def test_a_full_installation_is_not_waited_for(rag: RagTenancy) -> None:
    await rag.create_tenant("acme", config={"limits": {"max_documents": 1}})
    acme = rag.tenant("acme")
    await acme.ingest(GUIDE, filename="first.md")

    with pytest.raises(LimitError):
        await acme.ingest(GUIDE, filename="second.md")


async def test_a_damaged_file_raises_why(acme: TenantHandle) -> None:
    with pytest.raises((UnreadableDocumentError, UnsupportedError)):
        await acme.ingest(b"PK\x03\x04 not a document", filename="broken.docx")


async def test_a_watched_job_tells_its_progress(acme: TenantHandle) -> None:
    seen: list[Job] = []

    await acme.ingest(GUIDE, filename="guide.md", watch=seen.append)

    assert seen[-1].progress == 1.0


async def test_without_waiting_the_job_is_queued(acme: TenantHandle) -> None:
    job = await acme.ingest(GUIDE, filename="guide.md", wait=False)

    assert (await acme.job(job.job_id)).job.job_id == job.job_id
    assert [each.job_id async for each in acme.jobs()] == [job.job_id]


async def test_metadata_filters_what_is_found(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md", metadata={"year": 2026})

    found = await acme.search("refunds", filters=SearchFilters(metadata={"year": [2025]}))

    assert not found.hits


async def test_a_filter_of_one_value_needs_no_list(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md", metadata={"kind": "guide"})

    found = await acme.search("refunds", filters=SearchFilters(metadata={"kind": "guide"}))

    assert found.hits


async def test_metadata_of_other_types_is_refused(acme: TenantHandle) -> None:
    with pytest.raises(MalformedError):
        await acme.ingest(GUIDE, filename="guide.md", metadata={"a": [1]})  # type: ignore[dict-item]


async def test_an_answer_names_its_source(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md")

    reply = await acme.ask("When are refunds paid?")

    assert reply.grounded
    assert "30 days" in reply.answer
    assert reply.sources[0].filename == "guide.md"


async def test_the_streamed_tokens_are_the_answer(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md")

    events = [event async for event in acme.stream("When are refunds paid?")]

    assert isinstance(events[0], SourcesFound)
    assert isinstance(events[-1], Done)
    tokens = "".join(event.text for event in events if isinstance(event, Token))
    assert tokens == events[-1].reply.answer


async def test_a_session_remembers_until_it_is_erased(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md")
    first = await acme.ask("When are refunds paid?", user_id="ann")
    await acme.ask("And where?", session_id=first.session_id)

    turns = [turn.question async for turn in acme.turns(first.session_id)]
    erased = await acme.erase_user("ann")

    assert turns == ["When are refunds paid?", "And where?"]
    assert erased == 1
    assert [session async for session in acme.sessions()] == []


async def test_a_deleted_document_is_not_found_any_more(acme: TenantHandle) -> None:
    job = await acme.ingest(GUIDE, filename="guide.md")

    receipt = await acme.delete(job.document_id)

    assert receipt.verified
    assert not (await acme.search("refunds")).hits
    with pytest.raises(NotFoundError):
        await acme.document(job.document_id)


async def test_another_tenants_document_is_as_unknown_as_an_absent_one(
    rag: RagTenancy, acme: TenantHandle
) -> None:
    await rag.create_tenant("other")
    job = await acme.ingest(GUIDE, filename="guide.md")

    with pytest.raises(NotFoundError) as foreign:
        await rag.tenant("other").delete(job.document_id)
    with pytest.raises(NotFoundError) as absent:
        await rag.tenant("other").delete("doc_absent")

    assert foreign.value.detail == absent.value.detail


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "x" * 201),
        ("scopes", ["admin"]),
        ("expires_at", datetime(2100, 1, 1)),  # noqa: DTZ001 - it has no zone
    ],
)
async def test_a_key_out_of_its_bounds_is_not_made(
    acme: TenantHandle, field: str, value: Any
) -> None:
    with pytest.raises(MalformedError, match=f"^`{field}"):
        await acme.create_api_key(**{field: value})

    assert len([key async for key in acme.api_keys()]) == 1


async def test_a_revoked_key_stays_listed(acme: TenantHandle) -> None:
    issued = await acme.create_api_key(label="ci")

    await acme.revoke_api_key(issued.record.key_id)

    records = {key.label: key.revoked_at async for key in acme.api_keys()}
    assert records["first"] is None
    assert records["ci"] is not None


async def test_a_configuration_is_versioned_and_can_be_rolled_back(acme: TenantHandle) -> None:
    await acme.set_config({"search_settings": {"top_k": 3}})
    await acme.rollback_config(1)

    versions = [version.config.search_settings.top_k async for version in acme.config_versions()]
    assert versions == [5, 3, 5]


@pytest.mark.parametrize("top_k", [0, 101])
async def test_a_number_of_hits_out_of_bounds_is_refused(acme: TenantHandle, top_k: int) -> None:
    with pytest.raises(MalformedError):
        await acme.search("refunds", top_k=top_k)


async def test_another_model_answers_after_a_reindex(container: Container, rag: RagTenancy) -> None:
    await rag.create_tenant("acme")
    acme = rag.tenant("acme")
    await acme.ingest(b"Refunds take 30 days.", filename="a.txt")
    embedder = container.embedder()
    assert isinstance(embedder, FailingEmbedder)
    embedder.name = "another"
    with pytest.raises(ReindexRequiredError):
        await acme.search("refunds")
    with pytest.raises(ReindexRequiredError):
        await acme.ingest(b"Prices are net.", filename="b.txt")

    done = await acme.reindex()

    assert (done.model, done.documents, done.switched) == ("another", 1, 1)
    assert len((await acme.search("refunds")).hits) == 1


async def test_feedback_is_given_and_listed(acme: TenantHandle) -> None:
    job = await acme.ingest(GUIDE, filename="guide.md")
    reply = await acme.ask("When are refunds paid?", session_id="s1")

    await acme.give_feedback("s1", reply.turn_id, "down", right_document_id=job.document_id)

    (rated,) = [each async for each in acme.feedback()]
    assert (rated.session_id, rated.turn.turn_id) == ("s1", reply.turn_id)
    assert rated.right_documents == {job.document_id}


@pytest.mark.parametrize(
    "given", [{"rating": "sideways"}, {"rating": "up", "comment": "a" * 4_001}]
)
async def test_feedback_out_of_bounds_is_malformed(acme: TenantHandle, given: Any) -> None:
    with pytest.raises(MalformedError):
        await acme.give_feedback("s1", "turn_1", **given)


async def test_feedback_on_what_is_absent_is_not_found(acme: TenantHandle) -> None:
    await acme.ingest(GUIDE, filename="guide.md")
    reply = await acme.ask("When are refunds paid?", session_id="s1")

    with pytest.raises(NotFoundError, match="turn"):
        await acme.give_feedback("s1", "turn_none", "up")
    with pytest.raises(NotFoundError, match="document"):
        await acme.give_feedback("s1", reply.turn_id, "up", right_document_id="doc_none")


async def test_feedback_since_a_time_without_a_zone_is_malformed(acme: TenantHandle) -> None:
    with pytest.raises(MalformedError, match="from"):
        [each async for each in acme.feedback(since=datetime(2026, 1, 1))]  # noqa: DTZ001


async def test_the_stored_text_holds_the_sources(acme: TenantHandle) -> None:
    job = await acme.ingest(GUIDE, filename="guide.md")
    (source, *_) = (await acme.ask("When are refunds paid?")).sources

    stored = await acme.text(job.document_id)

    assert source.range is not None
    assert stored.text[slice(*source.range)] == source.text
