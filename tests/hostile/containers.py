"""Crafted files whose container is hostile, or that are no Word documents at all."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping

from msgspec import structs

from tests.factories_docx import MACRO_TYPE, docx_bytes, docx_parts, paragraph, zipped
from tests.hostile.zips import Member, duplicated, written

MEBIBYTE = 1 << 20
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
MACRO_TEMPLATE = "application/vnd.ms-word.template.macroEnabledTemplate.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SYMLINK = 0o120777

SOUND = docx_bytes(paragraph("text"))


def members(**more: Member) -> list[Member]:
    """The members of a sound document, then others."""
    sound = [Member(name=n.encode(), content=_bytes(c)) for n, c in docx_parts(paragraph("text")).items()]  # fmt: skip
    return [*sound, *more.values()]


def with_main(**changes: object) -> bytes:
    """A document of which the main part's headers lie."""
    return written([
        structs.replace(m, **changes) if m.name == b"word/document.xml" else m for m in members()
    ])  # fmt: skip


def with_member(name: str | bytes, content: bytes = b"x", **fields: int) -> bytes:
    """A sound document with one more member."""
    raw = name if isinstance(name, bytes) else name.encode()
    return written(members(more=Member(name=raw, content=content, **fields)))  # type: ignore[arg-type]


def overlapping(times: int = 500) -> bytes:
    """Many directory entries of one large member: its data count as often."""
    kernel = Member(name=b"x/0", content=bytes(MEBIBYTE // 2))
    sound = members()
    start = len(written(sound)) - _directory_size(sound)
    again = [
        Member(name=f"x/{n}".encode(), content=b"", method=0, size=len(kernel.content), at=start)
        for n in range(1, times)
    ]
    return written([*sound, kernel, *again])


def flat_bomb(size: int = 200 * MEBIBYTE) -> bytes:
    """White space that deflate packs a thousand times."""
    return zipped(docx_parts() | {"word/document.xml": b" " * size})


def patient_bomb(size: int = 100 * MEBIBYTE) -> bytes:
    """Text that packs just less than two hundred times: the directory looks honest."""
    noise = random.Random(1)
    padding = "a" * 11_800
    lines = (f"{noise.randbytes(60).hex()}{padding}" for _ in range(size // 12_000))
    text = "".join(map(paragraph, lines)).encode()
    start, end = str(docx_parts()["word/document.xml"]).split("</w:body>")
    body = b"".join((start.encode(), text, b"</w:body>", end.encode()))
    return zipped(docx_parts() | {"word/document.xml": body})


def stored(data: bytes) -> bytes:
    """Return a zip file with its members as they are: no ratio gives a bomb away."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts, zipfile.ZIP_STORED)


def nested(depth: int = 12) -> bytes:
    """A document in a document in a document."""
    inner = SOUND
    for _ in range(depth):
        inner = zipped(docx_parts(paragraph("x")) | {"word/embeddings/inner.docx": inner})
    return inner


def many_members(count: int) -> bytes:
    """A sound document with empty members."""
    return zipped(docx_parts(paragraph("x")) | {f"x/{n}": b"" for n in range(count)})


def _directory_size(some: list[Member]) -> int:
    return sum(46 + len(m.name) for m in some) + 22


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _main(kind: str) -> bytes:
    return zipped(docx_parts(paragraph("text"), main_type=kind))


CONTAINERS: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"P",
    "magic alone": lambda: b"PK\x03\x04",
    "end record alone": lambda: SOUND[-22:],
    "zeros": lambda: bytes(10_000),
    "noise": lambda: random.Random(2).randbytes(50_000),
    "noise after the magic": lambda: b"PK\x03\x04" + random.Random(3).randbytes(50_000),
    "PNG renamed": lambda: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "PDF renamed": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF",
    "RTF renamed": lambda: rb"{\rtf1\ansi Hello}",
    "HTML renamed": lambda: b"<html><body>Hello</body></html>",
    "encrypted OLE2": lambda: OLE2 + bytes(4_096) + "EncryptedPackage".encode("utf-16-le"),
    "macro-enabled": lambda: _main(MACRO_TYPE),
    "macro-enabled template": lambda: _main(MACRO_TEMPLATE),
    "template": lambda: _main(TEMPLATE),
    "spreadsheet": lambda: _main(SHEET),
    "unknown main type": lambda: _main("application/x-nothing"),
    "macros inside": lambda: with_member("word/vbaProject.bin", OLE2),
    "flat bomb": flat_bomb,
    "patient bomb": patient_bomb,
    "bomb in a part that is not read": lambda: with_member("x/bomb", bytes(50 * MEBIBYTE)),
    "overlapping members": overlapping,
    "nested documents": nested,
    "quine-like archive": lambda: with_member("word/embeddings/a.zip", SOUND * 3),
    "2,001 members": lambda: many_members(2_001),
    "100,000 members": lambda: many_members(100_000),
    "size declared as 10": lambda: with_main(size=10),
    "size declared as 4 GiB": lambda: with_main(size=0xFFFFFFF0),
    "packed size declared as 4 GiB": lambda: with_main(packed_size=0xFFFFFFF0),
    "packed size declared as 1": lambda: with_main(packed_size=1),
    "wrong checksum": lambda: with_main(checksum=1),
    "ZipCrypto flag": lambda: with_main(flags=1),
    "strong encryption flag": lambda: with_main(flags=0x41),
    "data descriptor that is not there": lambda: with_main(flags=8),
    "method 99": lambda: with_main(method=99),
    "method LZMA": lambda: with_main(method=14),
    "stored, called deflated": lambda: written(
        [
            Member(
                name=m.name, content=m.content, method=0 if m.name != b"word/document.xml" else 12
            )
            for m in members()
        ]
    ),
    "another name beside the data": lambda: with_main(local_name=b"word/other.xml"),
    "offset beyond the end": lambda: with_main(at=0x7FFFFFFF),
    "offset into another": lambda: with_main(at=5),
    "duplicate main part": lambda: duplicated(
        [*docx_parts(paragraph("first")).items(), ("word/document.xml", "<evil/>")]
    ),
    "names that differ in case": lambda: with_member("WORD/DOCUMENT.XML"),
    "parent folder": lambda: with_member("../../etc/passwd"),
    "parent folder inside": lambda: with_member("word/../../x"),
    "absolute name": lambda: with_member("/etc/passwd"),
    "drive": lambda: with_member("C:/windows/x"),
    "backslashes": lambda: with_member("..\\..\\x"),
    "NUL in a name": lambda: with_member(b"word/document.xml\0.png"),
    "name of no bytes": lambda: with_member(b""),
    "name of 60,000 bytes": lambda: with_member(b"a" * 60_000),
    "name that is no UTF-8": lambda: with_member(b"\xff\xfe\xfa", flags=0x800),
    "symbolic link": lambda: with_member("word/link", b"/etc/passwd", mode=SYMLINK),
    "zip after a program": lambda: written(members(), before=b"MZ" + bytes(5_000)),
    "zip after a picture": lambda: b"\x89PNG\r\n\x1a\n" + SOUND,
    "long comment": lambda: written(members(), comment=b"c" * 65_535),
    "end record in the comment": lambda: written(members(), comment=SOUND[-22:]),
    "bytes after the end": lambda: SOUND + bytes(70_000),
    "two archives": lambda: SOUND + docx_bytes(paragraph("second")),
    "stored only": lambda: zipped(docx_parts(paragraph("text")), zipfile.ZIP_STORED),
}
