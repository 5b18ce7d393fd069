"""Scopes cannot be empty, default or malformed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain import ids
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    ConflictError,
    IsolationBreach,
    MalformedError,
)
from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from tests.factories import NOW, tenant

UID = TenantUid("t" + "a" * 26)
LATER = NOW + timedelta(days=1)


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

    with pytest.raises(ConflictError, match=r"^The client is being deleted\.$") as refused:
        deleting.changed(at=NOW, status=TenantStatus.ACTIVE)

    assert refused.value.reason == "client_deleting"


def test_a_scope_holds_what_it_was_made_of() -> None:
    scope = TenantScope(tenant_id=TenantId("acme"), tenant_uid=UID, namespace=Namespace("ns"))

    assert (scope.tenant_id, scope.tenant_uid, scope.namespace) == ("acme", UID, "ns")


def test_a_tenants_scope_is_its_own() -> None:
    owner = tenant()

    assert owner.scope == TenantScope(
        tenant_id=owner.tenant_id, tenant_uid=owner.tenant_uid, namespace=owner.namespace
    )


def test_what_is_not_changed_stays() -> None:
    before = tenant(name="Acme")

    renamed = before.changed(at=LATER, name="Acme Ltd")
    suspended = renamed.changed(at=LATER, status=TenantStatus.SUSPENDED)

    assert (renamed.name, renamed.status, renamed.updated_at) == (
        "Acme Ltd",
        TenantStatus.ACTIVE,
        LATER,
    )
    assert (suspended.name, suspended.status) == ("Acme Ltd", TenantStatus.SUSPENDED)


def test_data_of_another_tenant_is_a_breach() -> None:
    with pytest.raises(IsolationBreach) as breach:
        tenant().scope.require_own(TenantUid("t" + "b" * 26), "vectors")

    assert breach.value.store == "vectors"


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETING])
def test_only_an_active_tenant_is_served(status: TenantStatus) -> None:
    tenant().require_active()

    with pytest.raises(ClientSuspendedError):
        tenant().changed(at=NOW, status=status).require_active()
