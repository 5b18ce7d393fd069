"""What the API description says of the whole API: its groups, keys, header fields and the upload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ragtenancy.app.ingestion.batches import MAX_FILES


class Tag(Struct, frozen=True):
    """A group of operations: those whose path begins with the prefix of no earlier group."""

    name: str
    prefix: str
    description: str


TAGS: Sequence[Tag] = (
    Tag(
        "Chat",
        "/api/v1/chat",
        "Answers from the client's documents with numbered sources, and the sessions they belong to.",
    ),
    Tag(
        "Webhooks",
        "/api/v1/webhooks",
        "Signed messages to the client's own address when documents and jobs end.",
    ),
    Tag("Search", "/api/v1/search", "The best passages for a question, with their scores."),
    Tag(
        "Documents",
        "/api/v1/ingest",
        "Uploading, replacing and deleting documents. An upload is accepted at once and ingested by a "
        "job, whose progress can be read.",
    ),
    Tag(
        "Deletions",
        "/api/v1/deletions",
        "Receipts and signed certificates of the client's deleted documents.",
    ),
    Tag("Evidence", "/api/v1/evidence", "What the client's stores hold, as a signed statement."),
    Tag("Client", "/api/v1/client", "What a client sees of itself."),
    Tag(
        "OpenAI API",
        "/v1/",
        "The same engine in the form of the OpenAI API, for its clients. These operations alone "
        "ignore unknown fields.",
    ),
    Tag(
        "Administration",
        "/api/v1/admin",
        "Clients, their configurations and keys, and the jobs of all; with the operator's key.",
    ),
    Tag("Operations", "/", "Health, metrics, the first page and this description."),
)
DESCRIPTION = """\
Answers from documents, for many clients, each from its own documents only.

- **Keys.** Send a key as `X-API-Key` or as `Authorization: Bearer`. A client's key opens the client's
  operations within its scopes (`chat`, `search`, `ingest`); the operator's key opens the
  administration and the metrics.
- **Errors** are problem details (RFC 9457) with a stable `code`, a sentence and the request's id.
  Replies with 429 and 503 have `Retry-After`; those to a client with limits on requests have
  `RateLimit-Policy` and `RateLimit`.
- **Request ids.** Every reply has `X-Request-ID`. Send your own, up to 128 printable ASCII
  characters, to find the request in the logs.
- **Requests** with unknown fields are refused with 400. **Replies** may gain fields.
- **Lists** are pages: `next` is the value of `after` for the next one, null on the last.
- **Times** are RFC 3339 in UTC. **Ids** are opaque.
"""
_CLIENT_KEY = "A client's key, `rtk_…`."
_OPERATOR_KEY = "The operator's key."
SCHEMES: Mapping[str, Mapping[str, str]] = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": _CLIENT_KEY,
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": _CLIENT_KEY},
    "operatorKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": _OPERATOR_KEY,
    },
    "operatorBearer": {"type": "http", "scheme": "bearer", "description": _OPERATOR_KEY},
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


RESPONSE_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-ID": _header("The id of the request, as in the logs.", "req_x4m7"),
    "ETag": _header("The version of the record, for `If-Match`.", '"3"'),
    "Location": _header("Where the new resource or job can be read.", "/api/v1/…"),
    "Idempotency-Replayed": _header(
        "`true` if the reply is that of an earlier request with the same `Idempotency-Key`.", "true"
    ),
    "Content-Disposition": _header(
        "The file's name, as an attachment.", 'attachment; filename="User_Guide.docx"'
    ),
    "Retry-After": _header("After how many seconds to send the request again.", "2"),
    "RateLimit-Policy": _header(
        "The client's limits on requests; absent if it has none.", '"requests_per_minute";q=60;w=60'
    ),
    "RateLimit": _header(
        "What the client has left: requests `r`, and the seconds `t` until all are back.",
        '"requests_per_minute";r=59;t=1',
    ),
    "WWW-Authenticate": _header("Always `Bearer`.", "Bearer"),
    "Connection": _header("Always `close`.", "close"),
}
RATE_LIMIT_FIELDS = ("RateLimit-Policy", "RateLimit")
REQUEST_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "If-Match": {
        "required": False,
        "description": "The `ETag` of the record as it was read: if it has changed since, the request "
        "is refused with 412.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "Idempotency-Key": {
        "required": False,
        "description": "Makes a retry safe for 24 hours: the same request with the same key gets "
        "the first one's reply.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "upload-2026-01-01-7",
    },
    "X-Session-ID": {
        "required": False,
        "description": "Names a session, whose stored turns are then the history: of the request, "
        "only the last user message is read. Without it, the request's messages are the history.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        "example": "user123_session_001",
    },
}
UPLOAD: Mapping[str, Any] = {
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
BATCH: Mapping[str, Any] = {
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
