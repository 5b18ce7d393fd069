"""The survey of a foreign namespace, in memory."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.memory.foreign_namespaces import InMemoryForeignNamespaces
from ragtenancy.app.migration.namespace_survey import Survey, survey
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignRecord
from tests.library import ACME, OTHER, random_vectors

[ROW] = random_vectors(3, 1)


def record(record_id: str, **metadata: object) -> ForeignRecord:
    return ForeignRecord(id=record_id, values=ROW, metadata={"source": "a.pdf", **metadata})


async def surveyed(*records: ForeignRecord, scope: TenantScope | None = ACME) -> Survey:
    foreign = InMemoryForeignNamespaces()
    await foreign.write(DEFAULT_NAMESPACE, records)
    return await survey(foreign, DEFAULT_NAMESPACE, scope)


async def test_records_get_their_places_in_their_documents() -> None:
    found = await surveyed(
        record("a#chunk10", text="ten"),
        record("a#chunk9", text="nine"),
        record("b#1", text="one", source="b.pdf"),
    )

    assert found.places() == {
        "a#chunk9": ("a.pdf", 0),
        "a#chunk10": ("a.pdf", 1),
        "b#1": ("b.pdf", 0),
    }
    assert [document.is_ordered for document in found.documents] == [True, True]


async def test_the_digest_tells_a_change_of_places_but_not_of_the_reading_order() -> None:
    one, two, three = (record(f"a-{n}", text=f"text {n}") for n in range(3))

    digests = {(await surveyed(*some)).digest for some in ([one, two, three], [three, one, two])}

    assert len(digests) == 1
    assert (await surveyed(one, two)).digest not in digests


async def test_only_repeats_at_a_numbered_place_are_left_out() -> None:
    found = await surveyed(
        record("a", text="same", page=1),
        record("b", text="same", page=1),
        record("c", text="same", page=2),
        record("d", text="other", page=1),
    )

    assert (len(found.places()), found.duplicates) == (3, 1)


async def test_the_tenants_own_records_are_passed_over_and_anothers_refused() -> None:
    own = record("x", text="own", tenant_uid=ACME.tenant_uid)

    assert list((await surveyed(own, record("y", text="old"))).places()) == ["y"]
    with pytest.raises(InvalidError):
        await surveyed(record("z", text="other's", tenant_uid=OTHER.tenant_uid))
    with pytest.raises(InvalidError):
        await surveyed(own, scope=None)


async def test_of_one_named_client_every_record_is_taken() -> None:
    found = await surveyed(
        record("a", text="one", client_id="globex"), record("b", text="two", client_id="globex")
    )

    assert len(found.places()) == 2


async def test_records_without_text_are_counted_with_their_keys() -> None:
    found = await surveyed(record("a", text="one"), record("b", body="two", tags=["x"]))

    assert (found.without_text, set(found.keys)) == (1, {"source", "body", "tags"})


async def test_a_namespace_without_texts_or_records_is_refused() -> None:
    with pytest.raises(ConflictError, match="body"):
        await surveyed(record("b", body="two"))
    with pytest.raises(NotFoundError):
        await surveyed()
