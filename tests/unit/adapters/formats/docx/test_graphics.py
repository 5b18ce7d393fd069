from __future__ import annotations

from ragtenancy.domain.parsed import Paragraph, Table
from tests.factories_docx import NAMESPACES, graphic, run
from tests.unit.adapters.formats.docx.reading import blocks


def points(kind: str, *texts: str) -> str:
    shown = "".join(f'<c:pt idx="{i}"><c:v>{text}</c:v></c:pt>' for i, text in enumerate(texts))
    return f"<c:{kind}>{shown}</c:{kind}>"


def line(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


def test_a_chart_reads_as_its_title_and_a_table_of_its_data() -> None:
    series = points("tx", "Sales") + points("cat", "Q1", "Q2") + points("val", "8.2000000000000011")
    chart = (
        f"<c:chartSpace {NAMESPACES}><c:title>{line('Year')}</c:title>"
        f"<c:ser>{series}</c:ser></c:chartSpace>"
    )

    found = blocks(graphic('<c:chart r:id="chart"/>'), chart=chart)

    assert found == [
        Paragraph(text="Year"),
        Table(rows=[["", "Sales"], ["Q1", "8.2"], ["Q2", ""]], header_rows=1),
    ]


def test_smart_art_reads_as_its_lines() -> None:
    points = f"<dgm:pt>{line('Plan')}</dgm:pt><dgm:pt type='pres'>{line('gone')}</dgm:pt>"
    diagram = f"<dgm:dataModel {NAMESPACES}>{points}<dgm:pt>{line('Do')}</dgm:pt></dgm:dataModel>"

    found = blocks(graphic('<dgm:relIds r:dm="diagramData"/>'), diagramData=diagram)

    assert found == [Paragraph(text="Plan\nDo")]


def test_a_graphic_whose_part_is_missing_is_passed_over() -> None:
    found = blocks(graphic('<c:chart r:id="gone"/>').replace("<w:r>", f"{run('text')}<w:r>", 1))

    assert found == [Paragraph(text="text")]
