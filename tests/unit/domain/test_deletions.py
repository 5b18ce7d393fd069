"""How far the deletion of a client is."""

from __future__ import annotations

from datetime import timedelta

from ragtenancy.domain.deletions import DeletionStatus
from tests.factories import ACME, NOW, deletion

LATER = NOW + timedelta(minutes=5)


def test_it_is_verified_once_every_store_counts_zero() -> None:
    done = deletion(ACME, removed={}).counted(
        removed={"jobs": 2, "keys": 0}, remaining={"jobs": 0, "keys": 0}, at=LATER
    )

    assert (done.status, done.finished_at) == (DeletionStatus.VERIFIED, LATER)
    assert (done.removed, done.remaining) == ({"jobs": 2}, {"jobs": 0, "keys": 0})


def test_it_runs_on_while_a_store_holds_something() -> None:
    running = deletion(ACME, removed={}).counted(
        removed={"jobs": 2}, remaining={"jobs": 1}, at=LATER
    )

    assert (running.status, running.finished_at) == (DeletionStatus.RUNNING, None)
    assert running.remaining == {"jobs": 1}


def test_what_the_first_pass_found_was_removed() -> None:
    running = deletion(ACME, removed={}).counted(removed={"jobs": 2}, remaining={"jobs": 1}, at=NOW)

    done = running.counted(removed={"jobs": 1}, remaining={"jobs": 0}, at=LATER)

    assert done.removed == {"jobs": 2}


def test_its_scope_is_that_of_the_deleted_client() -> None:
    assert deletion(ACME, removed={}).scope == ACME
