"""Files inside OLE objects of documents."""

from __future__ import annotations

import struct

import pytest

from ragtenancy.adapters.formats.compound_files import OLE2
from ragtenancy.adapters.formats.embedded import embedded_file, object_data
from tests.factories_docx import docx_bytes, paragraph
from tests.factories_files import xlsx_bytes
from tests.factories_office import compound_bytes


def packaged(filename: bytes, data: bytes) -> bytes:
    """Return what the Packager stores: names, a temporary path and the file."""
    path = b"C:\\temp\\" + filename + b"\0"
    head = b"\x02\0" + filename + b"\0" + path + b"\0\0\x03\0" + struct.pack("<I", len(path))
    return head + path + struct.pack("<I", len(data)) + data


def native(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def test_a_packaged_file_has_its_own_name_and_content() -> None:
    data = compound_bytes({"\x01Ole10Native": native(packaged(b"pr\xe4mien.csv", b"Zone;31"))})

    found = embedded_file("oleObject1.bin", data)

    assert (found.filename, found.data) == ("prämien.csv", b"Zone;31")


@pytest.mark.parametrize(
    ("stream", "data", "filename"),
    [
        ("Package", docx_bytes(paragraph("Pay.")), "oleObject1.docx"),
        ("Package", xlsx_bytes(["Crane", 4100]), "oleObject1.xlsx"),
        ("CONTENTS", b"%PDF-1.7 ...", "oleObject1.pdf"),
    ],
)
def test_a_document_in_an_object_is_taken_out(stream: str, data: bytes, filename: str) -> None:
    found = embedded_file("oleObject1.bin", compound_bytes({stream: data}))

    assert (found.filename, found.data) == (filename, data)


@pytest.mark.parametrize(
    ("stream", "filename"),
    [
        ("Workbook", "oleObject1.xls"),
        ("WordDocument", "oleObject1.doc"),
        ("CONTENTS", "oleObject1.bin"),
    ],
)
def test_an_object_that_is_a_file_itself_stays_whole(stream: str, filename: str) -> None:
    data = compound_bytes({stream: b"data"})

    found = embedded_file("oleObject1.bin", data)

    assert (found.filename, found.data) == (filename, data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        OLE2,
        OLE2 + b"\0" * 600,
        b"\x02\0no end",
        b"\x02\0a\0b\0",
        packaged(b"a.csv", b"abc")[:-1],
        compound_bytes({"\x01Ole10Native": b"\x02\0"}),
    ],
)
def test_damaged_objects_are_kept_as_they_are(data: bytes) -> None:
    found = embedded_file("oleObject1.bin", data)

    assert (found.filename, found.data) == ("oleObject1.bin", data)


def test_an_object_of_rich_text_has_a_class_and_data() -> None:
    names = b"".join(struct.pack("<I", len(each)) + each for each in (b"Package\0", b"", b""))
    record = struct.pack("<II", 0x501, 2) + names + native(b"data")

    assert object_data(record) == ("Package", b"data")


@pytest.mark.parametrize("record", [b"", b"\0" * 8, struct.pack("<II", 0x501, 2) + b"\x09"])
def test_a_link_or_a_damaged_record_holds_no_object(record: bytes) -> None:
    assert object_data(record) is None
