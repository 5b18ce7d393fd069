from __future__ import annotations

import io
import zipfile

import pytest

from ragtenancy.adapters.formats.file_types import DOCUMENT, TEMPLATE, FileTypes
from tests.factories_docx import MAIN_TYPE, docx_parts, zipped

TEMPLATE_TYPE = MAIN_TYPE.replace("document.main", "template.main")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("main_type", "expected"), [(MAIN_TYPE, DOCUMENT), (TEMPLATE_TYPE, TEMPLATE)]
)
def test_the_main_part_decides(main_type: str, expected: str, method: int) -> None:
    file = zipped(docx_parts(main_type=main_type), method)

    assert FileTypes().detect(io.BytesIO(file)) == expected


def test_the_names_decide_in_a_damaged_archive() -> None:
    parts = docx_parts()
    start = zipped({"word/document.xml": parts["word/document.xml"], **parts})[:400]

    assert FileTypes().detect(io.BytesIO(start)) == DOCUMENT
