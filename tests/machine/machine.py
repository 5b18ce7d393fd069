"""The state machine: what clients and the operator do, on either of two processes."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, StopTest, UnsatisfiedAssumption
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.machine.servers import NUMBER, Reply, Servers, until
from tests.machine.world import NAMES, Client, Document, Key, ViolationError, World
from tests.process.running import OPERATOR

FILES = ("guide.md", "rules.md", "notes.txt")
TOPICS = ("refund", "gate", "parking", "holiday")
SESSIONS = ("one", "two", "default")
LABELS = ("laptop", "server")
COMMON = "# Opening hours\n\nThe office is open from nine to five on weekdays.\n"
BY_CHANCE = 6  # one in so many draws of a costly rule takes place
ANY = st.integers(0, 999)
WHO = st.integers(0, len(NAMES) - 1)
SERVER = st.integers(0, NUMBER - 1)
ENDED = ("succeeded", "failed", "cancelled")
HYPOTHESIS_OWN = (HypothesisException, StopTest, UnsatisfiedAssumption)
Item = TypeVar("Item")


class Tally:
    """What has been done in all, in the present example, and what was violated first."""

    def __init__(self) -> None:
        self.steps: Counter[str] = Counter()
        self.replies = 0
        self.story: list[str] = []
        self.violated: str | None = None
        self.seed = 0
        self.kills = 0

    @property
    def total(self) -> int:
        """The number of steps."""
        return self.steps.total()


def document_path(document_id: str, part: str = "") -> str:
    """Return the path of a document, or of a part of it."""
    return f"/api/v1/ingest/document/{document_id}{part}"


def text_of(topic: str, marker: str) -> str:
    """Return a document about a topic; but for the marker, every client's are alike."""
    return f"# {topic.title()}\n\nThe {topic} code is {marker}. It is valid for thirty days.\n"


class Clients(RuleBasedStateMachine):
    """Four clients with colliding names; they are deleted at the end of each example."""

    servers: ClassVar[Servers]
    tally: ClassVar[Tally]
    incarnations: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.pool = ThreadPoolExecutor(len(NAMES))

    # --- what every step uses ---

    def ask(
        self,
        client: Client,
        server: int,
        method: str,
        path: str,
        *,
        key: Key | None = None,
        sent: Sequence[str] = (),
        history: bool = False,
        **content: Any,
    ) -> Reply | None:
        """Send a request of a client's and check the reply; return None if access was refused."""
        key = key or client.keys[0]
        reply = self.servers.call(server, method, path, key.text, **content)
        if reply is None:
            raise ViolationError(f"lost: no reply to {method} {path}")
        self.world.check(client, reply, sent=sent, history=history)
        return reply if self.world.check_access(client, key, server, reply) else None

    def step(self, name: str) -> None:
        """Count a step."""
        self.tally.steps[name] += 1
        self.tally.story.append(name)

    def create(self, name: str) -> Client:
        """Create a client over the operator's API."""
        Clients.incarnations += 1
        tag = f"mk{'abcd'[NAMES.index(name)]}{Clients.incarnations}"
        body = {"client_id": name, "name": "Company", "config": greeting(f"{tag}x0")}
        made = self.servers.operate(0, "POST", "/clients", json=body)
        if made.status != 201:
            raise ViolationError(f"lost: a client cannot be created: {made.text}")
        keys = self.servers.operate(0, "GET", f"/clients/{name}/keys").json["items"]
        return Client(name, tag, [Key(keys[0]["key_id"], made.json["api_key"])])

    def remove(self, client: Client, server: int) -> None:
        """Delete a client; wait for the receipt."""
        started = self.servers.operate(server, "DELETE", f"/clients/{client.name}")
        if started.status != 202:
            raise ViolationError(f"a client cannot be deleted: {started.text}")
        now = time.monotonic()
        for key in client.keys:
            key.revoked = key.revoked or (now, server)
            self.ask(client, server, "GET", "/api/v1/client", key=key)
        path = f"/deletions/{started.json['deletion_id']}"
        until(
            lambda: self.servers.operate(server, "GET", path).json["status"] == "verified",
            "a client's deletion",
        )

    def refresh(self, client: Client, server: int, document: Document) -> str:
        """Read the status of a document's job and note what follows; return it."""
        read = self.ask(client, server, "GET", f"/api/v1/ingest/status/{document.job_id}")
        if read is None:
            return "unknown"
        if read.status != 200:
            raise ViolationError(f"lost: a job is gone: {read.text}")
        status = str(read.json["status"])
        if status == "failed":
            raise ViolationError(f"lost: a job failed: {read.text}")
        if status == "succeeded":
            self._published(client, document)
        elif status == "cancelled":
            self._cancelled(client, document)
        return status

    def _published(self, client: Client, document: Document) -> None:
        document.ready = True
        if document.coming is not None:
            client.stale.add(document.marker)
            document.marker, document.coming = document.coming, None

    def _cancelled(self, client: Client, document: Document) -> None:
        if document.coming is not None:
            client.dead.add(document.coming)
            document.coming = None
        elif not document.ready:
            document.cancelled = True

    def upload(
        self,
        client: Client,
        server: int,
        filename: str,
        marker: str,
        topic: str = TOPICS[0],
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | None:
        """Upload a document that holds a marker."""
        return self.ask(
            client,
            server,
            "POST",
            "/api/v1/ingest/document",
            files={"file": (filename, text_of(topic, marker).encode())},
            data=dict(fields or {}),
            headers=headers,
        )

    def accepted(self, client: Client, filename: str, marker: str, reply: Reply | None) -> None:
        """Note a document whose upload was answered; a refusal leaves nothing behind."""
        if reply is None or reply.status == 429:
            client.dead.add(marker)
        elif reply.status == 202:
            told = reply.json
            client.documents.append(Document(filename, marker, told["document_id"], told["job_id"]))
        else:
            raise ViolationError(f"an upload was refused: {reply.text}")

    def delete(self, client: Client, server: int, document: Document) -> None:
        """Delete a document; from the acknowledgement on, no process shows it."""
        path = document_path(document.document_id)
        reply = self.ask(client, server, "DELETE", path, sent=[document.document_id])
        if reply is None:
            return
        if reply.status not in (200, 202):
            raise ViolationError(f"a document cannot be deleted: {reply.text}")
        client.bury(document)
        for each in range(NUMBER):
            read = self.ask(client, each, "GET", path, sent=[document.document_id])
            if read is not None and read.status != 404 and read.json["status"] != "deleting":
                raise ViolationError(f"deleted, but read: {read.text}")

    def found(self, client: Client, server: int, document: Document) -> None:
        """Require that a document is found by its marker."""
        reply = self.ask(
            client, server, "POST", "/api/v1/search", json={"query": f"code {document.marker}"}
        )
        if reply is not None and document.marker not in reply.text:
            raise ViolationError(f"lost: {document.marker} is not found: {reply.text[:300]}")

    def listed(self, client: Client, server: int) -> None:
        """Require that the list of documents is what was acknowledged."""
        reply = self.ask(client, server, "GET", "/api/v1/ingest/documents?limit=100")
        if reply is None:
            return
        shown = {each["document_id"]: each["status"] for each in reply.json["items"]}
        expected = {each.document_id for each in client.documents}
        extra = {each for each, status in shown.items() if status != "deleting"} - expected
        if extra or expected - shown.keys():
            raise ViolationError(f"lost or doubled: {extra} beside {expected - shown.keys()}")

    # --- documents ---

    @initialize(drawn=st.integers(0, 2**32))
    def begin(self, drawn: int) -> None:
        """Create the clients; the smallest example, which Hypothesis tries first, is left out."""
        assume(drawn)
        if self.tally.violated is not None:  # Hypothesis plays it again: nothing is gained by it
            raise ViolationError(self.tally.violated)
        self.tally.story.clear()
        self.world.clients = [self.create(name) for name in NAMES]

    @rule(who=WHO, server=SERVER, n=ANY)
    def upload_one(self, who: int, server: int, n: int) -> None:
        """Upload a document; other clients have one of the name and nearly the same text."""
        self.step("upload")
        client, marker = self.world.clients[who], self.world.clients[who].marker()
        filename = pick(FILES, n)
        reply = self.upload(client, server, filename, marker, pick(TOPICS, n))
        self.accepted(client, filename, marker, reply)

    @rule(who=WHO, server=SERVER)
    def upload_common(self, who: int, server: int) -> None:
        """Upload the file that every client has, to the byte."""
        self.step("upload the same file")
        client = self.world.clients[who]
        file = {"file": ("hours.md", COMMON.encode())}
        reply = self.ask(client, server, "POST", "/api/v1/ingest/document", files=file)
        if reply is None or reply.status == 429:
            return
        told = reply.json
        known = [each for each in client.documents if each.filename == "hours.md"]
        if known and known[0].document_id != told["document_id"]:
            raise ViolationError("an equal upload made a second document")
        if not known:
            client.documents.append(
                Document("hours.md", COMMON[2:15], told["document_id"], told["job_id"])
            )
        elif known[0].cancelled:  # the upload retries it
            known[0].cancelled, known[0].job_id = False, told["job_id"]

    @rule(who=WHO, server=SERVER, n=ANY)
    def upload_batch(self, who: int, server: int, n: int) -> None:
        """Upload two files at once."""
        self.step("batch")
        client = self.world.clients[who]
        markers = [client.marker(), client.marker()]
        names = ["first.md", "second.md"]
        files = [
            ("file", (name, text_of(pick(TOPICS, n), marker).encode()))
            for name, marker in zip(names, markers, strict=True)
        ]
        reply = self.ask(client, server, "POST", "/api/v1/ingest/documents:batch", files=files)
        if reply is None or reply.status == 429:
            client.dead |= set(markers)
            return
        for item, name, marker in zip(reply.json["items"], names, markers, strict=True):
            if item["document_id"] is None:
                client.dead.add(marker)
            else:
                client.documents.append(Document(name, marker, item["document_id"], item["job_id"]))

    @rule(who=WHO, server=SERVER, n=ANY)
    def upload_twice(self, who: int, server: int, n: int) -> None:
        """Upload under an idempotency key that all clients use, and again on the other process."""
        self.step("idempotent upload")
        client = self.world.clients[who]
        marker, filename = client.marker(), pick(FILES, n)
        headers = {"Idempotency-Key": f"upload-{client.serial}"}
        first = self.upload(client, server, filename, marker, headers=headers)
        self.accepted(client, filename, marker, first)
        if first is None or first.status != 202:
            return
        again = self.upload(client, 1 - server, filename, marker, headers=headers)
        if again is not None and again.json.get("job_id") != first.json["job_id"]:
            raise ViolationError(f"a retry made a second document: {again.text}")

    @rule(who=WHO, server=SERVER, n=ANY)
    def replace(self, who: int, server: int, n: int) -> None:
        """Replace a document that answers."""
        self.step("replace")
        client = self.world.clients[who]
        ready = [
            each for each in client.settled if each.coming is None and each.filename != "hours.md"
        ]
        if not ready:
            return
        document, marker = pick(ready, n), client.marker()
        reply = self.upload(
            client, server, document.filename, marker, fields={"document_id": document.document_id}
        )
        if reply is None or reply.status in (409, 429):
            client.dead.add(marker)
        elif reply.status == 202:
            document.coming, document.job_id = marker, reply.json["job_id"]
        else:
            raise ViolationError(f"a replacement was refused: {reply.text}")

    @rule(who=WHO, server=SERVER)
    def wait(self, who: int, server: int) -> None:
        """Wait until a client's jobs have ended; then each of its documents is found."""
        self.step("wait")
        self._settled(self.world.clients[who], server)

    def _settled(self, client: Client, server: int) -> None:
        for document in client.documents:
            until(
                lambda document=document: self.refresh(client, server, document) in ENDED,  # type: ignore[misc]
                f"job {document.job_id}",
            )
        for document in list(client.settled):
            self.found(client, server, document)
        self.listed(client, server)

    @rule(who=WHO, server=SERVER, n=ANY, retry=st.booleans())
    def cancel(self, who: int, server: int, n: int, retry: bool) -> None:
        """Cancel a job, and retry one that is cancelled."""
        self.step("cancel, retry")
        client = self.world.clients[who]
        if not client.documents:
            return
        document = pick(client.documents, n)
        path = f"/api/v1/ingest/status/{document.job_id}"
        self.ask(client, server, "POST", f"{path}/cancel", sent=[document.job_id])
        until(lambda: self.refresh(client, server, document) in ENDED, "a cancelled job")
        if retry and document.cancelled:
            self.ask(client, server, "POST", f"{path}/retry", sent=[document.job_id])
            document.cancelled = False

    @rule(who=WHO, server=SERVER, n=ANY)
    def delete_one(self, who: int, server: int, n: int) -> None:
        """Delete a document."""
        self.step("delete")
        client = self.world.clients[who]
        if client.documents:
            self.delete(client, server, pick(client.documents, n))

    @rule(who=WHO, server=SERVER, n=ANY)
    def read(self, who: int, server: int, n: int) -> None:
        """Read lists, and a document with its parts."""
        self.step("read")
        client = self.world.clients[who]
        self.listed(client, server)
        self.ask(client, server, "GET", "/api/v1/ingest/jobs")
        if client.documents:
            document = pick(client.documents, n)
            for part in ("", "/chunks", "/text", "/content"):
                path = document_path(document.document_id, part)
                reply = self.ask(client, server, "GET", path)
                if reply is not None and part == "" and reply.status != 200:
                    raise ViolationError(f"lost: {reply.text}")

    # --- questions ---

    def chat(self, client: Client, server: int, n: int, *, stream: bool) -> None:
        """Ask in a session whose name all clients use."""
        session = pick(SESSIONS, n)
        body = {
            "message": f"What is the {pick(TOPICS, n)} code?",
            "session_id": session,
            "stream": stream,
        }
        reply = self.ask(client, server, "POST", "/api/v1/chat", json=body)
        if reply is not None and reply.status == 200:
            client.sessions.add(session)
            if not stream:
                client.turns.append((session, reply.json["turn_id"]))

    def search(self, client: Client, server: int, n: int) -> None:
        """Search for what every client has."""
        body = {"query": f"What is the {pick(TOPICS, n)} code?", "top_k": 20, "explain": n % 7 == 0}
        self.ask(client, server, "POST", "/api/v1/search", json=body)

    @rule(who=WHO, server=SERVER, n=ANY, stream=st.booleans())
    def chat_one(self, who: int, server: int, n: int, stream: bool) -> None:
        """Ask."""
        self.step("chat")
        self.chat(self.world.clients[who], server, n, stream=stream)

    @rule(who=WHO, server=SERVER, n=ANY)
    def search_one(self, who: int, server: int, n: int) -> None:
        """Search."""
        self.step("search")
        self.search(self.world.clients[who], server, n)

    @rule(n=ANY)
    def together(self, n: int) -> None:
        """Let all clients ask at once, on both processes."""
        self.step("all at once")

        def one(at: int) -> None:
            client = self.world.clients[at]
            self.chat(client, (n + at) % NUMBER, n + at, stream=at % 2 == 0)
            self.search(client, (n + at) % NUMBER, n)

        for done in [self.pool.submit(one, at) for at in range(len(NAMES))]:
            done.result()

    @rule(who=WHO, server=SERVER, n=ANY)
    def other_doors(self, who: int, server: int, n: int) -> None:
        """Ask by the API of OpenAI, a vector store and MCP."""
        self.step("OpenAI, MCP")
        client, question = self.world.clients[who], f"What is the {pick(TOPICS, n)} code?"
        door = n % 3
        if door == 0:
            body = {"model": "ragtenancy", "messages": [{"role": "user", "content": question}]}
            named = {"X-Session-ID": pick(SESSIONS, n)}
            self.ask(client, server, "POST", "/v1/chat/completions", json=body, headers=named)
        elif door == 1:
            path = f"/v1/vector_stores/vs_{client.name}/search"
            self.ask(client, server, "POST", path, json={"query": question})
        else:
            called = {"name": "search", "arguments": {"query": question}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
            headers = {
                "Accept": "application/json, text/event-stream",
                "Mcp-Protocol-Version": "2025-11-25",
            }
            self.ask(client, server, "POST", "/mcp", json=message, headers=headers)

    @rule(who=WHO, server=SERVER, n=ANY)
    def sessions(self, who: int, server: int, n: int) -> None:
        """List sessions, read one, and now and then delete it."""
        self.step("sessions")
        client, session = self.world.clients[who], pick(SESSIONS, n)
        path = f"/api/v1/chat/sessions/{session}"
        self.ask(client, server, "GET", "/api/v1/chat/sessions")
        reply = self.ask(client, server, "GET", path, history=True)
        if reply is not None and reply.status == 404 and session in client.sessions:
            raise ViolationError(f"lost: session {session}")
        if n % 5 == 0:
            deleted = self.ask(client, server, "DELETE", path)
            if deleted is not None and deleted.status < 300:
                client.sessions.discard(session)
                client.turns = [turn for turn in client.turns if turn[0] != session]

    @rule(who=WHO, server=SERVER, n=ANY)
    def feedback(self, who: int, server: int, n: int) -> None:
        """Rate a turn, and read all feedback."""
        self.step("feedback")
        client = self.world.clients[who]
        if client.turns:
            session, turn = pick(client.turns, n)
            path = f"/api/v1/chat/sessions/{session}/turns/{turn}/feedback"
            self.ask(client, server, "POST", path, json={"rating": "down"}, history=True)
        self.ask(client, server, "GET", "/api/v1/chat/feedback", history=True)

    # --- foreign things ---

    @rule(who=WHO, other=WHO, server=SERVER, n=ANY)
    def reach(self, who: int, other: int, server: int, n: int) -> None:
        """Name another client's document, job, session or webhook: it is as if it were not there."""
        self.step("reach for a foreign thing")
        client, owner = self.world.clients[who], self.world.clients[other]
        if who == other or not owner.documents:
            return
        document = pick(owner.documents, n)
        made = [
            ("GET", document_path("{}", pick(("", "/text", "/chunks", "/content"), n))),
            ("DELETE", document_path("{}")),
            ("GET", "/api/v1/ingest/status/{}"),
            ("POST", "/api/v1/ingest/status/{}/cancel"),
            ("GET", "/api/v1/webhooks/{}"),
        ]
        method, path = pick(made, n)
        own = document.job_id if "status" in path else document.document_id
        if "webhooks" in path:
            if not owner.webhooks:
                return
            own = pick(owner.webhooks, n)
        absent = own[:-6] + "".join(random.Random(n).choices("abcdefgh", k=6))
        named = [
            self.ask(client, server, method, path.format(each), sent=[own, absent])
            for each in (own, absent)
        ]
        if named[0] is None or named[1] is None:
            return
        if alike(named[0], own) != alike(named[1], absent) or named[0].status != 404:
            raise ViolationError(
                f"leak: {method} {path} tells {named[0].text} from {named[1].text}"
            )

    @rule(who=WHO, other=WHO, server=SERVER, n=ANY)
    def search_foreign(self, who: int, other: int, server: int, n: int) -> None:
        """Search another client's vector store."""
        self.step("search a foreign store")
        client, name = self.world.clients[who], NAMES[other]
        path = f"/v1/vector_stores/vs_{name}/search"
        body = {"query": f"What is the {pick(TOPICS, n)} code?"}
        reply = self.ask(client, server, "POST", path, sent=[name], json=body)
        if who != other and reply is not None and reply.status != 404:
            raise ViolationError(f"leak: a foreign store was searched: {reply.text}")

    @rule(who=WHO, other=WHO, server=SERVER, n=ANY)
    def replace_foreign(self, who: int, other: int, server: int, n: int) -> None:
        """Upload over another client's document."""
        self.step("replace a foreign document")
        client, owner = self.world.clients[who], self.world.clients[other]
        if who == other or not owner.documents:
            return
        marker, aim = client.marker(), pick(owner.documents, n).document_id
        client.dead.add(marker)
        reply = self.upload(client, server, "guide.md", marker, fields={"document_id": aim})
        if reply is not None and reply.status != 404:
            raise ViolationError(f"leak: a foreign document was replaced: {reply.text}")

    # --- operator ---

    @rule(who=WHO, server=SERVER, n=ANY)
    def configure(self, who: int, server: int, n: int) -> None:
        """Change the greeting, or go back to the first configuration; read the client's view."""
        self.step("configuration")
        client = self.world.clients[who]
        path = f"/clients/{client.name}/config"
        if n % 4:
            self.servers.operate(server, "PUT", path, json=greeting(client.marker()))
        else:
            self.servers.operate(server, "POST", f"{path}/rollback", json={"version": 1})
        for each in range(NUMBER):
            self.ask(client, each, "GET", "/api/v1/client")

    @rule(who=WHO, server=SERVER, n=ANY)
    def keys(self, who: int, server: int, n: int) -> None:
        """Create a key and use it on both processes; rotate or revoke another."""
        self.step("keys")
        client = self.world.clients[who]
        path = f"/clients/{client.name}/keys"
        good = [key for key in client.keys if key.revoked is None]
        if len(good) > 1 and n % 2:
            key = pick(good[1:], n)
            if n % 4 == 1:
                self.servers.operate(server, "DELETE", f"{path}/{key.key_id}")
            else:
                turned = self.servers.operate(
                    server, "POST", f"{path}/{key.key_id}/rotate", json={"overlap_seconds": 0}
                ).json
                client.keys.append(Key(turned["key_id"], turned["api_key"]))
            key.revoked = (time.monotonic(), server)
        else:
            made = self.servers.operate(server, "POST", path, json={"label": pick(LABELS, n)}).json
            client.keys.append(Key(made["key_id"], made["api_key"]))
        for key in client.keys[-3:]:
            for each in range(NUMBER):
                self.ask(client, each, "GET", "/api/v1/client", key=key)

    @rule(who=WHO, server=SERVER)
    def cross_over(self, who: int, server: int) -> None:
        """Use a client's key on a route of the operator's, and the other way round."""
        self.step("keys on foreign routes")
        client = self.world.clients[who]
        for path, key in (
            ("/api/v1/admin/clients", client.keys[0].text),
            (f"/api/v1/admin/clients/{client.name}/keys", client.keys[0].text),
            ("/api/v1/ingest/documents", OPERATOR),
        ):
            reply = self.servers.call(server, "GET", path, key)
            if reply is None or reply.status not in (401, 403):
                raise ViolationError(f"leak: {path} is open to another's key")

    @rule(who=WHO, server=SERVER)
    def suspend(self, who: int, server: int) -> None:
        """Suspend a client; its requests are refused; let it go on."""
        self.step("suspend, resume")
        client = self.world.clients[who]
        for suspended in (True, False):
            status = {"status": "suspended" if suspended else "active"}
            self.servers.operate(server, "PATCH", f"/clients/{client.name}", json=status)
            client.suspended = (suspended, time.monotonic(), server)
            for each in range(NUMBER):
                self.ask(client, each, "GET", "/api/v1/client")

    @rule(who=WHO, server=SERVER)
    def usage(self, who: int, server: int) -> None:
        """Read what a client used."""
        self.step("usage")
        client = self.world.clients[who]
        used = self.servers.operate(server, "GET", f"/clients/{client.name}/usage")
        if used.status != 200:
            raise ViolationError(f"fault: {used.text}")

    @rule(who=WHO, server=SERVER, n=ANY)
    def webhooks(self, who: int, server: int, n: int) -> None:
        """Create a webhook, list all, and now and then delete one."""
        self.step("webhooks")
        client = self.world.clients[who]
        if len(client.webhooks) < 3:
            body = {"url": "http://127.0.0.1:9/hook", "events": ["client.budget"]}
            made = self.ask(client, server, "POST", "/api/v1/webhooks", json=body)
            if made is not None:
                client.webhooks.append(made.json["webhook_id"])
        elif n % 2:
            gone = client.webhooks.pop()
            self.ask(client, server, "DELETE", f"/api/v1/webhooks/{gone}")
        shown = self.ask(client, server, "GET", "/api/v1/webhooks")
        if shown is not None:
            found = {each["webhook_id"] for each in shown.json["items"]}
            if found != set(client.webhooks):
                raise ViolationError(f"lost: webhooks {found}, not {client.webhooks}")

    @rule(who=WHO, server=SERVER, n=ANY)
    def recreate(self, who: int, server: int, n: int) -> None:
        """Delete a client and create another of its name: the heir inherits nothing."""
        if n % BY_CHANCE:
            return
        self.step("delete a client, create its heir")
        gone = self.world.clients[who]
        self.remove(gone, server)
        self.world.clients[who] = self.create(gone.name)
        for each in range(NUMBER):
            for path in ("/api/v1/ingest/documents", "/api/v1/chat/sessions", "/api/v1/webhooks"):
                listed = self.ask(self.world.clients[who], each, "GET", path)
                if listed is not None and listed.json["items"]:
                    raise ViolationError(f"leak: an heir was shown {listed.text}")

    # --- crashes ---

    @rule(who=WHO, server=SERVER, n=ANY, delay=st.integers(0, 40))
    def crash(self, who: int, server: int, n: int, delay: int) -> None:
        """Kill a process during a request; what was asked happens once or not at all."""
        if n % BY_CHANCE:
            return
        self.step("crash")
        client = self.world.clients[who]
        during = pick([self._upload_again, self._delete_again, self._chat_again], n // BY_CHANCE)
        killer = threading.Thread(target=self.servers.kill, args=(server, delay / 1_000))
        killer.start()
        try:
            after = during(client, server, n)
        finally:
            killer.join()
            self.servers.restart(server)
        after()

    def _upload_again(self, client: Client, server: int, n: int) -> Callable[[], None]:
        marker, filename = client.marker(), pick(FILES, n)
        request: dict[str, Any] = {
            "files": {"file": (filename, text_of(pick(TOPICS, n), marker).encode())},
            "headers": {"Idempotency-Key": f"upload-{client.serial}"},
        }
        path = "/api/v1/ingest/document"
        self.servers.call(server, "POST", path, client.keys[0].text, **request)

        def after() -> None:
            replies: list[Reply | None] = []

            def answered() -> bool:
                replies.append(self.ask(client, 1 - server, "POST", path, **request))
                last = replies[-1]
                return last is None or last.status != 409

            until(answered, "a retry of an upload")
            self.accepted(client, filename, marker, replies[-1])

        return after

    def _delete_again(self, client: Client, server: int, n: int) -> Callable[[], None]:
        document = pick(client.documents, n) if client.documents else None
        if document is not None:
            path = document_path(document.document_id)
            document.uncertain = True
            self.servers.call(server, "DELETE", path, client.keys[0].text)

        def after() -> None:
            if document is not None:
                reply = self.ask(client, 1 - server, "DELETE", path, sent=[document.document_id])
                if reply is not None:
                    if reply.status not in (200, 202, 404):
                        raise ViolationError(f"a document cannot be deleted: {reply.text}")
                    client.bury(document)

        return after

    def _chat_again(self, client: Client, server: int, n: int) -> Callable[[], None]:
        body = {"message": f"What is the {pick(TOPICS, n)} code?", "session_id": pick(SESSIONS, n)}
        self.servers.call(server, "POST", "/api/v1/chat", client.keys[0].text, json=body)
        return lambda: self.chat(client, 1 - server, n, stream=False)

    def teardown(self) -> None:
        """Require that all that was acknowledged is there, and delete all clients."""
        error = sys.exc_info()[1]
        try:
            if error is None:
                self._end()
        except Exception as raised:
            error = raised
            raise
        finally:
            self.pool.shutdown()
            self.tally.replies += self.world.replies
            if error is not None and not isinstance(error, HYPOTHESIS_OWN):
                self.tally.violated = self.tally.violated or f"{type(error).__name__}: {error}"

    def _end(self) -> None:
        for client in self.world.clients:
            for server in range(NUMBER):
                self._settled(client, server)
        for client in self.world.clients:
            self.remove(client, 0)


def pick(items: Sequence[Item], n: int) -> Item:
    """Return one of some items."""
    return items[n % len(items)]


def alike(reply: Reply, named: str) -> str:
    """Return a reply's body without the id that the request named and its own."""
    own = str(reply.json.get("request_id", "")) or named
    return reply.text.replace(named, "ID").replace(own, "REQUEST")


def greeting(marker: str) -> dict[str, Any]:
    """Return a configuration whose greeting holds a marker."""
    return {"prompts": {"greeting": f"Welcome to {marker}."}}
