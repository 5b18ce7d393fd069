"""`ragtenancy jobs`: current and past ingestion jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json, print_table
from ragtenancy.domain.jobs import JobStatus

if TYPE_CHECKING:
    from ragtenancy.domain.jobs import Job
    from ragtenancy.library.rag import RagTenancy


def jobs(
    client: Annotated[
        str | None, typer.Option("--client", "-c", help="The client's id (default: all clients).")
    ] = None,
    status: Annotated[JobStatus | None, typer.Option(help="Only jobs with this status.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List ingestion jobs, newest first."""
    from ragtenancy.http.views.documents import job

    async def work(rag: RagTenancy) -> list[Job]:
        found = (
            rag.jobs(status=status) if client is None else rag.tenant(client).jobs(status=status)
        )
        return [each async for each in found]

    views = [job(each) for each in operate(work, data_dir)]
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
