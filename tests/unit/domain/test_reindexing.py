"""A document on its way to another model."""

from __future__ import annotations

import pytest
from msgspec import structs

from ragtenancy.domain.documents import Successor
from ragtenancy.domain.errors import LeaseLostError, ReindexRequiredError, StaleWriteError
from ragtenancy.domain.ids import Fingerprint, Revision
from ragtenancy.domain.reindexing import begun, is_ready, require_one_model, staged, switched
from tests.factories import active_document, active_version, document, upload

NEW = Fingerprint("model-2")
THIRD = Fingerprint("model-3")


def test_a_successors_revision_is_never_used_again() -> None:
    first = begun(active_document(), NEW)
    second = begun(structs.replace(first, successor=None), THIRD)
    switched_to = switched(staged(second, Revision("1-3"), 1), THIRD)

    third = begun(switched_to, NEW)

    taken = [d.successor.revision for d in (first, second, third) if d.successor]
    assert taken == ["1-2", "1-3", "1-4"]


def test_what_is_being_staged_stays() -> None:
    document = begun(active_document(pending=upload(2), fence=5), NEW)

    assert document.live_revisions == {"1-1", "1-2", "2-5"}
    assert document.deleted().live_revisions == {"2-5"}


def test_a_document_that_does_not_answer_has_no_successor() -> None:
    with pytest.raises(LeaseLostError):
        begun(document(), NEW)
    with pytest.raises(LeaseLostError):
        begun(active_document(deleting=True), NEW)


def test_only_who_began_a_successor_makes_it_whole() -> None:
    again = begun(begun(active_document(), NEW), NEW)

    with pytest.raises(LeaseLostError):
        staged(again, Revision("1-2"), 3)

    assert staged(again, Revision("1-3"), 4).successor == Successor(
        revision=Revision("1-3"), embedding_fingerprint=NEW, total_chunks=4
    )


def test_a_new_version_leaves_no_successor() -> None:
    document = begun(active_document(pending=upload(2), fence=1), NEW)

    published = document.published(upload(2).job_id, 1, active_version(2))

    assert published.successor is None


def test_a_successor_of_another_model_does_not_count() -> None:
    whole = staged(begun(active_document(), NEW), Revision("1-2"), 3)

    assert is_ready(whole, NEW)
    assert not is_ready(whole, THIRD)
    with pytest.raises(StaleWriteError):
        switched(whole, THIRD)


def test_documents_that_do_not_answer_are_of_any_model() -> None:
    hidden = active_document(document_id="hidden", deleting=True)

    require_one_model(active_document().document_id, NEW, [active_document(), document(), hidden])

    with pytest.raises(ReindexRequiredError):
        require_one_model(active_document().document_id, NEW, [active_document(document_id="b")])
