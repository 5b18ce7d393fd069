"""The failures that a route declares, each with an example rendered like the real reply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ragtenancy.domain import errors
from ragtenancy.domain.bounds import malformed
from ragtenancy.http.auth import Credential
from ragtenancy.http.problems import Rendered, rendered, status_of, with_openai_error
from ragtenancy.http.requests import decode_json
from ragtenancy.wire.pages import PageQuery

Failure = int | str  # a status, for its usual code, or a name of `_BY_NAME`, mostly a code
EVERYWHERE: Sequence[Failure] = (408, 431, 500, 503, "overloaded", "stopping")
GUARDED: Sequence[Failure] = (400, 401, "too_many_bad_keys")
ADMITTED: Sequence[Failure] = ("requests_per_minute", "share_used_up")
AT_ONCE: Sequence[Failure] = ("max_concurrent_requests",)
NOT_OFFERED: Sequence[Failure] = (
    *("unknown_model", "unknown_embedder", "no_price_list", "no_price"),
)
BAD_CONFIG: Sequence[Failure] = ("bad_weights", "bad_chunking", *NOT_OFFERED)
EMBEDDING: Sequence[Failure] = (502, "bad_vectors", "throttled", "reindex_required", 504)
USED_UP: Sequence[Failure] = ("tokens_per_day", "monthly_budget")
GENERATION: Sequence[Failure] = (
    *EMBEDDING,
    *("content_filter", "prompt_too_long", "no_answer"),
    *USED_UP,
)
REQUEST_ID = "req_x4m7"
_JSON_SAMPLES = (b"{}", b'{"colour": "red"}')
_QUERY_SAMPLES: Sequence[Mapping[str, str]] = ({}, {"limit": "0"})
_MAX_JSON = 1_000_000
_USUAL = {
    408: errors.RequestTimeoutError(),
    409: errors.ConflictError("The resource's state does not allow this."),
    412: errors.StaleWriteError("The record changed since it was read."),
    413: errors.TooLargeError("The body is too large.", limit=_MAX_JSON),
    415: errors.UnsupportedError("The body must be JSON in UTF-8."),
    422: errors.InvalidError("The request is well formed, but not allowed."),
    429: errors.LimitError("A limit of the client is reached."),
    431: errors.HeadTooLargeError(limit=65_536),
    500: errors.RagTenancyError("The request could not be completed."),
    502: errors.RejectedError("The language model refused the request."),
    503: errors.UnavailableError("A backend cannot be reached."),
    504: errors.BackendTimeoutError("A backend did not answer in time."),
}
_PARTICULAR: Sequence[errors.RagTenancyError] = (
    errors.OverloadedError(),
    errors.StoppingError(),
    errors.SessionBusyError(),
    errors.AlreadyExistsError("The client id or its namespace is taken."),
    errors.ConflictError("The client is being deleted.", code="client_deleting"),
    errors.ConflictError(
        "Other requests keep changing this client; try again.", code="client_busy"
    ),
    errors.ConflictError(
        "Other requests keep changing this configuration; try again.", code="config_busy"
    ),
    errors.ConflictError("The document is being deleted.", code="document_deleting"),
    errors.ConflictError(
        "Other requests keep changing this document; try again.",
        code="document_busy",
        retry_after=1.0,
    ),
    errors.ConflictError("Other requests keep rating this turn; try again.", code="turn_busy"),
    errors.ConflictError(
        "Other requests keep changing this webhook; try again.", code="webhook_busy"
    ),
    errors.ConflictError("The delivery is pending already.", code="delivery_pending"),
    errors.InvalidError("`url` must begin with https://.", code="webhook_target", field="url"),
    errors.LimitError(
        "This client has as many webhooks as it may have.", code="max_webhooks", limit=10
    ),
    errors.LimitError(
        "The client has sent as many test messages a minute as it may.",
        code="webhook_tests_per_minute",
        retry_after=6.0,
        limit=10,
    ),
    errors.MalformedError(
        "The field `message` is given twice.", field="message", code="repeated_field"
    ),
    errors.MalformedError(
        "The cursor in `after` is not one of this list.", field="$.after", code="invalid_cursor"
    ),
    errors.ConflictError("The server has no signing key.", code="no_signing_key"),
    errors.UnavailableError(
        "The server's signing key cannot be used.", code="signing_key_unusable"
    ),
    errors.ConflictError("The key is revoked or expired.", code="key_not_usable"),
    errors.ConflictError("The job is finished.", code="job_finished"),
    errors.ConflictError("Other requests keep changing this job; try again.", code="job_busy"),
    errors.ConflictError(
        "Only a failed or cancelled job can be retried.", code="job_not_retryable"
    ),
    errors.ConflictError(
        "The first request with this Idempotency-Key is still in progress.",
        code="idempotency_in_flight",
        retry_after=1.0,
    ),
    errors.InvalidError(
        "This Idempotency-Key was used with another body.", code="idempotency_key_reused"
    ),
    errors.InvalidError(
        "semantic_weight and bm25_weight must sum to 1.",
        code="bad_weights",
        semantic_weight=0.7,
        bm25_weight=0.5,
    ),
    errors.InvalidError(
        "chunking.overlap_tokens may be at most half of target_tokens.",
        code="bad_chunking",
        target_tokens=160,
        overlap_tokens=120,
    ),
    errors.InvalidError("llm_settings.model is not offered.", code="unknown_model"),
    errors.InvalidError(
        "search_settings.embedder is not offered; available: none but the default.",
        code="unknown_embedder",
    ),
    errors.InvalidError(
        "limits.monthly_budget needs the operator's price list.", code="no_price_list"
    ),
    errors.InvalidError(
        "limits.monthly_budget needs a price for the client's model.", code="no_price"
    ),
    errors.LimitError(
        "The client has used its tokens of the day (UTC).",
        code="tokens_per_day",
        retry_after=3_600.0,
        limit=200_000,
    ),
    errors.LimitError(
        "The client has used its budget of the month (UTC).",
        code="monthly_budget",
        retry_after=86_400.0,
        limit=50,
    ),
    errors.InvalidError("`expires_at` must be in the future.", code="already_expired"),
    errors.UnsupportedError(
        "The file is encrypted, damaged or in an old Office format; save it again without a password "
        "as .docx, .pptx or .xlsx, an e-mail as .eml.",
        code="encrypted_or_legacy",
    ),
    errors.LimitError(
        "This address has sent too many requests without a valid API key.",
        code="too_many_bad_keys",
        retry_after=1.0,
        limit=120,
    ),
    errors.LimitError(
        "The client has made as many requests a minute as it may.",
        code="requests_per_minute",
        retry_after=1.0,
        limit=60,
    ),
    errors.LimitError(
        "This client has more requests under way than its share of the server.",
        code="share_used_up",
        retry_after=1.0,
    ),
    errors.LimitError(
        "The client has as many chats, streams and uploads under way as it may have.",
        code="max_concurrent_requests",
        retry_after=1.0,
        limit=4,
    ),
    errors.LimitError(
        "Too many ingestion jobs are pending.", code="max_pending_jobs", retry_after=2.0, limit=8
    ),
    errors.LimitError(
        "The client has reached its limit of documents.",
        code="max_documents",
        retry_after=60.0,
        limit=10_000,
    ),
    errors.LimitError(
        "Too much of this client's uploads is unfinished.",
        code="uploads_unfinished",
        retry_after=5.0,
        limit=64_000_000,
    ),
    errors.PromptTooLongError(),
    errors.NoAnswerError(truncated=False, max_tokens=800),
    errors.ReindexRequiredError("Documents were embedded by another model; reindex them."),
    errors.RejectedError("The model or its filter refused the request.", code="content_filter"),
    errors.RejectedError("The model returned unusable vectors.", code="bad_vectors"),
    errors.UnavailableError("The model's vendor limits our requests.", code="throttled"),
)
_BY_NAME: Mapping[str, errors.RagTenancyError] = {
    **{error.reason: error for error in _PARTICULAR},
    "file_too_large": errors.TooLargeError(
        "The file is larger than this client may upload.", limit=50_000_000
    ),
    "not_a_form": errors.UnsupportedError("An upload must be multipart/form-data."),
}


def problems(path: str, options: Mapping[str, Any]) -> Mapping[int, Sequence[Rendered]]:
    """Return the problems of a route by status, ascending, each as the server would reply.

    Raises `KeyError` for a declared status or code without an example.
    """
    found: dict[int, list[Rendered]] = {}
    for error in _errors(path, options):
        problem = rendered(error, REQUEST_ID)
        if path.startswith("/v1/"):
            problem = with_openai_error(problem)
        found.setdefault(status_of(error), []).append(problem)
    return dict(sorted(found.items()))


def _errors(path: str, options: Mapping[str, Any]) -> Iterator[errors.RagTenancyError]:
    if options["credential"] is Credential.TENANT:
        if options["scope"] is not None:
            yield errors.InsufficientScopeError(options["scope"])
        yield errors.ClientSuspendedError()
    for failure in dict.fromkeys(options["fails"]):
        if failure == 400:
            yield from _malformed(options)
        elif failure == 401:
            yield errors.UnauthenticatedError()
        elif failure == 404:
            yield errors.NotFoundError(f"There is no such {_thing(path, options)}.")
        elif isinstance(failure, str):
            yield _BY_NAME[failure]
        else:
            yield _USUAL[failure]


def _malformed(options: Mapping[str, Any]) -> Iterator[errors.RagTenancyError]:
    """Yield what the route's own readers say of a wrong body or query."""
    yield _misread(options)
    if "body" in options or options.get("upload"):
        yield _BY_NAME["repeated_field"]
    if issubclass(options.get("query", Struct), PageQuery):
        yield _BY_NAME["invalid_cursor"]


def _misread(options: Mapping[str, Any]) -> errors.MalformedError:
    if "body" in options:
        for sample in _JSON_SAMPLES:
            try:
                decode_json(sample, options["body"])
            except errors.MalformedError as error:
                return error
    if "query" in options:
        for pairs in _QUERY_SAMPLES:
            try:
                msgspec.convert(pairs, options["query"], strict=False)
            except msgspec.ValidationError as error:
                return malformed(error)
    if options.get("upload"):
        return errors.MalformedError("The file is missing.", field="file")
    return errors.MalformedError("The request contains two different credentials.")


def _thing(path: str, options: Mapping[str, Any]) -> str:
    """Return what a route looks up: by its path, else by the ids in its query or form."""
    names = re.findall(r"\{(\w+)\}", path)
    if not names and "query" in options:
        names = [name for name in options["query"].__struct_fields__ if name.endswith("_id")]
    if not names:
        return "document" if options.get("upload") else "resource"
    return noun(names[-1])


def noun(parameter: str) -> str:
    """Return what the id in a parameter names: "document" of `document_id`."""
    return (
        "vector store"
        if parameter == "store_id"
        else parameter.removesuffix("_id").replace("_", " ")
    )
