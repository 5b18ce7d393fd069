"""Scopes cannot be empty, default or malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain import ids
from ragtenancy.domain.errors import ConflictError, MalformedError
from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from tests.factories import NOW, tenant

UID = TenantUid("t" + "a" * 26)


@pytest.mark.parametrize("namespace", ["", "__default__", " ", "a b", "ünï", "x" * 129, "a\n"])
def test_a_scope_refuses_a_namespace_that_is_not_the_tenants_own(namespace: str) -> None:
    with pytest.raises(ValueError, match="namespace"):
        TenantScope(tenant_id=TenantId("acme"), tenant_uid=UID, namespace=Namespace(namespace))


@pytest.mark.parametrize("uid", ["", "acme", "t" + "A" * 26, "t" + "a" * 26 + "\n"])
def test_a_scope_refuses_a_uid_of_another_form(uid: str) -> None:
    with pytest.raises(ValueError, match="uid"):
        TenantScope(
            tenant_id=TenantId("acme"), tenant_uid=TenantUid(uid), namespace=Namespace("acme")
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Acme",
        "acme\n",
        "\uff41\uff43\uff4d\uff45",
        "acm\u0435",
        "-acme",
        "acme-",
        "..",
        "a/b",
        "a\0",
        "x" * 64,
        " acme",
    ],
)
def test_look_alikes_are_refused_never_normalised(text: str) -> None:
    with pytest.raises(MalformedError):
        ids.tenant_id(text)


@pytest.mark.parametrize("text", ["a", "acme", "circular_ai", "a-b_c9", "x" * 63])
def test_good_ids_pass_unchanged(text: str) -> None:
    assert ids.tenant_id(text) == text


@given(st.tuples(st.text("ab_-", min_size=1), st.text("12-", min_size=1), st.integers(0, 999_999)))
def test_chunk_ids_keep_their_parts(parts: tuple[str, str, int]) -> None:
    document, revision, ordinal = parts
    chunk = ids.chunk_id(ids.DocumentId(document), ids.Revision(revision), ordinal)

    assert ids.parse_chunk_id(chunk) == (document, revision, ordinal)


def test_a_tenant_that_is_being_deleted_changes_no_more() -> None:
    deleting = tenant().changed(at=NOW, status=TenantStatus.DELETING)

    with pytest.raises(ConflictError, match="being deleted"):
        deleting.changed(at=NOW, status=TenantStatus.ACTIVE)
