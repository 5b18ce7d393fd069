"""A job's states: leases, attempts, backoff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.ids import DocumentId, JobId, TenantId, TenantUid
from ragtenancy.domain.jobs import (
    LEASE,
    MAX_ATTEMPTS,
    MAX_BACKOFF,
    REINDEX_PATIENCE,
    IngestionCounts,
    Job,
    JobError,
    JobStatus,
    Step,
    new_job,
)
from tests.factories import ACME

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ERROR = JobError(code="unavailable", detail="The model is away.")


def job() -> Job:
    return Job(
        job_id=JobId("job_1"),
        tenant_id=TenantId("acme"),
        tenant_uid=TenantUid("t" + "a" * 26),
        document_id=DocumentId("doc_1"),
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_lease_raises_the_fence_and_counts_an_attempt() -> None:
    leased = job().leased("host:1:1", NOW)

    assert (leased.fence, leased.attempts, leased.status) == (1, 1, JobStatus.RUNNING)


def test_a_running_job_is_not_taken_before_its_lease_expires() -> None:
    leased = job().leased("host:1:1", NOW)

    assert not leased.takeable(NOW + LEASE - timedelta(seconds=1))


def test_a_running_job_is_taken_once_its_lease_expired() -> None:
    assert job().leased("host:1:1", NOW).takeable(NOW + LEASE)


def test_a_running_job_of_a_dead_holder_is_taken_at_once() -> None:
    assert job().leased("host:1:1", NOW).takeable(NOW, frozenset({"host:1:1"}))


def test_a_step_renews_the_lease() -> None:
    later = job().leased("host:1:1", NOW).at_step(Step.EMBED, 0.5, NOW + timedelta(seconds=20))

    assert not later.takeable(NOW + LEASE)


def test_a_job_put_back_waits_before_its_next_attempt() -> None:
    waiting = job().leased("host:1:1", NOW).put_back(ERROR, NOW, 1.0)

    assert (waiting.status, waiting.takeable(NOW)) == (JobStatus.QUEUED, False)


@pytest.mark.parametrize(
    ("asked", "waits"), [(0, 2), (1, 2), (60, 60), (10_000, 300)], ids=["0", "1", "60", "10,000"]
)
def test_a_job_waits_as_long_as_the_backend_asks_for(asked: int, waits: int) -> None:
    wanted = timedelta(seconds=asked)
    waiting = job().leased("host:1:1", NOW).put_back(ERROR, NOW, 1.0, at_least=wanted)

    assert waiting.not_before == NOW + timedelta(seconds=waits)


def test_a_job_fails_for_good_when_its_attempts_are_exhausted() -> None:
    current = job()
    for _ in range(MAX_ATTEMPTS):
        current = current.leased("host:1:1", NOW).put_back(ERROR, NOW, 1.0)

    assert (current.status, current.error and current.error.code) == (
        JobStatus.FAILED,
        "attempts_exhausted",
    )


def test_a_worker_that_stops_in_order_gives_its_attempt_back() -> None:
    assert job().leased("host:1:1", NOW).released(NOW).attempts == 0


def test_a_finished_job_is_not_queued_again_when_its_worker_stops() -> None:
    done = job().leased("host:1:1", NOW).succeeded(IngestionCounts(total_chunks=1), NOW)

    assert done.released(NOW) == done


def test_a_finished_job_cannot_be_cancelled() -> None:
    done = job().leased("host:1:1", NOW).succeeded(IngestionCounts(total_chunks=1), NOW)

    with pytest.raises(ConflictError, match="finished"):
        done.cancelled(NOW)


def test_a_running_job_cannot_be_retried() -> None:
    with pytest.raises(ConflictError, match="retried"):
        job().leased("host:1:1", NOW).retried(NOW)


def test_a_retried_job_starts_its_attempts_afresh_and_keeps_its_fence() -> None:
    retried = job().leased("host:1:1", NOW).failed(ERROR, NOW).retried(NOW)

    assert (retried.attempts, retried.fence, retried.error) == (0, 1, None)


@given(attempts=st.integers(1, MAX_ATTEMPTS - 1), jitter=st.floats(0.5, 1.0))
def test_a_delay_is_bounded(attempts: int, jitter: float) -> None:
    current = job()
    for _ in range(attempts):
        current = current.leased("host:1:1", NOW)
    waiting = current.put_back(ERROR, NOW, jitter)

    assert waiting.not_before is not None
    assert timedelta(0) < waiting.not_before - NOW <= MAX_BACKOFF


class JobLife(RuleBasedStateMachine):
    """Whatever happens, fences rise, finished jobs hold no lease, attempts stay bounded."""

    def __init__(self) -> None:
        super().__init__()
        self.job = job()
        self.fences = [0]

    @rule(late=st.integers(0, 600))
    def lease(self, late: int) -> None:
        now = NOW + timedelta(seconds=late)
        if self.job.takeable(now) and self.job.attempts < MAX_ATTEMPTS:
            self.job = self.job.leased("host:1:1", now)
            self.fences.append(self.job.fence)

    @rule(jitter=st.floats(0.5, 1.0))
    def put_back(self, jitter: float) -> None:
        if self.job.status is JobStatus.RUNNING:
            self.job = self.job.put_back(ERROR, NOW, jitter)

    @rule()
    def succeed(self) -> None:
        if self.job.status is JobStatus.RUNNING:
            self.job = self.job.succeeded(IngestionCounts(total_chunks=1), NOW)

    @rule()
    def cancel(self) -> None:
        if not self.job.finished:
            self.job = self.job.cancelled(NOW)

    @rule()
    def retry(self) -> None:
        if self.job.status in {JobStatus.FAILED, JobStatus.CANCELLED}:
            self.job = self.job.retried(NOW)

    @invariant()
    def fences_only_rise(self) -> None:
        assert self.fences == sorted(set(self.fences))

    @invariant()
    def only_a_running_job_holds_a_lease(self) -> None:
        assert (self.job.lease is not None) == (self.job.status is JobStatus.RUNNING)

    @invariant()
    def attempts_are_bounded(self) -> None:
        assert 0 <= self.job.attempts <= MAX_ATTEMPTS


TestJobLife = JobLife.TestCase


LATER = NOW + timedelta(seconds=5)


def test_a_step_and_its_progress_are_noted() -> None:
    at = job().leased("host:1:1", NOW).at_step(Step.EMBED, 0.5, LATER)

    assert (at.step, at.progress, at.updated_at) == (Step.EMBED, 0.5, LATER)


def test_a_job_that_its_worker_lost_is_queued_at_once_and_keeps_its_attempts() -> None:
    given_up = job().leased("host:1:1", NOW).at_step(Step.EMBED, 0.5, NOW).given_up(LATER)

    assert (given_up.status, given_up.step, given_up.lease) == (JobStatus.QUEUED, None, None)
    assert (given_up.attempts, given_up.fence, given_up.updated_at) == (1, 1, LATER)
    assert given_up.takeable(LATER)


def test_a_job_that_waits_for_reindexing_says_why_and_keeps_its_attempt() -> None:
    leased = job().leased("host:1:1", NOW).at_step(Step.EMBED, 0.5, NOW)

    waiting = leased.waiting_for_reindex(ERROR, LATER)

    assert (waiting.error, waiting.progress, waiting.attempts) == (ERROR, 0.0, 0)
    assert (waiting.status, waiting.updated_at) == (JobStatus.QUEUED, LATER)
    assert not waiting.takeable(LATER + REINDEX_PATIENCE - timedelta(microseconds=1))
    assert waiting.takeable(LATER + REINDEX_PATIENCE)


def test_an_uploads_job_is_its_tenants_and_waits() -> None:
    made = new_job(ACME, DocumentId("doc_1"), JobId("job_1"), NOW, size=1)

    assert (made.tenant_id, made.tenant_uid) == (ACME.tenant_id, ACME.tenant_uid)
    assert (made.document_id, made.job_id) == (DocumentId("doc_1"), JobId("job_1"))
    assert (made.created_at, made.updated_at) == (NOW, NOW)
    assert made.takeable(NOW)
