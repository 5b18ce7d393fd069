"""A server's words when it refuses: parsed from its shapes, and logged without content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct

if TYPE_CHECKING:
    import httpx2
    import openai

log = structlog.get_logger(__name__)

REQUEST_IDS = ("x-request-id", "apim-request-id", "x-ms-request-id")
REQUEST_ID = "ragtenancy.vendor_request_id"
LONGEST = 300
PICTURE_START = 2_000
CUT = "\u2026"
_CODE = re.compile(r"[\w.-]{1,64}\Z")
_KEY = re.compile(r"\bsk-[\w*-]+|[\w-]*\*{2,}[\w*-]*")
_WORD = re.compile(r"\w+")
_SUBSTRING = 4  # letters of an echo that may be cut from a longer word
VOCABULARY = frozenset(
    """
    a about access account action allowed already an and any api apis are argument arguments array
    as assign at available azure bad balance be because been before below between billing blocked
    body but by call can cannot change chat check choose code complete completion completions
    content context count create created credentials credit current currently data default denied
    deployed deployment deployments deprecated details detected different do does documentation
    due during each embedding embeddings enabled encountered endpoint error exceed exceeded
    exceeds exist existing expected failed field fields filter filtered filtering firewall
    following for format forbidden found from further gone has have higher however identity if
    image images in increase incorrect information input instead insufficient internal invalid is
    it its json key know known lacks large later least length like limit limits longer management
    many max maximum may message messages minute minutes missing model models modify more most
    must name need needs network new no not of on one only open openai operation or organization
    other our out output parameter parameters pass perform permission please plan policies policy
    possible principal prompt property provide provided quota range rate read reached reasoning
    reduce refused region regional request requested requests require required resource response
    responses result results retired retry role rules seconds see server service should size
    specified stream streaming subscription such support supported supports system than that the
    their there this to token tokens too training try type unable unauthorized unexpected unknown
    unrecognized unsupported up upgrade usage use used user using valid value values verified
    verify version versions violation virtual was we when which will with within wrong you your
    """.split()  # noqa: SIM905 - a page of literals is harder to read
)
"""The words of error messages, which the log keeps even if the request has them too."""


class Said(Struct, frozen=True, kw_only=True):
    """A refusal's parts; `filtered` are the categories of content that a filter found."""

    code: str = ""
    kind: str = ""
    message: str = ""
    param: str | None = None
    inner: str = ""
    filtered: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The code for the log, with the inner code and the filter's categories."""
        parts = [self.code or self.kind, self.inner, *self.filtered]
        return "/".join(part for part in parts if _CODE.match(part))


def said_in(body: object) -> Said:
    """Parse a refusal in OpenAI's shape, Azure's, pydantic's, or as a text."""
    if isinstance(body, Mapping) and "error" in body:
        body = body["error"]
    if not isinstance(body, Mapping):
        return Said(message=body if isinstance(body, str) else "")
    inner = body.get("innererror") or body.get("inner_error") or {}
    inner = inner if isinstance(inner, Mapping) else {}
    param = body.get("param")
    return Said(
        code=_text(body.get("code")),
        kind=_text(body.get("type")),
        message=_text(body.get("message")) or " ".join(_details(body.get("detail"))),
        param=param if isinstance(param, str) else None,
        inner=_text(inner.get("code")),
        filtered=tuple(
            _filtered(inner.get("content_filter_result") or inner.get("content_filter_results"))
        ),
    )


def said_by(error: openai.APIError) -> Said:
    """Parse the refusal that the SDK raised."""
    said = said_in(error.body)
    return said if said.message or said.code else Said(message=error.message)


async def log_refusal(response: httpx2.Response) -> None:
    """Log a reply with an error status; keep every reply's request id for `log_interruption`."""
    response.request.extensions[REQUEST_ID] = _request_id(response)
    if not response.is_error:
        return
    body = await response.aread()
    try:
        said = said_in(msgspec.json.decode(body))
    except msgspec.DecodeError:
        said = Said(message=body[:LONGEST].decode(errors="replace"))
    _log(said, response.request, status=response.status_code)


def log_interruption(error: openai.APIError) -> None:
    """Log a refusal that came within a stream, after the status 200."""
    _log(said_by(error), error.request)


def log_filtered(model: str, reply: Any, choice: Any) -> None:  # noqa: ANN401 - the SDK's types
    """Log an answer that the server's filter cut off, or did not give."""
    results = getattr(choice, "content_filter_results", None)
    said = Said(code="content_filter", filtered=tuple(_filtered(results)))
    response = getattr(reply, "response", None)
    known = getattr(reply, "_request_id", None) if response is None else _request_id(response)
    log.warning("model_refused", model=model, vendor_code=said.named, vendor_request_id=known or "")


def _log(said: Said, request: httpx2.Request, **status: int) -> None:
    sent = _sent(request)
    model = sent.get("model")
    log.warning(
        "model_refused",
        model=model if isinstance(model, str) else None,
        vendor_code=said.named,
        vendor_message=without_content(said.message, list(_texts(sent))),
        vendor_request_id=request.extensions.get(REQUEST_ID, ""),
        **status,
    )


def _request_id(response: httpx2.Response) -> str:
    return next((response.headers[name] for name in REQUEST_IDS if name in response.headers), "")


def without_content(message: str, sent: list[str]) -> str:
    """Return a message without words of the request, unless they are words of error messages.

    Servers may echo what they refuse, whole or cut off.
    """
    text = "\n".join(sent).lower()
    words = set(_WORD.findall(text))

    def kept(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word in VOCABULARY:
            return match[0]
        whole = word.isascii() and len(word) < _SUBSTRING
        return CUT if word in words or (not whole and word in text) else match[0]

    plain = " ".join(_KEY.sub(CUT, message).split())
    return _WORD.sub(kept, plain)[:LONGEST]


def _sent(request: httpx2.Request) -> Mapping[str, Any]:
    """Return a request's JSON; empty if it has none."""
    try:
        sent = msgspec.json.decode(request.content)
    except (msgspec.DecodeError, RuntimeError):
        return {}
    return sent if isinstance(sent, dict) else {}


def _texts(sent: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a request: all strings in its messages or its input."""
    waiting: list[object] = [sent.get("messages"), sent.get("input")]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text[:PICTURE_START] if text.startswith("data:") else text
            case list() as items:
                waiting += items
            case dict() as fields:
                waiting += [value for name, value in fields.items() if name not in ("role", "type")]
            case _:
                continue


def _details(details: object) -> Iterator[str]:
    """Yield pydantic's reasons; its inputs, which echo the request, are left out."""
    if isinstance(details, str):
        yield details
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping):
            yield f"{detail.get('loc')} {detail.get('msg')}"


def _filtered(results: object) -> Iterator[str]:
    """Yield the categories by which Azure's filter blocked a text."""
    for category, result in results.items() if isinstance(results, Mapping) else ():
        if isinstance(result, Mapping) and result.get("filtered"):
            yield str(category)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""
