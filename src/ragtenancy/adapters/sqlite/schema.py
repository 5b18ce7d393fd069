"""The tables, and the migration of older files.

Each script is one version; a script that was released is never changed. One for `TENANT` comes with
one for `CONTROL`, be it empty: control.db is opened at every start and always before the tenants'
files, so that its version stands for the whole folder. Times are whole microseconds since 1970.
`body` is the record as `RecordCodec` writes it; the other columns are for queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import apsw

from ragtenancy.domain.errors import NewerStateError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Return the microseconds of a timezone-aware time."""
    return (time - EPOCH) // MICROSECOND


def microseconds_or_none(time: datetime | None) -> int | None:
    """Return the microseconds of a time, None without one."""
    return None if time is None else microseconds(time)


CONTROL = (
    """
    CREATE TABLE tenants (
        tenant_id TEXT PRIMARY KEY NOT NULL,
        tenant_uid TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE tenant_configs (
        tenant_uid TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (tenant_uid, version)
    ) WITHOUT ROWID;
    CREATE TABLE api_keys (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        key_id TEXT NOT NULL UNIQUE,
        tenant_uid TEXT NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX api_keys_by_tenant ON api_keys (tenant_uid, sequence);
    CREATE TABLE jobs (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_uid TEXT NOT NULL,
        job_id TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        not_before INTEGER,
        holder TEXT,
        lease_until INTEGER,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (tenant_uid, job_id)
    );
    CREATE INDEX jobs_by_tenant ON jobs (tenant_uid, sequence);
    CREATE INDEX jobs_by_tenant_and_status ON jobs (tenant_uid, status, sequence);
    CREATE INDEX jobs_by_status ON jobs (status, sequence);
    CREATE INDEX jobs_queued ON jobs (created_at, sequence, tenant_uid, not_before)
        WHERE status = 'queued';
    CREATE INDEX jobs_running ON jobs (tenant_uid, holder, lease_until, created_at)
        WHERE status = 'running';
    CREATE TABLE deletions (
        deletion_id TEXT PRIMARY KEY NOT NULL,
        tenant_id TEXT NOT NULL,
        namespace TEXT NOT NULL,
        status TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX deletions_unfinished ON deletions (tenant_id, namespace)
        WHERE status <> 'verified';
    """,
    """
    ALTER TABLE jobs ADD COLUMN leased_at INTEGER;
    CREATE INDEX jobs_leased ON jobs (tenant_uid, leased_at) WHERE leased_at IS NOT NULL;
    DROP INDEX jobs_queued;
    CREATE INDEX jobs_queued ON jobs (tenant_uid, created_at, sequence, not_before)
        WHERE status = 'queued';
    """,
    """
    CREATE TABLE intents (
        tenant_uid TEXT NOT NULL,
        intent_id TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (tenant_uid, intent_id)
    ) WITHOUT ROWID;
    CREATE INDEX intents_by_time ON intents (opened_at);
    CREATE TABLE duties (
        duty TEXT PRIMARY KEY NOT NULL,
        taken_until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE derived_since (
        tenant_uid TEXT PRIMARY KEY NOT NULL,
        oldest INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX derived_since_by_time ON derived_since (oldest);
    """,
    "",
    "",
    """
    CREATE TABLE webhooks (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_uid TEXT NOT NULL,
        webhook_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (tenant_uid, webhook_id)
    );
    CREATE TABLE webhook_deliveries (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_uid TEXT NOT NULL,
        delivery_id TEXT NOT NULL,
        webhook_id TEXT NOT NULL,
        due_at INTEGER,
        updated_at INTEGER NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (tenant_uid, delivery_id)
    );
    CREATE INDEX webhook_deliveries_by_webhook
        ON webhook_deliveries (tenant_uid, webhook_id, sequence);
    CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, sequence)
        WHERE due_at IS NOT NULL;
    CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (updated_at) WHERE due_at IS NULL;
    """,
    "",
    """
    CREATE TABLE job_ends (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_uid TEXT NOT NULL,
        job_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (tenant_uid, job_id, version)
    );
    CREATE TRIGGER job_ended AFTER UPDATE OF status ON jobs
    WHEN new.status IN ('succeeded', 'failed', 'cancelled')
        AND old.status NOT IN ('succeeded', 'failed', 'cancelled')
    BEGIN
        INSERT INTO job_ends (tenant_uid, job_id, version, body)
            VALUES (new.tenant_uid, new.job_id, new.version, new.body);
    END;
    INSERT INTO job_ends (tenant_uid, job_id, version, body)
        SELECT jobs.tenant_uid, job_id, version, jobs.body FROM intents
        JOIN jobs ON jobs.tenant_uid = intents.tenant_uid AND intent_id = 'announce-' || job_id
        WHERE status IN ('succeeded', 'failed', 'cancelled');
    DELETE FROM intents WHERE intent_id LIKE 'announce-%';
    DROP INDEX webhook_deliveries_due;
    CREATE INDEX webhook_deliveries_due
        ON webhook_deliveries (tenant_uid, due_at, sequence, webhook_id) WHERE due_at IS NOT NULL;
    ALTER TABLE jobs ADD COLUMN size_class INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN ranked_at INTEGER NOT NULL DEFAULT 0;
    UPDATE jobs SET ranked_at = created_at;
    DROP INDEX jobs_queued;
    CREATE INDEX jobs_queued
        ON jobs (tenant_uid, size_class, ranked_at, sequence, not_before, created_at)
        WHERE status = 'queued';
    """,
    """
    CREATE TABLE deletion_ledger (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_uid TEXT NOT NULL,
        kind TEXT NOT NULL,
        object_id TEXT NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (tenant_uid, kind, object_id)
    );
    CREATE INDEX deletion_ledger_by_tenant ON deletion_ledger (tenant_uid, sequence);
    CREATE TABLE installation (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        installation_id TEXT NOT NULL,
        ledger_since INTEGER NOT NULL
    );
    INSERT INTO installation VALUES (
        1, lower(hex(randomblob(16))), CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    );
    CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY NOT NULL,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        tenant_uid TEXT,
        body BLOB NOT NULL
    );
    CREATE INDEX audit_by_tenant ON audit (tenant_uid, sequence) WHERE tenant_uid IS NOT NULL;
    CREATE INDEX audit_by_action ON audit (action, sequence);
    CREATE INDEX audit_by_time ON audit (at);
    CREATE TRIGGER audit_never_changed BEFORE UPDATE ON audit BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
    CREATE TRIGGER audit_never_replaced BEFORE INSERT ON audit
    WHEN new.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM audit) BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
    CREATE TRIGGER audit_never_removed BEFORE DELETE ON audit BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
    """,
)

TENANT = (
    """
    CREATE TABLE tenant (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        uid TEXT NOT NULL,
        generation INTEGER NOT NULL DEFAULT 0,
        log_starts INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE documents (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL UNIQUE,
        filename TEXT,
        content_hash TEXT,
        size INTEGER NOT NULL,
        status TEXT NOT NULL,
        pending_job TEXT,
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX documents_by_content ON documents (content_hash, filename);
    CREATE INDEX documents_by_status ON documents (status, sequence);
    CREATE INDEX documents_by_job ON documents (pending_job) WHERE pending_job IS NOT NULL;
    CREATE TABLE changes (
        generation INTEGER PRIMARY KEY,
        document_id TEXT NOT NULL,
        old_revision TEXT,
        new_revision TEXT
    );
    CREATE TABLE revisions (
        number INTEGER PRIMARY KEY,
        document_id TEXT NOT NULL,
        revision TEXT NOT NULL,
        UNIQUE (document_id, revision)
    );
    CREATE TABLE chunks (
        revision_number INTEGER NOT NULL REFERENCES revisions (number) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        section_ordinal INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (revision_number, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE vectors (
        document_id TEXT NOT NULL,
        revision TEXT NOT NULL,
        row_count INTEGER NOT NULL,
        dimension INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (document_id, revision)
    );
    CREATE TABLE conversations (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL UNIQUE,
        user_id TEXT,
        body BLOB NOT NULL
    );
    CREATE INDEX conversations_by_user ON conversations (user_id, sequence)
        WHERE user_id IS NOT NULL;
    CREATE TABLE turns (
        session_id TEXT NOT NULL REFERENCES conversations (session_id) ON DELETE CASCADE,
        turn_index INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (session_id, turn_index)
    ) WITHOUT ROWID;
    CREATE TABLE session_locks (
        session_id TEXT PRIMARY KEY NOT NULL,
        token TEXT NOT NULL,
        held_until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX session_locks_by_time ON session_locks (held_until);
    CREATE TABLE idempotency_keys (
        key TEXT PRIMARY KEY NOT NULL,
        expires_at INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX idempotency_keys_by_time ON idempotency_keys (expires_at);
    CREATE TABLE derived (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        written_at INTEGER NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    CREATE INDEX derived_by_time ON derived (written_at);
    """,
    """
    CREATE TABLE sentence_vectors (
        revision_number INTEGER NOT NULL REFERENCES revisions (number) ON DELETE CASCADE,
        digest BLOB NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (revision_number, digest)
    ) WITHOUT ROWID;
    """,
    """
    UPDATE documents SET status = 'cancelled'
        WHERE status = 'failed' AND json_extract(CAST(body AS TEXT), '$.pending_error') = 'cancelled';
    """,
    """
    CREATE TABLE totals (documents INTEGER NOT NULL, bytes INTEGER NOT NULL);
    INSERT INTO totals SELECT count(*), coalesce(sum(size), 0) FROM documents;
    CREATE TRIGGER totals_added AFTER INSERT ON documents BEGIN
        UPDATE totals SET documents = documents + 1, bytes = bytes + new.size;
    END;
    CREATE TRIGGER totals_removed AFTER DELETE ON documents BEGIN
        UPDATE totals SET documents = documents - 1, bytes = bytes - old.size;
    END;
    CREATE TRIGGER totals_changed AFTER UPDATE OF size ON documents BEGIN
        UPDATE totals SET bytes = bytes + new.size - old.size;
    END;
    """,
    """
    CREATE TABLE feedback (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        turn_index INTEGER NOT NULL,
        given_at INTEGER NOT NULL,
        UNIQUE (session_id, turn_index),
        FOREIGN KEY (session_id, turn_index) REFERENCES turns (session_id, turn_index)
            ON DELETE CASCADE
    );
    """,
    """
    CREATE TABLE usage (
        day TEXT NOT NULL,
        key_id TEXT NOT NULL,
        model TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (day, key_id, model)
    ) WITHOUT ROWID;
    CREATE TABLE usage_reservations (
        reservation_id TEXT PRIMARY KEY NOT NULL,
        expires_at INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX usage_reservations_by_time ON usage_reservations (expires_at);
    CREATE TABLE usage_marks (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
    """,
)


def version_of(connection: apsw.Connection) -> int:
    """Return the number of scripts applied to a file; 0 if it is not set up."""
    return int(connection.pragma("user_version"))


def require_known(connection: apsw.Connection, scripts: Sequence[str]) -> None:
    """Raise `NewerStateError` for a file written by a newer version."""
    present = version_of(connection)
    if present > len(scripts):
        raise NewerStateError(connection.filename, present, len(scripts))


def migrate(connection: apsw.Connection, scripts: Sequence[str]) -> None:
    """Migrate a file within the caller's transaction; concurrent callers take turns.

    Raises `NewerStateError` for a file written by a newer version.
    """
    require_known(connection, scripts)
    present = version_of(connection)
    for script in scripts[present:]:
        connection.execute(script)
    if present < len(scripts):
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
