from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Paragraph
from tests.factories_docx import paragraph
from tests.unit.adapters.formats.docx.reading import blocks


def math(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def of(name: str, **parts: str) -> str:
    inner = "".join(f"<m:{part}>{content}</m:{part}>" for part, content in parts.items())
    return f"<m:{name}>{inner}</m:{name}>"


COSINE = of("func", fName=math("cos"), e=math("x"))
A_N = of("sSub", e=math("a"), sub=math("n"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (math("2") + math("x"), "2x"),
        (A_N + COSINE, "a_n cos x"),
        (A_N + math("+") + A_N, "a_n+a_n"),
        (math("x") + of("f", num=math("dy"), den=math("dx")) + math("z"), "x dy/dx z"),
        (of("f", num=math("a+b"), den=math("2")), "(a+b)/2"),
        (math("m") + of("sSup", e=math("c"), sup=math("2")), "mc^2"),
        (of("rad", deg=math("3"), e=math("x+1")), "3√(x+1)"),
        (of("limUpp", e=math("x"), lim=math("n")), "x^n"),
        (of("d", e=math("x")), "(x)"),
    ],
)
def test_an_equation_reads_as_one_line_of_words(content: str, expected: str) -> None:
    read_blocks = blocks(paragraph(f"<m:oMath>{content}</m:oMath>"))

    assert read_blocks == [Paragraph(text=expected)]
