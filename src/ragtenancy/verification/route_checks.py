"""Attacks on every route: foreign ids, foreign names, wrong credentials, malformed requests."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from ragtenancy.verification.exchange import Reply
from ragtenancy.verification.judging import differences, renamed
from ragtenancy.verification.parties import SHARED_SESSION
from ragtenancy.verification.routes import NAMING, Operation, without_case
from ragtenancy.verification.scene import Notes, Scene

OPENAI = "/v1/"
UNKNOWN_KEY = "rtk_local_" + "A" * 60
_OWN_PARAMETERS = frozenset({"model"})
_NAMED_HEADERS = ("X-Tenant-ID", "X-Client-ID", "X-Tenant", "X-Namespace", "X-Forwarded-User")
_REFUSED = 401
_FORBIDDEN = 403
_TOO_MANY = 429


async def route_cases(scene: Scene, notes: Notes) -> None:
    """Every route has a request here; one whose parameters are unknown fails the run."""
    notes.probes += len(scene.operations)
    notes.judge("route table", without_case(scene.operations, scene.absent))


async def foreign_ids(scene: Scene, notes: Notes) -> None:
    """A foreign id gets, to the byte, the reply that an id of nothing gets."""
    for operation in scene.tenants_operations:
        names = [name for name in operation.parameters if name not in _OWN_PARAMETERS]
        if not names or not set(names) <= set(scene.victims_ids):
            continue
        foreign, absent = await _of_both(scene, operation, names)
        where = f"{operation.name} with a foreign id"
        notes.judge(where, scene.victims_judge.leaks(foreign.raw))
        for name in names:
            foreign = renamed(foreign, scene.victims_ids[name], scene.absent[name])
        notes.judge(where, (f"{what} as for no id" for what in differences(foreign, absent)))


async def _of_both(scene: Scene, operation: Operation, names: Sequence[str]) -> tuple[Reply, Reply]:
    """Return the replies to the victim's ids, then to absent ones."""
    theirs = {name: scene.victims_ids[name] for name in names}
    nothing = dict(scene.absent)
    content = operation.content()
    foreign = await scene.intrude(operation.method, operation.filled(theirs), **content)
    absent = await scene.intrude(operation.method, operation.filled(nothing), **content)
    return foreign, absent


async def named_elsewhere(scene: Scene, notes: Notes) -> None:
    """Only the key says who calls: a tenant named anywhere else is refused or ignored."""
    theirs = {**scene.victims_ids, "session_id": SHARED_SESSION}
    for operation in scene.tenants_operations:
        path = operation.filled({**scene.absent, **scene.intruder.ids})
        if operation.method == "DELETE":
            path = operation.filled(scene.absent)
        user = {} if operation.method == "POST" else {"user_id": scene.victim.canaries["user"]}
        for where, content in _namings(operation, {**theirs, **user}):
            sent = json.dumps(content, default=str).encode()
            reply = await scene.intrude(operation.method, path, **content)
            found = scene.victims_judge.leaks(reply.raw, sent)
            notes.judge(f"{operation.name}, {where} naming another tenant", found)


def _namings(
    operation: Operation, theirs: Mapping[str, str]
) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return requests that name the victim or its things: in the head, the query and the body."""
    client_id = theirs["client_id"]
    everywhere = {name: theirs.get(name, client_id) for name in NAMING}
    found: list[tuple[str, dict[str, Any]]] = [
        (
            "header fields",
            {**operation.content(), "headers": dict.fromkeys(_NAMED_HEADERS, client_id)},
        ),
        ("the query", {**operation.content(), "params": everywhere}),
    ]
    if operation.example is None and not operation.upload:
        return found
    members = [*dict.fromkeys([*(m for m in operation.members if m in NAMING), *NAMING])]
    found += [
        (f"{member} in the body", operation.content({member: everywhere[member]}))
        for member in members
    ]
    if "filters" in operation.members and not operation.path.startswith(OPENAI):
        wanted = {"filters": {"document_ids": [theirs["document_id"]]}}
        found.append(("filters in the body", operation.content(wanted)))
    if "why" in operation.members:
        why = {"why": {"document_id": theirs["document_id"]}, "explain": True}
        found.append(("why in the body", operation.content(why)))
    return found


async def credentials(scene: Scene, notes: Notes) -> None:
    """No key, a false one, a revoked one, one of the wrong kind: each is refused alike."""
    guarded = [each for each in scene.operations if each.audience != "anyone"]
    outsiders = cycle(
        {
            "no key": None,
            "a malformed key": "not a key",
            "an unknown key": UNKNOWN_KEY,
            "the victim's revoked key": scene.victim.revoked_key,
        }.items()
    )
    other_kind = {
        "tenant": ("the operator's key", scene.installation.operator_key),
        "operator": ("a tenant's key", scene.intruder.key),
    }
    bodies: dict[bool, set[bytes]] = defaultdict(set)
    for operation in guarded:
        path = operation.filled(scene.victims_ids)
        for who, key in (next(outsiders), other_kind[operation.audience]):
            reply = await _refused(scene, operation, path, key)
            where = f"{operation.name} with {who}"
            status = () if reply.status == _REFUSED else (f"status {reply.status}, not 401",)
            notes.judge(where, [*status, *scene.victims_judge.leaks(reply.raw)])
            bodies[operation.path.startswith(OPENAI)].add(reply.body)
    for alike in bodies.values():  # OpenAI's routes have errors of their own shape
        notes.require("refusals", len(alike) == 1, "they can be told apart")


async def _refused(scene: Scene, operation: Operation, path: str, key: str | None) -> Reply:
    """Return the reply to a bad key, once the installation judges another one of this address."""
    while True:
        reply = await scene.installation.call(operation.method, path, key, **operation.content())
        if reply.status != _TOO_MANY:
            return reply
        await asyncio.sleep(1)


async def scopes(scene: Scene, notes: Notes) -> None:
    """A key without the right that a route needs is refused, whatever else it may do."""
    for operation in scene.tenants_operations:
        if operation.scope is None:
            continue
        for right, key in scene.intruder.narrow_keys.items():
            if right == operation.scope:
                continue
            path = operation.filled({**scene.absent, **scene.intruder.ids})
            reply = await scene.installation.call(
                operation.method, path, key, **operation.content()
            )
            where = f"{operation.name} with the right to {right} alone"
            notes.require(where, reply.status == _FORBIDDEN, f"status {reply.status}, not 403")


async def errors(scene: Scene, notes: Notes) -> None:
    """What is said of a malformed request holds nothing of others."""
    broken: Sequence[dict[str, Any]] = (
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
        {"content": b"[" * 5_000, "headers": {"Content-Type": "application/json"}},
        {"json": {"message": 1, "query": [], "file": None, "input": {}}},
        {"params": {"limit": "many", "after": "zz", "status": "none", "from": "yesterday"}},
    )
    for operation in scene.tenants_operations:
        for content in broken:
            path = operation.filled(scene.victims_ids)
            reply = await scene.intrude(operation.method, path, **content)
            crashed = () if reply.status < 500 else (f"status {reply.status}",)
            notes.judge(
                f"{operation.name}, malformed", [*crashed, *scene.victims_judge.leaks(reply.raw)]
            )


async def open_routes(scene: Scene, notes: Notes) -> None:
    """Routes for anyone, and the operator's figures, hold nothing that a tenant stored."""
    judge = scene.victims_judge
    for operation in scene.operations:
        figures = operation.path == "/metrics"
        if operation.audience != "anyone" and not figures:
            continue
        key = scene.installation.operator_key if figures else None
        reply = await scene.installation.call(operation.method, operation.path, key)
        notes.judge(operation.name, judge.leaks(reply.raw))


async def unknown_paths(scene: Scene, notes: Notes) -> None:
    """Paths near those of the victim's things lead nowhere."""
    victim = scene.victim
    document = victim.ids["document_id"]
    paths = (
        f"/api/v1/clients/{victim.client_id}/documents",
        f"/api/v1/ingest/document/{victim.client_id}/{document}",
        f"/api/v1/ingest/document/..%2f{victim.client_id}%2f{document}",
        f"/api/v1/ingest/document/{document}%00",
        f"/api/v1/ingest/document/{document}/../{document}",
        f"/api/v1//ingest/document/{document}",
        f"/api/v1/ingest/document/{document}/",
        f"/api/v1/ingest/document/{document.upper()}",
        f"/v1/vector_stores/{victim.ids['store_id']}%20/search",
        f"/tenants/{victim.client_id}",
    )
    for path in paths:
        for method in ("GET", "POST", "DELETE"):
            reply = await scene.intrude(method, path)
            found = scene.victims_judge.leaks(reply.raw, path.encode())
            served = (f"status {reply.status}",) if reply.status < 400 else ()
            notes.judge(f"{method} {path}", [*served, *found])
