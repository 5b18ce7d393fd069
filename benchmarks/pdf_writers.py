"""Programs that write known documents as PDF; a missing one is left out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from pdf_truth import Prose, Table, Truth

Write = Callable[[Truth, Path], None]
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{_OASIS}:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "style": "style",
        "table": "table",
        "fo": "xsl-fo-compatible",
    }.items()
)


def reportlab(truth: Truth, path: Path) -> None:
    """Write with ReportLab's Platypus."""
    platypus = import_module("reportlab.platypus")
    styles = import_module("reportlab.lib.styles").getSampleStyleSheet()
    width, height = 595, 842
    across = (width - 100 - 20 * (truth.columns - 1)) / truth.columns
    frames = [
        platypus.Frame(50 + column * (across + 20), 50, across, height - 100)
        for column in range(truth.columns)
    ]
    document = platypus.BaseDocTemplate(str(path), pagesize=(width, height))
    document.addPageTemplates([platypus.PageTemplate(frames=frames)])
    document.build([_flowable(platypus, styles, block) for block in truth.blocks])


def _flowable(platypus: object, styles: object, block: Prose | Table) -> object:
    if isinstance(block, Prose):
        style = styles["Heading2" if block.is_heading else "BodyText"]  # type: ignore[index]
        return platypus.Paragraph(block.text, style)  # type: ignore[attr-defined]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if block.is_ruled else []
    table = [list(row) for row in block.rows]
    return platypus.Table(table, style=grid, spaceBefore=8, spaceAfter=8)  # type: ignore[attr-defined]


def weasyprint(truth: Truth, path: Path) -> None:
    """Write with WeasyPrint, hyphenated and justified."""
    style = (
        f"@page {{size: A4; margin: 2cm}} body {{columns: {truth.columns}; font: 10pt serif}} "
        "p {text-align: justify; hyphens: auto; margin: 4pt 0} td, th {padding: 2pt 8pt} "
        ".ruled td, .ruled th {border: 0.5pt solid} table {border-collapse: collapse}"
    )
    body = "".join(_html(block) for block in truth.blocks)
    page = f"<html lang=en><style>{style}</style><body>{body}</body></html>"
    import_module("weasyprint").HTML(string=page).write_pdf(str(path))


def _html(block: Prose | Table) -> str:
    if isinstance(block, Prose):
        tag = "h2" if block.is_heading else "p"
        return f"<{tag}>{escape(block.text)}</{tag}>"
    rows = [
        "".join(f"<{'td' if number else 'th'}>{escape(cell)}" for cell in row)
        for number, row in enumerate(block.rows)
    ]
    kind = " class=ruled" if block.is_ruled else ""
    return f"<table{kind}><tr>{'<tr>'.join(rows)}</table>"


def libreoffice(truth: Truth, path: Path) -> None:
    """Write a flat OpenDocument text, and have LibreOffice convert it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{path.stem}.fodt"
        source.write_text(_open_document(truth), encoding="utf-8")
        profile = f"-env:UserInstallation=file://{path.parent}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir"]
        subprocess.run(
            [*command, str(path.parent), str(source)], check=True, capture_output=True, timeout=180
        )


def _open_document(truth: Truth) -> str:
    body = "".join(_open_block(block) for block in truth.blocks)
    return (
        f'<?xml version="1.0"?><office:document {_NAMESPACES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles>'
        '<style:style style:name="S" style:family="section"><style:section-properties>'
        f'<style:columns fo:column-count="{truth.columns}" fo:column-gap="0.6cm"/>'
        '</style:section-properties></style:style><style:style style:name="H" '
        'style:family="paragraph"><style:paragraph-properties fo:margin-top="0.3cm"/>'
        '<style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style>'
        '<style:style style:name="C" style:family="table-cell"><style:table-cell-properties '
        'fo:padding="0.1cm" fo:border="0.5pt solid #000000"/></style:style>'
        "</office:automatic-styles><office:body><office:text>"
        f'<text:section text:style-name="S" text:name="a">{body}</text:section>'
        "</office:text></office:body></office:document>"
    )


def _open_block(block: Prose | Table) -> str:
    if isinstance(block, Prose):
        style = ' text:style-name="H"' if block.is_heading else ""
        return f"<text:p{style}>{escape(block.text)}</text:p>"
    style = ' table:style-name="C"' if block.is_ruled else ""
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell{style}><text:p>{escape(cell)}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in block.rows
    )
    columns = f'<table:table-column table:number-columns-repeated="{len(block.rows[0])}"/>'
    return f"<table:table>{columns}{rows}</table:table><text:p/>"


def writers() -> Mapping[str, Write]:
    """Return the programs that are installed."""
    known: Mapping[str, tuple[Write, bool]] = {
        "ReportLab": (reportlab, find_spec("reportlab") is not None),
        "WeasyPrint": (weasyprint, find_spec("weasyprint") is not None),
        "LibreOffice": (libreoffice, shutil.which("soffice") is not None),
    }
    return {name: write for name, (write, is_here) in known.items() if is_here}
