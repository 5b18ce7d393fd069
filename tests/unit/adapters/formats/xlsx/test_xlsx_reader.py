"""Workbooks as openpyxl, XlsxWriter and Excel 97 write them."""

from __future__ import annotations

import datetime as dt
import io
import re
import time

import msgspec
import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.formulas import moved
from ragtenancy.adapters.formats.xlsx.placing import Marks, placed
from ragtenancy.adapters.formats.xlsx.reader import XlsReader, XlsxReader
from ragtenancy.adapters.formats.xlsx.sheets import Range, Sheet, SheetCell
from ragtenancy.adapters.formats.xlsx.styles import Style
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.grids import Cell
from ragtenancy.domain.parsed import Heading, ParsedDocument, Table
from tests.factories_docx import png, zipped
from tests.factories_files import MAIN, OFFICE, PACKAGE, xlsx_bytes, xlsx_parts, xlsx_rows
from tests.factories_office import xls_bytes

STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
LINKED = "http://schemas.microsoft.com/office/2017/10/relationships"


def read(data: bytes) -> ParsedDocument:
    return XlsxReader().load()(io.BytesIO(data))


def saved(workbook: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def said(document: ParsedDocument) -> str:
    """All that the blocks say, on one line."""
    return msgspec.json.encode(document.blocks).decode()


def cells(sheet: Sheet, marks: Marks | None = None) -> list[Cell]:
    return list(placed(sheet, {}, marks or Marks(), Unread()).grid.cells)


def sheet_of(**texts: str) -> Sheet:
    places = {(int(k[1:]) - 1, ord(k[0]) - ord("A")): SheetCell(text=v) for k, v in texts.items()}
    return Sheet(cells=places)


def test_a_sheet_is_a_heading_and_a_table() -> None:
    document = read(xlsx_bytes(["City", "Days"], ["Rome", 30], ["Bern", 2.5]))

    assert document.blocks == [
        Heading(text="Prices", level=1),
        Table(rows=[["City", "Days"], ["Rome", "30"], ["Bern", "2.5"]], header_rows=1),
    ]


def test_an_empty_sheet_says_nothing() -> None:
    assert read(xlsx_bytes()).blocks == []


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_left_out_and_named_in_a_warning(state: str) -> None:
    document = read(zipped(xlsx_parts(xlsx_rows(["a", "b"]), state=state)))

    assert document.blocks == []
    assert document.warnings == ["1 hidden sheet was left out."]


def test_strict_workbooks_and_prefixed_elements_are_read() -> None:
    parts = xlsx_parts(xlsx_rows(["Lid", 3]))
    name = "xl/worksheets/sheet1.xml"
    strict = parts | {name: parts[name].replace(MAIN, STRICT)}
    prefixed = parts | {
        name: re.sub(r"<(/?)(\w)", r"<\1x:\2", parts[name]).replace("xmlns=", "xmlns:x=")
    }

    assert "Lid" in said(read(zipped(strict)))
    assert said(read(zipped(prefixed))) == said(read(zipped(strict)))


def test_cells_without_references_follow_each_other() -> None:
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c><c><v>4</v></c></row>"

    assert '[["1","2"],["3","4"]]' in said(read(zipped(xlsx_parts(rows))))


def test_values_are_shown_as_typed() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Share", "Paid", "On", "At", "Open", "Fault"])
    sheet.append(
        [0.125, 1234.5, dt.datetime.fromisoformat("2024-05-04"), dt.time(13, 30), True, "#REF!"]
    )
    sheet["A2"].number_format = "0.0%"
    sheet["B2"].number_format = '#,##0.00 "EUR"'
    sheet["C2"].number_format = "dd.mm.yyyy"

    words = said(read(saved(workbook)))

    assert '["12.5%","1,234.50 EUR","04.05.2024","13:30:00","TRUE","#REF!"]' in words


def test_iso_dates_and_the_system_of_1904_are_read() -> None:
    rows = '<row><c t="d"><v>2024-03-01</v></c><c t="d"><v>2024-03-01T10:30:00</v></c></row>'

    assert '["2024-03-01","2024-03-01 10:30:00"]' in said(read(zipped(xlsx_parts(rows))))


def test_a_formula_without_a_value_is_shown_itself() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Net", "Gross"])
    workbook.active.append([100, "=A2*1.19"])

    document = read(saved(workbook))

    assert '["100","=A2*1.19"]' in said(document)
    assert document.warnings == [
        "1 formula was shown as formulas: the file holds no values for them."
    ]


def test_a_zero_that_stands_for_a_missing_value_is_not_believed() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        sheet = workbook.add_worksheet("Sums")
        sheet.write_row(0, 0, ["Net", "Gross", "Rate"])
        sheet.write_number(1, 0, 100)
        sheet.write_formula(1, 1, "=A2*1.19")
        sheet.write_formula(1, 2, "=19/100", None, 0.19)

    assert '["100","=A2*1.19","0.19"]' in said(read(target.getvalue()))


def test_a_stored_result_is_the_value() -> None:
    rows = (
        '<row><c><f>1+1</f><v>2</v></c><c t="str"><f>"a"</f><v>a</v></c>'
        '<c t="str"><f>""</f><v></v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )

    document = read(zipped(xlsx_parts(rows)))

    assert '["2","a","#DIV/0!"]' in said(document)
    assert document.warnings == []


def test_shared_formulas_move_their_references() -> None:
    rows = (
        '<row><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*$C$1</f></c></row>'
        '<row><c r="A2"><f t="shared" si="0"/></c></row>'
    )

    words = said(read(zipped(xlsx_parts(rows))))

    assert "=B1*$C$1" in words
    assert "=B2*$C$1" in words


def test_words_in_quotes_are_no_references() -> None:
    assert moved("""IF(A1="B2",'C3'!D4,LOG10(E5))""", 1, 1) == """IF(B2="B2",'C3'!E5,LOG10(F6))"""


def test_raised_and_struck_runs_are_marked() -> None:
    workbook = openpyxl.Workbook()
    raised = TextBlock(InlineFont(vertAlign="superscript"), "6")
    workbook.active["A1"] = CellRichText(
        "10", raised, " now ", TextBlock(InlineFont(strike=True), "old")
    )
    workbook.active["B1"] = "gone"
    workbook.active["B1"].font = Font(strike=True)

    words = said(read(saved(workbook)))

    assert "10⁶ now ~~old~~" in words
    assert "~~gone~~" in words


def test_targets_of_links_follow_their_cells() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Part", "Page", "Profile"])
    sheet.append(["Valve", "Here", '=HYPERLINK("https://people.example/ann","Ann")'])
    sheet["A2"].hyperlink = "https://parts.example/7"
    sheet["B2"].hyperlink = "#Sheet!A1"

    words = said(read(saved(workbook)))

    assert "Valve (https://parts.example/7)" in words
    assert "Ann (https://people.example/ann)" in words
    assert '"Here"' in words


def test_notes_stand_by_their_cells_and_beside_names_of_columns() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Part", "Stock"])
    sheet.append(["Valve", 12])
    sheet["B1"].comment = Comment("Counted in May", "Kim")
    sheet["B2"].comment = Comment("Kim:\nFive are\nreserved", "Kim")
    sheet["F9"].comment = Comment("Nothing here", "Lee")

    words = said(read(saved(workbook)))

    assert "12 [note: Kim: Five are reserved]" in words
    assert "Note on B1 (Stock): Kim: Counted in May" in words
    assert "Note on F9: Lee: Nothing here" in words


def test_threaded_comments_replace_the_notes_that_announce_them() -> None:
    parts = xlsx_parts(xlsx_rows(["Part", "Stock"], ["Valve", 12])) | {
        "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{OFFICE}/comments" Target="../comments1.xml"/>'
        f'<Relationship Id="b" Type="{LINKED}/threadedComment" Target="../threads.xml"/>'
        "</Relationships>",
        "xl/comments1.xml": f'<comments xmlns="{MAIN}"><authors><author>tc={{1}}</author></authors>'
        '<commentList><comment ref="B2" authorId="0"><text><t>[Threaded comment] Your version '
        "of Excel</t></text></comment></commentList></comments>",
        "xl/threads.xml": f'<ThreadedComments xmlns="{THREADS}">'
        '<threadedComment ref="B2" personId="p"><text>Order more?</text></threadedComment>'
        '<threadedComment ref="B2" personId="q"><text>Yes</text></threadedComment>'
        "</ThreadedComments>",
        "xl/persons/person.xml": f'<personList xmlns="{THREADS}">'
        '<person displayName="Kim" id="p"/><person displayName="Lee" id="q"/></personList>',
    }

    assert "12 [note: Kim: Order more?; Lee: Yes]" in said(read(zipped(parts)))


def test_hidden_rows_and_columns_are_left_out_and_counted() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Code", "Text", "Margin"])
    sheet.append(["A1", "shown", 40])
    sheet.append(["B2", "bonus", 50])
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[3].hidden = True

    document = read(saved(workbook))

    assert "bonus" not in said(document)
    assert "Margin" not in said(document)
    assert document.warnings == ["1 hidden row was left out.", "1 hidden column was left out."]


def test_rows_that_a_filter_hides_are_named_so() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Code", "Text"])
    sheet.append(["A1", "shown"])
    sheet.append(["B2", "filtered"])
    sheet.auto_filter.ref = "A1:B3"
    sheet.auto_filter.add_filter_column(0, ["A1"])
    sheet.row_dimensions[3].hidden = True

    document = read(saved(workbook))

    assert "filtered" not in said(document)
    assert document.warnings == ["1 row hidden by a filter was left out."]


def test_a_value_that_its_format_hides_is_left_out_and_counted() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Price", 77])
    workbook.active["B1"].number_format = ";;;"

    document = read(saved(workbook))

    assert "77" not in said(document)
    assert document.warnings == ["1 value was left out: a number format hides them."]


def test_merged_cells_keep_their_spans() -> None:
    sheet = sheet_of(A1="Label", B1="a", B2="b", B3="c", C1="under", C2="d")
    sheet.merged += [Range(0, 0, 2, 0), Range(0, 1, 0, 2)]

    found = {cell.text: (cell.down, cell.across) for cell in cells(sheet)}

    assert found == {"Label": (3, 1), "a": (1, 2), "b": (1, 1), "c": (1, 1), "d": (1, 1)}


def test_a_merged_cell_whose_first_row_is_hidden_is_still_seen() -> None:
    sheet = sheet_of(A1="Label", B2="a", B3="b")
    sheet.merged.append(Range(0, 0, 2, 0))
    sheet.hidden_rows.add(0)

    found = [(cell.text, cell.row, cell.down) for cell in cells(sheet)]

    assert found == [("Label", 0, 2), ("a", 0, 1), ("b", 1, 1)]


def test_a_merged_area_that_overlaps_another_is_counted() -> None:
    sheet = sheet_of(A1="Label", B2="under", C2="Size", C3="d")
    sheet.merged += [Range(1, 1, 2, 2), Range(0, 0, 1, 1), Range(0, 0, 1, 1)]
    unread = Unread()

    found = [(cell.text, cell.down) for cell in placed(sheet, {}, Marks(), unread).grid.cells]

    assert found == [("Label", 2), ("Size", 1), ("d", 1)]
    assert list(unread.warnings()) == [
        "1 value under a merged cell was left out.",
        "1 overlapping merged area was not taken into account.",
    ]


def sheet_with_areas(areas: list[Range]) -> Sheet:
    """A sheet of 40,000 numbers in the columns K and L, whose rows are all filtered out but one."""
    places = [(row, column) for row in range(20_000) for column in (10, 11)]
    return Sheet(
        cells={place: SheetCell(text="1") for place in places}, merged=areas, shown_rows={7}
    )


@pytest.mark.parametrize(
    "areas",
    [
        [Range(0, 0, 1_048_575, 16_383)] * 50_000,
        [Range(0, 12, 1_048_575 - row, 16_383) for row in range(50_000)],
        [Range(row, 10, 1_048_575, 10) for row in range(20_000)],
        [Range(0, column, 1_048_575, column) for column in range(16_384)],
    ],
    ids=["whole sheet", "beside all cells", "from each cell", "columns"],
)
def test_many_merged_areas_cost_no_search_of_the_sheet_each(areas: list[Range]) -> None:
    begun = time.process_time()
    cells(sheet_with_areas(areas))

    assert time.process_time() - begun < 4  # a search for each area takes many times as long


def test_headers_of_tables_and_rows_in_sight_are_marked() -> None:
    sheet = sheet_of(A1="Title", A2="Name", B2="Sum", A3="x", B3="1", A4="All", B4="1")
    marks = Marks(headers=[Range(1, 0, 1, 1)], totals=[Range(3, 0, 3, 1)], rows=2)

    found = {cell.text: (cell.is_header, cell.is_bold) for cell in cells(sheet, marks)}

    assert found["Title"] == (False, False)
    assert found["Name"] == (True, False)
    assert found["x"] == (False, False)
    assert found["All"] == (False, True)


def test_looks_of_cells_are_kept() -> None:
    sheet = Sheet(cells={(0, 0): SheetCell(text="a", style=Style(bold=True, shaded=True))})

    assert cells(sheet)[0].is_bold
    assert cells(sheet)[0].is_shaded


def test_wide_gaps_shrink_to_one_place() -> None:
    sheet = Sheet(
        cells={(0, 0): SheetCell(text="near"), (1_048_575, 16_383): SheetCell(text="far")}
    )

    found = [(cell.text, cell.row, cell.column) for cell in cells(sheet)]

    assert found == [("near", 0, 0), ("far", 2, 2)]


def test_cells_scattered_over_too_many_places_are_too_much() -> None:
    sheet = Sheet(cells={(2 * n, 2 * n): SheetCell(text="x") for n in range(3_000)})

    with pytest.raises(UnreadableDocumentError) as refused:
        cells(sheet)

    assert refused.value.reason == "too_many_cells"


def test_a_long_text_in_many_cells_is_too_much() -> None:
    text = "x" * 30_000
    row = '<row><c t="s"><v>0</v></c></row>' * 4_000
    parts = xlsx_parts(row) | {
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="b" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="c" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
    }

    with pytest.raises(UnreadableDocumentError) as refused:
        read(zipped(parts))

    assert refused.value.reason == "zip_bomb"


@pytest.mark.parametrize(
    "name", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"]
)
def test_a_doctype_is_refused(name: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    parts = xlsx_parts("")
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="c" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )

    with pytest.raises(UnreadableDocumentError) as refused:
        read(zipped(parts | {name: bomb}))

    assert refused.value.reason == "dtd"


def test_an_old_workbook_is_read_with_its_formats() -> None:
    data = xls_bytes(
        ["Part", "Share", "Since", "Margin"],
        ["Nut", (0.125, "0.0%"), (45_352.0, "dd.mm.yyyy"), "no"],
        ["gone", 1, 2, 3],
        hidden_rows=[2],
        hidden_columns=[3],
        hidden_sheet="Secret",
    )

    document = XlsReader().load()(io.BytesIO(data))

    assert document.blocks == [
        Heading(text="Prices", level=1),
        Table(rows=[["Part", "Share", "Since"], ["Nut", "12.5%", "01.03.2024"]], header_rows=1),
    ]
    assert document.warnings == [
        "1 hidden row was left out.",
        "1 hidden column was left out.",
        "1 hidden sheet was left out.",
    ]


def test_whatever_a_workbook_shows_is_read_or_named() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        sheet = workbook.add_worksheet("tabmark")
        hidden = workbook.add_worksheet("hiddentab")
        hidden.write(0, 0, "hiddentabmark")
        hidden.hide()
        raised = workbook.add_format({"font_script": 1})
        sheet.write_row(0, 0, ["headmark", "secondmark", "hiddencolumnmark"])
        sheet.write(1, 0, "cellmark")
        sheet.write_url(1, 1, "https://link.example/targetmark", string="linkmark")
        sheet.write_rich_string(2, 0, "richmark", raised, "9")
        sheet.write(3, 0, "hiddenrowmark")
        sheet.write_comment(2, 1, "notemark")
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
        sheet.write_formula(4, 0, '="formulamark"&A2')
        sheet.insert_textbox(6, 0, "boxmark")
        sheet.insert_image(
            12, 0, "a.png", {"image_data": io.BytesIO(png()), "description": "altmark"}
        )
        sheet.set_header("&Cheadermark &P")
        sheet.data_validation("E1", {"validate": "any", "input_message": "promptmark"})
        chart = workbook.add_chart({"type": "column"})
        chart.add_series({"values": "=tabmark!$A$2:$A$3", "name": "series"})
        chart.set_title({"name": "chartmark"})
        sheet.insert_chart(20, 0, chart)

    document = read(target.getvalue())

    shown = (
        "tabmark headmark secondmark cellmark targetmark linkmark richmark⁹ notemark formulamark "
        "boxmark altmark headermark chartmark"
    )
    words = said(document)
    assert [mark for mark in shown.split() if mark not in words] == []
    assert document.warnings == [
        "1 formula was shown as formulas: the file holds no values for them.",
        "1 input prompt of cells was not read.",
        "1 hidden row was left out.",
        "1 hidden column was left out.",
        "1 hidden sheet was left out.",
    ]
    assert len(document.images) == 1


def test_embedded_files_are_kept_as_attachments() -> None:
    document = read(zipped(xlsx_parts("") | {"xl/embeddings/Budget.xlsx": "data"}))

    assert [(each.filename, each.data) for each in document.attachments] == [
        ("budget.xlsx", b"data")
    ]
    assert document.warnings == []


def test_folders_listed_in_the_archive_are_no_parts() -> None:
    folders = {"xl/": "", "xl/worksheets/": "", "xl/worksheets/_rels/": ""}

    document = read(zipped(folders | xlsx_parts(xlsx_rows(["Ware", "Price"], ["Cable", 19]))))

    assert document.blocks[1] == Table(rows=[["Ware", "Price"], ["Cable", "19"]], header_rows=1)


def test_each_of_many_rows_of_headers_is_one() -> None:
    headers = [Range(row, 0, row, 1) for row in (0, 1)]
    sheet = sheet_of(A1="Year", B1="Sum", A2="a", B2="EUR", A3="2024", B3="7")

    found = cells(sheet, Marks(headers=headers))

    assert [each.is_header for each in found] == [True, True, True, True, False, False]


def test_ranges_of_hidden_columns_may_overlap() -> None:
    sheet = sheet_of(A1="Item", B1="no", C1="no", D1="Price", E1="no")
    sheet.hidden_columns += [(4, 9), (1, 2), (1, 1), (2, 2), (4, 4)] * 3

    assert [each.text for each in cells(sheet)] == ["Item", "Price"]


def test_columns_that_many_ranges_hide_are_left_out_once() -> None:
    cells = {(0, 0): SheetCell(text="shown"), (0, 16_383): SheetCell(text="hidden")}
    hidden = [(first % 5_000 + 1, 16_383) for first in range(100_000)]
    sheet = Sheet(cells=cells, hidden_columns=hidden)

    begun = time.process_time()
    found = placed(sheet, {}, Marks(), Unread())

    assert [cell.text for cell in found.grid.cells] == ["shown"]
    assert time.process_time() - begun < 5  # visiting each range takes several times as long
