from __future__ import annotations

import io

import pytest

from ragtenancy.adapters.formats.pdf.direction import (
    Glyph,
    lines_of_glyphs,
    logical,
    with_brackets,
)
from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import Heading, ListItem, Paragraph, Table
from tests.factories_pdf import Glyphs, pdf_in_any_script


def shown(*lines: Glyphs) -> str:
    """The text of lines that are drawn from left to right."""
    blocks = PdfReader().load()(io.BytesIO(pdf_in_any_script(*lines))).blocks
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Paragraph))


def drawn(text: str) -> list[str]:
    """The letters of a right-to-left text from left to right, those of a ligature as one."""
    letters: list[str] = []
    for letter in text:
        if letters and letters[-1] == "ل" and letter in "اأإآ":
            letters[-1] += letter
        else:
            letters.append(letter)
    return letters[::-1]


def is_read_from_left(text: str) -> bool:
    return text[0].isdigit() or (text[0].isascii() and text[0].isalpha())


@pytest.mark.parametrize(
    "text",
    [
        "شروط الإيجار للمستأجر",
        "لا يجوز للمستأجر الأول الآن إلا بعد ذلك",
        "הסכם השכירות של הדירה",
        "تسليم السفينة، وفقا للعقد.",
    ],
)
def test_letters_stand_in_their_order(text: str) -> None:
    assert shown(Glyphs(glyphs=drawn(text), y=700)) == text


@pytest.mark.parametrize(
    "parts",
    [
        ["המחיר הוא ", "1,250.50", " לחודש"],
        ["ביום ", "12/03/2024", " בשעה ", "14:30"],
        ["הנחה של ", "30%", " לחבר"],
        ["זכאי ל-", "18", " ימים"],
        ["עלה ב-", "3.5%", " השנה"],
        ["בין חברת ", "Nordic Boats Ltd", " לבין השוכר"],
        ["مع شركة ", "Nordic Boats 2", " في المدينة"],
        ["نسبة ", "٢٥", " في السنة"],
        ["نسبة ", "15", "%", " في السنة"],
    ],
)
def test_numbers_and_latin_words_are_read_from_the_left(parts: list[str]) -> None:
    placed = [list(part) if is_read_from_left(part) else drawn(part) for part in parts]

    text = shown(Glyphs(glyphs=[glyph for part in reversed(placed) for glyph in part], y=700))

    assert text == "".join(parts)


def test_a_right_to_left_word_in_an_english_line_is_turned() -> None:
    glyphs = [*"The word ", *drawn("שלום"), *" means peace, and so does ", *drawn("سلام"), "."]

    assert shown(Glyphs(glyphs=glyphs, y=700)) == ("The word שלום means peace, and so does سلام.")


def test_a_turned_line_is_in_order() -> None:
    text = "הסכם השכירות של הדירה"

    assert shown(Glyphs(glyphs=drawn(text), y=100, x=500, direction="-1 0 0 -1")) == text


def test_the_first_column_of_a_drawn_table_is_the_right_one() -> None:
    rows = [["פריט", "מחיר"], ["סולם עץ", "12"], ["דלי", "7"]]
    lines = [
        Glyphs(glyphs=drawn(text) if column == 0 else list(text), y=700 - 20 * index, x=x, size=10)
        for index, cells in enumerate(rows)
        for column, (x, text) in enumerate(zip((160, 146), cells, strict=True))
    ]
    lines[1] = Glyphs(glyphs=drawn("מחיר"), y=700, x=120, size=10)
    edges = [f"{x} 714 m {x} 654 l S " for x in (100, 158, 210)]
    edges += [f"100 {y} m 210 {y} l S " for y in (714, 694, 674, 654)]

    document = PdfReader().load()(io.BytesIO(pdf_in_any_script(*lines, drawing="".join(edges))))

    assert [block.rows for block in document.blocks if isinstance(block, Table)] == [rows]


def test_the_right_column_is_read_first() -> None:
    right = ["ההזמנה מאושרת בכתב בידי", "המשרד בתוך שלושה ימים", "מיום שהגיעה אליו ולא יותר"]
    left = ["הסחורה נארזת בארגזים של", "עץ שהקונה מחזיר לנו בתוך", "חודשיים על חשבון המוכר"]
    lines = [
        Glyphs(glyphs=drawn(text), y=700 - 12 * index, x=x, size=8)
        for index, pair in enumerate(zip(right, left, strict=True))
        for x, text in zip((320, 72), pair, strict=True)
    ]

    assert " ".join(shown(*lines).split()) == " ".join([*right, *left])


def at_the_right(*texts: str) -> list[Glyphs]:
    """Lines of right-to-left text that begin at one right edge."""
    return [
        Glyphs(glyphs=drawn(text), y=700 - 14 * index, x=round(540 - 7.2 * len(text)))
        for index, text in enumerate(texts)
    ]


def test_short_lines_at_the_right_edge_stay_apart() -> None:
    address = ["חברת הספנות הצפונית", "רחוב הנמל הישן", "חיפה", "ישראל"]
    paragraph = "המחיר כולל את דמי ההובלה אל הנמל ואת הביטוח עד"

    assert shown(*at_the_right(*address, paragraph)) == "\n".join([*address, paragraph])


def test_full_lines_at_the_right_edge_are_joined() -> None:
    paragraph = ["המחיר כולל את דמי ההובלה אל הנמל ואת הביטוח עד", "לפריקה של כל הסחורה בנמל"]

    assert shown(*at_the_right(*paragraph)) == " ".join(paragraph)


def test_the_short_last_line_of_a_paragraph_belongs_to_it() -> None:
    paragraph = [
        "המחיר כולל את דמי ההובלה אל הנמל ואת הביטוח עד",
        "לפריקה של כל הסחורה בנמל ואת המכס על כל ארגז.",
        "הקונה משלם מיד.",
    ]

    assert shown(*at_the_right(*paragraph)) == " ".join(paragraph)


def test_presentation_forms_are_plain_letters() -> None:
    assert shown(Glyphs(glyphs=list("ﻢﻠﺴﻣ ﻻ"), y=700)) == "لا مسلم"


def glyph(text: str, left: float, baseline: float = 700, index: int = 0) -> Glyph:
    return Glyph(
        text=text,
        left=left,
        right=left + 7,
        bottom=baseline - 3,
        top=baseline + 9,
        baseline=baseline,
        index=index,
    )


def test_a_mark_follows_its_letter() -> None:
    letters = [glyph(text, 100 + 7 * index, index=index) for index, text in enumerate("اموي")]
    mark = glyph("ً", 107, baseline=704, index=9)
    other_line = glyph("ب", 107, baseline=720, index=10)

    lines = lines_of_glyphs([mark, *letters, other_line])

    assert [logical(line) for line in lines] == ["يومًا", "ب"]


def test_a_drawn_space_parts_words_however_narrow_it_is() -> None:
    letters = [glyph("ב", 100, index=0), glyph("א", 108.5, index=1)]
    space = Glyph(text=" ", left=107, right=108.5, bottom=697, top=709, baseline=700, index=2)

    [line] = lines_of_glyphs([*letters, space])

    assert logical(line) == "א ב"


def test_a_space_drawn_below_letters_parts_nothing() -> None:
    letters = [glyph("ב", 100, index=0), glyph("א", 107, index=1)]
    space = Glyph(text=" ", left=105, right=109, bottom=697, top=709, baseline=700, index=2)

    [line] = lines_of_glyphs([*letters, space])

    assert logical(line) == "אב"


def test_of_letters_that_overlap_the_one_that_ends_further_right_is_first() -> None:
    lam = Glyph(text="ل", left=100, right=107, bottom=697, top=709, baseline=700)
    alef = Glyph(text="ا", left=100, right=106, bottom=697, top=709, baseline=700, index=1)

    assert logical([lam, alef]) == "لا"


def test_the_vowel_above_a_ligature_is_that_of_its_first_letter() -> None:
    ligature = [glyph("ا", 100, index=0), glyph("ل", 100, index=1)]
    mark = glyph("َ", 99, baseline=704, index=2)

    assert logical([*ligature, mark]) == "لَا"


def test_a_line_drawn_in_pieces_is_one() -> None:
    first = Glyphs(glyphs=drawn("يجب تقديم"), y=700, x=200)
    second = Glyphs(glyphs=drawn("الطلب"), y=700, x=155)

    assert shown(second, first) == "يجب تقديم الطلب"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["(נוסח מלא)"], ["(נוסח מלא)"]),
        ([")נוסח מלא("], ["(נוסח מלא)"]),
        (["انظر ]البند", "3[ (see f(x))", "x) (y"], ["انظر [البند", "3[ (see f(x))", "x) (y"]),
        (["انظر ]البند", "الثالث["], ["انظر [البند", "الثالث]"]),
    ],
)
def test_brackets_open_before_they_close(lines: list[str], expected: list[str]) -> None:
    assert with_brackets(lines) == expected


@pytest.mark.parametrize(
    ("markers", "texts"),
    [(["1.", "2."], ["טופס חתום", "אישור קבע"]), (["•", "•"], ["صورة الجواز", "العقد الأصلي"])],
)
def test_list_items_written_from_the_right_keep_their_markers(
    markers: list[str], texts: list[str]
) -> None:
    lines = [
        Glyphs(glyphs=[*drawn(text), " ", *marker[::-1]], y=700 - 16 * index)
        for index, (marker, text) in enumerate(zip(markers, texts, strict=True))
    ]

    found = PdfReader().load()(io.BytesIO(pdf_in_any_script(*lines))).blocks

    items = [(b.marker, b.text) for b in found if isinstance(b, ListItem)]
    assert items == list(zip(markers, texts, strict=True))


def test_columns_that_run_downwards_are_read_from_the_right() -> None:
    columns = ["契約は三年間です。", "更新は書面で行い", "ます。"]
    letters = [
        Glyphs(glyphs=[letter, " "], x=480 - 24 * column, y=740 - 16 * place)
        for column, text in enumerate(columns)
        for place, letter in enumerate(text)
    ]

    assert shown(*letters).replace("\n", "") == "".join(columns)
