"""`ragtenancy backup` and `ragtenancy restore`: an embedded installation, or single clients."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import require_installation, settings
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.cli.sweep import sentence
from ragtenancy.domain.errors import InvalidError

if TYPE_CHECKING:
    from ragtenancy.domain.backups import Manifest, Window
    from ragtenancy.library.backups import Restored, RestoredClient

COUNTS = ("documents", "chunks", "vectors", "conversations", "files")
Clients = Annotated[
    list[str] | None,
    typer.Option("--client", "-c", help="Only this client, without keys; may be repeated."),
]


def backup(
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist.")],
    client: Clients = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Back up an embedded installation, which may be in use, to a new folder, and verify it.

    It holds every client's data, the pepper and the operator's key; the settings are not in it.
    """
    from ragtenancy.library.backups import back_up

    chosen = require_installation(settings(data_dir))
    manifest = asyncio.run(back_up(chosen, folder, clients=client or ()))
    if as_json:
        print_json(manifest)
        return
    _print_manifest(manifest, folder)


BackupFolder = Annotated[Path, typer.Argument(help="The backup.")]
OneClient = Annotated[
    str | None,
    typer.Option("--client", "-c", help="Bring back this client alone, as a new client."),
]
NewId = Annotated[
    str | None, typer.Option("--as", help="With --client: its new id (default: its own).")
]
Ledger = Annotated[
    Path | None,
    typer.Option(
        help="The old data folder, or a copy of its ledger (default: RAGTENANCY_DELETION_LEDGER): what was deleted or revoked since stays so."
    ),
]
WithoutLedger = Annotated[
    bool, typer.Option("--without-ledger", help="Bring back what was deleted or revoked since.")
]


def restore(
    folder: BackupFolder,
    client: OneClient = None,
    as_id: NewId = None,
    ledger: Ledger = None,
    without_ledger: WithoutLedger = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Restore a backup to the data folder, which must be absent or empty, and verify it.

    With --client, into the installation there, which may be in use: its ledger is applied.
    """
    from ragtenancy.library import backups
    from ragtenancy.telemetry import configure_logging

    configure_logging("error", "console")
    _warn_of_readers(folder)
    if client is not None:
        if ledger is not None:
            raise InvalidError("With --client, the installation's own ledger is applied.")
        brought = asyncio.run(
            backups.restore_client(
                require_installation(settings(data_dir)),
                folder,
                client,
                as_id=as_id,
                without_ledger=without_ledger,
            )
        )
        _print_client(brought, as_json=as_json)
        return
    if as_id is not None:
        raise InvalidError("--as needs --client.")
    restored = asyncio.run(
        backups.restore(settings(data_dir), folder, ledger=ledger, without_ledger=without_ledger)
    )
    _print_restored(restored, as_json=as_json)


def _print_manifest(manifest: Manifest, folder: Path) -> None:
    print_table(
        ("client", "documents", "originals"),
        [(each.client_id, each.documents, each.originals) for each in manifest.clients],
    )
    for each in manifest.clients:
        for name in each.missing:
            _warn(f"{each.client_id}: the original {name} was lost before the backup.")
    size = sum(each.size for each in manifest.files)
    print(f"Backed up {len(manifest.files)} files, {size} bytes, to {folder}; every file verified.")
    print("Settings are not in it: keep your environment or .env file too.")


def _print_restored(restored: Restored, *, as_json: bool) -> None:
    if as_json:
        print_json(restored)
        return
    print_table(
        ("client", *COUNTS),
        [(id_, *(found.get(n, 0) for n in COUNTS)) for id_, found in restored.counts.items()],
    )
    again = restored.replayed
    print(
        f"Restored the backup of {restored.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC. Deleted again:"
        f" {again.clients} clients, {again.documents} documents, {again.sessions} sessions;"
        f" revoked again: {again.keys} keys."
    )
    _print_differences(restored)
    _warn_of_window(restored.window)


def _print_client(brought: RestoredClient, *, as_json: bool) -> None:
    created = brought.created
    if as_json:
        from msgspec import structs

        from ragtenancy.http.views.clients import created_client

        print_json({**structs.asdict(brought), "created": created_client(created)})
        return
    print_facts(
        {
            "client": created.tenant.tenant_id,
            "key": created.api_key,
            **{name: brought.counts.get(name, 0) for name in COUNTS},
        }
    )
    for warning in created.warnings:
        _warn(warning)
    _print_differences(brought)
    _warn_of_window(brought.window)


def _print_differences(restored: Restored | RestoredClient) -> None:
    for difference in restored.report.differences:
        print(sentence(difference))
    if not restored.report.differences:
        print("Every store agrees with the catalogue.")


def _warn_of_window(window: Window | None) -> None:
    if window is not None:
        _warn(
            f"what was deleted or revoked between {window.since:%Y-%m-%d %H:%M:%S} and "
            f"{window.until:%Y-%m-%d %H:%M:%S} UTC is not known and came back."
        )


def _warn_of_readers(folder: Path) -> None:
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        _warn(f"others may read the backup; close it with `chmod -R go= {folder}`.")


def _warn(text: str) -> None:
    print(f"ragtenancy: {text}", file=sys.stderr)
