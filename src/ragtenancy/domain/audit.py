"""The audit log: a hash chain of entries that hold ids, counts and codes, never content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import msgspec
from msgspec import Struct, structs

from ragtenancy.domain.api_keys import KEY_PATTERN
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import TenantId, TenantUid

GENESIS = "0" * 64
MAX_OBJECTS = 200
UNFIT = "_"
_TOKEN = re.compile(r"\w[\w.:=#-]{0,127}")
_SECRET = re.compile(KEY_PATTERN)
_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_JSON = msgspec.json.Encoder(order="sorted")


class AuditAction(StrEnum):
    """What was done; a closed vocabulary."""

    CLIENT_CREATE = "client.create"
    CLIENT_RENAME = "client.rename"
    CLIENT_SUSPEND = "client.suspend"
    CLIENT_RESUME = "client.resume"
    CLIENT_DELETE = "client.delete"
    CLIENT_EXPORT = "client.export"
    CLIENT_IMPORT = "client.import"
    CLIENT_REINDEX = "client.reindex"
    CLIENT_REPARSE = "client.reparse"
    INSTALLATION_RESTORE = "installation.restore"
    MIGRATION_PROMPTS = "migration.prompts"
    MIGRATION_PROMPTS_UNDO = "migration.prompts_undo"
    MIGRATION_COPY = "migration.copy"
    MIGRATION_REHEARSE = "migration.rehearse"
    MIGRATION_UNDO = "migration.undo"
    MIGRATION_DELETE_SOURCE = "migration.delete_source"
    CONFIG_CHANGE = "config.change"
    CONFIG_PREVIEW = "config.preview"
    CONFIG_ROLLBACK = "config.rollback"
    KEY_CREATE = "key.create"
    KEY_ROTATE = "key.rotate"
    KEY_REVOKE = "key.revoke"
    KEY_ADOPT = "key.adopt"
    KEY_USED = "key.used"
    PEPPER_ROTATE = "pepper.rotate"
    FEEDBACK_READ = "feedback.read"
    ACCESS_REFUSED = "access.refused"
    RETRIEVAL = "retrieval"
    NOTES_LOST = "notes.lost"


class AuditOutcome(StrEnum):
    """How it went; an act that changes something has an entry `begun` before its outcome."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class AuditEvent(Struct, frozen=True, kw_only=True):
    """What an entry reports, before it has a place in the chain.

    `objects` are ids, such as those of keys or chunks; the values of `details` are ids, codes and
    counts. Raises `InvalidError` for anything that could be a text.
    """

    at: datetime
    actor: str
    action: AuditAction
    outcome: AuditOutcome
    client_id: TenantId | None = None
    client_uid: TenantUid | None = None
    objects: Sequence[str] = ()
    request_id: str | None = None
    details: Mapping[str, int | str] = {}

    def __post_init__(self) -> None:
        texts = (self.actor, self.client_id, self.client_uid, self.request_id, *self.objects)
        values = [value for value in self.details.values() if isinstance(value, str)]
        if (
            self.at.tzinfo is None
            or len(self.objects) > MAX_OBJECTS
            or not all(text is None or is_token(text) for text in (*texts, *values))
            or not all(map(_NAME.fullmatch, self.details))
        ):
            raise InvalidError("An entry of the audit log holds ids, codes and counts only.")


class AuditEntry(Struct, frozen=True, kw_only=True):
    """An event in its place: `sequence` counts from 1; `hash` covers all that comes before it."""

    sequence: int
    event: AuditEvent
    previous: str
    hash: str

    @classmethod
    def after(cls, last: AuditEntry | None, event: AuditEvent) -> AuditEntry:
        """Return the entry of an event that follows `last`, the first of a log without it."""
        sequence, previous = (1, GENESIS) if last is None else (last.sequence + 1, last.hash)
        return cls(
            sequence=sequence,
            event=event,
            previous=previous,
            hash=_hash(sequence, event, previous),
        )

    @property
    def is_intact(self) -> bool:
        """Whether the hash is that of the contents."""
        return self.hash == _hash(self.sequence, self.event, self.previous)


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which entries are asked for: those from `since` on and before `until`."""

    since: datetime | None = None
    until: datetime | None = None
    action: AuditAction | None = None
    client_uid: TenantUid | None = None

    def admits(self, entry: AuditEntry) -> bool:
        """Return whether an entry is asked for."""
        event = entry.event
        return (
            (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
            and (self.action is None or event.action is self.action)
            and (self.client_uid is None or event.client_uid == self.client_uid)
        )


class Fault(StrEnum):
    """How a chain is broken."""

    ALTERED = "altered"
    MISPLACED = "misplaced"
    UNLINKED = "unlinked"
    TRUNCATED = "truncated"


class Break(Struct, frozen=True, kw_only=True):
    """The first broken place of a chain: the place that was expected there, and how it is broken."""

    sequence: int
    fault: Fault

    def __str__(self) -> str:
        return f"{_WORDS[self.fault]} at entry {self.sequence}"


_WORDS = {
    Fault.ALTERED: "the contents do not match their hash",
    Fault.MISPLACED: "an entry was removed, inserted or moved",
    Fault.UNLINKED: "the entry does not follow the one before it",
    Fault.TRUNCATED: "the known head is not in the log",
}


class ChainVerifier:
    """Verifies a chain fed to it in order, in any number of portions."""

    def __init__(self, known_head: str | None = None) -> None:
        self._known_head = known_head
        self._seen_head = known_head is None
        self.count = 0
        self.head = GENESIS
        self.broken: Break | None = None

    def feed(self, entries: Iterable[AuditEntry]) -> None:
        """Verify the entries that follow, up to the first break."""
        for entry in entries:
            if self.broken is None:
                self._verify(entry)

    def result(self) -> Break | None:
        """Return the first break of the whole chain, None if it is intact."""
        if self.broken is None and not self._seen_head:
            return Break(sequence=self.count + 1, fault=Fault.TRUNCATED)
        return self.broken

    def _verify(self, entry: AuditEntry) -> None:
        fault = None
        if entry.sequence != self.count + 1:
            fault = Fault.MISPLACED
        elif not entry.is_intact:
            fault = Fault.ALTERED
        elif entry.previous != self.head:
            fault = Fault.UNLINKED
        if fault is not None:
            self.broken = Break(sequence=self.count + 1, fault=fault)
            return
        self.count, self.head = entry.sequence, entry.hash
        self._seen_head = self._seen_head or entry.hash == self._known_head


def verified(entries: Iterable[AuditEntry], known_head: str | None = None) -> Break | None:
    """Return the first break of a whole chain, None if it is intact.

    A chain alone cannot show that its end was cut off: `known_head`, a hash noted earlier, can.
    """
    verifier = ChainVerifier(known_head)
    verifier.feed(entries)
    return verifier.result()


def chained(last: AuditEntry | None, events: Iterable[AuditEvent]) -> Sequence[AuditEntry]:
    """Return the entries of events that follow `last`."""
    entries: list[AuditEntry] = []
    for event in events:
        last = AuditEntry.after(last, event)
        entries.append(last)
    return tuple(entries)


def is_token(text: str) -> bool:
    """Return whether a text can be an id or a code, and holds no API key."""
    return _TOKEN.fullmatch(text) is not None and _SECRET.search(text) is None


def fit(text: object) -> str:
    """Return an id as it is, and `_` for a text that can be none."""
    return text if isinstance(text, str) and is_token(text) else UNFIT


def _hash(sequence: int, event: AuditEvent, previous: str) -> str:
    """Return the SHA-256 of the canonical form: JSON with sorted keys, without spaces.

    Absent fields are left out, so that new ones change no older hash.
    """
    present = {name: value for name, value in structs.asdict(event).items() if value}
    body = {"sequence": sequence, "previous": previous, "event": present}
    return sha256(_JSON.encode(body)).hexdigest()
