"""Every hostile file and many mutants: `python -m tests.hostile.fuzz --seed 1 --count 500`.

Mutants of Word files, and a fifth as many of each other format. With `EVAL_DATA` also every Word
file of the judging data, as it is and as a seed of mutants.
Ends with 1 if any file brings about what must not happen: no text and no documented code, more
than 30 s, more than 512 MiB, a parent that suffers.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from tests.factories_docx import docx_bytes, paragraph
from tests.hostile.containers import CONTAINERS, stored
from tests.hostile.contents import CONTENTS, HEAVY
from tests.hostile.mutants import mutant, own_documents
from tests.hostile.outcome import MEBIBYTE, TEXT, Hostile, Outcome, outcomes
from tests.hostile.seeds import SEEDS

KILOBYTE = 1_000
SHOWN_EVERY = 100
KINDS = (".docx", ".dotx", ".docm", ".dotm")
HEAD = ("source", "files", "text", "failed by code", "slowest s", "largest child MiB", "trouble")

OTHERS_SHARE = 5
Files = Iterator[Hostile]
QUICK = frozenset({
    "empty", "noise after the magic", "encrypted OLE2", "macro-enabled", "flat bomb",
    "overlapping members", "2,001 members", "size declared as 10", "wrong checksum",
    "ZipCrypto flag", "method 99", "duplicate main part", "parent folder", "NUL in a name",
    "billion laughs", "external entity", "external picture", "Target ../NULL",
    "circular relationships", "gridSpan=1e9", "gridSpan=abc", "orphan vMerge",
    "nested 5,000 deep", "PNG of 13,000 pixels square", "no main part", "another root", "no body",
    "styles in a circle",
})  # fmt: skip


def crafted() -> Files:
    """Yield the crafted files."""
    for source, files in (("containers", CONTAINERS), ("contents", CONTENTS)):
        yield from (Hostile(name=f"{source}: {name}", make=make) for name, make in files.items())
    for name in HEAVY:
        yield Hostile(name=f"not packed: {name}", make=partial(_not_packed, name))


def truncated(data: bytes) -> Files:
    """Yield a document cut off at every kilobyte."""
    for size in range(0, len(data), KILOBYTE):
        yield Hostile(name=f"truncated: {size}", make=partial(_start_of, data, size))


def mutants(seeds: Sequence[bytes | Path], seed: int, count: int) -> Files:
    """Yield mutants of documents in turn; the number in a name is its seed."""
    for number in range(seed, seed + count):
        source = seeds[number % len(seeds)]
        yield Hostile(name=f"mutants: {number}", make=partial(_mutant, source, number))


def other_mutants(seed: int, count: int) -> Files:
    """Yield mutants of a file of each format but Word's."""
    for suffix, made in SEEDS.items():
        data = made()
        for number in range(seed, seed + count):
            name = f"mutants of {suffix}: {suffix} {number}"
            yield Hostile(name=name, make=partial(_mutant, data, number), suffix=suffix)


def judging(paths: Sequence[Path], folder: Path) -> Files:
    """Yield the Word files of the judging data as they are."""
    for path in paths:
        name = path.relative_to(folder)
        yield Hostile(name=f"{name.parts[0]}: {name.name}", make=path.read_bytes)


def judging_data() -> tuple[Path, Sequence[Path]]:
    """Return the folder of Word files and what is in it; nothing without `EVAL_DATA`."""
    named = os.environ.get("EVAL_DATA", "")
    folder = Path(named) / "docx"
    if not named or not folder.is_dir():
        sys.stderr.write("EVAL_DATA (make: DATA=) is not set: using the built-in documents only\n")
        return folder, ()
    found = [path for path in sorted(folder.glob("*/files/**/*")) if path.suffix.lower() in KINDS]
    return folder, found


def all_files(seed: int, count: int) -> Sequence[Hostile]:
    """Return everything there is."""
    folder, paths = judging_data()
    return (
        *crafted(),
        *truncated(_long_document()),
        *judging(paths, folder),
        *mutants([*own_documents(), *paths], seed, count),
        *other_mutants(seed, count // OTHERS_SHARE),
    )


def quick_files(seed: int, count: int) -> Sequence[Hostile]:
    """Return what a few seconds are enough for."""
    return (
        *(file for file in crafted() if file.name.split(": ")[1] in QUICK),
        *mutants(own_documents(), seed, count),
        *other_mutants(seed, 1),
    )


def main() -> int:
    """Run everything, print the table and each trouble."""
    asked = _arguments()
    files = quick_files(asked.seed, asked.count) if asked.quick else all_files(asked.seed, asked.count)  # fmt: skip
    sys.stdout.write(f"{len(files)} files, mutants from seed {asked.seed}\n\n")
    by_source: dict[str, list[Outcome]] = defaultdict(list)
    for number, outcome in enumerate(outcomes(iter(files), at_once=asked.at_once), 1):
        if number % SHOWN_EVERY == 0:
            sys.stderr.write(f"{number} of {len(files)}\n")
        by_source[outcome.name.split(": ")[0]].append(outcome)
        if outcome.trouble:
            sys.stdout.write(f"TROUBLE {outcome.name}: {outcome.trouble}\n")
            sys.stdout.flush()
    sys.stdout.write(table(by_source))
    if asked.outcomes is not None:
        found = [outcome for some in by_source.values() for outcome in some]
        asked.outcomes.write_bytes(msgspec.json.encode(found))
    return 1 if any(o.trouble for found in by_source.values() for o in found) else 0


def table(by_source: Mapping[str, Sequence[Outcome]]) -> str:
    """Return a Markdown table, a row a source and one of them all."""
    everything = [outcome for found in by_source.values() for outcome in found]
    rows = [_row(source, found) for source, found in sorted(by_source.items())]
    lines = [HEAD, ["---"] * len(HEAD), *rows, _row("all", everything)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(source: str, found: Sequence[Outcome]) -> Sequence[str]:
    codes = Counter(outcome.code for outcome in found)
    read = codes.pop(TEXT, 0)
    return (
        source,
        str(len(found)),
        str(read),
        ", ".join(f"{code} {number}" for code, number in codes.most_common()) or "-",
        f"{max(outcome.seconds for outcome in found):.1f}",
        f"{max(outcome.child_bytes for outcome in found) / MEBIBYTE:.0f}",
        str(sum(bool(outcome.trouble) for outcome in found)),
    )


def _start_of(data: bytes, size: int) -> bytes:
    return data[:size]


def _not_packed(name: str) -> bytes:
    """Return a heavy content whose container does not give it away."""
    return stored(CONTENTS[name]())


def _mutant(source: bytes | Path, seed: int) -> bytes:
    return mutant(source if isinstance(source, bytes) else source.read_bytes(), seed)


def _long_document() -> bytes:
    """Return a document of 40 kB, most of it in one member."""
    chance = Random(5)
    return docx_bytes("".join(paragraph(chance.randbytes(60).hex()) for _ in range(600)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--quick", action="store_true", help="a few files of each kind")
    parser.add_argument("--outcomes", type=Path, help="where to write what became of each, as JSON")
    parser.add_argument("--at-once", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
