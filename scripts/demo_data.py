"""Ingest real Word files into one client; each must be active, and a sentence of it found."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from evaluation_data import folder, lines, table
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from ragtenancy import RagTenancy, RagTenancyError, Settings, TenantHandle

SOURCES = ("azure-cwyd", "docling", "markitdown", "onyx", "unstructured")
UNREADABLE = ("no-text", "not-a-valid-zip", "no-document-part", "OLE-container", "DOCTYPE")
FLOOR = 0.95
TOP_K = 5
LONGEST = 300


class Outcome(Struct, kw_only=True):
    """What became of one file."""

    file: str
    expected: bool
    chunks: int = 0
    seconds: float = 0.0
    code: str = ""
    found: bool = False

    @property
    def good(self) -> bool:
        return self.chunks > 0 and not self.code


def main() -> None:
    data = folder()
    outcomes = asyncio.run(run(data))
    show(outcomes)
    wanted = [outcome for outcome in outcomes if outcome.expected]
    active = sum(outcome.good for outcome in wanted)
    found = sum(outcome.found for outcome in wanted if outcome.good)
    print(
        f"active with chunks: {active} of {len(wanted)} files that are not marked (floor {FLOOR})"
    )
    print(f"a sentence found by search: {found} of {active}")
    sys.exit(not wanted or active < FLOOR * len(wanted) or found < active)


async def run(data: Path) -> list[Outcome]:
    sentences = {
        each["file"]: sentence(each) for each in lines(data / "docx/reference_text.jsonl.gz")
    }
    rows = [row for row in table(data / "docx/manifest.tsv") if wanted(row, data)]
    with tempfile.TemporaryDirectory() as place:
        async with RagTenancy.open(Settings(data_dir=Path(place) / "data")) as rag:
            await rag.create_tenant("demo-data")
            tenant = rag.tenant("demo-data")
            ingested = [await ingest(tenant, data, row) for row in rows]
            for outcome, document_id in ingested:
                said = sentences.get(outcome.file, "")
                outcome.found = bool(said) and await finds(tenant, said, document_id)
    return [outcome for outcome, _ in ingested]


def wanted(row: Mapping[str, str], data: Path) -> bool:
    mine = row["file"].split("/")[0] in SOURCES and row["file"].endswith(".docx")
    return mine and (data / "docx" / row["file"]).exists()


async def ingest(
    tenant: TenantHandle, data: Path, row: Mapping[str, str]
) -> tuple[Outcome, str | None]:
    marked = any(trait.startswith(UNREADABLE) for trait in row["traits"].split(";"))
    outcome = Outcome(file=row["file"], expected=not marked)
    started = time.monotonic()
    document_id = None
    try:
        job = await tenant.ingest(
            data / "docx" / row["file"], filename=row["file"].replace("/", "_")
        )
        outcome.chunks, document_id = job.counts.total_chunks, job.document_id
    except RagTenancyError as error:
        outcome.code = error.reason
    outcome.seconds = time.monotonic() - started
    return outcome, document_id


async def finds(tenant: TenantHandle, said: str, document_id: str | None) -> bool:
    reply = await tenant.search(said, top_k=TOP_K)
    return document_id in {hit.source.document_id for hit in reply.hits}


def sentence(reference: Mapping[str, str]) -> str:
    """Return the wordiest line of what another reader read in the file."""
    text = reference["mammoth"] or reference["pandoc"] or ""
    return max((line.strip()[:LONGEST] for line in text.splitlines()), key=words, default="")


def words(line: str) -> int:
    return len(re.findall(r"\w{2,}", line))


def show(outcomes: list[Outcome]) -> None:
    shown = Table("file", "chunks", "seconds", "code", "found")
    for each in outcomes:
        marked = "" if each.expected else "  (marked)"
        shown.add_row(
            each.file + marked,
            str(each.chunks),
            f"{each.seconds:.2f}",
            each.code,
            "yes" if each.found else "no",
        )
    Console(markup=False, width=110).print(shown)


if __name__ == "__main__":
    main()
