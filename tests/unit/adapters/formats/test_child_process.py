from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.adapters.formats.limits import MEBIBYTE, ProcessLimits, ScanLimits
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Paragraph
from tests.factories_docx import cell, docx_bytes, paragraph, row, table
from tests.unit.adapters.formats.docx.reading import read

CONFINED = (
    "from ragtenancy.sandbox.confinement import confine, end_with_parent;"
    "import socket, subprocess, threading; end_with_parent(); confine(1 << 30, 30);"
)


def confined(statement: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CONFINED + statement],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def test_a_document_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.docx")
    parser = SandboxedParser(DocxReader(), ProcessLimits(wall_seconds=0.4))

    with pytest.raises(UnreadableDocumentError) as refused:
        await parser.parse(tmp_path / "endless.docx")

    assert refused.value.reason == "parser_timeout"


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is limited on Linux only")
async def test_a_document_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "large.docx"
    path.write_bytes(
        docx_bytes("".join(paragraph(os.urandom(2 * MEBIBYTE).hex()) for _ in range(10)))
    )
    parser = SandboxedParser(DocxReader(), ProcessLimits(memory_bytes=128 * MEBIBYTE))

    with pytest.raises(UnreadableDocumentError) as refused:
        await parser.parse(path)

    assert refused.value.reason == "parser_memory"


async def test_cancelling_kills_the_child(tmp_path: Path) -> None:
    fifo = tmp_path / "endless.docx"
    os.mkfifo(fifo)
    task = asyncio.create_task(SandboxedParser(DocxReader()).parse(fifo))
    child_reads = await asyncio.to_thread(os.open, fifo, os.O_WRONLY)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    with pytest.raises(BrokenPipeError):
        os.write(child_reads, b"PK")
    os.close(child_reads)


async def test_documents_are_read_side_by_side(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.docx" for number in range(4)]
    for path in paths:
        path.write_bytes(docx_bytes(paragraph(path.stem)))

    documents = await asyncio.gather(*map(SandboxedParser(DocxReader()).parse, paths))

    assert [document.blocks for document in documents] == [
        [Paragraph(text=path.stem)] for path in paths
    ]


def test_a_confined_process_dies_when_its_parent_lets_go() -> None:
    child = confined("print('ready', flush=True); threading.Event().wait()")
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == b"ready\n"

    child.stdin.close()

    assert child.wait(timeout=10) == 1
    child.stdin = None
    child.communicate()


@pytest.mark.parametrize(
    "statement",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "open('written', 'w')",
    ],
)
def test_a_confined_process_has_no_network_no_children_and_no_files(
    statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    child = confined(statement)

    assert child.wait(timeout=10) == 1
    assert b"PermissionError" in child.communicate()[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "body_of",
    [
        lambda size: "".join(paragraph(f"text {index}") for index in range(size * 10)),
        lambda size: table(*[row(*[cell(f"{index}")] * 20) for index in range(size)]),
        lambda size: paragraph("".join("<w:r><w:t>x</w:t></w:r>" for _ in range(size * 20))),
    ],
)
def test_work_grows_with_the_document_and_not_with_its_square(body_of: object) -> None:
    assert callable(body_of)
    small, large = (docx_bytes(body_of(size)) for size in (150, 1_200))

    seconds = [min(_timed(data) for _ in range(3)) for data in (small, large)]

    assert seconds[1] / seconds[0] < 8 * 3


def _timed(data: bytes) -> float:
    begun = time.process_time()
    read(data, ScanLimits())
    return time.process_time() - begun
