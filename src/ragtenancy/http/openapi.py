"""The OpenAPI 3.1 description, generated from the routes' declarations."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from inspect import cleandoc
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from ragtenancy.http.auth import Credential
from ragtenancy.http.failures import noun, problems
from ragtenancy.http.json_schema import portable
from ragtenancy.http.openapi_examples import CSV_EXAMPLE, STREAMS, example_of
from ragtenancy.http.openapi_terms import (
    BATCH,
    DESCRIPTION,
    RATE_LIMIT_FIELDS,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    SCHEMES,
    TAGS,
    UPLOAD,
)
from ragtenancy.http.problems import OPENAI_PATHS, Rendered
from ragtenancy.version import __version__
from ragtenancy.wire.openai import OpenAIProblem
from ragtenancy.wire.problems import Problem

Json = dict[str, Any]
NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"  # such a path is refused (middleware)
REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+):str\}")
_PAGE = re.compile(r"\bPage_(\w+)_(?=\")")
_SCHEMES_OF: Mapping[Credential, Sequence[str]] = {
    Credential.OPEN: (),
    Credential.TENANT: ("apiKey", "bearer"),
    Credential.OPERATOR: ("operatorKey", "operatorBearer"),
}


def describe(app: Litestar) -> Json:
    """Return the description of an application's routes."""
    operations = sorted(_operations(app), key=lambda found: found[:2])
    kinds = {kind for _, _, handler in operations for kind in _kinds(handler)}
    ordered = sorted(kinds | {Problem, OpenAIProblem}, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REF)
    refs = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, Json] = {}
    for path, method, handler in operations:
        paths.setdefault(path, {})[method] = _operation(handler, path, refs, components)
    used = {tag for path in paths.values() for one in path.values() for tag in one["tags"]}
    return _named(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "ragtenancy",
                "version": __version__,
                "summary": "Answers from documents, for many clients, each from its own only.",
                "description": DESCRIPTION,
                "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/", "description": "The server of this description."}],
            "tags": [
                {"name": tag.name, "description": tag.description}
                for tag in TAGS
                if tag.name in used
            ],
            "paths": paths,
            "components": {
                "schemas": _completed(paths, components, kinds),
                "headers": RESPONSE_HEADERS,
                "securitySchemes": SCHEMES,
            },
        }
    )


def _named(description: Json) -> Json:
    """Return the description with portable schemas, and pages named after their items."""
    text = msgspec.json.encode(portable(description)).decode()
    named: Json = msgspec.json.decode(_PAGE.sub(r"\1Page", text))
    return named


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
    summary, _, more = cleandoc(handler.fn.__doc__ or "").partition("\n")
    paragraphs = [" ".join(text.split()) for text in more.split("\n\n")]
    operation: Json = {
        "operationId": handler.handler_name,
        "summary": summary,
        "description": "\n\n".join(filter(None, [*paragraphs, _credential(opt)])),
        "tags": [next(tag.name for tag in TAGS if path.startswith(tag.prefix))],
        "security": [
            {scheme: [opt["scope"]] if opt.get("scope") else []}
            for scheme in _SCHEMES_OF[opt["credential"]]
        ],
        "parameters": [*_path_parameters(path), *_query(opt, components), *_headers(opt)],
        "responses": _responses(handler, path, refs),
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
    content = {"application/json": _content(opt["body"], refs)}
    return {"required": not opt.get("optional_body"), "content": content}


def _responses(handler: HTTPRouteHandler, path: str, refs: Mapping[Any, Json]) -> Json:
    opt = handler.opt
    status = handler.status_code or 200
    responses = {status: _response(status, _reply(handler), opt, refs)}
    for other, kind in opt.get("also", {}).items():
        responses[other] = _response(other, kind, {}, refs)
    shape = refs[OpenAIProblem if path.startswith(OPENAI_PATHS) else Problem]
    for failed, found in problems(path, opt).items():
        response = responses.setdefault(failed, {"description": "", "headers": _sent(())})
        response["description"] = _causes(failed, found)
        names = {name for problem in found for name in problem.headers}
        response["headers"] |= _sent([name for name in RESPONSE_HEADERS if name in names])
        content = {"schema": shape, "examples": _examples(found)}
        response["content"] = {**response.get("content", {}), "application/problem+json": content}
    if opt["credential"] is Credential.TENANT:
        for response in responses.values():
            response["headers"] |= _sent(RATE_LIMIT_FIELDS)
    return {str(code): response for code, response in sorted(responses.items())}


def _causes(status: int, found: Sequence[Rendered]) -> str:
    codes = ", ".join(f"`{code}`" for code in dict.fromkeys(map(_code, found)))
    return f"{HTTPStatus(status).phrase}: {codes}."


def _examples(found: Sequence[Rendered]) -> Json:
    """Return the problems' bodies by code; of two with one code, the second is numbered."""
    examples: Json = {}
    for problem in found:
        code = _code(problem)
        name = code if code not in examples else f"{code}_{len(examples) + 1}"
        body = msgspec.json.decode(problem.body)
        examples[name] = {"summary": body["title"], "value": body}
    return examples


def _code(problem: Rendered) -> str:
    return str(msgspec.json.decode(problem.body)["code"])


def _response(status: int, kind: object, opt: Mapping[str, Any], refs: Mapping[Any, Json]) -> Json:
    response: Json = {
        "description": _meaning(status, kind, opt),
        "headers": _sent(opt.get("sends", ())),
    }
    content: Json = {}
    if kind in refs:
        content["application/json"] = _content(kind, refs)
    if stream := opt.get("streams"):
        content["text/event-stream"] = {"schema": {"type": "string"}, "example": STREAMS[stream]}
    if opt.get("binary"):
        content["*/*"] = {"schema": {"type": "string", "format": "binary"}}
    if opt.get("html"):
        content["text/html"] = {"schema": {"type": "string"}}
    if opt.get("csv"):
        content["text/csv"] = {"schema": {"type": "string"}, "example": CSV_EXAMPLE}
    if opt.get("text"):
        content["text/plain"] = {"schema": {"type": "string"}}
    return response | ({"content": content} if content else {})


def _meaning(status: int, kind: Any, opt: Mapping[str, Any]) -> str:  # noqa: ANN401 - a type
    """Return a success's description: the first sentence about its body."""
    plain = get_origin(kind) or kind
    phrase = HTTPStatus(status).phrase
    if opt.get("streams"):
        return f"{phrase}: the whole turn, or its events if a stream was asked for."
    if opt.get("binary"):
        return f"{phrase}: the file."
    return f"{phrase}." if plain is None else f"{phrase}: {_lowered(cleandoc(plain.__doc__ or ''))}"


def _lowered(text: str) -> str:
    sentence = text.partition("\n")[0]
    return sentence[:1].lower() + sentence[1:]


def _sent(names: Iterable[str]) -> Json:
    """Return the header fields of a response; every one has the request's id."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}


def _content(kind: Any, refs: Mapping[Any, Json]) -> Json:  # noqa: ANN401 - a type
    example = example_of(kind)
    return {"schema": refs[kind]} | ({} if example is None else {"example": example})


def _path_parameters(path: str) -> list[Json]:
    text = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": NO_CONTROLS}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"The {noun(name)}'s {'id' if name.endswith('_id') else 'name'}.",
            "schema": text,
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _query(opt: Mapping[str, Any], components: Json) -> list[Json]:
    kind = opt.get("query")
    if kind is None:
        return []
    schema = components[kind.__name__]
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": _given(field),
        }
        for name, field in schema["properties"].items()
    ]


def _given(field: Json) -> Json:
    """Return the schema of a query parameter that is given: it cannot be null."""
    schema = {k: v for k, v in field.items() if k != "description"}
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    if schema.get("default", ...) is None:
        del schema["default"]
    return schema | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})


def _headers(opt: Mapping[str, Any]) -> list[Json]:
    names = list(opt.get("receives", ()))
    if "expected_version" in opt.get("parameters", ()):
        names.append("If-Match")
    return [{"name": name, "in": "header", **REQUEST_HEADERS[name]} for name in names]


def _completed(paths: Json, components: Json, kinds: Iterable[Any]) -> Json:
    """Return the components that are referred to; a reply has all its fields.

    What a reply alone refers to lists every property as required, unless it omits defaults.
    """
    bodies = [one.get("requestBody") for path in paths.values() for one in path.values()]
    received = set(_reached(bodies, components))
    omitting = {kind.__name__ for kind in _structs(kinds) if kind.__struct_config__.omit_defaults}
    completed: Json = {}
    for name in sorted(set(_reached(paths, components))):
        schema = {k: v for k, v in components[name].items() if k != "title"}
        if name in {"Problem", "OpenAIProblem"}:
            schema["additionalProperties"] = True
        elif name not in received | omitting:
            schema["required"] = [*schema.get("properties", ())]
        completed[name] = schema
    return completed


def _reached(value: object, components: Json, seen: set[str] | None = None) -> Iterator[str]:
    """Yield the names of the components that a value refers to, directly or not."""
    seen = set() if seen is None else seen
    if isinstance(value, list):
        for item in value:
            yield from _reached(item, components, seen)
    if not isinstance(value, dict):
        return
    name = str(value.get("$ref", "")).removeprefix(REF.format(name=""))
    if name in components and name not in seen:
        seen.add(name)
        yield name
        yield from _reached(components[name], components, seen)
    for item in value.values():
        yield from _reached(item, components, seen)


def _structs(kinds: Iterable[Any]) -> set[type[msgspec.Struct]]:
    """Return the Structs that occur in types."""
    found: set[type[msgspec.Struct]] = set()
    seen: set[Any] = set()

    def visit(value: object) -> None:
        if isinstance(value, tuple):
            for item in value:
                visit(item)
        elif isinstance(value, msgspec.inspect.StructType):
            kind = get_origin(value.cls) or value.cls
            if value.cls not in seen:
                seen.add(value.cls)
                found.add(kind)
                visit(value.fields)
        elif isinstance(value, msgspec.inspect.Type | msgspec.inspect.Field):
            visit(tuple(getattr(value, name) for name in value.__struct_fields__))

    visit(tuple(msgspec.inspect.multi_type_info(list(kinds))))
    return found


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
