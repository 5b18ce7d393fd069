"""Backups: the manifest, and which deletions a restore may not know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from ragtenancy.domain.deletion_ledger import LedgerOrigin
from ragtenancy.domain.errors import InvalidError, MalformedError

FORMAT = 1
Count = Annotated[int, Meta(ge=0)]
_PATH = re.compile(
    r"(control\.db|pepper\.json|admin\.key|migrations/[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.json"
    r"|tenants/t[a-z2-7]{26}/(tenant\.db|blobs/(\.owner|[a-z0-9_-]{1,200})))\Z"
)


def bad_backup(detail: str) -> MalformedError:
    """Return the error of a backup that is refused."""
    return MalformedError(f"The backup is refused: {detail}.", code="bad_backup")


class BackedUpFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a backup: its relative path, bytes and SHA-256 in hex."""

    path: str
    size: Count
    sha256: str


class BackedUpClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client of a backup; `missing` names originals that the installation had lost."""

    client_id: str
    tenant_uid: str
    documents: Count
    originals: Count
    missing: Sequence[str] = ()


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds; `made_at` is when it began, `digest` the SHA-256 of the rest."""

    format: int = FORMAT
    made_at: datetime
    version: str
    control_schema: int
    tenant_schema: int
    installation_id: str
    whole: bool
    clients: Sequence[BackedUpClient]
    files: Sequence[BackedUpFile]
    digest: str = ""

    @property
    def sealed(self) -> Manifest:
        """The manifest with its digest."""
        plain = msgspec.json.encode(structs.replace(self, digest=""))
        return structs.replace(self, digest=sha256(plain).hexdigest())

    def require_sound(self) -> None:
        """Raise `MalformedError` (bad_backup) for a manifest that no backup has."""
        if self.format != FORMAT:
            raise bad_backup(f"its format is {self.format}, not {FORMAT}")
        if self.sealed != self:
            raise bad_backup("its manifest was changed after it was written")
        paths = [each.path for each in self.files]
        if not all(map(_PATH.match, paths)) or len(set(paths)) < len(paths):
            raise bad_backup("its manifest names a file that no backup has")

    def files_of(self, client: BackedUpClient) -> Sequence[BackedUpFile]:
        """Return the files of one client, and the records of all."""
        own = ("control.db", f"tenants/{client.tenant_uid}/")
        return [each for each in self.files if each.path.startswith(own)]


class Window(Struct, frozen=True):
    """A time for which no deletion is known."""

    since: datetime
    until: datetime


def uncovered(manifest: Manifest, ledger: LedgerOrigin | None, now: datetime) -> Window | None:
    """Return the time after a backup whose deletions a ledger does not have, None without any.

    Raises `InvalidError` for another installation's ledger.
    """
    if ledger is None:
        return Window(manifest.made_at, now)
    if ledger.installation_id != manifest.installation_id:
        raise InvalidError("The ledger of deletions is another installation's than the backup.")
    return Window(manifest.made_at, ledger.since) if ledger.since > manifest.made_at else None
