"""`ragtenancy sweep`: collecting garbage after crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json

if TYPE_CHECKING:
    from ragtenancy.app.maintenance.garbage import SweepReport
    from ragtenancy.library.rag import RagTenancy


def sweep(
    full: Annotated[
        bool,
        typer.Option("--full", help="List every document, chunk and original of every client."),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Collect garbage and resume work left by crashes, as servers do automatically."""

    async def work(rag: RagTenancy) -> SweepReport:
        return await rag.sweep(full=full)

    report = operate(work, data_dir)
    if as_json:
        print_json(report)
        return
    print(
        f"Removed {report.revisions} revisions and {report.blobs} originals; settled"
        f" {report.uploads} uploads; resumed the deletion of {report.documents} documents"
        f" and {report.tenants} clients."
    )
