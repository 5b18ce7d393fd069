"""Which lines of a text belong together."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.marks import joined_lines
from ragtenancy.adapters.formats.plain.lines import unwrapped
from ragtenancy.adapters.formats.plain.text_reader import read_text


@pytest.mark.parametrize(
    "text",
    [
        "Biber GmbH\nHauptstraße 5\n12345 Berlin",
        "Roses are red,\nViolets are blue,\nSugar is sweet,\nAnd so are you.",
        "Item      Price    Stock\nPump      480 EUR  3\nValve     80 EUR   12",
        "Name: Kim Lee\nDepartment: Sales and all that belongs to it in the North\nPhone: 12",
        "def f(x):\n    return x + 1\nprint(f(3))  # a long, long, long comment stands here",
        "apples\npears\nbananas",
        "- short\n- items\n- of a list",
        "# Title\nText",
        "one\ntwo",
        "a = b(c);\nd = e(f);",
    ],
)
def test_lines_that_stand_alone_stay(text: str) -> None:
    assert unwrapped(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ("The warranty is three years from the date of purchase and covers\n"
             "parts that do not wear out in the course of their use. A long-\n"
            "term contract extends it to five."),
            ("The warranty is three years from the date of purchase and covers parts that do not "
             "wear out in the course of their use. A long-term "
            "contract extends it to five."),
        ),
        (
            ("Dear Kim,\nthank you for your letter of 4 May, which came this week; we have looked\n"
            "into it and agree.\nRegards\nLee"),
            ("Dear Kim,\nthank you for your letter of 4 May, which came this week; we have looked "
            "into it and agree.\nRegards\nLee"),
        ),
        (
            ("- The pump must be checked every month by a person who has been trained\n"
            "  for it.\n- The valve needs no care."),
            ("- The pump must be checked every month by a person who has been trained for it.\n"
            "- The valve needs no care."),
        ),
        (
            ("> The pump costs more now because the price of steel has gone up by ten\n"
            "> per cent.\nI do not agree."),
            ("> The pump costs more now because the price of steel has gone up by ten per cent.\n"
            "I do not agree."),
        ),
        (
            "根据合同第八条规定，供应商应当在收到增值税专用发\n票之后三十个工作日内支付货款。",
            "根据合同第八条规定，供应商应当在收到增值税专用发票之后三十个工作日内支付货款。",
        ),
        ("He came.  He saw the pump and the valve.  He left for the harbour at\nnoon.  Rain fell.",
         "He came.  He saw the pump and the valve.  He left for the harbour at noon.  Rain fell."),
        ("a) the tenant pays the costs of heating and of the lift in the second\n   year;\nb) all else.",
         "a) the tenant pays the costs of heating and of the lift in the second year;\nb) all else."),
        ("The delivery takes place\non the 4th of July.", "The delivery takes place on the 4th of July."),
        ("계약 기간은 삼 년이며 매년 연장할 수 있습니다 그리고 해지는 서면으로\n해야 합니다.",
         "계약 기간은 삼 년이며 매년 연장할 수 있습니다 그리고 해지는 서면으로 해야 합니다."),
    ],
)  # fmt: skip
def test_a_paragraph_that_goes_on_is_one_line(text: str, expected: str) -> None:
    assert unwrapped(text) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["one ", " two"], "one two"),
        (["発", "票"], "発票"),
        (["三年。", "次は"], "三年。次は"),
        (["long-", "term"], "long-term"),
        (["Vor-", "und Nachteile"], "Vor- und Nachteile"),
        (["a -", "b"], "a - b"),
        (["ปั๊ม", "น้ำ"], "ปั๊มน้ำ"),
        (["票", "A4"], "票 A4"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_the_script_wants(lines: list[str], expected: str) -> None:
    assert joined_lines(lines) == expected


def test_each_mark_of_a_text_is_read() -> None:
    text = "\n".join(f"{'  ' * (n % 3)}{'- ' * (n % 2)}mark{n:02}" for n in range(30))

    found = str(read_text(text.encode()).blocks)

    assert [n for n in range(30) if f"mark{n:02}" not in found] == []
