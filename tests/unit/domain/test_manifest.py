"""The active documents at a generation, and filters over them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.documents import ManifestDelta, ManifestEntry, MetadataValue
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import DocumentId, Fingerprint, Revision
from ragtenancy.domain.manifest import EMPTY, Manifest, SearchFilters

HELD = st.dictionaries(st.sampled_from(["d1", "d2", "d3", "d4"]), st.sampled_from(["1-1", "2-1"]))


def entry(
    document_id: str,
    revision: str = "1-1",
    *,
    fingerprint: str = "model",
    **metadata: MetadataValue,
) -> ManifestEntry:
    return ManifestEntry(
        document_id=DocumentId(document_id),
        revision=Revision(revision),
        filename=f"{document_id}.docx",
        version=1,
        metadata=metadata,
        total_chunks=1,
        embedding_fingerprint=Fingerprint(fingerprint),
    )


def manifest(*entries: ManifestEntry, generation: int = 1) -> Manifest:
    return Manifest(generation=generation, entries={e.document_id: e for e in entries})


def allowed(filters: SearchFilters | None, *entries: ManifestEntry) -> set[str] | None:
    documents = manifest(*entries).allowed(filters)
    return None if documents is None else set(documents)


def test_a_difference_adds_replaces_and_removes() -> None:
    before = manifest(entry("d1"), entry("d2"))
    delta = ManifestDelta(
        generation=4,
        whole=False,
        active=[entry("d1", "2-1"), entry("d3")],
        removed=[DocumentId("d2")],
    )

    after = before.applied(delta)

    assert after == manifest(entry("d1", "2-1"), entry("d3"), generation=4)
    assert before == manifest(entry("d1"), entry("d2"))


def test_a_whole_list_replaces_everything() -> None:
    delta = ManifestDelta(generation=9, whole=True, active=[entry("d3")])

    assert manifest(entry("d1")).applied(delta) == manifest(entry("d3"), generation=9)


def test_no_change_gives_the_same_manifest() -> None:
    before = manifest(entry("d1"), generation=3)

    assert before.applied(ManifestDelta(generation=3, whole=False)) is before


def test_a_document_removed_and_published_again_is_there() -> None:
    delta = ManifestDelta(
        generation=5, whole=False, active=[entry("d1", "2-1")], removed=[DocumentId("d1")]
    )

    assert manifest(entry("d1")).applied(delta) == manifest(entry("d1", "2-1"), generation=5)


@given(held=HELD, wanted=HELD)
def test_the_difference_leads_from_what_is_held_to_the_manifest(
    held: dict[str, str], wanted: dict[str, str]
) -> None:
    index = {DocumentId(d): Revision(r) for d, r in held.items()}
    target = manifest(*(entry(d, r) for d, r in wanted.items()))

    load, drop = target.difference(index)

    kept = {d: r for d, r in index.items() if d not in drop}
    loaded = {e.document_id: e.revision for e in load}
    assert {**kept, **loaded} == {e.document_id: e.revision for e in target.entries.values()}
    assert not kept.keys() & loaded.keys()
    assert len(set(drop)) == len(drop)
    assert set(drop) <= index.keys()


def test_every_document_passes_without_a_filter() -> None:
    entries = (entry("d1"), entry("d2"))

    assert allowed(None, *entries) is None
    assert allowed(SearchFilters(), *entries) is None
    assert allowed(SearchFilters(metadata={}), *entries) is None


def test_an_empty_list_of_documents_lets_none_pass() -> None:
    assert allowed(SearchFilters(document_ids=[]), entry("d1")) == set()


def test_a_list_of_values_means_any_of_them() -> None:
    entries = (entry("d1", kind="a"), entry("d2", kind="b"), entry("d3", kind="c"), entry("d4"))

    assert allowed(SearchFilters(metadata={"kind": ["a", "b"]}), *entries) == {"d1", "d2"}


def test_every_key_must_match() -> None:
    entries = (entry("d1", kind="a", year=2024), entry("d2", kind="a", year=2025))
    filters = SearchFilters(metadata={"kind": ["a"], "year": [2025]})

    assert allowed(filters, *entries) == {"d2"}


def test_documents_and_metadata_must_both_match() -> None:
    entries = (entry("d1", kind="a"), entry("d2", kind="a"), entry("d3", kind="b"))
    ids = [DocumentId("d1"), DocumentId("d3")]

    assert allowed(SearchFilters(document_ids=ids, metadata={"kind": ["a"]}), *entries) == {"d1"}


@pytest.mark.parametrize(
    ("stored", "wanted", "passes"),
    [(1, True, False), (True, 1, False), (1, 1.0, True), ("1", 1, False), (True, True, True)],
)
def test_truth_is_not_a_number(
    stored: MetadataValue, wanted: MetadataValue, *, passes: bool
) -> None:
    found = allowed(SearchFilters(metadata={"key": [wanted]}), entry("d1", key=stored))

    assert (found == {"d1"}) is passes


def test_documents_of_two_models_need_a_reindex() -> None:
    mixed = manifest(entry("d1"), entry("d2", fingerprint="old"))

    with pytest.raises(ReindexRequiredError):
        _ = mixed.embedding_fingerprint


def test_the_documents_say_which_model_embedded_them() -> None:
    one = manifest(entry("d1", fingerprint="old"), entry("d2", fingerprint="old"))

    assert one.embedding_fingerprint == "old"


def test_an_empty_manifest_is_of_no_model() -> None:
    assert EMPTY.embedding_fingerprint is None
