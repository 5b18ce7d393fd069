"""What a newcomer is shown: the keys, and requests that work as they are printed."""

from __future__ import annotations

import json

from ragtenancy.demo.prepare import DemoKeys

QUESTIONS = ("How long is the refund period?", "How do I create a report?")


def walkthrough(url: str, keys: DemoKeys) -> str:
    """Return the keys and curl lines for a service at `url`."""
    lines = ["", f"ragtenancy serves {url} (API: {url}/schema)", ""]
    lines += [f"  {client}'s key    {key}" for client, key in keys.clients.items()]
    lines += [f"  operator's key  {keys.operator}", ""]
    for question in QUESTIONS:
        lines.append("The same question, to each client:")
        lines += [_post(f"{url}/api/v1/chat", key, question) for key in keys.clients.values()]
        lines.append("")
    lines += [
        "Documents of a client, and all clients:",
        f"  curl -s {url}/api/v1/ingest/documents -H 'X-API-Key: {next(iter(keys.clients.values()))}'",
        f"  curl -s {url}/api/v1/admin/clients -H 'X-API-Key: {keys.operator}'",
        "",
    ]
    return "\n".join(lines)


def _post(url: str, key: str, question: str) -> str:
    body = json.dumps({"message": question})
    return f"  curl -s {url} -H 'X-API-Key: {key}' -H 'Content-Type: application/json' -d '{body}'"
