"""Namespaces as people have them: no order in the ids, several programs' keys, mixed clients."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.adapters.memory.plan_documents import InMemoryPlanDocuments
from ragtenancy.app.migration.namespace_survey import survey
from ragtenancy.container import Container
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.ids import DocumentId, Namespace, TenantId
from ragtenancy.domain.plan_documents import PlanDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.rag import RagTenancy
from ragtenancy.library.tenant import TenantHandle
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignRecord
from ragtenancy.settings import Settings
from tests.cloud.old_namespace import fill, opened, record

pytestmark = pytest.mark.emulator

SCOPE = TenantId("circular_ai")


def said(at: int) -> str:
    return f"Step {at} of the guide: turn the valve K{at:03d} to the left."


async def chunks_of(rag: RagTenancy, container: Container, document_id: DocumentId) -> list[Chunk]:
    scope = (await rag.get_tenant("circular_ai")).scope
    return list((await container.documents().chunks(scope, document_id, limit=100)).items)


async def by_name(client: TenantHandle) -> dict[str, DocumentId]:
    return {d.shown.filename: d.document_id async for d in client.documents()}


async def copied(container: Container, scope: TenantScope) -> None:
    """Copy the default namespace, as a migration does that is interrupted before it verifies."""
    migration = container.namespace_migration()
    found = await survey(container.foreign_namespaces(), DEFAULT_NAMESPACE, scope)
    state = await migration._begun(DEFAULT_NAMESPACE, scope.namespace, scope.tenant_id)
    await migration._copying.copy(await migration._matching(state, found), found, scope)


async def langchain(at: int, **metadata: object) -> ForeignRecord:
    """Return a record as `PyPDFLoader` with a splitter and `PineconeVectorStore` write it."""
    more = {"source": "/docs/guide.pdf", "page": float(at // 3), "start_index": float(at % 3 * 800)}
    return await record(str(uuid.uuid4()), said(at), **{**more, **metadata})


async def test_chunks_come_in_order_with_their_pages_and_passages_are_widened(
    old_settings: Settings,
) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, [await langchain(at) for at in range(12)])

        migrated = await rag.migrate_namespace("circular_ai", "")

        client = rag.tenant("circular_ai")
        ids = await by_name(client)
        chunks = await chunks_of(rag, container, ids["guide.pdf"])
        reply = await client.ask("Which way does the valve K004 turn?")

    assert [chunk.text for chunk in chunks] == [said(at) for at in range(12)]
    assert [chunk.page for chunk in chunks] == [at // 3 + 1 for at in range(12)]
    assert migrated.unordered == []
    assert said(4) in reply.sources[0].text
    assert f"{said(4)}\n{said(5)}" in reply.sources[0].text


async def test_an_unknown_order_is_told_and_nothing_is_widened(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        records = [await record(str(uuid.uuid4()), said(at), source="a.pdf") for at in range(6)]
        await fill(container, records)

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

        client = rag.tenant("circular_ai")
        [document] = [d async for d in client.documents()]
        reply = await client.ask("Which way does the valve K004 turn?")

    assert migrated.unordered == ["a.pdf"]
    assert document.shown.metadata["chunk_order"] == "unknown"
    assert reply.sources[0].text == said(4)


async def test_the_original_is_a_text_and_is_named_so(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        created = await rag.create_tenant("circular_ai")
        records = [await record(f"g-{at}", said(at), source="guide.docx") for at in (9, 10)]
        await fill(container, records)
        await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        [document] = [d async for d in rag.tenant("circular_ai").documents()]

        original = await container.documents().original(created.tenant.scope, document.document_id)
        body = b"".join([piece async for piece in original.body])

    assert (original.filename, original.media_type) == ("guide.docx.txt", "text/plain")
    assert body.decode() == f"{said(9)}\n\n{said(10)}"
    assert document.shown.filename == "guide.docx"


async def test_records_of_several_programs_are_read(old_settings: Settings) -> None:
    node = json.dumps({"text": said(1), "start_char_idx": 0, "relationships": {}})
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        llama = await record("n1", said(1), _node_content=node, file_name="llama.pdf")
        empty = await record("e1", said(9), source="empty.pdf", body="elsewhere", tags=["a", "b"])
        await fill(
            container,
            [
                structs.replace(llama, metadata={**llama.metadata, "text": ""}),
                await record("p1", said(2), text="", page_content=said(2), source="page.pdf"),
                await record("c1", said(3), text="", chunk_text=said(3), filename="chunk.docx"),
                structs.replace(empty, metadata={**empty.metadata, "text": "  "}),
            ],
        )

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

        names = sorted(await by_name(rag.tenant("circular_ai")))
        hits = (await rag.tenant("circular_ai").search("valve K001")).hits

    assert names == ["chunk.docx", "llama.pdf", "page.pdf"]
    assert hits[0].source.text == said(1)
    assert (migrated.copied, migrated.left_out.without_text) == (3, 1)
    assert set(migrated.left_out.keys) == {"text", "source", "body", "tags"}


async def test_without_any_text_nothing_is_copied_until_its_key_is_named(
    old_settings: Settings,
) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        records = [
            await record(f"x-{at}", said(at), text="", body=said(at), url="https://e.org/a")
            for at in range(3)
        ]
        await fill(container, records)

        with pytest.raises(ConflictError, match="body") as refused:
            await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE, text_key="body")
        hits = (await rag.tenant("circular_ai").search("valve K001")).hits
        removed = await rag.delete_source("circular_ai")

    assert refused.value.reason == "no_text"
    assert (migrated.copied, migrated.documents, removed) == (3, 1, 3)
    assert hits[0].source.text == said(1)


async def test_the_plans_record_is_taken_over_and_goes_with_the_source(
    old_settings: Settings,
) -> None:
    old = PlanDocument(
        record_id="doc_circular_ai_user_guide_001",
        filename="User_Guide.docx",
        version="2.1",
        uploaded_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        total_chunks=3,
        images_processed=15,
    )
    stale = structs.replace(old, record_id="doc_gone", filename="gone.docx")
    plan = InMemoryPlanDocuments({SCOPE: [old, stale]})
    async with opened(old_settings) as (rag, container):
        container.plan_documents.override(providers.Object(plan))
        created = await rag.create_tenant("circular_ai")
        records = [await record(f"g-{at}", said(at), source="User_Guide.docx") for at in range(2)]
        await fill(container, records)

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        [document] = [d async for d in rag.tenant("circular_ai").documents()]
        kept = len(await plan.of(created.tenant.scope))
        await rag.delete_source("circular_ai")
        left = await plan.of(created.tenant.scope)

    assert document.active is not None
    assert (document.shown.filename, document.shown.version) == ("User_Guide.docx", 2)
    assert document.created_at == document.shown.uploaded_at == old.uploaded_at
    assert document.active.images_processed == 15
    assert document.shown.metadata["plan_version"] == "2.1"
    assert migrated.plan_records == ["User_Guide.docx"]
    assert migrated.unused_records == ["doc_gone"]
    assert migrated.differing == ["User_Guide.docx: 2 of 3 chunks"]
    assert (kept, list(left)) == (2, [])


async def test_the_clients_own_namespace_may_be_the_source(old_settings: Settings) -> None:
    own = Namespace("circular_ai")
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        foreign = container.foreign_namespaces()
        await foreign.write(own, [await langchain(at) for at in range(120)])

        migrated = await rag.migrate_namespace("circular_ai", own)
        again = await rag.migrate_namespace("circular_ai", own)
        removed = await rag.delete_source("circular_ai")
        hits = (await rag.tenant("circular_ai").search("valve K007", top_k=1)).hits
        left = [r async for page in foreign.pages(own, after=None) for r in page.records]

    assert (migrated.copied, migrated.compared, again.compared) == (120, 120, 120)
    assert (removed, len(left)) == (120, 120)
    assert hits[0].source.text == said(7)


async def test_of_several_clients_records_only_the_clients_own_are_taken(
    old_settings: Settings,
) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await rag.create_tenant("acme")
        records = [
            await record(f"g-{at}", said(at), source="guide.pdf", client_id=client)
            for at, client in enumerate(["circular_ai", "globex", "circular_ai"])
        ]
        await fill(container, records)

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        with pytest.raises(InvalidError, match="circular_ai, globex"):
            await rag.migrate_namespace("acme", DEFAULT_NAMESPACE)
        removed = await rag.delete_source("circular_ai")
        left = [
            r.id
            async for page in container.foreign_namespaces().pages(DEFAULT_NAMESPACE, after=None)
            for r in page.records
        ]

    assert (migrated.copied, migrated.left_out.of_other_clients) == (2, 1)
    assert (removed, left) == (2, ["g-1"])


async def test_records_of_another_installations_client_are_refused(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, [await record("x", said(1), tenant_uid="t" + "z" * 26)])

        with pytest.raises(InvalidError):
            await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)


async def test_records_that_repeat_others_are_left_out(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, [await langchain(at % 6) for at in range(12)])

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

    assert (migrated.copied, migrated.left_out.duplicates, list(migrated.unordered)) == (6, 6, [])


async def test_a_source_that_changes_during_the_copy_is_copied_anew(
    old_settings: Settings,
) -> None:
    async with opened(old_settings) as (rag, container):
        created = await rag.create_tenant("circular_ai")
        records = [await record(f"g-{at}", said(at), source="a.pdf") for at in (1, 2, 3)]
        await fill(container, records[1:])
        await copied(container, created.tenant.scope)
        await fill(container, records)

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

        ids = await by_name(rag.tenant("circular_ai"))
        chunks = await chunks_of(rag, container, ids["a.pdf"])
        census = await container.vectors().count(created.tenant.scope, ids["a.pdf"])
        await fill(container, [await record("g-4", said(4), source="a.pdf")])
        with pytest.raises(ConflictError, match="changed"):
            await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        with pytest.raises(ConflictError, match="changed"):
            await rag.delete_source("circular_ai")

    assert [chunk.text for chunk in chunks] == [said(1), said(2), said(3)]
    assert (migrated.copied, census) == (3, 3)


async def test_the_only_copy_is_not_undone(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, [await record("g-1", said(1), source="a.pdf")])
        await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        await rag.delete_source("circular_ai")

        with pytest.raises(ConflictError):
            await rag.undo_namespace("circular_ai")
        again = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        assert await rag.delete_source("circular_ai") == 0

    assert again.copied == 1


async def test_a_rehearsal_overwrites_nothing(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await fill(container, [await record("g-1", said(1), source="a.pdf")])
        foreign = container.foreign_namespaces()
        await foreign.write(Namespace("used"), [await record("g-1", said(9))])

        with pytest.raises(ConflictError, match="not empty"):
            await rag.rehearse_namespace(DEFAULT_NAMESPACE, "used")

        assert (await foreign.fetch(Namespace("used"), ["g-1"]))["g-1"].metadata["text"] == said(9)


async def test_an_empty_namespace_is_told(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, _):
        await rag.create_tenant("circular_ai")

        with pytest.raises(NotFoundError, match="no records"):
            await rag.migrate_namespace("circular_ai", "mistyped")


async def test_metadata_as_large_as_pinecone_allows_is_copied(old_settings: Settings) -> None:
    async with opened(old_settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        large = await record("g-1", said(1), source="a.pdf", _node_content="x" * 40_700)
        await fill(container, [large, await record("g-2", said(2), source="a.pdf", tags=["a"])])

        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

    assert (migrated.copied, migrated.compared) == (2, 2)
