"""Which use cases are written to the audit log, and how: the one list of administrative acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar

from ragtenancy.app.api_keys import ApiKeys, IssuedKey, Peppers, RotatedPepper
from ragtenancy.app.audit.acts import Act, Arguments, Audit
from ragtenancy.app.audit.notes import AuditNotes
from ragtenancy.app.audit.reading import AuditReports
from ragtenancy.app.chat.previews import Previews
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.conversations.feedback import TurnFeedback
from ragtenancy.app.maintenance.ledger_replay import LedgerReplay
from ragtenancy.app.migration.bundles import Bundles
from ragtenancy.app.migration.namespace_migration import NamespaceMigration
from ragtenancy.app.migration.prompt_migration import PromptMigration
from ragtenancy.app.reindexing.reindexing import Reindexing
from ragtenancy.app.reindexing.reparsing import Reparsing
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.domain.audit import AuditAction
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.audit import AuditLog
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.settings import Settings

Service = TypeVar("Service")


def compose_audit(audit_log: AuditLog, tenant_repository: TenantRepository, clock: Clock) -> Audit:
    """Compose the recording of administrative acts."""
    return Audit(audit_log, tenant_repository, clock)


def compose_audit_notes(audit_log: AuditLog, clock: Clock, closers: AsyncExitStack) -> AuditNotes:
    """Compose the notes of refusals, key uses and retrievals, stored before the log closes."""
    notes = AuditNotes(audit_log, clock)
    closers.push_async_callback(notes.store)
    return notes


def compose_audit_reports(audit_log: AuditLog, tenant_repository: TenantRepository) -> AuditReports:
    """Compose the reading of the audit log."""
    return AuditReports(audit_log, tenant_repository)


def audited(service: Service, audit: Audit) -> Service:
    """Return a service whose administrative acts are recorded."""
    for method, act in ACTS[type(service)].items():
        setattr(service, method, audit.recorded(getattr(service, method), act))
    return service


def noting_retrievals(retriever: Retriever, notes: AuditNotes, settings: Settings) -> Retriever:
    """Return a retriever that notes the chunks whose texts it reads, if the settings say so."""
    if not settings.audit_retrievals:
        return retriever
    read = retriever.texts

    async def texts(scope: TenantScope, hits: Sequence[RankedHit]) -> list[Chunk]:
        found = await read(scope, hits)
        notes.retrieved(scope, [chunk.chunk_id for chunk in found])
        return found

    retriever.texts = texts  # type: ignore[method-assign]
    return retriever


def _always(action: AuditAction) -> Callable[[Arguments], AuditAction]:
    return lambda _: action


def _named(*names: str) -> Callable[[Arguments], Sequence[object]]:
    return lambda arguments: [arguments[name] for name in names]


def _no_client(_: Arguments) -> None:
    return None


def _of_scope(arguments: Arguments) -> object:
    return arguments["scope"].tenant_id


def _change(arguments: Arguments) -> AuditAction:
    if arguments["status"] is TenantStatus.SUSPENDED:
        return AuditAction.CLIENT_SUSPEND
    if arguments["status"] is not None:
        return AuditAction.CLIENT_RESUME
    return AuditAction.CLIENT_RENAME


def _yes(_: Arguments) -> bool:
    return True


def _key(issued: IssuedKey) -> Sequence[object]:
    return [issued.record.key_id]


def _version(made: ConfigVersion | RotatedPepper) -> Sequence[object]:
    return [str(made.version)]


ACTS: Mapping[type, Mapping[str, Act]] = {
    Tenants: {
        "create": Act(action=_always(AuditAction.CLIENT_CREATE)),
        "adopt": Act(
            action=_always(AuditAction.CLIENT_CREATE),
            client=lambda arguments: arguments["client"].tenant_id,
        ),
    },
    TenantRecords: {
        "change": Act(
            action=_change,
            makes_room=lambda arguments: arguments["status"] is TenantStatus.SUSPENDED,
        ),
    },
    TenantDeletions: {
        "delete": Act(
            action=_always(AuditAction.CLIENT_DELETE),
            made=lambda deletion: [deletion.deletion_id],
            makes_room=_yes,
        ),
    },
    TenantConfigs: {
        "put": Act(action=_always(AuditAction.CONFIG_CHANGE), made=_version),
        "rollback": Act(action=_always(AuditAction.CONFIG_ROLLBACK), made=_version),
    },
    Previews: {"preview": Act(action=_always(AuditAction.CONFIG_PREVIEW))},
    TurnFeedback: {"page_of": Act(action=_always(AuditAction.FEEDBACK_READ))},
    ApiKeys: {
        "issue": Act(action=_always(AuditAction.KEY_CREATE), made=_key),
        "rotate": Act(action=_always(AuditAction.KEY_ROTATE), objects=_named("key_id"), made=_key),
        "revoke": Act(
            action=_always(AuditAction.KEY_REVOKE), objects=_named("key_id"), makes_room=_yes
        ),
        "adopt": Act(
            action=_always(AuditAction.KEY_ADOPT),
            client=lambda arguments: arguments["tenant"].tenant_id,
        ),
    },
    LedgerReplay: {
        "replay": Act(action=_always(AuditAction.INSTALLATION_RESTORE), client=_no_client)
    },
    Peppers: {
        "rotate": Act(action=_always(AuditAction.PEPPER_ROTATE), client=_no_client, made=_version),
    },
    Bundles: {
        "export": Act(action=_always(AuditAction.CLIENT_EXPORT)),
        "import_": Act(
            action=_always(AuditAction.CLIENT_IMPORT),
            client=lambda arguments: arguments["client_id"],
            made=lambda created: [created.tenant.tenant_id],
        ),
    },
    PromptMigration: {
        "migrate": Act(action=_always(AuditAction.MIGRATION_PROMPTS)),
        "undo": Act(action=_always(AuditAction.MIGRATION_PROMPTS_UNDO)),
    },
    NamespaceMigration: {
        "migrate": Act(action=_always(AuditAction.MIGRATION_COPY), objects=_named("source")),
        "rehearse": Act(
            action=_always(AuditAction.MIGRATION_REHEARSE),
            client=_no_client,
            objects=_named("source", "into"),
        ),
        "undo": Act(
            action=_always(AuditAction.MIGRATION_UNDO),
            client=_no_client,
            objects=_named("target"),
        ),
        "delete_source": Act(action=_always(AuditAction.MIGRATION_DELETE_SOURCE)),
    },
    Reindexing: {
        "reindex": Act(action=_always(AuditAction.CLIENT_REINDEX), client=_of_scope),
    },
    Reparsing: {
        "reparse": Act(action=_always(AuditAction.CLIENT_REPARSE), client=_of_scope),
    },
}
