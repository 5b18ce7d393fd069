"""Our sentence splitter beside others, on hard sentences in twelve languages.

`make bench-sentences`. `benchmarks/sentences/` has a file per language: a sentence a line, an empty
line between paragraphs. A paragraph is joined by spaces (Chinese and Japanese: by nothing) and cut
again. The figure is F1 of the boundaries inside paragraphs, of all and, in the last column, of
every third paragraph, which nobody looked at while the splitter was written. Peers are told the
language where they take it; ours is not. `--show de` prints our faults in
the other paragraphs of a language. `--ud FOLDER` takes the sentences of the test files of Universal
Dependencies there instead (`de_pud-ud-test.conllu`), those that end in a mark, six to a paragraph.
Peers that are not installed, or do not know a language, are
left out.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

from table import markdown

from ragtenancy.domain.sentences import sentences

Cut = Callable[[str], Iterable[str]]
CODES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "ru", "zh", "ja", "ar")
FOLDER = Path(__file__).parent / "sentences"
UNSPACED = ("zh", "ja")
HELD = 3  # every third paragraph is kept back
REPEATS = 20
UD_SENTENCES, UD_PARAGRAPH = 1_500, 6
ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f][\"'\u201c\u201d\u2019\u00bb) ]*\Z")


def ours(_code: str) -> Cut:
    """Return our own, which finds out the language itself."""
    return sentences


def pysbd(code: str) -> Cut:
    """Return the rules of pragmatic_segmenter."""
    import pysbd

    cut: Cut = pysbd.Segmenter(language=code, clean=False).segment
    return cut


def syntok(code: str) -> Cut:
    """Return syntok's, for English, German and Spanish."""
    from syntok import segmenter

    if code not in ("en", "de", "es"):
        raise ValueError(code)

    def cut(text: str) -> Iterable[str]:
        for paragraph in segmenter.process(text):
            for sentence in paragraph:
                yield "".join(token.spacing + token.value for token in sentence)

    return cut


def sentencex(code: str) -> Cut:
    """Return Wikimedia's."""
    from sentencex import segment

    return partial(segment, code)


def blingfire(_code: str) -> Cut:
    """Return Microsoft's finite-state machine, one for all languages."""
    import blingfire

    return lambda text: blingfire.text_to_sentences(text).split("\n")


def icu(code: str) -> Cut:
    """Return ICU's rules with the suppressions of CLDR."""
    import icu

    breaker = icu.BreakIterator.createSentenceInstance(icu.Locale(f"{code}@ss=standard"))

    def cut(text: str) -> Iterable[str]:
        encoded = text.encode("utf-16-le")
        breaker.setText(text)
        ends = [0, *breaker]
        for start, end in pairwise(ends):
            yield encoded[2 * start : 2 * end].decode("utf-16-le")

    return cut


def sentence_splitter(code: str) -> Cut:
    """Return Moses' non-breaking prefixes."""
    from sentence_splitter import SentenceSplitter

    return SentenceSplitter(language=code).split


PEERS = (ours, pysbd, syntok, sentencex, blingfire, icu, sentence_splitter)


def paragraphs(code: str) -> list[list[str]]:
    """Return the paragraphs of a language, each as its sentences."""
    if "--ud" in sys.argv:
        return treebank(code, Path(sys.argv[sys.argv.index("--ud") + 1]))
    text = (FOLDER / f"{code}.txt").read_text(encoding="utf-8")
    return [part.strip().split("\n") for part in text.split("\n\n")]


def treebank(code: str, folder: Path) -> list[list[str]]:
    """Return the paragraphs of a language's treebank."""
    path = next(iter(sorted(folder.glob(f"{code}_*-ud-test.conllu"))), None)
    if path is None:
        raise ValueError(code)
    lines = path.read_text(encoding="utf-8").split("\n")
    texts = [line[len("# text = ") :] for line in lines if line.startswith("# text = ")]
    ended = [text for text in texts[:UD_SENTENCES] if ENDED.search(text)]
    return [ended[at : at + UD_PARAGRAPH] for at in range(0, len(ended), UD_PARAGRAPH)]


def joined(code: str, paragraph: Sequence[str]) -> str:
    """Return a paragraph as it stands in a document."""
    return ("" if code in UNSPACED else " ").join(paragraph)


def boundaries(pieces: Iterable[str]) -> set[int]:
    """Return where pieces end, in characters that are not white space; the last is no boundary."""
    sizes = [len("".join(piece.split())) for piece in pieces]
    return set(list(accumulate(size for size in sizes if size))[:-1])


def f1(cut: Cut, code: str, some: Sequence[Sequence[str]]) -> float:
    """Return the F1 of a splitter's boundaries."""
    right = found = wanted = 0
    for paragraph in some:
        told, true = boundaries(cut(joined(code, paragraph))), boundaries(paragraph)
        right, found, wanted = right + len(told & true), found + len(told), wanted + len(true)
    return 2 * right / (found + wanted)


def show(code: str) -> None:
    """Print the paragraphs that ours cuts wrongly, but those that are kept back."""
    for at, paragraph in enumerate(paragraphs(code)):
        pieces = list(ours(code)(joined(code, paragraph)))
        if at % HELD != HELD - 1 and boundaries(pieces) != boundaries(paragraph):
            print(*(piece.strip() for piece in pieces), sep="\n", end="\n\n")


def row(peer: Callable[[str], Cut]) -> list[str]:
    """Return a peer's row of the table."""
    cells, kept_back, characters, seconds = [peer.__name__], [], 0, 0.0
    for code in CODES:
        try:
            cut, every = peer(code), paragraphs(code)
        except Exception:  # noqa: BLE001 - each peer has its own error for an unknown language
            cells.append("-")
            continue
        cells.append(f"{f1(cut, code, every):.3f}")
        kept_back.append(f1(cut, code, every[HELD - 1 :: HELD]))
        text = "\n".join(joined(code, paragraph) for paragraph in every)
        started = time.perf_counter()
        for _ in range(REPEATS):
            list(cut(text))
        seconds += time.perf_counter() - started
        characters += REPEATS * len(text)
    mean = sum(kept_back) / len(kept_back)
    return [*cells, f"{mean:.3f} ({min(kept_back):.3f})", f"{characters / seconds / 1e6:.1f}"]


def main() -> None:
    """Print the table, or the faults in one language."""
    if "--show" in sys.argv:
        show(sys.argv[sys.argv.index("--show") + 1])
        return
    table = []
    for peer in PEERS:
        if peer is not ours and not importlib.util.find_spec(peer.__name__):
            print(f"{peer.__name__} is not installed: left out")
        else:
            table.append(row(peer))
    print(markdown(["", *CODES, "kept back: mean (worst)", "million characters/s"], table))


if __name__ == "__main__":
    main()
