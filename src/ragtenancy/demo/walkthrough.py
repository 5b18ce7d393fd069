"""A walkthrough for newcomers: the keys, and requests ready to run."""

from __future__ import annotations

import json

from ragtenancy.demo.prepare import DemoKeys

CONSOLE = "http://127.0.0.1:8501"
QUESTIONS = ("How long is the refund period?", "How do I create a report?")


def walkthrough(url: str, keys: DemoKeys) -> str:
    """Return the keys and curl lines for a service at `url`."""
    own = next(iter(keys.clients.values()))
    owners = {**keys.clients, "operator": keys.operator}
    lines = [
        "",
        f"ragtenancy is running at {url} (open it in a browser to ask); the API reference is at {url}/schema",
        "",
        "Keys:",
    ]
    lines += [f"  {owner:<12} {key}" for owner, key in owners.items()]
    lines.append("")
    for question in QUESTIONS:
        lines.append(f"{question} Each client gets an answer from its own guides:")
        lines += [_post(f"{url}/api/v1/chat", key, question) for key in keys.clients.values()]
        lines.append("")
    lines += [
        "The same answer as a stream of events:",
        _post(f"-N {url}/api/v1/chat", own, QUESTIONS[0], stream=True),
        "",
        "A client's documents, and the operator's list of clients:",
        f"  curl -s {url}/api/v1/ingest/documents -H 'X-API-Key: {own}'",
        f"  curl -s {url}/api/v1/admin/clients -H 'X-API-Key: {keys.operator}'",
        "",
        f"The console, from a second terminal; sign in at {CONSOLE} with any of these keys:",
        f"  RAGTENANCY_URL={url} make console",
        "",
        "Your own client, in a second terminal:",
        "  .venv/bin/ragtenancy client create my_company",
        "  .venv/bin/ragtenancy ingest --client my_company FILE_OR_FOLDER",
        "  .venv/bin/ragtenancy ask --client my_company",
        "",
        "Press Ctrl+C to stop; the data is kept in the folder data.",
        "",
    ]
    return "\n".join(lines)


def _post(url: str, key: str, question: str, **more: bool) -> str:
    body = json.dumps({"message": question, **more})
    return f"  curl -s {url} -H 'X-API-Key: {key}' -H 'Content-Type: application/json' -d '{body}'"
