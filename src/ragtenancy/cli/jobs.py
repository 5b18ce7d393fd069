"""`ragtenancy jobs …`: current and past ingestion jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate, serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.domain.jobs import JobStatus

if TYPE_CHECKING:
    from ragtenancy.domain.jobs import Job
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.wire.documents import Job as JobView

commands = typer.Typer(help="List, cancel and retry ingestion jobs.", invoke_without_command=True)
JobId = Annotated[str, typer.Argument(help="The job's id, from `jobs`.", metavar="JOB_ID")]


@commands.callback()
def list_(
    context: typer.Context,
    client: Annotated[
        str | None,
        typer.Option("--client", "-c", help="Only this client's (default: all clients)."),
    ] = None,
    status: Annotated[JobStatus | None, typer.Option(help="Only jobs with this status.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List ingestion jobs, newest first; or cancel or retry one."""
    if context.invoked_subcommand is None:
        _print_list(_jobs(client, status, data_dir), as_json=as_json)


@commands.command("show")
def show(client: Client, job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show a job: its progress, its place in the queue, its error and its warnings."""
    from ragtenancy.http.views.documents import job_view

    view = job_view(serve_tenant(client, lambda tenant: tenant.job(job_id), data_dir))
    if as_json:
        print_json(view)
        return
    _print_job(view)


@commands.command("cancel")
def cancel(
    client: Client, job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Cancel a job that has not finished; the document's active version stays as it is."""
    from ragtenancy.http.views.documents import job

    view = job(serve_tenant(client, lambda tenant: tenant.cancel_job(job_id), data_dir))
    if as_json:
        print_json(view)
        return
    print(f"{view.job_id} is cancelled.")


@commands.command("retry")
def retry(client: Client, job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Queue a failed or cancelled job again; a running server or worker picks it up."""
    from ragtenancy.http.views.documents import job

    view = job(serve_tenant(client, lambda tenant: tenant.retry_job(job_id), data_dir))
    if as_json:
        print_json(view)
        return
    print(f"{view.job_id} is queued again.")


def _jobs(client: str | None, status: JobStatus | None, data_dir: Path | None) -> Sequence[JobView]:
    from ragtenancy.http.views.documents import job

    async def work(rag: RagTenancy) -> list[Job]:
        found = (
            rag.jobs(status=status) if client is None else rag.tenant(client).jobs(status=status)
        )
        return [each async for each in found]

    return [job(each) for each in operate(work, data_dir)]


def _print_list(views: Sequence[JobView], *, as_json: bool) -> None:
    if as_json:
        print_json(views)
        return
    print_table(
        ("job", "client", "document", "status", "step", "progress", "error", "updated"),
        [
            (
                v.job_id,
                v.client_id,
                v.document_id,
                v.status,
                v.step,
                f"{v.progress:.0%}",
                v.error.code if v.error else None,
                v.updated_at,
            )
            for v in views
        ],
    )


def _print_job(view: JobView) -> None:
    print_facts(
        {
            "job": view.job_id,
            "document": view.document_id,
            "status": view.status,
            "step": view.step,
            "progress": f"{view.progress:.0%}",
            "attempts": view.attempts,
            "jobs ahead": view.queue.position if view.queue else None,
            "waiting because": view.queue.reason if view.queue else None,
            "error": f"{view.error.detail} ({view.error.code})" if view.error else None,
            "updated": view.updated_at,
            **{f"warning {number}": text for number, text in enumerate(view.ingestion.warnings, 1)},
        }
    )
