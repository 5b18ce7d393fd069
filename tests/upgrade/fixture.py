"""The fixtures as they are kept: a folder or a cloud's state, and what was told of it."""

from __future__ import annotations

import json
import lzma
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

KEPT = Path(__file__).parent / "kept"
FOLDER = KEPT / "folder.tar.xz"
CLOUD = KEPT / "cloud.json.xz"


class Asked(Struct, frozen=True, kw_only=True):
    """A question that was answered: the answer held `fact` and cited the document."""

    client_id: str
    question: str
    fact: str
    document_id: str
    answer: str


class Told(Struct, frozen=True, kw_only=True):
    """What the program that wrote a fixture told of it over HTTP, and the keys that it gave.

    `replies` are bodies by reader and path. `under_way` are the jobs that its death interrupted.
    """

    operator: str
    keys: Mapping[str, str]
    readers: Mapping[str, str]
    revoked: Mapping[str, str]
    deletion_id: str
    deleted_documents: Mapping[str, str]
    under_way: Sequence[str]
    replies: Mapping[str, Any]
    asked: Sequence[Asked]
    unanswered: Sequence[str]


def keep_folder(folder: Path) -> None:
    """Keep a data folder as it is, journals of SQLite included."""
    with tarfile.open(FOLDER, "w:xz", preset=9) as archive:
        archive.add(folder, arcname=".")


def give_folder(folder: Path) -> None:
    """Put the kept folder in place."""
    with tarfile.open(FOLDER) as archive:
        archive.extractall(folder, filter="data")


def keep_cloud(state: Mapping[str, Any]) -> None:
    """Keep what the emulators hold."""
    CLOUD.write_bytes(lzma.compress(json.dumps(state, sort_keys=True).encode(), preset=9))


def cloud_state() -> dict[str, Any]:
    """Return what the emulators held; leases have ended, also where the clock is behind theirs."""
    state: dict[str, Any] = json.loads(lzma.decompress(CLOUD.read_bytes()))
    now = datetime.now(UTC).isoformat()
    for item in state["cosmos"]["ragtenancy/jobs"]["items"]:
        if lease := item["record"]["lease"]:
            lease["expires_at"] = min(lease["expires_at"], now)
    return state


def keep_told(name: str, told: Told) -> None:
    """Keep what was told of the fixture `folder` or `cloud`."""
    body = msgspec.json.format(msgspec.json.encode(told, order="sorted"), indent=1)
    (KEPT / f"{name}.told.json.xz").write_bytes(lzma.compress(body, preset=9))


def told_of(name: str) -> Told:
    """Return what was told of the fixture `folder` or `cloud`."""
    body = lzma.decompress((KEPT / f"{name}.told.json.xz").read_bytes())
    return msgspec.json.decode(body, type=Told)
