"""Send what the API description allows, and what it forbids, as Schemathesis draws it.

`fuzz_api.py SCHEMATHESIS [--examples 50] [--seed 1] [--roles nobody client operator]`. Each role
has a server of its own, since an operator deletes what it finds. A reply that the description does
not tell fails: its status, content type, fields or headers; so does a wrong request that is
accepted. What the description allows may be refused: it cannot tell which cursors, addresses and
pictures exist. A role whose key has stopped working, or that had too few successes, fails too:
its requests tested nothing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.process.running import OPERATOR, Server, key, serving, succeeded, upload  # noqa: E402

NOTE = b"# Safe\n\nThe code of the safe is 4711. Kim has the key.\n"
ROLES = ("nobody", "client", "operator")
LEAST = {"nobody": 5, "client": 15, "operator": 10}  # operations that must succeed at least once
PHASES = "examples,coverage,fuzzing,stateful"
CONFIG = """
[checks.positive_data_acceptance]
enabled = false
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429"]
[[operations]]
include-name = "POST /api/v1/admin/clients/{client_id}/config/rollback"
checks.ensure_resource_availability.enabled = false  # the version is absent, not the client
"""
COUNTED = re.compile(r"^\s*(\d[\d,]*) generated", re.MULTILINE)


class Outcome(Struct, frozen=True):
    """What a role's run came to."""

    role: str
    requests: int
    succeeded: int
    seconds: float
    wrong: str

    def line(self) -> str:
        """Return the outcome as a line."""
        return (
            f"{self.role:9} {self.requests:6} requests in {self.seconds:3.0f} s, "
            f"{self.succeeded} operations succeeded; {self.wrong or 'nothing found'}"
        )


def main() -> int:
    """Run each role; return 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemathesis", type=Path)
    parser.add_argument("--examples", type=int, default=50, help="of an operation")
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    given = parser.parse_args()
    program = given.schemathesis.absolute()
    options = [
        *("--max-examples", str(given.examples), "--seed", str(given.seed)),
        *("--phases", given.phases),
    ]
    outcomes = [fuzzed(role, program, options) for role in given.roles]
    print(*(each.line() for each in outcomes), sep="\n")
    return int(any(each.wrong for each in outcomes))


def fuzzed(role: str, program: Path, options: list[str]) -> Outcome:
    """Fuzz a new server in a role; print the report if something was found."""
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place) / "data", RAGTENANCY_BAD_KEYS_PER_MINUTE="1000000") as server,
    ):
        own = prepared(server)
        api_key = {"nobody": "", "client": own, "operator": OPERATOR}[role]
        description = Path(place) / "openapi.json"
        description.write_bytes(described(server))
        config = Path(place) / "schemathesis.toml"
        config.write_text(CONFIG, encoding="utf-8")
        report = Path(place) / "report.ndjson"
        started = time.monotonic()
        ran = subprocess.run(
            [
                *(
                    str(program),
                    "--config-file",
                    str(config),
                    "run",
                    str(description),
                    "--url",
                    str(server.http.base_url),
                ),
                *("--no-color", "--continue-on-failure", "--warnings", "off"),
                *("--workers", "2"),
                *(
                    "--generation-database",
                    "none",
                    "--generation-with-security-parameters",
                    "false",
                ),
                *("--request-timeout", "60", "--report", "ndjson"),
                *("--report-ndjson-path", str(report), *options),
                *(("--header", f"X-API-Key: {api_key}") if api_key else ()),
            ],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
        good = successes(report)
        wrong = judged(server, role, api_key, ran.returncode, good)
    if ran.returncode:
        print(ran.stdout, ran.stderr, sep="\n")
    counted = COUNTED.search(ran.stdout)
    requests = int(counted[1].replace(",", "")) if counted else 0
    return Outcome(role, requests, len(good), seconds, wrong)


def prepared(server: Server) -> str:
    """Create a client with a document and a conversation; return its key."""
    api_key = server.create_client("acme")
    succeeded(server, api_key, upload(server, api_key, "note.md", NOTE)["job_id"])
    asked = {"message": "What is the code of the safe?", "session_id": "one"}
    server.http.post("/api/v1/chat", json=asked, headers=key(api_key)).raise_for_status()
    return api_key


def described(server: Server) -> bytes:
    """Return the description without the schema of streams.

    OpenAPI 3.1 describes the whole of a stream as a string; Schemathesis takes that for the schema
    of one event.
    """
    description: Any = server.http.get("/schema/openapi.json").json()
    for path in description["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response.get("content", {}).get("text/event-stream", {}).pop("schema", None)
    return msgspec.json.encode(description)


def successes(report: Path) -> set[str]:
    """Return the operations that succeeded at least once, by Schemathesis's record of its events."""
    good: set[str] = set()
    for line in report.read_bytes().splitlines():
        recorded = msgspec.json.decode(line).get("ScenarioFinished", {}).get("recorder", {})
        for case_id, exchange in recorded.get("interactions", {}).items():
            case = recorded["cases"].get(case_id, {}).get("value", {})
            ended = (exchange["response"] or {}).get("status_code", 500)
            if ended < 300 and case.get("method", "OPTIONS") not in ("OPTIONS", "HEAD"):
                good.add(f"{case['method']} {case['path']}")
    return good


def judged(server: Server, role: str, api_key: str, status: int, good: Collection[str]) -> str:
    """Return what is wrong with a run, or nothing."""
    if status:
        return "FINDINGS, above"
    path = {"client": "/api/v1/client", "operator": "/api/v1/admin/clients"}.get(role, "/livez")
    if server.http.get(path, headers=key(api_key)).status_code != 200:
        return "NOTHING TESTED: the key has stopped working"
    if len(good) < LEAST[role]:
        return f"TOO LITTLE TESTED: {sorted(good)}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
