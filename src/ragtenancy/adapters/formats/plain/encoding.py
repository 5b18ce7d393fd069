"""Decoding text: by its mark, by the declared encoding, as UTF-8, or by detection."""

from __future__ import annotations

import codecs
import re

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.charsets import codec_of, name_of

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_OTHER_FORMATS = re.compile(rb"\s*(?:%PDF-|\{\\rtf|<\?xml|<!doctype|<html)", re.IGNORECASE)
_ASCII = ("us-ascii", "ascii")  # what a mail program writes that does not know
_ASCII_BYTES = bytes(range(128))
_UTF16 = ("utf-16-le", "utf-16-be")
_SHIFTED = re.compile(rb"\x1b(?:\$[@B]|\([JI])")  # ISO-2022-JP, whose bytes are all ASCII
_SHIFT = re.compile(rb"\x1b(\$[@B]|\([BJI])")
_JAPANESE_MAIL = "iso2022_jp_2"
_USUAL = re.compile("[\t\n\r -~\u3000-\u3002\uff0c]")
_SMALL = re.compile("[\t\n\r -~\xa0-\u024f\u0370-\u06ff\u2010-\u2027]")
_LETTERS = re.compile(
    "[\t\n\r -~\xa0-\u024f\u0370-\u06ff\u0900-\u0e7f\u1e00-\u206f\u20a0-\u20cf"
    "\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
_HEAD = 4_096
_SHORTEST_UTF16 = 4
_USUAL_SHARE = 0.95
_ASCII_TO_STRAY = 500
_VALID_TO_STRAY = 3
_STRAY_SHARE = 20


def is_text(head: bytes) -> bool:
    """Return whether content with this beginning can be read as text."""
    if any(head.startswith(mark) for mark, _ in _MARKS):
        return True
    if _OTHER_FORMATS.match(head):
        return False
    return bool(head) and (not _CONTROLS.search(head) or _utf16(head) is not None)


def decoded_head(head: bytes) -> str | None:
    """Return the decoded beginning of a text, None if it is not text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, "ignore")
    if not head or not _CONTROLS.search(head):
        return head.decode("utf-8", "replace") if head else None
    unmarked = _utf16(head)
    return head.decode(unmarked, "ignore") if unmarked else None


def decoded(data: bytes, declared: str | None = None) -> tuple[str, list[str]]:
    """Return the text and warnings; raises `UnreadableDocumentError` (`unknown_encoding`).

    A byte order mark decides, then an encoding `declared` within the file if it fits, then UTF-8,
    then detection.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _tolerant(data, encoding)
    text = _as_declared(data, declared) if declared else None
    if text is not None:
        return text, []
    if b"\0" in data[:_HEAD]:
        return _unmarked(data)
    if _SHIFTED.search(data) and data.isascii():
        return _tolerant(data, _JAPANESE_MAIL)
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        return _utf8_with_strays(data) or _nearly(data, declared) or _detected(data)


def decoded_as(data: bytes, charset: str) -> tuple[str, list[str]]:
    """Return the text in the encoding that the uploader declared; a byte order mark precedes it.

    Raises `UnreadableDocumentError` (`wrong_encoding`) if much of it is not valid.
    """
    codec = codec_of(charset)
    if codec is None or any(data.startswith(mark) for mark, _ in _MARKS):
        return decoded(data)
    text, warnings = _tolerant(data, codec)
    if not _has_few_strays(text):
        raise unreadable("wrong_encoding")
    return text, warnings


def text_of(data: bytes, charset: str | None) -> tuple[str, list[str]]:
    """Return the text by the uploader's `charset` if there is one; else as `decoded` does."""
    return decoded_as(data, charset) if charset else decoded(data)


def _tolerant(data: bytes, encoding: str) -> tuple[str, list[str]]:
    """Return the text, each invalid byte as U+FFFD, with a warning that counts them."""
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        is_shifted = encoding == _JAPANESE_MAIL
        text = _of_windows(data) if is_shifted else data.decode(encoding, "replace")
        invalid = text.count("\ufffd")
        return text, [_replaced(invalid)] if invalid else []


def _of_windows(data: bytes) -> str:
    """Return ISO-2022-JP with the characters that Windows adds: half-width kana, ①, ㈱."""
    ascii_text, *runs = _SHIFT.split(data)
    text = ascii_text.decode("ascii", "replace")
    for shift, run in zip(runs[::2], runs[1::2], strict=True):
        if shift.startswith(b"$"):
            text += (b"\x1b$(Q" + run).decode("iso2022_jp_2004", "replace")
        elif shift == b"(I":
            text += bytes(byte | 0x80 for byte in run).decode("cp932", "replace")
        else:
            text += run.decode("ascii", "replace")
    return text


def _replaced(count: int) -> str:
    if count == 1:
        return "1 byte is not valid text; it was replaced."
    return f"{count} bytes are not valid text; they were replaced."


def _as_declared(data: bytes, declared: str) -> str | None:
    """Return the text if the declared encoding fits; None for UTF-8 declared as a code page."""
    codec = codec_of(declared)
    if codec is None or (_is_evasive(declared) and not data.isascii()):
        return None
    if codec in _UTF16:  # a declaration that could be read is not in UTF-16
        codec = _utf16(data[:_HEAD]) or "utf-8"
    try:
        text = data.decode(codec)
    except ValueError:
        return None
    is_code_page = len(text) == len(data)
    return _utf8(data) or text if is_code_page and not data.isascii() else text


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _utf16(head: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark, None if the bytes are no such text."""
    if len(head) % 2 or len(head) < _SHORTEST_UTF16:
        return None
    found = {}
    for codec in _UTF16:
        text = head.decode(codec, "ignore" if len(head) >= _HEAD else "replace")
        if _is_prose(text, is_ascii=head.isascii()):
            found[codec] = len(_USUAL.findall(text))
    best = max(found, key=lambda codec: found[codec], default=None)
    return best if best and found[best] else None


def _is_prose(text: str, *, is_ascii: bool) -> bool:
    """Return whether text decoded as UTF-16 is of usual letters; ASCII in pairs looks Chinese."""
    usual = len((_SMALL if is_ascii else _LETTERS).findall(text))
    return usual >= _USUAL_SHARE * len(text) and "\ufffd" not in text


def _unmarked(data: bytes) -> tuple[str, list[str]]:
    codec = _utf16(data[:_HEAD])
    if codec is None:
        raise unreadable("unsupported_media_type")
    return _tolerant(data[: len(data) // 2 * 2], codec)


def _utf8_with_strays(data: bytes) -> tuple[str, list[str]] | None:
    """Return the text of UTF-8 with some invalid bytes, None if too few characters are UTF-8."""
    from ragtenancy.adapters.formats.plain.detection import sample_of

    text = sample_of(data).decode("utf-8", "replace")
    strays = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore")) - strays
    return _tolerant(data, "utf-8") if beyond_ascii >= _VALID_TO_STRAY * strays else None


def _is_evasive(declared: str | None) -> bool:
    return declared is not None and declared.strip("\"' ").lower() in _ASCII


def _nearly(data: bytes, declared: str | None) -> tuple[str, list[str]] | None:
    """Return the text in the declared encoding if all but a few bytes are valid in it."""
    codec = codec_of(declared) if declared else None
    if codec is None or codec == "utf-8" or _is_evasive(declared):
        return None
    text, warnings = _tolerant(data, codec)
    return (text, warnings) if _has_few_strays(text) else None


def _has_few_strays(text: str) -> bool:
    strays = text.count("\ufffd")
    if strays <= 1:
        return True
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return strays * _STRAY_SHARE <= beyond_ascii


def _detected(data: bytes) -> tuple[str, list[str]]:
    """Return the text in the encoding that it seems to be in, with a warning that names it."""
    from ragtenancy.adapters.formats.plain.detection import detect

    codec = detect(data)
    if codec is None and len(data.translate(None, _ASCII_BYTES)) <= len(data) // _ASCII_TO_STRAY:
        return _tolerant(data, "utf-8")
    if codec is None:
        raise unreadable("unknown_encoding")
    text, warnings = _tolerant(data, codec)
    if not _has_few_strays(text):
        raise unreadable("unknown_encoding")
    return text, [f"The text is not UTF-8; it was read as {name_of(codec)}.", *warnings]
