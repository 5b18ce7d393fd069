"""Backing up an installation in use, and restoring it elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from ragtenancy.container import Container
from ragtenancy.domain.backups import Manifest
from ragtenancy.domain.deletion_ledger import LedgerKind
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ConfigurationError,
    ConflictError,
    InvalidError,
    MalformedError,
    NewerStateError,
    NotFoundError,
    RagTenancyError,
    StateLostError,
    UnauthenticatedError,
)
from ragtenancy.domain.ids import ApiKeyId, DocumentId, SessionId, TenantId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.backups import Restored, back_up, restore, restore_client
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation

SECRET = "# Merger\n\nThe canary sings at dawn."
LATER = "# Evening\n\nA canary rests in its cage after dusk."


def at(folder: Path) -> Settings:
    return Settings(storage="sqlite", data_dir=folder)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Installation]:
    container = in_memory_container(at(folder))
    async with container.closers():
        yield Installation(container)


class Setup(msgspec.Struct, kw_only=True):
    """An installation that was backed up, and what was in it."""

    data: Path
    backup: Path
    scope: TenantScope
    kept: DocumentId
    secret: DocumentId
    key: str
    key_id: ApiKeyId

    async def restored(
        self, target: Path, *, ledger: Path | None = None, without_ledger: bool = False
    ) -> Restored:
        """Restore with the installation's own ledger, or another, or none."""
        own = None if without_ledger else self.data
        return await restore(
            at(target),
            self.backup,
            ledger=ledger or own,
            without_ledger=without_ledger,
            make=in_memory_container,
        )


@pytest.fixture
async def setup(tmp_path: Path) -> Setup:
    data, backup = tmp_path / "data", tmp_path / "backup"
    async with opened(data) as installation:
        container = installation.container
        created = await container.tenants().create("acme", "Acme")
        scope = created.tenant.scope
        kept = await installation.ingest(scope)
        secret = await installation.ingest(scope, SECRET, filename="secret.md")
        await installation.ask(scope, "When are refunds paid?", session_id=SessionId("s1"))
        await installation.ask(scope, "When does the canary sing?", session_id=SessionId("s2"))
        issued = await container.api_keys().issue(TenantId("acme"))
        await installation.tenant("other")
        await back_up(at(data), backup)
    return Setup(
        data=data,
        backup=backup,
        scope=scope,
        kept=kept,
        secret=secret,
        key=issued.api_key,
        key_id=issued.record.key_id,
    )


def wait(container: Container, time: timedelta) -> None:
    clock = container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(time)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_a_restored_installation_answers_as_before(setup: Setup, tmp_path: Path) -> None:
    async with opened(setup.data) as installation:
        before = await installation.search(setup.scope, "refunds")

    restored = await setup.restored(tmp_path / "restored")

    async with opened(tmp_path / "restored") as installation:
        after = await installation.search(setup.scope, "refunds")
        principal = await installation.container.authenticator().tenant(setup.key)
        turns = await installation.container.conversations().turns(setup.scope, SessionId("s1"))
    assert after.hits == before.hits != []
    assert principal.scope == setup.scope
    assert len(turns.items) == 1
    assert restored.report.differences == []
    assert restored.counts["acme"]["documents"] == 2


async def test_originals_come_back_byte_by_byte(setup: Setup, tmp_path: Path) -> None:
    await setup.restored(tmp_path / "restored")

    blobs = Path("tenants") / setup.scope.tenant_uid / "blobs"
    assert everything(tmp_path / "restored" / blobs) == everything(setup.data / blobs)


async def test_a_process_that_kept_running_does_not_answer_from_what_it_remembers(
    setup: Setup, tmp_path: Path
) -> None:
    async with opened(setup.data) as installation:
        later = await installation.ingest(setup.scope, LATER, filename="later.md")
        before = await installation.search(setup.scope, "canary")
        moved = setup.data.rename(tmp_path / "moved")

        await setup.restored(setup.data, ledger=moved)

        after = await installation.search(setup.scope, "canary")
    assert later in {hit.source.document_id for hit in before.hits}
    assert {hit.source.document_id for hit in after.hits} >= {setup.secret}
    assert later not in {hit.source.document_id for hit in after.hits}


async def test_what_was_deleted_since_stays_deleted(setup: Setup, tmp_path: Path) -> None:
    async with opened(setup.data) as installation:
        container = installation.container
        receipt = await container.documents().delete(setup.scope, setup.secret)
        await container.conversations().erase(setup.scope, SessionId("s1"))

    restored = await setup.restored(tmp_path / "restored")

    async with opened(tmp_path / "restored") as installation:
        container = installation.container
        found = await installation.search(setup.scope, "canary")
        sessions = await container.conversations().page(setup.scope)
        turns = await container.conversations().turns(setup.scope, SessionId("s2"))
        entry = await container.deletion_ledger().get(
            setup.scope, LedgerKind.DOCUMENT, setup.secret
        )
    assert setup.secret not in {hit.source.document_id for hit in found.hits}
    assert [each.session_id for each in sessions.items] == ["s2"]
    assert "canary sings" not in str(turns.items)
    assert (restored.replayed.documents, restored.replayed.sessions) == (1, 1)
    assert entry is not None
    assert entry.receipt == receipt


async def test_a_session_begun_again_after_its_deletion_comes_back(
    setup: Setup, tmp_path: Path
) -> None:
    later = tmp_path / "later"
    async with opened(setup.data) as installation:
        container = installation.container
        await container.conversations().erase(setup.scope, SessionId("s1"))
        wait(container, timedelta(seconds=1))
        await installation.ask(setup.scope, "When are refunds paid?", session_id=SessionId("s1"))
        await back_up(at(setup.data), later)

    await restore(at(tmp_path / "restored"), later, ledger=setup.data, make=in_memory_container)

    async with opened(tmp_path / "restored") as installation:
        turns = await installation.container.conversations().turns(setup.scope, SessionId("s1"))
    assert len(turns.items) == 1


async def test_a_revoked_key_stays_revoked(setup: Setup, tmp_path: Path) -> None:
    async with opened(setup.data) as installation:
        await installation.container.api_keys().revoke(TenantId("acme"), setup.key_id)

    await setup.restored(tmp_path / "restored")

    async with opened(tmp_path / "restored") as installation:
        with pytest.raises(UnauthenticatedError):
            await installation.container.authenticator().tenant(setup.key)


async def test_a_rotated_key_keeps_the_end_of_its_overlap(setup: Setup, tmp_path: Path) -> None:
    async with opened(setup.data) as installation:
        api_keys = installation.container.api_keys()
        await api_keys.rotate(TenantId("acme"), setup.key_id, overlap=timedelta(hours=1))

    await setup.restored(tmp_path / "restored")

    async with opened(tmp_path / "restored") as installation:
        container = installation.container
        await container.authenticator().tenant(setup.key)
        wait(container, timedelta(hours=1))
        with pytest.raises(UnauthenticatedError):
            await container.authenticator().tenant(setup.key)


async def test_a_deleted_client_stays_deleted(setup: Setup, tmp_path: Path) -> None:
    async with opened(setup.data) as installation:
        await installation.container.tenant_deletions().delete(TenantId("acme"), requested_by="o")

    restored = await setup.restored(tmp_path / "restored")

    assert restored.replayed.clients == 1
    assert list(restored.counts) == ["other"]
    assert b"refunds" not in b"".join(everything(tmp_path / "restored").values()).lower()


async def test_without_a_ledger_a_restore_is_refused_and_the_time_is_named(
    setup: Setup, tmp_path: Path
) -> None:
    with pytest.raises(InvalidError, match=r"between 20.* UTC is not known") as refused:
        await restore(at(tmp_path / "restored"), setup.backup, make=in_memory_container)

    assert refused.value.reason == "ledger_needed"
    assert not (tmp_path / "restored").exists()


async def test_a_restore_without_a_ledger_says_what_it_does_not_know(
    setup: Setup, tmp_path: Path
) -> None:
    restored = await setup.restored(tmp_path / "restored", without_ledger=True)

    assert restored.window is not None
    assert restored.window.since == restored.manifest.made_at


async def test_a_ledger_with_a_hole_does_not_cover_the_same_backup_again(
    setup: Setup, tmp_path: Path
) -> None:
    await setup.restored(tmp_path / "restored", without_ledger=True)

    with pytest.raises(InvalidError, match="is not known"):
        await setup.restored(tmp_path / "again", ledger=tmp_path / "restored")


async def test_a_ledger_on_another_disk_survives_the_data(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    settings = msgspec.structs.replace(at(data), deletion_ledger=tmp_path / "ledger.jsonl")
    container = in_memory_container(settings)
    async with container.closers():
        installation = Installation(container)
        scope = await installation.tenant()
        secret = await installation.ingest(scope, SECRET, filename="secret.md")
        await back_up(settings, backup)
        await container.documents().delete(scope, secret)
    shutil.rmtree(data)

    restored = await restore(settings, backup, make=in_memory_container)

    assert restored.replayed.documents == 1
    assert restored.counts["acme"]["documents"] == 0
    assert restored.window is None


async def test_another_installations_ledger_is_refused(setup: Setup, tmp_path: Path) -> None:
    async with opened(tmp_path / "elsewhere") as installation:
        await installation.tenant("acme")

    with pytest.raises(InvalidError, match="another installation's"):
        await setup.restored(tmp_path / "restored", ledger=tmp_path / "elsewhere")


async def test_a_backup_is_for_its_owner_alone(setup: Setup) -> None:
    modes = {path: path.stat().st_mode & 0o777 for path in setup.backup.rglob("*")}

    assert setup.backup.stat().st_mode & 0o777 == 0o700
    assert {m for path, m in modes.items() if path.is_dir()} == {0o700}
    assert {m for path, m in modes.items() if path.is_file()} == {0o600}


async def test_a_backup_holds_nothing_that_was_deleted_before_it(
    setup: Setup, tmp_path: Path
) -> None:
    async with opened(setup.data) as installation:
        container = installation.container
        await container.documents().delete(setup.scope, setup.secret)
        await container.conversations().erase(setup.scope, SessionId("s2"))
        await back_up(at(setup.data), tmp_path / "later")

    assert b"canary sings" not in b"".join(everything(tmp_path / "later").values())


async def test_a_backup_is_never_overwritten(setup: Setup) -> None:
    before = everything(setup.backup)

    with pytest.raises(InvalidError, match="already exists"):
        await back_up(at(setup.data), setup.backup)

    assert everything(setup.backup) == before


async def test_a_folder_in_use_is_never_restored_over(setup: Setup) -> None:
    before = set(everything(setup.data))

    with pytest.raises(InvalidError, match="not empty"):
        await setup.restored(setup.data)

    assert set(everything(setup.data)) == before


async def test_a_client_whose_storage_is_lost_fails_the_backup(
    setup: Setup, tmp_path: Path
) -> None:
    shutil.rmtree(setup.data / "tenants" / setup.scope.tenant_uid)

    with pytest.raises(StateLostError, match="storage is missing"):
        await back_up(at(setup.data), tmp_path / "again")

    assert not (tmp_path / "again").exists()


async def test_a_lost_original_is_named(setup: Setup, tmp_path: Path) -> None:
    blobs = setup.data / "tenants" / setup.scope.tenant_uid / "blobs"
    lost = next(path for path in blobs.iterdir() if path.name != ".owner")
    lost.unlink()

    manifest = await back_up(at(setup.data), tmp_path / "again")

    assert [client.missing for client in manifest.clients] == [[lost.name], []]


def drop(backup: Path) -> None:
    next(backup.glob("tenants/*/blobs/[a-z0-9]*")).unlink()


def truncate(backup: Path) -> None:
    database = next(backup.glob("tenants/*/tenant.db"))
    database.write_bytes(database.read_bytes()[:8192])


def flip(backup: Path) -> None:
    blob = next(backup.glob("tenants/*/blobs/[a-z0-9]*"))
    content = bytearray(blob.read_bytes())
    content[0] ^= 1
    blob.write_bytes(content)


def lengthen(backup: Path) -> None:
    with (backup / "pepper.json").open("ab") as file:
        file.write(b" ")


def add(backup: Path) -> None:
    (backup / "tenants" / "extra").write_text("")


def cut_manifest(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(text[: len(text) // 2])


def change_manifest(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(
        text.replace('"client_id": "acme"', '"client_id": "ache"')
    )


def link(backup: Path) -> None:
    blob = next(backup.glob("tenants/*/blobs/[a-z0-9]*"))
    (backup.parent / "outside").write_bytes(blob.read_bytes())
    blob.unlink()
    blob.symlink_to(backup.parent / "outside")


def link_folder(backup: Path) -> None:
    folder = next(backup.glob("tenants/t*"))
    folder.rename(backup.parent / "outside")
    folder.symlink_to(backup.parent / "outside")


def climb(backup: Path) -> None:
    rewrite(backup, lambda path: "../outside" if path == "pepper.json" else path)
    (backup / "pepper.json").rename(backup.parent / "outside")


def absolute(backup: Path) -> None:
    rewrite(backup, lambda path: "/etc/hostname" if path == "pepper.json" else path)


def let_others_write(backup: Path) -> None:
    backup.chmod(0o777)


def rewrite(backup: Path, renamed: Callable[[str], str]) -> None:
    """Change paths in the manifest as one could who knows how its digest is made."""
    path = backup / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    files = [msgspec.structs.replace(f, path=renamed(f.path)) for f in manifest.files]
    sealed = msgspec.structs.replace(manifest, files=files, digest="").sealed
    path.write_bytes(msgspec.json.encode(sealed))


DAMAGE = [drop, truncate, flip, lengthen, add, cut_manifest, change_manifest, link, link_folder,
          climb, absolute, let_others_write]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: each.__name__)
async def test_a_damaged_or_hostile_backup_is_refused_as_a_whole(
    setup: Setup, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(setup.backup)

    with pytest.raises(MalformedError) as refused:
        await setup.restored(tmp_path / "restored")

    assert refused.value.reason == "bad_backup"
    assert names(tmp_path) <= {"data", "backup", "outside"}


async def test_a_newer_versions_backup_is_refused(setup: Setup, tmp_path: Path) -> None:
    path = setup.backup / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    newer = msgspec.structs.replace(manifest, control_schema=999, digest="").sealed
    path.write_bytes(msgspec.json.encode(newer))

    with pytest.raises(NewerStateError):
        await setup.restored(tmp_path / "restored")


async def test_a_backup_with_another_pepper_is_refused(setup: Setup, tmp_path: Path) -> None:
    async with opened(tmp_path / "elsewhere") as installation:
        await installation.tenant("acme")
    shutil.copy(tmp_path / "elsewhere" / "pepper.json", setup.data)
    await back_up(at(setup.data), tmp_path / "again")

    with pytest.raises(ConfigurationError, match="another pepper"):
        await restore(
            at(tmp_path / "restored"),
            tmp_path / "again",
            ledger=setup.data,
            make=in_memory_container,
        )

    assert not (tmp_path / "restored").exists()


async def test_what_a_killed_backup_or_restore_left_is_removed_by_the_next(
    setup: Setup, tmp_path: Path
) -> None:
    left = tmp_path / ".restored.partial"
    left.mkdir()
    (left / "control.db").write_text("half")

    await setup.restored(tmp_path / "restored")

    assert not left.exists()
    assert (tmp_path / "restored" / "control.db").read_bytes() != b"half"


# -- single clients


async def client_restored(setup: Setup, as_id: str | None = "acme-restored") -> TenantScope:
    restored = await restore_client(
        at(setup.data), setup.backup, "acme", as_id=as_id, make=in_memory_container
    )
    return restored.created.tenant.scope


async def test_a_client_comes_back_beside_itself(setup: Setup) -> None:
    scope = await client_restored(setup)

    async with opened(setup.data) as installation:
        found = await installation.search(scope, "refunds")
        own = await installation.search(setup.scope, "refunds")
    assert [hit.source.text for hit in found.hits] == [hit.source.text for hit in own.hits] != []
    assert scope.tenant_uid != setup.scope.tenant_uid
    assert not (setup.data / ".restoring").exists()


async def test_a_taken_id_is_refused(setup: Setup) -> None:
    with pytest.raises(AlreadyExistsError):
        await client_restored(setup, as_id=None)


async def test_a_restored_client_lacks_what_was_deleted_since(setup: Setup) -> None:
    async with opened(setup.data) as installation:
        await installation.container.documents().delete(setup.scope, setup.secret)

    scope = await client_restored(setup)

    async with opened(setup.data) as installation:
        with pytest.raises(NotFoundError):
            await installation.container.documents().get(scope, setup.secret)
        await installation.container.documents().get(scope, setup.kept)


async def test_what_a_restored_client_deletes_stays_deleted_too(setup: Setup) -> None:
    first = await client_restored(setup)
    async with opened(setup.data) as installation:
        await installation.container.documents().delete(first, setup.secret)

    second = await client_restored(setup, "acme-again")

    async with opened(setup.data) as installation:
        with pytest.raises(NotFoundError):
            await installation.container.documents().get(second, setup.secret)


async def test_a_deleted_client_is_not_brought_back(setup: Setup) -> None:
    async with opened(setup.data) as installation:
        await installation.container.tenant_deletions().delete(TenantId("acme"), requested_by="o")

    with pytest.raises(ConflictError) as refused:
        await client_restored(setup)

    assert refused.value.reason == "client_deleted"


async def test_an_unknown_client_is_refused(setup: Setup) -> None:
    with pytest.raises(NotFoundError, match="no client nobody"):
        await restore_client(at(setup.data), setup.backup, "nobody", make=in_memory_container)


async def test_a_backup_of_one_client_holds_no_other_and_no_key(
    setup: Setup, tmp_path: Path
) -> None:
    async with opened(setup.data) as installation:
        other = await installation.tenant("globex")
        await installation.ingest(other, "# Globex\n\nThe vault opens at noon.")
        await back_up(at(setup.data), tmp_path / "one", clients=["acme"])

    content = everything(tmp_path / "one")
    joined = b"".join(content.values())
    assert not {"pepper.json", "admin.key"} & content.keys()
    assert other.tenant_uid.encode() not in joined
    assert b"globex" not in joined
    assert b"vault opens" not in joined
    assert setup.key_id.encode() not in joined


async def test_a_backup_of_one_client_brings_it_back(setup: Setup, tmp_path: Path) -> None:
    await back_up(at(setup.data), tmp_path / "one", clients=["acme"])

    restored = await restore_client(
        at(setup.data), tmp_path / "one", "acme", as_id="acme2", make=in_memory_container
    )

    assert restored.counts["documents"] == 2


async def test_a_backup_of_one_client_is_no_whole_installation(
    setup: Setup, tmp_path: Path
) -> None:
    await back_up(at(setup.data), tmp_path / "one", clients=["acme"])

    with pytest.raises(InvalidError, match="--client"):
        await restore(
            at(tmp_path / "restored"), tmp_path / "one", ledger=setup.data, make=in_memory_container
        )


async def test_only_embedded_installations_are_backed_up(tmp_path: Path) -> None:
    with pytest.raises(RagTenancyError, match="Only an embedded installation"):
        await back_up(Settings(storage="memory", data_dir=tmp_path), tmp_path / "backup")
