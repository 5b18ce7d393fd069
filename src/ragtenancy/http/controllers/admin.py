"""The operator's routes: clients, their configurations and keys, all jobs, deletions."""

from __future__ import annotations

from datetime import timedelta

from litestar import Response

from ragtenancy.app.api_keys import ApiKeys
from ragtenancy.app.audit.reading import AuditQuestion, AuditReports
from ragtenancy.app.chat.previews import Previews
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.conversations.feedback import TurnFeedback
from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.app.usage.reports import UsageReports
from ragtenancy.domain.api_keys import ALL_SCOPES
from ragtenancy.domain.ids import ApiKeyId, DeletionId, TenantId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.principals import OperatorPrincipal
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.domain.usage import UsageBy
from ragtenancy.http.failures import BAD_CONFIG, GENERATION, NOT_OFFERED
from ragtenancy.http.requests import AnyRequest, accepts, etag
from ragtenancy.http.route import operator_route
from ragtenancy.http.views import audit as audit_view
from ragtenancy.http.views import chat as chat_view
from ragtenancy.http.views import clients as view
from ragtenancy.http.views import documents as document_view
from ragtenancy.http.views import usage as usage_view
from ragtenancy.wire.audit import AuditEntry, AuditQuery
from ragtenancy.wire.chat import FeedbackQuery, RatedTurn
from ragtenancy.wire.clients import (
    Client,
    ClientChange,
    CreatedClient,
    CreatedKey,
    Deletion,
    DeletionStarted,
    Key,
    KeyRotation,
    NewClient,
    NewKey,
)
from ragtenancy.wire.configs import (
    ConfigInput,
    ConfigPreview,
    ConfigVersion,
    EffectiveConfig,
    PreviewRequest,
    Rollback,
)
from ragtenancy.wire.documents import AllJobsQuery, Job
from ragtenancy.wire.pages import Page, PageQuery, page_of
from ragtenancy.wire.usage import UsageQuery, UsageReport

CLIENTS = "/api/v1/admin/clients"
CLIENT = CLIENTS + "/{client_id:str}"
CONFIG = CLIENT + "/config"
KEYS = CLIENT + "/keys"
CSV = "text/csv"


@operator_route(
    "POST",
    CLIENTS,
    status=201,
    fails=("already_exists", 413, 415, *BAD_CONFIG),
    sends=("Location", "ETag"),
)
async def create_client(
    body: NewClient, operator: OperatorPrincipal, tenants: Tenants
) -> Response[CreatedClient]:
    """Create a client; its key is shown only once."""
    created = await tenants.create(
        body.client_id,
        body.name,
        config=body.config.filled(),
        namespace=body.pinecone_namespace,
        created_by=operator.name,
    )
    headers = {"Location": f"{CLIENTS}/{body.client_id}", **etag(created.tenant.version)}
    return Response(view.created_client(created), status_code=201, headers=headers)


@operator_route("GET", CLIENTS)
async def list_clients(query: PageQuery, tenant_records: TenantRecords) -> Page[Client]:
    """List the clients, ordered by id."""
    return page_of(await tenant_records.page(after=query.after, limit=query.limit), view.client)


@operator_route("GET", CLIENT, fails=(404,), sends=("ETag",))
async def read_client(client_id: TenantId, tenant_records: TenantRecords) -> Response[Client]:
    """Read a client's record."""
    tenant = await tenant_records.find(client_id)
    return Response(view.client(tenant), headers=etag(tenant.version))


@operator_route(
    "PATCH",
    CLIENT,
    fails=(404, "client_deleting", "client_busy", 412, 413, 415),
    sends=("ETag",),
)
async def change_client(
    client_id: TenantId,
    body: ClientChange,
    expected_version: int | None,
    tenant_records: TenantRecords,
) -> Response[Client]:
    """Rename, suspend or restore a client."""
    tenant = await tenant_records.change(
        client_id,
        name=body.name,
        status=None if body.status is None else TenantStatus(body.status),
        expected_version=expected_version,
    )
    return Response(view.client(tenant), headers=etag(tenant.version))


@operator_route("DELETE", CLIENT, status=202, fails=(404, "client_busy"), sends=("Location",))
async def delete_client(
    client_id: TenantId, operator: OperatorPrincipal, tenant_deletions: TenantDeletions
) -> Response[DeletionStarted]:
    """Delete a client with all its data; its keys are revoked at once."""
    deletion = await tenant_deletions.delete(client_id, requested_by=operator.name)
    return Response(
        DeletionStarted(deletion_id=deletion.deletion_id),
        status_code=202,
        headers={"Location": f"/api/v1/admin/deletions/{deletion.deletion_id}"},
    )


@operator_route("GET", "/api/v1/admin/deletions/{deletion_id:str}", fails=(404,))
async def read_deletion(deletion_id: DeletionId, tenant_deletions: TenantDeletions) -> Deletion:
    """Read the progress of a client's deletion: removed and remaining counts per store."""
    return view.deletion(await tenant_deletions.get(deletion_id))


@operator_route("GET", CONFIG, fails=(404,), sends=("ETag",))
async def read_client_config(
    client_id: TenantId, configs: TenantConfigs
) -> Response[EffectiveConfig]:
    """Read a client's current configuration."""
    return await _in_force(configs, client_id)


@operator_route(
    "PUT",
    CONFIG,
    fails=(404, "config_busy", 412, 413, 415, *BAD_CONFIG),
    sends=("ETag",),
)
async def put_client_config(
    client_id: TenantId,
    body: ConfigInput,
    expected_version: int | None,
    operator: OperatorPrincipal,
    configs: TenantConfigs,
) -> Response[EffectiveConfig]:
    """Replace a client's whole configuration; unset fields take their defaults."""
    await configs.put(
        client_id, body.filled(), created_by=operator.name, expected_version=expected_version
    )
    return await _in_force(configs, client_id)


@operator_route("GET", CONFIG + "/versions", fails=(404,))
async def list_client_config_versions(
    client_id: TenantId, query: PageQuery, configs: TenantConfigs
) -> Page[ConfigVersion]:
    """List the versions of a client's configuration, newest first."""
    found = await configs.versions(client_id, after=query.after, limit=query.limit)
    return page_of(found, view.config_version)


@operator_route(
    "POST",
    CONFIG + "/rollback",
    fails=(404, "config_busy", 413, 415, *NOT_OFFERED),
    sends=("ETag",),
)
async def roll_back_client_config(
    client_id: TenantId,
    body: Rollback,
    operator: OperatorPrincipal,
    configs: TenantConfigs,
) -> Response[EffectiveConfig]:
    """Restore an old version's configuration as a new version."""
    await configs.rollback(client_id, body.version, created_by=operator.name)
    return await _in_force(configs, client_id)


@operator_route("POST", CONFIG + "/preview", fails=(404, 413, 415, *BAD_CONFIG, *GENERATION))
async def preview_client_config(
    client_id: TenantId, body: PreviewRequest, previews: Previews
) -> ConfigPreview:
    """Answer a question as a configuration would, with the prompt and the passages; stores nothing."""
    found = await previews.preview(client_id, body.config.filled(), body.question)
    return chat_view.preview(found)


@operator_route(
    "POST",
    KEYS,
    status=201,
    fails=(404, 413, 415, "already_expired"),
    optional_body=True,
)
async def create_key(client_id: TenantId, body: NewKey, api_keys: ApiKeys) -> CreatedKey:
    """Create a key for a client; it is shown only once."""
    issued = await api_keys.issue(
        client_id,
        label=body.label,
        scopes=body.scopes or ALL_SCOPES,
        expires_at=body.expires_at,
    )
    return view.created_key(issued)


@operator_route("GET", KEYS, fails=(404,))
async def list_keys(client_id: TenantId, query: PageQuery, api_keys: ApiKeys) -> Page[Key]:
    """List a client's key records, oldest first; never the keys themselves."""
    return page_of(await api_keys.page(client_id, after=query.after, limit=query.limit), view.key)


@operator_route(
    "POST",
    KEYS + "/{key_id:str}/rotate",
    status=201,
    fails=(404, "key_not_usable", 413, 415),
)
async def rotate_key(
    client_id: TenantId, key_id: ApiKeyId, body: KeyRotation, api_keys: ApiKeys
) -> CreatedKey:
    """Replace a key by a successor, shown only once; the old key stays valid for the overlap."""
    overlap = timedelta(seconds=body.overlap_seconds)
    return view.created_key(await api_keys.rotate(client_id, key_id, overlap=overlap))


@operator_route("DELETE", KEYS + "/{key_id:str}", status=204, fails=(404,))
async def revoke_key(client_id: TenantId, key_id: ApiKeyId, api_keys: ApiKeys) -> None:
    """Revoke a key at once; idempotent."""
    await api_keys.revoke(client_id, key_id)


@operator_route("GET", "/api/v1/admin/jobs", fails=(404,))
async def list_jobs_of_all(query: AllJobsQuery, jobs: Jobs) -> Page[Job]:
    """List all clients' jobs, or one client's, newest first."""
    found = await jobs.page_all(
        tenant_id=query.client_id,
        status=None if query.status is None else JobStatus(query.status),
        after=query.after,
        limit=query.limit,
    )
    return page_of(found, document_view.job)


@operator_route("GET", CLIENT + "/feedback", fails=(404,))
async def list_client_feedback(
    client_id: TenantId, query: FeedbackQuery, turn_feedback: TurnFeedback
) -> Page[RatedTurn]:
    """List a client's turns with feedback, in the order in which it was given."""
    found = await turn_feedback.page_of(
        client_id, since=query.since, until=query.until, after=query.after, limit=query.limit
    )
    return page_of(found, chat_view.rated_turn)


@operator_route("GET", CLIENT + "/usage", fails=(404,), csv=True)
async def read_client_usage(
    client_id: TenantId, query: UsageQuery, request: AnyRequest, usage_reports: UsageReports
) -> UsageReport | Response[str]:
    """Read what a client used, by day, key or model; as CSV with `Accept: text/csv`."""
    found = await usage_reports.of(
        client_id, first=query.first, last=query.last, by=UsageBy(query.by)
    )
    if accepts(request.headers.get("accept", ""), CSV):
        return Response(usage_view.as_csv(found), media_type=CSV)
    return usage_view.report(found)


@operator_route("GET", "/api/v1/admin/audit", fails=(404,))
async def list_audit_entries(query: AuditQuery, audit_reports: AuditReports) -> Page[AuditEntry]:
    """List the entries of the audit log, oldest first."""
    asked = AuditQuestion(
        since=query.since, until=query.until, action=query.action, client=query.client_id
    )
    found = await audit_reports.page(asked, after=query.after, limit=query.limit)
    return page_of(found, audit_view.entry)


async def _in_force(configs: TenantConfigs, client_id: TenantId) -> Response[EffectiveConfig]:
    effective = await configs.get(client_id)
    return Response(view.effective_config(effective), headers=etag(effective.version))


ROUTES = (
    *(create_client, list_clients, read_client, change_client, delete_client, read_deletion),
    *(read_client_config, put_client_config, list_client_config_versions, roll_back_client_config),
    preview_client_config,
    *(create_key, list_keys, rotate_key, revoke_key),
    list_jobs_of_all,
    list_client_feedback,
    read_client_usage,
    list_audit_entries,
)
