"""Finding what belongs to another client in the bytes of a reply."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

WORDS = 8
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")

Words = tuple[str, ...]


class LeakDetector:
    """Knows each client's canaries and the sentences that no other client's source holds."""

    def __init__(self, sources: Mapping[str, str], canaries: Mapping[str, Sequence[str]]) -> None:
        self._canaries = canaries
        self._texts = {client: " ".join(_words(text)) for client, text in sources.items()}
        self._by_start: dict[Words, list[tuple[str, str]]] = {}
        for client, text in sources.items():
            for sentence in set(_sentences(text)):
                self._by_start.setdefault(sentence[:WORDS], []).append((client, " ".join(sentence)))

    def leaks(self, client: str, headers: Mapping[str, str], body: bytes) -> list[str]:
        """Return what a reply to `client` holds of others: canaries and whole sentences."""
        raw = body.decode("utf-8", "replace") + json.dumps(dict(headers))
        return [*self._foreign_canaries(client, raw), *self._foreign_sentences(client, raw)]

    def _foreign_canaries(self, client: str, raw: str) -> Iterator[str]:
        for owner, canaries in self._canaries.items():
            if owner != client:
                yield from (f"canary of {owner}" for canary in canaries if canary in raw)

    def _foreign_sentences(self, client: str, raw: str) -> Iterator[str]:
        words = _words(_unescaped(raw))
        text = " ".join(words)
        for start in range(len(words) - WORDS + 1):
            for owner, sentence in self._by_start.get(tuple(words[start : start + WORDS]), ()):
                only_theirs = owner != client and sentence not in self._texts[client]
                if only_theirs and sentence in text:
                    yield f"sentence of {owner}: {sentence[:60]}…"


def _sentences(text: str) -> Iterator[Words]:
    for sentence in _SENTENCE_END.split(text):
        words = tuple(_words(sentence))
        if len(words) >= WORDS:
            yield words


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _unescaped(raw: str) -> str:
    """Return JSON's escapes as the characters that they stand for."""
    return (
        re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), raw)
        .replace("\\n", " ")
        .replace('\\"', '"')
    )
