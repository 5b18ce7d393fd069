"""Clients that move as bundles."""

from __future__ import annotations

import asyncio
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import apsw
import numpy as np
import pytest

from ragtenancy import RagTenancy
from ragtenancy.app.migration import bundle_format
from ragtenancy.container import Container
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)
from ragtenancy.settings import Settings
from tests.bundles import QUESTION, furnish, held, rewritten
from tests.doubles import in_memory_container

OUT_OF_BOUNDS = [
    ("client/client.json", b'"client_id":"acme"', b'"client_id":"../acme"'),
    ("client/client.json", b'"name":"Acme & Co"', b'"name":""'),
    ("client/client.json", b'"sessions":2', b'"sessions":1000000000000'),
    ("configs/1.json", b'"bm25_weight":0.3', b'"bm25_weight":0.4'),
    ("configs/2.json", b'"version":2', b'"version":3'),
    ("configs/2.json", b'Z"', b'"'),
    ("documents/2.json", b'"year":2026', b'"year":"' + b"x" * 1_001 + b'"'),
    ("documents/2.json", b'"year":2026', b'"year":10000000000000000000'),
    ("documents/2.json", b'"filename":"word.docx"', b'"filename":""'),
    ("documents/2.json", b'"filename":"word.docx"', b'"filename":"a\\u0000.docx"'),
    ("documents/2.json", b'"blob":"blob_', b'"blob":"../blob_'),
    ("documents/2.json", b'"size":', b'"size":1'),
    ("documents/1.json", b'"total_chunks":2', b'"total_chunks":1000000000000'),
    ("documents/1.json", b'"deleting":false', b'"deleting":true'),
    ("documents/1.json", b'"embedding_fingerprint":"', b'"embedding_fingerprint":"' + b"x" * 501),
    ("chunks/1.jsonl", b'"token_count":', b'"token_count":-'),
    ("sessions/1.jsonl", b'"session_id":"one"', b'"session_id":"../one"'),
    ("sessions/1.jsonl", b'"user_id":"ann"', b'"user_id":"a b"'),
    ("sessions/1.jsonl", b'"index":1,"turn_id"', b'"index":9,"turn_id"'),
]


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[RagTenancy]:
    async with RagTenancy.open(container=_awake(Settings(data_dir=folder))) as rag:
        yield rag


@asynccontextmanager
async def in_memory() -> AsyncIterator[RagTenancy]:
    async with RagTenancy.open(container=_awake(Settings(storage="memory"))) as rag:
        yield rag


def _awake(settings: Settings) -> Container:
    """Return an installation with hashed vectors and the machine's clock."""
    container = in_memory_container(settings)
    container.clock.reset_override()
    return container


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a furnished client."""
    folder = tmp_path_factory.mktemp("exported")

    async def export() -> None:
        async with embedded(folder / "data") as rag:
            await furnish(rag, "acme")
            await rag.export_tenant("acme", folder / "acme.bundle")

    asyncio.run(export())
    return folder / "acme.bundle"


async def bundle_of(rag: RagTenancy, client_id: str, path: Path) -> dict[str, bytes]:
    await rag.export_tenant(client_id, path)
    return dict(held(path, (await rag.get_tenant(client_id)).tenant_uid))


async def test_from_sqlite_to_memory_and_back_gives_the_start(tmp_path: Path) -> None:
    bundles = [tmp_path / f"{number}.bundle" for number in range(3)]
    async with embedded(tmp_path / "one") as start, in_memory() as between:
        await furnish(start, "acme")
        first = await bundle_of(start, "acme", bundles[0])
        await between.import_tenant(bundles[0])
        second = await bundle_of(between, "acme", bundles[1])
    async with embedded(tmp_path / "two") as end:
        await end.import_tenant(bundles[1])
        third = await bundle_of(end, "acme", bundles[2])
        reply = await end.tenant("acme").search(QUESTION)

    assert first == second == third
    assert len(first) == 1 + 2 + 2 * 4 + 2
    assert reply.hits[0].source.filename == "guide.md"


async def test_a_bundle_is_for_its_owners_eyes(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")

        await rag.export_tenant("acme", tmp_path / "1.bundle")

    assert (tmp_path / "1.bundle").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("lost", ["original", "vectors"])
async def test_a_document_that_is_not_stored_whole_is_not_exported(
    tmp_path: Path, lost: str
) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")
    damage(tmp_path / "data", lost)

    async with embedded(tmp_path / "data") as rag:
        with pytest.raises(UnavailableError, match="is incomplete"):
            await rag.export_tenant("acme", tmp_path / "1.bundle")

    assert not (tmp_path / "1.bundle").exists()


def damage(folder: Path, lost: str) -> None:
    [tenant] = (folder / "tenants").iterdir()
    if lost == "vectors":
        connection = apsw.Connection(str(tenant / "tenant.db"))
        connection.execute("DELETE FROM vectors")
        connection.close()
        return
    original = max((tenant / "blobs").rglob("*"), key=lambda path: path.is_file())
    original.write_bytes(b"another")


async def test_a_client_moves_under_another_id(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")
        await rag.export_tenant("acme", tmp_path / "acme.bundle")

        created = await rag.import_tenant(tmp_path / "acme.bundle", tenant_id="globex")

        hits = (await rag.tenant("globex").search(QUESTION)).hits
        assert created.tenant.status == "active"
        assert hits[0].source.filename == "guide.md"
        assert created.tenant.tenant_uid != (await rag.get_tenant("acme")).tenant_uid


@pytest.mark.parametrize("start", [b"null", b"7"])
async def test_where_a_chunk_stands_is_found_anew(tmp_path: Path, start: bytes) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")
        first = await bundle_of(rag, "acme", tmp_path / "acme.bundle")
        change = ("chunks/1.jsonl", b'"start":0', b'"start":' + start)
        forged = await forge(tmp_path / "acme.bundle", *change)

        await rag.import_tenant(forged, tenant_id="globex")

        second = await bundle_of(rag, "globex", tmp_path / "globex.bundle")
        assert second["chunks/1.jsonl"] == first["chunks/1.jsonl"]


async def test_a_filename_of_any_letters_and_spaces_moves(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as rag:
        await rag.create_tenant("acme")
        await rag.tenant("acme").ingest(b"# Refunds", filename="Notes 9.41\u202fAM ü.md")
        await rag.export_tenant("acme", tmp_path / "acme.bundle")

        await rag.import_tenant(tmp_path / "acme.bundle", tenant_id="globex")

        moved = [document.shown.filename async for document in rag.tenant("globex").documents()]
        assert moved == ["Notes 9.41\u202fAM ü.md"]


async def test_an_id_that_is_taken_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")
        before = await bundle_of(rag, "acme", tmp_path / "1.bundle")

        with pytest.raises(AlreadyExistsError):
            await rag.import_tenant(tmp_path / "1.bundle")

        assert await bundle_of(rag, "acme", tmp_path / "2.bundle") == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("client/client.json", b'"documents":2', b'"documents":3'),
        ("client/client.json", b'"configs":2', b'"configs":0'),
        ("documents/1.json", b'"total_chunks":2', b'"total_chunks":3'),
        ("documents/2.json", b'"content_hash":"', b'"content_hash":"0'),
        ("documents/2.json", b'"active":{', b'"active":[{'),
        ("chunks/1.jsonl", b'"ordinal":1', b'"ordinal":7'),
        (
            "documents/1.json",
            b'"attached_to":null,"attachments":[]',
            b'"attached_to":"doc_a","attachments":["doc_a"]',
        ),
        ("vectors/1.npy", b"NUMPY", b"PICKL"),
        ("sessions/1.jsonl", b'"question"', b'"quest"'),
        *OUT_OF_BOUNDS,
    ],
)
async def test_members_that_do_not_hold_together_leave_no_client(
    tmp_path: Path, exported: Path, name: str, old: bytes, new: bytes
) -> None:
    shutil.copy(exported, tmp_path)
    forged = await forge(tmp_path / exported.name, name, old, new)
    async with embedded(tmp_path / "data") as rag:
        with pytest.raises(MalformedError) as refused:
            await rag.import_tenant(forged, tenant_id="globex")

        assert refused.value.reason == "bad_bundle"
        with pytest.raises(NotFoundError):
            await rag.get_tenant("globex")
        await rag.create_tenant("globex")


@pytest.fixture
async def mails(tmp_path: Path) -> AsyncIterator[RagTenancy]:
    async with embedded(tmp_path / "data") as rag:
        await rag.create_tenant("acme")
        message = EmailMessage()
        message["Subject"] = "Offer"
        message.set_content("The offer is attached.")
        message.add_attachment("name,price\nvalve,80\n", subtype="csv", filename="prices.csv")
        await rag.tenant("acme").ingest(bytes(message), filename="offer.eml")
        await rag._container.worker().run(until_idle=True)
        yield rag


async def test_attached_files_move_with_their_document(tmp_path: Path, mails: RagTenancy) -> None:
    await mails.export_tenant("acme", tmp_path / "acme.bundle")

    await mails.import_tenant(tmp_path / "acme.bundle", tenant_id="globex")

    await mails.sweep(full=True, grace=timedelta(0))
    moved = [document async for document in mails.tenant("globex").documents()]
    assert [each.shown.filename for each in moved] == ["offer.eml", "offer.eml › prices.csv"]
    assert moved[1].attached_to == moved[0].document_id


async def test_files_of_a_document_that_is_being_deleted_are_not_exported(
    tmp_path: Path, mails: RagTenancy
) -> None:
    acme = mails.tenant("acme")
    [parent, _] = [document async for document in acme.documents()]
    scope = await acme._scope()
    await mails._container.document_repository().save(scope, parent.deleted())

    await mails.export_tenant("acme", tmp_path / "acme.bundle")

    await mails.import_tenant(tmp_path / "acme.bundle", tenant_id="globex")
    assert [each async for each in mails.tenant("globex").documents()] == []


async def test_a_file_of_a_document_that_does_not_list_it_is_refused(
    tmp_path: Path, mails: RagTenancy
) -> None:
    await mails.export_tenant("acme", tmp_path / "acme.bundle")
    old = b'"attached_to":"doc_'
    forged = await forge(tmp_path / "acme.bundle", "documents/2.json", old, old + b"x")

    with pytest.raises(MalformedError) as refused:
        await mails.import_tenant(forged, tenant_id="globex")

    assert refused.value.reason == "bad_bundle"


async def test_a_model_that_is_offered_stays(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", models="gpt-4o")
    async with RagTenancy.open(container=_awake(settings)) as rag:
        await rag.create_tenant("acme", config={"llm_settings": {"model": "gpt-4o"}})
        await rag.export_tenant("acme", tmp_path / "acme.bundle")

        created = await rag.import_tenant(tmp_path / "acme.bundle", tenant_id="globex")

        assert created.warnings == ()
        assert (await rag.tenant("globex").config()).config.llm_settings.model == "gpt-4o"


async def test_vectors_of_another_length_than_their_models_are_refused(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as rag:
        await furnish(rag, "acme")
        await rag.export_tenant("acme", tmp_path / "acme.bundle")
        vectors = bundle_format.packed(np.eye(2, 3, dtype=np.float32))
        with zipfile.ZipFile(tmp_path / "acme.bundle") as archive:
            change = ("vectors/1.npy", archive.read("vectors/1.npy"), vectors)
        forged = await forge(tmp_path / "acme.bundle", *change)

        with pytest.raises(MalformedError, match="do not match its model") as refused:
            await rag.import_tenant(forged, tenant_id="globex")

        assert refused.value.reason == "bad_bundle"


async def forge(bundle: Path, name: str, text: bytes, other: bytes) -> Path:
    """Return the bundle with a text of one member replaced and every checksum right."""

    def changed(body: bytes) -> bytes:
        assert text in body
        return body.replace(text, other)

    return await rewritten(bundle, name, changed)


async def test_feedback_and_what_is_withheld_move_with_the_client(tmp_path: Path) -> None:
    bundle = tmp_path / "acme.bundle"
    async with in_memory() as rag:
        await furnish(rag, "acme")
        client = rag.tenant("acme")
        (turn, _) = [each async for each in client.turns("one")]
        await client.give_feedback("one", turn.turn_id, "down", comment="Too short.")
        for document_id in {source.document_id for source in turn.sources}:
            await client.delete(document_id)
        shown = [each async for each in client.turns("one")]
        rated = [each async for each in client.feedback()]
        await rag.export_tenant("acme", bundle)

    async with embedded(tmp_path / "data") as rag:
        await rag.import_tenant(bundle)
        moved = rag.tenant("acme")

        assert (shown[0].withheld, shown[0].answer) == (True, "")
        assert [each async for each in moved.turns("one")] == shown
        assert [each async for each in moved.feedback()] == rated
    assert turn.sources[0].text.encode() not in b"".join(held(bundle, "no uid").values())


@pytest.mark.parametrize("forged", [b'"comment":"' + b"x" * 4_001, b'"comment":"a\\u0000'])
async def test_forged_feedback_is_refused(tmp_path: Path, forged: bytes) -> None:
    bundle = tmp_path / "acme.bundle"
    async with in_memory() as rag:
        await furnish(rag, "acme")
        client = rag.tenant("acme")
        (turn, _) = [each async for each in client.turns("one")]
        await client.give_feedback("one", turn.turn_id, "down", comment="Too short.")
        await rag.export_tenant("acme", bundle)
    change = lambda body: body.replace(b'"comment":"Too short.', forged)  # noqa: E731

    broken = await rewritten(bundle, "sessions/1.jsonl", change)

    async with in_memory() as rag:
        with pytest.raises(MalformedError):
            await rag.import_tenant(broken)
