"""Texts of many languages in the encodings of the Web: right or refused, never wrong letters."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest

from ragtenancy.adapters.formats.html.email_reader import EmailReader
from ragtenancy.adapters.formats.html.page import read_document
from ragtenancy.adapters.formats.plain.csv_reader import read_csv
from ragtenancy.adapters.formats.plain.encoding import decoded, decoded_as
from ragtenancy.adapters.formats.plain.text_reader import read_text
from ragtenancy.domain.charsets import codec_of
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Paragraph, ParsedDocument, Table

LATIN = ("windows-1252", "iso-8859-15", "iso-8859-1")
SPOKEN = {
    "Der Schlüssel für die Küche hängt im großen Schrank über der Tür.": LATIN,
    "La clé de l'entrée est chez le gérant, à côté de la première fenêtre.": LATIN,
    "La señora Muñoz dejó la llave del almacén en el cajón pequeño.": LATIN,
    "A chave do armazém está na mesa, não no balcão da recepção.": LATIN,
    "Klucz do magazynu leży w górnej szufladzie, pod żółtą teczką.": (
        "windows-1250",
        "iso-8859-2",
    ),
    "Klíč od skladu leží v horní zásuvce, pod žlutými deskami na účty.": (
        "windows-1250",
        "iso-8859-2",
    ),
    "Ключ от склада лежит в верхнем ящике стола под жёлтой папкой.": (
        "windows-1251",
        "koi8-r",
        "iso-8859-5",
        "ibm866",
        "x-mac-cyrillic",
    ),
    "Ключ від складу лежить у верхній шухляді під жовтою текою.": ("windows-1251", "koi8-u"),
    "Το κλειδί της αποθήκης βρίσκεται στο πάνω συρτάρι του γραφείου.": (
        "windows-1253",
        "iso-8859-7",
    ),
    "Deponun anahtarı üst çekmecede, sarı dosyanın altında duruyor.": (
        "windows-1254",
        "iso-8859-9",
    ),
    "המפתח של המחסן נמצא במגירה העליונה מתחת לתיקייה הצהובה.": (
        "windows-1255",
        "iso-8859-8",
        "iso-8859-8-i",
    ),
    "مفتاح المخزن موجود في الدرج العلوي تحت الملف الأصفر.": ("windows-1256", "iso-8859-6"),
    "กุญแจห้องเก็บของอยู่ในลิ้นชักบนใต้แฟ้มสีเหลือง": ("windows-874", "tis-620"),
    "Raktas nuo sandėlio guli viršutiniame stalčiuje po geltonu aplanku.": (
        "windows-1257",
        "iso-8859-13",
    ),
    "仓库的钥匙放在上面的抽屉里，在黄色文件夹的下面。": ("gb2312", "gbk", "gb18030"),
    "倉庫的鑰匙放在上面的抽屜裡，在黃色資料夾的下面。": ("big5",),
    "倉庫の鍵は上の引き出しの黄色いフォルダーの下にあります。①番です。": (
        "shift_jis",
        "euc-jp",
    ),
    "倉庫の鍵は上の引き出しの黄色いフォルダーの下にあります。": ("iso-2022-jp",),
    "창고 열쇠는 위쪽 서랍의 노란색 서류철 밑에 있습니다.": ("euc-kr", "ks_c_5601-1987"),
}
WRITTEN = [(text, label) for text, labels in SPOKEN.items() for label in labels]


def encoded(text: str, label: str) -> bytes:
    codec = codec_of(label)
    assert codec is not None
    return text.encode("iso2022_jp" if codec == "iso2022_jp_2" else codec)


def words(document: ParsedDocument) -> str:
    return "\n".join(_words(document))


def _words(document: ParsedDocument) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            yield from (cell for row in block.rows for cell in row)


def html(data: bytes, meta: str = "") -> ParsedDocument:
    return read_document(f"<html><head>{meta}</head><body><p>".encode() + data + b"</p></body>")


def mail(data: bytes, parameters: str = "") -> ParsedDocument:
    head = f"From: a@example.com\nSubject: x\nContent-Type: text/plain{parameters}\n\n"
    return EmailReader().load()(io.BytesIO(head.encode() + data))


def table(data: bytes) -> ParsedDocument:
    return read_csv(io.BytesIO(b"id;text\r\n1;" + data + b"\r\n2;" + data + b"\r\n"))


@pytest.mark.parametrize("read", [read_text, table, html, mail], ids=["txt", "csv", "html", "eml"])
@pytest.mark.parametrize(("text", "label"), WRITTEN)
def test_an_undeclared_encoding_is_detected_or_refused(
    text: str, label: str, read: Callable[[bytes], ParsedDocument]
) -> None:
    try:
        found = words(read(encoded(text, label)))
    except UnreadableDocumentError as refused:
        found = f"{text} {refused.reason}"

    assert text in found


@pytest.mark.parametrize(("text", "label"), WRITTEN)
def test_a_declared_encoding_is_read(text: str, label: str) -> None:
    data = encoded(text, label)

    read = [
        html(data, f'<meta charset="{label}">'),
        html(data, f"<meta http-equiv='Content-Type' content='text/html; charset={label}'>"),
        mail(data, f"; charset={label}"),
        ParsedDocument(blocks=[Paragraph(text=decoded_as(data, label)[0])]),
    ]

    assert [text in words(each) for each in read] == [True] * 4


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        ("Die Größe für Länder".encode(), "iso-8859-1", "Die Größe für Länder"),
        ("Die Größe für Länder".encode("cp1252"), "utf-8", "Die Größe für Länder"),
        ("Гарантия на насос три года.".encode("koi8-r"), "us-ascii", "Гарантия на насос три года."),
        ("Die Größe für Länder".encode("cp1252"), "no-such-thing", "Die Größe für Länder"),
    ],
)
def test_a_false_declaration_gives_way(data: bytes, declared: str, expected: str) -> None:
    text, _ = decoded(data, declared)

    assert text == expected


GERMAN = "Die Prüfgebühr beträgt 80 EUR für Länder außerhalb. Größe: 40 cm."
CHINESE = "供应商应当在合同签订后三十日内交付全部设备。买方收到货物以后应及时检验。"
RUSSIAN = "Договор поставки вступает в силу с момента подписания."


@pytest.mark.parametrize(
    ("text", "codec", "stray"),
    [
        (GERMAN, "utf-8", b"\xff"),
        (CHINESE, "gbk", b"\xff"),
        (RUSSIAN, "cp1251", b"\x98"),
        (RUSSIAN, "utf-8", b"\xfc"),
    ],
)
def test_a_stray_byte_costs_one_character(text: str, codec: str, stray: bytes) -> None:
    data = text[:20].encode(codec) + stray + text[20:].encode(codec)

    found, warnings = decoded(data)

    assert found == text[:20] + "\ufffd" + text[20:]
    assert warnings[-1] == "1 byte is not valid text; it was replaced."


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [GERMAN, CHINESE + "\n", RUSSIAN])
def test_utf_16_needs_no_mark(text: str, codec: str) -> None:
    assert read_text(text.encode(codec)).blocks == [Paragraph(text=text.strip())]


@pytest.mark.parametrize(
    "text", ["Prices 2020–2025: 5 € each.", "“Quoted”, he said… it’s fine", "at 25 °C", "café"]
)
def test_a_few_characters_of_windows_are_enough(text: str) -> None:
    assert decoded(text.encode("cp1252"))[0] == text


@pytest.mark.parametrize("data", [b"\xe2;1\n", b"\xf1\xe0;7"])
def test_too_little_to_tell_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        decoded(data)

    assert refused.value.reason == "unknown_encoding"


def test_a_text_that_is_not_in_the_uploaders_encoding_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        decoded_as(GERMAN.encode("cp1252"), "utf-8")

    assert refused.value.reason == "wrong_encoding"


def test_a_long_text_is_detected_by_its_first_foreign_characters() -> None:
    data = b"a line of text\n" * 200_000 + RUSSIAN.encode("cp1251")

    text, warnings = decoded(data)

    assert text.endswith(RUSSIAN)
    assert warnings == ["The text is not UTF-8; it was read as windows-1251."]


def test_iso_2022_jp_may_hold_what_windows_adds() -> None:
    text = b"\x1b$B-!\x1b(B 2 \x1b$B-j%]%s%W\x1b(B \x1b(I6\x1b(B"

    document = read_text(text)

    assert words(document) == "① 2 ㈱ポンプ ｶ"
    assert document.warnings == []


def test_a_reading_in_which_most_words_are_odd_is_refused() -> None:
    text = "Die Prüfgebühr für größere Geräte beträgt 80 EUR; Überweisung genügt."

    with pytest.raises(UnreadableDocumentError) as refused:
        read_text(text.encode("cp850"))

    assert refused.value.reason == "unknown_encoding"
