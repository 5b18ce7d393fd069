"""Mixed requests to a real server, whose memory, descriptors, tasks and threads must stay flat.

`make soak`, or `make soak ARGS="--requests 2000 --clients 4 --seed 7"`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from msgspec import Struct

from scripts.security_report import record

OPERATOR = "operator-key-of-the-soak-0123456789abcdef"
LOOKS = 10
GROWTH = 1.1  # of memory in the second half
SLACK = {"descriptors": 16, "tasks": 16, "threads": 4}
TOPICS = (
    "refunds",
    "reports",
    "invoices",
    "warranties",
    "licences",
    "shipping",
    "safety",
    "repairs",
)
EXPECTED = frozenset({200, 202, 204, 400, 401, 404, 409, 429})
Request = Callable[[], Awaitable[int]]


class Process(Struct, frozen=True):
    """The server's process, asked for its holdings through its standard streams."""

    process: subprocess.Popen[str]
    url: str

    def holdings(self) -> Mapping[str, int]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found: Mapping[str, int] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def serving(folder: Path) -> Iterator[Process]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.soak.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "ADMIN_API_KEY": OPERATOR,
            "RAGTENANCY_DATA_DIR": str(folder / "data"),
            "RAGTENANCY_PORT": "0",
        },
    ) as process:
        try:
            assert process.stdout is not None
            yield Process(process, json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()
            process.wait(timeout=60)


class Visitor:
    """One client of the service, in all the ways a client behaves."""

    def __init__(self, http: httpx.AsyncClient, key: str, draw: random.Random) -> None:
        self._http = http
        self._headers = {"X-API-Key": key}
        self._draw = draw
        self._documents: list[str] = []
        self.ways: Mapping[Request, int] = {
            self._live: 15,
            self._view: 15,
            self._search: 30,
            self._chat: 8,
            self._stream: 5,
            self._cut_stream: 5,
            self._upload: 6,
            self._delete: 4,
            self._list: 6,
            self._malformed: 2,
            self._bad_key: 2,
            self._half_a_request: 2,
        }

    async def request(self) -> tuple[str, int]:
        """Send a request of some kind; return the kind and the status."""
        ways = list(self.ways)
        chosen = self._draw.choices(ways, list(self.ways.values()))[0]
        return chosen.__name__, await chosen()

    def _question(self) -> str:
        return f"How long do {self._draw.choice(TOPICS)} take in case {self._draw.randrange(500)}?"

    async def _ask(self, method: str, path: str, **given: object) -> int:
        reply = await self._http.request(method, path, headers=self._headers, **given)  # type: ignore[arg-type]
        return reply.status_code

    async def _live(self) -> int:
        return await self._ask("GET", "/livez")

    async def _view(self) -> int:
        return await self._ask("GET", "/api/v1/client")

    async def _search(self) -> int:
        return await self._ask("POST", "/api/v1/search", json={"query": self._question()})

    async def _chat(self) -> int:
        body = {"message": self._question(), "session_id": f"s{self._draw.randrange(40)}"}
        return await self._ask("POST", "/api/v1/chat", json=body)

    async def _stream(self) -> int:
        return await self._ask(
            "POST", "/api/v1/chat", json={"message": self._question(), "stream": True}
        )

    async def _cut_stream(self) -> int:
        body = {"message": self._question(), "stream": True}
        async with self._http.stream(
            "POST", "/api/v1/chat", headers=self._headers, json=body
        ) as reply:
            return reply.status_code

    async def _upload(self) -> int:
        topic, number = self._draw.choice(TOPICS), self._draw.randrange(500)
        text = f"# {topic.title()}\n\nThe {topic} of case {number} take {number % 30} days.\n"
        files = {"file": (f"{topic}-{number}.md", text.encode())}
        reply = await self._http.post("/api/v1/ingest/document", headers=self._headers, files=files)
        if reply.status_code == httpx.codes.ACCEPTED:
            self._documents.append(reply.json()["document_id"])
        return reply.status_code

    async def _delete(self) -> int:
        if not self._documents:
            return await self._list()
        document = self._documents.pop(self._draw.randrange(len(self._documents)))
        return await self._ask("DELETE", f"/api/v1/ingest/document/{document}")

    async def _list(self) -> int:
        return await self._ask("GET", "/api/v1/ingest/documents")

    async def _malformed(self) -> int:
        return await self._ask("POST", "/api/v1/search", content=b"{")

    async def _bad_key(self) -> int:
        reply = await self._http.get("/api/v1/client", headers={"X-API-Key": "rtk_local_no"})
        return reply.status_code

    async def _half_a_request(self) -> int:
        """Leave in the middle of a body."""
        url = self._http.base_url
        with socket.create_connection((url.host, url.port or 0)) as connection:
            head = f"POST /api/v1/search HTTP/1.1\r\nHost: a\r\nX-API-Key: {self._headers['X-API-Key']}\r\n"
            connection.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        return 200


class Soaked(Struct, frozen=True):
    """The server's holdings at each look, and how many requests of a kind had a status."""

    looks: Sequence[Mapping[str, int]]
    seen: Counter[tuple[str, int]]

    @property
    def passed(self) -> bool:
        """Whether the holdings stayed flat and every status was expected."""
        return _flat(self.looks) and all(status in EXPECTED for _, status in self.seen)

    def figures(self) -> Mapping[str, object]:
        middle, last = self.looks[LOOKS // 2], self.looks[-1]
        grown = {f"{name}, middle and end": f"{middle[name]:,} → {last[name]:,}" for name in SLACK}
        memory = f"{middle['bytes'] / 1e6:.0f} → {last['bytes'] / 1e6:.0f}"
        unexpected = sum(n for (_, status), n in self.seen.items() if status not in EXPECTED)
        return {
            "requests": self.seen.total(),
            "unexpected statuses": unexpected,
            "memory in MB, middle and end": memory,
            **grown,
        }


async def soak(process: Process, requests: int, clients: int, seed: int) -> Soaked:
    """Send the requests; print what the server holds in between; return what came of it."""
    draw = random.Random(seed)
    async with httpx.AsyncClient(base_url=process.url, timeout=120, trust_env=False) as http:
        visitors = [Visitor(http, await _key(http, f"c{n}"), draw) for n in range(clients)]
        looks: list[Mapping[str, int]] = []
        seen: Counter[tuple[str, int]] = Counter()
        print("requests  MB     descriptors  tasks  threads", flush=True)
        for look in range(LOOKS + 1):
            if look:
                share = requests // LOOKS // clients
                for counted in await asyncio.gather(*(_visit(each, share) for each in visitors)):
                    seen.update(counted)
            await asyncio.sleep(1)
            looks.append(process.holdings())
            last = looks[-1]
            print(
                f"{sum(seen.values()):8,}  {last['bytes'] / 1e6:5.0f}  {last['descriptors']:11}"
                f"  {last['tasks']:5}  {last['threads']:7}",
                flush=True,
            )
    for (kind, status), count in sorted(seen.items()):
        print(f"{kind.strip('_'):16} {status}  {count:,}")
    return Soaked(looks, seen)


async def _visit(visitor: Visitor, times: int) -> Counter[tuple[str, int]]:
    return Counter([await visitor.request() for _ in range(times)])


def _flat(looks: Sequence[Mapping[str, int]]) -> bool:
    """Return whether the second half of the run holds no more than its beginning."""
    middle, last = looks[LOOKS // 2], looks[-1]
    steady = all(last[name] <= middle[name] + slack for name, slack in SLACK.items())
    return steady and last["bytes"] <= middle["bytes"] * GROWTH


async def _key(http: httpx.AsyncClient, client_id: str) -> str:
    reply = await http.post(
        "/api/v1/admin/clients",
        headers={"X-API-Key": OPERATOR},
        json={"client_id": client_id, "name": client_id},
    )
    return str(reply.raise_for_status().json()["api_key"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, serving(Path(folder)) as process:
        soaked = asyncio.run(soak(process, options.requests, options.clients, options.seed))
    print("passed" if soaked.passed else "FAILED")
    record("soak", passed=soaked.passed, figures=soaked.figures())
    sys.exit(not soaked.passed)


if __name__ == "__main__":
    main()
