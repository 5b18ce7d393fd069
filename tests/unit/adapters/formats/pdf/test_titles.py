from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.pdf.titles import real_title, with_title
from ragtenancy.domain.parsed import Block, Heading, Paragraph


@pytest.mark.parametrize(
    "title",
    [
        *("untitled", "(anonymous)", "unspecified", "Untitled Document 2", "Title", "none", " "),
        *("Microsoft Word - lease.doc", "Microsoft Word - Dokument1", "PowerPoint Presentation"),
        *(
            "Slide 1",
            "Document1",
            "Book1",
            "Sheet1",
            "Scan_20240101",
            "New Microsoft Word Document",
        ),
        *("lease_final_v2", "lease.docx", "C:\\docs\\lease", "/home/jane/lease.tex", "main.dvi"),
        *("https://example.org/lease", "about:blank", "lease.indd", "lease.pages - Kopie"),
        *("Unbenannt-1", "Dokument1", "Folie 1", "PowerPoint-Präsentation", "Mappe1"),
        *("Sans titre", "Présentation PowerPoint", "Diapositive 1", "Sin título 1", "Cartel1"),
        *(
            "Presentazione standard di PowerPoint",
            "Apresentação do PowerPoint",
            "Naamloos document",
        ),
        *("Презентация PowerPoint", "Слайд 1", "Без имени 1", "Prezentacja programu PowerPoint"),
        *("無題のドキュメント", "无标题文档", "幻灯片 1", "제목 없음", "PowerPoint 演示文稿"),
        *("عرض تقديمي في PowerPoint", "Adsız Belge", "Crystal Reports", "2024-03-11"),
    ],
)
def test_what_a_program_calls_a_document_is_no_title(title: str) -> None:
    assert real_title(title) == ""


@pytest.mark.parametrize(
    "title",
    [
        *("Terms of the boat rental", "Report 2024", "Microsoft Word for lawyers", "Mietvertrag"),
        *(
            "ISO 9001",
            "Node.js",
            "COVID-19",
            "Slides of the annual meeting",
            "销售合同",
            "就業規則",
        ),
        *("Untitled (2009) by the Doe Trio", "Vertrag Nr. 123456", "عقد الإيجار", "Договор аренды"),
    ],
)
def test_a_title_that_a_person_gave_is_kept(title: str) -> None:
    assert real_title(title) == title


def test_a_title_behind_the_name_of_a_program_is_kept() -> None:
    assert real_title("Microsoft Word - Terms of the boat rental") == "Terms of the boat rental"


def test_the_name_of_the_program_that_wrote_the_file_is_no_title() -> None:
    assert real_title("Reporting Engine", ("", "Reporting Engine 4.2")) == ""


TEXT = Paragraph(text="Skipper: Ida Berg")


def placed(*blocks: Block) -> list[tuple[int, Block]]:
    return [(1, block) for block in blocks]


@pytest.mark.parametrize("line", ["Berth application", "销售合同", "عقد الإيجار"])
def test_a_first_line_that_is_no_sentence_is_the_heading(line: str) -> None:
    blocks = with_title(placed(Paragraph(text=line), TEXT))

    assert blocks == placed(Heading(text=line, level=1), TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "The berth is free.",
        "Berth: 12",
        "berth and rent",
        "Ann Berg\nQuay 1",
        "12 July 2024",
        "付款。",
    ],
)
def test_another_first_line_is_text(line: str) -> None:
    blocks = placed(Paragraph(text=line), TEXT)

    assert with_title(blocks) == blocks


def test_a_document_with_headings_keeps_them() -> None:
    blocks = placed(Paragraph(text="Boat club"), Heading(text="Rent", level=1), TEXT)

    assert with_title(blocks) == blocks


def test_a_line_alone_is_text() -> None:
    assert with_title(placed(Paragraph(text="Boat club"))) == placed(Paragraph(text="Boat club"))
