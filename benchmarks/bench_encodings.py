"""Our detection of encodings beside that of libraries: `make bench-encodings`.

Texts of seventeen languages in 37 encodings of the Web: prose and tables of 25 to 300 characters,
and tables of one to eight words. "wrong" is a text that was returned and differs from the
original. Peers that are not installed are left out, and named.
"""

from __future__ import annotations

import importlib.util
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator

from prose_of_languages import ENCODINGS, PROSE
from table import markdown

from ragtenancy.adapters.formats.plain.encoding import decoded
from ragtenancy.domain.charsets import codec_of
from ragtenancy.domain.errors import UnreadableDocumentError

Read = Callable[[bytes], str | None]
LENGTHS = (25, 60, 120, 300)
WORDS = (1, 2, 4, 8)
DRAWS = 6
_PAUSES = re.compile(r"(?<=\.) |。|, ?")
_BETWEEN_WORDS = re.compile(r"[ 、。,.]+")


def samples() -> Iterator[tuple[str, str, bytes]]:
    """Yield the kind of a sample, its text and its bytes."""
    for language, prose in PROSE.items():
        for label in ENCODINGS[language]:
            for kind, text in (*_prose(prose), *_tables(prose)):
                codec = "iso2022_jp" if label == "iso-2022-jp" else codec_of(label) or label
                yield kind, text, text.encode(codec)


def _prose(prose: str) -> Iterator[tuple[str, str]]:
    parts = enumerate(filter(None, _PAUSES.split(prose)))
    table = "\r\n".join(f"{row + 1};{part};{row * 7 + 3},50" for row, part in parts)
    for length in LENGTHS:
        yield f"{length} characters", prose[:length]
        yield f"{length} characters", table[: length + 20]


def _tables(prose: str) -> Iterator[tuple[str, str]]:
    draw = random.Random(5)
    spaced = prose.count(" ") > 15
    words = (
        _BETWEEN_WORDS.split(prose) if spaced else [prose[at : at + 4] for at in range(0, 100, 5)]
    )
    foreign = [word for word in words if not word.isascii()]
    for count in WORDS:
        for _ in range(DRAWS):
            chosen = enumerate(draw.sample(foreign, min(count, len(foreign))))
            rows = "".join(f"{row + 101};{word};{row * 3 + 7}\r\n" for row, word in chosen)
            yield f"{count} words", f"id;name;amount\r\n{rows}"


def ours(data: bytes) -> str | None:
    """Return the text as ragtenancy reads it, None if it refuses."""
    try:
        return decoded(data)[0]
    except UnreadableDocumentError:
        return None


def _by_name(data: bytes, name: str | None) -> str | None:
    codec = (codec_of(name) or name) if name else None
    try:
        return data.decode(codec) if codec else None
    except (LookupError, ValueError):
        return None


def chardet(data: bytes) -> str | None:
    """Return the text by chardet."""
    import chardet as library

    return _by_name(data, library.detect(data)["encoding"])


def faust_cchardet(data: bytes) -> str | None:
    """Return the text by uchardet."""
    import cchardet

    return _by_name(data, cchardet.detect(data)["encoding"])


def charset_normalizer(data: bytes) -> str | None:
    """Return the text by charset-normalizer."""
    import charset_normalizer as library

    best = library.from_bytes(data).best()
    return _by_name(data, best.encoding if best else None)


def chardetng(data: bytes) -> str | None:
    """Return the text by the detector of Firefox."""
    import chardetng_py

    detector = chardetng_py.EncodingDetector()
    detector.feed(data, last=True)
    return _by_name(data, str(detector.guess(tld=None, allow_utf8=False)))


PEERS: tuple[tuple[Read, str], ...] = (
    (ours, "ragtenancy"),
    (chardet, "chardet"),
    (faust_cchardet, "cchardet"),
    (charset_normalizer, "charset_normalizer"),
    (chardetng, "chardetng_py"),
)


def main() -> None:
    """Print a table of wrong and refused samples by peer."""
    texts = list(samples())
    short = sum(kind.endswith("words") for kind, _, _ in texts)
    print(f"{len(texts)} texts, {short} of them tables of a few words\n")
    rows = []
    for read, package in PEERS:
        if importlib.util.find_spec(package) is None:
            print(f"not installed: {package}")
            continue
        read("Größe".encode("cp1252"))
        start = time.perf_counter()
        results = Counter(
            (kind.split()[1], _result(read(data), text)) for kind, text, data in texts
        )
        each = (time.perf_counter() - start) / len(texts)
        counts = (results[kind, v] for kind in ("characters", "words") for v in ("wrong", "none"))
        rows.append([read.__name__, *map(str, counts), f"{each * 1e6:,.0f} µs"])
    print(markdown(["", "prose wrong", "refused", "words wrong", "refused", "each"], rows))


def _result(found: str | None, text: str) -> str:
    return "none" if found is None else "right" if found == text else "wrong"


if __name__ == "__main__":
    main()
