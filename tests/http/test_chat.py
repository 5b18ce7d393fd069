"""Chat over HTTP: replies, streams and sessions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.types import Message

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.usage import Usage
from tests.doubles import RecordingChatModel
from tests.http.service import ANSWER, Service

STREAM = {"Accept": "text/event-stream"}
Events = list[tuple[str, Any]]


def events(text: str) -> Events:
    parts = [part.split("\n") for part in text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in parts
    ]


async def stream(service: Service, key: str, **body: Any) -> Events:
    reply = await service.ask(key, stream=True, **body)
    assert reply.status_code == 200, reply.text
    return events(reply.text)


async def ready(service: Service) -> str:
    key = await service.create()
    await service.ingest(key)
    return key


async def test_an_answer_has_its_sources(service: Service) -> None:
    key = await ready(service)

    reply = (await service.ask(key, session_id="s1")).json()

    assert reply["answer"] == "Refunds take 30 days [1]."
    assert reply["sources"][0]["index"] == 1
    assert reply["sources"][0]["filename"] == "guide.md"
    assert (reply["session_id"], reply["client_id"], reply["grounded"]) == ("s1", "acme", True)
    assert reply["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "cached_tokens": 0,
        "reasoning_tokens": 0,
    }
    assert (reply["degraded"], reply["config_version"]) == ([], 1)


async def test_a_session_is_created_if_none_is_given(service: Service) -> None:
    key = await ready(service)

    first, second = await service.ask(key), await service.ask(key)

    assert first.json()["session_id"] != second.json()["session_id"]
    assert first.json()["request_id"] == first.headers["x-request-id"]


async def test_nothing_found_is_refused_without_a_model(service: Service) -> None:
    key = await service.create()

    reply = (await service.ask(key, "Zebra quagga?")).json()

    assert (reply["sources"], reply["grounded"]) == ([], False)
    assert reply["answer"] == "I couldn't find that in your documents."
    assert reply["truncated"] is False
    assert service.chat_model.requests == []


async def test_a_stream_carries_the_same_turn(service: Service) -> None:
    key = await ready(service)
    plain = (await service.ask(key, session_id="s1")).json()

    told = await stream(service, key, session_id="s2")
    names = [name for name, _ in told]
    tokens = "".join(data["text"] for name, data in told if name == "token")
    done = told[-1][1]

    assert names == ["sources", *["token"] * (len(names) - 2), "done"]
    shown = [{**source, "cited": None} for source in done["sources"]]
    assert told[0][1]["sources"] == shown
    assert tokens == done["answer"] == plain["answer"]
    assert done.keys() == plain.keys()
    assert done["sources"] == plain["sources"]


async def test_a_stream_can_be_requested_by_accept_header(service: Service) -> None:
    key = await ready(service)

    reply = await service.call(
        "POST", "/api/v1/chat", key, json={"message": "Refunds?"}, headers=STREAM
    )

    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-accel-buffering"] == "no"
    assert reply.headers["cache-control"] == "no-store"
    assert "content-length" not in reply.headers


async def test_a_refusal_streams_too(service: Service) -> None:
    key = await service.create()

    told = await stream(service, key, message="Zebra quagga?")

    assert [name for name, _ in told] == ["sources", "token", "done"]
    assert told[0][1] == {"sources": []}


class Stalling(RecordingChatModel):
    """Writes a sentence, then waits indefinitely or for a set time, or fails."""

    def __init__(self, then: UnavailableError | None = None) -> None:
        super().__init__(ANSWER)
        self.stalls = True
        self._then = then

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.requests.append(request)
        yield AnswerDelta(text="Refunds are paid at once. Or ")
        if self._then is not None:
            raise self._then
        if self.stalls:
            await asyncio.Event().wait()
        yield AnswerDelta(text="within 30 days [1].", usage=Usage())


async def test_a_failure_before_the_first_event_is_a_problem(service: Service) -> None:
    key = await ready(service)
    service.embedder.failures = 1

    reply = await service.call("POST", "/api/v1/chat", key, json={"message": " "}, headers=STREAM)

    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_later_failure_is_an_event() -> None:
    service = Service(chat_model=Stalling(UnavailableError("The model is away.")))
    key = await ready(service)

    told = await stream(service, key)

    assert [name for name, _ in told] == ["sources", "token", "error"]
    assert (told[-1][1]["status"], told[-1][1]["code"]) == (503, "unavailable")


async def test_a_plain_failure_is_a_problem(service: Service) -> None:
    key = await ready(service)
    service.chat_model.failure = UnavailableError("The model is away.")

    reply = await service.ask(key)

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")


async def leave(
    service: Service,
    key: str,
    body: dict[str, Any],
    leaving: asyncio.Event | None = None,
    told: asyncio.Event | None = None,
) -> None:
    """Open a stream and disconnect during the answer, by default at its first token."""
    asked = False
    told = told or asyncio.Event()

    async def receive() -> Any:
        nonlocal asked
        if asked:
            await (leaving or told).wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def send(message: Message) -> None:
        if b"event: token" in message.get("body", b""):  # type: ignore[operator]
            told.set()

    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/chat",
        "raw_path": b"/api/v1/chat",
        "query_string": b"",
        "headers": [(b"host", b"test"), (b"x-api-key", key.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    async with asyncio.timeout(5):
        await service.app(scope, receive, send)


STALLED = {"message": "How long do refunds take?", "session_id": "s1", "stream": True}


async def test_a_disconnecting_client_ends_the_turn_and_frees_its_session() -> None:
    model = Stalling()
    service = Service(chat_model=model)
    key = await ready(service)

    await leave(service, key, STALLED)
    model.stalls = False
    turns = (await service.call("GET", "/api/v1/chat/sessions/s1", key)).json()["items"]
    again = await service.ask(key, session_id="s1")

    assert [(turn["answer"], turn["status"]) for turn in turns] == [
        ("Refunds are paid at once. Or", "aborted")
    ]
    assert again.status_code == 200


async def test_two_turns_at_once_in_one_session_conflict() -> None:
    service = Service(chat_model=Stalling())
    key = await ready(service)
    leaving = asyncio.Event()
    told = asyncio.Event()
    first = asyncio.create_task(leave(service, key, STALLED, leaving, told))
    await told.wait()

    second = await service.ask(key, session_id="s1")
    leaving.set()
    await first

    assert (second.status_code, second.json()["code"]) == (409, "session_busy")


async def test_streams_end_with_the_process() -> None:
    service = Service(chat_model=Stalling())
    key = await ready(service)
    never = asyncio.Event()
    told = asyncio.Event()
    async with service.app.lifespan():
        stream_left_open = asyncio.create_task(leave(service, key, STALLED, never, told))
        await told.wait()

    await stream_left_open

    assert (await service.call("GET", "/api/v1/chat/sessions/s1", key)).json()["items"]


async def test_a_session_keeps_its_turns(service: Service) -> None:
    key = await ready(service)
    await service.ask(key, session_id="s1", user_id="u1")
    await stream(service, key, session_id="s1", user_id="u1")

    sessions = (await service.call("GET", "/api/v1/chat/sessions?user_id=u1", key)).json()["items"]
    turns = (await service.call("GET", "/api/v1/chat/sessions/s1", key)).json()["items"]

    assert [(s["session_id"], s["user_id"], s["turns"]) for s in sessions] == [("s1", "u1", 2)]
    assert [(turn["index"], turn["status"]) for turn in turns] == [(0, "complete"), (1, "complete")]
    assert turns[0]["sources"][0]["filename"] == "guide.md"


async def test_sessions_are_erased_by_id_and_by_user(service: Service) -> None:
    key = await ready(service)
    await service.ask(key, session_id="s1", user_id="u1")
    await service.ask(key, session_id="s2", user_id="u2")

    one = await service.call("DELETE", "/api/v1/chat/sessions/s1", key)
    user = await service.call("DELETE", "/api/v1/chat/sessions?user_id=u2", key)
    again = await service.call("DELETE", "/api/v1/chat/sessions/s1", key)
    left = (await service.call("GET", "/api/v1/chat/sessions", key)).json()["items"]

    assert (one.status_code, user.status_code, again.status_code, left) == (204, 204, 204, [])


async def test_erasing_needs_its_user(service: Service) -> None:
    key = await service.create()

    reply = await service.call("DELETE", "/api/v1/chat/sessions", key)

    assert (reply.status_code, reply.json()["field"]) == (400, "$.user_id")


@pytest.mark.parametrize("session_id", ["_s", "a b", "s" * 129])
async def test_a_session_id_of_another_form_is_400(service: Service, session_id: str) -> None:
    key = await service.create()

    reply = await service.call("GET", f"/api/v1/chat/sessions/{session_id}", key)

    assert reply.status_code == 400


async def test_a_reply_names_its_turn_and_so_does_the_history(service: Service) -> None:
    key = await ready(service)

    reply = (await service.ask(key, session_id="s1")).json()
    (turn,) = (await service.call("GET", "/api/v1/chat/sessions/s1", key)).json()["items"]

    assert reply["turn_id"].startswith("turn_")
    assert turn["turn_id"] == reply["turn_id"]
    assert (turn["truncated"], turn["unsupported"], turn["missing_identifiers"]) == (False, [], [])


async def test_cited_sources_are_marked(service: Service) -> None:
    key = await ready(service)

    reply = (await service.ask(key)).json()

    first = reply["sources"][0]
    assert [source["cited"] for source in reply["sources"]][:1] == [True]
    assert (first["also_in"], first["page"]) == ([], None)
    assert (reply["unsupported"], reply["missing_identifiers"]) == ([], [])


async def test_a_source_has_its_range_in_the_documents_text(
    service: Service,
) -> None:
    key = await ready(service)

    source = (await service.ask(key)).json()["sources"][0]

    path = f"/api/v1/ingest/document/{source['document_id']}/chunks"
    chunks = (await service.call("GET", path, key)).json()["items"]
    text = "\n".join(chunk["text"] for chunk in chunks)
    assert text[slice(*source["range"])] == source["text"]


async def test_an_unsupported_statement_is_listed_and_not_cited(
    service: Service,
) -> None:
    key = await ready(service)
    service.chat_model.answer = "Refunds take 31 days [1]."

    reply = (await service.ask(key)).json()

    assert (reply["answer"], reply["grounded"]) == ("Refunds take 31 days.", False)
    assert reply["unsupported"] == [{"range": [0, 21], "reason": "number_not_in_passage"}]
    assert {source["cited"] for source in reply["sources"]} == {False}


BLOCKERS = [
    f"# Note {n}\n\nHow long do refunds take? No answer can be given. I don't know note {n}."
    for n in range(8)
]


async def test_documents_that_only_refuse_keep_no_other_from_being_asked(service: Service) -> None:
    key = await service.create()
    for number, text in enumerate(BLOCKERS):
        await service.ingest(key, text, f"note-{number}.md")
    before = (await service.ask(key)).json()["sources"]

    await service.ingest(key)
    after = (await service.ask(key)).json()["sources"]

    assert before
    assert {each["filename"] for each in before} <= {f"note-{n}.md" for n in range(8)}
    assert [each["filename"] for each in after] == ["guide.md"]
