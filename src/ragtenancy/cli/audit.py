"""`ragtenancy audit …`: the log of administrative acts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json

if TYPE_CHECKING:
    from ragtenancy.domain.audit import AuditEntry

commands = typer.Typer(help="Verify and export the audit log.", no_args_is_help=True)
BROKEN = 1
COLUMNS = (
    *("sequence", "at", "actor", "action", "outcome", "client_id", "client_uid", "objects"),
    *("request_id", "details", "previous", "hash"),
)


class Format(StrEnum):
    """How entries are written."""

    JSONL = "jsonl"
    CSV = "csv"


@commands.callback()
def audit() -> None:
    """Verify and export the audit log."""


@commands.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option(help="A hash noted earlier, which must still be in the log.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Verify the chain of hashes; exit code 1 if it is broken."""
    found = operate(lambda rag: rag.verify_audit(head), data_dir)
    if as_json:
        broken = None if found.broken is None else found.broken.fault.value
        place = None if found.broken is None else found.broken.sequence
        print_json({"entries": found.count, "head": found.head, "fault": broken, "at": place})
    elif found.broken is None:
        print(f"The log is intact. Entries: {found.count}. Head: {found.head}")
    else:
        print(f"The log is broken: {found.broken}.", file=sys.stderr)
    if found.broken is not None:
        raise typer.Exit(BROKEN)


@commands.command("export")
def export(
    client: Annotated[
        str | None,
        typer.Option("--client", "-c", help="Only this client's: its id, or a deleted one's uid."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", help="Only entries from this time (UTC) on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", help="Only entries before this time (UTC).")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="How entries are written.")
    ] = Format.JSONL,
    data_dir: DataDir = None,
) -> None:
    """Write entries to standard output, oldest first."""
    first, end = _utc(since), _utc(until)
    write = _write_csv if form is Format.CSV else _write_lines
    operate(lambda rag: write(rag.audit(client=client, since=first, until=end)), data_dir)


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


async def _write_lines(entries: AsyncIterable[AuditEntry]) -> None:
    import msgspec

    async for entry in entries:
        sys.stdout.write(msgspec.json.encode(_flat(entry)).decode() + "\n")


async def _write_csv(entries: AsyncIterable[AuditEntry]) -> None:
    import csv

    rows = csv.DictWriter(sys.stdout, COLUMNS)
    rows.writeheader()
    async for entry in entries:
        flat = _flat(entry)
        details = " ".join(f"{name}={value}" for name, value in entry.event.details.items())
        rows.writerow({**flat, "objects": " ".join(entry.event.objects), "details": details})


def _flat(entry: AuditEntry) -> dict[str, object]:
    import msgspec

    built = msgspec.to_builtins(entry)
    return {name: {**built, **built["event"]}[name] for name in COLUMNS}
