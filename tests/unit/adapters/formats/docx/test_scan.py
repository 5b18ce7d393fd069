from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import open_container
from ragtenancy.domain.errors import UnreadableDocumentError
from tests.factories_docx import (
    cell,
    docx_bytes,
    docx_parts,
    paragraph,
    row,
    table,
    zipped,
)
from tests.unit.adapters.formats.docx.reading import read

SOUND = docx_bytes(paragraph("text"))


def reason_of(data: bytes, limits: ScanLimits | None = None) -> str:
    with pytest.raises(UnreadableDocumentError) as refused:
        read(data, limits)
    return refused.value.reason


def with_fields(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """Overwrite a field in every local header and directory entry of a zip."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + offset : at + offset + len(value)] = value
            at = changed.find(signature, at + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not_docx"),
        (b"%PDF-1.7", "not_docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted_or_legacy"),
        (SOUND[: len(SOUND) // 2], "bad_container"),
        (with_fields(SOUND, 6, 8, b"\x01\x00"), "encrypted"),
        (with_fields(SOUND, 8, 10, b"\x63\x00"), "bad_container"),
        (with_fields(SOUND, 14, 16, b"\xff\xff"), "bad_container"),
        (zipped({"hello.txt": "hi"}), "not_docx"),
        (zipped(docx_parts() | {"word/document.xml": "<broken"}), "corrupt_docx"),
        (zipped(docx_parts() | {"word/document.xml": "<a/>"}), "corrupt_docx"),
        (zipped(docx_parts() | {"x/a.bin": b"\0" * (4 << 20)}), "zip_bomb"),
        (zipped(docx_parts() | {f"x/{i}": b"" for i in range(2_001)}), "too_many_members"),
    ],
)
def test_an_unsound_file_is_refused_with_its_code(data: bytes, expected: str) -> None:
    reason = reason_of(data)

    assert reason == expected


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "a/../../b", "a\\b", "C:/x", "WORD/DOCUMENT.XML"]
)
def test_unsafe_or_repeated_names_are_refused(name: str) -> None:
    reason = reason_of(zipped(docx_parts() | {name: "x"}))

    assert reason == "bad_container"


def test_overlapping_members_are_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        first, second = archive.infolist()[:2]
    entry = SOUND.rfind(b"PK\x01\x02", 0, SOUND.find(b"_rels/.rels", second.header_offset + 64))
    moved = bytearray(SOUND)
    moved[entry + 42 : entry + 46] = first.header_offset.to_bytes(4, "little")

    reason = reason_of(bytes(moved))

    assert reason == "bad_container"


@pytest.mark.parametrize("part", ["word/document.xml", "_rels/.rels", "[Content_Types].xml"])
def test_a_doctype_is_refused_in_every_part_that_is_read(part: str) -> None:
    parts = docx_parts(paragraph("x"))
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    reason = reason_of(zipped(parts | {part: entities + str(parts[part])}))

    assert reason == "dtd"


@pytest.mark.parametrize(
    ("body", "limits", "expected"),
    [
        ("<w:sdt>" * 99 + "</w:sdt>" * 99, ScanLimits(), "too_deep"),
        ("<w:p/>" * 100, ScanLimits(elements=100), "too_many_elements"),
        (table(row(*[cell("x")] * 11)), ScanLimits(cells=10), "too_many_cells"),
        (table(row(cell("x", '<w:gridSpan w:val="1000000000"/>'))), ScanLimits(), "too_many_cells"),
        (
            table(*[row(cell("x", '<w:gridSpan w:val="500"/>'))] * 21),
            ScanLimits(places=10_000),
            "too_many_cells",
        ),
    ],
)
def test_a_document_beyond_the_limits_is_refused(
    body: str, limits: ScanLimits, expected: str
) -> None:
    reason = reason_of(docx_bytes(body), limits)

    assert reason == expected


def test_a_directory_that_begins_too_late_is_refused() -> None:
    entry = SOUND.rfind(b"PK\x05\x06")
    moved = SOUND[: entry + 12] + b"\xff\xff\x01\x00" + SOUND[entry + 16 :]

    with pytest.raises(UnreadableDocumentError) as refused:
        open_container(io.BytesIO(moved), ScanLimits())

    assert refused.value.reason == "bad_container"


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_container_is_refused_or_listed(at: int, damage: bytes) -> None:
    damaged = io.BytesIO(SOUND[:at] + damage + SOUND[at + len(damage) :])

    try:
        names = open_container(damaged, ScanLimits()).names()
    except UnreadableDocumentError as refused:
        names = [refused.reason]

    assert names
