"""What Outlook packs into winmail.dat, as an internet message: TNEF of [MS-OXTNEF]."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from email.message import EmailMessage

from msgspec import Struct, field

from ragtenancy.adapters.formats.outlook.compressed_rtf import text_of
from ragtenancy.adapters.formats.rtf.tokens import codec_of_page

_ATTRIBUTE = struct.Struct("<BII")
_HEADER, _CHECKSUM = 6, 2
_CODE_PAGE, _SUBJECT, _PLAIN, _PROPERTIES = 0x69007, 0x18004, 0x2800C, 0x69003
_NEW_ATTACHMENT, _TITLE, _CONTENT, _OF_ATTACHMENT = 0x69002, 0x18010, 0x6800F, 0x69005
_BODY, _HTML, _RTF, _INTERNET_PAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
_LONG_NAME, _DATA = 0x3707, 0x3701
_SIZES = {
    0x2: 4,
    0x3: 4,
    0x4: 4,
    0x5: 8,
    0x6: 8,
    0x7: 8,
    0xA: 4,
    0xB: 4,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_BYTES, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0xD, 0x102
_OF_VARIABLE_SIZE = (_BYTES, _UNICODE, _OBJECT, _BINARY)
_MULTIPLE, _NAMED, _BY_NAME = 0x1000, 0x8000, 1
_GUID = 16
_MOST = 10_000

_Value = bytes | str
_Values = Mapping[int, _Value]


class _Attachment(Struct):
    name: str = ""
    data: bytes = b""
    values: dict[int, _Value] = field(default_factory=dict)


def unpacked(data: bytes) -> EmailMessage:
    """Return the message's text, HTML and attachments; of a damaged file, what comes before."""
    codec, subject, plain = "cp1252", "", ""
    values: dict[int, _Value] = {}
    attachments: list[_Attachment] = []
    for name, content in _attributes(data):
        if name == _CODE_PAGE:
            codec = codec_of_page(int.from_bytes(content[:4], "little"))
        elif name == _SUBJECT:
            subject = _shown(content, codec)
        elif name == _PLAIN:
            plain = _shown(content, codec)
        elif name == _PROPERTIES:
            values |= dict(_properties(content, codec))
        elif name == _NEW_ATTACHMENT:
            attachments.append(_Attachment())
        elif attachments and name == _TITLE:
            attachments[-1].name = _shown(content, codec)
        elif attachments and name == _CONTENT:
            attachments[-1].data = content
        elif attachments and name == _OF_ATTACHMENT:
            attachments[-1].values |= dict(_properties(content, codec))
    message = _message(plain, values, codec, attachments)
    if subject.strip():
        message["Subject"] = " ".join(subject.split())
    return message


def _message(
    plain: str, values: _Values, codec: str, attachments: list[_Attachment]
) -> EmailMessage:
    message = EmailMessage()
    text = plain or str(values.get(_BODY, ""))
    html = values.get(_HTML, "")
    if isinstance(html, bytes):
        page = values.get(_INTERNET_PAGE)
        html = _shown(html, codec_of_page(int(page)) if isinstance(page, str) else codec)
    rich = values.get(_RTF)
    if isinstance(rich, bytes) and not text.strip() and not html.strip():
        text = text_of(rich)
    message.set_content(text, cte="base64")
    if html:
        message.add_alternative(html, subtype="html", cte="base64")
    for each in attachments:
        held = each.values.get(_DATA, b"")
        content = each.data or (held if isinstance(held, bytes) else b"")
        name = " ".join((str(each.values.get(_LONG_NAME, "")) or each.name).split())
        message.add_attachment(content, "application", "octet-stream", filename=name or "unnamed")
    return message


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes' names and contents."""
    at = _HEADER
    while at + _ATTRIBUTE.size <= len(data):
        _, name, size = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        content = data[at : at + size]
        if len(content) < size:
            return
        yield name, content
        at += size + _CHECKSUM


def _properties(data: bytes, codec: str) -> Iterator[tuple[int, _Value]]:
    """Yield the single values of properties: texts, bytes, and whole numbers in digits."""
    try:
        yield from _unchecked(data, codec)
    except (struct.error, IndexError):
        return


def _unchecked(data: bytes, codec: str) -> Iterator[tuple[int, _Value]]:
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, _MOST)):
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= _NAMED:
            at = _after_name(data, at)
        single = kind & ~_MULTIPLE
        values = 1
        if kind & _MULTIPLE or single in _OF_VARIABLE_SIZE:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        for _ in range(min(values, _MOST)):
            size = _SIZES.get(single, 0)
            if single in _OF_VARIABLE_SIZE:
                (size,) = struct.unpack_from("<I", data, at)
                at += 4
            if at + size > len(data) or (not size and single not in _OF_VARIABLE_SIZE):
                return  # cut short, or of a kind without a known size
            if name < _NAMED:
                yield name, _value(single, data[at : at + size], codec)
            at += -(-size // 4) * 4


def _after_name(data: bytes, at: int) -> int:
    """Return the place after the name of a named property."""
    (by,) = struct.unpack_from("<I", data, at + _GUID)
    at += _GUID + 4
    (size,) = struct.unpack_from("<I", data, at)
    return at + 4 + (-(-size // 4) * 4 if by == _BY_NAME else 0)


def _value(kind: int, content: bytes, codec: str) -> _Value:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    if kind == _BYTES:
        return _shown(content, codec)
    if kind == _OBJECT:
        return content[_GUID:]
    return content if kind == _BINARY else str(int.from_bytes(content[:4], "little"))


def _shown(content: bytes, codec: str) -> str:
    return content.decode(codec, "replace").replace("\0", "")
