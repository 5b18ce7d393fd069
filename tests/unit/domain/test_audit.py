"""The audit log's chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.audit import (
    GENESIS,
    AuditAction,
    AuditEntry,
    AuditEvent,
    AuditOutcome,
    Break,
    Fault,
    chained,
    fit,
    verified,
)
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import TenantId, TenantUid

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENT = AuditEvent(at=NOON, actor="ops", action=AuditAction.KEY_REVOKE, outcome=AuditOutcome.DONE)

events = st.builds(
    AuditEvent,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=st.sampled_from(("ops", "python", "cli:root")),
    action=st.sampled_from(AuditAction),
    outcome=st.sampled_from(AuditOutcome),
    client_id=st.none() | st.just(TenantId("acme")),
    client_uid=st.none() | st.just(TenantUid("t1")),
    objects=st.lists(st.from_regex(r"\A[a-z0-9]{1,8}\Z"), max_size=3).map(tuple),
    request_id=st.none() | st.just("req-1"),
    details=st.dictionaries(st.sampled_from(("count", "status")), st.integers(0, 9)),
)
logs = st.lists(events, min_size=2, max_size=6).map(lambda made: list(chained(None, made)))
CHANGES = {
    "at": NOON + timedelta(days=40_000),
    "actor": "somebody",
    "client_id": TenantId("globex"),
    "client_uid": TenantUid("t2"),
    "objects": ("elsewhere9",),
    "request_id": "req-2",
    "details": {"count": 10},
}


@given(logs)
def test_an_unchanged_log_is_intact(log: list[AuditEntry]) -> None:
    assert verified(log, log[-1].hash) is None


@given(logs, st.data())
def test_a_changed_field_is_named(log: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    field = data.draw(st.sampled_from(sorted(CHANGES)))
    event = structs.replace(log[place].event, **{field: CHANGES[field]})

    log[place] = structs.replace(log[place], event=event)

    assert verified(log) == Break(sequence=place + 1, fault=Fault.ALTERED)


@given(logs, st.data())
def test_a_changed_entry_with_its_hash_made_anew_breaks_the_next(
    log: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(log) - 2))
    event = structs.replace(log[place].event, actor="somebody")

    log[place] = AuditEntry.after(log[place - 1] if place else None, event)

    assert verified(log) == Break(sequence=place + 2, fault=Fault.UNLINKED)


@given(logs, st.data())
def test_a_removed_entry_is_noticed(log: list[AuditEntry], data: st.DataObject) -> None:
    head, place = log[-1].hash, data.draw(st.integers(0, len(log) - 1))

    del log[place]

    found = verified(log, head)
    assert found is not None
    assert found.sequence == place + 1


@given(logs, st.data())
def test_an_inserted_entry_is_noticed(log: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(log) - 1))

    log.insert(place, AuditEntry.after(log[place - 1], EVENT))

    found = verified(log)
    assert found is not None
    assert found.sequence in {place + 1, place + 2}


@given(logs, st.data())
def test_two_entries_that_changed_places_are_noticed(
    log: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(log) - 2))

    log[place], log[place + 1] = log[place + 1], log[place]

    assert verified(log) == Break(sequence=place + 1, fault=Fault.MISPLACED)


def test_a_log_cut_at_its_end_is_intact_without_a_known_head() -> None:
    log = chained(None, [EVENT, EVENT])

    assert verified(log[:1]) is None
    assert verified(log[:1], log[1].hash) == Break(sequence=2, fault=Fault.TRUNCATED)


def test_a_log_begun_anew_does_not_hold_the_known_head() -> None:
    log = chained(None, [EVENT, EVENT])
    other = chained(None, [structs.replace(EVENT, actor="somebody")] * 2)

    assert verified(other, log[1].hash) == Break(sequence=3, fault=Fault.TRUNCATED)


def test_the_hash_of_the_first_entry_is_that_of_its_canonical_form() -> None:
    entry = AuditEntry.after(None, EVENT)

    assert entry.previous == GENESIS
    canonical = (
        b'{"event":{"action":"key.revoke","actor":"ops","at":"2026-05-01T12:00:00Z",'
        b'"outcome":"done"},"previous":"' + b"0" * 64 + b'","sequence":1}'
    )
    assert entry.hash == sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "Jane Doe"},
        {"objects": ("what is the fee?",)},
        {"details": {"label": "two words"}},
        {"details": {"Not a name": 1}},
        {"objects": ("id",) * 201},
        {"at": NOON.replace(tzinfo=None)},
    ],
)
def test_an_event_that_could_hold_content_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        structs.replace(EVENT, **change)


def test_a_text_that_is_no_id_is_not_quoted() -> None:
    assert [fit("k1"), fit("two words"), fit(None), fit("line\nbreak")] == ["k1", "_", "_", "_"]


def test_an_api_key_given_for_an_id_is_not_quoted() -> None:
    key = f"rtk_prod_{'k' * 11}_{'s' * 49}"

    assert [fit(key), fit(f"id:{key}")] == ["_", "_"]
