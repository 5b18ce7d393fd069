from __future__ import annotations

import pytest
from docx_expected import docling_reading, plain_latex
from docx_reading import Agreement, Reading, score
from pandoc_native import native_reading

NATIVE = """Pandoc Meta { unMeta = fromList [ ("title", MetaInlines [ Str "Title" ]) ] }
[ Header 2 ("id", [], []) [ Str "1", Space, Str "A\\8217s" ]
, Para [ Str "m", Superscript [ Str "2" ], Space
  , Span ("", ["comment-start"], [("id","0")]) [ Str "aside" ], Str "end" ]
, Table ("", [], []) (Caption Nothing []) [ (AlignDefault, ColWidthDefault) ]
  (TableHead ("", [], []) [])
  [ TableBody ("", [], []) (RowHeadColumns 0) []
    [ Row ("", [], []) [ Cell ("", [], []) AlignDefault (RowSpan 2) (ColSpan 1) [ Plain [ Str "a" ] ]
                       , Cell ("", [], []) AlignDefault (RowSpan 1) (ColSpan 1) [ Plain [ Str "b" ] ] ]
    , Row ("", [], []) [ Cell ("", [], []) AlignDefault (RowSpan 1) (ColSpan 1) [ Plain [ Str "c" ] ] ]
    ] ]
  (TableFoot ("", [], []) []) ]"""


def test_pandoc_native_reads_as_words_headings_and_cells() -> None:
    found = native_reading(NATIVE)

    assert found.words == ["1", "a", "s", "m2", "end", "a", "b", "c"]
    assert found.more == ["title"]
    assert found.headings == [(2, "a s")]
    assert [[cell.strip() for cell in row] for row in (found.tables or [])[0]] == [
        ["a", "b"],
        ["", "c"],
    ]


def test_docling_reads_in_the_order_of_its_tree_without_other_layers() -> None:
    document = """{"body": {"children": [{"$ref": "#/texts/1"}, {"$ref": "#/texts/0"}]}, "texts": [
        {"label": "text", "text": "two", "children": []},
        {"label": "section_header", "level": 1, "text": "one", "children": [{"$ref": "#/texts/2"}]},
        {"label": "text", "text": "page", "content_layer": "furniture", "children": []}]}"""

    found = docling_reading(document)

    assert found.words == ["one", "two"]
    assert found.headings == [(1, "one")]


@pytest.mark.parametrize(
    ("found", "expected", "order"),
    [("a b c", "a b c", 1.0), ("c b a", "a b c", 1 / 3), ("a x b", "b a", 0.5)],
)
def test_order_is_the_longest_common_subsequence_of_what_both_have(
    found: str, expected: str, order: float
) -> None:
    result = score(Reading(words=found.split()), Reading(words=expected.split()))

    assert result.order == pytest.approx(order)


def test_what_may_be_left_out_counts_for_recall_and_not_against_precision() -> None:
    found = Reading(words=["a", "b"], more=["footer"])
    expected = Reading(words=["a", "footer"], more=["b"])

    result = score(found, expected)

    assert (result.recall, result.precision) == (1.0, 1.0)


def test_titles_are_compared_where_they_are_expected_as_headings() -> None:
    found = Reading(words=["a"], headings=[(0, "title"), (1, "a")])

    alone = score(found, Reading(words=["a"], headings=[(1, "a")]))
    both = score(found, Reading(words=["a"], headings=[(0, "other"), (1, "a")]))

    assert (alone.headings, both.headings) == (Agreement(1, 2), Agreement(1, 4))


def test_a_formula_is_compared_by_what_it_says() -> None:
    assert plain_latex(r"\frac{n\pi x}{L}").split() == ["nπx", "L"]
