"""What other programs' records tell: text, document, page.

The shapes are those that LangChain's and LlamaIndex's Pinecone stores write:
`node_to_metadata_dict` (llama_index/core/vector_stores/utils.py), `add_texts`
(langchain_pinecone/vectorstores.py), metadata of `PyPDFLoader` and of LangChain JS's loaders
(https://js.langchain.com/docs/integrations/document_loaders/file_loaders/pdf).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ragtenancy.domain.foreign_records import (
    MAX_CARRIED_BYTES,
    carried,
    clue_of,
    document_of,
    filename,
    pages_of,
    section_of,
    text_of,
)

NODE = {
    "id_": "be08c8bc-f43e-4a71-ba64-e525921a8319",
    "embedding": None,
    "metadata": {"page_label": "3", "file_name": "guide.pdf"},
    "relationships": {"1": {"node_id": "2cbecdbb", "node_type": "4", "metadata": {}}},
    "text": "Open the menu.",
    "start_char_idx": 40,
    "end_char_idx": 54,
    "class_name": "TextNode",
}


def llama(page: int = 3, **changes: Any) -> dict[str, Any]:
    """Return a record's metadata as LlamaIndex writes it."""
    return {
        "page_label": str(page),
        "file_name": "guide.pdf",
        "file_path": "/data/guide.pdf",
        "_node_content": json.dumps(NODE | changes),
        "_node_type": "TextNode",
        "document_id": f"of-page-{page}",
        "doc_id": f"of-page-{page}",
        "ref_doc_id": f"of-page-{page}",
    }


@pytest.mark.parametrize("key", ["text", "page_content", "chunk_text", "content", "chunk"])
def test_a_text_is_found_under_the_usual_keys(key: str) -> None:
    assert text_of({"source": "a.pdf", key: " Open the menu. "}) == " Open the menu. "


def test_a_text_is_found_in_a_node() -> None:
    assert text_of(llama()) == "Open the menu."


def test_a_text_is_found_in_a_newer_nodes_resource() -> None:
    newer = llama(text=None, text_resource={"text": "In the resource.", "mimetype": "text/plain"})

    assert text_of(newer) == "In the resource."


def test_a_text_is_found_under_the_operators_key() -> None:
    assert text_of({"body": "Open.", "content": "No."}, "body") == "Open."


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1]",
        "[" * 100_000,
        '{"text": 7}',
        '{"a":' * 50_000,
        '{"text": "\\ud800"}',
        7,
        None,
    ],
)
def test_a_node_that_cannot_be_read_has_no_text(content: object) -> None:
    assert text_of({"_node_content": content}) == ""


@pytest.mark.parametrize("value", ["", "  \n", 7, None, ["Open"], True])
def test_what_is_not_a_text_is_none(value: object) -> None:
    assert text_of({"text": value}) == ""


def test_pages_of_a_nodes_file_are_one_document() -> None:
    keys = {document_of(llama(page)).key for page in (1, 2, 3)}

    assert keys == {"/data/guide.pdf"}


def test_two_documents_of_one_filename_stay_two() -> None:
    one, other = (document_of({"document_id": i, "filename": "guide.pdf"}) for i in ("7", "8"))

    assert one.key != other.key
    assert one.filename == other.filename == "guide.pdf"


def test_files_of_one_name_in_two_folders_stay_two() -> None:
    one, other = (document_of({"source": f"/data/{d}/guide.pdf"}) for d in ("a", "b"))

    assert one.key != other.key
    assert one.filename == other.filename == "guide.pdf"


def test_an_id_that_pinecone_made_a_float_is_the_same_id() -> None:
    assert document_of({"document_id": 7.0}).key == document_of({"document_id": "7"}).key == "7"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("/home/me/docs/Guide 1.pdf", "Guide 1.pdf"),
        ("C:\\docs\\Guide.docx", "Guide.docx"),
        ("https://example.com/docs/start", "https://example.com/docs/start"),
        ("guide\n\u202epdf", "guide pdf"),
        ("/", "migrated"),
        ("x" * 400, "x" * 255),
    ],
)
def test_a_filename_is_printable_and_bounded(given: str, shown: str) -> None:
    assert filename(given) == shown


def test_a_record_without_any_name_belongs_to_one_common_document() -> None:
    assert document_of({"document_id": "None", "text": "x"}).key == "migrated"


def test_pages_counted_from_zero_are_raised() -> None:
    assert pages_of([{"page": 0.0}, {"page": 1.0}, {}]) == [1, 2, None]


def test_pages_counted_from_one_are_kept() -> None:
    assert pages_of([{"page": 1}, {"page_number": "2"}, {"loc.pageNumber": 3.0}]) == [1, 2, 3]


def test_a_printed_label_is_the_page() -> None:
    assert pages_of([{"page": 0, "page_label": "5"}, {"page": 1, "page_label": "iv"}]) == [5, 2]


def test_a_clue_has_the_numbers_of_the_metadata() -> None:
    clue = clue_of("x", {"chunk_index": 3.0, "page": "2", "start_index": 1_200})

    assert (clue.index, clue.page, clue.start) == (3, 2, 1_200)


def test_a_clue_has_the_offset_of_a_node() -> None:
    clue = clue_of("x", llama())

    assert (clue.page, clue.start) == (3, 40)


@pytest.mark.parametrize("value", [True, -1, 1.5, "1a", "", None, [1], 10**20, float("nan")])
def test_what_is_no_position_is_no_clue(value: object) -> None:
    assert clue_of("x", {"chunk_index": value}).index is None


def test_a_title_is_not_preferred_to_a_file() -> None:
    named = document_of({"source": "/docs/guide.pdf", "title": "Microsoft Word - x.docx"})

    assert (named.key, named.filename) == ("/docs/guide.pdf", "guide.pdf")
    assert document_of({"title": "1984"}).filename == "1984"


def test_headers_of_markdown_are_a_section() -> None:
    metadata = {"Header 1": "Guide", "Header 2": "Reports", "text": "x"}

    assert section_of(metadata) == ("Guide", "Reports")


def test_a_section_is_a_path_or_a_list() -> None:
    assert section_of({"section": "Guide > Parts"}) == ("Guide", "Parts")
    assert section_of({"section": ["Guide", "Parts"]}) == ("Guide", "Parts")


def test_metadata_that_leaves_no_room_loses_its_largest_values() -> None:
    metadata = {"text": "x" * 20_000, "_node_content": "y" * 20_800, "page": 1}

    kept = carried(metadata)

    assert set(kept) == {"text", "page"}
    assert len(json.dumps(kept)) < MAX_CARRIED_BYTES
    assert carried({"text": "x", "tags": ["a"]}) == {"text": "x", "tags": ["a"]}
