"""Attacks through what is stored: questions, colliding names, lists, scores, streams, deletion."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ragtenancy.verification.exchange import Reply
from ragtenancy.verification.judging import Judge
from ragtenancy.verification.parties import (
    SHARED_FILENAME,
    SHARED_QUESTION,
    SHARED_SESSION,
    Party,
    deleted,
    expected,
    ingested,
    upload,
)
from ragtenancy.verification.scene import Notes, Scene

STREAM = {"Accept": "text/event-stream"}
FILES_EACH = 4
STREAMS_EACH = 4
NEIGHBOURS_FILES = 3
_OK = 200
_MODERN = "2026-07-28"
Ask = Callable[[str], dict[str, Any]]


async def answers(scene: Scene, notes: Notes) -> None:
    """No way to ask finds another's passages, though it asks for exactly those."""
    victim, judge = scene.victim, scene.victims_judge
    questions = [victim.own_question, SHARED_QUESTION, victim.topic]
    for question in questions:
        for name, path, content in _ways(scene.intruder, question):
            reply = await scene.intrude("POST", path, **content)
            sent = json.dumps(content, default=str).encode()
            notes.judge(f"{name}: {question}", judge.leaks(reply.raw, sent))
    for name, word in victim.canaries.items():
        found = await scene.intrude("POST", "/api/v1/search", json={"query": word})
        hits = (found.json() or {}).get("hits") or ()
        held = [hit for hit in hits if word in json.dumps(hit)]
        notes.require(f"search for the canary of {name}", not held, "it is found")


async def control(scene: Scene, notes: Notes) -> None:
    """Each finds of its own what the other must not: the installation under test does work."""
    for party, other in ((scene.victim, scene.intruder), (scene.intruder, scene.victim)):
        judge = Judge(other)
        for question, place in ((party.own_question, "text"), (SHARED_QUESTION, "shared text")):
            reply = await scene.installation.call(
                "POST", "/api/v1/search", party.key, json={"query": question}
            )
            found = party.canaries[place].encode() in reply.body
            notes.require(f"{party.client_id}'s own search", found, f"the {place} is not found")
            notes.judge(f"{party.client_id}'s own search", judge.leaks(reply.raw))
        reply = await scene.installation.call("GET", "/api/v1/client", party.key)
        own = party.canaries["greeting"].encode() in reply.body
        notes.require(f"{party.client_id}'s configuration", own, "its greeting is not in it")
        notes.judge(f"{party.client_id}'s configuration", judge.leaks(reply.raw))


def _ways(asker: Party, question: str) -> Sequence[tuple[str, str, dict[str, Any]]]:
    """Return every way to ask: name, path and content."""
    messages = {"messages": [{"role": "user", "content": question}]}
    store = f"/v1/vector_stores/{asker.ids['store_id']}/search"
    return (
        ("search", "/api/v1/search", {"json": {"query": question, "top_k": 50}}),
        ("search, explained", "/api/v1/search", {"json": {"query": question, "explain": True}}),
        ("chat", "/api/v1/chat", {"json": {"message": question}}),
        ("chat, streamed", "/api/v1/chat", {"json": {"message": question}, "headers": STREAM}),
        ("completions", "/v1/chat/completions", {"json": messages}),
        ("completions, streamed", "/v1/chat/completions", {"json": {**messages, "stream": True}}),
        ("vector store", store, {"json": {"query": question}}),
    )


async def same_names(scene: Scene, notes: Notes) -> None:
    """Sessions, files, idempotency keys and metadata of the same name are each one's own."""
    intruder, judge = scene.intruder, scene.victims_judge
    session = await scene.intrude("GET", f"/api/v1/chat/sessions/{SHARED_SESSION}")
    notes.judge("a session of the same id", judge.leaks(session.raw))
    notes.require(
        "a session of the same id",
        intruder.canaries["question"].encode() in session.body,
        "one's own turn is not in it",
    )
    follow = {"message": "What did I ask before?", "session_id": SHARED_SESSION}
    reply = await scene.intrude("POST", "/api/v1/chat", json=follow)
    notes.judge("a question about the session", judge.leaks(reply.raw))
    await _same_idempotency_key(scene, notes)
    for metadata in ({"team": scene.victim.canaries["metadata"]}, {"team": "any"}):
        body = {"query": SHARED_QUESTION, "filters": {"metadata": metadata}}
        found = (await scene.intrude("POST", "/api/v1/search", json=body)).json() or {}
        notes.require("metadata of another's value", not found.get("hits"), "something is found")
    own = await scene.intrude("GET", "/api/v1/client")
    notes.judge("one's own configuration", judge.leaks(own.raw))


async def _same_idempotency_key(scene: Scene, notes: Notes) -> None:
    key = {"Idempotency-Key": f"key-{scene.absent['session_id']}"}
    text = "# Tides\n\nThe tide tables hang in the hall.\n"
    theirs, own = [
        expected(
            await upload(scene.installation, party.key, text, filename="tides.md", headers=key),
            202,
            "uploading",
        )
        for party in (scene.victim, scene.intruder)
    ]
    for member in ("job_id", "document_id"):
        notes.require(
            "the same Idempotency-Key and file",
            theirs[member] != own[member],
            f"the same {member}",
        )
    for party, accepted in ((scene.victim, theirs), (scene.intruder, own)):
        await ingested(scene.installation, party.key, accepted["job_id"])


async def lists(scene: Scene, notes: Notes) -> None:
    """Lists hold one's own entries, whoever's cursor asks for the next page."""
    judge = scene.victims_judge
    for operation in scene.tenants_operations:
        if operation.method != "GET" or "after" not in operation.query or operation.parameters:
            continue
        everything = await scene.intrude("GET", operation.path, params={"limit": 100})
        notes.judge(operation.name, judge.leaks(everything.raw))
        first = await scene.installation.call(
            "GET", operation.path, scene.victim.key, params={"limit": 1}
        )
        cursor = (first.json() or {}).get("next")
        if cursor is None:
            continue
        for limit in (1, 100):
            page = {"after": cursor, "limit": limit}
            reply = await scene.intrude("GET", operation.path, params=page)
            notes.judge(
                f"{operation.name} at another's cursor", judge.leaks(reply.raw, cursor.encode())
            )


async def scores(scene: Scene, notes: Notes) -> None:
    """Scores of one tenant are the same to the last bit, whatever another stores or deletes."""
    questions = [SHARED_QUESTION, scene.intruder.own_question, "access code", "observatory hall"]

    async def scored() -> list[object]:
        return [
            (await scene.intrude("POST", "/api/v1/search", json={"query": q, "explain": True}))
            .json()
            .get("hits")
            for q in questions
        ]

    before = await scored()
    added = [
        expected(
            await upload(
                scene.installation,
                scene.victim.key,
                f"# Codes {n}\n\n"
                + "The access code of the observatory hall is secret. " * (n + 1),
                filename=f"codes-{n}.md",
            ),
            202,
            "uploading",
        )
        for n in range(NEIGHBOURS_FILES)
    ]
    for accepted in added:
        await ingested(scene.installation, scene.victim.key, accepted["job_id"])
    for when, question, one, other in _paired(questions, before, await scored(), "additions"):
        notes.require(f"{question} after a neighbour's {when}", one == other, "scores changed")
    for accepted in added:
        path = f"/api/v1/ingest/document/{accepted['document_id']}"
        await scene.installation.call("DELETE", path, scene.victim.key)
    for when, question, one, other in _paired(questions, before, await scored(), "deletions"):
        notes.require(f"{question} after a neighbour's {when}", one == other, "scores changed")


def _paired(
    questions: Sequence[str], before: Sequence[object], after: Sequence[object], when: str
) -> Sequence[tuple[str, str, object, object]]:
    return [(when, *each) for each in zip(questions, before, after, strict=True)]


async def mixed_jobs(scene: Scene, notes: Notes) -> None:
    """Files of one name, ingested at the same time, keep each its owner's text."""
    parties = (scene.victim, scene.intruder)

    async def added(party: Party, number: int) -> tuple[Party, Mapping[str, Any]]:
        text = (
            f"# Rota {number}\n\nThe rota of week {number} is kept by {party.canaries['text']}.\n"
        )
        reply = await upload(
            scene.installation, party.key, text, filename=f"rota-{number}-{SHARED_FILENAME}"
        )
        return party, expected(reply, 202, "uploading")

    work = [added(party, n) for n in range(FILES_EACH) for party in parties]
    for party, accepted in await asyncio.gather(*work):
        await ingested(scene.installation, party.key, accepted["job_id"])
        path = f"/api/v1/ingest/document/{accepted['document_id']}"
        replies = [
            await scene.installation.call("GET", path + part, party.key)
            for part in ("", "/text", "/chunks", "/content")
        ]
        other = scene.intruder if party is scene.victim else scene.victim
        for reply in replies:
            notes.judge("a document ingested beside another's", Judge(other).leaks(reply.raw))
        held = party.canaries["text"].encode() in replies[1].body
        notes.require("a document ingested beside another's", held, "its own text is not in it")


async def streams(scene: Scene, notes: Notes) -> None:
    """Answers streamed at the same time do not mix, though some callers hang up."""

    async def asked(party: Party) -> tuple[Party, Reply | None]:
        content = {"json": {"message": party.own_question}, "headers": STREAM}
        return party, await scene.installation.call("POST", "/api/v1/chat", party.key, **content)

    async def hung_up(party: Party, after: float) -> tuple[Party, Reply | None]:
        try:
            return await asyncio.wait_for(asked(party), after)
        except TimeoutError:
            return party, None

    parties = (scene.victim, scene.intruder)
    work = [asked(party) for _ in range(STREAMS_EACH) for party in parties]
    work += [hung_up(party, 0.002 * n) for n in range(STREAMS_EACH) for party in parties]
    for party, reply in await asyncio.gather(*work):
        if reply is not None:
            other = scene.intruder if party is scene.victim else scene.victim
            notes.judge("a stream beside another's", Judge(other).leaks(reply.raw))


async def mcp(scene: Scene, notes: Notes) -> None:
    """The tools of MCP know the caller alone."""
    victim, judge = scene.victim, scene.victims_judge
    document = victim.ids["document_id"]
    calls: Sequence[tuple[str, dict[str, Any]]] = (
        ("search", {"query": victim.own_question}),
        ("ask", {"question": victim.own_question, "session_id": SHARED_SESSION}),
        ("list_documents", {}),
        ("get_passage", {"document_id": document, "start": 0, "end": 500}),
        ("search", {"query": SHARED_QUESTION, "client_id": victim.client_id}),
    )
    for tool, arguments in calls:
        reply = await _called(scene, tool, arguments)
        if reply.status in {404, 501, 503}:
            notes.skipped = "the installation does not serve MCP"
            return
        sent = json.dumps(arguments).encode()
        notes.judge(f"MCP tool {tool}", judge.leaks(reply.raw, sent))


async def _called(scene: Scene, tool: str, arguments: Mapping[str, Any]) -> Reply:
    about = {
        "io.modelcontextprotocol/protocolVersion": _MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "verify", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return await scene.intrude(
        "POST",
        "/mcp",
        headers={
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": _MODERN,
            "MCP-Method": "tools/call",
            "MCP-Name": tool,
        },
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments, "_meta": about},
        },
    )


async def unchanged(scene: Scene, notes: Notes) -> None:
    """After every attack so far, the victim reads of itself exactly what it read before."""
    for path, now in (await state_of(scene, scene.victim)).items():
        notes.require(f"GET {path}", now == scene.before[path], "the reply has changed")


async def state_of(scene: Scene, party: Party) -> Mapping[str, object]:
    """Return everything that a party can read of itself, by path; its usage changes by reading."""
    ids = party.ids
    document = f"/api/v1/ingest/document/{ids['document_id']}"
    paths = [
        document,
        f"{document}/text",
        f"{document}/chunks",
        f"{document}/content",
        f"/api/v1/ingest/document/{ids['shared_document_id']}/text",
        f"/api/v1/ingest/status/{ids['job_id']}",
        f"/api/v1/chat/sessions/{SHARED_SESSION}",
        "/api/v1/chat/sessions?limit=100",
        "/api/v1/chat/feedback",
        "/api/v1/ingest/documents?limit=100",
        "/api/v1/webhooks",
        "/api/v1/client",
    ]
    found: dict[str, object] = {}
    for path in paths:
        reply = await scene.installation.call("GET", path, party.key)
        found[path] = reply.body
        if path == "/api/v1/client":
            found[path] = {**(reply.json() or {}), "usage": None}
    return found


async def recreated(scene: Scene, notes: Notes) -> None:
    """A deleted tenant's keys are dead, and a new one of its name inherits nothing."""
    old, judge = scene.victim, scene.victims_judge
    new = {"client_id": old.client_id, "name": "Verification, the second"}
    receipt = await deleted(scene.installation, old.client_id)
    left = {store: n for store, n in receipt["remaining"].items() if n}
    notes.require("the receipt of a deletion", not left, f"left over: {left}")
    for key in (old.key, *old.narrow_keys.values()):
        reply = await scene.installation.call("GET", "/api/v1/client", key)
        notes.require("a deleted client's key", reply.status == 401, f"status {reply.status}")
    made = expected(
        await scene.installation.operate("POST", "/clients", json=new), 201, "creating a client"
    )
    heir = Party(
        client_id=old.client_id,
        key=made["api_key"],
        topic=old.topic,
        canaries=old.canaries,
        ids=old.ids,
    )
    own = await scene.installation.call("GET", "/api/v1/client", heir.key)
    notes.require("the key of the new client", own.status == _OK, f"status {own.status}")
    for path, body in (await state_of(scene, heir)).items():
        notes.judge(
            f"GET {path} of a client of a deleted one's name",
            judge.leaks(repr(body).encode(), path.encode()),
        )
    for question in (old.own_question, SHARED_QUESTION, old.canaries["text"]):
        for name, path, content in _ways(heir, question):
            reply = await scene.installation.call("POST", path, heir.key, **content)
            sent = json.dumps(content, default=str).encode()
            notes.judge(f"{name} by a client of a deleted one's name", judge.leaks(reply.raw, sent))
    await control_of(scene, scene.intruder, notes)


async def control_of(scene: Scene, party: Party, notes: Notes) -> None:
    """The other tenant still finds its own."""
    reply = await scene.installation.call(
        "POST", "/api/v1/search", party.key, json={"query": party.own_question}
    )
    found = party.canaries["text"].encode() in reply.body
    notes.require("the other client's search", found, "its own text is no longer found")
