"""Independent programs that write the seeded tables into files of each format.

python-docx, python-pptx, openpyxl, XlsxWriter, reportlab, WeasyPrint and pandoc come from PyPI;
LibreOffice is Debian's (`apt-get install libreoffice-writer libreoffice-calc libreoffice-impress`),
and so are the libraries that WeasyPrint loads (`libpango-1.0-0 libpangoft2-1.0-0`). Either writer
is left out, saying so, where these are not installed.
"""

from __future__ import annotations

import csv
import html
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct
from table_shapes import EVERYWHERE, LANGUAGES, SHEETS, Cell, Made, Shape, tables

Write = Callable[[Path, Sequence[Made]], Path]
Places = Sequence[Sequence[Any]]  # cells of python-docx or python-pptx, which merge alike


class Written(Struct, frozen=True, kw_only=True):
    """A file, the format it counts for, its writer, and its tables."""

    format: str
    writer: str
    path: Path
    made: Sequence[Made]


def page(made: Iterable[Made], *, style: str = "marked", ruled: bool = True) -> str:
    """Return HTML: `marked` has `th`, `bold` has bold cells, `plain` marks no header."""
    border = ' border="1"' if ruled else ""
    rules = "td,th{border:1px solid #000}" if ruled else "td,th{border:none}"
    parts = [f"<style>table{{border-collapse:collapse}}td,th{{padding:3px 9px}}{rules}</style>"]
    for each in made:
        parts.append(f"<h2>{html.escape(each.title)}</h2>")
        caption = f"<p>{html.escape(each.caption)}</p>" if each.caption else ""
        rows = "".join(f"<tr>{row}</tr>" for row in _html_rows(each, style))
        parts.append(f"{caption}<table{border}>{rows}</table>")
    head = '<meta charset="utf-8"><title>Tables</title>'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(parts)}</body></html>"


def _html_rows(made: Made, style: str) -> Iterator[str]:
    for y in range(made.height):
        cells = sorted((c for c in made.cells if c.row == y), key=lambda cell: cell.column)
        yield "".join(_html_cell(cell, style) for cell in cells)


def _html_cell(cell: Cell, style: str) -> str:
    shown = html.escape(cell.text).replace("\n", "<br>")
    spans = f' rowspan="{cell.down}"' * (cell.down > 1)
    spans += f' colspan="{cell.across}"' * (cell.across > 1)
    name = "th" if cell.is_header and style == "marked" else "td"
    inner = f"<b>{shown}</b>" if cell.is_header and style == "bold" else shown
    return f"<{name}{spans}>{inner}</{name}>"


def _html(style: str) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        path = stem.with_suffix(".html")
        path.write_text(page(made, style=style), encoding="utf-8")
        return path

    return write


def _python_docx(*, ruled: bool = True, marked: bool = False) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        document = import_module("docx").Document()
        for each in made:
            document.add_heading(each.title, level=2)
            if each.caption:
                document.add_paragraph(each.caption)
            table = document.add_table(each.height, each.width)
            table.style = "Table Grid" if ruled else "Normal Table"
            places = [row.cells for row in table.rows]
            for cell in each.cells:
                _word_cell(places, cell, bold=cell.is_header and not marked)
            if marked:
                _mark_headers(table, each)
        document.save(str(stem.with_suffix(".docx")))
        return stem.with_suffix(".docx")

    return write


def _word_cell(places: Places, cell: Cell, *, bold: bool) -> None:
    placed = _merged(places, cell)
    placed.text = ""
    placed.paragraphs[0].add_run(cell.text).bold = bold or None


def _mark_headers(table: Any, made: Made) -> None:  # noqa: ANN401
    """Mark the rows that Word repeats on each page."""
    qn = import_module("docx.oxml.ns").qn
    for row in sorted({cell.row for cell in made.cells if cell.is_header and cell.column}):
        properties = table.rows[row]._tr.get_or_add_trPr()
        properties.append(properties.makeelement(qn("w:tblHeader"), {}))


def _merged(places: Places, cell: Cell) -> Any:  # noqa: ANN401
    """Return a table's cell, merged with those that it covers."""
    first = places[cell.row][cell.column]
    if not cell.is_merged:
        return first
    last = places[cell.row + cell.down - 1][cell.column + cell.across - 1]
    return first.merge(last) or first


def _python_pptx(stem: Path, made: Sequence[Made]) -> Path:
    module, inches = import_module("pptx"), import_module("pptx.util").Inches
    deck = module.Presentation()
    for each in made:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"{each.title} {each.caption}".strip()
        place = (inches(0.5), inches(1.5), inches(9), inches(5))
        table = slide.shapes.add_table(each.height, each.width, *place).table
        places = [list(row.cells) for row in table.rows]
        for cell in each.cells:
            _merged(places, cell).text = cell.text
    deck.save(str(stem.with_suffix(".pptx")))
    return stem.with_suffix(".pptx")


def _openpyxl(stem: Path, made: Sequence[Made]) -> Path:
    book = import_module("openpyxl").Workbook()
    bold = import_module("openpyxl.styles").Font(bold=True)
    book.remove(book.active)
    for each in made:
        sheet = book.create_sheet(each.title)
        top = 1
        if each.caption:
            sheet.cell(1, 1, each.caption)
            top = 3
        for cell in each.cells:
            y, x = cell.row + top, cell.column + 1
            placed = sheet.cell(y, x, _typed(cell.text))
            if cell.is_header:
                placed.font = bold
            if cell.is_merged:
                sheet.merge_cells(None, y, x, y + cell.down - 1, x + cell.across - 1)
    book.save(stem.with_suffix(".xlsx"))
    return stem.with_suffix(".xlsx")


def _xlsxwriter(stem: Path, made: Sequence[Made]) -> Path:
    book = import_module("xlsxwriter").Workbook(str(stem.with_suffix(".xlsx")))
    for each in made:
        sheet = book.add_worksheet(each.title)
        top = 0
        if each.caption:
            sheet.write(0, 0, each.caption)
            top = 1
        for cell in each.cells:
            y, x, value = cell.row + top, cell.column, _typed(cell.text)
            if cell.is_merged:
                sheet.merge_range(y, x, y + cell.down - 1, x + cell.across - 1, value)
            elif value is not None:
                sheet.write(y, x, value)
    book.close()
    return stem.with_suffix(".xlsx")


def _typed(text: str) -> str | int | None:
    return int(text) if text.isdigit() and text.isascii() else text or None


def _csv(delimiter: str) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        path = stem.with_suffix(".csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(made[0].texts())
        return path

    return write


def _reportlab(*, ruled: bool) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        flow = import_module("reportlab.platypus")
        styles = import_module("reportlab.lib.styles").getSampleStyleSheet()
        story: list[Any] = []
        for each in made:
            story += [flow.Paragraph(each.title, styles["Heading2"])]
            story += [flow.Paragraph(each.caption, styles["Normal"])] if each.caption else []
            commands: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if ruled else []
            commands += [("FONTSIZE", (0, 0), (-1, -1), 7)]
            commands += [_span(cell) for cell in each.cells if cell.is_merged]
            story += [flow.Table(each.texts(), style=commands, repeatRows=1), flow.Spacer(1, 12)]
        path = stem.with_suffix(".pdf")
        flow.SimpleDocTemplate(str(path), title="Tables").build(story)
        return path

    return write


def _span(cell: Cell) -> tuple[str, tuple[int, int], tuple[int, int]]:
    last = (cell.column + cell.across - 1, cell.row + cell.down - 1)
    return ("SPAN", (cell.column, cell.row), last)


def _weasyprint(*, ruled: bool) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        path = stem.with_suffix(".pdf")
        text = page(made, ruled=ruled).replace("<style>", "<style>body{font-size:8pt}")
        import_module("weasyprint").HTML(string=text).write_pdf(str(path))
        return path

    return write


def _pandoc(suffix: str, to: str) -> Write:
    def write(stem: Path, made: Sequence[Made]) -> Path:
        path = stem.with_suffix(suffix)
        pandoc = import_module("pypandoc").get_pandoc_path()
        command = [pandoc, "-f", "html", "-t", to, "--standalone", "-o", str(path)]
        subprocess.run(command, input=page(made).encode(), check=True, timeout=120)
        return path

    return write


def _libreoffice(first: Write, to: str) -> Write:
    """Return a writer whose file LibreOffice makes of another's."""

    def write(stem: Path, made: Sequence[Made]) -> Path:
        folder = stem.parent / f"{stem.name}-source"
        folder.mkdir(exist_ok=True)
        source = first(folder / stem.name, made)
        command = ["soffice", f"-env:UserInstallation=file://{stem.parent / 'profile'}"]
        command += ["--headless", "--convert-to", to, "--outdir", str(stem.parent), str(source)]
        subprocess.run(command, check=True, timeout=180, capture_output=True)
        return stem.with_suffix(f".{to.partition(':')[0]}")

    return write


def _plain(shape: Shape) -> bool:
    """Return whether Markdown and pandoc's slides can hold a shape at all."""
    return shape.__name__ not in ("two_headers", "merged_down", "sections", "several_lines")


PDF_RULED, PDF_UNRULED = "PDF, ruled", "PDF, unruled"
_MARKDOWN = tuple(shape for shape in EVERYWHERE if _plain(shape))
_SLIDES = tuple(shape for shape in EVERYWHERE if shape.__name__ != "long")
_WRITERS: Mapping[str, Sequence[tuple[str, Write, Sequence[Shape]]]] = {
    "Word": (
        ("python-docx", _python_docx(), EVERYWHERE),
        ("python-docx, marked", _python_docx(marked=True), EVERYWHERE),
        ("LibreOffice", _libreoffice(_html("bold"), "docx:MS Word 2007 XML"), EVERYWHERE),
        ("pandoc", _pandoc(".docx", "docx"), EVERYWHERE),
    ),
    "Excel": (
        ("openpyxl", _openpyxl, SHEETS),
        ("XlsxWriter", _xlsxwriter, SHEETS),
        ("LibreOffice", _libreoffice(_openpyxl, "xlsx:Calc MS Excel 2007 XML"), SHEETS),
    ),
    "PowerPoint": (
        ("python-pptx", _python_pptx, _SLIDES),
        ("LibreOffice", _libreoffice(_python_pptx, "pptx:Impress MS PowerPoint 2007 XML"), _SLIDES),
    ),
    "HTML": (
        ("th", _html("marked"), EVERYWHERE),
        ("bold cells", _html("bold"), EVERYWHERE),
        ("plain cells", _html("plain"), EVERYWHERE),
        ("LibreOffice", _libreoffice(_python_docx(), "html:HTML (StarWriter)"), EVERYWHERE),
    ),
    "E-book": (("pandoc", _pandoc(".epub", "epub"), EVERYWHERE),),
    "Markdown": (("pandoc", _pandoc(".md", "gfm"), _MARKDOWN),),
    PDF_RULED: (
        ("reportlab", _reportlab(ruled=True), EVERYWHERE),
        ("WeasyPrint", _weasyprint(ruled=True), EVERYWHERE),
        ("LibreOffice", _libreoffice(_python_docx(), "pdf:writer_pdf_Export"), EVERYWHERE),
    ),
    PDF_UNRULED: (
        ("reportlab", _reportlab(ruled=False), EVERYWHERE),
        ("WeasyPrint", _weasyprint(ruled=False), EVERYWHERE),
        (
            "LibreOffice",
            _libreoffice(_python_docx(ruled=False), "pdf:writer_pdf_Export"),
            EVERYWHERE,
        ),
    ),
}
# reportlab's own fonts have no Chinese letters; WeasyPrint takes minutes to subset one that has;
# LibreOffice takes seconds for each file.
_LANGUAGES = {
    "reportlab": ("en", "de", "fr"),
    "WeasyPrint": ("en", "de", "fr"),
    "LibreOffice": ("de", "zh"),
}
_CSV_SHAPES = tuple(shape for shape in SHEETS if _plain(shape) and shape.__name__ != "unit")


def written(folder: Path, *, seed: int) -> Iterator[Written]:
    """Write every file and yield it; a writer that is not here is left out."""
    absent = missing()
    for kind, writers in _WRITERS.items():
        for writer, write, shapes in writers:
            if writer not in absent:
                for language in LANGUAGES:
                    if language in _LANGUAGES.get(writer, LANGUAGES):
                        made = tables(seed, language, shapes)
                        stem = folder / f"{kind}-{writer}-{language}".replace(", ", "-")
                        path = write(stem, made)
                        yield Written(format=kind, writer=writer, path=path, made=made)
    yield from _written_csv(folder, seed)


def _written_csv(folder: Path, seed: int) -> Iterator[Written]:
    """Write each table into a file of its own."""
    for delimiter, name, languages in (
        (",", "comma", ("en", "zh")),
        (";", "semicolon", ("de", "fr")),
    ):
        for language in languages:
            for made in tables(seed, language, _CSV_SHAPES):
                path = _csv(delimiter)(folder / f"csv-{name}-{language}-{made.title}", [made])
                yield Written(format="CSV", writer="Python's csv", path=path, made=[made])


@cache
def missing() -> Sequence[str]:
    """Return the writers that cannot run here."""
    absent = [] if shutil.which("soffice") else ["LibreOffice"]
    try:
        import_module("weasyprint")
    except (ImportError, OSError):  # OSError: without the libraries of Pango
        absent.append("WeasyPrint")
    return absent
