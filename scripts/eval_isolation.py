"""Put many clients' questions to one server at once and look for each other's words in replies."""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import re
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

import docx
import httpx
from evaluation_data import Line, folder, lines
from leaks import LeakDetector
from msgspec import Struct
from service import OPERATOR, SERVE, serving

IN_FLIGHT = 12
OWN_QUESTIONS = 50
SHARED_QUESTIONS = 12
HIT_FLOOR, REFUSED_FLOOR = 0.90, 0.85
PLACES = ("text", "name", "system_prompt", "greeting", "no_context_response")
SEED = 7


class Client(Struct, kw_only=True):
    """A client of the evaluation; `key` is its API key once it is made."""

    client_id: str
    canaries: Mapping[str, str]
    documents: Sequence[Line]
    key: str = ""

    @property
    def source(self) -> str:
        texts = [f"{each['title']}\n{each['text']}" for each in self.documents]
        return "\n".join([*texts, self.marked_sentence])

    @property
    def marked_sentence(self) -> str:
        return f"The internal reference of these documents is {self.canaries['text']}."


class Evaluation:
    """One server, its clients and what was found in its replies."""

    def __init__(self, http: httpx.AsyncClient, clients: Sequence[Client]) -> None:
        self.http = http
        self.clients = {client.client_id: client for client in clients}
        self.replies = 0
        self.leaks: list[str] = []
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._detector = LeakDetector(
            {client.client_id: client.source for client in clients},
            {client.client_id: list(client.canaries.values()) for client in clients},
        )

    async def ask(
        self, client_id: str, method: str, path: str, **request: object
    ) -> httpx.Response:
        """Send one request with a client's key and look through every byte of the reply."""
        headers = {"X-API-Key": self.clients[client_id].key}
        async with self._room:
            reply = await self.http.request(method, path, headers=headers, **request)  # type: ignore[arg-type]
        self.replies += 1
        self.leaks += self._detector.leaks(client_id, dict(reply.headers), reply.content)
        return reply

    async def chat(self, client_id: str, message: str, session_id: str) -> Mapping[str, object]:
        """Return the reply of a turn."""
        body = {"message": message, "session_id": session_id}
        reply = await self.ask(client_id, "POST", "/api/v1/chat", json=body)
        return reply.json() if reply.status_code == 200 else {"status": reply.status_code}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sabotage", action="store_true", help="open two clients on one file")
    sabotage = parser.parse_args().sabotage
    data = folder() / "retrieval_and_qa"
    clients = read_clients(data)
    arguments = SERVE
    if sabotage:
        script = str(Path(__file__).with_name("sabotaged_server.py"))
        arguments = (script, clients[1].client_id, clients[0].client_id)
    settings = {"RAGTENANCY_PORT": "0", "RAGTENANCY_MAX_PENDING_JOBS": "1000"}
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place), arguments, **settings) as url,
    ):
        passed = asyncio.run(evaluate(url, clients, data))
    sys.exit(not passed)


async def evaluate(url: str, clients: Sequence[Client], data: Path) -> bool:
    async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
        run = Evaluation(http, clients)
        await each(make, ((run, client) for client in clients))
        await each(settle, ((run, client) for client in clients))
        print(f"{len(clients)} clients are ready on one server; {IN_FLIGHT} requests in flight")
        questions = lines(data / "squad2/qa.jsonl.gz")
        cross = lines(data / "squad2/cross_tenant.jsonl.gz")
        hits, refused, _ = await asyncio.gather(
            hit_rates(run, questions), refused_share(run, cross), everyone(run, data)
        )
        await each(look_around, ((run, client) for client in clients))
    return report(run, hits, refused)


def read_clients(data: Path) -> list[Client]:
    """Return squad2's clients and policyqa's, each with canaries of its own."""
    documents: dict[str, list[Line]] = {}
    for name in ("squad2", "policyqa"):
        for each_line in lines(data / name / "docs.jsonl.gz"):
            documents.setdefault(client_id_of(each_line["tenant"]), []).append(each_line)
    return [
        Client(
            client_id=client_id,
            canaries={place: f"canary-{secrets.token_hex(12)}" for place in PLACES},
            documents=own,
        )
        for client_id, own in documents.items()
    ]


async def make(run: Evaluation, client: Client) -> None:
    """Make the client with a canary at each of its places, and upload its documents."""
    marks = client.canaries
    prompts = {
        "system_prompt": f"Answer from the passages. {marks['system_prompt']}",
        "greeting": f"Welcome. {marks['greeting']}",
        "no_context_response": f"That is not known here. {marks['no_context_response']}",
    }
    made = await run.http.post(
        "/api/v1/admin/clients",
        headers={"X-API-Key": OPERATOR},
        json={
            "client_id": client.client_id,
            "name": f"Client {marks['name']}",
            "config": {"prompts": prompts},
        },
    )
    made.raise_for_status()
    client.key = made.json()["api_key"]
    for document in client.documents:
        file = (f"{document['id']}.docx", as_docx(document, client.marked_sentence))
        sent = await run.ask(
            client.client_id, "POST", "/api/v1/ingest/document", files={"file": file}
        )
        sent.raise_for_status()


async def settle(run: Evaluation, client: Client) -> None:
    """Wait until the client's jobs have ended."""
    while True:
        reply = await run.ask(client.client_id, "GET", "/api/v1/ingest/jobs?limit=100")
        states = {job["status"] for job in reply.json()["items"]}
        if not states & {"queued", "running"}:
            if states - {"succeeded"}:
                raise SystemExit(f"An ingestion of {client.client_id} ended as {states}.")
            return
        await asyncio.sleep(0.5)


async def hit_rates(run: Evaluation, questions: Sequence[Line]) -> dict[str, float]:
    """Return, per squad2 client, the share of own questions answered in the first five hits."""
    rates = {}
    for tenant in sorted({line["tenant"] for line in questions}):
        own = [q for q in questions if q["tenant"] == tenant and q["answerable"]]
        chosen = random.Random(SEED).sample(own, OWN_QUESTIONS)
        found = await each(is_hit, ((run, client_id_of(tenant), line) for line in chosen))
        rates[tenant] = sum(found) / len(found)
    return rates


async def is_hit(run: Evaluation, client_id: str, line: Line) -> bool:
    body = {"query": line["question"], "top_k": 5}
    reply = await run.ask(client_id, "POST", "/api/v1/search", json=body)
    reply.raise_for_status()
    answers = [plain(answer) for answer in line["answers"]]
    return any(
        hit["filename"] == f"{line['doc']}.docx" and any(a in plain(hit["text"]) for a in answers)
        for hit in reply.json()["hits"]
    )


async def refused_share(run: Evaluation, cross: Sequence[Line]) -> float:
    """Return the share of other clients' questions that chat refuses."""
    replies = await each(
        run.chat,
        (
            (client_id_of(line["tenant"]), line["question"], f"cross-{number}")
            for number, line in enumerate(cross)
        ),
    )
    return sum(reply.get("grounded") is False for reply in replies) / len(replies)


async def everyone(run: Evaluation, data: Path) -> None:
    """Ask every client the same questions, in sessions of the same names, plain and streamed."""
    templated = sorted({line["question"] for line in lines(data / "policyqa/qa.jsonl.gz")})
    chosen = random.Random(SEED).sample(templated, SHARED_QUESTIONS)
    calls = [(client_id, number) for number in range(len(chosen)) for client_id in run.clients]

    async def one(client_id: str, number: int) -> None:
        session = f"session-{number}"
        if number % 2:
            await run.chat(client_id, chosen[number], session)
            return
        body = {"message": chosen[number], "session_id": session, "stream": True}
        await run.ask(client_id, "POST", "/api/v1/chat", json=body)

    await each(one, calls)


async def look_around(run: Evaluation, client: Client) -> None:
    """Read whatever else a client may read."""
    for path in ("client", "chat/sessions", "chat/sessions/session-1", "ingest/documents"):
        reply = await run.ask(client.client_id, "GET", f"/api/v1/{path}")
        if path == "ingest/documents":
            for document in reply.json()["items"]:
                where = f"/api/v1/ingest/document/{document['document_id']}/chunks?limit=100"
                await run.ask(client.client_id, "GET", where)


async def each(call: Callable[..., Awaitable], arguments: Iterable[Sequence[object]]) -> list:
    """Return what the calls return, in order; the evaluation bounds how many are in flight."""
    return await asyncio.gather(*(call(*given) for given in arguments))


def report(run: Evaluation, hits: Mapping[str, float], refused: float) -> bool:
    for tenant, rate in hits.items():
        print(f"hit rate at 5, {tenant}: {rate:.2f} (floor {HIT_FLOOR})")
    print(f"refused share of other clients' questions: {refused:.2f} (floor {REFUSED_FLOOR})")
    print(f"leaks: {len(run.leaks)} in {run.replies} replies")
    for leak in list(dict.fromkeys(run.leaks))[:10]:
        print(f"  {leak}")
    return not run.leaks and min(hits.values()) >= HIT_FLOOR and refused >= REFUSED_FLOOR


def as_docx(document: Line, last: str) -> bytes:
    written = docx.Document()
    written.add_heading(document["title"], level=0)
    for paragraph in document["paragraphs"]:
        written.add_paragraph(re.sub(r"[\x00-\x08\x0b-\x1f]", " ", paragraph))
    written.add_paragraph(last)
    body = io.BytesIO()
    written.save(body)
    return body.getvalue()


def client_id_of(tenant: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", tenant.lower())


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


if __name__ == "__main__":
    main()
