"""The Python API's entry point: the whole product in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Literal

import structlog
from msgspec import structs

from ragtenancy.app.api_keys import RotatedPepper
from ragtenancy.app.audit.reading import AuditQuestion, Verification
from ragtenancy.app.concurrency import together
from ragtenancy.app.ingestion.worker import LOOK_EVERY
from ragtenancy.app.maintenance.garbage import SweepReport
from ragtenancy.app.maintenance.inspection import Inspected
from ragtenancy.app.maintenance.sweeper import GRACE
from ragtenancy.app.migration.bundle_format import BundledClient
from ragtenancy.app.migration.namespace_migration import Migrated
from ragtenancy.app.migration.prompt_migration import MigratedPrompts
from ragtenancy.app.paging import every
from ragtenancy.app.tenants.tenants import CreatedTenant
from ragtenancy.app.usage.reports import UsageReport
from ragtenancy.composition.client_files import read_prompts
from ragtenancy.composition.migration import bundle_to_read, bundle_to_write
from ragtenancy.container import Container
from ragtenancy.domain import ids
from ragtenancy.domain.audit import AuditAction, AuditEntry
from ragtenancy.domain.deletions import TenantDeletion
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import Health
from ragtenancy.domain.ids import DeletionId
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.tenants import Tenant, TenantStatus
from ragtenancy.domain.usage import UsageBy
from ragtenancy.library.tenant import PYTHON, ConfigLike, TenantHandle, given_config
from ragtenancy.settings import Settings, load_settings
from ragtenancy.telemetry import configure_logging


class RagTenancy:
    """An installation: its tenants and, through `tenant`, everything that belongs to them.

    Several processes may open one data folder at once, including a running `ragtenancy serve`.
    This object has the operator's rights: give a tenant's users at most a `TenantHandle`.

    ```python
    async with RagTenancy.open(data_dir="data") as rag:
        created = await rag.create_tenant("acme", name="Acme")
        acme = rag.tenant("acme")
        await acme.ingest("User_Guide.docx")
        reply = await acme.ask("How do I create a report?")
        print(reply.answer, [source.filename for source in reply.sources])
    ```
    """

    def __init__(self, container: Container, actor: str = PYTHON) -> None:
        self._container = container
        self._actor = actor

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings | None = None,
        *,
        data_dir: str | PathLike[str] | None = None,
        container: Container | None = None,
        worker: bool = True,
        actor: str = PYTHON,
    ) -> AsyncIterator[RagTenancy]:
        """Open an installation for the duration of the context.

        Without arguments, the environment and `.env` determine which one (by default embedded in
        `./data`); `data_dir` overrides the data folder. With `worker`, this process ingests
        queued uploads; a job in progress at the end is requeued. A given `container` is used as
        it is, including overrides, and closed at the end. `actor` is recorded with every change of a
        configuration and every deletion.

        Raises `ConfigurationError`. Logs of level warning and above go to standard error, unless
        the program has configured structlog.
        """
        if not structlog.is_configured():
            configure_logging("warning", "console")
        opened = container or Container(settings=_settings(settings, data_dir))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(opened.closers())
            await opened.installed_backends().preflight()
            opened.audit().actor = actor
            await stack.enter_async_context(_running(opened.search_tally().run()))
            await stack.enter_async_context(_running(opened.audit_notes().run()))
            if worker:
                await stack.enter_async_context(_working(opened))
            yield cls(opened, actor)

    # -- tenants

    async def create_tenant(
        self,
        tenant_id: str,
        *,
        name: str | None = None,
        config: ConfigLike | None = None,
        namespace: str | None = None,
    ) -> CreatedTenant:
        """Create a tenant; return its record and its first `api_key`, which is never shown again.

        `tenant_id` matches `[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?`; the name defaults to it.
        Raises `MalformedError` for a malformed id, `AlreadyExistsError` while the id or the
        namespace is taken, `InvalidError` for an invalid configuration.
        """
        return await self._container.tenants().create(
            tenant_id,
            name or tenant_id,
            config=None if config is None else given_config(config),
            namespace=namespace,
            created_by=self._actor,
        )

    def tenant(self, tenant_id: str) -> TenantHandle:
        """Return a handle on a tenant, which is looked up on each use.

        Raises `MalformedError` for a malformed id.
        """
        return TenantHandle(self._container, ids.tenant_id(tenant_id), self._actor)

    async def tenants(self) -> AsyncIterator[Tenant]:
        """Yield every tenant's record, ordered by id."""
        read = self._container.tenant_records().page
        async for tenant in every(lambda a, n: read(after=a, limit=n)):
            yield tenant

    async def get_tenant(self, tenant_id: str) -> Tenant:
        """Return a tenant's record. Raises `NotFoundError`."""
        return await self._container.tenant_records().find(ids.tenant_id(tenant_id))

    async def rename_tenant(self, tenant_id: str, name: str) -> Tenant:
        """Rename a tenant. Raises `NotFoundError`, `ConflictError`."""
        return await self._container.tenant_records().change(ids.tenant_id(tenant_id), name=name)

    async def suspend_tenant(self, tenant_id: str) -> Tenant:
        """Refuse every key of a tenant until `resume_tenant`. Raises `NotFoundError`."""
        return await self._container.tenant_records().change(
            ids.tenant_id(tenant_id), status=TenantStatus.SUSPENDED
        )

    async def resume_tenant(self, tenant_id: str) -> Tenant:
        """Serve a suspended tenant again. Raises `NotFoundError`."""
        return await self._container.tenant_records().change(
            ids.tenant_id(tenant_id), status=TenantStatus.ACTIVE
        )

    async def delete_tenant(self, tenant_id: str) -> TenantDeletion:
        """Delete a tenant with all its data; return the receipt with counts per store.

        Its keys are revoked at once. A deletion held up by a store stays `running`; `sweep`
        resumes it. Raises `NotFoundError`.
        """
        return await self._container.tenant_deletions().delete(
            ids.tenant_id(tenant_id), requested_by=self._actor
        )

    async def deletion(self, deletion_id: str) -> TenantDeletion:
        """Return a tenant deletion's receipt. Raises `NotFoundError`."""
        return await self._container.tenant_deletions().get(DeletionId(deletion_id))

    async def usage(
        self,
        tenant_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        by: Literal["day", "key", "model"] = "day",
    ) -> UsageReport:
        """Return what a tenant used from `first` to `last` (UTC days, both included).

        By default that is the month of `last`, which is today by default. Raises `NotFoundError`,
        `MalformedError`.
        """
        return await self._container.usage_reports().of(
            ids.tenant_id(tenant_id), first=first, last=last, by=UsageBy(by)
        )

    # -- the audit log

    def audit(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        action: AuditAction | None = None,
        client: str | None = None,
    ) -> AsyncIterator[AuditEntry]:
        """Yield the entries from `since` on and before `until`, oldest first.

        `client` is a tenant's id or, once it is deleted, its uid. Raises `NotFoundError`.
        """
        asked = AuditQuestion(since=since, until=until, action=action, client=client)
        return self._container.audit_reports().every(asked)

    async def verify_audit(self, known_head: str | None = None) -> Verification:
        """Verify the chain of the audit log, and that the entry with the hash `known_head` is in it."""
        return await self._container.audit_reports().verify(known_head)

    # -- the installation

    async def jobs(self, *, status: JobStatus | None = None) -> AsyncIterator[Job]:
        """Yield all tenants' ingestion jobs, newest first; only those with `status` if given."""
        read = self._container.jobs().page_all
        async for job in every(lambda a, n: read(status=status, after=a, limit=n)):
            yield job

    async def work(self, *, until_idle: bool = False, concurrency: int = 1) -> None:
        """Process queued jobs until cancelled or, with `until_idle`, until none is due.

        `concurrency` jobs work at a time; the others that were started wait for their turn.
        """
        await self._container.worker().run(concurrency=concurrency, until_idle=until_idle)

    async def work_on_signal(
        self, *, concurrency: int = 1, look_every: timedelta = LOOK_EVERY
    ) -> None:
        """Process jobs on the broker's notifications until cancelled.

        Polling the queue every `look_every` makes up for lost notifications. Raises
        `ConfigurationError` if no broker is configured.
        """
        listener = self._container.job_listener()
        worker = self._container.worker().notified(concurrency=concurrency)
        listening = listener.listen(worker.notify, concurrency=worker.hints)
        await together([listening, worker.poll(look_every)])

    async def deliver(self, *, until_idle: bool = False) -> None:
        """Send messages to webhooks until cancelled or, with `until_idle`, each once that is due.

        `ragtenancy serve` and `ragtenancy worker` do so; any number of processes may.
        """
        deliverer = self._container.deliverer()
        await (deliverer.deliver_due() if until_idle else deliverer.run())

    async def sweep(self, *, grace: timedelta = GRACE, full: bool = False) -> SweepReport:
        """Collect garbage and resume work left by crashes; return the counts.

        Open intents show where to look; `full` also lists every tenant's data. Anything younger
        than `grace` is left alone: a request may be in progress.
        """
        sweeper = self._container.sweeper()
        sweep = sweeper.sweep_fully if full else sweeper.sweep
        return await sweep(grace=grace)

    async def inspect(self, *, named: bool = False) -> Inspected:
        """Compare every store of every tenant with the catalogue, and count deleted ones again.

        Changes nothing and reads no content. With `named`, tenant ids are given beside uids. Raises
        `UnavailableError` if a store cannot be read.
        """
        return await self._container.inspection().inspect(named=named)

    async def rotate_pepper(self) -> RotatedPepper:
        """Add a version of the pepper that signs new keys, and older ones at their next use.

        Earlier versions verify the keys not used since. Raises `ConflictError` (peppers_given) if
        RAGTENANCY_PEPPERS gives the peppers.
        """
        return await self._container.peppers().rotate()

    async def health(self) -> Health:
        """Check every backend, each for at most two seconds."""
        return await self._container.health_checks().check()

    # -- moving clients, and what the single-tenant installation leaves

    async def export_tenant(self, tenant_id: str, path: str | PathLike[str]) -> BundledClient:
        """Export a tenant's documents, vectors, configurations and sessions to a bundle.

        Keys and pending uploads are left out. Raises `NotFoundError`, `InvalidError` if the file
        already exists.
        """
        with bundle_to_write(Path(path)) as bundle:
            return await self._container.bundles().export(ids.tenant_id(tenant_id), bundle)

    async def import_tenant(
        self, path: str | PathLike[str], *, tenant_id: str | None = None
    ) -> CreatedTenant:
        """Create a tenant from a bundle, under its own id or another; active only when complete.

        A model that is not offered here becomes null; the result's `warnings` report it. Raises
        `MalformedError` (`bad_bundle`), `AlreadyExistsError`.
        """
        bundle = bundle_to_read(Path(path))
        return await self._container.bundles().import_(bundle, client_id=tenant_id)

    async def migrate_prompts(self, path: str | PathLike[str], tenant_id: str) -> MigratedPrompts:
        """Apply `prompts.yaml` to a tenant, creating the tenant if necessary.

        The result accounts for every value: `taken` over, or `left_out` with what to do. Raises
        `MalformedError` if the file cannot be read as YAML.
        """
        prompts = read_prompts(Path(path))
        return await self._container.prompt_migration().migrate(ids.tenant_id(tenant_id), prompts)

    async def undo_prompts(self, tenant_id: str) -> MigratedPrompts:
        """Undo `migrate_prompts`. Raises `ConflictError` if that is not the last change."""
        return await self._container.prompt_migration().undo(ids.tenant_id(tenant_id))

    async def migrate_namespace(
        self, tenant_id: str, source: str, *, text_key: str | None = None
    ) -> Migrated:
        """Copy a namespace into a tenant's, compare every record, then activate the documents.

        Resumes an interrupted migration. `text_key` is a further metadata key of texts. Raises
        `ConflictError` (`not_verified`, `no_text`), `InvalidError`, `NotFoundError`.
        """
        migration = self._container.namespace_migration()
        return await migration.migrate(
            ids.tenant_id(tenant_id), ids.Namespace(source), text_key=text_key
        )

    async def rehearse_namespace(
        self, source: str, into: str, *, text_key: str | None = None
    ) -> Migrated:
        """Copy a namespace into an empty one that belongs to no tenant, and compare every record."""
        migration = self._container.namespace_migration()
        return await migration.rehearse(
            ids.Namespace(source), ids.namespace(into), text_key=text_key
        )

    async def undo_namespace(self, target: str) -> Migrated:
        """Remove what a migration or a rehearsal created in a namespace."""
        return await self._container.namespace_migration().undo(ids.namespace(target))

    async def delete_source(self, tenant_id: str) -> int:
        """Delete the records that a tenant's namespace was copied from; return their number."""
        return await self._container.namespace_migration().delete_source(ids.tenant_id(tenant_id))


async def set_up(
    settings: Settings,
    *,
    dry_run: bool = False,
    apply: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Sequence[str]:
    """Create whatever the backends lack; return the steps done or, with `dry_run`, to be done.

    Idempotent. What exists but differs is changed with `apply`, and else only named. `say` receives
    the cost of what is to be created, before it is. Raises `ConfigurationError` for an existing resource that cannot be used,
    `UnavailableError` for an unreachable service.
    """
    container = Container(settings=settings)
    async with container.closers():
        return await container.installed_backends().set_up(dry_run=dry_run, apply=apply, say=say)


def _settings(settings: Settings | None, data_dir: str | PathLike[str] | None) -> Settings:
    chosen = load_settings() if settings is None else settings
    return chosen if data_dir is None else structs.replace(chosen, data_dir=Path(data_dir))


@asynccontextmanager
async def _working(container: Container) -> AsyncIterator[None]:
    """Run a worker during the context; stop it cleanly, its job requeued.

    Ends of jobs are announced, and left to `serve` or `worker` to be delivered.
    """
    announcements = container.announcements()
    try:
        async with _running(container.worker().run()), _running(announcements.run()):
            yield
    finally:
        with suppress(RagTenancyError):
            await announcements.relay()


@asynccontextmanager
async def _running(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Do background work during the context; stop it cleanly."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
