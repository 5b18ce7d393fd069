"""The canary tenants: what each is given, under the same names, to be found by nobody else."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ragtenancy.domain.errors import RagTenancyError, UnavailableError
from ragtenancy.verification.exchange import Installation, Reply

JOB_ENDED = frozenset({"succeeded", "failed", "cancelled"})
SHARED_SESSION = "verify-session"
SHARED_FILENAME = "handbook.md"
SHARED_QUESTION = "What is the access code of the observatory?"
UPLOAD = "/api/v1/ingest/document"
PUBLIC_ADDRESS = "1.1.1.1"
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
_ABSENT = "a" * 26


class SetUpError(RagTenancyError):
    """The installation did not do what every installation must before it can be verified."""

    code = "verification_set_up"


class Party(Struct, kw_only=True):
    """One canary tenant: its key, the ids of what it owns, and its canaries by where they are.

    `topic` is what to ask for to find its canary. `missing` tells what it could not be given.
    """

    client_id: str
    key: str
    topic: str
    canaries: dict[str, str]
    ids: dict[str, str]
    narrow_keys: dict[str, str] = {}
    revoked_key: str = ""
    missing: list[str] = field(default_factory=list)

    @property
    def own_question(self) -> str:
        """A question that only this party's documents answer."""
        return f"What is the access code of the {self.topic}?"


def canary(chance: random.Random) -> str:
    """Return a word that occurs nowhere else: no stemmer changes it, no tokenizer drops it."""
    return "zq" + "".join(chance.choice(_ALPHABET) for _ in range(16))


def absent_ids(run: str) -> Mapping[str, str]:
    """Return ids that are well formed and name nothing."""
    return {
        "document_id": f"doc_{_ABSENT}",
        "deleted_document_id": f"doc_{_ABSENT}",
        "job_id": f"job_{_ABSENT}",
        "session_id": f"absent-{run}",
        "turn_id": f"turn_{_ABSENT}",
        "webhook_id": f"wh_{_ABSENT}",
        "delivery_id": f"dlv_{_ABSENT}",
        "store_id": f"vs_absent-{run}",
        "client_id": f"absent-{run}",
        "key_id": "a" * 11,
        "deletion_id": f"del_{_ABSENT}",
    }


def expected(reply: Reply, status: int, what: str) -> Any:  # noqa: ANN401 - a reply's JSON
    """Return a reply's JSON. Raises `SetUpError` unless it has the status."""
    if reply.status != status:
        told = reply.body[:300].decode("utf-8", "replace")
        raise SetUpError(f"{what}: status {reply.status} instead of {status}: {told}")
    return reply.json()


async def upload(
    installation: Installation,
    key: str,
    text: str,
    *,
    filename: str = SHARED_FILENAME,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Upload a document of Markdown; return the reply."""
    return await installation.call(
        "POST",
        UPLOAD,
        key,
        files={"file": (filename, text.encode(), "text/markdown")},
        data=dict(fields or {}),
        headers=headers,
    )


async def ingested(installation: Installation, key: str, job_id: str) -> str:
    """Wait until a job has ended; return its status. Raises `SetUpError` if it does not end."""
    loop = asyncio.get_running_loop()
    until = loop.time() + installation.patience
    pause = 0.01
    while loop.time() < until:
        reply = await installation.call("GET", f"/api/v1/ingest/status/{job_id}", key)
        status = str(expected(reply, 200, "reading a job")["status"])
        if status in JOB_ENDED:
            return status
        await asyncio.sleep(pause)
        pause = min(2 * pause, 1.0)
    raise SetUpError(
        f"A job has not ended within {installation.patience:.0f} s; is a worker running?"
    )


async def plant(
    installation: Installation, client_id: str, topic: str, chance: random.Random
) -> Party:
    """Create a tenant and give it one of everything, each with a canary of its own."""
    places = (
        "name", "greeting", "prompt", "refusal", "label", "text", "shared text", "heading",
        "filename", "metadata", "question", "comment", "webhook", "user",
    )  # fmt: skip
    canaries = {place: canary(chance) for place in places}
    party = await _created(installation, client_id, topic, canaries)
    await _plant_documents(installation, party)
    await _plant_conversation(installation, party)
    await _plant_webhook(installation, party)
    return party


async def _created(
    installation: Installation, client_id: str, topic: str, canaries: dict[str, str]
) -> Party:
    new = {"client_id": client_id, "name": f"Verification {canaries['name']}"}
    made = expected(
        await installation.operate("POST", "/clients", json=new), 201, "creating a client"
    )
    party = Party(client_id=client_id, key=made["api_key"], topic=topic, canaries=canaries, ids={})
    config = {
        "prompts": {
            "system_prompt": f"You answer questions. {canaries['prompt']}",
            "greeting": f"Hello {canaries['greeting']}",
            "no_context_response": f"I do not know. {canaries['refusal']}",
        }
    }
    path = f"/clients/{client_id}"
    expected(await installation.operate("PUT", f"{path}/config", json=config), 200, "configuring")
    for scope in ("chat", "search", "ingest"):
        given = {"label": f"{scope} {canaries['label']}", "scopes": [scope]}
        key = await installation.operate("POST", f"{path}/keys", json=given)
        party.narrow_keys[scope] = expected(key, 201, "creating a key")["api_key"]
    revoked = expected(
        await installation.operate("POST", f"{path}/keys", json={}), 201, "creating a key"
    )
    await installation.operate("DELETE", f"{path}/keys/{revoked['key_id']}")
    party.revoked_key = revoked["api_key"]
    party.ids |= {
        "client_id": client_id,
        "key_id": revoked["key_id"],
        "store_id": f"vs_{client_id}",
    }
    return party


async def _plant_documents(installation: Installation, party: Party) -> None:
    shared = (
        f"# Observatory\n\nThe access code of the observatory is {party.canaries['shared text']}.\n"
    )
    own = (
        f"# {party.topic.title()} {party.canaries['heading']}\n\n"
        f"The access code of the {party.topic} is {party.canaries['text']}.\n"
    )
    first = expected(
        await upload(installation, party.key, shared, fields=_metadata(party)), 202, "uploading"
    )
    name = f"{party.topic.replace(' ', '-')}-{party.canaries['filename']}.md"
    second = expected(await upload(installation, party.key, own, filename=name), 202, "uploading")
    for accepted in (first, second):
        status = await ingested(installation, party.key, accepted["job_id"])
        if status != "succeeded":
            raise SetUpError(f"The ingestion of a document has ended as {status}.")
    party.ids |= {"document_id": second["document_id"], "job_id": second["job_id"]}
    party.ids["shared_document_id"] = first["document_id"]
    await _plant_deletion(installation, party)


async def _plant_deletion(installation: Installation, party: Party) -> None:
    text = f"# Former {party.topic}\n\nThis is deleted.\n"
    accepted = expected(
        await upload(installation, party.key, text, filename="former.md"), 202, "uploading"
    )
    await ingested(installation, party.key, accepted["job_id"])
    former = str(accepted["document_id"])
    await installation.call("DELETE", f"{UPLOAD}/{former}", party.key)
    party.ids["deleted_document_id"] = former


def _metadata(party: Party) -> Mapping[str, str]:
    return {"metadata": json.dumps({"team": party.canaries["metadata"]})}


async def _plant_conversation(installation: Installation, party: Party) -> None:
    asked = {
        "message": f"{party.own_question} {party.canaries['question']}",
        "session_id": SHARED_SESSION,
        "user_id": party.canaries["user"],
    }
    turn = expected(
        await installation.call("POST", "/api/v1/chat", party.key, json=asked), 200, "asking"
    )
    path = f"/api/v1/chat/sessions/{SHARED_SESSION}/turns/{turn['turn_id']}/feedback"
    rating = {"rating": "down", "comment": f"Wrong: {party.canaries['comment']}"}
    await installation.call("POST", path, party.key, json=rating)
    private = {"message": party.own_question, "session_id": f"private-{party.client_id}"}
    turn = expected(
        await installation.call("POST", "/api/v1/chat", party.key, json=private), 200, "asking"
    )
    party.ids |= {"session_id": private["session_id"], "turn_id": turn["turn_id"]}
    found = expected(
        await installation.call(
            "POST", "/api/v1/search", party.key, json={"query": party.own_question}
        ),
        200,
        "searching",
    )
    if not found["hits"]:
        raise SetUpError("A document that was ingested is not found.")
    party.ids["chunk_id"] = found["hits"][0]["chunk_id"]


async def _plant_webhook(installation: Installation, party: Party) -> None:
    """Create a webhook where the installation takes one, and disable it: nothing is ever sent."""
    wanted = {
        "url": f"https://{PUBLIC_ADDRESS}/{party.canaries['webhook']}",
        "events": ["document.deleted"],
    }
    made = await installation.call("POST", "/api/v1/webhooks", party.key, json=wanted)
    if made.status != 201:
        party.missing.append(f"webhooks were not tried: creating one is refused ({made.status})")
        return
    party.ids["webhook_id"] = made.json()["webhook_id"]
    await installation.call(
        "PATCH", f"/api/v1/webhooks/{party.ids['webhook_id']}", party.key, json={"enabled": False}
    )


async def removed(installation: Installation, client_ids: Sequence[str]) -> Sequence[str]:
    """Delete clients that exist; return those of which something may be left."""
    left = []
    for client_id in client_ids:
        try:
            found = await installation.operate("GET", f"/clients/{client_id}")
            if found.status == 404:
                continue
            await deleted(installation, client_id)
        except (UnavailableError, SetUpError):
            left.append(client_id)
    return left


async def deleted(installation: Installation, client_id: str) -> Any:  # noqa: ANN401
    """Delete a client; return the verified receipt. Raises `SetUpError` if it stays running."""
    started = expected(
        await installation.operate("DELETE", f"/clients/{client_id}"), 202, "deleting a client"
    )
    loop = asyncio.get_running_loop()
    until = loop.time() + installation.patience
    while True:
        reply = await installation.operate("GET", f"/deletions/{started['deletion_id']}")
        receipt = expected(reply, 200, "reading a deletion")
        if receipt["status"] == "verified":
            return receipt
        if loop.time() > until:
            raise SetUpError("A client's deletion has not been verified in time.")
        await asyncio.sleep(0.2)
