"""Everything that an installation tells of its clients over HTTP, and what of it is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import httpx
from msgspec import Struct

from tests.process.running import key

Json = Any
MARKER = re.compile(r"\[(\d+)\]")
ADMIN = "/api/v1/admin/clients"
IDENTITIES = ("chunk_id", "job_id", "key_id", "session_id", "document_id", "client_id", "version")


class Answer(Struct, frozen=True, kw_only=True):
    """An answer and the documents that it cites."""

    text: str
    cited: frozenset[str]


def everything(http: httpx.Client, operator: str, keys: Mapping[str, str]) -> dict[str, Json]:
    """Return the replies to every GET about every client; `keys` holds one of each."""
    told = {f"operator {path}": get(http, operator, path) for path in _admin(keys)}
    for client_id, api_key in keys.items():
        own = _own(http, api_key)
        told |= {f"{client_id} {path}": get(http, api_key, path) for path in own}
    return told


def get(http: httpx.Client, api_key: str, path: str) -> Json:
    """Return a reply's body, every page of a list in one; of other content its digest."""
    items: list[Json] = []
    after: dict[str, str] = {}
    while True:
        reply = http.get(path, params=after, headers=key(api_key))
        assert reply.status_code == 200, (path, reply.text)
        if not reply.headers["Content-Type"].startswith("application/json"):
            return sha256(reply.content).hexdigest()
        body = reply.json()
        if "next" not in body:
            return body
        items += body["items"]
        if body["next"] is None:
            return items
        after = {"after": body["next"]}


def ask(http: httpx.Client, api_key: str, question: str, **more: str) -> tuple[Answer, Json]:
    """Return the answer to a question, and the whole reply."""
    reply = http.post(
        "/api/v1/chat", json={"message": question, **more}, headers=key(api_key)
    ).json()
    marked = set(map(int, MARKER.findall(reply["answer"])))
    cited = {one["document_id"] for one in reply["sources"] if one["index"] in marked}
    return Answer(text=reply["answer"], cited=frozenset(cited)), reply


def lost(before: Json, now: Json, place: str = "") -> Iterator[str]:
    """Yield the places where something that was told before is absent or another now.

    Fields and items that are new are none; items of lists are told apart by their ids.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for name, value in before.items():
            yield from lost(value, now.get(name), f"{place}.{name}")
    elif isinstance(before, list) and isinstance(now, list):
        present = {_identity(item, number): item for number, item in enumerate(now)}
        for number, item in enumerate(before):
            identity = _identity(item, number)
            yield from lost(item, present.get(identity), f"{place}[{identity}]")
    elif before != now:
        yield f"{place}: {before!r} is now {now!r}"


def _identity(item: Json, number: int) -> object:
    if isinstance(item, dict):
        return next((item[name] for name in IDENTITIES if name in item), number)
    return number


def _admin(clients: Mapping[str, str]) -> Iterator[str]:
    yield ADMIN
    for client_id in clients:
        yield f"{ADMIN}/{client_id}"
        yield f"{ADMIN}/{client_id}/config/versions"
        yield f"{ADMIN}/{client_id}/keys"


def _own(http: httpx.Client, api_key: str) -> Iterator[str]:
    yield "/api/v1/client"
    yield "/api/v1/ingest/jobs"
    yield "/api/v1/chat/sessions"
    yield "/api/v1/ingest/documents"
    for session in get(http, api_key, "/api/v1/chat/sessions"):
        yield f"/api/v1/chat/sessions/{session['session_id']}"
    for document in get(http, api_key, "/api/v1/ingest/documents"):
        place = f"/api/v1/ingest/document/{document['document_id']}"
        yield from (place, f"{place}/chunks", f"{place}/content")
