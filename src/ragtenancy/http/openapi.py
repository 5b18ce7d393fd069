"""The OpenAPI 3.1 description, generated from the routes' declarations, and its HTML page."""

from __future__ import annotations

import base64
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from http import HTTPStatus
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from ragtenancy.app.ingestion.batches import MAX_FILES
from ragtenancy.http.auth import Credential
from ragtenancy.http.json_schema import portable
from ragtenancy.http.openapi_examples import EXAMPLES
from ragtenancy.version import __version__
from ragtenancy.wire.problems import Problem

Json = dict[str, Any]
REF = "#/components/schemas/{name}"
SECURITY: Mapping[Credential, Sequence[Mapping[str, Sequence[str]]]] = {
    Credential.OPEN: [],
    Credential.TENANT: [{"apiKey": []}, {"bearer": []}],
    Credential.OPERATOR: [{"operatorKey": []}, {"operatorBearer": []}],
}
SCHEMES = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "operatorKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "operatorBearer": {"type": "http", "scheme": "bearer"},
}
UPLOAD = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The document; its format is recognised by its content.",
        },
        "document_id": {
            "type": "string",
            "description": "The document to replace; if unset, the upload becomes a new document.",
        },
        "metadata": {
            "type": "string",
            "description": "A JSON object of strings, numbers and booleans, stored with the document.",
        },
    },
}
BATCH = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "minItems": 1,
            "maxItems": MAX_FILES,
            "description": "The documents, or one zip file of them.",
        },
        "metadata": {
            "type": "string",
            "description": "A JSON object of strings, numbers and booleans, stored with each document.",
        },
    },
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "summary{cursor:pointer}b{display:inline-block;width:5rem;font-family:monospace}"
    "pre{background:#f4f4f4;padding:.5rem;overflow:auto}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
_PARAMETER = re.compile(r"\{(\w+):str\}")


def describe(app: Litestar) -> Json:
    """Return the description of an application's routes."""
    operations = sorted(_operations(app), key=lambda found: found[:2])
    kinds = {kind for _, _, handler in operations for kind in _kinds(handler)} | {Problem}
    ordered = sorted(kinds, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REF)
    refs = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, Json] = {}
    for path, method, handler in operations:
        paths.setdefault(path, {})[method] = _operation(handler, path, refs, components)
    description: Json = portable(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "ragtenancy",
                "version": __version__,
                "description": "Answers from documents, for many clients, each from its own documents only.",
            },
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": SCHEMES},
        }
    )
    return description


def _operations(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    return [
        (_PARAMETER.sub(r"{\1}", route.path), str(method).lower(), handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


def _operation(
    handler: HTTPRouteHandler, path: str, refs: Mapping[Any, Json], components: Json
) -> Json:
    opt = handler.opt
    operation: Json = {
        "operationId": handler.handler_name,
        "summary": (handler.fn.__doc__ or "").strip().split("\n")[0],
        "description": _credential(opt),
        "tags": [_tag(path)],
        "security": SECURITY[opt["credential"]],
        "parameters": [*_path_parameters(path), *_query(opt, components)],
        "responses": _responses(handler, refs),
    }
    body = _request_body(opt, refs)
    return operation | ({"requestBody": body} if body else {})


def _credential(opt: Mapping[str, Any]) -> str:
    """Return which key a route takes, with which scope."""
    if opt["credential"] is Credential.OPERATOR:
        return "Needs the operator's key."
    if opt["credential"] is not Credential.TENANT:
        return "Needs no key."
    scope = opt.get("scope")
    return f"Needs a client's key with the scope `{scope}`." if scope else "Needs a client's key."


def _request_body(opt: Mapping[str, Any], refs: Mapping[Any, Json]) -> Json | None:
    if opt.get("upload"):
        return {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}
    if opt.get("batch"):
        return {"required": True, "content": {"multipart/form-data": {"schema": BATCH}}}
    if opt.get("body") is None:
        return None
    return {"required": True, "content": {"application/json": _content(opt["body"], refs)}}


def _responses(handler: HTTPRouteHandler, refs: Mapping[Any, Json]) -> Json:
    opt = handler.opt
    status = handler.status_code or 200
    responses: Json = {str(status): _response(status, _reply(handler), opt, refs)}
    for other, kind in opt.get("also", {}).items():
        responses[str(other)] = _response(other, kind, {}, refs)
    for code in sorted(set(opt.get("problems", ()))):
        responses[str(code)] = {
            "description": HTTPStatus(code).phrase,
            "content": {"application/problem+json": _content(Problem, refs)},
        }
    return responses


def _response(status: int, kind: object, opt: Mapping[str, Any], refs: Mapping[Any, Json]) -> Json:
    response: Json = {"description": HTTPStatus(status).phrase}
    content: Json = {}
    if kind in refs:
        content["application/json"] = _content(kind, refs)
    if opt.get("streams"):
        content["text/event-stream"] = {"schema": {"type": "string"}}
    if opt.get("binary"):
        content["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
    if opt.get("html"):
        content["text/html"] = {"schema": {"type": "string"}}
    if opt.get("text"):
        content["text/plain"] = {"schema": {"type": "string"}}
    return response | ({"content": content} if content else {})


def _content(kind: object, refs: Mapping[Any, Json]) -> Json:
    example = EXAMPLES.get(getattr(kind, "__name__", ""))
    return {"schema": refs[kind]} | ({"example": example} if example else {})


def _path_parameters(path: str) -> list[Json]:
    text = {"type": "string", "minLength": 1, "maxLength": 128}
    return [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _query(opt: Mapping[str, Any], components: Json) -> list[Json]:
    kind = opt.get("query")
    if kind is None:
        return []
    schema = components[kind.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _kinds(handler: HTTPRouteHandler) -> set[Any]:
    declared = {handler.opt.get("body"), handler.opt.get("query"), _reply(handler)}
    return (declared | set(handler.opt.get("also", {}).values())) - {None}


def _reply(handler: HTTPRouteHandler) -> Any | None:  # noqa: ANN401 - a type, or a generic of one
    """Return the Struct of a handler's reply."""
    hint = get_type_hints(handler.fn).get("return")
    options = get_args(hint) if get_origin(hint) in {UnionType, typing.Union} else (hint,)
    inner = [get_args(o)[0] if get_origin(o) is Response else o for o in options]
    return next((kind for kind in inner if _is_struct(kind)), None)


def _is_struct(kind: object) -> bool:
    plain = get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, msgspec.Struct)


def _tag(path: str) -> str:
    parts = [part for part in path.split("/") if part not in {"", "api", "v1"}]
    return parts[0] if parts and path.startswith("/api/") else "operations"


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
