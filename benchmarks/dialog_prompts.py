"""What a request to a language model holds: its passages, its question, its kind.

Nothing here knows the prompt's exact form: passages are numbered, the question stands on a
line, a request to rewrite a question says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from benchmarks.dialog_folder import SOCIAL, Turn

_OPEN = re.compile(
    r"^[ \t]*(?:<\w+\b[^<>]*?\b(?:n|id|no|number|index)=[\"']?(?P<tag>\d+)[^<>]*>"
    r"|(?:(?:passage|source|excerpt)\s*)?\[(?P<mark>\d+)\]:?)[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSE = re.compile(
    r"^[ \t]*</[^<>\n]*>|^[ \t]*(?:question|frage)\s*:|^=====*$|^```$", re.IGNORECASE | re.MULTILINE
)
_FILE = re.compile(
    r"[\w .()&-]*\w\.(?:docx?|xlsx?|pptx?|pdf|html?|md|txt|csv|odt|rtf|eml)\b", re.IGNORECASE
)
_CONDENSE = re.compile(
    r"\b(?:rewrit\w*|rephras\w*|reformulat\w*|condens\w*|stand[- ]?s?[- ]?alone|self-contained)\b",
    re.IGNORECASE,
)
LONGEST_HEAD = 300
_LABEL = re.compile(r"^[\w '-]{1,40}:\s*")


class Passage(Struct, frozen=True, kw_only=True):
    """A numbered passage; `head` is its tag and the line that names its file, if one does."""

    number: int
    text: str
    filename: str = ""
    head: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """A request as the stubs read it; `asked` is everything but the passages."""

    passages: Sequence[Passage]
    asked: str
    condense: bool
    system: str


def read_request(messages: Sequence[Mapping[str, str]]) -> Request:
    """Return what the messages of a chat completion hold."""
    sent = [m.get("content") or "" for m in messages if m.get("role") in {"system", "developer"}]
    last = next((m.get("content") or "" for m in reversed(messages) if m["role"] == "user"), "")
    passages = read_passages("\n".join([*sent, last]))
    without = "\n".join(m.get("content") or "" for m in messages[:-1] if m.get("role") == "user")
    return Request(
        passages=passages,
        asked=f"{without}\n{_outside(last)}",
        condense=not passages and bool(_CONDENSE.search("\n".join([*sent, last[:400]]))),
        system="\n".join(sent),
    )


def read_passages(text: str) -> list[Passage]:
    """Return the numbered passages of a prompt: `<tag n="1">…</tag>` or lines from `[1]`."""
    return [
        _passage(int(opened["tag"] or opened["mark"]), opened[0], text[opened.end() : end])
        for opened, end in _spans(text)
    ]


def find_turn(asked: str, turns: Sequence[Turn]) -> Turn | None:
    """Return the turn whose question is asked last; of several, the one with this history.

    A question is recognised as a line of its own, a long one also within a line.
    """
    lines = [_squash(line) for line in asked.splitlines()]
    lines += [_squash(_LABEL.sub("", line)) for line in asked.splitlines()]
    whole = {line: at % max(1, len(lines) // 2) for at, line in enumerate(lines)}
    text = _squash(asked)

    def rank(turn: Turn) -> tuple[int, int, int, int]:
        wanted = _squash(turn.question)
        known = sum(_squash(question) in text for question in turn.earlier)
        line = whole.get(wanted, -1)
        within = text.rfind(wanted) if len(wanted) > 15 and turn.kind not in SOCIAL else -1
        return line, within, known, -len(turn.earlier)

    best = max(turns, key=rank, default=None)
    return best if best is not None and max(rank(best)[:2]) >= 0 else None


def last_line(asked: str) -> str:
    """Return what stands last, without its label: the question, for who knows no turns."""
    lines = [line.strip() for line in asked.splitlines() if line.strip()]
    return _LABEL.sub("", lines[-1]) if lines else ""


def _passage(number: int, tag: str, block: str) -> Passage:
    first, _, rest = block.strip("\n").partition("\n")
    inline = _FILE.search(first) if len(first) < LONGEST_HEAD else None
    named = _FILE.search(tag) or inline
    return Passage(
        number=number,
        text=rest if inline else block.strip("\n"),
        filename=named[0].strip() if named else "",
        head=f"{tag}\n{first}" if inline else tag,
    )


def _spans(text: str) -> list[tuple[re.Match[str], int]]:
    opened = list(_OPEN.finditer(text))
    spans = []
    for i, match in enumerate(opened):
        following = opened[i + 1].start() if i + 1 < len(opened) else len(text)
        closed = _CLOSE.search(text, match.end(), following)
        spans.append((match, closed.start() if closed else following))
    return spans


def _outside(text: str) -> str:
    kept, at = [], 0
    for match, end in _spans(text):
        kept.append(text[at : match.start()])
        at = end
    return "\n".join([*kept, text[at:]])


def _squash(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()
