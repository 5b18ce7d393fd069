"""Requests to a model's server for two clients: each contains only its own client's data."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from dependency_injector import providers

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.domain.prompting import INSTRUCTIONS
from ragtenancy.settings import OpenAISettings, Settings
from ragtenancy.telemetry import configure_logging
from tests import vendor_refusals as vendor
from tests.azure_openai import azure_client
from tests.http.service import Service
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    chunk,
    completion_reply,
    embedding_reply,
    error_reply,
    events_reply,
    openai_server,
    reasoning,
    stream_reply,
    usage_chunk,
)

CLIENTS: dict[str, dict[str, Any]] = {
    "acme": {
        "prompts": {"system_prompt": "Answer as ACMEVOICE."},
        "llm_settings": {"model": "acme-model", "temperature": 0.1, "max_tokens": 111},
    },
    "globex": {
        "prompts": {"system_prompt": "Answer as GLOBEXVOICE."},
        "llm_settings": {"model": "globex-model", "temperature": 0.9, "max_tokens": 999},
    },
}
TEXTS = {
    "acme": "# Refunds\n\nACMEFACT: refunds are paid within 30 days of purchase.",
    "globex": "# Refunds\n\nGLOBEXFACT: refunds are paid within 90 days of purchase.",
}
QUESTIONS = ["How long do refunds take, asks {}?", "And who pays them, asks {}?"]
PASSAGE = re.compile(r'<passage n="(\d+)" nonce="\w+">')


def answer(path: str, body: Body) -> Reply:
    """Embed, condense to the question, or answer in the client's own words."""
    if "/embeddings" in path:
        return embedding_reply(body)
    said = json.dumps(body["messages"])
    name = "ACME" if "ACMEVOICE" in said else "GLOBEX"
    return (
        stream_reply(f"{name}FACT: refunds are paid [1].")
        if body.get("stream")
        else completion_reply(None)
    )


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(answer) as served:
        yield served


@pytest.fixture
async def service(server: OpenAIServer) -> AsyncIterator[Service]:
    models = OpenAISettings(base_url=server.url, model="m")
    settings = Settings(storage="memory", models="acme-model,globex-model", sections=(models,))
    service = Service(settings)
    async with azure_client(server) as client, service.container.closers(), service.http:
        chat, embedder = OpenAIChatModel(client, "m"), OpenAIEmbedder(client, "vectors")
        service.container.chat_model.override(providers.Object(chat))
        service.container.embedder.override(providers.Object(embedder))
        yield service


async def of(service: Service, name: str) -> str:
    """Create a client with its document; return its key."""
    key = await service.create(name)
    settings = {**CLIENTS[name], "search_settings": {"similarity_threshold": 0.0}}
    put = await service.operate("PUT", f"clients/{name}/config", json=settings)
    assert put.status_code == 200, put.text
    await service.ingest(key, TEXTS[name], f"{name}-guide.md")
    return key


async def talk(service: Service, keys: dict[str, str], *, stream: bool = False) -> None:
    """Let the clients ask in turn, in sessions with the same id."""
    for question in QUESTIONS:
        for name, key in keys.items():
            asked = question.format(name.upper())
            reply = await service.ask(key, asked, session_id="s1", stream=stream)
            assert reply.status_code == 200, reply.text


def answered(server: OpenAIServer, name: str) -> list[tuple[str, Body]]:
    """Return the requests for a client's answers, with their destinations."""
    sent = zip(server.paths, server.bodies, strict=True)
    voice = f"{name.upper()}VOICE"
    return [(path, body) for path, body in sent if body.get("stream") and voice in json.dumps(body)]


@pytest.fixture
async def keys(service: Service) -> dict[str, str]:
    return {name: await of(service, name) for name in CLIENTS}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("name", "other"), [("acme", "globex"), ("globex", "acme")])
async def test_a_model_is_sent_a_clients_own_and_nothing_of_the_other(
    service: Service,
    server: OpenAIServer,
    keys: dict[str, str],
    name: str,
    other: str,
    stream: bool,
) -> None:
    await talk(service, keys, stream=stream)

    first, second = answered(server, name)
    settings = CLIENTS[name]["llm_settings"]
    prompt = CLIENTS[name]["prompts"]["system_prompt"]
    own = {"role": "system", "content": f"{prompt}\n\n{INSTRUCTIONS}"}
    assert {path.split("/")[3] for path, _ in (first, second)} == {settings["model"]}
    assert [body["temperature"] for _, body in (first, second)] == [settings["temperature"]] * 2
    assert [body["max_tokens"] for _, body in (first, second)] == [settings["max_tokens"]] * 2
    assert [body["messages"][0] for _, body in (first, second)] == [own, own]
    assert [message["role"] for message in first[1]["messages"]] == ["system", "user"]
    assert [message["content"] for message in second[1]["messages"][1:3]] == [
        QUESTIONS[0].format(name.upper()),
        f"{name.upper()}FACT: refunds are paid [1].",
    ]
    assert PASSAGE.findall(second[1]["messages"][-1]["content"]) == ["1"]
    assert f"{name.upper()}FACT" in second[1]["messages"][-1]["content"]
    assert other.upper() not in json.dumps([first, second])
    assert other not in json.dumps([first, second])


async def test_no_request_names_two_clients(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    await talk(service, keys)

    named = [
        {name for name in CLIENTS if name in json.dumps(body).lower()} for body in server.bodies
    ]
    assert max(map(len, named)) == 1


async def test_a_turn_costs_one_embedding_and_one_completion(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    server.paths.clear()

    await service.ask(keys["acme"], QUESTIONS[0])

    assert [path.split("?")[0].split("/", 4)[4] for path in server.paths] == [
        "embeddings",
        "chat/completions",
    ]


@pytest.mark.parametrize(
    ("fault", "status", "code", "wait"),
    [
        (error_reply(429, **{"Retry-After": "7"}), 503, "throttled", "7"),
        (error_reply(429), 503, "throttled", "5"),
        (error_reply(400, "content_filter"), 502, "content_filter", None),
        (error_reply(400, "context_length_exceeded"), 502, "prompt_too_long", None),
        (stream_reply("Half", finish="content_filter"), 502, "content_filter", None),
        (completion_reply("no stream"), 502, "bad_reply", None),
        (stream_reply(finish="length"), 502, "no_answer", None),
        (stream_reply(" \n", finish="length"), 502, "no_answer", None),
        (stream_reply(), 502, "no_answer", None),
    ],
)
async def test_a_fault_of_the_model_has_its_status(
    service: Service,
    server: OpenAIServer,
    keys: dict[str, str],
    fault: Reply,
    status: int,
    code: str,
    wait: str | None,
) -> None:
    server.reply = lambda path, body: fault if "/chat/" in path else answer(path, body)

    reply = await service.ask(keys["acme"])

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers.get("Retry-After") == wait
    assert "secret" not in reply.text


async def test_an_answer_that_never_began_names_the_setting_to_raise(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    cut = stream_reply(finish="length")
    server.reply = lambda path, body: cut if "/chat/" in path else answer(path, body)

    problem = (await service.ask(keys["acme"])).json()

    assert "raise llm_settings.max_tokens" in problem["detail"]
    assert problem["max_tokens"] == 111


async def test_a_reasoning_model_holds_a_conversation_and_reports_ignored_settings(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    def reply(path: str, body: Body) -> Reply:
        said = answer(path, body)
        return reasoning(said)(path, body) if "/chat/" in path else said

    server.reply = reply

    replies = [await service.ask(keys["acme"], asked, session_id="s1") for asked in QUESTIONS]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert [reply.json()["degraded"] for reply in replies] == [["temperature_ignored"]] * 2


async def test_a_client_with_the_plans_prompt_gets_grounded_answers(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    def obedient(path: str, body: Body) -> Reply:
        cited = " [1]" if "as [n]" in json.dumps(body) else ""
        return stream_reply(f"30 days{cited}.") if "/chat/" in path else answer(path, body)

    await service.configure(
        prompts={"system_prompt": "You are a helpful AI assistant..."},
        search_settings={"similarity_threshold": 0.0},
    )
    server.reply = obedient

    reply = (await service.ask(keys["acme"])).json()

    assert (reply["answer"], reply["grounded"]) == ("30 days [1].", True)


async def test_a_temperature_of_null_is_not_sent(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    put = await service.configure(
        search_settings={"similarity_threshold": 0.0}, llm_settings={"temperature": None}
    )
    server.bodies.clear()

    reply = await service.ask(keys["acme"])

    assert (put.status_code, put.json()["llm_settings"]["temperature"]) == (200, None)
    assert reply.json()["degraded"] == []
    assert not [body for body in server.bodies if "temperature" in body]


@pytest.mark.parametrize(("finish", "truncated"), [("length", True), ("stop", False)])
async def test_reply_and_stream_say_whether_the_answer_was_cut_off(
    service: Service, server: OpenAIServer, keys: dict[str, str], finish: str, truncated: bool
) -> None:
    said = stream_reply("Within 30 days [1].", finish=finish)
    server.reply = lambda path, body: said if "/chat/" in path else answer(path, body)

    reply = await service.ask(keys["acme"])
    streamed = await service.ask(keys["acme"], stream=True)

    done = json.loads(streamed.text.rpartition("data: ")[2])
    assert (reply.json()["truncated"], done["truncated"]) == (truncated, truncated)


async def test_a_turn_past_its_deadline_is_504(
    server: OpenAIServer,
) -> None:
    hurried = Service(Settings(storage="memory", chat_timeout=0.5))
    async with azure_client(server) as client, hurried.container.closers(), hurried.http:
        chat = OpenAIChatModel(client, "m")
        hurried.container.chat_model.override(providers.Object(chat))
        key = await hurried.create()
        await hurried.configure(search_settings={"similarity_threshold": 0.0})
        await hurried.ingest(key)
        server.reply = server.silence
        whole = await hurried.ask(key)
        streamed = await hurried.ask(key, stream=True)

    assert (whole.status_code, whole.json()["code"]) == (504, "timeout")
    assert (streamed.status_code, streamed.json()["code"]) == (504, "timeout")


@pytest.mark.parametrize(
    "said",
    [
        ("I'm sorry, the passages ", "do not mention that. Anything ", "else?"),
        ("Dazu steht in den ", "Unterlagen leider nichts."),
        ("Sorry! ", "That one is beyond ", "the documents [1]."),
    ],
)
async def test_a_refusal_in_the_models_own_words_is_the_clients(
    service: Service, server: OpenAIServer, keys: dict[str, str], said: tuple[str, ...]
) -> None:
    await service.configure(
        prompts={"no_context_response": "Ask the office."},
        search_settings={"similarity_threshold": 0.0},
    )
    answers(server, *said)

    reply = (await service.ask(keys["acme"])).json()
    events = await service.ask(keys["acme"], stream=True)

    assert (reply["answer"], reply["sources"], reply["grounded"]) == ("Ask the office.", [], False)
    assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (5, 2)
    assert re.findall("event: (.*)", events.text) == ["sources", "token", "done"]
    assert '"sources":[]' in events.text.replace(" ", "")


async def test_text_that_begins_as_a_refusal_but_cites_is_an_answer(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    answers(server, "The passages do not mention a date. ", "Refunds are paid within 30 days [1].")

    reply = (await service.ask(keys["acme"])).json()
    events = await service.ask(keys["acme"], stream=True)

    assert reply["answer"] == (
        "The passages do not mention a date. Refunds are paid within 30 days [1]."
    )
    assert reply["grounded"]
    assert told(events.text) == reply["answer"]


async def test_a_stream_equals_the_whole_reply(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    answers(
        server,
        *("Refunds <b>are</b> paid wit", "hin 30 days [", "1][9]. They cost 17 euros [1]. "),
        *("![x](https://evil.exa", "mple/p.png) [more](https://evil.example"),
    )

    reply = (await service.ask(keys["acme"])).json()
    events = (await service.ask(keys["acme"], stream=True)).text
    done = json.loads(events.rpartition("data: ")[2])

    assert reply["answer"].startswith(
        "Refunds &lt;b>are&lt;/b> paid within 30 days [1]. They cost 17"
    )
    assert "https://evil" not in reply["answer"]
    assert told(events) == done["answer"] == reply["answer"]
    same = ("sources", "unsupported", "grounded", "usage", "degraded")
    assert [done[name] for name in same] == [reply[name] for name in same]
    assert reply["unsupported"][0]["reason"] == "number_not_in_passage"


async def test_a_follow_up_is_rewritten_by_the_clients_model_and_searched_for(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    rewrite = completion_reply("Who pays the refunds of a purchase?")
    server.reply = lambda path, body: (
        rewrite if "/chat/" in path and not body.get("stream") else answer(path, body)
    )
    await service.ask(keys["acme"], session_id="s1")
    server.paths.clear()

    await service.ask(keys["acme"], "And who pays them?", session_id="s1")

    condensed = [path for path in server.paths if "/chat/" in path]
    assert len(condensed) == 2
    assert "acme-model" in condensed[0]
    assert "Who pays the refunds of a purchase?" in json.dumps(
        [body["input"] for body in server.bodies if "input" in body]
    )


async def test_a_follow_up_is_answered_without_a_rewrite_that_fails(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    server.reply = lambda path, body: (
        error_reply(500) if "/chat/" in path and not body.get("stream") else answer(path, body)
    )
    await service.ask(keys["acme"], session_id="s1")

    reply = await service.ask(keys["acme"], "And who pays them?", session_id="s1")

    assert (reply.status_code, reply.json()["degraded"]) == (200, ["condense_unavailable"])


async def test_an_answer_with_unsupported_statements_is_asked_for_again_by_setting(
    server: OpenAIServer,
) -> None:
    models = OpenAISettings(base_url=server.url, model="m")
    again = Service(Settings(storage="memory", sections=(models,), ask_again=True))
    said = iter(["Refunds take 31 days [1].", "Refunds are paid within 30 days [1]."])
    async with azure_client(server) as client, again.container.closers(), again.http:
        again.container.chat_model.override(providers.Object(OpenAIChatModel(client, "m")))
        key = await again.create()
        await again.configure(search_settings={"similarity_threshold": 0.0})
        await again.ingest(key)
        server.reply = lambda *_: stream_reply(next(said))
        reply = (await again.ask(key)).json()

    assert (reply["answer"], reply["grounded"]) == ("Refunds are paid within 30 days [1].", True)
    assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (10, 4)
    assert "- Refunds take 31 days." in server.bodies[-1]["messages"][-1]["content"]


def answers(server: OpenAIServer, *said: str) -> None:
    """Let the server answer with these pieces."""
    server.reply = lambda path, body: (
        stream_reply(*said) if "/chat/" in path else answer(path, body)
    )


def told(stream: str) -> str:
    """Return a stream's tokens, concatenated."""
    return "".join(
        json.loads(data)["text"] for data in re.findall(r"event: token\ndata: (.*)", stream)
    )


async def test_a_refusal_is_logged_with_the_request_and_without_its_words(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    echo = vendor.azure_refusal(
        404, "DeploymentNotFound", "The API deployment does not exist: refunds of ACME"
    )
    server.reply = lambda path, body: echo if "/chat/" in path else answer(path, body)
    written = io.StringIO()
    configure_logging()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))

    reply = await service.ask(keys["acme"])
    structlog.reset_defaults()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "model_refused"]
    assert reply.json()["code"] == "model_not_found"
    assert '"acme-model"' in reply.json()["detail"]
    assert (line["vendor_code"], line["model"]) == ("DeploymentNotFound", "acme-model")
    assert line["vendor_message"] == "The API deployment does not exist: … of …"
    assert line["vendor_request_id"] == "apim-vendor1"
    assert (line["request_id"], line["client_id"]) == (reply.headers["X-Request-ID"], "acme")


async def test_a_client_chooses_how_much_a_model_reasons_and_sees_what_it_used(
    service: Service, server: OpenAIServer, keys: dict[str, str]
) -> None:
    await service.configure(
        search_settings={"similarity_threshold": 0.0},
        llm_settings={"reasoning_effort": "none", "verbosity": "low"},
    )
    used = usage_chunk()
    used["usage"] |= {
        "completion_tokens_details": {"reasoning_tokens": 1},
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    said = events_reply(chunk({"content": "30 days [1]."}), chunk({}, "stop"), used)

    def reply(path: str, body: Body) -> Reply:
        if "/chat/" not in path:
            return answer(path, body)
        return vendor.EFFORT if body["reasoning_effort"] == "none" else said

    server.reply = reply

    got = (await service.ask(keys["acme"])).json()

    assert server.bodies[-1]["reasoning_effort"] == "minimal"
    assert server.bodies[-1]["verbosity"] == "low"
    assert got["degraded"] == ["reasoning_effort_adjusted"]
    assert got["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "cached_tokens": 4,
        "reasoning_tokens": 1,
    }
