"""Every way to an answer gives places in the stored text: ranges of sources and of quotes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles import RecordingChatModel
from tests.factories_office import odf_bytes
from tests.http.service import Service
from tests.http.test_mcp import connected, structured

QUESTION = "How long do refunds take?"
WORD = st.sampled_from(
    [
        "refunds",
        "take",
        "30 days",
        "12.50 EUR",
        "naïve",
        "e\u0301",
        "東京",
        "🧾",
        "ERR-4021",
        "[1]",
        "*",
    ]
)
SENTENCE = st.lists(WORD, min_size=1, max_size=8).map(lambda words: f"Refunds {' '.join(words)}.")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)
SECTION = st.tuples(SENTENCE, PARAGRAPH).map(lambda pair: f"# {pair[0]}\r\n\r\n{pair[1]}")
DOCUMENT = st.lists(SECTION, min_size=1, max_size=4).map("\n\n".join)
STATEMENT = st.tuples(SENTENCE, st.sampled_from(["[1]", "[2]", "[1][2]", "[9]", ""]))
ANSWER = st.lists(STATEMENT, min_size=1, max_size=4).map(
    lambda said: " ".join(f"{sentence[:-1]} {marker}." for sentence, marker in said)
)


async def events(service: Service, path: str, key: str, body: Any) -> list[Any]:
    """Return the data of a stream's events."""
    streamed = await service.call("POST", path, key, json=body | {"stream": True})
    lines = [line.removeprefix("data: ") for line in streamed.text.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


async def answers(service: Service, key: str) -> list[Any]:
    """Return an answer as each native route gives it: plain, streamed, stored, over MCP."""
    plain = (await service.ask(key, QUESTION, session_id="plain")).json()
    found, *_, done = await events(service, "/api/v1/chat", key, {"message": QUESTION})
    history = await service.call("GET", "/api/v1/chat/sessions/plain", key)
    async with connected(service, key) as client:
        told = structured(await client.call_tool("ask", {"question": QUESTION}))
    return [plain, {**done, "sources": found["sources"]}, done, *history.json()["items"], told]


async def completions(service: Service, key: str) -> list[tuple[Any, Any, Any]]:
    """Return the answer, annotations and sources of OpenAI's route, plain and streamed."""
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    plain = (await service.call("POST", "/v1/chat/completions", key, json=body)).json()
    message = plain["choices"][0]["message"]
    chunks = await events(service, "/v1/chat/completions", key, body)
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    annotations = [each for delta in deltas for each in delta.get("annotations") or ()]
    sources = next(chunk["sources"] for chunk in reversed(chunks) if chunk.get("sources"))
    return [
        (message["content"], message["annotations"], plain["sources"]),
        (text, annotations, sources),
    ]


async def require_places(files: list[str], answer: str) -> None:
    service = Service(chat_model=RecordingChatModel(answer))
    key = await service.create(config={"search_settings": {"similarity_threshold": 0}})
    texts = {}
    for number, file in enumerate(files):
        document_id = (await service.ingest(key, file, f"{number}.md"))["document_id"]
        path = f"/api/v1/ingest/document/{document_id}/text"
        texts[document_id] = (await service.call("GET", path, key)).json()["text"]

    def stands(document_id: str, place: list[int], text: str) -> bool:
        return bool(texts[document_id][slice(*place)] == text)

    for found in await answers(service, key):
        assert found["sources"]
        by_index = {each["index"]: each for each in found["sources"]}
        assert all(stands(s["document_id"], s["range"], s["text"]) for s in found["sources"])
        cited_indexes = {each["index"] for each in found["citations"]}
        assert cited_indexes >= {index for index, each in by_index.items() if each["cited"]}
        for cited in found["citations"]:
            source = by_index[cited["index"]]
            assert source["cited"] is not False
            assert stands(source["document_id"], cited["range"], cited["quote"])
            assert cited["quote"] in source["text"]
            assert str(cited["index"]) in found["answer"][slice(*cited["marker"])]
    for text, quoted, sources in await completions(service, key):
        assert all(stands(s["file_id"], s["range"], s["text"]) for s in sources)
        for annotation in quoted:
            cited = annotation["file_citation"]
            assert stands(cited["file_id"], cited["range"], cited["quote"])
            assert str(cited["index"]) in text[cited["start_index"] : cited["end_index"]]
    for hit in (await service.search(key, QUESTION))["hits"]:
        assert stands(hit["document_id"], hit["range"], hit["text"])


@settings(max_examples=8, deadline=None)
@given(st.lists(DOCUMENT, min_size=1, max_size=3), ANSWER)
def test_ranges_and_quotes_stand_in_the_stored_text(files: list[str], answer: str) -> None:
    asyncio.run(require_places(files, answer))


SLIDE_WORDS = st.lists(st.sampled_from(["refunds", "take", "days", "gate", "東京"]), max_size=25)
SLIDE = st.tuples(st.booleans(), st.lists(SLIDE_WORDS, min_size=1, max_size=6))
SLIDE_ANSWER = st.lists(
    st.tuples(SLIDE_WORDS, st.sampled_from(["[1]", "[2]"])), min_size=1, max_size=4
).map(lambda said: " ".join(f"Refunds {' '.join(words)} {marker}." for words, marker in said))
HIDDEN = """<style:style style:name="dp" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>"""


def slides(drawn: Sequence[tuple[bool, Sequence[Sequence[str]]]]) -> bytes:
    """Return a presentation whose sentences begin with their slide's number; slide 2 is hidden."""
    pages = []
    for number, (titled, sentences) in enumerate(drawn, 1):
        style = ' draw:style-name="dp"' if number == 2 else ""
        title = (
            f"<draw:frame presentation:class='title'><draw:text-box><text:p>{number} is a refund"
            "</text:p></draw:text-box></draw:frame>"
            if titled
            else ""
        )
        texts = "".join(
            f"<text:p>{number} refunds {' '.join(words)}.</text:p>" for words in sentences
        )
        frame = f"<draw:frame><draw:text-box>{texts}</draw:text-box></draw:frame>"
        pages.append(f"<draw:page{style}>{title}{frame}</draw:page>")
    return odf_bytes("odp", "".join(pages), styles=HIDDEN)


def page_of(text: str, start: int) -> int:
    """Return the number of the line at an offset, which begins with its slide's."""
    line = text[text.rfind("\n", 0, start) + 1 :]
    number = re.match(r"\d+", line)
    assert number is not None, line
    return int(number[0])


async def presented(file: bytes, answer: str) -> tuple[Service, str, str]:
    """Return a service that has ingested a presentation, a key, and the document's path."""
    service = Service(chat_model=RecordingChatModel(answer))
    key = await service.create(config={"search_settings": {"similarity_threshold": 0}})
    document_id = (await service.upload(key, file, "slides.odp")).json()["document_id"]
    await service.work()
    return service, key, f"/api/v1/ingest/document/{document_id}"


async def require_pages(file: bytes, answer: str) -> None:
    service, key, path = await presented(file, answer)
    text = (await service.call("GET", f"{path}/text", key)).json()["text"]
    chunks = (await service.call("GET", f"{path}/chunks", key)).json()["items"]
    hits = (await service.search(key, QUESTION))["hits"]
    found = await answers(service, key)
    placed = [
        *hits,
        *(each for one in found for each in (*one["sources"], *one["citations"])),
        *(each for _, _, sources in await completions(service, key) for each in sources),
        *(
            each["file_citation"]
            for _, quoted, _ in await completions(service, key)
            for each in quoted
        ),
    ]
    assert [each["page"] for each in placed] == [page_of(text, each["range"][0]) for each in placed]
    assert [each["page"] for each in chunks] == [page_of(each["text"], 0) for each in chunks]


@settings(max_examples=8, deadline=None)
@given(st.lists(SLIDE, min_size=3, max_size=9), SLIDE_ANSWER)
def test_pages_are_those_on_which_the_words_begin(
    drawn: list[tuple[bool, list[list[str]]]], answer: str
) -> None:
    asyncio.run(require_pages(slides(drawn), answer))


async def test_a_quote_has_its_own_page_within_a_passage_of_several() -> None:
    drawn = slides([(False, [["take", "days"]]), (False, [[]]), (False, [["gate"]])])
    service, key, _ = await presented(drawn, "Refunds take days [1]. Refunds gate [1].")

    found = await answers(service, key)

    assert [each["sources"][0]["page"] for each in found] == [1] * len(found)
    assert [[cited["page"] for cited in each["citations"]] for each in found] == [[1, 3]] * len(
        found
    )
    for _, quoted, _ in await completions(service, key):
        assert [each["file_citation"]["page"] for each in quoted] == [1, 3]
