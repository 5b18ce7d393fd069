"""The API description as a page of HTML, without scripts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any

import msgspec

Json = Mapping[str, Any]
STYLE = (
    ":root{color-scheme:light dark;--line:#8884;--soft:#8881;--link:light-dark(#0550ae,#79b8ff)}"
    "body{font:16px/1.55 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
    "h1{margin-bottom:0}h2{margin:2.5rem 0 .25rem;padding-top:.5rem;border-top:1px solid var(--line)}"
    "h3{margin:1.2rem 0 .3rem;font-size:1rem}a{color:var(--link)}nav a{margin-right:1rem;white-space:nowrap}"
    "code,pre{font:.9em/1.5 ui-monospace,monospace}"
    "pre{background:var(--soft);padding:.7rem;border-radius:6px;overflow:auto;margin:.4rem 0}"
    "details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:0 .8rem}"
    "summary{cursor:pointer;padding:.5rem 0}details details{border:0;padding:0;margin:0}"
    ".method{display:inline-block;min-width:4rem;font-weight:600}.path{font-weight:600}"
    ".what{display:block;padding-left:1.2rem;opacity:.8}"
    "table{border-collapse:collapse;width:100%;display:block;overflow:auto}"
    "td{border-top:1px solid var(--line);padding:.3rem .9rem .3rem 0;vertical-align:top}"
    "td:first-child{white-space:nowrap}td:last-child{width:100%}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
_SCHEMA = "#/components/schemas/"
_HEADER = "#/components/headers/"


def docs_page(description: Json) -> str:
    """Return an OpenAPI description as HTML: its operations by tag, then the bodies they name."""
    info, tags = description["info"], description["tags"]
    links = "".join(f'<a href="#{_anchor(tag["name"])}">{escape(tag["name"])}</a>' for tag in tags)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"{_markdown(info['description'])}"
        f'<nav>{links}<a href="#bodies">Bodies</a><a href="/schema/openapi.json">openapi.json</a></nav>'
        f"{''.join(_group(description, tag) for tag in tags)}"
        f'<h2 id="bodies">Bodies</h2>{"".join(_bodies(description))}</html>'
    )


def _group(description: Json, tag: Json) -> str:
    operations = (
        _operation(description, path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    )
    name = tag["name"]
    return f'<h2 id="{_anchor(name)}">{escape(name)}</h2>{_markdown(tag["description"])}' + "".join(
        operations
    )


def _operation(description: Json, path: str, method: str, operation: Json) -> str:
    return (
        f'<details id="{escape(operation["operationId"])}"><summary>'
        f'<span class="method">{escape(method.upper())}</span>'
        f'<code class="path">{escape(path)}</code>'
        f'<span class="what">{_inline(operation["summary"])}</span></summary>'
        f"{_markdown(operation['description'])}"
        f"{_parameters(operation['parameters'])}"
        f"{_request(description, operation.get('requestBody'))}"
        f"<h3>Replies</h3>{''.join(_reply(description, *each) for each in operation['responses'].items())}"
        "</details>"
    )


def _parameters(parameters: Sequence[Json]) -> str:
    rows = [
        (
            f"<code>{escape(each['name'])}</code>",
            f"{each['in']}, {_kind(each['schema'])}{', required' if each['required'] else ''}",
            _inline(each["description"]),
        )
        for each in parameters
    ]
    return f"<h3>Parameters</h3>{_table(rows)}" if rows else ""


def _request(description: Json, body: Json | None) -> str:
    if body is None:
        return ""
    return "<h3>Body</h3>" + "".join(
        f"<p><code>{escape(kind)}</code>{_fields_of(description, content['schema'])}</p>"
        f"{_example(content)}"
        for kind, content in body["content"].items()
    )


def _fields_of(description: Json, schema: Json) -> str:
    """Return the table of a body's fields."""
    found = schema
    if "$ref" in schema:
        found = description["components"]["schemas"][schema["$ref"].removeprefix(_SCHEMA)]
    return _fields(found)


def _fields(schema: Json) -> str:
    required = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(name)}</code>",
            _kind(field) + (", required" if name in required else ""),
            _inline(field.get("description", "")),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    return _table(rows)


def _reply(description: Json, status: str, response: Json) -> str:
    headers = [
        (
            f"<code>{escape(name)}</code>",
            "header",
            _inline(description["components"]["headers"][name]["description"]),
        )
        for name in response.get("headers", ())
    ]
    contents = "".join(
        f"<p><code>{escape(kind)}</code>: {_kind(content['schema'])}</p>{_example(content)}"
        for kind, content in response.get("content", {}).items()
    )
    return (
        f"<details><summary>{escape(status)} {_inline(response['description'])}</summary>"
        f"{_table(headers)}{contents}</details>"
    )


def _bodies(description: Json) -> Iterator[str]:
    for name, schema in description["components"]["schemas"].items():
        text = _markdown(schema.get("description", ""))
        yield f'<h3 id="{_anchor(name)}">{escape(name)}</h3>{text}{_fields(schema)}'


def _kind(schema: Json) -> str:
    """Return what a schema allows, in words, with links to the bodies that it names."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMA)
        return f'<a href="#{_anchor(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if isinstance(schema.get("type"), list):
        plain = {key: item for key, item in schema.items() if key != "default"}
        return " or ".join(_kind({**plain, "type": kind}) for kind in schema["type"])
    if schema.get("type") == "null":
        return "null"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        return f"object of {_kind(values)}"
    words = [str(schema.get("type", "any")), _bounds(schema)]
    if "default" in schema:
        words.append(f"default {msgspec.json.encode(schema['default']).decode()}")
    return escape(", ".join(filter(None, words)))


def _bounds(schema: Json) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if "maxLength" in schema or "minLength" in schema else ""
    if low is None and high is None:
        return ""
    return f"{'…' if low is None else f'{low:,}'} to {'…' if high is None else f'{high:,}'}{unit}"


def _example(content: Json) -> str:
    examples = [each["value"] for each in content.get("examples", {}).values()]
    if "example" in content:
        examples.append(content["example"])
    return "".join(f"<pre>{escape(_shown(each))}</pre>" for each in examples)


def _shown(example: object) -> str:
    if isinstance(example, str):
        return example
    return msgspec.json.format(msgspec.json.encode(example)).decode()


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of HTML cells as a table, nothing for none."""
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table>{body}</table>" if body else ""


def _markdown(text: str) -> str:
    """Return the Markdown that descriptions use as HTML: paragraphs, lists, `code` and **bold**."""
    blocks = re.split(r"\n\n+", text.strip())
    return "".join(
        _list(block) if block.startswith("- ") else _paragraph(block) for block in blocks
    )


def _list(block: str) -> str:
    items = (f"<li>{_inline(item)}</li>" for item in re.split(r"(?:^|\n)- ", block) if item)
    return f"<ul>{''.join(items)}</ul>"


def _paragraph(block: str) -> str:
    return f"<p>{_inline(block)}</p>" if block else ""


def _inline(text: str) -> str:
    code = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", code)


def _anchor(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
