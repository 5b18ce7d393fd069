"""The API on one page: no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Any

import msgspec

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "summary{cursor:pointer}b{display:inline-block;width:5rem;font-family:monospace}"
    "pre{background:#f4f4f4;padding:.5rem;overflow:auto}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


def docs_page(description: Mapping[str, Any]) -> str:
    """Return an OpenAPI description as HTML."""
    info = description["info"]
    sections = "".join(
        _section(path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{STYLE}</style><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])} "
        f'<a href="/schema/openapi.json">openapi.json</a></p>{sections}</html>'
    )


def _section(path: str, method: str, operation: Mapping[str, Any]) -> str:
    keys = ", ".join(name for choice in operation["security"] for name in choice) or "none"
    statuses = ", ".join(operation["responses"])
    return (
        f"<details><summary><b>{escape(method.upper())}</b> <code>{escape(path)}</code> "
        f"{escape(operation['summary'])}</summary>"
        f"<p>Key: {escape(keys)}. Replies: {escape(statuses)}.</p>"
        f"{''.join(_examples(operation))}</details>"
    )


def _examples(operation: Mapping[str, Any]) -> Iterable[str]:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies[:2]:
        for content in body.get("content", {}).values():
            if "example" in content:
                shown = msgspec.json.format(msgspec.json.encode(content["example"])).decode()
                yield f"<pre>{escape(shown)}</pre>"
