"""What is true of each client, as far as its user can know; every reply is held against it."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator

from msgspec import Struct, field

from tests.machine.servers import Reply

NAMES = ("alder", "birch", "cedar", "dogwood")
REVOKED_WITHIN = 10.0  # seconds, on every process
MARKER = re.compile(r"mk[a-d]\d+x\d+")
ID = re.compile(r"\b(?:[a-z]{2,8}_|t)[a-z2-7]{26}\b")


class ViolationError(AssertionError):
    """A promise did not hold."""


class Key(Struct):
    """A key; `revoked` says when and by which server it was acknowledged to be revoked."""

    key_id: str
    text: str
    revoked: tuple[float, int] | None = None


class Document(Struct):
    """A document whose upload was acknowledged, or may have arrived.

    Its `marker` is in its current version; `coming` is in one that replaces it, by `job_id`.
    """

    filename: str
    marker: str
    document_id: str
    job_id: str
    ready: bool = False
    coming: str | None = None
    cancelled: bool = False
    uncertain: bool = False


class Client(Struct):
    """A client's own view of itself."""

    name: str
    tag: str
    keys: list[Key]
    documents: list[Document] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    turns: list[tuple[str, str]] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    suspended: tuple[bool, float, int] = (False, 0.0, 0)
    serial: int = 0

    def marker(self) -> str:
        """Return a new marker."""
        self.serial += 1
        return f"{self.tag}x{self.serial}"

    def bury(self, document: Document) -> None:
        """Forget a document whose deletion was acknowledged: nothing of it may be shown."""
        self.documents.remove(document)
        self.dead |= {document.marker, document.coming or document.marker}

    @property
    def settled(self) -> Iterator[Document]:
        """The documents that must answer."""
        return (each for each in self.documents if each.ready and not each.uncertain)


class World:
    """All clients, and whose each id is that a reply has shown."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.owners: dict[str, str] = {}
        self.replies = 0

    def check(
        self, client: Client, reply: Reply, *, sent: Collection[str] = (), history: bool = False
    ) -> None:
        """Raise `ViolationError` if a reply to a client shows what is another's, or deleted.

        `sent` is what the request named; `history` may quote versions that were replaced.
        """
        self.replies += 1
        _require(reply.status < 500, f"fault: {reply.status} {reply.text[:300]}")
        for marker in MARKER.findall(reply.text):
            _require(marker.split("x")[0] == client.tag, f"leak: {client.tag} was shown {marker}")
            _require(marker not in client.dead, f"deleted, but shown: {marker}")
            _require(history or marker not in client.stale, f"replaced, but shown: {marker}")
        for shown in ID.findall(reply.text):
            if shown in sent and self.owners.get(shown) != client.tag:
                continue
            owner = self.owners.setdefault(shown, client.tag)
            _require(owner == client.tag, f"leak: {client.tag} was shown {shown} of {owner}")
        for other in self.clients:
            if other is not client:
                _require(
                    other.name in sent or other.name not in reply.text,
                    f"leak: {client.tag} was shown {other.name}",
                )
                _require(
                    not any(key.text in reply.text for key in other.keys), "leak: a foreign key"
                )

    def check_access(self, client: Client, key: Key, server: int, reply: Reply) -> bool:
        """Return whether a reply was given to a good key. Raises `ViolationError` if it must not be."""
        now = time.monotonic()
        refused = reply.status in (401, 403)
        suspended, since, by = client.suspended
        bound = now - since > REVOKED_WITHIN or by == server
        if key.revoked is not None:
            at, where = key.revoked
            if where == server or now - at > REVOKED_WITHIN:
                _require(reply.status == 401, f"a revoked key got {reply.status}")
            return not refused
        if bound:
            _require(
                (reply.status == 403) == suspended, f"suspended {suspended}, but {reply.status}"
            )
        _require(reply.status != 401, "a good key was refused")
        return not refused


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ViolationError(what)
