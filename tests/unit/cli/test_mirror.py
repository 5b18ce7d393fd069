"""A client's documents follow a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.cli import mirror as mirroring
from ragtenancy.cli.ingest_report import Silence
from ragtenancy.cli.ingestion import FileToIngest, IngestFiles
from ragtenancy.cli.mirror import Mirror
from ragtenancy.cli.outcomes import Outcome
from ragtenancy.container import Container
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.library.tenant import TenantHandle
from tests.doubles import in_memory_container
from tests.scripted.embeddings import ScriptedEmbedder


class Following(Struct):
    """A folder, the client that follows it, and what was done for it."""

    folder: Path
    tenant: TenantHandle
    ingested: list[str] = []
    told: list[Outcome] = []

    async def started(self, *, delete: bool = False) -> Mirror:
        """A mirror that has looked often enough to have everything in."""
        mirror = Mirror(
            self.tenant, self.folder, self._ingest, self.told.append, metadata={}, delete=delete
        )
        await mirror._kept.recall(self.tenant.documents())
        await self.look(mirror)
        return mirror

    async def look(self, mirror: Mirror, times: int = 3) -> None:
        for _ in range(times):
            await mirror.step()

    async def texts(self) -> dict[str, str]:
        """The text of each active document, by the path that it came from."""
        found = {}
        async for document in self.tenant.documents(status=DocumentStatus.ACTIVE):
            chunks = [chunk.text async for chunk in self.tenant.chunks(document.document_id)]
            found[str(document.shown.metadata["path"])] = " ".join(chunks)
        return found

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    async def _ingest(self, files: Sequence[FileToIngest]) -> Sequence[Outcome]:
        self.ingested += [file.path.relative_to(self.folder).as_posix() for file in files]
        return await IngestFiles(self.tenant, Silence())(files)


@pytest.fixture
def container() -> Container:
    container = in_memory_container()
    container.clock.reset_override()
    return container


@pytest.fixture
async def following(container: Container, tmp_path: Path) -> AsyncIterator[Following]:
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "refunds.txt").write_text("Refunds take 30 days.")
    async with RagTenancy.open(container=container) as rag:
        await rag.create_tenant("acme")
        yield Following(folder, rag.tenant("acme"))


async def test_new_files_come_in_once(following: Following) -> None:
    mirror = await following.started()
    following.write("sub/prices.txt", "Prices are net.")
    await following.look(mirror)

    assert following.ingested == ["refunds.txt", "sub/prices.txt"]
    assert await following.texts() == {
        "guides/refunds.txt": "Refunds take 30 days.",
        "guides/sub/prices.txt": "Prices are net.",
    }


async def test_a_changed_file_replaces_its_document(following: Following) -> None:
    mirror = await following.started()
    following.write("refunds.txt", "Refunds take 60 days, at most.")
    await following.look(mirror)

    assert await following.texts() == {"guides/refunds.txt": "Refunds take 60 days, at most."}
    assert len([d async for d in following.tenant.documents()]) == 1


async def test_another_run_knows_what_is_in_step(following: Following) -> None:
    await following.started()
    following.ingested.clear()

    await following.started()

    assert following.ingested == []


async def test_what_changed_between_two_runs_replaces_its_document(following: Following) -> None:
    await following.started()
    following.write("refunds.txt", "Never.")

    await following.started()

    assert await following.texts() == {"guides/refunds.txt": "Never."}


async def test_a_vanished_file_stays_unless_told_otherwise(following: Following) -> None:
    following.write("prices.txt", "Prices are net.")
    mirror = await following.started()
    (following.folder / "prices.txt").unlink()
    await following.look(mirror)

    assert len(await following.texts()) == 2


async def test_a_vanished_file_is_deleted_when_told_so(following: Following) -> None:
    following.write("prices.txt", "Prices are net.")
    mirror = await following.started(delete=True)
    (following.folder / "prices.txt").unlink()
    await following.look(mirror)

    assert list(await following.texts()) == ["guides/refunds.txt"]
    assert [(Path(o.file).name, o.status) for o in following.told] == [("prices.txt", "deleted")]


async def test_what_vanished_between_two_runs_is_deleted_when_told_so(
    following: Following,
) -> None:
    following.write("prices.txt", "Prices are net.")
    await following.started()
    (following.folder / "prices.txt").unlink()

    await following.started(delete=True)

    assert list(await following.texts()) == ["guides/refunds.txt"]


async def test_a_moved_file_stays_its_document(following: Following) -> None:
    following.write("prices.txt", "Prices are net.")
    mirror = await following.started(delete=True)
    before = {d.document_id async for d in following.tenant.documents()}
    (following.folder / "old").mkdir()
    (following.folder / "prices.txt").rename(following.folder / "old" / "prices.txt")
    await following.look(mirror)

    assert {d.document_id async for d in following.tenant.documents()} == before
    assert sorted(await following.texts()) == ["guides/old/prices.txt", "guides/refunds.txt"]


async def test_twins_are_one_document_until_one_changes(following: Following) -> None:
    following.write("copy/refunds.txt", "Refunds take 30 days.")
    mirror = await following.started(delete=True)
    together = await following.texts()
    following.write("copy/refunds.txt", "Refunds take 60 days here.")
    await following.look(mirror)

    assert list(together.values()) == ["Refunds take 30 days."]
    assert await following.texts() == {
        "guides/refunds.txt": "Refunds take 30 days.",
        "guides/copy/refunds.txt": "Refunds take 60 days here.",
    }


async def test_a_twin_that_vanishes_takes_nothing_away(following: Following) -> None:
    following.write("copy/refunds.txt", "Refunds take 30 days.")
    mirror = await following.started(delete=True)
    (following.folder / "copy" / "refunds.txt").unlink()
    await following.look(mirror)

    assert list((await following.texts()).values()) == ["Refunds take 30 days."]


async def test_a_file_that_cannot_be_read_is_told_once_and_mended_by_a_change(
    following: Following,
) -> None:
    following.write("broken.docx", "no Word document")
    (following.folder / "broken.docx").write_bytes(b"\x00\x01\x02")
    mirror = await following.started()
    tries = following.ingested.count("broken.docx")
    following.write("broken.docx", "A text after all.")
    await following.look(mirror)

    assert tries == 1
    assert (await following.texts())["guides/broken.docx"] == "A text after all."


async def test_a_failed_document_is_replaced_by_its_mended_file(following: Following) -> None:
    following.write("empty.md", " \n")
    mirror = await following.started()
    following.write("empty.md", "# Now\n\nIt has words.")
    await following.look(mirror)

    assert (await following.texts())["guides/empty.md"] == "It has words."
    assert len([d async for d in following.tenant.documents()]) == 2


async def test_what_fails_for_a_passing_reason_is_tried_again(
    container: Container, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await container.configs().put(
        following.tenant.tenant_id,
        (await following.tenant.config()).config,
        created_by="test",
    )
    monkeypatch.setattr(mirroring, "SECONDS_UNTIL_AGAIN", 0.0)
    embedder = container.embedder()
    assert isinstance(embedder, ScriptedEmbedder)
    mirror = await following.started()
    following.write("later.txt", "Later.")
    await following.tenant.set_config({"limits": {"max_documents": 1}})
    await following.look(mirror)
    failed = list(await following.texts())
    await following.tenant.set_config({"limits": {"max_documents": 2}})
    await following.look(mirror)

    assert failed == ["guides/refunds.txt"]
    assert (await following.texts())["guides/later.txt"] == "Later."


async def test_a_document_that_somebody_deleted_comes_back_with_its_next_change(
    following: Following,
) -> None:
    mirror = await following.started()
    [document] = [d async for d in following.tenant.documents()]
    await following.tenant.delete(document.document_id)
    following.write("refunds.txt", "Refunds take 60 days, at most.")
    await following.look(mirror)

    assert list((await following.texts()).values()) == ["Refunds take 60 days, at most."]


async def test_it_ends_when_the_client_is_gone(container: Container, following: Following) -> None:
    mirror = await following.started()
    await container.tenant_deletions().delete(following.tenant.tenant_id, requested_by="test")
    following.write("refunds.txt", "Refunds take 60 days, at most.")

    with pytest.raises(NotFoundError):
        await following.look(mirror)
