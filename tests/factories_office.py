"""Files of older and of free office programs: compound files, .xls, .msg, OpenDocument, packages."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from tests.factories_docx import zipped

SECTOR, SMALL, CUTOFF = 512, 64, 4_096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
Tree = Mapping[str, "bytes | Tree"]


def compound_bytes(tree: Tree) -> bytes:
    """A compound file ([MS-CFB]) of storages and streams."""
    entries: list[bytes] = []
    small, large = bytearray(), bytearray()
    small_table: list[int] = []
    table: list[int] = []

    def chained(data: bytes, size: int, target: bytearray, chain: list[int]) -> int:
        if not data:
            return END
        first = len(chain)
        count = -(-len(data) // size)
        chain.extend([*range(first + 1, first + count), END])
        target.extend(data.ljust(count * size, b"\0"))
        return first

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
        return (
            head
            + struct.pack("<III", FREE, FREE, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    def siblings(items: Tree) -> int:
        """Add a level as a chain of right siblings in the order of names; return the first."""
        numbers = []
        for name, content in sorted(
            items.items(), key=lambda item: (len(item[0]), item[0].upper())
        ):
            numbers.append(len(entries))
            entries.append(b"")
            if isinstance(content, bytes):
                is_small = len(content) < CUTOFF
                target, chain = (small, small_table) if is_small else (large, table)
                start = chained(content, SMALL if is_small else SECTOR, target, chain)
                made = entry(name, 2, FREE, start, len(content))
            else:
                made = entry(name, 1, siblings(content), 0, 0)
            entries[numbers[-1]] = made
        for number, right in zip(numbers, [*numbers[1:], FREE], strict=True):
            entries[number] = entries[number][:72] + struct.pack("<I", right) + entries[number][76:]
        return numbers[0] if numbers else FREE

    entries.append(b"")
    child = siblings(tree)
    root_start = chained(bytes(small), SECTOR, large, table)
    entries[0] = entry("Root Entry", 5, child, root_start, len(small))
    while len(entries) % 4:
        entries.append(bytes(128))
    directory = chained(b"".join(entries), SECTOR, large, table)
    small_fat = struct.pack(f"<{len(small_table)}I", *small_table)
    small_fat = small_fat.ljust(-(-len(small_fat) // SECTOR) * SECTOR, b"\xff")
    small_start = chained(small_fat, SECTOR, large, table)
    needed = 1
    while len(table) + needed > needed * SECTOR // 4:
        needed += 1
    fat_sectors = list(range(len(table), len(table) + needed))
    table.extend([FAT] * needed)
    table.extend([FREE] * (needed * SECTOR // 4 - len(table)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, needed, directory, 0, CUTOFF)
    header += struct.pack("<IIII", small_start, len(small_fat) // SECTOR, END, 0)
    header += struct.pack("<109I", *fat_sectors, *[FREE] * (109 - needed))
    return header + bytes(large) + struct.pack(f"<{len(table)}I", *table)


# -- Outlook

SUBMITTED = 133_485_408_000_000_000  # 2024-01-01 00:00 UTC in 100 ns since 1601


def msg_tree(
    *,
    subject: str = "Refunds",
    body: str = "",
    html: bytes = b"",
    rtf: bytes = b"",
    attachments: Mapping[str, bytes] | None = None,
    embedded: Tree | None = None,
    header: int = 32,
) -> dict[str, bytes | Tree]:
    """The storages and streams of an Outlook message ([MS-OXMSG])."""
    texts = {
        "001A": "IPM.Note", "0037": subject, "0C1A": "Ann Example", "5D01": "ann@example.com",
        "0E04": "Bob; Carol", "0E03": "Dan", "1000": body,
    }  # fmt: skip
    properties = bytes(header)
    properties += struct.pack("<HHIQ", 0x40, 0x0039, 6, SUBMITTED)
    properties += struct.pack("<HHIII", 3, 0x3FDE, 6, 65_001, 0)
    tree: dict[str, bytes | Tree] = {
        f"__substg1.0_{name}001F": text.encode("utf-16-le") for name, text in texts.items() if text
    }
    tree["__properties_version1.0"] = properties
    if html:
        tree["__substg1.0_10130102"] = html
    if rtf:
        tree["__substg1.0_10090102"] = rtf
    for number, (name, data) in enumerate((attachments or {}).items()):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_37010102": data,
            "__properties_version1.0": bytes(8),
        }
    if embedded is not None:
        tree["__attach_version1.0_#0000000F"] = {
            "__substg1.0_3001001F": "Forwarded".encode("utf-16-le"),
            "__substg1.0_3701000D": embedded,
            "__properties_version1.0": bytes(8),
        }
    return tree


# -- Excel 97-2003


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _short(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _font(*, bold: bool = False, struck: bool = False) -> bytes:
    head = struct.pack("<HHHHHBBBB", 200, 8 * struck, 0x7FFF, 700 if bold else 400, 0, 0, 0, 0, 0)
    return _record(0x31, head + _short("Arial"))


def _style(font: int, form: int, *, of_cells: bool = True) -> bytes:
    kind = 0x0001 if of_cells else 0xFFF5
    return _record(
        0xE0, struct.pack("<HHHBBBBIIH", font, form, kind, 0x20, 0, 0, 0xFC, 0, 0, 0x20C0)
    )


def xls_bytes(
    *rows: Sequence[str | float | tuple[float, str] | None],
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    bold_rows: Sequence[int] = (),
    hidden_sheet: str = "",
    more: bytes = b"",
) -> bytes:
    """A workbook of Excel 97-2003 (BIFF8); a pair is a number and its format.

    `more` holds further records of the first sheet.
    """
    codes = list(dict.fromkeys(v[1] for row in rows for v in row if isinstance(v, tuple)))
    styles = {code: 17 + number for number, code in enumerate(codes)}
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 1996, 0x41, 6))
    start += _record(0x42, struct.pack("<H", 1_200))
    start += b"".join(_font(bold=each == 5) for each in range(6))
    start += b"".join(
        _record(0x41E, struct.pack("<H", 164 + n) + _long(c)) for n, c in enumerate(codes)
    )
    start += _style(0, 0, of_cells=False) * 15 + _style(0, 0) + _style(6, 0)
    start += b"".join(_style(0, 164 + number) for number in range(len(codes)))
    names = ["Prices", hidden_sheet] if hidden_sheet else ["Prices"]
    listed = [len(_record(0x85, bytes(6) + _short(name))) for name in names]
    cells = _sheet(rows, styles, merged, hidden_rows, hidden_columns, bold_rows)
    cells = cells[:-4] + more + cells[-4:]
    first = len(start) + sum(listed) + 4
    sheets = [cells, _sheet([["secret"]], {}, (), (), (), ())][: len(names)]
    places = [first, first + len(cells)]
    for number, name in enumerate(names):
        start += _record(0x85, struct.pack("<IBB", places[number], number, 0) + _short(name))
    stream = start + _record(0x0A, b"") + b"".join(sheets)
    return compound_bytes({"Workbook": stream.ljust(CUTOFF, b"\0")})


def xls_object(kind: int, text: str = "") -> bytes:
    """A drawn object of a kind, with its text."""
    drawn = _record(0x5D, struct.pack("<HHH", 21, 18, kind) + bytes(16))
    if not text:
        return drawn
    head = struct.pack("<10xHH4x", len(text), 16)
    return (
        drawn
        + _record(0x1B6, head)
        + _record(0x3C, b"\1" + text.encode("utf-16-le"))
        + _record(0x3C, bytes(16))
    )


def xls_header(text: str) -> bytes:
    """The header of a sheet's pages."""
    return _record(0x14, _long(text))


def xls_note(row: int, column: int, text: str) -> bytes:
    """A note on a cell."""
    head = struct.pack("<HHHH", row, column, 0, 1)
    drawn = _record(0x5D, struct.pack("<HHHH", 21, 18, 25, 1) + bytes(14))
    box = xls_object(25, text)
    return drawn + box[box.index(b"\xb6\1") :] + _record(0x1C, head + _long("Wu") + b"\0")


def _sheet(
    rows: Sequence[Sequence[str | float | tuple[float, str] | None]],
    styles: Mapping[str, int],
    merged: Sequence[tuple[int, int, int, int]],
    hidden_rows: Sequence[int],
    hidden_columns: Sequence[int],
    bold_rows: Sequence[int],
) -> bytes:
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 1996, 0x41, 6))
    sheet += b"".join(
        _record(0x7D, struct.pack("<HHHHHH", c, c, 2_560, 15, 1, 0)) for c in hidden_columns
    )
    sheet += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, 20, 0))
    for hidden in hidden_rows:
        sheet += _record(0x208, struct.pack("<HHHHHHI", hidden, 0, 20, 255, 0, 0, 0x120))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            place = struct.pack("<HH", y, x)
            if isinstance(value, str):
                style = struct.pack("<H", 16 if y in bold_rows else 15)
                sheet += _record(0x204, place + style + _long(value))
            elif isinstance(value, tuple):
                sheet += _record(0x203, place + struct.pack("<Hd", styles[value[1]], value[0]))
            elif value is not None:
                sheet += _record(0x203, place + struct.pack("<Hd", 15, value))
    if merged:
        ranges = b"".join(struct.pack("<HHHH", *each) for each in merged)
        sheet += _record(0xE5, struct.pack("<H", len(merged)) + ranges)
    return sheet + _record(0x0A, b"")


# -- OpenDocument

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = " ".join(
    f'xmlns:{prefix}="{_OASIS}{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"),
        ("draw", "drawing"), ("presentation", "presentation"), ("form", "form"),
        ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"),
    )
)  # fmt: skip
_NAMES += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_NAMES += ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
KINDS = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}


def odf_bytes(
    kind: str,
    body: str,
    *,
    styles: str = "",
    masters: str = "",
    title: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """An OpenDocument file: `kind` is its suffix, `body` the XML of its content."""
    name = KINDS[kind]
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{name}",
            "content.xml": f"<office:document-content {_NAMES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{name}>{body}</office:{name}>"
            "</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {_NAMES}><office:master-styles>{masters}"
            "</office:master-styles></office:document-styles>",
            "meta.xml": f"<office:document-meta {_NAMES}><office:meta><dc:title>{title}</dc:title>"
            "</office:meta></office:document-meta>",
            **(more or {}),
        }
    )


# -- packages


def package_parts(main: str, main_type: str) -> dict[str, str]:
    """The parts that declare a package's main part, and that part, empty."""
    namespace = "http://schemas.openxmlformats.org"
    kind = f"{namespace}/officeDocument/2006/relationships/officeDocument"
    return {
        "[Content_Types].xml": f'<Types xmlns="{namespace}/package/2006/content-types">'
        f'<Override PartName="/{main}" ContentType="{main_type}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{namespace}/package/2006/relationships">'
        f'<Relationship Id="a" Type="{kind}" Target="{main}"/></Relationships>',
        main: "<a/>",
    }


# -- binary workbooks


def _binary(kind: int, data: bytes = b"") -> bytes:
    """A record of a binary workbook, whose type and size are in groups of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


_Runs = Sequence[tuple[int, int]]


def _rich(text: str, runs: _Runs = ()) -> bytes:
    tail = struct.pack("<I", len(runs)) + b"".join(struct.pack("<HH", *run) for run in runs)
    return bytes([bool(runs)]) + _wide(text) + (tail if runs else b"")


def xlsb_cell(kind: int, style: int, value: bytes, *, column: int | None = None) -> bytes:
    """A cell; without a column it is a short one, which follows the cell before it."""
    place = b"" if column is None else struct.pack("<I", column)
    return _binary(kind, place + style.to_bytes(4, "little") + value)


def xlsb_row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    """A row's head and its cells."""
    head = struct.pack("<IIHBBB", number, 0, 320, 0, 0x10 * hidden, 0)
    return _binary(0, head) + b"".join(cells)


def xlsb_parts(
    *rows: bytes,
    after: bytes = b"",
    before: bytes = b"",
    texts: Sequence[tuple[str, _Runs]] = (),
    codes: Sequence[str] = (),
) -> dict[str, str | bytes]:
    """The parts of a workbook with a sheet `Prices` and a hidden one.

    Styles: 0 plain, 1 bold on yellow, then one for each code. Fonts: plain, bold, raised, struck.
    """
    namespace = "http://schemas.openxmlformats.org"
    kinds = f"{namespace}/officeDocument/2006/relationships/"
    fonts = [(0, 400, 0), (0, 700, 0), (0, 400, 1), (8, 400, 0)]
    fills = [(0, bytes(8)), (17, bytes(8)), (1, b"\x05\xff\0\0\xff\xff\0\xff")]
    forms = [(0, 0, 0), (0, 1, 2), *((164 + number, 0, 0) for number in range(len(codes)))]
    styles = [_binary(44, struct.pack("<H", 164 + n) + _wide(c)) for n, c in enumerate(codes)]
    styles += [_binary(43, struct.pack("<HHHH", 220, *font) + bytes(13)) for font in fonts]
    styles += [_binary(45, struct.pack("<I", pattern) + color) for pattern, color in fills]
    styles += [_binary(617), *(_binary(47, struct.pack("<HHHH", 0, *f)) for f in forms)]
    sheets = [
        _binary(156, struct.pack("<II", number, number + 1) + _wide(f"s{number}") + _wide(name))
        for number, name in enumerate(("Prices", "Margins"))
    ]
    secret = xlsb_row(0, xlsb_cell(6, 0, _wide("secret"), column=0))
    targets = {"s0": "a.bin", "s1": "b.bin", "st": "styles.bin", "ss": "texts.bin"}
    types = ("worksheet", "worksheet", "styles", "sharedStrings")
    links = "".join(
        f'<Relationship Id="{key}" Type="{kinds}{kind}" Target="{target}"/>'
        for (key, target), kind in zip(targets.items(), types, strict=True)
    )
    main = "xl/workbook.bin"
    relationships = f"{namespace}/package/2006/relationships"
    return {
        **package_parts(main, "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
        main: _binary(131) + b"".join(sheets),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{relationships}">{links}</Relationships>',
        "xl/a.bin": before + _binary(145) + b"".join(rows) + _binary(146) + after,
        "xl/b.bin": secret,
        "xl/styles.bin": b"".join([*styles, _binary(618)]),
        "xl/texts.bin": b"".join(_binary(19, _rich(text, runs)) for text, runs in texts),
    }


def xlsb_text(text: str, style: int = 0, *, column: int | None = None) -> bytes:
    """A cell with a text of its own."""
    return xlsb_cell(17 if column is None else 6, style, _wide(text), column=column)


def xlsb_merged(top: int, bottom: int, left: int, right: int) -> bytes:
    """A merged area."""
    return _binary(176, struct.pack("<4I", top, bottom, left, right))


def xlsb_hidden_column(column: int) -> bytes:
    """A hidden column."""
    return _binary(60, struct.pack("<IIIIH", column, column, 2_560, 0, 1))


def xlsb_link(row: int, column: int, relationship_id: str) -> bytes:
    """A link on a cell."""
    place = struct.pack("<4I", row, row, column, column)
    return _binary(494, place + _wide(relationship_id) + _wide("") * 3)


def xlsb_notes(author: str, text: str, *, row: int, column: int) -> bytes:
    """A part with one note."""
    place = struct.pack("<5I", 0, row, row, column, column) + bytes(16)
    return _binary(632, _wide(author)) + _binary(635, place) + _binary(637, _rich(text))
